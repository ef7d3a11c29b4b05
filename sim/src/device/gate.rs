//! A gate controller with its barrier: field inputs in, register blocks out. The controller is
//! the same code as in the firmware; only the mechanics of the arm are simulated.

use gate_logic::Controller;
use gate_logic::plant::{Condition, Plant};
use gate_protocol::{
    Configuration, DecodeError, Identity, Input, Inputs, Refusal, Report, ResetCause, map,
};

/// One controller, its arm, and the wires between them.
#[derive(Debug, Clone)]
pub struct Gate {
    controller: Controller,
    plant: Plant,
    boots: u32,
    serial: u32,
    booted_ms: u64,
    wired: Inputs,
}

impl Gate {
    /// A controller that powers up at `now_ms`, its arm at rest below.
    #[must_use]
    pub fn power_up(serial: u32, now_ms: u64) -> Self {
        let configuration = Configuration::default();
        Self {
            controller: Controller::new(configuration, identity(serial, 1), 0),
            plant: Plant::new(
                configuration.raise_travel_ms.min(1_500),
                configuration.lower_travel_ms.min(1_500),
                0,
            ),
            boots: 1,
            serial,
            booted_ms: now_ms,
            wired: Inputs::NONE,
        }
    }

    /// Power goes and comes back: a new boot, the arm stays where it is.
    pub fn restart(&mut self, now_ms: u64) {
        self.boots += 1;
        self.booted_ms = now_ms;
        let position = self.plant.position();
        let configuration = *self.controller.configuration();
        self.controller = Controller::new(configuration, identity(self.serial, self.boots), 0);
        self.plant = Plant::new(1_500, 1_500, 0);
        self.plant.force_to(position);
        self.wired = Inputs::NONE;
    }

    fn uptime(&self, now_ms: u64) -> u32 {
        // The controller's clock wraps after 49.7 days, as on the wire.
        now_ms.wrapping_sub(self.booted_ms) as u32
    }

    /// Lets time pass with `field` (loops and beams) as the lane's sensors are now.
    pub fn step(&mut self, field: Inputs, now_ms: u64) {
        let uptime_ms = self.uptime(now_ms);
        self.plant.advance(uptime_ms);
        let wired = field.or(self.plant.limits()).with(Input::MainsOk);
        let wake_in = self.controller.poll_timeout().wrapping_sub(uptime_ms);
        let is_due = wake_in == 0 || wake_in > u32::MAX / 2;
        if wired != self.wired || is_due {
            self.wired = wired;
            self.controller.handle_inputs(wired, uptime_ms);
            self.plant.drive(self.controller.outputs(), uptime_ms);
        }
    }

    /// Whether the arm is moving or about to.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.plant.poll_timeout().is_some()
    }

    /// The arm stands at its upper limit.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.plant.limits().has(Input::ArmUpLimit)
    }

    /// The arm stands at its lower limit.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.plant.limits().has(Input::ArmDownLimit)
    }

    /// Breaks or repairs the arm.
    pub fn set_condition(&mut self, condition: Condition) {
        self.plant.set_condition(condition);
    }

    /// Answers a read of input registers. There is no firmware: its diagnostics are all zero, its
    /// trace is empty.
    ///
    /// # Errors
    /// As the controller: registers outside the map.
    pub fn read(&self, address: u16, registers: &mut [u16]) -> Result<(), DecodeError> {
        let block = |start: u16, length: usize| {
            let end = usize::from(start) + length;
            address >= start && usize::from(address) + registers.len() <= end
        };
        let trace = map::TRACE_ENTRIES as usize * map::TRACE_LENGTH;
        if block(map::DIAGNOSTICS, map::DIAGNOSTICS_LENGTH) || block(map::TRACE, trace) {
            registers.fill(0);
            return Ok(());
        }
        self.controller.read_input_registers(address, registers)
    }

    /// Answers a read of holding registers: the configuration.
    ///
    /// # Errors
    /// As the controller: registers outside the configuration.
    pub fn read_holding(&self, address: u16, registers: &mut [u16]) -> Result<(), DecodeError> {
        self.controller.read_holding_registers(address, registers)
    }

    /// Takes a write of holding registers and drives the arm accordingly.
    ///
    /// # Errors
    /// As the controller: registers that are no block of the map.
    pub fn write(
        &mut self,
        address: u16,
        registers: &[u16],
        now_ms: u64,
    ) -> Result<Result<(), Refusal>, DecodeError> {
        let uptime_ms = self.uptime(now_ms);
        self.plant.advance(uptime_ms);
        let verdict = self
            .controller
            .write_registers(address, registers, uptime_ms);
        self.plant.drive(self.controller.outputs(), uptime_ms);
        verdict
    }

    /// The report as a master reads it, with the registers it came in.
    ///
    /// # Errors
    /// As [`Report::decode`].
    pub fn report(&self) -> Result<(Report, [u16; map::REPORT_LENGTH]), DecodeError> {
        let mut registers = [0; map::REPORT_LENGTH];
        self.read(map::REPORT, &mut registers)?;
        Ok((Report::decode(&registers)?, registers))
    }
}

fn identity(serial: u32, boots: u32) -> Identity {
    Identity {
        serial,
        firmware: (1, 0, 0),
        boot_id: serial.wrapping_mul(1_000).wrapping_add(boots).max(1),
        reset_cause: ResetCause::PowerOn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gate_protocol::{Side, Verb};

    #[test]
    fn a_raise_through_the_registers_opens_and_a_passing_vehicle_closes() {
        let mut gate = Gate::power_up(7, 0);
        let mut now_ms = 0;
        let mut run = |gate: &mut Gate, field: Inputs, until_ms: u64| {
            while now_ms < until_ms {
                now_ms += 50;
                if now_ms % 400 == 0 {
                    let (report, _) = gate.report().expect("own map");
                    let lease = report.lease((now_ms / 400) as u16, 1_000);
                    let taken = gate.write(map::LEASE, &lease.encode(), now_ms);
                    assert_eq!(taken, Ok(Ok(())));
                }
                gate.step(field, now_ms);
            }
            now_ms
        };
        let standing = Inputs::NONE.with(Input::ApproachLoop);
        let now = run(&mut gate, standing, 4_000);
        assert!(gate.is_closed());
        let (report, _) = gate.report().expect("own map");
        let raise = report.command(1, Verb::Raise { from: Side::Entry }, 500);
        let taken = gate.write(map::COMMAND, &raise.encode(), now);
        assert_eq!(taken, Ok(Ok(())));
        run(&mut gate, standing, 7_000);
        assert!(gate.is_open());
        let under = Inputs::ZONE;
        run(&mut gate, standing.or(under), 9_000);
        run(&mut gate, under.with(Input::ExitLoop), 11_000);
        run(&mut gate, Inputs::NONE.with(Input::ExitLoop), 12_000);
        run(&mut gate, Inputs::NONE, 20_000);
        assert!(gate.is_closed());
        let (report, _) = gate.report().expect("own map");
        assert_eq!(
            (report.counters.vehicles_in, report.counters.run_through),
            (1, 0)
        );
    }
}
