//! `GET /passages`: a question in a form → a table, or the same as CSV or JSON.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Json};
use domain::decision::Verdict;
use domain::policy::RuleId;
use domain::time::Timestamp;
use http_door::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wording::Language;

use super::super::course::{Entry, Wanted};
use super::super::guard::Asker;
use super::super::shell::{Shell, as_csv, rendered, tone};
use super::super::table::{Table, export};
use super::super::{Desk, words::Words};

/// Rows of one page.
const ROWS_MAX: usize = 200;
/// Rows of one export.
const CSV_ROWS_MAX: usize = 20_000;
/// Longest text that is looked for.
const TEXT_MAX: usize = 64;

/// The question as written.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(in crate::dashboard) struct Asked {
    /// Part of plate, container, pass or passage number.
    q: Option<String>,
    /// Number of the rule that held it.
    rule: Option<String>,
    /// release, review or detain.
    verdict: Option<String>,
    /// Opened not before, such as 2026-03-01T08:00 (UTC).
    from: Option<String>,
    /// Opened before.
    to: Option<String>,
    /// csv takes the rows out as a file.
    format: Option<String>,
}

/// One row.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::dashboard) struct Row {
    /// Passage.
    passage: String,
    /// Lane.
    lane: String,
    /// Vehicle arrived.
    arrived: String,
    /// Plate.
    plate: String,
    /// Containers.
    containers: String,
    /// Gate pass.
    pass: String,
    /// Last verdict.
    verdict: String,
    /// Rules that held it.
    rules: String,
    /// Who cleared a hold.
    cleared_by: String,
    /// How it ended.
    end: String,
    #[serde(skip)]
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "passages.html")]
struct PassagesPage {
    f: Shell,
    asked: Asked,
    rules: Vec<(u8, String, bool)>,
    verdicts: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<Row>,
    is_cut: bool,
    known_since: Option<String>,
    csv_query: String,
}

fn time(name: &str, asked: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = asked.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    // A browser's field for date and time gives neither seconds nor zone.
    let full = match text.len() {
        16 => format!("{text}:00Z"),
        19 => format!("{text}Z"),
        _ => text.to_owned(),
    };
    Timestamp::parse(&full)
        .map(Some)
        .map_err(|_| Problem::parameter(name, "write a time such as 2026-03-01T08:00 (UTC)"))
}

fn wanted(asked: &Asked) -> Result<Wanted, Problem> {
    let text = asked.q.as_deref().unwrap_or_default().trim();
    if text.chars().count() > TEXT_MAX {
        let way = format!("at most {TEXT_MAX} characters");
        return Err(Problem::parameter("q", way));
    }
    let filled = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
    let rule = filled(&asked.rule)
        .map(|raw| {
            let number = raw.trim_start_matches(['R', 'r']).parse().ok();
            number
                .and_then(RuleId::from_number)
                .ok_or_else(|| Problem::parameter("rule", "write a number from 1 to 19"))
        })
        .transpose()?;
    let verdict = filled(&asked.verdict)
        .map(|raw| match raw.as_str() {
            "release" => Ok(Verdict::Release),
            "review" => Ok(Verdict::Review),
            "detain" => Ok(Verdict::Detain),
            _ => Err(Problem::parameter(
                "verdict",
                "write release, review or detain",
            )),
        })
        .transpose()?;
    Ok(Wanted {
        text: text.to_uppercase(),
        rule,
        verdict,
        from: time("from", asked.from.as_deref())?,
        to: time("to", asked.to.as_deref())?,
    })
}

impl Row {
    fn new(entry: &Entry, language: Language) -> Self {
        let rules: Vec<String> = entry.rules.iter().map(ToString::to_string).collect();
        Self {
            passage: entry.passage.to_string(),
            lane: entry.lane.to_string(),
            arrived: entry.opened_at.to_string().chars().take(19).collect(),
            plate: entry.plate.clone(),
            containers: entry.containers.join(" "),
            pass: entry.pass.clone(),
            verdict: entry
                .verdict
                .map_or_else(String::new, |v| wording::verdict(v, language).to_owned()),
            rules: rules.join(" "),
            cleared_by: entry
                .cleared_by
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            end: entry
                .end
                .map_or_else(String::new, |end| wording::ended(end, language).to_owned()),
            tone: entry.verdict.map_or("plain", |verdict| tone(verdict).0),
        }
    }

    fn cells(&self) -> [&str; 10] {
        [
            &self.passage,
            &self.lane,
            &self.arrived,
            &self.plate,
            &self.containers,
            &self.pass,
            &self.verdict,
            &self.rules,
            &self.cleared_by,
            &self.end,
        ]
    }
}

