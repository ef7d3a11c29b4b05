//! Events ↔ records: the payload of the journal and of batches.

use domain::event::Event;
use domain::id::GateAddress;
use prost::Message as _;

use crate::convert::event::{put_record, take_record};
use crate::error::DecodeError;
use crate::pb;

/// Longest record.
pub const RECORD_BYTES_MAX: usize = 256 * 1024;

/// The event of `gate`, canonically encoded.
#[must_use]
pub fn encode_record(gate: &GateAddress, event: &Event) -> Vec<u8> {
    put_record(gate, event).encode_to_vec()
}

/// Gate and event of a record.
///
/// # Errors
/// Too long, no protobuf, or a field that is missing, unknown or malformed.
pub fn decode_record(bytes: &[u8]) -> Result<(GateAddress, Event), DecodeError> {
    if bytes.len() > RECORD_BYTES_MAX {
        let (size, limit) = (bytes.len(), RECORD_BYTES_MAX);
        return Err(DecodeError::TooLarge {
            what: "a record",
            size,
            limit,
        });
    }
    take_record(pb::Record::decode(bytes)?)
}
