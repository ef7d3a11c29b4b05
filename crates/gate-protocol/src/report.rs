//! Turns the report block (one FC04) into a typed report, and back.

use crate::error::block;
use crate::map::{self, high, low, wide};
use crate::{
    Acknowledgement, ArmState, Command, DecodeError, Faults, Inputs, Lease, Mode, Outputs, Refusal,
    ResetCause, Status, Verb,
};

/// Which unit this is and which start of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Unit serial number.
    pub serial: u32,
    /// Firmware version: major, minor, patch.
    pub firmware: (u8, u8, u16),
    /// Differs at each boot, never 0.
    pub boot_id: u32,
    /// Why the controller started.
    pub reset_cause: ResetCause,
}

/// What has been counted since boot. Counts wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counters {
    /// Vehicles through, entry to exit side.
    pub vehicles_in: u32,
    /// Vehicles through, exit to entry side.
    pub vehicles_out: u32,
    /// Second vehicles under an arm held open by the first.
    pub tail_following: u32,
    /// Vehicles through with no release.
    pub run_through: u32,
    /// Vehicles that went back to where they came from.
    pub reversed_out: u32,
    /// Occupancies of the arm line no loop order explains.
    pub ambiguous: u32,
    /// Arm motions nobody commanded.
    pub forced: u32,
    /// Lowerings reversed by an obstruction.
    pub reversals: u32,
    /// Arm openings under the hand key.
    pub hand_raises: u32,
    /// Commands accepted.
    pub commands_accepted: u32,
    /// Commands refused.
    pub commands_refused: u32,
    /// Commands refused, by [`Refusal::slot`].
    pub refused_by_reason: [u32; Refusal::SLOTS],
}

/// Everything the controller says of itself in one read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Version of the map the controller speaks.
    pub map_version: u16,
    /// Unit and boot.
    pub identity: Identity,
    /// ms since boot, wrapping.
    pub uptime_ms: u32,
    /// Debounced inputs.
    pub inputs: Inputs,
    /// Inputs as last sampled.
    pub inputs_raw: Inputs,
    /// Inputs judged stuck or silent.
    pub inputs_faulted: Inputs,
    /// Outputs.
    pub outputs: Outputs,
    /// Arm.
    pub arm: ArmState,
    /// Who may move the arm.
    pub mode: Mode,
    /// What is in progress.
    pub status: Status,
    /// Faults standing.
    pub faults: Faults,
    /// What is left of the lease, ms.
    pub lease_remaining_ms: u16,
    /// Sequence of the last command accepted; 0 for none.
    pub accepted_sequence: u32,
    /// Sequence of the last command refused; 0 for none.
    pub refused_sequence: u32,
    /// Reason of that refusal.
    pub refusal: Option<Refusal>,
    /// [`crate::Configuration::crc`] of the settings in force.
    pub configuration_crc: u16,
    /// Running index of the next edge of the ring.
    pub edges_written: u32,
    /// Counts since boot.
    pub counters: Counters,
    /// End of the last passage, ms since boot.
    pub last_vehicle_at_ms: u32,
}

impl Report {
    /// The report block.
    #[must_use]
    pub fn encode(&self) -> [u16; map::REPORT_LENGTH] {
        let mut block = [0; map::REPORT_LENGTH];
        let (major, minor, patch) = self.identity.firmware;
        let narrow = [
            (map::MAP_VERSION_AT, self.map_version),
            (map::FIRMWARE, u16::from_be_bytes([major, minor])),
            (map::FIRMWARE_PATCH, patch),
            (map::RESET_CAUSE, self.identity.reset_cause.code()),
            (map::INPUTS, self.inputs.bits()),
            (map::INPUTS_RAW, self.inputs_raw.bits()),
            (map::INPUTS_FAULTED, self.inputs_faulted.bits()),
            (map::OUTPUTS, self.outputs.bits()),
            (map::ARM, self.arm.code()),
            (map::MODE, self.mode.code()),
            (map::STATUS, self.status.bits()),
            (map::LEASE_REMAINING_MS, self.lease_remaining_ms),
            (map::REFUSAL, self.refusal.map_or(0, Refusal::code)),
            (map::CONFIGURATION_CRC, self.configuration_crc),
        ];
        for (offset, value) in narrow {
            block[offset] = value;
        }
        let double = [
            (map::MAGIC_AT, map::MAGIC),
            (map::SERIAL, self.identity.serial),
            (map::BOOT_ID, self.identity.boot_id),
            (map::UPTIME_MS, self.uptime_ms),
            (map::FAULTS, self.faults.bits()),
            (map::ACCEPTED_SEQUENCE, self.accepted_sequence),
            (map::REFUSED_SEQUENCE, self.refused_sequence),
            (map::EDGES_WRITTEN, self.edges_written),
            (map::LAST_VEHICLE_AT_MS, self.last_vehicle_at_ms),
        ];
        for (offset, value) in double {
            put(&mut block, offset, value);
        }
        self.counters.encode(&mut block);
        block
    }

