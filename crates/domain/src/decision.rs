//! The result of deciding: one finding a rule, the worst outcome wins.

use crate::policy::{PolicyVersion, RuleId};
use crate::reason::ReasonCode;

/// Result of one rule; the order is the order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Satisfied.
    Pass,
    /// Not applied, because the policy or a degraded mode says so.
    Skipped,
    /// A person may clear it.
    Review,
    /// Only customs may lift it.
    Detain,
}

/// Result for the vehicle; everything but `Release` is a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Goes.
    Release,
    /// Held until a person with the privileges clears it.
    Review,
    /// Held until customs lifts it.
    Detain,
}

/// Result of one rule with what it looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Rule.
    pub rule: RuleId,
    /// Result.
    pub outcome: Outcome,
    /// Why, as a stable code; words in both languages come from `decision::wording`.
    pub reason: ReasonCode,
    /// What was seen, in field terms ("13,240 kg", "粤B12345").
    pub observed: String,
    /// What was expected.
    pub expected: String,
    /// The parameter that drew the line, with its unit.
    pub limit: String,
}

/// The decision on a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Worst outcome.
    pub verdict: Verdict,
    /// One finding or more a rule, in rule order.
    pub findings: Vec<Finding>,
    /// Policy it was taken under.
    pub policy: PolicyVersion,
}

impl Decision {
    /// Findings that hold the vehicle, worst first, in rule order within.
    #[must_use]
    pub fn holds(&self) -> Vec<&Finding> {
        let mut holds: Vec<&Finding> = self
            .findings
            .iter()
            .filter(|f| f.outcome >= Outcome::Review)
            .collect();
        holds.sort_by_key(|f| (std::cmp::Reverse(f.outcome), f.rule));
        holds
    }
}
