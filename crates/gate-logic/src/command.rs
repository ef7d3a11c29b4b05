//! Turns a command into one act, or a refusal. Nothing is kept for later: a
//! command acts in the evaluation that judges it, or never.

use gate_protocol::{ArmState, Command, Fault, Faults, Inputs, Lease, Refusal, Side, Verb};

use crate::Controller;
use crate::clock::{Hold, Span};
use crate::controller::{Authority, Release};
use crate::tracker::Phase;

impl Controller {
    /// Judges one command and carries it out if nothing forbids it.
    pub(crate) fn judge(&mut self, command: Command) -> Result<(), Refusal> {
        if command.boot_id != self.identity.boot_id {
            return Err(self.count_refusal(Refusal::WrongBoot));
        }
        if command.sequence <= self.verdicts.judged_sequence {
            return Err(self.count_refusal(Refusal::Repeated));
        }
        // Judged once, whatever comes of it: the same number never acts later.
        self.verdicts.judged_sequence = command.sequence;
        let age_ms = self.now_ms.wrapping_sub(command.seen_uptime_ms);
        let life_ms = command.expires_ms.min(self.configuration.command_limit_ms);
        let verdict = if age_ms > u32::from(life_ms) {
            Err(Refusal::Expired)
        } else {
            self.permit(command.verb)
        };
        if let Err(refusal) = verdict {
            self.verdicts.refused_sequence = command.sequence;
            self.verdicts.refusal = Some(refusal);
            return Err(self.count_refusal(refusal));
        }
        self.verdicts.accepted_sequence = command.sequence;
        self.counters.commands_accepted = self.counters.commands_accepted.wrapping_add(1);
        self.carry_out(command.verb);
        Ok(())
    }

    pub(crate) fn renew(&mut self, lease: Lease) -> Result<(), Refusal> {
        if lease.boot_id != self.identity.boot_id {
            return Err(self.count_refusal(Refusal::WrongBoot));
        }
        if !self
            .lease
            .renew(lease, self.configuration.lease_limit_ms, self.now_ms)
        {
            return Err(self.count_refusal(Refusal::Repeated));
        }
        Ok(())
    }

    pub(crate) fn count_refusal(&mut self, refusal: Refusal) -> Refusal {
        let counters = &mut self.counters;
        counters.commands_refused = counters.commands_refused.wrapping_add(1);
        let count = &mut counters.refused_by_reason[refusal.slot()];
        *count = count.wrapping_add(1);
        refusal
    }

    fn permit(&self, verb: Verb) -> Result<(), Refusal> {
        match verb {
            Verb::Raise { from } => {
                self.permit_motion()?;
                self.permit_raise(from)
            }
            Verb::Lower => {
                self.permit_motion()?;
                self.permit_lower()
            }
            Verb::Stop
            | Verb::Withdraw
            | Verb::Lights { .. }
            | Verb::Siren { .. }
            | Verb::Strobe { .. }
            | Verb::Acknowledge => Ok(()),
        }
    }

    fn permit_motion(&self) -> Result<(), Refusal> {
        if !self.mains_ok() {
            return Err(Refusal::MainsLost);
        }
        if self.hand_key() {
            return Err(Refusal::HandKey);
        }
        if self.fire_opens() {
            return Err(Refusal::FireAlarm);
        }
        if !self.lease.is_held() {
            return Err(Refusal::NoLease);
        }
        if self.latched.any(Faults::ARM) {
            return Err(Refusal::ArmFault);
        }
        Ok(())
    }

    fn permit_raise(&self, from: Side) -> Result<(), Refusal> {
        if self.release.is_some_and(|release| !release.spent) {
            return Err(Refusal::ReleaseOpen);
        }
        let Some(passage) = self.tracker.passage else {
            return Ok(());
        };
        if passage.phase != Phase::Under || !passage.vehicle || self.may_adopt(from) {
            Ok(())
        } else {
            // One release is one vehicle: whoever is under the arm is not the one meant.
            Err(Refusal::ZoneOccupied)
        }
    }

    fn permit_lower(&self) -> Result<(), Refusal> {
        if self.channels.raw.or(self.channels.stable).any(Inputs::ZONE) {
            return Err(Refusal::ZoneOccupied);
        }
        if self.zone_blocked {
            return Err(Refusal::SensorFault);
        }
        if self.tracker.passage.is_some() && !self.stuck_behind() {
            return Err(Refusal::ZoneOccupied);
        }
        Ok(())
    }

    fn carry_out(&mut self, verb: Verb) {
        match verb {
            Verb::Raise { from } => self.open_release(from),
            Verb::Lower => {
                self.finish_passage();
                self.release = None;
                self.lower_due = true;
                self.halted = false;
                self.reversals_in_row = 0;
                self.latched = self.latched.without(Fault::ObstructionLimit);
            }
            Verb::Stop => {
                self.arm.halt(self.now_ms);
                self.halted = true;
                self.release = None;
                self.lower_due = false;
                self.warning = None;
            }
            Verb::Withdraw => self.withdraw(),
            Verb::Lights { entry, exit } => self.lights = [entry, exit],
            Verb::Siren { on_ms } => self.siren = Span::start(self.now_ms, u32::from(on_ms)),
            Verb::Strobe { on_ms } => self.strobe = Span::start(self.now_ms, u32::from(on_ms)),
            Verb::Acknowledge => {
                self.latched = Faults::NONE;
                self.missed = [0; 3];
                self.reversals_in_row = 0;
                self.alarm = Span::OFF;
            }
        }
    }

    fn open_release(&mut self, from: Side) {
        let adopted = self.may_adopt(from);
        if adopted {
            self.authority = Some(Authority::Released);
            self.open_after_release = true;
        } else {
            self.finish_passage();
        }
        let open = Hold::start(self.now_ms);
        self.release = Some(Release {
            from,
            spent: adopted,
            nosed: adopted,
            open,
        });
        self.lower_due = false;
        self.warning = None;
        self.halted = false;
        self.arm.raise(self.now_ms);
    }

    /// The vehicle in the arm line is the one a release would mean: its nose came
    /// to rest there before a closed arm, its breach has been acknowledged, or it
    /// stood there when the controller started.
    fn may_adopt(&self, from: Side) -> bool {
        let waiting = self.tracker.passage.is_some_and(|passage| {
            let same_side = passage.from.is_none_or(|side| side == from);
            passage.phase == Phase::Under && passage.vehicle && same_side
        });
        let known = match self.authority {
            Some(Authority::FoundAtBoot) => true,
            Some(Authority::Unreleased) if self.flagged => !self.latched.has(Fault::TailFollowing),
            Some(Authority::Unreleased) => self.arm.state == ArmState::Down,
            Some(Authority::Released | Authority::HandKey | Authority::Fire) | None => false,
        };
        waiting && known
    }

    /// The vehicle is past the arm line, but the loop behind will not say so.
    fn stuck_behind(&self) -> bool {
        let stuck = self.channels.stuck;
        self.tracker.passage.is_some_and(|passage| {
            passage
                .from
                .is_some_and(|side| stuck.has(crate::tracker::loop_of(side.opposite())))
        })
    }

    fn finish_passage(&mut self) {
        if let Some(left) = self.tracker.finish() {
            self.record_passage(left);
        }
    }
}
