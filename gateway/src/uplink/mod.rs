//! Journal → broker → region, and what the region sends back. One task owns the state; a second
//! one only polls the client's event loop, because that call must not be cancelled.
//!
//! On every connect: fresh client, fresh event loop, clean session. The broker is a pipe that may
//! lose anything; what the region has is said by its signed watermark alone.

mod brokers;
mod downlink;
mod evidence;
mod expiry;
mod link;
pub mod outbox;
pub mod tls;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::event::{Event, EventBody};
use domain::id::GateAddress;
use domain::time::Instant;
use rumqttc::{Event as Packet, Incoming, QoS};
use store::chain::Hash;
use store::journal::{JournalReader, Record};
use tokio::sync::watch;
use wire::batch::Batch;
use wire::signature::{PublicKey, SigningKeyPair};
use wire::topic::Topic;

use crate::central_policy::CentralPolicy;
use crate::clock::Clock;
use crate::config::{Config, UplinkConfig};
use crate::health::Health;
use crate::ledger_task::LedgerHandle;
use crate::recorder::Recorder;
use crate::region_keys::RegionKeys;
use crate::stop::Stop;
use brokers::Brokers;
use downlink::Downlink;
use link::Link;
pub use link::probe;
use outbox::Outbox;

/// Records and bytes of one batch.
const BATCH_RECORDS_MAX: usize = 64;
const BATCH_BYTES_MAX: usize = 64 * 1024;
/// Without a watermark after this long, the stored hint is the start.
const WATERMARK_WAIT: Duration = Duration::from_secs(2);
/// Between two looks at backlog and its age.
const HEALTH_EVERY: Duration = Duration::from_secs(1);

/// The link to the region.
pub struct Uplink {
    config: UplinkConfig,
    brokers: Brokers,
    gate: GateAddress,
    epoch: u64,
    tls: Option<Arc<rustls::ClientConfig>>,
    down: Downlink,
    signing: SigningKeyPair,
    recorder: Recorder,
    reader: JournalReader,
    cursor: store::cursor::Cursor,
    acknowledged: u64,
    region_has: watch::Sender<u64>,
    evidence: evidence::Evidence,
    health: Health,
    clock: Clock,
    stop: Stop,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("broker: {0}")]
    Broker(String),
    #[error("the journal cannot be read: {0}")]
    Journal(String),
    #[error("the region's chain differs from ours at sequence {sequence}")]
    Forked { sequence: u64 },
    #[error("asked to stop")]
    Stopped,
}

