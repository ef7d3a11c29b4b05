//! What the gate controller reports of arm, key and faults → events, and what the lane does about
//! them. The interlocks are the controller's own; nothing here is needed for safety of people.

use domain::actuation::{Actuation, Lights};
use domain::event::{Breach, EventBody, LaneFault};
use domain::gate::{ArmState, GateFaults, GateReport};
use domain::time::{Instant, Now};

use crate::config::LaneTimings;
use crate::lane::Lane;
use crate::notices;
use crate::occupancy::Counted;
use crate::stay::{Hold, Phase, Stay};

/// How long the siren sounds on a breach.
const SIREN_MS: u16 = 10_000;

/// The arm and its controller as last reported.
#[derive(Debug, Clone)]
pub(crate) struct Barrier {
    pub(crate) arm: ArmState,
    last_report: Option<Now>,
    /// No report for too long.
    pub(crate) lost: bool,
    boot_id: Option<u32>,
    pub(crate) faults: GateFaults,
    hand_key: bool,
    /// The arm may be off its lower limit until then: it was told to come down.
    lowering_until: Option<Instant>,
    lower_fault_told: bool,
    up_told: bool,
    /// Arm seen up in the open; told once it is down.
    was_up: bool,
}

impl Barrier {
    pub(crate) fn new(_start: Instant) -> Self {
        Self {
            arm: ArmState::Unknown,
            last_report: None,
            lost: true,
            boot_id: None,
            faults: GateFaults::default(),
            hand_key: false,
            lowering_until: None,
            lower_fault_told: false,
            up_told: false,
            was_up: false,
        }
    }

    /// The arm is at its lower limit, and somebody says so.
    pub(crate) fn is_down(&self) -> bool {
        !self.lost && self.arm == ArmState::Down
    }

    /// The arm may be off its lower limit because it was told to come down.
    pub(crate) fn is_coming_down(&self) -> bool {
        self.lowering_until.is_some()
    }

    /// No fault stands that keeps the arm from moving.
    pub(crate) fn can_move(&self) -> bool {
        !self.lost && !self.faults.limits_conflict && !self.hand_key
    }

    pub(crate) fn deadline(&self, timings: &LaneTimings) -> Option<Instant> {
        let silence = self
            .last_report
            .filter(|_| !self.lost)
            .map(|last| last.mono + timings.gate_silence);
        let lowering = self.lowering_until.filter(|_| !self.lower_fault_told);
        [silence, lowering].into_iter().flatten().min()
    }
}

impl Lane {
    pub(crate) fn gate_report(&mut self, report: &GateReport) {
        let counted = self.occupancy.take(report);
        let is_first = std::mem::replace(&mut self.is_new, false);
        let rebooted = self.barrier.boot_id.replace(report.boot_id);
        self.barrier.last_report = Some(report.received);
        self.barrier.lost = false;
        if rebooted.is_some_and(|before| before != report.boot_id) {
            self.controller_restarted(report);
        }
        self.arm_moved(report.arm);
        self.key_turned(report);
        self.faults_changed(report.faults);
        self.breaches(counted, report);
        if is_first
            || matches!(
                self.stay.as_deref(),
                Some(Stay {
                    phase: Phase::Found(_),
                    ..
                })
            )
        {
            self.first_report(is_first);
        }
    }

    fn controller_restarted(&mut self, report: &GateReport) {
        if let Some(stay) = &mut self.stay {
            stay.integrity.controller_restarted = true;
        }
        self.record_here(EventBody::ControllerReset {
            cause: report.reset_cause,
            boot_id: report.boot_id,
        });
    }

    fn arm_moved(&mut self, arm: ArmState) {
        if std::mem::replace(&mut self.barrier.arm, arm) == arm {
            return;
        }
        if arm == ArmState::Down {
            self.barrier.lowering_until = None;
            self.barrier.up_told = false;
            if std::mem::take(&mut self.barrier.lower_fault_told) {
                self.record_here(EventBody::FaultCleared {
                    fault: LaneFault::ArmNotLowering,
                });
            }
            if std::mem::take(&mut self.barrier.was_up) {
                let of_last = self.before.as_ref().map(|before| before.passage.clone());
                let here = self.stay.as_ref().filter(|stay| stay.raised);
                let passage = here.map(|stay| stay.passage.clone()).or(of_last);
                self.record(passage, EventBody::ArmLowered);
            }
        }
        let stands = !self.occupancy.under_seen();
        if arm == ArmState::Down
            && stands
            && matches!(
                self.stay.as_deref(),
                Some(Stay {
                    phase: Phase::Passing { .. },
                    ..
                })
            )
        {
            // The controller closed before the vehicle moved: the release is over.
            if let Some(stay) = &mut self.stay {
                stay.grant = None;
                stay.post_check = true;
            }
            self.hold(Hold::Barrier);
        }
        if arm == ArmState::Up {
            self.barrier.was_up = true;
            if let Some(stay) = &mut self.stay
                && matches!(stay.phase, Phase::Raising { .. })
            {
                stay.phase = Phase::Passing {
                    since: self.now.mono,
                    called: false,
                };
                self.record_here(EventBody::ArmRaised);
            }
        }
    }

    fn key_turned(&mut self, report: &GateReport) {
        let is_on = report.inputs.hand_key;
        if is_on && !std::mem::replace(&mut self.barrier.hand_key, is_on) {
            self.breach(Breach::HandKey, report);
        }
        self.barrier.hand_key = is_on;
        let open = matches!(report.arm, ArmState::Up | ArmState::Raising);
        let allowed = self.stay.as_ref().is_some_and(|stay| stay.is_leaving())
            || self.barrier.is_coming_down()
            || is_on
            || report.inputs.fire_alarm
            || self.barrier.up_told;
        if open && !allowed {
            self.barrier.up_told = true;
            if let Some(stay) = &mut self.stay {
                stay.integrity.arm_was_up = true;
            }
            self.breach(Breach::ArmUpWithoutDecision, report);
            self.actuate(Actuation::Lower);
        }
    }

