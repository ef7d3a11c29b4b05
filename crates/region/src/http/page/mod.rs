//! The page: what the API tells, for people. Rendered here, so that the truth stays here; the
//! script only brings new events and asks for the parts again.

mod story;
mod views;
pub(crate) mod words;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::container::ContainerNumber;
use domain::plate::Plate;
use domain::time::Timestamp;
use serde::Deserialize;

pub(super) use self::story::{story, visits};
pub(super) use self::views::coded;
use self::views::{LoginPage, OverviewPage, PartsPage, ProblemPage, SearchPage};
use self::words::Words;
use super::asked::{self, Asked};
use super::guard::{self, COOKIE};
use super::passages::Query;
use super::{Desk, overview as region, passages};
use crate::questions::conveyances::NamedConveyance;
use crate::wording::Language;
use http_door::Peer;
use http_door::Problem;

/// Events that the page shows at first.
const EVENTS: usize = 40;
/// A working shift.
const LOGIN_S: u32 = 12 * 3_600;
const LANGUAGE_COOKIE: &str = "kakou_lang";

/// How the page is wanted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    lang: Option<String>,
    hours: Option<String>,
}

/// A problem, as a page.
pub(super) struct PageProblem(Language, Problem);

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        let Self(language, problem) = self;
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let page = ProblemPage {
            w: Words::of(language),
            problem: &problem,
        };
        match page.render() {
            Ok(text) => (status, Html(text)).into_response(),
            Err(_) => problem.into_response(),
        }
    }
}

fn or_page<T>(language: Language, result: Result<T, Problem>) -> Result<T, PageProblem> {
    result.map_err(|problem| PageProblem(language, problem))
}

fn rendered(language: Language, page: &impl Template) -> Result<Response, PageProblem> {
    match page.render() {
        Ok(text) => Ok(Html(text).into_response()),
        Err(error) => {
            tracing::error!(%error, "page not rendered");
            let way = "the page cannot be shown; the API answers the same";
            let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, way);
            Err(PageProblem(language, problem))
        }
    }
}

/// The language asked for now, else before, else by the browser; English if none is said.
fn language(wanted: Option<&str>, headers: &HeaderMap) -> Language {
    let before = http_door::headers::cookie(headers, LANGUAGE_COOKIE);
    let browser = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    match wanted.or(before.as_deref()).or(browser) {
        Some(text) if text.starts_with("zh") => Language::Zh,
        Some(_) | None => Language::En,
    }
}

/// Hours of the period; a day if nothing sensible is said.
fn hours(wanted: Option<&str>) -> u64 {
    match wanted {
        Some("168") => 168,
        Some("672") => 672,
        Some(_) | None => 24,
    }
}

async fn parts_of(desk: &Desk, language: Language, hours: u64) -> Result<PartsPage, Problem> {
    // Rounded, so that all who look within some seconds share one count.
    let now = super::now();
    let until = Timestamp::from_seconds((now.as_seconds() / 5 + 1) * 5);
    let since = until - Duration::from_secs(hours * 3_600);
    let figures = desk.counted.figures(&desk.questions, since, until).await?;
    let warnings = desk.counted.warnings(&desk.questions, now).await?;
    let gates = region::gates_of(desk).await?;
    Ok(PartsPage::new(language, hours, &figures, &warnings, gates))
}

