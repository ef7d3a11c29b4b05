//! Turns what the gateway wants into the command and lease blocks, and back.

use crate::error::block;
use crate::map::{self, high, low, wide};
use crate::{DecodeError, state::codes};

codes! {
    /// A side of the arm.
    Side {
        /// The side of the approach loop.
        Entry = 0 "entry",
        /// The side of the exit loop.
        Exit = 1 "exit",
    }
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Entry => Self::Exit,
            Self::Exit => Self::Entry,
        }
    }
}

codes! {
    /// What a signal head is told. Green cannot be commanded: it follows an arm up under a release.
    Light {
        /// Follow the arm and the release.
        Follow = 0 "follow",
        /// Red, whatever the arm does.
        Red = 1 "red",
    }
}

/// What a command asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Raise for one vehicle coming from a side.
    Raise {
        /// Side the released vehicle stands on.
        from: Side,
    },
    /// Lower now; refused while the arm line is not clear.
    Lower,
    /// Stop all motion; nothing moves until a new raise or lower.
    Stop,
    /// Take back the release; the arm comes down as soon as it is safe.
    Withdraw,
    /// Hold signal heads at red, or let them follow the arm.
    Lights {
        /// Head facing the entry side.
        entry: Light,
        /// Head facing the exit side.
        exit: Light,
    },
    /// Sound the siren for a time; 0 ends it.
    Siren {
        /// Milliseconds.
        on_ms: u16,
    },
    /// Strobe the driver display for a time; 0 ends it.
    Strobe {
        /// Milliseconds.
        on_ms: u16,
    },
    /// Acknowledge latched faults.
    Acknowledge,
}

impl Verb {
    /// Names of the opcodes, for the register map.
    pub const OPCODES: &'static [(u16, &'static str, &'static str)] = &[
        (1, "raise", "side of the released vehicle: 0 entry, 1 exit"),
        (2, "lower", "0"),
        (3, "stop", "0"),
        (4, "withdraw", "0"),
        (5, "lights", "bit 0 entry head red, bit 8 exit head red"),
        (6, "siren", "ms on, 0 ends it"),
        (7, "strobe", "ms on, 0 ends it"),
        (8, "acknowledge", "0"),
    ];

    /// Opcode and argument.
    #[must_use]
    pub const fn encode(self) -> (u16, u16) {
        match self {
            Self::Raise { from } => (1, from.code()),
            Self::Lower => (2, 0),
            Self::Stop => (3, 0),
            Self::Withdraw => (4, 0),
            Self::Lights { entry, exit } => (5, entry.code() | exit.code() << 8),
            Self::Siren { on_ms } => (6, on_ms),
            Self::Strobe { on_ms } => (7, on_ms),
            Self::Acknowledge => (8, 0),
        }
    }

    /// From opcode and argument. An argument where none belongs is refused:
    /// whoever sent it meant something else.
    ///
    /// # Errors
    /// `UnknownValue` naming the register at fault.
    pub fn decode(opcode: u16, argument: u16) -> Result<Self, DecodeError> {
        let address = map::COMMAND + map::COMMAND_ARGUMENT as u16;
        let verb = match opcode {
            1 => Self::Raise {
                from: Side::decode(argument, address)?,
            },
            2 => Self::Lower,
            3 => Self::Stop,
            4 => Self::Withdraw,
            5 => Self::Lights {
                entry: Light::decode(argument & 0xFF, address)?,
                exit: Light::decode(argument >> 8, address)?,
            },
            6 => Self::Siren { on_ms: argument },
            7 => Self::Strobe { on_ms: argument },
            8 => Self::Acknowledge,
            value => {
                let address = map::COMMAND + map::COMMAND_OPCODE as u16;
                return Err(DecodeError::UnknownValue { address, value });
            }
        };
        if verb.encode().1 == argument {
            Ok(verb)
        } else {
            Err(DecodeError::UnknownValue {
                address,
                value: argument,
            })
        }
    }
}

/// One command. It acts at most once, and only while it is fresh.
///
/// Age is judged in the controller's own clock: `seen_uptime_ms` is the uptime
/// the gateway read last, so time spent in any queue, converter or retry on the
/// way counts, which an age counted from receipt would not see.
/// [`crate::Report::command`] fills in both fields that come from the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Command {
    /// Boot the command is meant for; a sequence number cannot be replayed across a reset.
    pub boot_id: u32,
    /// Strictly greater than any the controller has judged since that boot.
    pub sequence: u32,
    /// What is asked for.
    pub verb: Verb,
    /// Milliseconds after `seen_uptime_ms` at which the command is void.
    pub expires_ms: u16,
    /// Controller uptime in the report the gateway acted on, ms.
    pub seen_uptime_ms: u32,
}

impl Command {
    /// The block to write at [`map::COMMAND`] with one FC16.
    #[must_use]
    pub const fn encode(&self) -> [u16; map::COMMAND_LENGTH] {
        let (opcode, argument) = self.verb.encode();
        let mut block = [0; map::COMMAND_LENGTH];
        block[map::COMMAND_BOOT_ID] = high(self.boot_id);
        block[map::COMMAND_BOOT_ID + 1] = low(self.boot_id);
        block[map::COMMAND_SEQUENCE] = high(self.sequence);
        block[map::COMMAND_SEQUENCE + 1] = low(self.sequence);
        block[map::COMMAND_OPCODE] = opcode;
        block[map::COMMAND_ARGUMENT] = argument;
        block[map::COMMAND_EXPIRES_MS] = self.expires_ms;
        block[map::COMMAND_SEEN_UPTIME_MS] = high(self.seen_uptime_ms);
        block[map::COMMAND_SEEN_UPTIME_MS + 1] = low(self.seen_uptime_ms);
        block
    }

    /// From the block as written.
    ///
    /// # Errors
    /// `Length` for a short block, `UnknownValue` for an unknown opcode or argument.
    pub fn decode(registers: &[u16]) -> Result<Self, DecodeError> {
        let block: &[u16; map::COMMAND_LENGTH] = block(registers)?;
        Ok(Self {
            boot_id: wide(block, map::COMMAND_BOOT_ID),
            sequence: wide(block, map::COMMAND_SEQUENCE),
            verb: Verb::decode(block[map::COMMAND_OPCODE], block[map::COMMAND_ARGUMENT])?,
            expires_ms: block[map::COMMAND_EXPIRES_MS],
            seen_uptime_ms: wide(block, map::COMMAND_SEEN_UPTIME_MS),
        })
    }
}

/// A heartbeat: the gateway is alive and answers for the lane for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Boot the lease is meant for.
    pub boot_id: u32,
    /// Any value but the one before: a frame repeated by a hung device is not a heartbeat.
    pub beat: u16,
    /// Milliseconds the lease lasts from receipt, capped by the configuration; 0 gives it up.
    pub lease_ms: u16,
}

impl Lease {
    /// The block to write at [`map::LEASE`] with one FC16.
    #[must_use]
    pub const fn encode(&self) -> [u16; map::LEASE_LENGTH] {
        [
            high(self.boot_id),
            low(self.boot_id),
            self.beat,
            self.lease_ms,
        ]
    }

    /// From the block as written.
    ///
    /// # Errors
    /// `Length` for a short block.
    pub fn decode(registers: &[u16]) -> Result<Self, DecodeError> {
        let block: &[u16; map::LEASE_LENGTH] = block(registers)?;
        Ok(Self {
            boot_id: wide(block, 0),
            beat: block[2],
            lease_ms: block[3],
        })
    }
}
