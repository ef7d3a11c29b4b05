//! `[customs_gate]`, `[lane.front_end]` and `[lane.back_end]` → who speaks JGS/T 14-2015 with whom.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use domain::device::DeviceKind;
use domain::id::{DeviceId, LaneId};
use domain::seal::SealState;
use passage::config::{LaneDevice, LaneTimings};
use standards::jgs14::frame::{ByteOrder, CodeWidth, Dialect};

use super::LaneSetup;
use super::document::{BackEndSection, CustomsGateSection, FrontEndSection};
use super::validate::Collector;

/// What the lanes that speak the interface share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomsGate {
    /// Site number that customs gave, ten digits.
    pub area_id: String,
    /// Where front ends register and gather, and where a back end sends its commands.
    pub listen: Option<SocketAddr>,
    /// Connections at once.
    pub connections: usize,
    /// Largest frame that is taken.
    pub frame_bytes_max: usize,
}

/// A front end of others, for which this daemon is the back end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontEndSetup {
    /// Lane number that customs gave, ten digits.
    pub channel: String,
    /// Its user.
    pub user: String,
    /// File with its password, one line.
    pub password_file: PathBuf,
    /// Addresses that it may come from.
    pub allow: Vec<IpAddr>,
    /// What it gathers; its devices of these kinds are the lane's.
    pub gathers: Vec<DeviceKind>,
    /// What a seal's number alone says of its state.
    pub seal_state: SealState,
    /// A gather message counts only after a registration.
    pub must_register: bool,
    /// Where it takes commands; `None` takes the port that it registers with.
    pub commands_to: Option<SocketAddr>,
    /// How frames are written that answer none.
    pub dialect: Dialect,
    /// A gather message is answered within this time, with a wait if need be.
    pub answer: Duration,
    /// How long after the order to lift the vehicle counts as gone.
    pub leave: Duration,
}

/// A back end of others, for which this daemon is the front end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackEndSetup {
    /// `host:port`.
    pub address: String,
    /// Lane number that customs gave, ten digits.
    pub channel: String,
    /// User.
    pub user: String,
    /// File with the password, one line.
    pub password_file: PathBuf,
    /// How frames are written.
    pub dialect: Dialect,
    /// No answer within this time holds the vehicle.
    pub answer: Duration,
    /// Time between two reports of all devices.
    pub report_every: Duration,
}

/// Short names of the devices of a front end.
const NAMES: [(DeviceKind, &str); 7] = [
    (DeviceKind::Weighbridge, "scale"),
    (DeviceKind::TagReader, "tags"),
    (DeviceKind::PlateCamera, "plates"),
    (DeviceKind::ContainerCamera, "boxes"),
    (DeviceKind::SealReader, "seals"),
    (DeviceKind::CardReader, "cards"),
    (DeviceKind::GateController, "gate"),
];

/// Every frame of a lane whose devices belong to a front end comes at once: nothing is waited for.
pub(super) fn timings() -> LaneTimings {
    LaneTimings {
        identify: Duration::from_millis(200),
        weigh: Duration::from_millis(200),
        collect: Duration::from_millis(100),
        // What the front end does not tell of the vehicle's way out has no axles to wait for.
        trailer_gap: Duration::from_millis(200),
        ..LaneTimings::default()
    }
}

pub(super) fn gate(c: &mut Collector<'_>, section: CustomsGateSection) -> Option<CustomsGate> {
    let area_id = ten_digits(c, "customs_gate.area_id", section.area_id);
    let listen = match section.listen.as_deref().map(str::parse) {
        None => None,
        Some(Ok(address)) => Some(address),
        Some(Err(_)) => {
            let what = format!(
                "{:?} is not address:port",
                section.listen.unwrap_or_default()
            );
            c.report(
                "customs_gate.listen",
                what,
                "write for example 10.1.0.5:9021",
            );
            return None;
        }
    };
    let connections = c.bounded(
        "customs_gate.connections",
        section.connections.unwrap_or(32),
        1,
        1_024,
    );
    let frame_kib = c.bounded(
        "customs_gate.frame_max_kib",
        section.frame_max_kib.unwrap_or(4_096),
        16,
        65_536,
    );
    Some(CustomsGate {
        area_id: area_id?,
        listen,
        connections: usize::try_from(connections).expect("bounded to 1,024"),
        frame_bytes_max: usize::try_from(frame_kib << 10).expect("bounded to 64 MiB"),
    })
}

