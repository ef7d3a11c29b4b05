//! Passages, the story of one, and visits across gates.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use domain::id::PassageId;
use domain::time::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Desk;
use super::answers::{EventLine, Passage, Passages, Story, Visit, Visits};
use super::asked::{self, Asked};
use crate::questions::Told;
use crate::questions::conveyances::NamedConveyance;
use crate::questions::search::{Cursor, PassageRow, Search};
use http_door::Problem;

/// Passages of one visit answer.
const VISIT_PASSAGES_MAX: u32 = 100;
/// Events of one answer.
pub(super) const EVENTS_MAX: usize = 2_000;

/// What is looked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// A plate in any spelling, seen or on the pass.
    pub(super) plate: Option<String>,
    /// A container number, seen or on the pass.
    pub(super) container: Option<String>,
    /// A gate pass number.
    pub(super) pass: Option<String>,
    /// A driver's recordation number.
    pub(super) driver: Option<String>,
    /// A conveyance by its number, in any spelling: IMO number of a ship, registration of a small
    /// vessel, aircraft or train, plate of a vehicle. Finds passages of what its manifests list.
    pub(super) conveyance: Option<String>,
    /// Only what this voyage, flight or journey of the conveyance brought.
    pub(super) voyage: Option<String>,
    /// Only at this site.
    pub(super) premises: Option<String>,
    /// Only at this gate, as `region/premises/gate`.
    pub(super) gate: Option<String>,
    /// Only decided at or after this time (RFC 3339).
    pub(super) since: Option<String>,
    /// Only decided at or before this time (RFC 3339).
    pub(super) until: Option<String>,
    /// `next` of the page before.
    pub(super) page: Option<String>,
    /// Passages of a page, 1 to 500; 50 if left out.
    pub(super) limit: Option<String>,
}

impl Query {
    fn search(&self) -> Result<Search, Problem> {
        let subject = asked::subject(
            self.plate.as_deref(),
            self.container.as_deref(),
            self.pass.as_deref(),
            self.driver.as_deref(),
        )?;
        let after = match asked::text("page", self.page.as_deref())? {
            None => None,
            Some(text) => Some(Cursor::parse(&text).ok_or_else(|| {
                Problem::parameter("page", "write next of the page before, or leave it out")
            })?),
        };
        Ok(Search {
            subject,
            premises: asked::text("premises", self.premises.as_deref())?,
            gate: asked::text("gate", self.gate.as_deref())?,
            since: asked::time("since", self.since.as_deref(), Timestamp::MIN)?,
            until: asked::time("until", self.until.as_deref(), Timestamp::MAX)?,
            after,
            limit: asked::limit(self.limit.as_deref())?,
        })
    }

    /// The conveyance that is asked for, beside no other subject.
    fn conveyance(&self, search: &Search) -> Result<Option<NamedConveyance>, Problem> {
        let voyage = asked::text("voyage", self.voyage.as_deref())?;
        let Some(number) = asked::text("conveyance", self.conveyance.as_deref())? else {
            return match voyage {
                None => Ok(None),
                Some(_) => {
                    let way = "say whose voyage it is: conveyance=…";
                    Err(Problem::parameter("voyage", way))
                }
            };
        };
        if search.subject.is_some() {
            let way = "ask for a conveyance, or for one of plate, container, pass and driver";
            return Err(Problem::parameter("conveyance", way));
        }
        NamedConveyance::parse(&number, &voyage.unwrap_or_default())
            .map(Some)
            .map_err(|error| Problem::parameter("conveyance", error.to_string()))
    }
}

pub(super) async fn page_of(desk: &Desk, query: &Query) -> Result<Passages, Problem> {
    let mut search = query.search()?;
    let conveyance = query.conveyance(&search)?;
    desk.questions.catch_up(|_| {}).await?;
    let limit = search.limit;
    // One more tells whether there is a next page.
    search.limit += 1;
    match conveyance {
        None => Ok(Passages::of(desk.questions.search(&search).await?, limit)),
        Some(conveyance) => {
            desk.questions.catch_up_goods(|_| {}).await?;
            let found = desk.questions.brought(&conveyance, &search).await?;
            Ok(Passages::brought(found, limit))
        }
    }
}

/// Passages at any gate, newest first.
#[utoipa::path(get, path = "/api/v1/passages", params(Query), tag = "passages", responses(
    (status = 200, description = "a page", body = Passages),
    (status = 400, description = "a parameter cannot be used", body = Problem),
    (status = 404, description = "no manifest names the conveyance", body = Problem),
))]
pub(super) async fn passages(
    State(desk): State<Arc<Desk>>,
    Asked(query): Asked<Query>,
) -> Result<Json<Passages>, Problem> {
    page_of(&desk, &query).await.map(Json)
}

