//! Turns permissions into motion: the interlocks of the arm, and the relays.
//!
//! After EN 12453 and UL 325 as far as a controller can answer for them: never
//! down on anything, reverse on obstruction in the same evaluation, a limit to
//! every motion, a warning before lowering, stop above all.

use gate_protocol::{ArmState, Fault, Faults, Input, LeaseLoss, Light, Output, Outputs, Side};

use crate::Controller;
use crate::clock::{Hold, Wake};
use crate::lease::Tenure;

impl Controller {
    pub(crate) fn watch_arm(&mut self, wake: &mut Wake) {
        let before = self.arm.state;
        let up = self.channels.stable.has(Input::ArmUpLimit);
        let down = self.channels.stable.has(Input::ArmDownLimit);
        let fault = self.arm.settle(up, down, &self.configuration, wake);
        if let Some(fault) = fault {
            self.record_arm_fault(fault);
        }
        if self.arm.state == ArmState::Down && before != ArmState::Down {
            self.reversals_in_row = 0;
            self.open_after_release = false;
        }
        if self.arm.state == ArmState::Down {
            self.lower_due = false;
            self.warning = None;
        }
    }

    /// Reverses in the evaluation that sees the obstruction.
    pub(crate) fn reverse_from_obstruction(&mut self) {
        if self.arm.state != ArmState::Lowering || !self.zone_blocked {
            return;
        }
        self.arm.raise(self.now_ms);
        self.counters.reversals = self.counters.reversals.wrapping_add(1);
        self.reversals_in_row = self.reversals_in_row.saturating_add(1);
        if self.reversals_in_row >= self.configuration.reversal_limit {
            self.lower_due = false;
            self.latched = self.latched.with(Fault::ObstructionLimit);
        }
    }

    pub(crate) fn lower_when_due(&mut self, wake: &mut Wake) {
        if !self.may_lower() {
            self.warning = None;
            return;
        }
        let warning_ms = u32::from(self.configuration.warning_ms);
        if self
            .warning
            .get_or_insert(Hold::start(wake.now_ms))
            .reached(warning_ms, wake)
        {
            self.warning = None;
            self.arm.lower(wake.now_ms);
        }
    }

    /// The relays as they must stand now.
    pub(crate) fn drive(&self) -> Outputs {
        let raising = self.arm.state == ArmState::Raising;
        // The second condition never differs from the state; it is the last line.
        let lowering = self.arm.state == ArmState::Lowering && !self.zone_blocked;
        let stop = self.halted || self.latched.has(Fault::LimitsConflict);
        let entry_green = self.shows_green(Side::Entry);
        let exit_green = self.shows_green(Side::Exit);
        let siren = self.warning.is_some() || self.alarm.is_on() || self.siren.is_on();
        Outputs::NONE
            .set(Output::ArmUp, raising)
            .set(Output::ArmDown, lowering)
            .set(Output::ArmStop, stop && !self.arm.is_moving())
            .set(Output::EntryGreen, entry_green)
            .set(Output::EntryRed, !entry_green)
            .set(Output::ExitGreen, exit_green)
            .set(Output::ExitRed, !exit_green)
            .set(Output::Siren, siren)
            .set(Output::DisplayStrobe, self.strobe.is_on())
    }

    fn record_arm_fault(&mut self, fault: Fault) {
        if fault == Fault::ArmForced && self.hand_key() {
            self.counters.hand_raises = self.counters.hand_raises.wrapping_add(1);
            return;
        }
        if fault == Fault::ArmSank && self.hand_key() {
            return;
        }
        self.release = None;
        self.lower_due = false;
        self.warning = None;
        if matches!(fault, Fault::ArmForced | Fault::ArmSank) {
            self.counters.forced = self.counters.forced.wrapping_add(1);
            self.raise_alarm(fault);
        }
        self.latched = self.latched.with(fault);
    }

    fn may_lower(&self) -> bool {
        let standing = Faults::ARM.with(Fault::ObstructionLimit);
        let at_rest = match self.arm.state {
            ArmState::Up | ArmState::Stopped | ArmState::Unknown => true,
            ArmState::Down | ArmState::Raising | ArmState::Lowering => false,
        };
        let answered_for = match self.lease.tenure {
            Tenure::Waiting => false,
            Tenure::Held { .. } => true,
            Tenure::Lost => self.configuration.lease_loss == LeaseLoss::Close,
        };
        self.lower_due
            && at_rest
            && answered_for
            && self.zone_clear
            && self.tracker.passage.is_none()
            && self.release.is_none()
            && !self.halted
            && self.mains_ok()
            && !self.hand_key()
            && !self.fire_opens()
            && !self.latched.any(standing)
    }

    /// Green only for the released side, with the arm up, until its vehicle enters the arm line.
    fn shows_green(&self, side: Side) -> bool {
        let Some(release) = self.release else {
            return false;
        };
        self.arm.state == ArmState::Up
            && release.from == side
            && (!release.spent || release.nosed)
            && self.lights[side as usize] == Light::Follow
    }
}
