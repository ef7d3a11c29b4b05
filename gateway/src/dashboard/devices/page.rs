//! The gate's own state → the part of a page that shows it. Every text of devices and people is
//! escaped by the template; urgency is told by class, shape and word.

use askama::Template;
use domain::reason::Language;

use super::level::Level;
use super::parts::{DegradedLine, DeviceLine, HealthView};
use super::tiles::{self, Tile};
use super::words::Words;
use crate::dashboard::statistics::Named;

/// Devices and health as a fragment of HTML, of one `section` and its style classes
/// (`static/statistics.css`).
#[derive(Template)]
#[template(path = "devices/health.html")]
pub(crate) struct HealthFragment<'v> {
    w: &'static Words,
    view: &'v HealthView,
    tiles: Vec<Tile>,
}

impl<'v> HealthFragment<'v> {
    /// The fragment for a view.
    #[must_use]
    pub(crate) fn new(view: &'v HealthView, language: Language) -> Self {
        Self {
            w: Words::of(language),
            view,
            tiles: tiles::all(view, language),
        }
    }

    fn said(&self, name: &Named) -> &'static str {
        if self.w.is_zh { name.zh } else { name.en }
    }

    fn level(&self, level: &Level) -> &'static str {
        self.w.level(*level)
    }

    fn last_frame(&self, line: &DeviceLine) -> String {
        line.last_frame_age_s
            .map_or_else(|| self.w.never.to_owned(), |s| self.w.ago(s))
    }

    /// When a mode ends, or that it should have.
    fn ends(&self, line: &DegradedLine) -> String {
        let until = line.until.get(..16).unwrap_or(&line.until);
        let until = until.replace('T', " ");
        if line.left_s == 0 {
            format!("{until} ({})", self.w.overdue)
        } else {
            until
        }
    }
}

// A template gives references to everything: so do these take them.

fn class(level: &Level) -> &'static str {
    level.class()
}

fn symbol(level: &Level) -> &'static str {
    level.symbol()
}

/// A device that lives and yet should be looked at: its state alone does not say so.
fn is_noted(line: &DeviceLine) -> bool {
    line.state.code == "live" && line.level > Level::Good
}

fn rate(per_minute: &Option<f64>) -> String {
    per_minute.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1}"))
}
