//! One MQTT connection with the gates that speak over it, one as a rule: records fall due, batches
//! go out, watermarks come in. On every error a new client is made and the next broker tried.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use domain::event::Event;
use domain::time::Timestamp;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rumqttc::{
    AsyncClient, Event as Packet, EventLoop, Incoming, MqttOptions, Publish, QoS, SubscribeFilter,
    Transport,
};
use tokio::sync::{Semaphore, mpsc, watch};
use wire::signature::PublicKey;
use wire::topic::Topic;

use super::gate::Gate;
use super::tally::Tally;

/// Largest packet either way, as the gateway's.
const PACKET_BYTES_MAX: usize = 512 * 1024;
/// Messages under way on one connection, as the gateway's.
const INFLIGHT: u16 = 80;
/// Between a loss and the next attempt.
const RETRY_MS: std::ops::Range<u64> = 200..2_000;

/// What every line shares.
pub(crate) struct Shared {
    pub(crate) region: PublicKey,
    pub(crate) tls: Arc<rustls::ClientConfig>,
    pub(crate) brokers: Vec<(String, u16)>,
    /// Events of a simulated day; every gate takes them in turn.
    pub(crate) events: Vec<Event>,
    pub(crate) tally: Tally,
    /// Connections being made at the same time.
    pub(crate) doors: Semaphore,
}

/// What all lines are told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    /// Events a second of one gate; 0 for none.
    pub(crate) per_gate: f64,
    /// Made records wait and are not sent.
    pub(crate) hold: bool,
    /// The run is over.
    pub(crate) over: bool,
}

/// What one line is told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// Every gate records this many events at once.
    Make(u32),
    /// The connection is cut.
    Cut,
    /// It may be made again.
    Join,
}

/// A connection.
pub(crate) struct Line {
    name: String,
    gates: Vec<Gate>,
    shared: Arc<Shared>,
    pace: watch::Receiver<Pace>,
    orders: mpsc::Receiver<Order>,
    draw: ChaCha8Rng,
    /// Which broker is used.
    turn: usize,
    cut: bool,
    next_due: Option<Instant>,
    /// Which event comes next.
    event: usize,
}

enum Ended {
    Lost,
    Cut,
    Over,
}

struct Poller(tokio::task::JoinHandle<()>);

impl Drop for Poller {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn poll(mut event_loop: EventLoop, packets: mpsc::Sender<Option<Packet>>) {
    loop {
        let polled = event_loop.poll().await.ok();
        let failed = polled.is_none();
        if packets.send(polled).await.is_err() || failed {
            return;
        }
    }
}

impl Line {
    pub(crate) fn new(
        number: usize,
        gates: Vec<Gate>,
        shared: Arc<Shared>,
        pace: watch::Receiver<Pace>,
        orders: mpsc::Receiver<Order>,
    ) -> Self {
        Self {
            name: format!("kakou-load-{number}"),
            gates,
            shared,
            pace,
            orders,
            draw: ChaCha8Rng::seed_from_u64(number as u64),
            turn: number,
            cut: false,
            next_due: None,
            event: number,
        }
    }

