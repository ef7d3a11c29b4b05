//! One observation of one device, as a codec hands it on. Knows nothing of passages.

use crate::container::ContainerNumber;
use crate::digest::Digest;
use crate::id::{DeviceId, DriverId, UserId};
use crate::mass::Mass;
use crate::plate::Plate;
use crate::position::Fix;
use crate::seal::{SealNumber, SealState};
use crate::tag::TagId;
use crate::time::{Now, Timestamp};

/// What a device said, when it said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The device.
    pub device: DeviceId,
    /// When the last byte of the frame arrived.
    pub received: Now,
    /// What it said.
    pub observation: Observation,
}

/// The kinds of observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// A frame of a weighbridge indicator.
    Weight(WeightReading),
    /// Axle loads of one vehicle, front to rear.
    AxleLoads(Vec<Mass>),
    /// A tag answered.
    Tag(TagReading),
    /// A camera read a plate.
    Plate(PlateReading),
    /// A camera read a container number.
    Container(ContainerReading),
    /// A reader or a clerk read a seal.
    Seal(SealReading),
    /// A scanner image was judged, or is known to be pending.
    Scan(ScanReading),
    /// A radiation portal measured the vehicle.
    Radiation(RadiationReading),
    /// A driver presented a card.
    DriverCard(DriverId),
    /// The lane's satellite receiver.
    Position(Fix),
    /// A tracker or e-lock of a vehicle reported its journey.
    Journey(JourneyReport),
}

/// Which quantity an indicator shows. Net = gross − tare (OIML R 76).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WeighMode {
    /// Everything on the platform.
    Gross,
    /// Gross less a tare; never usable as a vehicle's gross weight.
    Net,
    /// A tare value.
    Tare,
    /// The protocol does not say; configured scales of this kind show gross.
    Unstated,
}

/// Whether the shown digits mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WeighRange {
    /// Within the scale's range.
    Within,
    /// Above the range.
    Over,
    /// Below the range.
    Under,
    /// Powered up and not zeroed, or flagged invalid by the indicator.
    Invalid,
}

/// One frame of an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightReading {
    /// Shown value, exact.
    pub value: Mass,
    /// What the value is.
    pub mode: WeighMode,
    /// Tare shown beside it.
    pub tare: Option<Mass>,
    /// Motion bit; `None` where the protocol has none.
    pub motion: Option<bool>,
    /// Range flags.
    pub range: WeighRange,
    /// The frame as received, at most 64 bytes.
    pub raw: Vec<u8>,
}

/// One report of a tag reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagReading {
    /// The tag.
    pub tag: TagId,
    /// Antenna port, from 1.
    pub antenna: u16,
    /// Peak signal in dBm.
    pub rssi_dbm: Option<i16>,
    /// Reads folded into this report, at least 1.
    pub seen_count: u16,
    /// The reader's own first-seen time.
    pub first_seen: Option<Timestamp>,
}

/// A picture kept as evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureRef {
    /// SHA-256 of the file as captured.
    pub sha256: Digest,
    /// Camera that took it.
    pub camera: DeviceId,
}

/// Which part of the vehicle carries a plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlateRole {
    /// Tractor or rigid truck (front).
    Tractor,
    /// Trailer (rear).
    Trailer,
}

/// One reading of a plate in one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlateReading {
    /// Normal form.
    pub plate: Plate,
    /// Which plate.
    pub role: PlateRole,
    /// Confidence in thousandths.
    pub confidence_permille: u16,
    /// The frame.
    pub picture: Option<PictureRef>,
}

/// One reading of a container number in one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerReading {
    /// The number; form and check digit hold.
    pub number: ContainerNumber,
    /// ISO 6346 size-type code, if read.
    pub size_type: Option<String>,
    /// Confidence in thousandths.
    pub confidence_permille: u16,
    /// The frame.
    pub picture: Option<PictureRef>,
}

/// One reading of a seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealReading {
    /// The container it hangs on, if the reader knows.
    pub container: Option<ContainerNumber>,
    /// Its number, if it could be read.
    pub number: Option<SealNumber>,
    /// State.
    pub state: SealState,
    /// Opened at least once since it was set (electronic seals keep that event).
    pub opened_since_set: bool,
    /// A recorded reopening and resealing by an authority accounts for the change.
    pub reseal_recorded: bool,
}

/// Who judged a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanJudge {
    /// A customs officer.
    Officer(UserId),
    /// Software alone.
    Machine,
}

/// The verdict on one scanner image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScanVerdict {
    /// The image shows nothing that should not be there.
    NoFinding,
    /// Something needs a look inside.
    Finding,
    /// Captured, not judged yet.
    Pending,
}

/// What a whole load is like, by density where it stands and by material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DensityClass {
    /// Below about 0.24 g/cm3: clothing, furniture, tyres.
    Light,
    /// Denser, of light elements: food, wood, paper, plastics.
    Organic,
    /// Denser, of ceramics, glass, stone or aluminium, or light and heavy mixed.
    Mineral,
    /// Mostly steel or heavier.
    Metal,
}

/// How much a load looks like goods of one chapter of the Harmonized System.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChapterLikeness {
    /// Chapter, 1 to 97.
    pub chapter: u8,
    /// Share of the belief, thousandths.
    pub permille: u16,
}

/// What software measured on a scan of a container with cargo in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanMeasures {
    /// Mass of the cargo by the integral of areal density.
    pub cargo: Mass,
    /// The beam did not come through everywhere: the mass is at least this.
    pub cargo_is_least: bool,
    /// Filled share of the room for cargo as the beam sees it, thousandths.
    pub fill_permille: u16,
    /// What the load is like; `None` where one beam cannot tell.
    pub density: Option<DensityClass>,
    /// What the goods look like, likeliest first; empty without a network.
    pub likeness: Vec<ChapterLikeness>,
}

/// What is known of the scan of one container or vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanReading {
    /// The container scanned; `None` for a whole vehicle.
    pub container: Option<ContainerNumber>,
    /// Plate joined to the image by the scanner.
    pub plate: Option<Plate>,
    /// Verdict.
    pub verdict: ScanVerdict,
    /// Who gave it.
    pub judge: ScanJudge,
    /// Hash of the image when it was captured.
    pub captured_sha256: Digest,
    /// Hash of the image that was judged.
    pub judged_sha256: Digest,
    /// When it was captured.
    pub captured_at: Timestamp,
    /// Whether the image shows cargo, if the scanner's software says so.
    pub loaded: Option<bool>,
    /// What software measured, if it did and there is cargo.
    pub measured: Option<ScanMeasures>,
}

/// Result of a radiation portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RadiationState {
    /// Background only.
    NoAlarm,
    /// Alarm, nobody has judged it.
    Alarm,
    /// Alarm that an officer found benign (tiles, bananas, medical).
    AdjudicatedBenign,
}

/// One portal measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadiationReading {
    /// State.
    pub state: RadiationState,
    /// Highest count rate in multiples of background, in tenths.
    pub background_ratio_tenths: u32,
}

/// What a tracker or e-lock says of the way it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyReport {
    /// Tracker number.
    pub tracker: String,
    /// Plate that the tracker is bound to, if it says.
    pub plate: Option<Plate>,
    /// Fixes in time order, at most 2,000.
    pub fixes: Vec<Fix>,
    /// The lock or tracker reported tampering on the way.
    pub tampered: bool,
    /// The lock was opened on the way.
    pub opened: bool,
}
