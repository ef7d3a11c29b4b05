//! Pass and facts beside what was seen → rows that agree or differ. Compares, judges nothing: a
//! difference that no rule held is still shown.

use domain::event::DecisionRecord;
use domain::facts::PassFact;
use domain::gate_pass::{GatePass, Stage};
use domain::recordation::Standing;

use super::align::{Piece, align, plain};
use super::figures::{Moment, kg};
use super::freight::{self, BoxRow, GoodsRow};
use super::identity;
use super::terms;
use super::tone::Tone;
use super::words::Words;
use crate::dashboard::words as page_words;

/// Passes of which one is to be chosen.
const CANDIDATES_MAX: usize = 12;

/// The papers of a passage.
#[derive(Debug)]
pub(super) struct Papers {
    /// Passes of which one is to be chosen.
    pub(super) candidates: Vec<String>,
    /// The pass; `None` if there is not exactly one.
    pub(super) pass: Option<PassPart>,
}

/// A pass beside what was seen.
#[derive(Debug)]
pub(super) struct PassPart {
    pub(super) rows: Vec<Row>,
    pub(super) boxes: Vec<BoxRow>,
    pub(super) goods: Vec<GoodsRow>,
    pub(super) declared_gross: String,
    /// Whether shares were drawn with this decision, or will be.
    pub(super) drawing: &'static str,
}

/// One thing on the papers beside what was seen of it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) item: &'static str,
    pub(super) papers: Vec<Piece>,
    pub(super) seen: Vec<Piece>,
    /// How surely it was seen; may be empty.
    pub(super) note: String,
    pub(super) tone: Tone,
}

impl Papers {
    pub(super) fn new(record: &DecisionRecord, w: &'static Words) -> Self {
        let (candidates, pass) = match &record.facts.pass {
            PassFact::None => (Vec::new(), None),
            PassFact::Ambiguous(numbers) => {
                let numbers = numbers.iter().take(CANDIDATES_MAX);
                (numbers.map(ToString::to_string).collect(), None)
            }
            PassFact::Found(pass) => (Vec::new(), Some(part(record, pass, w))),
        };
        Self { candidates, pass }
    }
}

fn part(record: &DecisionRecord, pass: &GatePass, w: &'static Words) -> PassPart {
    let mut rows = the_pass(record, pass, w);
    rows.extend(identity::vehicles(record, pass, w));
    rows.extend(people(record, pass, w));
    rows.extend(stages(record, pass, w));
    PassPart {
        rows,
        boxes: freight::boxes(record, pass, w),
        goods: freight::goods(record, pass, w),
        declared_gross: kg(pass.declared_cargo()),
        drawing: if record.withdrawal.is_some() {
            w.has_drawn
        } else {
            w.will_draw
        },
    }
}

/// Two texts beside each other as they stand.
pub(super) fn row(item: &'static str, papers: &str, seen: &str, tone: Tone) -> Row {
    Row {
        item,
        papers: plain(papers),
        seen: plain(seen),
        note: String::new(),
        tone,
    }
}

/// Agrees or differs.
pub(super) const fn equal(is_equal: bool, w: &Words) -> Tone {
    if is_equal {
        Tone::good(w.agrees)
    } else {
        Tone::bad(w.differs)
    }
}

/// Two identifiers beside each other, characters that differ marked; nothing seen is no difference
/// but a lack.
pub(super) fn identifiers(
    item: &'static str,
    papers: &str,
    seen: Option<&str>,
    w: &'static Words,
) -> Row {
    let Some(seen) = seen else {
        return row(item, papers, "", Tone::doubtful(w.not_seen));
    };
    let aligned = align(papers, seen);
    Row {
        item,
        papers: aligned.left,
        seen: aligned.right,
        note: String::new(),
        tone: equal(aligned.differing == 0, w),
    }
}

fn standing(standing: Standing, w: &Words) -> Tone {
    let word = terms::standing(standing, w.language());
    match standing {
        Standing::Active => Tone::good(word),
        Standing::Suspended | Standing::Revoked => Tone::bad(word),
    }
}

fn the_pass(record: &DecisionRecord, pass: &GatePass, w: &'static Words) -> Vec<Row> {
    let evidence = &record.evidence;
    let now = evidence.frozen.at;
    let language = w.language();
    let shown = |at| Moment::of(at).shown;
    let window = format!("{} – {}", shown(pass.window.from), shown(pass.window.until));
    let inside = if pass.window.contains(now) {
        Tone::good(w.inside_window)
    } else {
        Tone::bad(w.outside_window)
    };
    let lanes: Vec<&str> = pass.lanes.iter().map(|lane| lane.as_str()).collect();
    let lane_fits = pass.lanes.is_empty() || pass.lanes.contains(&evidence.lane);
    let lanes = if lanes.is_empty() {
        w.any_lane.to_owned()
    } else {
        lanes.join(", ")
    };
    let way = (
        page_words::direction(pass.direction, language),
        page_words::direction(evidence.direction, language),
    );
    let issued = equal(pass.issued_at <= now, w);
    vec![
        row(
            w.pass_number,
            pass.number.as_str(),
            "",
            standing(pass.standing, w),
        ),
        row(
            w.direction,
            way.0,
            way.1,
            equal(pass.direction == evidence.direction, w),
        ),
        row(w.lanes, &lanes, evidence.lane.as_str(), equal(lane_fits, w)),
        row(w.validity, &window, &shown(now), inside),
        row(w.issued_at, &shown(pass.issued_at), &shown(now), issued),
    ]
}