/// The overview.
pub(super) async fn overview(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, PageProblem> {
    let language = language(wanted.lang.as_deref(), &headers);
    let hours = hours(wanted.hours.as_deref());
    // Taken before the parts: what happens meanwhile comes over the stream.
    let briefs = desk.feed.last(EVENTS);
    let parts = or_page(language, parts_of(&desk, language, hours).await)?;
    let last_id = briefs.first().map_or("", |brief| &brief.id).to_owned();
    let page = OverviewPage {
        w: Words::of(language),
        hours,
        briefs: &briefs,
        last_id,
        parts,
    };
    let mut response = rendered(language, &page)?;
    if wanted.lang.is_some() {
        let code = if language == Language::Zh { "zh" } else { "en" };
        let text = format!("{LANGUAGE_COOKIE}={code}; Path=/; SameSite=Strict; Max-Age=31536000");
        let value = HeaderValue::from_str(&text).expect("plain characters");
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// What of the overview grows old.
pub(super) async fn parts(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, PageProblem> {
    let language = language(wanted.lang.as_deref(), &headers);
    let hours = hours(wanted.hours.as_deref());
    let parts = or_page(language, parts_of(&desk, language, hours).await)?;
    rendered(language, &parts)
}

/// What is looked for.
#[derive(Debug, Deserialize)]
pub(super) struct Sought {
    #[serde(default)]
    q: String,
    page: Option<String>,
}

/// Passages that name what was typed, whatever it is.
pub(super) async fn search(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Asked(sought): Asked<Sought>,
) -> Result<Response, PageProblem> {
    let language = language(None, &headers);
    let typed = or_page(language, asked::text("q", Some(&sought.q)))?.unwrap_or_default();
    let mut found = None;
    let mut kind = "";
    for (name, mut query) in readings(&typed) {
        query.page.clone_from(&sought.page);
        let page = match passages::page_of(&desk, &query).await {
            // What was typed need not be a conveyance's number.
            Err(problem) if name == "conveyance" && problem.is_not_found() => continue,
            page => or_page(language, page)?,
        };
        let is_empty = page.passages.is_empty() && page.manifests.is_none();
        if found.is_none() || !is_empty {
            found = Some(page);
            kind = name;
        }
        if !is_empty {
            break;
        }
    }
    let plate = Plate::parse(&typed).ok().filter(|_| kind == "plate");
    let page = SearchPage {
        w: Words::of(language),
        typed: &typed,
        plate: plate.map(|plate| plate.as_str().to_owned()),
        found: found.as_ref(),
    };
    rendered(language, &page)
}

/// What the text can be, the surest first.
fn readings(typed: &str) -> Vec<(&'static str, Query)> {
    let some = || Some(typed.to_owned());
    let mut readings = Vec::new();
    if typed.is_empty() {
        return vec![("", Query::default())];
    }
    if ContainerNumber::parse(typed).is_ok() {
        let query = Query {
            container: some(),
            ..Query::default()
        };
        readings.push(("container", query));
    }
    if Plate::parse(typed).is_ok() {
        let query = Query {
            plate: some(),
            ..Query::default()
        };
        readings.push(("plate", query));
    }
    let pass = Query {
        pass: some(),
        ..Query::default()
    };
    let driver = Query {
        driver: some(),
        ..Query::default()
    };
    readings.extend([("pass", pass), ("driver", driver)]);
    if NamedConveyance::parse(typed, "").is_ok() {
        let query = Query {
            conveyance: some(),
            ..Query::default()
        };
        readings.push(("conveyance", query));
    }
    readings
}

/// The form.
pub(super) async fn login_form(headers: HeaderMap) -> Result<Response, PageProblem> {
    let language = language(None, &headers);
    let w = Words::of(language);
    rendered(language, &LoginPage { w, wrong: None })
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Credentials {
    token: String,
}

/// A right token becomes a cookie that scripts cannot read and other sites cannot send.
pub(super) async fn login(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Result<Response, PageProblem> {
    let language = language(None, &headers);
    let w = Words::of(language);
    let token = credentials.token.trim();
    match guard::check(&desk, SocketAddr::ip(&peer), token) {
        Ok(holder) => {
            tracing::info!(by = holder.name, "logged in");
            Ok(with_cookie(&desk, token, LOGIN_S, "/"))
        }
        Err(problem) => {
            let is_limit = problem.status == StatusCode::TOO_MANY_REQUESTS.as_u16();
            let wrong = Some(if is_limit { w.too_many } else { w.token_wrong });
            let mut response = rendered(language, &LoginPage { w, wrong })?;
            *response.status_mut() =
                StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNAUTHORIZED);
            Ok(response)
        }
    }
}

/// Takes the cookie back.
pub(super) async fn logout(State(desk): State<Arc<Desk>>) -> Response {
    with_cookie(&desk, "", 0, "/login")
}

fn with_cookie(desk: &Desk, token: &str, age_s: u32, to: &str) -> Response {
    let secure = if desk.is_tls { "; Secure" } else { "" };
    let text =
        format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age_s}{secure}");
    let mut response = Redirect::to(to).into_response();
    // A token that is known is hexadecimal digits.
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// The style.
pub(super) async fn style() -> Response {
    asset(
        "text/css; charset=utf-8",
        include_str!("../../../static/page.css"),
    )
}

/// The script.
pub(super) async fn script() -> Response {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("../../../static/page.js"),
    )
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
