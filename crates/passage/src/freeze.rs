//! Evidence is frozen, the ledger asked, the decision made and sent to be recorded.

use std::time::Duration;

use domain::decision::{Decision, Outcome, Verdict};
use domain::event::{DecisionRecord, EventBody};
use domain::evidence::{Evidence, NoWeight, VehicleCount, Weighing, WeightEvidence};
use domain::facts::{Facts, PassFact, PassUse, VisitFact};
use domain::operator::LaneMode;
use domain::policy::{Policy, RuleId};
use domain::reason::ReasonCode;
use ledger::query::{LedgerAnswer, LedgerQuery, withdrawal_of};

use crate::lane::Lane;
use crate::notices;
use crate::port::Output;
use crate::stay::{Hold, Phase, Stay};

/// Weighings of one stay that are kept.
const WEIGHINGS_MAX: usize = 8;
/// How often a held lane asks the ledger again, at most.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// Decisions of one passage that are recorded; then only a person moves it on.
const ATTEMPTS_MAX: u16 = 64;

impl Lane {
    /// Freezes the evidence and asks the ledger.
    pub(crate) fn freeze(&mut self) {
        self.weigh();
        let Some(stay) = &self.stay else { return };
        let evidence = Box::new(self.evidence(stay));
        self.ask(evidence);
        if self
            .stay
            .as_ref()
            .is_some_and(|stay| stay.decided.is_none())
        {
            self.show_step(notices::checking());
        }
    }

    fn ask(&mut self, frozen: Box<Evidence>) {
        self.asks += 1;
        let (ask, now) = (self.asks, self.now);
        let deadline = now.mono + self.config.timings.ledger;
        let Some(stay) = &mut self.stay else { return };
        let query = LedgerQuery {
            ask,
            passage: stay.passage.clone(),
            lane: self.config.lane.clone(),
            direction: self.config.direction,
            tags: stay.seen.sure_tags(&self.policy),
            plates: frozen
                .plates
                .iter()
                .map(|p| (p.plate.clone(), p.role))
                .collect(),
            containers: frozen.containers.iter().map(|c| c.number.clone()).collect(),
            driver: frozen.driver.clone(),
            chosen_pass: stay.chosen_pass.clone(),
            at: now.utc.at,
        };
        stay.phase = Phase::Asking {
            ask,
            deadline,
            frozen,
        };
        self.put(Output::Ask(query));
    }

    fn weigh(&mut self) {
        let Some(settled) = self
            .stay
            .as_ref()
            .and_then(|stay| self.weight_of(stay))
            .cloned()
        else {
            return;
        };
        let device = self
            .config
            .devices
            .iter()
            .find(|device| device.kind == domain::device::DeviceKind::Weighbridge);
        let (Some(device), Some(stay)) = (device, &mut self.stay) else {
            return;
        };
        let mut at = self.now.utc;
        at.at = settled.at.max(stay.opened.utc.at);
        let weighing = Weighing {
            scale: device.id.clone(),
            gross: settled.gross,
            stable_for_ms: settled.stable_for_ms,
            frames: settled.frames,
            at,
            raw: settled.raw.clone(),
        };
        let is_other = stay
            .weighings
            .last()
            .is_none_or(|last| last.gross != weighing.gross);
        if (stay.weigh_anew || is_other) && stay.weighings.len() < WEIGHINGS_MAX {
            stay.weighings.push(weighing);
            stay.weigh_anew = false;
        }
    }

    fn weight_evidence(&self, stay: &Stay) -> WeightEvidence {
        let Some(scale) = &self.scale else {
            return WeightEvidence::None(NoWeight::Missing);
        };
        match (self.weight_of(stay), scale.settled()) {
            (Some(_), _) if !stay.weighings.is_empty() => {
                WeightEvidence::Measured(stay.weighings.clone())
            }
            (None, Some(_)) => WeightEvidence::None(NoWeight::ZeroFault),
            (Some(_) | None, _) => WeightEvidence::None(scale.why_none(self.now.mono)),
        }
    }

