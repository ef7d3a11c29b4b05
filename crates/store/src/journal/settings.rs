//! What a journal is told before it starts, and the errors it answers with. Refuses to know how
//! they come about.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::frame::{
    FRAME_OVERHEAD_BYTES, GATE_ID_LIMIT_BYTES, GROUP_LIMIT_BYTES, HEADER_BYTES, PAYLOAD_LIMIT_BYTES,
};
use super::scan::{Doubt, Fault};
use super::seal::{SEAL_FRAME_LIMIT_BYTES, SealKey};
use crate::chain::Hash;

/// Largest segment file.
pub const SEGMENT_LIMIT_BYTES: u64 = 1 << 30;
/// Smallest segment file.
pub const SEGMENT_LEAST_BYTES: u64 = 4 << 10;

/// What is proven before a journal opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpenScan {
    /// Every record of every segment; about 0.1 s for each 64 MiB.
    #[default]
    Whole,
    /// The two newest segments; the others are proven when they are read.
    Newest,
}

/// Settings of a journal.
#[derive(Clone, Debug)]
pub struct JournalConfig {
    /// Directory of the segments; made when it is missing.
    pub directory: PathBuf,
    /// Gate whose events these are: 1 to 128 bytes of UTF-8.
    pub gate: String,
    /// Epoch of the chain; a journal that has to start anew takes the next one.
    pub epoch: u64,
    /// Size of a segment file, [`SEGMENT_LEAST_BYTES`] to [`SEGMENT_LIMIT_BYTES`].
    pub segment_bytes: u64,
    /// All segment files together, at least three segments.
    pub quota_bytes: u64,
    /// Records that may wait for the writer.
    pub queue_records: usize,
    /// Payload bytes that may wait for the writer.
    pub queue_bytes: usize,
    /// Real-time priority (1 to 99) asked for the writer thread; none leaves it ordinary.
    pub real_time_priority: Option<u8>,
    /// Keys that sealed earlier parts of this journal.
    pub former_keys: Vec<SealKey>,
    /// What is proven before the journal opens.
    pub scan: OpenScan,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("journal"),
            gate: String::from("gate"),
            epoch: 1,
            segment_bytes: 16 << 20,
            quota_bytes: 4 << 30,
            queue_records: 4_096,
            queue_bytes: 32 << 20,
            real_time_priority: Some(20),
            former_keys: Vec::new(),
            scan: OpenScan::default(),
        }
    }
}

impl JournalConfig {
    /// Largest payload that fits a segment of this size.
    pub(crate) fn payload_limit_bytes(&self) -> usize {
        let overhead = HEADER_BYTES + FRAME_OVERHEAD_BYTES + SEAL_FRAME_LIMIT_BYTES;
        let room = usize::try_from(self.segment_bytes).unwrap_or(usize::MAX);
        PAYLOAD_LIMIT_BYTES.min(room.min(GROUP_LIMIT_BYTES).saturating_sub(overhead))
    }

    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let bad = |key: &'static str, limit: String| Err(OpenError::Setting { key, limit });
        if self.gate.is_empty() || self.gate.len() > GATE_ID_LIMIT_BYTES {
            return bad("gate", format!("1 to {GATE_ID_LIMIT_BYTES} bytes"));
        }
        if !(SEGMENT_LEAST_BYTES..=SEGMENT_LIMIT_BYTES).contains(&self.segment_bytes) {
            let limit = format!("{SEGMENT_LEAST_BYTES} to {SEGMENT_LIMIT_BYTES}");
            return bad("segment_bytes", limit);
        }
        if self.quota_bytes < 3 * self.segment_bytes {
            return bad(
                "quota_bytes",
                format!("at least {}", 3 * self.segment_bytes),
            );
        }
        if self.queue_records == 0 || self.queue_bytes < self.payload_limit_bytes() {
            return bad(
                "queue_records, queue_bytes",
                String::from("room for one record"),
            );
        }
        if self
            .real_time_priority
            .is_some_and(|level| !(1..=99).contains(&level))
        {
            return bad("real_time_priority", String::from("1 to 99"));
        }
        Ok(())
    }
}

