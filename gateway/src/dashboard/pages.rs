//! The pages that only show: lanes, the wall, a driver's display, statistics, devices; and what
//! programs ask for instead.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Extension, Json};
use domain::device::DegradedMode;
use domain::id::LaneId;
use domain::operator::LaneMode;
use http_door::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wording::Language;

use super::Desk;
use super::guard::Asker;
use super::live::{LaneCard, LaneDisplay, Lines, QueueView};
use super::shell::{LANGUAGE_COOKIE, Shell, back, rendered};
use super::told::{Back, Told};
use super::words;

#[derive(Template)]
#[template(path = "lanes.html")]
struct LanesPage {
    f: Shell,
    lanes: Vec<LaneCard>,
    queue: QueueView,
    lines: Lines,
}

/// `GET /`
pub(super) async fn lanes(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let f = Shell::new(&desk, &asker, &headers, "lanes", "/");
    let language = f.language;
    let page = LanesPage {
        lanes: cards(&desk, language),
        queue: QueueView::new(&desk, language),
        lines: Lines::new(&desk, language),
        f,
    };
    rendered(&page)
}

fn cards(desk: &Desk, language: Language) -> Vec<LaneCard> {
    let lanes = desk.lanes.iter();
    lanes
        .map(|(id, lane)| LaneCard::new(desk, id, lane, &lane.tap.look(), language))
        .collect()
}

#[derive(Template)]
#[template(path = "wall.html")]
struct WallPage {
    f: Shell,
    lanes: Vec<LaneCard>,
    queue: QueueView,
}

/// `GET /wall`: for the control room.
pub(super) async fn wall(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let f = Shell::new(&desk, &asker, &headers, "wall", "/wall");
    let language = f.language;
    let page = WallPage {
        lanes: cards(&desk, language),
        queue: QueueView::new(&desk, language),
        f,
    };
    rendered(&page)
}

#[derive(Template)]
#[template(path = "display.html")]
struct DisplayPage {
    f: Shell,
    id: String,
    zh: LaneDisplay,
}

/// `GET /display/{lane}`: for the driver, on the booth's screen.
pub(super) async fn display(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    Path(raw): Path<String>,
) -> Result<Response, Problem> {
    let f = Shell::new(&desk, &asker, &headers, "display", "/");
    let language = f.language;
    let lane = LaneId::parse(&raw).ok();
    let lane = lane.and_then(|id| desk.lanes.get_key_value(&id));
    let unknown = || Problem::not_found("there is no such lane");
    let (id, lane) = lane.ok_or_else(unknown)?;
    let page = DisplayPage {
        id: id.to_string(),
        zh: LaneDisplay::new(id, lane, &lane.tap.look(), language),
        f,
    };
    rendered(&page)
}

/// How another language is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct LanguageWanted {
    to: String,
    back: Option<String>,
}

/// `GET /language?to=en&back=/`
pub(super) async fn choose_language(Query(wanted): Query<LanguageWanted>) -> Response {
    let to = if wanted.to == "en" { "en" } else { "zh" };
    let cookie = format!(
        "{LANGUAGE_COOKIE}={to}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=31536000"
    );
    let mut response = Redirect::to(back(wanted.back.as_deref().unwrap_or("/"))).into_response();
    let value = HeaderValue::from_str(&cookie).expect("fixed words");
    response.headers_mut().insert(header::SET_COOKIE, value);
    response
}

/// A lane's modes for a form.
struct LaneForm {
    id: String,
    modes: Vec<(&'static str, &'static str, bool)>,
    degraded: Vec<(String, &'static str, String)>,
}

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    f: Shell,
    health: String,
    lanes: Vec<LaneForm>,
    degraded: Vec<(&'static str, &'static str)>,
    refusal: Option<String>,
}

/// `GET /devices`
pub(super) async fn devices(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    Query(came): Query<Back>,
) -> Result<Response, Problem> {
    let f = Shell::new(&desk, &asker, &headers, "devices", "/devices");
    let language = f.language;
    let view = desk.health_view();
    let health = desk.health_html(&view, language)?;
    let page = DevicesPage {
        health,
        lanes: lane_forms(&desk, language),
        degraded: DegradedMode::ALL
            .map(|mode| (mode.code(), wording::degraded(mode, language)))
            .to_vec(),
        refusal: match came.told(&asker.form) {
            Some(Told::Refused(why)) => Some(why),
            Some(Told::Done | Told::Asked) | None => None,
        },
        f,
    };
    rendered(&page)
}

fn lane_forms(desk: &Desk, language: Language) -> Vec<LaneForm> {
    let course = desk.known.now();
    let lanes = desk.lanes.iter().map(|(id, lane)| {
        let mode = lane.tap.look().view.map(|view| view.mode);
        let modes = [
            ("live", LaneMode::Live),
            ("advisory", LaneMode::Advisory),
            ("shadow", LaneMode::Shadow),
            ("closed", LaneMode::Closed),
        ];
        let of_lane = course.degraded.iter().filter(|((lane, _), _)| lane == id);
        LaneForm {
            id: id.to_string(),
            modes: modes
                .map(|(code, of)| (code, words::lane_mode(of, language), mode == Some(of)))
                .to_vec(),
            degraded: of_lane
                .map(|((_, mode), declared)| {
                    let text = format!(
                        "{} · {} · {}",
                        declared.declared_by,
                        declared.reason,
                        declared
                            .until
                            .to_string()
                            .chars()
                            .take(16)
                            .collect::<String>()
                    );
                    (
                        mode.code().to_owned(),
                        wording::degraded(*mode, language),
                        text,
                    )
                })
                .collect(),
        }
    });
    lanes.collect()
}

/// One lane for a program.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LaneState {
    lane: String,
    state: String,
    passage: Option<String>,
    verdict: Option<String>,
    plate: String,
    weight_kg: Option<i64>,
    arm: String,
    findings: Vec<String>,
}

/// Every lane as it is now.
#[utoipa::path(get, path = "/api/v1/lanes", tag = "lanes", responses(
    (status = 200, description = "lanes", body = Vec<LaneState>),
))]
pub(super) async fn api_lanes(State(desk): State<Arc<Desk>>) -> Json<Vec<LaneState>> {
    let lanes = desk.lanes.iter().map(|(id, lane)| {
        let seen = lane.tap.look();
        let card = LaneCard::new(&desk, id, lane, &seen, Language::En);
        let view = seen.view.as_ref();
        LaneState {
            lane: id.to_string(),
            state: view.map_or("unknown", |view| view.step).to_owned(),
            passage: card.passage,
            verdict: card.verdict.map(str::to_owned),
            plate: card.plate,
            weight_kg: view
                .and_then(|view| view.weight)
                .map(domain::mass::Mass::kg),
            arm: card.arm.to_owned(),
            findings: card.findings,
        }
    });
    Json(lanes.collect())
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionState {
    user: String,
    role: &'static str,
    /// Rules that may be overridden.
    privileges: Vec<u8>,
    /// Token for `x-kakou-form`.
    form: String,
}

/// The session behind the cookie.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses(
    (status = 200, description = "who asks", body = SessionState),
))]
pub(super) async fn api_session(Extension(asker): Extension<Asker>) -> Json<SessionState> {
    Json(SessionState {
        user: asker.user.to_string(),
        role: asker.role.code(),
        privileges: asker.privileges.iter().map(|rule| rule.number()).collect(),
        form: asker.form,
    })
}

/// A file of ours.
pub(super) fn asset(media_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("max-age=300"),
        ),
    ];
    (StatusCode::OK, headers, text).into_response()
}
