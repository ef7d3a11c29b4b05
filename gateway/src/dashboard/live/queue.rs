//! The queue of vehicles that wait for a person.

use askama::Template;
use wording::Language;

use super::super::Desk;
use super::super::course::Case;
use super::super::evidence::{Viewer, holds, told_verdict};
use super::super::shell::tone;
use super::super::words::Words;
use super::card::millis;

/// Rows shown; more wait than a gate has lanes only when something is badly wrong.
const ROWS_MAX: usize = 100;

/// One vehicle.
pub(in crate::dashboard) struct QueueRow {
    pub(in crate::dashboard) passage: String,
    pub(in crate::dashboard) lane: String,
    pub(in crate::dashboard) plate: String,
    pub(in crate::dashboard) tone: &'static str,
    pub(in crate::dashboard) symbol: &'static str,
    pub(in crate::dashboard) verdict: &'static str,
    pub(in crate::dashboard) reason: String,
    pub(in crate::dashboard) held_ms: i64,
    pub(in crate::dashboard) holder: Option<String>,
    pub(in crate::dashboard) is_escalated: bool,
}

/// The queue.
#[derive(Template)]
#[template(path = "parts/queue.html")]
pub(in crate::dashboard) struct QueueView {
    pub(in crate::dashboard) w: &'static Words,
    pub(in crate::dashboard) rows: Vec<QueueRow>,
}

impl QueueView {
    pub(in crate::dashboard) fn new(desk: &Desk, language: Language) -> Self {
        let course = desk.known.now();
        let queue = course.queue();
        let rows = queue.into_iter().take(ROWS_MAX);
        Self {
            w: Words::of(language),
            rows: rows
                .map(|case| QueueRow::new(desk, case, language))
                .collect(),
        }
    }
}

impl QueueRow {
    pub(in crate::dashboard) fn new(desk: &Desk, case: &Case, language: Language) -> Self {
        // One queue for everybody: nobody learns from it what only officers may know.
        let verdict = told_verdict(&case.record.decision, Viewer::Clerk);
        let (tone, symbol) = tone(verdict);
        let told = holds(&case.record.decision, Viewer::Clerk, language);
        Self {
            passage: case.passage.to_string(),
            lane: case.lane.to_string(),
            plate: case.plate().to_owned(),
            tone,
            symbol,
            verdict: wording::verdict(verdict, language),
            reason: told.into_iter().next().unwrap_or_default(),
            held_ms: millis(case.held_at),
            holder: desk.holder(case).map(|user| user.to_string()),
            is_escalated: case.is_escalated,
        }
    }
}
