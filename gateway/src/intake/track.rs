//! Reports of one terminal → the journey so far and the state of its lock. Positions are merged by
//! the terminal's own time, because what was kept without a line comes late.

use std::collections::BTreeMap;
use std::time::Duration;

use device_codecs::jointech::{LockReport, LockState};
use device_codecs::jt808::Location;
use domain::position::{Fix, FixQuality};
use domain::reading::{JourneyReport, SealReading};
use domain::seal::{SealNumber, SealState};
use domain::time::Timestamp;

use crate::config::{Near, Terminal};

/// Positions kept of one terminal; the oldest goes first.
const FIXES_MAX: usize = 1_440;
/// A terminal's clock may be this far ahead.
const AHEAD_MAX: Duration = Duration::from_secs(600);
/// A lock's report older than this says nothing of what stands in the lane.
const SEAL_AGE_MAX: Duration = Duration::from_secs(300);

/// One position with what was reported with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) fix: Fix,
    /// Somebody has worked on tracker or lock.
    pub(super) is_tampered: bool,
    /// State of the lock, if it is one that says.
    pub(super) lock: Option<LockState>,
}

impl From<Location> for Mark {
    fn from(location: Location) -> Self {
        Self {
            is_tampered: location.is_antenna_cut(),
            fix: location.fix,
            lock: None,
        }
    }
}

impl From<LockReport> for Mark {
    fn from(report: LockReport) -> Self {
        Self {
            is_tampered: report.state.is_some_and(LockState::is_tampered),
            fix: report.fix,
            lock: report.state,
        }
    }
}

/// What is known of one terminal.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    fixes: BTreeMap<Timestamp, Fix>,
    tampered_at: Option<Timestamp>,
    opened_at: Option<Timestamp>,
    /// State that the lock last reported, and when by its own time.
    lock: Option<(Timestamp, LockState)>,
}

impl Track {
    /// Takes what a terminal reported; returns how many marks could not be used: without a fix or
    /// a time, or from the future. An alarm counts whether or not there is a fix.
    pub(super) fn take(&mut self, marks: Vec<Mark>, keep: Duration, now: Timestamp) -> u64 {
        let mut unusable = 0;
        for mark in marks {
            let at = mark.fix.at.filter(|at| *at <= now + AHEAD_MAX);
            let when = at.unwrap_or(now);
            if mark.is_tampered {
                self.tampered_at = self.tampered_at.max(Some(when));
            }
            if let Some(state) = mark.lock {
                self.locked(state, when);
            }
            match at {
                Some(at) if mark.fix.quality > FixQuality::Invalid => {
                    self.fixes.insert(at, mark.fix);
                }
                Some(_) | None => unusable += 1,
            }
        }
        let oldest = now - keep;
        self.fixes = self.fixes.split_off(&oldest);
        while self.fixes.len() > FIXES_MAX {
            self.fixes.pop_first();
        }
        self.tampered_at = self.tampered_at.filter(|at| *at >= oldest);
        self.opened_at = self.opened_at.filter(|at| *at >= oldest);
        unusable
    }

    /// A state that is older than the last known one tells of an opening, but not of now.
    fn locked(&mut self, state: LockState, when: Timestamp) {
        let was_closed = self
            .lock
            .is_some_and(|(_, s)| s.seal() == SealState::Closed);
        if state.is_unlocked_alarm() || (was_closed && state.seal() != SealState::Closed) {
            self.opened_at = self.opened_at.max(Some(when));
        }
        if self.lock.is_none_or(|(at, _)| at <= when) {
            self.lock = Some((when, state));
        }
    }

    /// The journey so far, for the lane.
    pub(super) fn journey(&self, number: &str, terminal: &Terminal) -> JourneyReport {
        JourneyReport {
            tracker: number.to_owned(),
            plate: Some(terminal.plate.clone()),
            fixes: self.fixes.values().cloned().collect(),
            tampered: self.tampered_at.is_some(),
            opened: self.opened_at.is_some(),
        }
    }

