//! The ledger's way down to the gate: rows, numbered deltas, directives that do not wait for theirs.

use domain::digest::Digest;
use domain::directive::Directive;
use domain::id::{GateAddress, PremisesId};
use domain::ledger_row::{Change, Row};
use domain::time::Timestamp;
pub use ledger::delta::Delta;
use ledger::delta::advance;
use prost::Message as _;

use crate::convert::{Message as _, Scalar as _, required};
use crate::error::{DecodeError, VerifyError};
use crate::pb;
use crate::signature::{Kind, PublicKey, SigningKeyPair};

/// Longest delta.
pub const DELTA_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Changes of one delta.
pub const CHANGES_MAX: usize = 20_000;
/// Longest row.
const ROW_BYTES_MAX: usize = 64 * 1024;

/// The canonical bytes of a delta: what is signed, and what the running hash goes over.
#[must_use]
pub fn delta_bytes(delta: &Delta) -> Vec<u8> {
    pb::Delta {
        revision: delta.revision,
        previous: delta.previous.put(),
        issued_at_us: delta.issued_at.put(),
        changes: delta
            .changes
            .iter()
            .map(crate::convert::Message::put)
            .collect(),
        premises: delta.premises.put(),
    }
    .encode_to_vec()
}

/// The running hash after a delta.
#[must_use]
pub fn delta_hash(delta: &Delta) -> Digest {
    advance(delta.previous, &delta_bytes(delta))
}

/// The delta as the region sends it.
#[must_use]
pub fn sign_delta(delta: &Delta, key: &SigningKeyPair) -> Vec<u8> {
    key.sign(Kind::Delta, delta_bytes(delta)).encode_to_vec()
}

/// As [`sign_delta`], of bytes that [`delta_bytes`] made.
#[must_use]
pub fn sign_delta_body(body: Vec<u8>, key: &SigningKeyPair) -> Vec<u8> {
    key.sign(Kind::Delta, body).encode_to_vec()
}

/// Reads a delta that the region sent.
///
/// # Errors
/// Too large, malformed, or a signature that is not the region's.
pub fn decode_delta(bytes: &[u8], key: &PublicKey) -> Result<Delta, VerifyError> {
    if bytes.len() > DELTA_BYTES_MAX {
        let (size, limit) = (bytes.len(), DELTA_BYTES_MAX);
        return Err(DecodeError::TooLarge {
            what: "a delta",
            size,
            limit,
        }
        .into());
    }
    let body = key.open_bytes(Kind::Delta, bytes)?;
    let raw = pb::Delta::decode(body.as_slice()).map_err(DecodeError::from)?;
    if raw.changes.len() > CHANGES_MAX {
        let (size, limit) = (raw.changes.len(), CHANGES_MAX);
        return Err(DecodeError::TooLarge {
            what: "a delta",
            size,
            limit,
        }
        .into());
    }
    let changes: Result<Vec<Change>, DecodeError> = raw
        .changes
        .into_iter()
        .enumerate()
        .map(|(i, change)| Change::take(change).map_err(|e| e.inside(&format!("changes.{i}"))))
        .collect();
    Ok(Delta {
        premises: PremisesId::take(raw.premises).map_err(|error| error.inside("premises"))?,
        revision: raw.revision,
        previous: Digest::take(raw.previous).map_err(|error| error.inside("previous"))?,
        issued_at: Timestamp::take(raw.issued_at_us).map_err(|e| e.inside("issued_at_us"))?,
        changes: changes?,
    })
}

/// A directive that does not wait for its delta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectiveOrder {
    /// The gate that it is sent to.
    pub gate: GateAddress,
    /// The directive.
    pub directive: Directive,
    /// Revision of the gate's ledger that will hold it: a gate that is there already has it, or
    /// what came after it.
    pub revision: u64,
}

/// The directive as the region sends it.
#[must_use]
pub fn sign_directive(order: &DirectiveOrder, key: &SigningKeyPair) -> Vec<u8> {
    let raw = pb::DirectiveOrder {
        gate: Some(order.gate.put()),
        directive: Some(order.directive.put()),
        revision: order.revision,
    };
    key.sign(Kind::Directive, raw.encode_to_vec())
        .encode_to_vec()
}

/// Reads a directive that the region sent.
///
/// # Errors
/// Malformed, or a signature that is not the region's.
pub fn decode_directive(bytes: &[u8], key: &PublicKey) -> Result<DirectiveOrder, VerifyError> {
    let body = key.open_bytes(Kind::Directive, bytes)?;
    let raw = pb::DirectiveOrder::decode(body.as_slice()).map_err(DecodeError::from)?;
    Ok(DirectiveOrder {
        gate: required(raw.gate)
            .and_then(GateAddress::take)
            .map_err(|e| e.inside("gate"))?,
        directive: required(raw.directive)
            .and_then(Directive::take)
            .map_err(|e| e.inside("directive"))?,
        revision: raw.revision,
    })
}

/// A row as the tables keep it.
#[must_use]
pub fn encode_row(row: &Row) -> Vec<u8> {
    row.put().encode_to_vec()
}

/// Reads a row that [`encode_row`] made.
///
/// # Errors
/// Too long or malformed.
pub fn decode_row(bytes: &[u8]) -> Result<Row, DecodeError> {
    if bytes.len() > ROW_BYTES_MAX {
        let (size, limit) = (bytes.len(), ROW_BYTES_MAX);
        return Err(DecodeError::TooLarge {
            what: "a row",
            size,
            limit,
        });
    }
    Row::take(pb::Row::decode(bytes)?)
}
