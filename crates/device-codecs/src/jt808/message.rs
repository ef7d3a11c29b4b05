//! A frame's body ⇄ a message. Messages that say nothing to a gate are named by their number only.

use domain::plate::Plate;
use encoding_rs::GBK;

use super::frame::{Frame, Reader};
use super::location::{Location, LocationError};
use crate::rejects::RejectReason;

/// Entries of one batch that are read.
const BATCH_MAX: usize = 256;

/// What a terminal tells of itself when it registers (0x0100).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Maker, as written.
    pub maker: String,
    /// Model, as written.
    pub model: String,
    /// The maker's own number of it.
    pub device: String,
    /// Colour of the plate, 0 for none; then the text is the chassis number.
    pub plate_colour: u8,
    /// Plate or chassis number, as written.
    pub vehicle: String,
}

impl Registration {
    /// The plate, if the vehicle has one and the text is one.
    #[must_use]
    pub fn plate(&self) -> Option<Plate> {
        if self.plate_colour == 0 {
            return None;
        }
        Plate::parse(&self.vehicle).ok()
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// 0x0001 or 0x8001: what became of a message of the other side.
    Answer {
        /// Its serial number.
        serial: u16,
        /// Its message.
        id: u16,
        /// 0 done, 1 failed, 2 wrong, 3 not supported.
        result: u8,
    },
    /// 0x0002.
    Heartbeat,
    /// 0x0100.
    Registration(Registration),
    /// 0x8100: what became of a registration.
    RegistrationAnswer {
        /// Its serial number.
        serial: u16,
        /// 0 done, 1 vehicle or 3 terminal registered already, 2 no such vehicle, 4 no such
        /// terminal.
        result: u8,
        /// What to authenticate with, if done.
        code: Option<String>,
    },
    /// 0x0102, with the code that the registration gave.
    Authentication {
        /// Code.
        code: String,
    },
    /// 0x0200.
    Location(Location),
    /// 0x0201: a location that was asked for.
    LocationAnswer {
        /// Serial number of the question.
        serial: u16,
        /// Location.
        location: Location,
    },
    /// 0x0704: locations kept while there was no line, in the terminal's order.
    Batch {
        /// Kept over a blind stretch (1), not merely sent together (0).
        is_backfill: bool,
        /// Locations.
        locations: Vec<Location>,
    },
    /// Any other.
    Other {
        /// Message.
        id: u16,
    },
}

/// Why a body is not what its header says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Shorter than its fields.
    #[error("message {id:04X} is cut short")]
    Short {
        /// Message.
        id: u16,
    },
    /// A part of a message: only whole ones are read.
    #[error("message {id:04X} came in parts")]
    InParts {
        /// Message.
        id: u16,
    },
    /// A text in no character set that is allowed.
    #[error("a text of message {id:04X} is not GBK")]
    Text {
        /// Message.
        id: u16,
    },
    /// A location in it is none.
    #[error("message {id:04X}: a location is none")]
    Location {
        /// Message.
        id: u16,
        /// Cause.
        #[source]
        source: LocationError,
    },
    /// A batch counts other entries than it has.
    #[error("message {id:04X} counts {declared} locations and has {found}")]
    Count {
        /// Message.
        id: u16,
        /// As it says.
        declared: usize,
        /// As it came.
        found: usize,
    },
}

impl MessageError {
    /// As which reason it is counted.
    #[must_use]
    pub const fn reason(&self) -> RejectReason {
        match self {
            Self::Short { .. } => RejectReason::Length,
            Self::InParts { .. } => RejectReason::Unsupported,
            Self::Text { .. } => RejectReason::Character,
            Self::Location { source, .. } => match source {
                LocationError::Short { .. } => RejectReason::Length,
                LocationError::Range { .. } => RejectReason::Range,
            },
            Self::Count { .. } => RejectReason::Inconsistent,
        }
    }
}

impl Message {
    /// Reads a frame.
    ///
    /// # Errors
    /// Its body is not what its header says.
    pub fn read(frame: &Frame) -> Result<Self, MessageError> {
        let id = frame.id;
        let short = MessageError::Short { id };
        let mut reader = Reader { rest: &frame.body };
        let is_read = matches!(
            id,
            0x0001 | 0x8001 | 0x0100 | 0x8100 | 0x0102 | 0x0200 | 0x0201 | 0x0704
        );
        if is_read && frame.part.is_some() {
            return Err(MessageError::InParts { id });
        }
        let located = |body: &[u8]| {
            Location::read(body).map_err(|source| MessageError::Location { id, source })
        };
        Ok(match id {
            // Some terminals send a longer one; what is behind the result means nothing here.
            0x0001 | 0x8001 => Self::Answer {
                serial: reader.u16().ok_or_else(|| short.clone())?,
                id: reader.u16().ok_or_else(|| short.clone())?,
                result: reader.u8().ok_or(short)?,
            },
            0x0002 => Self::Heartbeat,
            0x0100 => Self::Registration(registration(frame)?),
            0x8100 => {
                let serial = reader.u16().ok_or_else(|| short.clone())?;
                let result = reader.u8().ok_or(short)?;
                let code = (result == 0).then(|| text(id, reader.rest)).transpose()?;
                Self::RegistrationAnswer {
                    serial,
                    result,
                    code,
                }
            }
            0x0102 => Self::Authentication {
                code: authentication(frame)?,
            },
            0x0200 => Self::Location(located(&frame.body)?),
            0x0201 => Self::LocationAnswer {
                serial: reader.u16().ok_or(short)?,
                location: located(reader.rest)?,
            },
            0x0704 => {
                let declared = usize::from(reader.u16().ok_or_else(|| short.clone())?);
                let is_backfill = reader.u8().ok_or_else(|| short.clone())? == 1;
                let mut locations = Vec::new();
                while !reader.rest.is_empty() && locations.len() < BATCH_MAX {
                    let len = reader.u16().ok_or_else(|| short.clone())?;
                    let entry = reader.take(len.into()).ok_or_else(|| short.clone())?;
                    locations.push(located(entry)?);
                }
                if locations.len() != declared {
                    let found = locations.len();
                    return Err(MessageError::Count {
                        id,
                        declared,
                        found,
                    });
                }
                Self::Batch {
                    is_backfill,
                    locations,
                }
            }
            id => Self::Other { id },
        })
    }
}

