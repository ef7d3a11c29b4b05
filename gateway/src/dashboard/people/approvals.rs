//! Releases that a second person approves.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::time::Instant;
use http_door::Problem;
use wording::Language;

use super::super::Desk;
use super::super::accounts::{Ask, AskRefusal, Need, RequestId, Right};
use super::super::acts::{self, Asked, holding};
use super::super::course::Case;
use super::super::guard::Asker;
use super::super::posted::Posted;
use super::super::told::Told;

/// One request that waits.
pub(in crate::dashboard) struct OpenRequest {
    pub(in crate::dashboard) number: u64,
    pub(in crate::dashboard) by: String,
    pub(in crate::dashboard) lane: String,
    pub(in crate::dashboard) passage: String,
    pub(in crate::dashboard) reason: String,
    /// Whether the one who looks may approve it.
    pub(in crate::dashboard) may: bool,
}

/// Puts a release before a second person.
///
/// # Errors
/// Why it cannot be asked for.
pub(in crate::dashboard) fn ask_second(
    desk: &Desk,
    asker: &Asker,
    case: &Case,
    asked: &Asked,
) -> Result<(), AskRefusal> {
    let act = serde_json::to_string(asked).expect("names and texts are always written");
    let ask = Ask {
        by: asker.user.clone(),
        act,
        lane: Some(case.lane.clone()),
        passage: Some(case.passage.clone()),
        need: Need {
            right: Right::Handle,
            privileges: holding(case),
        },
    };
    let now = desk.clock.now().mono;
    let mut people = desk.people();
    let people = &mut *people;
    people.two_persons.ask(ask, &people.accounts, now)?;
    Ok(())
}

/// Requests that wait, oldest first.
pub(in crate::dashboard) fn open_requests(
    desk: &Desk,
    asker: &Asker,
    now: Instant,
) -> Vec<OpenRequest> {
    let people = desk.people();
    let account = people.accounts.get(&asker.user);
    let open = people.two_persons.open(now).map(|request| {
        let ask = &request.ask;
        let asked: Asked = serde_json::from_str(&ask.act).unwrap_or_default();
        OpenRequest {
            number: request.id.number(),
            by: ask.by.to_string(),
            reason: format!("{} {}", asked.reason, asked.text).trim().to_owned(),
            lane: asked.lane,
            passage: asked.passage,
            may: ask.by != asker.user
                && account.is_some_and(|account| {
                    account.may(ask.need.right) && account.lacking(&ask.need.privileges).is_empty()
                }),
        }
    });
    open.collect()
}

/// `POST /approvals`: the second person agrees, and the release is done in the first one's name.
pub(in crate::dashboard) async fn approve(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Extension(language): Extension<Language>,
    posted: Posted,
) -> Result<Response, Problem> {
    let number = posted.text("request").parse().unwrap_or(0);
    let now = desk.clock.now().mono;
    let approved = {
        let mut people = desk.people();
        let people = &mut *people;
        let id = RequestId::from_number(number);
        let approved = people
            .two_persons
            .approve(id, &asker.user, &people.accounts, now);
        approved.map(|approved| {
            let first = people.accounts.get(&approved.ask.by);
            let privileges = first.map(|first| first.privileges().clone());
            (approved, privileges.unwrap_or_default())
        })
    };
    let refused = |why: String| Problem::new(StatusCode::CONFLICT, why);
    let (approved, privileges) = approved.map_err(|refusal| refused(refusal.in_words(language)))?;
    let done = acts::perform_approved(&desk, approved, &privileges).await;
    done.map_err(|refusal| refused(refusal.in_words(language)))?;
    let told = Told::Done.query(&asker.form);
    Ok(Redirect::to(&format!("/review?{told}")).into_response())
}
