//! Facts of a period → equal buckets of time, few enough to be drawn.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::decision::Verdict;
use domain::operator::LaneMode;
use domain::policy::RuleId;
use domain::time::Timestamp;

use super::fact::Fact;
use super::spread::Spread;
use super::tally::{OTHERS, Place};

/// Buckets of one drawing.
const BUCKETS_MAX: u64 = 60;
/// Lanes whose weights are drawn; the first ones seen.
const LANES_MAX: usize = 8;
/// Widths of a bucket, ten seconds to four weeks.
const WIDTHS_S: [u64; 10] = [
    10, 60, 300, 900, 3_600, 10_800, 21_600, 86_400, 604_800, 2_419_200,
];

/// What fell into one bucket.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    /// Passages released at first.
    pub released: u64,
    /// Held for a clerk.
    pub review: u64,
    /// Held for customs.
    pub detained: u64,
    /// Held, by rule.
    pub rules: BTreeMap<RuleId, u64>,
    evidence_ms: Vec<f64>,
    whole_ms: Vec<f64>,
    weights_kg: BTreeMap<Place, Vec<f64>>,
}

impl Bucket {
    /// Passages decided.
    #[must_use]
    pub const fn passages(&self) -> u64 {
        self.released + self.review + self.detained
    }

    /// Arrival to frozen evidence.
    #[must_use]
    pub fn evidence(&self) -> Option<Spread> {
        Spread::of(self.evidence_ms.clone())
    }

    /// Arrival to end.
    #[must_use]
    pub fn whole(&self) -> Option<Spread> {
        Spread::of(self.whole_ms.clone())
    }

    /// Measured less expected gross of a lane, kg.
    #[must_use]
    pub fn weight(&self, place: &Place) -> Option<Spread> {
        Spread::of(self.weights_kg.get(place)?.clone())
    }
}

/// Buckets of a period, in order.
#[derive(Debug, Clone)]
pub struct Series {
    /// Beginning of the first bucket.
    pub since: Timestamp,
    /// Width of each.
    pub width: Duration,
    /// The buckets.
    pub buckets: Vec<Bucket>,
    /// Lanes with weights, in order.
    pub lanes: Vec<Place>,
}

impl Series {
    /// Empty buckets over a period, of the smallest width that leaves few enough of them.
    #[must_use]
    pub fn new(since: Timestamp, until: Timestamp) -> Self {
        let span_s = until.since(since).as_secs();
        let fits = |width: &&u64| span_s / **width < BUCKETS_MAX;
        let widest = WIDTHS_S[WIDTHS_S.len() - 1];
        let width_s = WIDTHS_S.iter().find(fits).copied().unwrap_or(widest);
        // Buckets begin at round moments, so that the same hour is the same bucket every time.
        let width = i64::try_from(width_s).unwrap_or(i64::MAX);
        let first_s = since.as_seconds().div_euclid(width) * width;
        let first = Timestamp::from_seconds(first_s);
        let count = (until.since(first).as_secs() / width_s + 1).min(BUCKETS_MAX + 1);
        Self {
            since: first,
            width: Duration::from_secs(width_s),
            buckets: vec![Bucket::default(); usize::try_from(count).unwrap_or(1)],
            lanes: Vec::new(),
        }
    }

    /// Beginning of a bucket.
    #[must_use]
    pub fn start(&self, bucket: usize) -> Timestamp {
        self.since + self.width * u32::try_from(bucket).unwrap_or(u32::MAX)
    }

    fn bucket(&mut self, at: Timestamp) -> Option<&mut Bucket> {
        if at < self.since {
            return None;
        }
        let index = at.since(self.since).as_secs() / self.width.as_secs();
        self.buckets.get_mut(usize::try_from(index).ok()?)
    }

    /// Puts a fact into its bucket; what lies outside or is not drawn is left out.
    pub fn add(&mut self, fact: &Fact) {
        match fact {
            Fact::Decided(decided) => {
                if decided.attempt > 1 || decided.mode == LaneMode::Closed {
                    return;
                }
                let place = self.lane(&decided.gate, &decided.lane);
                let Some(bucket) = self.bucket(decided.at) else {
                    return;
                };
                match decided.verdict {
                    Verdict::Release => bucket.released += 1,
                    Verdict::Review => bucket.review += 1,
                    Verdict::Detain => bucket.detained += 1,
                }
                for hold in &decided.holds {
                    *bucket.rules.entry(hold.rule).or_default() += 1;
                }
                bucket.evidence_ms.push(f64::from(decided.evidence_ms));
                if let (Some(gross), Some(expected)) = (decided.gross, decided.expected) {
                    let kg = (gross - expected).grams() as f64 / 1_000.0;
                    bucket.weights_kg.entry(place).or_default().push(kg);
                }
            }
            Fact::Ended(ended) => {
                if let Some(bucket) = self.bucket(ended.at) {
                    bucket.whole_ms.push(f64::from(ended.whole_ms));
                }
            }
            Fact::Cleared(_) | Fact::Troubled(_) => {}
        }
    }

    fn lane(&mut self, gate: &str, lane: &str) -> Place {
        let place = (gate.to_owned(), lane.to_owned());
        if self.lanes.contains(&place) {
            return place;
        }
        if self.lanes.len() >= LANES_MAX {
            return (OTHERS.to_owned(), String::new());
        }
        self.lanes.push(place.clone());
        self.lanes.sort();
        place
    }

    /// The rules that held most, at most `count`.
    #[must_use]
    pub fn rules_that_held_most(&self, count: usize) -> Vec<RuleId> {
        let mut sums: BTreeMap<RuleId, u64> = BTreeMap::new();
        for (rule, held) in self.buckets.iter().flat_map(|bucket| &bucket.rules) {
            *sums.entry(*rule).or_default() += held;
        }
        let mut rules: Vec<(RuleId, u64)> = sums.into_iter().collect();
        rules.sort_by_key(|(rule, held)| (std::cmp::Reverse(*held), *rule));
        rules.truncate(count);
        rules.into_iter().map(|(rule, _)| rule).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_few_begin_at_round_moments_and_cover_the_period() {
        let since = Timestamp::parse("2026-03-01T08:07:30Z").unwrap();
        for (hours, width_s) in [(1, 300), (24, 3_600), (24 * 7, 10_800), (24 * 90, 604_800)] {
            let until = since + Duration::from_secs(hours * 3_600);
            let series = Series::new(since, until);
            assert_eq!(series.width.as_secs(), width_s, "{hours} hours");
            assert!(series.buckets.len() <= 61);
            assert_eq!(series.since.as_seconds() % width_s.cast_signed(), 0);
            let end = series.start(series.buckets.len());
            assert!(series.since <= since && end > until, "{hours} hours");
        }
        let all = Series::new(Timestamp::MIN, Timestamp::MAX);
        assert!(all.buckets.len() <= 61);
    }
}
