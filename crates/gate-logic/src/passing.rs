//! Turns vehicles into spent releases, counts and breaches.

use gate_protocol::{ArmState, Fault, Input, Inputs};

use crate::Controller;
use crate::clock::{Span, Wake};
use crate::controller::Authority;
use crate::tracker::{Circumstances, Left, Outcome, Phase};

/// Passages in a row a sensor of the arm line may miss before it is called silent.
const MISSED_LIMIT: u8 = 2;

impl Controller {
    pub(crate) fn watch_passage(&mut self, wake: &mut Wake) {
        let given = Circumstances {
            released_from: self
                .release
                .filter(|release| !release.spent)
                .map(|release| release.from),
            vehicle_sensors: self.vehicle_sensors(),
            gap_hold_ms: u32::from(self.configuration.gap_hold_ms),
        };
        let left = self.tracker.settle(self.trusted(), given, wake);
        if let Some(left) = left {
            self.record_passage(left);
        }
        let Some(passage) = self.tracker.passage.filter(|passage| passage.vehicle) else {
            return;
        };
        if self.authority.is_none() {
            self.authority = Some(self.grant());
        }
        let held_open = self.open_after_release && self.arm.state != ArmState::Down;
        let intruder = self.authority == Some(Authority::Unreleased) && !self.flagged;
        if intruder && held_open && passage.phase == Phase::Under {
            self.flagged = true;
            self.counters.tail_following = self.counters.tail_following.wrapping_add(1);
            self.raise_alarm(Fault::TailFollowing);
        }
    }

    pub(crate) fn watch_release(&mut self, wake: &mut Wake) {
        let limit_ms = u32::from(self.configuration.release_limit_s) * 1_000;
        let entering = self
            .tracker
            .passage
            .is_some_and(|passage| passage.phase == Phase::Under && !passage.behind);
        if let Some(release) = &mut self.release {
            release.nosed = release.nosed && entering;
            if (!release.spent || release.nosed) && release.open.reached(limit_ms, wake) {
                self.withdraw();
            }
        }
    }

    /// Counts a passage that has ended, and ends the release it used.
    pub(crate) fn record_passage(&mut self, left: Left) {
        let authority = self.authority.take();
        let flagged = core::mem::take(&mut self.flagged);
        if left.outcome == Outcome::Nobody {
            return;
        }
        self.last_vehicle_at_ms = self.now_ms;
        // A release taken away meanwhile (key, mains, fire, stop) leaves the arm to whoever took it.
        if authority == Some(Authority::Released) && self.release.take().is_some() {
            self.lower_due = self.arm.state != ArmState::Down;
        }
        let counter = match left.outcome {
            Outcome::Through(gate_protocol::Side::Entry) => &mut self.counters.vehicles_in,
            Outcome::Through(gate_protocol::Side::Exit) => &mut self.counters.vehicles_out,
            Outcome::ReversedOut => &mut self.counters.reversed_out,
            Outcome::Ambiguous | Outcome::Nobody => &mut self.counters.ambiguous,
        };
        *counter = counter.wrapping_add(1);
        if !matches!(left.outcome, Outcome::Through(_)) {
            return;
        }
        self.monitor_sensors(left.seen);
        if authority == Some(Authority::Unreleased) && !flagged {
            self.counters.run_through = self.counters.run_through.wrapping_add(1);
            self.raise_alarm(Fault::RunThrough);
        }
    }

    pub(crate) fn raise_alarm(&mut self, fault: Fault) {
        self.latched = self.latched.with(fault);
        self.alarm = Span::start(self.now_ms, u32::from(self.configuration.alarm_s) * 1_000);
    }

    /// By what right the vehicle now seen is in the arm line. Spends the open release.
    fn grant(&mut self) -> Authority {
        if self.hand_key() {
            return Authority::HandKey;
        }
        if self.fire_opens() {
            return Authority::Fire;
        }
        let from = self.tracker.passage.and_then(|passage| passage.from);
        match &mut self.release {
            Some(release) if !release.spent => {
                if from.is_some_and(|side| side != release.from) {
                    // Somebody else, against the traffic: the release must not stay open behind him.
                    self.release = None;
                    self.lower_due = true;
                    return Authority::Unreleased;
                }
                release.spent = true;
                self.open_after_release = true;
                Authority::Released
            }
            Some(_) | None if !self.boot.done => Authority::FoundAtBoot,
            Some(_) | None => Authority::Unreleased,
        }
    }

    /// What only a vehicle triggers: the loop, or any sensor of the arm line where there is no loop to trust.
    fn vehicle_sensors(&self) -> Inputs {
        let trusted = self.configuration.fitted.without_all(self.faulted());
        if trusted.has(Input::UnderArmLoop) {
            Inputs::NONE.with(Input::UnderArmLoop)
        } else {
            Inputs::ZONE
        }
    }

    /// Levels the tracker may believe: without faulted sensors of the arm line, as
    /// long as a sound one is left. With none left the line counts as occupied, and
    /// no release can be used twice.
    fn trusted(&self) -> Inputs {
        let faulted = self.faulted().and(Inputs::ZONE);
        let sound = self
            .configuration
            .fitted
            .and(Inputs::ZONE)
            .without_all(faulted);
        let ignored = if sound.is_empty() {
            Inputs::NONE
        } else {
            faulted
        };
        self.channels.stable.without_all(ignored)
    }

    /// A sensor that misses whole vehicles is dead, whatever its level says.
    fn monitor_sensors(&mut self, seen: Inputs) {
        let sensors = [
            (Input::UnderArmLoop, Fault::UnderArmLoopSilent),
            (Input::Beam1, Fault::Beam1Silent),
            (Input::Beam2, Fault::Beam2Silent),
        ];
        for ((input, fault), missed) in sensors.into_iter().zip(&mut self.missed) {
            if seen.has(input) || !self.configuration.fitted.has(input) {
                *missed = 0;
                continue;
            }
            *missed = MISSED_LIMIT.min(*missed + 1);
            if *missed >= MISSED_LIMIT {
                self.latched = self.latched.with(fault);
            }
        }
    }
}
