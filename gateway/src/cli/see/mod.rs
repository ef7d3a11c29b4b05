//! `kakou see`: pictures, scans or folders of them → what stands in them, on the terminal, as JSON,
//! and drawn on copies.

mod files;
mod scan;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};
use vision::scan::Examiner;
use vision::{
    CharacterSeen, EngineChoice, Limits, Mark, Models, NumberSeen, Picture, PlateSeen, Reader,
    Runtime,
};

use self::files::{Item, items};
use crate::eyes::describe::{Times, describe};

/// Numbers less probable than this are neither printed nor drawn.
const SHOWN_MIN: f32 = 0.05;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Pictures (JPEG, PNG, TIFF, WebP), notes of scans (JSON), or folders with them.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write copies with frames around what was seen into this folder.
    #[arg(long, value_name = "DIR")]
    annotate: Option<PathBuf>,
    /// Print one JSON object a picture or scan.
    #[arg(long)]
    json: bool,
    /// What to look for.
    #[arg(long, value_enum, default_value_t = LookFor::All)]
    look_for: LookFor,
    /// Folder of the networks.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// ONNX Runtime library to use, or `none` for the pure-Rust engine.
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LookFor {
    /// Container numbers and plates.
    All,
    /// Container numbers.
    Containers,
    /// Plates somewhere in the picture.
    Plates,
    /// One plate, which fills the picture.
    PlateCrop,
}

/// What reads pictures and what examines scans.
struct Pair {
    reader: Reader,
    examiner: Examiner,
}

