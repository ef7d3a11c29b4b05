//! Policies: bounds of every parameter, local tightening, and the baseline. Knows how strict a
//! value is, not where a document came from or who signed it.

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
