//! The reference model: physical facts of a truck and the rows of the ledger → whether it may
//! be released. Written on its own from the rules of the gate, in the order of a customs
//! officer's questions; it shares no line with the crate that decides.

#[cfg(test)]
mod agreement;
mod judge;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use domain::directive::Directive;
use domain::gate_pass::GatePass;
use domain::id::{CompanyId, ConsignmentId, DirectiveId, DriverId, PassNumber, PremisesId};
use domain::ledger_row::Row;
use domain::manifest::Consignment;
use domain::mass::Mass;
use domain::plate::Plate;
use domain::policy::Policy;
use domain::recordation::{CompanyRecord, DriverRecord, VehicleRecord};

/// What customs knows, and what has been used of it.
#[derive(Debug, Clone)]
pub struct Reference {
    premises: PremisesId,
    weight_tolerance_permille: u32,
    weight_tolerance_floor: Mass,
    empty_cargo_max: Mass,
    gross_limits: Vec<(u8, Mass)>,

    companies: BTreeMap<CompanyId, CompanyRecord>,
    vehicles: BTreeMap<Plate, VehicleRecord>,
    drivers: BTreeMap<DriverId, DriverRecord>,
    consignments: BTreeMap<ConsignmentId, Consignment>,
    passes: BTreeMap<PassNumber, GatePass>,
    passes_of: BTreeMap<Plate, Vec<PassNumber>>,
    directives: BTreeMap<DirectiveId, Directive>,

    used: BTreeSet<PassNumber>,
    drawn: BTreeMap<ConsignmentId, Mass>,
    inside: BTreeSet<Plate>,
}

impl Reference {
    /// The model of `premises`, with the tolerances that customs has set in `policy`.
    #[must_use]
    pub fn new(premises: PremisesId, policy: &Policy) -> Self {
        Self {
            premises,
            weight_tolerance_permille: u32::from(policy.weight_tolerance_permille),
            weight_tolerance_floor: policy.weight_tolerance_floor,
            empty_cargo_max: policy.empty_cargo_max,
            gross_limits: policy
                .gross_limits
                .iter()
                .map(|limit| (limit.axles, limit.gross_max))
                .collect(),
            companies: BTreeMap::new(),
            vehicles: BTreeMap::new(),
            drivers: BTreeMap::new(),
            consignments: BTreeMap::new(),
            passes: BTreeMap::new(),
            passes_of: BTreeMap::new(),
            directives: BTreeMap::new(),
            used: BTreeSet::new(),
            drawn: BTreeMap::new(),
            inside: BTreeSet::new(),
        }
    }

    /// Takes a row in, or replaces it.
    pub fn learn(&mut self, row: &Row) {
        match row {
            Row::Company(row) => {
                self.companies.insert(row.id.clone(), row.clone());
            }
            Row::Vehicle(row) => {
                self.vehicles.insert(row.plate.clone(), row.clone());
            }
            Row::Driver(row) => {
                self.drivers.insert(row.id.clone(), row.clone());
            }
            Row::Consignment(row) => {
                self.consignments.insert(row.id.clone(), row.clone());
            }
            Row::Pass(row) => {
                let numbers = self.passes_of.entry(row.vehicle.clone()).or_default();
                if !numbers.contains(&row.number) {
                    numbers.push(row.number.clone());
                }
                self.passes.insert(row.number.clone(), row.clone());
            }
            Row::Directive(row) => {
                self.directives.insert(row.id.clone(), row.clone());
            }
            // Neither says anything about one vehicle.
            Row::Premises(_) | Row::Manifest(_) | Row::Container(_) => {}
        }
    }
}