/// The first place of a journal that does not prove itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// The first record that is not proven.
    pub sequence: u64,
    /// File name of the segment.
    pub segment: String,
    /// Byte of that file.
    pub offset: u64,
    /// What is wrong.
    pub what: Fault,
}

impl Bad {
    pub(crate) fn new(segment: String, doubt: Doubt) -> Self {
        Self {
            sequence: doubt.sequence,
            segment,
            offset: doubt.offset,
            what: doubt.what,
        }
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sequence,
            segment,
            offset,
            what,
        } = self;
        write!(
            formatter,
            "{what}: segment {segment}, byte {offset}, sequence {sequence}"
        )
    }
}

/// Why a journal does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting is out of its bounds.
    #[error("journal setting {key} must be {limit}")]
    Setting {
        /// Field of [`JournalConfig`].
        key: &'static str,
        /// Its bounds.
        limit: String,
    },
    /// Another writer has the directory.
    #[error("journal {} is held by another writer", .0.display())]
    Locked(PathBuf),
    /// The disk refused.
    #[error("cannot {doing} of journal {}", .directory.display())]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// Directory of the journal.
        directory: PathBuf,
        /// The disk's answer.
        #[source]
        source: io::Error,
    },
    /// The first segment cannot be made.
    #[error("the first segment of the journal cannot be made")]
    FirstSegment(#[source] AppendError),
    /// What is there does not prove itself: damaged or tampered with. Nothing was changed.
    #[error(
        "the journal does not prove itself: {0}; keep it as it is and compare with the region's copy"
    )]
    Unproven(Bad),
}

/// Why a record is not durable.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// The queue is full; the record was not taken.
    #[error("journal queue is full with {waiting} records")]
    Busy {
        /// Records that wait.
        waiting: usize,
    },
    /// The payload is larger than a record may be; the record was not taken.
    #[error("payload of {bytes} bytes is over the limit of {limit_bytes}")]
    TooLarge {
        /// Size of the payload.
        bytes: usize,
        /// Largest allowed.
        limit_bytes: usize,
    },
    /// The disk is full. Nothing was written; appends succeed again when there is room.
    #[error("the disk of the journal is full")]
    DiskFull,
    /// The quota is used up by records nobody has acknowledged. Nothing was written.
    #[error("journal quota of {quota_bytes} bytes is full, acknowledged up to {acknowledged}")]
    QuotaFull {
        /// The quota.
        quota_bytes: u64,
        /// Last sequence that may be pruned.
        acknowledged: u64,
    },
    /// The next segment could not be made. Nothing was written to the journal.
    #[error("the next journal segment cannot be made: {reason}")]
    NoSegment {
        /// The disk's answer.
        reason: Arc<str>,
    },
    /// A write or sync failed: what reached the disk is unknown, and the journal takes nothing
    /// more until it is opened anew and has proven itself.
    #[error("the journal has failed until it is opened anew: {reason}")]
    Failed {
        /// The disk's answer.
        reason: Arc<str>,
    },
}

/// What opening found.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Oldest record on disk; 1 for a journal that was never pruned.
    pub first_sequence: u64,
    /// Last durable record; 0 when there is none.
    pub last_sequence: u64,
    /// Hash of that record.
    pub last_hash: Hash,
    /// The commit that a crash had torn, if there was one.
    pub tail_repaired: Option<TailRepair>,
    /// How the writer thread runs.
    pub writer_priority: WriterPriority,
}

/// A commit that was not durable and is cut. None of its records was ever acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailRepair {
    /// File name of the last segment.
    pub segment: String,
    /// Where the cut begins.
    pub offset: u64,
    /// Bytes zeroed.
    pub bytes_cut: u64,
}

/// How the writer thread is scheduled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriterPriority {
    /// First in, first out, before all ordinary threads.
    RealTime(u8),
    /// Ordinary, as asked.
    Ordinary,
    /// Ordinary, because real time is not permitted.
    Refused(String),
}
