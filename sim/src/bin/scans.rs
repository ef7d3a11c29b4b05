//! Writes generated scans of containers: files as a scanner's computer writes them, or a
//! training set of plain numbers.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use device_codecs::envelope::{ScanFiles, encode_scan_files};
use domain::time::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};
use sim::scanner::{Lesson, Ranges, Scan, geometry, lesson, order, scan};

/// Examples that are made before they are written.
const BATCH: u64 = 64;

/// Generated scans of containers with a known truth.
#[derive(Debug, Parser)]
#[command(
    name = "scans",
    version,
    about,
    after_help = "Examples:
  scans --seed 1 --count 12 --out /tmp/scans             note, two PNG files, sidecar and truth each
  scans --seed 1 --count 12 --out /tmp/scans --unseen    of the ranges that evaluation uses
  scans --seed 1 --count 6000 --out /tmp/train --raw     canvases.u16, masks.u8, labels.f32

The same seed writes the same bytes on every machine."
)]
struct Arguments {
    /// Seed of the set.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Scans.
    #[arg(long, default_value_t = 12)]
    count: u64,
    /// First index of the seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Folder to write to; it is made.
    #[arg(long)]
    out: PathBuf,
    /// Write a training set instead of files.
    #[arg(long)]
    raw: bool,
    /// Draw from the ranges of evaluation.
    #[arg(long)]
    unseen: bool,
    /// Threads for a training set.
    #[arg(long, default_value_t = 1)]
    threads: u64,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scans: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let out = &arguments.out;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let ranges = if arguments.unseen {
        Ranges::evaluation()
    } else {
        Ranges::training()
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} scans, {eta} left")
        .context("the progress bar has a wrong template")?;
    let bar = ProgressBar::new(arguments.count).with_style(style);
    if arguments.raw {
        write_lessons(arguments, &ranges, &bar)?;
    } else {
        for index in arguments.from..arguments.from + arguments.count {
            let scan = scan(arguments.seed, index, order(arguments.seed, index), &ranges);
            write_scan(out, index, &scan)?;
            bar.inc(1);
        }
    }
    bar.finish();
    Ok(())
}

fn write_scan(out: &Path, index: u64, scan: &Scan) -> anyhow::Result<()> {
    let files = scan.files();
    let name = |end: &str| out.join(format!("scan-{index:06}{end}"));
    let truth = format!("{}\n", scan.truth.in_words());
    let file = |end: &str| format!("scan-{index:06}{end}");
    let note = encode_scan_files(&ScanFiles {
        container: None,
        plate: None,
        captured_at: Timestamp::from_micros(0),
        high: file("-high.png"),
        low: Some(file("-low.png")),
        geometry: file(".toml"),
    });
    for (path, bytes) in [
        (name(".json"), note.as_slice()),
        (name("-high.png"), files.high_png.as_slice()),
        (name("-low.png"), files.low_png.as_slice()),
        (name(".toml"), files.sidecar.as_bytes()),
        (name(".truth.txt"), truth.as_bytes()),
    ] {
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn write_lessons(arguments: &Arguments, ranges: &Ranges, bar: &ProgressBar) -> anyhow::Result<()> {
    let geometry = geometry(None)?;
    let open = |name: &str| {
        let path = arguments.out.join(name);
        let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()));
        file.map(BufWriter::new)
    };
    let (mut canvases, mut masks, mut labels) = (
        open("canvases.u16")?,
        open("masks.u8")?,
        open("labels.f32")?,
    );
    let end = arguments.from + arguments.count;
    let threads = arguments.threads.clamp(1, 64);
    let mut missed = 0;
    let mut from = arguments.from;
    while from < end {
        let to = (from + BATCH).min(end);
        let share = (to - from).div_ceil(threads);
        let batch: Vec<Option<Lesson>> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|thread| {
                    let range =
                        (from + thread * share).min(to)..(from + (thread + 1) * share).min(to);
                    let geometry = &geometry;
                    scope.spawn(move || {
                        range
                            .map(|index| lesson(arguments.seed, index, ranges, geometry))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().expect("a worker does not panic"))
                .collect()
        });
        for one in &batch {
            match one {
                Some(lesson) => lesson.write(&mut canvases, &mut masks, &mut labels)?,
                None => missed += 1,
            }
        }
        bar.inc(to - from);
        from = to;
    }
    for file in [&mut canvases, &mut masks, &mut labels] {
        file.flush().context("cannot finish a file")?;
    }
    if missed > 0 {
        eprintln!("scans: no container found in {missed} scans; they are left out");
    }
    Ok(())
}
