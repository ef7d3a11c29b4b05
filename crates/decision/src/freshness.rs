//! Age of something the region vouched for → fresh, stale or dated in the future.

use std::time::Duration;

use domain::time::Timestamp;

/// Two clocks that are both synchronised may still differ by this much.
pub const SKEW_MAX: Duration = Duration::from_secs(300);

/// How old something is against its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Within the limit.
    Fresh,
    /// Older than the limit.
    Stale,
    /// Later than now by more than clocks may differ: a clock is wrong, the age unknown.
    FromFuture,
}

/// Judges `vouched_at` against `limit_s` at `now`.
pub(crate) fn freshness(vouched_at: Timestamp, now: Timestamp, limit_s: u32) -> Freshness {
    if is_future(vouched_at, now) {
        Freshness::FromFuture
    } else if now.since(vouched_at) > Duration::from_secs(u64::from(limit_s)) {
        Freshness::Stale
    } else {
        Freshness::Fresh
    }
}

/// Whether `at` lies later than `now`, beyond what clocks may differ.
pub(crate) fn is_future(at: Timestamp, now: Timestamp) -> bool {
    at.since(now) > SKEW_MAX
}
