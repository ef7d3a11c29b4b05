//! An outcome → a table for people, or one JSON object for scripts.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde_json::{Map, Value, json};
use sim::virtual_time::Outcome;

/// Wrong releases and holds shown one by one.
const SHOWN_MAX: usize = 10;

/// The table.
pub(crate) fn text(outcome: &Outcome, seed: u64, seconds: f64) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["seed", &seed.to_string()]);
    for (name, value) in rows(outcome, seconds) {
        table.add_row([name.as_str(), value.as_str()]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut holds = Table::new();
    holds.load_style(UTF8_FULL_CONDENSED);
    holds.set_header(["rule", "reason", "findings"]);
    for ((rule, reason), count) in &outcome.holds {
        holds.add_row([rule.to_string(), (*reason).to_owned(), count.to_string()]);
    }
    let mut text = format!("{table}\n\nHolds by rule and reason\n{holds}\n");
    for wrong in outcome.wrong_releases.iter().take(SHOWN_MAX) {
        text.push_str(&format!(
            "WRONG RELEASE truck {} at {} ms, {}: {:?}\n",
            wrong.truck, wrong.at_ms, wrong.why, wrong.causes
        ));
    }
    for wrong in outcome.wrong_holds.iter().take(SHOWN_MAX) {
        text.push_str(&format!(
            "wrong hold: truck {} at {} ms: {}\n",
            wrong.truck, wrong.at_ms, wrong.why
        ));
    }
    text.push_str(&format!("trace hash {}", hash(outcome)));
    text
}

fn rows(outcome: &Outcome, seconds: f64) -> Vec<(String, String)> {
    let per_second = outcome.passages as f64 / seconds.max(1e-9);
    let permille = outcome.clean_release_permille();
    let stop = |at| {
        let ms = outcome.stop_ms_at(at);
        ms.map_or_else(
            || "-".to_owned(),
            |ms| format!("{:.1} s", f64::from(ms) / 1_000.0),
        )
    };
    let mut rows: Vec<(String, String)> = vec![
        ("passages".into(), outcome.passages.to_string()),
        ("passages left open".into(), outcome.left_open.to_string()),
        ("decisions: release".into(), outcome.releases.to_string()),
        ("decisions: review".into(), outcome.reviews.to_string()),
        ("decisions: detain".into(), outcome.detains.to_string()),
        ("cleared by a person".into(), outcome.clearances.to_string()),
        ("sent to the bay".into(), outcome.to_bay.to_string()),
        (
            "withdrawn before the barrier".into(),
            outcome.withdrawn.to_string(),
        ),
        (
            "wrong releases".into(),
            outcome.wrong_releases.len().to_string(),
        ),
        (
            "raises without durable record".into(),
            outcome.raises_without_record.to_string(),
        ),
        ("wrong holds".into(), outcome.wrong_holds.len().to_string()),
        (
            "clean released by itself".into(),
            format!("{}.{} %", permille / 10, permille % 10),
        ),
        ("stop, median".into(), stop(500)),
        ("stop, p95".into(), stop(950)),
        (
            "records durable / failed".into(),
            format!("{} / {}", outcome.records, outcome.records_failed),
        ),
        (
            "frames / rejected".into(),
            format!("{} / {}", outcome.frames, outcome.frames_rejected),
        ),
        ("passages/s".into(), format!("{per_second:.0}")),
    ];
    let ends = outcome.ends.iter();
    rows.extend(ends.map(|(end, count)| (format!("ended: {end:?}"), count.to_string())));
    let breaches = outcome.breaches.iter();
    rows.extend(breaches.map(|(breach, n)| (format!("breach: {breach:?}"), n.to_string())));
    rows
}

/// The JSON object.
pub(crate) fn json(outcome: &Outcome, seed: u64, seconds: f64) -> String {
    let named = |pairs: Vec<(String, u64)>| {
        let entries = pairs
            .into_iter()
            .map(|(name, count)| (name, Value::from(count)));
        Value::Object(entries.collect::<Map<_, _>>())
    };
    let holds = outcome.holds.iter();
    let holds = holds.map(|((rule, reason), n)| (format!("{rule} {reason}"), *n));
    let ends = outcome.ends.iter().map(|(end, n)| (format!("{end:?}"), *n));
    let breaches = outcome.breaches.iter().map(|(b, n)| (format!("{b:?}"), *n));
    json!({
        "seed": seed,
        "passages": outcome.passages,
        "left_open": outcome.left_open,
        "releases": outcome.releases,
        "reviews": outcome.reviews,
        "detains": outcome.detains,
        "clearances": outcome.clearances,
        "to_bay": outcome.to_bay,
        "withdrawn": outcome.withdrawn,
        "wrong_releases": outcome.wrong_releases.len(),
        "wrong_holds": outcome.wrong_holds.len(),
        "raises_without_record": outcome.raises_without_record,
        "clean_decided": outcome.clean_decided,
        "clean_released": outcome.clean_released,
        "stop_ms_median": outcome.stop_ms_at(500),
        "stop_ms_p95": outcome.stop_ms_at(950),
        "frames": outcome.frames,
        "frames_rejected": outcome.frames_rejected,
        "records": outcome.records,
        "records_failed": outcome.records_failed,
        "holds": named(holds.collect()),
        "ends": named(ends.collect()),
        "breaches": named(breaches.collect()),
        "passages_per_second": (outcome.passages as f64 / seconds.max(1e-9)).round(),
        "trace_hash": hash(outcome),
    })
    .to_string()
}

fn hash(outcome: &Outcome) -> String {
    outcome
        .trace
        .map_or_else(String::new, |trace| trace.to_string())
}
