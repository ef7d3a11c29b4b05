//! Whether the process lives, whether it can answer, and its counts as Prometheus text.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::{Desk, overview};
use http_door::Problem;

/// The process lives. Needs no token.
#[utoipa::path(get, path = "/healthz", tag = "operation", security(()), responses(
    (status = 200, description = "`ok`", body = String, content_type = "text/plain"),
))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store answers.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, description = "`ready`", body = String, content_type = "text/plain"),
    (status = 503, description = "the store does not answer", body = Problem),
))]
pub(super) async fn readyz(State(desk): State<Arc<Desk>>) -> Result<&'static str, Problem> {
    desk.questions.gates().await?;
    Ok("ready\n")
}

/// Counts and ages in Prometheus' text format (0.0.4).
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "metrics", body = String, content_type = "text/plain"),
))]
pub(super) async fn metrics(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    let gates = overview::gates_of(&desk).await?;
    let mut text = String::new();
    let head = |name: &str, kind: &str, help: &str| {
        format!("# HELP {name} {help}\n# TYPE {name} {kind}\n")
    };
    let (events, silent, backlog, alarms) = (
        head(
            "kakou_region_gate_events_total",
            "counter",
            "Events stored of a gate.",
        ),
        head(
            "kakou_region_gate_silent_seconds",
            "gauge",
            "Seconds since an event of a gate was stored.",
        ),
        head(
            "kakou_region_gate_backlog_seconds",
            "gauge",
            "Age of the last event when it was stored.",
        ),
        head(
            "kakou_region_gate_alarms_total",
            "counter",
            "Alarms of a gate.",
        ),
    );
    let mut family = |head: String, of: &dyn Fn(&overview::Gate) -> Option<u64>| {
        text.push_str(&head);
        let name = head.split(' ').nth(2).unwrap_or_default();
        for gate in &gates {
            if let Some(value) = of(gate) {
                let label = escaped(&gate.gate);
                writeln!(text, "{name}{{gate=\"{label}\"}} {value}")
                    .expect("a string takes any text");
            }
        }
    };
    family(events, &|gate| Some(gate.sequence));
    family(silent, &|gate| gate.silent_s);
    family(backlog, &|gate| gate.backlog_s);
    family(alarms, &|gate| Some(gate.alarms));
    text.push_str(&own_counts(&desk));
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((StatusCode::OK, kind, text).into_response())
}

/// Counts of this process.
fn own_counts(desk: &Desk) -> String {
    let mut text = String::new();
    let counts = &desk.counts;
    for (name, kind, help, value) in [
        (
            "kakou_region_http_requests_total",
            "counter",
            "Requests.",
            counts.requests.load(Ordering::Relaxed),
        ),
        (
            "kakou_region_http_refused_total",
            "counter",
            "Requests without a right token, too long or too many.",
            counts.refused.load(Ordering::Relaxed),
        ),
        (
            "kakou_region_http_listeners",
            "gauge",
            "Listeners of the stream.",
            desk.feed.listeners() as u64,
        ),
    ] {
        text.push_str(&format!(
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
        ));
    }
    text
}

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
