//! Key pairs in files, as `kakou keygen` writes them: 64 hexadecimal digits and a line end.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wire::signature::SigningKeyPair;

/// Writes `name.key` and `name.pub` into `folder` and returns the pair.
///
/// # Errors
/// The folder cannot be written.
pub fn write_pair(folder: &Path, name: &str, seed: [u8; 32]) -> anyhow::Result<SigningKeyPair> {
    let pair = SigningKeyPair::from_seed(&seed);
    let public = *pair.public_key().as_bytes();
    for (file, bytes) in [
        (secret_file(folder, name), seed),
        (public_file(folder, name), public),
    ] {
        std::fs::write(&file, digits(&bytes))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(pair)
}

/// Where the secret half lies.
#[must_use]
pub fn secret_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.key"))
}

/// Where the public half lies.
#[must_use]
pub fn public_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.pub"))
}

fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2 + 1);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_the_daemons_read_them() {
        assert_eq!(digits(&[0, 15, 255]), "000fff\n");
    }
}
