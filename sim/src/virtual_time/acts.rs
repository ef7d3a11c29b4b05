//! What the lanes ask for → ledger answers, durable records, a moving arm; and what people and
//! customs do about their events. Every raise is held against the truth here.

use domain::actuation::{Actuation, RaiseReason};
use domain::directive::Directive;
use domain::event::{Event, EventBody, PassageEnd};
use domain::id::PassageId;
use domain::ledger_row::Row;
use ledger::query::{LedgerAnswer, LedgerUnavailable};
use passage::port::{Input, Output};

use super::clerk::{Step, signed, wait_s};
use super::outcome::WrongRelease;
use super::premises::{Happening, Premises};
use super::watch::Around;
use crate::device::fault::SystemFault;

impl Premises {
    pub(super) fn carry_out(&mut self, i: usize, output: Output) {
        match output {
            Output::Ask(query) => {
                let down = self.faulty(SystemFault::LedgerDown);
                let slow = self.faulty(SystemFault::LedgerSlow);
                let answer = if down {
                    LedgerAnswer {
                        ask: query.ask,
                        passage: query.passage.clone(),
                        facts: Err(LedgerUnavailable::Stalled { timeout_ms: 500 }),
                    }
                } else {
                    self.desk.answer(&query)
                };
                let wait_us = if slow { 3_000_000 } else { 400 };
                let at_us = self.now_us + wait_us;
                self.agenda
                    .put(at_us, Happening::Answer(i, Box::new(answer)));
            }
            Output::Record { record, event } => {
                let slow = self.faulty(SystemFault::RecorderSlow);
                let directive = self.observe(i, &event);
                let (now_us, draw) = (self.now_us, &mut self.draw);
                let due = self.recorder.take(i, record, *event, now_us, slow, draw);
                self.agenda.put(due, Happening::Synced(i, record));
                if let Some(directive) = directive {
                    self.direct(directive);
                }
            }
            Output::Actuate(act) => self.actuate(i, act),
            Output::Capture { .. } => {
                // On arrival the devices look by themselves; this is a second look.
                let now_ms = self.now_ms();
                let second = self.bays[i].present.as_mut().and_then(|present| {
                    let stands = now_ms > present.motion.stands_at_ms();
                    present.looks += u32::from(stands);
                    stands.then_some((present.truck, present.looks))
                });
                if let Some((truck, look)) = second {
                    self.look(i, truck, look, 6_000);
                }
            }
            Output::ReturnReservation { passage } => self.desk.return_reservation(&passage),
            Output::Show(_) => {}
        }
    }

    /// Customs sends an order down, which takes effect at once everywhere.
    fn direct(&mut self, directive: Directive) {
        self.reference.learn(&Row::Directive(directive.clone()));
        self.desk.direct(&directive);
        for i in 0..self.bays.len() {
            self.feed(i, Input::Directive(Box::new(directive.clone())));
        }
    }

    pub(super) fn synced(&mut self, i: usize, record: u64) {
        let keep = !self.faulty(SystemFault::RecorderFailing);
        if let Some(event) = self.recorder.settle(i, record, keep) {
            if keep {
                self.watch.outcome.records += 1;
                self.desk.observe(&event);
                if self.watch.outcome.kept.len() < self.scenario.keep_records {
                    self.watch.outcome.kept.push(event);
                }
                self.feed(i, Input::Recorded { record });
            } else {
                self.watch.outcome.records_failed += 1;
                let cause = "no space left on device".to_owned();
                self.feed(i, Input::RecordFailed { record, cause });
            }
        }
    }

    fn actuate(&mut self, i: usize, act: Actuation) {
        let raise = match &act {
            Actuation::Raise { reason, record, .. } => Some((*reason, *record)),
            Actuation::Lower
            | Actuation::Lights(_)
            | Actuation::AcknowledgeFaults
            | Actuation::Siren { .. } => None,
        };
        if let Some((reason, record)) = raise {
            self.check_raise(i, reason, record);
        }
        let now_ms = self.now_ms();
        let done = if self.gate_is_lost() {
            Err("the gate controller does not answer".to_owned())
        } else {
            let bay = &mut self.bays[i];
            bay.link.order(&act, &mut bay.gate, now_ms)
        };
        match (done, raise) {
            (Ok(()), Some((reason, _))) if reason != RaiseReason::ToBay => self.let_through(i),
            (Ok(()), _) => {}
            (Err(cause), _) => {
                self.feed(
                    i,
                    Input::ActuationFailed {
                        actuation: act,
                        cause,
                    },
                );
            }
        }
    }

