//! One connection to a broker: messages in, answers out, until it breaks. A client that has seen an
//! error is never used again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use domain::digest::Digest;
use domain::id::GateAddress;
use rumqttc::{
    AsyncClient, Event as Packet, EventLoop, Incoming, Outgoing, Publish, QoS, SubscribeFilter,
};
use tokio::sync::{mpsc, watch};
use wire::signature::PublicKey;
use wire::topic::Topic;
use wire::watermark::{GapRequest, Watermark};

use super::downlink::{Downlink, Way};
use super::intake::Intake;
use super::kept::Kept;
use super::notices::Notices;
use super::pulse::Pulse;
use super::shards::{Shards, shard_of};
use super::{BrokerAddress, Collector, Counts, Ended, now};
use crate::down_link::DownLink;
use crate::down_link::gate_keys::Signed;
use crate::event_store::EventStore;

/// Messages judged before one transaction is committed.
const BATCHES_MAX: usize = 256;
/// Packets of the client that may wait for us.
const PACKETS_MAX: usize = 1_024;
/// Requests that may wait for the client.
const REQUESTS_MAX: usize = 1_024;
/// Topics of one SUBSCRIBE.
const FILTERS_MAX: usize = 128;
/// Between two repetitions of all watermarks, so that a broker that lost them has them again.
const REPEAT_EVERY: Duration = Duration::from_secs(20);
/// The same among several collectors, of those that the broker keeps no more as they are.
const KEEP_EVERY: Duration = Duration::from_secs(2);
/// Between two looks at keys and policies.
const REFRESH_EVERY: Duration = Duration::from_secs(2);
/// Between two looks into the folder of orders, and at what streams have got.
const FOLDER_EVERY: Duration = Duration::from_millis(200);
/// Between two looks at the other collectors.
const BALANCE_EVERY: Duration = Duration::from_secs(1);

struct Poller(tokio::task::JoinHandle<()>);

impl Drop for Poller {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn poll(mut event_loop: EventLoop, packets: mpsc::Sender<Result<Packet, String>>) {
    let mut pulse = Pulse::default();
    loop {
        let mut polled = event_loop.poll().await.map_err(|error| error.to_string());
        let now = Instant::now();
        match &polled {
            Ok(Packet::Outgoing(Outgoing::Publish(_))) => pulse.sent(now),
            Ok(Packet::Incoming(Incoming::PubAck(_))) => pulse.acknowledged(now),
            Ok(_) | Err(_) => {}
        }
        // Pings have the client come by here every few seconds.
        if polled.is_ok() && pulse.is_silent(now) {
            polled = Err("it acknowledges nothing any more".to_owned());
        }
        let failed = polled.is_err();
        if packets.send(polled).await.is_err() || failed {
            return;
        }
    }
}

struct Session<'a> {
    collector: &'a Collector,
    client: AsyncClient,
    intake: Intake<'a>,
    shards: Option<Shards<'a>>,
    down: &'a mut Downlink,
    notices: Notices,
    /// Gates whose watermark is to be sent as soon as the client has a place.
    due: BTreeSet<GateAddress>,
    /// What the broker keeps for gates that come back.
    kept: Kept,
    /// Topics to subscribe or to leave, likewise.
    topics: Vec<(bool, Vec<String>)>,
}

