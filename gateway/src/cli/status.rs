//! `kakou status`: what the running gate says of itself → tables for a person, or the JSON as it
//! came. Draws no conclusions: states and causes are the daemon's own words.

use std::path::Path;
use std::process::ExitCode;

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::{Map, Value};

use super::act::ask;

pub(super) fn run(config: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    let answer = ask(config, &serde_json::json!({ "verb": "status" }))?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print!("{}", text(&answer));
    }
    Ok(ExitCode::SUCCESS)
}

/// The answer to `status` as tables, every device and lane in a line of its own.
fn text(answer: &Value) -> String {
    let mut lanes = table(["lane", "passage", "shows"]);
    for (id, lane) in entries(&answer["lanes"]) {
        let lines: Vec<&str> = lane["lines"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        lanes.add_row([id.clone(), word(&lane["passage"]), lines.join("; ")]);
    }
    let mut devices = table([
        "device",
        "kind",
        "state",
        "last frame",
        "readings",
        "rejected",
        "cause",
    ]);
    for (id, device) in entries(&answer["devices"]) {
        devices.add_row([
            id.clone(),
            word(&device["kind"]),
            word(&device["state"]),
            word(&device["last_frame"]),
            word(&device["readings"]),
            rejected(device),
            device["cause"].as_str().unwrap_or_default().to_owned(),
        ]);
    }
    format!(
        "{lanes}

{devices}

{}{}
{}
{}
{}
",
        links(answer),
        region(&answer["uplink"]),
        downlink(&answer["downlink"]),
        ledger(answer),
        journal(answer)
    )
}

/// Links to a customs gate of others; nothing where there are none.
fn links(answer: &Value) -> String {
    let mut links = table(["customs gate", "state", "taken", "refused", "last refusal"]);
    for (name, link) in entries(&answer["links"]) {
        links.add_row([
            name.clone(),
            word(&link["state"]),
            word(&link["taken"]),
            word(&link["refused"]),
            link["last_error"].as_str().unwrap_or_default().to_owned(),
        ]);
    }
    if links.is_empty() {
        String::new()
    } else {
        format!("{links}\n\n")
    }
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header);
    table
}

fn entries(of: &Value) -> impl Iterator<Item = (&String, &Value)> {
    of.as_object().into_iter().flat_map(Map::iter)
}