pub(super) async fn story_of(desk: &Desk, id: &str) -> Result<Vec<Told>, Problem> {
    let id = PassageId::parse(id)
        .map_err(|error| Problem::parameter("id", format!("no passage: {error}")))?;
    desk.questions.catch_up(|_| {}).await?;
    let mut told = desk.questions.story(id.as_str()).await?;
    if told.is_empty() {
        let way = "nothing is stored of this passage; look it up with /api/v1/passages";
        return Err(Problem::not_found(way));
    }
    told.truncate(EVENTS_MAX);
    Ok(told)
}

/// Everything of one passage.
#[utoipa::path(get, path = "/api/v1/passages/{id}", tag = "passages",
    params(("id" = String, Path, description = "passage")), responses(
    (status = 200, description = "its story", body = Story),
    (status = 404, description = "nothing is stored of it", body = Problem),
))]
pub(super) async fn story(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
) -> Result<Json<Story>, Problem> {
    let told = story_of(&desk, &id).await?;
    let came_by = desk.questions.came_by(&told).await?;
    Ok(Json(Story::of(id, &told, &came_by)))
}

/// Whose visits.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct VisitQuery {
    /// A plate in any spelling; passages on the same gate passes are told too.
    plate: Option<String>,
    /// Only decided at or after this time (RFC 3339).
    pub(super) since: Option<String>,
    /// Only decided at or before this time (RFC 3339).
    pub(super) until: Option<String>,
}

/// Whole visits of a vehicle, across gates.
#[utoipa::path(get, path = "/api/v1/visits", params(VisitQuery), tag = "passages", responses(
    (status = 200, description = "its visits", body = Visits),
    (status = 400, description = "a parameter cannot be used", body = Problem),
))]
pub(super) async fn visits(
    State(desk): State<Arc<Desk>>,
    Asked(query): Asked<VisitQuery>,
) -> Result<Json<Visits>, Problem> {
    let Some(raw) = asked::text("plate", query.plate.as_deref())? else {
        return Err(Problem::parameter("plate", "say whose visits: plate=…"));
    };
    let plate = asked::plate("plate", &raw)?;
    let since = asked::time("since", query.since.as_deref(), Timestamp::MIN)?;
    let until = asked::time("until", query.until.as_deref(), Timestamp::MAX)?;
    visits_of(&desk, &plate, since, until).await.map(Json)
}

pub(super) async fn visits_of(
    desk: &Desk,
    plate: &str,
    since: Timestamp,
    until: Timestamp,
) -> Result<Visits, Problem> {
    desk.questions.catch_up(|_| {}).await?;
    let rows = desk
        .questions
        .related(plate, since, until, VISIT_PASSAGES_MAX)
        .await?;
    let mut shortened = rows.len() == VISIT_PASSAGES_MAX as usize;
    let mut visits: Vec<Visit> = Vec::new();
    let mut events = 0;
    for group in visits_among(rows) {
        let mut told = Vec::new();
        for row in &group {
            if events + told.len() >= EVENTS_MAX {
                shortened = true;
                break;
            }
            told.extend(desk.questions.story(&row.passage).await?);
        }
        told.sort_by_key(|told| (told.event.at.at, told.gate.clone(), told.sequence));
        events += told.len();
        visits.push(Visit {
            passages: group.into_iter().map(Passage::from).collect(),
            events: told.iter().map(EventLine::from).collect(),
        });
    }
    Ok(Visits { visits, shortened })
}

/// An entry begins a visit, and whatever follows an exit does.
fn visits_among(rows: Vec<PassageRow>) -> Vec<Vec<PassageRow>> {
    let mut visits: Vec<Vec<PassageRow>> = Vec::new();
    let mut is_inside = false;
    for row in rows {
        let begins = !is_inside || row.direction == "entry";
        // Held and turned away is no end of a visit: the vehicle comes again.
        let stays_inside = row.end.as_deref() != Some("Completed");
        match visits.last_mut().filter(|_| !begins) {
            Some(visit) => visit.push(row.clone()),
            None => visits.push(vec![row.clone()]),
        }
        is_inside = row.direction == "entry" || stays_inside;
    }
    visits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_ends_with_an_exit_and_a_second_entry_begins_another() {
        let row = |direction: &str, end: Option<&str>| PassageRow {
            gate: String::new(),
            sequence: 1,
            at: Timestamp::MIN,
            lane: String::new(),
            passage: String::new(),
            direction: direction.to_owned(),
            verdict: String::new(),
            holds: String::new(),
            vehicle: None,
            company: None,
            driver: None,
            end: end.map(str::to_owned),
        };
        let done = Some("Completed");
        for (rows, sizes) in [
            (vec![row("entry", done), row("exit", done)], vec![2]),
            (
                vec![
                    row("entry", done),
                    row("exit", Some("ToBay")),
                    row("exit", done),
                ],
                vec![3],
            ),
            (
                vec![row("exit", done), row("entry", done), row("exit", done)],
                vec![1, 2],
            ),
            (vec![row("entry", done), row("entry", done)], vec![1, 1]),
            (vec![], vec![]),
        ] {
            let visits = visits_among(rows);
            let found: Vec<usize> = visits.iter().map(Vec::len).collect();
            assert_eq!(found, sizes);
        }
    }
}
