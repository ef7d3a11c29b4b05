//! Why registers could not be read as a typed value. One error for the whole
//! map: every case names the register at fault, so a log line is enough to find it.

use core::fmt;

/// Registers that are not what the map says. Small and `Copy`: firmware counts it, the gateway logs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// A block needs `needed` registers and `got` were there.
    Length {
        /// Registers the block has.
        needed: u16,
        /// Registers received.
        got: u16,
    },
    /// The first two registers are not the magic of a gate controller.
    NotAGateController {
        /// The two registers as one word.
        magic: u32,
    },
    /// A map version this code cannot read (0: the device has not started).
    MapVersion {
        /// Version read.
        version: u16,
    },
    /// A code no variant stands for.
    UnknownValue {
        /// Register address within its space.
        address: u16,
        /// Value read.
        value: u16,
    },
    /// A setting outside the range the controller accepts.
    OutOfRange {
        /// Holding register address.
        address: u16,
        /// Value read.
        value: u16,
    },
    /// A write that does not start and end with a writable block.
    NotABlock {
        /// First holding register of the write.
        address: u16,
        /// Number of registers.
        length: u16,
    },
    /// The ring slot holds a younger edge than the one asked for.
    Overwritten {
        /// Running index asked for.
        index: u32,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Length { needed, got } => {
                write!(f, "block of {needed} registers came as {got}")
            }
            Self::NotAGateController { magic } => {
                write!(f, "magic {magic:#010x} is not a gate controller's")
            }
            Self::MapVersion { version } => write!(f, "map version {version} cannot be read"),
            Self::UnknownValue { address, value } => {
                write!(f, "register {address} holds unknown code {value}")
            }
            Self::OutOfRange { address, value } => {
                write!(f, "setting {value} at register {address} is out of range")
            }
            Self::NotABlock { address, length } => {
                write!(
                    f,
                    "{length} registers at {address} are not one writable block"
                )
            }
            Self::Overwritten { index } => write!(f, "edge {index} has been overwritten"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// The fixed-size view of a block that every decoder starts from.
pub(crate) fn block<const N: usize>(registers: &[u16]) -> Result<&[u16; N], DecodeError> {
    registers.first_chunk().ok_or(DecodeError::Length {
        needed: u16::try_from(N).unwrap_or(u16::MAX),
        got: u16::try_from(registers.len()).unwrap_or(u16::MAX),
    })
}
