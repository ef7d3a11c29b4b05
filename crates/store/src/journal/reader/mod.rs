//! Durable records in order, from the writer's own process or from a directory. Proves checksum,
//! sequence and chain of every record it hands out. Refuses to know who reads and why.

mod open_segment;

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Record;
use super::frame::FRAME_PREFIX_BYTES;
use super::settings::Bad;
use super::shared::{Head, Segment, Shared};
use super::walker::{self, Stop, Walker, segment_name};
use crate::chain::{self, Hash};
use crate::disk::{Access, Folder, RealDisk, read_range};
use open_segment::OpenSegment;

/// Segments whose places are remembered: the one at the end and one further back.
const OPEN_SEGMENTS: usize = 2;
/// Looks at a directory that another process may be changing before its error is believed.
const LOOKS: u32 = 3;
/// How often a directory without a writer in this process is looked at again.
const POLL: Duration = Duration::from_millis(20);

/// Why records cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The record has been removed, the region has it.
    #[error("sequence {sequence} is pruned, the oldest here is {first_sequence}")]
    Pruned {
        /// What was asked for.
        sequence: u64,
        /// Oldest record here.
        first_sequence: u64,
    },
    /// There is no segment in the directory.
    #[error("there is no journal in {folder:?}")]
    NoJournal {
        /// The directory.
        folder: Folder,
    },
    /// The disk refused.
    #[error("cannot read the journal in {folder:?}")]
    Disk {
        /// The directory.
        folder: Folder,
        /// The disk's answer.
        #[source]
        source: io::Error,
    },
    /// What stands there does not prove itself.
    #[error("the journal does not prove itself: {0}")]
    Unproven(Bad),
}

/// A reader of durable records. Each has its own position; make one for each task.
pub struct JournalReader {
    shared: Arc<Shared>,
    /// No writer of this process tells how far the journal is durable.
    alone: bool,
    open: VecDeque<OpenSegment>,
}

impl JournalReader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            alone: false,
            open: VecDeque::new(),
        }
    }

    /// A reader of a directory on this machine, whether or not a writer is at work there. What a
    /// writer has sealed counts as durable.
    ///
    /// # Errors
    /// There is no journal, the disk refuses, or the last segment does not prove itself.
    pub fn open(directory: &Path) -> Result<Self, ReadError> {
        let folder = Folder::on(Arc::new(RealDisk), directory);
        Self::open_on(&folder)
    }

    /// As [`JournalReader::open`], on a given disk.
    ///
    /// # Errors
    /// As [`JournalReader::open`].
    pub fn open_on(folder: &Folder) -> Result<Self, ReadError> {
        let (segments, head) = look(folder)?;
        let first = segments.front().map_or(1, |segment| segment.first_sequence);
        let header = walker::read_header(folder, first)
            .map_err(|error| disk_error(folder, error))?
            .map_err(ReadError::Unproven)?;
        let genesis = chain::genesis(&header.gate_id, header.epoch);
        let shared = Arc::new(Shared::new(folder.clone(), genesis, segments, head));
        Ok(Self {
            shared,
            alone: true,
            open: VecDeque::new(),
        })
    }

    /// Oldest record here; 1 for a journal that was never pruned, also when it is empty.
    pub fn first_sequence(&self) -> u64 {
        self.shared.first_sequence()
    }

    /// Last durable record; 0 when there is none.
    pub fn durable_sequence(&self) -> u64 {
        self.shared.head().sequence
    }

    /// Waits until more than `sequence` is durable, or `timeout` is over. Returns the last
    /// durable sequence.
    pub fn wait_beyond(&self, sequence: u64, timeout: Duration) -> u64 {
        if !self.alone {
            return self.shared.wait_beyond(sequence, timeout);
        }
        let deadline = Instant::now() + timeout;
        loop {
            // A directory that cannot be read now tells so to whoever reads records.
            if self.refresh().is_ok() && self.durable_sequence() > sequence {
                return self.durable_sequence();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return self.durable_sequence();
            }
            std::thread::sleep(left.min(POLL));
        }
    }

    /// Durable records from `sequence` on (0 is taken for 1), at most `max_records` and about
    /// `max_bytes` of payload, but at least one if there is one and `max_records` allows it.
    ///
    /// # Errors
    /// The record is pruned, the disk refuses, or a record does not prove itself.
    pub fn read_from(
        &mut self,
        sequence: u64,
        max_records: usize,
        max_bytes: usize,
    ) -> Result<Vec<Record>, ReadError> {
        let mut next = sequence.max(1);
        if self.alone && next > self.durable_sequence() {
            self.refresh()?;
        }
        let mut batch = Batch {
            records: Vec::new(),
            bytes: 0,
            max_records,
            max_bytes,
        };
        while self.read_segment(next, &mut batch)? {
            next = batch
                .records
                .last()
                .map_or(next, |record| record.sequence + 1);
        }
        Ok(batch.records)
    }

    /// Hash of a durable record; of sequence 0 the genesis; none for what is not durable yet.
    ///
    /// # Errors
    /// As [`JournalReader::read_from`].
    pub fn hash_at(&mut self, sequence: u64) -> Result<Option<Hash>, ReadError> {
        if sequence == 0 {
            return Ok(Some(self.shared.genesis));
        }
        let head = self.shared.head();
        if sequence == head.sequence {
            return Ok(Some(head.hash));
        }
        if sequence > head.sequence {
            return Ok(None);
        }
        // Before the oldest record stands the anchor in its segment's header.
        if sequence.checked_add(1) == Some(self.first_sequence()) {
            let first = self.read_from(sequence + 1, 1, 0)?;
            return Ok(first.first().map(|record| record.prev_hash));
        }
        let record = self.read_from(sequence, 1, 0)?;
        Ok(record.first().map(|record| record.hash))
    }

    /// Adds the durable records of one segment from `next` on. True when it ended with the segment
    /// and the next one may have more.
    fn read_segment(&mut self, next: u64, batch: &mut Batch) -> Result<bool, ReadError> {
        let (head, found) = {
            let state = self.shared.state();
            (state.head, state.segment_of(next))
        };
        if next > head.sequence {
            return Ok(false);
        }
        let Some((segment, after)) = found else {
            return Err(self.pruned(next));
        };
        let (last, limit) = match after {
            Some(after) => (after.first_sequence - 1, segment.bytes),
            None => (head.sequence, head.end),
        };
        let open = self.segment(segment.first_sequence, next)?;
        let mut place = open.place_before(next);
        while place.sequence <= last && !batch.is_full() {
            let step = open.step(place, limit)?;
            if place.sequence >= next {
                let payload = &open.bytes()[step.payload.clone()];
                if !batch.fits(payload.len()) {
                    break;
                }
                batch.take(Record {
                    sequence: place.sequence,
                    prev_hash: place.previous,
                    hash: step.after.previous,
                    payload: payload.to_vec(),
                });
            }
            place = step.after;
        }
        open.resume_at(place);
        Ok(place.sequence > last && !batch.is_full())
    }

    fn pruned(&self, sequence: u64) -> ReadError {
        ReadError::Pruned {
            sequence,
            first_sequence: self.first_sequence(),
        }
    }

    /// The segment's file, kept open from the last reads where possible.
    fn segment(&mut self, first: u64, asked: u64) -> Result<&mut OpenSegment, ReadError> {
        let known = self
            .open
            .iter()
            .position(|open| open.first_sequence() == first);
        let open = match known.and_then(|index| self.open.remove(index)) {
            Some(open) => open,
            None => match OpenSegment::open(&self.shared.folder, first) {
                // Pruned between the look at the list and the opening of the file.
                Err(ReadError::Disk { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                    return Err(self.pruned(asked));
                }
                opened => opened?,
            },
        };
        self.open.truncate(OPEN_SEGMENTS - 1);
        self.open.push_front(open);
        Ok(&mut self.open[0])
    }

    /// Looks at a directory again that another process may write to.
    fn refresh(&self) -> Result<(), ReadError> {
        let folder = &self.shared.folder;
        let (last, end) = {
            let state = self.shared.state();
            (
                state
                    .segments
                    .back()
                    .map_or(0, |segment| segment.first_sequence),
                state.head.end,
            )
        };
        let unchanged = || -> io::Result<bool> {
            if walker::list_segments(folder)?.last() != Some(&last) {
                return Ok(false);
            }
            let path = folder.path.join(segment_name(last));
            let file = folder.disk.open(&path, Access::Read)?;
            let next = read_range(file.as_ref(), end, FRAME_PREFIX_BYTES)?;
            Ok(next.iter().all(|byte| *byte == 0))
        };
        if unchanged().map_err(|error| disk_error(folder, error))? {
            return Ok(());
        }
        let (segments, head) = look(folder)?;
        let mut state = self.shared.state();
        state.segments = segments;
        state.head = head;
        Ok(())
    }
}

