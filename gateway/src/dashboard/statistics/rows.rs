//! What a report says, as it is served: numbers with their units, names in both languages.

use serde::Serialize;
use utoipa::ToSchema;

use super::names::Named;

/// Passages of a lane, or of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PassagesRow {
    /// Lane; empty for all together.
    pub(crate) lane: String,
    /// Vehicles that came.
    pub(crate) opened: u64,
    /// Passages that ended.
    pub(crate) ended: u64,
    /// First verdicts: released.
    pub(crate) release: u64,
    /// First verdicts: held for a person.
    pub(crate) review: u64,
    /// First verdicts: held for customs.
    pub(crate) detain: u64,
    /// Released of a thousand first verdicts; `null` of none.
    pub(crate) release_permille: Option<u64>,
}

/// The report's stretches, each of one or more whole hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct StretchRow {
    /// Its first moment, RFC 3339.
    pub(crate) begins: String,
    /// All lanes.
    pub(crate) all: PassagesRow,
    /// Lanes with any passage in it.
    pub(crate) lanes: Vec<PassagesRow>,
    /// Open holds.
    pub(crate) queue: QueueRow,
    /// Holds that nobody acknowledged in time.
    pub(crate) escalated: u64,
    /// Median of arrival to end, ms.
    pub(crate) whole_p50_ms: Option<u64>,
    /// What 95 % of arrivals to end do not exceed, ms.
    pub(crate) whole_p95_ms: Option<u64>,
}

/// Open holds over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct QueueRow {
    /// Most at once.
    pub(crate) most: u64,
    /// Mean, in thousandths of a hold; `null` if the time was not watched.
    pub(crate) mean_permille: Option<u64>,
    /// How long it was watched, s.
    pub(crate) watched_s: u64,
}

/// How often a rule held a vehicle at first, or was overridden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RuleRow {
    /// `R1` to `R19`.
    pub(crate) rule: String,
    /// What it is about.
    pub(crate) about: Named,
    /// Passages.
    pub(crate) count: u64,
    /// Of a thousand first verdicts; `null` where that says nothing.
    pub(crate) permille: Option<u64>,
    /// Reasons, most frequent first; empty for overrides.
    pub(crate) reasons: Vec<ReasonRow>,
}

/// How often a reason held a vehicle at first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ReasonRow {
    /// Stable code.
    pub(crate) code: &'static str,
    /// Chinese.
    pub(crate) zh: String,
    /// English.
    pub(crate) en: String,
    /// Passages.
    pub(crate) count: u64,
}

/// Times of one step. Quantiles are within a sixteenth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct StepRow {
    /// Step.
    pub(crate) step: Named,
    /// Times taken.
    pub(crate) count: u64,
    /// Median, ms.
    pub(crate) p50_ms: u64,
    /// What 95 % do not exceed, ms.
    pub(crate) p95_ms: u64,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DeviceRow {
    /// Device.
    pub(crate) device: String,
    /// Its kind, if it is known.
    pub(crate) kind: Option<Named>,
    /// Live of a thousand parts of the time watched; `null` if it was not.
    pub(crate) live_permille: Option<u64>,
    /// How long its state was known, s.
    pub(crate) watched_s: u64,
    /// Times it stopped being live.
    pub(crate) failures: u64,
}

/// Clearances of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UserRow {
    /// Person.
    pub(crate) user: String,
    /// Holds cleared.
    pub(crate) count: u64,
}

/// Clearances of holds: overrides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ClearancesRow {
    /// All.
    pub(crate) count: u64,
    /// By directive of customs.
    pub(crate) by_directive: u64,
    /// By person, most first.
    pub(crate) by_user: Vec<UserRow>,
    /// Rules overridden; a clearance of three rules counts for each.
    pub(crate) by_rule: Vec<RuleRow>,
}

/// How often a kind of thing occurred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct KindRow {
    /// Kind.
    pub(crate) kind: Named,
    /// Times.
    pub(crate) count: u64,
}

/// The statistics of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatisticsReport)]
pub(crate) struct Report {
    /// First moment counted, a whole hour, RFC 3339.
    pub(crate) from: String,
    /// Moment after the last one counted, a whole hour.
    pub(crate) to: String,
    /// From when on the gate knows; `null` if it knows nothing.
    pub(crate) known_from: Option<String>,
    /// The period begins before that.
    pub(crate) begins_unknown: bool,
    /// All lanes.
    pub(crate) all: PassagesRow,
    /// Decisions after the first of their passage.
    pub(crate) repeated: u64,
    /// Decisions of closed lanes: in no verdict and no rate.
    pub(crate) closed: u64,
    /// Holds that nobody acknowledged in time.
    pub(crate) escalated: u64,
    /// Open holds.
    pub(crate) queue: QueueRow,
    /// By lane.
    pub(crate) lanes: Vec<PassagesRow>,
    /// Length of a stretch, s.
    pub(crate) stretch_s: u64,
    /// Stretches from first to last, at most 73; those without a count included.
    pub(crate) stretches: Vec<StretchRow>,
    /// Rules that held at first, most first.
    pub(crate) holds: Vec<RuleRow>,
    /// Step times.
    pub(crate) steps: Vec<StepRow>,
    /// Devices.
    pub(crate) devices: Vec<DeviceRow>,
    /// Overrides.
    pub(crate) clearances: ClearancesRow,
    /// Ends of passages.
    pub(crate) ends: Vec<KindRow>,
    /// Breaches.
    pub(crate) breaches: Vec<KindRow>,
    /// Faults.
    pub(crate) faults: Vec<KindRow>,
}
