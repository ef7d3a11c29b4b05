//! A watched folder → readings. A file counts once it is finished: its size stood still over two
//! looks and its name does not end in .part, .tmp or .filepart. Polling, because folders on
//! network mounts announce nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use device_codecs::envelope;
use domain::device::DeviceState;

use super::Intake;

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A sidecar is a few kilobytes; anything larger is not one.
const FILE_BYTES_MAX: u64 = 256 * 1024;
const FILES_A_LOOK_MAX: usize = 256;

/// Runs until the daemon ends.
pub(super) async fn run(intake: &Intake, folder: PathBuf) {
    let mut stop = intake.stop.clone();
    let mut sizes: BTreeMap<PathBuf, u64> = BTreeMap::new();
    let mut rejected = 0_u64;
    let mut state = None;
    loop {
        match look(&folder, &mut sizes).await {
            Ok(finished) => {
                if state != Some(DeviceState::Live) {
                    state = Some(DeviceState::Live);
                    intake.changed(DeviceState::Live, "", None, rejected).await;
                }
                for file in finished {
                    take(intake, &folder, &file, &mut rejected).await;
                }
            }
            Err(error) => {
                if state != Some(DeviceState::Lost) {
                    state = Some(DeviceState::Lost);
                    let cause = format!("cannot read {}: {error}", folder.display());
                    intake
                        .changed(DeviceState::Lost, &cause, None, rejected)
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

/// Finished files, oldest name first.
async fn look(folder: &Path, sizes: &mut BTreeMap<PathBuf, u64>) -> std::io::Result<Vec<PathBuf>> {
    let mut entries = tokio::fs::read_dir(folder).await?;
    let mut seen = BTreeMap::new();
    while let Some(entry) = entries.next_entry().await? {
        let path = entry.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        let unfinished = [".part", ".tmp", ".filepart"]
            .iter()
            .any(|end| name.ends_with(end));
        if unfinished || !name.ends_with(".json") || seen.len() >= FILES_A_LOOK_MAX {
            continue;
        }
        let metadata = entry.metadata().await?;
        if metadata.is_file() {
            seen.insert(path, metadata.len());
        }
    }
    let finished = seen
        .iter()
        .filter(|(p, len)| sizes.get(*p) == Some(*len))
        .map(|(p, _)| p.clone())
        .collect();
    *sizes = seen;
    Ok(finished)
}

/// Reads one file; what cannot be read goes to `rejected/` with its name, never lost.
async fn take(intake: &Intake, folder: &Path, file: &Path, rejected: &mut u64) {
    let now = intake.clock.now();
    let mut observations = Vec::new();
    let small = tokio::fs::metadata(file)
        .await
        .is_ok_and(|m| m.len() <= FILE_BYTES_MAX);
    let text = if small {
        tokio::fs::read_to_string(file).await.ok()
    } else {
        None
    };
    if let Some(text) = text {
        match envelope::decode_sidecar(&text) {
            Ok(found) => observations.extend(found),
            Err(error) => {
                tracing::warn!(device = %intake.setup.id, file = %file.display(), %error, "not taken");
            }
        }
    }
    let target = if observations.is_empty() {
        "rejected"
    } else {
        "taken"
    };
    if observations.is_empty() {
        *rejected += 1;
        tracing::warn!(device = %intake.setup.id, file = %file.display(), "file rejected");
    }
    intake.health.frames(
        &intake.setup.id,
        observations.len() as u64,
        *rejected,
        now.utc.at,
    );
    for observation in observations {
        intake.observed(observation, now).await;
    }
    let target = folder.join(target);
    let moved = async {
        tokio::fs::create_dir_all(&target).await?;
        tokio::fs::rename(file, target.join(file.file_name().unwrap_or_default())).await
    };
    if let Err(error) = moved.await {
        // Left where it is, it would be read again at every look.
        tracing::error!(file = %file.display(), %error, "file cannot be moved away, removing it");
        let _ = tokio::fs::remove_file(file).await;
    }
}
