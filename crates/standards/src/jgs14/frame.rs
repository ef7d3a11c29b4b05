//! Frames of the socket interface ⇄ bytes.

/// Every frame begins with it.
const HEAD: [u8; 4] = [0xE2, 0x5C, 0x4B, 0x89];
/// Between header and XML.
const MARKER: [u8; 4] = [0xFF; 4];
/// Every frame ends with it.
const TAIL: [u8; 2] = [0xFF; 2];
/// Largest frame: six pictures and a message.
pub const BYTES_MAX: usize = 64 << 20;
/// Most pictures.
const PICTURES_MAX: usize = 6;

/// Bytes of the message code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeWidth {
    /// One, as the field has it.
    One,
    /// Four, as the standard's table prints it.
    Four,
}

/// Order of the bytes of a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// Highest first.
    Big,
    /// Lowest first.
    Little,
}

/// How a site writes frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// Bytes of the code.
    pub code: CodeWidth,
    /// Order of the bytes of a length.
    pub order: ByteOrder,
}

impl Dialect {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self::of(CodeWidth::One, ByteOrder::Little),
        Self::of(CodeWidth::One, ByteOrder::Big),
        Self::of(CodeWidth::Four, ByteOrder::Little),
        Self::of(CodeWidth::Four, ByteOrder::Big),
    ];

    const fn of(code: CodeWidth, order: ByteOrder) -> Self {
        Self { code, order }
    }

    const fn code_len(self) -> usize {
        match self.code {
            CodeWidth::One => 1,
            CodeWidth::Four => 4,
        }
    }

    /// Bytes before the length of the XML.
    const fn header_len(self) -> usize {
        HEAD.len() + 4 + self.code_len() + 10 + 10 + 1 + MARKER.len()
    }

    fn put(self, value: usize) -> [u8; 4] {
        let value = u32::try_from(value).expect("a frame is at most 64 MiB");
        match self.order {
            ByteOrder::Big => value.to_be_bytes(),
            ByteOrder::Little => value.to_le_bytes(),
        }
    }

    fn take(self, bytes: [u8; 4]) -> usize {
        let value = match self.order {
            ByteOrder::Big => u32::from_be_bytes(bytes),
            ByteOrder::Little => u32::from_le_bytes(bytes),
        };
        usize::try_from(value).unwrap_or(usize::MAX)
    }
}

/// A picture that travels with a gather message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Where the camera looks: 0x30 front to 0x35 rear right.
    pub position: u8,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Message code, 0x21 and so on.
    pub code: u8,
    /// Site, ten digits.
    pub area_id: String,
    /// Lane, ten digits.
    pub channel: String,
    /// `I`, `E`, or `F` and `H` for readers of seals.
    pub flag: char,
    /// The message as it travels.
    pub xml: Vec<u8>,
    /// Pictures, for gather messages.
    pub pictures: Vec<Picture>,
}

/// Why bytes are no frame.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FrameError {
    /// They begin otherwise.
    #[error("no frame begins with {found:02X?}, but with E2 5C 4B 89")]
    Head {
        /// The first bytes.
        found: Vec<u8>,
    },
    /// More must come, or the frame was cut.
    #[error("the frame is cut short: {have} bytes are there")]
    Short {
        /// Bytes so far.
        have: usize,
    },
    /// Its length says more than any frame has.
    #[error("the frame says it has {len} bytes, at most {BYTES_MAX} are taken")]
    TooLarge {
        /// What it says.
        len: usize,
    },
    /// In none of the four dialects do its lengths lead to its end.
    #[error("the lengths within the frame lead past its end, in either byte order and code width")]
    Lengths,
    /// A text in the header is not one.
    #[error("{field} is not ten printable characters")]
    Text {
        /// Which.
        field: &'static str,
    },
    /// A frame cannot be written like this.
    #[error("{field} cannot be written: {reason}")]
    Unwritable {
        /// Which.
        field: &'static str,
        /// Why.
        reason: &'static str,
    },
}

/// The frame at the start of `bytes`, its dialect, and how many bytes it took. Which dialect it is
/// in shows: its total length must end on FF FF and the lengths within must fit.
///
/// # Errors
/// No frame, or not the whole of one; [`FrameError::Short`] when more bytes may complete it.
pub fn read(bytes: &[u8]) -> Result<(Frame, Dialect, usize), FrameError> {
    let head = &bytes[..bytes.len().min(HEAD.len())];
    if !HEAD.starts_with(head) {
        return Err(FrameError::Head {
            found: head.to_vec(),
        });
    }
    let short = FrameError::Short { have: bytes.len() };
    let Some(total) = bytes.get(4..8) else {
        return Err(short);
    };
    let total: [u8; 4] = total.try_into().expect("four bytes were taken");
    let mut may_complete = false;
    let mut least = usize::MAX;
    for dialect in Dialect::ALL {
        let len = dialect.take(total);
        least = least.min(len);
        if len > BYTES_MAX || len < dialect.header_len() + 4 + TAIL.len() {
            continue;
        }
        if len > bytes.len() {
            may_complete = true;
            continue;
        }
        match within(&bytes[..len], dialect) {
            Ok(frame) => return Ok((frame, dialect, len)),
            Err(FrameError::Lengths) => {}
            Err(other) => return Err(other),
        }
    }
    if may_complete {
        Err(short)
    } else if least > BYTES_MAX {
        Err(FrameError::TooLarge { len: least })
    } else {
        Err(FrameError::Lengths)
    }
}