/// What one picture showed.
struct Seen {
    picture: Picture,
    numbers: Vec<NumberSeen>,
    plates: Vec<PlateSeen>,
    decode_ms: f64,
    read_ms: f64,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let items = items(&arguments.files)?;
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
    let mut eyes = Pair {
        reader: Reader::new(&models, runtime)?,
        examiner: Examiner::load(&models, runtime)?,
    };
    if let Some(folder) = &arguments.annotate {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    // The bar goes to a terminal only, so that a pipe stays clean.
    let bar = indicatif::ProgressBar::new(items.len() as u64).with_style(super::bar_style("files"));
    if items.len() < 4 {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let mut failed = 0_u64;
    for (at, item) in items.iter().enumerate() {
        let file = item.path();
        let outcome = see(&mut eyes, item, arguments, runtime).and_then(|(text, drawn)| {
            bar.suspend(|| println!("{text}"));
            match (&arguments.annotate, drawn) {
                (Some(folder), Some(png)) => {
                    let target = folder.join(annotated_name(at, file));
                    std::fs::write(&target, png)
                        .with_context(|| format!("cannot write {}", target.display()))
                }
                (Some(_), None) | (None, _) => Ok(()),
            }
        });
        if let Err(error) = outcome {
            failed += 1;
            let said = format!("{}: {error:#}", file.display());
            if arguments.json {
                let line =
                    json!({"file": file.display().to_string(), "error": format!("{error:#}")});
                bar.suspend(|| println!("{line}"));
            }
            bar.suspend(|| eprintln!("{said}"));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        eprintln!("{failed} of {} files could not be read", items.len());
        ExitCode::from(1)
    })
}

/// What is printed of a file, and its copy with frames if one is asked for.
fn see(
    eyes: &mut Pair,
    item: &Item,
    arguments: &Arguments,
    runtime: &Runtime,
) -> anyhow::Result<(String, Option<Vec<u8>>)> {
    let file = item.path();
    let draws = arguments.annotate.is_some();
    match item {
        Item::Picture(_) => {
            let seen = look(&mut eyes.reader, file, arguments.look_for)?;
            let text = if arguments.json {
                as_json(file, &seen, runtime).to_string()
            } else {
                as_text(file, &seen)
            };
            Ok((text, draws.then(|| annotated(&seen)).transpose()?))
        }
        Item::Scan(..) => {
            let seen = scan::examine(&mut eyes.examiner, item)?;
            let text = if arguments.json {
                scan::as_json(file, &seen, runtime).to_string()
            } else {
                scan::as_text(file, &seen)
            };
            Ok((text, draws.then(|| scan::annotated(&seen)).transpose()?))
        }
    }
}

fn look(reader: &mut Reader, file: &Path, look_for: LookFor) -> anyhow::Result<Seen> {
    let limits = Limits::default();
    let len = std::fs::metadata(file).context("cannot be opened")?.len();
    anyhow::ensure!(
        len <= limits.file_len as u64,
        "the file has {len} bytes, at most {} are taken",
        limits.file_len
    );
    let bytes = std::fs::read(file).context("cannot be read")?;
    let start = Instant::now();
    let picture = Picture::decode(&bytes, &limits)?;
    let decode_ms = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let (numbers, plates) = match look_for {
        LookFor::All => {
            let scene = reader.look(&picture)?;
            (scene.numbers, scene.plates)
        }
        LookFor::Containers => (reader.container_numbers(&picture)?, Vec::new()),
        LookFor::Plates => (Vec::new(), reader.plates(&picture)?),
        LookFor::PlateCrop => {
            let plate = reader.plate_crop(&picture)?;
            (Vec::new(), plate.into_iter().collect())
        }
    };
    Ok(Seen {
        picture,
        numbers,
        plates,
        decode_ms,
        read_ms: start.elapsed().as_secs_f64() * 1e3,
    })
}

fn as_text(file: &Path, seen: &Seen) -> String {
    let mut lines = vec![format!(
        "{}: {} x {}, decoded in {:.0} ms, read in {:.0} ms",
        file.display(),
        seen.picture.width(),
        seen.picture.height(),
        seen.decode_ms,
        seen.read_ms
    )];
    // What is next to impossible is left to --json.
    for number in seen
        .numbers
        .iter()
        .filter(|one| one.confidence >= SHOWN_MIN)
    {
        lines.push(format!(
            "  container {}{}  confidence {:.3}  {}",
            number.number,
            number
                .size_type
                .as_ref()
                .map_or_else(String::new, |code| format!(" {code}")),
            number.confidence,
            verdict(number.accepted)
        ));
        lines.extend(number.doubts.iter().map(|doubt| format!("    {doubt}")));
        lines.extend(weakest(&number.characters));
    }
    for plate in &seen.plates {
        lines.push(format!(
            "  plate {} ({})  confidence {:.3}  {}",
            plate.plate,
            plate.kind.name(),
            plate.confidence,
            verdict(plate.accepted)
        ));
        lines.extend(weakest(&plate.characters));
    }
    if lines.len() == 1 {
        lines.push("  nothing read".to_owned());
    }
    lines.join("\n")
}

fn verdict(accepted: bool) -> &'static str {
    if accepted { "accepted" } else { "second look" }
}

/// The character that is least sure, when it is worth a word.
fn weakest(characters: &[CharacterSeen]) -> Option<String> {
    let (at, weakest) = characters
        .iter()
        .enumerate()
        .min_by(|a, b| a.1.confidence.total_cmp(&b.1.confidence))?;
    let other = weakest.runner_up?;
    (weakest.confidence < 0.95).then(|| {
        format!(
            "    character {}: {} {:.2}, or {other}",
            at + 1,
            weakest.character,
            weakest.confidence
        )
    })
}

fn as_json(file: &Path, seen: &Seen, runtime: &Runtime) -> Value {
    let times = Times {
        decode_ms: seen.decode_ms,
        read_ms: seen.read_ms,
    };
    let engine = runtime.engine().name();
    let mut value = describe(&seen.picture, &seen.numbers, &seen.plates, engine, times);
    value["file"] = file.display().to_string().into();
    value
}

/// Numbered, because two folders may hold files of one name.
fn annotated_name(at: usize, file: &Path) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy());
    format!("{:04}-{}.png", at + 1, stem.unwrap_or_default())
}

fn annotated(seen: &Seen) -> anyhow::Result<Vec<u8>> {
    let likely = |one: &&NumberSeen| one.confidence >= SHOWN_MIN;
    let numbers = seen.numbers.iter().filter(likely).map(|one| Mark {
        region: one.region,
        label: format!("{} {:.2}", one.number, one.confidence),
        accepted: one.accepted,
    });
    let plates = seen.plates.iter().map(|one| Mark {
        region: one.region,
        label: format!("{} {:.2}", one.plate, one.confidence),
        accepted: one.accepted,
    });
    let marks: Vec<Mark> = numbers.chain(plates).collect();
    Ok(seen.picture.marked(&marks).to_png()?)
}
