//! Turns what the firmware says of itself into registers, and back: its line, its
//! time, its store, and a trace of what befell it. Since map version 2.
//!
//! Nothing here takes part in safety; a gateway may ignore all of it.

use crate::error::block;
use crate::map::{self, high, low, wide};
use crate::state::codes;
use crate::{DecodeError, ResetCause};

/// The diagnostics block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// Running index of the next trace entry.
    pub trace_written: u32,
    /// Requests answered.
    pub frames: u32,
    /// Silences that ended no frame.
    pub noise: u32,
    /// Requests answered with an exception.
    pub exceptions: u32,
    /// Bytes the line lost (overrun) or broke (framing, break).
    pub bytes_lost: u32,
    /// Changes of the inputs that were not judged in time.
    pub samples_lost: u32,
    /// Longest pass of the main loop since boot, us; capped.
    pub loop_max_us: u16,
    /// Bytes of stack never used since boot.
    pub stack_free_bytes: u16,
    /// Slot whose settings are in force: 0 none, 1 first, 2 second.
    pub configuration_slot: u16,
    /// Stores that slot counts.
    pub configuration_generation: u32,
    /// Source line of the last panic, 0 for none since power came on.
    pub panic_line: u16,
}

impl Diagnostics {
    /// The block as read at [`map::DIAGNOSTICS`] with one FC04.
    #[must_use]
    pub fn encode(&self) -> [u16; map::DIAGNOSTICS_LENGTH] {
        let mut block = [0; map::DIAGNOSTICS_LENGTH];
        for (at, value) in [
            (map::TRACE_WRITTEN, self.trace_written),
            (map::FRAMES, self.frames),
            (map::NOISE, self.noise),
            (map::EXCEPTIONS, self.exceptions),
            (map::BYTES_LOST, self.bytes_lost),
            (map::SAMPLES_LOST, self.samples_lost),
            (map::CONFIGURATION_GENERATION, self.configuration_generation),
        ] {
            block[at] = high(value);
            block[at + 1] = low(value);
        }
        block[map::LOOP_MAX_US] = self.loop_max_us;
        block[map::STACK_FREE_BYTES] = self.stack_free_bytes;
        block[map::CONFIGURATION_SLOT] = self.configuration_slot;
        block[map::PANIC_LINE] = self.panic_line;
        block
    }

    /// From the block as read.
    ///
    /// # Errors
    /// `Length` for a short block.
    pub fn decode(registers: &[u16]) -> Result<Self, DecodeError> {
        let block: &[u16; map::DIAGNOSTICS_LENGTH] = block(registers)?;
        Ok(Self {
            trace_written: wide(block, map::TRACE_WRITTEN),
            frames: wide(block, map::FRAMES),
            noise: wide(block, map::NOISE),
            exceptions: wide(block, map::EXCEPTIONS),
            bytes_lost: wide(block, map::BYTES_LOST),
            samples_lost: wide(block, map::SAMPLES_LOST),
            loop_max_us: block[map::LOOP_MAX_US],
            stack_free_bytes: block[map::STACK_FREE_BYTES],
            configuration_slot: block[map::CONFIGURATION_SLOT],
            configuration_generation: wide(block, map::CONFIGURATION_GENERATION),
            panic_line: block[map::PANIC_LINE],
        })
    }
}

codes! {
    /// What befell the firmware.
    TraceCode {
        /// Never written.
        Empty = 0 "empty",
        /// Started; the argument is the reset cause.
        Boot = 1 "boot",
        /// Panicked or faulted; the argument is the source line, 0 for a fault of the core.
        Panic = 2 "panic",
        /// The watchdog ran out the first time: outputs are safe, the reset follows.
        Watchdog = 3 "watchdog",
        /// The supply dipped below its threshold.
        BrownOut = 4 "brown_out",
        /// Settings were stored; the argument is the slot.
        Stored = 5 "stored",
        /// Settings could not be stored; the argument is the slot.
        StoreFailed = 6 "store_failed",
        /// A slot was damaged at start; the argument is the slot.
        SlotDamaged = 7 "slot_damaged",
        /// Changes of the inputs were not judged in time; the argument is how many.
        SamplesLost = 8 "samples_lost",
        /// A pass of the main loop took longer than 1 ms; the argument is us, capped.
        SlowPass = 9 "slow_pass",
    }
}

/// One line of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// When, ms since the boot in force then.
    pub at_ms: u32,
    /// What.
    pub code: TraceCode,
    /// By code.
    pub argument: u16,
}

impl TraceEntry {
    /// A start, with its cause.
    #[must_use]
    pub const fn boot(cause: ResetCause) -> Self {
        Self {
            at_ms: 0,
            code: TraceCode::Boot,
            argument: cause.code(),
        }
    }

    /// The registers of its slot.
    #[must_use]
    pub const fn encode(&self) -> [u16; map::TRACE_LENGTH] {
        [
            high(self.at_ms),
            low(self.at_ms),
            self.code.code(),
            self.argument,
        ]
    }

    /// From the registers of a slot.
    ///
    /// # Errors
    /// `Length` for a short slot, `UnknownValue` for a code the map does not have.
    pub fn decode(registers: &[u16]) -> Result<Self, DecodeError> {
        let slot: &[u16; map::TRACE_LENGTH] = block(registers)?;
        Ok(Self {
            at_ms: wide(slot, 0),
            code: TraceCode::decode(slot[2], map::TRACE + 2)?,
            argument: slot[3],
        })
    }
}
