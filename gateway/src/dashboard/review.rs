//! `/review`: the queue, and one case with its evidence and what may be done about it.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Extension, Json};
use domain::decision::Verdict;
use domain::facts::PassFact;
use domain::id::PassageId;
use domain::policy::RuleId;
use http_door::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use wording::Language;

use super::accounts::Right;
use super::acts::{self, ActRefusal, Asked, Done, holding, needs_second};
use super::course::Case;
use super::desk::{Desk, trace_of};
use super::evidence::{EvidenceView, told_verdict};
use super::guard::{Asker, FORM_HEADER};
use super::live::{QueueView, millis};
use super::people::{self, OpenRequest};
use super::posted::{Posted, is_form_of};
use super::shell::{Shell, rendered, tone};
use super::told::{Back, Told};
use super::words::{REASONS, Words};

/// A button of the case.
struct ActButton {
    act: &'static str,
    key: &'static str,
    name: &'static str,
    reasons: bool,
    is_allowed: bool,
    /// Whose privilege it needs, if it is not allowed.
    why: String,
}

/// A reason of a release.
struct Reason {
    key: usize,
    code: &'static str,
    text: &'static str,
}

/// The case of a page.
struct CasePart {
    passage: String,
    /// Which decision is shown.
    attempt: u16,
    lane: String,
    plate: String,
    tone: &'static str,
    symbol: &'static str,
    verdict: &'static str,
    held_ms: i64,
    holder: Option<String>,
    is_mine: bool,
    is_others: bool,
    is_detained: bool,
    needs_second: bool,
    buttons: Vec<ActButton>,
    reasons: Vec<Reason>,
    passes: Vec<String>,
    evidence: EvidenceView,
}

/// What came of the act before.
struct ToldPart {
    tone: &'static str,
    symbol: &'static str,
    word: &'static str,
    why: String,
}

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage {
    f: Shell,
    queue: QueueView,
    case: Option<CasePart>,
    gone: Option<String>,
    told: Option<ToldPart>,
    requests: Vec<OpenRequest>,
}

