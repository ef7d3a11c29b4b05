//! Walks the bytes of one segment and says how far they prove themselves: checksums, gap-free
//! sequence, chain, seals in place. It refuses to judge whether what follows is a torn commit or
//! tampering, and believes no signature; that is for recovery and verification.

use std::fmt;

use super::frame::{self, Frame, FrameKind, FrameRead, HEADER_BYTES, SegmentHeader};
use super::seal::{self, Seal};
use crate::chain::{self, Hash};

/// What is wrong at a place in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The segment's header is damaged.
    Header,
    /// The segment was written in another format than this program's.
    Format {
        /// The format's version.
        found: u16,
    },
    /// The segment belongs to another gate or epoch.
    Identity,
    /// The header does not continue where the segment before it ended, or a segment is missing.
    Continuity,
    /// The file is not as long as its header says.
    SegmentSize,
    /// A frame has a length that no frame can have.
    Length,
    /// A frame does not match its checksum.
    Checksum,
    /// A frame is of an unknown kind.
    Kind,
    /// A frame carries another sequence than the next one.
    Sequence {
        /// The sequence in the frame.
        found: u64,
    },
    /// A record does not follow from the hash before it.
    Chain,
    /// A seal does not describe the group it ends.
    Seal,
    /// A seal names a key that is not believed.
    UnknownKey,
    /// A seal's signature is wrong.
    Signature,
    /// Records without a seal after them.
    Unsealed,
    /// Bytes where nothing was written.
    Residue,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Header => "segment header damaged",
            Self::Format { found } => {
                return write!(
                    formatter,
                    "segment of journal format {found}, which another version of this program reads"
                );
            }
            Self::Identity => "segment of another gate or epoch",
            Self::Continuity => "segment does not continue the one before it",
            Self::SegmentSize => "segment file has another length than its header says",
            Self::Length => "impossible frame length",
            Self::Checksum => "frame checksum mismatch",
            Self::Kind => "unknown frame kind",
            Self::Sequence { found } => return write!(formatter, "unexpected sequence {found}"),
            Self::Chain => "hash chain broken",
            Self::Seal => "seal does not fit its group",
            Self::UnknownKey => "seal by an unknown key",
            Self::Signature => "seal signature wrong",
            Self::Unsealed => "records without a seal",
            Self::Residue => "bytes where nothing was written",
        };
        formatter.write_str(text)
    }
}

/// A place that does not prove itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) offset: u64,
    /// The sequence that was due there: the first record not proven.
    pub(crate) sequence: u64,
    pub(crate) what: Fault,
}

/// How far a segment proves itself.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// End of the last group that is complete with its seal.
    pub(crate) sealed_end: u64,
    pub(crate) sequence: u64,
    pub(crate) hash: Hash,
    pub(crate) records: u64,
    pub(crate) groups: u64,
    /// Where the last sealed group starts.
    pub(crate) last_group: u64,
    pub(crate) last_seal: Option<(u64, Seal)>,
    /// The first thing wrong; none when all bytes of the file are accounted for.
    pub(crate) doubt: Option<Doubt>,
}

/// A seal met on the way, with the offset of its frame.
pub(crate) type OnSeal<'a> = &'a mut dyn FnMut(u64, &Seal) -> Result<(), Fault>;

struct Group {
    sequence: u64,
    hash: Hash,
    records: u32,
}

/// Walks a whole segment file whose header is already decoded.
pub(crate) fn walk(bytes: &[u8], header: &SegmentHeader, on_seal: OnSeal<'_>) -> Walk {
    let mut walk = Walk {
        sealed_end: HEADER_BYTES as u64,
        sequence: header.first_sequence - 1,
        hash: header.previous,
        records: 0,
        groups: 0,
        last_group: HEADER_BYTES as u64,
        last_seal: None,
        doubt: None,
    };
    if bytes.len() as u64 != header.segment_bytes {
        walk.doubt = Some(walk.doubt_at(bytes.len() as u64, Fault::SegmentSize));
        return walk;
    }
    let seed = header.checksum_seed();
    let mut offset = HEADER_BYTES;
    let mut group = Group {
        sequence: walk.sequence,
        hash: walk.hash,
        records: 0,
    };
    loop {
        let frame = match frame::decode(bytes, offset, seed, offset as u64) {
            FrameRead::Frame(frame) => frame,
            FrameRead::End => {
                walk.doubt = end_doubt(bytes, offset, &walk, &group);
                return walk;
            }
            FrameRead::BadLength => return walk.stop(offset, &group, Fault::Length),
            FrameRead::BadChecksum => return walk.stop(offset, &group, Fault::Checksum),
            FrameRead::BadKind => return walk.stop(offset, &group, Fault::Kind),
        };
        match frame.kind {
            FrameKind::Record => {
                if let Err(what) = group.take_record(&frame) {
                    return walk.stop(offset, &group, what);
                }
            }
            FrameKind::Seal => {
                if let Err(what) = walk.take_seal(&frame, offset, &mut group, &mut *on_seal) {
                    walk.doubt = Some(walk.doubt_at(offset as u64, what));
                    return walk;
                }
            }
        }
        offset += frame.bytes;
    }
}

/// What is wrong where the written data ends: bytes in the unwritten part, or records no seal ends.
fn end_doubt(bytes: &[u8], offset: usize, walk: &Walk, group: &Group) -> Option<Doubt> {
    let sequence = group.sequence.saturating_add(1);
    if let Some(residue) = bytes[offset..].iter().position(|byte| *byte != 0) {
        let offset = (offset + residue) as u64;
        return Some(Doubt {
            offset,
            sequence,
            what: Fault::Residue,
        });
    }
    (group.records > 0).then(|| walk.doubt_at(walk.sealed_end, Fault::Unsealed))
}

impl Walk {
    fn doubt_at(&self, offset: u64, what: Fault) -> Doubt {
        Doubt {
            offset,
            sequence: self.sequence.saturating_add(1),
            what,
        }
    }

    fn stop(mut self, offset: usize, group: &Group, what: Fault) -> Self {
        self.doubt = Some(Doubt {
            offset: offset as u64,
            sequence: group.sequence.saturating_add(1),
            what,
        });
        self
    }

    fn take_seal(
        &mut self,
        frame: &Frame<'_>,
        offset: usize,
        group: &mut Group,
        on_seal: OnSeal<'_>,
    ) -> Result<(), Fault> {
        if frame.sequence != group.sequence {
            return Err(Fault::Sequence {
                found: frame.sequence,
            });
        }
        let seal = seal::decode_payload(frame.sequence, frame.previous, frame.payload)
            .filter(|seal| seal.hash == group.hash && seal.records == group.records)
            .filter(|seal| seal.records > 0)
            .ok_or(Fault::Seal)?;
        on_seal(offset as u64, &seal)?;
        self.last_group = self.sealed_end;
        self.sealed_end = (offset + frame.bytes) as u64;
        self.sequence = group.sequence;
        self.hash = group.hash;
        self.records += u64::from(group.records);
        self.groups += 1;
        self.last_seal = Some((offset as u64, seal));
        group.records = 0;
        Ok(())
    }
}

impl Group {
    fn take_record(&mut self, frame: &Frame<'_>) -> Result<(), Fault> {
        if Some(frame.sequence) != self.sequence.checked_add(1) {
            return Err(Fault::Sequence {
                found: frame.sequence,
            });
        }
        if frame.previous != self.hash {
            return Err(Fault::Chain);
        }
        self.hash = chain::next(&frame.previous, frame.sequence, frame.payload);
        self.sequence = frame.sequence;
        self.records += 1;
        Ok(())
    }
}
