//! The counts of one hour of UTC. Sums of hours are hours again, so that a period of any length is
//! reported like a single one. Knows numbers of names only.

use std::collections::BTreeMap;

use domain::decision::Verdict;
use domain::event::{Breach, LaneFault, PassageEnd};
use domain::policy::RuleId;
use domain::reason::ReasonCode;
use domain::time::Timestamp;

use super::histogram::Histogram;

/// Hours that are kept: 400 days.
pub(super) const HOURS_MAX: usize = 400 * 24;
const HOUR_MICROS: i64 = 3_600_000_000;

/// Hours since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HourNumber(i64);

impl HourNumber {
    pub(super) const fn of(at: Timestamp) -> Self {
        Self(at.as_micros().div_euclid(HOUR_MICROS))
    }

    pub(super) const fn start(self) -> Timestamp {
        Timestamp::from_micros(self.0.saturating_mul(HOUR_MICROS))
    }

    pub(super) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The time between two moments, hour by hour in ms; of a longer one the last [`HOURS_MAX`] hours.
pub(super) fn by_hour(from: Timestamp, to: Timestamp) -> impl Iterator<Item = (HourNumber, u64)> {
    let kept = HourNumber(HourNumber::of(to).0 - HOURS_MAX.cast_signed() as i64).start();
    let mut at = from.max(kept);
    std::iter::from_fn(move || {
        if at >= to {
            return None;
        }
        let hour = HourNumber::of(at);
        let end = hour.next().start().min(to);
        let ms = u64::try_from(end.since(at).as_millis()).unwrap_or(u64::MAX);
        at = end;
        Some((hour, ms))
    })
}

/// First verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Verdicts {
    /// Let go.
    pub(crate) release: u64,
    /// Held for a person.
    pub(crate) review: u64,
    /// Held for customs.
    pub(crate) detain: u64,
}

impl Verdicts {
    pub(super) const fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Release => self.release += 1,
            Verdict::Review => self.review += 1,
            Verdict::Detain => self.detain += 1,
        }
    }

    pub(super) const fn all(&self) -> u64 {
        self.release + self.review + self.detain
    }

    pub(super) const fn merge(&mut self, other: &Self) {
        self.release += other.release;
        self.review += other.review;
        self.detain += other.detain;
    }
}

/// A step of a passage whose time is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Arrival to first stable weight.
    Weigh,
    /// Arrival to frozen evidence.
    Evidence,
    /// Last input to decision.
    Decide,
    /// Hold to clearance.
    Clear,
    /// Arrival to end.
    Whole,
}

impl Step {
    pub(super) const ALL: [Self; 5] = [
        Self::Weigh,
        Self::Evidence,
        Self::Decide,
        Self::Clear,
        Self::Whole,
    ];
}

/// Passages of one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LaneCounts {
    pub(super) opened: u64,
    pub(super) ended: u64,
    pub(super) verdicts: Verdicts,
}

/// How often a rule was concerned: in all, and for reasons that driver and clerk may learn of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Told {
    pub(super) all: u64,
    pub(super) told: u64,
}

impl Told {
    pub(super) const fn count(&mut self, is_told: bool) {
        self.all += 1;
        self.told += is_told as u64;
    }
}

/// Open holds over the time that was watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Queue {
    /// Most at once.
    pub(super) most: u64,
    /// Holds times the ms that they stood.
    pub(super) hold_ms: u64,
    /// Watched.
    pub(super) seen_ms: u64,
}

impl Queue {
    pub(super) fn stand(&mut self, holds: u64, ms: u64) {
        self.most = self.most.max(holds);
        self.hold_ms = self.hold_ms.saturating_add(holds.saturating_mul(ms));
        self.seen_ms = self.seen_ms.saturating_add(ms);
    }

    fn merge(&mut self, other: &Self) {
        self.most = self.most.max(other.most);
        self.hold_ms = self.hold_ms.saturating_add(other.hold_ms);
        self.seen_ms = self.seen_ms.saturating_add(other.seen_ms);
    }

    /// Mean length in thousandths; `None` if nobody watched.
    pub(super) const fn mean_permille(&self) -> Option<u64> {
        self.hold_ms.saturating_mul(1_000).checked_div(self.seen_ms)
    }
}

