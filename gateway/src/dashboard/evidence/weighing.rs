//! Measured gross, recorded tares and declared goods of a decision → the numbers of its weight,
//! each named for what it is. The sum that is expected is rule R9's own; a test holds it to that.

use domain::event::DecisionRecord;
use domain::evidence::{Weighing, WeightEvidence};
use domain::facts::Facts;
use domain::gate_pass::GatePass;
use domain::mass::Mass;
use domain::plate::Plate;
use domain::recordation::VehicleRecord;

use super::figures::{kg, lasting, signed_kg};
use super::words::Words;

/// Rows of weighings and of axles.
const ROWS_MAX: usize = 12;

/// One number with its nature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Quantity {
    /// What it is.
    pub(super) what: String,
    /// Measured, declared and so on, in words.
    pub(super) nature: &'static str,
    /// Class of that nature.
    pub(super) class: &'static str,
    /// The number with its unit.
    pub(super) value: String,
}

/// What the vehicle ought to weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    /// Tares and declared goods; `None` if one of them is not known.
    pub(super) gross: Option<Mass>,
    /// Distance that passes.
    pub(super) tolerance: Mass,
    /// Distance up to which a person may clear it.
    pub(super) review_up_to: Mass,
}

/// Every weighing of the passage; the last one counts.
pub(super) fn weighings(record: &DecisionRecord) -> &[Weighing] {
    match &record.evidence.weight {
        WeightEvidence::Measured(weighings) => weighings,
        WeightEvidence::None(_) => &[],
    }
}

/// What the papers say it ought to weigh; `None` without a pass.
pub(super) fn expected(record: &DecisionRecord) -> Option<Expected> {
    let pass = record.facts.found_pass()?;
    let declared = pass.declared_cargo();
    let policy = &record.policy;
    let tolerance = declared
        .permille(u32::from(policy.weight_tolerance_permille))
        .max(policy.weight_tolerance_floor);
    let tares = tares(&record.facts, pass).into_iter();
    let tare: Option<Mass> = tares.map(|(_, tare)| tare).sum();
    let is_valid = pass
        .consignments
        .iter()
        .all(|share| share.gross >= Mass::ZERO);
    Some(Expected {
        gross: tare.filter(|_| is_valid).map(|tare| tare + declared),
        tolerance,
        review_up_to: tolerance.times(u32::from(policy.weight_review_bands.max(1))),
    })
}

