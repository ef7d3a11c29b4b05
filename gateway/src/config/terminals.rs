//! The keys of a device whose terminals call the gate (trackers, e-locks), or whose providers drop
//! messages → where it listens or looks, and whom it knows.

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use device_codecs::jointech::LockNumber;
use device_codecs::jt808::TerminalNumber;
use domain::container::ContainerNumber;
use domain::device::DeviceKind;
use domain::plate::Plate;
use domain::position::GeoPoint;

use super::document::{DeviceSection, NearSection, TerminalSection};
use super::validate::Collector;
use super::{Connection, Speech};

/// Terminals of one device.
const TERMINALS_MAX: usize = 5_000;

/// What terminals speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalProtocol {
    /// JT/T 808.
    Jt808,
    /// Jointech's locks and trackers.
    Jointech,
}

/// Where terminals call, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenSetup {
    /// Address and port.
    pub address: SocketAddr,
    /// By the number they report with.
    pub terminals: BTreeMap<String, Terminal>,
    /// How long positions, openings and tampering stay with a terminal.
    pub keep: Duration,
    /// A lock counts as a seal of what stands in the lane only this near.
    pub near: Option<Near>,
}

/// How messages of the position service are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositionSetup {
    /// How far the providers' clocks are ahead of UTC, minutes.
    pub zone_minutes: i16,
    /// How long positions and tampering stay with a vehicle.
    pub keep: Duration,
    /// A journey is told to the lane only while its vehicle is this near.
    pub near: Near,
}

/// What a terminal is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminal {
    /// Vehicle.
    pub plate: Plate,
    /// Container that the lock hangs on.
    pub container: Option<ContainerNumber>,
}

/// A circle around the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// Its middle.
    pub at: GeoPoint,
    /// Its radius.
    pub within_m: u32,
}

/// The protocol that a device's terminals speak; `None` where nobody calls the gate.
pub(super) fn protocol(kind: DeviceKind, section: &DeviceSection) -> Option<TerminalProtocol> {
    let is_called = matches!(kind, DeviceKind::Tracker | DeviceKind::SealReader);
    match section.protocol.as_deref() {
        Some("jt808") if kind == DeviceKind::Tracker => Some(TerminalProtocol::Jt808),
        Some("jointech") if is_called => Some(TerminalProtocol::Jointech),
        _ => None,
    }
}

/// How such a device speaks and is reached.
pub(super) fn listening(
    c: &mut Collector<'_>,
    key: &str,
    section: &DeviceSection,
    protocol: TerminalProtocol,
) -> Option<(Speech, Connection)> {
    let is_alone = section.tcp.is_none()
        && section.serial.is_none()
        && section.folder.is_none()
        && section.url.is_none();
    let (Some(listen), true) = (&section.listen, is_alone) else {
        let way_out = "write listen = \"0.0.0.0:7808\" and none of tcp, serial, folder and url";
        c.report(&format!("{key}.listen"), "terminals call the gate", way_out);
        return None;
    };
    let resolved = listen.to_socket_addrs().ok().and_then(|mut all| all.next());
    let Some(address) = resolved else {
        let what = format!("{listen:?} is not address:port of this machine");
        c.report(
            &format!("{key}.listen"),
            what,
            "write for example 0.0.0.0:7808",
        );
        return None;
    };
    let keep = keep(c, key, section);
    let mut terminals = BTreeMap::new();
    if section.terminals.is_empty() || section.terminals.len() > TERMINALS_MAX {
        let what = format!("{} terminals are listed", section.terminals.len());
        let way_out = format!("list 1 to {TERMINALS_MAX} [[lane.device.terminal]]");
        c.report(&format!("{key}.terminal"), what, way_out);
    }
    for (t, one) in section.terminals.iter().enumerate() {
        let key = format!("{key}.terminal[{t}]");
        if let Some((number, terminal)) = terminal(c, &key, one, protocol)
            && terminals.insert(number.clone(), terminal).is_some()
        {
            let what = format!("terminal {number} is there twice");
            c.report(&format!("{key}.number"), what, "list every terminal once");
        }
    }
    let near = match &section.near {
        Some(near) => Some(circle(c, &format!("{key}.near"), near)?),
        None => None,
    };
    let setup = ListenSetup {
        address,
        terminals,
        keep,
        near,
    };
    Some((Speech::Terminals(protocol), Connection::Listen(setup)))
}

/// How messages of the position service come and are taken.
pub(super) fn position_service(
    c: &mut Collector<'_>,
    key: &str,
    section: &DeviceSection,
    connection: &Connection,
) -> Option<Speech> {
    if !matches!(connection, Connection::Folder(_)) {
        let what = "messages of the position service come from a folder";
        c.report(&format!("{key}.protocol"), what, "write folder = \"…\"");
        return None;
    }
    let Some(near) = &section.near else {
        let way_out = "write near = { lat = 22.5431, lon = 113.9012, within_m = 2000 }: providers \
                       report whole regions";
        c.report(
            &format!("{key}.near"),
            "it is not known what is near",
            way_out,
        );
        return None;
    };
    let zone_minutes = section.zone_minutes.unwrap_or(480);
    if !(-720..=840).contains(&zone_minutes) {
        let what = format!("{zone_minutes} is no time zone");
        let way_out = "write -720 to 840, such as 480 for China";
        c.report(&format!("{key}.zone_minutes"), what, way_out);
    }
    Some(Speech::PositionService(PositionSetup {
        zone_minutes,
        keep: keep(c, key, section),
        near: circle(c, &format!("{key}.near"), near)?,
    }))
}

fn keep(c: &mut Collector<'_>, key: &str, section: &DeviceSection) -> Duration {
    let hours = c.bounded(
        &format!("{key}.keep_h"),
        section.keep_h.unwrap_or(12),
        1,
        72,
    );
    Duration::from_secs(hours * 3_600)
}

fn terminal(
    c: &mut Collector<'_>,
    key: &str,
    section: &TerminalSection,
    protocol: TerminalProtocol,
) -> Option<(String, Terminal)> {
    let number_key = format!("{key}.number");
    let number = match protocol {
        TerminalProtocol::Jt808 => {
            let parsed = TerminalNumber::parse(&section.number);
            c.keep(&number_key, parsed, "write 1 to 20 digits")?
                .to_string()
        }
        TerminalProtocol::Jointech => {
            let parsed = LockNumber::parse(&section.number);
            c.keep(&number_key, parsed, "write the ten digits on the lock")?
                .to_string()
        }
    };
    let plate = c.keep(
        &format!("{key}.plate"),
        Plate::parse(&section.plate),
        "write the plate of the vehicle it is on",
    )?;
    let container = match &section.container {
        Some(raw) => {
            let parsed = ContainerNumber::parse(raw);
            let way_out = "write the number of the container with its check digit";
            Some(c.keep(&format!("{key}.container"), parsed, way_out)?)
        }
        None => None,
    };
    Some((number, Terminal { plate, container }))
}

fn circle(c: &mut Collector<'_>, key: &str, section: &NearSection) -> Option<Near> {
    // Seven decimals are a centimetre; what is no number becomes a place outside the globe.
    let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
    let at = GeoPoint::new(e7(section.lat), e7(section.lon));
    let at = c.keep(key, at, "write lat and lon of the lane in degrees (WGS-84)")?;
    let within_m = c.bounded(&format!("{key}.within_m"), section.within_m, 20, 5_000);
    Some(Near {
        at,
        within_m: u32::try_from(within_m).expect("bounded to 5,000"),
    })
}
