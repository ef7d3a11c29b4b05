//! Turns (previous hash, sequence, payload) into the next hash of a gate's event chain. The gate
//! and the region call the same two functions, so a fork or a rewritten record shows at either
//! end. It refuses to know where records are kept.

use std::fmt;

use sha2::{Digest, Sha256};

const GENESIS_DOMAIN: &[u8] = b"kakou/chain/genesis/v1\0";
const NEXT_DOMAIN: &[u8] = b"kakou/chain/next/v1\0";

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

/// The hash of record `sequence`: SHA-256 over the domain prefix, the previous hash, the sequence
/// (u64, little endian) and the payload. The first record of an epoch has sequence 1.
pub fn next(previous: &Hash, sequence: u64, payload: &[u8]) -> Hash {
    let mut digest = Sha256::new();
    digest.update(NEXT_DOMAIN);
    digest.update(previous.0);
    digest.update(sequence.to_le_bytes());
    digest.update(payload);
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
            "e964ccf7fea4fec9fe737e08d44206e7a221928f7d636c8420262c680c9361a3"
        );
        let first = next(&genesis, 1, b"barrier opened");
        assert_eq!(
            first.to_string(),
            "470c5bacbe598dc2b8b4853437315a796068665c1d6d5d9e55d3d246ed44720a"
        );
        let second = next(&first, 2, b"");
        assert_eq!(
            second.to_string(),
            "1af388849243fac83e0d7ec2dde6ff721777383b3939b746c65b858180562d6e"
        );
    }

    #[test]
    fn every_part_changes_the_hash() {
        let base = genesis("gate-07", 3);
        assert_ne!(base, genesis("gate-08", 3));
        assert_ne!(base, genesis("gate-07", 4));
        let link = next(&base, 5, b"payload");
        assert_ne!(link, next(&genesis("gate-08", 3), 5, b"payload"));
        assert_ne!(link, next(&base, 6, b"payload"));
        assert_ne!(link, next(&base, 5, b"payloae"));
    }
}
