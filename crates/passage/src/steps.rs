//! The way of a passage from arrival to the raised arm: what each step waits for, how long, and
//! what follows.

use std::time::Duration;

use domain::actuation::{Actuation, Lights, RaiseReason};
use domain::decision::Verdict;
use domain::device::DeviceKind;
use domain::event::{EventBody, LaneFault, PassageEnd};
use domain::id::{DirectiveId, PassageId};
use domain::operator::LaneMode;
use domain::time::{Instant, Now};

use crate::lane::Lane;
use crate::notices;
use crate::port::Output;
use crate::scale::Settled;
use crate::sightings::Sightings;
use crate::stay::{Grant, Hold, HoldClock, Phase, Stay};

/// A vehicle that follows within this time may still show the tags of the one before.
const CLOSE_BEHIND: Duration = Duration::from_secs(5);
/// The platform may begin this long before the loop that opens a passage.
const ROSE_EARLY_MAX: Duration = Duration::from_secs(1);
/// Time from a failed record to the next try.
const RECORD_RETRY: Duration = Duration::from_secs(2);

impl Lane {
    /// Opens a passage if a vehicle stands on the approach loop. Returns whether it did.
    pub(crate) fn open_next(&mut self) -> bool {
        if self.barrier.lost || self.is_new {
            return false;
        }
        if self.wait_clear {
            self.wait_clear = !self.occupancy.is_empty();
            if self.wait_clear {
                return false;
            }
        }
        if !self.occupancy.approached() {
            return false;
        }
        self.open_stay(self.now, Sightings::default());
        true
    }

    /// Opens a passage for the vehicle that arrived at `opened`, with what is sighted of it.
    pub(crate) fn open_stay(&mut self, opened: Now, seen: Sightings) {
        let draw = self.draw();
        self.stays = self.stays.wrapping_add(1);
        let passage = PassageId::new(&self.config.lane, opened.utc.at.as_micros(), self.stays);
        let mut stay = Stay::new(passage.clone(), opened, draw);
        stay.seen = seen;
        // Readings are asked for from now on, also of a vehicle that came while another left.
        stay.phase = Phase::Collecting {
            since: self.now.mono,
        };
        let arm_is_free = !self.barrier.is_down() && !self.barrier.is_coming_down();
        stay.integrity.arm_was_up = arm_is_free && !self.barrier.lost;
        self.stay = Some(Box::new(stay));
        self.record_here(EventBody::PassageOpened);
        self.lights(Lights::RedBoth);
        self.put(Output::Capture { passage });
        self.show_step(if self.mode == LaneMode::Closed {
            notices::closed()
        } else {
            notices::stop()
        });
    }

    /// Moves the open passage on as far as it goes now.
    pub(crate) fn advance_stay(&mut self) {
        if self.depart() {
            return;
        }
        let now = self.now.mono;
        let Some(stay) = &self.stay else { return };
        match &stay.phase {
            Phase::Collecting { since } => {
                if stay.gone.is_some() || self.has_all(stay, *since) {
                    self.freeze();
                }
            }
            Phase::Asking { deadline, .. } if now >= *deadline => self.ledger_is_late(),
            Phase::Recording { deadline, .. } | Phase::Clearing { deadline, .. }
                if now >= *deadline =>
            {
                self.not_recorded();
            }
            Phase::Unrecorded { retry_at } if now >= *retry_at => self.freeze(),
            Phase::Ready { deadline, .. } => {
                let is_late = now >= *deadline;
                if self.barrier.is_down() && self.barrier.can_move() && self.trail.is_whole() {
                    self.raise();
                } else if is_late {
                    self.cannot_raise();
                }
            }
            Phase::Raising { deadline, again } if now >= *deadline => {
                let again = *again;
                self.arm_is_late(again);
            }
            Phase::Passing {
                since,
                called: false,
            } if now.since(*since) >= self.config.timings.leave => {
                self.call_clerk();
            }
            Phase::Held(_) => self.watch_hold(),
            Phase::Asking { .. }
            | Phase::Recording { .. }
            | Phase::Clearing { .. }
            | Phase::Unrecorded { .. }
            | Phase::Raising { .. }
            | Phase::Passing { .. }
            | Phase::Found(_)
            | Phase::BackingOut
            | Phase::Watching => {}
        }
        self.watch_loop();
    }

