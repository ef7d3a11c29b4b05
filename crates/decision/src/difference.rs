//! Two decisions on one passage → what differs, for a replay under the same or a new policy.

use std::fmt;

use domain::decision::{Decision, Finding, Verdict};
use domain::policy::{PolicyVersion, RuleId};

/// One difference between an old and a new decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Another policy was in force.
    Policy {
        /// Then.
        old: PolicyVersion,
        /// Now.
        new: PolicyVersion,
    },
    /// The vehicle would fare differently.
    Verdict {
        /// Then.
        old: Verdict,
        /// Now.
        new: Verdict,
    },
    /// A finding changed, appeared (`old` is `None`) or vanished (`new` is `None`).
    Finding {
        /// Rule.
        rule: RuleId,
        /// Then.
        old: Option<Finding>,
        /// Now.
        new: Option<Finding>,
    },
}

impl fmt::Display for Difference {
    /// Without the vehicle's own values, so that equal changes of many passages can be counted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |finding: &Option<Finding>| match finding {
            Some(finding) => format!("{:?} {}", finding.outcome, finding.reason.code()),
            None => "nothing".to_owned(),
        };
        match self {
            Self::Policy { old, new } => write!(f, "policy {old} -> {new}"),
            Self::Verdict { old, new } => write!(f, "verdict {old:?} -> {new:?}"),
            Self::Finding { rule, old, new } => {
                write!(f, "{rule} {} -> {}", shown(old), shown(new))
            }
        }
    }
}

/// What differs between `old` and `new`; empty exactly if both are equal.
#[must_use]
pub fn compare(old: &Decision, new: &Decision) -> Vec<Difference> {
    let mut differences = Vec::new();
    if old.policy != new.policy {
        differences.push(Difference::Policy {
            old: old.policy,
            new: new.policy,
        });
    }
    if old.verdict != new.verdict {
        differences.push(Difference::Verdict {
            old: old.verdict,
            new: new.verdict,
        });
    }
    for rule in RuleId::ALL {
        compare_rule(rule, old, new, &mut differences);
    }
    if differences.is_empty() && old != new {
        // The same findings in another order are a difference too: a decision is repeatable.
        differences.push(Difference::Verdict {
            old: old.verdict,
            new: new.verdict,
        });
    }
    differences
}

/// Pairs the findings of one rule: equal ones cancel, then those of one reason, then the rest.
fn compare_rule(rule: RuleId, old: &Decision, new: &Decision, differences: &mut Vec<Difference>) {
    let of_rule = |decision: &Decision| -> Vec<Finding> {
        let findings = decision.findings.iter();
        findings
            .filter(|finding| finding.rule == rule)
            .cloned()
            .collect()
    };
    let mut left = of_rule(old);
    let mut right = of_rule(new);
    take_pairs(&mut left, &mut right, |a, b| a == b);
    let mut pairs = take_pairs(&mut left, &mut right, |a, b| a.reason == b.reason);
    pairs.extend(take_pairs(&mut left, &mut right, |_, _| true));
    let changed = pairs.into_iter().map(|(a, b)| (Some(a), Some(b)));
    let vanished = left.into_iter().map(|a| (Some(a), None));
    let appeared = right.into_iter().map(|b| (None, Some(b)));
    for (old, new) in changed.chain(vanished).chain(appeared) {
        differences.push(Difference::Finding { rule, old, new });
    }
}

fn take_pairs(
    left: &mut Vec<Finding>,
    right: &mut Vec<Finding>,
    matches: impl Fn(&Finding, &Finding) -> bool,
) -> Vec<(Finding, Finding)> {
    let mut pairs = Vec::new();
    let mut unpaired = Vec::new();
    for finding in left.drain(..) {
        match right.iter().position(|other| matches(&finding, other)) {
            Some(index) => pairs.push((finding, right.remove(index))),
            None => unpaired.push(finding),
        }
    }
    *left = unpaired;
    pairs
}
