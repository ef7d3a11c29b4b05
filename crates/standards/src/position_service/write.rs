//! A message of the position service → XML in UTF-8.

use domain::position::FixQuality;
use domain::time::Timestamp;

use super::{AlarmKind, Body, Carrier, CarrierKind, Command, Message, Occasion, Position};
use crate::xml::escaped;

/// Writes a message; times are written in the clock `zone_minutes` ahead of UTC.
#[must_use]
pub fn write(message: &Message, zone_minutes: i16) -> String {
    let mut xml = Xml {
        text: "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<CargoSupervision>".to_owned(),
        zone_minutes,
    };
    match &message.body {
        Body::Positions {
            occasion,
            positions,
        } => {
            let kind = match occasion {
                Occasion::Live => "1",
                Occasion::Polled => "2",
                Occasion::Backfilled => "3",
            };
            xml.text.push_str("<Head>");
            xml.head(message, kind);
            xml.text.push_str("</Head>");
            for position in positions {
                xml.position(position);
            }
        }
        Body::Command {
            device_kind,
            device,
            carrier,
            command,
        } => {
            xml.head(message, "4");
            xml.element("DeviceType", device_kind);
            xml.element("DeviceID", device);
            xml.carrier(carrier);
            xml.element("OppCommand", &command_code(*command));
        }
        Body::Result {
            device_kind,
            device,
            is_done,
            notes,
        } => {
            xml.head(message, "5");
            xml.element("DeviceType", device_kind);
            xml.element("DeviceID", device);
            xml.element("ExecResult", if *is_done { "1" } else { "0" });
            if !notes.is_empty() {
                xml.element("FailedNotes", notes);
            }
        }
    }
    xml.text.push_str("</CargoSupervision>\n");
    xml.text
}

struct Xml {
    text: String,
    zone_minutes: i16,
}

impl Xml {
    fn element(&mut self, name: &str, value: &str) {
        let value = escaped(value);
        self.text.push_str(&format!("<{name}>{value}</{name}>"));
    }

    fn head(&mut self, message: &Message, kind: &str) {
        self.element("MessageType", kind);
        self.element("SenderID", &message.sender);
        self.element("ReceiverID", &message.receiver);
        self.time("SendTime", message.sent_at, 14);
    }

    fn carrier(&mut self, carrier: &Carrier) {
        let code = code_of(&CarrierKind::CODES, carrier.kind);
        self.element("CarrierType", code);
        self.element("CarrierCode", &carrier.code);
    }

    /// As many digits of the local time, year first, as the field has.
    fn time(&mut self, name: &str, at: Timestamp, len: usize) {
        let ahead = i64::from(self.zone_minutes) * 60_000_000;
        let local = Timestamp::from_micros(at.as_micros().saturating_add(ahead));
        let digits: String = local
            .to_string()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let digits = format!("{digits:0<len$}");
        self.element(name, &digits[..len]);
    }

    fn position(&mut self, position: &Position) {
        self.text.push_str("<Body>");
        self.element("DeviceType", &position.device_kind);
        self.element("DeviceID", &position.device);
        self.element("PositionSystem", &position.system);
        let fix = &position.fix;
        self.time("RTCime", fix.at.unwrap_or_default(), 17);
        self.carrier(&position.carrier);
        for seal in &position.seals {
            self.text.push_str("<ESeal>");
            self.element("ESealID", seal.number.as_str());
            self.element("ESealStatus", &seal.status);
            self.text.push_str("</ESeal>");
        }
        self.text.push_str("<Position>");
        self.element("Longitude", &scaled(fix.point.lon_e7().into(), 7));
        self.element("Latitude", &scaled(fix.point.lat_e7().into(), 7));
        let speed = fix.speed_tenths_kmh.unwrap_or(0);
        self.element("Speed", &scaled(speed.into(), 1));
        self.element("Direction", &fix.course_deg.unwrap_or(0).to_string());
        let is_located = fix.quality > FixQuality::Invalid;
        self.element("Flag", if is_located { "1" } else { "0" });
        self.text.push_str("</Position>");
        if let Some(alarm) = &position.alarm {
            self.text.push_str("<DeviceAlarm>");
            self.element("AlarmType", code_of(&AlarmKind::CODES, alarm.kind));
            self.time("AlarmTime", alarm.at, 14);
            self.text.push_str("</DeviceAlarm>");
        }
        self.text.push_str("</Body>");
    }
}

fn command_code(command: Command) -> String {
    if let Command::ReportEvery { seconds } = command {
        return format!("X{:04}", seconds.min(9_999));
    }
    code_of(&Command::CODES, command).to_owned()
}

fn code_of<T: Copy + PartialEq>(codes: &[(T, &'static str)], kind: T) -> &'static str {
    let found = codes.iter().find(|(known, _)| *known == kind);
    found.map_or("", |(_, code)| code)
}

/// A whole number of parts of ten to the power of `places` as a decimal number.
fn scaled(value: i64, places: usize) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{part}")
}
