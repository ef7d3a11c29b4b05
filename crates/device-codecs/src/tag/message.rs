//! LLRP messages as bytes, both ways: the header, the parameters that a gate needs, and how to
//! walk over the rest. Source: EPCglobal LLRP 1.1, chapters 16 and 17. Which message is due when
//! is the session's business.

use domain::reading::TagReading;
use domain::tag::TagId;
use domain::time::Timestamp;

/// Header: `rsv3 version3 type10 | length 32 | id 32`.
pub(super) const HEADER_BYTES: usize = 10;
/// Longest message that is taken: capabilities of big readers stay far below.
pub(super) const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Version bits of LLRP 1.0.1, which a 1.1 reader speaks until it is asked for more.
const VERSION: u16 = 1;

/// Types of messages.
pub(super) mod kind {
    pub(in crate::tag) const GET_READER_CAPABILITIES: u16 = 1;
    pub(in crate::tag) const GET_READER_CAPABILITIES_RESPONSE: u16 = 11;
    pub(in crate::tag) const GET_READER_CONFIG: u16 = 2;
    pub(in crate::tag) const GET_READER_CONFIG_RESPONSE: u16 = 12;
    pub(in crate::tag) const SET_READER_CONFIG: u16 = 3;
    pub(in crate::tag) const SET_READER_CONFIG_RESPONSE: u16 = 13;
    pub(in crate::tag) const CLOSE_CONNECTION: u16 = 14;
    pub(in crate::tag) const CLOSE_CONNECTION_RESPONSE: u16 = 4;
    pub(in crate::tag) const ADD_ROSPEC: u16 = 20;
    pub(in crate::tag) const ADD_ROSPEC_RESPONSE: u16 = 30;
    pub(in crate::tag) const DELETE_ROSPEC: u16 = 21;
    pub(in crate::tag) const DELETE_ROSPEC_RESPONSE: u16 = 31;
    pub(in crate::tag) const START_ROSPEC: u16 = 22;
    pub(in crate::tag) const START_ROSPEC_RESPONSE: u16 = 32;
    pub(in crate::tag) const STOP_ROSPEC: u16 = 23;
    pub(in crate::tag) const STOP_ROSPEC_RESPONSE: u16 = 33;
    pub(in crate::tag) const ENABLE_ROSPEC: u16 = 24;
    pub(in crate::tag) const ENABLE_ROSPEC_RESPONSE: u16 = 34;
    pub(in crate::tag) const DISABLE_ROSPEC: u16 = 25;
    pub(in crate::tag) const DISABLE_ROSPEC_RESPONSE: u16 = 35;
    pub(in crate::tag) const DELETE_ACCESSSPEC: u16 = 41;
    pub(in crate::tag) const DELETE_ACCESSSPEC_RESPONSE: u16 = 51;
    pub(in crate::tag) const RO_ACCESS_REPORT: u16 = 61;
    pub(in crate::tag) const KEEPALIVE: u16 = 62;
    pub(in crate::tag) const ENABLE_EVENTS_AND_REPORTS: u16 = 64;
    pub(in crate::tag) const KEEPALIVE_ACK: u16 = 72;
    pub(in crate::tag) const READER_EVENT_NOTIFICATION: u16 = 63;
    pub(in crate::tag) const ERROR_MESSAGE: u16 = 100;
}

mod parameter {
    pub(super) const UTC_TIMESTAMP: u16 = 128;
    pub(super) const RO_SPEC: u16 = 177;
    pub(super) const RO_BOUNDARY_SPEC: u16 = 178;
    pub(super) const RO_START_TRIGGER: u16 = 179;
    pub(super) const RO_STOP_TRIGGER: u16 = 182;
    pub(super) const AI_SPEC: u16 = 183;
    pub(super) const AI_STOP_TRIGGER: u16 = 184;
    pub(super) const INVENTORY_PARAMETER_SPEC: u16 = 186;
    pub(super) const KEEPALIVE_SPEC: u16 = 220;
    pub(super) const RO_REPORT_SPEC: u16 = 237;
    pub(super) const TAG_REPORT_CONTENT_SELECTOR: u16 = 238;
    pub(super) const TAG_REPORT_DATA: u16 = 240;
    pub(super) const EPC_DATA: u16 = 241;
    pub(super) const READER_EVENT_NOTIFICATION_DATA: u16 = 246;
    pub(super) const CONNECTION_ATTEMPT_EVENT: u16 = 256;
    pub(super) const C1G2_EPC_MEMORY_SELECTOR: u16 = 348;
    pub(super) const LLRP_STATUS: u16 = 287;
}

