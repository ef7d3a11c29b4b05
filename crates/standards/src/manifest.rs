//! A manifest as some message carried it → rows of the ledger. Every format reads into this one
//! form, so that the same manifest gives the same rows whichever way it came.

use std::collections::BTreeSet;

use domain::container::ContainerNumber;
use domain::conveyance::{Conveyance, Means};
use domain::id::{ConsignmentId, ManifestId};
use domain::ledger_row::Row;
use domain::manifest::{Clearance, Consignment, Manifest};
use domain::mass::Mass;
use domain::time::Timestamp;

use crate::conveyance;
use crate::message::{MessageError, Note};

/// Longest description of goods that a ledger row takes, characters.
const GOODS_MAX: usize = 200;
/// Most consignments that the ledger takes on one manifest.
const CONSIGNMENTS_MAX: usize = 20_000;
/// Digits of a heading of the Harmonized System that a row takes.
const HS_DIGITS: std::ops::RangeInclusive<usize> = 4..=10;

/// Goods of a consignment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoodsItem {
    /// In words.
    pub description: String,
    /// Heading of the Harmonized System as written.
    pub hs_code: Option<String>,
    /// Gross mass.
    pub gross: Option<Mass>,
    /// Packages.
    pub packages: Option<u32>,
}

/// A consignment as a message carried it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsignmentRead {
    /// Where it began, for messages.
    pub place: String,
    /// Number of the transport document.
    pub id: String,
    /// Gross mass of all goods, if it is said of the whole.
    pub gross: Option<Mass>,
    /// Packages of all goods, if said of the whole.
    pub packages: Option<u32>,
    /// Goods.
    pub items: Vec<GoodsItem>,
    /// Numbers of containers, as written, each once.
    pub containers: Vec<String>,
}

/// A manifest as a message carried it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ManifestRead {
    /// Its number.
    pub id: String,
    /// Name of ship, train or vehicle.
    pub conveyance: String,
    /// Voyage or journey.
    pub voyage: String,
    /// Mode of transport, a digit of UN/ECE Recommendation 19: 1 sea, 2 rail, 3 road, 4 air,
    /// 8 inland water.
    pub mode: String,
    /// Number of the conveyance as written: IMO number, registration, train number or plate.
    pub number: String,
    /// When it was written.
    pub written_at: Option<Timestamp>,
    /// Consignments in the order of the message.
    pub consignments: Vec<ConsignmentRead>,
}

impl ManifestRead {
    /// The manifest and its consignments as rows; nothing in a manifest clears goods, so each
    /// consignment is not cleared until customs says so.
    ///
    /// # Errors
    /// A number, a mass or a container that no row can take.
    pub fn into_rows(self, notes: &mut Vec<Note>) -> Result<Vec<Row>, MessageError> {
        let field = |field, value: &str| MessageError::Field {
            place: "manifest".to_owned(),
            field,
            value: value.to_owned(),
        };
        let id = ManifestId::parse(&self.id).map_err(|_| field("number", &self.id))?;
        let written_at = self.written_at.ok_or_else(|| field("time written", ""))?;
        let mut rows = Vec::with_capacity(self.consignments.len() + 1);
        if self.consignments.len() > CONSIGNMENTS_MAX {
            let count = self.consignments.len().to_string();
            return Err(field("number of consignments, at most 20,000", &count));
        }
        let mut listed: Vec<ConsignmentId> = Vec::with_capacity(self.consignments.len());
        let mut known = BTreeSet::new();
        for read in &self.consignments {
            let consignment = read.row(&id, written_at, notes)?;
            if !known.insert(consignment.id.clone()) {
                return Err(read.field("number of a second consignment", &read.id));
            }
            listed.push(consignment.id.clone());
            rows.push(Row::Consignment(consignment));
        }
        let means = conveyance::means(self.mode.trim(), self.number.trim());
        if let Err(unread) = &means {
            notes.push(Note {
                place: "manifest".to_owned(),
                text: format!("the conveyance is known by its name alone: {unread}"),
            });
        }
        let conveyance = Conveyance {
            means: means.unwrap_or(Means::Unstated),
            name: self.conveyance.trim().to_owned(),
            voyage: self.voyage.trim().to_owned(),
        };
        rows.insert(
            0,
            Row::Manifest(Manifest {
                id,
                conveyance,
                consignments: listed,
                amended_at: written_at,
            }),
        );
        Ok(rows)
    }
}

