//! Figures, health, readiness and metrics: for pages and for programs.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http_door::Problem;
use wording::Language;

use super::Desk;
use super::devices::{self, HealthView, Readiness, ReadyStanding, readiness};
use super::evidence::Viewer;
use super::guard::Asker;
use super::shell::{Shell, as_csv, rendered};
use super::statistics::{self, Audience, Period, PeriodQuery, Report, StatisticsFragment};
use super::table::export;

/// What is asked for when nothing is said.
const HOURS: u32 = 24;

#[derive(Template)]
#[template(path = "statistics.html")]
struct StatisticsPage {
    f: Shell,
    fragment: String,
}

/// The period's query with the form of the answer.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Asked {
    from: Option<String>,
    to: Option<String>,
    hours: Option<String>,
    format: Option<String>,
}

impl Asked {
    fn period(&self) -> PeriodQuery {
        PeriodQuery {
            from: self.from.clone(),
            to: self.to.clone(),
            hours: self.hours.clone(),
        }
    }

    /// The same period, asked for as a file.
    fn csv_href(&self) -> String {
        let period = [
            ("from", &self.from),
            ("to", &self.to),
            ("hours", &self.hours),
        ];
        format!("/statistics?{}", as_csv(&period))
    }
}

fn report(
    desk: &Desk,
    asker: &Asker,
    query: &PeriodQuery,
    language: Language,
) -> Result<(Report, Period), Problem> {
    let now = desk.clock.now().utc.at;
    let is_open = query.from.is_none() && query.to.is_none() && query.hours.is_none();
    let period = if is_open {
        Period::last_hours(HOURS, now)
    } else {
        Period::asked(query, now)
            .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.said(language)))?
    };
    let audience = match asker.viewer() {
        Viewer::Officer => Audience::Officers,
        Viewer::Clerk => Audience::Clerks,
    };
    let mut course = desk.known.now();
    course.tally.elapse(now);
    Ok((
        course.tally.report_for(period.from, period.to, audience),
        period,
    ))
}

fn asked(query: Result<Query<Asked>, QueryRejection>) -> Result<Asked, Problem> {
    query
        .map(|Query(asked)| asked)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))
}

/// `GET /statistics`
pub(super) async fn statistics(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let f = Shell::new(&desk, &asker, &headers, "statistics", "/statistics");
    let language = f.language;
    let asked = asked(query)?;
    let period_query = asked.period();
    let (report, period) = report(&desk, &asker, &period_query, language)?;
    if asked.format.as_deref() == Some("csv") {
        let table = statistics::csv(&report, language);
        let period = format!("{} – {}", report.from, report.to);
        return export(&desk, &asker, "statistics", &period, table).await;
    }
    let href = asked.csv_href();
    let view = StatisticsFragment::new(&report, language, &period_query, period, &href);
    let fragment = view.render().map_err(|error| {
        tracing::error!(%error, "statistics not rendered");
        let way = "the page cannot be shown; /api/v1/statistics answers the same";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, way)
    })?;
    rendered(&StatisticsPage { f, fragment })
}

/// Figures of a period.
#[utoipa::path(get, path = "/api/v1/statistics", tag = "statistics",
    params(
        ("from" = Option<String>, Query, description = "first day, such as 2026-03-01"),
        ("to" = Option<String>, Query, description = "last day"),
        ("hours" = Option<String>, Query, description = "the last so many hours instead"),
    ),
    responses(
        (status = 200, description = "figures", body = Report),
        (status = 400, description = "no such period", body = Problem),
))]
pub(super) async fn api_statistics(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Report>, Problem> {
    let asked = asked(query)?;
    let (report, _) = report(&desk, &asker, &asked.period(), Language::En)?;
    Ok(Json(report))
}

/// Devices, clock, disk, journal, ledger, region, certificates.
#[utoipa::path(get, path = "/api/v1/health", tag = "operation", responses(
    (status = 200, description = "health", body = HealthView),
))]
pub(super) async fn api_health(State(desk): State<Arc<Desk>>) -> Json<HealthView> {
    Json(desk.health_view())
}

/// Metrics in Prometheus' text format. Without a session from this machine alone.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "metrics", body = String, content_type = "text/plain"),
))]
pub(super) async fn metrics(State(desk): State<Arc<Desk>>) -> Response {
    let view = desk.health_view();
    let standing = desk.known.now().tally.standing();
    let text = devices::metrics(&view, &standing);
    let headers = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static(devices::METRICS_CONTENT_TYPE),
    )];
    (headers, text).into_response()
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses(
    (status = 200, description = "`ok`", body = String, content_type = "text/plain"),
))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the gate can do its work, and what is missing; the region is no part of it.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, description = "ready", body = Readiness),
    (status = 503, description = "not ready, with what is missing", body = Readiness),
))]
pub(super) async fn readyz(State(desk): State<Arc<Desk>>) -> Response {
    let failure = desk.health.journal_failure();
    let lanes = desk.modes();
    let found = readiness(&ReadyStanding {
        journal_failure: failure.as_deref(),
        now: desk.clock.now().utc.at,
        lanes: &lanes,
    });
    let status = if found.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(found)).into_response()
}