/// Length of the value of a TV parameter (LLRP 1.1, table 17-1).
fn tv_bytes(kind: u8) -> Option<usize> {
    Some(match kind {
        1 | 7 | 8 | 10 | 11 | 12 | 14 | 15 | 17 | 18 | 19 | 20 => 2,
        2..=5 => 8,
        6 => 1,
        9 | 16 => 4,
        13 => 12,
        _ => return None,
    })
}

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: u16,
    pub(super) id: u32,
    pub(super) body: Vec<u8>,
}

/// What the front of a stream is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Front {
    Wait,
    /// Nothing after it can be trusted to begin a message.
    Broken,
    Message {
        len: usize,
        message: Message,
    },
}

/// Reads the message at the front of `buffer`.
pub(super) fn front(buffer: &[u8]) -> Front {
    let Some(header) = buffer.get(..HEADER_BYTES) else {
        return Front::Wait;
    };
    let first = u16::from_be_bytes([header[0], header[1]]);
    let len = u32::from_be_bytes([header[2], header[3], header[4], header[5]]) as usize;
    let version = (first >> 10) & 7;
    if !(1..=2).contains(&version) || !(HEADER_BYTES..=MESSAGE_BYTES_MAX).contains(&len) {
        return Front::Broken;
    }
    let Some(bytes) = buffer.get(..len) else {
        return Front::Wait;
    };
    let id = u32::from_be_bytes([header[6], header[7], header[8], header[9]]);
    let message = Message {
        kind: first & 0x3ff,
        id,
        body: bytes[HEADER_BYTES..].to_vec(),
    };
    Front::Message { len, message }
}

/// A message with its header.
pub(super) fn message(kind: u16, id: u32, body: &[u8]) -> Vec<u8> {
    let len = (HEADER_BYTES + body.len()) as u32;
    let mut bytes = (VERSION << 10 | kind).to_be_bytes().to_vec();
    bytes.extend(len.to_be_bytes());
    bytes.extend(id.to_be_bytes());
    bytes.extend(body);
    bytes
}

pub(super) fn tlv(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_be_bytes().to_vec();
    bytes.extend(((value.len() + 4) as u16).to_be_bytes());
    bytes.extend(value);
    bytes
}

fn tv(kind: u8, value: &[u8]) -> Vec<u8> {
    [&[0x80 | kind], value].concat()
}

/// One parameter.
#[derive(Debug, Clone, Copy)]
struct Parameter<'a> {
    /// TV types keep their number, TLV types begin at 128.
    kind: u16,
    value: &'a [u8],
}

/// Walks over parameters; ends with `Err` where the bytes are none.
struct Parameters<'a>(&'a [u8]);

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, ()>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = *self.0.first()?;
        let parsed = if first & 0x80 != 0 {
            let kind = first & 0x7f;
            tv_bytes(kind).and_then(|len| {
                let value = self.0.get(1..1 + len)?;
                Some((
                    Parameter {
                        kind: kind.into(),
                        value,
                    },
                    1 + len,
                ))
            })
        } else {
            self.0.get(..4).and_then(|head| {
                let kind = u16::from_be_bytes([head[0], head[1]]) & 0x3ff;
                let len = usize::from(u16::from_be_bytes([head[2], head[3]]));
                let value = self.0.get(4..len.max(4))?;
                (len >= 4).then_some((Parameter { kind, value }, len))
            })
        };
        match parsed {
            Some((parameter, len)) => {
                self.0 = &self.0[len..];
                Some(Ok(parameter))
            }
            None => {
                self.0 = &[];
                Some(Err(()))
            }
        }
    }
}

/// Types of the parameters of a body, in order; `None` if it does not end with one.
#[cfg(test)]
pub(super) fn kinds(body: &[u8]) -> Option<Vec<u16>> {
    Parameters(body).map(|p| Some(p.ok()?.kind)).collect()
}

/// What became of a request: 0 is success (LLRP 1.1, 17.2.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) code: u16,
    pub(super) text: String,
}

