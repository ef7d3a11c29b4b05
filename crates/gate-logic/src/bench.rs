//! A lane on a bench: the controller, an arm, and trucks that drive over loops,
//! in steps of a chosen length, with the safety properties checked at every step.

use gate_protocol::{
    ArmState, Command, Configuration, Identity, Input, Inputs, Lease, Output, Outputs, Refusal,
    Report, ResetCause, Side, Verb,
};

use crate::Controller;
use crate::plant::{Condition, Plant};

pub(crate) const BOOT_ID: u32 = 0x00C0_FFEE;

pub(crate) fn identity() -> Identity {
    Identity {
        serial: 4_711,
        firmware: (1, 2, 3),
        boot_id: BOOT_ID,
        reset_cause: ResetCause::PowerOn,
    }
}

/// What must hold whatever happened. Judged from the published report alone.
pub(crate) fn check_safety(controller: &Controller) {
    let report = controller.report();
    let outputs = report.outputs;
    let context = || format!("{report:?}");
    assert!(
        !(outputs.has(Output::ArmUp) && outputs.has(Output::ArmDown)),
        "{}",
        context()
    );
    if outputs.has(Output::ArmStop) {
        assert!(
            !outputs.has(Output::ArmUp) && !outputs.has(Output::ArmDown),
            "{}",
            context()
        );
    }
    if outputs.has(Output::ArmDown) {
        let seen = report
            .inputs
            .or(report.inputs_raw)
            .or(report.inputs_faulted);
        assert!(
            !seen.any(Inputs::ZONE),
            "lowering onto the zone: {}",
            context()
        );
        assert!(report.inputs.has(Input::MainsOk), "{}", context());
        assert!(!report.inputs.has(Input::HandKey), "{}", context());
        let fire_opens = controller.configuration().fire_opens;
        assert!(
            !(fire_opens && report.inputs.has(Input::FireAlarm)),
            "{}",
            context()
        );
        assert!(!report.inputs.has(Input::ArmDownLimit), "{}", context());
    }
    if outputs.has(Output::ArmUp) {
        assert!(report.inputs.has(Input::MainsOk), "{}", context());
        assert!(!report.inputs.has(Input::HandKey), "{}", context());
    }
    for (red, green) in [
        (Output::EntryRed, Output::EntryGreen),
        (Output::ExitRed, Output::ExitGreen),
    ] {
        assert_ne!(outputs.has(red), outputs.has(green), "{}", context());
        assert!(
            !outputs.has(green) || report.arm == ArmState::Up,
            "{}",
            context()
        );
        assert!(
            !outputs.has(green) || controller.release.is_some(),
            "{}",
            context()
        );
    }
}

/// A vehicle from the entry side. Places are mm along the lane, growing towards the exit.
pub(crate) struct Truck {
    pub(crate) front_mm: i32,
    /// Rigid units, as lengths behind the front.
    pub(crate) units_mm: &'static [(i32, i32)],
}

pub(crate) const CAR: &[(i32, i32)] = &[(0, 4_500)];
pub(crate) const LORRY: &[(i32, i32)] = &[(0, 12_000)];
/// Drawn by a bar no loop or beam sees.
pub(crate) const ROAD_TRAIN: &[(i32, i32)] = &[(0, 7_000), (9_000, 17_000)];

impl Truck {
    pub(crate) fn covers(&self, from_mm: i32, to_mm: i32) -> bool {
        self.units_mm.iter().any(|(nose_mm, tail_mm)| {
            self.front_mm - tail_mm < to_mm && self.front_mm - nose_mm > from_mm
        })
    }
}

/// Places of the sensors.
pub(crate) const SENSORS: [(Input, i32, i32); 5] = [
    (Input::ApproachLoop, 0, 2_000),
    (Input::UnderArmLoop, 4_000, 6_000),
    (Input::Beam1, 4_800, 4_810),
    (Input::Beam2, 5_200, 5_210),
    (Input::ExitLoop, 8_000, 10_000),
];
/// Front of a truck waiting at the closed arm.
pub(crate) const WAITING_MM: i32 = 3_000;
/// Front of a truck that has left.
pub(crate) const GONE_MM: i32 = 40_000;

