//! COPRAR (load or discharge order), COPARN (container announcement) and COPINO (pre-notice of a
//! haulier), D.95B and their kin → which containers are expected.
//!
//! An announcement clears nothing and files nothing: it is what a carrier intends. Kept: document,
//! means and voyage, truck, booking, time due, and of each container its number, size-type, full
//! or empty, booking, seals, gross, goods. Lost: ports, parties, stowage, temperatures, dangerous
//! goods. A number whose check digit fails is kept as written, with a note. Source: UN/EDIFACT
//! directory D.95B.

use std::collections::BTreeMap;

use domain::container::ContainerNumber;
use domain::mass::Mass;
use domain::plate::Plate;
use domain::seal::SealNumber;
use domain::time::Timestamp;
use edifact_rs::Segment;

use crate::edifact::{self, Turn, part, place};
use crate::equipment::{Carriage, Equipment, add_words, clipped};
use crate::measure;
use crate::message::{Function, MessageError, Note, note};

/// Types of message that are read here.
pub const KINDS: [&str; 3] = ["COPRAR", "COPARN", "COPINO"];
/// Most containers of one file.
const CONTAINERS_MAX: usize = 20_000;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Its type, one of [`KINDS`].
    pub kind: &'static str,
    /// Code of the document (45 load, 43 discharge, 11 gate in and so on), as written.
    pub code: String,
    /// Number of the document.
    pub document: String,
    /// Whether it replaces or cancels an earlier one.
    pub function: Function,
    /// Ship or other main means, empty if none is named.
    pub conveyance: String,
    /// Its voyage.
    pub voyage: String,
    /// Booking of all containers.
    pub booking: Option<String>,
    /// Truck that brings or fetches them.
    pub vehicle: Option<Plate>,
    /// Who carries.
    pub company: Option<String>,
    /// Containers, at least one.
    pub containers: Vec<AnnouncedContainer>,
}

/// A container that is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedContainer {
    /// Number as written; empty where only a size-type is ordered.
    pub as_written: String,
    /// The number, if it is one.
    pub number: Option<ContainerNumber>,
    /// Containers that this entry stands for: 1 where a number is given.
    pub count: u32,
    /// Size-type code.
    pub size_type: Option<String>,
    /// Empty or full; `None` where the message does not say.
    pub empty: Option<bool>,
    /// Booking.
    pub booking: Option<String>,
    /// Seals, at most 16.
    pub seals: Vec<SealNumber>,
    /// Gross, verified if that is said.
    pub gross: Option<Mass>,
    /// Goods in words, at most 200 characters.
    pub goods: String,
    /// Truck.
    pub vehicle: Option<Plate>,
    /// When it is expected or wanted.
    pub due: Option<Timestamp>,
}

/// Reads every message of a file. `zone_minutes`: how far the sender's clock is ahead of UTC.
///
/// # Errors
/// No EDIFACT, another message, no container, or more than 20,000.
pub fn read(
    bytes: &[u8],
    zone_minutes: i16,
) -> Result<(Vec<Announcement>, Vec<Note>), MessageError> {
    let (mut notes, mut all, mut count) = (Vec::new(), Vec::new(), 0);
    let mut reading = Reading::default();
    let expected = "COPRAR, COPARN or COPINO";
    edifact::walk(bytes, &KINDS, expected, &mut notes, |at, turn, notes| {
        match turn {
            Turn::Begin(kind) => {
                reading = Reading {
                    kind,
                    ..Reading::default()
                };
            }
            Turn::Segment(segment) => reading.segment(at, segment, zone_minutes, notes),
            Turn::End => {
                let announcement = std::mem::take(&mut reading).announcement(at, notes)?;
                count += announcement.containers.len();
                if count > CONTAINERS_MAX {
                    return Err(field(at, "number of containers, at most 20,000"));
                }
                all.push(announcement);
            }
        }
        Ok(())
    })?;
    Ok((all, notes))
}

fn field(at: usize, field: &'static str) -> MessageError {
    MessageError::Field {
        place: place(at),
        field,
        value: String::new(),
    }
}

/// Where the segments that follow belong.
#[derive(Debug, Default, PartialEq, Eq)]
enum Group {
    #[default]
    Head,
    Goods,
    Container,
    Other,
}