    /// Whether waiting longer brings nothing: everything has come, or its time is over.
    fn has_all(&self, stay: &Stay, since: Instant) -> bool {
        let timings = &self.config.timings;
        let waited = self.now.mono.since(since);
        let weighed = waited >= timings.weigh || self.is_weighed(stay);
        let with_container = self
            .config
            .devices
            .iter()
            .any(|d| d.kind == DeviceKind::ContainerCamera);
        let identified =
            waited >= timings.identify || stay.seen.is_identified(&self.policy, with_container);
        waited >= timings.collect && weighed && identified
    }

    fn is_weighed(&self, stay: &Stay) -> bool {
        self.scale.is_none()
            || self
                .weight_of(stay)
                .is_some_and(|s| s.at >= stay.opened.utc.at)
    }

    /// The settled weight, if it is this vehicle's: it rose from zero as this vehicle drove on. A
    /// load that lay there before, debris or the vehicle before, is part of no weighing.
    pub(crate) fn weight_of(&self, stay: &Stay) -> Option<&Settled> {
        let settled = self.scale.as_ref()?.settled()?;
        let of_before = self.before.as_ref().and_then(|before| before.load) == Some(settled.load);
        let early = stay.opened.mono.since(settled.rose);
        (!of_before && early <= ROSE_EARLY_MAX).then_some(settled)
    }

    /// When the open passage wants to be looked at again.
    pub(crate) fn stay_deadline(&self, stay: &Stay) -> Option<Instant> {
        let timings = &self.config.timings;
        let stuck = (!stay.loop_fault_told).then(|| stay.opened.mono + timings.loop_stuck);
        let step = match &stay.phase {
            Phase::Collecting { since } => [timings.collect, timings.identify, timings.weigh]
                .into_iter()
                .map(|wait| *since + wait)
                .filter(|at| *at > self.now.mono)
                .min(),
            Phase::Asking { deadline, .. }
            | Phase::Recording { deadline, .. }
            | Phase::Clearing { deadline, .. }
            | Phase::Ready { deadline, .. }
            | Phase::Raising { deadline, .. } => Some(*deadline),
            Phase::Unrecorded { retry_at } => Some(*retry_at),
            Phase::Passing {
                since,
                called: false,
            } => Some(*since + timings.leave),
            Phase::Held(_) => stay.hold.as_ref().and_then(|hold| self.hold_deadline(hold)),
            Phase::Passing { .. } | Phase::Found(_) | Phase::BackingOut | Phase::Watching => None,
        };
        [stuck, step].into_iter().flatten().min()
    }

    /// A durable record stands behind what the lane wants.
    pub(crate) fn recorded(&mut self, record: u64) {
        self.trail.recorded(record);
        let Some(stay) = &mut self.stay else { return };
        match &mut stay.phase {
            Phase::Recording {
                record: wanted,
                decided,
                ..
            } if *wanted == record => {
                let verdict = decided.decision.verdict;
                if decided.withdrawal.is_some() {
                    stay.drawn.clone_from(&decided.withdrawal);
                }
                stay.decided = Some(decided.clone());
                self.decision_stands(record, verdict);
            }
            Phase::Clearing { grant, .. } if grant.record == record => {
                let grant = grant.clone();
                stay.drawn = stay.drawing.take().or_else(|| stay.drawn.take());
                self.grant_stands(grant);
            }
            Phase::Recording { .. }
            | Phase::Clearing { .. }
            | Phase::Found(_)
            | Phase::Collecting { .. }
            | Phase::Asking { .. }
            | Phase::Unrecorded { .. }
            | Phase::Held(_)
            | Phase::Ready { .. }
            | Phase::Raising { .. }
            | Phase::Passing { .. }
            | Phase::BackingOut
            | Phase::Watching => {}
        }
    }

