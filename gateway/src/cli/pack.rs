//! `kakou pack`: one passage's records, signed head and pictures → one file that proves them.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use domain::id::PassageId;
use domain::time::TimeSource;
use evidence_pack::manifest::PictureState;
use evidence_pack::{
    Anchor, Gathered, Gatherer, MadeBy, Maker, Manifest, Picture, TrustedKeys, verify_pack,
    write_pack,
};
use store::journal::{RealDisk, sealed_head};
use wire::signature::SigningKeyPair;

use super::check_config::load_or_explain;
use crate::clock::Clock;
use crate::config::Config;
use crate::eyes::album;
use crate::run::{EPOCH, key_bytes};

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
    let key = SigningKeyPair::from_seed(&key_bytes(&config.signing_key_file)?);
    let gathered = gather(&config, &passage)?;
    let made_at = Clock::new(TimeSource::Unsynchronised).now().utc.at;
    let maker = Maker {
        made_by: MadeBy::Gate,
        made_at,
        epoch: EPOCH,
        gate_key: key.public_key(),
        key: &key,
    };
    let manifest = write(&config, out, &maker, &gathered)?;
    // What cannot be proven here will not be proven in court.
    let keys = TrustedKeys {
        gates: vec![(Some(config.gate.to_string()), key.public_key())],
        region: None,
    };
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

/// The passage's records, up to the first signed head after them.
fn gather(config: &Config, passage: &PassageId) -> anyhow::Result<Gathered> {
    let mut reader = super::open_reader(config)?;
    let mut gatherer = Gatherer::new(config.gate.clone(), passage.clone());
    let mut next = reader.first_sequence();
    let bar = indicatif::ProgressBar::new_spinner().with_style(super::bar_style("records"));
    loop {
        let records = reader.read_from(next, 1_024, 16 << 20)?;
        let Some(last) = records.last() else { break };
        next = last.sequence + 1;
        for record in &records {
            gatherer.take(record.sequence, record.prev_hash, &record.payload)?;
        }
        bar.inc(records.len() as u64);
    }
    bar.finish_and_clear();
    let last = gatherer.last_sequence().with_context(|| {
        format!(
            "nothing of passage {passage} stands in the journal, which begins with record {}; \
             `kakou journal show` lists passages, and the region may have an older one",
            reader.first_sequence()
        )
    })?;
    let folder = config.directory.join("journal");
    let head = sealed_head(&RealDisk::open(&folder)?, last)?
        .with_context(|| format!("record {last} is not sealed yet; try again"))?;
    let anchor = Anchor::JournalSeal {
        sequence: head.sequence,
        hash: head.hash.to_string(),
        signature: hex::encode(head.signature),
    };
    Ok(gatherer.finish(Some(anchor))?)
}

/// Writes beside the file and moves it there when it is whole and on the disk.
fn write(
    config: &Config,
    out: &Path,
    maker: &Maker<'_>,
    gathered: &Gathered,
) -> anyhow::Result<Manifest> {
    let pictures = config.directory.join("pictures");
    let mut partial = out.as_os_str().to_owned();
    partial.push(".part");
    let partial = PathBuf::from(partial);
    let write = || -> anyhow::Result<Manifest> {
        let mut file = BufWriter::new(File::create(&partial)?);
        let mut source = |sha256: &_| {
            let kept = album::find(&pictures, sha256)?
                .map(std::fs::read)
                .transpose()?;
            Ok(kept.map_or(Picture::Missing, Picture::Kept))
        };
        let manifest = write_pack(&mut file, maker, gathered, &mut source)?;
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