pub(crate) struct Bench {
    pub(crate) controller: Controller,
    pub(crate) plant: Plant,
    pub(crate) trucks: Vec<Truck>,
    /// Levels set by hand, on top of what the trucks cover.
    pub(crate) field: Inputs,
    pub(crate) now_ms: u32,
    pub(crate) sequence: u32,
    pub(crate) gateway_alive: bool,
    /// Every change of the relays, with its time.
    pub(crate) trace: Vec<(u32, Outputs)>,
    /// Sensors that never report.
    pub(crate) dead: Inputs,
    beat: u16,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Configuration::default())
    }

    pub(crate) fn with(configuration: Configuration) -> Self {
        Self::at(configuration, 0)
    }

    pub(crate) fn at(configuration: Configuration, now_ms: u32) -> Self {
        let mut bench = Self::cold(configuration, now_ms);
        bench.run(3_000);
        assert_eq!(bench.report().arm, ArmState::Down);
        bench
    }

    /// Before the first sample.
    pub(crate) fn cold(configuration: Configuration, now_ms: u32) -> Self {
        Self {
            controller: Controller::new(configuration, identity(), now_ms),
            plant: Plant::new(
                configuration.raise_travel_ms,
                configuration.lower_travel_ms,
                now_ms,
            ),
            trucks: Vec::new(),
            field: Inputs::NONE.with(Input::MainsOk),
            now_ms,
            sequence: 0,
            gateway_alive: true,
            trace: Vec::new(),
            dead: Inputs::NONE,
            beat: 0,
        }
    }

    pub(crate) fn report(&self) -> Report {
        self.controller.report()
    }

    pub(crate) fn has(&self, output: Output) -> bool {
        self.controller.outputs().has(output)
    }

    pub(crate) fn levels(&self) -> Inputs {
        let covered = SENSORS
            .iter()
            .fold(self.field, |levels, &(input, from_mm, to_mm)| {
                let on = self.trucks.iter().any(|truck| truck.covers(from_mm, to_mm));
                levels.set(input, levels.has(input) || on)
            });
        covered.or(self.plant.limits()).without_all(self.dead)
    }

    /// One sample at the present time.
    pub(crate) fn sample(&mut self) {
        if self.gateway_alive && self.report().lease_remaining_ms < 500 {
            self.beat = self.beat.wrapping_add(1);
            let lease = Lease {
                boot_id: BOOT_ID,
                beat: self.beat,
                lease_ms: 1_000,
            };
            self.controller
                .handle_lease(lease, self.now_ms)
                .expect("the beat is new");
        }
        self.controller.handle_inputs(self.levels(), self.now_ms);
        self.drive();
    }

    fn drive(&mut self) {
        check_safety(&self.controller);
        let outputs = self.controller.outputs();
        self.plant.drive(outputs, self.now_ms);
        if self.trace.last().map(|&(_, last)| last) != Some(outputs) {
            self.trace.push((self.now_ms, outputs));
        }
    }

    pub(crate) fn step(&mut self, step_ms: u32) {
        self.now_ms = self.now_ms.wrapping_add(step_ms);
        self.plant.advance(self.now_ms);
        self.sample();
    }

    pub(crate) fn run(&mut self, duration_ms: u32) {
        for _ in 0..duration_ms / 5 {
            self.step(5);
        }
    }

    pub(crate) fn set(&mut self, input: Input, level: bool) {
        self.field = self.field.set(input, level);
        self.sample();
    }

    pub(crate) fn break_arm(&mut self, condition: Condition) {
        self.plant.set_condition(condition);
    }

    pub(crate) fn fresh(&mut self, verb: Verb) -> Command {
        self.sequence += 1;
        self.report().command(self.sequence, verb, 500)
    }

    pub(crate) fn command(&mut self, verb: Verb) -> Result<(), Refusal> {
        let command = self.fresh(verb);
        let verdict = self.controller.handle_command(command, self.now_ms);
        self.drive();
        verdict
    }

    pub(crate) fn raise(&mut self) {
        self.command(Verb::Raise { from: Side::Entry })
            .expect("nothing stands against it");
    }

    /// Raises and waits for the arm.
    pub(crate) fn open(&mut self) {
        self.raise();
        self.run(3_200);
        assert_eq!(self.report().arm, ArmState::Up);
    }

    /// Puts a truck on the lane; returns its place among the trucks.
    pub(crate) fn arrive(&mut self, units_mm: &'static [(i32, i32)], front_mm: i32) -> usize {
        self.trucks.push(Truck { front_mm, units_mm });
        self.run(200);
        self.trucks.len() - 1
    }

    /// Drives a truck to a place at a speed in mm/ms (= m/s), forwards or backwards.
    pub(crate) fn drive_to(&mut self, truck: usize, to_mm: i32, speed_mm_per_ms: i32) {
        let from_mm = self.trucks[truck].front_mm;
        let way_mm = speed_mm_per_ms * 5 * (to_mm - from_mm).signum();
        for _ in 0..(to_mm - from_mm).abs() / (speed_mm_per_ms * 5) {
            self.trucks[truck].front_mm += way_mm;
            self.step(5);
        }
    }

    /// What the relays did between the first and last change on record.
    pub(crate) fn ever(&self, output: Output) -> bool {
        self.trace.iter().any(|(_, outputs)| outputs.has(output))
    }
}
