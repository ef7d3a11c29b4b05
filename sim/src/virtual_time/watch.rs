//! Follows the events of the lanes and counts what they came to, against the truth.

use domain::decision::Verdict;
use domain::directive::Directive;
use domain::event::{DecisionRecord, Event, EventBody, PassageEnd};
use domain::id::PassageId;
use domain::time::Timestamp;

use super::bay::Bay;
use super::clerk::{Case, Step};
use super::outcome::{Outcome, WrongHold};
use crate::truth::Reference;
use crate::world::truck::Truck;

/// The counters, and what is needed to keep them.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) outcome: Outcome,
}

/// What an event sets off outside the lane.
#[derive(Debug, Default)]
pub(super) struct SetOff {
    /// A hold that a person has to look at.
    pub(super) new_case: Option<PassageId>,
    /// An order of customs that was waiting for the decision.
    pub(super) directive: Option<Directive>,
}

/// What is known around an event.
pub(super) struct Around<'a> {
    pub(super) trucks: &'a [Truck],
    pub(super) reference: &'a Reference,
    pub(super) at: Timestamp,
    pub(super) at_ms: u64,
    /// A fault holds, or held a short while ago.
    pub(super) is_faulty: bool,
}

impl Watch {
    /// Takes one event of a lane.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the rest changes no counter"
    )]
    pub(super) fn event(&mut self, bay: &mut Bay, event: &Event, around: &Around<'_>) -> SetOff {
        let mut set_off = SetOff::default();
        let out = &mut self.outcome;
        match &event.body {
            EventBody::PassageOpened => {
                out.passages += 1;
                let truck = bay.present.as_ref().map(|present| present.truck);
                bay.open = event.passage.clone().map(|passage| (passage, truck));
                bay.case = None;
            }
            EventBody::PassageDecided(record) => {
                self.decided(bay, event.passage.as_ref(), record, around, &mut set_off);
            }
            EventBody::HoldCleared { .. } => {
                out.clearances += 1;
                bay.case = None;
            }
            EventBody::SentToBay { .. } => {
                out.to_bay += 1;
                bay.case = None;
            }
            EventBody::ReleaseWithdrawn { .. } => out.withdrawn += 1,
            EventBody::PassageEnded {
                end, duration_ms, ..
            } => {
                *out.ends.entry(*end).or_default() += 1;
                let clean = bay.present.as_ref().is_none_or(|p| p.went_by_itself);
                if *end == PassageEnd::Completed && clean && !around.is_faulty {
                    out.stop_ms.push(*duration_ms);
                }
                bay.open = None;
                bay.case = None;
            }
            EventBody::Breached { breach, .. } => *out.breaches.entry(*breach).or_default() += 1,
            _ => {}
        }
        set_off
    }

    fn decided(
        &mut self,
        bay: &mut Bay,
        passage: Option<&PassageId>,
        record: &DecisionRecord,
        around: &Around<'_>,
        set_off: &mut SetOff,
    ) {
        let out = &mut self.outcome;
        match record.decision.verdict {
            Verdict::Release => out.releases += 1,
            Verdict::Review => out.reviews += 1,
            Verdict::Detain => out.detains += 1,
        }
        for finding in record.decision.holds() {
            let key = (finding.rule, finding.reason.code());
            *out.holds.entry(key).or_default() += 1;
        }
        let direction = bay.direction;
        if let Some(present) = &mut bay.present {
            let truck = &around.trucks[present.truck];
            if !present.is_counted {
                present.is_counted = true;
                present.went_by_itself = record.decision.verdict == Verdict::Release;
                set_off
                    .directive
                    .clone_from(&truck.directive_after_decision);
                let truth = around.reference.judge(truck, direction, around.at);
                let is_clean = truck.staged.is_none() && truth.may_release_unattended();
                if is_clean && !around.is_faulty {
                    self.clean(truck.number, record, around.at_ms);
                }
            }
        }
        let Some(passage) = passage else { return };
        let had_case = bay.case.is_some();
        bay.case = Case::of(passage, record).map(|case| (case, Step::Acknowledge));
        if bay.case.is_some() && !had_case {
            set_off.new_case = Some(passage.clone());
        }
    }

    fn clean(&mut self, truck: usize, record: &DecisionRecord, at_ms: u64) {
        let out = &mut self.outcome;
        out.clean_decided += 1;
        if record.decision.verdict == Verdict::Release {
            out.clean_released += 1;
            return;
        }
        let worst = record.decision.holds().first().map(|finding| {
            let (rule, reason) = (finding.rule, finding.reason.code());
            format!(
                "{rule} {reason}: saw {:?}, expected {:?}, limit {:?}",
                finding.observed, finding.expected, finding.limit
            )
        });
        out.wrong_holds.push(WrongHold {
            truck,
            at_ms,
            why: worst.unwrap_or_default(),
        });
    }

    /// The counters of the whole run.
    pub(super) fn finish(&mut self) -> Outcome {
        self.outcome.stop_ms.sort_unstable();
        std::mem::take(&mut self.outcome)
    }
}
