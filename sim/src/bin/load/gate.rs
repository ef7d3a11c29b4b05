//! One gate as the region sees it: a chain of records, kept until the region's watermark has them,
//! sent in signed batches, sent again when nothing moves. Sans-IO; a disk and lanes it has not.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use domain::digest::Digest;
use domain::event::Event;
use domain::id::GateAddress;
use store::chain::{self, Hash};
use wire::batch::Batch;
use wire::signature::{PublicKey, SigningKeyPair};
use wire::topic::Topic;

/// As the gateway's uplink: records and bytes of one batch, batches under way, and the time
/// without progress after which everything behind the watermark is sent again.
const BATCH_RECORDS_MAX: usize = 64;
const BATCH_BYTES_MAX: usize = 64 * 1024;
const WINDOW: u16 = 64;
const NO_PROGRESS: Duration = Duration::from_secs(15);
/// A gap that is asked for again within this is under way.
const ASKED_AGAIN: Duration = Duration::from_secs(2);
/// Without a watermark for this long after connecting, the gate starts where it knows it was.
const WATERMARK_WAIT: Duration = Duration::from_secs(2);
/// Records that one gate keeps at the most: an outage of this model, not of a journal.
const KEPT_MAX: usize = 100_000;
/// The journal's epoch.
const EPOCH: u64 = 1;

/// A record that the region has not acknowledged.
struct Kept {
    sequence: u64,
    hash: Hash,
    payload: Vec<u8>,
    made_at: Instant,
}

/// A gate.
pub(crate) struct Gate {
    pub(crate) address: GateAddress,
    signing: SigningKeyPair,
    kept: VecDeque<Kept>,
    head: Hash,
    last: u64,
    acknowledged: u64,
    acknowledged_hash: Hash,
    next: u64,
    in_flight: u16,
    positioned: bool,
    connected_at: Instant,
    progress_at: Instant,
    rewound: Option<(u64, Instant)>,
}

/// What a watermark came to.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    /// From made to acknowledged, of every record that is through.
    pub(crate) lags: Vec<Duration>,
    /// The region's chain is not this gate's.
    pub(crate) forked: bool,
}

impl Gate {
    pub(crate) fn new(address: GateAddress, signing: SigningKeyPair) -> Self {
        let genesis = chain::genesis(&address.to_string(), EPOCH);
        let now = Instant::now();
        Self {
            address,
            signing,
            kept: VecDeque::new(),
            head: genesis,
            last: 0,
            acknowledged: 0,
            acknowledged_hash: genesis,
            next: 1,
            in_flight: 0,
            positioned: false,
            connected_at: now,
            progress_at: now,
            rewound: None,
        }
    }

    /// Records an event; `false` if the gate is full.
    pub(crate) fn record(&mut self, event: &Event, made_at: Instant) -> bool {
        if self.kept.len() >= KEPT_MAX {
            return false;
        }
        let payload = wire::record::encode_record(&self.address, event);
        self.last += 1;
        self.head = chain::next(&self.head, self.last, &payload);
        self.kept.push_back(Kept {
            sequence: self.last,
            hash: self.head,
            payload,
            made_at,
        });
        true
    }

    /// A fresh connection: nothing is under way, the start is asked for.
    pub(crate) fn connected(&mut self, now: Instant) {
        self.in_flight = 0;
        self.positioned = false;
        self.connected_at = now;
        self.progress_at = now;
        self.next = self.acknowledged + 1;
    }

    /// The next batch, if one may be sent now.
    pub(crate) fn next_batch(&self) -> Option<(u64, Vec<u8>)> {
        if !self.positioned || self.in_flight >= WINDOW || self.next > self.last {
            return None;
        }
        let from = usize::try_from(self.next - self.acknowledged - 1).ok()?;
        let mut bytes = 0;
        let mut payloads = Vec::new();
        let mut head = self.acknowledged_hash;
        let mut last = self.next;
        for kept in self.kept.iter().skip(from).take(BATCH_RECORDS_MAX) {
            if !payloads.is_empty() && bytes + kept.payload.len() > BATCH_BYTES_MAX {
                break;
            }
            bytes += kept.payload.len();
            payloads.push(kept.payload.clone());
            head = kept.hash;
            last = kept.sequence;
        }
        let before = match from.checked_sub(1) {
            None => self.acknowledged_hash,
            Some(index) => self.kept[index].hash,
        };
        let batch = Batch {
            gate: self.address.clone(),
            epoch: EPOCH,
            first_sequence: self.next,
            prev_hash: Digest(before.0),
            payloads,
            head_hash: Digest(head.0),
        };
        Some((last, batch.sign_and_encode(&self.signing)))
    }

    /// A batch up to `last` was handed to the client.
    pub(crate) fn sent(&mut self, last: u64, now: Instant) {
        if self.next == self.acknowledged + 1 {
            self.progress_at = now;
        }
        self.next = last + 1;
        self.in_flight += 1;
    }

    /// The broker took one message.
    pub(crate) fn broker_took(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// When this gate has to be looked at without a message.
    pub(crate) fn due(&self) -> Option<Instant> {
        if !self.positioned {
            Some(self.connected_at + WATERMARK_WAIT)
        } else if self.next > self.acknowledged + 1 {
            Some(self.progress_at + NO_PROGRESS)
        } else {
            None
        }
    }

    /// Time has passed; `true` if records are sent again.
    pub(crate) fn timeout(&mut self, now: Instant) -> bool {
        if self.due().is_none_or(|due| due > now) {
            return false;
        }
        let again = self.positioned;
        self.positioned = true;
        self.next = self.acknowledged + 1;
        self.progress_at = now;
        again
    }

    /// The region speaks to this gate.
    pub(crate) fn hear(
        &mut self,
        topic: &Topic,
        payload: &[u8],
        region: &PublicKey,
        now: Instant,
    ) -> Acknowledged {
        if let Topic::Watermark(_) = topic
            && let Ok(mark) = wire::watermark::decode_watermark(payload, region)
            && mark.gate == self.address
            && mark.epoch == EPOCH
        {
            return self.acknowledge(mark.sequence, Hash(mark.chain_hash.0), now);
        }
        if let Topic::GapRequest(_) = topic
            && let Ok(gap) = wire::watermark::decode_gap_request(payload, region)
            && gap.gate == self.address
        {
            self.rewind(gap.from_sequence, now);
        }
        Acknowledged::default()
    }

    /// The region misses records from a sequence on.
    fn rewind(&mut self, sequence: u64, now: Instant) {
        let under_way = self
            .rewound
            .is_some_and(|(asked, at)| asked == sequence && now < at + ASKED_AGAIN);
        if sequence > self.acknowledged && sequence < self.next && !under_way {
            self.next = sequence;
            self.progress_at = now;
            self.rewound = Some((sequence, now));
        }
    }

    fn acknowledge(&mut self, sequence: u64, hash: Hash, now: Instant) -> Acknowledged {
        let mut result = Acknowledged::default();
        self.positioned = true;
        if sequence <= self.acknowledged {
            return result;
        }
        if sequence > self.last {
            result.forked = true;
            return result;
        }
        while let Some(kept) = self.kept.front()
            && kept.sequence <= sequence
        {
            result
                .lags
                .push(now.saturating_duration_since(kept.made_at));
            self.acknowledged_hash = kept.hash;
            self.kept.pop_front();
        }
        result.forked = self.acknowledged_hash != hash;
        self.acknowledged = sequence;
        self.next = self.next.max(sequence + 1);
        self.progress_at = now;
        result
    }
}