/// Records being gathered, within limits.
struct Batch {
    records: Vec<Record>,
    bytes: usize,
    max_records: usize,
    max_bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.records.len() >= self.max_records
    }

    fn fits(&self, bytes: usize) -> bool {
        self.records.is_empty() || self.bytes + bytes <= self.max_bytes
    }

    fn take(&mut self, record: Record) {
        self.bytes += record.payload.len();
        self.records.push(record);
    }
}

/// The segments of a directory and how far the last one is sealed. A writer may be at work, so
/// what looks wrong is looked at again.
fn look(folder: &Folder) -> Result<(VecDeque<Segment>, Head), ReadError> {
    let mut outcome = look_once(folder);
    for _ in 1..LOOKS {
        if outcome.is_ok() {
            break;
        }
        outcome = look_once(folder);
    }
    outcome
}

fn look_once(folder: &Folder) -> Result<(VecDeque<Segment>, Head), ReadError> {
    let wrap = |error| disk_error(folder, error);
    let sequences = walker::list_segments(folder).map_err(wrap)?;
    let Some(last) = sequences.last().copied() else {
        return Err(ReadError::NoJournal {
            folder: folder.clone(),
        });
    };
    let mut segments = VecDeque::new();
    for first_sequence in sequences {
        let header = walker::read_header(folder, first_sequence).map_err(wrap)?;
        let bytes = header.map_err(ReadError::Unproven)?.segment_bytes;
        segments.push_back(Segment {
            first_sequence,
            bytes,
        });
    }
    let walked = Walker::new(folder, None).walk(last, true, &mut |_, _| Ok(()));
    let walk = walked
        .map(|walked| walked.walk)
        .map_err(|stop| match stop {
            Stop::Disk(error) => disk_error(folder, error),
            Stop::Bad(bad, _) => ReadError::Unproven(bad),
        })?;
    Ok((
        segments,
        Head {
            sequence: walk.sequence,
            hash: walk.hash,
            end: walk.sealed_end,
        },
    ))
}

pub(super) fn disk_error(folder: &Folder, source: io::Error) -> ReadError {
    ReadError::Disk {
        folder: folder.clone(),
        source,
    }
}
