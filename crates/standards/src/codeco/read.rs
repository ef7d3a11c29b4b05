//! CODECO of another terminal (D.95B and its kin) → which containers went in or out there.
//!
//! Kept: container, size-type, full or empty, seals, time, place, plate, carrier, booking, gross.
//! Lost: parties, damage, dimensions, temperatures, dangerous goods. Source: UN/EDIFACT directory
//! D.95B, message CODECO; codes 34 and 36 of the ITIGG guidelines.

use domain::container::ContainerNumber;
use domain::gate_pass::Direction;
use domain::mass::Mass;
use domain::plate::Plate;
use domain::seal::SealNumber;
use domain::time::Timestamp;
use edifact_rs::Segment;

use crate::edifact::{self, Turn, part, place};
use crate::equipment::{Carriage, Equipment, clipped};
use crate::measure;
use crate::message::{Function, MessageError, Note, note};

/// Most containers of one file.
const MOVES_MAX: usize = 20_000;

/// One message: what a terminal says that went through its gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateNotice {
    /// Number of the message's document.
    pub document: String,
    /// Whether it replaces or cancels an earlier one.
    pub function: Function,
    /// Into the terminal or out of it.
    pub direction: Direction,
    /// Who says so (NAD+MS, else NAD+TR).
    pub sender: String,
    /// Containers, at least one.
    pub moves: Vec<ContainerMove>,
}

/// A container that went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerMove {
    /// Number; its check digit holds.
    pub number: ContainerNumber,
    /// Size-type code.
    pub size_type: Option<String>,
    /// Empty or full; `None` where the message does not say.
    pub empty: Option<bool>,
    /// Seals, at most 16.
    pub seals: Vec<SealNumber>,
    /// When.
    pub at: Timestamp,
    /// Where (LOC+165), empty if only the sender says.
    pub location: String,
    /// Plate of the truck.
    pub vehicle: Option<Plate>,
    /// Who carried it.
    pub company: Option<String>,
    /// Booking.
    pub booking: Option<String>,
    /// Gross of the container, verified if that is said.
    pub gross: Option<Mass>,
}

/// Reads every message of a file. `zone_minutes`: how far the sender's clock is ahead of UTC.
///
/// # Errors
/// No EDIFACT, no CODECO, neither in nor out, no container, a container number whose check digit
/// fails, or no time of a move.
pub fn read(bytes: &[u8], zone_minutes: i16) -> Result<(Vec<GateNotice>, Vec<Note>), MessageError> {
    let mut notes = Vec::new();
    let mut notices: Vec<GateNotice> = Vec::new();
    let mut reading = Reading::default();
    let (mut count, kinds) = (0, ["CODECO"]);
    edifact::walk(bytes, &kinds, "CODECO", &mut notes, |at, turn, notes| {
        match turn {
            Turn::Begin(_) => reading = Reading::default(),
            Turn::Segment(segment) => reading.segment(at, segment, zone_minutes, notes),
            Turn::End => {
                let notice = std::mem::take(&mut reading).notice(at)?;
                count += notice.moves.len();
                if count > MOVES_MAX {
                    return Err(field(at, "number of containers, at most 20,000", ""));
                }
                notices.push(notice);
            }
        }
        Ok(())
    })?;
    Ok((notices, notes))
}

fn field(at: usize, field: &'static str, value: &str) -> MessageError {
    MessageError::Field {
        place: place(at),
        field,
        value: value.to_owned(),
    }
}

#[derive(Debug, Default)]
struct Reading {
    name: String,
    document: String,
    function: String,
    sender: String,
    happened_at: Option<Timestamp>,
    carriage: Carriage,
    equipment: Vec<Equipment>,
    /// The segments that follow belong to a piece of equipment that is not kept.
    is_other: bool,
}

impl Reading {
    fn segment(&mut self, at: usize, segment: &Segment<'_>, zone: i16, notes: &mut Vec<Note>) {
        let part = |element, component| part(segment, element, component);
        if segment.tag() == "EQD" {
            let begun = Equipment::begin(at, segment, notes);
            self.is_other = begun.is_none();
            if self.equipment.len() <= MOVES_MAX {
                self.equipment.extend(begun);
            }
            return;
        }
        match (segment.tag(), part(0, 0)) {
            ("BGM", _) => {
                part(0, 0).clone_into(&mut self.name);
                self.document = clipped(part(1, 0));
                part(2, 0).clone_into(&mut self.function);
            }
            ("CNT", _) => self.is_other = true,
            _ if self.is_other => {}
            _ if let Some(open) = self.equipment.last_mut() => {
                open.segment(at, segment, zone, notes);
            }
            ("NAD", "MS") => self.sender = clipped(part(1, 0)),
            ("NAD", "TR") if self.sender.is_empty() => self.sender = clipped(part(1, 0)),
            ("DTM", "7") => {
                self.happened_at = measure::moment(part(0, 1), zone);
                if self.happened_at.is_none() {
                    note(notes, &place(at), format!("{:?} is no time", part(0, 1)));
                }
            }
            ("TDT", _) => {
                if let Some(carriage) = Carriage::of(at, segment, notes) {
                    self.carriage = carriage;
                }
            }
            _ => {}
        }
    }

    fn notice(self, at: usize) -> Result<GateNotice, MessageError> {
        let direction = match self.name.as_str() {
            "34" => Direction::Entry,
            "36" => Direction::Exit,
            other => return Err(field(at, "direction, 34 in or 36 out", other)),
        };
        if self.equipment.is_empty() {
            return Err(field(at, "container", ""));
        }
        let mut moves = Vec::with_capacity(self.equipment.len());
        for one in self.equipment {
            let number = ContainerNumber::parse(&one.number)
                .map_err(|_| field(one.at, "container number", &one.number))?;
            let when = one.happened_at.or(self.happened_at);
            let carriage = Carriage {
                vehicle: one.carriage.vehicle.or(self.carriage.vehicle.clone()),
                company: one.carriage.company.or(self.carriage.company.clone()),
            };
            moves.push(ContainerMove {
                number,
                size_type: one.size_type,
                empty: one.empty,
                seals: one.seals,
                at: when.ok_or_else(|| field(one.at, "time of the move", ""))?,
                location: one.location,
                vehicle: carriage.vehicle,
                company: carriage.company,
                booking: one.booking,
                gross: one.gross,
            });
        }
        Ok(GateNotice {
            document: self.document,
            function: Function::of(&self.function),
            direction,
            sender: self.sender,
            moves,
        })
    }
}
