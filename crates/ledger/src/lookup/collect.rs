//! The vehicle and pass that were found → rows, directives and watch hits on everything that the
//! passage involves.

use std::collections::BTreeSet;

use domain::directive::{Directive, Subject};
use domain::facts::{ConsignmentFact, Facts, PassFact, PassUse, VisitFact, WatchHit};
use domain::gate_pass::GatePass;
use domain::id::{ConsignmentId, DirectiveId, PremisesId};
use domain::mass::Mass;
use domain::plate::Plate;
use domain::recordation::VehicleRecord;

use super::identity::Identity;
use super::{AnswerError, HITS_MAX, within};
use crate::query::LedgerQuery;
use crate::rows::{LedgerRows, is_watch};

/// Reads every row that the rules may want. What has been drawn, the pass's use and the visit
/// are not rows; the caller fills them in.
pub(super) fn gather<R: LedgerRows>(
    rows: &R,
    premises: &PremisesId,
    query: &LedgerQuery,
    identity: &Identity,
    pass: PassFact,
) -> Result<Facts, AnswerError> {
    let mut facts = Facts {
        ledger: rows.revision(),
        risk_list_synced_at: rows.risk_list_synced_at(),
        pass,
        pass_use: PassUse::Unused,
        tag_plate: identity.tag_plate.clone(),
        vehicle: None,
        trailer: None,
        company: None,
        driver: None,
        premises: rows.premises(premises)?,
        containers: Vec::new(),
        consignments: Vec::new(),
        directives: Vec::new(),
        watch_hits: Vec::new(),
        visit: VisitFact::default(),
    };
    facts.vehicle = match facts.found_pass() {
        // The record that the pass is checked against; R1 sees if another vehicle stands here.
        Some(pass) => rows
            .vehicle_by_any_plate(&pass.vehicle)?
            .or(identity.vehicle.clone()),
        None => identity.vehicle.clone(),
    };
    facts.trailer = match facts.found_pass().and_then(|pass| pass.trailer.as_ref()) {
        Some(trailer) => rows
            .vehicle_by_any_plate(trailer)?
            .or(identity.trailer.clone()),
        None => identity.trailer.clone(),
    };
    let company = facts
        .found_pass()
        .map(|pass| &pass.company)
        .or(facts.vehicle.as_ref().map(|vehicle| &vehicle.company));
    if let Some(id) = company {
        facts.company = rows.company(id)?;
    }
    let bound = facts.found_pass().and_then(|pass| pass.driver.as_ref());
    if let Some(id) = query.driver.as_ref().or(bound) {
        facts.driver = rows.driver(id)?;
    }
    if let Some(pass) = facts.found_pass().cloned() {
        gather_goods(rows, &pass, &mut facts)?;
    }
    let subjects = subjects(query, identity, &facts);
    gather_directives(rows, query, &subjects, &mut facts)?;
    Ok(facts)
}

fn gather_goods<R: LedgerRows>(
    rows: &R,
    pass: &GatePass,
    facts: &mut Facts,
) -> Result<(), AnswerError> {
    for held in &pass.containers {
        facts.containers.extend(rows.container(&held.number)?);
    }
    let ids: BTreeSet<&ConsignmentId> = pass.consignments.iter().map(|share| &share.id).collect();
    for id in ids {
        facts.consignments.push(ConsignmentFact {
            id: id.clone(),
            consignment: rows.consignment(id)?,
            drawn_gross: Mass::ZERO,
            drawn_packages: 0,
        });
    }
    Ok(())
}

/// Everything a directive on which concerns this passage, each once.
fn subjects(query: &LedgerQuery, identity: &Identity, facts: &Facts) -> BTreeSet<Subject> {
    let mut subjects = BTreeSet::new();
    let pass = facts.found_pass();
    let plates = query
        .plates
        .iter()
        .map(|(plate, _)| plate)
        .chain(&identity.tag_plate)
        .chain(pass.map(|pass| &pass.vehicle))
        .chain(pass.and_then(|pass| pass.trailer.as_ref()));
    subjects.extend(plates.cloned().map(Subject::Vehicle));
    let vehicles = [
        &facts.vehicle,
        &facts.trailer,
        &identity.vehicle,
        &identity.trailer,
    ];
    for vehicle in vehicles.into_iter().flatten() {
        subjects.extend(registrations(vehicle).map(Subject::Vehicle));
        subjects.insert(Subject::Company(vehicle.company.clone()));
    }
    subjects.extend(query.containers.iter().cloned().map(Subject::Container));
    subjects.extend(query.driver.iter().cloned().map(Subject::Driver));
    if let Some(driver) = &facts.driver {
        subjects.insert(Subject::Driver(driver.id.clone()));
        subjects.insert(Subject::Company(driver.company.clone()));
    }
    if let Some(pass) = pass {
        subjects.insert(Subject::Pass(pass.number.clone()));
        subjects.insert(Subject::Company(pass.company.clone()));
        subjects.extend(pass.driver.iter().cloned().map(Subject::Driver));
        let held = pass.containers.iter().map(|held| held.number.clone());
        subjects.extend(held.map(Subject::Container));
        let shares = pass.consignments.iter().map(|share| share.id.clone());
        subjects.extend(shares.map(Subject::Consignment));
    }
    subjects
}

fn registrations(vehicle: &VehicleRecord) -> impl Iterator<Item = Plate> {
    std::iter::once(&vehicle.plate)
        .chain(&vehicle.second_plate)
        .cloned()
}

fn gather_directives<R: LedgerRows>(
    rows: &R,
    query: &LedgerQuery,
    subjects: &BTreeSet<Subject>,
    facts: &mut Facts,
) -> Result<(), AnswerError> {
    let mut hit: BTreeSet<DirectiveId> = BTreeSet::new();
    for subject in subjects {
        for directive in rows.directives_on(subject)? {
            if is_watch(&directive) {
                hit.insert(directive.id.clone());
                facts.watch_hits.push(WatchHit {
                    directive,
                    exact: true,
                });
            } else {
                facts.directives.push(directive);
            }
        }
    }
    // Only what was read off the vehicle can be misread; a recorded number is what it is.
    let mut near: Vec<Directive> = Vec::new();
    for (plate, _) in &query.plates {
        near.extend(rows.watched_plates_near(plate)?);
    }
    for number in &query.containers {
        near.extend(rows.watched_containers_near(number)?);
    }
    for directive in near {
        if hit.insert(directive.id.clone()) {
            facts.watch_hits.push(WatchHit {
                directive,
                exact: false,
            });
        }
    }
    within(
        "directives",
        facts.directives.len() + facts.watch_hits.len(),
        HITS_MAX,
    )
}

/// Plates under which the visit may have been recorded.
pub(super) fn plates_of_visit(facts: &Facts, identity: &Identity) -> Vec<Plate> {
    match &facts.vehicle {
        Some(vehicle) => registrations(vehicle).collect(),
        None => match facts.found_pass() {
            Some(pass) => vec![pass.vehicle.clone()],
            None => identity.plate.iter().cloned().collect(),
        },
    }
}
