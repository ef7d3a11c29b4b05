//! Batches of records, signed by their gate.
//!
//! The gate signs place and length of the batch in its chain and the chain's hash after it. The
//! receiver computes that hash from the payloads: if it matches, no payload was changed, left
//! out, added or moved.

use domain::digest::Digest;
use domain::id::GateAddress;
use prost::Message as _;

use crate::convert::{Message as _, Scalar as _, required};
use crate::error::{DecodeError, VerifyError};
use crate::pb;
use crate::record::RECORD_BYTES_MAX;
use crate::signature::{Kind, PublicKey, SigningKeyPair};

/// Records of one batch.
pub const RECORDS_MAX: usize = 8_192;
/// Longest batch.
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Consecutive records of one gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Gate.
    pub gate: GateAddress,
    /// Epoch of its journal.
    pub epoch: u64,
    /// Sequence of the first record.
    pub first_sequence: u64,
    /// Chain hash before it.
    pub prev_hash: Digest,
    /// Records in order.
    pub payloads: Vec<Vec<u8>>,
    /// Chain hash after the last.
    pub head_hash: Digest,
}

impl Batch {
    /// Signs and encodes.
    #[must_use]
    pub fn sign_and_encode(&self, key: &SigningKeyPair) -> Vec<u8> {
        let head = pb::BatchHead {
            gate: Some(self.gate.put()),
            epoch: self.epoch,
            first_sequence: self.first_sequence,
            count: u32::try_from(self.payloads.len()).unwrap_or(u32::MAX),
            prev_hash: self.prev_hash.put(),
            head_hash: self.head_hash.put(),
        };
        let head = Some(key.sign(Kind::Batch, head.encode_to_vec()));
        pb::Batch {
            head,
            payloads: self.payloads.clone(),
        }
        .encode_to_vec()
    }
}

/// What the gate signed of a batch, as it came: it proves the batch's head to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// Encoded head.
    pub body: Vec<u8>,
    /// The gate's signature over it.
    pub signature: Vec<u8>,
}

/// A head without its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Gate.
    pub gate: GateAddress,
    /// Epoch of its journal.
    pub epoch: u64,
    /// Sequence of the first record.
    pub first_sequence: u64,
    /// Number of records.
    pub count: u32,
    /// Chain hash before the first.
    pub prev_hash: Digest,
    /// Chain hash after the last.
    pub head_hash: Digest,
}

/// Reads a batch and checks its signature. The caller checks the chain.
///
/// # Errors
/// Too large, malformed, a count that differs, or a signature that is not the gate's.
pub fn verify_batch(bytes: &[u8], key: &PublicKey) -> Result<Batch, VerifyError> {
    verify_batch_and_head(bytes, key).map(|(batch, _)| batch)
}

/// As [`verify_batch`], with what the gate signed.
///
/// # Errors
/// As [`verify_batch`].
pub fn verify_batch_and_head(
    bytes: &[u8],
    key: &PublicKey,
) -> Result<(Batch, SignedHead), VerifyError> {
    limited("a batch", bytes.len(), BATCH_BYTES_MAX)?;
    let raw = pb::Batch::decode(bytes).map_err(DecodeError::from)?;
    let signed = required(raw.head).map_err(|error| error.inside("head"))?;
    let signed = SignedHead {
        body: signed.body,
        signature: signed.signature,
    };
    let head = verify_head(&signed, key)?;
    limited("a batch", raw.payloads.len(), RECORDS_MAX)?;
    for payload in &raw.payloads {
        limited("a record", payload.len(), RECORD_BYTES_MAX)?;
    }
    if usize::try_from(head.count) != Ok(raw.payloads.len()) || raw.payloads.is_empty() {
        return Err(DecodeError::field("is not the number of records")
            .inside("count")
            .into());
    }
    let batch = Batch {
        gate: head.gate,
        epoch: head.epoch,
        first_sequence: head.first_sequence,
        prev_hash: head.prev_hash,
        payloads: raw.payloads,
        head_hash: head.head_hash,
    };
    Ok((batch, signed))
}

/// Reads a signed head that stands alone.
///
/// # Errors
/// Malformed, or a signature that is not the gate's.
pub fn verify_head(signed: &SignedHead, key: &PublicKey) -> Result<Head, VerifyError> {
    let raw = pb::Signed {
        body: signed.body.clone(),
        signature: signed.signature.clone(),
    };
    let head = key.open(Kind::Batch, raw)?;
    let head = pb::BatchHead::decode(head.as_slice()).map_err(DecodeError::from)?;
    Ok(Head {
        gate: required(head.gate)
            .and_then(GateAddress::take)
            .map_err(|e| e.inside("gate"))?,
        epoch: head.epoch,
        first_sequence: head.first_sequence,
        count: head.count,
        prev_hash: Digest::take(head.prev_hash).map_err(|error| error.inside("prev_hash"))?,
        head_hash: Digest::take(head.head_hash).map_err(|error| error.inside("head_hash"))?,
    })
}

fn limited(what: &'static str, size: usize, limit: usize) -> Result<(), DecodeError> {
    if size > limit {
        return Err(DecodeError::TooLarge { what, size, limit });
    }
    Ok(())
}
