//! One `[[lane.device]]` section → what its intake opens and speaks.

use std::time::Duration;

use device_codecs::weighbridge::Protocol;
use domain::device::DeviceKind;
use domain::id::DeviceId;
use domain::time::Timestamp;

use super::document::DeviceSection;
use super::terminals;
use super::validate::Collector;
use super::{Connection, DeviceSetup, Login, LoginScheme, Parity, SnapshotSetup, Speech, View};

#[expect(clippy::too_many_lines, reason = "one key after the other")]
pub(super) fn device(
    c: &mut Collector<'_>,
    key: &str,
    section: DeviceSection,
    verified_until: Option<Timestamp>,
) -> Option<DeviceSetup> {
    let id = c.keep(
        &format!("{key}.id"),
        DeviceId::parse(&section.id),
        "use at most 32 characters",
    )?;
    let Some(kind) = DeviceKind::parse(&section.kind) else {
        let kinds: Vec<&str> = DeviceKind::ALL.iter().map(|k| k.code()).collect();
        let what = format!("unknown kind {:?}", section.kind);
        c.report(
            &format!("{key}.kind"),
            what,
            format!("write one of {}", kinds.join(", ")),
        );
        return None;
    };
    if let Some(protocol) = terminals::protocol(kind, &section) {
        let (speech, connection) = terminals::listening(c, key, &section, protocol)?;
        return Some(DeviceSetup {
            id,
            kind,
            speech,
            connection,
            silence: None,
            verified_until: None,
        });
    }
    if section.listen.is_some() {
        let way_out = "write protocol = \"jt808\" (tracker) or \"jointech\" (tracker, seal_reader)";
        c.report(
            &format!("{key}.protocol"),
            "only terminals of such a protocol call the gate",
            way_out,
        );
        return None;
    }
    let connection = connection(c, key, &section)?;
    let speech = match kind {
        DeviceKind::Weighbridge => {
            let name = section.protocol.as_deref().unwrap_or("");
            let Some(protocol) = Protocol::parse(name) else {
                let names: Vec<&str> = Protocol::ALL.iter().map(|p| p.name()).collect();
                let what = format!("unknown weighbridge protocol {name:?}");
                let way_out = format!(
                    "write one of {}, or let `kakou doctor` guess it",
                    names.join(", ")
                );
                c.report(&format!("{key}.protocol"), what, way_out);
                return None;
            };
            Speech::Weighbridge(protocol)
        }
        DeviceKind::Position => Speech::Nmea,
        DeviceKind::TagReader => Speech::Llrp,
        DeviceKind::GateController => Speech::GateController {
            unit: section.unit.unwrap_or(1),
            poll: Duration::from_millis(c.bounded(
                &format!("{key}.poll_ms"),
                section.poll_ms.unwrap_or(50),
                5,
                1_000,
            )),
        },
        DeviceKind::PlateCamera | DeviceKind::ContainerCamera => {
            camera(c, key, kind, &section, &connection)?
        }
        DeviceKind::Scanner if section.protocol.as_deref() == Some("images") => {
            if !matches!(connection, Connection::Folder(_)) {
                let what = "images of a scanner come from a folder";
                c.report(&format!("{key}.protocol"), what, "write folder = \"…\"");
                return None;
            }
            Speech::ScanImages
        }
        DeviceKind::Tracker if section.protocol.as_deref() == Some("position_service") => {
            terminals::position_service(c, key, &section, &connection)?
        }
        DeviceKind::SealReader
        | DeviceKind::Scanner
        | DeviceKind::RadiationPortal
        | DeviceKind::CardReader
        | DeviceKind::Tracker => envelope(c, key, &section)?,
    };
    let sends_pictures = matches!(speech, Speech::Pictures { .. });
    if !sends_pictures && matches!(connection, Connection::Snapshot(_)) {
        let way_out = "write tcp, serial or folder";
        c.report(
            &format!("{key}.url"),
            "only cameras are asked over HTTP",
            way_out,
        );
        return None;
    }
    let silence_ms = section.silence_ms.or(match kind {
        DeviceKind::Weighbridge => Some(3_000),
        DeviceKind::Position => Some(5_000),
        DeviceKind::GateController => Some(2_000),
        DeviceKind::TagReader
        | DeviceKind::PlateCamera
        | DeviceKind::ContainerCamera
        | DeviceKind::SealReader
        | DeviceKind::Scanner
        | DeviceKind::RadiationPortal
        | DeviceKind::CardReader
        | DeviceKind::Tracker => None,
    });
    let verified_until = verified_until.filter(|_| kind == DeviceKind::Weighbridge);
    Some(DeviceSetup {
        id,
        kind,
        speech,
        connection,
        silence: silence_ms.map(Duration::from_millis),
        verified_until,
    })
}

/// A device that speaks the envelope, which it need not say.
fn envelope(c: &mut Collector<'_>, key: &str, section: &DeviceSection) -> Option<Speech> {
    match section.protocol.as_deref() {
        None | Some("envelope") => Some(Speech::Envelope),
        Some(other) => {
            let what = format!("a {} does not speak {other:?} here", section.kind);
            let way_out = "leave protocol out for the JSON envelope; trackers speak jt808, jointech \
                           or position_service, seal readers jointech, scanners images";
            c.report(&format!("{key}.protocol"), what, way_out);
            None
        }
    }
}

