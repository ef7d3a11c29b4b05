//! Turns the controller's state into the report it publishes.

use gate_protocol::{Fault, Faults, Input, Report, Side, Status, StatusBit, map};

use crate::Controller;
use crate::lease::Tenure;

impl Controller {
    /// Everything the controller says of itself, as of the last verb.
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            map_version: map::MAP_VERSION,
            identity: self.identity,
            uptime_ms: self.now_ms,
            inputs: self.channels.stable,
            inputs_raw: self.channels.raw,
            inputs_faulted: self.faulted(),
            outputs: self.outputs(),
            arm: self.arm.state,
            mode: self.mode(),
            status: self.status(),
            faults: self.faults(),
            lease_remaining_ms: self.lease.remaining_ms(self.now_ms),
            accepted_sequence: self.verdicts.accepted_sequence,
            refused_sequence: self.verdicts.refused_sequence,
            refusal: self.verdicts.refusal,
            configuration_crc: self.configuration_crc,
            edges_written: self.ring.written(),
            counters: self.counters,
            last_vehicle_at_ms: self.last_vehicle_at_ms,
        }
    }

    /// Faults standing: those latched and those whose cause is present.
    #[must_use]
    pub fn faults(&self) -> Faults {
        let stuck = self.channels.stuck;
        let stable = self.channels.stable;
        [
            (Fault::ApproachLoopStuck, stuck.has(Input::ApproachLoop)),
            (Fault::UnderArmLoopStuck, stuck.has(Input::UnderArmLoop)),
            (Fault::ExitLoopStuck, stuck.has(Input::ExitLoop)),
            (Fault::Beam1Stuck, stuck.has(Input::Beam1)),
            (Fault::Beam2Stuck, stuck.has(Input::Beam2)),
            (Fault::LeaseLost, self.lease.tenure == Tenure::Lost),
            (Fault::MainsLost, !self.mains_ok()),
            (Fault::CabinetOpen, stable.has(Input::CabinetDoor)),
            (Fault::FireAlarm, stable.has(Input::FireAlarm)),
            (Fault::ConfigurationRefused, self.configuration_refused),
        ]
        .iter()
        .fold(self.latched, |faults, &(fault, standing)| {
            if standing { faults.with(fault) } else { faults }
        })
    }

    fn status(&self) -> Status {
        let unspent = self.release.is_some_and(|release| !release.spent);
        let spent = self.release.is_some_and(|release| release.spent);
        let from_exit = self
            .release
            .is_some_and(|release| release.from == Side::Exit);
        Status::NONE
            .set(StatusBit::ReleaseOpen, unspent)
            .set(StatusBit::ReleaseSpent, spent)
            .set(StatusBit::ReleaseFromExit, from_exit)
            .set(StatusBit::Warning, self.warning.is_some())
            .set(StatusBit::ZoneBlocked, self.zone_blocked)
            .set(StatusBit::LowerDue, self.lower_due)
            .set(StatusBit::Halted, self.halted)
            .set(StatusBit::PassageOpen, self.tracker.passage.is_some())
    }
}
