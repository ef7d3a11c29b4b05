//! A watched folder → readings, or pictures to be read. A file counts once it is finished: its
//! size stood still over two looks and its name does not end in .part, .tmp or .filepart. Polling,
//! because folders on network mounts announce nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use device_codecs::{Rejects, envelope};
use domain::device::DeviceState;
use domain::reading::Observation;
use domain::time::Now;

use super::Intake;
use super::camera::Camera;
use super::positions::{Positions, PositionsRefused, Taken};
use super::scanner::{Outcome, Scanner};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A sidecar is a few kilobytes; anything larger is not one.
pub(super) const SIDECAR_BYTES_MAX: u64 = 256 * 1024;
const FILES_A_LOOK_MAX: usize = 256;
/// Lines of the log for what was left out of one file.
const LEFT_OUT_LOGGED_MAX: usize = 8;
/// Files that can neither be read nor moved and are left where they are.
const LEFT_MAX: usize = 4_096;

/// What is taken from a folder.
pub(super) enum Drop {
    /// JSON reports.
    Reports,
    /// Pictures of a camera.
    Pictures(Camera),
    /// Images of a scanner, with a note each.
    Scans(Scanner),
    /// Messages of the position service.
    Positions(Positions),
}

impl Drop {
    fn endings(&self) -> &'static [&'static str] {
        match self {
            Self::Reports | Self::Scans(_) => &[".json"],
            Self::Pictures(_) => &[".jpg", ".jpeg", ".png"],
            Self::Positions(_) => &[".xml"],
        }
    }
}

struct Watch<'a> {
    intake: &'a Intake,
    folder: PathBuf,
    drop: Drop,
    sizes: BTreeMap<PathBuf, u64>,
    left: BTreeSet<PathBuf>,
    rejected: u64,
}

