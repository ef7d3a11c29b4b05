//! Where the next batch starts and how many may be under way: the sans-IO half of the uplink.
//!
//! The journal is the session. Only the region's own watermark moves `acknowledged`; the
//! broker's PUBACK merely opens the window.

use std::time::Duration;

use domain::time::Instant;

/// Events sent and not acknowledged by the region, at most.
pub const OUTSTANDING_EVENTS_MAX: u64 = 8_192;
/// Without progress for this long, everything after the watermark is sent again.
const NO_PROGRESS: Duration = Duration::from_secs(15);
/// Without progress for this long the connection itself is doubted. A node of a clustered broker
/// that is cut off from the others goes on answering, and so does one that has lost a subscription.
const STALE: Duration = Duration::from_secs(60);
/// Every batch behind a gap has the region ask for it. The answer is under way for this long: to
/// send it once more for each would multiply what goes over the link by the window.
const ASKED_AGAIN: Duration = Duration::from_secs(2);

/// Position of the outbox in the journal.
#[derive(Debug)]
pub struct Outbox {
    acknowledged: u64,
    next: u64,
    in_flight: u16,
    window: u16,
    progress_at: Instant,
    /// Since when events wait for the region on this connection, whatever was sent again.
    waiting_since: Option<Instant>,
    positioned: bool,
    /// The gap asked for last, and when it was sent.
    rewound: Option<(u64, Instant)>,
}

impl Outbox {
    /// An outbox for a fresh connection; it sends nothing before it is positioned.
    #[must_use]
    pub fn new(window: u16, now: Instant) -> Self {
        Self {
            acknowledged: 0,
            next: 1,
            in_flight: 0,
            window,
            progress_at: now,
            waiting_since: None,
            positioned: false,
            rewound: None,
        }
    }

    /// Starts behind `acknowledged`: the region's watermark, or the stored hint if none came.
    pub fn position(&mut self, acknowledged: u64, now: Instant) {
        self.acknowledged = acknowledged;
        self.next = acknowledged + 1;
        self.positioned = true;
        self.progress_at = now;
    }

    /// Whether a start is known.
    #[must_use]
    pub fn is_positioned(&self) -> bool {
        self.positioned
    }

    /// The region has stored everything up to `sequence`.
    pub fn acknowledge(&mut self, sequence: u64, now: Instant) {
        if sequence > self.acknowledged || !self.positioned {
            self.acknowledged = sequence;
            self.progress_at = now;
            self.positioned = true;
            self.waiting_since = Some(now);
        }
        self.next = self.next.max(self.acknowledged + 1);
        if self.next == self.acknowledged + 1 {
            self.waiting_since = None;
        }
    }

    /// The region misses events from `sequence` on.
    pub fn rewind(&mut self, sequence: u64, now: Instant) {
        let under_way = self
            .rewound
            .is_some_and(|(asked, at)| asked == sequence && now < at + ASKED_AGAIN);
        if sequence > self.acknowledged && sequence < self.next && !under_way {
            self.next = sequence;
            self.progress_at = now;
            self.rewound = Some((sequence, now));
        }
    }

    /// First sequence of the next batch, if one may be sent now.
    #[must_use]
    pub fn next_batch(&self, last_durable: u64) -> Option<u64> {
        let open = self.positioned
            && self.in_flight < self.window
            && self.next <= last_durable
            && self.next - self.acknowledged <= OUTSTANDING_EVENTS_MAX;
        open.then_some(self.next)
    }

    /// Whether every durable event has been handed to the client: other things may go now.
    #[must_use]
    pub fn has_sent_all(&self, last_durable: u64) -> bool {
        self.positioned && self.next > last_durable
    }

    /// A batch up to `last_sequence` was handed to the client.
    pub fn sent(&mut self, last_sequence: u64, now: Instant) {
        if self.next == self.acknowledged + 1 {
            self.progress_at = now;
        }
        self.next = last_sequence + 1;
        self.in_flight += 1;
        self.waiting_since.get_or_insert(now);
    }

    /// Whether events were sent long ago over this connection and the region has taken none.
    #[must_use]
    pub fn is_stale(&self, now: Instant) -> bool {
        self.waiting_since.is_some_and(|since| since + STALE <= now)
    }

