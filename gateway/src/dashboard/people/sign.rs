//! In and out: first set-up, signing in, signing out.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use http_door::Problem;

use super::super::Desk;
use super::super::accounts::{
    Attempt, BeginRefusal, SecretText, SetUpRefusal, SignInRefused, Started, parse_name,
};
use super::super::guard::{Asker, COOKIE, From};
use super::super::posted::{OpenPosted, Posted};
use super::super::shell::{PageProblem, language, or_page, rendered};
use super::super::words::Words;
use super::{no_thread, recorded};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    w: &'static Words,
    other_lang: &'static str,
    gate: String,
    name: String,
    refusal: Option<&'static str>,
    wait_s: Option<u64>,
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage {
    w: &'static Words,
    other_lang: &'static str,
    gate: String,
    refusal: Option<String>,
}

fn sign_in_page(desk: &Desk, headers: &HeaderMap, name: &str) -> SignInPage {
    let w = Words::of(language(desk, headers));
    SignInPage {
        w,
        other_lang: if w.is_zh { "en" } else { "zh" },
        gate: desk.packer.gate.to_string(),
        name: name.chars().take(32).collect(),
        refusal: None,
        wait_s: None,
    }
}

/// `GET /sign-in`
pub(in crate::dashboard) async fn sign_in_form(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
) -> Result<Response, PageProblem> {
    let language = language(&desk, &headers);
    rendered(language, &sign_in_page(&desk, &headers, ""))
}

/// What came of a try.
enum Tried {
    In(Box<Started>),
    Refused(SignInRefused),
    Wait(u64),
    Busy,
}

