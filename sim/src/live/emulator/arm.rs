//! The arm on the emulated board's pins: output pins drive its mechanics, its limit switches set
//! input pins, beside what the lane's loops and beams see.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gate_logic::plant::{Condition, Plant};
use gate_protocol::{Input, Inputs, Outputs};

use super::Emulator;
use crate::live::Moment;

/// How often pins and mechanics are brought together.
const STEP: Duration = Duration::from_millis(5);
/// Travel from limit to limit.
const TRAVEL_MS: u16 = 1_500;

/// What the lane and the mechanics share.
#[derive(Debug)]
struct Shared {
    field: AtomicU16,
    /// Levels that stand against the field's: 1 << 16 and the levels, or 0.
    held: AtomicU64,
    outputs: AtomicU16,
    alive: AtomicBool,
    plant: Mutex<Plant>,
}

/// An arm with its controller on the emulated board.
#[derive(Clone)]
pub struct EmulatedGate {
    emulator: Arc<Emulator>,
    shared: Arc<Shared>,
    moment: Moment,
}

impl EmulatedGate {
    /// An arm at rest below, with mains present and nothing else on the inputs.
    #[must_use]
    pub fn at_rest() -> Inputs {
        Inputs::NONE.with(Input::ArmDownLimit).with(Input::MainsOk)
    }

    /// Joins an arm to a running emulator.
    #[must_use]
    pub fn join(emulator: Arc<Emulator>, moment: Moment) -> Self {
        let now_ms = moment.ms() as u32;
        let gate = Self {
            emulator,
            shared: Arc::new(Shared {
                field: AtomicU16::new(Inputs::NONE.with(Input::MainsOk).bits()),
                held: AtomicU64::new(0),
                outputs: AtomicU16::new(0),
                alive: AtomicBool::new(true),
                plant: Mutex::new(Plant::new(TRAVEL_MS, TRAVEL_MS, now_ms)),
            }),
            moment,
        };
        let turning = gate.clone();
        tokio::spawn(async move { turning.turn().await });
        gate
    }

    async fn turn(self) {
        let mut tick = tokio::time::interval(STEP);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // Nobody but this task holds the gate any more: the run is over.
        while Arc::strong_count(&self.shared) > 1 {
            tick.tick().await;
            if self.step().await.is_err() {
                self.shared.alive.store(false, Relaxed);
                return;
            }
        }
    }

    async fn step(&self) -> anyhow::Result<()> {
        let outputs = self.emulator.outputs().await?;
        self.shared.outputs.store(outputs.bits(), Relaxed);
        let limits = {
            let mut plant = self.plant();
            plant.drive(outputs, self.moment.ms() as u32);
            plant.limits()
        };
        let wired = self.field().or(limits);
        if wired == self.emulator.inputs().await {
            return Ok(());
        }
        self.emulator.set(wired).await
    }

    fn plant(&self) -> std::sync::MutexGuard<'_, Plant> {
        self.shared
            .plant
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What is on the inputs but for the limit switches.
    #[must_use]
    pub fn field(&self) -> Inputs {
        let held = self.shared.held.load(Relaxed);
        if held == 0 {
            Inputs::from_bits(self.shared.field.load(Relaxed))
        } else {
            Inputs::from_bits((held & 0xFFFF) as u16)
        }
    }

    /// Holds the inputs against whatever the lane says, as a truck that has stopped does; `None`
    /// lets go.
    pub fn hold_field(&self, field: Option<Inputs>) {
        let held = field.map_or(0, |field| 1 << 16 | u64::from(field.bits()));
        self.shared.held.store(held, Relaxed);
    }

    /// Sets what is on the inputs but for the limit switches, within 5 ms.
    pub fn set_field(&self, field: Inputs) {
        self.shared.field.store(field.bits(), Relaxed);
    }

    /// What the output pins drive, as of the last 5 ms.
    #[must_use]
    pub fn outputs(&self) -> Outputs {
        Outputs::from_bits(self.shared.outputs.load(Relaxed))
    }

    /// The arm stands at its upper limit.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.plant().limits().has(Input::ArmUpLimit)
    }

    /// The arm stands at its lower limit.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.plant().limits().has(Input::ArmDownLimit)
    }

    /// Breaks or repairs the arm.
    pub fn set_condition(&self, condition: Condition) {
        self.plant().set_condition(condition);
    }

    /// False once the emulator has ended.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.shared.alive.load(Relaxed)
    }

    /// The board.
    #[must_use]
    pub fn emulator(&self) -> &Arc<Emulator> {
        &self.emulator
    }
}