/// How a camera speaks: reports of its own recogniser, or pictures that are read here.
fn camera(
    c: &mut Collector<'_>,
    key: &str,
    kind: DeviceKind,
    section: &DeviceSection,
    connection: &Connection,
) -> Option<Speech> {
    let view = match section.view.as_deref() {
        Some("front") => View::Front,
        Some("rear") => View::Rear,
        Some("side") => View::Side,
        None if kind == DeviceKind::PlateCamera => View::Front,
        None => View::Rear,
        Some(other) => {
            let what = format!("unknown view {other:?}");
            c.report(&format!("{key}.view"), what, "write front, rear or side");
            return None;
        }
    };
    match (section.protocol.as_deref(), connection) {
        (None | Some("pictures"), Connection::Snapshot(_))
        | (Some("pictures"), Connection::Folder(_)) => Some(Speech::Pictures { view }),
        (
            None | Some("envelope"),
            Connection::Tcp(_) | Connection::Serial { .. } | Connection::Folder(_),
        ) => Some(Speech::Envelope),
        (Some("pictures"), Connection::Tcp(_) | Connection::Serial { .. })
        | (None | Some("envelope" | "pictures"), Connection::Listen(_)) => {
            let way_out = "write url = \"http://…\" or folder = \"…\"";
            c.report(
                &format!("{key}.protocol"),
                "pictures come over HTTP or from a folder",
                way_out,
            );
            None
        }
        (Some(other), _) => {
            let what = format!("unknown protocol {other:?} of a camera");
            c.report(
                &format!("{key}.protocol"),
                what,
                "write envelope for a camera that reads by itself, else pictures",
            );
            None
        }
    }
}

fn snapshot(
    c: &mut Collector<'_>,
    key: &str,
    url: &str,
    section: &DeviceSection,
) -> Option<Connection> {
    let rest = url.strip_prefix("http://").unwrap_or("");
    let host = rest.split('/').next().unwrap_or("");
    if host.is_empty() || host.contains('@') || !rest.is_ascii() || rest.contains(' ') {
        let what = format!("{url:?} is not http://host[:port]/path");
        let way_out = "write for example http://192.168.1.30/snapshot.jpg; the user goes into \
                       user and password_file";
        c.report(&format!("{key}.url"), what, way_out);
        return None;
    }
    let scheme = match section.auth.as_deref() {
        None | Some("digest") => LoginScheme::Digest,
        Some("basic") => LoginScheme::Basic,
        Some(other) => {
            let what = format!("unknown authentication {other:?}");
            c.report(&format!("{key}.auth"), what, "write digest or basic");
            return None;
        }
    };
    let login = match (&section.user, &section.password_file) {
        (None, None) => None,
        (Some(user), Some(file)) if !user.contains(':') => Some(Login {
            user: user.clone(),
            password_file: c.path(file.clone()),
            scheme,
        }),
        _ => {
            let way_out = "give user, without a colon, and password_file together";
            c.report(&format!("{key}.user"), "a login has two parts", way_out);
            return None;
        }
    };
    let frames = c.bounded(&format!("{key}.frames"), section.frames.unwrap_or(6), 1, 30);
    let gap_ms = c.bounded(
        &format!("{key}.frame_gap_ms"),
        section.frame_gap_ms.unwrap_or(400),
        50,
        5_000,
    );
    Some(Connection::Snapshot(SnapshotSetup {
        url: url.to_owned(),
        login,
        frames: u16::try_from(frames).expect("bounded to 30"),
        gap: Duration::from_millis(gap_ms),
    }))
}

fn connection(c: &mut Collector<'_>, key: &str, section: &DeviceSection) -> Option<Connection> {
    let ways = (&section.tcp, &section.serial, &section.folder, &section.url);
    match ways {
        (Some(tcp), None, None, None) => {
            let port = tcp
                .rsplit_once(':')
                .and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none() {
                let what = format!("{tcp:?} is not host:port");
                c.report(
                    &format!("{key}.tcp"),
                    what,
                    "write for example 192.168.1.20:5084",
                );
                return None;
            }
            Some(Connection::Tcp(tcp.clone()))
        }
        (None, Some(path), None, None) => {
            let parity = match section.parity.as_deref() {
                None | Some("none") => Parity::None,
                Some("even") => Parity::Even,
                Some("odd") => Parity::Odd,
                Some(other) => {
                    let what = format!("unknown parity {other:?}");
                    c.report(&format!("{key}.parity"), what, "write none, even or odd");
                    return None;
                }
            };
            let data_bits = section.data_bits.unwrap_or(8);
            c.bounded(&format!("{key}.data_bits"), u64::from(data_bits), 7, 8);
            let baud = section.baud.unwrap_or(9_600);
            c.bounded(&format!("{key}.baud"), u64::from(baud), 300, 921_600);
            Some(Connection::Serial {
                path: c.path(path.clone()),
                baud,
                data_bits,
                parity,
            })
        }
        (None, None, None, Some(url)) => snapshot(c, key, url, section),
        (None, None, Some(folder), None) => Some(Connection::Folder(c.path(folder.clone()))),
        _ => {
            let way_out = "write tcp = \"host:port\", or serial = \"/dev/tty…\", or folder = \"…\", \
                           or for a camera url = \"http://…\"";
            c.report(
                key,
                "a device needs exactly one of tcp, serial, folder and url",
                way_out,
            );
            None
        }
    }
}