/// Serves one connection until it breaks or `stop` turns true.
pub(super) async fn run(
    collector: &Collector,
    broker: &BrokerAddress,
    store: &EventStore,
    counts: &mut Counts,
    down: &mut Downlink,
    stop: &mut watch::Receiver<bool>,
) -> Result<(), Ended> {
    let shards = Shards::join(store.database(), collector.shared.as_ref()).await?;
    let enrolled = DownLink::new(store.database()).enrolled().await?;
    let mut intake = Intake::new(store, counts, enrolled);
    if shards.is_none() {
        intake.heads = store.heads(intake.enrolled.keys()).await?;
    }
    let (client, mut event_loop) = AsyncClient::new(collector.options(broker), REQUESTS_MAX);
    // An answer must not wait for the broker's acknowledgement of the one before.
    event_loop.network_options.set_tcp_nodelay(true);
    let (sender, mut packets) = mpsc::channel(PACKETS_MAX);
    let _poller = Poller(tokio::spawn(poll(event_loop, sender)));
    let mut session = Session {
        collector,
        client,
        intake,
        shards,
        down,
        notices: Notices::default(),
        due: BTreeSet::new(),
        kept: Kept::default(),
        topics: Vec::new(),
    };
    let mut repeat = tokio::time::interval(if session.shards.is_some() {
        KEEP_EVERY
    } else {
        REPEAT_EVERY
    });
    let mut look = tokio::time::interval(FOLDER_EVERY);
    let mut balance = tokio::time::interval(BALANCE_EVERY);
    let mut refresh = tokio::time::interval(REFRESH_EVERY);
    let mut up = false;
    loop {
        tokio::select! {
            packet = packets.recv() => {
                let mut messages = Vec::new();
                let greeted = drain(packet, &mut packets, &mut messages)?;
                if greeted {
                    up = true;
                    session.greet();
                }
                if !messages.is_empty() {
                    session.take(&messages).await?;
                }
            }
            _ = repeat.tick() => if up { session.repeat() },
            _ = look.tick() => if up { session.send_down().await? },
            _ = refresh.tick() => if up { session.refresh().await? },
            _ = balance.tick(), if up => session.balance().await?,
            _ = stop.wait_for(|stopped| *stopped) => {
                // A courtesy to the broker and to the other collectors.
                let _ = session.client.try_disconnect();
                if let Some(shards) = session.shards.take() {
                    shards.leave().await?;
                }
                return Ok(());
            }
        }
        if up {
            session.send();
        }
    }
}

/// Takes what has come; `true` if the broker has greeted.
fn drain(
    first: Option<Result<Packet, String>>,
    packets: &mut mpsc::Receiver<Result<Packet, String>>,
    messages: &mut Vec<Publish>,
) -> Result<bool, Ended> {
    let mut greeted = false;
    let mut next = first;
    loop {
        match next {
            Some(Ok(Packet::Incoming(Incoming::ConnAck(_)))) => greeted = true,
            Some(Ok(Packet::Incoming(Incoming::Publish(message)))) => messages.push(message),
            Some(Ok(_)) => {}
            Some(Err(cause)) => return Err(Ended::Broker(cause)),
            None => return Err(Ended::Broker("the connection has ended".into())),
        }
        if messages.len() >= BATCHES_MAX {
            return Ok(greeted);
        }
        match packets.try_recv() {
            Ok(packet) => next = Some(packet),
            Err(_) => return Ok(greeted),
        }
    }
}

