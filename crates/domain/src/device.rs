//! What a lane knows of its devices: kind, health, counted rejects.

use crate::id::DeviceId;
use crate::time::Timestamp;

/// Kinds of device; a rule asks for a kind, never for a make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceKind {
    /// Vehicle scale.
    Weighbridge,
    /// RFID reader of electronic plates.
    TagReader,
    /// Camera that reads plates.
    PlateCamera,
    /// Camera that reads container numbers.
    ContainerCamera,
    /// Seal reader or e-lock gateway.
    SealReader,
    /// Container scanner.
    Scanner,
    /// Radiation portal.
    RadiationPortal,
    /// Card reader for drivers.
    CardReader,
    /// Satellite receiver.
    Position,
    /// Vehicle trackers' gateway.
    Tracker,
    /// Barrier, loops, beams, lights.
    GateController,
}

impl DeviceKind {
    /// Every kind, in order.
    pub const ALL: [Self; 11] = [
        Self::Weighbridge,
        Self::TagReader,
        Self::PlateCamera,
        Self::ContainerCamera,
        Self::SealReader,
        Self::Scanner,
        Self::RadiationPortal,
        Self::CardReader,
        Self::Position,
        Self::Tracker,
        Self::GateController,
    ];

    /// Stable lower-case name, used in configuration, policy and records.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Weighbridge => "weighbridge",
            Self::TagReader => "tag_reader",
            Self::PlateCamera => "plate_camera",
            Self::ContainerCamera => "container_camera",
            Self::SealReader => "seal_reader",
            Self::Scanner => "scanner",
            Self::RadiationPortal => "radiation_portal",
            Self::CardReader => "card_reader",
            Self::Position => "position",
            Self::Tracker => "tracker",
            Self::GateController => "gate_controller",
        }
    }

    /// The kind named `code`.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Whether a device can be believed right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceState {
    /// Connected and talking as often as its kind must.
    Live,
    /// Connected, but no valid frame within the limit.
    Silent,
    /// No connection; being retried.
    Lost,
    /// Talking, but its own state makes its readings void (out of verification, fault word).
    Void,
}

/// A change of a device's state, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStatus {
    /// The device.
    pub device: DeviceId,
    /// Its kind.
    pub kind: DeviceKind,
    /// State from now on.
    pub state: DeviceState,
    /// Cause in words for a technician (port, error), at most 200 characters.
    pub cause: String,
    /// Last valid frame, if there was one.
    pub last_frame: Option<Timestamp>,
    /// Frames rejected since start.
    pub rejected_frames: u64,
    /// Verification of a legal instrument ends at this time.
    pub verified_until: Option<Timestamp>,
}

/// A declared degraded mode (mission: declared, signed, time-limited).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DegradedMode {
    /// The region does not answer.
    RegionUnreachable,
    /// Directives and watchlist are older than the limit.
    RiskListStale,
    /// Plate cameras are down.
    PlateCameraDown,
    /// Tag readers are down.
    TagReaderDown,
    /// The scale is down.
    WeighbridgeDown,
    /// The scanner is down.
    ScannerDown,
    /// The seal reader is down.
    SealReaderDown,
    /// The barrier is worked by its hand key.
    BarrierOnHandKey,
    /// No source vouches for the clock.
    ClockUnsynchronised,
}

impl DegradedMode {
    /// Every mode, in order.
    pub const ALL: [Self; 9] = [
        Self::RegionUnreachable,
        Self::RiskListStale,
        Self::PlateCameraDown,
        Self::TagReaderDown,
        Self::WeighbridgeDown,
        Self::ScannerDown,
        Self::SealReaderDown,
        Self::BarrierOnHandKey,
        Self::ClockUnsynchronised,
    ];

    /// Stable lower-case name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::RegionUnreachable => "region_unreachable",
            Self::RiskListStale => "risk_list_stale",
            Self::PlateCameraDown => "plate_camera_down",
            Self::TagReaderDown => "tag_reader_down",
            Self::WeighbridgeDown => "weighbridge_down",
            Self::ScannerDown => "scanner_down",
            Self::SealReaderDown => "seal_reader_down",
            Self::BarrierOnHandKey => "barrier_on_hand_key",
            Self::ClockUnsynchronised => "clock_unsynchronised",
        }
    }

    /// The mode named `code`.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.code() == code)
    }
}

/// A degraded mode in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DegradedDeclaration {
    /// The mode.
    pub mode: DegradedMode,
    /// Who declared it.
    pub declared_by: crate::id::UserId,
    /// When.
    pub declared_at: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// Reason in words, at most 200 characters.
    pub reason: String,
}