    fn evidence(&self, stay: &Stay) -> Evidence {
        let mut integrity = stay.integrity;
        let faults = self.barrier.faults;
        integrity.sensor_stuck |= faults.loop_stuck || faults.beam_stuck;
        let expected_up = stay.raised || self.barrier.is_coming_down() || self.barrier.lost;
        integrity.arm_was_up |= !self.barrier.is_down() && !expected_up && stay.gone.is_none();
        if self.occupancy.next_since().is_some() && stay.gone.is_none() {
            integrity.vehicles = VehicleCount::Ambiguous;
        }
        Evidence {
            passage: stay.passage.clone(),
            gate: self.config.gate.clone(),
            lane: self.config.lane.clone(),
            direction: self.config.direction,
            opened: stay.opened.utc,
            frozen: self.now.utc,
            tags: stay.seen.tags(),
            plates: stay.seen.plates(),
            driver: stay.seen.driver.clone(),
            containers: stay.seen.containers(),
            weight: self.weight_evidence(stay),
            axle_loads: stay.seen.axle_loads.clone(),
            seals: stay.seen.seals.clone(),
            scans: self.reports.scans_of(&stay.seen, stay.opened.utc.at),
            radiation: stay.seen.radiation.clone(),
            journeys: self.reports.journeys_of(&stay.seen, stay.opened.utc.at),
            stages_excused: stay.excused.clone(),
            integrity,
            devices: self.fitting.devices(),
            degraded: self.fitting.degraded(),
            clock: self.now.utc.source,
            sampling_draw: stay.draw,
        }
    }

    pub(crate) fn ledger_answer(&mut self, answer: LedgerAnswer) {
        let Some(stay) = &mut self.stay else {
            self.put(Output::ReturnReservation {
                passage: answer.passage,
            });
            return;
        };
        if stay.passage != answer.passage {
            self.put(Output::ReturnReservation {
                passage: answer.passage,
            });
            return;
        }
        match &stay.phase {
            Phase::Asking { ask, frozen, .. } if *ask == answer.ask => {
                let frozen = frozen.clone();
                match answer.facts {
                    Ok(facts) => self.conclude(frozen, *facts, true),
                    Err(cause) => {
                        self.refusal = Some(cause.to_string());
                        self.conclude(frozen, unknown(), false);
                    }
                }
            }
            // A question that was overtaken by a later one, or given up.
            Phase::Asking { .. }
            | Phase::Found(_)
            | Phase::Collecting { .. }
            | Phase::Recording { .. }
            | Phase::Unrecorded { .. }
            | Phase::Held(_)
            | Phase::Clearing { .. }
            | Phase::Ready { .. }
            | Phase::Raising { .. }
            | Phase::Passing { .. }
            | Phase::BackingOut
            | Phase::Watching => {}
        }
    }

    /// The ledger has not answered in its time: decided without it, which never releases.
    pub(crate) fn ledger_is_late(&mut self) {
        let Some(stay) = &self.stay else { return };
        if let Phase::Asking { frozen, .. } = &stay.phase {
            let frozen = frozen.clone();
            self.refusal = Some("the ledger did not answer in time".to_owned());
            self.conclude(frozen, unknown(), false);
        }
    }

