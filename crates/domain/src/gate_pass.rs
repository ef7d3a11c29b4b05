//! The gate pass (核放单): one vehicle, its containers and goods, one premises, one direction,
//! one window, used once.

use crate::container::ContainerNumber;
use crate::id::{CompanyId, ConsignmentId, DriverId, LaneId, PassNumber, PremisesId};
use crate::mass::Mass;
use crate::plate::Plate;
use crate::position::GeoPoint;
use crate::recordation::Standing;
use crate::seal::SealNumber;
use crate::time::{Timestamp, Window};

/// Way through a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Into the premises.
    Entry,
    /// Out of it.
    Exit,
}

/// A container on a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassContainer {
    /// Number.
    pub number: ContainerNumber,
    /// Declared empty.
    pub empty: bool,
    /// Seals it must carry; empty means none is required.
    pub seals: Vec<SealNumber>,
}

/// The share of a consignment that this pass moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassConsignment {
    /// Consignment.
    pub id: ConsignmentId,
    /// Declared gross of this share.
    pub gross: Mass,
    /// Packages of this share.
    pub packages: u32,
}

/// A stage that the visit must have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Entered through a gate.
    Entry,
    /// Scanned.
    Scan,
    /// Weighed inside.
    Weigh,
    /// Inspected by an officer.
    Inspection,
}

/// The way a bonded vehicle has to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corridor {
    /// Line of the route, two to 200 points (WGS-84).
    pub line: Vec<GeoPoint>,
    /// Half width in metres.
    pub half_width_m: u32,
    /// Journey has to begin and end inside.
    pub window: Window,
    /// Longest stop in seconds.
    pub stop_max_s: u32,
}

/// A gate pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatePass {
    /// Key.
    pub number: PassNumber,
    /// Site.
    pub premises: PremisesId,
    /// Way.
    pub direction: Direction,
    /// Lanes it may use; empty means any lane of the direction.
    pub lanes: Vec<LaneId>,
    /// When it may be used.
    pub window: Window,
    /// Tractor or truck.
    pub vehicle: Plate,
    /// Trailer, if there is one.
    pub trailer: Option<Plate>,
    /// Driver, if bound.
    pub driver: Option<DriverId>,
    /// Company that carries.
    pub company: CompanyId,
    /// Containers carried; empty for bulk or bobtail.
    pub containers: Vec<PassContainer>,
    /// Goods carried.
    pub consignments: Vec<PassConsignment>,
    /// Stages that must be done before this passage.
    pub stages: Vec<Stage>,
    /// Route, if the journey is bonded.
    pub corridor: Option<Corridor>,
    /// A scan verdict is required.
    pub scan_required: bool,
    /// Standing; a revoked pass detains.
    pub standing: Standing,
    /// When it was built.
    pub issued_at: Timestamp,
}

impl GatePass {
    /// Declared gross of all goods on the pass.
    #[must_use]
    pub fn declared_cargo(&self) -> Mass {
        self.consignments.iter().map(|share| share.gross).sum()
    }
}
