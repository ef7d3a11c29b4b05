//! XML → a message of the position service.

use domain::position::{Fix, FixQuality, GeoPoint};
use domain::seal::SealNumber;
use domain::time::Timestamp;

use super::{
    Alarm, AlarmKind, Body, Carrier, CarrierKind, Command, EsealState, Message, Occasion,
    POSITIONS_MAX, Position, PositionError, Refused, SEALS_MAX,
};
use crate::measure;
use crate::message::MessageError;
use crate::xml::{self, Element, XmlError};

/// Longest code or name kept, characters.
const TEXT_MAX: usize = 64;
/// 2000 to 2099.
const CENTURY_S: std::ops::Range<i64> = 946_684_800..4_102_444_800;

/// Reads one message, with the positions of it that are none. `zone_minutes`: how far the sender's
/// clock is ahead of UTC.
///
/// # Errors
/// No XML, another message, no time sent, a command that is none, or no position that is one.
pub fn read(bytes: &[u8], zone_minutes: i16) -> Result<(Message, Vec<Refused>), MessageError> {
    let root = xml::read(bytes).map_err(|error| match error {
        XmlError::TooLarge { len } => MessageError::TooLarge {
            len,
            max: xml::BYTES_MAX,
        },
        XmlError::Characters { .. } => MessageError::Damaged {
            place: "message".to_owned(),
            reason: error.to_string(),
        },
        XmlError::Malformed { line, reason } => MessageError::Damaged {
            place: format!("line {line}"),
            reason,
        },
    })?;
    if root.name != "CargoSupervision" {
        return Err(MessageError::OtherMessage {
            found: root.name,
            expected: "CargoSupervision",
        });
    }
    // Positions have a head; commands and their results carry its fields themselves.
    let head = root.child("Head").unwrap_or(&root);
    let whole = |error: PositionError| refused(&root, error);
    let sent_at = moment(head, &["SendTime"], zone_minutes).map_err(whole)?;
    let mut left_out = Vec::new();
    let body = match head.at(&["MessageType"]) {
        "1" => positions(&root, Occasion::Live, zone_minutes, &mut left_out)?,
        "2" => positions(&root, Occasion::Polled, zone_minutes, &mut left_out)?,
        "3" => positions(&root, Occasion::Backfilled, zone_minutes, &mut left_out)?,
        "4" => Body::Command {
            device_kind: text(&root, "DeviceType"),
            device: needed(&root, "DeviceID").map_err(whole)?,
            carrier: carrier(&root).map_err(whole)?,
            command: command(root.at(&["OppCommand"])).map_err(whole)?,
        },
        "5" => Body::Result {
            device_kind: text(&root, "DeviceType"),
            device: needed(&root, "DeviceID").map_err(whole)?,
            is_done: flag(&root, "ExecResult").map_err(whole)?,
            notes: text(&root, "FailedNotes"),
        },
        other => {
            return Err(MessageError::OtherMessage {
                found: format!("message type {other:?}"),
                expected: "message of the position service (1 to 5)",
            });
        }
    };
    let message = Message {
        sender: text(head, "SenderID"),
        receiver: text(head, "ReceiverID"),
        sent_at,
        body,
    };
    Ok((message, left_out))
}

fn refused(of: &Element, error: PositionError) -> MessageError {
    MessageError::Damaged {
        place: format!("line {}", of.line),
        reason: error.to_string(),
    }
}

fn positions(
    root: &Element,
    occasion: Occasion,
    zone_minutes: i16,
    left_out: &mut Vec<Refused>,
) -> Result<Body, MessageError> {
    let bodies = root.children.iter().filter(|child| child.name == "Body");
    let count = bodies.clone().count();
    if count > POSITIONS_MAX {
        let (field, max) = ("Body", POSITIONS_MAX);
        return Err(refused(root, PositionError::TooMany { field, count, max }));
    }
    let mut positions = Vec::with_capacity(count);
    for body in bodies {
        match position(body, zone_minutes) {
            Ok(position) => positions.push(position),
            Err(error) => left_out.push(Refused {
                line: body.line,
                error,
            }),
        }
    }
    match (positions.is_empty(), left_out.first()) {
        (false, _) => Ok(Body::Positions {
            occasion,
            positions,
        }),
        (true, Some(first)) => Err(MessageError::Damaged {
            place: format!("line {}", first.line),
            reason: first.error.to_string(),
        }),
        (true, None) => Err(refused(root, missing("Body"))),
    }
}

fn missing(field: &'static str) -> PositionError {
    PositionError::Field {
        field,
        value: String::new(),
        expected: "missing",
    }
}

fn position(body: &Element, zone_minutes: i16) -> Result<Position, PositionError> {
    let seals = body.children.iter().filter(|child| child.name == "ESeal");
    let count = seals.clone().count();
    if count > SEALS_MAX {
        let (field, max) = ("ESeal", SEALS_MAX);
        return Err(PositionError::TooMany { field, count, max });
    }
    let alarm = match body.child("DeviceAlarm") {
        // Some write an empty element where there is no alarm.
        Some(alarm) if !alarm.children.is_empty() => {
            let at = moment(alarm, &["AlarmTime", "AlramTime"], zone_minutes)?;
            Some(Alarm {
                kind: coded(&AlarmKind::CODES, alarm, "AlarmType", "1, 2, 3 or 9")?,
                // Whole seconds, as the field has them.
                at: Timestamp::from_seconds(at.as_seconds()),
            })
        }
        Some(_) | None => None,
    };
    Ok(Position {
        device_kind: text(body, "DeviceType"),
        device: needed(body, "DeviceID")?,
        system: text(body, "PositionSystem"),
        carrier: carrier(body)?,
        fix: fix(body, zone_minutes)?,
        seals: seals.map(seal).collect::<Result<_, _>>()?,
        alarm,
    })
}

