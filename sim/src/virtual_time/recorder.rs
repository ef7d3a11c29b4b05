//! Records → durable after a modelled fsync, in order, or failed. Keeps what the journal would.

use std::collections::BTreeMap;

use domain::event::Event;

/// fdatasync of a small record on an SSD: 0.3 to 4 ms.
const SYNC_US: (i64, i64) = (300, 4_000);
/// A disk that is about to fail.
const SLOW_SYNC_US: (i64, i64) = (800_000, 3_000_000);

/// The journal's place in virtual time.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    waiting: BTreeMap<(usize, u64), Event>,
    durable: std::collections::BTreeSet<(usize, u64)>,
    last_due_us: u64,
}

impl Recorder {
    /// Takes a record; returns when its outcome is known.
    pub(super) fn take(
        &mut self,
        lane: usize,
        record: u64,
        event: Event,
        now_us: u64,
        slow: bool,
        draw: &mut crate::world::draw::Draw,
    ) -> u64 {
        let (least, most) = if slow { SLOW_SYNC_US } else { SYNC_US };
        let sync_us = draw.between(least, most).unsigned_abs();
        // One writer: nothing overtakes.
        self.last_due_us = self.last_due_us.max(now_us + sync_us);
        self.waiting.insert((lane, record), event);
        self.last_due_us
    }

    /// The sync has ended; `keep` says whether it succeeded. Returns the event.
    pub(super) fn settle(&mut self, lane: usize, record: u64, keep: bool) -> Option<Event> {
        let event = self.waiting.remove(&(lane, record))?;
        if keep {
            self.durable.insert((lane, record));
            // A raise follows its record within the lane's waits, thousands of records later
            // at most.
            if self.durable.len() > 20_000 {
                self.durable
                    .retain(|(of, number)| *of != lane || number + 2_000 > record);
            }
        }
        Some(event)
    }

    /// Whether a record is durable.
    pub(super) fn is_durable(&self, lane: usize, record: u64) -> bool {
        self.durable.contains(&(lane, record))
    }
}