    fn breaches(&mut self, counted: Counted, report: &GateReport) {
        if counted.forced > 0 {
            self.barrier.up_told = true;
            self.breach(Breach::ArmForced, report);
        }
        if counted.tail_following > 0 {
            self.follower(Breach::TailFollowing, report);
        }
        if counted.run_through > 0 {
            let unreleased = self.stay.as_ref().is_some_and(|stay| stay.grant.is_none());
            if unreleased {
                // Told when the vehicle is seen to have left, with its passage's end.
            } else if self.stay.as_ref().is_some_and(|stay| stay.is_leaving()) {
                self.follower(Breach::RunThrough, report);
            } else {
                self.breach(Breach::RunThrough, report);
            }
        }
    }

    /// Another vehicle went through under this one's release.
    fn follower(&mut self, breach: Breach, report: &GateReport) {
        if let Some(stay) = &mut self.stay {
            stay.tail_followed = true;
            stay.post_check = true;
        }
        self.breach(breach, report);
    }

    pub(crate) fn breach(&mut self, breach: Breach, report: &GateReport) {
        self.record_here(EventBody::Breached {
            breach,
            arm: report.arm,
            edges: report.edges.clone(),
        });
        if breach != Breach::HandKey {
            self.actuate(Actuation::Siren { for_ms: SIREN_MS });
        }
    }

    fn faults_changed(&mut self, faults: GateFaults) {
        let before = std::mem::replace(&mut self.barrier.faults, faults);
        let changes = [
            (
                before.arm_not_rising,
                faults.arm_not_rising,
                LaneFault::ArmNotRising,
            ),
            (
                before.limits_conflict,
                faults.limits_conflict,
                LaneFault::LimitsConflict,
            ),
            (before.loop_stuck, faults.loop_stuck, LaneFault::LoopStuck),
            (before.beam_stuck, faults.beam_stuck, LaneFault::BeamStuck),
            (before.edges_lost, faults.edges_lost, LaneFault::EdgesLost),
        ];
        for (was, is, fault) in changes {
            if !was && is {
                let text = "reported by the gate controller".to_owned();
                self.record_here(EventBody::FaultFound { fault, text });
            } else if was && !is {
                self.record_here(EventBody::FaultCleared { fault });
            }
        }
        let arm_fault = faults.arm_not_rising || faults.arm_not_lowering || faults.limits_conflict;
        let only_told = faults.tail_following || faults.run_through;
        let at_rest = self.stay.is_none() && self.barrier.is_down();
        if only_told && !arm_fault && at_rest {
            // The breach stands in the journal; the bit has to be free for the next one.
            self.actuate(Actuation::AcknowledgeFaults);
        }
    }

    /// Looks after the silence of the controller and an arm that does not come down.
    pub(crate) fn watch_barrier(&mut self) {
        let now = self.now.mono;
        let timings = &self.config.timings;
        let silent = self
            .barrier
            .last_report
            .is_some_and(|last| now.since(last.mono) >= timings.gate_silence);
        if silent {
            self.barrier.lost = true;
        }
        let overdue = self
            .barrier
            .lowering_until
            .is_some_and(|until| now >= until);
        if overdue && !self.barrier.lower_fault_told && !self.barrier.lost {
            if self.occupancy.ahead_busy() {
                // Something is under it: the controller is right to wait.
                self.barrier.lowering_until = Some(now + self.config.timings.arm_rise);
                return;
            }
            self.barrier.lower_fault_told = true;
            self.record_here(EventBody::FaultFound {
                fault: LaneFault::ArmNotLowering,
                text: "the arm was told to come down and is not at its lower limit".to_owned(),
            });
            self.show_step(notices::barrier_fault());
        } else if overdue && self.barrier.lost {
            self.barrier.lowering_until = None;
        }
    }

    /// Takes the release back: red, and down as soon as it is safe.
    pub(crate) fn lower(&mut self) {
        self.lights(Lights::RedBoth);
        self.actuate(Actuation::Lower);
        if self.barrier.arm != ArmState::Down {
            let twice = self.config.timings.arm_rise * 2;
            self.barrier.lowering_until = Some(self.now.mono + twice);
        }
    }

    pub(crate) fn actuation_failed(&mut self, actuation: &Actuation, cause: &str) {
        let is_raise = match actuation {
            Actuation::Raise { passage, .. } => self
                .stay
                .as_ref()
                .is_some_and(|stay| stay.passage == *passage),
            Actuation::Lower
            | Actuation::Lights(_)
            | Actuation::AcknowledgeFaults
            | Actuation::Siren { .. } => false,
        };
        if !matches!(
            actuation,
            Actuation::Lights(_) | Actuation::AcknowledgeFaults
        ) {
            self.record_here(EventBody::FaultFound {
                fault: LaneFault::CommandRefused,
                text: cause.chars().take(200).collect(),
            });
        }
        let now = self.now.mono;
        if let Some(stay) = &mut self.stay
            && is_raise
            && let Phase::Raising { deadline, .. } = &mut stay.phase
        {
            // The next try, or the end of trying, comes soon instead of at the arm's full time.
            *deadline = (*deadline).min(now + std::time::Duration::from_secs(1));
        }
    }
}
