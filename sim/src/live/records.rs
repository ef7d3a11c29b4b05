//! What a live run left behind: the gate's journal, read or followed, and the region's copy of it.
//! Knows files and the report of `kakou-region`, nothing of trucks.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use domain::event::Event;
use store::journal::JournalReader;
use tokio::sync::mpsc;

use super::child::Running;
use super::site::Site;

/// Waits until the region has what the gate's journal has; `false` after `seconds`.
///
/// # Errors
/// The journal or the region's store cannot be read.
pub async fn region_has_all(site: &Site, seconds: u64) -> anyhow::Result<bool> {
    for _ in 0..seconds * 5 {
        let last = journal(&site.folder)?
            .last()
            .map_or(0, |(sequence, _)| *sequence);
        let report = region_report(site)?;
        if report.contains(&format!(": {last} events")) {
            return Ok(!report.contains("ALARM"));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(false)
}

/// Where the running region's page is, and the token that opens it.
///
/// # Errors
/// The region has ended, or does not say so within 15 s.
pub async fn region_page(region: &mut Running, folder: &Path) -> anyhow::Result<(String, String)> {
    region
        .wait_for("first token in ", Duration::from_secs(15))
        .await?;
    let log = std::fs::read_to_string(region.log())?;
    let page = log.lines().find_map(|line| line.strip_prefix("page at "));
    let token = std::fs::read_to_string(folder.join("http.tokens.first"))?;
    Ok((
        page.context("the region has no page")?.to_owned(),
        token.trim().to_owned(),
    ))
}

/// Address of the gate's own page, once it answers.
///
/// # Errors
/// It does not say it in time.
pub async fn gate_page(gateway: &mut Running) -> anyhow::Result<String> {
    gateway
        .wait_for("page at https://", Duration::from_secs(15))
        .await?;
    let log = std::fs::read_to_string(gateway.log())?;
    // A gate that was started again says it again.
    let mut pages = log.lines().filter_map(|line| line.strip_prefix("page at "));
    Ok(pages
        .next_back()
        .context("the gate has no page")?
        .to_owned())
}

/// What the region says of its store.
///
/// # Errors
/// It cannot be started.
pub fn region_report(site: &Site) -> anyhow::Result<String> {
    let output = Command::new(site.programs.join("kakou-region"))
        .current_dir(&site.folder)
        .args(["report", "--config", "region.toml"])
        .output()
        .context("cannot start kakou-region")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Every event of the gate's journal, with its sequence.
///
/// # Errors
/// The journal cannot be read.
pub fn journal(folder: &Path) -> anyhow::Result<Vec<(u64, Event)>> {
    let mut reader = JournalReader::open(&folder.join("state/journal"))?;
    let mut events = Vec::new();
    let mut next = reader.first_sequence();
    loop {
        let records = reader.read_from(next, 4_096, 16 << 20)?;
        if records.is_empty() {
            return Ok(events);
        }
        for record in records {
            next = record.sequence + 1;
            events.push((
                record.sequence,
                wire::record::decode_record(&record.payload)?.1,
            ));
        }
    }
}

/// Events of the running gate's journal, as they become durable.
pub(super) fn follow(directory: PathBuf) -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel(256);
    std::thread::spawn(move || {
        let mut next = 1;
        let mut reader = None;
        while !sender.is_closed() {
            if reader.is_none() {
                reader = JournalReader::open(&directory).ok();
            }
            let records = reader
                .as_mut()
                .and_then(|r| r.read_from(next, 64, 1 << 20).ok());
            for record in records.unwrap_or_default() {
                next = record.sequence + 1;
                if let Ok((_, event)) = wire::record::decode_record(&record.payload)
                    && sender.blocking_send(event).is_err()
                {
                    return;
                }
            }
            reader = None;
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    receiver
}