/// The status of a response.
pub(super) fn status(body: &[u8]) -> Option<Status> {
    Parameters(body)
        .flatten()
        .find(|p| p.kind == parameter::LLRP_STATUS)
        .and_then(|p| {
            let code = u16::from_be_bytes(p.value.get(..2)?.try_into().ok()?);
            let len = usize::from(u16::from_be_bytes(p.value.get(2..4)?.try_into().ok()?));
            let text = String::from_utf8_lossy(p.value.get(4..4 + len)?)
                .chars()
                .take(120)
                .collect();
            Some(Status { code, text })
        })
}

/// The body of a response.
pub(super) fn status_body(code: u16) -> Vec<u8> {
    tlv(
        parameter::LLRP_STATUS,
        &[code.to_be_bytes(), [0, 0]].concat(),
    )
}

/// Outcome of a connection attempt in a reader event; `None` if the event says nothing of it.
pub(super) fn connection_attempt(body: &[u8]) -> Option<u16> {
    let events = Parameters(body).flatten();
    let mut events = events.filter(|p| p.kind == parameter::READER_EVENT_NOTIFICATION_DATA);
    events.find_map(|p| {
        let mut inner = Parameters(p.value).flatten();
        let event = inner.find(|p| p.kind == parameter::CONNECTION_ATTEMPT_EVENT)?;
        Some(u16::from_be_bytes(event.value.get(..2)?.try_into().ok()?))
    })
}

/// The first thing a reader says to a client.
pub(super) fn connection_event_body(status: u16, utc_us: u64) -> Vec<u8> {
    let time = tlv(parameter::UTC_TIMESTAMP, &utc_us.to_be_bytes());
    let event = tlv(parameter::CONNECTION_ATTEMPT_EVENT, &status.to_be_bytes());
    tlv(
        parameter::READER_EVENT_NOTIFICATION_DATA,
        &[time, event].concat(),
    )
}

/// Keep-alives every `period_ms`; everything else as it is.
pub(super) fn keepalive_config_body(period_ms: u32) -> Vec<u8> {
    let mut keepalive = vec![1];
    keepalive.extend(period_ms.to_be_bytes());
    [vec![0], tlv(parameter::KEEPALIVE_SPEC, &keepalive)].concat()
}

/// The period that [`keepalive_config_body`] asks for.
pub(super) fn keepalive_period_ms(body: &[u8]) -> Option<u32> {
    let spec = Parameters(body.get(1..)?)
        .flatten()
        .find(|p| p.kind == parameter::KEEPALIVE_SPEC)?;
    let period = u32::from_be_bytes(spec.value.get(1..5)?.try_into().ok()?);
    (spec.value[0] == 1).then_some(period)
}

/// An inventory of all antennas that starts by itself and reports every tag at once, with antenna,
/// strength, time and count.
pub(super) fn rospec(id: u32) -> Vec<u8> {
    let start = tlv(parameter::RO_START_TRIGGER, &[1]);
    let stop = tlv(parameter::RO_STOP_TRIGGER, &[0, 0, 0, 0, 0]);
    let boundary = tlv(parameter::RO_BOUNDARY_SPEC, &[start, stop].concat());
    let ai_stop = tlv(parameter::AI_STOP_TRIGGER, &[0, 0, 0, 0, 0]);
    // Inventory 1, air protocol 1: EPC Class 1 Generation 2.
    let inventory = tlv(parameter::INVENTORY_PARAMETER_SPEC, &[0, 1, 1]);
    // One antenna entry, number 0: all of them.
    let ai = tlv(
        parameter::AI_SPEC,
        &[vec![0, 1, 0, 0], ai_stop, inventory].concat(),
    );
    let wanted: u16 = 1 << 12 | 1 << 10 | 1 << 9 | 1 << 7;
    let memory = tlv(parameter::C1G2_EPC_MEMORY_SELECTOR, &[0]);
    let selector = [wanted.to_be_bytes().to_vec(), memory].concat();
    let selector = tlv(parameter::TAG_REPORT_CONTENT_SELECTOR, &selector);
    // Upon one tag, or the end of an antenna's inventory.
    let report = tlv(
        parameter::RO_REPORT_SPEC,
        &[vec![1, 0, 1], selector].concat(),
    );
    let mut spec = id.to_be_bytes().to_vec();
    spec.extend([0, 0]);
    tlv(parameter::RO_SPEC, &[spec, boundary, ai, report].concat())
}

