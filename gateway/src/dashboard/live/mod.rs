//! What changes on the pages while they are open: rendered once for everybody, a few times a
//! second at most, and only where something has changed. A slow page misses frames, never events.

mod card;
mod lines;
mod queue;
mod top;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use domain::id::LaneId;
use tokio::sync::watch;
use wording::Language;

pub(super) use self::card::{LaneCard, LaneDisplay, millis};
pub(super) use self::lines::{Lines, text as line_text, tone as line_tone};
pub(super) use self::queue::QueueView;
use super::Desk;
use crate::stop::Stop;

/// Between two looks at what has changed; 500 ms is the promise.
const TICK: Duration = Duration::from_millis(200);
/// What nothing announces (clock, backlog, disk) is looked at this often, in ticks.
const SLOW_TICKS: u64 = 10;

/// One part of a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// Grows when its text changes.
    pub(super) version: u64,
    /// HTML by language.
    zh: Arc<str>,
    en: Arc<str>,
}

impl Part {
    pub(super) fn html(&self, language: Language) -> &Arc<str> {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }

    /// The part with new texts; the version grows only if they are others.
    fn next(&self, zh: String, en: String, version: u64) -> Self {
        if *self.zh == *zh && *self.en == *en {
            return self.clone();
        }
        Self {
            version,
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// All parts at one moment, by the id of the element that they replace.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    /// Grows with every frame in which something changed.
    pub(super) version: u64,
    /// Parts.
    pub(super) parts: BTreeMap<String, Part>,
    /// Alarms since start.
    pub(super) alarms: u64,
}

/// Follows lanes, journal and health until the daemon ends.
pub(super) async fn follow(desk: Arc<Desk>, frames: watch::Sender<Arc<Frame>>, mut stop: Stop) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seen = Versions::default();
    let mut ticks = 0_u64;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.requested() => return,
        }
        let is_slow = ticks.is_multiple_of(SLOW_TICKS);
        ticks += 1;
        let now = Versions::of(&desk);
        if now == seen && !is_slow {
            continue;
        }
        let before = frames.borrow().clone();
        let frame = render(&desk, &before, &seen, &now, is_slow);
        seen = now;
        if let Some(frame) = frame {
            frames.send_replace(Arc::new(frame));
        }
    }
}

/// Versions of what the parts are made from.
#[derive(Default, PartialEq, Eq)]
struct Versions {
    course: u64,
    lanes: BTreeMap<LaneId, u64>,
}

impl Versions {
    fn of(desk: &Desk) -> Self {
        let lanes = desk.lanes.iter();
        Self {
            course: desk.known.now().version,
            lanes: lanes
                .map(|(id, lane)| (id.clone(), lane.tap.version()))
                .collect(),
        }
    }
}

/// The next frame, if it differs from the one before.
fn render(
    desk: &Desk,
    before: &Frame,
    seen: &Versions,
    now: &Versions,
    is_slow: bool,
) -> Option<Frame> {
    let version = before.version + 1;
    let mut frame = before.clone();
    let mut put = |id: String, zh: String, en: String| {
        let part = frame.parts.entry(id).or_default();
        *part = part.next(zh, en, version);
        part.version == version
    };
    let mut is_new = false;
    let is_course = now.course != seen.course || before.version == 0;
    for (id, lane) in &desk.lanes {
        if !is_course && !is_slow && now.lanes.get(id) == seen.lanes.get(id) {
            continue;
        }
        let seen = lane.tap.look();
        let [zh, en] = both(|language| LaneCard::new(desk, id, lane, &seen, language));
        is_new |= put(format!("lane-{id}"), zh, en);
        let [zh, en] = both(|language| LaneDisplay::new(id, lane, &seen, language));
        is_new |= put(format!("display-{id}"), zh, en);
    }
    if is_course || is_slow {
        let [zh, en] = both(|language| QueueView::new(desk, language));
        is_new |= put("queue".to_owned(), zh, en);
        let [zh, en] = both(|language| Lines::new(desk, language));
        is_new |= put("lines".to_owned(), zh, en);
        let [zh, en] = both(|language| top::Top::new(desk, language));
        is_new |= put("top".to_owned(), zh, en);
    }
    let alarms = desk.known.now().alarms;
    is_new |= alarms != frame.alarms;
    frame.alarms = alarms;
    frame.version = version;
    is_new.then_some(frame)
}

/// A part in both languages; one that cannot be rendered is empty and in the log.
fn both<T: Template>(view: impl Fn(Language) -> T) -> [String; 2] {
    [Language::Zh, Language::En].map(|language| {
        view(language).render().unwrap_or_else(|error| {
            tracing::error!(%error, "a part of the page was not rendered");
            String::new()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_new_only_when_its_text_is() {
        let first = Part::default().next("一".to_owned(), "one".to_owned(), 1);
        assert_eq!(first.version, 1);
        let same = first.next("一".to_owned(), "one".to_owned(), 2);
        assert_eq!(same.version, 1);
        let other = same.next("一".to_owned(), "two".to_owned(), 3);
        assert_eq!((other.version, &**other.html(Language::En)), (3, "two"));
    }
}
