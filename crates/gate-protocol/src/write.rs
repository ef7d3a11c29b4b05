//! Tells which block a register write is, so that firmware and simulator
//! accept exactly the same writes: one whole block, never a part of one.

use crate::map;
use crate::{Command, Configuration, DecodeError, Lease};

/// One write of holding registers (FC16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// A command.
    Command(Command),
    /// A heartbeat.
    Lease(Lease),
    /// New settings.
    Configuration(Configuration),
}

impl Write {
    /// From the first address and the registers of the request.
    ///
    /// # Errors
    /// `NotABlock` when address and length are not those of one writable block
    /// (Modbus exception 02); otherwise the error of the block (exception 03).
    pub fn decode(address: u16, registers: &[u16]) -> Result<Self, DecodeError> {
        match (address, registers.len()) {
            (map::COMMAND, map::COMMAND_LENGTH) => Command::decode(registers).map(Self::Command),
            (map::LEASE, map::LEASE_LENGTH) => Lease::decode(registers).map(Self::Lease),
            (map::CONFIGURATION, map::CONFIGURATION_LENGTH) => {
                Configuration::decode(registers).map(Self::Configuration)
            }
            (address, length) => Err(DecodeError::NotABlock {
                address,
                length: u16::try_from(length).unwrap_or(u16::MAX),
            }),
        }
    }
}
