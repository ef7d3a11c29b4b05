//! Policies: bounds of every parameter, local tightening, and the baseline. Knows how strict a
//! value is, not where a document came from or who signed it.

/// Parameters whose larger value is the stricter: `$apply!` gets their names.
macro_rules! larger_is_stricter {
    ($apply:ident) => {
        $apply!(
            tag_reads_min,
            confidence_min_permille,
            agreeing_frames_min,
            expires_soon_days,
            sampling_permille
        )
    };
}

/// Parameters whose smaller value is the stricter: `$apply!` gets their names.
macro_rules! smaller_is_stricter {
    ($apply:ident) => {
        $apply!(
            window_grace_s,
            ledger_stale_after_s,
            risk_list_stale_after_s,
            empty_cargo_max,
            weight_tolerance_permille,
            weight_tolerance_floor,
            weight_review_bands,
            axle_load_max,
            scan_age_max_s,
            scan_mass_tolerance_permille,
            journey_gap_max_s,
            journey_late_grace_s,
            degraded_max_s
        )
    };
}

mod baseline;
mod bounds;
mod strictest;
mod tighten;

use domain::policy::RuleId;

pub use baseline::baseline;
pub use bounds::check;
pub use strictest::strictest;
pub use tighten::tighten;

/// Rules that no policy and no degraded mode may skip: pass, ledger, directives, lane integrity.
pub const NEVER_SKIPPED: [RuleId; 4] = [RuleId::R4, RuleId::R5, RuleId::R11, RuleId::R19];

/// Whether a policy may set `rule` to Skipped.
#[must_use]
pub fn may_be_skipped(rule: RuleId) -> bool {
    !NEVER_SKIPPED.contains(&rule)
}

/// A parameter that a policy may not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}, allowed is {bounds}; {way_out}")]
pub struct PolicyError {
    /// Name of the parameter, with its key where it is a table.
    pub field: String,
    /// Value found.
    pub value: String,
    /// Values allowed.
    pub bounds: String,
    /// What to do about it.
    pub way_out: String,
}
