//! One frame: the bytes between two flags ⇄ header and body.

use std::fmt;
use std::sync::Arc;

use crate::rejects::RejectReason;

/// Longest body of one frame: the properties hold ten bits of length.
pub const BODY_BYTES_MAX: usize = 1_023;
/// What begins and ends a frame.
pub(super) const FLAG: u8 = 0x7e;
/// What stands before an escaped byte.
const ESCAPE: u8 = 0x7d;
/// Longest frame on the line: header, body and checksum, every byte escaped, and two flags.
pub(super) const FRAME_BYTES_MAX: usize = 2 * (21 + BODY_BYTES_MAX + 1) + 2;

/// The number of a terminal (often its phone's) without leading zeros: the same device fills it up
/// to 12 digits in the headers of 2013 and to 20 in those of 2019.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerminalNumber(Arc<str>);

/// Why a text is no terminal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("terminal number {raw:?} is not 1 to 20 digits, not all of them zero")]
pub struct TerminalNumberError {
    /// The text as it came.
    pub raw: String,
}

impl TerminalNumber {
    /// Parses and normalises.
    ///
    /// # Errors
    /// Not 1 to 20 digits, or nothing but zeros.
    pub fn parse(raw: &str) -> Result<Self, TerminalNumberError> {
        let digits = raw.trim().trim_start_matches('0');
        let is_number = !digits.is_empty() && raw.trim().len() <= 20;
        if !is_number || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(TerminalNumberError {
                raw: raw.to_owned(),
            });
        }
        Ok(Self(Arc::from(digits)))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TerminalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which part of a message a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Parts of the message.
    pub total: u16,
    /// This one, from 1.
    pub index: u16,
}

/// Header and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Message.
    pub id: u16,
    /// Protocol version of a header of 2019; `None` for one of 2011 or 2013.
    pub version: Option<u8>,
    /// Who sends, or to whom it goes.
    pub terminal: TerminalNumber,
    /// Serial number of the sender.
    pub serial: u16,
    /// Set where the message came in parts.
    pub part: Option<Part>,
    /// Body.
    pub body: Vec<u8>,
}

/// Why the bytes between two flags are no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// `7D` is followed by neither `01` nor `02`.
    #[error("7D stands before no 01 or 02")]
    Escape,
    /// The XOR of header and body is another.
    #[error("checksum {found:02X}, computed {computed:02X}")]
    Checksum {
        /// As sent.
        found: u8,
        /// Over the bytes that came.
        computed: u8,
    },
    /// Shorter than a header, or of another length than it says.
    #[error("a body of {found} bytes, {declared} declared")]
    Length {
        /// As the properties say.
        declared: usize,
        /// As it came.
        found: usize,
    },
    /// The terminal's number is not decimal, or nothing but zeros.
    #[error("no terminal number")]
    Terminal,
    /// The body is encrypted (RSA, 10 bits 10 to 12 of the properties).
    #[error("the body is encrypted")]
    Encrypted,
    /// A part that is none of its message.
    #[error("part {index} of {total}")]
    Part {
        /// Parts of the message.
        total: u16,
        /// This one.
        index: u16,
    },
}

impl FrameError {
    /// As which reason it is counted.
    #[must_use]
    pub const fn reason(&self) -> RejectReason {
        match self {
            Self::Escape => RejectReason::Framing,
            Self::Checksum { .. } => RejectReason::Checksum,
            Self::Length { .. } => RejectReason::Length,
            Self::Terminal => RejectReason::Character,
            Self::Encrypted => RejectReason::Unsupported,
            Self::Part { .. } => RejectReason::Inconsistent,
        }
    }
}