    /// The lock as a seal of its container, if it has just reported from here: one that lies
    /// somewhere else seals nothing in this lane.
    pub(super) fn seal(
        &self,
        number: &str,
        terminal: &Terminal,
        near: Near,
        now: Timestamp,
    ) -> Option<SealReading> {
        let container = terminal.container.clone()?;
        let (reported_at, state) = self.lock?;
        let fix = self.fixes.get(&reported_at)?;
        let is_here = fix.quality >= FixQuality::Satellite
            && now.since(reported_at) <= SEAL_AGE_MAX
            && fix.point.metres_to(near.at) <= near.within_m;
        if !is_here {
            return None;
        }
        Some(SealReading {
            container: Some(container),
            number: SealNumber::parse(number).ok(),
            state: state.seal(),
            opened_since_set: self.opened_at.is_some(),
            reseal_recorded: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::container::ContainerNumber;
    use domain::plate::Plate;
    use domain::position::GeoPoint;

    const KEEP: Duration = Duration::from_secs(12 * 3_600);
    const CLOSED: u16 = 0x20c0;
    const OPEN: u16 = 0x2000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_772_352_000 + seconds)
    }

    fn mark(seconds: i64, state: Option<u16>) -> Mark {
        Mark {
            fix: Fix {
                point: GeoPoint::new(225_000_000, 1_139_000_000 + seconds).unwrap(),
                at: Some(at(seconds)),
                quality: FixQuality::Satellite,
                hdop_tenths: None,
                satellites: None,
                speed_tenths_kmh: None,
                course_deg: None,
            },
            is_tampered: state.is_some_and(|word| LockState(word).is_tampered()),
            lock: state.map(LockState),
        }
    }

    fn terminal() -> Terminal {
        Terminal {
            plate: Plate::parse("粤B12345").unwrap(),
            container: ContainerNumber::parse("CSQU3054383").ok(),
        }
    }

    fn near() -> Near {
        Near {
            at: GeoPoint::new(225_000_000, 1_139_000_000).unwrap(),
            within_m: 300,
        }
    }

    #[test]
    fn a_journey_is_in_the_order_of_the_terminals_own_time() {
        let mut track = Track::default();
        assert_eq!(track.take(vec![mark(60, None)], KEEP, at(60)), 0);
        // What was kept over a tunnel comes later, some of it twice.
        let late = vec![mark(20, None), mark(0, None), mark(20, None)];
        track.take(late, KEEP, at(70));
        let journey = track.journey("138", &terminal());
        let times: Vec<_> = journey.fixes.iter().filter_map(|fix| fix.at).collect();
        assert_eq!(times, [at(0), at(20), at(60)]);
        assert_eq!(journey.plate, Some(terminal().plate));
        assert!(!journey.tampered && !journey.opened);
        // No fix, no time, or a time to come: counted, and not part of the way.
        let mut blind = mark(80, None);
        blind.fix.quality = FixQuality::Invalid;
        let mut timeless = mark(81, None);
        timeless.fix.at = None;
        let future = mark(90_000, None);
        assert_eq!(track.take(vec![blind, timeless, future], KEEP, at(90)), 3);
        assert_eq!(track.journey("138", &terminal()).fixes.len(), 3);
    }

    #[test]
    fn the_way_is_bounded_by_time_and_number() {
        let mut track = Track::default();
        let all = (0..3_000).map(|n| mark(n, None)).collect();
        track.take(all, KEEP, at(3_000));
        let fixes = track.journey("138", &terminal()).fixes;
        assert_eq!(fixes.len(), FIXES_MAX);
        assert_eq!(fixes.last().and_then(|fix| fix.at), Some(at(2_999)));
        track.take(Vec::new(), KEEP, at(3_000 + 13 * 3_600));
        assert!(track.journey("138", &terminal()).fixes.is_empty());
    }

    #[test]
    fn an_opening_and_a_cut_stay_with_the_journey() {
        for (words, opened, tampered) in [
            (&[CLOSED, CLOSED][..], false, false),
            (&[CLOSED, OPEN, CLOSED], true, false),
            (&[OPEN, CLOSED], false, false),
            (&[CLOSED, CLOSED | 1 << 8], true, false),
            (&[CLOSED, CLOSED | 1 << 3, CLOSED], true, true),
        ] {
            let mut track = Track::default();
            for (n, word) in (0..).zip(words) {
                track.take(vec![mark(n, Some(*word))], KEEP, at(n));
            }
            let journey = track.journey("788", &terminal());
            assert_eq!(
                (journey.opened, journey.tampered),
                (opened, tampered),
                "{words:04x?}"
            );
            track.take(Vec::new(), KEEP, at(14 * 3_600));
            let later = track.journey("788", &terminal());
            assert!(!later.opened && !later.tampered);
        }
        // An alarm without a fix is one.
        let mut track = Track::default();
        let mut cut = mark(5, Some(CLOSED | 1 << 3));
        cut.fix.quality = FixQuality::Invalid;
        assert_eq!(track.take(vec![cut], KEEP, at(5)), 1);
        assert!(track.journey("788", &terminal()).tampered);
    }

    #[test]
    fn only_a_lock_that_is_here_now_seals_what_stands_in_the_lane() {
        let mut track = Track::default();
        track.take(vec![mark(0, Some(CLOSED))], KEEP, at(0));
        let number = "7880703537";
        let seal = track
            .seal(number, &terminal(), near(), at(30))
            .expect("here");
        assert_eq!(seal.state, SealState::Closed);
        assert_eq!(seal.number.as_ref().map(|n| n.as_str()), Some(number));
        assert_eq!(
            track.seal(number, &terminal(), near(), at(301)),
            None,
            "too old"
        );
        let elsewhere = Near {
            at: GeoPoint::new(226_000_000, 1_139_000_000).unwrap(),
            ..near()
        };
        assert_eq!(track.seal(number, &terminal(), elsewhere, at(30)), None);
        let unbound = Terminal {
            container: None,
            ..terminal()
        };
        assert_eq!(track.seal(number, &unbound, near(), at(30)), None);
        // What it says later without a fix is not known to be here.
        let mut blind = mark(40, Some(CLOSED));
        blind.fix.quality = FixQuality::Invalid;
        track.take(vec![blind], KEEP, at(40));
        assert_eq!(track.seal(number, &terminal(), near(), at(41)), None);
    }
}
