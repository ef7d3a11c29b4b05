//! Parts of a ledger's snapshot as signed messages.

use domain::digest::Digest;
use domain::id::GateAddress;
use domain::ledger_row::Row;
use domain::time::Timestamp;
pub use ledger::snapshot::{SnapshotCursor, SnapshotHeader, SnapshotPart};
use prost::Message as _;

use crate::convert::{Message as _, Scalar as _, required};
use crate::error::{DecodeError, VerifyError};
use crate::pb;
use crate::signature::{Kind, PublicKey, SigningKeyPair};
use crate::standing::short_key;

/// Bytes of rows up to which a part is filled; a message may be 512 KiB long.
pub const PART_BYTES_MAX: usize = 192 * 1024;
/// Longest message that is read as a part.
const MESSAGE_BYTES_MAX: usize = 512 * 1024;
/// Most rows of a part.
pub const PART_ROWS_MAX: usize = 4_096;

/// Signs and encodes a part for a gate.
#[must_use]
pub fn sign_part(gate: &GateAddress, part: &SnapshotPart, key: &SigningKeyPair) -> Vec<u8> {
    let raw = pb::SnapshotPart {
        gate: Some(gate.put()),
        revision: part.header.revision,
        hash: part.header.hash.put(),
        issued_at_us: part.header.issued_at.put(),
        after_key: part.after_key.clone(),
        rows: part.rows.iter().map(crate::convert::Message::put).collect(),
        is_last: part.is_last,
    };
    key.sign(Kind::SnapshotPart, raw.encode_to_vec())
        .encode_to_vec()
}

/// Reads a part and the gate that it is for.
///
/// # Errors
/// Too large, malformed, or a signature that is not the region's.
pub fn decode_part(
    bytes: &[u8],
    key: &PublicKey,
) -> Result<(GateAddress, SnapshotPart), VerifyError> {
    let limited = |size, limit| {
        if size > limit {
            let what = "a part of a snapshot";
            return Err(DecodeError::TooLarge { what, size, limit });
        }
        Ok(())
    };
    limited(bytes.len(), MESSAGE_BYTES_MAX)?;
    let body = key.open_bytes(Kind::SnapshotPart, bytes)?;
    let raw = pb::SnapshotPart::decode(body.as_slice()).map_err(DecodeError::from)?;
    limited(raw.rows.len(), PART_ROWS_MAX)?;
    let at = |field: &'static str| move |error: DecodeError| error.inside(field);
    let rows: Result<Vec<Row>, DecodeError> = raw
        .rows
        .into_iter()
        .enumerate()
        .map(|(i, row)| Row::take(row).map_err(|e| e.inside(&format!("rows.{i}"))))
        .collect();
    let gate = required(raw.gate)
        .and_then(GateAddress::take)
        .map_err(at("gate"))?;
    let part = SnapshotPart {
        header: SnapshotHeader {
            revision: raw.revision,
            hash: Digest::take(raw.hash).map_err(at("hash"))?,
            issued_at: Timestamp::take(raw.issued_at_us).map_err(at("issued_at_us"))?,
        },
        after_key: short_key(raw.after_key).map_err(at("after_key"))?,
        rows: rows?,
        is_last: raw.is_last,
    };
    Ok((gate, part))
}
