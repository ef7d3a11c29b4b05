//! The journal's oldest segments → one small file that says what they had settled, so that the
//! segments may go when the region has them and the quota needs their room.
//!
//! A journal that is never pruned has no such file. Once it is pruned, this file and what is left
//! of the journal together are the history: the file ends exactly where the journal may begin.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::event::Event;
use domain::id::GateAddress;
use domain::time::Timestamp;
use ledger::drawdown::DrawDown;
use sha2::{Digest as _, Sha256};
use store::journal::JournalReader;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::open_passages::OpenPassages;
use crate::recorder::Recorder;
use crate::stop::Stop;

const MAGIC: &[u8; 8] = b"KAKOUCA1";
const DIGEST_BYTES: usize = 32;
/// Far above what any gate carries; a file beyond it is not ours.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// A pass used longer ago than this is no longer valid by its dates.
const USED_KEPT_DAYS: i64 = 400;
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CarriedError {
    /// The disk refused.
    #[error("cannot {doing} {}", .path.display())]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The disk's answer.
        #[source]
        source: io::Error,
    },
    /// It is not what was written.
    #[error("{} is damaged: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The journal has a gap after it, or cannot be read.
    #[error("the journal cannot be read from {from}: {cause}")]
    Journal {
        /// First sequence asked for.
        from: u64,
        /// In words.
        cause: String,
    },
}

/// What is known of the records up to `through`.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    /// Last sequence that is carried over; 0 when nothing is.
    pub through: u64,
    /// Events that stand for them.
    pub events: Vec<Event>,
}

/// The file in the gate's directory.
#[must_use]
pub fn file_in(directory: &Path) -> PathBuf {
    directory.join("carried-over")
}

/// Reads the file; nothing is carried over when there is none.
///
/// # Errors
/// The disk refused, or the file is damaged.
pub fn read(file: &Path) -> Result<Carried, CarriedError> {
    let at_disk = |source| disk("read", file, source);
    let opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Carried::default()),
        Err(error) => return Err(at_disk(error)),
    };
    let mut bytes = Vec::new();
    opened
        .take(FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(at_disk)?;
    decode(&bytes).map_err(|what| CarriedError::Damaged {
        path: file.to_owned(),
        what,
    })
}

fn decode(bytes: &[u8]) -> Result<Carried, &'static str> {
    let (body, digest) = bytes
        .split_last_chunk::<DIGEST_BYTES>()
        .ok_or("it is cut off")?;
    if Sha256::digest(body).as_slice() != digest {
        return Err("its digest does not fit");
    }
    let rest = body.strip_prefix(MAGIC).ok_or("it is of another format")?;
    let (through, mut rest) = rest.split_first_chunk().ok_or("it is cut off")?;
    let mut events = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes(*length) as usize;
        let (record, after) = after.split_at_checked(length).ok_or("it is cut off")?;
        let (_, event) =
            wire::record::decode_record(record).map_err(|_| "an event is unreadable")?;
        events.push(event);
        rest = after;
    }
    Ok(Carried {
        through: u64::from_le_bytes(*through),
        events,
    })
}

