//! Manifests and the consignments they list.

use crate::container::ContainerNumber;
use crate::conveyance::Conveyance;
use crate::id::{ConsignmentId, ManifestId};
use crate::mass::Mass;
use crate::time::Timestamp;

/// A conveyance's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Key.
    pub id: ManifestId,
    /// Conveyance that brought or takes the goods.
    pub conveyance: Conveyance,
    /// Consignments on it.
    pub consignments: Vec<ConsignmentId>,
    /// Last amendment.
    pub amended_at: Timestamp,
}

/// Customs status of a consignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clearance {
    /// May leave or enter.
    Cleared,
    /// An amendment is being processed.
    UnderAmendment,
    /// Not cleared yet.
    NotCleared,
    /// Refused or seized.
    Refused,
}

/// Goods under one transport document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consignment {
    /// Key.
    pub id: ConsignmentId,
    /// Manifest it stands on.
    pub manifest: ManifestId,
    /// Status.
    pub clearance: Clearance,
    /// Declared gross of all goods.
    pub gross: Mass,
    /// Declared packages.
    pub packages: u32,
    /// Goods in words, at most 200 characters.
    pub goods: String,
    /// Harmonized System heading, 4 to 10 digits.
    pub hs_code: Option<String>,
    /// Containers that carry it; empty for bulk.
    pub containers: Vec<ContainerNumber>,
    /// Last amendment; a pass that is older was built on other facts.
    pub amended_at: Timestamp,
}