/// `GET /review`: the oldest case of nobody else, or the queue alone.
pub(super) async fn review(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Result<Response, Problem> {
    let case = {
        let course = desk.known.now();
        let queue: Vec<Case> = course.queue().into_iter().cloned().collect();
        drop(course);
        queue.into_iter().find(|case| {
            let holder = desk.holder(case);
            holder.is_none_or(|holder| holder == asker.user)
        })
    };
    page(&desk, &asker, &headers, case, None, back)
}

/// `GET /review/{passage}`
pub(super) async fn review_case(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    Path(raw): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response, Problem> {
    let passage = PassageId::parse(&raw).ok();
    let case = passage.and_then(|passage| desk.known.now().cases.get(&passage).cloned());
    let gone = case.is_none().then_some(raw);
    page(&desk, &asker, &headers, case, gone, back)
}

fn page(
    desk: &Desk,
    asker: &Asker,
    headers: &HeaderMap,
    case: Option<Case>,
    gone: Option<String>,
    back: Back,
) -> Result<Response, Problem> {
    let f = Shell::new(desk, asker, headers, "review", "/review");
    let language = f.language;
    let w = f.w;
    let now = desk.clock.now();
    let told = back.told(&asker.form).map(|told| {
        let (tone, symbol, word, why) = match told {
            Told::Done => ("release", "✓", w.done, String::new()),
            Told::Asked => ("review", "◐", w.asked_second, String::new()),
            Told::Refused(why) => ("detain", "✖", w.refused, why),
        };
        ToldPart {
            tone,
            symbol,
            word,
            why,
        }
    });
    let page = ReviewPage {
        queue: QueueView::new(desk, language),
        case: case.map(|case| CasePart::new(desk, asker, &case, language)),
        gone,
        told,
        requests: people::open_requests(desk, asker, now.mono),
        f,
    };
    rendered(&page)
}

impl CasePart {
    fn new(desk: &Desk, asker: &Asker, case: &Case, language: Language) -> Self {
        let holder = desk.holder(case);
        let is_mine = holder.as_ref() == Some(&asker.user);
        let verdict = told_verdict(&case.record.decision, asker.viewer());
        let (tone, symbol) = tone(verdict);
        let records: Vec<_> = {
            let course = desk.known.now();
            let of_lane = course.decisions.get(&case.lane);
            let decisions = of_lane.filter(|(passage, _)| *passage == case.passage);
            decisions.map_or_else(
                || vec![Arc::clone(&case.record)],
                |(_, decisions)| decisions.clone(),
            )
        };
        let entry = desk.known.now().entry(&case.passage).cloned();
        let trace = entry.map_or_else(Vec::new, |entry| trace_of(desk, &entry));
        let all: Vec<_> = records.iter().map(|record| &**record).collect();
        Self {
            passage: case.passage.to_string(),
            attempt: case.record.attempt,
            lane: case.lane.to_string(),
            plate: case.plate().to_owned(),
            tone,
            symbol,
            verdict: wording::verdict(verdict, language),
            held_ms: millis(case.held_at),
            is_others: holder.is_some() && !is_mine,
            is_mine,
            holder: holder.map(|user| user.to_string()),
            is_detained: verdict == Verdict::Detain,
            needs_second: needs_second(desk, case),
            buttons: buttons(desk, asker, case, language),
            reasons: reasons(language),
            passes: match &case.record.facts.pass {
                PassFact::Ambiguous(passes) => passes.iter().map(ToString::to_string).collect(),
                PassFact::None | PassFact::Found(_) => Vec::new(),
            },
            evidence: EvidenceView::for_viewer(
                &all,
                &trace,
                &desk.packer.pictures,
                language,
                asker.viewer(),
            ),
        }
    }
}

fn reasons(language: Language) -> Vec<Reason> {
    let reasons = REASONS.iter().enumerate();
    reasons
        .map(|(number, (code, zh, en))| Reason {
            key: number + 1,
            code,
            text: wording::pick(language, zh, en),
        })
        .collect()
}

fn buttons(desk: &Desk, asker: &Asker, case: &Case, language: Language) -> Vec<ActButton> {
    let w = Words::of(language);
    let may = asker.may(Right::Handle);
    let plain = |act, key, name| ActButton {
        act,
        key,
        name,
        reasons: false,
        is_allowed: may,
        why: if may {
            String::new()
        } else {
            w.rights_missing.to_owned()
        },
    };
    let first = if case.is_proposal() {
        plain("confirm", "r", w.confirm)
    } else {
        let why = release_refusal(desk, asker, case, w);
        ActButton {
            reasons: true,
            is_allowed: may && why.is_empty(),
            why: if may {
                why
            } else {
                w.rights_missing.to_owned()
            },
            ..plain("release", "r", w.release)
        }
    };
    let mut end = plain("end_without_release", "", w.end_without);
    end.is_allowed = asker.may(Right::Lanes);
    end.why = if end.is_allowed {
        String::new()
    } else {
        w.rights_missing.to_owned()
    };
    vec![
        first,
        plain("to_bay", "b", w.to_bay),
        plain("reweigh", "w", w.reweigh),
        plain("reread", "e", w.reread),
        plain("call_region", "c", w.call_region),
        end,
    ]
}

/// Why this person may not release it, with whose privilege it needs; empty if there is nothing.
fn release_refusal(desk: &Desk, asker: &Asker, case: &Case, w: &Words) -> String {
    if case.record.decision.verdict == Verdict::Detain {
        return w.detained.to_owned();
    }
    let lacking: BTreeSet<RuleId> = holding(case)
        .difference(&asker.privileges)
        .copied()
        .collect();
    if lacking.is_empty() {
        return String::new();
    }
    let rules: Vec<String> = lacking.iter().map(ToString::to_string).collect();
    let holders = people::holders(desk, &lacking);
    let holders: Vec<String> = holders.iter().map(ToString::to_string).collect();
    let who = if holders.is_empty() {
        w.nobody_has.to_owned()
    } else {
        format!("{} {}", w.held_by_users, holders.join(", "))
    };
    format!("{} {} · {who}", w.needs_privilege, rules.join(", "))
}

/// `POST /acts`: from a page.
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Extension(language): Extension<Language>,
    posted: Posted,
) -> Response {
    let text = |name| posted.text(name).to_owned();
    let asked = Asked {
        act: text("act"),
        lane: text("lane"),
        passage: text("passage"),
        attempt: text("attempt"),
        reason: text("reason"),
        text: text("text"),
        what: text("what"),
        minutes: text("minutes"),
    };
    let done = acts::perform(&desk, &asker, &asked).await;
    let is_lane = asked.passage.is_empty();
    let told = match &done {
        Ok(Done::Taken) => Told::Done,
        Ok(Done::AskedSecond) => Told::Asked,
        Err(refusal) => Told::Refused(refusal.in_words(language)),
    };
    let page = match (&done, asked.act.as_str()) {
        (Ok(_), "set_mode" | "declare_degraded" | "end_degraded") => "/devices".to_owned(),
        (Err(_), _) if is_lane => "/devices".to_owned(),
        // Whoever has taken a case, or was refused, goes on with it.
        (Ok(Done::Taken), "take" | "call_region" | "choose_pass") | (Err(_), _) => {
            format!("/review/{}", path_safe(&asked.passage))
        }
        (Ok(_), _) => "/review".to_owned(),
    };
    if let Err(refusal) = done {
        tracing::info!(user = %asker.user, act = asked.act, %refusal, "act refused");
    }
    let told = told.query(&asker.form);
    Redirect::to(&format!("{page}?{told}")).into_response()
}

/// An identifier for a path; anything else leads to the queue.
fn path_safe(passage: &str) -> &str {
    let is_plain = passage.len() <= 96
        && passage
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if is_plain { passage } else { "" }
}

/// What came of an act.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Outcome {
    /// done, or asked for a second person's approval.
    outcome: &'static str,
}