    /// The arm obeys: from now on the truck counts as gone through.
    fn let_through(&mut self, i: usize) {
        let Some(truck) = self.bays[i].holds_truck() else {
            return;
        };
        if self.let_in.get(&truck) != Some(&true) {
            let (direction, at) = (self.bays[i].direction, self.now().utc.at);
            self.reference
                .let_through(&self.world.trucks[truck], direction, at);
            self.let_in.insert(truck, true);
        }
    }

    /// Holds a raise against the truth and the journal.
    fn check_raise(&mut self, i: usize, reason: RaiseReason, record: u64) {
        let outcome = &mut self.watch.outcome;
        outcome.raises += 1;
        if !self.recorder.is_durable(i, record) {
            outcome.raises_without_record += 1;
        }
        if reason == RaiseReason::ToBay {
            return;
        }
        let (at_ms, at) = (self.now_ms(), self.now().utc.at);
        let Some(truck) = self.bays[i].holds_truck() else {
            self.watch.outcome.wrong_releases.push(WrongRelease {
                truck: usize::MAX,
                at_ms,
                causes: Vec::new(),
                why: "no vehicle stands in the lane".to_owned(),
            });
            return;
        };
        if self.let_in.get(&truck) == Some(&true) {
            // A raise repeated for the same vehicle.
            return;
        }
        let direction = self.bays[i].direction;
        let truth = self
            .reference
            .judge(&self.world.trucks[truck], direction, at);
        let is_legal = match reason {
            RaiseReason::Release => truth.may_release_unattended(),
            RaiseReason::Clearance => truth.may_release(),
            RaiseReason::ToBay => true,
        };
        if !is_legal {
            self.watch.outcome.wrong_releases.push(WrongRelease {
                truck,
                at_ms,
                causes: truth.causes,
                why: format!("{reason:?}"),
            });
        }
    }

    pub(super) fn person(&mut self, i: usize, step: Step, passage: &PassageId) {
        let is_here = self.bays[i]
            .open
            .as_ref()
            .is_some_and(|(open, _)| open == passage);
        let case = self.bays[i]
            .case
            .clone()
            .filter(|(case, _)| case.passage == *passage);
        let (Some((case, _)), true) = (case, is_here) else {
            return;
        };
        let at = self.now().utc.at;
        let truth = match self.bays[i].holds_truck() {
            Some(truck) => {
                let direction = self.bays[i].direction;
                self.reference
                    .judge(&self.world.trucks[truck], direction, at)
            }
            None => return,
        };
        let (act, next) = case.act(step, &truth);
        if step == Step::SendAway {
            if let Some(present) = &mut self.bays[i].present {
                present.motion.back_out(self.now_us / 1_000);
            }
        }
        let tries_beyond = step == Step::Clerk && !case.is_within_clerk();
        self.feed(i, Input::Operator(Box::new(signed(step, passage, act))));
        if tries_beyond && self.bays[i].case.is_some() {
            self.watch.outcome.refused_clearances += 1;
        }
        if let Some(next) = next {
            let at_us = self.now_us + wait_s(next) * 1_000_000;
            self.agenda
                .put(at_us, Happening::Person(i, next, passage.clone()));
        }
    }

    /// Follows the lane's own events; returns the order that customs sends upon this one.
    fn observe(&mut self, i: usize, event: &Event) -> Option<Directive> {
        let faulty = self.scenario.faults.any(self.now_ms(), 120_000);
        let at = self.now().utc.at;
        let around = Around {
            trucks: &self.world.trucks,
            reference: &self.reference,
            at,
            at_ms: self.now_us / 1_000,
            is_faulty: faulty,
        };
        let seen = self.watch.event(&mut self.bays[i], event, &around);
        if let Some(passage) = seen.new_case {
            let at_us = self.now_us + wait_s(Step::Acknowledge) * 1_000_000;
            self.agenda
                .put(at_us, Happening::Person(i, Step::Acknowledge, passage));
        }
        if let EventBody::SentToBay { .. } = event.body {
            if !self.scenario.bay_beyond_arm {
                if let Some(present) = &mut self.bays[i].present {
                    present.motion.back_out(self.now_us / 1_000);
                }
            }
        }
        if let EventBody::PassageEnded { end, .. } = &event.body {
            self.bays[i].last_end = Some(*end);
            debug_assert!(*end != PassageEnd::Observed, "no lane is in shadow mode");
        }
        seen.directive
    }
}
