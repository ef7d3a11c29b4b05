//! Turns register requests of the line into the controller's verbs and the firmware's own
//! diagnostics. A refused command is answered as written: the report tells.

use gate_logic::Controller;
use gate_modbus::{Exception, Registers};
use gate_protocol::{Configuration, DecodeError, Diagnostics, map};

use crate::kept::Kept;

/// The registers for one request.
pub(crate) struct Bank<'a> {
    pub(crate) controller: &'a mut Controller,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) kept: &'a Kept,
    pub(crate) now_ms: u32,
    /// Settings accepted by this request, to be stored.
    pub(crate) accepted: Option<Configuration>,
}

impl Registers for Bank<'_> {
    fn read_input(&mut self, address: u16, registers: &mut [u16]) -> Result<(), Exception> {
        if address < map::DIAGNOSTICS {
            return Ok(self.controller.read_input_registers(address, registers)?);
        }
        let block = self.diagnostics.encode();
        for (register, at) in registers.iter_mut().zip(usize::from(address)..) {
            let value = match at.checked_sub(usize::from(map::TRACE)) {
                Some(offset) => self.kept.trace_register(offset),
                None => block.get(at - usize::from(map::DIAGNOSTICS)).copied(),
            };
            *register = value.ok_or(Exception::IllegalAddress)?;
        }
        Ok(())
    }

    fn read_holding(&mut self, address: u16, registers: &mut [u16]) -> Result<(), Exception> {
        Ok(self.controller.read_holding_registers(address, registers)?)
    }

    fn write(&mut self, address: u16, registers: &[u16]) -> Result<(), Exception> {
        let verdict: Result<_, DecodeError> =
            self.controller
                .write_registers(address, registers, self.now_ms);
        if verdict? == Ok(()) && address == map::CONFIGURATION {
            self.accepted = Some(*self.controller.configuration());
        }
        Ok(())
    }
}
