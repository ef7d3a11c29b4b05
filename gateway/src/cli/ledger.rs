//! `kakou ledger`: takes rows in, all or nothing; shows what the gate holds.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use domain::digest::Digest;
use domain::ledger_row::Row;
use domain::time::TimeSource;
use ledger::import::Importer;
use ledger::rows::LedgerRows as _;
use sha2::Digest as _;
use standards::manifest::{ManifestError, ManifestRead, Note};
use standards::{cuscar, mt1401};

use super::check_config::load_or_explain;
use crate::clock::Clock;
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

/// What a file holds, by how it begins.
enum Content {
    Lines,
    Cuscar,
    Mt1401,
}

pub(super) fn import(config: &Path, file: &Path, zone_minutes: i16) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let (rows, sha256) = match content(file)? {
        Content::Lines => rows_of_lines(file)?,
        Content::Cuscar => rows_of_message(file, zone_minutes, cuscar::read)?,
        Content::Mt1401 => rows_of_message(file, zone_minutes, mt1401::read)?,
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

fn content(file: &Path) -> anyhow::Result<Content> {
    let mut head = Vec::new();
    std::fs::File::open(file)
        .with_context(|| format!("cannot open {}", file.display()))?
        .take(512)
        .read_to_end(&mut head)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let text = String::from_utf8_lossy(&head);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let is_message = ["UNA", "UNB", "UNH"]
        .iter()
        .any(|tag| text.starts_with(tag));
    Ok(match (is_message, text.starts_with('<')) {
        (true, _) => Content::Cuscar,
        (false, true) => Content::Mt1401,
        (false, false) => Content::Lines,
    })
}

/// Reads a message of a size and a zone.
type ReadMessage = fn(&[u8], i16) -> Result<(ManifestRead, Vec<Note>), ManifestError>;

fn rows_of_message(
    file: &Path,
    zone_minutes: i16,
    read: ReadMessage,
) -> anyhow::Result<(Vec<Row>, Digest)> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .with_context(|| format!("cannot open {}", file.display()))?
        .take(cuscar::BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let refused = || format!("{}: nothing was taken in", file.display());
    let (manifest, mut notes) = read(&bytes, zone_minutes).with_context(refused)?;
    let rows = manifest.into_rows(&mut notes).with_context(refused)?;
    for note in notes.iter().take(ERRORS_SHOWN) {
        eprintln!("{}: {}: {}", file.display(), note.place, note.text);
    }
    Ok((rows, Digest(sha2::Sha256::digest(&bytes).into())))
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