#[expect(clippy::too_many_lines, reason = "one key after the other")]
pub(super) fn front_end(
    c: &mut Collector<'_>,
    key: &str,
    section: FrontEndSection,
) -> Option<FrontEndSetup> {
    let channel = ten_digits(c, &format!("{key}.channel"), section.channel);
    let user = user(c, key, section.user);
    let mut allow = Vec::new();
    for raw in &section.allow {
        let parsed = raw.parse::<IpAddr>();
        allow.extend(c.keep(&format!("{key}.allow"), parsed, "write addresses, no names"));
    }
    if allow.is_empty() {
        let what = "nobody may connect";
        c.report(
            &format!("{key}.allow"),
            what,
            "name the front end's address",
        );
    }
    let mut gathers = Vec::new();
    for raw in &section.gathers {
        match DeviceKind::parse(raw).filter(|kind| is_gathered(*kind)) {
            Some(kind) if !gathers.contains(&kind) => gathers.push(kind),
            Some(_) => {}
            None => {
                let names: Vec<&str> = NAMES.iter().map(|(kind, _)| kind.code()).collect();
                let what = format!("a gather message carries nothing of {raw:?}");
                let way_out = format!("write some of {}", names[..6].join(", "));
                c.report(&format!("{key}.gathers"), what, way_out);
            }
        }
    }
    let seal_state = match section.seal_state.as_deref() {
        None | Some("unstated") => SealState::Unreadable,
        Some("closed") => SealState::Closed,
        Some(other) => {
            let what = format!("unknown state {other:?}");
            let way_out = "write unstated, or closed where the readers report locked seals alone";
            c.report(&format!("{key}.seal_state"), what, way_out);
            SealState::Unreadable
        }
    };
    let commands_to = match section.commands_to.as_deref().map(str::parse) {
        None => None,
        Some(Ok(address)) => Some(address),
        Some(Err(_)) => {
            let what = "not address:port";
            c.report(
                &format!("{key}.commands_to"),
                what,
                "write for example 10.1.0.7:9022",
            );
            None
        }
    };
    let dialect = dialect(c, key, section.byte_order.as_deref(), section.wide_code);
    let answer = milliseconds(
        c,
        key,
        "answer_ms",
        section.answer_ms,
        10_000,
        (500, 120_000),
    );
    let leave = milliseconds(c, key, "leave_ms", section.leave_ms, 5_000, (100, 300_000));
    Some(FrontEndSetup {
        channel: channel?,
        user: user?,
        password_file: c.path(section.password_file),
        allow,
        gathers,
        seal_state,
        must_register: section.must_register.unwrap_or(true),
        commands_to,
        dialect,
        answer,
        leave,
    })
}

pub(super) fn back_end(
    c: &mut Collector<'_>,
    key: &str,
    section: BackEndSection,
) -> Option<BackEndSetup> {
    let channel = ten_digits(c, &format!("{key}.channel"), section.channel);
    let user = user(c, key, section.user);
    let port = section.tcp.rsplit_once(':');
    if port.is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err()) {
        let what = format!("{:?} is not host:port", section.tcp);
        c.report(
            &format!("{key}.tcp"),
            what,
            "write for example 10.9.0.1:9000",
        );
        return None;
    }
    let dialect = dialect(c, key, section.byte_order.as_deref(), section.wide_code);
    let answer = milliseconds(c, key, "answer_ms", section.answer_ms, 3_000, (100, 60_000));
    let report_s = c.bounded(
        &format!("{key}.report_s"),
        section.report_s.unwrap_or(60),
        1,
        86_400,
    );
    Some(BackEndSetup {
        address: section.tcp,
        channel: channel?,
        user: user?,
        password_file: c.path(section.password_file),
        dialect,
        answer,
        report_every: Duration::from_secs(report_s),
    })
}

