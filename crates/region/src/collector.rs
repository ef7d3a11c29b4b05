//! Broker ⇄ event store: takes batches, stores, then acknowledges; sends signed deltas and
//! directives that lie in a folder. A gate is known by its enrolled key alone.

mod downlink;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::digest::Digest;
use domain::id::GateAddress;
use rumqttc::{
    AsyncClient, Event as Packet, EventLoop, Incoming, MqttOptions, Publish, QoS, Transport,
};
use store::chain::Hash;
use tokio::sync::{mpsc, watch};
use wire::signature::{PublicKey, SigningKeyPair};
use wire::topic::Topic;
use wire::watermark::{GapRequest, Watermark};

use crate::event_store::{EventStore, StoreError};
use crate::receive::{Head, Outcome, Received, judge};

/// Largest packet either way.
const PACKET_BYTES_MAX: usize = 512 * 1024;
/// Messages judged before one transaction is committed.
const BATCHES_MAX: usize = 64;
/// Between two repetitions of all watermarks, so that a broker that lost them has them again.
const REPEAT_EVERY: Duration = Duration::from_secs(20);
/// Between two looks into the folder of orders.
const FOLDER_EVERY: Duration = Duration::from_millis(200);

/// How the collector reaches the broker and whom it believes.
pub struct Collector {
    /// Region of the topics.
    pub region: domain::id::RegionId,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS; `None` only on one machine.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// The region's key pair.
    pub signing: SigningKeyPair,
    /// Enrolled gates and their public keys.
    pub gates: BTreeMap<GateAddress, PublicKey>,
    /// Folder of orders to send down (`*.jsonl`: ledger rows, directives among them).
    pub orders: Option<PathBuf>,
    /// Waits this long before each acknowledgement: a slow region, for tests.
    pub delay: Duration,
}

/// Why the collector ended.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The store failed; nothing that is not stored was acknowledged.
    #[error("event store failed")]
    Store(#[from] StoreError),
}

/// Counts since start.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    stored: u64,
    doubles: u64,
    gaps: u64,
    alarms: u64,
}

struct Session<'a> {
    collector: &'a Collector,
    store: &'a mut EventStore,
    heads: BTreeMap<GateAddress, Head>,
    counts: Counts,
}

impl Collector {
    /// Collects until `stop` turns true.
    ///
    /// # Errors
    /// The store failed.
    pub async fn run(
        &self,
        store: &mut EventStore,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), CollectError> {
        let mut heads = BTreeMap::new();
        for gate in self.gates.keys() {
            let head = store.head(gate)?.unwrap_or_else(|| Head::genesis(gate, 1));
            heads.insert(gate.clone(), head);
        }
        let mut session = Session {
            collector: self,
            store,
            heads,
            counts: Counts::default(),
        };
        let mut down = downlink::Downlink::new(self);
        let mut wait = Duration::from_millis(200);
        while !*stop.borrow() {
            match session.connected(&mut down, &mut stop).await {
                Ok(()) => return Ok(()),
                Err(Ended::Store(error)) => return Err(error.into()),
                Err(Ended::Broker(cause)) => {
                    tracing::warn!(cause, "broker lost");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
                    }
                    wait = (wait * 2).min(Duration::from_secs(5));
                    if session.counts.stored > 0 {
                        wait = wait.min(Duration::from_secs(1));
                    }
                }
            }
        }
        Ok(())
    }

    fn options(&self) -> MqttOptions {
        let name = format!("kakou-region-{}", self.region);
        let mut options = MqttOptions::new(name, self.host.clone(), self.port);
        options.set_clean_session(true);
        options.set_keep_alive(Duration::from_secs(10));
        options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
        options.set_inflight(128);
        if let Some(tls) = &self.tls {
            let tls = rumqttc::TlsConfiguration::Rustls(Arc::clone(tls));
            options.set_transport(Transport::tls_with_config(tls));
        }
        options
    }
}

