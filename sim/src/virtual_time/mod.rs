//! The premises in virtual time: one loop over an agenda, the pure core inside, every reading
//! and every command through its real bytes and registers. No clock, thread, file or socket;
//! the same scenario gives the same run.

mod acts;
mod agenda;
mod bay;
mod clerk;
pub(crate) mod desk;
mod lines;
mod outcome;
mod premises;
mod recorder;
pub(crate) mod site;
mod trace;
mod watch;

#[cfg(test)]
mod tests;

pub use outcome::{Outcome, WrongHold, WrongRelease};

use crate::device::fault::{FaultPlan, NamedFault};
use crate::world::{World, WorldConfig};

/// What is run.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The world.
    pub world: WorldConfig,
    /// Faults.
    pub faults: FaultPlan,
    /// The inspection bay lies behind the arm.
    pub bay_beyond_arm: bool,
    /// How many of the first records are kept in the outcome.
    pub keep_records: usize,
}

impl Scenario {
    /// The default world of `seed` with healthy devices.
    #[must_use]
    pub fn new(seed: u64, passages: usize) -> Self {
        Self {
            world: WorldConfig::new(seed, passages),
            faults: FaultPlan::none(),
            bay_beyond_arm: true,
            keep_records: 0,
        }
    }

    /// The same with `faults` taking turns: each holds for twenty minutes, then all is well for
    /// twenty, over the whole span of arrivals and the hours after it.
    #[must_use]
    pub fn with_faults(mut self, faults: &[NamedFault]) -> Self {
        const HOLD_MS: u64 = 20 * 60_000;
        // At the quietest a lane sees an arrival every five minutes of its peak minute.
        let span_ms = 3_600_000 + self.world.passages as u64 * 300_000;
        self.faults = FaultPlan::rotating(faults, HOLD_MS, span_ms);
        self
    }
}

/// Runs `scenario` to its end.
#[must_use]
pub fn run(scenario: Scenario) -> Outcome {
    let world = World::generate(scenario.world.clone());
    premises::Premises::new(world, scenario).run()
}
