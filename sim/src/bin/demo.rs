//! A two-lane gate on this machine: broker, simulated devices, the gate daemon and the region, a
//! clerk at the console, and the truth that judges every release.
#![expect(clippy::print_stdout, reason = "a demonstration is what it prints")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use sim::live::Moment;
use sim::live::emulator::Options;
use sim::live::show::{Show, header, region_has_all, region_report};
use sim::live::site::{Firmware, Site};
use sim::world::cause::ExceptionCause;
use sim::world::{World, WorldConfig};

/// Trucks of the day that is drawn from: enough for the first ones to come out again within it.
const WORLD_TRUCKS: usize = 600;

/// Two lanes, real daemons, simulated trucks; under two minutes.
#[derive(Debug, Parser)]
#[command(
    name = "demo",
    version,
    about,
    after_help = "Examples:\n  make demo\n  make demo ARGS=\"--seed 7 --trucks 20\"\n  make demo ARGS=\"--keep /tmp/kakou-demo\"   # look at the files afterwards"
)]
struct Arguments {
    /// Seed of the world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Trucks that come at the most.
    #[arg(long, default_value_t = 40)]
    trucks: usize,
    /// Share of trucks with something wrong, thousandths.
    #[arg(long, default_value_t = 300)]
    exceptions: u32,
    /// Longest run in seconds; trucks that have not come by then stay away.
    #[arg(long, default_value_t = 85)]
    seconds: u64,
    /// Run the first lane's gate controller on an emulated board: the firmware's image.
    #[arg(long)]
    firmware: Option<PathBuf>,
    /// Keep the files in this folder.
    #[arg(long)]
    keep: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let temporary = tempfile::tempdir()?;
    let folder = arguments
        .keep
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder)?;
    let programs = std::env::current_exe()?
        .parent()
        .context("no folder")?
        .to_owned();
    let moment = Moment::start();
    let world = world(&arguments, moment);
    println!(
        "kakou demo: seed {}, two lanes, files in {}",
        arguments.seed,
        folder.display()
    );
    let firmware = arguments.firmware.as_deref().map(|image| Firmware {
        image,
        options: Options::default(),
    });
    if let Some(firmware) = &firmware {
        println!(
            "the first lane's controller runs {}",
            firmware.image.display()
        );
    }
    let mut site = Site::make(&folder, &programs, &world, moment, firmware).await?;
    println!(
        "{}",
        site.call(&["check-config", "--config", "gateway.toml"])?
            .trim()
    );
    let imported = site.call(&[
        "ledger",
        "import",
        "--config",
        "gateway.toml",
        "ledger.jsonl",
    ])?;
    println!("ledger: {}", imported.trim());
    let region = site.start_region()?;
    let lanes = std::mem::take(&mut site.lanes);
    let gateway = site.start_gateway()?;
    let mut show = Show::new(world, lanes, &folder, moment);
    show.wait_for_devices().await?;
    watch(&mut show, &arguments, moment).await?;
    let result = finish(&site, &show).await;
    gateway.stop(Duration::from_secs(10)).await?;
    region.stop(Duration::from_secs(10)).await?;
    let proof = site.call(&["journal", "verify", "--config", "gateway.toml"])?;
    println!("journal: {}", proof.trim());
    result
}

/// Prints the table until no truck comes any more and the lanes are at rest.
async fn watch(show: &mut Show, arguments: &Arguments, moment: Moment) -> anyhow::Result<()> {
    println!(
        "gate and region are up after {:.1} s; trucks come for {} s\n\n{}",
        moment.ms() as f64 / 1_000.0,
        arguments.seconds,
        header()
    );
    let deadline_ms = moment.ms() + arguments.seconds * 1_000;
    loop {
        let more = moment.ms() < deadline_ms && show.arrivals < arguments.trucks;
        if !more && !show.is_busy() {
            return Ok(());
        }
        anyhow::ensure!(
            moment.ms() < deadline_ms + 60_000,
            "the lanes did not come to rest"
        );
        show.step(more).await?;
        for line in show.lines.drain(..) {
            println!("{line}");
        }
    }
}

fn world(arguments: &Arguments, moment: Moment) -> World {
    let mut config = WorldConfig::new(arguments.seed, WORLD_TRUCKS);
    config.start = moment.utc();
    config.exception_permille = arguments.exceptions.min(1_000);
    config.peak_per_hour = 600;
    // An order that comes just after the decision needs a stopwatch, and a second pass or visit
    // hours; neither fits into a minute.
    config.causes = ExceptionCause::ALL
        .iter()
        .copied()
        .filter(|cause| {
            !matches!(
                cause,
                ExceptionCause::DirectiveBetweenDecisionAndBarrier
                    | ExceptionCause::StillInside
                    | ExceptionCause::TwoLanesSamePass
                    | ExceptionCause::PassExpired
            )
        })
        .collect();
    World::generate(config)
}

/// Says what it came to.
async fn finish(site: &Site, show: &Show) -> anyhow::Result<bool> {
    println!("\n{}", show.tally.summary());
    let equal = region_has_all(site, 15).await?;
    println!("region: {}", region_report(site)?.trim());
    println!(
        "journal and region hold the same events: {}",
        if equal { "yes" } else { "NO" }
    );
    let done = show.tally.counts.get("drove on").copied().unwrap_or(0);
    let log = site.folder.join("gateway.log");
    anyhow::ensure!(done > 0, "no truck came through; see {}", log.display());
    Ok(equal && show.tally.wrong_releases == 0)
}
