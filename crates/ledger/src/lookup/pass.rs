//! Passes of a vehicle → the one that this passage moves under. When none fits, the one that
//! misses least is returned all the same, so that R4 can say what is wrong with it.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::container::ContainerNumber;
use domain::facts::{PassFact, PassUse};
use domain::gate_pass::GatePass;
use domain::id::PremisesId;
use domain::recordation::Standing;
use domain::time::Timestamp;

use super::AnswerError;
use super::identity::Identity;
use crate::drawdown::DrawDown;
use crate::query::LedgerQuery;
use crate::rows::{IndexGroup, LedgerRows, PASSES_MAX};

/// Passes that ended longer ago are looked at only if there is no other.
pub(super) const LOOK_BACK: Duration = Duration::from_secs(2 * 86_400);
/// Passes that ended longer ago than this are as if they were not there.
const LOOK_BACK_MAX: Duration = Duration::from_secs(60 * 86_400);
/// Numbers that are shown to the clerk of an ambiguous case.
const SHOWN_MAX: usize = 16;

/// How far a pass is from fitting; the order is the order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Misfit {
    wrong_premises: bool,
    wrong_direction: bool,
    not_active: bool,
    used: bool,
    /// Time between now and the window; zero inside.
    off_window: Duration,
    wrong_lane: bool,
}

impl Misfit {
    fn of(pass: &GatePass, state: &DrawDown, premises: &PremisesId, query: &LedgerQuery) -> Self {
        let used = match state.pass_use(&pass.number, &query.passage) {
            PassUse::Used { passage, .. } => passage != query.passage,
            PassUse::Unused | PassUse::ReservedHere | PassUse::ReservedElsewhere { .. } => false,
        };
        Self {
            wrong_premises: pass.premises != *premises,
            wrong_direction: pass.direction != query.direction,
            not_active: pass.standing != Standing::Active,
            used,
            // One of the two is zero, or both are.
            off_window: pass.window.from.since(query.at) + query.at.since(pass.window.until),
            wrong_lane: !pass.lanes.is_empty() && !pass.lanes.contains(&query.lane),
        }
    }
}

/// Finds the pass of `query`.
///
/// Best first: the clerk's choice; the pass this passage was released under already; the least
/// [`Misfit`]. Equals are told apart by the containers seen, if these are exactly the ones of a
/// single pass. What then remains is for the clerk: that a pass is held in another lane is no
/// reason to take its twin, because one vehicle does not stand in two lanes.
pub(super) fn find<R: LedgerRows>(
    rows: &R,
    state: &DrawDown,
    premises: &PremisesId,
    query: &LedgerQuery,
    identity: &Identity,
) -> Result<PassFact, AnswerError> {
    if let Some(number) = &query.chosen_pass {
        return Ok(rows.pass(number)?.map_or(PassFact::None, found));
    }
    if let Some(number) = state.drawn_by(&query.passage)
        && let Some(pass) = rows.pass(number)?
    {
        return Ok(found(pass));
    }
    let passes = passes_of(rows, query.at, identity)?;
    let ranked: Vec<(Misfit, GatePass)> = passes
        .into_iter()
        .map(|pass| (Misfit::of(&pass, state, premises, query), pass))
        .collect();
    let Some(best) = ranked.iter().map(|(misfit, _)| *misfit).min() else {
        return Ok(PassFact::None);
    };
    let mut equals: Vec<GatePass> = ranked
        .into_iter()
        .filter(|(misfit, _)| *misfit == best)
        .map(|(_, pass)| pass)
        .collect();
    if equals.len() > 1 {
        equals = by_containers(equals, &query.containers);
    }
    if equals.len() > 1 {
        let mut numbers: Vec<_> = equals.into_iter().map(|pass| pass.number).collect();
        numbers.sort_unstable();
        numbers.truncate(SHOWN_MAX);
        return Ok(PassFact::Ambiguous(numbers));
    }
    Ok(equals.pop().map_or(PassFact::None, found))
}

fn found(pass: GatePass) -> PassFact {
    PassFact::Found(Box::new(pass))
}

/// The one pass whose containers are exactly those seen; all of them if that is not one.
fn by_containers(passes: Vec<GatePass>, seen: &[ContainerNumber]) -> Vec<GatePass> {
    let seen: BTreeSet<&ContainerNumber> = seen.iter().collect();
    let fits = |pass: &GatePass| {
        !seen.is_empty()
            && pass
                .containers
                .iter()
                .map(|held| &held.number)
                .collect::<BTreeSet<_>>()
                == seen
    };
    match passes.iter().filter(|pass| fits(pass)).count() {
        1 => passes.into_iter().filter(fits).collect(),
        _ => passes,
    }
}

fn passes_of<R: LedgerRows>(
    rows: &R,
    at: Timestamp,
    identity: &Identity,
) -> Result<Vec<GatePass>, AnswerError> {
    let mut passes = Vec::new();
    for plate in identity.plates() {
        for number in rows.open_passes_of(&plate, at - LOOK_BACK)? {
            passes.extend(rows.pass(&number)?);
        }
    }
    if passes.is_empty() {
        for plate in identity.plates() {
            let group = IndexGroup::PassOf(plate);
            // Only a reason for the driver hangs on these; the last of the page will do.
            let keys = rows.indexed(&group, at - LOOK_BACK_MAX, PASSES_MAX)?;
            if let Some(domain::ledger_row::RowKey::Pass(number)) = keys.last() {
                passes.extend(rows.pass(number)?);
            }
        }
    }
    Ok(passes)
}
