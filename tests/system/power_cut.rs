//! Goal: a power cut at any moment loses nothing that the region acknowledged, and the gate comes
//! back from whatever the disk kept. Method: the system calls of a gateway under traffic are
//! traced and replayed onto a disk that loses what was not synced; at seeded points the gate is
//! started on what is left. Limits, beside those of any model of a disk: what mosquitto and the
//! region wrote is not replayed, they are other machines.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use domain::event::{Event, EventBody, LaneFault};
use rand::{RngExt as _, SeedableRng as _};
use sim::live::child::Running;
use sim::live::show::journal;

use super::disk::{Cut, Disk};
use super::stage::start_by;
use super::trace::{self, Change};

/// Power cuts; every second one tears what was not synced.
const POINTS: usize = 50;
const CURSOR: &str = "state/uplink.cursor";

#[tokio::test]
async fn a_power_cut_loses_nothing_that_was_acknowledged() -> anyhow::Result<()> {
    let (whole, changes, mut disk) = traced_run().await?;
    let mut draw = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let first = changes
        .iter()
        .position(|change| matches!(change, Change::Write { .. }))
        .expect("something was written");
    let mut points: Vec<usize> = (0..POINTS)
        .map(|_| draw.random_range(first..changes.len()))
        .collect();
    points.sort_unstable();
    let (mut done, mut acknowledged, mut rebuilt, mut most) = (0, 0, 0, 0);
    for (i, point) in points.into_iter().enumerate() {
        for change in &changes[done..point] {
            disk.apply(change);
            acknowledged = acknowledged.max(marked(change).unwrap_or(0));
        }
        done = point;
        let cut = if i % 2 == 0 {
            Cut::OnlySynced
        } else {
            Cut::Torn
        };
        let left = tempfile::tempdir()?;
        disk.cut(cut, &mut draw, left.path())?;
        let events = start_again(left.path()).await.map_err(|error| {
            error.context(format!(
                "{cut:?} after {point} of {} changes",
                changes.len()
            ))
        })?;
        let kept = whole
            .iter()
            .zip(&events)
            .take_while(|(before, after)| before == after)
            .count();
        anyhow::ensure!(
            kept as u64 >= acknowledged,
            "{cut:?} after {point} changes: {acknowledged} acknowledged, {kept} kept"
        );
        check_start(&events[kept..])?;
        rebuilt += usize::from(is_rebuilt(&events[kept..]));
        most = most.max(kept);
    }
    println!(
        "{POINTS} power cuts in {} changes: {acknowledged} records acknowledged, up to {most} of \
         {} kept, ledger tables begun anew {rebuilt} times",
        changes.len(),
        whole.len()
    );
    assert!(acknowledged > 20, "{acknowledged} acknowledged records");
    Ok(())
}

/// A gateway under traffic: its journal, what it did to its files, and the disk as it was before.
async fn traced_run() -> anyhow::Result<(Vec<(u64, Event)>, Vec<Change>, Disk)> {
    let traces = tempfile::tempdir()?;
    let out = traces.path().join("trace");
    let mut disk = Disk::default();
    let mut stage = start_by(61, 4_000, |command, folder| {
        disk = Disk::of(folder)?;
        Ok(trace::traced(&command, &out))
    })
    .await?;
    let folder = stage.folder.path().to_owned();
    let rows = std::fs::read_to_string(folder.join("ledger.jsonl"))?;
    let rows: Vec<&str> = rows.lines().collect();
    // Deltas come down meanwhile, so that the ledger's tables are written as well.
    for (i, part) in rows.chunks(20).take(8).enumerate() {
        std::fs::write(
            folder.join(format!("orders/{i}.jsonl")),
            part.join("\n") + "\n",
        )?;
        stage.run_for(7_000).await?;
    }
    stage.come_to_rest(120_000).await?;
    let gateway = stage.gateway.take().expect("it was started");
    let pid = gateway.id().expect("it runs");
    gateway.stop(Duration::from_secs(20)).await?;
    wait_for_trace(&out, pid).await?;
    let whole = journal(&folder)?;
    let changes = trace::read(&out, pid, &folder)?;
    Ok((whole, changes, disk))
}