/// The devices that a lane has of its front end.
pub(super) fn devices_of(
    c: &mut Collector<'_>,
    key: &str,
    lane: &LaneId,
    front_end: &FrontEndSetup,
) -> Vec<LaneDevice> {
    let mut devices = Vec::new();
    for kind in kinds_of(front_end) {
        let id = device_id(lane, kind);
        let way_out = "shorten the lane's id";
        devices.extend(c.keep(key, id, way_out).map(|id| LaneDevice { id, kind }));
    }
    devices
}

/// The kinds of device that a front end stands for: what it gathers, and its barrier.
pub fn kinds_of(front_end: &FrontEndSetup) -> impl Iterator<Item = DeviceKind> {
    let gathers = front_end.gathers.iter().copied();
    gathers.chain([DeviceKind::GateController])
}

/// Name of a front end's device of a kind.
pub(crate) fn device_id(lane: &LaneId, kind: DeviceKind) -> Result<DeviceId, domain::id::IdError> {
    let mut names = NAMES.iter();
    let name = names
        .find(|(of, _)| *of == kind)
        .map_or("other", |(_, name)| name);
    DeviceId::parse(&format!("{lane}-front-{name}"))
}

/// What lanes and gate say must fit together.
pub(super) fn agree(c: &mut Collector<'_>, gate: Option<&CustomsGate>, lanes: &[LaneSetup]) {
    let mut channels = BTreeSet::new();
    for (i, setup) in lanes.iter().enumerate() {
        let front = setup
            .front_end
            .as_ref()
            .map(|one| ("front_end", &one.channel));
        let back = setup
            .back_end
            .as_ref()
            .map(|one| ("back_end", &one.channel));
        if front.is_some() && back.is_some() {
            let way_out = "leave one of them out";
            let what = "a lane of a front end of others is not asked of a back end of others";
            c.report(&format!("lane[{i}].back_end"), what, way_out);
        }
        for (section, channel) in [front, back].into_iter().flatten() {
            let key = format!("lane[{i}].{section}.channel");
            if gate.is_none() {
                let way_out = "add [customs_gate] with the area_id that customs gave";
                c.report(&key, "the site has no number", way_out);
            }
            if !channels.insert(channel.clone()) {
                let what = format!("lane number {channel} is there twice");
                c.report(&key, what, "customs gives every lane its own");
            }
        }
        let listens = gate.is_some_and(|gate| gate.listen.is_some());
        if front.is_some() && gate.is_some() && !listens {
            let way_out = "add listen = \"address:port\" to [customs_gate]";
            c.report("customs_gate", "nothing listens for front ends", way_out);
        }
    }
}

fn is_gathered(kind: DeviceKind) -> bool {
    NAMES[..6].iter().any(|(known, _)| *known == kind)
}

fn ten_digits(c: &mut Collector<'_>, key: &str, raw: String) -> Option<String> {
    if raw.len() == 10 && raw.bytes().all(|b| b.is_ascii_digit()) {
        return Some(raw);
    }
    let way_out = "write the ten digits that customs gave, in quotes";
    c.report(key, format!("{raw:?} is not ten digits"), way_out);
    None
}

fn user(c: &mut Collector<'_>, key: &str, raw: String) -> Option<String> {
    let count = raw.chars().count();
    if (1..=64).contains(&count) && !raw.chars().any(char::is_control) {
        return Some(raw);
    }
    let way_out = "write 1 to 64 characters";
    c.report(&format!("{key}.user"), "this is no user", way_out);
    None
}

fn dialect(c: &mut Collector<'_>, key: &str, order: Option<&str>, wide_code: bool) -> Dialect {
    let order = match order {
        None | Some("little") => ByteOrder::Little,
        Some("big") => ByteOrder::Big,
        Some(other) => {
            let what = format!("unknown order {other:?}");
            c.report(&format!("{key}.byte_order"), what, "write little or big");
            ByteOrder::Little
        }
    };
    let code = if wide_code {
        CodeWidth::Four
    } else {
        CodeWidth::One
    };
    Dialect { code, order }
}

fn milliseconds(
    c: &mut Collector<'_>,
    key: &str,
    name: &str,
    value: Option<u64>,
    default: u64,
    (least, most): (u64, u64),
) -> Duration {
    let key = format!("{key}.{name}");
    Duration::from_millis(c.bounded(&key, value.unwrap_or(default), least, most))
}
