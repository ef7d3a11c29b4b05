//! Goal: whatever happens to broker and region, every event arrives once and in order, the backlog
//! and its age are shown, and the gateway's memory does not grow with them. Method: the broker is
//! killed, comes back empty, flaps; the region is killed and slowed; then journal against region.
#![expect(
    clippy::print_stdout,
    reason = "figures of the run, shown with --nocapture"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sim::live::child::Running;
use sim::live::show::region_has_all;

use super::stage::Stage;

/// How long the broker is away; `KAKOU_OUTAGE_S` sets another time, in seconds.
const OUTAGE_S: u64 = 12;
/// Records a second that are made on top of the traffic while it is away, some 1.7 kB each.
const EXTRA_PER_S: u64 = 300;
/// The gateway's memory may grow by this much while records wait: the journal holds them.
const GROWTH_MAX_KIB: u64 = 24 * 1_024;
/// The slowed region runs for a tenth of the time.
const SLOW_CYCLES: u32 = 12;
const STOPPED_MS: u64 = 1_800;
const RUNNING_MS: u64 = 200;

/// What the gate shows of its link.
fn uplink(stage: &Stage) -> anyhow::Result<Value> {
    let status = stage
        .site
        .call(&["status", "--config", "gateway.toml", "--json"])?;
    let status: Value = serde_json::from_str(&status)?;
    Ok(status["uplink"].clone())
}

fn number(uplink: &Value, key: &str) -> anyhow::Result<u64> {
    let value = uplink[key].as_u64();
    value.with_context(|| format!("{key} is no number: {uplink}"))
}

/// Resident memory of a process.
fn resident_kib(process: Option<&Running>) -> anyhow::Result<u64> {
    let pid = process.and_then(Running::id).context("it runs")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.with_context(|| format!("no VmRSS in {status}"))
}

/// Makes `count` records: declarations whose time is over, refused and written down.
fn fill(folder: &Path, count: u64) -> anyhow::Result<()> {
    let request = serde_json::json!({
        "verb": "declare_degraded", "lane": "L1", "user": "supervisor-02",
        "mode": "seal_reader_down", "at": "2026-01-01T00:00:00Z",
        "until": "2026-01-01T00:00:01Z", "text": "封".repeat(500),
    });
    let mut writer = UnixStream::connect(folder.join("state/control.sock"))?;
    writer.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(writer.try_clone()?);
    for _ in 0..count {
        writeln!(writer, "{request}")?;
        let mut answer = String::new();
        reader.read_line(&mut answer)?;
        anyhow::ensure!(answer.contains("\"ok\""), "{answer}");
    }
    Ok(())
}

/// The broker is away for `seconds` and forgets everything: the backlog grows, and says so.
async fn broker_away(stage: &mut Stage, seconds: u64) -> anyhow::Result<()> {
    let quiet_kib = resident_kib(stage.gateway.as_ref())?;
    stage.site.broker.kill(true).await?;
    let away_ms = stage.moment.ms();
    let acknowledged = number(&uplink(stage)?, "acknowledged")?;
    let (mut before, mut grown_kib) = (0, 0);
    for second in 0..seconds {
        let folder = stage.folder.path().to_owned();
        tokio::task::spawn_blocking(move || fill(&folder, EXTRA_PER_S)).await??;
        let next_ms = away_ms + (second + 1) * 1_000;
        stage
            .run_for(next_ms.saturating_sub(stage.moment.ms()))
            .await?;
        let now = uplink(stage)?;
        let backlog = number(&now, "backlog")?;
        assert!(backlog >= before, "the backlog shrinks on its own: {now}");
        before = backlog;
        grown_kib = resident_kib(stage.gateway.as_ref())?
            .saturating_sub(quiet_kib)
            .max(grown_kib);
    }
    // The link's state is looked at once a second.
    stage.run_for(2_000).await?;
    let (now, away_s) = (uplink(stage)?, (stage.moment.ms() - away_ms) / 1_000);
    let (backlog, age_s) = (number(&now, "backlog")?, number(&now, "backlog_age_s")?);
    println!(
        "broker away for {away_s} s: backlog {backlog} records, the oldest {age_s} s old; \
         resident {quiet_kib} KiB before, at most {grown_kib} KiB more while it was away"
    );
    assert_eq!(now["connected"], false, "{now}");
    assert_eq!(number(&now, "acknowledged")?, acknowledged, "{now}");
    assert!(backlog >= seconds * EXTRA_PER_S, "{now}");
    let journal = sim::live::show::journal(stage.folder.path())?.len() as u64;
    assert!(
        backlog <= journal - acknowledged,
        "{now}, journal {journal}"
    );
    // What waits longest was recorded about when the broker went.
    assert!(
        (away_s / 2..=away_s + 10).contains(&age_s),
        "{age_s} s: {now}"
    );
    assert!(grown_kib <= GROWTH_MAX_KIB, "{grown_kib} KiB");
    stage.site.broker.resume().await
}

