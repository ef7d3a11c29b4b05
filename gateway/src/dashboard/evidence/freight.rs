//! Containers, seals and goods of a pass beside what was seen and what the ledger has left of
//! them → rows. Compares, judges nothing.

use domain::container::ContainerNumber;
use domain::event::DecisionRecord;
use domain::evidence::ContainerSighting;
use domain::facts::ConsignmentFact;
use domain::gate_pass::{GatePass, PassConsignment, PassContainer};
use domain::manifest::Clearance;
use domain::mass::Mass;
use domain::reading::SealReading;
use domain::seal::{SealNumber, SealState};

use super::align::{Piece, align, plain};
use super::figures::{grouped, kg};
use super::identity::sighted_box;
use super::papers::equal;
use super::terms;
use super::tone::Tone;
use super::words::Words;

/// Rows of containers and of goods.
const ROWS_MAX: usize = 50;
/// Seals of a container, containers of a consignment.
const PARTS_MAX: usize = 8;

/// One container.
#[derive(Debug)]
pub(super) struct BoxRow {
    pub(super) papers: Vec<Piece>,
    pub(super) seen: Vec<Piece>,
    pub(super) note: String,
    pub(super) tone: Tone,
    /// Declared empty or loaded.
    pub(super) load: &'static str,
    /// Recorded size-type, and that read beside it.
    pub(super) size_type: Vec<Piece>,
    pub(super) size_type_seen: Vec<Piece>,
    /// Recorded tare.
    pub(super) tare: String,
    pub(super) seals: Vec<SealRow>,
}

/// One seal.
#[derive(Debug)]
pub(super) struct SealRow {
    pub(super) papers: Vec<Piece>,
    pub(super) seen: Vec<Piece>,
    pub(super) tone: Tone,
}

/// The share of one consignment.
#[derive(Debug)]
pub(super) struct GoodsRow {
    pub(super) id: String,
    pub(super) goods: String,
    pub(super) hs_code: String,
    pub(super) manifest: String,
    pub(super) containers: String,
    pub(super) clearance: Tone,
    pub(super) whole: String,
    pub(super) share: String,
    pub(super) drawn: String,
    pub(super) left: String,
    pub(super) left_tone: Tone,
}

/// Containers of the pass, then those that were seen and are not on it.
pub(super) fn boxes(record: &DecisionRecord, pass: &GatePass, w: &'static Words) -> Vec<BoxRow> {
    let seen = &record.evidence.containers;
    let is_named =
        |one: &ContainerSighting| pass.containers.iter().any(|box_| box_.number == one.number);
    let strangers: Vec<&ContainerSighting> = seen.iter().filter(|one| !is_named(one)).collect();
    let mut taken: Vec<&ContainerNumber> = Vec::new();
    let mut rows = Vec::new();
    for box_ in pass.containers.iter().take(ROWS_MAX) {
        let same = seen.iter().find(|one| one.number == box_.number);
        // A number that is almost this one, and no other's, is shown beside it.
        let near = || {
            let free = strangers.iter().filter(|one| !taken.contains(&&one.number));
            let distance =
                |one: &&&ContainerSighting| one.number.differing_characters(&box_.number);
            free.min_by_key(distance)
                .filter(|one| distance(one) <= 3)
                .copied()
        };
        let sighting = same.or_else(near);
        taken.extend(sighting.map(|one| &one.number));
        rows.push(named(record, box_, sighting, w));
    }
    let left = strangers
        .into_iter()
        .filter(|one| !taken.contains(&&one.number));
    rows.extend(left.take(ROWS_MAX).map(|one| stranger(record, one, w)));
    rows
}

fn named(
    record: &DecisionRecord,
    box_: &PassContainer,
    sighting: Option<&ContainerSighting>,
    w: &'static Words,
) -> BoxRow {
    let facts = &record.facts;
    let filed = facts
        .containers
        .iter()
        .find(|one| one.number == box_.number);
    let (papers, seen, (note, tone)) = match sighting {
        Some(seen) => {
            let aligned = align(box_.number.as_str(), seen.number.as_str());
            let tone = equal(aligned.differing == 0, w);
            (
                aligned.left,
                aligned.right,
                sighted_box(record, seen, tone, w),
            )
        }
        None => (
            plain(box_.number.as_str()),
            Vec::new(),
            (String::new(), Tone::doubtful(w.not_seen)),
        ),
    };
    let recorded = filed.and_then(|filed| filed.size_type.as_deref());
    let read = sighting.and_then(|seen| seen.size_type.as_deref());
    let (size_type, size_type_seen) = match (recorded, read) {
        (Some(recorded), Some(read)) => {
            let aligned = align(recorded, read);
            (aligned.left, aligned.right)
        }
        (recorded, read) => (plain(recorded.unwrap_or("")), plain(read.unwrap_or(""))),
    };
    let seals = box_.seals.iter().take(PARTS_MAX);
    BoxRow {
        papers,
        seen,
        note,
        tone,
        load: if box_.empty { w.empty } else { w.loaded },
        size_type,
        size_type_seen,
        tare: filed.map_or_else(|| w.not_recorded.to_owned(), |filed| kg(filed.tare)),
        seals: seals
            .map(|number| seal(record, &box_.number, number, w))
            .collect(),
    }
}

