//! One segment file, read step by step from remembered places, each step proven. Refuses to know
//! how far the file is durable: the caller gives the limit.

use std::ops::Range;

use super::{ReadError, disk_error};
use crate::chain::{self, Hash};
use crate::disk::{Access, DiskFile, Folder, read_range};
use crate::journal::frame::{self, FRAME_PREFIX_BYTES, FrameKind, FrameRead, HEADER_BYTES};
use crate::journal::scan::{Doubt, Fault};
use crate::journal::settings::Bad;
use crate::journal::walker::{read_header, segment_name};

/// Distance of remembered places; a record is found within this many bytes of one.
const PLACE_BYTES: u64 = 32 << 10;
const CHUNK_BYTES: usize = 64 << 10;

/// Where a record starts, and what it follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) sequence: u64,
    pub(super) previous: Hash,
    offset: u64,
}

/// One record further.
pub(super) struct Step {
    pub(super) after: Place,
    /// The record's payload in [`OpenSegment::bytes`].
    pub(super) payload: Range<usize>,
}

pub(super) struct OpenSegment {
    folder: Folder,
    file: Box<dyn DiskFile>,
    checksum_seed: u32,
    /// The start of the segment and places on the way, in order.
    places: Vec<Place>,
    /// Where the last read stopped.
    resume: Place,
    chunk: Vec<u8>,
    chunk_offset: u64,
}

impl OpenSegment {
    pub(super) fn open(folder: &Folder, first_sequence: u64) -> Result<Self, ReadError> {
        let wrap = |error| disk_error(folder, error);
        let header = read_header(folder, first_sequence)
            .map_err(wrap)?
            .map_err(ReadError::Unproven)?;
        let path = folder.path.join(segment_name(first_sequence));
        let file = folder.disk.open(&path, Access::Read).map_err(wrap)?;
        let start = Place {
            sequence: first_sequence,
            previous: header.previous,
            offset: HEADER_BYTES as u64,
        };
        Ok(Self {
            folder: folder.clone(),
            file,
            checksum_seed: header.checksum_seed(),
            places: vec![start],
            resume: start,
            chunk: Vec::new(),
            chunk_offset: 0,
        })
    }

    pub(super) fn first_sequence(&self) -> u64 {
        self.places[0].sequence
    }

    /// The bytes that the last step's payload lies in.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.chunk
    }

    /// The nearest remembered place at or before a record.
    pub(super) fn place_before(&self, sequence: u64) -> Place {
        let after = self
            .places
            .partition_point(|place| place.sequence <= sequence);
        let place = self.places[after.saturating_sub(1)];
        let resumes = (place.sequence..=sequence).contains(&self.resume.sequence);
        if resumes { self.resume } else { place }
    }

    /// Remembers where the next read is likely to start.
    pub(super) fn resume_at(&mut self, place: Place) {
        self.resume = place;
    }

    /// Reads the record at a place, over the seals before it, up to `limit`.
    pub(super) fn step(&mut self, place: Place, limit: u64) -> Result<Step, ReadError> {
        let mut offset = place.offset;
        loop {
            let start = self.load(offset, limit)?;
            let frame = match frame::decode(&self.chunk, start, self.checksum_seed, offset) {
                FrameRead::Frame(frame) => frame,
                FrameRead::End => return Err(self.unproven(place, offset, Fault::Continuity)),
                FrameRead::BadLength => return Err(self.unproven(place, offset, Fault::Length)),
                FrameRead::BadChecksum => {
                    return Err(self.unproven(place, offset, Fault::Checksum));
                }
                FrameRead::BadKind => return Err(self.unproven(place, offset, Fault::Kind)),
            };
            let bytes = frame.bytes;
            match frame.kind {
                FrameKind::Seal => offset += bytes as u64,
                FrameKind::Record => {
                    if frame.sequence != place.sequence {
                        let what = Fault::Sequence {
                            found: frame.sequence,
                        };
                        return Err(self.unproven(place, offset, what));
                    }
                    if frame.previous != place.previous {
                        return Err(self.unproven(place, offset, Fault::Chain));
                    }
                    let payload_bytes = frame.payload.len();
                    let after = Place {
                        sequence: place.sequence.saturating_add(1),
                        previous: chain::next(&place.previous, place.sequence, frame.payload),
                        offset: offset + bytes as u64,
                    };
                    self.remember(after);
                    let end = start + bytes;
                    return Ok(Step {
                        after,
                        payload: end - payload_bytes..end,
                    });
                }
            }
        }
    }

    fn remember(&mut self, place: Place) {
        let furthest = self.places.last().map_or(0, |place| place.offset);
        if place.offset >= furthest + PLACE_BYTES {
            self.places.push(place);
        }
    }

    /// Makes the whole frame at `offset` available, as far as the limit allows, and says where in
    /// the chunk it starts.
    fn load(&mut self, offset: u64, limit: u64) -> Result<usize, ReadError> {
        let start = self.cover(offset, FRAME_PREFIX_BYTES, limit)?;
        let bytes = frame::claimed_bytes(&self.chunk, start).unwrap_or(FRAME_PREFIX_BYTES);
        self.cover(offset, bytes, limit)
    }

    fn cover(&mut self, offset: u64, bytes: usize, limit: u64) -> Result<usize, ReadError> {
        let wanted_end = (offset + bytes as u64).min(limit.max(offset));
        let chunk_end = self.chunk_offset + self.chunk.len() as u64;
        if offset < self.chunk_offset || wanted_end > chunk_end {
            let length = limit
                .saturating_sub(offset)
                .min(bytes.max(CHUNK_BYTES) as u64);
            self.chunk = read_range(self.file.as_ref(), offset, length as usize)
                .map_err(|error| disk_error(&self.folder, error))?;
            self.chunk_offset = offset;
        }
        Ok((offset - self.chunk_offset) as usize)
    }

    fn unproven(&self, place: Place, offset: u64, what: Fault) -> ReadError {
        let doubt = Doubt {
            offset,
            sequence: place.sequence,
            what,
        };
        ReadError::Unproven(Bad::new(segment_name(self.first_sequence()), doubt))
    }
}