    fn decision_stands(&mut self, record: u64, verdict: Verdict) {
        let Some(stay) = &mut self.stay else { return };
        if let Some(end) = stay.gone {
            self.end(end);
            return;
        }
        if self.mode == LaneMode::Shadow {
            stay.phase = Phase::Watching;
            return;
        }
        match (verdict, self.mode) {
            (Verdict::Release, LaneMode::Live) => {
                self.grant_stands(Grant {
                    reason: RaiseReason::Release,
                    record,
                });
            }
            _ if stay.ordered.take().is_some() => self.decide_again_now(),
            (Verdict::Release, LaneMode::Advisory) => self.hold(Hold::Confirm),
            (_, LaneMode::Closed) => self.hold(Hold::Closed),
            (Verdict::Release | Verdict::Review | Verdict::Detain, _) => self.hold(Hold::Decided),
        }
    }

    /// A release or clearance is durable. An order that came meanwhile goes before it.
    fn grant_stands(&mut self, grant: Grant) {
        let deadline = self.now.mono + self.config.timings.arm_rise * 2;
        let Some(stay) = &mut self.stay else { return };
        if let Some(directive) = stay.ordered.take() {
            self.withdraw(directive);
            return;
        }
        stay.phase = Phase::Ready { deadline, grant };
    }

    fn raise(&mut self) {
        let deadline = self.now.mono + self.config.timings.arm_rise;
        let Some(stay) = &mut self.stay else { return };
        let Phase::Ready { grant, .. } = &stay.phase else {
            return;
        };
        let grant = grant.clone();
        stay.phase = Phase::Raising {
            deadline,
            again: false,
        };
        stay.grant = Some(grant.clone());
        stay.raised = true;
        stay.hold = None;
        let passage = stay.passage.clone();
        // The arm before the light: each is a transaction on the controller's line.
        self.actuate(Actuation::Raise {
            passage,
            reason: grant.reason,
            record: grant.record,
        });
        self.lights(Lights::GreenEntry);
        self.record_here(EventBody::RaiseCommanded {
            reason: grant.reason,
        });
        self.show_step(match grant.reason {
            RaiseReason::Release | RaiseReason::Clearance => notices::go(),
            RaiseReason::ToBay => notices::to_bay(),
        });
    }

    /// The arm has not come up in its time: once more for the same record, then hold.
    fn arm_is_late(&mut self, again: bool) {
        let deadline = self.now.mono + self.config.timings.arm_rise;
        let Some(stay) = &mut self.stay else { return };
        let Some(grant) = stay.grant.clone() else {
            return;
        };
        let passage = stay.passage.clone();
        if !again && !self.barrier.lost {
            stay.phase = Phase::Raising {
                deadline,
                again: true,
            };
            let Grant { reason, record } = grant;
            self.actuate(Actuation::Raise {
                passage,
                reason,
                record,
            });
            return;
        }
        stay.post_check = true;
        self.record_here(EventBody::FaultFound {
            fault: LaneFault::ArmNotRising,
            text: "commanded up twice, never seen at its upper limit".to_owned(),
        });
        self.lower();
        self.hold(Hold::Barrier);
    }

    /// The arm never came to rest below, the controller is gone, or nothing can be recorded.
    fn cannot_raise(&mut self) {
        if self.trail.is_whole() {
            self.hold(Hold::Barrier);
        } else {
            self.not_recorded();
        }
    }

    fn call_clerk(&mut self) {
        if let Some(stay) = &mut self.stay
            && let Phase::Passing { since, called } = &mut stay.phase
        {
            *called = true;
            let waited_s = self.now.mono.since(*since).as_secs();
            let after_s = u32::try_from(waited_s).unwrap_or(u32::MAX);
            self.record_here(EventBody::ReviewEscalated { after_s });
            self.show_step(notices::drive_on());
        }
    }

    pub(crate) fn record_failed(&mut self, record: u64, cause: &str) {
        self.trail.failed(record, self.now.mono);
        let Some(stay) = &self.stay else { return };
        let is_wanted = match &stay.phase {
            Phase::Recording { record: wanted, .. } => *wanted == record,
            Phase::Clearing { grant, .. } => grant.record == record,
            Phase::Found(_)
            | Phase::Collecting { .. }
            | Phase::Asking { .. }
            | Phase::Unrecorded { .. }
            | Phase::Held(_)
            | Phase::Ready { .. }
            | Phase::Raising { .. }
            | Phase::Passing { .. }
            | Phase::BackingOut
            | Phase::Watching => false,
        };
        self.refusal = Some(format!("a record failed: {cause}"));
        if is_wanted {
            self.not_recorded();
        }
    }

