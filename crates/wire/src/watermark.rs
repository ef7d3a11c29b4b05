//! What the region has of a gate, and what it asks for again.

use domain::digest::Digest;
use domain::id::GateAddress;
use prost::Message as _;

use crate::convert::{Message as _, Scalar as _, required};
use crate::error::{DecodeError, VerifyError};
use crate::pb;
use crate::signature::{Kind, PublicKey, SigningKeyPair};

/// Everything up to and with `sequence` is stored at the region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    /// Gate.
    pub gate: GateAddress,
    /// Epoch of its journal.
    pub epoch: u64,
    /// Last sequence stored; 0 for none.
    pub sequence: u64,
    /// Chain hash after it.
    pub chain_hash: Digest,
}

/// The region misses everything from a sequence on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapRequest {
    /// Gate.
    pub gate: GateAddress,
    /// Epoch of its journal.
    pub epoch: u64,
    /// First sequence missed.
    pub from_sequence: u64,
}

impl Watermark {
    /// Signs and encodes.
    #[must_use]
    pub fn sign_and_encode(&self, key: &SigningKeyPair) -> Vec<u8> {
        let raw = pb::Watermark {
            gate: Some(self.gate.put()),
            epoch: self.epoch,
            sequence: self.sequence,
            chain_hash: self.chain_hash.put(),
        };
        key.sign(Kind::Watermark, raw.encode_to_vec())
            .encode_to_vec()
    }
}

impl GapRequest {
    /// Signs and encodes.
    #[must_use]
    pub fn sign_and_encode(&self, key: &SigningKeyPair) -> Vec<u8> {
        let raw = pb::GapRequest {
            gate: Some(self.gate.put()),
            epoch: self.epoch,
            from_sequence: self.from_sequence,
        };
        key.sign(Kind::GapRequest, raw.encode_to_vec())
            .encode_to_vec()
    }
}

/// Reads a watermark.
///
/// # Errors
/// Malformed, or a signature that is not the region's.
pub fn decode_watermark(bytes: &[u8], key: &PublicKey) -> Result<Watermark, VerifyError> {
    let body = key.open_bytes(Kind::Watermark, bytes)?;
    let raw = pb::Watermark::decode(body.as_slice()).map_err(DecodeError::from)?;
    Ok(Watermark {
        gate: required(raw.gate)
            .and_then(GateAddress::take)
            .map_err(|e| e.inside("gate"))?,
        epoch: raw.epoch,
        sequence: raw.sequence,
        chain_hash: Digest::take(raw.chain_hash).map_err(|error| error.inside("chain_hash"))?,
    })
}

/// Reads a gap request.
///
/// # Errors
/// Malformed, or a signature that is not the region's.
pub fn decode_gap_request(bytes: &[u8], key: &PublicKey) -> Result<GapRequest, VerifyError> {
    let body = key.open_bytes(Kind::GapRequest, bytes)?;
    let raw = pb::GapRequest::decode(body.as_slice()).map_err(DecodeError::from)?;
    Ok(GapRequest {
        gate: required(raw.gate)
            .and_then(GateAddress::take)
            .map_err(|e| e.inside("gate"))?,
        epoch: raw.epoch,
        from_sequence: raw.from_sequence,
    })
}
