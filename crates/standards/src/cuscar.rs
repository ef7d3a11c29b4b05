//! UN/EDIFACT CUSCAR (customs cargo report, D.95B and its kin) → a manifest.
//!
//! Read leniently: a bare message without interchange, wrong segment counts, wrapped lines and
//! segments that mean nothing here are let pass, the first with a note. Source: UN/EDIFACT
//! directory D.95B, message CUSCAR; qualifiers as carriers send them.

use std::borrow::Cow;

use edifact_rs::{ReaderConfig, Segment, decode_interchange, from_bytes_with_config};

use crate::manifest::{ConsignmentRead, GoodsItem, ManifestError, ManifestRead, Note};
use crate::measure;

/// Largest message.
pub const BYTES_MAX: usize = 16 << 20;
/// Most segments.
const SEGMENTS_MAX: usize = 500_000;
/// Most notes kept of one message.
const NOTES_MAX: usize = 200;

/// Reads one CUSCAR message. `zone_minutes`: how far the sender's clock is ahead of UTC.
///
/// # Errors
/// Not EDIFACT, no CUSCAR, a cancellation, or larger than a manifest can be.
pub fn read(bytes: &[u8], zone_minutes: i16) -> Result<(ManifestRead, Vec<Note>), ManifestError> {
    if bytes.len() > BYTES_MAX {
        return Err(ManifestError::TooLarge {
            len: bytes.len(),
            max: BYTES_MAX,
        });
    }
    let mut notes = Vec::new();
    let text = decoded(bytes, &mut notes)?;
    let config = ReaderConfig::default().max_segments(SEGMENTS_MAX);
    let mut reading = Reading {
        zone_minutes,
        ..Reading::default()
    };
    for (at, segment) in from_bytes_with_config(text.as_bytes(), config).enumerate() {
        let segment = segment.map_err(|error| ManifestError::Damaged {
            place: format!("segment {}", at + 1),
            reason: error.to_string(),
        })?;
        reading.at = at + 1;
        reading.segment(&segment, &mut notes)?;
        notes.truncate(NOTES_MAX);
    }
    if !reading.is_cuscar {
        return Err(ManifestError::OtherMessage {
            found: "a file without a CUSCAR message".to_owned(),
            expected: "CUSCAR",
        });
    }
    if !reading.is_ended {
        return Err(ManifestError::Damaged {
            place: format!("segment {}", reading.at),
            reason: "the message does not end (UNT): it was cut short".to_owned(),
        });
    }
    reading.manifest.consignments.extend(reading.open.take());
    Ok((reading.manifest, notes))
}

/// The text in UTF-8 and without line breaks, which carry no meaning and are often put within
/// segments. Bytes that are not what the interchange declares are read as GBK.
fn decoded<'a>(bytes: &'a [u8], notes: &mut Vec<Note>) -> Result<Cow<'a, str>, ManifestError> {
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

fn gbk<'a>(bytes: &'a [u8], notes: &mut Vec<Note>) -> Result<Cow<'a, str>, ManifestError> {
    let (text, _, is_damaged) = encoding_rs::GBK.decode(bytes);
    if is_damaged {
        return Err(ManifestError::Damaged {
            place: "message".to_owned(),
            reason: "its characters are neither what it declares, nor UTF-8, nor GBK".to_owned(),
        });
    }
    notes.push(Note {
        place: "message".to_owned(),
        text: "read as GBK, which it does not declare".to_owned(),
    });
    Ok(text)
}

#[derive(Debug, Default)]
struct Reading {
    zone_minutes: i16,
    manifest: ManifestRead,
    open: Option<ConsignmentRead>,
    is_cuscar: bool,
    is_ended: bool,
    began: usize,
    at: usize,
}

impl Reading {
    fn place(&self) -> String {
        format!("segment {}", self.at)
    }

    fn note(&self, notes: &mut Vec<Note>, text: String) {
        notes.push(Note {
            place: self.place(),
            text,
        });
    }

