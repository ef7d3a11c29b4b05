//! What `decide` promises as a whole; the rules' own tables are in the files beside this one.

mod devices_and_people;
mod documents;
mod goods;
mod invariants;
mod journey;
mod modes;
mod policies;
mod words;

use domain::decision::{Decision, Outcome};
use domain::policy::RuleId;
use domain::reason::ReasonCode;

use crate::fixture::Passage;

/// One change to a clean passage, and the only holds it may cause.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) from: fn() -> Passage,
    pub(crate) change: fn(&mut Passage),
    /// Holds of the rule under test, in order; empty means that it passes.
    pub(crate) holds: &'static [(Outcome, ReasonCode)],
}

/// Runs a rule's table: exactly these holds of this rule, no more and no fewer.
pub(crate) fn run(rule: RuleId, cases: &[Case]) {
    for case in cases {
        let mut passage = (case.from)();
        (case.change)(&mut passage);
        let decision = passage.decide();
        assert_eq!(
            holds_of(&decision, rule),
            case.holds,
            "{rule}: {}",
            case.name
        );
    }
}

/// Outcome and reason of every hold of `rule`.
pub(crate) fn holds_of(decision: &Decision, rule: RuleId) -> Vec<(Outcome, ReasonCode)> {
    decision
        .findings
        .iter()
        .filter(|finding| finding.rule == rule && finding.outcome >= Outcome::Review)
        .map(|finding| (finding.outcome, finding.reason))
        .collect()
}

macro_rules! case {
    ($name:literal, $from:path, |$p:ident| $change:expr, [$($outcome:ident $reason:ident),*]) => {
        $crate::tests::Case {
            name: $name,
            from: $from,
            change: |$p| { $change; },
            holds: &[$((
                domain::decision::Outcome::$outcome,
                domain::reason::ReasonCode::$reason,
            )),*],
        }
    };
}
pub(crate) use case;
