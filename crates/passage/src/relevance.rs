//! Does an order of customs concern the vehicle that stands here? Asked before the ledger is, so
//! that a release is taken back at once; a false yes costs one more question, a false no a wrong
//! release, so every doubt is a yes.

use std::time::Duration;

use domain::directive::{Directive, Subject};
use domain::plate::Plate;
use domain::time::Timestamp;

use crate::stay::{Phase, Stay};

/// How long until the next of these directives is over by its window: the vehicle that it holds may
/// then be free.
pub(crate) fn next_lapse(directives: &[Directive], now: Timestamp) -> Option<Duration> {
    directives
        .iter()
        .filter(|directive| !directive.withdrawn)
        .map(|directive| directive.window.until + decision::SKEW_MAX)
        .filter(|over| *over >= now)
        .min()
        // A window holds up to and with its end.
        .map(|over| over.since(now) + Duration::from_secs(1))
}

/// Whether `directive` may concern the vehicle of `stay`.
pub(crate) fn touches(directive: &Directive, stay: &Stay) -> bool {
    let seen_plates = stay.seen.plates();
    let seen_containers = stay.seen.containers();
    let latest = match &stay.phase {
        Phase::Recording { decided, .. } => Some(decided),
        Phase::Found(_)
        | Phase::Collecting { .. }
        | Phase::Asking { .. }
        | Phase::Unrecorded { .. }
        | Phase::Held(_)
        | Phase::Clearing { .. }
        | Phase::Ready { .. }
        | Phase::Raising { .. }
        | Phase::Passing { .. }
        | Phase::BackingOut
        | Phase::Watching => stay.decided.as_ref(),
    };
    let facts = latest.map(|record| &record.facts);
    let pass = facts.and_then(|facts| facts.found_pass());
    let near = |plate: &Plate, other: &Plate| {
        // One character off is a fuzzy hit of the watchlist.
        plate == other || plate.differing_characters(other).is_some_and(|n| n <= 1)
    };
    match &directive.subject {
        Subject::Vehicle(plate) => {
            seen_plates.iter().any(|seen| near(plate, &seen.plate))
                || pass.is_some_and(|pass| {
                    pass.vehicle == *plate || pass.trailer.as_ref() == Some(plate)
                })
        }
        Subject::Container(number) => {
            seen_containers.iter().any(|seen| seen.number == *number)
                || pass.is_some_and(|pass| pass.containers.iter().any(|c| c.number == *number))
        }
        // Before the ledger has answered nobody knows the papers: any order may be on them.
        Subject::Pass(number) => facts.is_none() || pass.is_some_and(|pass| pass.number == *number),
        Subject::Consignment(id) => {
            facts.is_none()
                || pass.is_some_and(|pass| pass.consignments.iter().any(|share| share.id == *id))
        }
        Subject::Company(id) => {
            facts.is_none_or(|facts| facts.company.as_ref().is_some_and(|c| c.id == *id))
        }
        Subject::Driver(id) => {
            stay.seen.driver.as_ref() == Some(id)
                || facts.is_none_or(|facts| facts.driver.as_ref().is_some_and(|d| d.id == *id))
        }
    }
}