    /// What cannot be proved does not happen: the lane holds, says so, and tries again.
    fn not_recorded(&mut self) {
        let retry_at = self.now.mono + RECORD_RETRY;
        let Some(stay) = &mut self.stay else { return };
        stay.drawing = None;
        if let Some(end) = stay.gone {
            self.end(end);
            return;
        }
        stay.phase = Phase::Unrecorded { retry_at };
        self.show_step(notices::not_recording());
    }

    /// An order of customs concerns this vehicle: whatever is granted is taken back while it can.
    pub(crate) fn ordered(&mut self, directive: DirectiveId) {
        let under = self.occupancy.under_seen();
        let Some(stay) = &mut self.stay else { return };
        match &stay.phase {
            Phase::Asking { .. } | Phase::Held(_) => self.decide_again_now(),
            Phase::Recording { .. } | Phase::Clearing { .. } => stay.ordered = Some(directive),
            Phase::Ready { .. } => self.withdraw(directive),
            Phase::Raising { .. } | Phase::Passing { .. } if !under => self.withdraw(directive),
            // Under the arm already: the region has the directive and the passage's record.
            Phase::Raising { .. } | Phase::Passing { .. } => stay.post_check = true,
            Phase::Found(_)
            | Phase::Collecting { .. }
            | Phase::Unrecorded { .. }
            | Phase::BackingOut
            | Phase::Watching => {}
        }
    }

    fn withdraw(&mut self, directive: DirectiveId) {
        if let Some(stay) = &mut self.stay {
            stay.grant = None;
        }
        self.record_here(EventBody::ReleaseWithdrawn { directive });
        if self.stay.as_ref().is_some_and(|stay| stay.raised) {
            self.lower();
        }
        self.show_step(notices::stopped());
        self.decide_again_now();
    }

    /// Holds the vehicle, and says why.
    pub(crate) fn hold(&mut self, hold: Hold) {
        let now = self.now.mono;
        let Some(stay) = &mut self.stay else { return };
        stay.phase = Phase::Held(hold);
        let lapses_in = stay.decided.as_ref().and_then(|record| {
            crate::relevance::next_lapse(&record.facts.directives, self.now.utc.at)
        });
        let clock = stay.hold.get_or_insert(HoldClock {
            since: now,
            acknowledged: false,
            escalated: false,
            ask_again: None,
        });
        if let Some(lapses_in) = lapses_in {
            clock.ask_again.get_or_insert(now + lapses_in);
        }
        let lines = match (hold, &stay.decided) {
            (Hold::Decided, Some(record)) => decision::wording::driver_notice(&record.decision),
            (Hold::Decided, None) => vec![notices::checking()],
            (Hold::Confirm, _) => vec![notices::confirming()],
            (Hold::Closed, _) => vec![notices::closed()],
            (Hold::Barrier, _) => vec![notices::barrier_fault()],
        };
        self.lights(Lights::RedBoth);
        self.show(lines);
    }

    /// A loop that stays on with nobody decided is stuck, or somebody has to look.
    fn watch_loop(&mut self) {
        let now = self.now.mono;
        let limit = self.config.timings.loop_stuck;
        if let Some(stay) = &mut self.stay
            && !stay.loop_fault_told
            && now.since(stay.opened.mono) >= limit
        {
            stay.loop_fault_told = true;
            self.record_here(EventBody::FaultFound {
                fault: LaneFault::LoopStuck,
                text: format!("a vehicle, or a stuck loop, for {} s", limit.as_secs()),
            });
        }
    }

    /// Whether the vehicle that stands there follows the one before closely.
    pub(crate) fn follows_closely(&self, opened: Now) -> bool {
        self.before
            .as_ref()
            .is_some_and(|before| opened.mono.since(before.ended.mono) < CLOSE_BEHIND)
    }

    /// Ends a passage whose vehicle is gone once nothing more can be decided.
    pub(crate) fn gone(&mut self, end: PassageEnd) {
        let Some(stay) = &mut self.stay else { return };
        stay.gone = Some(end);
        let is_decided = stay.decided.is_some();
        if is_decided {
            self.end(end);
        } else if !matches!(stay.phase, Phase::Asking { .. } | Phase::Recording { .. }) {
            self.freeze();
        }
    }
}
