//! Configuration file → validated [`Config`], once. Every error names the file, the line, the
//! key and the way out. Nothing with legal effect (tolerances, grace) lives here: that is policy.

mod customs;
mod dashboard;
mod device;
mod document;
mod locate;
mod terminals;
mod uplink;
mod validate;

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::device::DeviceKind;
use domain::id::{DeviceId, GateAddress};
use domain::time::Timestamp;
use passage::config::LaneConfig;

pub(crate) use customs::device_id;
pub use customs::{BackEndSetup, CustomsGate, FrontEndSetup, kinds_of};
pub use dashboard::DashboardConfig;
pub use terminals::{ListenSetup, Near, PositionSetup, Terminal, TerminalProtocol};
pub use validate::Problem;

/// Everything the daemon needs to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the gate stands.
    pub gate: GateAddress,
    /// State directory: journal, ledger, cursor.
    pub directory: PathBuf,
    /// Ed25519 seed of this gate, hexadecimal.
    pub signing_key_file: PathBuf,
    /// Public keys that signed before it: they prove the older parts of the journal.
    pub former_public_key_files: Vec<PathBuf>,
    /// Ed25519 public key of the region, hexadecimal: the first one, later ones follow from it.
    pub region_key_file: PathBuf,
    /// Policy at first start; a newer one from the region replaces it.
    pub policy_file: PathBuf,
    /// Quota of the journal in bytes.
    pub journal_bytes_max: u64,
    /// Size of a journal segment in bytes.
    pub segment_bytes: u64,
    /// Engine of the ledger tables.
    pub store: StoreEngine,
    /// Link to the region; `None` keeps every event in the journal.
    pub uplink: Option<UplinkConfig>,
    /// Who vouches for the clock.
    pub clock: ClockSource,
    /// How pictures are read.
    pub vision: VisionConfig,
    /// The gate's own page; `None` shows none.
    pub dashboard: Option<DashboardConfig>,
    /// What the lanes that speak the customs gate interface share.
    pub customs_gate: Option<CustomsGate>,
    /// Lanes.
    pub lanes: Vec<LaneSetup>,
}

/// Engine of the rebuildable tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreEngine {
    /// sled 0.34.
    Sled,
    /// redb.
    Redb,
}

/// Who vouches for the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSource {
    /// The operating system is kept by NTP.
    Ntp,
    /// A configured satellite receiver is compared with the system clock.
    Gnss,
    /// Nothing.
    None,
}

/// Link to the region.
#[derive(Debug, Clone)]
pub struct UplinkConfig {
    /// The broker, or every node of a clustered one; at least one.
    pub brokers: Vec<BrokerAddress>,
    /// TLS material; `None` only for a broker on this machine.
    pub tls: Option<TlsFiles>,
    /// Messages in flight.
    pub window: u16,
    /// Keep-alive.
    pub keep_alive: Duration,
    /// Most that pictures and scans, asked for by the region, take of the line.
    pub evidence_bytes_per_s: u64,
    /// What the broker owes this gate's subscriptions.
    pub subscribe: Delivery,
}

/// MQTT's quality of service of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// 0: some brokers keep nothing for such a subscription, which makes it cheap there.
    AtMostOnce,
    /// 1.
    AtLeastOnce,
}

/// Where a broker is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAddress {
    /// Host name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl std::fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Files of mutual TLS.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// Certificates that vouch for the broker, PEM.
    pub ca: PathBuf,
    /// This gate's certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// One lane with its devices.
#[derive(Debug, Clone)]
pub struct LaneSetup {
    /// What the lane machine is told.
    pub lane: LaneConfig,
    /// What the intakes open.
    pub devices: Vec<DeviceSetup>,
    /// End of the scale's legal verification.
    pub verified_until: Option<Timestamp>,
    /// The front end of others whose lane this is; it has the gate controller then.
    pub front_end: Option<FrontEndSetup>,
    /// The back end of others that is asked about every vehicle.
    pub back_end: Option<BackEndSetup>,
}

/// One device.
#[derive(Debug, Clone)]
pub struct DeviceSetup {
    /// Name.
    pub id: DeviceId,
    /// Kind.
    pub kind: DeviceKind,
    /// How it speaks.
    pub speech: Speech,
    /// How it is reached.
    pub connection: Connection,
    /// No valid frame for this long means silent; `None` for devices that speak only on events.
    pub silence: Option<Duration>,
    /// End of legal verification.
    pub verified_until: Option<Timestamp>,
}

