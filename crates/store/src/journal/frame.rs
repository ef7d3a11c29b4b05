//! The bytes of a segment file: its header and its frames, both ways. It refuses to know files,
//! keys and whether a frame is the one that was due.
//!
//! Header (512 bytes, little endian): magic 8, version u16, gate id length u16, reserved u32,
//! epoch u64, first sequence u64, segment bytes u64, previous hash 32, gate id (up to 128),
//! zeros, CRC32C over all before it.
//! Frame: length u32 (bytes after the checksum), CRC32C, kind u8, sequence u64, previous hash 32,
//! payload. The checksum starts from the header's checksum and the frame's own offset, so a frame
//! is valid only in its own segment at its own place. A zero length is the end of what was written.

use crate::chain::Hash;

pub(crate) const HEADER_BYTES: usize = 512;
pub(crate) const GATE_ID_LIMIT_BYTES: usize = 128;
/// Bytes of a frame beside its payload.
pub(crate) const FRAME_OVERHEAD_BYTES: usize = FRAME_PREFIX_BYTES + FIXED_BYTES;
/// Bytes of a frame before the part its length counts.
pub(crate) const FRAME_PREFIX_BYTES: usize = 8;
/// Largest group, seal included: one write of the journal.
pub(crate) const GROUP_LIMIT_BYTES: usize = 1 << 20;
/// The byte that tells a seal from a record.
pub(crate) const SEAL_KIND: u8 = 2;
/// Largest payload of a record.
pub const PAYLOAD_LIMIT_BYTES: usize = 256 * 1024;

const RECORD_KIND: u8 = 1;
const MAGIC: &[u8; 8] = b"KAKOUJNL";
/// 2: a link of the chain covers the digest of the payload, not the payload.
const VERSION: u16 = 2;
const GATE_ID_OFFSET: usize = 72;

const FIXED_BYTES: usize = 1 + 8 + 32;
const LENGTH_LIMIT: usize = FIXED_BYTES + PAYLOAD_LIMIT_BYTES;

/// What a segment says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) gate_id: String,
    pub(crate) epoch: u64,
    pub(crate) first_sequence: u64,
    pub(crate) segment_bytes: u64,
    /// Hash before the first record: the anchor when earlier segments are pruned.
    pub(crate) previous: Hash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    Record,
    Seal,
}

/// One valid frame, borrowed from the segment's bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: FrameKind,
    pub(crate) sequence: u64,
    /// For a record the hash before it, for a seal the hash it signs.
    pub(crate) previous: Hash,
    pub(crate) payload: &'a [u8],
    pub(crate) bytes: usize,
}

/// What stands at an offset.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FrameRead<'a> {
    Frame(Frame<'a>),
    /// A zero length or the end of the bytes: nothing was written here.
    End,
    /// The length is none that a frame can have, or leaves the segment.
    BadLength,
    /// The length fits, the checksum does not.
    BadChecksum,
    /// The checksum fits, the kind is unknown: a newer format.
    BadKind,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0u8; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
        bytes[10..12].copy_from_slice(&(self.gate_id.len() as u16).to_le_bytes());
        bytes[16..24].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first_sequence.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.segment_bytes.to_le_bytes());
        bytes[40..72].copy_from_slice(&self.previous.0);
        bytes[GATE_ID_OFFSET..GATE_ID_OFFSET + self.gate_id.len()]
            .copy_from_slice(self.gate_id.as_bytes());
        let checksum = crc32c::crc32c(&bytes[..HEADER_BYTES - 4]);
        bytes[HEADER_BYTES - 4..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The header, when magic, version and checksum are right.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..HEADER_BYTES)?;
        let checksum = crc32c::crc32c(&bytes[..HEADER_BYTES - 4]);
        if checksum != read_u32(bytes, HEADER_BYTES - 4)? || bytes[..8] != *MAGIC {
            return None;
        }
        if u16::from_le_bytes([bytes[8], bytes[9]]) != VERSION {
            return None;
        }
        let gate_id_bytes = usize::from(u16::from_le_bytes([bytes[10], bytes[11]]));
        if gate_id_bytes > GATE_ID_LIMIT_BYTES {
            return None;
        }
        let gate_id = &bytes[GATE_ID_OFFSET..GATE_ID_OFFSET + gate_id_bytes];
        if read_u64(bytes, 24)? == 0 {
            return None;
        }
        Some(Self {
            gate_id: String::from_utf8(gate_id.to_vec()).ok()?,
            epoch: read_u64(bytes, 16)?,
            first_sequence: read_u64(bytes, 24)?,
            segment_bytes: read_u64(bytes, 32)?,
            previous: read_hash(bytes, 40)?,
        })
    }

    /// The version that a whole header of another format names; none for this one, or for damage.
    pub(crate) fn other_version(bytes: &[u8]) -> Option<u16> {
        let bytes = bytes.get(..HEADER_BYTES)?;
        let checksum = crc32c::crc32c(&bytes[..HEADER_BYTES - 4]);
        let is_whole = checksum == read_u32(bytes, HEADER_BYTES - 4)? && bytes[..8] == *MAGIC;
        let version = u16::from_le_bytes([bytes[8], bytes[9]]);
        (is_whole && version != VERSION).then_some(version)
    }

    /// Where the checksum of every frame of this segment starts from.
    pub(crate) fn checksum_seed(&self) -> u32 {
        let bytes = self.encode();
        crc32c::crc32c(&bytes[HEADER_BYTES - 4..])
    }
}

