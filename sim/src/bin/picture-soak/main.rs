//! Many rendered pictures → how often the reader is right, unsure, or sure and wrong.
#![expect(clippy::print_stdout, reason = "a report is what it prints")]

mod events;
mod report;
mod tally;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use sim::pictures::{Conditions, Scene, TruthKind, View, render};
use vision::{EngineChoice, Limits, Models, Picture, Reader, Runtime};

use events::Events;
use tally::{Looked, Tally};

const EXAMPLES: &str = "Examples:
  picture-soak --count 300
  picture-soak --count 20000 --threads 2 --seed 1 --out docs/picture-soak.md
  picture-soak --count 1500 --conditions harsh --view rear --minutes 30
  picture-soak --count 300 --events                    trucks, each seen by three cameras
  pictures --seed 4711 --count 1 --out /tmp/look       the picture of a seed in the list

The same arguments give the same counts on every run with the same engine; times differ.
The exit code is 1 if a number or a plate was accepted and wrong in more than 1 of 1,000.";

/// Most pictures of one run.
const COUNT_MAX: u64 = 10_000_000;
/// Longest run: a month.
const MINUTES_MAX: u64 = 44_640;
/// After so many pictures the report is written anew, so that a run that is cut leaves one.
const WRITTEN_EVERY: u64 = 50;
/// Most threads.
const THREADS_MAX: u64 = 64;

/// Reads rendered pictures and counts what came of it.
#[derive(Debug, Parser)]
#[command(name = "picture-soak", version, about, after_help = EXAMPLES)]
struct Arguments {
    /// How many pictures.
    #[arg(long, default_value_t = 1_500, value_parser = clap::value_parser!(u64).range(1..=COUNT_MAX))]
    count: u64,
    /// Threads, each with a reader of its own.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=THREADS_MAX))]
    threads: u64,
    /// Seed of the first picture; the next ones follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Conditions that are drawn from.
    #[arg(long, value_enum, default_value_t = Kind::Ordinary)]
    conditions: Kind,
    /// Only this camera: rear, side or front. Otherwise all in turn.
    #[arg(long, value_parser = view)]
    view: Option<View>,
    /// Look for container numbers alone; plates are neither read nor counted.
    #[arg(long)]
    numbers_only: bool,
    /// Look at whole gate events: each seed is a truck seen by all three cameras.
    #[arg(long, conflicts_with_all = ["view", "numbers_only", "threads"])]
    events: bool,
    /// Stop after so many minutes, with what has been read by then.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=MINUTES_MAX))]
    minutes: Option<u64>,
    /// Also write the report into this file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Folder of the networks.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// ONNX Runtime library to use, or `none` for the pure-Rust engine.
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Straight on, sharp, by day.
    Clear,
    /// A working gate by day and night.
    Ordinary,
    /// Any condition up to its worst.
    Harsh,
}

impl Kind {
    fn drawn(self, seed: u64) -> Conditions {
        match self {
            Self::Clear => Conditions::clear(),
            Self::Ordinary => Conditions::ordinary(seed),
            Self::Harsh => Conditions::harsh(seed),
        }
    }
}

fn view(name: &str) -> Result<View, String> {
    let found = View::ALL.into_iter().find(|view| view.name() == name);
    found.ok_or_else(|| "rear, side or front".to_owned())
}

fn main() -> anyhow::Result<std::process::ExitCode> {
    let arguments = Arguments::parse();
    let choice = EngineChoice::named(arguments.library.as_deref());
    let runtime = Runtime::start(&choice)?;
    if let Some(why) = runtime.passed_over() {
        eprintln!("{why}; {} is used instead", runtime.engine().name());
    }
    let folder = match &arguments.models {
        Some(folder) => folder.clone(),
        None => Models::default_folder().context("say where they are with --models")?,
    };
    let models = Models::read(&folder)?;
    if arguments.events {
        return soak_events(&arguments, &models, runtime);
    }
    let tally = soak(&arguments, &models, runtime)?;
    print!("{}", write_report(&arguments, runtime, &tally)?);
    Ok(if tally.holds_the_bar() {
        std::process::ExitCode::SUCCESS
    } else {
        std::process::ExitCode::FAILURE
    })
}