fn fix(body: &Element, zone_minutes: i16) -> Result<Fix, PositionError> {
    let at = moment(body, &["RTCTime", "RTCime"], zone_minutes)?;
    let place = body.child("Position").ok_or_else(|| missing("Position"))?;
    let is_located = flag(place, "Flag")?;
    let decimal = |field: &'static str, places, max, expected| {
        let raw = place.at(&[field]);
        // What was not located needs no numbers.
        if raw.is_empty() && !is_located {
            return Ok(0);
        }
        measure::decimal(raw, places)
            .filter(|value: &i64| value.abs() <= max)
            .ok_or_else(|| PositionError::Field {
                field,
                value: raw.to_owned(),
                expected,
            })
    };
    let lat_e7 = decimal("Latitude", 7, 900_000_000, "-90 to 90 degrees")?;
    let lon_e7 = decimal("Longitude", 7, 1_800_000_000, "-180 to 180 degrees")?;
    let speed = decimal("Speed", 1, 9_990, "0 to 999 km/h")?;
    let course_e1 = decimal("Direction", 1, 3_600, "0 to 360 degrees")?;
    let positive = |field, value: i64| {
        u32::try_from(value).map_err(|_| PositionError::Field {
            field,
            value: value.to_string(),
            expected: "at least 0",
        })
    };
    Ok(Fix {
        point: GeoPoint::new(lat_e7, lon_e7).expect("both were held to the globe"),
        at: Some(at),
        quality: if is_located {
            FixQuality::Satellite
        } else {
            FixQuality::Invalid
        },
        hdop_tenths: None,
        satellites: None,
        speed_tenths_kmh: Some(positive("Speed", speed)?),
        course_deg: u16::try_from(positive("Direction", course_e1)? / 10 % 360).ok(),
    })
}

fn seal(element: &Element) -> Result<EsealState, PositionError> {
    let raw = element.at(&["ESealID"]);
    let number = SealNumber::parse(raw).map_err(|_| PositionError::Field {
        field: "ESealID",
        value: raw.to_owned(),
        expected: "a seal number",
    })?;
    Ok(EsealState {
        number,
        status: text(element, "ESealStatus"),
    })
}

fn carrier(of: &Element) -> Result<Carrier, PositionError> {
    Ok(Carrier {
        kind: coded(&CarrierKind::CODES, of, "CarrierType", "1, 2, 3, 4 or 99")?,
        code: needed(of, "CarrierCode")?,
    })
}

fn command(raw: &str) -> Result<Command, PositionError> {
    let known = Command::CODES.iter().find(|(_, code)| *code == raw);
    if let Some((command, _)) = known {
        return Ok(*command);
    }
    let digits = raw.strip_prefix('X').filter(|rest| rest.len() == 4);
    let is_digits = |rest: &&str| rest.bytes().all(|b| b.is_ascii_digit());
    match digits.filter(is_digits).and_then(|rest| rest.parse().ok()) {
        Some(seconds) => Ok(Command::ReportEvery { seconds }),
        None => Err(PositionError::Field {
            field: "OppCommand",
            value: raw.to_owned(),
            expected: "1 to 9, or X and four digits",
        }),
    }
}

fn coded<T: Copy>(
    codes: &[(T, &str)],
    of: &Element,
    field: &'static str,
    expected: &'static str,
) -> Result<T, PositionError> {
    let value = of.at(&[field]);
    let found = codes.iter().find(|(_, code)| *code == value);
    found
        .map(|(kind, _)| *kind)
        .ok_or_else(|| PositionError::Field {
            field,
            value: value.to_owned(),
            expected,
        })
}

fn flag(of: &Element, field: &'static str) -> Result<bool, PositionError> {
    coded(&[(false, "0"), (true, "1")], of, field, "0 or 1")
}

/// The first of several spellings that is there.
fn moment(
    of: &Element,
    spellings: &[&'static str],
    zone_minutes: i16,
) -> Result<Timestamp, PositionError> {
    let written = spellings.iter().map(|name| (*name, of.at(&[name])));
    let (field, raw) = written
        .clone()
        .find(|(_, raw)| !raw.is_empty())
        .unwrap_or((spellings[0], ""));
    measure::moment(raw, zone_minutes)
        .filter(|at| CENTURY_S.contains(&at.as_seconds()))
        .ok_or_else(|| PositionError::Field {
            field,
            value: raw.to_owned(),
            expected: "YYYYMMDDhhmmss of this century",
        })
}

fn needed(of: &Element, field: &'static str) -> Result<String, PositionError> {
    let value = text(of, field);
    if value.is_empty() {
        return Err(PositionError::Field {
            field,
            value,
            expected: "missing",
        });
    }
    Ok(value)
}

fn text(of: &Element, field: &str) -> String {
    let kept = of.at(&[field]).chars().filter(|c| !c.is_control());
    let text: String = kept.take(TEXT_MAX).collect();
    text.trim().to_owned()
}