impl Frame {
    /// Reads the bytes between two flags.
    ///
    /// # Errors
    /// Anything that is no whole, undamaged frame.
    pub fn read(between: &[u8]) -> Result<Self, FrameError> {
        let bytes = unescaped(between)?;
        let Some((&found, rest)) = bytes.split_last() else {
            return Err(FrameError::Length {
                declared: 0,
                found: 0,
            });
        };
        let computed = rest.iter().fold(0, |sum, byte| sum ^ byte);
        if found != computed {
            return Err(FrameError::Checksum { found, computed });
        }
        let mut reader = Reader { rest };
        let short = FrameError::Length {
            declared: 0,
            found: rest.len(),
        };
        let (id, properties) = match (reader.u16(), reader.u16()) {
            (Some(id), Some(properties)) => (id, properties),
            _ => return Err(short),
        };
        let is_2019 = properties & 1 << 14 != 0;
        let version = if is_2019 {
            Some(reader.u8().ok_or_else(|| short.clone())?)
        } else {
            None
        };
        let digits = reader
            .take(if is_2019 { 10 } else { 6 })
            .ok_or_else(|| short.clone())?;
        let serial = reader.u16().ok_or_else(|| short.clone())?;
        let part = if properties & 1 << 13 == 0 {
            None
        } else {
            match (reader.u16(), reader.u16()) {
                (Some(total), Some(index)) if index == 0 || index > total => {
                    return Err(FrameError::Part { total, index });
                }
                (Some(total), Some(index)) => Some(Part { total, index }),
                _ => return Err(short),
            }
        };
        let declared = usize::from(properties & 0x3ff);
        if reader.rest.len() != declared {
            return Err(FrameError::Length {
                declared,
                found: reader.rest.len(),
            });
        }
        let terminal = terminal(digits)?;
        if properties >> 10 & 0b111 != 0 {
            return Err(FrameError::Encrypted);
        }
        Ok(Self {
            id,
            version,
            terminal,
            serial,
            part,
            body: reader.rest.to_vec(),
        })
    }

    /// The frame with its flags; `None` when the body is longer than a frame holds, or the number
    /// longer than its header.
    #[must_use]
    pub fn write(&self) -> Option<Vec<u8>> {
        let len = u16::try_from(self.body.len()).ok()?;
        if self.body.len() > BODY_BYTES_MAX {
            return None;
        }
        let mut properties = len;
        if self.part.is_some() {
            properties |= 1 << 13;
        }
        let width = if self.version.is_some() { 20 } else { 12 };
        let digits = self.terminal.as_str();
        if digits.len() > width {
            return None;
        }
        let mut bytes = self.id.to_be_bytes().to_vec();
        if let Some(version) = self.version {
            bytes.extend((properties | 1 << 14).to_be_bytes());
            bytes.push(version);
        } else {
            bytes.extend(properties.to_be_bytes());
        }
        let padded = format!("{digits:0>width$}");
        for pair in padded.as_bytes().chunks(2) {
            bytes.push((pair[0] - b'0') << 4 | (pair[1] - b'0'));
        }
        bytes.extend(self.serial.to_be_bytes());
        if let Some(part) = self.part {
            bytes.extend(part.total.to_be_bytes());
            bytes.extend(part.index.to_be_bytes());
        }
        bytes.extend(&self.body);
        bytes.push(bytes.iter().fold(0, |sum, byte| sum ^ byte));
        let mut line = vec![FLAG];
        for byte in bytes {
            match byte {
                FLAG => line.extend([ESCAPE, 0x02]),
                ESCAPE => line.extend([ESCAPE, 0x01]),
                other => line.push(other),
            }
        }
        line.push(FLAG);
        Some(line)
    }
}

fn unescaped(between: &[u8]) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::with_capacity(between.len());
    let mut rest = between.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match (byte, byte == ESCAPE) {
            (byte, false) => byte,
            (_, true) => match rest.next() {
                Some(0x01) => ESCAPE,
                Some(0x02) => FLAG,
                _ => return Err(FrameError::Escape),
            },
        });
    }
    Ok(bytes)
}

fn terminal(bcd: &[u8]) -> Result<TerminalNumber, FrameError> {
    let mut digits = String::with_capacity(2 * bcd.len());
    for byte in bcd {
        for nibble in [byte >> 4, byte & 0xf] {
            if nibble > 9 {
                return Err(FrameError::Terminal);
            }
            digits.push(char::from(b'0' + nibble));
        }
    }
    TerminalNumber::parse(&digits).map_err(|_| FrameError::Terminal)
}

/// Bytes read from the front, big end first.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_be_bytes([b[0], b[1]]))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take(4)
            .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
    }
}