/// The sequence that the region had acknowledged when its mark was written, durable or not.
fn marked(change: &Change) -> Option<u64> {
    let Change::Write { path, bytes, .. } = change else {
        return None;
    };
    // Slot: magic, turn, sequence.
    (path == Path::new(CURSOR) && bytes.len() >= 24)
        .then(|| u64::from_le_bytes(bytes[16..24].try_into().expect("eight bytes")))
}

async fn wait_for_trace(out: &Path, pid: u32) -> anyhow::Result<()> {
    for _ in 0..200 {
        if trace::is_whole(out, pid) {
            return Ok(());
        }
        // The tracer writes its last lines after the process is gone, and announces nothing.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the trace has no end")
}

/// Starts the gate on `folder`, stops it, proves its journal and reads it.
async fn start_again(folder: &Path) -> anyhow::Result<Vec<(u64, Event)>> {
    let program = super::programs::folder().join("kakou");
    let mut command = Command::new(&program);
    command
        .current_dir(folder)
        .args(["run", "--config", "gateway.toml"]);
    // Words of an earlier start must not be taken for this one's.
    let log = folder.join("again.log");
    if log.exists() {
        std::fs::remove_file(&log)?;
    }
    let mut gateway = Running::start("gateway", command, &log)?;
    gateway
        .wait_for("gate running", Duration::from_secs(20))
        .await?;
    gateway.stop(Duration::from_secs(20)).await?;
    let proof = Command::new(&program)
        .current_dir(folder)
        .args(["journal", "verify", "--config", "gateway.toml"])
        .output()?;
    anyhow::ensure!(
        proof.status.success(),
        "{}{}",
        String::from_utf8_lossy(&proof.stdout),
        String::from_utf8_lossy(&proof.stderr)
    );
    journal(folder)
}

/// The gate began with saying so, and raised nothing.
fn check_start(events: &[(u64, Event)]) -> anyhow::Result<()> {
    let first = events.first().map(|(_, event)| &event.body);
    anyhow::ensure!(
        matches!(first, Some(EventBody::GatewayStarted { .. })),
        "after the power cut comes {first:?}"
    );
    let raised = events
        .iter()
        .any(|(_, event)| matches!(event.body, EventBody::RaiseCommanded { .. }));
    anyhow::ensure!(!raised, "an arm was raised after the power cut");
    Ok(())
}

fn is_rebuilt(events: &[(u64, Event)]) -> bool {
    events.iter().any(|(_, event)| {
        matches!(
            event.body,
            EventBody::FaultFound {
                fault: LaneFault::LedgerRebuilt,
                ..
            }
        )
    })
}

type Damage = fn(&Path) -> std::io::Result<()>;

#[tokio::test]
async fn lost_or_damaged_ledger_tables_are_begun_anew_and_reported() -> anyhow::Result<()> {
    let mut stage = super::stage::start(62, 1).await?;
    let folder = stage.folder.path().to_owned();
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(10)).await?;
    }
    let sled = folder.join("state/ledger/sled");
    anyhow::ensure!(sled.is_dir(), "no tables at {}", sled.display());
    let mut before = journal(&folder)?.len();
    let damages: [(&str, Damage, bool); 4] = [
        ("lost", |sled| std::fs::remove_dir_all(sled), true),
        ("as it was", |_| Ok(()), false),
        (
            "overwritten",
            |sled| std::fs::write(sled.join("db"), [0x5a; 70_000]),
            true,
        ),
        ("emptied", |sled| std::fs::write(sled.join("db"), ""), true),
    ];
    for (name, damage, is_reported) in damages {
        damage(&sled)?;
        let events = start_again(&folder).await?;
        anyhow::ensure!(
            is_rebuilt(&events[before..]) == is_reported,
            "{name}: reported {}\n{}",
            !is_reported,
            std::fs::read_to_string(folder.join("again.log"))?
        );
        before = events.len();
    }
    Ok(())
}
