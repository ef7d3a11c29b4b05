//! The signature that ends every commit group: who signs, what is signed, how it is checked. It
//! refuses to know where private keys are kept.

use ed25519_dalek::Signer as _;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::frame::read_u32;
use crate::chain::Hash;

/// Payload of a seal frame: algorithm u8, key id 8, records in the group u32, signature 64, end mark.
pub(crate) const SEAL_PAYLOAD_BYTES: usize = 1 + 8 + 4 + 64 + 1;

const ALGORITHM_ED25519: u8 = 1;
/// Not zero, so that the last sector of a group never looks unwritten.
const END_MARK: u8 = 0xa5;
const DOMAIN: &[u8; 24] = b"kakou/journal/seal/v1\0\0\0";

/// Signs the last hash of each commit group. The private key may live in a secure element.
pub trait Signer: Send {
    /// Which key signs: the first 8 bytes of SHA-256 over the public key.
    fn key_id(&self) -> [u8; 8];
    /// An Ed25519 signature (RFC 8032) over the message.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

/// [`Signer`] with the private key in memory.
pub struct Ed25519Signer {
    key: SigningKey,
    key_id: [u8; 8],
}

impl Ed25519Signer {
    /// From the 32 secret bytes of RFC 8032.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(secret);
        let key_id = key_id(key.verifying_key().as_bytes());
        Self { key, key_id }
    }

    /// The public half, to hand to whoever verifies.
    pub fn seal_key(&self) -> SealKey {
        SealKey {
            key: self.key.verifying_key(),
            key_id: self.key_id,
        }
    }
}

impl Signer for Ed25519Signer {
    fn key_id(&self) -> [u8; 8] {
        self.key_id
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

pub(crate) fn encode_payload(
    signer: &dyn Signer,
    sequence: u64,
    hash: &Hash,
    records: u32,
) -> [u8; SEAL_PAYLOAD_BYTES] {
    let mut payload = [0u8; SEAL_PAYLOAD_BYTES];
    payload[0] = ALGORITHM_ED25519;
    payload[1..9].copy_from_slice(&signer.key_id());
    payload[9..13].copy_from_slice(&records.to_le_bytes());
    payload[13..77].copy_from_slice(&signer.sign(&seal_message(sequence, hash)));
    payload[77] = END_MARK;
    payload
}

pub(crate) fn decode_payload(sequence: u64, hash: Hash, payload: &[u8]) -> Option<Seal> {
    let known = payload.len() == SEAL_PAYLOAD_BYTES && payload[0] == ALGORITHM_ED25519;
    if !known || payload[77] != END_MARK {
        return None;
    }
    Some(Seal {
        sequence,
        hash,
        records: read_u32(payload, 9)?,
        key_id: payload[1..9].try_into().ok()?,
        signature: payload[13..77].try_into().ok()?,
    })
}

impl Seal {
    pub(crate) fn check(&self, keys: &[SealKey]) -> Result<(), SealDoubt> {
        let key = keys.iter().find(|key| key.key_id == self.key_id);
        let key = key.ok_or(SealDoubt::UnknownKey)?;
        let signature = Signature::from_bytes(&self.signature);
        key.key
            .verify_strict(&seal_message(self.sequence, &self.hash), &signature)
            .map_err(|_| SealDoubt::BadSignature)
    }
}