enum Ended {
    Broker(String),
    Store(StoreError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

struct Poller(tokio::task::JoinHandle<()>);

impl Drop for Poller {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn poll(mut event_loop: EventLoop, packets: mpsc::Sender<Result<Packet, String>>) {
    loop {
        let polled = event_loop.poll().await.map_err(|error| error.to_string());
        let failed = polled.is_err();
        if packets.send(polled).await.is_err() || failed {
            return;
        }
    }
}

impl Session<'_> {
    async fn connected(
        &mut self,
        down: &mut downlink::Downlink,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), Ended> {
        let (client, event_loop) = AsyncClient::new(self.collector.options(), 256);
        let (sender, mut packets) = mpsc::channel(256);
        let _poller = Poller(tokio::spawn(poll(event_loop, sender)));
        let mut repeat = tokio::time::interval(REPEAT_EVERY);
        let mut look = tokio::time::interval(FOLDER_EVERY);
        let mut up = false;
        loop {
            tokio::select! {
                packet = packets.recv() => {
                    let mut batches = Vec::new();
                    let mut next = packet;
                    loop {
                        match next {
                            Some(Ok(Packet::Incoming(Incoming::ConnAck(_)))) => {
                                up = true;
                                self.greet(&client);
                            }
                            Some(Ok(Packet::Incoming(Incoming::Publish(message)))) => batches.push(message),
                            Some(Ok(_)) => {}
                            Some(Err(cause)) => return Err(Ended::Broker(cause)),
                            None => return Err(Ended::Broker("the connection has ended".into())),
                        }
                        if batches.len() >= BATCHES_MAX {
                            break;
                        }
                        match packets.try_recv() {
                            Ok(packet) => next = Some(packet),
                            Err(_) => break,
                        }
                    }
                    if !batches.is_empty() {
                        self.take(&client, &batches, down).await?;
                    }
                }
                _ = repeat.tick() => if up { self.acknowledge_all(&client) },
                _ = look.tick() => if up { down.look(self.collector, &client) },
                _ = stop.wait_for(|stopped| *stopped) => {
                    // A courtesy to the broker.
                    let _ = client.try_disconnect();
                    return Ok(());
                }
            }
        }
    }

    fn greet(&self, client: &AsyncClient) {
        tracing::info!("broker connected");
        for filter in Topic::subscriptions_of_region(&self.collector.region) {
            if let Err(error) = client.try_subscribe(&filter, QoS::AtLeastOnce) {
                tracing::warn!(%error, filter, "subscription not sent");
            }
        }
        self.acknowledge_all(client);
    }

    fn acknowledge_all(&self, client: &AsyncClient) {
        for (gate, head) in &self.heads {
            self.acknowledge(client, gate, head);
        }
    }

    fn acknowledge(&self, client: &AsyncClient, gate: &GateAddress, head: &Head) {
        let mark = Watermark {
            gate: gate.clone(),
            epoch: head.epoch,
            sequence: head.sequence,
            chain_hash: Digest(head.hash.0),
        };
        self.publish(
            client,
            &Topic::Watermark(gate.clone()),
            mark.sign_and_encode(&self.collector.signing),
        );
    }

    fn publish(&self, client: &AsyncClient, topic: &Topic, payload: Vec<u8>) {
        if let Err(error) = client.try_publish(
            topic.to_string(),
            QoS::AtLeastOnce,
            topic.retained(),
            payload,
        ) {
            // Everything sent down is repeated: watermarks by time, deltas when the gate asks.
            tracing::warn!(%error, %topic, "message not sent");
        }
    }

    async fn take(
        &mut self,
        client: &AsyncClient,
        messages: &[Publish],
        down: &mut downlink::Downlink,
    ) -> Result<(), Ended> {
        let mut touched: BTreeMap<GateAddress, Option<u64>> = BTreeMap::new();
        for message in messages {
            match Topic::parse(&message.topic) {
                Ok(Topic::Events(gate)) => {
                    if let Some(gap) = self.batch(&gate, &message.payload)? {
                        touched.insert(gate, Some(gap));
                    } else {
                        touched.entry(gate).or_insert(None);
                    }
                }
                Ok(Topic::LedgerState(gate)) => {
                    down.state(self.collector, client, &gate, &message.payload)
                }
                Ok(topic) => tracing::debug!(%topic, "message not meant for the region"),
                Err(error) => tracing::warn!(%error, "message on an unknown topic"),
            }
        }
        if !self.collector.delay.is_zero() {
            tokio::time::sleep(self.collector.delay).await;
        }
        for (gate, gap) in touched {
            let Some(head) = self.heads.get(&gate) else {
                continue;
            };
            self.acknowledge(client, &gate, head);
            if let Some(from_sequence) = gap {
                let request = GapRequest {
                    gate: gate.clone(),
                    epoch: head.epoch,
                    from_sequence,
                };
                let payload = request.sign_and_encode(&self.collector.signing);
                self.publish(client, &Topic::GapRequest(gate), payload);
            }
        }
        Ok(())
    }

    /// Judges and stores one batch; returns the first missing sequence of a gap.
    fn batch(&mut self, gate: &GateAddress, payload: &[u8]) -> Result<Option<u64>, Ended> {
        let Some(key) = self.collector.gates.get(gate) else {
            self.alarm(&gate.to_string(), "unknown gate", "")?;
            return Ok(None);
        };
        let batch = match wire::batch::verify_batch(payload, key) {
            Ok(batch) if batch.gate == *gate => batch,
            Ok(batch) => {
                self.alarm(
                    &gate.to_string(),
                    "batch of another gate",
                    &batch.gate.to_string(),
                )?;
                return Ok(None);
            }
            Err(error) => {
                self.alarm(&gate.to_string(), "batch refused", &error.to_string())?;
                return Ok(None);
            }
        };
        let received = Received {
            epoch: batch.epoch,
            first_sequence: batch.first_sequence,
            prev_hash: Hash(batch.prev_hash.0),
            payloads: batch.payloads,
            head_hash: Hash(batch.head_hash.0),
        };
        let head = self.heads[gate];
        let store = &*self.store;
        let outcome = judge(&head, &received, |sequence| {
            store.hash_at(gate, sequence).ok().flatten()
        });
        match outcome {
            Outcome::Store {
                records,
                head,
                doubles,
            } => {
                self.store.store(gate, &records, &head)?;
                self.counts.stored += records.len() as u64;
                self.counts.doubles += doubles;
                self.heads.insert(gate.clone(), head);
                tracing::debug!(%gate, sequence = head.sequence, "stored");
            }
            Outcome::Doubles { doubles } => self.counts.doubles += doubles,
            Outcome::Gap { from_sequence } => {
                self.counts.gaps += 1;
                tracing::info!(%gate, from_sequence, "gap asked for");
                return Ok(Some(from_sequence));
            }
            Outcome::Fork { sequence } => {
                self.alarm(
                    &gate.to_string(),
                    "fork",
                    &format!("at sequence {sequence}"),
                )?;
            }
            Outcome::Broken { what } => self.alarm(&gate.to_string(), "broken batch", what)?,
        }
        Ok(None)
    }

    fn alarm(&mut self, gate: &str, kind: &str, detail: &str) -> Result<(), Ended> {
        self.counts.alarms += 1;
        tracing::error!(gate, kind, detail, "alarm");
        // A flood of refused messages must not fill the disk with alarms.
        if self.counts.alarms <= 10_000 {
            self.store.alarm(gate, kind, detail)?;
        }
        Ok(())
    }
}
