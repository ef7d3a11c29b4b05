//! `kakou ledger`: takes rows in, all or nothing; shows what the gate holds.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use domain::digest::Digest;
use domain::time::TimeSource;
use ledger::import::Importer;
use ledger::rows::LedgerRows as _;
use sha2::Digest as _;

use super::check_config::load_or_explain;
use crate::clock::Clock;
use crate::ledger_rows;

/// Hashes what passes through.
struct Hashing<R> {
    inner: R,
    hash: sha2::Sha256,
    bytes: indicatif::ProgressBar,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = self.inner.read(buffer)?;
        self.hash.update(&buffer[..len]);
        self.bytes.inc(len as u64);
        Ok(len)
    }
}

pub(super) fn import(config: &Path, file: &Path) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let opened =
        std::fs::File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let bar = indicatif::ProgressBar::new(opened.metadata()?.len());
    bar.set_style(super::bytes_style());
    let mut reader = BufReader::with_capacity(
        1 << 20,
        Hashing {
            inner: opened,
            hash: sha2::Sha256::new(),
            bytes: bar.clone(),
        },
    );
    let mut importer = Importer::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let len = reader
            .by_ref()
            .take(Importer::LINE_BYTES_MAX as u64 + 1)
            .read_until(b'\n', &mut line)
            .with_context(|| format!("cannot read {}", file.display()))?;
        if len == 0 || !importer.line(&line) {
            break;
        }
    }
    bar.finish_and_clear();
    let sha256 = Digest(reader.into_inner().hash.finalize().into());
    let rows = match importer.finish() {
        Ok(rows) => rows,
        Err(errors) => {
            for error in errors.iter().take(20) {
                eprintln!("{}:{error}", file.display());
            }
            anyhow::bail!(
                "{} error(s) in {}, nothing was taken in",
                errors.len(),
                file.display()
            );
        }
    };
    let count = rows.len();
    let now = Clock::new(TimeSource::Unsynchronised).now().utc.at;
    let spinner = indicatif::ProgressBar::new_spinner().with_message("writing the snapshot");
    spinner.enable_steady_tick(std::time::Duration::from_millis(100));
    let revision = ledger_rows::import(&config, rows, now)?;
    spinner.finish_and_clear();
    println!(
        "{count} rows taken in, ledger revision {}, file sha256 {sha256}",
        revision.revision
    );
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show(config: &Path) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let (ledger, rebuilt) = ledger_rows::open(&config)?;
    match ledger.rows().revision() {
        Some(revision) => println!(
            "revision {}, hash {}, vouched for at {}, {} rows",
            revision.revision,
            revision.hash,
            revision.synced_at,
            ledger.rows().row_count()
        ),
        None => println!("the ledger is empty; `kakou ledger import` or the region fills it"),
    }
    if rebuilt {
        println!("note: the tables had been lost or damaged and were rebuilt");
    }
    Ok(ExitCode::SUCCESS)
}
