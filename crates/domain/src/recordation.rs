//! Recordations (备案): what companies, vehicles, drivers, premises and containers are filed as.

use crate::container::ContainerNumber;
use crate::id::{CompanyId, DriverId, PremisesId};
use crate::mass::Mass;
use crate::plate::Plate;
use crate::position::GeoPoint;
use crate::tag::TagId;
use crate::time::Window;

/// Standing of a recordation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// In force.
    Active,
    /// Suspended by customs.
    Suspended,
    /// Withdrawn.
    Revoked,
}

/// A transport company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyRecord {
    /// Key.
    pub id: CompanyId,
    /// Name.
    pub name: String,
    /// Standing.
    pub standing: Standing,
    /// Validity.
    pub valid: Window,
}

/// Tractor, rigid truck or trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VehicleClass {
    /// Tractor of a semi-trailer.
    Tractor,
    /// Semi-trailer.
    Trailer,
    /// Rigid truck.
    Truck,
    /// Service or courtesy vehicle without cargo.
    Service,
}

/// A means of transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleRecord {
    /// Key.
    pub plate: Plate,
    /// Second plate of a cross-border vehicle (Hong Kong or Macao).
    pub second_plate: Option<Plate>,
    /// Electronic plate fixed to it.
    pub tag: Option<TagId>,
    /// Class.
    pub class: VehicleClass,
    /// Operating company.
    pub company: CompanyId,
    /// Recorded tare.
    pub tare: Mass,
    /// Number of axles, for the legal gross limit of the combination.
    pub axles: u8,
    /// Drivers recorded for it; empty means any driver of the company.
    pub drivers: Vec<DriverId>,
    /// Standing.
    pub standing: Standing,
    /// Validity.
    pub valid: Window,
}

/// A driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverRecord {
    /// Key.
    pub id: DriverId,
    /// Name.
    pub name: String,
    /// Employer.
    pub company: CompanyId,
    /// Standing.
    pub standing: Standing,
    /// Validity.
    pub valid: Window,
}

/// A site under customs control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PremisesRecord {
    /// Key.
    pub id: PremisesId,
    /// Name.
    pub name: String,
    /// Where its gate stands.
    pub at: Option<GeoPoint>,
    /// Standing.
    pub standing: Standing,
    /// Validity.
    pub valid: Window,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRecord {
    /// Key.
    pub number: ContainerNumber,
    /// Tare on its plate.
    pub tare: Mass,
    /// ISO 6346 size-type code.
    pub size_type: Option<String>,
    /// Standing.
    pub standing: Standing,
}
