//! The people at the gate: they acknowledge, look at the truth as a careful clerk would, and
//! clear or send to the bay. They never clear what the truth forbids.

use domain::decision::{Outcome as RuleOutcome, Verdict};
use domain::event::DecisionRecord;
use domain::id::{PassageId, UserId};
use domain::operator::{Act, OperatorAct};
use domain::policy::RuleId;

use crate::world::truck::Truth;

/// What a clerk alone may override: what can be seen with the eyes or asked for at the window.
pub(super) const CLERK: [RuleId; 5] =
    [RuleId::R1, RuleId::R6, RuleId::R7, RuleId::R16, RuleId::R19];

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The case is taken.
    Acknowledge,
    /// The clerk decides.
    Clerk,
    /// The supervisor decides what the clerk could not.
    Supervisor,
    /// Whatever is still there goes.
    SendAway,
}

/// A hold that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) passage: PassageId,
    pub(super) verdict: Verdict,
    pub(super) rules: Vec<RuleId>,
}

impl Case {
    /// The case that a decision makes, if it holds.
    pub(super) fn of(passage: &PassageId, record: &DecisionRecord) -> Option<Self> {
        let holds = record.decision.verdict != Verdict::Release;
        holds.then(|| Self {
            passage: passage.clone(),
            verdict: record.decision.verdict,
            rules: record
                .decision
                .findings
                .iter()
                .filter(|finding| finding.outcome >= RuleOutcome::Review)
                .map(|finding| finding.rule)
                .collect(),
        })
    }

    /// What the person of `step` does, and which step follows if the case is still there.
    pub(super) fn act(&self, step: Step, truth: &Truth) -> (Act, Option<Step>) {
        let clearable = self.verdict == Verdict::Review && truth.may_release();
        match step {
            Step::Acknowledge => (Act::Acknowledge, Some(Step::Clerk)),
            Step::Clerk if clearable => (clear(&CLERK), Some(Step::Supervisor)),
            Step::Supervisor if clearable => (clear(&RuleId::ALL), Some(Step::SendAway)),
            Step::Clerk | Step::Supervisor => (to_bay(), Some(Step::SendAway)),
            Step::SendAway => (
                Act::EndWithoutRelease {
                    text: "left backwards".to_owned(),
                },
                None,
            ),
        }
    }

    /// Whether the clerk alone has the privilege of every holding rule.
    pub(super) fn is_within_clerk(&self) -> bool {
        self.rules.iter().all(|rule| CLERK.contains(rule))
    }
}

fn clear(privileges: &[RuleId]) -> Act {
    Act::Clear {
        attempt: None,
        approved_by: None,
        privileges: privileges.to_vec(),
        reason_code: "CHECKED".to_owned(),
        text: "checked at the vehicle".to_owned(),
    }
}

fn to_bay() -> Act {
    Act::SendToBay {
        text: "to the bay".to_owned(),
    }
}

/// The act with its author.
pub(super) fn signed(step: Step, passage: &PassageId, act: Act) -> OperatorAct {
    let user = match step {
        Step::Acknowledge | Step::Clerk => "clerk-07",
        Step::Supervisor | Step::SendAway => "supervisor-02",
    };
    OperatorAct {
        user: UserId::parse(user).expect("short"),
        passage: Some(passage.clone()),
        act,
    }
}

/// Seconds from one step to the next.
pub(super) fn wait_s(step: Step) -> u64 {
    match step {
        Step::Acknowledge => 20,
        Step::Clerk => 40,
        Step::Supervisor => 45,
        Step::SendAway => 420,
    }
}