    fn conclude(&mut self, evidence: Box<Evidence>, facts: Facts, is_known: bool) {
        let decision = (self.decide)(&evidence, &facts, &self.policy);
        let now = self.now;
        let (mode, policy) = (self.mode, Policy::clone(&self.policy));
        let Some(stay) = &mut self.stay else { return };
        if let Some(hold) = &mut stay.hold {
            hold.ask_again = (!is_known).then(|| now.mono + ASK_AGAIN_AFTER);
        }
        let is_same = stay
            .decided
            .as_ref()
            .is_some_and(|before| holds_alike(&before.decision, &decision) && before.mode == mode);
        let by_person = std::mem::take(&mut stay.asked_by_person);
        let was_held =
            !by_person && stay.hold.is_some() && stay.ordered.is_none() && stay.grant.is_none();
        if (is_same && was_held) || stay.attempts >= ATTEMPTS_MAX {
            match stay.gone {
                Some(end) => self.end(end),
                None => self.hold(if mode == LaneMode::Closed {
                    Hold::Closed
                } else {
                    Hold::Decided
                }),
            }
            return;
        }
        let withdrawal = (decision.verdict == Verdict::Release && mode == LaneMode::Live)
            .then(|| facts.found_pass().map(withdrawal_of))
            .flatten();
        stay.attempts += 1;
        let waited = now.utc.at.since(evidence.frozen.at).as_millis();
        stay.decide_ms = u32::try_from(waited).unwrap_or(u32::MAX);
        let attempt = stay.attempts;
        let record = DecisionRecord {
            evidence: *evidence,
            facts,
            policy,
            decision,
            mode,
            withdrawal,
            attempt,
        };
        self.tell_watch_hits(&record);
        let decided = Box::new(record);
        let body = EventBody::PassageDecided(decided.clone());
        let number = self.record_here(body);
        let deadline = now.mono + self.config.timings.record;
        if let Some(stay) = &mut self.stay {
            stay.phase = Phase::Recording {
                record: number,
                deadline,
                decided,
            };
            if !is_known {
                // A hold that only waits for the ledger ends by itself when it answers.
                let clock = stay.hold.get_or_insert(crate::stay::HoldClock {
                    since: now.mono,
                    acknowledged: false,
                    escalated: false,
                    ask_again: None,
                });
                clock.ask_again = Some(now.mono + ASK_AGAIN_AFTER);
            }
        }
    }

    fn tell_watch_hits(&mut self, record: &DecisionRecord) {
        if record.attempt > 1 {
            return;
        }
        for hit in &record.facts.watch_hits {
            let (directive, exact) = (hit.directive.id.clone(), hit.exact);
            self.record_here(EventBody::WatchlistHit { directive, exact });
        }
    }

    /// Something that the decision may hang on has changed: decide again if the vehicle is held.
    pub(crate) fn decide_again(&mut self) {
        if matches!(
            self.stay.as_deref(),
            Some(Stay {
                phase: Phase::Held(_),
                ..
            })
        ) {
            self.decide_again_now();
        }
    }

    pub(crate) fn decide_again_now(&mut self) {
        if let Some(stay) = &mut self.stay {
            stay.ordered = None;
        }
        self.freeze();
    }

    /// New rows may lift a hold. Asked again after a while, so that a busy region does not keep
    /// the lane busy.
    pub(crate) fn ledger_advanced(&mut self) {
        let now = self.now.mono;
        if let Some(stay) = &mut self.stay
            && matches!(stay.phase, Phase::Held(Hold::Decided))
            && let Some(hold) = &mut stay.hold
        {
            hold.ask_again.get_or_insert(now + ASK_AGAIN_AFTER);
        }
    }
}

/// Whether two decisions hold a vehicle for the same reasons.
fn holds_alike(before: &Decision, after: &Decision) -> bool {
    let reasons = |decision: &Decision| -> Vec<(RuleId, Outcome, ReasonCode)> {
        decision
            .holds()
            .iter()
            .map(|f| (f.rule, f.outcome, f.reason))
            .collect()
    };
    after.verdict != Verdict::Release
        && before.verdict == after.verdict
        && reasons(before) == reasons(after)
}

/// What is known when the ledger does not answer: nothing.
fn unknown() -> Facts {
    Facts {
        ledger: None,
        risk_list_synced_at: None,
        pass: PassFact::None,
        pass_use: PassUse::Unused,
        tag_plate: None,
        vehicle: None,
        trailer: None,
        company: None,
        driver: None,
        premises: None,
        containers: Vec::new(),
        consignments: Vec::new(),
        directives: Vec::new(),
        watch_hits: Vec::new(),
        visit: VisitFact::default(),
    }
}