/// The report so far; also into the file, if one is asked for.
fn write_report(arguments: &Arguments, runtime: &Runtime, tally: &Tally) -> anyhow::Result<String> {
    let title = report::Title {
        count: tally.all.pictures,
        first_seed: arguments.seed,
        threads: arguments.threads,
        conditions: match arguments.conditions {
            Kind::Clear => "clear",
            Kind::Ordinary => "ordinary",
            Kind::Harsh => "harsh",
        },
        engine: runtime.engine().name(),
        numbers_only: arguments.numbers_only,
    };
    let text = report::markdown(&title, tally);
    if let Some(file) = &arguments.out {
        std::fs::write(file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(text)
}

/// Shares the seeds out among the threads.
fn soak(
    arguments: &Arguments,
    models: &Models,
    runtime: &'static Runtime,
) -> anyhow::Result<Tally> {
    let style = "{bar:40} {pos}/{len} pictures, {eta} left, {msg}";
    let bar = ProgressBar::new(arguments.count)
        .with_style(ProgressStyle::with_template(style).expect("the template is valid"));
    let next = AtomicU64::new(0);
    let tally = Mutex::new(Tally::default());
    let end = arguments
        .minutes
        .map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let work = || -> anyhow::Result<()> {
        let mut reader = Reader::new(models, runtime)?;
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let too_late = end.is_some_and(|end| Instant::now() >= end);
            if at >= arguments.count || too_late {
                return Ok(());
            }
            let looked = look(arguments, arguments.seed.wrapping_add(at), &mut reader)?;
            let mut tally = tally.lock().expect("no thread panics while it counts");
            tally.add(looked);
            if tally.all.pictures.is_multiple_of(WRITTEN_EVERY) {
                write_report(arguments, runtime, &tally)?;
            }
            bar.set_message(format!("{} accepted and wrong", tally.wrong()));
            bar.inc(1);
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..arguments.threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().expect("a panic is passed on"))
    })?;
    bar.finish_and_clear();
    Ok(tally
        .into_inner()
        .expect("no thread panicked while it counted"))
}

/// Trucks seen by three cameras, one after another.
fn soak_events(
    arguments: &Arguments,
    models: &Models,
    runtime: &'static Runtime,
) -> anyhow::Result<std::process::ExitCode> {
    let mut reader = Reader::new(models, runtime)?;
    let mut events = Events::default();
    let style = "{bar:40} {pos}/{len} trucks, {eta} left, {msg}";
    let bar = ProgressBar::new(arguments.count)
        .with_style(ProgressStyle::with_template(style).expect("the template is valid"));
    let end = arguments
        .minutes
        .map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    for at in 0..arguments.count {
        if end.is_some_and(|end| Instant::now() >= end) {
            break;
        }
        let seed = arguments.seed.wrapping_add(at);
        events.add(seed, &arguments.conditions.drawn(seed), &mut reader)?;
        bar.set_message(format!("{} accepted and wrong", events.wrong));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let text = events.markdown(arguments.seed, runtime.engine().name());
    print!("{text}");
    if let Some(file) = &arguments.out {
        std::fs::write(file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(std::process::ExitCode::from(u8::from(events.wrong > 0)))
}

/// Renders and reads the picture of a seed.
fn look(arguments: &Arguments, seed: u64, reader: &mut Reader) -> anyhow::Result<Looked> {
    let turn = usize::try_from(seed % 3).expect("less than 3");
    let scene = Scene::drawn(arguments.view.unwrap_or(View::ALL[turn]), seed);
    let conditions = arguments.conditions.drawn(seed);
    let start = Instant::now();
    let rendered = render(&scene, &conditions, seed);
    let render_ms = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let picture = Picture::decode(&rendered.jpeg, &Limits::default())
        .with_context(|| format!("picture of seed {seed}"))?;
    let mut truth = rendered.truth;
    let seen = if arguments.numbers_only {
        truth.retain(|one| one.kind == TruthKind::Number);
        let numbers = reader.container_numbers(&picture);
        numbers.map(|numbers| vision::Scene {
            numbers,
            plates: Vec::new(),
        })
    } else {
        reader.look(&picture)
    }
    .with_context(|| format!("picture of seed {seed}"))?;
    let read_ms = start.elapsed().as_secs_f64() * 1e3;
    Ok(Looked {
        seed,
        scene,
        conditions,
        truth,
        seen,
        render_ms,
        read_ms,
    })
}
