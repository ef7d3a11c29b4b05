//! The segments about one container, which CODECO, COPRAR, COPARN and COPINO share → typed fields.
//! What cannot be read is left out with a note; what a field means for a message is not known here.

use domain::mass::Mass;
use domain::plate::Plate;
use domain::seal::SealNumber;
use domain::time::Timestamp;
use edifact_rs::Segment;

use crate::edifact::{part, place};
use crate::measure;
use crate::message::{Note, note};

/// Most seals kept of one container.
const SEALS_MAX: usize = 16;
/// Longest text kept of goods, characters.
const GOODS_MAX: usize = 200;
/// Longest reference or name kept, characters.
const TEXT_MAX: usize = 70;

/// The truck or other means that carries, as a TDT names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Carriage {
    pub(crate) vehicle: Option<Plate>,
    pub(crate) company: Option<String>,
}

impl Carriage {
    /// On-carriage or pre-carriage (stage 1, 10, 30) by road (mode 3, or means 31 truck); `None`
    /// for any other TDT. Some senders put the kind of means (8 in COPINO) where the mode belongs.
    pub(crate) fn of(at: usize, segment: &Segment<'_>, notes: &mut Vec<Note>) -> Option<Self> {
        let part = |element, component| part(segment, element, component);
        let is_inland = matches!(part(0, 0), "1" | "10" | "30");
        let is_road = part(2, 0) == "3" || part(3, 0) == "31" || part(7, 1) == "146";
        if !is_inland || !is_road {
            return None;
        }
        let raw = part(7, 0);
        let vehicle = Plate::parse(raw).ok();
        if vehicle.is_none() && !raw.is_empty() {
            note(notes, &place(at), format!("{raw:?} is no plate"));
        }
        let mut named = [part(4, 0), part(4, 3)].into_iter();
        let company = named.find(|name| !name.is_empty()).map(clipped);
        Some(Self { vehicle, company })
    }
}

/// What stood about one container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Equipment {
    /// Number of its EQD in the file.
    pub(crate) at: usize,
    pub(crate) number: String,
    /// Containers that this entry stands for, 1 when a number is given.
    pub(crate) count: u32,
    pub(crate) size_type: Option<String>,
    pub(crate) empty: Option<bool>,
    pub(crate) booking: Option<String>,
    pub(crate) seals: Vec<SealNumber>,
    pub(crate) gross: Option<Mass>,
    pub(crate) goods: String,
    pub(crate) carriage: Carriage,
    /// DTM+7, when it happened.
    pub(crate) happened_at: Option<Timestamp>,
    /// When it is expected or wanted.
    pub(crate) due: Option<Timestamp>,
    /// LOC+165, where it happened.
    pub(crate) location: String,
}

impl Equipment {
    /// Begins with an EQD of a container; other equipment (chassis, trailers) is `None`.
    pub(crate) fn begin(at: usize, segment: &Segment<'_>, notes: &mut Vec<Note>) -> Option<Self> {
        let part = |element, component| part(segment, element, component);
        if part(0, 0) != "CN" {
            return None;
        }
        let size = part(2, 0);
        let is_code = size.len() == 4 && size.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_code && !size.is_empty() {
            note(notes, &place(at), format!("{size:?} is no size-type"));
        }
        Some(Self {
            at,
            number: clipped(part(1, 0)),
            count: 1,
            size_type: is_code.then(|| size.to_ascii_uppercase()),
            empty: match part(5, 0) {
                "4" => Some(true),
                "5" => Some(false),
                _ => None,
            },
            ..Self::default()
        })
    }

    /// A segment of its group.
    pub(crate) fn segment(
        &mut self,
        at: usize,
        segment: &Segment<'_>,
        zone_minutes: i16,
        notes: &mut Vec<Note>,
    ) {
        let part = |element, component| part(segment, element, component);
        let mut unread = |what: &str, raw: &str| {
            note(notes, &place(at), format!("{raw:?} is no {what}"));
        };
        match (segment.tag(), part(0, 0)) {
            ("RFF", "BN") => self.booking = Some(clipped(part(0, 1))),
            ("EQN", raw) if self.number.is_empty() => match measure::count(raw) {
                Some(count) => self.count = count,
                None => unread("number of containers", raw),
            },
            ("DTM", qualifier) => {
                let slot = match qualifier {
                    "7" => &mut self.happened_at,
                    // Arrival, delivery, positioning and pick-up, as expected or wanted.
                    "2" | "64" | "132" | "181" | "200" | "201" => &mut self.due,
                    _ => return,
                };
                *slot = measure::moment(part(0, 1), zone_minutes);
                if slot.is_none() {
                    unread("time", part(0, 1));
                }
            }
            ("LOC", "165") => self.location = clipped(part(1, 0)),
            ("SEL", raw) if self.seals.len() < SEALS_MAX => match SealNumber::parse(raw) {
                Ok(seal) => self.seals.push(seal),
                Err(_) => unread("seal number", raw),
            },
            ("MEA", "AAE" | "WT") if matches!(part(1, 0), "G" | "VGM" | "AET") => {
                let read = measure::mass(part(2, 1), part(2, 0));
                if read.is_none() {
                    unread("gross mass", part(2, 1));
                }
                // A verified mass is better than a declared one, whichever comes first.
                if self.gross.is_none() || part(1, 0) == "VGM" {
                    self.gross = read.or(self.gross);
                }
            }
            ("FTX", "AAA") => add_words(&mut self.goods, segment),
            ("TDT", _) => {
                if let Some(carriage) = Carriage::of(at, segment, notes) {
                    self.carriage = carriage;
                }
            }
            _ => {}
        }
    }
}

/// Adds the text of an FTX, within the limit.
pub(crate) fn add_words(goods: &mut String, segment: &Segment<'_>) {
    let Some(words) = segment.get_element(3) else {
        return;
    };
    for word in words.components().filter(|word| !word.is_empty()) {
        let room = GOODS_MAX.saturating_sub(goods.chars().count());
        if room < 2 {
            return;
        }
        if !goods.is_empty() {
            goods.push(' ');
        }
        let word = word.chars().filter(|c| !c.is_control());
        goods.extend(word.take(room - 1));
    }
}

/// A reference or a name, no longer than people write them.
pub(crate) fn clipped(raw: &str) -> String {
    let kept = raw.trim().chars().filter(|c| !c.is_control());
    kept.take(TEXT_MAX).collect()
}
