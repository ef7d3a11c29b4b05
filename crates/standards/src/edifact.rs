//! UN/EDIFACT bytes → segments of the messages in them, one after the other.
//!
//! Lenient where senders err: a bare message without interchange, wrong segment counts, wrapped
//! lines and GBK that is not declared are let pass with a note. Knows no message's meaning.

use std::borrow::Cow;

use edifact_rs::{ReaderConfig, Segment, decode_interchange, from_bytes_with_config};

use crate::measure;
use crate::message::{MessageError, Note, note};

/// Largest message.
pub const BYTES_MAX: usize = 16 << 20;
/// Most segments.
const SEGMENTS_MAX: usize = 500_000;
/// Most messages of one interchange.
const MESSAGES_MAX: usize = 10_000;

/// Type of the first message in a file, as its UNH says; `None` where there is none.
#[must_use]
pub fn kind(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(4_096)];
    let text = String::from_utf8_lossy(head).replace(['\r', '\n'], "");
    let config = ReaderConfig::default().max_segments(16);
    from_bytes_with_config(text.as_bytes(), config)
        .map_while(Result::ok)
        .find(|segment| segment.tag() == "UNH")
        .and_then(|segment| segment.component_str(1, 0).map(str::to_owned))
}

/// What a reader of messages is told.
pub(crate) enum Turn<'a, 's> {
    /// A message of this type begins.
    Begin(&'static str),
    /// A segment within it.
    Segment(&'a Segment<'s>),
    /// It has ended.
    End,
}

/// Hands the messages of a file to `take`, with the number of each segment in the file, from 1.
/// `expected` says in words which types `kinds` are.
///
/// # Errors
/// Too large, no EDIFACT, another type of message, none at all, cut short; or what `take` refuses.
pub(crate) fn walk(
    bytes: &[u8],
    kinds: &[&'static str],
    expected: &'static str,
    notes: &mut Vec<Note>,
    mut take: impl FnMut(usize, Turn<'_, '_>, &mut Vec<Note>) -> Result<(), MessageError>,
) -> Result<(), MessageError> {
    if bytes.len() > BYTES_MAX {
        return Err(MessageError::TooLarge {
            len: bytes.len(),
            max: BYTES_MAX,
        });
    }
    let text = decoded(bytes, notes)?;
    let config = ReaderConfig::default().max_segments(SEGMENTS_MAX);
    let (mut began, mut messages, mut last) = (None, 0, 0);
    for (at, segment) in (1..).zip(from_bytes_with_config(text.as_bytes(), config)) {
        let segment = segment.map_err(|error| damaged(at, error.to_string()))?;
        last = at;
        match (segment.tag(), began) {
            ("UNH", Some(_)) => {
                return Err(damaged(at, "a message begins within another".to_owned()));
            }
            ("UNH", None) => {
                let found = segment.component_str(1, 0).unwrap_or("");
                let Some(kind) = kinds.iter().find(|kind| **kind == found) else {
                    return Err(MessageError::OtherMessage {
                        found: found.to_owned(),
                        expected,
                    });
                };
                messages += 1;
                if messages > MESSAGES_MAX {
                    return Err(damaged(at, format!("more than {MESSAGES_MAX} messages")));
                }
                began = Some(at);
                take(at, Turn::Begin(kind), notes)?;
            }
            ("UNT", Some(start)) => {
                counted(&segment, at, at + 1 - start, notes);
                began = None;
                take(at, Turn::End, notes)?;
            }
            (_, Some(_)) => take(at, Turn::Segment(&segment), notes)?,
            (_, None) => {}
        }
    }
    if messages == 0 {
        return Err(MessageError::OtherMessage {
            found: "a file without a message".to_owned(),
            expected,
        });
    }
    if began.is_some() {
        let reason = "the message does not end (UNT): it was cut short".to_owned();
        return Err(damaged(last, reason));
    }
    Ok(())
}

/// How a segment is named to people.
pub(crate) fn place(at: usize) -> String {
    format!("segment {at}")
}

/// A component, empty where there is none.
pub(crate) fn part<'s>(segment: &'s Segment<'_>, element: usize, component: usize) -> &'s str {
    segment.component_str(element, component).unwrap_or("")
}

fn damaged(at: usize, reason: String) -> MessageError {
    MessageError::Damaged {
        place: place(at),
        reason,
    }
}

fn counted(segment: &Segment<'_>, at: usize, counted: usize, notes: &mut Vec<Note>) {
    let said = part(segment, 0, 0);
    if measure::count(said) != u32::try_from(counted).ok() {
        let text = format!("the message says {said} segments, it has {counted}");
        note(notes, &place(at), text);
    }
}

/// The text in UTF-8 and without line breaks, which carry no meaning and are often put within
/// segments. Bytes that are not what the interchange declares are read as GBK.
fn decoded<'a>(bytes: &'a [u8], notes: &mut Vec<Note>) -> Result<Cow<'a, str>, MessageError> {
    let declared = decode_interchange(bytes).ok();
    let text: Cow<'a, str> = match declared {
        Some(Cow::Borrowed(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => gbk(bytes, notes)?,
        },
        Some(Cow::Owned(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => Cow::Owned(text),
            Err(error) => Cow::Owned(gbk(error.as_bytes(), notes)?.into_owned()),
        },
        None => gbk(bytes, notes)?,
    };
    if text.contains(['\r', '\n']) {
        return Ok(Cow::Owned(text.replace(['\r', '\n'], "")));
    }
    Ok(text)
}

fn gbk<'a>(bytes: &'a [u8], notes: &mut Vec<Note>) -> Result<Cow<'a, str>, MessageError> {
    let (text, _, is_damaged) = encoding_rs::GBK.decode(bytes);
    if is_damaged {
        return Err(MessageError::Damaged {
            place: "message".to_owned(),
            reason: "its characters are neither what it declares, nor UTF-8, nor GBK".to_owned(),
        });
    }
    let text_note = "read as GBK, which it does not declare".to_owned();
    note(notes, "message", text_note);
    Ok(text)
}
