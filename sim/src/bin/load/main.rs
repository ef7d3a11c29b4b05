//! Thousands of gates on this machine against a clustered broker, several collectors and
//! PostgreSQL: how many events a second are stored, how late they are, how fast an outage is
//! worked off. Ends by itself; fails if an event is lost, doubled or out of order.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a report is what it prints, progress goes beside it"
)]

mod gate;
mod line;
mod phases;
mod report;
mod scene;
mod tally;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use phases::Size;

/// Plays a region's gates against real collectors, and measures.
#[derive(Debug, Parser)]
#[command(
    name = "load",
    version,
    about,
    after_help = "Examples:\n  make load-report                    # the full run, into docs/load-report.md\n  make load-report ARGS=--quick       # two minutes, printed\n  target/release/load --gates 500 --rate 200 --collectors 3"
)]
struct Arguments {
    /// Gates, each with keys and a connection of its own.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(10..=20_000))]
    gates: u32,
    /// Collectors that share them.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=16))]
    collectors: u32,
    /// Events a second of all gates together.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: u32,
    /// Seconds of live traffic that are measured.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(5..=3_600))]
    live_s: u64,
    /// Gates that are cut off.
    #[arg(long, default_value_t = 100)]
    cut: u32,
    /// Seconds of events that they have when they come back.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    outage_s: u64,
    /// Events that wait when all gates send at once.
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u32).range(100..=3_000_000))]
    flood: u32,
    /// A short run: 1,000 gates, 20 s, 50,000 events at once, unless given.
    #[arg(long)]
    quick: bool,
    /// Write the report into this file instead of printing it; not with --quick.
    #[arg(long)]
    write: Option<PathBuf>,
}

impl Arguments {
    fn size(&self, given: impl Fn(&str) -> bool) -> Size {
        let short = |name: &str, value: u64, quick: u64| {
            if self.quick && !given(name) {
                quick
            } else {
                value
            }
        };
        let number = |value: u64| usize::try_from(value).expect("bounded to 32 bits");
        let gates = number(short("gates", self.gates.into(), 1_000));
        Size {
            gates,
            collectors: number(self.collectors.into()),
            rate: f64::from(self.rate),
            live: Duration::from_secs(short("live_s", self.live_s, 20)),
            cut: number(self.cut.into()).clamp(1, gates / 2),
            outage: Duration::from_secs(self.outage_s),
            flood: number(short("flood", self.flood.into(), 50_000)).max(gates),
        }
    }
}

fn main() -> ExitCode {
    let matches = <Arguments as clap::CommandFactory>::command().get_matches();
    let given =
        |name: &str| matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
    let arguments = match <Arguments as clap::FromArgMatches>::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let size = arguments.size(given);
    match run(&arguments, size) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// `false` if a bar was missed.
fn run(arguments: &Arguments, size: Size) -> anyhow::Result<bool> {
    let program = std::env::current_exe().context("where this program is")?;
    let programs = program.parent().context("a program lies in a folder")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let measured = runtime.block_on(phases::run(programs, size))?;
    let text = measured.text();
    match &arguments.write {
        Some(file) if !arguments.quick => {
            std::fs::write(file, &text)
                .with_context(|| format!("cannot write {}", file.display()))?;
            println!("wrote {}", file.display());
        }
        Some(_) | None => print!("{text}"),
    }
    Ok(measured.store_ratio() >= report::STORE_BAR
        && measured.catch_up_ratio() >= report::CATCH_UP_BAR)
}
