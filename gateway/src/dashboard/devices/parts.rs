//! What a look at the gate's state says, as it is served: figures with their units, names in both
//! languages, and how urgent each part is.

use serde::Serialize;
use utoipa::ToSchema;

use super::level::Level;
use crate::dashboard::statistics::Named;

/// Frames of a device refused for one reason, since the daemon's start.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct RejectLine {
    /// Reason.
    pub(crate) reason: Named,
    /// Frames.
    pub(crate) count: u64,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct DeviceLine {
    /// Device.
    pub(crate) device: String,
    /// Kind.
    pub(crate) kind: Named,
    /// State.
    pub(crate) state: Named,
    /// A shape for the state.
    pub(crate) symbol: &'static str,
    /// How urgent.
    pub(crate) level: Level,
    /// Cause of a state that is not live, in a technician's words.
    pub(crate) cause: String,
    /// Last valid frame.
    pub(crate) last_frame: Option<String>,
    /// Its age, s.
    pub(crate) last_frame_age_s: Option<u64>,
    /// Readings since the daemon's start.
    pub(crate) frames: u64,
    /// Readings per minute between two looks; `null` before the second.
    pub(crate) frames_per_min: Option<f64>,
    /// Frames rejected since the daemon's start.
    pub(crate) rejected: u64,
    /// Frames rejected per minute between two looks.
    pub(crate) rejected_per_min: Option<f64>,
    /// Rejected by reason, where the line's format has reasons.
    pub(crate) rejects: Vec<RejectLine>,
}

/// The clock.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ClockPart {
    /// Who vouches for it.
    pub(crate) source: Named,
    /// How urgent.
    pub(crate) level: Level,
}

/// The disk under the gate's directory.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct DiskPart {
    /// Free; `null` if the system did not tell.
    pub(crate) free_bytes: Option<u64>,
    /// Size of the file system.
    pub(crate) size_bytes: Option<u64>,
    /// Why it is not known.
    pub(crate) cause: Option<String>,
    /// How urgent.
    pub(crate) level: Level,
}

/// The journal.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct JournalPart {
    /// Records on the disk.
    pub(crate) records: u64,
    /// Oldest of them.
    pub(crate) first_sequence: u64,
    /// Newest that is durable.
    pub(crate) durable_sequence: u64,
    /// Records that wait for the writer.
    pub(crate) waiting: u64,
    /// Size.
    pub(crate) bytes: u64,
    /// What it may have.
    pub(crate) quota_bytes: u64,
    /// Thousandths of the quota that cannot go, because the region has not taken them.
    pub(crate) kept_permille: u64,
    /// Why it takes nothing, if it does not: then every lane holds.
    pub(crate) failure: Option<String>,
    /// How urgent.
    pub(crate) level: Level,
}

/// The e-ledger held here.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct LedgerPart {
    /// Its revision; `null` if the gate has none.
    pub(crate) revision: Option<u64>,
    /// When the region last vouched for it.
    pub(crate) synced_at: Option<String>,
    /// How long ago, s.
    pub(crate) age_s: Option<u64>,
    /// Age from which rules hold, s.
    pub(crate) stale_after_s: u32,
    /// It is not the region's.
    pub(crate) is_forked: bool,
    /// A snapshot is coming in.
    pub(crate) takes_snapshot: bool,
    /// How urgent.
    pub(crate) level: Level,
}

/// The link to the region, both ways.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct RegionPart {
    /// There is one.
    pub(crate) is_configured: bool,
    /// Connected to the broker.
    pub(crate) is_connected: bool,
    /// The broker in use or tried.
    pub(crate) broker: String,
    /// Last sequence that the region has acknowledged.
    pub(crate) acknowledged: u64,
    /// Events that it has not.
    pub(crate) backlog: u64,
    /// Age of the oldest of them, s.
    pub(crate) backlog_age_s: u64,
    /// The region's chain differs from ours: nothing is sent.
    pub(crate) is_forked: bool,
    /// Last error in words.
    pub(crate) last_error: String,
    /// Messages of the region that were not taken since start.
    pub(crate) refused: u64,
    /// The last of them.
    pub(crate) last_refusal: String,
    /// First digits of the region's key.
    pub(crate) region_key: String,
    /// How urgent.
    pub(crate) level: Level,
}

/// This gate's certificate and the broker's root: the earlier end.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct CertificatesPart {
    /// End; `null` if there is none.
    pub(crate) until: Option<String>,
    /// Whole days until then; negative after it.
    pub(crate) left_days: Option<i64>,
    /// How urgent.
    pub(crate) level: Level,
}

/// The policy that lanes judge by.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct PolicyPart {
    /// Its version.
    pub(crate) version: String,
    /// Policies of the region that were not taken since start.
    pub(crate) refused: u64,
    /// Why the last one was not.
    pub(crate) last_refusal: String,
    /// How urgent.
    pub(crate) level: Level,
}

/// A degraded mode in force.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct DegradedLine {
    /// Lane.
    pub(crate) lane: String,
    /// Mode.
    pub(crate) mode: Named,
    /// Who declared it.
    pub(crate) declared_by: String,
    /// Why.
    pub(crate) reason: String,
    /// When it ends by itself.
    pub(crate) until: String,
    /// How long until then, s.
    pub(crate) left_s: u64,
    /// How urgent.
    pub(crate) level: Level,
}

/// A link to a customs gate of others.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct LinkLine {
    /// Name.
    pub(crate) name: String,
    /// State in words.
    pub(crate) state: String,
    /// Messages taken since start.
    pub(crate) taken: u64,
    /// Messages and connections refused since start.
    pub(crate) refused: u64,
    /// Why the last one was.
    pub(crate) last_error: String,
}

/// The gate's own state at one look.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct HealthView {
    /// When, RFC 3339.
    pub(crate) at: String,
    /// The most urgent of all parts.
    pub(crate) level: Level,
    /// Clock.
    pub(crate) clock: ClockPart,
    /// Disk.
    pub(crate) disk: DiskPart,
    /// Journal.
    pub(crate) journal: JournalPart,
    /// Ledger.
    pub(crate) ledger: LedgerPart,
    /// Region.
    pub(crate) region: RegionPart,
    /// Certificates.
    pub(crate) certificates: CertificatesPart,
    /// Policy.
    pub(crate) policy: PolicyPart,
    /// Degraded modes in force.
    pub(crate) degraded: Vec<DegradedLine>,
    /// Links to customs gates of others.
    pub(crate) links: Vec<LinkLine>,
    /// Devices.
    pub(crate) devices: Vec<DeviceLine>,
}
