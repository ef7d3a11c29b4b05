//! `GET /passages/{id}`: every event of a passage in order, its evidence and its proof; and the
//! notice of a hold for the driver's hand.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Json};
use domain::decision::Outcome;
use domain::event::{DecisionRecord, Event, EventBody};
use domain::time::Timestamp;
use http_door::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use wording::Language;

use super::super::course::Entry;
use super::super::desk::{Desk, trace_of};
use super::super::evidence::{EvidenceView, Viewer, told_verdict};
use super::super::guard::Asker;
use super::super::live;
use super::super::shell::{Shell, rendered};
use super::proof::{self, Proof};
use super::{inside, passage_of};

/// Records of one passage that are shown.
const RECORDS_MAX: usize = 2_000;

/// One event.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::dashboard) struct Step {
    /// Place in the journal.
    sequence: u64,
    /// When, UTC.
    at: String,
    /// Who vouches for that time.
    source: &'static str,
    /// What, in words.
    text: String,
    /// Chain hash.
    hash: String,
    #[serde(skip)]
    tone: &'static str,
}

/// One passage.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::dashboard) struct Story {
    /// Passage.
    passage: String,
    /// Lane.
    lane: String,
    /// Plate.
    plate: String,
    /// Events in order.
    events: Vec<Step>,
    /// Whether chain and signature hold; absent until its last record is sealed.
    proven: Option<bool>,
    /// What does not hold.
    problems: Vec<String>,
}

#[derive(Template)]
#[template(path = "story.html")]
struct StoryPage {
    f: Shell,
    entry_passage: String,
    lane: String,
    plate: String,
    steps: Vec<Step>,
    proof: Proof,
    evidence: Option<EvidenceView>,
    is_held: bool,
}

/// What is read of a passage.
struct Read {
    events: Vec<(u64, String, Event)>,
    proof: Proof,
}

/// Reads on a thread of its own; the journal's writer is not held up.
async fn read(desk: &Arc<Desk>, entry: &Entry, with_proof: bool) -> Result<Read, Problem> {
    let (worker, of) = (Arc::clone(desk), entry.clone());
    let place = desk.packing.acquire().await.expect("never closed");
    let read = tokio::task::spawn_blocking(move || -> Result<Read, Problem> {
        let mut reader = worker.recorder.journal().reader();
        let mut events = Vec::new();
        let mut next = of.first;
        while next <= of.last && events.len() < RECORDS_MAX {
            let records = reader
                .read_from(next, 512, 4 << 20)
                .map_err(|error| inside("story", &error))?;
            let Some(last) = records.last() else { break };
            next = last.sequence + 1;
            for record in records.iter().filter(|record| record.sequence <= of.last) {
                let Ok((_, event)) = wire::record::decode_record(&record.payload) else {
                    continue;
                };
                if event.passage.as_ref() == Some(&of.passage) {
                    events.push((record.sequence, record.hash.to_string(), event));
                }
            }
        }
        let proof = if with_proof {
            proof::proof(&worker, &of)
        } else {
            Proof::default()
        };
        Ok(Read { events, proof })
    })
    .await;
    drop(place);
    read.map_err(|error| inside("story", &error))?
}

