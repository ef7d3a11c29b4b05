//! The keys whose signatures of the region are believed. The configured one is the start; each later
//! one was named by the key before it, and the chain of these words is kept beside the journal, so
//! that a start proves it again.
//!
//! The last key never runs out here: a gate that is cut off goes on judging by what the region sent
//! last, and the rules hold what has grown too old.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use domain::digest::KeyBytes;
use domain::id::RegionId;
use domain::time::Timestamp;
use wire::signature::PublicKey;
use wire::succession::{Succession, decode_successions};

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegionKeysError {
    /// The disk refused.
    #[error("cannot {doing} {}", .path.display())]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The disk's answer.
        #[source]
        source: std::io::Error,
    },
    /// The kept chain is not what was written.
    #[error("{} is no chain of the region's keys; remove it, the region sends it again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: wire::VerifyError,
    },
    /// The configured bytes are no key.
    #[error("the configured key of the region is no ed25519 public key")]
    Configured(#[from] wire::signature::PublicKeyError),
}

/// Keys of the region, oldest first.
#[derive(Debug)]
pub struct RegionKeys {
    file: PathBuf,
    region: RegionId,
    first: PublicKey,
    steps: Vec<(Succession, PublicKey)>,
}

impl RegionKeys {
    /// The `configured` key and what followed it, as kept in `directory`.
    ///
    /// # Errors
    /// No key, an unreadable file, or one that does not prove itself.
    pub fn open(
        directory: &Path,
        region: &RegionId,
        configured: &[u8; 32],
    ) -> Result<Self, RegionKeysError> {
        let mut keys = Self {
            file: directory.join("region-keys"),
            region: region.clone(),
            first: PublicKey::from_bytes(configured)?,
            steps: Vec::new(),
        };
        match std::fs::read(&keys.file) {
            Ok(bytes) => {
                let path = || keys.file.clone();
                let steps = decode_successions(&bytes, region, &keys.first).map_err(|source| {
                    RegionKeysError::Damaged {
                        path: path(),
                        source,
                    }
                })?;
                keys.steps = steps.into_iter().filter_map(with_key).collect();
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => {
                let path = keys.file.clone();
                let doing = "read";
                return Err(RegionKeysError::Disk {
                    doing,
                    path,
                    source,
                });
            }
        }
        Ok(keys)
    }

    /// The key that the region signs with, as far as this gate knows.
    #[must_use]
    pub fn current(&self) -> &PublicKey {
        self.steps.last().map_or(&self.first, |(_, key)| key)
    }

    /// Until when the key before the current one is believed, if there was one.
    #[must_use]
    pub fn former_until(&self) -> Option<Timestamp> {
        self.steps.last().map(|(step, _)| step.former_until)
    }

    /// Keys believed at `now`, the current one first.
    pub fn believed(&self, now: Timestamp) -> impl Iterator<Item = &PublicKey> {
        let before = std::iter::once(&self.first).chain(self.steps.iter().map(|(_, key)| key));
        let former = self
            .steps
            .iter()
            .zip(before)
            .filter(move |((step, _), _)| now <= step.former_until)
            .map(|(_, key)| key);
        std::iter::once(self.current()).chain(former)
    }

    /// Takes the region's chain; the steps that are new here, after they are on the disk.
    ///
    /// # Errors
    /// The chain is malformed, or the disk refused; then nothing has changed.
    pub fn follow(&mut self, chain: &[u8]) -> Result<Vec<Succession>, FollowError> {
        let led = decode_successions(chain, &self.region, &self.first)?;
        if led.len() <= self.steps.len() {
            return Ok(Vec::new());
        }
        let known = self.steps.iter().map(|(step, _)| step);
        if !known.eq(led.iter().take(self.steps.len())) {
            return Err(FollowError::OtherChain);
        }
        write(&self.file, chain)?;
        let new = led[self.steps.len()..].to_vec();
        self.steps.extend(new.iter().cloned().filter_map(with_key));
        Ok(new)
    }
}

/// Why a chain was not followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// It does not prove itself.
    #[error("the chain of keys is refused")]
    Chain(#[from] wire::VerifyError),
    /// One key named two that follow it: it is known to somebody else.
    #[error("a key of the region has named two successors; its secret is known to somebody else")]
    OtherChain,
    /// The disk refused.
    #[error("the chain of keys cannot be kept")]
    Keep(#[from] RegionKeysError),
}

fn with_key(step: Succession) -> Option<(Succession, PublicKey)> {
    // Decoding has made the key of these very bytes.
    let key = PublicKey::from_bytes(&step.key.0).ok()?;
    Some((step, key))
}

/// The first digits of a key, enough to tell it from another.
#[must_use]
pub fn short(key: &PublicKey) -> String {
    KeyBytes(*key.as_bytes()).to_string()[..16].to_owned()
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), RegionKeysError> {
    replace_durably(file, bytes).map_err(|source| RegionKeysError::Disk {
        doing: "write",
        path: file.to_owned(),
        source,
    })
}

/// Puts `bytes` in the place of a file in one step that outlives a power cut.
pub(crate) fn replace_durably(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = file.with_extension("new");
    let mut new = std::fs::File::create(&temporary)?;
    new.write_all(bytes)?;
    new.sync_all()?;
    std::fs::rename(&temporary, file)?;
    let directory = file.parent().unwrap_or(Path::new("."));
    std::fs::File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use wire::signature::SigningKeyPair;
    use wire::succession::encode_successions;

    use super::*;

    fn pair(n: u8) -> SigningKeyPair {
        SigningKeyPair::from_seed(&[n; 32])
    }

    fn region() -> RegionId {
        RegionId::parse("5300").expect("valid")
    }

    fn step(from: u8, to: u8) -> Vec<u8> {
        Succession {
            region: region(),
            key: KeyBytes(*pair(to).public_key().as_bytes()),
            issued_at: Timestamp::from_seconds(100),
            former_until: Timestamp::from_seconds(1_000 * i64::from(to)),
        }
        .sign_and_encode(&pair(from))
    }

    fn chain(steps: &[(u8, u8)]) -> Vec<u8> {
        let steps: Vec<Vec<u8>> = steps.iter().map(|(from, to)| step(*from, *to)).collect();
        encode_successions(&steps).expect("signed messages")
    }

    #[test]
    fn the_chain_is_followed_kept_and_proved_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let configured = *pair(1).public_key().as_bytes();
        let open = || RegionKeys::open(folder.path(), &region(), &configured).expect("keys");
        let mut keys = open();
        assert_eq!(keys.follow(&chain(&[])).expect("nothing").len(), 0);
        assert_eq!(keys.follow(&chain(&[(1, 2)])).expect("a step").len(), 1);
        // Two rotations while this gate was away, and the same again.
        let long = chain(&[(1, 2), (2, 3)]);
        assert_eq!(keys.follow(&long).expect("a step").len(), 1);
        assert_eq!(keys.follow(&long).expect("nothing new").len(), 0);
        // An older chain takes nothing back.
        assert_eq!(keys.follow(&chain(&[(1, 2)])).expect("older").len(), 0);
        let keys = open();
        assert_eq!(*keys.current(), pair(3).public_key());
        let believed = |at: i64| {
            let now = Timestamp::from_seconds(at);
            keys.believed(now).copied().collect::<Vec<PublicKey>>()
        };
        let public = |n| pair(n).public_key();
        assert_eq!(believed(2_000), [public(3), public(1), public(2)]);
        assert_eq!(believed(2_001), [public(3), public(2)]);
        assert_eq!(believed(3_001), [public(3)]);
    }

    #[test]
    fn a_second_successor_of_one_key_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let configured = *pair(1).public_key().as_bytes();
        let mut keys = RegionKeys::open(folder.path(), &region(), &configured).expect("keys");
        keys.follow(&chain(&[(1, 2)])).expect("a step");
        let forged = chain(&[(1, 9), (9, 8)]);
        assert!(matches!(keys.follow(&forged), Err(FollowError::OtherChain)));
        assert_eq!(*keys.current(), pair(2).public_key());
        std::fs::write(folder.path().join("region-keys"), b"\xff\xff").expect("written");
        let opened = RegionKeys::open(folder.path(), &region(), &configured);
        assert!(matches!(opened, Err(RegionKeysError::Damaged { .. })));
    }
}
