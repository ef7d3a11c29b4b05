//! A kept picture by its hash → its bytes, or a typed refusal. A file is found by its hash alone,
//! so that no name from outside is ever opened, and is given out only if its bytes still have that
//! hash. Knows no session: who may look is asked before.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use domain::digest::Digest;
use sha2::Digest as _;
use vision::{DecodeError, EncodeError, Limits};

use crate::eyes::album;

/// A picture as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dashboard) struct Picture {
    /// The file.
    pub(in crate::dashboard) bytes: Vec<u8>,
    /// Its type by its first bytes; never one that a browser runs.
    pub(in crate::dashboard) media_type: &'static str,
}

/// Why a picture is not given out.
#[derive(Debug, thiserror::Error)]
pub(in crate::dashboard) enum PictureError {
    /// No hash.
    #[error("a picture is asked for by its SHA-256, 64 hexadecimal digits")]
    Digest,
    /// No such file here, or no longer.
    #[error("picture {sha256} is not kept at this gate")]
    NotKept {
        /// Hash asked for.
        sha256: Digest,
    },
    /// The file on the disk is not the one that was kept.
    #[error("picture {sha256} was altered after it was kept")]
    Altered {
        /// Hash asked for.
        sha256: Digest,
    },
    /// Longer than any picture that the gate takes.
    #[error("picture {sha256} has {bytes} bytes, at most {bytes_max} are sent")]
    TooLong {
        /// Hash asked for.
        sha256: Digest,
        /// Its length.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// The disk refuses.
    #[error("picture {sha256} cannot be read")]
    Read {
        /// Hash asked for.
        sha256: Digest,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// It cannot be turned into something that a browser shows.
    #[error("picture {sha256} cannot be decoded for the screen")]
    Decode {
        /// Hash asked for.
        sha256: Digest,
        /// Cause.
        #[source]
        source: DecodeError,
    },
    /// It cannot be written as a PNG file.
    #[error("picture {sha256} cannot be encoded for the screen")]
    Encode {
        /// Hash asked for.
        sha256: Digest,
        /// Cause.
        #[source]
        source: EncodeError,
    },
}

impl PictureError {
    /// Status of the answer.
    pub(in crate::dashboard) const fn status(&self) -> StatusCode {
        match self {
            Self::Digest => StatusCode::BAD_REQUEST,
            Self::NotKept { .. } => StatusCode::NOT_FOUND,
            Self::Altered { .. } => StatusCode::CONFLICT,
            Self::TooLong { .. } | Self::Read { .. } | Self::Encode { .. } => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Decode { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
}

/// Longest file that is sent: the longest that the gate takes.
pub(super) fn bytes_max() -> u64 {
    Limits::of_scans().file_len as u64
}

/// The picture whose file has the hash `sha256` (64 hexadecimal digits), as it was captured.
/// Blocks on the disk.
///
/// # Errors
/// See [`PictureError`]; `Altered` if the bytes no longer have the hash.
pub(in crate::dashboard) fn picture(folder: &Path, sha256: &str) -> Result<Picture, PictureError> {
    let sha256 = parse(sha256)?;
    let bytes = whole(&found(folder, sha256)?, sha256)?;
    if Digest(sha2::Sha256::digest(&bytes).into()) != sha256 {
        return Err(PictureError::Altered { sha256 });
    }
    Ok(Picture {
        media_type: media_type(&bytes),
        bytes,
    })
}

/// The same picture as every browser shows it: a TIFF becomes a PNG of eight bits a channel, any
/// other stays as it is. Blocks, and takes up to the memory that [`Limits::of_scans`] names: the
/// caller bounds how many run at once.
///
/// # Errors
/// As [`picture`], or the TIFF is broken.
pub(in crate::dashboard) fn on_screen(
    folder: &Path,
    sha256: &str,
) -> Result<Picture, PictureError> {
    let original = picture(folder, sha256)?;
    if original.media_type != TIFF {
        return Ok(original);
    }
    let sha256 = parse(sha256)?;
    let decoded = vision::Picture::decode(&original.bytes, &Limits::of_scans())
        .map_err(|source| PictureError::Decode { sha256, source })?;
    let bytes = decoded
        .to_png()
        .map_err(|source| PictureError::Encode { sha256, source })?;
    Ok(Picture {
        bytes,
        media_type: PNG,
    })
}

/// The heat map that software drew of the scan with the hash `sha256`: a PNG beside the scan. No
/// record holds its own hash, so that it is an opinion and no evidence.
///
/// # Errors
/// See [`PictureError`]; `NotKept` if there is none or it is no PNG.
pub(in crate::dashboard) fn heat_map(folder: &Path, sha256: &str) -> Result<Picture, PictureError> {
    let sha256 = parse(sha256)?;
    let file = map_beside(&found(folder, sha256)?);
    let bytes = whole(&file, sha256)?;
    if media_type(&bytes) != PNG {
        return Err(PictureError::NotKept { sha256 });
    }
    Ok(Picture {
        bytes,
        media_type: PNG,
    })
}

/// Where the map of a scan's file stands.
pub(super) fn map_beside(file: &Path) -> PathBuf {
    file.with_extension("map.png")
}

fn parse(sha256: &str) -> Result<Digest, PictureError> {
    // The parser of numbers below would take a sign.
    let is_hex = sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex
        .then(|| Digest::parse_hex(sha256))
        .flatten()
        .ok_or(PictureError::Digest)
}

fn found(folder: &Path, sha256: Digest) -> Result<PathBuf, PictureError> {
    album::find(folder, &sha256)
        .map_err(|source| PictureError::Read { sha256, source })?
        .ok_or(PictureError::NotKept { sha256 })
}

/// The file, if it is short enough; never more of it than that, even if it grows meanwhile.
fn whole(file: &Path, sha256: Digest) -> Result<Vec<u8>, PictureError> {
    let bytes_max = bytes_max();
    match bounded(file, bytes_max) {
        Ok(bytes) if bytes.len() as u64 > bytes_max => Err(PictureError::TooLong {
            sha256,
            bytes: bytes.len() as u64,
            bytes_max,
        }),
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(PictureError::NotKept { sha256 })
        }
        Err(source) => Err(PictureError::Read { sha256, source }),
    }
}

/// At most one byte more than `bytes_max`, which tells that there are too many.
pub(super) fn bounded(file: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let file = File::open(file)?;
    let len = file.metadata()?.len().min(bytes_max);
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    file.take(bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

const PNG: &str = "image/png";
const TIFF: &str = "image/tiff";

fn media_type(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => PNG,
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => TIFF,
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => "image/webp",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eyes::album::Album;
    use domain::time::Timestamp;
    use std::fs;

    #[test]
    fn a_picture_is_given_out_by_its_hash_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::open(folder.path().into(), 1 << 20).unwrap();
        let cases: [(&[u8], &str); 6] = [
            (&[0xFF, 0xD8, 0xFF, 1], "image/jpeg"),
            (b"\x89PNG\r\n\x1A\n..", PNG),
            (b"II*\0....", TIFF),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"<svg onload='x'/>", "application/octet-stream"),
            (b"<html><script>", "application/octet-stream"),
        ];
        for (bytes, media_type) in cases {
            let kept = album.keep(bytes, Timestamp::from_seconds(0)).unwrap();
            let picture = picture(folder.path(), &kept.sha256.to_string()).unwrap();
            assert_eq!(
                (picture.bytes.as_slice(), picture.media_type),
                (bytes, media_type)
            );
        }
    }

    #[test]
    fn nothing_but_a_hash_is_looked_up() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret"), b"secret").unwrap();
        let zeros = "0".repeat(64);
        let cases: [(&str, &str); 8] = [
            ("", "digest"),
            ("../secret", "digest"),
            (&format!("../secret{}", "0".repeat(55)), "digest"),
            (&format!("+{}", "0".repeat(63)), "digest"),
            (&format!("{zeros}0"), "digest"),
            (&"g".repeat(64), "digest"),
            (&"０".repeat(64), "digest"),
            (&zeros, "not kept"),
        ];
        for (sha256, code) in cases {
            let error = picture(folder.path(), sha256).unwrap_err();
            assert_eq!(kind(&error), code, "{sha256}");
            assert!(error.status().is_client_error(), "{sha256}");
            assert!(!error.to_string().contains("secret"), "{sha256}");
        }
    }

    #[test]
    fn a_changed_or_overlong_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::open(folder.path().into(), 1 << 30).unwrap();
        let kept = album
            .keep(&[0xFF, 0xD8, 0xFF, 1], Timestamp::from_seconds(0))
            .unwrap();
        let name = kept.sha256.to_string();
        fs::write(&kept.file, [0xFF, 0xD8, 0xFF, 2]).unwrap();
        let error = picture(folder.path(), &name).unwrap_err();
        assert_eq!(
            (kind(&error), error.status()),
            ("altered", StatusCode::CONFLICT)
        );
        fs::File::create(&kept.file)
            .unwrap()
            .set_len(bytes_max() + 1)
            .unwrap();
        assert_eq!(
            kind(&picture(folder.path(), &name).unwrap_err()),
            "too long"
        );
        fs::remove_file(&kept.file).unwrap();
        fs::create_dir(&kept.file).unwrap();
        assert_eq!(
            kind(&picture(folder.path(), &name).unwrap_err()),
            "not kept"
        );
    }

    #[test]
    fn a_tiff_becomes_what_a_browser_shows_and_the_map_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::open(folder.path().into(), 1 << 20).unwrap();
        let kept = album
            .keep(&grey_tiff(40, 33), Timestamp::from_seconds(0))
            .unwrap();
        let name = kept.sha256.to_string();
        let shown = on_screen(folder.path(), &name).unwrap();
        assert_eq!(shown.media_type, PNG);
        let decoded = vision::Picture::decode(&shown.bytes, &Limits::of_scans()).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (40, 33));
        assert_eq!(
            kind(&heat_map(folder.path(), &name).unwrap_err()),
            "not kept"
        );
        kept.beside("map.png", &shown.bytes).unwrap();
        assert_eq!(heat_map(folder.path(), &name).unwrap().bytes, shown.bytes);
        kept.beside("map.png", b"<script>").unwrap();
        assert_eq!(
            kind(&heat_map(folder.path(), &name).unwrap_err()),
            "not kept"
        );
        let broken = album
            .keep(b"II*\0\xFF\xFF\xFF\xFF", Timestamp::from_seconds(0))
            .unwrap();
        let error = on_screen(folder.path(), &broken.sha256.to_string()).unwrap_err();
        assert_eq!(kind(&error), "not shown");
    }

    fn kind(error: &PictureError) -> &'static str {
        match error {
            PictureError::Digest => "digest",
            PictureError::NotKept { .. } => "not kept",
            PictureError::Altered { .. } => "altered",
            PictureError::TooLong { .. } => "too long",
            PictureError::Read { .. } => "unreadable",
            PictureError::Decode { .. } | PictureError::Encode { .. } => "not shown",
        }
    }

    /// A grey TIFF of 16 bits, one strip, not compressed (TIFF 6.0, section 4).
    fn grey_tiff(width: u32, height: u32) -> Vec<u8> {
        let len = 2 * width * height;
        let entries: [(u16, u16, u32); 9] = [
            (256, 4, width),
            (257, 4, height),
            (258, 3, 16),
            (259, 3, 1),
            (262, 3, 1),
            (273, 4, 8),
            (277, 3, 1),
            (278, 4, height),
            (279, 4, len),
        ];
        let mut file = b"II*\0".to_vec();
        file.extend((8 + len).to_le_bytes());
        file.extend((0..len).map(|n| n as u8));
        file.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, value) in entries {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(1_u32.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        file.extend(0_u32.to_le_bytes());
        file
    }
}
