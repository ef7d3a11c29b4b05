//! A hash in a record → whether its file is here and still the same. Reads at most so many bytes
//! for one view; what is beyond is checked when it is shown.

use std::fs;
use std::path::{Path, PathBuf};

use domain::digest::Digest;
use domain::time::Timestamp;
use sha2::Digest as _;

use super::picture::{bounded, bytes_max};
use super::tone::Tone;
use super::words::Words;
use crate::eyes::album;

/// Bytes hashed for one view: a dozen camera pictures and a few scans.
const HASHED_BYTES_MAX: u64 = 96 << 20;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// Here, and its bytes have the hash.
    Intact(PathBuf),
    /// Here, and not checked yet.
    Unchecked(PathBuf),
    /// Here, and no longer the file of the hash.
    Altered,
    /// Not here, or no longer.
    Gone,
    /// Here, and the disk refuses.
    Unreadable,
}

/// The folder of pictures, with what may still be read of it.
#[derive(Debug)]
pub(super) struct Shelf<'a> {
    folder: &'a Path,
    left_bytes: u64,
}

impl<'a> Shelf<'a> {
    pub(super) const fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            left_bytes: HASHED_BYTES_MAX,
        }
    }

    /// Looks for the file of a hash.
    pub(super) fn look(&mut self, sha256: Digest) -> Kept {
        let file = match album::find(self.folder, &sha256) {
            Ok(Some(file)) => file,
            Ok(None) => return Kept::Gone,
            Err(_) => return Kept::Unreadable,
        };
        let Ok(len) = fs::metadata(&file).map(|metadata| metadata.len()) else {
            return Kept::Unreadable;
        };
        if len > bytes_max() {
            // Nothing of that length is ever kept.
            return Kept::Altered;
        }
        if len > self.left_bytes {
            return Kept::Unchecked(file);
        }
        self.left_bytes -= len;
        match bounded(&file, len) {
            Ok(bytes) if Digest(sha2::Sha256::digest(&bytes).into()) == sha256 => {
                Kept::Intact(file)
            }
            Ok(_) => Kept::Altered,
            Err(_) => Kept::Unreadable,
        }
    }
}

impl Kept {
    /// The file, if it may be shown.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Intact(file) | Self::Unchecked(file) => Some(file),
            Self::Altered | Self::Gone | Self::Unreadable => None,
        }
    }

    pub(super) const fn tone(&self, w: &Words) -> Tone {
        match self {
            Self::Intact(_) => Tone::good(w.intact),
            Self::Unchecked(_) => Tone::plain(w.unchecked),
            Self::Altered => Tone::bad(w.altered),
            Self::Gone => Tone::doubtful(w.gone),
            Self::Unreadable => Tone::doubtful(w.unreadable),
        }
    }

    /// Address of what a browser shows; `None` if the file is not here or no picture.
    pub(super) fn address(&self, sha256: Digest) -> Option<String> {
        let ending = self.file()?.extension()?.to_str()?;
        match ending {
            "jpg" | "png" | "webp" => Some(format!("/pictures/{sha256}")),
            "tif" => Some(format!("/pictures/{sha256}/screen")),
            _ => None,
        }
    }

    /// When the file was written, as the disk says.
    pub(super) fn written_at(&self) -> Option<Timestamp> {
        let modified = fs::metadata(self.file()?).ok()?.modified().ok()?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(Timestamp::from_micros(
            i64::try_from(since.as_micros()).ok()?,
        ))
    }
}

/// First digits of a hash, for people.
pub(super) fn short(sha256: Digest) -> String {
    sha256.to_string().chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eyes::album::Album;

    #[test]
    fn a_file_is_told_from_one_that_is_gone_or_altered() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::open(folder.path().into(), 1 << 20).unwrap();
        let at = Timestamp::from_seconds(0);
        let jpeg = album.keep(&[0xFF, 0xD8, 1], at).unwrap();
        let tiff = album.keep(b"II*\0x", at).unwrap();
        let other = album.keep(b"<svg/>", at).unwrap();
        let mut shelf = Shelf::new(folder.path());
        let address = |kept: &Kept, of: &album::Kept| kept.address(of.sha256);
        let found = shelf.look(jpeg.sha256);
        assert_eq!(found, Kept::Intact(jpeg.file.clone()));
        assert_eq!(
            address(&found, &jpeg),
            Some(format!("/pictures/{}", jpeg.sha256))
        );
        assert!(found.written_at() > Some(at));
        let found = shelf.look(tiff.sha256);
        assert_eq!(
            address(&found, &tiff),
            Some(format!("/pictures/{}/screen", tiff.sha256))
        );
        assert_eq!(address(&shelf.look(other.sha256), &other), None);
        fs::write(&jpeg.file, [0xFF, 0xD8, 2]).unwrap();
        assert_eq!(shelf.look(jpeg.sha256), Kept::Altered);
        assert_eq!(shelf.look(Digest::ZERO), Kept::Gone);
        shelf.left_bytes = 1;
        assert_eq!(shelf.look(tiff.sha256), Kept::Unchecked(tiff.file));
    }
}