/// Protocol of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// A weighbridge indicator.
    Weighbridge(device_codecs::weighbridge::Protocol),
    /// NMEA 0183.
    Nmea,
    /// LLRP 1.1.
    Llrp,
    /// JSON lines envelope.
    Envelope,
    /// Pictures, read by this daemon.
    Pictures {
        /// Where the camera looks.
        view: View,
    },
    /// Images of a scanner, examined by this daemon.
    ScanImages,
    /// Trackers or e-locks that call the gate.
    Terminals(TerminalProtocol),
    /// Messages of the position service.
    PositionService(PositionSetup),
    /// Modbus gate controller.
    GateController {
        /// Unit address.
        unit: u8,
        /// Poll period.
        poll: Duration,
    },
}

/// How a device is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// TCP client to `host:port`.
    Tcp(String),
    /// Serial line.
    Serial {
        /// Path of the port.
        path: PathBuf,
        /// Bits per second.
        baud: u32,
        /// 7 or 8.
        data_bits: u8,
        /// Parity.
        parity: Parity,
    },
    /// A folder into which finished files are dropped.
    Folder(PathBuf),
    /// A camera that answers HTTP requests.
    Snapshot(SnapshotSetup),
    /// TCP server that terminals call.
    Listen(ListenSetup),
}

/// Where a camera looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// At the front of the vehicle.
    Front,
    /// At its rear.
    Rear,
    /// At its side.
    Side,
}

/// How pictures are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotSetup {
    /// `http://host[:port]/path`.
    pub url: String,
    /// Who asks.
    pub login: Option<Login>,
    /// Pictures a request of the lane, at most.
    pub frames: u16,
    /// Between two pictures.
    pub gap: Duration,
}

/// A camera's user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Name.
    pub user: String,
    /// File with the password, one line.
    pub password_file: PathBuf,
    /// How it is proved.
    pub scheme: LoginScheme,
}

/// HTTP authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginScheme {
    /// RFC 7616; the password stays here.
    Digest,
    /// RFC 7617; the password goes out in clear.
    Basic,
}

/// How pictures are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisionConfig {
    /// Folder of the networks; `None` finds the one beside the program.
    pub models: Option<PathBuf>,
    /// ONNX Runtime library, `none` for tract; `None` finds the installed one.
    pub library: Option<PathBuf>,
    /// Threads that read.
    pub threads: usize,
    /// Pictures that may wait.
    pub queue: usize,
    /// A picture read later than this after it was taken counts as missing.
    pub late_after: Duration,
    /// Quota of kept pictures in bytes.
    pub pictures_bytes_max: u64,
}

/// Parity of a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parity {
    /// None.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

impl std::fmt::Display for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "tcp {address}"),
            Self::Serial { path, baud, .. } => write!(f, "serial {} at {baud} Bd", path.display()),
            Self::Folder(path) => write!(f, "folder {}", path.display()),
            Self::Snapshot(setup) => write!(f, "{}", setup.url),
            Self::Listen(setup) => write!(
                f,
                "listening on {} for {} terminals",
                setup.address,
                setup.terminals.len()
            ),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read configuration {file}")]
    Read {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The file has problems, all of which are listed.
    #[error("{} has {} problem(s)", file.display(), problems.len())]
    Invalid {
        /// File.
        file: PathBuf,
        /// Problems in file order.
        problems: Vec<Problem>,
    },
}

/// Reads and checks the configuration at `file`; relative paths in it count from its folder.
///
/// # Errors
/// Unreadable, not TOML, unknown or missing keys, or values out of their bounds.
pub fn load(file: &Path) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Read {
        file: file.to_owned(),
        source,
    })?;
    let base = file.parent().unwrap_or(Path::new("."));
    parse(&text, base).map_err(|problems| ConfigError::Invalid {
        file: file.to_owned(),
        problems,
    })
}

/// Checks configuration text; relative paths count from `base`.
///
/// # Errors
/// Every problem found, in file order.
pub fn parse(text: &str, base: &Path) -> Result<Config, Vec<Problem>> {
    let document: document::Document = toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| locate::line_of(text, span.start));
        vec![Problem {
            line,
            key: locate::key_on(text, line),
            what: error.message().trim().to_owned(),
            way_out: "compare with gateway/gateway.example.toml, which explains every key".into(),
        }]
    })?;
    validate::validate(document, text, base)
}