/// Appends one frame to `buffer`; `offset` is its place in the segment.
pub(crate) fn encode(
    buffer: &mut Vec<u8>,
    seed: u32,
    offset: u64,
    kind: FrameKind,
    sequence: u64,
    previous: &Hash,
    payload: &[u8],
) {
    let start = buffer.len();
    buffer.extend_from_slice(&((FIXED_BYTES + payload.len()) as u32).to_le_bytes());
    buffer.extend_from_slice(&[0; 4]);
    buffer.push(match kind {
        FrameKind::Record => RECORD_KIND,
        FrameKind::Seal => SEAL_KIND,
    });
    buffer.extend_from_slice(&sequence.to_le_bytes());
    buffer.extend_from_slice(&previous.0);
    buffer.extend_from_slice(payload);
    let checksum = checksum(
        seed,
        offset,
        &buffer[start..start + 4],
        &buffer[start + 8..],
    );
    buffer[start + 4..start + 8].copy_from_slice(&checksum.to_le_bytes());
}

/// Reads what stands at `start` of `bytes`; `offset` is its place in the segment.
pub(crate) fn decode(bytes: &[u8], start: usize, seed: u32, offset: u64) -> FrameRead<'_> {
    let Some(length) = read_u32(bytes, start) else {
        return FrameRead::End;
    };
    if length == 0 {
        return FrameRead::End;
    }
    let length = length as usize;
    if !(FIXED_BYTES..=LENGTH_LIMIT).contains(&length) {
        return FrameRead::BadLength;
    }
    let body_start = start + FRAME_PREFIX_BYTES;
    let Some(body) = bytes.get(body_start..body_start + length) else {
        return FrameRead::BadLength;
    };
    let expected = checksum(seed, offset, &bytes[start..start + 4], body);
    if read_u32(bytes, start + 4) != Some(expected) {
        return FrameRead::BadChecksum;
    }
    let kind = match body[0] {
        RECORD_KIND => FrameKind::Record,
        SEAL_KIND => FrameKind::Seal,
        _ => return FrameRead::BadKind,
    };
    let (Some(sequence), Some(previous)) = (read_u64(body, 1), read_hash(body, 9)) else {
        return FrameRead::BadLength;
    };
    FrameRead::Frame(Frame {
        kind,
        sequence,
        previous,
        payload: &body[FIXED_BYTES..],
        bytes: FRAME_PREFIX_BYTES + length,
    })
}

/// Bytes of the frame whose first four bytes stand at `start`; none for a length no frame has.
pub(crate) fn claimed_bytes(bytes: &[u8], start: usize) -> Option<usize> {
    let length = read_u32(bytes, start)? as usize;
    (FIXED_BYTES..=LENGTH_LIMIT)
        .contains(&length)
        .then_some(FRAME_PREFIX_BYTES + length)
}

fn checksum(seed: u32, offset: u64, length: &[u8], body: &[u8]) -> u32 {
    let placed = crc32c::crc32c_append(seed, &offset.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(placed, length), body)
}

pub(crate) fn read_u32(bytes: &[u8], start: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(start..start + 4)?.try_into().ok()?,
    ))
}

pub(crate) fn read_u64(bytes: &[u8], start: usize) -> Option<u64> {
    Some(u64::from_le_bytes(
        bytes.get(start..start + 8)?.try_into().ok()?,
    ))
}

pub(crate) fn read_hash(bytes: &[u8], start: usize) -> Option<Hash> {
    Some(Hash(bytes.get(start..start + 32)?.try_into().ok()?))
}
