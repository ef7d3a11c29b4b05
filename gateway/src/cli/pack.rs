//! `kakou pack`: one passage's records, signed head and pictures → one file that proves them.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use domain::id::PassageId;
use domain::time::{TimeSource, Timestamp};
use evidence_pack::manifest::PictureState;
use evidence_pack::{Gathered, Manifest, verify_pack};
use wire::signature::SigningKeyPair;

use super::check_config::load_or_explain;
use crate::clock::Clock;
use crate::gate_keys::key_bytes;
use crate::packer::Packer;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    /// Passage; `kakou journal show` lists them.
    #[arg(long)]
    passage: String,
    /// File to write; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(&arguments.config)?;
    let passage = PassageId::parse(&arguments.passage)
        .with_context(|| format!("--passage {}", arguments.passage))?;
    let out = &arguments.out;
    anyhow::ensure!(
        !out.exists(),
        "{} is there already; give another --out, packs are never overwritten",
        out.display()
    );
    let packer = Packer {
        gate: config.gate.clone(),
        journal: config.directory.join("journal"),
        pictures: config.directory.join("pictures"),
        key: SigningKeyPair::from_seed(&key_bytes(&config.signing_key_file)?),
    };
    let mut reader = super::open_reader(&config)?;
    let bar = indicatif::ProgressBar::new_spinner().with_style(super::bar_style("records"));
    let first = reader.first_sequence();
    let gathered = packer.gather(&mut reader, &passage, first, None, |records| {
        bar.inc(records as u64);
    });
    bar.finish_and_clear();
    let made_at = Clock::new(TimeSource::Unsynchronised).now().utc.at;
    let manifest = write(&packer, out, &gathered?, made_at)?;
    // What cannot be proven here will not be proven in court.
    let keys = packer.trusted();
    let file = File::open(out).with_context(|| format!("cannot read {}", out.display()))?;
    let report = verify_pack(BufReader::new(file), &keys)
        .with_context(|| format!("{} does not prove itself", out.display()))?;
    for problem in &report.problems {
        println!("NOT PROVEN {problem}");
    }
    tell(&manifest, out);
    if !report.is_whole() {
        println!(
            "the passage's beginning or end is not among its records: a later pack may hold more"
        );
    }
    Ok(if report.is_proven() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// Writes beside the file and moves it there when it is whole and on the disk.
fn write(
    packer: &Packer,
    out: &Path,
    gathered: &Gathered,
    made_at: Timestamp,
) -> anyhow::Result<Manifest> {
    let mut partial = out.as_os_str().to_owned();
    partial.push(".part");
    let partial = PathBuf::from(partial);
    let write = || -> anyhow::Result<Manifest> {
        let mut file = BufWriter::new(File::create(&partial)?);
        let manifest = packer.write(&mut file, gathered, made_at, true)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        std::fs::rename(&partial, out)?;
        Ok(manifest)
    };
    write().with_context(|| {
        // Half a pack is none.
        let _ = std::fs::remove_file(&partial);
        format!("cannot write {}", out.display())
    })
}

fn tell(manifest: &Manifest, out: &Path) {
    let count = |state| {
        let pictures = manifest.pictures.iter();
        pictures.filter(|picture| picture.state == state).count()
    };
    let run = &manifest.run;
    println!(
        "{} records of passage {}, in their places between {} and the seal at {}",
        manifest.events.len(),
        manifest.passage,
        run.first_sequence,
        run.last_sequence
    );
    println!(
        "{} pictures and scans; {} named and no longer kept, {} damaged",
        count(PictureState::Present),
        count(PictureState::Missing),
        count(PictureState::Damaged)
    );
    println!("written to {}", out.display());
    println!(
        "prove it anywhere: kakou-region verify-pack {} --gate-key GATE.pub",
        out.display()
    );
}