/// The region's process gets a tenth of its time, as on a machine with too much to do.
async fn region_slow(stage: &mut Stage) -> anyhow::Result<()> {
    let pid = stage.region.as_ref().and_then(Running::id);
    let pid = pid.and_then(|id| Pid::from_raw(id.cast_signed()));
    let pid = pid.context("the region runs")?;
    let before = number(&uplink(stage)?, "acknowledged")?;
    let quiet_kib = resident_kib(stage.gateway.as_ref())?;
    let (mut worst, mut grown_kib) = ((0, 0), 0);
    for _ in 0..SLOW_CYCLES {
        kill_process(pid, Signal::STOP)?;
        let folder = stage.folder.path().to_owned();
        tokio::task::spawn_blocking(move || fill(&folder, EXTRA_PER_S)).await??;
        stage.run_for(STOPPED_MS).await?;
        let now = uplink(stage)?;
        worst = worst.max((number(&now, "backlog")?, number(&now, "backlog_age_s")?));
        grown_kib = resident_kib(stage.gateway.as_ref())?
            .saturating_sub(quiet_kib)
            .max(grown_kib);
        kill_process(pid, Signal::CONT)?;
        stage.run_for(RUNNING_MS).await?;
    }
    let after = number(&uplink(stage)?, "acknowledged")?;
    println!(
        "region slow: backlog at most {} records ({} s old), acknowledged from {before} to {after}, \
         at most {grown_kib} KiB more resident",
        worst.0, worst.1
    );
    assert!(worst.0 >= EXTRA_PER_S, "a slow region shows: {worst:?}");
    assert!(after > before, "a slow region still takes events");
    assert!(grown_kib <= GROWTH_MAX_KIB, "{grown_kib} KiB");
    Ok(())
}

#[tokio::test]
async fn broker_and_region_come_and_go_and_nothing_is_lost() -> anyhow::Result<()> {
    let seconds = std::env::var("KAKOU_OUTAGE_S")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(OUTAGE_S);
    let mut stage = super::stage::start(41, 4_000).await?;
    stage.run_for(6_000).await?;
    broker_away(&mut stage, seconds).await?;
    stage.run_for(6_000).await?;
    // Flapping.
    for _ in 0..4 {
        stage.site.broker.kill(false).await?;
        stage.run_for(700).await?;
        stage.site.broker.resume().await?;
        stage.run_for(1_500).await?;
    }
    region_slow(&mut stage).await?;
    // The region dies in the middle of storing and comes back.
    for _ in 0..3 {
        if let Some(region) = stage.region.take() {
            region.kill().await?;
        }
        stage.run_for(2_000).await?;
        stage.region = Some(stage.site.start_region()?);
        stage.run_for(2_000).await?;
    }
    stage.come_to_rest(120_000).await?;
    assert!(
        region_has_all(&stage.site, 60).await?,
        "the region has not all of the journal"
    );
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(10)).await?;
    }
    let events = super::stage::check_journal(stage.folder.path())?;
    println!("{} records in the journal, all at the region", events.len());
    assert_eq!(stage.show.tally.wrong_releases, 0, "{:?}", stage.show.lines);
    Ok(())
}
