//! Figures of the gate's state → whether somebody has to look. The lines are drawn here and
//! nowhere else; no rule knows them.

use std::time::Duration;

use domain::device::DeviceState;
use domain::time::{TimeSource, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::disk::DiskRoom;
use super::rates::Rate;

/// How urgent a state is; the order is the order of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HealthLevel)]
pub(crate) enum Level {
    /// As it should be.
    Good,
    /// Somebody should look at it today.
    Warn,
    /// Something does not work, or stops soon.
    Bad,
}

impl Level {
    /// Class of the style sheet.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "hv-good",
            Self::Warn => "hv-warn",
            Self::Bad => "hv-bad",
        }
    }

    /// A shape beside the word.
    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Good => "●",
            Self::Warn => "▲",
            Self::Bad => "✕",
        }
    }
}

/// Free of a thousand parts of the disk.
const DISK_WARN_PERMILLE: u64 = 150;
const DISK_BAD_PERMILLE: u64 = 50;
/// Of the journal's quota, parts in a thousand that the region has not taken: they cannot go.
const JOURNAL_WARN_PERMILLE: u64 = 500;
const JOURNAL_BAD_PERMILLE: u64 = 800;
/// Records that wait for the journal's writer: many of them mean a slow disk.
const JOURNAL_WAITING_WARN: usize = 100;
/// Age of the oldest event that the region has not acknowledged.
const BACKLOG_WARN_S: u64 = 60;
const BACKLOG_BAD_S: u64 = 3_600;
/// Before a certificate ends.
const CERTIFICATE_WARN_DAYS: i64 = 30;
const CERTIFICATE_BAD_DAYS: i64 = 7;
/// Of a hundred frames, rejected.
const REJECTED_WARN_PERCENT: f64 = 10.0;
const DAY_S: i64 = 86_400;

/// A device by its state, and by how much of what it sends is refused.
pub(super) fn device(state: DeviceState, rate: Option<&Rate>) -> Level {
    let of_state = match state {
        DeviceState::Live => Level::Good,
        DeviceState::Silent => Level::Warn,
        DeviceState::Lost | DeviceState::Void => Level::Bad,
    };
    let refuses = rate.is_some_and(|rate| {
        let all = rate.frames_per_min + rate.rejected_per_min;
        rate.rejected_per_min > 0.0 && rate.rejected_per_min * 100.0 >= all * REJECTED_WARN_PERCENT
    });
    of_state.max(if refuses { Level::Warn } else { Level::Good })
}

/// A clock that nobody vouches for holds every vehicle.
pub(super) const fn clock(source: TimeSource) -> Level {
    match source {
        TimeSource::Gnss | TimeSource::Ntp => Level::Good,
        TimeSource::Unsynchronised => Level::Bad,
    }
}

/// Room on the disk; not to know it is a warning. So is a disk that the journal may outgrow.
pub(super) fn disk(room: Option<DiskRoom>, journal_may_grow_bytes: u64) -> Level {
    let Some(room) = room else {
        return Level::Warn;
    };
    let free = room
        .free_bytes
        .saturating_mul(1_000)
        .checked_div(room.size_bytes);
    match free {
        None | Some(0..DISK_BAD_PERMILLE) => Level::Bad,
        Some(DISK_BAD_PERMILLE..DISK_WARN_PERMILLE) => Level::Warn,
        Some(DISK_WARN_PERMILLE..) if room.free_bytes < journal_may_grow_bytes => Level::Warn,
        Some(DISK_WARN_PERMILLE..) => Level::Good,
    }
}

/// The journal by what of its quota cannot go.
pub(super) const fn journal(has_failed: bool, kept_permille: u64, waiting: usize) -> Level {
    if has_failed || kept_permille >= JOURNAL_BAD_PERMILLE {
        Level::Bad
    } else if kept_permille >= JOURNAL_WARN_PERMILLE || waiting >= JOURNAL_WAITING_WARN {
        Level::Warn
    } else {
        Level::Good
    }
}

/// The ledger by its age and the age at which rules hold.
pub(super) fn ledger(age_s: Option<u64>, stale_after_s: u32, is_forked: bool) -> Level {
    let stale_s = u64::from(stale_after_s);
    match age_s {
        None => Level::Bad,
        Some(age_s) if is_forked || age_s > stale_s => Level::Bad,
        Some(age_s) if age_s * 2 > stale_s => Level::Warn,
        Some(_) => Level::Good,
    }
}

