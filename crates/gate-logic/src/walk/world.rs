//! A lane in which anything can happen in any order, and what is asserted after each step.

use gate_protocol::{
    ArmState, Command, Configuration, Fault, Faults, Input, Inputs, Lease, LeaseLoss, Output, Verb,
};

use crate::Controller;
use crate::bench::{BOOT_ID, check_safety, identity};
use crate::plant::Plant;

/// One step of time in the exhaustive walks.
pub(crate) const TICK_MS: u32 = 100;

/// One thing that can happen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Letter {
    Tick,
    Toggle(Input),
    Fresh(Verb),
    /// The last command once more.
    Repeated,
    /// A command that was too old when it arrived.
    Expired(Verb),
    Beat,
    /// Somebody moves the arm: down, halfway, up.
    Force(u32),
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) controller: Controller,
    pub(crate) plant: Plant,
    pub(crate) field: Inputs,
    pub(crate) now_ms: u32,
    sequence: u32,
    beat: u16,
    last: Option<Command>,
    /// Something other than time and inputs has asked for motion.
    pub(crate) asked: bool,
}

impl World {
    pub(crate) fn new(configuration: Configuration) -> Self {
        let mut world = Self {
            controller: Controller::new(configuration, identity(), 0),
            plant: Plant::new(
                configuration.raise_travel_ms,
                configuration.lower_travel_ms,
                0,
            ),
            field: Inputs::NONE.with(Input::MainsOk),
            now_ms: 0,
            sequence: 0,
            beat: 0,
            last: None,
            asked: false,
        };
        for _ in 0..30 {
            world.apply(Letter::Tick, TICK_MS);
        }
        world
    }

    fn sample(&mut self) {
        let levels = self.field.or(self.plant.limits());
        self.controller.handle_inputs(levels, self.now_ms);
    }

    fn send(&mut self, command: Command) -> bool {
        self.controller.handle_command(command, self.now_ms).is_ok()
    }

    pub(crate) fn apply(&mut self, letter: Letter, tick_ms: u32) {
        let driven = |controller: &Controller| {
            let outputs = controller.outputs();
            outputs.has(Output::ArmUp) || outputs.has(Output::ArmDown)
        };
        let still = !driven(&self.controller);
        match letter {
            Letter::Tick => {
                self.now_ms = self.now_ms.wrapping_add(tick_ms);
                self.plant.advance(self.now_ms);
                self.sample();
            }
            Letter::Toggle(input) => {
                self.field = self.field.set(input, !self.field.has(input));
                self.sample();
            }
            Letter::Fresh(verb) => {
                self.sequence += 1;
                let command = self.controller.report().command(self.sequence, verb, 500);
                self.last = Some(command);
                self.asked |= self.send(command);
            }
            Letter::Repeated => {
                if let Some(command) = self.last {
                    assert!(!self.send(command), "a command acted twice");
                    assert!(still || driven(&self.controller), "a repeated stop stopped");
                    assert!(
                        !still || !driven(&self.controller),
                        "a repeated command moved the arm"
                    );
                }
            }
            Letter::Expired(verb) => {
                self.sequence += 1;
                let seen_uptime_ms = self.now_ms.wrapping_sub(501);
                let (boot_id, sequence, expires_ms) = (BOOT_ID, self.sequence, 500);
                let command = Command {
                    boot_id,
                    sequence,
                    verb,
                    expires_ms,
                    seen_uptime_ms,
                };
                assert!(!self.send(command), "a command acted after its expiry");
                assert!(
                    !still || !driven(&self.controller),
                    "an expired command moved the arm"
                );
            }
            Letter::Beat => {
                self.beat = self.beat.wrapping_add(1);
                let lease = Lease {
                    boot_id: BOOT_ID,
                    beat: self.beat,
                    lease_ms: 400,
                };
                self.controller
                    .handle_lease(lease, self.now_ms)
                    .expect("the beat is new");
            }
            Letter::Force(position) => {
                self.plant.force_to(position);
                self.sample();
            }
        }
        self.judge();
    }

    fn judge(&mut self) {
        check_safety(&self.controller);
        let outputs = self.controller.outputs();
        let driven = outputs.has(Output::ArmUp) || outputs.has(Output::ArmDown);
        let stable = self.controller.channels.stable;
        self.asked |= stable.has(Input::FireAlarm);
        assert!(
            !driven || self.asked,
            "motion nobody asked for: {:?}",
            self.controller.report()
        );
        self.plant.drive(outputs, self.now_ms);
    }

    /// With the gateway silent and the lane left alone, the arm is in its safe
    /// state within the declared time, and no relay drives it.
    pub(crate) fn check_lease_loss(&self) {
        let mut world = self.clone();
        let configuration = *world.controller.configuration();
        world.field = Inputs::NONE.with(Input::MainsOk);
        let held = world.controller.lease.is_held();
        let waits = world.controller.halted || world.controller.latched.any(waiting_faults());
        let opened = world.controller.release.is_some() || world.controller.lower_due;
        let bound_ms = u32::from(configuration.lease_limit_ms)
            + u32::from(
                configuration
                    .gap_hold_ms
                    .max(configuration.auto_lower_delay_ms),
            )
            + u32::from(configuration.warning_ms)
            + 2 * u32::from(configuration.raise_travel_ms + configuration.travel_margin_ms)
            + u32::from(configuration.lower_travel_ms + configuration.travel_margin_ms)
            + crate::arm::COAST_MS
            + TICK_MS;
        for _ in 0..bound_ms / 20 {
            world.apply(Letter::Tick, 20);
        }
        let report = world.controller.report();
        let at_rest = match report.arm {
            ArmState::Down | ArmState::Up | ArmState::Stopped | ArmState::Unknown => true,
            ArmState::Raising | ArmState::Lowering => false,
        };
        assert!(at_rest, "still moving: {report:?}");
        let green = report.outputs.has(Output::EntryGreen) || report.outputs.has(Output::ExitGreen);
        assert!(!green, "green with nobody there: {report:?}");
        let closes = configuration.lease_loss == LeaseLoss::Close && held && opened && !waits;
        let broke = world.controller.latched.any(waiting_faults());
        // A key or mains about to be debounced takes the arm away from the gateway.
        let raw = self.controller.channels.raw;
        let taken =
            raw.has(Input::HandKey) || raw.has(Input::FireAlarm) || !raw.has(Input::MainsOk);
        let remote = self.controller.mode() == gate_protocol::Mode::Remote && !taken;
        if closes && !broke && remote {
            assert_eq!(
                report.arm,
                ArmState::Down,
                "not closed: {report:?}\nfrom {self:?}"
            );
        }
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} {:?}",
            self.controller.report(),
            self.controller.tracker
        )
    }
}

/// Faults in which the arm waits for a person.
fn waiting_faults() -> Faults {
    Faults::ARM
        .with(Fault::ObstructionLimit)
        .with(Fault::UnderArmLoopSilent)
        .with(Fault::Beam1Silent)
        .with(Fault::Beam2Silent)
}
