//! Passages, their stories, visits and conveyances → the shapes in which they are answered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::questions::Told;
use crate::questions::brought::{Brought, Link, ManifestRow};
use crate::questions::search::PassageRow;
use crate::wording::{self, Language};

/// A passage as its first decision tells it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Passage {
    /// Passage.
    pub passage: String,
    /// Gate.
    pub gate: String,
    /// Lane.
    pub lane: String,
    /// When it was decided first.
    pub at: String,
    /// `entry` or `exit`.
    pub direction: String,
    /// First verdict: `release`, `review` or `detain`.
    pub verdict: String,
    /// Rules that held, with their reasons.
    pub holds: String,
    /// Plate.
    pub vehicle: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Driver.
    pub driver: Option<String>,
    /// How it ended, if it has.
    pub end: Option<String>,
    /// Where a conveyance is asked for: `goods` if a decision of the passage names goods of a manifest,
    /// `container` if only the number of a box tells, which no goods of the decision account for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl From<PassageRow> for Passage {
    fn from(row: PassageRow) -> Self {
        Self {
            passage: row.passage,
            gate: row.gate,
            lane: row.lane,
            at: row.at.to_string(),
            direction: row.direction,
            verdict: row.verdict,
            holds: row.holds,
            vehicle: row.vehicle,
            company: row.company,
            driver: row.driver,
            end: row.end,
            by: None,
        }
    }
}

/// A page of passages, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Passages {
    /// The passages.
    pub passages: Vec<Passage>,
    /// Where a conveyance is asked for: its manifests, newest first, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifests: Option<Vec<Conveyance>>,
    /// Ask with `page` set to this for the next page; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Passages {
    /// The first `limit` of the rows that were found: one more tells that there is a next page.
    #[must_use]
    pub fn of(mut rows: Vec<PassageRow>, limit: u32) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(PassageRow::cursor);
        Self {
            passages: rows.into_iter().map(Passage::from).collect(),
            manifests: None,
            next: next.map(|cursor| cursor.to_string()),
        }
    }

    /// As [`Self::of`], of what a conveyance brought.
    #[must_use]
    pub fn brought(found: Brought, limit: u32) -> Self {
        let (rows, links): (Vec<PassageRow>, Vec<Link>) = found.passages.into_iter().unzip();
        let mut page = Self::of(rows, limit);
        for (passage, link) in page.passages.iter_mut().zip(links) {
            passage.by = Some(link.code().to_owned());
        }
        let manifests = found.manifests.iter();
        page.manifests = Some(manifests.map(|row| Conveyance::of(row, None)).collect());
        page
    }
}

/// One event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventLine {
    /// Gate.
    pub gate: String,
    /// Sequence in the gate's chain.
    pub sequence: u64,
    /// Hash in the gate's chain, hexadecimal.
    pub hash: String,
    /// When, by the gate's clock.
    pub at: String,
    /// Passage.
    pub passage: Option<String>,
    /// In a few words.
    pub text: String,
    /// In a few words, in Chinese.
    pub zh: String,
}

impl From<&Told> for EventLine {
    fn from(told: &Told) -> Self {
        Self {
            gate: told.gate.clone(),
            sequence: told.sequence,
            hash: told.hash.clone(),
            at: told.event.at.at.to_string(),
            passage: told.event.passage.as_ref().map(ToString::to_string),
            text: wording::event(&told.event.body, Language::En),
            zh: wording::event(&told.event.body, Language::Zh),
        }
    }
}

/// Everything of one passage.
#[derive(Debug, Serialize, ToSchema)]
pub struct Story {
    /// Passage.
    pub passage: String,
    /// Its events in the order of the gate's chain.
    pub events: Vec<EventLine>,
    /// What brought its goods and boxes, as far as the region has the manifest.
    pub conveyances: Vec<Conveyance>,
}

impl Story {
    /// What is told of a passage.
    #[must_use]
    pub fn of(passage: String, told: &[Told], came_by: &[(ManifestRow, Link)]) -> Self {
        let conveyances = came_by.iter();
        Self {
            passage,
            events: told.iter().map(EventLine::from).collect(),
            conveyances: conveyances
                .map(|(row, link)| Conveyance::of(row, Some(*link)))
                .collect(),
        }
    }
}

/// One visit: from an entry to an exit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Visit {
    /// Its passages, oldest first.
    pub passages: Vec<Passage>,
    /// All their events in the order of time, over all gates.
    pub events: Vec<EventLine>,
}

/// Visits of a vehicle.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Visits {
    /// The visits, oldest first.
    pub visits: Vec<Visit>,
    /// Whether older passages or events were left out; ask for a shorter time.
    pub shortened: bool,
}

/// A manifest with the conveyance that brought or takes its goods.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conveyance {
    /// `ship`, `small_vessel`, `aircraft`, `train`, `vehicle`, or `unstated` for words alone.
    pub kind: String,
    /// IMO number, registration or plate; empty for `unstated`.
    pub number: String,
    /// Name; may be empty.
    pub name: String,
    /// Voyage, flight or journey; may be empty.
    pub voyage: String,
    /// Manifest.
    pub manifest: String,
    /// Last amendment of the manifest.
    pub amended_at: String,
    /// Whether the manifest was taken out of the ledger since.
    pub withdrawn: bool,
    /// In the story of a passage: `goods` if its decision names goods of the manifest, `container` if
    /// only the number of a box tells, which no goods of the decision account for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Conveyance {
    /// A manifest and, in the story of a passage, what it and the passage have in common.
    #[must_use]
    pub fn of(row: &ManifestRow, link: Option<Link>) -> Self {
        Self {
            kind: row.kind.code().to_owned(),
            number: row.number.clone(),
            name: row.name.clone(),
            voyage: row.voyage.clone(),
            manifest: row.manifest.clone(),
            amended_at: row.amended_at.to_string(),
            withdrawn: row.is_withdrawn,
            by: link.map(|link| link.code().to_owned()),
        }
    }
}
