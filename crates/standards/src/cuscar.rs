//! UN/EDIFACT CUSCAR (customs cargo report, D.95B and its kin) → a manifest.
//!
//! Segments that mean nothing here are let pass. Source: UN/EDIFACT directory D.95B, message
//! CUSCAR; qualifiers as carriers send them.

use edifact_rs::Segment;

use crate::edifact::{self, Turn, part, place};
use crate::manifest::{ConsignmentRead, GoodsItem, ManifestRead};
use crate::measure;
use crate::message::{MessageError, Note, note};

/// Reads one CUSCAR message. `zone_minutes`: how far the sender's clock is ahead of UTC.
///
/// # Errors
/// Not EDIFACT, no CUSCAR, a cancellation, or larger than a manifest can be.
pub fn read(bytes: &[u8], zone_minutes: i16) -> Result<(ManifestRead, Vec<Note>), MessageError> {
    let mut notes = Vec::new();
    let mut reading = Reading {
        zone_minutes,
        ..Reading::default()
    };
    let kinds = ["CUSCAR"];
    edifact::walk(
        bytes,
        &kinds,
        "CUSCAR",
        &mut notes,
        |at, turn, notes| match turn {
            Turn::Begin(_) => reading.begin(at),
            Turn::Segment(segment) => reading.segment(at, segment, notes),
            Turn::End => Ok(()),
        },
    )?;
    reading.manifest.consignments.extend(reading.open.take());
    Ok((reading.manifest, notes))
}

#[derive(Debug, Default)]
struct Reading {
    zone_minutes: i16,
    manifest: ManifestRead,
    open: Option<ConsignmentRead>,
    has_begun: bool,
}

impl Reading {
    fn begin(&mut self, at: usize) -> Result<(), MessageError> {
        if self.has_begun {
            return Err(MessageError::Damaged {
                place: place(at),
                reason: "a second message: one manifest a file is taken".to_owned(),
            });
        }
        self.has_begun = true;
        Ok(())
    }

    fn segment(
        &mut self,
        at: usize,
        segment: &Segment<'_>,
        notes: &mut Vec<Note>,
    ) -> Result<(), MessageError> {
        let part = |element, component| part(segment, element, component);
        match segment.tag() {
            "BGM" => {
                part(1, 0).clone_into(&mut self.manifest.id);
                if part(2, 0) == "1" {
                    return Err(MessageError::Cancellation {
                        manifest: part(1, 0).to_owned(),
                    });
                }
            }
            "DTM" if part(0, 0) == "137" && self.open.is_none() => {
                self.manifest.written_at = measure::moment(part(0, 1), self.zone_minutes);
                if self.manifest.written_at.is_none() {
                    note(notes, &place(at), format!("{:?} is no time", part(0, 1)));
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
                self.manifest.consignments.extend(self.open.take());
                self.open = Some(ConsignmentRead {
                    place: place(at),
                    id: part(1, 0).to_owned(),
                    ..ConsignmentRead::default()
                });
            }
            _ => self.within(at, segment, notes),
        }
        Ok(())
    }

    /// Segments that belong to a consignment.
    fn within(&mut self, at: usize, segment: &Segment<'_>, notes: &mut Vec<Note>) {
        let part = |element, component| part(segment, element, component);
        let Some(open) = &mut self.open else { return };
        let mut unread = |what: &str, raw: &str| {
            note(notes, &place(at), format!("{raw:?} is no {what}"));
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