    /// Runs until the run is over.
    pub(crate) async fn run(mut self) {
        loop {
            while self.cut {
                match self.orders.recv().await {
                    Some(order) => self.obey(order),
                    None => return,
                }
            }
            match self.connected().await {
                Ended::Over => return,
                Ended::Cut => {}
                Ended::Lost => {
                    self.shared.tally.losses.fetch_add(1, Ordering::Relaxed);
                    self.turn += 1;
                    let wait = Duration::from_millis(self.draw.random_range(RETRY_MS));
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    async fn connected(&mut self) -> Ended {
        let shared = Arc::clone(&self.shared);
        let mut door = shared.doors.acquire().await.ok();
        let (client, mut event_loop) = AsyncClient::new(self.options(), usize::from(INFLIGHT) + 16);
        event_loop.network_options.set_tcp_nodelay(true);
        let (sender, mut packets) = mpsc::channel(64);
        let _poller = Poller(tokio::spawn(poll(event_loop, sender)));
        let mut up = Up(&shared.tally, false);
        loop {
            self.send(&client, up.1);
            let wake = self.wake();
            tokio::select! {
                packet = packets.recv() => {
                    let Some(Some(packet)) = packet else {
                        return Ended::Lost;
                    };
                    if self.take(packet, &client, &mut up) {
                        drop(door.take());
                    }
                }
                order = self.orders.recv() => {
                    match order {
                        Some(order) => self.obey(order),
                        None => return Ended::Over,
                    }
                    if self.cut {
                        return Ended::Cut;
                    }
                }
                changed = self.pace.changed() => {
                    if changed.is_err() || self.pace.borrow().over {
                        let _ = client.try_disconnect();
                        return Ended::Over;
                    }
                    self.next_due = None;
                }
                () = tokio::time::sleep_until(wake.into()) => self.fall_due(Instant::now()),
            }
        }
    }

    fn options(&self) -> MqttOptions {
        let (host, port) = &self.shared.brokers[self.turn % self.shared.brokers.len()];
        let mut options = MqttOptions::new(&self.name, host, *port);
        options.set_clean_session(true);
        options.set_keep_alive(Duration::from_secs(60));
        options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
        options.set_inflight(INFLIGHT);
        options.set_transport(Transport::tls_with_config(
            rumqttc::TlsConfiguration::Rustls(Arc::clone(&self.shared.tls)),
        ));
        options
    }

    /// Takes a packet; `true` once the broker has let this line in.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the client's other packets carry nothing"
    )]
    fn take(&mut self, packet: Packet, client: &AsyncClient, up: &mut Up<'_>) -> bool {
        let now = Instant::now();
        match packet {
            Packet::Incoming(Incoming::ConnAck(_)) => {
                let filters = self
                    .gates
                    .iter()
                    .flat_map(|gate| Topic::subscriptions_of_gate(&gate.address))
                    .map(|filter| SubscribeFilter::new(filter, QoS::AtMostOnce));
                // The client is fresh: it has places.
                let _ = client.try_subscribe_many(filters);
                for gate in &mut self.gates {
                    gate.connected(now);
                }
                return false;
            }
            Packet::Incoming(Incoming::SubAck(_)) => {
                up.1 = true;
                up.0.up.fetch_add(1, Ordering::Relaxed);
                return true;
            }
            // Which gate's batch it was does not matter: one window a line, as a rule one gate.
            Packet::Incoming(Incoming::PubAck(_)) => {
                for gate in &mut self.gates {
                    gate.broker_took();
                }
            }
            Packet::Incoming(Incoming::Publish(message)) => self.hear(&message, now),
            _ => {}
        }
        false
    }

    fn hear(&mut self, message: &Publish, now: Instant) {
        let Ok(topic) = Topic::parse(&message.topic) else {
            return;
        };
        let Some(gate) = self
            .gates
            .iter_mut()
            .find(|gate| gate.address == *topic.gate())
        else {
            return;
        };
        let heard = gate.hear(&topic, &message.payload, &self.shared.region, now);
        let tally = &self.shared.tally;
        tally
            .acknowledged
            .fetch_add(heard.lags.len() as u64, Ordering::Relaxed);
        tally
            .forks
            .fetch_add(u64::from(heard.forked), Ordering::Relaxed);
        tally.lags.add(&heard.lags);
    }

    /// When something falls due.
    fn wake(&mut self) -> Instant {
        let pace = *self.pace.borrow();
        let far = Instant::now() + Duration::from_secs(3_600);
        if pace.per_gate > 0.0 && self.next_due.is_none() {
            self.next_due = Some(Instant::now() + self.gap(pace.per_gate));
        }
        let gates = self.gates.iter().filter_map(Gate::due).min();
        let making = (pace.per_gate > 0.0).then_some(self.next_due).flatten();
        [gates, making].into_iter().flatten().min().unwrap_or(far)
    }

    /// Until this line's next event: arrivals without memory, like vehicles.
    fn gap(&mut self, per_gate: f64) -> Duration {
        let rate = per_gate * self.gates.len() as f64;
        let uniform: f64 = self.draw.random_range(f64::EPSILON..1.0);
        Duration::from_secs_f64((-uniform.ln() / rate).min(3_600.0))
    }

    fn fall_due(&mut self, now: Instant) {
        let pace = *self.pace.borrow();
        while pace.per_gate > 0.0
            && let Some(due) = self.next_due
            && due <= now
        {
            let index = self.draw.random_range(0..self.gates.len());
            // Made when it fell due, however late this task is.
            self.make(index, due);
            self.next_due = Some(due + self.gap(pace.per_gate));
        }
        for gate in &mut self.gates {
            if gate.timeout(now) {
                self.shared.tally.repeats.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn make(&mut self, index: usize, made_at: Instant) {
        let mut event = self.shared.events[self.event % self.shared.events.len()].clone();
        self.event += 1;
        event.at.at = now();
        let tally = &self.shared.tally;
        if self.gates[index].record(&event, made_at) {
            tally.made.fetch_add(1, Ordering::Relaxed);
        } else {
            tally.refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Make(count) => {
                let now = Instant::now();
                for index in 0..self.gates.len() {
                    for _ in 0..count {
                        self.make(index, now);
                    }
                }
            }
            Order::Cut => self.cut = true,
            Order::Join => {
                self.cut = false;
                // What fell due meanwhile was made by order.
                self.next_due = None;
            }
        }
    }

    fn send(&mut self, client: &AsyncClient, up: bool) {
        if !up || self.pace.borrow().hold {
            return;
        }
        let now = Instant::now();
        for gate in &mut self.gates {
            while let Some((last, payload)) = gate.next_batch() {
                let topic = Topic::Events(gate.address.clone()).to_string();
                if client
                    .try_publish(topic, QoS::AtLeastOnce, false, payload)
                    .is_err()
                {
                    break;
                }
                gate.sent(last, now);
                self.shared.tally.batches.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Counts a line that is up for as long as it is.
struct Up<'a>(&'a Tally, bool);

impl Drop for Up<'_> {
    fn drop(&mut self) {
        if self.1 {
            self.0.up.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
