//! The readings bound to one passage, folded into what the rules ask for. A frozen value: the
//! decision record carries it whole, so that the passage can be decided again.

use crate::container::ContainerNumber;
use crate::device::{DegradedDeclaration, DeviceStatus};
use crate::gate_pass::{Direction, Stage};
use crate::id::{DeviceId, DriverId, GateAddress, LaneId, PassageId};
use crate::mass::Mass;
use crate::plate::Plate;
use crate::reading::{
    JourneyReport, PictureRef, PlateRole, RadiationReading, ScanReading, SealReading,
};
use crate::tag::TagId;
use crate::time::{TimeSource, Timestamp, UtcTime};

/// All sightings of one tag during the stay of the vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagSighting {
    /// Tag.
    pub tag: TagId,
    /// Reads while this vehicle stood in the lane.
    pub reads: u32,
    /// Strongest signal, dBm.
    pub peak_rssi_dbm: Option<i16>,
    /// The same tag was read in another lane during the stay.
    pub seen_elsewhere: bool,
    /// First read.
    pub first_seen: Timestamp,
    /// Last read.
    pub last_seen: Timestamp,
}

/// All agreeing readings of one plate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlateSighting {
    /// Plate.
    pub plate: Plate,
    /// Front or rear.
    pub role: PlateRole,
    /// Best confidence, thousandths.
    pub confidence_permille: u16,
    /// Frames that agree.
    pub agreeing_frames: u8,
    /// Best frame.
    pub picture: Option<PictureRef>,
}

/// All agreeing readings of one container number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerSighting {
    /// Number.
    pub number: ContainerNumber,
    /// Size-type code, if read.
    pub size_type: Option<String>,
    /// Best confidence, thousandths.
    pub confidence_permille: u16,
    /// Frames that agree.
    pub agreeing_frames: u8,
    /// Best frame.
    pub picture: Option<PictureRef>,
}

/// One weighing that met every condition: zero seen, rise seen, stable, in range, one vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighing {
    /// Scale.
    pub scale: DeviceId,
    /// Measured gross.
    pub gross: Mass,
    /// How long the value stood, ms.
    pub stable_for_ms: u32,
    /// Frames that agree.
    pub frames: u16,
    /// When it became stable.
    pub at: UtcTime,
    /// The last frame as received.
    pub raw: Vec<u8>,
}

/// Why there is no weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoWeight {
    /// No scale in this lane, or it never spoke.
    Missing,
    /// Never stable within the time.
    Unstable,
    /// The platform was not at zero before the vehicle drove on.
    ZeroFault,
    /// No rise from zero: a dead indicator repeats its last frame.
    NoRise,
    /// Over or under range, or flagged invalid.
    OutOfRange,
}

/// What is known of the weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightEvidence {
    /// No usable value.
    None(NoWeight),
    /// Measured; every weighing of the passage is kept, the last one counts.
    Measured(Vec<Weighing>),
}

/// How many vehicles the lane saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VehicleCount {
    /// One.
    One,
    /// The pattern fits one long or two short vehicles.
    Ambiguous,
    /// More than one.
    Several,
}

/// What happened physically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LaneIntegrity {
    /// Vehicles seen.
    pub vehicles: VehicleCount,
    /// A second vehicle followed under the arm.
    pub tail_following: bool,
    /// A vehicle went through without a raise.
    pub run_through: bool,
    /// The arm was up without a decision when the vehicle came.
    pub arm_was_up: bool,
    /// A loop or beam is stuck.
    pub sensor_stuck: bool,
    /// The gate controller restarted during the stay.
    pub controller_restarted: bool,
    /// The gateway restarted during the stay, so part of it was not seen.
    pub gateway_restarted: bool,
}

/// Evidence of one passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Passage.
    pub passage: PassageId,
    /// Where.
    pub gate: GateAddress,
    /// Lane.
    pub lane: LaneId,
    /// Way of the lane.
    pub direction: Direction,
    /// Vehicle arrived.
    pub opened: UtcTime,
    /// Evidence frozen; "now" for every rule.
    pub frozen: UtcTime,

    /// Tags, strongest first.
    pub tags: Vec<TagSighting>,
    /// Plates, surest first.
    pub plates: Vec<PlateSighting>,
    /// Driver's card.
    pub driver: Option<DriverId>,
    /// Containers, surest first.
    pub containers: Vec<ContainerSighting>,
    /// Weight.
    pub weight: WeightEvidence,
    /// Axle loads, front to rear; empty if not measured.
    pub axle_loads: Vec<Mass>,
    /// Seals.
    pub seals: Vec<SealReading>,
    /// Scans, in order of capture; a later one on the same container replaces an earlier.
    pub scans: Vec<ScanReading>,
    /// Radiation; `None` if no portal spoke.
    pub radiation: Option<RadiationReading>,
    /// Journeys reported for this vehicle.
    pub journeys: Vec<JourneyReport>,
    /// Stages that were skipped by an officer's recorded order.
    pub stages_excused: Vec<Stage>,
    /// Physical facts.
    pub integrity: LaneIntegrity,
    /// Devices of the lane and their states.
    pub devices: Vec<DeviceStatus>,
    /// Degraded modes in force.
    pub degraded: Vec<DegradedDeclaration>,
    /// Clock source in force.
    pub clock: TimeSource,
    /// 0 to 999, drawn from the lane's seed for R18.
    pub sampling_draw: u16,
}