impl Uplink {
    /// Prepares the link.
    ///
    /// # Errors
    /// Unusable TLS files, or a cursor that cannot be read.
    #[expect(
        clippy::too_many_arguments,
        reason = "each part is owned elsewhere and named here once"
    )]
    pub fn new(
        config: UplinkConfig,
        gate: &Config,
        keys: RegionKeys,
        policy: CentralPolicy,
        seed: [u8; 32],
        ledger: LedgerHandle,
        recorder: Recorder,
        health: Health,
        clock: Clock,
        stop: Stop,
    ) -> anyhow::Result<Self> {
        let tls = config.tls.as_ref().map(tls::client_config).transpose()?;
        let until = config.tls.as_ref().map(tls::valid_until).transpose()?;
        health.downlink(|down| down.certificates_until = until.flatten());
        let cursor = store::cursor::Cursor::at(&gate.directory.join("uplink.cursor"));
        let hint = cursor
            .read()
            .context("the uplink's cursor file is unreadable")?;
        Ok(Self {
            down: Downlink {
                gate: gate.gate.clone(),
                keys,
                policy,
                ledger,
                recorder: recorder.clone(),
                health: health.clone(),
                clock: clock.clone(),
            },
            signing: SigningKeyPair::from_seed(&seed),
            gate: gate.gate.clone(),
            epoch: crate::gate_keys::EPOCH,
            brokers: Brokers::new(config.brokers.clone(), &gate.gate),
            reader: recorder.journal().reader(),
            acknowledged: hint.map_or(0, |mark| mark.sequence),
            region_has: watch::channel(0).0,
            evidence: evidence::Evidence::new(
                gate.directory.join("pictures"),
                config.evidence_bytes_per_s,
            ),
            config,
            tls,
            recorder,
            cursor,
            health,
            clock,
            stop,
        })
    }

    /// Follows the last sequence that the region has said, in this run, to have.
    #[must_use]
    pub fn region_has(&self) -> watch::Receiver<u64> {
        self.region_has.subscribe()
    }

    /// Runs until the daemon ends, or for good after a fork.
    pub async fn run(mut self) {
        self.down.show_keys();
        let mut stop = self.stop.clone();
        loop {
            let before = self.acknowledged;
            match self.connected().await {
                LinkError::Stopped => return,
                LinkError::Forked { sequence } => {
                    self.forked(sequence).await;
                    return;
                }
                error @ (LinkError::Broker(_) | LinkError::Journal(_)) => {
                    tracing::warn!(broker = %self.brokers.current(), %error, "uplink lost");
                    self.health.uplink(|up| {
                        up.connected = false;
                        up.last_error = error.to_string();
                    });
                }
            }
            if self.acknowledged > before {
                self.brokers.proved();
            }
            let wait = tokio::time::sleep(self.brokers.failed());
            tokio::pin!(wait);
            loop {
                tokio::select! {
                    () = &mut wait => break,
                    () = tokio::time::sleep(HEALTH_EVERY) => self.show_backlog(),
                    () = stop.requested() => return,
                }
            }
        }
    }

    async fn forked(&mut self, sequence: u64) {
        tracing::error!(
            sequence,
            "the region's chain differs from ours: sending has stopped"
        );
        self.health.uplink(|up| {
            up.forked = true;
            up.connected = false;
        });
        let body = EventBody::UplinkForked { sequence };
        let event = Event {
            at: self.clock.now().utc,
            lane: None,
            passage: None,
            body,
        };
        if let Err(error) = self.recorder.record_and_wait(&event).await {
            tracing::error!(error, "the fork could not be recorded");
        }
    }

    async fn connected(&mut self) -> LinkError {
        let broker = self.brokers.current().clone();
        self.health.uplink(|up| up.broker = broker.to_string());
        let mut link = Link::open(&self.config, &broker, &self.gate, self.tls.clone());
        let mut outbox = Outbox::new(self.config.window, self.clock.now().mono);
        let mut durable = self.recorder.durable();
        let mut claim = self.down.ledger.claim();
        let mut claim_due = tokio::time::Instant::now() + self.down.claim_every();
        let mut hint_at: Option<Instant> = None;
        let mut stop = self.stop.clone();
        let mut health_due = tokio::time::Instant::now();
        loop {
            if let Err(error) =
                self.send_batches(&mut link, &mut outbox, *durable.borrow_and_update())
            {
                return error;
            }
            let is_idle = outbox.has_sent_all(*durable.borrow());
            let evidence_at = self.evidence.poll_timeout().filter(|_| is_idle);
            let wakes = [outbox.poll_timeout(), hint_at, evidence_at];
            let wake = wakes.into_iter().flatten().min();
            tokio::select! {
                packet = link.next() => {
                    let outcome = match packet {
                        Ok(packet) => self.take(packet, &mut link, &mut outbox, &mut hint_at).await,
                        Err(error) => Err(LinkError::Broker(error)),
                    };
                    if let Err(error) = outcome {
                        return error;
                    }
                }
                Ok(()) = durable.changed() => {}
                Ok(()) = claim.changed() => {
                    claim.borrow_and_update();
                    self.down.claim(&link, &self.signing);
                }
                () = tokio::time::sleep_until(claim_due) => {
                    claim_due = tokio::time::Instant::now() + self.down.claim_every();
                    self.down.claim(&link, &self.signing);
                }
                () = tokio::time::sleep_until(self.clock.deadline(wake)) => {
                    let now = self.clock.now().mono;
                    if hint_at.is_some_and(|at| at <= now) {
                        hint_at = None;
                        if !outbox.is_positioned() {
                            outbox.position(self.acknowledged, now);
                        }
                    }
                    if is_idle {
                        self.send_evidence(&link, now).await;
                    }
                    if outbox.timeout(now) {
                        tracing::warn!(from = outbox.acknowledged() + 1, "no progress, sending again");
                    }
                    if outbox.is_stale(now) {
                        return LinkError::Broker("it answers, and nothing arrives at the region".into());
                    }
                }
                () = tokio::time::sleep_until(health_due) => {
                    health_due = tokio::time::Instant::now() + HEALTH_EVERY;
                    self.show_backlog();
                }
                () = stop.requested() => {
                    link.close();
                    return LinkError::Stopped;
                }
            }
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the client's other packets carry nothing"
    )]
    async fn take(
        &mut self,
        packet: Packet,
        link: &mut Link,
        outbox: &mut Outbox,
        hint_at: &mut Option<Instant>,
    ) -> Result<(), LinkError> {
        let now = self.clock.now().mono;
        match packet {
            Packet::Incoming(Incoming::ConnAck(_)) => {
                tracing::info!(broker = %self.brokers.current(), "uplink connected");
                self.health.uplink(|up| {
                    up.connected = true;
                    up.last_error.clear();
                });
                link.subscribe(&Topic::subscriptions_of_gate(&self.gate))
                    .map_err(LinkError::Broker)?;
                self.down.claim(link, &self.signing);
                *hint_at = Some(now + WATERMARK_WAIT);
            }
            Packet::Incoming(Incoming::PubAck(_)) => outbox.broker_took(),
            Packet::Incoming(Incoming::Publish(message)) => match Topic::parse(&message.topic) {
                Ok(Topic::Watermark(gate)) if gate == self.gate => {
                    self.watermark(&message.payload, outbox, now)?;
                }
                Ok(Topic::GapRequest(gate)) if gate == self.gate => {
                    self.gap(&message.payload, outbox, now);
                }
                Ok(Topic::EvidenceRequest(gate)) if gate == self.gate => {
                    self.evidence_wanted(&message.payload, now);
                }
                Ok(topic) => {
                    if self.down.take(&topic, &message.payload).await {
                        self.down.claim(link, &self.signing);
                    }
                }
                Err(error) => tracing::warn!(%error, "message on an unknown topic"),
            },
            _ => {}
        }
        Ok(())
    }

    fn watermark(
        &mut self,
        payload: &[u8],
        outbox: &mut Outbox,
        now: Instant,
    ) -> Result<(), LinkError> {
        let read = |key: &PublicKey| wire::watermark::decode_watermark(payload, key);
        let mark = match self.down.read(read) {
            Ok(mark) if mark.gate == self.gate && mark.epoch == self.epoch => mark,
            Ok(_) => {
                tracing::warn!("watermark of another gate or epoch");
                return Ok(());
            }
            Err(error) => {
                tracing::warn!(%error, "watermark refused");
                self.health.refused(&format!("watermark: {error}"));
                return Ok(());
            }
        };
        if mark.sequence > 0 {
            let ours = self.reader.hash_at(mark.sequence).map_err(journal_error)?;
            if ours != Some(Hash(mark.chain_hash.0)) {
                return Err(LinkError::Forked {
                    sequence: mark.sequence,
                });
            }
        }
        outbox.acknowledge(mark.sequence, now);
        self.region_has.send_replace(mark.sequence);
        if mark.sequence > self.acknowledged {
            self.acknowledged = mark.sequence;
            // Only a hint: the region's watermark is read again on every connect.
            if let Err(error) =
                self.cursor
                    .write(mark.sequence, Hash(mark.chain_hash.0), self.epoch)
            {
                tracing::warn!(%error, "uplink cursor not written");
            }
            self.show_backlog();
        }
        Ok(())
    }

    fn gap(&self, payload: &[u8], outbox: &mut Outbox, now: Instant) {
        let read = |key: &PublicKey| wire::watermark::decode_gap_request(payload, key);
        match self.down.read(read) {
            Ok(gap) if gap.gate == self.gate && gap.epoch == self.epoch => {
                tracing::info!(from = gap.from_sequence, "the region asked for a gap");
                outbox.rewind(gap.from_sequence, now);
            }
            Ok(_) => tracing::warn!("gap request of another gate or epoch"),
            Err(error) => tracing::warn!(%error, "gap request refused"),
        }
    }

    fn evidence_wanted(&mut self, payload: &[u8], now: Instant) {
        let read = |key: &PublicKey| wire::evidence::decode_request(payload, key);
        match self.down.read(read) {
            Ok(request) if request.gate == self.gate => {
                let left_out = self.evidence.wanted(&request.files, now);
                let files = request.files.len();
                tracing::info!(files, left_out, "the region asked for evidence");
            }
            Ok(_) => tracing::warn!("evidence request of another gate"),
            Err(error) => tracing::warn!(%error, "evidence request refused"),
        }
    }

    /// Sends a piece of evidence, if one is due. Events come first: the caller sees to it.
    async fn send_evidence(&mut self, link: &Link, now: Instant) {
        let Some(content) = self.evidence.next_piece(&self.gate, now).await else {
            return;
        };
        let topic = Topic::EvidenceContent(self.gate.clone());
        if link.publish_once(&topic, content.sign_and_encode(&self.signing)) {
            self.evidence.sent(&content, now);
        } else {
            self.evidence.postponed(now);
        }
    }

    fn send_batches(
        &mut self,
        link: &mut Link,
        outbox: &mut Outbox,
        last_durable: u64,
    ) -> Result<(), LinkError> {
        while let Some(from) = outbox.next_batch(last_durable) {
            let records = self
                .reader
                .read_from(from, BATCH_RECORDS_MAX, BATCH_BYTES_MAX)
                .map_err(journal_error)?;
            let Some(last) = records.last().map(|record| record.sequence) else {
                return Ok(());
            };
            let topic = Topic::Events(self.gate.clone());
            if !link.publish(&topic, self.batch(&records)) {
                return Ok(());
            }
            outbox.sent(last, self.clock.now().mono);
        }
        Ok(())
    }

    fn batch(&self, records: &[Record]) -> Vec<u8> {
        let (first, last) = (&records[0], &records[records.len() - 1]);
        Batch {
            gate: self.gate.clone(),
            epoch: self.epoch,
            first_sequence: first.sequence,
            prev_hash: domain::digest::Digest(first.prev_hash.0),
            payloads: records
                .iter()
                .map(|record| record.payload.clone())
                .collect(),
            head_hash: domain::digest::Digest(last.hash.0),
        }
        .sign_and_encode(&self.signing)
    }

    fn show_backlog(&mut self) {
        let last = *self.recorder.durable().borrow();
        let backlog = last.saturating_sub(self.acknowledged);
        let age_s = self.oldest_age_s(backlog);
        let acknowledged = self.acknowledged;
        self.health.uplink(|up| {
            up.acknowledged = acknowledged;
            up.backlog = backlog;
            up.backlog_age_s = age_s;
        });
    }

    fn oldest_age_s(&mut self, backlog: u64) -> u64 {
        if backlog == 0 {
            return 0;
        }
        let oldest = self
            .reader
            .read_from(self.acknowledged + 1, 1, BATCH_BYTES_MAX);
        let event = oldest.ok().and_then(|records| {
            records
                .first()
                .and_then(|record| wire::record::decode_record(&record.payload).ok())
        });
        event.map_or(0, |(_, event)| {
            self.clock.now().utc.at.since(event.at.at).as_secs()
        })
    }
}

fn journal_error(error: impl std::fmt::Display) -> LinkError {
    LinkError::Journal(error.to_string())
}

/// Quality of service of everything that is sent: at least once, doubles are dropped by sequence.
const QUALITY: QoS = QoS::AtLeastOnce;
