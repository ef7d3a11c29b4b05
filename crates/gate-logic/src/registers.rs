//! Turns register reads and writes into the controller's verbs, so that
//! firmware and simulator answer a Modbus master alike. It refuses to know
//! frames, addresses on the line, and function codes.

use gate_protocol::{DecodeError, Refusal, Write, map};

use crate::Controller;

impl Controller {
    /// Fills `registers` from input registers starting at `address` (FC04).
    ///
    /// # Errors
    /// `NotABlock` when a register is outside the report and the ring (exception 02).
    pub fn read_input_registers(
        &self,
        address: u16,
        registers: &mut [u16],
    ) -> Result<(), DecodeError> {
        let report = self.report().encode();
        let refusal = not_a_block(address, registers.len());
        for (register, at) in registers.iter_mut().zip(usize::from(address)..) {
            let value = match at.checked_sub(usize::from(map::RING)) {
                Some(offset) => self.ring.register(offset),
                None => report.get(at).copied(),
            };
            *register = value.ok_or(refusal)?;
        }
        Ok(())
    }

    /// Fills `registers` from holding registers starting at `address` (FC03):
    /// the configuration. Commands and leases are written, not read.
    ///
    /// # Errors
    /// `NotABlock` when a register is outside the configuration (exception 02).
    pub fn read_holding_registers(
        &self,
        address: u16,
        registers: &mut [u16],
    ) -> Result<(), DecodeError> {
        let block = self.configuration.encode();
        let refusal = not_a_block(address, registers.len());
        let start = address.checked_sub(map::CONFIGURATION).ok_or(refusal)?;
        for (register, offset) in registers.iter_mut().zip(usize::from(start)..) {
            *register = block.get(offset).copied().ok_or(refusal)?;
        }
        Ok(())
    }

    /// Takes a write of holding registers (FC16). The inner result is the verdict;
    /// on the line a refused write is answered as written, and the report tells.
    ///
    /// # Errors
    /// Why the registers are no block of the map; counted as malformed
    /// (exception 02 for `NotABlock`, else 03).
    pub fn write_registers(
        &mut self,
        address: u16,
        registers: &[u16],
        now_ms: u32,
    ) -> Result<Result<(), Refusal>, DecodeError> {
        let write = Write::decode(address, registers)
            .inspect_err(|&error| self.handle_malformed(error, now_ms))?;
        Ok(match write {
            Write::Command(command) => self.handle_command(command, now_ms),
            Write::Lease(lease) => self.handle_lease(lease, now_ms),
            Write::Configuration(configuration) => self.handle_configuration(configuration, now_ms),
        })
    }
}

fn not_a_block(address: u16, length: usize) -> DecodeError {
    DecodeError::NotABlock {
        address,
        length: u16::try_from(length).unwrap_or(u16::MAX),
    }
}