fn encode(gate: &GateAddress, carried: &Carried) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(carried.through.to_le_bytes());
    for event in &carried.events {
        let record = wire::record::encode_record(gate, event);
        let length = u32::try_from(record.len()).expect("an event is some hundred bytes");
        bytes.extend(length.to_le_bytes());
        bytes.extend(record);
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

fn write(file: &Path, gate: &GateAddress, carried: &Carried) -> Result<(), CarriedError> {
    let temporary = file.with_extension("new");
    let written = File::create(&temporary).and_then(|mut new| {
        new.write_all(&encode(gate, carried))?;
        new.sync_all()
    });
    written.map_err(|source| disk("write", &temporary, source))?;
    std::fs::rename(&temporary, file).map_err(|source| disk("replace", file, source))?;
    let directory = file.parent().unwrap_or(Path::new("."));
    let synced = File::open(directory).and_then(|opened| opened.sync_all());
    synced.map_err(|source| disk("sync", directory, source))
}

fn disk(doing: &'static str, path: &Path, source: io::Error) -> CarriedError {
    CarriedError::Disk {
        doing,
        path: path.to_owned(),
        source,
    }
}

/// Hands the records `from..=through` to `take`, in order.
///
/// # Errors
/// The journal cannot be read, ends before `through`, or a record is unreadable.
pub fn each_event(
    reader: &mut JournalReader,
    from: u64,
    through: u64,
    mut take: impl FnMut(Event),
) -> Result<(), CarriedError> {
    let mut next = from;
    while next <= through {
        let first = next;
        let unreadable = |cause| CarriedError::Journal { from: first, cause };
        let records = reader
            .read_from(next, 4_096, 16 << 20)
            .map_err(|error| unreadable(error.to_string()))?;
        if records.is_empty() {
            return Err(unreadable("it ends there".to_owned()));
        }
        for record in records {
            if record.sequence > through {
                return Ok(());
            }
            let (_, event) = wire::record::decode_record(&record.payload)
                .map_err(|error| unreadable(error.to_string()))?;
            take(event);
            next = record.sequence + 1;
        }
    }
    Ok(())
}

/// Brings the file up to `through`, which the journal must still hold.
///
/// # Errors
/// The file or the journal cannot be used; then the file is what it was.
pub fn advance(
    file: &Path,
    gate: &GateAddress,
    reader: &mut JournalReader,
    through: u64,
    now: Timestamp,
) -> Result<(), CarriedError> {
    let before = read(file)?;
    let mut draw_down = DrawDown::new();
    let mut open = OpenPassages::default();
    let mut observe = |event: Event| {
        draw_down.observe(&event);
        open.observe(&event);
    };
    before.events.into_iter().for_each(&mut observe);
    each_event(reader, before.through + 1, through, observe)?;
    let since = Timestamp::from_seconds(now.as_seconds() - USED_KEPT_DAYS * 86_400);
    let mut events = open.carried();
    events.extend(draw_down.carried(since));
    write(file, gate, &Carried { through, events })
}

/// Lets go of the oldest segments, one at a time, when the quota is about to need their room and
/// the region has them.
pub struct Carrier {
    /// The file.
    pub file: PathBuf,
    /// Gate.
    pub gate: GateAddress,
    /// Size of a segment.
    pub segment_bytes: u64,
    /// Journal.
    pub recorder: Recorder,
    /// Last sequence that the region has acknowledged.
    pub region_has: watch::Receiver<u64>,
    /// Clock.
    pub clock: Clock,
    /// End of the daemon.
    pub stop: Stop,
}

impl Carrier {
    /// Runs until the daemon ends.
    pub async fn run(self) {
        let mut stop = self.stop.clone();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = stop.requested() => return,
            }
            while let Some(through) = self.due() {
                let mut reader = self.recorder.journal().reader();
                let (file, gate) = (self.file.clone(), self.gate.clone());
                let now = self.clock.now().utc.at;
                let done = tokio::task::spawn_blocking(move || {
                    advance(&file, &gate, &mut reader, through, now)
                });
                match done.await {
                    Ok(Ok(())) => {
                        tracing::info!(through, "the oldest segment of the journal may go");
                        self.recorder.journal().acknowledge(through);
                    }
                    Ok(Err(error)) => {
                        tracing::error!(%error, "old segments cannot be let go");
                        break;
                    }
                    Err(_) => break,
                }
            }
        }
    }

    /// End of the oldest segment, if it is needed no more and its room soon is.
    fn due(&self) -> Option<u64> {
        let status = self.recorder.journal().status();
        let ends = status.oldest_ends?;
        let is_tight = status.bytes + 2 * self.segment_bytes > status.quota_bytes;
        let may_go = ends <= *self.region_has.borrow() && ends > status.acknowledged;
        (is_tight && may_go).then_some(ends)
    }
}
