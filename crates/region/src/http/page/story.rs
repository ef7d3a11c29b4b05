//! One passage, and whole visits, as pages.

use std::collections::BTreeSet;
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
use super::super::answers::{EventLine, Visit};
use super::super::asked::{self, Asked};
use super::super::passages;
use super::views::{coded, verdict_word};
use super::words::Words;
use super::{PageProblem, language, or_page, rendered};
use crate::questions::Told;
use crate::questions::brought::{Link, ManifestRow};
use crate::questions::figures::verdict_code;
use crate::wording::{self, Language};
use http_door::Problem;

#[derive(Template)]
#[template(path = "story.html")]
struct StoryPage<'p> {
    w: &'static Words,
    passage: &'p str,
    packs: Vec<PackLink>,
    conveyances: Vec<ConveyanceRow>,
    decisions: Vec<DecisionView>,
    lines: Vec<EventLine>,
}

/// Where the evidence pack is had; the gate is named only where there are several.
struct PackLink {
    target: String,
    gate: String,
}

/// What brought goods or boxes of the passage.
struct ConveyanceRow {
    kind: &'static str,
    number: String,
    name: String,
    voyage: String,
    manifest: String,
    is_withdrawn: bool,
    link: &'static str,
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
    let came_by = desk.questions.came_by(&told).await.map_err(Problem::from);
    let came_by = or_page(language, came_by)?;
    let w = Words::of(language);
    let packs = match desk.packer {
        Some(_) => pack_links(&id, &told),
        None => Vec::new(),
    };
    let page = StoryPage {
        w,
        passage: &id,
        packs,
        conveyances: came_by
            .iter()
            .map(|(row, link)| conveyance(language, row, *link))
            .collect(),
        decisions: told.iter().filter_map(|told| decision(w, told)).collect(),
        lines: told.iter().map(EventLine::from).collect(),
    };
    rendered(language, &page)
}

fn pack_links(id: &str, told: &[Told]) -> Vec<PackLink> {
    let gates: BTreeSet<&str> = told.iter().map(|told| told.gate.as_str()).collect();
    let id = coded(id);
    if gates.len() == 1 {
        let (target, gate) = (format!("/api/v1/packs/{id}"), String::new());
        return vec![PackLink { target, gate }];
    }
    let of = |gate: &str| PackLink {
        target: format!("/api/v1/packs/{id}?gate={}", coded(gate)),
        gate: gate.to_owned(),
    };
    gates.into_iter().map(of).collect()
}

fn conveyance(language: Language, row: &ManifestRow, link: Link) -> ConveyanceRow {
    let w = Words::of(language);
    ConveyanceRow {
        kind: wording::conveyance(row.kind, language),
        number: row.number.clone(),
        name: row.name.clone(),
        voyage: row.voyage.clone(),
        manifest: row.manifest.clone(),
        is_withdrawn: row.is_withdrawn,
        link: match link {
            Link::Goods => w.by_goods,
            Link::Container => w.by_container,
        },
    }
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
