//! Plates and electronic plates of pass and recordation beside those that were seen → rows. What
//! agrees and was not surely seen is no agreement.

use domain::event::DecisionRecord;
use domain::evidence::{ContainerSighting, PlateSighting};
use domain::gate_pass::GatePass;
use domain::plate::Plate;
use domain::reading::PlateRole;
use domain::recordation::VehicleRecord;

use super::figures::percent;
use super::papers::{Row, equal, identifiers, row};
use super::tone::Tone;
use super::words::Words;

/// Vehicle, its electronic plate, and trailer.
pub(super) fn vehicles(record: &DecisionRecord, pass: &GatePass, w: &'static Words) -> Vec<Row> {
    let facts = &record.facts;
    let mut rows = vec![plate(
        record,
        (w.vehicle, PlateRole::Tractor),
        &pass.vehicle,
        facts.vehicle.as_ref(),
        w,
    )];
    rows.push(tag(record, w));
    if let Some(trailer) = &pass.trailer {
        let filed = facts.trailer.as_ref();
        rows.push(plate(
            record,
            (w.trailer, PlateRole::Trailer),
            trailer,
            filed,
            w,
        ));
    }
    rows
}

/// A plate of the pass beside the sighting that fits it, else the surest of its role.
fn plate(
    record: &DecisionRecord,
    (item, role): (&'static str, PlateRole),
    named: &Plate,
    filed: Option<&VehicleRecord>,
    w: &'static Words,
) -> Row {
    let filed = filed.filter(|filed| filed.plate == *named);
    let second = filed.and_then(|filed| filed.second_plate.as_ref());
    let plates = &record.evidence.plates;
    let of_role = || plates.iter().filter(move |one| one.role == role);
    let fits = |one: &&PlateSighting| one.plate == *named || Some(&one.plate) == second;
    let Some(seen) = of_role().find(fits).or_else(|| of_role().next()) else {
        return identifiers(item, named.as_str(), None, w);
    };
    let named = second
        .filter(|second| seen.plate == **second)
        .unwrap_or(named);
    let mut row = identifiers(item, named.as_str(), Some(seen.plate.as_str()), w);
    (row.note, row.tone) = sighted(
        record,
        (seen.confidence_permille, seen.agreeing_frames),
        row.tone,
        w,
    );
    row
}

/// How surely something was seen; what agrees and is not sure is no agreement.
fn sighted(
    record: &DecisionRecord,
    (confidence_permille, frames): (u16, u8),
    tone: Tone,
    w: &'static Words,
) -> (String, Tone) {
    let policy = &record.policy;
    let is_sure = confidence_permille >= policy.confidence_min_permille
        && frames >= policy.agreeing_frames_min;
    let note = format!("{} × {frames}", percent(confidence_permille));
    let tone = if is_sure || tone == equal(false, w) {
        tone
    } else {
        Tone::doubtful(w.unsure)
    };
    (note, tone)
}

/// As [`sighted`], for a container.
pub(super) fn sighted_box(
    record: &DecisionRecord,
    seen: &ContainerSighting,
    tone: Tone,
    w: &'static Words,
) -> (String, Tone) {
    let certainty = (seen.confidence_permille, seen.agreeing_frames);
    sighted(record, certainty, tone, w)
}

fn tag(record: &DecisionRecord, w: &'static Words) -> Row {
    let filed = record
        .facts
        .vehicle
        .as_ref()
        .and_then(|filed| filed.tag.as_ref());
    let tags = &record.evidence.tags;
    let own = tags.iter().find(|one| Some(&one.tag) == filed);
    let Some(seen) = own.or_else(|| tags.first()) else {
        let papers = filed.map_or("", |tag| tag.as_str());
        return identifiers(w.e_plate, papers, None, w);
    };
    let mut compared = match filed {
        Some(filed) => identifiers(w.e_plate, filed.as_str(), Some(seen.tag.as_str()), w),
        None => row(
            w.e_plate,
            "",
            seen.tag.as_str(),
            Tone::doubtful(w.not_named),
        ),
    };
    compared.note = format!("× {}", seen.reads);
    compared
}
