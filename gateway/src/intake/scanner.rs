//! A scan's files in a watched folder → a scan to be examined. The note (JSON) names the others,
//! which may come after it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use device_codecs::envelope::{ScanFiles, decode_scan_files};
use domain::time::Now;
use vision::Limits;

use super::Intake;
use super::folder::{SIDECAR_BYTES_MAX, read_bounded};
use crate::eyes::scan::Scanned;
use crate::eyes::{Eyes, Handed, Source, Tally};

/// Looks at the folder for which a note waits for its images: a minute.
const LOOKS_MAX: u32 = 120;
/// Notes that may wait for their images.
const WAITING_MAX: usize = 256;

/// What became of a note.
pub(super) enum Outcome {
    /// Handed over, and these images are kept as evidence.
    Taken(Vec<PathBuf>),
    /// Looked at again next time.
    Waits,
    /// Refused, in words.
    Refused(String),
}

/// A scanner whose images are examined here.
pub(super) struct Scanner {
    eyes: Eyes,
    source: Source,
    waiting: BTreeMap<PathBuf, u32>,
}

impl Scanner {
    pub(super) fn new(intake: &Intake, eyes: Eyes) -> Self {
        Self {
            eyes,
            source: Source {
                device: intake.setup.id.clone(),
                lane: intake.lane.clone(),
                tally: Arc::new(Tally::default()),
            },
            waiting: BTreeMap::new(),
        }
    }

    /// Takes the scan that `note` names.
    pub(super) async fn take(&mut self, folder: &Path, note: &Path, at: Now) -> Outcome {
        let files = match read_note(note).await {
            Ok(files) => files,
            Err(cause) => return Outcome::Refused(cause),
        };
        let named = [Some(&files.high), files.low.as_ref(), Some(&files.geometry)];
        for name in named.into_iter().flatten() {
            if !tokio::fs::try_exists(folder.join(name))
                .await
                .unwrap_or(false)
            {
                return self.wait(note, name);
            }
        }
        self.waiting.remove(note);
        let scanned = match self.read(folder, &files, at).await {
            Ok(scanned) => scanned,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        match self.eyes.examine(scanned).await {
            Handed::NoRoom => Outcome::Waits,
            Handed::NotKept => Outcome::Taken(Vec::new()),
            Handed::Kept => {
                let images = [Some(files.high), files.low].into_iter().flatten();
                Outcome::Taken(images.map(|name| folder.join(name)).collect())
            }
        }
    }

    fn wait(&mut self, note: &Path, name: &str) -> Outcome {
        let looks = self.waiting.entry(note.to_owned()).or_insert(0);
        *looks += 1;
        if *looks <= LOOKS_MAX && self.waiting.len() <= WAITING_MAX {
            return Outcome::Waits;
        }
        self.waiting.remove(note);
        Outcome::Refused(format!("{name}, which the note names, does not come"))
    }

    async fn read(&self, folder: &Path, files: &ScanFiles, at: Now) -> std::io::Result<Scanned> {
        let limits = Limits::of_scans();
        let high = read_bounded(&folder.join(&files.high), limits.file_len as u64).await?;
        let low = match &files.low {
            Some(low) => Some(read_bounded(&folder.join(low), limits.file_len as u64).await?),
            None => None,
        };
        Ok(Scanned {
            source: self.source.clone(),
            container: files.container.clone(),
            plate: files.plate.clone(),
            captured_at: files.captured_at,
            at,
            high,
            low,
            geometry: read_bounded(&folder.join(&files.geometry), SIDECAR_BYTES_MAX).await?,
            kept: None,
        })
    }
}

async fn read_note(note: &Path) -> Result<ScanFiles, String> {
    let bytes = read_bounded(note, SIDECAR_BYTES_MAX)
        .await
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "no UTF-8 text".to_owned())?;
    decode_scan_files(&text).map_err(|error| error.to_string())
}