/// Whose tare.
enum Bearer<'a> {
    Tractor(&'a Plate),
    Trailer(&'a Plate),
    Container(&'a str),
}

fn tares<'a>(facts: &'a Facts, pass: &'a GatePass) -> Vec<(Bearer<'a>, Option<Mass>)> {
    let of_vehicle = |record: &Option<VehicleRecord>, plate: &Plate| {
        let record = record.as_ref()?;
        let is_its = record.plate == *plate || record.second_plate.as_ref() == Some(plate);
        is_its.then_some(record.tare)
    };
    let mut tares = vec![(
        Bearer::Tractor(&pass.vehicle),
        of_vehicle(&facts.vehicle, &pass.vehicle),
    )];
    if let Some(trailer) = &pass.trailer {
        tares.push((
            Bearer::Trailer(trailer),
            of_vehicle(&facts.trailer, trailer),
        ));
    }
    for box_ in &pass.containers {
        let record = facts
            .containers
            .iter()
            .find(|one| one.number == box_.number);
        let tare = record.map(|record| record.tare);
        tares.push((Bearer::Container(box_.number.as_str()), tare));
    }
    for (_, tare) in &mut tares {
        // A tare of nothing was never recorded.
        *tare = tare.filter(|tare| *tare > Mass::ZERO);
    }
    tares
}

/// The numbers of the weight, in the order in which they are added up.
pub(super) fn quantities(record: &DecisionRecord, w: &'static Words) -> Vec<Quantity> {
    let measured = |what: String, value: String| Quantity {
        what,
        nature: w.measured,
        class: "ev-measured",
        value,
    };
    let mut rows = Vec::new();
    let weighings = weighings(record);
    if let Some((last, earlier)) = weighings.split_last() {
        for one in earlier.iter().rev().take(ROWS_MAX).rev() {
            rows.push(measured(w.earlier_gross.to_owned(), kg(one.gross)));
        }
        let what = format!("{} ({} {})", w.counted_gross, w.scale, last.scale);
        rows.push(measured(what, kg(last.gross)));
        let stable = stable_text(last.stable_for_ms);
        rows.push(measured(w.stable_for.to_owned(), stable));
    }
    for (index, load) in record.evidence.axle_loads.iter().take(ROWS_MAX).enumerate() {
        rows.push(measured(format!("{} {}", w.axle, index + 1), kg(*load)));
    }
    if let Some(pass) = record.facts.found_pass() {
        rows.extend(papers(record, pass, w));
    }
    rows
}

fn papers(record: &DecisionRecord, pass: &GatePass, w: &'static Words) -> Vec<Quantity> {
    let row = |what: String, nature: &'static str, class: &'static str, value: String| Quantity {
        what,
        nature,
        class,
        value,
    };
    let mut rows = Vec::new();
    for (bearer, tare) in tares(&record.facts, pass) {
        let what = match bearer {
            Bearer::Tractor(plate) => format!("{} {plate}", w.tractor_tare),
            Bearer::Trailer(plate) => format!("{} {plate}", w.trailer_tare),
            Bearer::Container(number) => format!("{} {number}", w.container_tare),
        };
        let value = tare.map_or_else(|| w.not_recorded.to_owned(), kg);
        rows.push(row(what, w.registered, "ev-registered", value));
    }
    let declared = kg(pass.declared_cargo());
    rows.push(row(w.cargo.to_owned(), w.declared, "ev-declared", declared));
    let Some(expected) = expected(record) else {
        return rows;
    };
    let gross = expected.gross.map_or_else(|| w.not_recorded.to_owned(), kg);
    rows.push(row(
        w.expected_gross.to_owned(),
        w.worked_out,
        "ev-expected",
        gross,
    ));
    for (what, distance) in [
        (w.tolerance, expected.tolerance),
        (w.review_up_to, expected.review_up_to),
    ] {
        let value = format!("± {}", kg(distance));
        rows.push(row(what.to_owned(), w.by_policy, "ev-expected", value));
    }
    if let (Some(last), Some(gross)) = (weighings(record).last(), expected.gross) {
        let difference = signed_kg(last.gross - gross);
        rows.push(row(
            w.difference.to_owned(),
            w.derived,
            "ev-derived",
            difference,
        ));
    }
    rows
}

/// `1.5 s`, or longer in the unit that fits.
pub(super) fn stable_text(stable_for_ms: u32) -> String {
    match stable_for_ms {
        0..=119_999 => format!("{:.1} s", f64::from(stable_for_ms) / 1e3),
        120_000.. => lasting(u64::from(stable_for_ms / 1_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::record_of;
    use super::*;
    use decision::fixture;
    use domain::policy::RuleId;
    use domain::reason::Language;

    /// The sum and the band that are drawn are those that rule R9 judged by.
    #[test]
    fn what_is_expected_is_what_the_rule_expected() {
        let mut light = fixture::clean();
        light.pass().consignments[0].gross = Mass::from_grams(2_000_500);
        let mut wide = fixture::clean();
        wide.policy.weight_review_bands = 5;
        wide.policy.weight_tolerance_permille = 80;
        for passage in [
            fixture::clean(),
            fixture::exit(),
            fixture::bobtail(),
            light,
            wide,
        ] {
            let record = record_of(&passage);
            let findings = record.decision.findings.iter();
            let finding = findings.clone().find(|one| one.rule == RuleId::R9).unwrap();
            let expected = expected(&record).unwrap();
            assert_eq!(finding.expected, expected.gross.unwrap().to_string());
            let bands = expected.review_up_to.grams() / expected.tolerance.grams();
            assert_eq!(finding.limit, format!("± {}, x{bands}", expected.tolerance));
        }
    }

    #[test]
    fn a_tare_that_is_not_recorded_leaves_the_sum_open() {
        let mut unknown = fixture::clean();
        unknown.facts.containers.clear();
        let mut another = fixture::clean();
        another.facts.vehicle.as_mut().unwrap().plate = fixture::other_plate();
        let mut nothing = fixture::clean();
        nothing.facts.trailer.as_mut().unwrap().tare = Mass::ZERO;
        let mut negative = fixture::clean();
        negative.pass().consignments[0].gross = Mass::from_kg(-1);
        for passage in [unknown, another, nothing, negative] {
            let record = record_of(&passage);
            assert_eq!(expected(&record).unwrap().gross, None);
        }
    }

    #[test]
    fn each_number_says_what_it_is() {
        let record = record_of(&fixture::clean());
        let rows = quantities(&record, Words::of(Language::En));
        let found: Vec<(&str, &str)> = rows.iter().map(|r| (r.nature, r.value.as_str())).collect();
        assert_eq!(
            found,
            [
                ("measured", "39,700 kg"),
                ("measured", "1.5 s"),
                ("registered", "8,800 kg"),
                ("registered", "6,500 kg"),
                ("registered", "3,900 kg"),
                ("declared", "20,500 kg"),
                ("expected", "39,700 kg"),
                ("by policy", "± 1,025 kg"),
                ("by policy", "± 2,050 kg"),
                ("derived", "0 kg"),
            ]
        );
    }
}
