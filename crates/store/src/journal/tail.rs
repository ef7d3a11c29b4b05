//! Tells a commit that a power cut tore from one that was damaged later, at the end of the last
//! segment. It refuses to touch the file.
//!
//! A group is one write after the last synced byte, and the next group is only written after it is
//! synced. A power cut therefore leaves whole sectors of it unwritten (zero), or its end; it never
//! leaves a complete group with wrong bytes, and never anything sealed behind it. Both of those
//! are damage to sealed data. A group that holds a whole sector of zeros of its own and is damaged
//! while it is the last of all is the one case taken for torn; the region's copy tells.

use super::frame::{self, FrameKind, FrameRead, GROUP_LIMIT_BYTES};
use super::scan::{Doubt, Fault, Walk};
use super::seal::{self, GROUP_ALIGNMENT, Seal};

const SECTOR_BYTES: usize = 512;
/// Marks that a seal shows as long as it has not lost more than one to damage.
const MARKS_OF_A_DAMAGED_SEAL: u32 = 3;

/// What stands behind the last proven group of the last segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Nothing.
    Clean,
    /// A commit that never became durable, up to this offset.
    Torn { end: u64 },
    /// Damage to what was durable.
    Damaged(Doubt),
}

/// Judges the tail of the last segment after its walk.
pub(crate) fn judge(bytes: &[u8], checksum_seed: u32, walk: &Walk) -> Tail {
    let Some(doubt) = walk.doubt else {
        return Tail::Clean;
    };
    match doubt.what {
        Fault::Length | Fault::Checksum | Fault::Unsealed | Fault::Residue => {}
        Fault::Header
        | Fault::Format { .. }
        | Fault::Identity
        | Fault::Continuity
        | Fault::SegmentSize
        | Fault::Kind
        | Fault::Sequence { .. }
        | Fault::Chain
        | Fault::Seal
        | Fault::UnknownKey
        | Fault::Signature => return Tail::Damaged(doubt),
    }
    let due = walk.sequence.saturating_add(1);
    let start = walk.sealed_end as usize;
    let end = match bytes.iter().rposition(|byte| *byte != 0) {
        Some(last) if last >= start => last + 1,
        _ => return Tail::Damaged(doubt),
    };
    if end - start > GROUP_LIMIT_BYTES || sealed_inside(bytes, checksum_seed, start, end, due) {
        return Tail::Damaged(doubt);
    }
    let complete = end.is_multiple_of(GROUP_ALIGNMENT)
        && seal::marks_before(&bytes[start..], end - start) >= MARKS_OF_A_DAMAGED_SEAL;
    if complete && !has_unwritten_sector(bytes, start, end) {
        return Tail::Damaged(doubt);
    }
    Tail::Torn { end: end as u64 }
}

/// Whether a group before the last one was sealed, and so synced: its seal stands there, or the
/// last seal says that its group began later than the record that is due.
fn sealed_inside(bytes: &[u8], checksum_seed: u32, start: usize, end: usize, due: u64) -> bool {
    let first = start.next_multiple_of(GROUP_ALIGNMENT) + GROUP_ALIGNMENT;
    (first..=end).step_by(GROUP_ALIGNMENT).any(|place| {
        seal_ending_at(bytes, checksum_seed, start, place)
            .is_some_and(|seal| place < end || seal.first_sequence() != Some(due))
    })
}

fn seal_ending_at(bytes: &[u8], checksum_seed: u32, start: usize, place: usize) -> Option<Seal> {
    let starts = seal::starts_for_end(place).filter(|from| *from >= start);
    starts.into_iter().find_map(|from| {
        match frame::decode(bytes, from, checksum_seed, from as u64) {
            FrameRead::Frame(frame) if frame.kind == FrameKind::Seal => {
                seal::decode_payload(frame.sequence, frame.previous, frame.payload)
                    .filter(|_| from + frame.bytes == place)
            }
            FrameRead::Frame(_)
            | FrameRead::End
            | FrameRead::BadLength
            | FrameRead::BadChecksum
            | FrameRead::BadKind => None,
        }
    })
}

fn has_unwritten_sector(bytes: &[u8], start: usize, end: usize) -> bool {
    let mut from = start;
    while from < end {
        let to = end.min((from / SECTOR_BYTES + 1) * SECTOR_BYTES);
        if bytes[from..to].iter().all(|byte| *byte == 0) {
            return true;
        }
        from = to;
    }
    false
}
