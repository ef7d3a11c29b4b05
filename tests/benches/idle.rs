//! A ledger of a million rows: how long and with how much memory it is taken in; and what the
//! daemon needs with it while four lanes are idle: time to start, memory.

mod premises;
#[path = "../../benches/row.rs"]
mod row;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use row::Bar;
use sim::live::show::Show;

const ROWS: usize = 1_000_000;
const LANES: usize = 4;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut premises = premises::make(LANES, 8).await?;
    let folder = premises.folder.path().to_owned();
    let file = folder.join("million.jsonl");
    let rows = premises::rows::write(&file, ROWS, &premises.world.gate.premises)?;
    import(&folder, rows)?;
    let lanes = std::mem::take(&mut premises.site.lanes);
    let region = premises.site.start_region()?;
    let starts = if row::is_quick() { 1 } else { 3 };
    let mut seconds = Vec::new();
    let mut memory = Vec::new();
    let show = Show::new(premises.world, lanes, &folder, premises.moment);
    for _ in 0..starts {
        // The log of the run before would answer for this one.
        let _ = std::fs::remove_file(folder.join("gateway.log"));
        let begun = Instant::now();
        let mut gateway = premises.site.start_gateway()?;
        gateway
            .wait_for("gate running", Duration::from_secs(60))
            .await?;
        seconds.push(begun.elapsed().as_secs_f64());
        show.wait_for_devices().await?;
        // Idle is what is measured: devices report, nothing comes.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let process = gateway.id().context("it runs")?;
        memory.push(premises::memory_mib(process, "VmRSS:").context("its status")?);
        gateway.stop(Duration::from_secs(20)).await?;
    }
    region.stop(Duration::from_secs(20)).await?;
    let start_s = row::median(seconds);
    let figure = format!("daemon, start with {rows} rows");
    row::alone(&figure, &format!("{start_s:.2} s"), start_s, Bar::Most(2.0));
    let memory_mib = row::median(memory);
    let figure = format!("daemon, idle, {LANES} lanes, {rows} rows, RSS");
    row::alone(
        &figure,
        &format!("{memory_mib:.0} MiB"),
        memory_mib,
        Bar::Most(250.0),
    );
    Ok(())
}

fn import(folder: &Path, rows: usize) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut import = Command::new(premises::programs().join("kakou"))
        .current_dir(folder)
        .args([
            "ledger",
            "import",
            "--config",
            "gateway.toml",
            "million.jsonl",
        ])
        .stdout(Stdio::null())
        .spawn()?;
    let mut peak_mib = 0.0_f64;
    let status = loop {
        if let Some(mib) = premises::memory_mib(import.id(), "VmHWM:") {
            peak_mib = mib;
        }
        if let Some(status) = import.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    anyhow::ensure!(status.success(), "the rows were not taken in");
    let took_s = begun.elapsed().as_secs_f64();
    let figure = format!("kakou ledger import, {rows} rows");
    let words = format!("{took_s:.1} s, {peak_mib:.0} MiB at most");
    row::alone(&figure, &words, took_s, Bar::None);
    Ok(())
}
