//! The gate's directory → room on its disk, as the file system tells it.

use std::path::{Path, PathBuf};

/// Room on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DiskRoom {
    /// What an ordinary process may still write.
    pub(crate) free_bytes: u64,
    /// Size of the file system.
    pub(crate) size_bytes: u64,
}

/// The file system did not tell.
#[derive(Debug, thiserror::Error)]
#[error("the disk under {} does not tell its room", .directory.display())]
pub(crate) struct DiskError {
    /// The directory asked about.
    pub(crate) directory: PathBuf,
    /// The system's answer.
    #[source]
    pub(crate) source: std::io::Error,
}

/// The room on the disk that holds `directory`.
///
/// # Errors
/// The directory is not there, or its file system has no such figures.
pub(crate) fn disk_room(directory: &Path) -> Result<DiskRoom, DiskError> {
    let told = rustix::fs::statvfs(directory).map_err(|errno| DiskError {
        directory: directory.to_owned(),
        source: errno.into(),
    })?;
    Ok(DiskRoom {
        free_bytes: told.f_bavail.saturating_mul(told.f_frsize),
        size_bytes: told.f_blocks.saturating_mul(told.f_frsize),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_has_room_and_a_missing_directory_an_error_with_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let room = disk_room(directory.path()).unwrap();
        assert!(room.size_bytes > 0 && room.free_bytes <= room.size_bytes);
        let missing = directory.path().join("nowhere");
        let error = disk_room(&missing).unwrap_err();
        assert!(error.to_string().contains("nowhere"));
        assert_eq!(error.source.kind(), std::io::ErrorKind::NotFound);
    }
}
