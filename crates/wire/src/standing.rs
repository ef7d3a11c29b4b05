//! Which ledger a gate has, and which one the region has for it: the two words by which a link finds
//! out what has to be sent.

use domain::digest::Digest;
use domain::id::GateAddress;
use domain::ledger_row::LedgerRevision;
use domain::time::Timestamp;
use ledger::snapshot::SnapshotCursor;
use prost::Message as _;

use crate::convert::{Message as _, Scalar as _, required};
use crate::error::{DecodeError, VerifyError};
use crate::pb;
use crate::signature::{Kind, PublicKey, SigningKeyPair};

/// Longest key of a row.
const KEY_BYTES_MAX: usize = 512;

/// What a gate says that it has, signed by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerClaim {
    /// Gate.
    pub gate: GateAddress,
    /// Revision and hash; `None` if it has nothing, or nothing that it may rely on.
    pub revision: Option<LedgerRevision>,
    /// When it says so.
    pub said_at: Timestamp,
    /// Where it stands in a snapshot that it is taking.
    pub snapshot: Option<SnapshotCursor>,
}

/// What the region has for a gate, signed by the region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerHead {
    /// Gate.
    pub gate: GateAddress,
    /// Revision and hash; the time is the one at which the region vouches that they are current.
    pub revision: LedgerRevision,
}

impl LedgerClaim {
    /// Signs and encodes.
    #[must_use]
    pub fn sign_and_encode(&self, key: &SigningKeyPair) -> Vec<u8> {
        let snapshot = self.snapshot.as_ref().map(|cursor| pb::SnapshotCursor {
            revision: cursor.revision,
            hash: cursor.hash.put(),
            after_key: cursor.after_key.clone(),
        });
        let raw = pb::LedgerState {
            gate: Some(self.gate.put()),
            revision: self.revision.as_ref().map(crate::convert::Message::put),
            said_at_us: self.said_at.put(),
            snapshot,
        };
        key.sign(Kind::LedgerState, raw.encode_to_vec())
            .encode_to_vec()
    }
}

/// Reads what a gate claims to have.
///
/// # Errors
/// Malformed, or a signature that is not the gate's.
pub fn decode_ledger_claim(bytes: &[u8], key: &PublicKey) -> Result<LedgerClaim, VerifyError> {
    let body = key.open_bytes(Kind::LedgerState, bytes)?;
    let raw = pb::LedgerState::decode(body.as_slice()).map_err(DecodeError::from)?;
    Ok(LedgerClaim {
        gate: required(raw.gate)
            .and_then(GateAddress::take)
            .map_err(|e| e.inside("gate"))?,
        revision: raw
            .revision
            .map(LedgerRevision::take)
            .transpose()
            .map_err(|error| error.inside("revision"))?,
        said_at: Timestamp::take(raw.said_at_us).map_err(|e| e.inside("said_at_us"))?,
        snapshot: raw
            .snapshot
            .map(take_cursor)
            .transpose()
            .map_err(|error| error.inside("snapshot"))?,
    })
}

fn take_cursor(raw: pb::SnapshotCursor) -> Result<SnapshotCursor, DecodeError> {
    Ok(SnapshotCursor {
        revision: raw.revision,
        hash: Digest::take(raw.hash).map_err(|error| error.inside("hash"))?,
        after_key: short_key(raw.after_key)?,
    })
}

/// A row's key as another end wrote it.
pub(crate) fn short_key(raw: Vec<u8>) -> Result<Vec<u8>, DecodeError> {
    if raw.len() > KEY_BYTES_MAX {
        let (size, limit) = (raw.len(), KEY_BYTES_MAX);
        return Err(DecodeError::TooLarge {
            what: "a key of a row",
            size,
            limit,
        });
    }
    Ok(raw)
}

impl LedgerHead {
    /// Signs and encodes.
    #[must_use]
    pub fn sign_and_encode(&self, key: &SigningKeyPair) -> Vec<u8> {
        let raw = pb::LedgerHead {
            gate: Some(self.gate.put()),
            revision: self.revision.revision,
            hash: self.revision.hash.put(),
            vouched_at_us: self.revision.synced_at.put(),
        };
        key.sign(Kind::LedgerHead, raw.encode_to_vec())
            .encode_to_vec()
    }
}

/// Reads what the region has for a gate.
///
/// # Errors
/// Malformed, or a signature that is not the region's.
pub fn decode_ledger_head(bytes: &[u8], key: &PublicKey) -> Result<LedgerHead, VerifyError> {
    let body = key.open_bytes(Kind::LedgerHead, bytes)?;
    let raw = pb::LedgerHead::decode(body.as_slice()).map_err(DecodeError::from)?;
    let at = |field: &'static str| move |error: DecodeError| error.inside(field);
    Ok(LedgerHead {
        gate: required(raw.gate)
            .and_then(GateAddress::take)
            .map_err(at("gate"))?,
        revision: LedgerRevision {
            revision: raw.revision,
            hash: Digest::take(raw.hash).map_err(at("hash"))?,
            synced_at: Timestamp::take(raw.vouched_at_us).map_err(at("vouched_at_us"))?,
        },
    })
}

/// What a gate's disk keeps of its ledger's revision; never sent.
#[must_use]
pub fn encode_kept_revision(gate: &GateAddress, revision: &LedgerRevision) -> Vec<u8> {
    pb::LedgerState {
        gate: Some(gate.put()),
        revision: Some(revision.put()),
        said_at_us: 0,
        snapshot: None,
    }
    .encode_to_vec()
}

/// Reads what [`encode_kept_revision`] made.
///
/// # Errors
/// Malformed.
pub fn decode_kept_revision(bytes: &[u8]) -> Result<Option<LedgerRevision>, DecodeError> {
    let raw = pb::LedgerState::decode(bytes)?;
    let revision = raw.revision.map(LedgerRevision::take).transpose();
    revision.map_err(|error| error.inside("revision"))
}
