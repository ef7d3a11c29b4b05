//! Journal, clock and lanes → whether the gate can do its work, and what is missing if not. The
//! link to the region is no part of it: a gate works without.

use domain::id::LaneId;
use domain::operator::LaneMode;
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::dashboard::statistics::{Named, named};

/// No gate of this make is older: a clock before it has never been set (2026-01-01).
const CLOCK_SINCE: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// What readiness is judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'s> {
    /// Why the journal takes nothing, if it does not.
    pub(crate) journal_failure: Option<&'s str>,
    /// UTC as this machine has it.
    pub(crate) now: Timestamp,
    /// Every configured lane with its mode, if its task has declared one.
    pub(crate) lanes: &'s [(LaneId, Option<LaneMode>)],
}

/// One thing that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MissingForReadiness)]
pub(crate) struct Missing {
    /// What.
    pub(crate) what: Named,
    /// Which one, or why: the lane, the cause, the time that the clock shows.
    pub(crate) detail: String,
}

/// Whether the gate can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Nothing is missing.
    pub(crate) ready: bool,
    /// What is.
    pub(crate) missing: Vec<Missing>,
}

/// Judges readiness.
#[must_use]
pub(crate) fn readiness(standing: &Standing<'_>) -> Readiness {
    let mut missing = Vec::new();
    if let Some(cause) = standing.journal_failure {
        missing.push(Missing {
            what: named("journal", "记录日志无法写入", "the journal takes nothing"),
            detail: cause.to_owned(),
        });
    }
    if standing.now < CLOCK_SINCE {
        missing.push(Missing {
            what: named("clock", "时钟未设置", "the clock has not been set"),
            detail: standing.now.to_string(),
        });
    }
    if standing.lanes.is_empty() {
        missing.push(Missing {
            what: named("lanes", "未配置通道", "no lane is configured"),
            detail: String::new(),
        });
    }
    for (lane, mode) in standing.lanes {
        if mode.is_none() {
            missing.push(Missing {
                what: named("lane", "通道未声明状态", "a lane has declared no state"),
                detail: lane.to_string(),
            });
        }
    }
    Readiness {
        ready: missing.is_empty(),
        missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(modes: &[(&str, Option<LaneMode>)]) -> Vec<(LaneId, Option<LaneMode>)> {
        let lane = |id: &str| LaneId::parse(id).expect("a lane");
        modes.iter().map(|(id, mode)| (lane(id), *mode)).collect()
    }

    #[test]
    fn a_gate_is_ready_when_nothing_is_missing_and_says_what_is() {
        let now = Timestamp::parse("2026-03-01T08:00:00Z").expect("valid");
        let both = lanes(&[("E1", Some(LaneMode::Live)), ("X1", Some(LaneMode::Closed))]);
        let one = lanes(&[("E1", Some(LaneMode::Live)), ("X1", None)]);
        let never_set = Timestamp::from_seconds(12);
        for (journal_failure, now, lanes, missing) in [
            (None, now, &both, &[][..]),
            (Some("no space left"), now, &both, &["journal"]),
            (None, never_set, &both, &["clock"]),
            (None, now, &one, &["lane"]),
            (None, now, &Vec::new(), &["lanes"]),
            (Some("x"), never_set, &one, &["journal", "clock", "lane"]),
        ] {
            let answer = readiness(&Standing {
                journal_failure,
                now,
                lanes,
            });
            let named: Vec<&str> = answer.missing.iter().map(|m| m.what.code).collect();
            assert_eq!(named, missing);
            assert_eq!(answer.ready, missing.is_empty());
        }
        let answer = readiness(&Standing {
            journal_failure: Some("no space left"),
            now,
            lanes: &one,
        });
        let details: Vec<&str> = answer.missing.iter().map(|m| m.detail.as_str()).collect();
        assert_eq!(details, ["no space left", "X1"]);
    }
}
