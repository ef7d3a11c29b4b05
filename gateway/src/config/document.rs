//! The configuration file as it is written: serde twins with unit suffixes, unknown keys refused.

use std::path::PathBuf;

use serde::Deserialize;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) gate: GateSection,
    pub(super) ledger: Option<LedgerSection>,
    pub(super) uplink: Option<UplinkSection>,
    pub(super) clock: Option<ClockSection>,
    pub(super) vision: Option<VisionSection>,
    pub(super) dashboard: Option<super::dashboard::DashboardSection>,
    pub(super) customs_gate: Option<CustomsGateSection>,
    #[serde(rename = "lane", default)]
    pub(super) lanes: Vec<LaneSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GateSection {
    pub(super) region: String,
    pub(super) premises: String,
    pub(super) gate: String,
    pub(super) directory: PathBuf,
    pub(super) signing_key_file: PathBuf,
    /// Public halves of keys that signed before this one.
    #[serde(default)]
    pub(super) former_public_key_files: Vec<PathBuf>,
    pub(super) region_key_file: PathBuf,
    pub(super) policy_file: PathBuf,
    pub(super) journal_max_mib: Option<u64>,
    pub(super) segment_mib: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LedgerSection {
    pub(super) store: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UplinkSection {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    /// `host:port` of every node of a clustered broker, in place of `host` and `port`.
    pub(super) brokers: Option<Vec<String>>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) certificate_file: Option<PathBuf>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) window: Option<u16>,
    pub(super) keep_alive_s: Option<u64>,
    pub(super) evidence_kib_per_s: Option<u64>,
    pub(super) subscribe_qos: Option<u64>,
    /// Only for a broker on this machine; refused for any other host.
    #[serde(default)]
    pub(super) plain: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockSection {
    pub(super) source: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VisionSection {
    pub(super) models_folder: Option<PathBuf>,
    pub(super) library_file: Option<PathBuf>,
    pub(super) threads: Option<u64>,
    pub(super) queue: Option<u64>,
    pub(super) late_after_ms: Option<u64>,
    pub(super) pictures_max_mib: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LaneSection {
    pub(super) id: String,
    pub(super) direction: String,
    pub(super) mode: Option<String>,
    #[serde(default)]
    pub(super) bay_beyond_arm: bool,
    pub(super) scale: Option<ScaleSection>,
    pub(super) timings: Option<TimingsSection>,
    pub(super) front_end: Option<FrontEndSection>,
    pub(super) back_end: Option<BackEndSection>,
    #[serde(rename = "device", default)]
    pub(super) devices: Vec<DeviceSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomsGateSection {
    pub(super) area_id: String,
    pub(super) listen: Option<String>,
    pub(super) connections: Option<u64>,
    pub(super) frame_max_kib: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrontEndSection {
    pub(super) channel: String,
    pub(super) user: String,
    pub(super) password_file: PathBuf,
    pub(super) allow: Vec<String>,
    pub(super) gathers: Vec<String>,
    pub(super) seal_state: Option<String>,
    pub(super) must_register: Option<bool>,
    pub(super) commands_to: Option<String>,
    pub(super) byte_order: Option<String>,
    #[serde(default)]
    pub(super) wide_code: bool,
    pub(super) answer_ms: Option<u64>,
    pub(super) leave_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackEndSection {
    pub(super) tcp: String,
    pub(super) channel: String,
    pub(super) user: String,
    pub(super) password_file: PathBuf,
    pub(super) byte_order: Option<String>,
    #[serde(default)]
    pub(super) wide_code: bool,
    pub(super) answer_ms: Option<u64>,
    pub(super) report_s: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScaleSection {
    pub(super) division_kg: i64,
    pub(super) zero_band_kg: i64,
    pub(super) vehicle_min_kg: i64,
    pub(super) stable_frames: Option<u16>,
    pub(super) stable_for_ms: Option<u64>,
    pub(super) verified_until: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimingsSection {
    pub(super) identify_ms: Option<u64>,
    pub(super) weigh_ms: Option<u64>,
    pub(super) collect_ms: Option<u64>,
    pub(super) ledger_ms: Option<u64>,
    pub(super) record_ms: Option<u64>,
    pub(super) arm_rise_ms: Option<u64>,
    pub(super) leave_ms: Option<u64>,
    pub(super) review_acknowledge_ms: Option<u64>,
    pub(super) review_cap_ms: Option<u64>,
    pub(super) trailer_gap_ms: Option<u64>,
    pub(super) gate_silence_ms: Option<u64>,
    pub(super) loop_stuck_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceSection {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) protocol: Option<String>,
    pub(super) tcp: Option<String>,
    pub(super) serial: Option<PathBuf>,
    pub(super) baud: Option<u32>,
    pub(super) parity: Option<String>,
    pub(super) data_bits: Option<u8>,
    pub(super) unit: Option<u8>,
    pub(super) poll_ms: Option<u64>,
    pub(super) silence_ms: Option<u64>,
    pub(super) folder: Option<PathBuf>,
    pub(super) url: Option<String>,
    pub(super) view: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) auth: Option<String>,
    pub(super) frames: Option<u64>,
    pub(super) frame_gap_ms: Option<u64>,
    pub(super) listen: Option<String>,
    pub(super) keep_h: Option<u64>,
    pub(super) zone_minutes: Option<i16>,
    pub(super) near: Option<NearSection>,
    #[serde(rename = "terminal", default)]
    pub(super) terminals: Vec<TerminalSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TerminalSection {
    pub(super) number: String,
    pub(super) plate: String,
    pub(super) container: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NearSection {
    pub(super) lat: f64,
    pub(super) lon: f64,
    pub(super) within_m: u64,
}