/// The widths of maker, model and own number differ: 5, 8, 7 in 2011; 5, 20, 7 in 2013; 11, 30, 30
/// in 2019, whose header says so. Between the first two the length decides.
fn registration(frame: &Frame) -> Result<Registration, MessageError> {
    const AREA: usize = 4;
    let widths = match (frame.version, frame.body.len()) {
        (Some(_), _) => [11, 30, 30],
        (None, len) if len > AREA + 5 + 20 + 7 => [5, 20, 7],
        (None, _) => [5, 8, 7],
    };
    let id = frame.id;
    let short = || MessageError::Short { id };
    let mut reader = Reader { rest: &frame.body };
    reader.take(AREA).ok_or_else(short)?;
    let maker = text(id, reader.take(widths[0]).ok_or_else(short)?)?;
    let model = text(id, reader.take(widths[1]).ok_or_else(short)?)?;
    let device = text(id, reader.take(widths[2]).ok_or_else(short)?)?;
    Ok(Registration {
        maker,
        model,
        device,
        plate_colour: reader.u8().ok_or_else(short)?,
        vehicle: text(id, reader.rest)?,
    })
}

/// The code: the whole body, or in 2019 as many bytes as its first says.
fn authentication(frame: &Frame) -> Result<String, MessageError> {
    let mut reader = Reader { rest: &frame.body };
    if frame.version.is_none() {
        return text(frame.id, reader.rest);
    }
    let short = MessageError::Short { id: frame.id };
    let len = reader.u8().ok_or_else(|| short.clone())?;
    text(frame.id, reader.take(len.into()).ok_or(short)?)
}

/// GBK text, filled up with zeros or blanks.
fn text(id: u16, bytes: &[u8]) -> Result<String, MessageError> {
    let (text, _, is_damaged) = GBK.decode(bytes);
    if is_damaged {
        return Err(MessageError::Text { id });
    }
    let text = text.trim_matches(|c: char| c == '\0' || c == ' ');
    Ok(text.chars().filter(|c| !c.is_control()).take(64).collect())
}

/// Number and body of a message as either side sends it, with the registration of 2013; `None` for
/// [`Message::Other`], whose body is not known.
#[must_use]
pub fn encode(message: &Message, is_platform: bool) -> Option<(u16, Vec<u8>)> {
    let gbk = |text: &str| GBK.encode(text).0.into_owned();
    Some(match message {
        Message::Answer { serial, id, result } => {
            let body = [&serial.to_be_bytes()[..], &id.to_be_bytes(), &[*result]].concat();
            (if is_platform { 0x8001 } else { 0x0001 }, body)
        }
        Message::Heartbeat => (0x0002, Vec::new()),
        Message::Registration(registration) => {
            let mut body = vec![0; 4];
            for (text, width) in [
                (&registration.maker, 5),
                (&registration.model, 20),
                (&registration.device, 7),
            ] {
                let mut field = gbk(text);
                field.resize(width, 0);
                body.extend(field);
            }
            body.push(registration.plate_colour);
            body.extend(gbk(&registration.vehicle));
            (0x0100, body)
        }
        Message::RegistrationAnswer {
            serial,
            result,
            code,
        } => {
            let mut body = [&serial.to_be_bytes()[..], &[*result]].concat();
            body.extend(gbk(code.as_deref().unwrap_or("")));
            (0x8100, body)
        }
        Message::Authentication { code } => (0x0102, gbk(code)),
        Message::Location(location) => (0x0200, location.encode()),
        Message::LocationAnswer { serial, location } => {
            let body = [&serial.to_be_bytes()[..], &location.encode()].concat();
            (0x0201, body)
        }
        Message::Batch {
            is_backfill,
            locations,
        } => {
            let count = u16::try_from(locations.len()).ok()?;
            let mut body = [&count.to_be_bytes()[..], &[u8::from(*is_backfill)]].concat();
            for location in locations {
                let entry = location.encode();
                body.extend(u16::try_from(entry.len()).ok()?.to_be_bytes());
                body.extend(entry);
            }
            (0x0704, body)
        }
        Message::Other { .. } => return None,
    })
}
