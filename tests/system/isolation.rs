//! Goal: what fails in one place holds there, says so, and leaves the rest running. Method: a scale
//! that is not there, and a journal without room, under traffic.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use domain::decision::Verdict;
use domain::event::EventBody;

/// Replaces the first `from` in a file of the site.
fn edit(file: &Path, from: &str, to: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)?;
    anyhow::ensure!(text.contains(from), "{from:?} is not in {}", file.display());
    Ok(std::fs::write(file, text.replacen(from, to, 1))?)
}

#[tokio::test]
async fn a_dead_scale_holds_its_lane_and_no_other() -> anyhow::Result<()> {
    // The first and the third lane are entries: both have vehicles from the first minute.
    let mut stage = super::stage::start_with_lanes(71, 4_000, 3).await?;
    let folder = stage.folder.path().to_owned();
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(10)).await?;
    }
    let config = std::fs::read_to_string(folder.join("gateway.toml"))?;
    let line = config
        .lines()
        .skip_while(|line| !line.contains("L3-scale"))
        .find(|line| line.starts_with("serial"))
        .expect("the third lane's scale is on a serial line");
    edit(
        &folder.join("gateway.toml"),
        line,
        "serial = \"/dev/ttyGone\"",
    )?;
    let before = sim::live::show::journal(&folder)?.len();
    stage.gateway = Some(stage.site.start_gateway()?);
    let started_ms = stage.moment.ms();
    loop {
        stage.run_for(1_000).await?;
        let events = sim::live::show::journal(&folder)?;
        let decided: BTreeSet<(String, bool)> = events[before..]
            .iter()
            .filter_map(|(_, event)| match &event.body {
                EventBody::PassageDecided(record) => Some((
                    event.lane.as_ref()?.to_string(),
                    record.decision.verdict == Verdict::Release,
                )),
                _ => None,
            })
            .collect();
        anyhow::ensure!(
            !decided.contains(&("L3".to_owned(), true)),
            "a vehicle that nobody weighed was released"
        );
        if decided.contains(&("L3".to_owned(), false)) && decided.contains(&("L1".to_owned(), true))
        {
            break;
        }
        anyhow::ensure!(
            stage.moment.ms() < started_ms + 120_000,
            "decided until now: {decided:?}; {:?}",
            stage.show.lines
        );
    }
    let status = stage.site.call(&["status", "--config", "gateway.toml"])?;
    let scale = status.lines().find(|line| line.contains("L3-scale"));
    assert!(
        scale.is_some_and(|line| line.contains("lost")),
        "the dead scale is not shown: {status}"
    );
    stage.come_to_rest(120_000).await?;
    assert_eq!(stage.show.tally.wrong_releases, 0, "{:?}", stage.show.lines);
    Ok(())
}

/// Sends `count` acts that are recorded, some 1.5 kB each; the answers are not looked at.
fn fill(folder: &Path, count: usize) -> anyhow::Result<()> {
    let request = serde_json::json!({
        "verb": "declare_degraded", "lane": "L1", "user": "supervisor-02", "mode": "seal_reader_down",
        "at": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:00:01Z", "text": "封".repeat(500),
    });
    for _ in 0..count {
        let mut stream = UnixStream::connect(folder.join("state/control.sock"))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        writeln!(stream, "{request}")?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        anyhow::ensure!(
            answer.contains("\"ok\"") || answer.contains("full"),
            "{answer}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_full_journal_holds_every_lane_until_there_is_room() -> anyhow::Result<()> {
    let mut stage = super::stage::start_by(72, 4_000, |command, folder| {
        edit(
            &folder.join("gateway.toml"),
            "journal_max_mib = 1024",
            "journal_max_mib = 3\nsegment_mib = 1",
        )?;
        Ok(command)
    })
    .await?;
    let folder = stage.folder.path().to_owned();
    // Nothing is acknowledged, so nothing may be removed.
    stage.site.broker.kill(false).await?;
    let is_full = |stage: &super::stage::Stage| -> anyhow::Result<bool> {
        let status = stage.site.call(&["status", "--config", "gateway.toml"])?;
        Ok(status.contains("full"))
    };
    for round in 0.. {
        anyhow::ensure!(round < 40, "the journal does not fill");
        let place = folder.clone();
        tokio::task::spawn_blocking(move || fill(&place, 100)).await??;
        if is_full(&stage)? {
            break;
        }
    }
    let released = stage.show.tally.counts.get("released by itself").copied();
    stage.run_for(25_000).await?;
    assert_eq!(
        stage.show.tally.counts.get("released by itself").copied(),
        released,
        "a vehicle was released without a record: {:?}",
        stage.show.lines
    );
    assert_eq!(stage.show.tally.wrong_releases, 0, "{:?}", stage.show.lines);
    // The region acknowledges, the oldest segments go, the lanes work again.
    stage.site.broker.resume().await?;
    let started_ms = stage.moment.ms();
    while stage.show.tally.counts.get("released by itself").copied() == released {
        stage.run_for(1_000).await?;
        anyhow::ensure!(
            stage.moment.ms() < started_ms + 120_000,
            "no lane came back: {:?}",
            stage.show.lines
        );
    }
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(10)).await?;
    }
    stage
        .site
        .call(&["journal", "verify", "--config", "gateway.toml"])?;
    Ok(())
}
