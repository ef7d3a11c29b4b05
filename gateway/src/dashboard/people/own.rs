//! `/me`: one's own password and second factor, shown the old password first.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::account::AccountRecord;
use http_door::Problem;
use wording::Language;

use super::super::Desk;
use super::super::accounts::{Attempt, BeginRefusal, Enrolment, SecretText, SignedIn};
use super::super::guard::{Asker, From};
use super::super::posted::Posted;
use super::super::shell::{Shell, rendered};
use super::{no_thread, recorded};

#[derive(Template)]
#[template(path = "me.html")]
struct OwnPage {
    f: Shell,
    privileges: Vec<String>,
    has_factor: bool,
    enrolment: Option<Enrolment>,
}

fn own_page(
    desk: &Desk,
    asker: &Asker,
    headers: &HeaderMap,
    enrolment: Option<Enrolment>,
) -> Result<Response, Problem> {
    let f = Shell::new(desk, asker, headers, "me", "/me");
    let has_factor = {
        let people = desk.people();
        let account = people.accounts.get(&asker.user);
        account.is_some_and(super::super::accounts::Account::has_second_factor)
    };
    let page = OwnPage {
        f,
        privileges: asker.privileges.iter().map(ToString::to_string).collect(),
        has_factor,
        enrolment,
    };
    rendered(&page)
}

/// `GET /me`
pub(in crate::dashboard) async fn own(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    own_page(&desk, &asker, &headers, None)
}

/// `POST /me`: one change, named by `act`.
pub(in crate::dashboard) async fn change_own(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Extension(ip): Extension<From>,
    Extension(language): Extension<Language>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    if posted.text("act") == "begin_factor" {
        let proof = prove(&desk, &asker, ip, &posted, language).await?;
        let enrolment = {
            let issuer = format!("Kakou {}", desk.packer.gate);
            let now = desk.clock.now().mono;
            let mut people = desk.people();
            let begun = people.accounts.begin_second_factor(&proof, &issuer, now);
            begun.map_err(|refusal| wrong(refusal.in_words(language)))?
        };
        return own_page(&desk, &asker, &headers, Some(enrolment));
    }
    let record = change(&desk, &asker, ip, &posted, language).await?;
    recorded(&desk, [record]).await?;
    Ok(Redirect::to("/me").into_response())
}

fn wrong(what: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what)
}

async fn change(
    desk: &Desk,
    asker: &Asker,
    ip: From,
    posted: &Posted,
    language: Language,
) -> Result<AccountRecord, Problem> {
    match posted.text("act") {
        "confirm_factor" => {
            let now = desk.clock.now();
            let mut people = desk.people();
            let code = posted.text("code");
            let confirmed = people
                .accounts
                .confirm_second_factor(&asker.user, code, now);
            confirmed.map_err(|refusal| wrong(refusal.in_words(language)))
        }
        "password" => {
            let proof = prove(desk, asker, ip, posted, language).await?;
            let job = {
                let people = desk.people();
                let password = SecretText::new(posted.raw("new_password"));
                let job = people.accounts.new_password(&asker.user, password);
                job.map_err(|refusal| wrong(refusal.in_words(language)))?
            };
            let hashed = tokio::task::spawn_blocking(move || job.run()).await;
            let hashed = hashed.map_err(|error| no_thread(&error))?;
            let hashed = hashed.map_err(|failure| wrong(failure.to_string()))?;
            let mut people = desk.people();
            let set = people.accounts.set_own_password(&proof, hashed);
            set.map_err(|refusal| wrong(refusal.in_words(language)))
        }
        other => Err(wrong(format!("there is no act {other:?}"))),
    }
}

/// Whoever changes the own password or factor shows the old password first.
async fn prove(
    desk: &Desk,
    asker: &Asker,
    From(ip): From,
    posted: &Posted,
    language: Language,
) -> Result<SignedIn, Problem> {
    let attempt = Attempt {
        name: asker.user.to_string(),
        password: SecretText::new(posted.raw("password")),
        code: posted.text("code").to_owned(),
        from: ip,
    };
    let check = {
        let mut people = desk.people();
        let people = &mut *people;
        let now = desk.clock.now().mono;
        let begun = people.sign_in.begin(&people.accounts, attempt, now);
        begun.map_err(|refusal: BeginRefusal| {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, refusal.in_words(language))
        })?
    };
    let checked = tokio::task::spawn_blocking(move || check.run()).await;
    let checked = checked.map_err(|error| no_thread(&error))?;
    let now = desk.clock.now();
    let finished = {
        let mut people = desk.people();
        let people = &mut *people;
        people.sign_in.finish(&mut people.accounts, checked, now)
    };
    match finished {
        Ok(signed_in) => Ok(signed_in),
        Err(refused) => {
            let problem = wrong(refused.in_words(language));
            recorded(desk, [refused.record]).await?;
            Err(problem)
        }
    }
}
