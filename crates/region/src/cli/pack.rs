//! `kakou-region pack`: what is stored of a passage, with its pictures → one file that proves it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use domain::id::PassageId;
use evidence_pack::{Gathered, referenced, verify_pack};
use region::collector::Collector;
use region::config::Config;
use region::down_link::DownLink;
use region::event_store::EventStore;
use region::packer::{Packer, PackerError, Prepared};
use region::pictures::PictureFolder;
use region::pull::{Pulled, pull};
use region::questions::Questions;

use super::now;

/// What to pack, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    /// Passage; `kakou-region query` finds it.
    #[arg(long)]
    passage: String,
    /// Gate, as region/premises/gate, where several gates have a passage of this name.
    #[arg(long)]
    gate: Option<String>,
    /// File to write; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Ask the gate for the pictures that are not here, and wait for them.
    #[arg(long)]
    pull: bool,
    /// How long to wait for them at most.
    #[arg(long, default_value_t = 120, requires = "pull", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    wait_s: u64,
}

/// Packs a passage.
///
/// # Errors
/// In words.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let out = &arguments.out;
    anyhow::ensure!(
        !out.exists(),
        "{} is there already; give another --out, packs are never overwritten",
        out.display()
    );
    let config = Config::read(&arguments.config)?;
    let packer = config.packer()?;
    let passage = PassageId::parse(&arguments.passage)
        .with_context(|| format!("--passage {}", arguments.passage))?;
    let store = EventStore::open(&config.place).await?;
    let questions = Questions::of(store.database().clone());
    questions.catch_up(|_| ()).await?;
    let prepared = packer
        .prepare(&store, &passage, arguments.gate.as_deref(), now())
        .await
        .map_err(with_way_out)?;
    if arguments.pull {
        let folder = packer.pictures.as_ref().context(
            "--pull needs pictures_folder in the configuration: the folder where pictures are kept",
        )?;
        let mut collector = config.collector()?;
        // The store's word on keys goes before the configuration's.
        let active = DownLink::new(store.database()).active_keys(now()).await?;
        collector.gates.extend(active);
        let wait = Duration::from_secs(arguments.wait_s);
        pull_missing(&collector, &prepared.gathered, folder, wait).await?;
    }
    write(out, &packer, &prepared)?;
    // What cannot be proven here will not be proven in court.
    let file = File::open(out).with_context(|| format!("cannot read {}", out.display()))?;
    let report = verify_pack(BufReader::new(file), &packer.keys(&prepared))
        .with_context(|| format!("{} does not prove itself", out.display()))?;
    print!("{report}");
    println!("written to {}", out.display());
    println!(
        "prove it anywhere: kakou-region verify-pack {} --gate-key GATE.pub --region-key REGION.pub",
        out.display()
    );
    Ok(if report.is_proven() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// What to do about it, where something can be done here.
fn with_way_out(error: PackerError) -> anyhow::Error {
    let way = match &error {
        PackerError::Nothing { .. } => "kakou-region query finds passages",
        PackerError::Several { .. } => "say which with --gate",
        PackerError::Stranger { .. } => "list it in the configuration, or enrol it",
        PackerError::Store(_) | PackerError::Keys(_) | PackerError::Packing(_) => {
            return error.into();
        }
    };
    anyhow::anyhow!("{error}; {way}")
}

async fn pull_missing(
    collector: &Collector,
    gathered: &Gathered,
    folder: &PictureFolder,
    wait: Duration,
) -> anyhow::Result<()> {
    let mut named = BTreeSet::new();
    for record in &gathered.records {
        referenced(&record.event, &mut named);
    }
    let mut missing = BTreeSet::new();
    for sha256 in named {
        if folder.read(&sha256)?.is_none() {
            missing.insert(sha256);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let files = missing.len();
    eprintln!("asking gate {} for {files} pictures", gathered.gate);
    let mut told = files;
    let Pulled { kept, absent, late } = pull(
        collector,
        &gathered.gate,
        &missing,
        folder,
        wait,
        |progress| {
            if progress.left < told {
                told = progress.left;
                eprintln!(
                    "{} KiB received, {told} pictures left",
                    progress.bytes >> 10
                );
            }
        },
    )
    .await?;
    eprintln!(
        "{} came, {} are no longer kept at the gate, {} did not come in {} s",
        kept.len(),
        absent.len(),
        late.len(),
        wait.as_secs()
    );
    Ok(())
}

/// Writes beside the file and moves it there when it is whole and on the disk.
fn write(out: &Path, packer: &Packer, prepared: &Prepared) -> anyhow::Result<()> {
    let mut partial = out.as_os_str().to_owned();
    partial.push(".part");
    let partial = PathBuf::from(partial);
    let write = || -> anyhow::Result<()> {
        let mut file = BufWriter::new(File::create(&partial)?);
        packer.write(prepared, now(), &mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        std::fs::rename(&partial, out)?;
        Ok(())
    };
    write().with_context(|| {
        // Half a pack is none.
        let _ = std::fs::remove_file(&partial);
        format!("cannot write {}", out.display())
    })
}
