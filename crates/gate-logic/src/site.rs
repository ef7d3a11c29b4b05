//! Turns lease, mains, hand key and fire alarm into what may move at all.

use gate_protocol::{ArmState, Fault, Faults, Input, Inputs, LeaseLoss, Mode};

use crate::Controller;
use crate::clock::{Hold, Wake};
use crate::lease::Tenure;

impl Controller {
    pub(crate) fn mains_ok(&self) -> bool {
        self.channels.stable.has(Input::MainsOk)
    }

    pub(crate) fn hand_key(&self) -> bool {
        self.channels.stable.has(Input::HandKey)
    }

    /// The fire alarm holds the arm open.
    pub(crate) fn fire_opens(&self) -> bool {
        self.configuration.fire_opens && self.channels.stable.has(Input::FireAlarm)
    }

    /// Sensors not to be trusted.
    pub(crate) fn faulted(&self) -> Inputs {
        let silent = [
            (Fault::UnderArmLoopSilent, Input::UnderArmLoop),
            (Fault::Beam1Silent, Input::Beam1),
            (Fault::Beam2Silent, Input::Beam2),
        ];
        silent
            .iter()
            .fold(self.channels.stuck, |faulted, &(fault, input)| {
                faulted.set(input, faulted.has(input) || self.latched.has(fault))
            })
    }

    pub(crate) fn mode(&self) -> Mode {
        if !self.mains_ok() {
            return Mode::MainsLost;
        }
        if self.hand_key() {
            return Mode::HandKey;
        }
        if self.fire_opens() {
            return Mode::Fire;
        }
        match self.lease.tenure {
            Tenure::Waiting => Mode::Waiting,
            Tenure::Held { .. } => Mode::Remote,
            Tenure::Lost => Mode::LeaseLost,
        }
    }

    /// The worse of raw and debounced counts: occupied at the first sample, free after the debounce.
    pub(crate) fn watch_zone(&mut self, wake: &mut Wake) {
        let occupied =
            !self.channels.sampled || self.channels.raw.or(self.channels.stable).any(Inputs::ZONE);
        if occupied {
            self.zone_free = Hold::start(wake.now_ms);
        }
        let delay_ms = u32::from(self.configuration.auto_lower_delay_ms);
        let free = !occupied && self.zone_free.reached(delay_ms, wake);
        self.zone_blocked = occupied || self.faulted().any(Inputs::ZONE);
        self.zone_clear = free && !self.zone_blocked;
    }

    pub(crate) fn watch_lease(&mut self, wake: &mut Wake) {
        if !self.lease.settle(wake) {
            return;
        }
        // An arm opened by hand, by fire or before the start is not the gateway's to close.
        if self.release.is_none() {
            return;
        }
        match self.configuration.lease_loss {
            LeaseLoss::Close => self.withdraw(),
            LeaseLoss::Stay => {
                // The motion in progress ends by itself; the arm comes down when the gateway is back.
                self.release = None;
                self.lower_due = true;
            }
        }
    }

    pub(crate) fn watch_site(&mut self, wake: &Wake) {
        let fire = self.fire_opens();
        let alarm_raised = fire && !self.fire_seen;
        self.fire_seen = fire;
        if self.mains_ok() && !self.hand_key() && !fire {
            return;
        }
        // Whoever takes over ends what the gateway began; nothing resumes by itself.
        self.release = None;
        self.lower_due = false;
        self.warning = None;
        if !self.mains_ok() || self.hand_key() {
            self.arm.halt(wake.now_ms);
            self.halted = self.halted && !self.hand_key();
            return;
        }
        self.halted = self.halted && !alarm_raised;
        let hopeless = Faults::NONE
            .with(Fault::LimitsConflict)
            .with(Fault::RaiseOverrun)
            .with(Fault::ArmNotMoving);
        if !self.halted && !self.latched.any(hopeless) {
            self.arm.raise(wake.now_ms);
        }
    }

    /// Withdraws the release: red at once, and down as soon as it is safe. A
    /// raise that nobody has driven under yet ends here.
    pub(crate) fn withdraw(&mut self) {
        let opening = self.arm.state == ArmState::Raising && self.release.is_some();
        if opening && !self.zone_blocked && self.tracker.passage.is_none() {
            self.arm.halt(self.now_ms);
        }
        self.release = None;
        self.lower_due = true;
    }
}
