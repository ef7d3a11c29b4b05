//! `GET /stream?show=lanes,queue`: the parts of a page as server-sent events. Begins with all of
//! them, so that a page that comes back is whole; then those that are new, and a beat, so that
//! silence and a lost connection are not the same.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http_door::Problem;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};
use wording::Language;

use super::Desk;
use super::guard::Asker;
use super::live::Frame;
use crate::stop::Stop;

/// Pages that may be open at once.
pub(super) const PAGES_MAX: usize = 200;
/// Between two beats; a page calls itself stale after three missing ones.
const BEAT: Duration = Duration::from_millis(1_500);
/// Kinds of part that one page shows.
const SHOWN_MAX: usize = 8;

/// What the page shows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    show: String,
    lang: Option<String>,
}

struct Following {
    frames: watch::Receiver<Arc<Frame>>,
    kinds: Vec<String>,
    language: Language,
    sent: BTreeMap<String, u64>,
    alarms: Option<u64>,
    waiting: VecDeque<Event>,
    beat: tokio::time::Interval,
    session: super::people::Watch,
    stop: Stop,
    is_over: bool,
    _place: OwnedSemaphorePermit,
}

pub(super) async fn stream(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let place = Arc::clone(&desk.places).try_acquire_owned().map_err(|_| {
        let detail = format!("{PAGES_MAX} pages are open already; close one and try again");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    })?;
    let kinds: Vec<String> = wanted
        .show
        .split(',')
        .take(SHOWN_MAX)
        .map(str::to_owned)
        .collect();
    let following = Following {
        frames: desk.frames.clone(),
        kinds,
        language: match wanted.lang.as_deref() {
            Some("en") => Language::En,
            Some("zh") => Language::Zh,
            Some(_) | None => desk.language,
        },
        sent: BTreeMap::new(),
        alarms: None,
        waiting: VecDeque::new(),
        beat: tokio::time::interval(BEAT),
        session: super::people::Watch::new(Arc::clone(&desk), &asker),
        stop: desk.stop.clone(),
        is_over: false,
        _place: place,
    };
    let events = stream::unfold(following, |following| async move {
        let (event, following) = following.next().await?;
        Some((Ok::<_, Infallible>(event), following))
    });
    Ok(Sse::new(events).into_response())
}

impl Following {
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some((event, self));
            }
            if self.is_over {
                return None;
            }
            self.collect();
            if !self.waiting.is_empty() {
                continue;
            }
            tokio::select! {
                changed = self.frames.changed() => if changed.is_err() { return None },
                _ = self.beat.tick() => self.beat(),
                () = self.stop.requested() => return None,
            }
        }
    }

    /// A beat; or the end, if whoever opened the page is no longer let in.
    fn beat(&mut self) {
        let event = if self.session.is_good() {
            Event::default().event("beat").data("{}")
        } else {
            self.is_over = true;
            Event::default().event("ended").data("{}")
        };
        self.waiting.push_back(event);
    }

    /// Queues the parts that are new to this page.
    fn collect(&mut self) {
        let frame = Arc::clone(&self.frames.borrow_and_update());
        for (id, part) in &frame.parts {
            if self.sent.get(id) == Some(&part.version) || !is_shown(&self.kinds, id) {
                continue;
            }
            self.sent.insert(id.clone(), part.version);
            let told = json!({ "id": id, "html": &**part.html(self.language) });
            let event = Event::default().event("part").data(told.to_string());
            self.waiting.push_back(event);
        }
        if let Some(before) = self.alarms.replace(frame.alarms)
            && frame.alarms > before
        {
            self.waiting
                .push_back(Event::default().event("alarm").data("{}"));
        }
    }
}

/// A page shows parts by their whole id (`lane-E1`) or all of a kind (`lane`).
fn is_shown(kinds: &[String], id: &str) -> bool {
    kinds.iter().any(|kind| {
        id == kind
            || id
                .strip_prefix(kind.as_str())
                .is_some_and(|rest| rest.starts_with('-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gets_its_own_parts_alone() {
        let kinds = [
            "lane".to_owned(),
            "queue".to_owned(),
            "display-E1".to_owned(),
        ];
        for (id, shown) in [
            ("lane-E1", true),
            ("lane-E2", true),
            ("queue", true),
            ("display-E1", true),
            ("display-E2", false),
            ("display-E10", false),
            ("lines", false),
        ] {
            assert_eq!(is_shown(&kinds, id), shown, "{id}");
        }
    }
}