/// Does what a person asks for. Needs the session's cookie and its form token in the header
/// `x-kakou-form`.
#[utoipa::path(post, path = "/api/v1/acts", request_body = Asked, tag = "acts", responses(
    (status = 200, description = "done, or asked", body = Outcome),
    (status = 403, description = "role or privilege is missing", body = Problem),
    (status = 409, description = "somebody else has the case, it is gone, or the lane refused", body = Problem),
    (status = 422, description = "a field cannot be used", body = Problem),
))]
pub(super) async fn api_act(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    asked: Result<Json<Asked>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Outcome>, Problem> {
    let token = headers
        .get(FORM_HEADER)
        .and_then(|value| value.to_str().ok());
    if !token.is_some_and(|token| is_form_of(&asker, token)) {
        let way =
            "send the form token of your session in x-kakou-form; GET /api/v1/session tells it";
        return Err(Problem::new(StatusCode::FORBIDDEN, way));
    }
    let Json(asked) = asked.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    let done = acts::perform(&desk, &asker, &asked).await;
    let done = done.map_err(|refusal| {
        let status = status_of(&refusal);
        Problem::new(status, refusal.to_string())
    })?;
    Ok(Json(Outcome {
        outcome: match done {
            Done::Taken => "done",
            Done::AskedSecond => "asked",
        },
    }))
}

fn status_of(refusal: &ActRefusal) -> StatusCode {
    match refusal {
        ActRefusal::Field { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        ActRefusal::Role | ActRefusal::Privilege { .. } | ActRefusal::Detained => {
            StatusCode::FORBIDDEN
        }
        ActRefusal::Gone
        | ActRefusal::DecidedAgain
        | ActRefusal::Held { .. }
        | ActRefusal::Lane { .. }
        | ActRefusal::Silent
        | ActRefusal::Second(_) => StatusCode::CONFLICT,
        ActRefusal::Unrecorded { .. } => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// One waiting vehicle.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Waiting {
    passage: String,
    lane: String,
    plate: String,
    verdict: &'static str,
    reason: String,
    held_at: String,
    holder: Option<String>,
}

/// The queue, oldest first.
#[utoipa::path(get, path = "/api/v1/review", tag = "review", responses(
    (status = 200, description = "vehicles that wait for a person", body = Vec<Waiting>),
))]
pub(super) async fn api_review(State(desk): State<Arc<Desk>>) -> Json<Vec<Waiting>> {
    let view = QueueView::new(&desk, Language::En);
    let waiting = view.rows.into_iter().map(|row| Waiting {
        passage: row.passage,
        lane: row.lane,
        plate: row.plate,
        verdict: row.verdict,
        reason: row.reason,
        held_at: domain::time::Timestamp::from_micros(row.held_ms * 1_000).to_string(),
        holder: row.holder,
    });
    Json(waiting.collect())
}
