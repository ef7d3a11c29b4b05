//! The journal's last lines in words.

use askama::Template;
use domain::event::EventBody;
use wording::Language;

use super::super::Desk;
use super::super::course::is_alarm;
use super::super::evidence::{Viewer, holds, told_verdict};
use super::super::shell;
use super::card::clock_time;

/// Lines shown.
const SHOWN: usize = 40;

/// One event.
pub(in crate::dashboard) struct LineRow {
    at: String,
    lane: String,
    passage: Option<String>,
    tone: &'static str,
    text: String,
}

/// The lines.
#[derive(Template)]
#[template(path = "parts/lines.html")]
pub(in crate::dashboard) struct Lines {
    rows: Vec<LineRow>,
}

impl Lines {
    pub(in crate::dashboard) fn new(desk: &Desk, language: Language) -> Self {
        let course = desk.known.now();
        let rows = course.lines(SHOWN).map(|line| LineRow {
            at: clock_time(line.event.at.at),
            lane: line
                .event
                .lane
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            passage: line.event.passage.as_ref().map(ToString::to_string),
            tone: tone(&line.event.body, Viewer::Clerk),
            text: text(&line.event.body, Viewer::Clerk, language),
        });
        Self {
            rows: rows.collect(),
        }
    }
}

/// Colour class of a line.
pub(in crate::dashboard) fn tone(body: &EventBody, viewer: Viewer) -> &'static str {
    if let EventBody::PassageDecided(record) = body {
        return shell::tone(told_verdict(&record.decision, viewer)).0;
    }
    if is_alarm(body) { "trouble" } else { "plain" }
}

/// An event in words, as the viewer may know it.
pub(in crate::dashboard) fn text(body: &EventBody, viewer: Viewer, language: Language) -> String {
    let EventBody::PassageDecided(record) = body else {
        return wording::event(body, language);
    };
    let told = holds(&record.decision, viewer, language);
    let verdict = wording::verdict(told_verdict(&record.decision, viewer), language);
    format!("{verdict} {}", told.join("; "))
        .trim_end()
        .to_owned()
}
