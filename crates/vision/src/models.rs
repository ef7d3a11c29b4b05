//! The files of the networks → bytes whose hashes are right. The only module that opens a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::runtime;

/// Longest file that is read, bytes.
const FILE_LEN_MAX: u64 = 64 << 20;
/// Lists the hash of every other file, in the format of `sha256sum`.
const HASHES: &str = "SHA256SUMS";
/// The network for scans.
const SCAN: &str = "scan.onnx";

/// A model folder is not usable.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No folder with models is found.
    #[error("no folder with models; looked in {looked_in}")]
    NoFolder {
        /// The places.
        looked_in: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is longer than any network of ours.
    #[error("{} has {len} bytes, at most {FILE_LEN_MAX} are read", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        len: u64,
    },
    /// A file is not the one whose hash is listed.
    #[error("{} is damaged or another version: SHA-256 {found}, {HASHES} lists {listed}", path.display())]
    Hash {
        /// The file.
        path: PathBuf,
        /// Its hash.
        found: String,
        /// The listed hash; empty when the file is not listed.
        listed: String,
    },
    /// An alphabet is not UTF-8 text.
    #[error("{} is not UTF-8 text", path.display())]
    Alphabet {
        /// The file.
        path: PathBuf,
    },
}

/// What the networks are made from.
#[derive(Debug, Clone)]
pub struct Models {
    pub(crate) text_detection: Vec<u8>,
    pub(crate) text_recognition: Vec<u8>,
    pub(crate) text_alphabet: String,
    pub(crate) plate_recognition: Vec<u8>,
    pub(crate) plate_alphabet: String,
    scan: Option<Vec<u8>>,
    scan_left_out: Option<String>,
}

impl Models {
    /// Reads a folder like `models/` of this project.
    ///
    /// # Errors
    /// A missing, unreadable or changed file.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let hashes = listed_hashes(&read_file(&folder.join(HASHES))?);
        let checked = |name: &str| checked_file(folder, name, &hashes);
        let alphabet = |name: &str| {
            String::from_utf8(checked(name)?).map_err(|_| ModelError::Alphabet {
                path: folder.join(name),
            })
        };
        // Scans are measured without a network too, and numbers are read without scans.
        let (scan, scan_left_out) = match checked(SCAN) {
            Ok(bytes) => (Some(bytes), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Ok(Self {
            scan,
            scan_left_out,
            text_detection: checked("text-detection.onnx")?,
            text_recognition: checked("text-recognition.onnx")?,
            text_alphabet: alphabet("text-recognition.txt")?,
            plate_recognition: checked("plate-recognition.onnx")?,
            plate_alphabet: alphabet("plate-recognition.txt")?,
        })
    }

    /// The network for scans, if the folder has it.
    pub(crate) fn scan(&self) -> Option<&[u8]> {
        self.scan.as_deref()
    }

    /// Why there is no network for scans, in words for `kakou doctor`.
    #[must_use]
    pub fn scan_left_out(&self) -> Option<&str> {
        self.scan_left_out.as_deref()
    }

    /// The folder that is used when none is configured: beside the program, or of this checkout.
    ///
    /// # Errors
    /// None of them exists.
    pub fn default_folder() -> Result<PathBuf, ModelError> {
        let places = model_places();
        match places.iter().find(|path| path.join(HASHES).is_file()) {
            Some(path) => Ok(path.clone()),
            None => Err(ModelError::NoFolder {
                looked_in: places
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }
}

fn model_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    let program = std::env::current_exe().ok();
    if let Some(folder) = program.as_deref().and_then(Path::parent) {
        places.push(folder.join("models"));
        places.push(folder.join("../share/kakou/models"));
    }
    places.push(runtime::checkout().join("models"));
    places
}

fn read_file(path: &Path) -> Result<Vec<u8>, ModelError> {
    let read_error = |source| ModelError::Read {
        path: path.to_owned(),
        source,
    };
    let len = std::fs::metadata(path).map_err(read_error)?.len();
    if len > FILE_LEN_MAX {
        return Err(ModelError::TooLong {
            path: path.to_owned(),
            len,
        });
    }
    std::fs::read(path).map_err(read_error)
}

fn listed_hashes(text: &[u8]) -> BTreeMap<String, String> {
    String::from_utf8_lossy(text)
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(hash, name)| (name.to_owned(), hash.to_owned()))
        .collect()
}

fn checked_file(
    folder: &Path,
    name: &str,
    hashes: &BTreeMap<String, String>,
) -> Result<Vec<u8>, ModelError> {
    let path = folder.join(name);
    let bytes = read_file(&path)?;
    let found: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match hashes.get(name) {
        Some(listed) if *listed == found => Ok(bytes),
        listed => Err(ModelError::Hash {
            path,
            found,
            listed: listed.cloned().unwrap_or_default(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_changed_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Models::read(folder.path()).unwrap_err();
        assert!(matches!(missing, ModelError::Read { ref path, .. } if path.ends_with(HASHES)));
        let name = "text-detection.onnx";
        std::fs::write(folder.path().join(name), b"not it").unwrap();
        for hashes in ["", "00  text-detection.onnx\n"] {
            std::fs::write(folder.path().join(HASHES), hashes).unwrap();
            let changed = Models::read(folder.path()).unwrap_err();
            assert!(matches!(changed, ModelError::Hash { ref path, .. } if path.ends_with(name)));
        }
    }

    #[test]
    fn the_models_of_this_checkout_are_whole() {
        let models = Models::read(&Models::default_folder().unwrap()).unwrap();
        assert!(models.plate_alphabet.lines().any(|line| line == "粤"));
    }
}