fn stranger(record: &DecisionRecord, seen: &ContainerSighting, w: &'static Words) -> BoxRow {
    let (note, _) = sighted_box(record, seen, Tone::plain(""), w);
    BoxRow {
        papers: Vec::new(),
        seen: plain(seen.number.as_str()),
        note,
        tone: Tone::bad(w.not_named),
        load: "",
        size_type: Vec::new(),
        size_type_seen: plain(seen.size_type.as_deref().unwrap_or("")),
        tare: String::new(),
        seals: Vec::new(),
    }
}

/// A seal of the pass beside the reading of that number, else one that hangs on its container.
fn seal(
    record: &DecisionRecord,
    container: &ContainerNumber,
    number: &SealNumber,
    w: &'static Words,
) -> SealRow {
    let readings = &record.evidence.seals;
    let same = readings
        .iter()
        .find(|one| one.number.as_ref() == Some(number));
    let on_it = || {
        readings
            .iter()
            .find(|one| one.container.as_ref() == Some(container))
    };
    let Some(reading) = same.or_else(on_it) else {
        return SealRow {
            papers: plain(number.as_str()),
            seen: Vec::new(),
            tone: Tone::doubtful(w.not_seen),
        };
    };
    let (papers, seen, differs) = match &reading.number {
        Some(seen) => {
            let aligned = align(number.as_str(), seen.as_str());
            (aligned.left, aligned.right, aligned.differing > 0)
        }
        None => (plain(number.as_str()), Vec::new(), false),
    };
    SealRow {
        papers,
        seen,
        tone: seal_tone(reading, differs, w),
    }
}

fn seal_tone(reading: &SealReading, differs: bool, w: &'static Words) -> Tone {
    let word = wording::seal_state(reading.state, w.language());
    match reading.state {
        SealState::Open | SealState::Tampered | SealState::Absent => Tone::bad(word),
        SealState::Unreadable => Tone::doubtful(word),
        SealState::Closed if differs => equal(false, w),
        SealState::Closed if reading.opened_since_set && reading.reseal_recorded => {
            Tone::doubtful(w.reseal_recorded)
        }
        SealState::Closed if reading.opened_since_set => Tone::bad(w.opened_since),
        SealState::Closed => Tone::good(word),
    }
}

/// The shares of the pass with what is left of each consignment afterwards.
pub(super) fn goods(record: &DecisionRecord, pass: &GatePass, w: &'static Words) -> Vec<GoodsRow> {
    let shares = pass.consignments.iter().take(ROWS_MAX);
    shares.map(|share| goods_row(record, share, w)).collect()
}

fn goods_row(record: &DecisionRecord, share: &PassConsignment, w: &'static Words) -> GoodsRow {
    let quantity = |gross: Mass, packages: i64| {
        let sign = if packages < 0 { "−" } else { "" };
        let packages = grouped(packages.unsigned_abs());
        format!("{} · {sign}{packages} {}", kg(gross), w.packages)
    };
    let fact = record
        .facts
        .consignments
        .iter()
        .find(|fact| fact.id == share.id);
    let consignment = fact.and_then(|fact| fact.consignment.as_ref());
    let left = fact.and_then(|fact| left_after(fact, share));
    let boxes = consignment.map_or(&[][..], |one| &one.containers);
    let boxes: Vec<&str> = boxes
        .iter()
        .take(PARTS_MAX)
        .map(ContainerNumber::as_str)
        .collect();
    GoodsRow {
        id: share.id.to_string(),
        goods: consignment.map_or_else(String::new, |one| one.goods.clone()),
        hs_code: consignment
            .and_then(|one| one.hs_code.clone())
            .unwrap_or_default(),
        manifest: consignment.map_or_else(String::new, |one| one.manifest.to_string()),
        containers: boxes.join(", "),
        clearance: consignment.map_or(Tone::doubtful(w.not_in_ledger), |one| {
            clearance(one.clearance, w)
        }),
        whole: consignment.map_or_else(String::new, |one| {
            quantity(one.gross, i64::from(one.packages))
        }),
        share: quantity(share.gross, i64::from(share.packages)),
        drawn: fact.map_or_else(String::new, |fact| {
            quantity(fact.drawn_gross, i64::from(fact.drawn_packages))
        }),
        left: left.map_or_else(String::new, |(gross, packages)| quantity(gross, packages)),
        left_tone: match left {
            Some((gross, packages)) if gross < Mass::ZERO || packages < 0 => Tone::bad(w.overdrawn),
            Some(_) => Tone::good(""),
            None => Tone::plain(""),
        },
    }
}