/// A value without quotes; `-` for none.
fn word(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn rejected(device: &Value) -> String {
    let reasons: Vec<String> = entries(&device["rejected_by_reason"])
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    let total = word(&device["rejected"]);
    if reasons.is_empty() {
        total
    } else {
        format!("{total} ({})", reasons.join(", "))
    }
}

fn region(uplink: &Value) -> String {
    if uplink["forked"] == true {
        return "region: ALARM, its copy of the journal differs from ours; nothing is sent"
            .to_owned();
    }
    let link = if uplink["connected"] == true {
        format!("connected over {}", word(&uplink["broker"]))
    } else {
        let (broker, error) = (word(&uplink["broker"]), word(&uplink["last_error"]));
        format!("NOT CONNECTED ({broker}: {error})")
    };
    format!(
        "region: {link}, acknowledged up to {}, backlog {} events, oldest {} s",
        word(&uplink["acknowledged"]),
        word(&uplink["backlog"]),
        word(&uplink["backlog_age_s"])
    )
}

/// What comes down: policy, keys, certificates, refusals.
fn downlink(down: &Value) -> String {
    let mut parts = vec![
        format!("policy {}", word(&down["policy"])),
        format!("region's key {}", word(&down["region_key"])),
    ];
    if let Some(until) = down["former_region_key_until"].as_str() {
        parts.push(format!("the one before it believed until {until}"));
    }
    if let Some(until) = down["certificates_until"].as_str() {
        let state = if down["certificates_expired"] == true {
            "EXPIRED at"
        } else {
            "good until"
        };
        parts.push(format!("certificates {state} {until}"));
    }
    if down["ledger_forked"] == true {
        parts.push("ALARM, the ledger held here is not the region's".to_owned());
    }
    if down["takes_snapshot"] == true {
        parts.push("a snapshot of the ledger is coming in".to_owned());
    }
    for (count, last, what) in [
        ("policies_refused", "last_policy_refusal", "policies"),
        ("refused", "last_refusal", "messages"),
    ] {
        if down[count].as_u64().is_some_and(|count| count > 0) {
            parts.push(format!(
                "{} {what} REFUSED, the last: {}",
                word(&down[count]),
                word(&down[last])
            ));
        }
    }
    format!("from the region: {}", parts.join("; "))
}

fn ledger(answer: &Value) -> String {
    if answer["ledger_revision"].is_null() {
        return "ledger: EMPTY; `kakou ledger import` or the region fills it".to_owned();
    }
    format!(
        "ledger: revision {}, vouched for at {}",
        word(&answer["ledger_revision"]),
        word(&answer["ledger_synced_at"])
    )
}

fn journal(answer: &Value) -> String {
    match answer["journal_failure"].as_str() {
        Some(cause) => format!("journal: TAKES NOTHING, every lane holds: {cause}"),
        None => "journal: writes".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_state_is_said_in_a_line_of_its_own() {
        let healthy = json!({
            "lanes": { "E1": { "passage": "E1-5-1", "lines": ["Released", "drive on"] } },
            "devices": { "E1-scale": {
                "kind": "weighbridge", "state": "lost", "cause": "closed by the device",
                "last_frame": null, "readings": 7, "rejected": 3,
                "rejected_by_reason": { "checksum": 2, "length": 1 },
            } },
            "links": { "front end of E1": { "state": "registered", "taken": 12, "refused": 3,
                "last_error": "no XML" } },
            "uplink": { "connected": true, "broker": "b:1", "acknowledged": 9, "backlog": 1, "backlog_age_s": 0,
                "forked": false, "last_error": "" },
            "ledger_revision": 4, "ledger_synced_at": "2026-01-01T00:00:00Z",
            "downlink": { "policy": "3.0", "region_key": "00112233", "refused": 0,
                "policies_refused": 0, "certificates_until": "2027-01-01T00:00:00Z",
                "certificates_expired": false },
            "journal_failure": null,
        });
        let mut cut_off = healthy.clone();
        cut_off["uplink"] = json!({ "connected": false, "broker": "b:2", "acknowledged": 9, "backlog": 80,
            "backlog_age_s": 61, "forked": false, "last_error": "refused" });
        cut_off["ledger_revision"] = Value::Null;
        cut_off["downlink"] = json!({ "policy": "3.0", "region_key": "00112233", "refused": 2,
            "last_refusal": "late", "policies_refused": 1, "last_policy_refusal": "older",
            "certificates_until": "2025-01-01T00:00:00Z", "certificates_expired": true });
        cut_off["journal_failure"] = "no space left".into();
        let mut forked = healthy.clone();
        forked["uplink"]["forked"] = true.into();
        for (answer, wanted) in [
            (&healthy, &["E1-5-1", "Released; drive on"][..]),
            (
                &healthy,
                &["E1-scale", "lost", "3 (2 checksum, 1 length)", "closed by"],
            ),
            (
                &healthy,
                &["connected over b:1, acknowledged up to 9", "backlog 1"],
            ),
            (
                &healthy,
                &["front end of E1", "registered", "12", "3", "no XML"],
            ),
            (&healthy, &["ledger: revision 4"]),
            (&healthy, &["policy 3.0", "key 00112233", "good until 2027"]),
            (
                &cut_off,
                &[
                    "EXPIRED at 2025",
                    "1 policies REFUSED",
                    "older",
                    "2 messages REFUSED",
                ],
            ),
            (&healthy, &["journal: writes"]),
            (
                &cut_off,
                &["NOT CONNECTED (b:2: refused)", "backlog 80", "oldest 61 s"],
            ),
            (&cut_off, &["ledger: EMPTY"]),
            (&cut_off, &["TAKES NOTHING", "no space left"]),
            (&forked, &["region: ALARM"]),
        ] {
            let said = text(answer);
            assert!(
                said.lines()
                    .any(|line| wanted.iter().all(|part| line.contains(part))),
                "{wanted:?} in one line of\n{said}"
            );
        }
    }
}
