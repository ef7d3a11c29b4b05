//! The signature that ends every commit group: who signs, what is signed, how it is checked. It
//! refuses to know where private keys are kept.

use ed25519_dalek::Signer as _;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::frame::{FRAME_OVERHEAD_BYTES, FRAME_PREFIX_BYTES, SEAL_KIND, read_u32};
use super::sealed::SealedHead;
use crate::chain::Hash;

/// Payload of a seal frame before its fill: algorithm u8, key id 8, records in the group u32,
/// signature 64.
const SEAL_FIXED_BYTES: usize = 1 + 8 + 4 + 64;
/// Groups end at multiples of this, so that the length of the first frame of a group is never
/// split by a sector.
pub(crate) const GROUP_ALIGNMENT: usize = 8;
/// Largest seal frame.
pub(crate) const SEAL_FRAME_LIMIT_BYTES: usize =
    FRAME_OVERHEAD_BYTES + SEAL_FIXED_BYTES + GROUP_ALIGNMENT;

const ALGORITHM_ED25519: u8 = 1;
/// 1 to 8 of these fill a seal. Not zero, so that the last sector of a group never looks unwritten.
const END_MARK: u8 = 0xa5;
const DOMAIN: &[u8; 24] = b"kakou/journal/seal/v1\0\0\0";

/// Signs the last hash of each commit group. The private key may live in a secure element.
pub trait Signer: Send {
    /// The public half of the key that signs.
    fn seal_key(&self) -> SealKey;
    /// An Ed25519 signature (RFC 8032) over the message.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

/// [`Signer`] with the private key in memory.
pub struct Ed25519Signer {
    key: SigningKey,
}

impl Ed25519Signer {
    /// From the 32 secret bytes of RFC 8032.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self {
            key: SigningKey::from_bytes(secret),
        }
    }

    /// The public half, to hand to whoever verifies.
    pub fn seal_key(&self) -> SealKey {
        let key = self.key.verifying_key();
        SealKey {
            key,
            key_id: key_id(key.as_bytes()),
        }
    }
}

impl Signer for Ed25519Signer {
    fn seal_key(&self) -> SealKey {
        Ed25519Signer::seal_key(self)
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

/// A public key whose seals are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealKey {
    key: VerifyingKey,
    key_id: [u8; 8],
}

/// The 32 bytes are no Ed25519 public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no ed25519 public key")]
pub struct BadSealKey;

impl SealKey {
    /// From the 32 public bytes of RFC 8032.
    pub fn from_public(bytes: &[u8; 32]) -> Result<Self, BadSealKey> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| BadSealKey)?;
        Ok(Self {
            key,
            key_id: key_id(bytes),
        })
    }

    /// Which key this is.
    pub fn key_id(&self) -> [u8; 8] {
        self.key_id
    }
}

/// The first 8 bytes of SHA-256 over a public key.
pub fn key_id(public: &[u8; 32]) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(public).into();
    let mut id = [0u8; 8];
    id.copy_from_slice(&digest[..8]);
    id
}

/// What is signed: domain prefix (24 bytes), last sequence of the group (u64, little endian), hash.
/// Gate and epoch are inside the hash, by its genesis.
pub fn seal_message(sequence: u64, hash: &Hash) -> [u8; 64] {
    let mut message = [0u8; 64];
    message[..24].copy_from_slice(DOMAIN);
    message[24..32].copy_from_slice(&sequence.to_le_bytes());
    message[32..].copy_from_slice(&hash.0);
    message
}

/// A seal as it stands in the file, not yet believed.
#[derive(Clone, Debug)]
pub(crate) struct Seal {
    pub(crate) sequence: u64,
    pub(crate) hash: Hash,
    pub(crate) records: u32,
    pub(crate) key_id: [u8; 8],
    signature: [u8; 64],
}

/// Why a seal is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealDoubt {
    UnknownKey,
    BadSignature,
}

/// The payload of a seal whose frame starts at `offset` of the segment.
pub(crate) fn encode_payload(
    key_id: [u8; 8],
    signature: &[u8; 64],
    records: u32,
    offset: u64,
) -> Vec<u8> {
    let mut payload = Vec::with_capacity(SEAL_FRAME_LIMIT_BYTES);
    payload.push(ALGORITHM_ED25519);
    payload.extend_from_slice(&key_id);
    payload.extend_from_slice(&records.to_le_bytes());
    payload.extend_from_slice(signature);
    let unfilled_end = offset as usize + FRAME_OVERHEAD_BYTES + SEAL_FIXED_BYTES;
    let fill = GROUP_ALIGNMENT - unfilled_end % GROUP_ALIGNMENT;
    payload.resize(SEAL_FIXED_BYTES + fill, END_MARK);
    payload
}

pub(crate) fn decode_payload(sequence: u64, hash: Hash, payload: &[u8]) -> Option<Seal> {
    let fill = payload.get(SEAL_FIXED_BYTES..)?;
    let filled = (1..=GROUP_ALIGNMENT).contains(&fill.len());
    if !filled || fill.iter().any(|byte| *byte != END_MARK) || payload[0] != ALGORITHM_ED25519 {
        return None;
    }
    Some(Seal {
        sequence,
        hash,
        records: read_u32(payload, 9)?,
        key_id: payload[1..9].try_into().ok()?,
        signature: payload[13..SEAL_FIXED_BYTES].try_into().ok()?,
    })
}

/// Where the frame of a seal can start that ends at `end`, one place for each fill.
pub(crate) fn starts_for_end(end: usize) -> impl Iterator<Item = usize> {
    (1..=GROUP_ALIGNMENT)
        .filter_map(move |fill| end.checked_sub(FRAME_OVERHEAD_BYTES + SEAL_FIXED_BYTES + fill))
}

/// How many of four marks of a seal stand in a frame that would end at `end`: its length, its
/// kind, its algorithm and its last byte. The best count over the possible fills.
pub(crate) fn marks_before(bytes: &[u8], end: usize) -> u32 {
    let marks = |start: usize| -> u32 {
        let length = (end - start - FRAME_PREFIX_BYTES) as u32;
        u32::from(read_u32(bytes, start) == Some(length))
            + u32::from(bytes.get(start + FRAME_PREFIX_BYTES) == Some(&SEAL_KIND))
            + u32::from(bytes.get(start + FRAME_OVERHEAD_BYTES) == Some(&ALGORITHM_ED25519))
            + u32::from(bytes.get(end - 1) == Some(&END_MARK))
    };
    starts_for_end(end).map(marks).max().unwrap_or(0)
}

impl Seal {
    /// First record of the sealed group.
    pub(crate) fn first_sequence(&self) -> Option<u64> {
        self.sequence
            .checked_sub(u64::from(self.records))?
            .checked_add(1)
    }

    /// What the seal says, for a reader elsewhere.
    pub(crate) fn head(&self) -> SealedHead {
        SealedHead {
            sequence: self.sequence,
            hash: self.hash,
            key_id: self.key_id,
            signature: self.signature,
        }
    }

    pub(crate) fn check(&self, keys: &[SealKey]) -> Result<(), SealDoubt> {
        let key = keys.iter().find(|key| key.key_id == self.key_id);
        let key = key.ok_or(SealDoubt::UnknownKey)?;
        let signature = Signature::from_bytes(&self.signature);
        key.key
            .verify_strict(&seal_message(self.sequence, &self.hash), &signature)
            .map_err(|_| SealDoubt::BadSignature)
    }
}