fn people(record: &DecisionRecord, pass: &GatePass, w: &'static Words) -> Vec<Row> {
    let facts = &record.facts;
    let presented = record
        .evidence
        .driver
        .as_ref()
        .map(|driver| driver.as_str());
    let mut rows = Vec::new();
    match (&pass.driver, presented) {
        (Some(named), seen) => rows.push(identifiers(w.driver, named.as_str(), seen, w)),
        (None, Some(seen)) => rows.push(row(w.driver, "", seen, Tone::plain(w.not_named))),
        (None, None) => {}
    }
    if let (Some(last), Some(driver)) = (rows.last_mut(), &facts.driver) {
        last.note.clone_from(&driver.name);
    }
    let company = facts
        .company
        .as_ref()
        .filter(|company| company.id == pass.company);
    let (name, tone) = match company {
        Some(company) => (company.name.as_str(), standing(company.standing, w)),
        None => ("", Tone::doubtful(w.not_in_ledger)),
    };
    let mut company = row(w.company, pass.company.as_str(), "", tone);
    name.clone_into(&mut company.note);
    rows.push(company);
    rows
}

fn stages(record: &DecisionRecord, pass: &GatePass, w: &'static Words) -> Vec<Row> {
    let done = &record.facts.visit.stages_done;
    let excused = &record.evidence.stages_excused;
    let shown = |stages: &[Stage]| {
        let words = stages
            .iter()
            .map(|stage| terms::stage(*stage, w.language()));
        words.collect::<Vec<_>>().join(", ")
    };
    let mut rows = Vec::new();
    if !pass.stages.is_empty() {
        let entered = record.facts.visit.entered.is_some();
        let is_done = |stage: &Stage| {
            done.contains(stage) || excused.contains(stage) || (*stage == Stage::Entry && entered)
        };
        let tone = equal(pass.stages.iter().all(is_done), w);
        rows.push(row(w.stages, &shown(&pass.stages), &shown(done), tone));
    }
    if pass.scan_required {
        let count = record.evidence.scans.len();
        let tone = if count > 0 {
            Tone::plain("")
        } else {
            Tone::doubtful(w.not_seen)
        };
        rows.push(row(w.scan_required, w.yes, &count.to_string(), tone));
    }
    if let Some(radiation) = &record.evidence.radiation {
        let word = wording::radiation(radiation.state, w.language());
        let tenths = radiation.background_ratio_tenths;
        let mut seen = row(w.radiation, "", word, Tone::plain(""));
        seen.note = format!("× {}.{}", tenths / 10, tenths % 10);
        rows.push(seen);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::tests::record_of;
    use super::*;
    use decision::fixture::{self, Passage};
    use domain::plate::Plate;
    use domain::reason::Language;

    fn rows(passage: &Passage) -> Vec<Row> {
        let papers = Papers::new(&record_of(passage), Words::of(Language::En));
        papers.pass.unwrap().rows
    }

    fn toned<'r>(rows: &'r [Row], item: &str) -> (&'static str, &'r str) {
        let row = rows.iter().find(|row| row.item == item).unwrap();
        (row.tone.word, &row.note)
    }

    #[test]
    fn a_clean_passage_agrees_in_everything() {
        for passage in [fixture::clean(), fixture::exit(), fixture::bobtail()] {
            for row in rows(&passage) {
                assert!(
                    matches!(row.tone.class, "ev-release" | "ev-plain"),
                    "{row:?}"
                );
            }
        }
        let clean = rows(&fixture::clean());
        assert_eq!(toned(&clean, "Vehicle"), ("agrees", "97.0 % × 4"));
        assert_eq!(toned(&clean, "Company"), ("in force", "Example Transport"));
    }

    #[test]
    fn what_differs_is_marked_and_what_is_unsure_is_no_agreement() {
        let mut passage = fixture::clean();
        passage.evidence.plates[0].plate = Plate::parse("粤B12845").unwrap();
        passage.evidence.plates[1].confidence_permille = 500;
        passage.evidence.tags.clear();
        passage.evidence.driver = None;
        let pass = passage.pass();
        pass.window.until = pass.window.from;
        pass.standing = Standing::Revoked;
        pass.direction = domain::gate_pass::Direction::Exit;
        let rows = rows(&passage);
        for (item, word) in [
            ("Vehicle", "differs"),
            ("Trailer", "not sure"),
            ("Electronic plate", "not seen"),
            ("Driver", "not seen"),
            ("Valid (UTC)", "outside the window"),
            ("Pass number", "revoked"),
            ("Direction", "differs"),
        ] {
            assert_eq!(toned(&rows, item).0, word, "{item}");
        }
        let vehicle = rows.iter().find(|row| row.item == "Vehicle").unwrap();
        let marked: Vec<&str> = vehicle
            .seen
            .iter()
            .filter(|p| p.differs)
            .map(|p| p.text.as_str())
            .collect();
        assert_eq!(marked, ["8"]);
    }

    #[test]
    fn the_second_plate_of_a_vehicle_is_its_own() {
        let mut passage = fixture::clean();
        let second = Plate::parse("ZF023").unwrap();
        passage.facts.vehicle.as_mut().unwrap().second_plate = Some(second.clone());
        passage.evidence.plates[0].plate = second;
        assert_eq!(toned(&rows(&passage), "Vehicle").0, "agrees");
    }

    #[test]
    fn no_pass_and_several_are_told() {
        let mut passage = fixture::clean();
        passage.facts.pass = PassFact::Ambiguous(vec![fixture::pass_number(); 99]);
        let papers = Papers::new(&record_of(&passage), Words::of(Language::Zh));
        assert_eq!(
            (papers.candidates.len(), papers.pass.is_none()),
            (CANDIDATES_MAX, true)
        );
        passage.facts.pass = PassFact::None;
        let papers = Papers::new(&record_of(&passage), Words::of(Language::Zh));
        assert!(papers.candidates.is_empty() && papers.pass.is_none());
    }
}
