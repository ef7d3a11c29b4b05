//! One passage, and whole visits, as pages.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::decision::{Finding, Outcome};
use domain::event::EventBody;
use domain::time::Timestamp;
use serde::Deserialize;

use super::super::Desk;
use super::super::asked::{self, Asked};
use super::super::passages::{self, EventLine, Visit};
use super::super::problem::Problem;
use super::views::{coded, verdict_word};
use super::words::Words;
use super::{PageProblem, language, or_page, rendered};
use crate::questions::Told;
use crate::questions::figures::verdict_code;

#[derive(Template)]
#[template(path = "story.html")]
struct StoryPage<'p> {
    w: &'static Words,
    passage: &'p str,
    decisions: Vec<DecisionView>,
    lines: Vec<EventLine>,
}

/// One decision with the findings that say something.
struct DecisionView {
    at: String,
    attempt: u16,
    verdict: &'static str,
    policy: String,
    vehicle: String,
    rows: Vec<FindingRow>,
}

struct FindingRow {
    rule: String,
    outcome: &'static str,
    class: &'static str,
    reason: &'static str,
    observed: String,
    expected: String,
    limit: String,
}

#[derive(Template)]
#[template(path = "visits.html")]
struct VisitsPage<'p> {
    w: &'static Words,
    plate: &'p str,
    visits: &'p [Visit],
    shortened: bool,
}

/// Everything of one passage.
pub(in super::super) async fn story(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    let language = language(None, &headers);
    let told = or_page(language, passages::story_of(&desk, &id).await)?;
    let w = Words::of(language);
    let page = StoryPage {
        w,
        passage: &id,
        decisions: told.iter().filter_map(|told| decision(w, told)).collect(),
        lines: told.iter().map(EventLine::from).collect(),
    };
    rendered(language, &page)
}

fn decision(w: &Words, told: &Told) -> Option<DecisionView> {
    let EventBody::PassageDecided(record) = &told.event.body else {
        return None;
    };
    let plates = record.evidence.plates.iter();
    let seen: Vec<&str> = plates.map(|seen| seen.plate.as_str()).collect();
    Some(DecisionView {
        at: told.event.at.at.to_string(),
        attempt: record.attempt,
        verdict: verdict_code(record.decision.verdict),
        policy: record.policy_version().to_string(),
        vehicle: seen.join(" · "),
        rows: record.decision.findings.iter().map(|f| row(w, f)).collect(),
    })
}

fn row(w: &Words, finding: &Finding) -> FindingRow {
    let (outcome, class) = match finding.outcome {
        Outcome::Pass => (w.pass, "release"),
        Outcome::Skipped => ("-", "plain"),
        Outcome::Review => (w.review, "review"),
        Outcome::Detain => (w.detain, "detain"),
    };
    FindingRow {
        rule: finding.rule.to_string(),
        outcome,
        class,
        reason: finding.reason.code(),
        observed: finding.observed.clone(),
        expected: finding.expected.clone(),
        limit: finding.limit.clone(),
    }
}

/// Whose visits.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Whose {
    plate: Option<String>,
}

/// Whole visits of a vehicle.
pub(in super::super) async fn visits(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Asked(whose): Asked<Whose>,
) -> Result<Response, PageProblem> {
    let language = language(None, &headers);
    let raw = whose.plate.unwrap_or_default();
    let plate = or_page(
        language,
        asked::text("plate", Some(&raw)).and_then(|raw| {
            let raw =
                raw.ok_or_else(|| Problem::parameter("plate", "say whose visits: plate=…"))?;
            asked::plate("plate", &raw)
        }),
    )?;
    let (since, until) = (Timestamp::MIN, Timestamp::MAX);
    let found = passages::visits_of(&desk, &plate, since, until).await;
    let found = or_page(language, found)?;
    let page = VisitsPage {
        w: Words::of(language),
        plate: &plate,
        visits: &found.visits,
        shortened: found.shortened,
    };
    rendered(language, &page)
}