fn rows(
    desk: &Desk,
    wanted: &Wanted,
    limit: usize,
    language: Language,
) -> (Vec<Row>, Option<Timestamp>) {
    let course = desk.known.now();
    let (found, since) = course.find(wanted, limit);
    let rows = found.into_iter().map(|entry| Row::new(entry, language));
    (rows.collect(), since)
}

/// The page, or the file.
pub(in crate::dashboard) async fn passages(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    query: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let f = Shell::new(&desk, &asker, &headers, "passages", "/passages");
    let language = f.language;
    let asked = query
        .map(|Query(asked)| asked)
        .map_err(|error| Problem::parameter("q", error.body_text()))?;
    let wanted = wanted(&asked)?;
    if asked.format.as_deref() == Some("csv") {
        return csv(&desk, &asker, &wanted, language).await;
    }
    let (mut rows, since) = rows(&desk, &wanted, ROWS_MAX + 1, language);
    let is_cut = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);
    let w = f.w;
    let page = PassagesPage {
        rules: RuleId::ALL
            .iter()
            .map(|rule| (rule.number(), rule.to_string(), wanted.rule == Some(*rule)))
            .collect(),
        verdicts: verdicts(w, wanted.verdict, language),
        csv_query: as_csv(&[
            ("q", &asked.q),
            ("rule", &asked.rule),
            ("verdict", &asked.verdict),
            ("from", &asked.from),
            ("to", &asked.to),
        ]),
        asked,
        rows,
        is_cut,
        known_since: since.map(|at| at.to_string().chars().take(19).collect()),
        f,
    };
    rendered(&page)
}

fn verdicts(
    w: &Words,
    chosen: Option<Verdict>,
    language: Language,
) -> Vec<(&'static str, &'static str, bool)> {
    let mut all = vec![("", w.any, chosen.is_none())];
    for (code, verdict) in [
        ("release", Verdict::Release),
        ("review", Verdict::Review),
        ("detain", Verdict::Detain),
    ] {
        let word = wording::verdict(verdict, language);
        all.push((code, word, chosen == Some(verdict)));
    }
    all
}

async fn csv(
    desk: &Desk,
    asker: &Asker,
    wanted: &Wanted,
    language: Language,
) -> Result<Response, Problem> {
    let (rows, _) = rows(desk, wanted, CSV_ROWS_MAX, language);
    let w = Words::of(language);
    let head = [
        "passage",
        w.lane,
        w.arrived,
        w.vehicle,
        w.containers,
        w.pass,
        w.verdict,
        w.rule,
        w.cleared_by,
        w.end,
    ];
    let mut table = Table::new();
    table.line(&head);
    for row in &rows {
        table.line(&row.cells());
    }
    let how_much = format!("{} rows as CSV", rows.len());
    export(desk, asker, "passages", &how_much, table.into_text()).await
}

/// Passages that fit, newest first, at most 200.
#[utoipa::path(get, path = "/api/v1/passages", params(Asked), tag = "passages", responses(
    (status = 200, description = "newest first", body = Vec<Row>),
    (status = 400, description = "a parameter cannot be used", body = Problem),
))]
pub(in crate::dashboard) async fn api_passages(
    State(desk): State<Arc<Desk>>,
    query: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Vec<Row>>, Problem> {
    let Query(asked) = query.map_err(|error| Problem::parameter("q", error.body_text()))?;
    let wanted = wanted(&asked)?;
    Ok(Json(rows(&desk, &wanted, ROWS_MAX, Language::En).0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_cannot_be_used_name_their_field() {
        let asked = |change: fn(&mut Asked)| {
            let mut asked = Asked::default();
            change(&mut asked);
            wanted(&asked).map_err(|problem| problem.parameter.unwrap_or_default())
        };
        assert!(asked(|a| a.q = Some("粤B".to_owned())).is_ok());
        assert!(asked(|a| a.from = Some("2026-03-01T08:00".to_owned())).is_ok());
        assert!(asked(|a| a.rule = Some("R9".to_owned())).is_ok());
        for (change, field) in [
            ((|a| a.q = Some("x".repeat(65))) as fn(&mut Asked), "q"),
            (|a| a.rule = Some("20".to_owned()), "rule"),
            (|a| a.verdict = Some("maybe".to_owned()), "verdict"),
            (|a| a.to = Some("tomorrow".to_owned()), "to"),
        ] {
            assert_eq!(asked(change).err().as_deref(), Some(field));
        }
    }
}