impl ConsignmentRead {
    fn field(&self, field: &'static str, value: &str) -> MessageError {
        MessageError::Field {
            place: self.place.clone(),
            field,
            value: value.to_owned(),
        }
    }

    fn row(
        &self,
        manifest: &ManifestId,
        written_at: Timestamp,
        notes: &mut Vec<Note>,
    ) -> Result<Consignment, MessageError> {
        let mut note = |text: String| {
            notes.push(Note {
                place: format!("{}, consignment {}", self.place, self.id),
                text,
            });
        };
        let id = ConsignmentId::parse(&self.id).map_err(|_| self.field("number", &self.id))?;
        let sum: Option<Mass> = self.items.iter().map(|item| item.gross).sum_all();
        let gross = self
            .gross
            .or(sum)
            .ok_or_else(|| self.field("gross mass", ""))?;
        if let Some(sum) = sum.filter(|sum| *sum != gross) {
            note(format!(
                "its goods weigh {sum} together, {gross} is declared"
            ));
        }
        let counted: Option<u32> = self
            .items
            .iter()
            .try_fold(0_u32, |sum, item| sum.checked_add(item.packages?));
        let packages = self
            .packages
            .or(counted.filter(|_| !self.items.is_empty()))
            .ok_or_else(|| self.field("number of packages", ""))?;
        let mut containers: Vec<ContainerNumber> = Vec::new();
        let mut known = BTreeSet::new();
        for raw in &self.containers {
            let number =
                ContainerNumber::parse(raw).map_err(|_| self.field("container number", raw))?;
            if known.insert(number.clone()) {
                containers.push(number);
            }
        }
        let goods = self.goods(&mut note);
        let hs_code = self.hs_code(&mut note);
        Ok(Consignment {
            id,
            manifest: manifest.clone(),
            clearance: Clearance::NotCleared,
            gross,
            packages,
            goods,
            hs_code,
            containers,
            amended_at: written_at,
        })
    }

    /// The descriptions, each once.
    fn goods(&self, note: &mut impl FnMut(String)) -> String {
        let mut texts: Vec<&str> = Vec::new();
        let mut known = BTreeSet::new();
        for item in &self.items {
            let text = item.description.trim();
            if !text.is_empty() && known.insert(text) {
                texts.push(text);
            }
        }
        let all = texts.join("; ");
        let goods: String = all
            .chars()
            .filter(|c| !c.is_control())
            .take(GOODS_MAX)
            .collect();
        if goods.len() < all.len() {
            note(format!(
                "the description of the goods is cut after {GOODS_MAX} characters"
            ));
        }
        goods
    }

    /// One heading stands for a consignment: that of the heaviest goods.
    fn hs_code(&self, note: &mut impl FnMut(String)) -> Option<String> {
        let mut headed: Vec<(&GoodsItem, String)> = Vec::new();
        for item in &self.items {
            let Some(raw) = item.hs_code.as_deref().filter(|raw| !raw.trim().is_empty()) else {
                continue;
            };
            match heading(raw) {
                Some(code) => headed.push((item, code)),
                None => note(format!("{raw:?} is no heading of the Harmonized System")),
            }
        }
        headed.sort_by_key(|(item, _)| std::cmp::Reverse(item.gross));
        if let Some((_, other)) = headed.iter().find(|(_, code)| *code != headed[0].1) {
            note(format!(
                "heading {other} is left out, {} weighs more",
                headed[0].1
            ));
        }
        headed.into_iter().next().map(|(_, code)| code)
    }
}

/// The digits of a heading, which some write with dots or blanks.
fn heading(raw: &str) -> Option<String> {
    let digits: String = raw.chars().filter(|c| !matches!(c, '.' | ' ')).collect();
    let is_code = HS_DIGITS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_code.then_some(digits)
}

/// A sum that exists only when there is something and every part is known.
trait SumAll {
    fn sum_all(self) -> Option<Mass>;
}

impl<I: Iterator<Item = Option<Mass>>> SumAll for I {
    fn sum_all(self) -> Option<Mass> {
        let mut sum = None;
        for part in self {
            sum = Some(sum.unwrap_or(Mass::ZERO) + part?);
        }
        sum
    }
}