/// `POST /sign-in`
pub(in crate::dashboard) async fn sign_in(
    State(desk): State<Arc<Desk>>,
    Extension(From(ip)): Extension<From>,
    headers: HeaderMap,
    posted: OpenPosted,
) -> Result<Response, PageProblem> {
    let language = language(&desk, &headers);
    let fields = posted.fields();
    let name = fields.text("name").to_owned();
    let wants_long = fields.text("display") == "yes";
    let attempt = Attempt {
        name: name.clone(),
        password: SecretText::new(fields.raw("password")),
        code: fields.text("code").to_owned(),
        from: ip,
    };
    let tried = or_page(language, try_in(&desk, attempt, wants_long).await)?;
    let mut page = sign_in_page(&desk, &headers, &name);
    let status = match tried {
        Tried::In(started) => {
            let Started { token, session, .. } = *started;
            let age_s = session.ends_at().since(session.started()).as_secs();
            return Ok(with_cookie(token.expose(), age_s, "/"));
        }
        Tried::Refused(refused) => {
            page.wait_s = refused.wait_s;
            page.refusal = Some(page.w.sign_in_refused);
            or_page(language, recorded(&desk, [refused.record]).await)?;
            StatusCode::UNAUTHORIZED
        }
        Tried::Wait(seconds) => {
            page.wait_s = Some(seconds);
            page.refusal = Some(page.w.wait_a_little);
            StatusCode::TOO_MANY_REQUESTS
        }
        Tried::Busy => {
            page.refusal = Some(page.w.wait_a_little);
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    let mut response = rendered(language, &page)?;
    *response.status_mut() = status;
    Ok(response)
}

async fn try_in(desk: &Desk, attempt: Attempt, wants_long: bool) -> Result<Tried, Problem> {
    let now = desk.clock.now();
    let begun = {
        let mut people = desk.people();
        let people = &mut *people;
        people.sign_in.begin(&people.accounts, attempt, now.mono)
    };
    let check = match begun {
        Ok(check) => check,
        Err(BeginRefusal::Wait { seconds }) => return Ok(Tried::Wait(seconds)),
        Err(BeginRefusal::Busy) => return Ok(Tried::Busy),
    };
    let checked = tokio::task::spawn_blocking(move || check.run()).await;
    let checked = checked.map_err(|error| no_thread(&error))?;
    let now = desk.clock.now();
    let (started, record) = {
        let mut people = desk.people();
        let people = &mut *people;
        match people.sign_in.finish(&mut people.accounts, checked, now) {
            Ok(signed_in) => {
                let started =
                    people
                        .sessions
                        .start(&signed_in, wants_long, &people.accounts, now.mono);
                (started, signed_in.record)
            }
            Err(refused) => return Ok(Tried::Refused(refused)),
        }
    };
    let Started {
        token,
        session,
        records,
    } = started;
    // Nobody is in whose coming is not recorded.
    recorded(desk, records.into_iter().chain([record])).await?;
    Ok(Tried::In(Box::new(Started {
        token,
        session,
        records: Vec::new(),
    })))
}

/// `POST /sign-out`
pub(in crate::dashboard) async fn sign_out(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    _posted: Posted,
) -> Result<Response, Problem> {
    let record = desk.people().sessions.end(&asker.session);
    recorded(&desk, record).await?;
    Ok(with_cookie("", 0, "/sign-in"))
}

/// `GET /set-up`
pub(in crate::dashboard) async fn set_up_form(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
) -> Result<Response, PageProblem> {
    let language = language(&desk, &headers);
    if !desk.people().needs_set_up() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    rendered(language, &set_up_page(&desk, &headers, None))
}

fn set_up_page(desk: &Desk, headers: &HeaderMap, refusal: Option<String>) -> SetUpPage {
    let w = Words::of(language(desk, headers));
    SetUpPage {
        w,
        other_lang: if w.is_zh { "en" } else { "zh" },
        gate: desk.packer.gate.to_string(),
        refusal,
    }
}

/// `POST /set-up`
pub(in crate::dashboard) async fn set_up(
    State(desk): State<Arc<Desk>>,
    Extension(From(ip)): Extension<From>,
    headers: HeaderMap,
    posted: OpenPosted,
) -> Result<Response, PageProblem> {
    let language = language(&desk, &headers);
    let made = make_first(&desk, ip, posted.fields()).await;
    let refusal = match or_page(language, made)? {
        None => return Ok(Redirect::to("/sign-in").into_response()),
        Some(refusal) => refusal,
    };
    let mut response = rendered(language, &set_up_page(&desk, &headers, Some(refusal)))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Makes the first administrator; or tells why not.
async fn make_first(
    desk: &Desk,
    ip: std::net::IpAddr,
    fields: &Posted,
) -> Result<Option<String>, Problem> {
    let admitted = {
        let mut people = desk.people();
        let people = &mut *people;
        let now = desk.clock.now().mono;
        people
            .set_up
            .admit(&people.accounts, fields.text("code"), ip, now)
    };
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(SetUpRefusal::Wrong { record }) => {
            let text = SetUpRefusal::Wrong {
                record: record.clone(),
            };
            recorded(desk, [record]).await?;
            return Ok(Some(text.to_string()));
        }
        Err(
            refusal @ (SetUpRefusal::Closed
            | SetUpRefusal::Wait { .. }
            | SetUpRefusal::Account { .. }),
        ) => return Ok(Some(refusal.to_string())),
    };
    let name = match parse_name(fields.text("name")) {
        Ok(name) => name,
        Err(refusal) => return Ok(Some(refusal.to_string())),
    };
    let job = {
        let people = desk.people();
        people
            .accounts
            .new_password(&name, SecretText::new(fields.raw("password")))
    };
    let job = match job {
        Ok(job) => job,
        Err(refusal) => return Ok(Some(refusal.to_string())),
    };
    let hashed = tokio::task::spawn_blocking(move || job.run()).await;
    let hashed = match hashed.map_err(|error| no_thread(&error))? {
        Ok(hashed) => hashed,
        Err(failure) => return Ok(Some(failure.to_string())),
    };
    let finished = {
        let mut people = desk.people();
        let people = &mut *people;
        people.set_up.finish(admitted, &mut people.accounts, hashed)
    };
    match finished {
        Ok(record) => {
            recorded(desk, [record]).await?;
            Ok(None)
        }
        Err(refusal) => Ok(Some(refusal.to_string())),
    }
}

/// A redirection that sets the session's cookie.
fn with_cookie(token: &str, age_s: u64, to: &str) -> Response {
    let cookie =
        format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={age_s}");
    let mut response = Redirect::to(to).into_response();
    let value = HeaderValue::from_str(&cookie).expect("hexadecimal digits and fixed words");
    response.headers_mut().insert(header::SET_COOKIE, value);
    response
}
