//! A seed → a premises with its rows and its day of trucks. Pure: the same configuration gives
//! the same world, byte for byte.

pub mod cause;
pub mod draw;
pub mod truck;

mod arrivals;
mod fleet;
mod load;
mod policy;
mod stage;

#[cfg(test)]
mod tests;

use domain::gate_pass::Direction;
use domain::id::{GateAddress, GateId, LaneId, PremisesId, RegionId};
use domain::ledger_row::Row;
use domain::policy::Policy;
use domain::position::GeoPoint;
use domain::recordation::{PremisesRecord, Standing};
use domain::time::{Timestamp, Window};

use crate::truth::Reference;
use cause::ExceptionCause;
use truck::Truck;

/// A lane of the premises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanePlan {
    /// Name.
    pub id: LaneId,
    /// Way.
    pub direction: Direction,
}

/// What a world is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldConfig {
    /// Seed.
    pub seed: u64,
    /// Arrivals to make.
    pub passages: usize,
    /// Lanes; at least one for entry.
    pub lanes: Vec<LanePlan>,
    /// Share of arrivals with something staged, thousandths.
    pub exception_permille: u32,
    /// Causes to stage from; those that the lanes cannot show are left out.
    pub causes: Vec<ExceptionCause>,
    /// Arrivals at each entry lane in the busiest hour.
    pub peak_per_hour: u32,
    /// When the world begins.
    pub start: Timestamp,
}

impl WorldConfig {
    /// The default premises: one entry and one exit lane, 5 % exceptions of every cause, at
    /// most 60 arrivals an hour, from 2026-03-02 06:00 in Shenzhen.
    #[must_use]
    pub fn new(seed: u64, passages: usize) -> Self {
        Self {
            seed,
            passages,
            lanes: lanes(2),
            exception_permille: 50,
            causes: ExceptionCause::ALL.to_vec(),
            peak_per_hour: 60,
            start: Timestamp::from_seconds(1_772_402_400),
        }
    }
}

/// `count` lanes named L1, L2, …: entry and exit in turn, beginning with entry.
#[must_use]
pub fn lanes(count: usize) -> Vec<LanePlan> {
    (0..count)
        .map(|i| LanePlan {
            id: LaneId::parse(&format!("L{}", i + 1)).expect("a letter and a number"),
            direction: if i % 2 == 0 {
                Direction::Entry
            } else {
                Direction::Exit
            },
        })
        .collect()
}

/// A premises and its trucks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// What it was made from.
    pub config: WorldConfig,
    /// Where the gate stands in the administration.
    pub gate: GateAddress,
    /// Where it stands on earth.
    pub at: GeoPoint,
    /// Parameters of the rules.
    pub policy: Policy,
    /// Everything the region sends down before the first truck.
    pub rows: Vec<Row>,
    /// Arrivals in order.
    pub trucks: Vec<Truck>,
}

impl World {
    /// Makes the world of `config`.
    #[must_use]
    pub fn generate(config: WorldConfig) -> Self {
        let gate = gate_address();
        let mut builder = arrivals::Builder::new(&config, gate.premises.clone());
        builder.fill();
        let (mut rows, trucks) = builder.finish();
        rows.push(Row::Premises(premises(&gate.premises)));
        let mut world = Self {
            policy: policy::policy(),
            at: load::gate_point(),
            config,
            gate,
            rows,
            trucks,
        };
        world.settle_truth();
        world
    }

    /// A reference model that knows every row and has seen nothing pass.
    #[must_use]
    pub fn reference(&self) -> Reference {
        let mut reference = Reference::new(self.gate.premises.clone(), &self.policy);
        self.rows.iter().for_each(|row| reference.learn(row));
        reference
    }

    /// UTC at `ms` of this world.
    #[must_use]
    pub fn utc(&self, ms: u64) -> Timestamp {
        self.config.start + std::time::Duration::from_millis(ms)
    }

    /// Plays the day once with every truck treated as the truth asks.
    fn settle_truth(&mut self) {
        let mut reference = self.reference();
        for i in 0..self.trucks.len() {
            let at = self.utc(self.trucks[i].arrives_ms);
            let direction = self.config.lanes[self.trucks[i].lane].direction;
            if let Some(directive) = &self.trucks[i].directive_after_decision {
                reference.learn(&Row::Directive(directive.clone()));
            }
            let truth = reference.judge(&self.trucks[i], direction, at);
            if truth.may_release() {
                reference.let_through(&self.trucks[i], direction, at);
            }
            self.trucks[i].truth = truth;
        }
    }
}

fn gate_address() -> GateAddress {
    GateAddress {
        region: RegionId::parse("5300").expect("four digits"),
        premises: PremisesId::parse("CNSZX53S001").expect("letters and digits"),
        gate: GateId::parse("G1").expect("a letter and a digit"),
    }
}

fn premises(id: &PremisesId) -> PremisesRecord {
    PremisesRecord {
        id: id.clone(),
        name: "示范监管作业场所 Demonstration yard".to_owned(),
        at: Some(load::gate_point()),
        standing: Standing::Active,
        valid: always(),
    }
}

/// A validity that no world outlives.
fn always() -> Window {
    Window {
        from: Timestamp::from_seconds(1_577_836_800),
        until: Timestamp::from_seconds(2_208_988_800),
    }
}
