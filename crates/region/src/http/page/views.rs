//! Figures → what the templates show: every text escaped by the template, every drawing our own.

use std::sync::Arc;

use askama::Template;

use super::super::answers::Passages;
use super::super::feed::{Brief, Tone};
use super::super::figures::Figures;
use super::super::overview::Gate;
use super::super::plots::{self, Plot};
use super::words::Words;
use crate::statistics::tables::{Statistics, StepRow, permille};
use crate::statistics::warnings::Warning;
use crate::wording::{self, Language};
use http_door::Problem;

/// Rows of a table on the page; the API gives the rest.
const ROWS_MAX: usize = 12;
/// Reasons of a rule.
const REASONS_MAX: usize = 3;
/// A gate that is silent for longer is marked: an idle gate still says that devices live.
const SILENT_S: u64 = 600;
/// A delay that is marked.
const BACKLOG_S: u64 = 60;

/// The overview.
#[derive(Template)]
#[template(path = "overview.html")]
pub(super) struct OverviewPage<'p> {
    pub(super) w: &'static Words,
    pub(super) hours: u64,
    pub(super) briefs: &'p [Arc<Brief>],
    pub(super) last_id: String,
    pub(super) parts: PartsPage,
}

/// What grows old.
#[derive(Template)]
#[template(path = "parts.html")]
pub(super) struct PartsPage {
    w: &'static Words,
    hours: u64,
    warnings: Vec<WarningLine>,
    gates: Vec<GateLine>,
    statistics: Statistics,
    hold_rate: String,
    rules: Vec<RuleLine>,
    steps: Vec<StepLine>,
    plots: Vec<Plot>,
}

/// The form.
#[derive(Template)]
#[template(path = "login.html")]
pub(super) struct LoginPage {
    pub(super) w: &'static Words,
    pub(super) wrong: Option<&'static str>,
}

/// A problem.
#[derive(Template)]
#[template(path = "problem.html")]
pub(super) struct ProblemPage<'p> {
    pub(super) w: &'static Words,
    pub(super) problem: &'p Problem,
}

/// What was found.
#[derive(Template)]
#[template(path = "search.html")]
pub(super) struct SearchPage<'p> {
    pub(super) w: &'static Words,
    pub(super) typed: &'p str,
    pub(super) plate: Option<String>,
    pub(super) found: Option<&'p Passages>,
}

struct WarningLine {
    kind: &'static str,
    subject: String,
    figures: String,
}

struct GateLine {
    gate: Gate,
    silent: String,
    backlog: String,
    is_silent: bool,
    is_behind: bool,
}

struct RuleLine {
    rule: String,
    held: u64,
    share: String,
    reasons: String,
}

struct StepLine {
    step: &'static str,
    count: usize,
    median: String,
    p90: String,
}

impl PartsPage {
    pub(super) fn new(
        language: Language,
        hours: u64,
        figures: &Figures,
        warnings: &[Warning],
        gates: Vec<Gate>,
    ) -> Self {
        let w = Words::of(language);
        let statistics = shortened(figures.statistics.clone());
        let warnings = warnings.iter().take(ROWS_MAX).map(|warning| WarningLine {
            kind: wording::kind(warning.kind, language),
            subject: wording::subject(warning, language),
            figures: wording::figures(warning, language),
        });
        let rules = statistics.rules.iter().map(|row| {
            let reasons = row.reasons.iter().take(REASONS_MAX);
            let told = reasons.map(|reason| format!("{} {}", reason.reason, reason.held));
            RuleLine {
                rule: row.rule.clone(),
                held: row.held,
                share: percent(row.held_permille),
                reasons: told.collect::<Vec<_>>().join(", "),
            }
        });
        let step = |row: &StepRow| StepLine {
            step: wording::step(row.step, language),
            count: row.count,
            median: duration(row.median_ms),
            p90: duration(row.p90_ms),
        };
        Self {
            w,
            hours,
            warnings: warnings.collect(),
            gates: gates.into_iter().map(gate_line).collect(),
            hold_rate: percent(permille(statistics.held, statistics.passages)),
            rules: rules.collect(),
            steps: statistics.steps.iter().map(step).collect(),
            plots: plots::all(&figures.series, w),
            statistics,
        }
    }

    /// Whether something is told of devices.
    fn has_devices(&self) -> bool {
        !self.statistics.devices.is_empty() || !self.statistics.faults.is_empty()
    }
}

fn gate_line(gate: Gate) -> GateLine {
    let seconds = |s: Option<u64>| s.map_or_else(|| "-".to_owned(), |s| duration(s as f64 * 1e3));
    GateLine {
        silent: seconds(gate.silent_s),
        backlog: seconds(gate.backlog_s),
        is_silent: gate.silent_s.is_none_or(|s| s > SILENT_S),
        is_behind: gate.backlog_s.is_some_and(|s| s > BACKLOG_S),
        gate,
    }
}

/// First rows alone.
fn shortened(mut statistics: Statistics) -> Statistics {
    statistics.rules.truncate(ROWS_MAX);
    statistics.premises.truncate(ROWS_MAX);
    statistics.companies.truncate(ROWS_MAX);
    statistics.clerks.truncate(ROWS_MAX);
    statistics.weights.truncate(ROWS_MAX);
    statistics.devices.truncate(ROWS_MAX);
    statistics.faults.truncate(ROWS_MAX);
    statistics
}

/// `12.3 %`
fn percent(permille: u64) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

/// As [`percent`], for a template, which gives references.
fn share(permille: &u64) -> String {
    percent(*permille)
}

/// As [`duration`], for a template.
fn down(ms: &u64) -> String {
    duration(*ms as f64)
}

/// `850 ms`, `12.4 s`, `7 min`, `3.5 h`, `2.1 d`
fn duration(ms: f64) -> String {
    match ms {
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 120_000.0 => format!("{:.1} s", ms / 1e3),
        ms if ms < 7_200_000.0 => format!("{:.0} min", ms / 6e4),
        ms if ms < 172_800_000.0 => format!("{:.1} h", ms / 3.6e6),
        ms => format!("{:.1} d", ms / 8.64e7),
    }
}

/// Class of a tone or verdict, for its colour.
const fn tone_class(tone: &Tone) -> &'static str {
    match tone {
        Tone::Release => "release",
        Tone::Review => "review",
        Tone::Detain => "detain",
        Tone::Trouble => "trouble",
        Tone::Plain => "plain",
    }
}

/// A verdict in words.
pub(super) fn verdict_word(w: &Words, verdict: &str) -> &'static str {
    match verdict {
        "release" => w.release,
        "review" => w.review,
        _ => w.detain,
    }
}

/// A text as a piece of a URL (RFC 3986: all but the unreserved characters are coded).
pub(in super::super) fn coded(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    coded
}

/// `08:30:05` of a time.
fn clock_of(at: &str) -> &str {
    at.get(11..19).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        for (ms, text) in [
            (0.0, "0 ms"),
            (12_345.0, "12.3 s"),
            (600_000.0, "10 min"),
            (9_000_000.0, "2.5 h"),
            (1e9, "11.6 d"),
        ] {
            assert_eq!(duration(ms), text);
        }
        assert_eq!(percent(5), "0.5 %");
        assert_eq!(coded("粤B-1/<a>"), "%E7%B2%A4B-1%2F%3Ca%3E");
        assert_eq!(clock_of("2026-03-01T08:30:05.123Z"), "08:30:05");
    }
}