/// One device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Uptime {
    pub(super) live_ms: u64,
    pub(super) seen_ms: u64,
    /// Times it stopped being live.
    pub(super) failures: u64,
}

/// Clearances of holds: overrides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Clearances {
    pub(super) by_user: BTreeMap<u16, u64>,
    pub(super) by_directive: u64,
    pub(super) by_rule: BTreeMap<RuleId, Told>,
}

/// The counts of an hour, or of several together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Hour {
    pub(super) lanes: BTreeMap<u16, LaneCounts>,
    /// Decisions after the first of their passage.
    pub(super) repeated: u64,
    /// Decisions of closed lanes, which hold everything: in no rate.
    pub(super) closed: u64,
    pub(super) rules: BTreeMap<RuleId, Told>,
    pub(super) reasons: BTreeMap<(RuleId, ReasonCode), u64>,
    pub(super) steps: BTreeMap<Step, Histogram>,
    pub(super) queue: Queue,
    pub(super) escalated: u64,
    pub(super) devices: BTreeMap<u16, Uptime>,
    pub(super) clearances: Clearances,
    pub(super) ends: BTreeMap<PassageEnd, u64>,
    pub(super) breaches: BTreeMap<Breach, u64>,
    pub(super) faults: BTreeMap<LaneFault, u64>,
}

impl Hour {
    pub(super) fn time(&mut self, step: Step, ms: u64) {
        self.steps.entry(step).or_default().add(ms);
    }

    /// First verdicts of all lanes.
    pub(super) fn verdicts(&self) -> Verdicts {
        let mut all = Verdicts::default();
        self.lanes
            .values()
            .for_each(|lane| all.merge(&lane.verdicts));
        all
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (lane, more) in &other.lanes {
            let lane = self.lanes.entry(*lane).or_default();
            lane.opened += more.opened;
            lane.ended += more.ended;
            lane.verdicts.merge(&more.verdicts);
        }
        self.repeated += other.repeated;
        self.closed += other.closed;
        merge_told(&mut self.rules, &other.rules);
        add(&mut self.reasons, &other.reasons);
        for (step, more) in &other.steps {
            self.steps.entry(*step).or_default().merge(more);
        }
        self.queue.merge(&other.queue);
        self.escalated += other.escalated;
        for (device, more) in &other.devices {
            let device = self.devices.entry(*device).or_default();
            device.live_ms += more.live_ms;
            device.seen_ms += more.seen_ms;
            device.failures += more.failures;
        }
        let cleared = &mut self.clearances;
        add(&mut cleared.by_user, &other.clearances.by_user);
        cleared.by_directive += other.clearances.by_directive;
        merge_told(&mut cleared.by_rule, &other.clearances.by_rule);
        add(&mut self.ends, &other.ends);
        add(&mut self.breaches, &other.breaches);
        add(&mut self.faults, &other.faults);
    }
}

fn add<K: Ord + Copy>(to: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        *to.entry(*key).or_default() += count;
    }
}

fn merge_told(to: &mut BTreeMap<RuleId, Told>, more: &BTreeMap<RuleId, Told>) {
    for (rule, more) in more {
        let told = to.entry(*rule).or_default();
        told.all += more.all;
        told.told += more.told;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_cut_at_whole_hours() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let cut: Vec<(String, u64)> =
            by_hour(at("2026-03-01T07:59:00Z"), at("2026-03-01T09:00:30Z"))
                .map(|(hour, ms)| (hour.start().to_string(), ms))
                .collect();
        assert_eq!(
            cut,
            [
                ("2026-03-01T07:00:00.000Z".to_owned(), 60_000),
                ("2026-03-01T08:00:00.000Z".to_owned(), 3_600_000),
                ("2026-03-01T09:00:00.000Z".to_owned(), 30_000),
            ]
        );
        assert_eq!(
            by_hour(at("2026-03-01T08:00:00Z"), at("2026-03-01T08:00:00Z")).count(),
            0
        );
        assert_eq!(
            by_hour(at("2026-03-01T08:00:00Z"), at("2026-03-01T07:00:00Z")).count(),
            0
        );
        let ages = by_hour(Timestamp::MIN, Timestamp::MAX).count();
        assert!((HOURS_MAX..=HOURS_MAX + 1).contains(&ages), "{ages}");
    }
}
