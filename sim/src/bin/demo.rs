//! A two-lane gate on this machine: broker, simulated devices, the gate daemon and the region, a
//! clerk at the console, and the truth that judges every release.
#![expect(clippy::print_stdout, reason = "a demonstration is what it prints")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use domain::event::EventBody;
use sim::live::Moment;
use sim::live::child::Running;
use sim::live::emulator::Options;
use sim::live::officer::Officer;
use sim::live::people;
use sim::live::photographer;
use sim::live::show::{
    Show, gate_page, header, journal, region_has_all, region_page, region_report,
};
use sim::live::site::{Equipment, Firmware, Site};
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
    after_help = "Examples:\n  make demo\n  make demo ARGS=\"--seed 7 --trucks 20\"\n  make demo ARGS=\"--stay 600\"   # time to look at the pages\n  make demo ARGS=\"--by-hand --seconds 600\"   # you are the clerk, at the gate's page\n  make demo ARGS=\"--keep /tmp/kakou-demo\"   # look at the files afterwards"
)]
struct Arguments {
    /// Seed of the world. With 6, the first container at the entry is declared empty and is not.
    #[arg(long, default_value_t = 6)]
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
    /// Keep gate and region up for this many seconds after the last truck, to look at the page.
    #[arg(long, default_value_t = 0)]
    stay: u64,
    /// Nobody decides the held trucks but you, at the gate's page.
    #[arg(long)]
    by_hand: bool,
    /// Run the first lane's gate controller on an emulated board: the firmware's image.
    #[arg(long)]
    firmware: Option<PathBuf>,
    /// What the cameras give: pictures, which the gate reads, or reports of readers of their own.
    #[arg(long, value_enum, default_value_t = Cameras::Pictures)]
    cameras: Cameras,
    /// Keep the files in this folder.
    #[arg(long)]
    keep: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Cameras {
    /// Rendered pictures over HTTP.
    Pictures,
    /// Readings over TCP.
    Reports,
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
    let equipment = Equipment {
        firmware,
        photographer: (arguments.cameras == Cameras::Pictures)
            .then(|| photographer::of_world(&world)),
    };
    let mut site = Site::make(&folder, &programs, &world, moment, equipment).await?;
    println!(
        "{}",
        site.call(&["check-config", "--config", "gateway.toml"])?
            .trim()
    );
    let imported = site.import_ledger()?;
    println!("ledger: {}", imported.trim());
    let mut region = site.start_region()?;
    let (page, token) = region_page(&mut region, &folder).await?;
    println!("region: its page is at {page}; log in with {token}");
    let lanes = std::mem::take(&mut site.lanes);
    let mut gateway = site.start_gateway()?;
    let gate = open_gate_page(&site, &mut gateway).await?;
    let mut show = Show::new(world, lanes, &folder, moment);
    if arguments.by_hand {
        // Longer than the lane itself waits: it then sends the truck to the bay.
        (show.review_wait_ms, show.detain_wait_ms) = (3_600_000, 3_600_000);
    }
    show.officer = Some(Officer::at(&folder.join("orders")));
    show.wait_for_devices().await?;
    watch(&mut show, &arguments, moment).await?;
    let result = finish(&site, &show).await;
    stay(&arguments, &format!("{page} and {gate}")).await;
    gateway.stop(Duration::from_secs(10)).await?;
    region.stop(Duration::from_secs(10)).await?;
    let proof = site.call(&["journal", "verify", "--config", "gateway.toml"])?;
    println!("journal: {}", proof.trim());
    result
}

/// Tells where the gate's own page is, and who may sign in.
async fn open_gate_page(site: &Site, gateway: &mut Running) -> anyhow::Result<String> {
    let gate = gate_page(gateway).await?;
    println!("gate: its page is at {gate} (its certificate is its own: accept it once)");
    for login in people::hire(site)? {
        println!(
            "  log in as {} ({}) with {}",
            login.name, login.role, login.password
        );
    }
    Ok(gate)
}

/// Leaves gate and region up for whoever wants to look at the page.
async fn stay(arguments: &Arguments, page: &str) {
    if arguments.stay == 0 {
        return;
    }
    println!(
        "{page} stays up for {} s; Ctrl-C ends it now",
        arguments.stay
    );
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(arguments.stay)) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
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

/// Scans that spoke against a vehicle, each with a copy of its map that outlives the run.
fn scans_that_held(folder: &Path) -> anyhow::Result<Vec<String>> {
    const SPOKE: [&str; 3] = [
        "r7.loaded_declared_empty",
        "r7.scan_disagrees",
        "r12.machine_finding",
    ];
    let maps = std::env::current_exe()?.with_file_name("demo-scans");
    let mut lines = Vec::new();
    for (_, event) in journal(folder)? {
        let EventBody::PassageDecided(record) = &event.body else {
            continue;
        };
        let holds = record.decision.holds();
        let spoke = |code| holds.iter().any(|finding| finding.reason.code() == code);
        if record.attempt != 1 || !SPOKE.into_iter().any(spoke) {
            continue;
        }
        for scan in record
            .evidence
            .scans
            .iter()
            .filter(|scan| scan.loaded.is_some())
        {
            let name = format!("{}.map.png", scan.captured_sha256);
            let mut days = std::fs::read_dir(folder.join("state/pictures"))?;
            let kept = days.find_map(|day| {
                let file = day.ok()?.path().join(&name);
                file.exists().then_some(file)
            });
            let Some(kept) = kept else { continue };
            std::fs::create_dir_all(&maps)?;
            let copy = maps.join(&name);
            std::fs::copy(kept, &copy)?;
            let what = if scan.loaded == Some(true) {
                "loaded"
            } else {
                "empty"
            };
            lines.push(format!(
                "scan of {}: {what}; {}; its map: {}",
                scan.container
                    .as_ref()
                    .map_or("the vehicle", |number| number.as_str()),
                holds.first().map_or("", |finding| finding.reason.code()),
                copy.display()
            ));
        }
    }
    Ok(lines)
}

/// Says what it came to.
async fn finish(site: &Site, show: &Show) -> anyhow::Result<bool> {
    println!("\n{}", show.tally.summary());
    for line in scans_that_held(&site.folder)? {
        println!("{line}");
    }
    let equal = region_has_all(site, 15).await?;
    println!("region: {}", region_report(site)?.trim());
    println!(
        "journal and region hold the same events: {}",
        if equal { "yes" } else { "NO" }
    );
    let stopped = show
        .officer
        .as_ref()
        .and_then(|officer| officer.stopped_after);
    println!(
        "an order of the region stopped a truck between decision and barrier: {}",
        stopped.map_or("NO".to_owned(), |after| format!(
            "yes, {} ms after the decision",
            after.as_millis()
        ))
    );
    let done = show.tally.counts.get("drove on").copied().unwrap_or(0);
    let log = site.folder.join("gateway.log");
    anyhow::ensure!(done > 0, "no truck came through; see {}", log.display());
    Ok(equal && stopped.is_some() && show.tally.wrong_releases == 0)
}
