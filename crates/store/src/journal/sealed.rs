//! A record's sequence → the signed head of the chain at or after it, for whoever has to prove
//! that record without the journal. Refuses to repair, and to believe a seal for its reader.

use ed25519_dalek::{Signature, VerifyingKey};

use super::reader::{ReadError, disk_error};
use super::seal::{key_id, seal_message};
use super::walker::{self, Stop, Walker};
use crate::chain::Hash;
use crate::disk::Folder;

/// A head of the chain as the journal's writer signed it when the group became durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedHead {
    /// Last sequence of the group.
    pub sequence: u64,
    /// Chain hash after it.
    pub hash: Hash,
    /// First 8 bytes of SHA-256 over the public key.
    pub key_id: [u8; 8],
    /// Ed25519 over [`seal_message`].
    pub signature: [u8; 64],
}

impl SealedHead {
    /// Whether the signature is the key's over this sequence and hash.
    pub fn is_signed_by(&self, public: &[u8; 32]) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(public) else {
            return false;
        };
        let message = seal_message(self.sequence, &self.hash);
        let signature = Signature::from_bytes(&self.signature);
        self.key_id == key_id(public) && key.verify_strict(&message, &signature).is_ok()
    }
}

/// The first seal at or after `sequence`; none while that record is not durable.
///
/// # Errors
/// There is no journal, the record is pruned, the disk refuses, or what stands there does not
/// prove itself.
pub fn sealed_head(folder: &Folder, sequence: u64) -> Result<Option<SealedHead>, ReadError> {
    let segments = walker::list_segments(folder).map_err(|error| disk_error(folder, error))?;
    let Some(oldest) = segments.first().copied() else {
        return Err(ReadError::NoJournal {
            folder: folder.clone(),
        });
    };
    let start = segments.partition_point(|first| *first <= sequence);
    let Some(start) = start.checked_sub(1) else {
        return Err(ReadError::Pruned {
            sequence,
            first_sequence: oldest,
        });
    };
    let mut found = None;
    let mut walker = Walker::new(folder, None);
    for (index, first) in segments.iter().copied().enumerate().skip(start) {
        let is_last = index + 1 == segments.len();
        let walked = walker.walk(first, is_last, &mut |_, seal| {
            if seal.sequence >= sequence && found.is_none() {
                found = Some(seal.head());
            }
            Ok(())
        });
        match walked {
            _ if found.is_some() => return Ok(found),
            Ok(_) => {}
            Err(Stop::Disk(error)) => return Err(disk_error(folder, error)),
            Err(Stop::Bad(bad, _)) => return Err(ReadError::Unproven(bad)),
        }
    }
    Ok(None)
}
