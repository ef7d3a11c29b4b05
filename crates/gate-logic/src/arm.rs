//! Turns drive commands and limit switches into where the arm is, and what is
//! wrong with it. It refuses to know why it is driven or what stands below.

use gate_protocol::{ArmState, Configuration, Fault};

use crate::clock::{Hold, Wake};

/// A halted arm coasts: a limit switch counts only after this.
pub(crate) const COAST_MS: u32 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Arm {
    pub(crate) state: ArmState,
    /// Since the motion began: against the run-time limit.
    motion: Hold,
    /// Since the motion began: against leaving the limit it started from.
    leave: Hold,
    /// Since the arm was halted.
    coast: Hold,
    /// Since the limit was lost at rest.
    lost: Option<Hold>,
}

impl Arm {
    pub(crate) const fn new(now_ms: u32) -> Self {
        Self {
            state: ArmState::Unknown,
            motion: Hold::elapsed(),
            leave: Hold::elapsed(),
            coast: Hold::start(now_ms),
            lost: None,
        }
    }

    pub(crate) const fn is_moving(&self) -> bool {
        matches!(self.state, ArmState::Raising | ArmState::Lowering)
    }

    pub(crate) fn raise(&mut self, now_ms: u32) {
        if !matches!(self.state, ArmState::Raising | ArmState::Up) {
            self.drive(ArmState::Raising, now_ms);
        }
    }

    pub(crate) fn lower(&mut self, now_ms: u32) {
        if !matches!(self.state, ArmState::Lowering | ArmState::Down) {
            self.drive(ArmState::Lowering, now_ms);
        }
    }

    /// Ends the motion in progress, if any.
    pub(crate) fn halt(&mut self, now_ms: u32) {
        if self.is_moving() {
            self.rest(ArmState::Stopped, now_ms);
        }
    }

    fn drive(&mut self, state: ArmState, now_ms: u32) {
        let (motion, leave) = (Hold::start(now_ms), Hold::start(now_ms));
        *self = Self {
            state,
            motion,
            leave,
            coast: Hold::elapsed(),
            lost: None,
        };
    }

    fn rest(&mut self, state: ArmState, now_ms: u32) {
        let coast = match state {
            ArmState::Up | ArmState::Down => Hold::elapsed(),
            ArmState::Stopped | ArmState::Unknown | ArmState::Raising | ArmState::Lowering => {
                Hold::start(now_ms)
            }
        };
        *self = Self {
            state,
            motion: Hold::elapsed(),
            leave: Hold::elapsed(),
            coast,
            lost: None,
        };
    }

    /// Takes the debounced limits; tells the fault they show, if any.
    pub(crate) fn settle(
        &mut self,
        up: bool,
        down: bool,
        configuration: &Configuration,
        wake: &mut Wake,
    ) -> Option<Fault> {
        if up && down {
            self.rest(ArmState::Unknown, wake.now_ms);
            return Some(Fault::LimitsConflict);
        }
        match self.state {
            ArmState::Raising => self.settle_motion(
                Travel {
                    arrived: up.then_some(ArmState::Up),
                    at_start: down,
                    travel_ms: configuration.raise_travel_ms,
                    overrun: Fault::RaiseOverrun,
                },
                configuration,
                wake,
            ),
            ArmState::Lowering => self.settle_motion(
                Travel {
                    arrived: down.then_some(ArmState::Down),
                    at_start: up,
                    travel_ms: configuration.lower_travel_ms,
                    overrun: Fault::LowerOverrun,
                },
                configuration,
                wake,
            ),
            ArmState::Up => self.settle_rest(up, Fault::ArmSank, configuration, wake),
            ArmState::Down => self.settle_rest(down, Fault::ArmForced, configuration, wake),
            ArmState::Stopped | ArmState::Unknown => {
                if (up || down) && self.coast.reached(COAST_MS, wake) {
                    self.rest(if up { ArmState::Up } else { ArmState::Down }, wake.now_ms);
                }
                None
            }
        }
    }

    fn settle_motion(
        &mut self,
        travel: Travel,
        configuration: &Configuration,
        wake: &mut Wake,
    ) -> Option<Fault> {
        if let Some(state) = travel.arrived {
            self.rest(state, wake.now_ms);
            return None;
        }
        let leave_ms = u32::from(configuration.limit_leave_ms);
        let run_ms = u32::from(travel.travel_ms) + u32::from(configuration.travel_margin_ms);
        let fault = if travel.at_start && self.leave.reached(leave_ms, wake) {
            Fault::ArmNotMoving
        } else if self.motion.reached(run_ms, wake) {
            travel.overrun
        } else {
            return None;
        };
        self.rest(ArmState::Stopped, wake.now_ms);
        Some(fault)
    }

    fn settle_rest(
        &mut self,
        at_limit: bool,
        fault: Fault,
        configuration: &Configuration,
        wake: &mut Wake,
    ) -> Option<Fault> {
        if at_limit {
            self.lost = None;
            return None;
        }
        let limit_loss_ms = u32::from(configuration.limit_loss_ms);
        if !self
            .lost
            .get_or_insert(Hold::start(wake.now_ms))
            .reached(limit_loss_ms, wake)
        {
            return None;
        }
        self.rest(ArmState::Unknown, wake.now_ms);
        Some(fault)
    }
}

#[cfg(test)]
impl Arm {
    /// What decides the arm's future, free of absolute time.
    pub(crate) fn fingerprint(&self, now_ms: u32) -> impl core::hash::Hash + use<> {
        let age = |hold: Hold| (!hold.done).then(|| now_ms.wrapping_sub(hold.since_ms));
        (
            self.state,
            age(self.motion),
            age(self.leave),
            age(self.coast),
            self.lost.map(age),
        )
    }
}

/// One motion as its limits see it.
struct Travel {
    arrived: Option<ArmState>,
    at_start: bool,
    travel_ms: u16,
    overrun: Fault,
}