fn steps(events: &[(u64, String, Event)], viewer: Viewer, language: Language) -> Vec<Step> {
    let told = events.iter().filter(|(_, _, event)| {
        viewer == Viewer::Officer || !matches!(event.body, EventBody::WatchlistHit { .. })
    });
    told.map(|(sequence, hash, event)| Step {
        sequence: *sequence,
        at: event.at.at.to_string(),
        source: wording::time_source(event.at.source, language),
        text: live::line_text(&event.body, viewer, language),
        hash: hash.clone(),
        tone: live::line_tone(&event.body, viewer),
    })
    .collect()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only decisions are wanted")]
fn decisions(events: &[(u64, String, Event)]) -> Vec<&DecisionRecord> {
    let records = events.iter().filter_map(|(_, _, event)| match &event.body {
        EventBody::PassageDecided(record) => Some(&**record),
        _ => None,
    });
    records.collect()
}

/// The page.
pub(in crate::dashboard) async fn story(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    Path(raw): Path<String>,
) -> Result<Response, Problem> {
    let f = Shell::new(
        &desk,
        &asker,
        &headers,
        "passages",
        &format!("/passages/{raw}"),
    );
    let language = f.language;
    let entry = passage_of(&desk, &raw)?;
    let read = read(&desk, &entry, true).await?;
    let all = decisions(&read.events);
    let trace = trace_of(&desk, &entry);
    let evidence = (!all.is_empty()).then(|| {
        EvidenceView::for_viewer(
            &all,
            &trace,
            &desk.packer.pictures,
            language,
            asker.viewer(),
        )
    });
    let page = StoryPage {
        entry_passage: entry.passage.to_string(),
        lane: entry.lane.to_string(),
        plate: entry.plate.clone(),
        steps: steps(&read.events, asker.viewer(), language),
        proof: read.proof,
        evidence,
        is_held: !entry.rules.is_empty(),
        f,
    };
    rendered(&page)
}

/// The passage with every event and its proof.
#[utoipa::path(get, path = "/api/v1/passages/{id}", tag = "passages",
    params(("id" = String, Path, description = "passage")),
    responses(
        (status = 200, description = "the story", body = Story),
        (status = 404, description = "this gate knows no such passage", body = Problem),
))]
pub(in crate::dashboard) async fn api_story(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Path(raw): Path<String>,
) -> Result<Json<Story>, Problem> {
    let entry = passage_of(&desk, &raw)?;
    let read = read(&desk, &entry, true).await?;
    Ok(Json(Story {
        passage: entry.passage.to_string(),
        lane: entry.lane.to_string(),
        plate: entry.plate.clone(),
        events: steps(&read.events, asker.viewer(), Language::En),
        proven: (!read.proof.is_unsealed).then_some(read.proof.is_proven),
        problems: read.proof.problems,
    }))
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage {
    f: Shell,
    passage: String,
    lane: String,
    plate: String,
    containers: String,
    pass: String,
    arrived: String,
    printed: String,
    verdict: &'static str,
    findings: Vec<(String, String)>,
}

/// `GET /passages/{id}/notice`: why the vehicle is held and what can be done, for the driver.
pub(in crate::dashboard) async fn hold_notice(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    Path(raw): Path<String>,
) -> Result<Response, Problem> {
    let f = Shell::new(
        &desk,
        &asker,
        &headers,
        "passages",
        &format!("/passages/{raw}"),
    );
    let language = f.language;
    let entry = passage_of(&desk, &raw)?;
    let read = read(&desk, &entry, false).await?;
    // What a driver is handed never tells what is silent.
    let decisions = decisions(&read.events);
    let held = decisions
        .iter()
        .rev()
        .find(|record| {
            record
                .decision
                .findings
                .iter()
                .any(|f| f.outcome >= Outcome::Review)
        })
        .ok_or_else(|| Problem::not_found("this passage was not held"))?;
    let holds = held.decision.holds().into_iter();
    let findings = holds
        .filter(|finding| !finding.reason.is_silent())
        .map(|finding| {
            (
                format!(
                    "{} {}",
                    finding.rule,
                    decision::wording::text(finding, language)
                ),
                decision::wording::way_out(finding, language),
            )
        });
    let short = |at: Timestamp| at.to_string().chars().take(19).collect::<String>();
    let page = NoticePage {
        passage: entry.passage.to_string(),
        lane: entry.lane.to_string(),
        plate: entry.plate.clone(),
        containers: entry.containers.join(" "),
        pass: entry.pass.clone(),
        arrived: short(entry.opened_at),
        printed: short(desk.clock.now().utc.at),
        verdict: wording::verdict(told_verdict(&held.decision, Viewer::Clerk), language),
        findings: findings.collect(),
        f,
    };
    rendered(&page)
}
