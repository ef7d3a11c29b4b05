//! `kakou ledger`: takes rows and messages in, all or nothing; shows what the gate holds.

mod messages;

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use domain::digest::Digest;
use domain::ledger_row::Row;
use domain::time::{TimeSource, Timestamp};
use ledger::import::Importer;
use ledger::rows::LedgerRows as _;
use sha2::Digest as _;

use self::messages::Taken;
use super::check_config::load_or_explain;
use crate::clock::Clock;
use crate::config::Config;
use crate::ledger_rows;

/// Errors and notes that are printed of one file.
const ERRORS_SHOWN: usize = 20;

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

pub(super) fn import(config: &Path, file: &Path, zone_minutes: i16) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let now = Clock::new(TimeSource::Unsynchronised).now().utc.at;
    if is_message(file)? {
        return match messages::take(&config, file, zone_minutes, now)? {
            Taken::Rows(rows, sha256) => add(&config, rows, now, sha256),
            Taken::Notice => Ok(ExitCode::SUCCESS),
        };
    }
    let (rows, sha256) = rows_of_lines(file)?;
    let count = rows.len();
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

/// A manifest joins what the ledger holds; rows that are as new or newer there stay.
fn add(
    config: &Config,
    rows: Vec<Row>,
    now: Timestamp,
    sha256: Digest,
) -> anyhow::Result<ExitCode> {
    let added = ledger_rows::add(config, rows, now)?;
    println!(
        "{} rows taken in, ledger revision {}, file sha256 {sha256}",
        added.taken, added.revision.revision
    );
    if added.kept > 0 {
        println!(
            "{} rows left as they are: the ledger has them as new or newer",
            added.kept
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a file is a message of another system, by how it begins; else it is JSON Lines.
fn is_message(file: &Path) -> anyhow::Result<bool> {
    let mut head = Vec::new();
    std::fs::File::open(file)
        .with_context(|| format!("cannot open {}", file.display()))?
        .take(512)
        .read_to_end(&mut head)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let text = text_of(&head);
    let mut tags = ["UNA", "UNB", "UNH", "<"].iter();
    Ok(tags.any(|tag| text.starts_with(tag)))
}

/// The first 512 bytes without byte order mark and blanks before them.
fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    text.to_owned()
}

fn rows_of_lines(file: &Path) -> anyhow::Result<(Vec<Row>, Digest)> {
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
            for error in errors.iter().take(ERRORS_SHOWN) {
                eprintln!("{}:{error}", file.display());
            }
            anyhow::bail!(
                "{} error(s) in {}, nothing was taken in",
                errors.len(),
                file.display()
            );
        }
    };
    Ok((rows, sha256))
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
