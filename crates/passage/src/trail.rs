//! Events of a lane → numbered records, and again if one could not be made durable: a lost event
//! is lost evidence. Decisions are not repeated here; a stale one must never open a barrier.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use domain::event::Event;
use domain::time::Instant;

/// Events that wait for a second try; beyond it the oldest is given up and counted.
const UNRECORDED_MAX: usize = 1_024;
/// Records that may be under way.
const IN_FLIGHT_MAX: usize = 2_048;
/// Time to the next try.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Numbers records and repeats those that failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail {
    last_record: u64,
    /// Events under way that are repeated on failure.
    in_flight: BTreeMap<u64, Box<Event>>,
    unrecorded: VecDeque<Box<Event>>,
    retry_at: Option<Instant>,
    given_up: u64,
}

impl Trail {
    /// Gives an event its number; `repeat` if it is to be tried again on failure.
    pub(crate) fn number(&mut self, event: &Event, repeat: bool) -> u64 {
        self.last_record += 1;
        if repeat {
            self.in_flight
                .insert(self.last_record, Box::new(event.clone()));
            if self.in_flight.len() > IN_FLIGHT_MAX {
                // An answer that never came: the recorder is gone, and the lane shows it.
                self.in_flight.pop_first();
                self.given_up += 1;
            }
        }
        self.last_record
    }

    /// The record is durable.
    pub(crate) fn recorded(&mut self, record: u64) {
        self.in_flight.remove(&record);
    }

    /// The record failed; it waits for its second try.
    pub(crate) fn failed(&mut self, record: u64, now: Instant) {
        if let Some(event) = self.in_flight.remove(&record) {
            self.unrecorded.push_back(event);
            if self.unrecorded.len() > UNRECORDED_MAX {
                self.unrecorded.pop_front();
                self.given_up += 1;
            }
        }
        self.retry_at.get_or_insert(now + RETRY_AFTER);
    }

    /// Whether nothing waits for a second try, so that a release may be recorded.
    pub(crate) fn is_whole(&self) -> bool {
        self.unrecorded.is_empty()
    }

    /// When to try again.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Takes out what is due for another try, oldest first.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Event> {
        if self.retry_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.retry_at = None;
        self.unrecorded.drain(..).map(|event| *event).collect()
    }

    /// Events given up since start.
    pub(crate) fn given_up(&self) -> u64 {
        self.given_up
    }
}

#[cfg(test)]
mod tests {
    use domain::event::EventBody;
    use domain::time::{TimeSource, Timestamp, UtcTime};

    use super::*;

    fn event(second: i64) -> Event {
        let at = UtcTime {
            at: Timestamp::from_seconds(second),
            source: TimeSource::Ntp,
        };
        Event {
            at,
            lane: None,
            passage: None,
            body: EventBody::PassageOpened,
        }
    }

    #[test]
    fn a_failed_event_is_tried_again_in_order_and_once() {
        let mut trail = Trail::default();
        let first = trail.number(&event(1), true);
        let second = trail.number(&event(2), true);
        let start = Instant::from_millis(0);
        trail.failed(first, start);
        trail.failed(second, start);
        assert!(!trail.is_whole());
        assert!(trail.due(start).is_empty());
        let due = trail.due(start + RETRY_AFTER);
        let seconds: Vec<i64> = due.iter().map(|event| event.at.at.as_seconds()).collect();
        assert_eq!(seconds, [1, 2]);
        assert!(trail.is_whole());
        assert_eq!(trail.retry_at(), None);
    }

    #[test]
    fn what_is_given_up_is_counted() {
        let mut trail = Trail::default();
        for i in 0..UNRECORDED_MAX as i64 + 3 {
            let record = trail.number(&event(i), true);
            trail.failed(record, Instant::from_millis(0));
        }
        assert_eq!(trail.given_up(), 3);
    }
}
