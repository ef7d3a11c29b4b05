//! Messages of other systems, in the gate's folder: `rejected/` keeps what was refused with its
//! reason, `notices/` what was understood and no ledger row can take. Both are bounded, the oldest
//! goes first. Knows no format.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use domain::digest::Digest;
use domain::time::Timestamp;
use serde_json::{Value, json};
use sha2::Digest as _;

/// Files kept in each folder; a rejected message counts with its reason as one.
pub const FILES_MAX: usize = 256;
/// Bytes kept in each folder.
pub const BYTES_MAX: u64 = 512 << 20;
/// Ending of the file that says why a message was refused.
const REASON: &str = ".reason.json";

/// A message as it came.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// The file it came in.
    pub file: &'a Path,
    /// Its bytes, or as many as were read of one that is too large.
    pub bytes: &'a [u8],
    /// When it was looked at.
    pub at: Timestamp,
}

impl Received<'_> {
    /// Hash of the bytes.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        Digest(sha2::Sha256::digest(self.bytes).into())
    }

    /// A name of its own: the same message again takes the place of itself.
    fn name(&self) -> String {
        let hash = self.sha256().to_string();
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let name: String = name
            .chars()
            .map(|c| if plain(c) { c } else { '_' })
            .take(60)
            .collect();
        format!("{}-{name}", &hash[..16])
    }

    fn head(&self) -> Value {
        json!({
            "file": self.file.display().to_string(),
            "received_at": self.at.to_string(),
            "sha256": self.sha256().to_string(),
            "bytes": self.bytes.len(),
        })
    }
}

/// Keeps a refused message and why; returns where.
///
/// # Errors
/// The folder cannot be written.
pub fn keep_rejected(directory: &Path, message: Received<'_>, reason: &str) -> io::Result<PathBuf> {
    let folder = directory.join("rejected");
    std::fs::create_dir_all(&folder)?;
    let kept = folder.join(message.name());
    std::fs::write(&kept, message.bytes)?;
    let mut head = message.head();
    head["reason"] = reason.into();
    std::fs::write(with_reason(&kept), serde_json::to_vec_pretty(&head)?)?;
    tidy(&folder, &kept)?;
    Ok(kept)
}

/// Keeps what a message says that no row can take; returns where.
///
/// # Errors
/// The folder cannot be written.
pub fn keep_notice(directory: &Path, message: Received<'_>, says: Value) -> io::Result<PathBuf> {
    let folder = directory.join("notices");
    std::fs::create_dir_all(&folder)?;
    let kept = folder.join(format!("{}.json", message.name()));
    let mut head = message.head();
    head["messages"] = says;
    std::fs::write(&kept, serde_json::to_vec_pretty(&head)?)?;
    tidy(&folder, &kept)?;
    Ok(kept)
}

fn with_reason(kept: &Path) -> PathBuf {
    let mut path = kept.as_os_str().to_owned();
    path.push(REASON);
    PathBuf::from(path)
}

/// Removes the oldest until both limits hold; what was just kept stays.
fn tidy(folder: &Path, newest: &Path) -> io::Result<()> {
    let mut kept: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let metadata = entry.metadata()?;
        if metadata.is_file() && !path.to_string_lossy().ends_with(REASON) {
            kept.push((metadata.modified()?, metadata.len(), path));
        }
    }
    kept.sort();
    let mut bytes: u64 = kept.iter().map(|(_, len, _)| len).sum();
    let mut count = kept.len();
    for (_, len, path) in &kept {
        if count <= FILES_MAX && bytes <= BYTES_MAX {
            break;
        }
        if path == newest {
            continue;
        }
        std::fs::remove_file(path)?;
        match std::fs::remove_file(with_reason(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        count -= 1;
        bytes -= len;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_refused_message_is_kept_with_its_reason_once_and_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let keep = |name: &str, bytes: &[u8]| {
            let message = Received {
                file: Path::new(name),
                bytes,
                at: Timestamp::from_seconds(1_770_000_000),
            };
            keep_rejected(directory.path(), message, "segment 3: no").unwrap()
        };
        let kept = keep("in/odd name/../a:b.edi", b"UNH+1'");
        assert_eq!(kept, keep("in/odd name/../a:b.edi", b"UNH+1'"));
        assert!(
            kept.to_string_lossy().ends_with("-a_b.edi"),
            "{}",
            kept.display()
        );
        assert_eq!(std::fs::read(&kept).unwrap(), b"UNH+1'");
        let reason = std::fs::read_to_string(with_reason(&kept)).unwrap();
        assert!(
            reason.contains("segment 3: no") && reason.contains("2026-"),
            "{reason}"
        );
        let folder = directory.path().join("rejected");
        assert_eq!(files(&folder), 2);
        let mut last = kept;
        for number in 0..FILES_MAX + 20 {
            last = keep("b.edi", format!("{number}").as_bytes());
        }
        assert_eq!(files(&folder), 2 * FILES_MAX);
        assert!(last.exists() && with_reason(&last).exists());
    }
}