/// Runs until the daemon ends.
pub(super) async fn run(intake: &Intake, folder: PathBuf, drop: Drop) {
    let mut stop = intake.stop.clone();
    let mut state = None;
    let mut watch = Watch {
        intake,
        folder,
        drop,
        sizes: BTreeMap::new(),
        left: BTreeSet::new(),
        rejected: 0,
    };
    loop {
        match watch.look().await {
            Ok(finished) => {
                if state != Some(DeviceState::Live) {
                    state = Some(DeviceState::Live);
                    intake
                        .changed(DeviceState::Live, "", None, watch.rejected)
                        .await;
                }
                for file in finished {
                    watch.take(&file).await;
                }
            }
            Err(error) => {
                if state != Some(DeviceState::Lost) {
                    state = Some(DeviceState::Lost);
                    let cause = format!("cannot read {}: {error}", watch.folder.display());
                    intake
                        .changed(DeviceState::Lost, &cause, None, watch.rejected)
                        .await;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.requested() => return,
        }
    }
}

impl Watch<'_> {
    /// Finished files, oldest name first.
    async fn look(&mut self) -> std::io::Result<Vec<PathBuf>> {
        let mut entries = tokio::fs::read_dir(&self.folder).await?;
        let mut seen = BTreeMap::new();
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            let name = name.to_ascii_lowercase();
            let is_wanted = self.drop.endings().iter().any(|end| name.ends_with(end));
            if !is_wanted || self.left.contains(&path) || seen.len() >= FILES_A_LOOK_MAX {
                continue;
            }
            let metadata = entry.metadata().await?;
            if metadata.is_file() {
                seen.insert(path, metadata.len());
            }
        }
        let finished = seen
            .iter()
            .filter(|(p, len)| self.sizes.get(*p) == Some(*len))
            .map(|(p, _)| p.clone())
            .collect();
        self.sizes = seen;
        Ok(finished)
    }

    async fn take(&mut self, file: &Path) {
        let now = self.intake.clock.now();
        match &mut self.drop {
            Drop::Scans(scanner) => {
                let outcome = scanner.take(&self.folder, file, now).await;
                self.scan_taken(file, outcome).await;
            }
            Drop::Reports => self.take_report(file, now).await,
            Drop::Positions(positions) => {
                let taken = positions.take_file(file, now.utc.at).await;
                let rejects = positions.rejects().clone();
                self.positions_taken(file, taken, rejects, now).await;
            }
            Drop::Pictures(camera) => {
                let is_kept = match read_bounded(file, Camera::BYTES_MAX).await {
                    Ok(bytes) => camera.took(bytes, now, camera.capture()).await,
                    Err(error) => {
                        self.rejected += 1;
                        tracing::warn!(device = %self.intake.setup.id, file = %file.display(), %error, "not taken");
                        return self.put_away(file, "rejected").await;
                    }
                };
                // What is kept under its hash need not stay; what is not, must.
                if is_kept {
                    if let Err(error) = tokio::fs::remove_file(file).await {
                        self.leave(file, &error);
                    }
                } else {
                    self.put_away(file, "taken").await;
                }
            }
        }
    }

    /// A message that was taken whole is in the journeys now. Whatever was left out of it, it stays
    /// for somebody to look at.
    async fn positions_taken(
        &mut self,
        file: &Path,
        taken: Result<Taken, PositionsRefused>,
        rejects: Rejects,
        now: Now,
    ) {
        let device = &self.intake.setup.id;
        let (journeys, left_out) = match taken {
            Ok(taken) => (taken.journeys, taken.left_out),
            Err(refusal) => (Vec::new(), vec![refusal.to_string()]),
        };
        for why in left_out.iter().take(LEFT_OUT_LOGGED_MAX) {
            tracing::warn!(%device, file = %file.display(), why, "not taken");
        }
        self.rejected = rejects.total();
        let health = &self.intake.health;
        health.frames(device, journeys.len() as u64, self.rejected, now.utc.at);
        health.rejects(device, rejects);
        for journey in journeys {
            self.intake
                .observed(Observation::Journey(journey), now)
                .await;
        }
        if !left_out.is_empty() {
            self.put_away(file, "rejected").await;
        } else if let Err(error) = tokio::fs::remove_file(file).await {
            self.leave(file, &error);
        }
    }

    async fn scan_taken(&mut self, note: &Path, outcome: Outcome) {
        match outcome {
            Outcome::Waits => {}
            Outcome::Taken(images) => {
                // The note last: with it gone, the images would be nobody's.
                for image in images {
                    if let Err(error) = tokio::fs::remove_file(&image).await {
                        self.leave(&image, &error);
                    }
                }
                self.put_away(note, "taken").await;
            }
            Outcome::Refused(cause) => {
                self.rejected += 1;
                let (device, now) = (&self.intake.setup.id, self.intake.clock.now());
                tracing::warn!(%device, file = %note.display(), cause, "not taken");
                self.intake
                    .health
                    .frames(device, 0, self.rejected, now.utc.at);
                self.put_away(note, "rejected").await;
            }
        }
    }

    /// Reads one file; what cannot be read goes to `rejected/` with its name, never lost.
    async fn take_report(&mut self, file: &Path, now: Now) {
        let observations = match report(file).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(device = %self.intake.setup.id, file = %file.display(), error, "not taken");
                Vec::new()
            }
        };
        if observations.is_empty() {
            self.rejected += 1;
        }
        self.intake.health.frames(
            &self.intake.setup.id,
            observations.len() as u64,
            self.rejected,
            now.utc.at,
        );
        let target = if observations.is_empty() {
            "rejected"
        } else {
            "taken"
        };
        for observation in observations {
            self.intake.observed(observation, now).await;
        }
        self.put_away(file, target).await;
    }

    async fn put_away(&mut self, file: &Path, target: &str) {
        let target = self.folder.join(target);
        let moved = async {
            tokio::fs::create_dir_all(&target).await?;
            tokio::fs::rename(file, target.join(file.file_name().unwrap_or_default())).await
        };
        if let Err(error) = moved.await {
            self.leave(file, &error);
        }
    }

    /// A file that cannot be moved stays as it is and is not looked at again.
    fn leave(&mut self, file: &Path, error: &std::io::Error) {
        tracing::error!(file = %file.display(), %error, "file cannot be moved away and is left");
        if self.left.len() >= LEFT_MAX {
            self.left.pop_first();
        }
        self.left.insert(file.to_owned());
    }
}

async fn report(file: &Path) -> Result<Vec<Observation>, String> {
    let bytes = read_bounded(file, SIDECAR_BYTES_MAX)
        .await
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "no UTF-8 text".to_owned())?;
    envelope::decode_sidecar(&text).map_err(|error| error.to_string())
}

/// A file, if it is no longer than that.
pub(super) async fn read_bounded(file: &Path, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let len = tokio::fs::metadata(file).await?.len();
    if len > bytes_max {
        let text = format!("{len} bytes, at most {bytes_max} are taken");
        return Err(std::io::Error::other(text));
    }
    tokio::fs::read(file).await
}
