//! Whether a broker still does its work: it may answer pings and take messages while it is cut off
//! from the other nodes, so that nothing of the gates arrives. What it acknowledges tells.

use std::time::{Duration, Instant};

/// Messages under way and none acknowledged for this long: the next broker is tried. Watermarks are
/// repeated more often than this, so that there is always something to acknowledge.
const SILENT_FOR: Duration = Duration::from_secs(30);

/// Counts what goes out with quality of service 1 and what the broker acknowledges.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    under_way: u64,
    waiting_since: Option<Instant>,
}

impl Pulse {
    /// A message went out.
    pub(super) fn sent(&mut self, now: Instant) {
        self.under_way += 1;
        self.waiting_since.get_or_insert(now);
    }

    /// One was acknowledged.
    pub(super) fn acknowledged(&mut self, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        self.waiting_since = (self.under_way > 0).then_some(now);
    }

    /// Nothing is acknowledged any more.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        self.waiting_since
            .is_some_and(|since| now.saturating_duration_since(since) >= SILENT_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_silent_when_it_owes_and_does_not_move() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut pulse = Pulse::default();
        assert!(!pulse.is_silent(at(900)), "it owes nothing");
        pulse.sent(at(900));
        pulse.sent(at(901));
        assert!(!pulse.is_silent(at(929)));
        pulse.acknowledged(at(929));
        assert!(!pulse.is_silent(at(958)), "it moves");
        assert!(pulse.is_silent(at(959)), "it owes one still");
        pulse.acknowledged(at(960));
        assert!(!pulse.is_silent(at(5_000)), "it owes nothing");
    }
}
