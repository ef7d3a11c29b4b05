//! Decision parameters as versioned data. Bounds are checked in `decision`; texts in `wire`.

use std::collections::{BTreeMap, BTreeSet};

use crate::device::{DegradedMode, DeviceKind};
use crate::digest::Digest;
use crate::id::LaneId;
use crate::mass::Mass;

/// The rules, in the order in which findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleId {
    /// Identity agreement.
    R1,
    /// Vehicle recordation.
    R2,
    /// Company and driver recordation.
    R3,
    /// Premises, lane, direction, window.
    R4,
    /// Ledger entry.
    R5,
    /// Container numbers.
    R6,
    /// Empty or loaded.
    R7,
    /// Seal.
    R8,
    /// Weight.
    R9,
    /// Legal gross and axle load.
    R10,
    /// Directives.
    R11,
    /// Scan verdict.
    R12,
    /// Radiation.
    R13,
    /// Journey.
    R14,
    /// Visit continuity.
    R15,
    /// Watchlist.
    R16,
    /// Device health.
    R17,
    /// Sampling.
    R18,
    /// Lane integrity.
    R19,
}

impl RuleId {
    /// Every rule, in order.
    pub const ALL: [Self; 19] = [
        Self::R1,
        Self::R2,
        Self::R3,
        Self::R4,
        Self::R5,
        Self::R6,
        Self::R7,
        Self::R8,
        Self::R9,
        Self::R10,
        Self::R11,
        Self::R12,
        Self::R13,
        Self::R14,
        Self::R15,
        Self::R16,
        Self::R17,
        Self::R18,
        Self::R19,
    ];

    /// Number, 1 to 19.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The rule of `number`.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
}

impl std::fmt::Display for RuleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "R{}", self.number())
    }
}

/// How a rule is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleMode {
    /// As written.
    Enforced,
    /// Not applied; the finding says so.
    Skipped,
    /// Replaced by a Review: a person does the check.
    ByPerson,
}

/// Version of a policy: the central part and how often the local part has been tightened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyVersion {
    /// Central part, signed by the region.
    pub central: u32,
    /// Local part, only stricter.
    pub local: u32,
}

impl std::fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.central, self.local)
    }
}

/// Legal limit for a combination with `axles` axles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrossLimit {
    /// Axles of tractor and trailer together.
    pub axles: u8,
    /// Legal gross.
    pub gross_max: Mass,
}

/// Every parameter of the rules. Durations in the unit of the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Version.
    pub version: PolicyVersion,
    /// SHA-256 of the canonical document this was parsed from.
    pub digest: Digest,

    /// R1: fewest reads of the tag bound to this vehicle's stay.
    pub tag_reads_min: u16,
    /// R1, R6: confidence in thousandths from which a picture reading is sure.
    pub confidence_min_permille: u16,
    /// R1, R6: fewest agreeing frames.
    pub agreeing_frames_min: u8,
    /// R2, R3: warn this many days before a recordation ends.
    pub expires_soon_days: u16,
    /// R4: grace on both ends of the pass window, seconds.
    pub window_grace_s: u32,
    /// R5: ledger older than this is stale, seconds.
    pub ledger_stale_after_s: u32,
    /// R11, R16: directives older than this are stale, seconds.
    pub risk_list_stale_after_s: u32,
    /// R7: cargo above this means loaded.
    pub empty_cargo_max: Mass,
    /// R9: tolerance in thousandths of declared cargo.
    pub weight_tolerance_permille: u16,
    /// R9: smallest tolerance.
    pub weight_tolerance_floor: Mass,
    /// R9: how many bands deviate into Review before Detain.
    pub weight_review_bands: u8,
    /// R10: legal gross by axle count, ascending.
    pub gross_limits: Vec<GrossLimit>,
    /// R10: legal load of one axle.
    pub axle_load_max: Mass,
    /// R12: oldest scan verdict that counts for this visit, seconds.
    pub scan_age_max_s: u32,
    /// R12: how far the mass on a scan may be from the declared one, thousandths of it, besides
    /// `weight_tolerance_floor`.
    pub scan_mass_tolerance_permille: u16,
    /// R14: longest silence of the tracker, seconds.
    pub journey_gap_max_s: u32,
    /// R14: grace on late arrival, seconds.
    pub journey_late_grace_s: u32,
    /// R18: share of passages drawn for a recheck, thousandths.
    pub sampling_permille: u16,

    /// R1 to R19: how each is applied; a rule that is not listed is enforced.
    pub rule_modes: BTreeMap<RuleId, RuleMode>,
    /// Per lane, over `rule_modes`.
    pub lane_rule_modes: BTreeMap<(LaneId, RuleId), RuleMode>,
    /// Per declared degraded mode, over the others. Never `Enforced`.
    pub degraded_rule_modes: BTreeMap<(DegradedMode, RuleId), RuleMode>,
    /// R17: kinds of device that have to be live in every lane.
    pub required_devices: Vec<DeviceKind>,
    /// R1 to R19: rules whose holds take a second person to clear.
    pub two_persons: BTreeSet<RuleId>,
    /// Longest time a degraded mode may be declared for, seconds.
    pub degraded_max_s: u32,
}
