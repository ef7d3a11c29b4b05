//! In and out: first set-up, signing in, signing out.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use http_door::Problem;
use wording::Language;

use super::super::Desk;
use super::super::accounts::{
    Attempt, BeginRefusal, SecretText, SetUpRefusal, SignInRefused, Started, parse_name,
};
use super::super::guard::{Asker, COOKIE, From};
use super::super::posted::{OpenPosted, Posted};
use super::super::shell::rendered;
use super::super::words::Words;
use super::{no_thread, recorded};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    w: &'static Words,
    other_lang: &'static str,
    gate: String,
    name: String,
    refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage {
    w: &'static Words,
    other_lang: &'static str,
    gate: String,
    refusal: Option<String>,
}

fn sign_in_page(desk: &Desk, language: Language, name: &str) -> SignInPage {
    let w = Words::of(language);
    SignInPage {
        w,
        other_lang: if w.is_zh { "en" } else { "zh" },
        gate: desk.packer.gate.to_string(),
        name: name.chars().take(32).collect(),
        refusal: None,
    }
}

/// `GET /sign-in`
pub(in crate::dashboard) async fn sign_in_form(
    State(desk): State<Arc<Desk>>,
    Extension(language): Extension<Language>,
) -> Result<Response, Problem> {
    rendered(&sign_in_page(&desk, language, ""))
}

/// What came of a try.
enum Tried {
    In(Box<Started>),
    Refused(SignInRefused),
    Later(BeginRefusal),
}

/// `POST /sign-in`
pub(in crate::dashboard) async fn sign_in(
    State(desk): State<Arc<Desk>>,
    Extension(From(ip)): Extension<From>,
    Extension(language): Extension<Language>,
    posted: OpenPosted,
) -> Result<Response, Problem> {
    let fields = posted.fields();
    let name = fields.text("name").to_owned();
    let wants_long = fields.text("display") == "yes";
    let attempt = Attempt {
        name: name.clone(),
        password: SecretText::new(fields.raw("password")),
        code: fields.text("code").to_owned(),
        from: ip,
    };
    let tried = try_in(&desk, attempt, wants_long).await?;
    let mut page = sign_in_page(&desk, language, &name);
    let status = match tried {
        Tried::In(started) => {
            let Started { token, session, .. } = *started;
            let age_s = session.ends_at().since(desk.clock.now().mono).as_secs();
            return Ok(with_cookie(token.expose(), age_s, "/"));
        }
        Tried::Refused(refused) => {
            page.refusal = Some(refused.in_words(language));
            recorded(&desk, [refused.record]).await?;
            StatusCode::UNAUTHORIZED
        }
        Tried::Later(refusal) => {
            page.refusal = Some(refusal.in_words(language));
            match refusal {
                BeginRefusal::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
                BeginRefusal::Busy => StatusCode::SERVICE_UNAVAILABLE,
            }
        }
    };
    let mut response = rendered(&page)?;
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
        Err(refusal) => return Ok(Tried::Later(refusal)),
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
                people.keep_sessions(now);
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
    let record = {
        let mut people = desk.people();
        let record = people.sessions.end(&asker.session);
        people.keep_sessions(desk.clock.now());
        record
    };
    recorded(&desk, record).await?;
    Ok(with_cookie("", 0, "/sign-in"))
}

/// `GET /set-up`
pub(in crate::dashboard) async fn set_up_form(
    State(desk): State<Arc<Desk>>,
    Extension(language): Extension<Language>,
) -> Result<Response, Problem> {
    if !desk.people().needs_set_up() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    rendered(&set_up_page(&desk, language, None))
}

fn set_up_page(desk: &Desk, language: Language, refusal: Option<String>) -> SetUpPage {
    let w = Words::of(language);
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
    Extension(language): Extension<Language>,
    posted: OpenPosted,
) -> Result<Response, Problem> {
    let made = make_first(&desk, ip, posted.fields(), language).await;
    let refusal = match made? {
        None => return Ok(Redirect::to("/sign-in").into_response()),
        Some(refusal) => refusal,
    };
    let mut response = rendered(&set_up_page(&desk, language, Some(refusal)))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Makes the first administrator; or tells why not.
async fn make_first(
    desk: &Desk,
    ip: std::net::IpAddr,
    fields: &Posted,
    language: Language,
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
        Err(refusal) => {
            let text = refusal.in_words(language);
            if let SetUpRefusal::Wrong { record } = refusal {
                recorded(desk, [record]).await?;
            }
            return Ok(Some(text));
        }
    };
    let name = match parse_name(fields.text("name")) {
        Ok(name) => name,
        Err(refusal) => return Ok(Some(refusal.in_words(language).to_owned())),
    };
    let job = {
        let people = desk.people();
        people
            .accounts
            .new_password(&name, SecretText::new(fields.raw("password")))
    };
    let job = match job {
        Ok(job) => job,
        Err(refusal) => return Ok(Some(refusal.in_words(language))),
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
        Err(refusal) => Ok(Some(refusal.in_words(language))),
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
