//! The position service of JGS/T 14-2015, chapter 6: XML `CargoSupervision` of the providers that
//! track customs vehicles ⇄ positions, states of e-seals and commands.
//!
//! Providers send positions (live, polled, or kept over a stretch without line) and what became of
//! a command; customs sends commands. A position that is none is left out with its line and reason,
//! the others of the message are taken. The standard prints `RTCime` and `RTCTime`, `AlarmTime` and
//! `AlramTime`: both are read, the first of each pair of its table is written. The state of an
//! e-seal is a code of another standard and is kept as written.

mod read;
mod write;

use domain::plate::Plate;
use domain::position::Fix;
use domain::seal::SealNumber;
use domain::time::Timestamp;

pub use read::read;
pub use write::write;

/// Positions of one message.
pub const POSITIONS_MAX: usize = 9_999;
/// E-seals of one position.
pub const SEALS_MAX: usize = 9;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who sends, by its number at customs.
    pub sender: String,
    /// Who it is for.
    pub receiver: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// What it says.
    pub body: Body,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Types 1 to 3: positions, at least one.
    Positions {
        /// Why they are sent.
        occasion: Occasion,
        /// In the order of the message.
        positions: Vec<Position>,
    },
    /// Type 4: customs orders a provider something.
    Command {
        /// Kind of tracker, as written.
        device_kind: String,
        /// Tracker.
        device: String,
        /// What it is on.
        carrier: Carrier,
        /// The order.
        command: Command,
    },
    /// Type 5: what became of a command.
    Result {
        /// Kind of tracker, as written.
        device_kind: String,
        /// Tracker.
        device: String,
        /// Carried out.
        is_done: bool,
        /// Why not.
        notes: String,
    },
}

/// Why positions are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// As they come.
    Live,
    /// Asked for.
    Polled,
    /// Kept while there was no line: older than what came live meanwhile.
    Backfilled,
}

/// What a tracker is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// Kind.
    pub kind: CarrierKind,
    /// Plate or name, as written.
    pub code: String,
}

impl Carrier {
    /// The plate, if it is a vehicle and the code is one.
    #[must_use]
    pub fn plate(&self) -> Option<Plate> {
        match self.kind {
            CarrierKind::Vehicle | CarrierKind::BorderVehicle => Plate::parse(&self.code).ok(),
            CarrierKind::Ship | CarrierKind::BorderShip | CarrierKind::Other => None,
        }
    }
}

/// Kinds of carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierKind {
    /// 1: a vehicle that stays in the country.
    Vehicle,
    /// 2: a ship that does.
    Ship,
    /// 3: a vehicle that crosses the border.
    BorderVehicle,
    /// 4: a ship that does.
    BorderShip,
    /// 99.
    Other,
}

impl CarrierKind {
    const CODES: [(Self, &'static str); 5] = [
        (Self::Vehicle, "1"),
        (Self::Ship, "2"),
        (Self::BorderVehicle, "3"),
        (Self::BorderShip, "4"),
        (Self::Other, "99"),
    ];
}

/// One position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// 1 BeiDou, 2 BeiDou and GPS, 3 GPS, 9 other: as written.
    pub device_kind: String,
    /// Tracker: provider and the maker's number.
    pub device: String,
    /// System of this position, 1 BeiDou, 2 GPS, 9 other: as written.
    pub system: String,
    /// What it is on.
    pub carrier: Carrier,
    /// Where and when; invalid where the provider says that locating failed.
    pub fix: Fix,
    /// E-seals, at most nine.
    pub seals: Vec<EsealState>,
    /// Alarm of the tracker.
    pub alarm: Option<Alarm>,
}

/// An e-seal as the tracker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EsealState {
    /// Number.
    pub number: SealNumber,
    /// State, a code of the e-seal standard, as written.
    pub status: String,
}

/// An alarm of a tracker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// What.
    pub kind: AlarmKind,
    /// When.
    pub at: Timestamp,
}

/// Kinds of alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmKind {
    /// 1: a wire was cut.
    WireCut,
    /// 2: the tracker was taken off.
    Removed,
    /// 3: the tracker is faulty.
    Fault,
    /// 9.
    Other,
}

impl AlarmKind {
    const CODES: [(Self, &'static str); 4] = [
        (Self::WireCut, "1"),
        (Self::Removed, "2"),
        (Self::Fault, "3"),
        (Self::Other, "9"),
    ];

    /// Somebody has worked on the tracker.
    #[must_use]
    pub const fn is_tampering(self) -> bool {
        matches!(self, Self::WireCut | Self::Removed)
    }
}

/// Orders of customs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// 1: report now.
    Poll,
    /// 2.
    StartMonitoring,
    /// 3.
    StopMonitoring,
    /// 4.
    StartListening,
    /// 5.
    StopListening,
    /// 6.
    StartVideo,
    /// 7.
    StopVideo,
    /// 8.
    UseBeidou,
    /// 9.
    UseGps,
    /// Xnnnn: report every so many seconds, 1 to 9,999; 0 for what the provider has set.
    ReportEvery {
        /// Seconds.
        seconds: u16,
    },
}

impl Command {
    const CODES: [(Self, &'static str); 9] = [
        (Self::Poll, "1"),
        (Self::StartMonitoring, "2"),
        (Self::StopMonitoring, "3"),
        (Self::StartListening, "4"),
        (Self::StopListening, "5"),
        (Self::StartVideo, "6"),
        (Self::StopVideo, "7"),
        (Self::UseBeidou, "8"),
        (Self::UseGps, "9"),
    ];
}

/// A position that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Line of its `Body`.
    pub line: usize,
    /// Why.
    pub error: PositionError,
}

/// Why an element says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PositionError {
    /// Missing, or not what it can be.
    #[error("{field} is {value:?}, not {expected}")]
    Field {
        /// Which.
        field: &'static str,
        /// As written.
        value: String,
        /// What it can be.
        expected: &'static str,
    },
    /// More than the standard allows.
    #[error("{count} {field}, at most {max}")]
    TooMany {
        /// Of what.
        field: &'static str,
        /// How many.
        count: usize,
        /// Most.
        max: usize,
    },
}