/// The link to the region. Without one the gate works on: that it waits is a warning at first.
pub(super) const fn region(is_connected: bool, backlog_age_s: u64, is_forked: bool) -> Level {
    if is_forked || backlog_age_s >= BACKLOG_BAD_S {
        Level::Bad
    } else if !is_connected || backlog_age_s >= BACKLOG_WARN_S {
        Level::Warn
    } else {
        Level::Good
    }
}

/// Whole days until a certificate ends; negative once it has.
pub(super) const fn days_left(until: Timestamp, now: Timestamp) -> i64 {
    (until.as_seconds() - now.as_seconds()).div_euclid(DAY_S)
}

/// A certificate by the days that are left.
pub(super) const fn certificate(left_days: Option<i64>) -> Level {
    match left_days {
        None => Level::Good,
        Some(days) if days < CERTIFICATE_BAD_DAYS => Level::Bad,
        Some(days) if days < CERTIFICATE_WARN_DAYS => Level::Warn,
        Some(_) => Level::Good,
    }
}

/// A degraded mode in force; one whose time has run out should have ended.
pub(super) fn degraded(until: Timestamp, now: Timestamp) -> Level {
    if until + Duration::from_secs(60) < now {
        Level::Bad
    } else {
        Level::Warn
    }
}

/// Policies of the region were not taken since the start: lanes judge by an older one.
pub(super) const fn refused(count: u64) -> Level {
    if count > 0 { Level::Warn } else { Level::Good }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_where_they_are_drawn() {
        let room = |free, size| {
            Some(DiskRoom {
                free_bytes: free,
                size_bytes: size,
            })
        };
        for (room, may_grow, expected) in [
            (room(400, 1_000), 0, Level::Good),
            (room(400, 1_000), 401, Level::Warn),
            (room(149, 1_000), 0, Level::Warn),
            (room(49, 1_000), 0, Level::Bad),
            (room(0, 0), 0, Level::Bad),
            (None, 0, Level::Warn),
        ] {
            assert_eq!(disk(room, may_grow), expected, "{room:?} {may_grow}");
        }
        for (days, expected) in [
            (None, Level::Good),
            (Some(30), Level::Good),
            (Some(29), Level::Warn),
            (Some(6), Level::Bad),
            (Some(-1), Level::Bad),
        ] {
            assert_eq!(certificate(days), expected, "{days:?}");
        }
        for (age, stale, forked, expected) in [
            (None, 600, false, Level::Bad),
            (Some(300), 600, false, Level::Good),
            (Some(301), 600, false, Level::Warn),
            (Some(601), 600, false, Level::Bad),
            (Some(1), 600, true, Level::Bad),
        ] {
            assert_eq!(ledger(age, stale, forked), expected, "{age:?}");
        }
        for (connected, age, forked, expected) in [
            (true, 59, false, Level::Good),
            (true, 60, false, Level::Warn),
            (false, 0, false, Level::Warn),
            (false, 3_600, false, Level::Bad),
            (true, 0, true, Level::Bad),
        ] {
            assert_eq!(region(connected, age, forked), expected, "{age}");
        }
        assert_eq!(journal(false, 499, 0), Level::Good);
        assert_eq!(journal(false, 0, 100), Level::Warn);
        assert_eq!(journal(false, 800, 0), Level::Bad);
        assert_eq!(journal(true, 0, 0), Level::Bad);
    }

    #[test]
    fn a_live_device_that_sends_rubbish_is_looked_at() {
        let rate = |frames_per_min, rejected_per_min| Rate {
            frames_per_min,
            rejected_per_min,
        };
        for (state, rate, expected) in [
            (DeviceState::Live, None, Level::Good),
            (DeviceState::Live, Some(rate(90.0, 10.0)), Level::Warn),
            (DeviceState::Live, Some(rate(91.0, 9.0)), Level::Good),
            (DeviceState::Live, Some(rate(0.0, 0.0)), Level::Good),
            (DeviceState::Silent, None, Level::Warn),
            (DeviceState::Lost, Some(rate(0.0, 0.0)), Level::Bad),
            (DeviceState::Void, None, Level::Bad),
        ] {
            assert_eq!(device(state, rate.as_ref()), expected, "{state:?} {rate:?}");
        }
    }

    #[test]
    fn days_are_whole_and_negative_after_the_end() {
        let now = Timestamp::from_seconds(1_000_000);
        for (seconds, days) in [(86_400, 1), (86_399, 0), (0, 0), (-1, -1)] {
            assert_eq!(
                days_left(Timestamp::from_seconds(1_000_000 + seconds), now),
                days
            );
        }
    }
}
