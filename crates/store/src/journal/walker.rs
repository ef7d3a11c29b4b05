//! Walks the segments of a journal in order and proves that each continues the one before it.
//! Refuses to change anything.

use std::io;

use super::frame::SegmentHeader;
use super::scan::{self, Doubt, Fault, OnSeal, Walk};
use super::settings::{Bad, SEGMENT_LIMIT_BYTES};
use super::tail::{self, Tail};
use crate::chain::{self, Hash};
use crate::disk::{Access, Folder, read_range, read_whole};

/// Digits of a sequence in a segment's file name.
const NAME_DIGITS: usize = 20;
const NAME_END: &str = ".seg";

/// File name of the segment that starts with a sequence.
pub(crate) fn segment_name(first_sequence: u64) -> String {
    format!("{first_sequence:0NAME_DIGITS$}{NAME_END}")
}

/// First sequences of the segments in a folder, in order.
pub(crate) fn list_segments(folder: &Folder) -> io::Result<Vec<u64>> {
    let names = folder.disk.list(&folder.path)?;
    let mut sequences: Vec<u64> = names.iter().filter_map(|name| parse_name(name)).collect();
    sequences.sort_unstable();
    Ok(sequences)
}

fn parse_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(NAME_END)?;
    let plain = digits.len() == NAME_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// The header alone.
pub(crate) fn read_header(
    folder: &Folder,
    first_sequence: u64,
) -> io::Result<Result<SegmentHeader, Bad>> {
    let name = segment_name(first_sequence);
    let file = folder.disk.open(&folder.path.join(&name), Access::Read)?;
    let bytes = read_range(file.as_ref(), 0, super::frame::HEADER_BYTES)?;
    let doubt = Doubt {
        offset: 0,
        sequence: first_sequence,
        what: header_fault(&bytes),
    };
    Ok(SegmentHeader::decode(&bytes).ok_or_else(|| Bad::new(name, doubt)))
}

/// Why bytes are no header.
fn header_fault(bytes: &[u8]) -> Fault {
    SegmentHeader::other_version(bytes).map_or(Fault::Header, |found| Fault::Format { found })
}

/// A segment, walked.
pub(crate) struct Walked {
    pub(crate) name: String,
    pub(crate) header: SegmentHeader,
    pub(crate) bytes: Vec<u8>,
    pub(crate) walk: Walk,
    /// Clean for every segment but the last.
    pub(crate) tail: Tail,
}

/// Where a walk stopped.
pub(crate) enum Stop {
    Disk(io::Error),
    /// The place, and what was proven of that segment before it.
    Bad(Bad, Option<Box<Walk>>),
}

/// Walks segments one by one.
pub(crate) struct Walker<'a> {
    folder: &'a Folder,
    /// Gate and epoch that every header must name.
    identity: Option<(String, u64)>,
    /// Sequence and hash that the next segment must continue.
    end: Option<(u64, Hash)>,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(folder: &'a Folder, identity: Option<(String, u64)>) -> Self {
        Self {
            folder,
            identity,
            end: None,
        }
    }

    /// Walks the segment that starts with `first_sequence`.
    pub(crate) fn walk(
        &mut self,
        first_sequence: u64,
        is_last: bool,
        on_seal: OnSeal<'_>,
    ) -> Result<Walked, Stop> {
        let name = segment_name(first_sequence);
        let path = self.folder.path.join(&name);
        let bytes = read_whole(self.folder.disk.as_ref(), &path, SEGMENT_LIMIT_BYTES)
            .map_err(Stop::Disk)?;
        let due = self
            .end
            .map_or(first_sequence, |(sequence, _)| sequence.saturating_add(1));
        let header = self.check_header(first_sequence, &bytes).map_err(|what| {
            Stop::Bad(
                Bad::new(
                    name.clone(),
                    Doubt {
                        offset: 0,
                        sequence: due,
                        what,
                    },
                ),
                None,
            )
        })?;
        let walk = scan::walk(&bytes, &header, on_seal);
        let tail = match walk.doubt {
            Some(doubt) if !is_last => Tail::Damaged(doubt),
            Some(_) | None => tail::judge(&bytes, header.checksum_seed(), &walk),
        };
        if let Tail::Damaged(doubt) = tail {
            return Err(Stop::Bad(Bad::new(name, doubt), Some(Box::new(walk))));
        }
        self.end = Some((walk.sequence, walk.hash));
        Ok(Walked {
            name,
            header,
            bytes,
            walk,
            tail,
        })
    }

    fn check_header(&mut self, named: u64, bytes: &[u8]) -> Result<SegmentHeader, Fault> {
        let header = SegmentHeader::decode(bytes).ok_or_else(|| header_fault(bytes))?;
        let identity = (header.gate_id.clone(), header.epoch);
        if *self.identity.get_or_insert_with(|| identity.clone()) != identity {
            return Err(Fault::Identity);
        }
        if header.first_sequence != named {
            return Err(Fault::Continuity);
        }
        let continues = match self.end {
            Some((sequence, hash)) => {
                header.first_sequence == sequence.saturating_add(1) && header.previous == hash
            }
            None if named == 1 => header.previous == chain::genesis(&header.gate_id, header.epoch),
            // The oldest segment of a pruned journal: its header is the anchor.
            None => true,
        };
        if continues {
            Ok(header)
        } else {
            Err(Fault::Continuity)
        }
    }
}
