//! `kakou journal`: proves the chain, shows events.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use domain::event::Event;
use store::journal::{Ed25519Signer, RealDisk, verify as verify_journal};

use super::check_config::load_or_explain;
use crate::gate_keys::{former_keys, key_bytes};

pub(super) fn verify(config: &Path) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let mut keys = former_keys(&config)?;
    keys.push(Ed25519Signer::from_secret(&key_bytes(&config.signing_key_file)?).seal_key());
    let folder = config.directory.join("journal");
    let bar = indicatif::ProgressBar::new(0).with_style(super::bar_style("records"));
    let report = verify_journal(&RealDisk::open(&folder)?, &keys, |records, _| {
        bar.set_position(records);
    })
    .with_context(|| format!("cannot read the journal in {}", folder.display()))?;
    bar.finish_and_clear();
    println!(
        "{} records in {} segments, {} signed groups, last {} hash {}",
        report.records, report.segments, report.groups, report.last_sequence, report.last_hash
    );
    match report.first_bad {
        None => {
            println!("the whole journal is proved");
            Ok(ExitCode::SUCCESS)
        }
        Some(bad) => {
            println!(
                "FIRST BAD RECORD: sequence {} in segment {} at byte {}: {}",
                bad.sequence, bad.segment, bad.offset, bad.what
            );
            println!(
                "way out: keep the folder as it is, call the auditor, compare with the region's copy"
            );
            Ok(ExitCode::from(1))
        }
    }
}

pub(super) fn show(config: &Path, from: u64, count: usize) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let mut reader = super::open_reader(&config)?;
    let mut next = from.max(reader.first_sequence());
    let mut left = count;
    while left > 0 {
        let records = reader.read_from(next, left.min(256), 4 << 20)?;
        let Some(last) = records.last() else { break };
        next = last.sequence + 1;
        left = left.saturating_sub(records.len());
        for record in &records {
            let (_, event) = wire::record::decode_record(&record.payload)
                .with_context(|| format!("record {}", record.sequence))?;
            println!("{}", line(record.sequence, &event));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One event in one line: sequence, time, lane, passage, what.
fn line(sequence: u64, event: &Event) -> String {
    let lane = event.lane.as_ref().map_or("-", |lane| lane.as_str());
    let passage = event
        .passage
        .as_ref()
        .map_or("-", |passage| passage.as_str());
    format!(
        "{sequence:>8} {} {lane:<6} {passage:<32} {}",
        event.at.at,
        event.body.in_brief()
    )
}
