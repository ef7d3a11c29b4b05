//! Pictures as evidence: each file kept under its hash, in a folder a day, within a quota.
//!
//! The oldest goes first when there is no room. The journal keeps the hash of a picture for
//! longer than the picture itself.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use domain::digest::Digest;
use domain::time::Timestamp;
use serde_json::Value;
use sha2::Digest as _;

/// Most files that are followed; beyond it the oldest goes, whatever the quota says.
const FILES_MAX: usize = 1_000_000;

/// Endings of pictures.
const ENDINGS: [&str; 5] = ["jpg", "png", "tif", "webp", "bin"];

/// Endings of what is written beside a picture: readings or findings, and the map of a scan.
const BESIDE: [&str; 2] = ["json", "map.png"];

/// A picture cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum AlbumError {
    /// The folder cannot be read or made.
    #[error("cannot use the folder {}", folder.display())]
    Folder {
        /// Folder.
        folder: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", file.display())]
    Write {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

/// The folder of pictures.
#[derive(Debug)]
pub struct Album {
    folder: PathBuf,
    bytes_max: u64,
    bytes: u64,
    /// Oldest first.
    files: VecDeque<(PathBuf, u64)>,
}

/// The file of a hash in an album's folder, whichever day it is of.
///
/// # Errors
/// The folder cannot be read.
pub fn find(folder: &Path, sha256: &Digest) -> std::io::Result<Option<PathBuf>> {
    let days = match fs::read_dir(folder) {
        // Nothing was ever kept.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        days => days?,
    };
    for day in days {
        let day = day?.path();
        for ending in ENDINGS {
            let file = day.join(format!("{sha256}.{ending}"));
            if file.is_file() {
                return Ok(Some(file));
            }
        }
    }
    Ok(None)
}

/// A picture that is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// The file.
    pub file: PathBuf,
}

impl Album {
    /// Opens or makes the folder, and counts what it holds.
    ///
    /// # Errors
    /// It cannot be read or made.
    pub fn open(folder: PathBuf, bytes_max: u64) -> Result<Self, AlbumError> {
        let mut files = Vec::new();
        let read = |folder: &Path, files: &mut Vec<(PathBuf, u64)>| -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            for day in fs::read_dir(folder)? {
                let day = day?.path();
                if day.is_dir() {
                    for file in fs::read_dir(&day)? {
                        let file = file?;
                        let path = file.path();
                        match path.extension().and_then(|ending| ending.to_str()) {
                            // They go with their picture; some kilobytes.
                            Some("json") => {}
                            Some("png") if path.to_string_lossy().ends_with(".map.png") => {}
                            // Begun before the power went.
                            Some("part") => fs::remove_file(path)?,
                            Some(_) | None => files.push((path, file.metadata()?.len())),
                        }
                    }
                }
            }
            Ok(())
        };
        if let Err(source) = read(&folder, &mut files) {
            return Err(AlbumError::Folder { folder, source });
        }
        // Day folders sort by date; within a day the order does not matter.
        files.sort();
        let mut album = Self {
            folder,
            bytes_max,
            bytes: files.iter().map(|(_, len)| len).sum(),
            files: files.into(),
        };
        album.make_room(0);
        Ok(album)
    }

    /// Keeps `bytes`, durably, unless the same file is there already.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&mut self, bytes: &[u8], taken: Timestamp) -> Result<Kept, AlbumError> {
        let sha256 = Digest(sha2::Sha256::digest(bytes).into());
        let day: String = taken.to_string().chars().take(10).collect();
        let folder = self.folder.join(day);
        let file = folder.join(format!("{sha256}.{}", ending(bytes)));
        let kept = Kept {
            sha256,
            file: file.clone(),
        };
        if file.exists() {
            return Ok(kept);
        }
        let len = bytes.len() as u64;
        self.make_room(len);
        let partial = folder.join(format!("{sha256}.part"));
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&folder)?;
            let mut target = File::create(&partial)?;
            target.write_all(bytes)?;
            target.sync_data()?;
            fs::rename(&partial, &file)
        };
        match write() {
            Ok(()) => {
                self.bytes += len;
                self.files.push_back((file, len));
                Ok(kept)
            }
            Err(source) => Err(AlbumError::Write { file, source }),
        }
    }

    fn make_room(&mut self, len: u64) {
        while self.bytes + len > self.bytes_max || self.files.len() >= FILES_MAX {
            let Some((file, len)) = self.files.pop_front() else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(len);
            let beside = BESIDE.map(|ending| file.with_extension(ending));
            for gone in std::iter::once(file.clone()).chain(beside) {
                if let Err(error) = fs::remove_file(&gone)
                    && error.kind() != std::io::ErrorKind::NotFound
                {
                    tracing::warn!(file = %gone.display(), %error, "an old picture stays");
                }
            }
            if let Some(day) = file.parent() {
                // Only an empty day goes.
                let _ = fs::remove_dir(day);
            }
        }
    }
}

impl Kept {
    /// Writes what was read beside the picture.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note(&self, what: &Value) -> Result<(), AlbumError> {
        self.beside("json", what.to_string().as_bytes())
    }

    /// Writes a file of the same name and another ending, which goes when the picture goes.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn beside(&self, ending: &str, bytes: &[u8]) -> Result<(), AlbumError> {
        let file = self.file.with_extension(ending);
        fs::write(&file, bytes).map_err(|source| AlbumError::Write { file, source })
    }
}

/// The ending that the first bytes ask for.
fn ending(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, ..] => "jpg",
        [0x89, b'P', b'N', b'G', ..] => "png",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "tif",
        [b'R', b'I', b'F', b'F', ..] => "webp",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_seconds(day * 86_400)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names = Vec::new();
        for day in fs::read_dir(folder).unwrap() {
            for file in fs::read_dir(day.unwrap().path()).unwrap() {
                names.push(file.unwrap().file_name().into_string().unwrap());
            }
        }
        names.sort();
        names
    }

    #[test]
    fn a_picture_is_kept_once_under_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::open(folder.path().into(), 1_000).unwrap();
        let first = album.keep(&[0xFF, 0xD8, 1], at(1)).unwrap();
        let again = album.keep(&[0xFF, 0xD8, 1], at(1)).unwrap();
        assert_eq!(first.file, again.file);
        first.note(&serde_json::json!({"containers": []})).unwrap();
        let expected = [
            format!("{}.jpg", first.sha256),
            format!("{}.json", first.sha256),
        ];
        assert_eq!(names(folder.path()), expected);
        let found = find(folder.path(), &first.sha256).unwrap();
        assert_eq!(found, Some(first.file.clone()));
        assert_eq!(find(folder.path(), &Digest::ZERO).unwrap(), None);
        assert_eq!(
            find(&folder.path().join("none"), &first.sha256).unwrap(),
            None
        );
        assert_eq!(fs::read(first.file).unwrap(), [0xFF, 0xD8, 1]);
    }

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::open(folder.path().into(), 250).unwrap();
        let kept: Vec<Kept> = (0..3_u8)
            .map(|day| album.keep(&[day; 100], at(day.into())).unwrap())
            .collect();
        assert!(!kept[0].file.exists());
        assert!(kept[1].file.exists() && kept[2].file.exists());
        // What was kept before a restart counts, oldest day first.
        let mut album = Album::open(folder.path().into(), 250).unwrap();
        album.keep(&[9; 100], at(9)).unwrap();
        assert!(!kept[1].file.exists() && kept[2].file.exists());
        assert!(!folder.path().join("1970-01-02").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        fs::write(&blocked, b"").unwrap();
        let error = Album::open(blocked, 1).unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
    }
}
