//! Pictures and scans that the region asks for, and their pieces on the way up. A file is known by
//! its SHA-256 alone; whoever puts the pieces together checks it.

use domain::digest::Digest;
use domain::id::GateAddress;
use prost::Message as _;

use crate::convert::{Message as _, Scalar as _, list, required};
use crate::error::{DecodeError, VerifyError};
use crate::pb;
use crate::signature::{Kind, PublicKey, SigningKeyPair};

/// Files of one request.
pub const FILES_MAX: usize = 256;
/// Longest piece.
pub const PIECE_BYTES_MAX: usize = 64 * 1024;

/// A file, wanted from an offset on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// First byte wanted: what comes before is there already.
    pub offset: u64,
}

/// The region asks a gate for files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRequest {
    /// Gate.
    pub gate: GateAddress,
    /// Files, at most [`FILES_MAX`].
    pub files: Vec<Wanted>,
}

/// A gate answers with a piece of a file, or says that it has it no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceContent {
    /// Gate.
    pub gate: GateAddress,
    /// SHA-256 of the whole file.
    pub sha256: Digest,
    /// Bytes of the whole file; `None` where the gate has no such file.
    pub size: Option<u64>,
    /// First byte of the piece.
    pub offset: u64,
    /// The piece.
    pub piece: Vec<u8>,
}

impl EvidenceRequest {
    /// Signs and encodes.
    #[must_use]
    pub fn sign_and_encode(&self, key: &SigningKeyPair) -> Vec<u8> {
        let files = self.files.iter().map(|wanted| pb::WantedFile {
            sha256: wanted.sha256.put(),
            offset: wanted.offset,
        });
        let raw = pb::EvidenceRequest {
            gate: Some(self.gate.put()),
            files: files.collect(),
        };
        key.sign(Kind::EvidenceRequest, raw.encode_to_vec())
            .encode_to_vec()
    }
}

impl EvidenceContent {
    /// Signs and encodes.
    #[must_use]
    pub fn sign_and_encode(&self, key: &SigningKeyPair) -> Vec<u8> {
        let raw = pb::EvidenceContent {
            gate: Some(self.gate.put()),
            sha256: self.sha256.put(),
            size: self.size,
            offset: self.offset,
            piece: self.piece.clone(),
        };
        key.sign(Kind::EvidenceContent, raw.encode_to_vec())
            .encode_to_vec()
    }
}

fn limited(what: &'static str, size: usize, limit: usize) -> Result<(), DecodeError> {
    if size > limit {
        return Err(DecodeError::TooLarge { what, size, limit });
    }
    Ok(())
}

/// Reads a request.
///
/// # Errors
/// Malformed, too many files, or a signature that is not the region's.
pub fn decode_request(bytes: &[u8], key: &PublicKey) -> Result<EvidenceRequest, VerifyError> {
    let body = key.open_bytes(Kind::EvidenceRequest, bytes)?;
    let raw = pb::EvidenceRequest::decode(body.as_slice()).map_err(DecodeError::from)?;
    limited("a request", raw.files.len(), FILES_MAX)?;
    let files = list(raw.files, |file| {
        Ok(Wanted {
            sha256: Digest::take(file.sha256).map_err(|error| error.inside("sha256"))?,
            offset: file.offset,
        })
    });
    Ok(EvidenceRequest {
        gate: required(raw.gate)
            .and_then(GateAddress::take)
            .map_err(|error| error.inside("gate"))?,
        files: files.map_err(|error| error.inside("files"))?,
    })
}

/// Reads a piece.
///
/// # Errors
/// Malformed, too long, or a signature that is not the gate's.
pub fn decode_content(bytes: &[u8], key: &PublicKey) -> Result<EvidenceContent, VerifyError> {
    let body = key.open_bytes(Kind::EvidenceContent, bytes)?;
    let raw = pb::EvidenceContent::decode(body.as_slice()).map_err(DecodeError::from)?;
    limited("a piece", raw.piece.len(), PIECE_BYTES_MAX)?;
    Ok(EvidenceContent {
        gate: required(raw.gate)
            .and_then(GateAddress::take)
            .map_err(|error| error.inside("gate"))?,
        sha256: Digest::take(raw.sha256).map_err(|error| error.inside("sha256"))?,
        size: raw.size,
        offset: raw.offset,
        piece: raw.piece,
    })
}