impl Session<'_> {
    fn greet(&mut self) {
        tracing::info!("broker connected");
        if self.shards.is_none() {
            let filters = Topic::subscriptions_of_region(&self.collector.region);
            self.topics.push((true, filters));
            self.acknowledge_all();
        }
    }

    /// Takes and gives shards, and says so to the broker.
    async fn balance(&mut self) -> Result<(), Ended> {
        let Some(shards) = &mut self.shards else {
            return Ok(());
        };
        let change = shards.balance().await?;
        let count = shards.count();
        if change.gained.is_empty() && change.lost.is_empty() {
            return Ok(());
        }
        tracing::info!(?change, "shards changed hands");
        let of = |some: &[u16]| -> Vec<GateAddress> {
            let gates = self.intake.enrolled.keys();
            gates
                .filter(|gate| some.contains(&shard_of(gate, count)))
                .cloned()
                .collect()
        };
        let (gained, lost) = (of(&change.gained), of(&change.lost));
        let heads = self.intake.store.heads(gained.iter()).await?;
        self.intake.heads.extend(heads);
        for gate in &lost {
            self.intake.heads.remove(gate);
            self.due.remove(gate);
            self.kept.forget(gate);
        }
        let watch = format!("kakou/v1/{}/+/+/ledger/state", self.collector.region);
        for (subscribe, gates, some) in [
            (true, &gained, &change.gained),
            (false, &lost, &change.lost),
        ] {
            let mut filters: Vec<String> = gates.iter().flat_map(topics_of).collect();
            if some.contains(&Shards::WATCH) {
                filters.push(watch.clone());
            }
            let chunks = filters.chunks(FILTERS_MAX);
            self.topics
                .extend(chunks.map(|some| (subscribe, some.to_vec())));
        }
        self.notices.tell(gained.iter().cloned());
        self.due.extend(gained);
        Ok(())
    }

    /// Gates that this collector serves.
    fn served(&self) -> BTreeSet<GateAddress> {
        self.intake.heads.keys().cloned().collect()
    }

    /// Takes orders, and sends what gates have not been sent.
    async fn send_down(&mut self) -> Result<(), Ended> {
        let files = self.down.waiting_orders();
        if files.is_empty() && !self.down.follows_now() {
            return Ok(());
        }
        let gates = self.served();
        let way = Way {
            client: &self.client,
            signing: &self.collector.signing,
        };
        self.down.take_orders(files, &way, &gates).await?;
        self.down.follow(&way, &gates).await?;
        self.keep_alarms().await
    }

    async fn keep_alarms(&mut self) -> Result<(), Ended> {
        for (gate, kind, detail) in self.down.alarms() {
            self.intake.alarm(&gate, kind, &detail).await?;
        }
        Ok(())
    }

    /// Reads keys and policies again; gates that were enrolled meanwhile are served from now on.
    async fn refresh(&mut self) -> Result<(), Ended> {
        let store = DownLink::new(self.intake.store.database());
        self.intake.enrolled = store.enrolled().await?;
        let is_ours = |gate: &GateAddress| match &self.shards {
            None => true,
            Some(shards) => shards.holds(shard_of(gate, shards.count())),
        };
        let new: Vec<GateAddress> = self
            .intake
            .enrolled
            .keys()
            .filter(|gate| !self.intake.heads.contains_key(gate) && is_ours(gate))
            .cloned()
            .collect();
        if !new.is_empty() {
            tracing::info!(gates = new.len(), "gates enrolled");
            let heads = self.intake.store.heads(new.iter()).await?;
            self.intake.heads.extend(heads);
            if self.shards.is_some() {
                let filters: Vec<String> = new.iter().flat_map(topics_of).collect();
                let chunks = filters.chunks(FILTERS_MAX);
                self.topics.extend(chunks.map(|some| (true, some.to_vec())));
            }
            self.notices.tell(new.iter().cloned());
            self.due.extend(new);
        }
        let gates = self.served();
        let way = Way {
            client: &self.client,
            signing: &self.collector.signing,
        };
        self.notices.refresh(&store, &way, &gates).await?;
        Ok(())
    }

    /// Hands the client what waits, as far as it has places. Whatever is not sent now is sent when
    /// the next packet or tick comes.
    fn send(&mut self) {
        // Messages are at most once for a shared collector: its broker keeps no queue for it, and
        // what is lost is sent again by its gate.
        let quality = if self.shards.is_some() {
            QoS::AtMostOnce
        } else {
            QoS::AtLeastOnce
        };
        while let Some((subscribe, filters)) = self.topics.first() {
            let handed = if *subscribe {
                let filters = filters
                    .iter()
                    .map(|filter| SubscribeFilter::new(filter.clone(), quality));
                self.client.try_subscribe_many(filters)
            } else {
                // The client leaves one topic at a time.
                filters
                    .iter()
                    .try_for_each(|filter| self.client.try_unsubscribe(filter.clone()))
            };
            if handed.is_err() {
                return;
            }
            self.topics.remove(0);
        }
        while let Some(gate) = self.due.pop_first() {
            let Some(head) = self.intake.heads.get(&gate) else {
                continue;
            };
            let mark = Watermark {
                gate: gate.clone(),
                epoch: head.epoch,
                sequence: head.sequence,
                chain_hash: Digest(head.hash.0),
            };
            let sequence = mark.sequence;
            let payload = mark.sign_and_encode(&self.collector.signing);
            let topic = Topic::Watermark(gate.clone());
            let now = Instant::now();
            // An answer is for the gate that waits for it. What is kept for one that comes back
            // may be older: it sends a little again.
            let keep = self.shards.is_none() || self.kept.is_due(&gate, sequence, now);
            let handed = if keep {
                self.publish(&topic, payload)
            } else {
                let (name, quality) = (topic.to_string(), QoS::AtMostOnce);
                self.client
                    .try_publish(name, quality, false, payload)
                    .is_ok()
            };
            if !handed {
                self.due.insert(gate);
                return;
            }
            if keep {
                self.kept.put(gate, sequence, now);
            }
        }
        self.notices.send(&Way {
            client: &self.client,
            signing: &self.collector.signing,
        });
    }

    /// A gate's word on its ledger.
    async fn claimed(&mut self, gate: &GateAddress, payload: &[u8]) -> Result<(), Ended> {
        let name = gate.to_string();
        let Some(keys) = self.intake.enrolled.get(gate) else {
            return self.intake.alarm(&name, "unknown gate", "").await;
        };
        if !self.intake.heads.contains_key(gate) {
            return Ok(());
        }
        let read = |key: &PublicKey| wire::standing::decode_ledger_claim(payload, key);
        match keys.open(now(), read) {
            Signed::Good(claim, _, _) if claim.gate == *gate => {
                let way = Way {
                    client: &self.client,
                    signing: &self.collector.signing,
                };
                self.down.claimed(&way, &claim).await?;
                self.keep_alarms().await
            }
            Signed::Good(claim, _, _) => {
                let other = claim.gate.to_string();
                let kind = "ledger state of another gate";
                self.intake.alarm(&name, kind, &other).await
            }
            // The broker keeps the last word; the gate has gone over to another key since.
            Signed::NotBelieved("retired key") => Ok(()),
            Signed::NotBelieved(why) => {
                let kind = "ledger state of a key that is not believed";
                self.intake.alarm(&name, kind, why).await
            }
            Signed::Refused(error) => {
                let kind = "ledger state refused";
                self.intake.alarm(&name, kind, &error.to_string()).await
            }
        }
    }

    fn acknowledge_all(&mut self) {
        self.due.extend(self.intake.heads.keys().cloned());
    }

    /// Repeats what a broker may have lost.
    fn repeat(&mut self) {
        if self.shards.is_none() {
            self.acknowledge_all();
            return;
        }
        let now = Instant::now();
        let heads = self.intake.heads.iter();
        let stale = heads
            .filter(|(gate, head)| self.kept.is_due(gate, head.sequence, now))
            .map(|(gate, _)| gate.clone());
        self.due.extend(stale);
        // One more, so that a broker always has something to acknowledge.
        self.due.extend(self.kept.let_go_of_the_oldest(now));
    }

    /// `false` if the client has no place.
    fn publish(&self, topic: &Topic, payload: Vec<u8>) -> bool {
        self.client
            .try_publish(
                topic.to_string(),
                QoS::AtLeastOnce,
                topic.retained(),
                payload,
            )
            .is_ok()
    }

    async fn take(&mut self, messages: &[Publish]) -> Result<(), Ended> {
        for message in messages {
            match Topic::parse(&message.topic) {
                Ok(Topic::Events(gate)) => self.intake.batch(&gate, &message.payload).await?,
                Ok(Topic::LedgerState(gate)) => self.claimed(&gate, &message.payload).await?,
                Ok(topic) => tracing::debug!(%topic, "message not meant for the region"),
                Err(error) => tracing::warn!(%error, "message on an unknown topic"),
            }
        }
        let answers = self.intake.store_all().await?;
        if !self.collector.delay.is_zero() {
            tokio::time::sleep(self.collector.delay).await;
        }
        for (gate, gap) in answers {
            if let (Some(from_sequence), Some(head)) = (gap, self.intake.heads.get(&gate)) {
                let request = GapRequest {
                    gate: gate.clone(),
                    epoch: head.epoch,
                    from_sequence,
                };
                let payload = request.sign_and_encode(&self.collector.signing);
                if !self.publish(&Topic::GapRequest(gate.clone()), payload) {
                    // The gate sends again when it sees no progress.
                    tracing::warn!(%gate, "gap request not sent");
                }
            }
            self.due.insert(gate);
        }
        Ok(())
    }
}

/// What a collector that serves a gate listens to.
fn topics_of(gate: &GateAddress) -> [String; 2] {
    [
        Topic::Events(gate.clone()).to_string(),
        Topic::LedgerState(gate.clone()).to_string(),
    ]
}
