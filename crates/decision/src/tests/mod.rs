//! What `decide` promises as a whole; the rules' own tables are in the files beside this one.

mod devices_and_people;
mod documents;
mod goods;
mod identity;
mod invariants;
mod journey;
mod modes;
mod policies;
mod scan_goods;
mod words;

use domain::decision::{Decision, Outcome, Verdict};
use domain::policy::RuleId;
use domain::reason::ReasonCode;

use crate::fixture::Passage;

/// One change to a clean passage, and the only holds it may cause in the rule under test.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) from: fn() -> Passage,
    pub(crate) change: fn(&mut Passage),
    /// Holds of the rule, in order; empty means that it passes.
    pub(crate) holds: &'static [(Outcome, ReasonCode)],
}

type Table = (RuleId, &'static [Case]);

fn tables() -> Vec<Table> {
    [
        identity::TABLES,
        documents::TABLES,
        goods::TABLES,
        scan_goods::TABLES,
        journey::TABLES,
        devices_and_people::TABLES,
    ]
    .concat()
}

#[test]
fn every_rule_holds_exactly_what_its_table_says() {
    let mut holding = 0;
    let mut wrong = Vec::new();
    for (rule, cases) in tables() {
        for case in cases {
            let mut passage = (case.from)();
            (case.change)(&mut passage);
            let decision = passage.decide();
            let holds = holds_of(&decision, rule);
            if holds != case.holds {
                wrong.push(format!("{rule}, {}: {holds:?}", case.name));
            }
            if case
                .holds
                .iter()
                .any(|(outcome, _)| *outcome == Outcome::Detain)
            {
                assert_eq!(decision.verdict, Verdict::Detain, "{rule}: {}", case.name);
            } else if !case.holds.is_empty() {
                assert_ne!(decision.verdict, Verdict::Release, "{rule}: {}", case.name);
            }
            holding += usize::from(!case.holds.is_empty());
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(
        holding >= 60,
        "{holding} corruptions are too few to trust the rules"
    );
}

#[test]
fn every_rule_has_a_case_that_passes_and_one_that_holds() {
    let tables = tables();
    for rule in RuleId::ALL {
        let cases = || {
            let of_rule = tables.iter().filter(|(of, _)| *of == rule);
            of_rule.flat_map(|(_, cases)| cases.iter())
        };
        assert!(
            cases().any(|case| case.holds.is_empty()),
            "{rule} never passes"
        );
        assert!(
            cases().any(|case| !case.holds.is_empty()),
            "{rule} never holds"
        );
    }
}

#[test]
fn every_reason_is_reached_by_a_case() {
    let elsewhere = [
        ReasonCode::Satisfied,
        ReasonCode::NotApplied,
        ReasonCode::ByPerson,
        // No rule may ever come to it; it is there so that a faulty one holds.
        ReasonCode::NoFinding,
    ];
    let tables = tables();
    let reached: Vec<ReasonCode> = tables
        .iter()
        .flat_map(|(_, cases)| cases.iter())
        .flat_map(|case| case.holds.iter().map(|(_, reason)| *reason))
        .chain(elsewhere)
        .collect();
    let missing: Vec<&str> = ReasonCode::ALL
        .iter()
        .filter(|reason| !reached.contains(reason))
        .map(|reason| reason.code())
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
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

/// A case in one line: name, passage to start from, change, holds.
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
