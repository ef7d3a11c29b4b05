//! Bytes ⇄ a file that its owner alone reads. Written whole beside itself and put in place in one
//! step, so that a power cut leaves the old one or the new one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Read and written by its owner alone.
const MODE: u32 = 0o600;

/// The disk refused.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}", .file.display())]
pub struct DiskError {
    /// What was being done.
    pub doing: &'static str,
    /// The file.
    pub file: PathBuf,
    /// The disk's answer.
    #[source]
    pub source: io::Error,
}

fn disk(doing: &'static str, file: &Path, source: io::Error) -> DiskError {
    DiskError {
        doing,
        file: file.to_owned(),
        source,
    }
}

/// Reads the file, at most `bytes_max` and one more; `None` when there is none.
///
/// # Errors
/// The disk refused.
pub(super) fn read(file: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, DiskError> {
    let opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(disk("read", file, error)),
    };
    keep_private(&opened, file).map_err(|error| disk("make private", file, error))?;
    let mut bytes = Vec::new();
    opened
        .take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| disk("read", file, error))?;
    Ok(Some(bytes))
}

/// A copy put back by hand may be open to all.
fn keep_private(opened: &File, file: &Path) -> io::Result<()> {
    let mode = opened.metadata()?.permissions().mode() & 0o777;
    if mode == MODE {
        return Ok(());
    }
    tracing::warn!(file = %file.display(), "others could use this file; it is private now");
    opened.set_permissions(std::fs::Permissions::from_mode(MODE))
}

/// Puts `bytes` in the file's place, in one step that outlives a power cut. Blocks for the disk.
///
/// # Errors
/// The disk refused; the file then holds what it held or what was to be written, never a part.
pub(super) fn replace(file: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let temporary = file.with_extension("new");
    write_private(&temporary, bytes).map_err(|error| disk("write", &temporary, error))?;
    std::fs::rename(&temporary, file).map_err(|error| disk("replace", file, error))?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    File::open(folder)
        .and_then(|opened| opened.sync_all())
        .map_err(|error| disk("sync the folder of", file, error))
}

fn write_private(temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a power cut left behind may have another mode, or be a link to elsewhere.
    match std::fs::remove_file(temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(temporary)?;
    new.write_all(bytes)?;
    new.sync_all()
}
