//! Gates, alarms, statistics and warnings.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Desk;
use super::asked::{self, Asked};
use crate::questions::search::AlarmRow;
use crate::statistics::Warning;
use crate::statistics::tables::{
    ClerkRow, DeviceRow, FaultRow, GroupRow, RuleRow, Statistics, StepRow, WeightRow,
};
use crate::statistics::warnings::{PAST_DAYS, RECENT_HOURS};
use crate::wording::{self, Language};
use http_door::Problem;

/// A gate as the region has it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Gate {
    /// Gate.
    pub gate: String,
    /// Events stored; 0 if it has never been heard of.
    pub sequence: u64,
    /// Hash of the last one, hexadecimal.
    pub hash: String,
    /// When the last one was stored.
    pub stored_at: Option<String>,
    /// Seconds since then.
    pub silent_s: Option<u64>,
    /// Seconds between the last event and its storing: large while a backlog comes in.
    pub backlog_s: Option<u64>,
    /// Alarms of this gate.
    pub alarms: u64,
}

/// All gates.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Gates {
    /// Enrolled ones and those of which something is stored.
    pub gates: Vec<Gate>,
}

pub(super) async fn gates_of(desk: &Desk) -> Result<Vec<Gate>, Problem> {
    let now = super::now();
    let mut gates: Vec<Gate> = desk
        .questions
        .gates()
        .await?
        .into_iter()
        .map(|row| Gate {
            silent_s: Some(now.since(row.stored_at).as_secs()),
            backlog_s: row.event_at.map(|at| row.stored_at.since(at).as_secs()),
            stored_at: Some(row.stored_at.to_string()),
            gate: row.gate,
            sequence: row.sequence,
            hash: row.hash,
            alarms: row.alarms,
        })
        .collect();
    for enrolled in &desk.gates {
        if gates.iter().all(|gate| gate.gate != *enrolled) {
            gates.push(Gate {
                gate: enrolled.clone(),
                sequence: 0,
                hash: String::new(),
                stored_at: None,
                silent_s: None,
                backlog_s: None,
                alarms: 0,
            });
        }
    }
    gates.sort_by(|a, b| a.gate.cmp(&b.gate));
    Ok(gates)
}

/// Every gate with its head and how long it has been silent.
#[utoipa::path(get, path = "/api/v1/gates", tag = "region", responses(
    (status = 200, description = "all gates", body = Gates),
))]
pub(super) async fn gates(State(desk): State<Arc<Desk>>) -> Result<Json<Gates>, Problem> {
    let gates = gates_of(&desk).await?;
    Ok(Json(Gates { gates }))
}

/// Which alarms.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct AlarmQuery {
    /// `next` of the page before.
    page: Option<String>,
    /// Alarms of a page, 1 to 500; 50 if left out.
    limit: Option<String>,
}

/// An alarm.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alarm {
    /// Number.
    pub id: i64,
    /// When it was raised.
    pub at: String,
    /// Gate, as the message named it.
    pub gate: String,
    /// Kind.
    pub kind: String,
    /// Particulars.
    pub detail: String,
}

impl From<AlarmRow> for Alarm {
    fn from(row: AlarmRow) -> Self {
        Self {
            id: row.id,
            at: row.at.to_string(),
            gate: row.gate,
            kind: row.kind,
            detail: row.detail,
        }
    }
}

/// A page of alarms, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alarms {
    /// The alarms.
    pub alarms: Vec<Alarm>,
    /// Ask with `page` set to this for the next page; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Alarms of the region: refused messages, forked chains, clocks that jumped.
#[utoipa::path(get, path = "/api/v1/alarms", params(AlarmQuery), tag = "region", responses(
    (status = 200, description = "a page", body = Alarms),
    (status = 400, description = "a parameter cannot be used", body = Problem),
))]
pub(super) async fn alarms(
    State(desk): State<Arc<Desk>>,
    Asked(query): Asked<AlarmQuery>,
) -> Result<Json<Alarms>, Problem> {
    let limit = asked::limit(query.limit.as_deref())?;
    let before = match query.page.as_deref() {
        None | Some("") => i64::MAX,
        Some(text) => text.parse().map_err(|_| {
            Problem::parameter("page", "write next of the page before, or leave it out")
        })?,
    };
    let mut rows = desk.questions.alarms(before, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    let alarms = rows.into_iter().map(Alarm::from).collect();
    Ok(Json(Alarms { alarms, next }))
}

/// Which statistics.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct StatisticsQuery {
    /// Beginning (RFC 3339); 24 hours before the end if left out.
    pub(super) since: Option<String>,
    /// End (RFC 3339); now if left out.
    pub(super) until: Option<String>,
    /// One table alone: rule, premises, company, clerk, step, weight, device or fault.
    by: Option<String>,
}

