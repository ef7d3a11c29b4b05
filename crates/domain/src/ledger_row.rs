//! Rows of the e-ledger and changes to it, as they travel and are stored.

use crate::container::ContainerNumber;
use crate::digest::Digest;
use crate::directive::Directive;
use crate::gate_pass::GatePass;
use crate::id::{
    CompanyId, ConsignmentId, DirectiveId, DriverId, ManifestId, PassNumber, PremisesId,
};
use crate::manifest::{Consignment, Manifest};
use crate::plate::Plate;
use crate::recordation::{
    CompanyRecord, ContainerRecord, DriverRecord, PremisesRecord, VehicleRecord,
};
use crate::time::Timestamp;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// Company recordation.
    Company(CompanyRecord),
    /// Vehicle recordation.
    Vehicle(VehicleRecord),
    /// Driver recordation.
    Driver(DriverRecord),
    /// Premises recordation.
    Premises(PremisesRecord),
    /// Container recordation.
    Container(ContainerRecord),
    /// Manifest.
    Manifest(Manifest),
    /// Consignment.
    Consignment(Consignment),
    /// Gate pass.
    Pass(GatePass),
    /// Directive.
    Directive(Directive),
}

/// The key of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// Company.
    Company(CompanyId),
    /// Vehicle.
    Vehicle(Plate),
    /// Driver.
    Driver(DriverId),
    /// Premises.
    Premises(PremisesId),
    /// Container.
    Container(ContainerNumber),
    /// Manifest.
    Manifest(ManifestId),
    /// Consignment.
    Consignment(ConsignmentId),
    /// Gate pass.
    Pass(PassNumber),
    /// Directive.
    Directive(DirectiveId),
}

impl Row {
    /// The row's key.
    #[must_use]
    pub fn key(&self) -> RowKey {
        match self {
            Self::Company(row) => RowKey::Company(row.id.clone()),
            Self::Vehicle(row) => RowKey::Vehicle(row.plate.clone()),
            Self::Driver(row) => RowKey::Driver(row.id.clone()),
            Self::Premises(row) => RowKey::Premises(row.id.clone()),
            Self::Container(row) => RowKey::Container(row.number.clone()),
            Self::Manifest(row) => RowKey::Manifest(row.id.clone()),
            Self::Consignment(row) => RowKey::Consignment(row.id.clone()),
            Self::Pass(row) => RowKey::Pass(row.number.clone()),
            Self::Directive(row) => RowKey::Directive(row.id.clone()),
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Insert or replace.
    Upsert(Box<Row>),
    /// Remove.
    Remove(RowKey),
}

/// Which state of the e-ledger a gate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LedgerRevision {
    /// Number of the last delta or snapshot applied.
    pub revision: u64,
    /// Running hash over snapshot and deltas, as the region computes it.
    pub hash: Digest,
    /// When the region last vouched for it.
    pub synced_at: Timestamp,
}
