//! `kakou decide` and `kakou replay`: recorded passages decided again, under the recorded policy
//! or a new one. The record holds evidence, facts and policy, so nothing else is asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use comfy_table::Table;
use decision::wording;
use domain::decision::{Decision, Verdict};
use domain::event::{DecisionRecord, EventBody};
use domain::id::PassageId;
use domain::policy::Policy;
use domain::reason::Language;
use domain::time::Timestamp;

use super::check_config::load_or_explain;
use crate::config::Config;

/// Every decision of the journal from `since` on.
fn decisions(
    config: &Config,
    since: Timestamp,
    mut each: impl FnMut(&PassageId, Timestamp, &DecisionRecord),
) -> anyhow::Result<u64> {
    let mut reader = super::open_reader(config)?;
    let mut next = reader.first_sequence();
    let mut seen = 0;
    loop {
        let records = reader.read_from(next, 1_024, 16 << 20)?;
        let Some(last) = records.last() else {
            return Ok(seen);
        };
        next = last.sequence + 1;
        for record in &records {
            let (_, event) = wire::record::decode_record(&record.payload)
                .with_context(|| format!("record {}", record.sequence))?;
            if let (EventBody::PassageDecided(decided), Some(passage)) =
                (&event.body, &event.passage)
                && event.at.at >= since
            {
                seen += 1;
                each(passage, event.at.at, decided);
            }
        }
    }
}

pub(super) fn again(
    config: &Path,
    passage: &str,
    policy: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let wanted = PassageId::parse(passage)?;
    let policy = policy.map(policy_file::load).transpose()?;
    let mut found = Vec::new();
    decisions(&config, Timestamp::MIN, |passage, at, record| {
        if *passage == wanted {
            found.push((at, record.clone()));
        }
    })?;
    anyhow::ensure!(
        !found.is_empty(),
        "no decision on passage {wanted} stands in the journal; `kakou journal show` lists passages"
    );
    let mut differs = false;
    for (at, record) in found {
        let policy = policy.as_ref().unwrap_or(&record.policy);
        let decision = decision::decide(&record.evidence, &record.facts, policy);
        println!("passage {wanted}, decision {} of {at}", record.attempt);
        println!(
            "  recorded under policy {}: {:?}",
            record.policy.version, record.decision.verdict
        );
        println!(
            "  now under policy {}: {:?}",
            policy.version, decision.verdict
        );
        for finding in decision.holds() {
            println!(
                "    {} {}",
                finding.rule,
                wording::text(finding, Language::En)
            );
            println!("      {}", wording::way_out(finding, Language::En));
        }
        let differences = decision::compare(&record.decision, &decision);
        differs |= !differences.is_empty();
        if differences.is_empty() {
            println!("  no difference");
        }
        for difference in &differences {
            println!("  difference: {difference}");
        }
    }
    Ok(if differs {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

#[derive(Default)]
struct Change {
    passages: u64,
    first: Option<PassageId>,
}

pub(super) fn replay(
    config: &Path,
    policy: &Path,
    since: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let policy: Policy = policy_file::load(policy)?;
    let since = since.map_or(Ok(Timestamp::MIN), Timestamp::parse)?;
    let bar = indicatif::ProgressBar::new_spinner();
    let mut moves: BTreeMap<(Verdict, Verdict), u64> = BTreeMap::new();
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    let seen = decisions(&config, since, |passage, _, record| {
        bar.inc(1);
        let decision: Decision = decision::decide(&record.evidence, &record.facts, &policy);
        *moves
            .entry((record.decision.verdict, decision.verdict))
            .or_default() += 1;
        for difference in decision::compare(&record.decision, &decision) {
            let change = changes.entry(difference.to_string()).or_default();
            change.passages += 1;
            change.first.get_or_insert_with(|| passage.clone());
        }
    })?;
    bar.finish_and_clear();
    println!(
        "{seen} decisions decided again under policy {}",
        policy.version
    );
    let mut table = Table::new();
    table.set_header(["recorded", "now", "decisions"]);
    for ((before, now), count) in &moves {
        table.add_row([format!("{before:?}"), format!("{now:?}"), count.to_string()]);
    }
    println!("{table}");
    if changes.is_empty() {
        println!("nothing would change");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new();
    table.set_header(["what would change", "decisions", "first passage"]);
    for (what, change) in &changes {
        let first = change
            .first
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        table.add_row([what.clone(), change.passages.to_string(), first]);
    }
    println!("{table}");
    Ok(ExitCode::from(1))
}
