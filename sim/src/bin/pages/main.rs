//! What open pages cost a busy gate: processor time of the daemon, and how long decisions take, with
//! pages and without, in turns of the same run. Ends by itself; fails when a page was lost or a bar
//! is missed.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a report is what it prints, progress goes beside it"
)]

mod watchers;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use sim::live::Moment;
use sim::live::child::Running;
use sim::live::people;
use sim::live::show::{Show, gate_page};
use sim::live::site::{Equipment, Site};
use sim::live::usage::Usage;
use sim::world::{World, WorldConfig, lanes};

use watchers::{Door, Watchers};

/// Share of one processor that the pages may take.
const PROCESSOR_MAX: f64 = 0.10;
/// Trucks of the day that is drawn from.
const WORLD_TRUCKS: usize = 2_000;
/// Lanes of a busy gate.
const LANES: usize = 4;
/// Trucks come for so long before anything is measured.
const WARM_UP: Duration = Duration::from_secs(30);

/// Opens pages at a busy four-lane gate and measures what they cost it.
#[derive(Debug, Parser)]
#[command(
    name = "pages",
    version,
    about,
    after_help = "Examples:\n  make pages-report                      # the full run, into docs/pages-report.md\n  make pages-report ARGS=\"--turns 1\"     # two minutes and a half\n  target/release/pages --pages 150 --turn-s 30"
)]
struct Arguments {
    /// Pages that are open at once.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    pages: u16,
    /// Turns without pages, and as many with them.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=50))]
    turns: u16,
    /// Seconds of a turn.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(10..=3_600))]
    turn_s: u64,
    /// Write the report into this file instead of printing it.
    #[arg(long)]
    write: Option<PathBuf>,
}

/// All turns of one kind.
#[derive(Default)]
struct Turns {
    processors: Vec<f64>,
    decide_us: Vec<u64>,
    raise_us: Vec<u64>,
    heard_bytes: u64,
    heard_messages: u64,
    lost: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("pages: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let programs = std::env::current_exe()?
        .parent()
        .context("no folder")?
        .to_owned();
    let moment = Moment::start();
    let mut config = WorldConfig::new(6, WORLD_TRUCKS);
    config.start = moment.utc();
    config.lanes = lanes(LANES);
    config.peak_per_hour = 1_200;
    let world = World::generate(config);
    let mut site = Site::make(
        folder.path(),
        &programs,
        &world,
        moment,
        Equipment::default(),
    )
    .await?;
    site.import_ledger()?;
    let region = site.start_region()?;
    let waiting = std::mem::take(&mut site.lanes);
    let mut gateway = site.start_gateway()?;
    let door = Arc::new(Door::of(
        &gate_page(&mut gateway).await?,
        &folder.path().join("state"),
    )?);
    let cookies: Vec<String> = people::hire(&site)?
        .iter()
        .map(|login| door.sign_in(login))
        .collect::<anyhow::Result<_>>()?;
    let mut show = Show::new(world, waiting, folder.path(), moment);
    show.wait_for_devices().await?;
    eprintln!(
        "{LANES} lanes; trucks come for {} s first",
        WARM_UP.as_secs()
    );
    pass(&mut show, WARM_UP).await?;
    let (mut without, mut with) = (Turns::default(), Turns::default());
    for turn in 1..=arguments.turns {
        eprintln!("turn {turn} of {}", arguments.turns);
        measure(&mut show, &gateway, &arguments, &mut without).await?;
        let open = Watchers::open(&door, &cookies, usize::from(arguments.pages));
        measure(&mut show, &gateway, &arguments, &mut with).await?;
        let heard = tokio::task::spawn_blocking(|| open.close()).await?;
        with.heard_bytes += heard.bytes.load(Ordering::Relaxed);
        with.heard_messages += heard.messages.load(Ordering::Relaxed);
        with.lost += heard.lost.load(Ordering::Relaxed);
    }
    gateway.stop(Duration::from_secs(10)).await?;
    region.stop(Duration::from_secs(10)).await?;
    let (report, is_met) = report(&arguments, &without, &with);
    match &arguments.write {
        Some(file) => std::fs::write(file, report)?,
        None => println!("{report}"),
    }
    Ok(is_met)
}

/// Lets trucks come for so long.
async fn pass(show: &mut Show, time: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + time;
    while Instant::now() < until {
        show.step(true).await?;
        show.lines.clear();
    }
    Ok(())
}

/// One turn.
async fn measure(
    show: &mut Show,
    gateway: &Running,
    arguments: &Arguments,
    turns: &mut Turns,
) -> anyhow::Result<()> {
    let id = gateway.id().context("the gateway has ended")?;
    let (decided, raised) = (show.tally.decide_us().len(), show.tally.raise_us().len());
    let (before, start) = (Usage::of(&[id]), Instant::now());
    pass(show, Duration::from_secs(arguments.turn_s)).await?;
    let used = Usage::of(&[id]).processors_since(&before, start.elapsed());
    turns.processors.push(used);
    turns.decide_us.extend(&show.tally.decide_us()[decided..]);
    turns.raise_us.extend(&show.tally.raise_us()[raised..]);
    Ok(())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// Milliseconds that so many thousandths take at most.
fn within_ms(taken_us: &[u64], permille: usize) -> f64 {
    let mut sorted = taken_us.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * permille / 1_000).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |us| *us as f64 / 1e3)
}

fn report(arguments: &Arguments, without: &Turns, with: &Turns) -> (String, bool) {
    let cost = median(&with.processors) - median(&without.processors);
    let is_met = cost <= PROCESSOR_MAX && with.lost == 0;
    let seconds = u64::from(arguments.turns) * arguments.turn_s;
    let mut text = format!(
        "# Open pages at a busy gate\n\nWritten by `make pages-report` (`sim/src/bin/pages`). {LANES} \
         lanes under trucks, {} pages over TLS (lanes, review, wall, devices), {} turns of {} s \
         without pages and as many with them, in one run, medians of the turns. Gate, simulator, \
         broker, region and the readers of the pages shared one machine of {} processors: take the \
         differences, not the absolute figures.\n\n| figure | without | with | difference | bar | met |\n\
         |---|---|---|---|---|---|\n",
        arguments.pages,
        arguments.turns,
        arguments.turn_s,
        std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
    );
    let yes = |is_met: bool| if is_met { "yes" } else { "NO" };
    let _ = writeln!(
        text,
        "| processors used by the gate | {:.3} | {:.3} | {cost:+.3} | <= {PROCESSOR_MAX:.2} | {} |",
        median(&without.processors),
        median(&with.processors),
        yes(cost <= PROCESSOR_MAX),
    );
    for (name, without, with) in [
        (
            "evidence frozen to decided",
            &without.decide_us,
            &with.decide_us,
        ),
        (
            "evidence frozen to arm commanded",
            &without.raise_us,
            &with.raise_us,
        ),
    ] {
        for (word, permille) in [("p50", 500), ("p99", 990)] {
            let (before, after) = (within_ms(without, permille), within_ms(with, permille));
            let _ = writeln!(
                text,
                "| {name}, {word} of {} and {} | {before:.1} ms | {after:.1} ms | {:+.1} ms | - | - |",
                without.len(),
                with.len(),
                after - before,
            );
        }
    }
    let _ = writeln!(
        text,
        "| pages lost | - | {} | - | 0 | {} |\n\nThe pages were told {} parts and beats, {:.1} KiB/s \
         in all.",
        with.lost,
        yes(with.lost == 0),
        with.heard_messages,
        with.heard_bytes as f64 / 1_024.0 / seconds as f64,
    );
    (text, is_met)
}
