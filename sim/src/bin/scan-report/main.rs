//! Examines generated scans of seeds and ranges that nothing was trained or set with, and prints
//! what was found, missed and wrongly reported.

mod figures;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use sim::scanner::{Goods, Order, Ranges, geometry, scan};
use vision::scan::Examiner;
use vision::{EngineChoice, Models, Runtime};

use figures::Figures;

/// First seed of evaluation; training uses 1 and validation 2.
const SEED: u64 = 910_001;

/// Figures of the examiner on unseen generated scans.
#[derive(Debug, Parser)]
#[command(
    name = "scan-report",
    version,
    about,
    after_help = "Examples:
  scan-report                        figures of 2800 scans, a few minutes
  scan-report --count 280            a quick look
  scan-report --write docs           writes scan-report.md and its pictures there
  scan-report --engine tract         with the pure-Rust engine"
)]
struct Arguments {
    /// Seed of the set.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Scans in all.
    #[arg(long, default_value_t = 2_800)]
    count: u64,
    /// Folder for the report and its pictures; nothing is written without it.
    #[arg(long)]
    write: Option<PathBuf>,
    /// `best` or `tract`.
    #[arg(long, default_value = "best")]
    engine: String,
    /// Draw from the ranges of training instead, with a seed of its own.
    #[arg(long)]
    known: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scan-report: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a report is what it prints")]
fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let choice = match arguments.engine.as_str() {
        "best" => EngineChoice::Best,
        "tract" => EngineChoice::Tract,
        other => anyhow::bail!("no engine is called {other:?}: best or tract"),
    };
    let runtime = Runtime::start(&choice).context("no engine starts")?;
    let models = Models::read(&Models::default_folder()?)?;
    if let Some(why) = models.scan_left_out() {
        eprintln!("scan-report: without the network: {why}");
    }
    let mut examiner = Examiner::load(&models, runtime)?;
    let ranges = if arguments.known {
        Ranges::training()
    } else {
        Ranges::evaluation()
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} scans, {eta} left")
        .context("the progress bar has a wrong template")?;
    let bar = ProgressBar::new(arguments.count).with_style(style);
    let mut figures = Figures::default();
    for index in 0..arguments.count {
        let order = order(index);
        let made = scan(arguments.seed, index, order, &ranges);
        let image = made.image(geometry(Some(made.truth.steel_box.length_mm))?);
        figures.examine(&mut examiner, order, &made.truth, &image)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let engine = runtime.engine().name();
    let report = text::report(&figures, arguments.seed, arguments.count, engine);
    println!("{report}");
    if let Some(folder) = &arguments.write {
        let path = folder.join("scan-report.md");
        std::fs::write(&path, text::page(&report, &figures))
            .with_context(|| format!("cannot write {}", path.display()))?;
        for (name, png) in figures.pictures() {
            let path = folder.join(name);
            std::fs::write(&path, png)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

/// A quarter empty, an eighth with a small load, and all goods in turn, as declared and with
/// something hidden.
fn order(index: u64) -> Order {
    let goods = Goods::ALL[(index / 8) as usize % Goods::ALL.len()];
    match index % 8 {
        0 | 1 => Order::Empty,
        2 => Order::SmallLoad,
        3 | 4 => Order::Loaded(goods),
        _ => Order::Hidden(goods),
    }
}