    /// From the registers of one FC04 at [`map::REPORT`]. A longer block of a
    /// later map version is read as far as this version knows it.
    ///
    /// # Errors
    /// `Length`, `NotAGateController`, `MapVersion`, or `UnknownValue` for a
    /// code of a later version where guessing would be unsafe (arm, mode, refusal).
    pub fn decode(registers: &[u16]) -> Result<Self, DecodeError> {
        let block: &[u16; map::REPORT_LENGTH] = block(registers)?;
        let magic = wide(block, map::MAGIC_AT);
        if magic != map::MAGIC {
            return Err(DecodeError::NotAGateController { magic });
        }
        let map_version = block[map::MAP_VERSION_AT];
        if map_version == 0 {
            return Err(DecodeError::MapVersion {
                version: map_version,
            });
        }
        let [major, minor] = block[map::FIRMWARE].to_be_bytes();
        let refusal = match block[map::REFUSAL] {
            0 => None,
            code => Some(Refusal::decode(code, map::REFUSAL as u16)?),
        };
        Ok(Self {
            map_version,
            identity: Identity {
                serial: wide(block, map::SERIAL),
                firmware: (major, minor, block[map::FIRMWARE_PATCH]),
                boot_id: wide(block, map::BOOT_ID),
                // A cause given out later tells nothing about safety.
                reset_cause: ResetCause::decode(block[map::RESET_CAUSE], 0)
                    .unwrap_or(ResetCause::Unknown),
            },
            uptime_ms: wide(block, map::UPTIME_MS),
            inputs: Inputs::from_bits(block[map::INPUTS]),
            inputs_raw: Inputs::from_bits(block[map::INPUTS_RAW]),
            inputs_faulted: Inputs::from_bits(block[map::INPUTS_FAULTED]),
            outputs: Outputs::from_bits(block[map::OUTPUTS]),
            arm: ArmState::decode(block[map::ARM], map::ARM as u16)?,
            mode: Mode::decode(block[map::MODE], map::MODE as u16)?,
            status: Status::from_bits(block[map::STATUS]),
            faults: Faults::from_bits(wide(block, map::FAULTS)),
            lease_remaining_ms: block[map::LEASE_REMAINING_MS],
            accepted_sequence: wide(block, map::ACCEPTED_SEQUENCE),
            refused_sequence: wide(block, map::REFUSED_SEQUENCE),
            refusal,
            configuration_crc: block[map::CONFIGURATION_CRC],
            edges_written: wide(block, map::EDGES_WRITTEN),
            counters: Counters::decode(block),
            last_vehicle_at_ms: wide(block, map::LAST_VEHICLE_AT_MS),
        })
    }

    /// The highest sequence number judged since this boot; the next command takes a higher one.
    #[must_use]
    pub fn last_sequence(&self) -> u32 {
        self.accepted_sequence.max(self.refused_sequence)
    }

    /// What became of the command with a sequence number.
    #[must_use]
    pub fn acknowledgement(&self, sequence: u32) -> Acknowledgement {
        match self.refusal {
            _ if sequence == 0 => Acknowledgement::Unknown,
            _ if self.accepted_sequence == sequence => Acknowledgement::Accepted,
            Some(refusal) if self.refused_sequence == sequence => Acknowledgement::Refused(refusal),
            Some(_) | None => Acknowledgement::Unknown,
        }
    }

    /// A command for the boot and at the time of this report.
    #[must_use]
    pub fn command(&self, sequence: u32, verb: Verb, expires_ms: u16) -> Command {
        let boot_id = self.identity.boot_id;
        Command {
            boot_id,
            sequence,
            verb,
            expires_ms,
            seen_uptime_ms: self.uptime_ms,
        }
    }

    /// A heartbeat for the boot of this report.
    #[must_use]
    pub fn lease(&self, beat: u16, lease_ms: u16) -> Lease {
        Lease {
            boot_id: self.identity.boot_id,
            beat,
            lease_ms,
        }
    }
}

impl Counters {
    fn encode(&self, block: &mut [u16; map::REPORT_LENGTH]) {
        let counts = [
            (map::VEHICLES_IN, self.vehicles_in),
            (map::VEHICLES_OUT, self.vehicles_out),
            (map::TAIL_FOLLOWING, self.tail_following),
            (map::RUN_THROUGH, self.run_through),
            (map::REVERSED_OUT, self.reversed_out),
            (map::AMBIGUOUS, self.ambiguous),
            (map::FORCED, self.forced),
            (map::REVERSALS, self.reversals),
            (map::HAND_RAISES, self.hand_raises),
            (map::COMMANDS_ACCEPTED, self.commands_accepted),
            (map::COMMANDS_REFUSED, self.commands_refused),
        ];
        for (offset, count) in counts {
            put(block, offset, count);
        }
        for (slot, &count) in self.refused_by_reason.iter().enumerate() {
            put(block, map::REFUSED_BY_REASON + 2 * slot, count);
        }
    }

    fn decode(block: &[u16; map::REPORT_LENGTH]) -> Self {
        let mut refused_by_reason = [0; Refusal::SLOTS];
        for (slot, count) in refused_by_reason.iter_mut().enumerate() {
            *count = wide(block, map::REFUSED_BY_REASON + 2 * slot);
        }
        Self {
            vehicles_in: wide(block, map::VEHICLES_IN),
            vehicles_out: wide(block, map::VEHICLES_OUT),
            tail_following: wide(block, map::TAIL_FOLLOWING),
            run_through: wide(block, map::RUN_THROUGH),
            reversed_out: wide(block, map::REVERSED_OUT),
            ambiguous: wide(block, map::AMBIGUOUS),
            forced: wide(block, map::FORCED),
            reversals: wide(block, map::REVERSALS),
            hand_raises: wide(block, map::HAND_RAISES),
            commands_accepted: wide(block, map::COMMANDS_ACCEPTED),
            commands_refused: wide(block, map::COMMANDS_REFUSED),
            refused_by_reason,
        }
    }
}

fn put(block: &mut [u16; map::REPORT_LENGTH], offset: usize, value: u32) {
    block[offset] = high(value);
    block[offset + 1] = low(value);
}