#[derive(Debug, Default)]
struct Reading {
    kind: &'static str,
    code: String,
    document: String,
    function: String,
    conveyance: String,
    voyage: String,
    booking: Option<String>,
    carriage: Carriage,
    /// The last TDT of the head named a truck.
    is_by_road: bool,
    due: Option<Timestamp>,
    group: Group,
    goods: String,
    goods_of: BTreeMap<String, String>,
    equipment: Vec<Equipment>,
}

impl Reading {
    fn segment(&mut self, at: usize, segment: &Segment<'_>, zone: i16, notes: &mut Vec<Note>) {
        match segment.tag() {
            "GID" => {
                self.group = Group::Goods;
                self.goods.clear();
            }
            "EQD" => {
                let begun = Equipment::begin(at, segment, notes);
                self.group = match begun {
                    Some(_) => Group::Container,
                    None => Group::Other,
                };
                if self.equipment.len() <= CONTAINERS_MAX {
                    self.equipment.extend(begun);
                }
            }
            "CNT" => self.group = Group::Other,
            _ => match (&self.group, self.equipment.last_mut()) {
                (Group::Container, Some(open)) => open.segment(at, segment, zone, notes),
                (Group::Goods, _) => self.of_goods(segment),
                (Group::Head, _) => self.of_head(at, segment, zone, notes),
                (Group::Container, None) | (Group::Other, _) => {}
            },
        }
    }

    /// Goods come before the containers they are in, and name them.
    fn of_goods(&mut self, segment: &Segment<'_>) {
        match (segment.tag(), part(segment, 0, 0)) {
            ("FTX", "AAA") => add_words(&mut self.goods, segment),
            ("SGP", number) if self.goods_of.len() < CONTAINERS_MAX => {
                self.goods_of.insert(clipped(number), self.goods.clone());
            }
            _ => {}
        }
    }

    fn of_head(&mut self, at: usize, segment: &Segment<'_>, zone: i16, notes: &mut Vec<Note>) {
        let part = |element, component| part(segment, element, component);
        match (segment.tag(), part(0, 0)) {
            ("BGM", _) => {
                self.code = clipped(part(0, 0));
                self.document = clipped(part(1, 0));
                part(2, 0).clone_into(&mut self.function);
            }
            ("RFF", "BN") => self.booking = Some(clipped(part(0, 1))),
            // After the ship's TDT it is the ship that is due.
            ("DTM", "132") if self.is_by_road => {
                self.due = measure::moment(part(0, 1), zone);
                if self.due.is_none() {
                    note(notes, &place(at), format!("{:?} is no time", part(0, 1)));
                }
            }
            ("TDT", "20") => {
                self.is_by_road = false;
                self.voyage = clipped(part(1, 0));
                let mut named = [part(7, 3), part(7, 0)].into_iter();
                let name = named.find(|name| !name.is_empty()).unwrap_or("");
                self.conveyance = clipped(name);
            }
            ("TDT", _) => {
                let carriage = Carriage::of(at, segment, notes);
                self.is_by_road = carriage.is_some();
                self.carriage = carriage.unwrap_or(std::mem::take(&mut self.carriage));
            }
            _ => {}
        }
    }

    fn announcement(self, at: usize, notes: &mut Vec<Note>) -> Result<Announcement, MessageError> {
        if self.equipment.is_empty() {
            return Err(field(at, "container"));
        }
        let (due, goods_of) = (self.due, self.goods_of);
        let mut containers = Vec::with_capacity(self.equipment.len());
        for one in self.equipment {
            let number = ContainerNumber::parse(&one.number).ok();
            if number.is_none() && !one.number.is_empty() {
                let text = format!("{:?} is no container number, kept as written", one.number);
                note(notes, &place(one.at), text);
            }
            let goods = match goods_of.get(&one.number) {
                Some(goods) if one.goods.is_empty() => goods.clone(),
                Some(_) | None => one.goods,
            };
            containers.push(AnnouncedContainer {
                number,
                count: one.count,
                size_type: one.size_type,
                empty: one.empty,
                booking: one.booking.or_else(|| self.booking.clone()),
                seals: one.seals,
                gross: one.gross,
                goods,
                vehicle: one
                    .carriage
                    .vehicle
                    .or_else(|| self.carriage.vehicle.clone()),
                due: one.due.or(due),
                as_written: one.number,
            });
        }
        Ok(Announcement {
            kind: self.kind,
            code: self.code,
            document: self.document,
            function: Function::of(&self.function),
            conveyance: self.conveyance,
            voyage: self.voyage,
            booking: self.booking,
            vehicle: self.carriage.vehicle,
            company: self.carriage.company,
            containers,
        })
    }
}