    fn segment(
        &mut self,
        segment: &Segment<'_>,
        notes: &mut Vec<Note>,
    ) -> Result<(), ManifestError> {
        let part = |element, component| segment.component_str(element, component).unwrap_or("");
        if segment.tag() == "UNH" {
            return self.begin(part(1, 0));
        }
        if !self.is_cuscar || self.is_ended {
            return Ok(());
        }
        match segment.tag() {
            "BGM" => {
                part(1, 0).clone_into(&mut self.manifest.id);
                if part(2, 0) == "1" {
                    return Err(ManifestError::Cancellation {
                        manifest: part(1, 0).to_owned(),
                    });
                }
            }
            "DTM" if part(0, 0) == "137" && self.open.is_none() => {
                self.manifest.written_at = measure::moment(part(0, 1), self.zone_minutes);
                if self.manifest.written_at.is_none() {
                    let text = format!("{:?} is no time", part(0, 1));
                    self.note(notes, text);
                }
            }
            "TDT" if part(0, 0) == "20" && self.open.is_none() => {
                part(1, 0).clone_into(&mut self.manifest.voyage);
                let mut named = [part(7, 3), part(7, 0)].into_iter();
                let name = named.find(|name| !name.is_empty()).unwrap_or("");
                name.clone_into(&mut self.manifest.conveyance);
                part(2, 0).clone_into(&mut self.manifest.mode);
                // A call sign (code list 103) goes over to another ship with its radio.
                if part(7, 1) != "103" {
                    part(7, 0).clone_into(&mut self.manifest.number);
                }
            }
            "CNI" => {
                let place = self.place();
                self.manifest.consignments.extend(self.open.take());
                self.open = Some(ConsignmentRead {
                    place,
                    id: part(1, 0).to_owned(),
                    ..ConsignmentRead::default()
                });
            }
            "UNT" => {
                self.is_ended = true;
                let counted = self.at + 1 - self.began;
                if measure::count(part(0, 0)) != u32::try_from(counted).ok() {
                    let text =
                        format!("the message says {} segments, it has {counted}", part(0, 0));
                    self.note(notes, text);
                }
            }
            _ => self.within(segment, notes),
        }
        Ok(())
    }

    fn begin(&mut self, kind: &str) -> Result<(), ManifestError> {
        if self.is_cuscar {
            return Err(ManifestError::Damaged {
                place: self.place(),
                reason: "a second message: one manifest a file is taken".to_owned(),
            });
        }
        if kind != "CUSCAR" {
            return Err(ManifestError::OtherMessage {
                found: kind.to_owned(),
                expected: "CUSCAR",
            });
        }
        self.is_cuscar = true;
        self.began = self.at;
        Ok(())
    }

    /// Segments that belong to a consignment.
    fn within(&mut self, segment: &Segment<'_>, notes: &mut Vec<Note>) {
        let part = |element, component| segment.component_str(element, component).unwrap_or("");
        let place = self.place();
        let Some(open) = &mut self.open else { return };
        let mut unread = |what: &str, raw: &str| {
            notes.push(Note {
                place: place.clone(),
                text: format!("{raw:?} is no {what}"),
            });
        };
        match segment.tag() {
            // The number of the bill itself; CNI may carry that of a master bill.
            "RFF" if part(0, 0) == "BM" && !part(0, 1).is_empty() => {
                part(0, 1).clone_into(&mut open.id);
            }
            "CNT" if part(0, 0) == "7" => {
                open.gross = measure::mass(part(0, 1), part(0, 2));
                if open.gross.is_none() {
                    unread("gross mass", part(0, 1));
                }
            }
            "CNT" if matches!(part(0, 0), "8" | "11") => {
                open.packages = measure::count(part(0, 1));
                if open.packages.is_none() {
                    unread("number of packages", part(0, 1));
                }
            }
            "GID" => open.items.push(GoodsItem {
                packages: measure::count(part(1, 0)),
                ..GoodsItem::default()
            }),
            "FTX" if part(0, 0) == "AAA" => {
                if let (Some(item), Some(words)) = (open.items.last_mut(), segment.get_element(3)) {
                    for word in words.components().filter(|word| !word.is_empty()) {
                        if !item.description.is_empty() {
                            item.description.push(' ');
                        }
                        item.description.push_str(word);
                    }
                }
            }
            "MEA" if matches!(part(0, 0), "AAE" | "WT") && matches!(part(1, 0), "G" | "AAB") => {
                if let Some(item) = open.items.last_mut() {
                    item.gross = measure::mass(part(2, 1), part(2, 0));
                    if item.gross.is_none() {
                        unread("gross mass", part(2, 1));
                    }
                }
            }
            "PIA" if part(1, 1) == "HS" => set_code(open, part(1, 0)),
            "CST" => set_code(open, part(1, 0)),
            "SGP" if !part(0, 0).is_empty() => open.containers.push(part(0, 0).to_owned()),
            _ => {}
        }
    }
}

fn set_code(open: &mut ConsignmentRead, code: &str) {
    if let Some(item) = open.items.last_mut() {
        item.hs_code = Some(code.to_owned());
    }
}
