//! Milliseconds → counts in fixed buckets, eight to each doubling → any quantile. Knows nothing of
//! what took the time; however much is counted, it stays at most 200 numbers.

use std::collections::BTreeMap;

/// Buckets to each doubling: a bucket is at most an eighth as wide as what it holds.
const SPLITS: u32 = 8;
/// Longer times (37 h) count as this one.
const LONGEST_MS: u32 = (1 << 27) - 1;

/// Counts by bucket. The middle of a bucket is within a sixteenth of everything in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Histogram {
    counts: BTreeMap<u8, u64>,
}

impl Histogram {
    pub(super) fn add(&mut self, ms: u64) {
        *self.counts.entry(bucket_of(ms)).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.counts {
            *self.counts.entry(*bucket).or_default() += count;
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The time that `permille` thousandths of all do not exceed (nearest rank), to the middle of
    /// its bucket; `None` of none.
    pub(super) fn quantile_ms(&self, permille: u64) -> Option<u64> {
        let rank = (self.count() * permille.min(1_000)).div_ceil(1_000).max(1);
        let mut passed = 0;
        for (bucket, count) in &self.counts {
            passed += count;
            if passed >= rank {
                return Some(middle_ms(*bucket));
            }
        }
        None
    }
}

/// Up to 7 ms each has its own bucket; then the three digits after the leading one choose it.
fn bucket_of(ms: u64) -> u8 {
    let ms = u32::try_from(ms).unwrap_or(LONGEST_MS).min(LONGEST_MS);
    let bucket = if ms < SPLITS {
        ms
    } else {
        let doublings = ms.ilog2();
        (doublings - 2) * SPLITS + ((ms >> (doublings - 3)) % SPLITS)
    };
    u8::try_from(bucket).expect("27 doublings give 200 buckets")
}

fn middle_ms(bucket: u8) -> u64 {
    let (group, split) = (u64::from(bucket) / 8, u64::from(bucket) % 8);
    if group == 0 {
        return split;
    }
    let width = 1 << (group - 1);
    (8 + split) * width + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_within_a_sixteenth_of_its_buckets_middle() {
        let mut before = 0;
        let mut ms = 1_u64;
        while ms < u64::from(LONGEST_MS) {
            let bucket = bucket_of(ms);
            assert!(bucket >= before, "{ms} ms");
            before = bucket;
            let off = middle_ms(bucket).abs_diff(ms);
            assert!(off * 16 <= ms, "{ms} ms is {off} off");
            ms += 1 + ms / 100;
        }
        assert_eq!(bucket_of(u64::MAX), bucket_of(u64::from(LONGEST_MS)));
        assert_eq!(bucket_of(u64::MAX), 199);
    }

    #[test]
    fn quantiles_are_ranks_and_merging_is_adding_all() {
        let mut low = Histogram::default();
        let mut high = Histogram::default();
        for ms in 1..=5 {
            low.add(ms);
            high.add(ms * 1_000);
        }
        assert_eq!(low.quantile_ms(500), Some(3));
        assert_eq!(low.quantile_ms(950), Some(5));
        low.merge(&high);
        assert_eq!(low.count(), 10);
        assert_eq!(low.quantile_ms(500), Some(5));
        let p95 = low.quantile_ms(950).unwrap();
        assert!((4_700..=5_300).contains(&p95), "{p95}");
        assert_eq!(Histogram::default().quantile_ms(500), None);
    }
}
