//! A truck as it physically is when it comes to a lane, and what it will do there. Holds no
//! opinion of whether it may pass.

use domain::container::ContainerNumber;
use domain::directive::Directive;
use domain::id::{CompanyId, DriverId};
use domain::mass::Mass;
use domain::plate::Plate;
use domain::position::GeoPoint;
use domain::reading::{RadiationState, ScanVerdict};
use domain::seal::{SealNumber, SealState};
use domain::tag::TagId;

use super::cause::{ExceptionCause, Legality};

/// Vehicles that belong together, as they are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rig {
    /// Recorded plate of tractor or truck.
    pub plate: Plate,
    /// Recorded second plate.
    pub second_plate: Option<Plate>,
    /// Recorded plate of the trailer.
    pub trailer: Option<Plate>,
    /// Recorded tag.
    pub tag: TagId,
    /// Company.
    pub company: CompanyId,
    /// Driver who drives it.
    pub driver: DriverId,
    /// Recorded tare of tractor and trailer.
    pub tare: Mass,
    /// Axles of tractor and trailer.
    pub axles: u8,
    /// Length over all in millimetres.
    pub length_mm: u32,
}

/// A seal as it hangs on a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealOnBox {
    /// Number stamped on it.
    pub number: SealNumber,
    /// State.
    pub state: SealState,
}

/// A box on the truck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxOnTruck {
    /// Number painted on it.
    pub number: ContainerNumber,
    /// ISO 6346 size-type code.
    pub size_type: &'static str,
    /// True tare.
    pub tare: Mass,
    /// True mass of what is in it.
    pub cargo: Mass,
    /// Chapter of the Harmonized System of the goods in it.
    pub chapter: Option<u8>,
    /// Seals that hang on it.
    pub seals: Vec<SealOnBox>,
}

/// What the scan of this visit came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOutcome {
    /// Verdict.
    pub verdict: ScanVerdict,
    /// Given by an officer, not by software alone.
    pub by_officer: bool,
}

/// The way a bonded truck really took, one fix every two minutes, the last at the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journey {
    /// Tracker number.
    pub tracker: String,
    /// Fixes, oldest first.
    pub points: Vec<GeoPoint>,
}

/// What the driver does in the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Waits for the arm, then leaves.
    Orderly,
    /// Leaves, and another vehicle follows close behind under the arm.
    Followed,
    /// Does not stop.
    RunsThrough,
    /// Backs out after a few seconds.
    ReversesOut,
}

/// Whether a truck may go, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Worst of the causes.
    pub legality: Legality,
    /// Everything found, in order of `ExceptionCause`.
    pub causes: Vec<ExceptionCause>,
}

impl Truth {
    /// Whether any release, be it by a person, is legal.
    #[must_use]
    pub fn may_release(&self) -> bool {
        self.legality != Legality::Never
    }

    /// Whether a release that no person looked at is legal.
    #[must_use]
    pub fn may_release_unattended(&self) -> bool {
        self.legality == Legality::Unattended
    }
}

/// One arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truck {
    /// Running number in order of arrival, from 0.
    pub number: usize,
    /// Index of the lane it comes to.
    pub lane: usize,
    /// Planned arrival, milliseconds since the world's start.
    pub arrives_ms: u64,
    /// Comes only if the truck of this number was let in.
    pub after_entry: Option<usize>,
    /// What it is recorded as, if it were honest.
    pub rig: Rig,

    /// Plate painted on the front.
    pub painted_plate: Plate,
    /// Plates can be read.
    pub plates_readable: bool,
    /// Tag fixed to it that answers.
    pub tag: Option<TagId>,
    /// Tag of a vehicle outside the lane that the reader hears as well.
    pub stray_tag: Option<TagId>,
    /// Driver at the wheel.
    pub driver: DriverId,
    /// Boxes, front to rear.
    pub boxes: Vec<BoxOnTruck>,
    /// Cargo that is in no box.
    pub loose_cargo: Mass,
    /// True gross.
    pub gross: Mass,
    /// The weight never stands.
    pub load_swings: bool,
    /// What lies on the platform before it comes.
    pub debris: Mass,
    /// Scan, if one was made.
    pub scan: Option<ScanOutcome>,
    /// Radiation.
    pub radiation: RadiationState,
    /// Journey, if a tracker reports one.
    pub journey: Option<Journey>,
    /// What the driver does.
    pub behaviour: Behaviour,
    /// Order that customs sends down right after the decision.
    pub directive_after_decision: Option<Directive>,

    /// What was staged; `None` for a truck that is truly clean.
    pub staged: Option<ExceptionCause>,
    /// What the reference model says at the planned time, if every earlier truck was treated
    /// as the truth asks.
    pub truth: Truth,
}

impl Truck {
    /// Nothing was staged and nothing speaks against it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.staged.is_none() && self.truth.may_release_unattended()
    }
}
