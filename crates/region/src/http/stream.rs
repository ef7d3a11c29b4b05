//! `GET /api/v1/stream`: the feed as server-sent events, with a beat, so that silence and a lost
//! connection are not the same.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use utoipa::IntoParams;

use super::Desk;
use super::asked::Asked;
use super::feed::Brief;
use http_door::Problem;

/// Listeners at once.
pub(super) const LISTENERS_MAX: usize = 64;
/// Between two beats; the page calls the stream stale after three missing ones.
const BEAT: Duration = Duration::from_secs(2);
/// Events that a new listener is given.
const FIRST: usize = 50;

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    /// Place of the last event seen (its `id`); the header `Last-Event-ID` goes before it.
    after: Option<String>,
}

struct Listening {
    waiting: VecDeque<Event>,
    coming: broadcast::Receiver<Arc<Brief>>,
    beat: tokio::time::Interval,
    stop: watch::Receiver<bool>,
    is_over: bool,
    _place: OwnedSemaphorePermit,
}

/// New events of all gates in brief, one `event` each; `beat` every two seconds; `reset` if events
/// between the place asked for and the first one are no longer kept; `dropped` with their number
/// before the stream of a listener who is too slow ends.
#[utoipa::path(get, path = "/api/v1/stream", params(Begin), tag = "events", responses(
    (status = 200, description = "`text/event-stream`; the data of an `event` is a Brief", body = Brief, content_type = "text/event-stream"),
    (status = 503, description = "too many listeners", body = Problem),
))]
pub(super) async fn stream(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Asked(begin): Asked<Begin>,
) -> Result<Response, Problem> {
    let place = Arc::clone(&desk.listeners)
        .try_acquire_owned()
        .map_err(|_| {
            let detail = format!("{LISTENERS_MAX} listeners already; close one and try again");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        })?;
    let header = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let after = header.or(begin.after.as_deref());
    let joined = desk.feed.join(after, FIRST);
    let mut waiting = VecDeque::new();
    if !joined.gapless {
        waiting.push_back(Event::default().event("reset").data("{}"));
    }
    waiting.extend(joined.missed.iter().map(|brief| told(brief)));
    let listening = Listening {
        waiting,
        coming: joined.coming,
        beat: tokio::time::interval(BEAT),
        stop: desk.stop.clone(),
        is_over: false,
        _place: place,
    };
    let events = stream::unfold(listening, |mut listening| async {
        let event = listening.next().await?;
        Some((Ok::<_, Infallible>(event), listening))
    });
    let mut response = Sse::new(events).into_response();
    // Proxies that collect answers would hold events back.
    let no = axum::http::HeaderValue::from_static("no");
    response.headers_mut().insert("x-accel-buffering", no);
    Ok(response)
}

impl Listening {
    async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.waiting.pop_front() {
            return Some(event);
        }
        if self.is_over {
            return None;
        }
        tokio::select! {
            brief = self.coming.recv() => match brief {
                Ok(brief) => Some(told(&brief)),
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    self.is_over = true;
                    Some(Event::default().event("dropped").data(format!("{{\"missed\":{missed}}}")))
                }
                Err(broadcast::error::RecvError::Closed) => None,
            },
            _ = self.beat.tick() => {
                let beat = Event::default().event("beat");
                Some(beat.data(format!("{{\"at\":\"{}\"}}", super::now())))
            }
            _ = self.stop.wait_for(|stopped| *stopped) => None,
        }
    }
}

fn told(brief: &Brief) -> Event {
    let text = serde_json::to_string(brief).expect("a brief is plain text");
    Event::default().event("event").id(&brief.id).data(text)
}