/// The tables, or one of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Table {
    /// Everything.
    All(Box<Statistics>),
    /// By rule.
    Rules(Vec<RuleRow>),
    /// By site.
    Premises(Vec<GroupRow>),
    /// By company.
    Companies(Vec<GroupRow>),
    /// By clerk.
    Clerks(Vec<ClerkRow>),
    /// By step.
    Steps(Vec<StepRow>),
    /// By lane.
    Weights(Vec<WeightRow>),
    /// By device.
    Devices(Vec<DeviceRow>),
    /// By fault.
    Faults(Vec<FaultRow>),
}

/// The period, rounded to seconds so that it can be asked for again.
pub(super) fn period(query: &StatisticsQuery) -> Result<(Timestamp, Timestamp), Problem> {
    let now = Timestamp::from_seconds(super::now().as_seconds() + 1);
    let until = asked::time("until", query.until.as_deref(), now)?;
    let day = until - Duration::from_secs(RECENT_HOURS * 3_600);
    let since = asked::time("since", query.since.as_deref(), day)?;
    if since > until {
        return Err(Problem::parameter("since", "it is after until"));
    }
    Ok((since, until))
}

/// What was decided in a period, how long it took, who let go what was held, which device fails.
#[utoipa::path(get, path = "/api/v1/statistics", params(StatisticsQuery), tag = "figures", responses(
    (status = 200, description = "all tables, or the one asked for", body = Table),
    (status = 400, description = "a parameter cannot be used", body = Problem),
))]
pub(super) async fn statistics(
    State(desk): State<Arc<Desk>>,
    Asked(query): Asked<StatisticsQuery>,
) -> Result<Json<Table>, Problem> {
    let (since, until) = period(&query)?;
    let by = query.by.as_deref().unwrap_or_default();
    if ![
        "", "rule", "premises", "company", "clerk", "step", "weight", "device", "fault",
    ]
    .contains(&by)
    {
        let way = "write rule, premises, company, clerk, step, weight, device or fault";
        return Err(Problem::parameter("by", way));
    }
    desk.questions.catch_up(|_| {}).await?;
    let figures = desk.counted.figures(&desk.questions, since, until).await?;
    let all = figures.statistics.clone();
    Ok(Json(match by {
        "rule" => Table::Rules(all.rules),
        "premises" => Table::Premises(all.premises),
        "company" => Table::Companies(all.companies),
        "clerk" => Table::Clerks(all.clerks),
        "step" => Table::Steps(all.steps),
        "weight" => Table::Weights(all.weights),
        "device" => Table::Devices(all.devices),
        "fault" => Table::Faults(all.faults),
        _ => Table::All(Box::new(all)),
    }))
}

/// A warning in words and figures.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Warned {
    /// The figures.
    #[serde(flatten)]
    pub warning: Warning,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What has become worse.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Warnings {
    /// Hours that are looked at.
    pub recent_hours: u64,
    /// Days before them that they are compared with.
    pub past_days: u64,
    /// Warnings, the surest first; at most 200.
    pub warnings: Vec<Warned>,
}

/// What has become worse in the last 24 hours, each subject against its own 28 days before.
#[utoipa::path(get, path = "/api/v1/warnings", tag = "figures", responses(
    (status = 200, description = "warnings with the figures that led to them", body = Warnings),
))]
pub(super) async fn warnings(State(desk): State<Arc<Desk>>) -> Result<Json<Warnings>, Problem> {
    desk.questions.catch_up(|_| {}).await?;
    let found = desk.counted.warnings(&desk.questions, super::now()).await?;
    let told = found.iter().map(|warning| Warned {
        warning: warning.clone(),
        zh: wording::warning(warning, Language::Zh),
        en: wording::warning(warning, Language::En),
    });
    Ok(Json(Warnings {
        recent_hours: RECENT_HOURS,
        past_days: PAST_DAYS,
        warnings: told.collect(),
    }))
}
