//! Opaque payloads → records in a file that nobody can change unseen. Each record carries a gap-free
//! sequence and the hash of the one before it; each commit group ends with a signature over its
//! last hash and is one write and one sync. Refuses to know what a payload means.
//!
//! A directory holds segment files of one size, named by their first sequence. A crash can tear
//! only the last commit, which nobody was told of; it is cut at the next start. Everything else
//! that does not prove itself is refused and left as it is. What a gate cannot see by itself is
//! that whole commits are missing at the end: the region's acknowledged hash shows that.

mod frame;
mod log;
mod prepare;
mod queue;
mod reader;
mod recovery;
mod scan;
mod seal;
mod sealed;
mod settings;
mod shared;
mod tail;
#[cfg(test)]
mod tests;
mod verify;
mod walker;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use crate::chain::Hash;
use crate::disk::SharedDisk;
use queue::{Queue, Waiting};
use recovery::Ahead;
use shared::Shared;

pub use crate::disk::{Folder, MemoryDisk, RealDisk};
pub use frame::PAYLOAD_LIMIT_BYTES;
pub use reader::{JournalReader, ReadError};
pub use scan::Fault;
pub use seal::{BadSealKey, Ed25519Signer, SealKey, Signer, key_id, seal_message};
pub use sealed::{SealedHead, sealed_head};
pub use settings::{
    AppendError, Bad, JournalConfig, OpenError, OpenScan, Recovery, SEGMENT_LEAST_BYTES,
    SEGMENT_LIMIT_BYTES, TailRepair, WriterPriority,
};
pub use verify::{VerifyError, VerifyReport, verify};

/// One durable record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the chain; the first of an epoch is 1.
    pub sequence: u64,
    /// Hash of the record before it, the genesis before the first.
    pub prev_hash: Hash,
    /// Its own hash.
    pub hash: Hash,
    /// What was appended.
    pub payload: Vec<u8>,
}

/// Proof that a record is on disk and synced. Only the journal makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Durable {
    sequence: u64,
    hash: Hash,
}

impl Durable {
    /// The record's sequence.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The record's hash.
    pub fn hash(&self) -> Hash {
        self.hash
    }
}

/// How a journal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Oldest record on disk.
    pub first_sequence: u64,
    /// Last record of the oldest segment, unless that one is still written to.
    pub oldest_ends: Option<u64>,
    /// Last durable record.
    pub durable_sequence: u64,
    /// Last record that pruning may remove.
    pub acknowledged: u64,
    /// Records that wait for the writer.
    pub waiting: usize,
    /// Segment files.
    pub segments: usize,
    /// Size of the segment files together.
    pub bytes: u64,
    /// What they may have together.
    pub quota_bytes: u64,
    /// Waiters that panicked when they were told.
    pub waiter_panics: u64,
    /// Why the journal takes nothing more, if it has failed.
    pub failed: Option<String>,
}

/// The writing end of a journal. Dropping it commits what waits and gives the directory back.
pub struct Journal {
    queue: Arc<Queue>,
    shared: Arc<Shared>,
    panics: Arc<AtomicU64>,
    payload_limit_bytes: usize,
    quota_bytes: u64,
    writer: Option<JoinHandle<()>>,
}

impl Journal {
    /// Opens or makes a journal on this machine's disk and proves what is there.
    ///
    /// # Errors
    /// A setting, another writer, the disk, or a journal that does not prove itself.
    pub fn open(
        config: JournalConfig,
        signer: Box<dyn Signer>,
    ) -> Result<(Self, Recovery), OpenError> {
        Self::open_on(Arc::new(RealDisk), config, signer)
    }

    /// As [`Journal::open`], on a given disk.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_on(
        disk: SharedDisk,
        config: JournalConfig,
        signer: Box<dyn Signer>,
    ) -> Result<(Self, Recovery), OpenError> {
        let (log, tail_repaired) = recovery::open(disk, &config, signer, Ahead::Threaded)?;
        let shared = Arc::clone(&log.shared);
        let queue = Arc::new(Queue::new(config.queue_records, config.queue_bytes));
        let panics = Arc::new(AtomicU64::new(0));
        let (started, priority) = sync_channel(1);
        let level = config.real_time_priority;
        let writer = {
            let (queue, panics) = (Arc::clone(&queue), Arc::clone(&panics));
            std::thread::Builder::new()
                .name("journal-writer".into())
                .spawn(move || writer::run(log, queue, panics, level, started))
        };
        let disk_error = |source| OpenError::Disk {
            doing: "start the writer",
            directory: config.directory.clone(),
            source,
        };
        let writer = Some(writer.map_err(disk_error)?);
        let writer_priority = priority
            .recv()
            .map_err(|gone| disk_error(std::io::Error::other(gone)))?;
        let head = shared.head();
        let recovery = Recovery {
            first_sequence: shared.first_sequence(),
            last_sequence: head.sequence,
            last_hash: head.hash,
            tail_repaired,
            writer_priority,
        };
        let payload_limit_bytes = config.payload_limit_bytes();
        let quota_bytes = config.quota_bytes;
        Ok((
            Self {
                queue,
                shared,
                panics,
                payload_limit_bytes,
                quota_bytes,
                writer,
            },
            recovery,
        ))
    }

    /// Hands a record to the writer. `on_done` is called once, on the writer's thread, when the
    /// record is durable or cannot become so; it must be short, because it runs at the writer's
    /// priority and the next commit waits for it.
    ///
    /// # Errors
    /// The record was not taken and `on_done` will not be called: the queue is full, the payload
    /// too large, or the writer has ended.
    pub fn append(
        &self,
        payload: Vec<u8>,
        on_done: impl FnOnce(Result<Durable, AppendError>) + Send + 'static,
    ) -> Result<(), AppendError> {
        let (bytes, limit_bytes) = (payload.len(), self.payload_limit_bytes);
        if bytes > limit_bytes {
            return Err(AppendError::TooLarge { bytes, limit_bytes });
        }
        let record = Waiting {
            payload,
            on_done: Box::new(on_done),
        };
        self.queue.push(record).map_err(|full| match full {
            Some(waiting) => AppendError::Busy { waiting },
            None => AppendError::Failed {
                reason: Arc::from("the writer has ended"),
            },
        })
    }

    /// A reader of what is durable, now and later.
    pub fn reader(&self) -> JournalReader {
        JournalReader::new(Arc::clone(&self.shared))
    }

    /// Allows segments to be removed that hold nothing after `sequence`, when the quota needs it.
    pub fn acknowledge(&self, sequence: u64) {
        let mut state = self.shared.state();
        let known = sequence.min(state.head.sequence);
        state.acknowledged = state.acknowledged.max(known);
    }

    /// How the journal is.
    pub fn status(&self) -> Status {
        let waiting = self.queue.len();
        let state = self.shared.state();
        Status {
            first_sequence: state
                .segments
                .front()
                .map_or(1, |segment| segment.first_sequence),
            oldest_ends: state
                .segments
                .get(1)
                .map(|segment| segment.first_sequence - 1),
            durable_sequence: state.head.sequence,
            acknowledged: state.acknowledged,
            waiting,
            segments: state.segments.len(),
            bytes: state.bytes(),
            quota_bytes: self.quota_bytes,
            waiter_panics: self.panics.load(Ordering::Relaxed),
            failed: state.failed.as_deref().map(str::to_owned),
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            // Dropped by a waiter on the writer's own thread, it cannot wait for itself.
            if writer.thread().id() != std::thread::current().id() {
                // The writer's panic has already told every waiter.
                let _ = writer.join();
            }
        }
    }
}
