//! Key files of the configuration → keys; and which journal it is that they seal. Knows no region's
//! keys.

use std::path::Path;

use anyhow::Context as _;
use store::journal::SealKey;

use crate::config::Config;

/// Epoch of the gate's journal: it is begun anew only with another gate.
pub(crate) const EPOCH: u64 = 1;

/// Reads 32 bytes in hexadecimal from a key file.
pub(crate) fn key_bytes(file: &Path) -> anyhow::Result<[u8; 32]> {
    let text = std::fs::read_to_string(file).with_context(|| {
        format!(
            "cannot read key {}; `kakou keygen` makes one",
            file.display()
        )
    })?;
    let bytes = hex::decode(text.trim())
        .with_context(|| format!("key {} is not hexadecimal", file.display()))?;
    bytes
        .try_into()
        .map_err(|_| anyhow::anyhow!("key {} has not 32 bytes", file.display()))
}

/// Keys that sealed older parts of the journal.
pub(crate) fn former_keys(config: &Config) -> anyhow::Result<Vec<SealKey>> {
    config
        .former_public_key_files
        .iter()
        .map(|file| {
            SealKey::from_public(&key_bytes(file)?)
                .with_context(|| format!("{} is no public key", file.display()))
        })
        .collect()
}