fn within(bytes: &[u8], dialect: Dialect) -> Result<Frame, FrameError> {
    let mut rest = &bytes[8..];
    let mut take = |len: usize| -> Result<&[u8], FrameError> {
        let (part, others) = rest.split_at_checked(len).ok_or(FrameError::Lengths)?;
        rest = others;
        Ok(part)
    };
    let number = |part: &[u8]| {
        let four: [u8; 4] = part.try_into().expect("four bytes were taken");
        dialect.take(four)
    };
    let code = take(dialect.code_len())?;
    let code = match dialect.code {
        CodeWidth::One => usize::from(code[0]),
        CodeWidth::Four => number(code),
    };
    let code = u8::try_from(code).map_err(|_| FrameError::Lengths)?;
    let area = take(10)?.to_vec();
    let channel = take(10)?.to_vec();
    let flag = take(1)?[0];
    if take(4)? != MARKER {
        return Err(FrameError::Lengths);
    }
    let xml_len = number(take(4)?);
    let xml = take(xml_len)?.to_vec();
    let mut pictures = Vec::new();
    if rest_len(bytes, dialect, xml_len) > TAIL.len() {
        let mut left = number(take(4)?);
        while left > 0 {
            let position = take(1)?[0];
            let len = number(take(4)?);
            let picture = take(len)?.to_vec();
            left = left.checked_sub(5 + len).ok_or(FrameError::Lengths)?;
            pictures.push(Picture {
                position,
                bytes: picture,
            });
            if pictures.len() > PICTURES_MAX {
                return Err(FrameError::Lengths);
            }
        }
    }
    if take(2)? != TAIL || !rest.is_empty() {
        return Err(FrameError::Lengths);
    }
    Ok(Frame {
        code,
        area_id: text("AREA_ID", &area)?,
        channel: text("CHNL_NO", &channel)?,
        flag: char::from(flag),
        xml,
        pictures,
    })
}

/// Bytes behind the XML.
fn rest_len(bytes: &[u8], dialect: Dialect, xml_len: usize) -> usize {
    bytes
        .len()
        .saturating_sub(dialect.header_len() + 4 + xml_len)
}

fn text(field: &'static str, bytes: &[u8]) -> Result<String, FrameError> {
    let is_text = bytes.iter().all(|b| (0x20..0x7F).contains(b));
    if !is_text {
        return Err(FrameError::Text { field });
    }
    Ok(String::from_utf8_lossy(bytes).trim().to_owned())
}

impl Frame {
    /// The frame as it travels.
    ///
    /// # Errors
    /// Something has no place in a frame.
    pub fn write(&self, dialect: Dialect) -> Result<Vec<u8>, FrameError> {
        for (field, id) in [("AREA_ID", &self.area_id), ("CHNL_NO", &self.channel)] {
            if id.len() != 10 || !id.bytes().all(|b| b.is_ascii_digit()) {
                return Err(FrameError::Unwritable {
                    field,
                    reason: "it is ten digits, assigned by customs",
                });
            }
        }
        if !matches!(self.flag, 'I' | 'E' | 'F' | 'H') {
            return Err(FrameError::Unwritable {
                field: "I_E_FLAG",
                reason: "it is I, E, F or H",
            });
        }
        if self.pictures.len() > PICTURES_MAX {
            return Err(FrameError::Unwritable {
                field: "pictures",
                reason: "there are at most six",
            });
        }
        let pictures: usize = self.pictures.iter().map(|one| 5 + one.bytes.len()).sum();
        let behind = if self.pictures.is_empty() {
            0
        } else {
            4 + pictures
        };
        let len = dialect.header_len() + 4 + self.xml.len() + behind + TAIL.len();
        if len > BYTES_MAX {
            return Err(FrameError::TooLarge { len });
        }
        let mut bytes = Vec::with_capacity(len);
        bytes.extend(HEAD);
        bytes.extend(dialect.put(len));
        match dialect.code {
            CodeWidth::One => bytes.push(self.code),
            CodeWidth::Four => bytes.extend(dialect.put(usize::from(self.code))),
        }
        bytes.extend(self.area_id.bytes());
        bytes.extend(self.channel.bytes());
        bytes.push(self.flag as u8);
        bytes.extend(MARKER);
        bytes.extend(dialect.put(self.xml.len()));
        bytes.extend(&self.xml);
        if !self.pictures.is_empty() {
            bytes.extend(dialect.put(pictures));
            for picture in &self.pictures {
                bytes.push(picture.position);
                bytes.extend(dialect.put(picture.bytes.len()));
                bytes.extend(&picture.bytes);
            }
        }
        bytes.extend(TAIL);
        Ok(bytes)
    }
}