/// The number of the inventory in an ADD_ROSPEC, and whether it starts by itself.
pub(super) fn rospec_of(body: &[u8]) -> Option<(u32, bool)> {
    let spec = Parameters(body)
        .flatten()
        .find(|p| p.kind == parameter::RO_SPEC)?;
    let id = u32::from_be_bytes(spec.value.get(..4)?.try_into().ok()?);
    let inside = Parameters(spec.value.get(6..)?).flatten();
    let starts = inside
        .filter(|p| p.kind == parameter::RO_BOUNDARY_SPEC)
        .flat_map(|p| Parameters(p.value).flatten())
        .any(|p| p.kind == parameter::RO_START_TRIGGER && p.value.first() == Some(&1));
    Some((id, starts))
}

/// Tags of a report; how many entries were none is counted in the second part.
pub(super) fn tags(body: &[u8]) -> (Vec<TagReading>, u32) {
    let (mut tags, mut bad) = (Vec::new(), 0);
    for entry in Parameters(body) {
        match entry {
            Ok(p) if p.kind == parameter::TAG_REPORT_DATA => match tag(p.value) {
                Some(reading) => tags.push(reading),
                None => bad += 1,
            },
            // Surveys and extensions of makers.
            Ok(_) => {}
            Err(()) => bad += 1,
        }
    }
    (tags, bad)
}

fn tag(value: &[u8]) -> Option<TagReading> {
    let mut reading: Option<TagReading> = None;
    let (mut antenna, mut rssi_dbm, mut seen_count, mut first_seen) = (0, None, 1, None);
    for entry in Parameters(value) {
        let p = entry.ok()?;
        match (p.kind, p.value) {
            (1, [high, low]) => antenna = u16::from_be_bytes([*high, *low]),
            (2, bytes) => {
                let micros = u64::from_be_bytes(bytes.try_into().ok()?);
                first_seen = i64::try_from(micros).ok().map(Timestamp::from_micros);
            }
            (6, [byte]) => rssi_dbm = Some(i16::from(byte.cast_signed())),
            (8, [high, low]) => seen_count = u16::from_be_bytes([*high, *low]),
            (13, bytes) => reading = Some(of_epc(bytes)?),
            (parameter::EPC_DATA, bytes) => {
                let bits = usize::from(u16::from_be_bytes(bytes.get(..2)?.try_into().ok()?));
                // A reader may send an empty EPC beside the short form.
                if bits > 0 {
                    reading = Some(of_epc(bytes.get(2..2 + bits.div_ceil(8))?)?);
                }
            }
            _ => {}
        }
    }
    Some(TagReading {
        antenna,
        rssi_dbm,
        seen_count,
        first_seen,
        ..reading?
    })
}

fn of_epc(bytes: &[u8]) -> Option<TagReading> {
    Some(TagReading {
        tag: TagId::from_bytes(bytes).ok()?,
        antenna: 0,
        rssi_dbm: None,
        seen_count: 1,
        first_seen: None,
    })
}

/// One tag as a reader reports it; `None` if its identifier is no whole number of bytes.
pub(super) fn tag_body(reading: &TagReading) -> Option<Vec<u8>> {
    let epc = reading.tag.to_bytes()?;
    let mut value = if epc.len() == 12 {
        tv(13, &epc)
    } else {
        let bits = u16::try_from(epc.len() * 8).ok()?;
        tlv(
            parameter::EPC_DATA,
            &[bits.to_be_bytes().to_vec(), epc].concat(),
        )
    };
    value.extend(tv(1, &reading.antenna.to_be_bytes()));
    if let Some(rssi) = reading.rssi_dbm {
        let clamped = rssi.clamp(i8::MIN.into(), i8::MAX.into()) as i8;
        value.extend(tv(6, &clamped.to_be_bytes()));
    }
    if let Some(at) = reading.first_seen {
        value.extend(tv(2, &u64::try_from(at.as_micros()).ok()?.to_be_bytes()));
    }
    value.extend(tv(8, &reading.seen_count.to_be_bytes()));
    Some(tlv(parameter::TAG_REPORT_DATA, &value))
}
