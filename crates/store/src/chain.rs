//! Turns (previous hash, sequence, payload) into the next hash of a gate's event chain. The gate
//! and the region call the same functions, so a fork or a rewritten record shows at either end.
//! It refuses to know where records are kept.
//!
//! A link covers the SHA-256 of the payload, not the payload itself. Whoever has only the digests
//! of other passages' records can still prove that a record stands where it is said to stand.

use std::fmt;

use sha2::{Digest, Sha256};

const GENESIS_DOMAIN: &[u8] = b"kakou/chain/genesis/v2\0";
const NEXT_DOMAIN: &[u8] = b"kakou/chain/next/v2\0";

/// A SHA-256 link of the chain (FIPS 180-4), shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hash({self})")
    }
}

/// The hash that stands before record 1 of a gate's epoch: SHA-256 over the domain prefix, the
/// length of the gate id (u32, little endian), the gate id and the epoch (u64, little endian).
pub fn genesis(gate_id: &str, epoch: u64) -> Hash {
    let mut digest = Sha256::new();
    digest.update(GENESIS_DOMAIN);
    digest.update((gate_id.len() as u32).to_le_bytes());
    digest.update(gate_id.as_bytes());
    digest.update(epoch.to_le_bytes());
    Hash(digest.finalize().into())
}

/// The SHA-256 of a record's payload, as its link covers it.
pub fn payload_digest(payload: &[u8]) -> [u8; 32] {
    Sha256::digest(payload).into()
}

/// The hash of record `sequence`: see [`link`]. The first record of an epoch has sequence 1.
pub fn next(previous: &Hash, sequence: u64, payload: &[u8]) -> Hash {
    link(previous, sequence, &payload_digest(payload))
}

/// The hash of record `sequence` whose payload need not be known: SHA-256 over the domain prefix,
/// the previous hash, the sequence (u64, little endian) and the SHA-256 of the payload.
pub fn link(previous: &Hash, sequence: u64, payload_digest: &[u8; 32]) -> Hash {
    let mut digest = Sha256::new();
    digest.update(NEXT_DOMAIN);
    digest.update(previous.0);
    digest.update(sequence.to_le_bytes());
    digest.update(payload_digest);
    Hash(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values_hold_for_every_peer() {
        let genesis = genesis("gate-07", 3);
        assert_eq!(
            genesis.to_string(),
            "a832665b3bf3e6bcea0c879768a8e1659a87a36b7b58c395cfc029c960973773"
        );
        let first = next(&genesis, 1, b"barrier opened");
        assert_eq!(
            first.to_string(),
            "1f0b6c386570613be430fc8eb1f6e60d93c948bd66ebe95ac079e69affb3880e"
        );
        let second = next(&first, 2, b"");
        assert_eq!(
            second.to_string(),
            "0e7dfc0bfa910c3e6fc4a14ef6a46ab06232942d3a09d0878ca152a595062c43"
        );
    }

    #[test]
    fn every_part_changes_the_hash() {
        let base = genesis("gate-07", 3);
        assert_ne!(base, genesis("gate-08", 3));
        assert_ne!(base, genesis("gate-07", 4));
        let fifth = next(&base, 5, b"payload");
        assert_ne!(fifth, next(&genesis("gate-08", 3), 5, b"payload"));
        assert_ne!(fifth, next(&base, 6, b"payload"));
        assert_ne!(fifth, next(&base, 5, b"payloae"));
    }

    #[test]
    fn the_digest_of_a_payload_is_enough_for_its_link() {
        let base = genesis("gate-07", 3);
        let digest = payload_digest(b"of another passage");
        assert_eq!(
            next(&base, 5, b"of another passage"),
            link(&base, 5, &digest)
        );
    }
}
