//! The line at the top of every page: clock, link to the region, degraded modes, waiting vehicles.

use askama::Template;
use domain::time::TimeSource;
use wording::Language;

use super::super::Desk;
use super::super::words::Words;

/// The line.
#[derive(Template)]
#[template(path = "parts/top.html")]
pub(in crate::dashboard) struct Top {
    w: &'static Words,
    clock: &'static str,
    is_clock_kept: bool,
    is_online: bool,
    backlog: u64,
    backlog_age_s: u64,
    degraded: Vec<String>,
    waiting: usize,
    journal_failure: Option<String>,
    is_behind: bool,
}

impl Top {
    pub(in crate::dashboard) fn new(desk: &Desk, language: Language) -> Self {
        let up = desk.health.uplink_now();
        let source = desk.clock.now().utc.source;
        let course = desk.known.now();
        Self {
            w: Words::of(language),
            clock: wording::time_source(source, language),
            is_clock_kept: source != TimeSource::Unsynchronised,
            is_online: up.connected,
            backlog: up.backlog,
            backlog_age_s: up.backlog_age_s,
            degraded: course
                .degraded
                .keys()
                .map(|(lane, mode)| format!("{lane} {}", wording::degraded(*mode, language)))
                .collect(),
            waiting: course.cases.len(),
            journal_failure: desk.health.journal_failure(),
            is_behind: course.through < *desk.durable.borrow(),
        }
    }
}