    /// The broker took one message.
    pub fn broker_took(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// When to look for missing progress, if anything is outstanding.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        (self.positioned && self.next > self.acknowledged + 1)
            .then(|| self.progress_at + NO_PROGRESS)
    }

    /// Sends everything after the watermark again if there was no progress in time.
    pub fn timeout(&mut self, now: Instant) -> bool {
        let due = self.poll_timeout().is_some_and(|at| at <= now);
        if due {
            self.next = self.acknowledged + 1;
            self.progress_at = now;
        }
        due
    }

    /// Last sequence that the region has stored.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Instant {
        Instant::from_millis(s * 1_000)
    }

    #[test]
    fn nothing_is_sent_before_the_start_is_known() {
        let mut outbox = Outbox::new(4, at(0));
        assert_eq!(outbox.next_batch(10), None);
        outbox.position(3, at(0));
        assert_eq!(outbox.next_batch(10), Some(4));
    }

    #[test]
    fn the_broker_opens_the_window_and_the_region_moves_the_cursor() {
        let mut outbox = Outbox::new(2, at(0));
        outbox.position(0, at(0));
        assert!(!outbox.has_sent_all(9));
        outbox.sent(5, at(0));
        outbox.sent(9, at(0));
        assert!(outbox.has_sent_all(9) && !outbox.has_sent_all(10));
        assert_eq!(outbox.next_batch(20), None, "window full");
        outbox.broker_took();
        assert_eq!(outbox.next_batch(20), Some(10));
        assert_eq!(outbox.acknowledged(), 0, "a PUBACK is not delivery");
        outbox.acknowledge(9, at(1));
        assert_eq!(outbox.acknowledged(), 9);
    }

    #[test]
    fn a_gap_or_missing_progress_sends_again_from_the_watermark() {
        let mut outbox = Outbox::new(8, at(0));
        outbox.position(0, at(0));
        outbox.sent(5, at(0));
        outbox.sent(9, at(0));
        outbox.rewind(6, at(1));
        assert_eq!(outbox.next_batch(9), Some(6));
        outbox.sent(9, at(1));
        outbox.acknowledge(5, at(2));
        assert!(!outbox.timeout(at(10)));
        assert!(outbox.timeout(at(17)));
        assert_eq!(outbox.next_batch(9), Some(6));
    }

    #[test]
    fn a_gap_that_is_asked_for_by_many_batches_is_sent_once() {
        let mut outbox = Outbox::new(8, at(0));
        outbox.position(0, at(0));
        outbox.sent(9, at(0));
        outbox.rewind(6, at(1));
        assert_eq!(outbox.next_batch(9), Some(6));
        outbox.sent(9, at(1));
        outbox.rewind(6, at(2));
        assert_eq!(outbox.next_batch(9), None, "the answer is under way");
        outbox.rewind(7, at(2));
        assert_eq!(outbox.next_batch(9), Some(7), "another gap");
        outbox.sent(9, at(2));
        outbox.rewind(7, at(4));
        assert_eq!(outbox.next_batch(9), Some(7), "the answer was lost");
    }

    #[test]
    fn a_connection_without_progress_is_doubted_after_four_repetitions() {
        let mut outbox = Outbox::new(8, at(0));
        outbox.position(0, at(0));
        assert!(!outbox.is_stale(at(1_000)), "nothing waits");
        outbox.sent(5, at(1_000));
        for repetition in 1..4 {
            let now = at(1_000 + repetition * 15);
            assert!(outbox.timeout(now));
            assert!(!outbox.is_stale(now));
            outbox.sent(5, now);
        }
        assert!(outbox.is_stale(at(1_060)));
        outbox.acknowledge(4, at(1_059));
        assert!(!outbox.is_stale(at(1_060)), "some of it was taken");
        assert!(outbox.is_stale(at(1_119)));
        outbox.acknowledge(5, at(1_120));
        assert!(!outbox.is_stale(at(9_000)), "all of it was taken");
    }

    #[test]
    fn a_region_that_only_takes_is_not_flooded() {
        let mut outbox = Outbox::new(8, at(0));
        outbox.position(0, at(0));
        outbox.sent(OUTSTANDING_EVENTS_MAX, at(0));
        assert_eq!(outbox.next_batch(u64::MAX), None);
    }
}