/// Gross and packages that remain once this share is drawn as well.
fn left_after(fact: &ConsignmentFact, share: &PassConsignment) -> Option<(Mass, i64)> {
    let whole = fact.consignment.as_ref()?;
    Some((
        whole.gross - fact.drawn_gross - share.gross,
        i64::from(whole.packages) - i64::from(fact.drawn_packages) - i64::from(share.packages),
    ))
}

fn clearance(clearance: Clearance, w: &'static Words) -> Tone {
    let word = terms::clearance(clearance, w.language());
    match clearance {
        Clearance::Cleared => Tone::good(word),
        Clearance::UnderAmendment => Tone::doubtful(word),
        Clearance::NotCleared | Clearance::Refused => Tone::bad(word),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::record_of;
    use super::*;
    use decision::fixture::{self, Passage};
    use domain::reason::Language;

    fn boxes_of(passage: &mut Passage) -> Vec<BoxRow> {
        let pass = passage.pass().clone();
        boxes(&record_of(passage), &pass, Words::of(Language::En))
    }

    fn goods_of(passage: &mut Passage) -> Vec<GoodsRow> {
        let pass = passage.pass().clone();
        goods(&record_of(passage), &pass, Words::of(Language::En))
    }

    #[test]
    fn containers_agree_or_differ_or_are_strangers() {
        let mut passage = fixture::clean();
        let rows = boxes_of(&mut passage);
        assert_eq!(
            (rows.len(), rows[0].tone.word, rows[0].load),
            (1, "agrees", "loaded")
        );
        assert_eq!(
            (rows[0].tare.as_str(), rows[0].seals[0].tone.word),
            ("3,900 kg", "closed")
        );
        passage.evidence.containers[0].number = fixture::other_container();
        let rows = boxes_of(&mut passage);
        let words: Vec<&str> = rows.iter().map(|row| row.tone.word).collect();
        assert_eq!(words, ["not seen", "not on the papers"]);
        // One letter and the check digit apart.
        let front = "CSOU305438";
        let digit = ContainerNumber::check_digit(front.as_bytes());
        let near = ContainerNumber::parse(&format!("{front}{digit}")).unwrap();
        passage.evidence.containers[0].number = near;
        let rows = boxes_of(&mut passage);
        assert_eq!((rows.len(), rows[0].tone.word), (1, "differs"));
        assert!(rows[0].seen.iter().any(|piece| piece.differs));
    }

    #[test]
    fn seals_are_told_by_their_number_and_state() {
        let w = Words::of(Language::En);
        type Change = fn(&mut SealReading);
        let cases: [(Change, &str); 6] = [
            (|seal| seal.state = SealState::Tampered, "tampered"),
            (|seal| seal.state = SealState::Unreadable, "unreadable"),
            (
                |seal| seal.number = SealNumber::parse("CN1234568").ok(),
                w.differs,
            ),
            (|seal| seal.opened_since_set = true, w.opened_since),
            (
                |seal| (seal.opened_since_set, seal.reseal_recorded) = (true, true),
                w.reseal_recorded,
            ),
            (|seal| seal.container = None, "closed"),
        ];
        for (change, word) in cases {
            let mut passage = fixture::clean();
            change(&mut passage.evidence.seals[0]);
            assert_eq!(boxes_of(&mut passage)[0].seals[0].tone.word, word);
        }
        let mut passage = fixture::clean();
        passage.evidence.seals.clear();
        assert_eq!(boxes_of(&mut passage)[0].seals[0].tone.word, w.not_seen);
    }

    #[test]
    fn what_is_left_of_a_consignment_is_counted_down_to_less_than_nothing() {
        let mut passage = fixture::clean();
        let row = &goods_of(&mut passage)[0];
        assert_eq!(row.share, "20,500 kg · 820 packages");
        assert_eq!(
            (row.left.as_str(), row.left_tone.word),
            ("0 kg · 0 packages", "")
        );
        passage.facts.consignments[0].drawn_packages = 900;
        let row = &goods_of(&mut passage)[0];
        assert_eq!(row.left, "0 kg · −80 packages");
        assert_eq!(row.left_tone.word, "more than is left");
        passage.facts.consignments[0].consignment = None;
        let row = &goods_of(&mut passage)[0];
        assert_eq!(
            (row.clearance.word, row.left.as_str()),
            ("not in the ledger", "")
        );
    }
}
