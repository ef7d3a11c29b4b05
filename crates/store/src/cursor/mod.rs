//! Where an outbox got to in a journal, kept as a hint for the next start: two slots in one file,
//! written in turn, so that one is always whole. Refuses to be the truth: that is the region's
//! own acknowledgement.

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::chain::Hash;
use crate::disk::{Access, Disk, DiskFile, RealDisk, SharedDisk, read_range};

/// A sector each, so that a torn write of one leaves the other alone.
const SLOT_BYTES: usize = 512;
const MAGIC: &[u8; 8] = b"KAKOUCUR";
const CHECKSUM_OFFSET: usize = 64;

/// A position in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Last record behind the position.
    pub sequence: u64,
    /// Its hash.
    pub hash: Hash,
    /// Epoch of the chain.
    pub epoch: u64,
}

/// Why a mark cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// The disk refused.
    #[error("cannot {doing} cursor {}", .path.display())]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The disk's answer.
        #[source]
        source: io::Error,
    },
}

/// The file of a mark. One writer at a time.
pub struct Cursor {
    disk: SharedDisk,
    path: PathBuf,
    damaged: AtomicU64,
    open: Mutex<Option<Open>>,
}

struct Open {
    file: Box<dyn DiskFile>,
    /// Of the write to come; its parity is the slot.
    turn: u64,
}

impl Cursor {
    /// The cursor in a file of this machine, which need not exist yet.
    pub fn at(path: &Path) -> Self {
        Self::on(Arc::new(RealDisk), path)
    }

    /// As [`Cursor::at`], on a given disk.
    pub fn on(disk: SharedDisk, path: &Path) -> Self {
        let damaged = AtomicU64::new(0);
        Self {
            disk,
            path: path.to_owned(),
            damaged,
            open: Mutex::new(None),
        }
    }

    /// The last mark written; none when there is none or both slots are damaged.
    ///
    /// # Errors
    /// The disk refused.
    pub fn read(&self) -> Result<Option<Mark>, CursorError> {
        match self.disk.open(&self.path, Access::Read) {
            Ok(file) => {
                let newest = self.newest(file.as_ref()).map_err(self.at_disk("read"))?;
                Ok(newest.map(|(_, mark)| mark))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.at_disk("open")(error)),
        }
    }

    /// Slots found damaged so far. One after a power cut is ordinary.
    pub fn damaged_slots(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Replaces the mark, durably.
    ///
    /// # Errors
    /// The disk refused; the mark before it may still stand.
    pub fn write(&self, sequence: u64, hash: Hash, epoch: u64) -> Result<(), CursorError> {
        let mut guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open = match guard.take() {
            Some(open) => open,
            None => self.open_for_writing()?,
        };
        let slot = encode(
            open.turn,
            &Mark {
                sequence,
                hash,
                epoch,
            },
        );
        let offset = (open.turn % 2) * SLOT_BYTES as u64;
        open.file
            .write_at(offset, &slot)
            .map_err(self.at_disk("write"))?;
        open.file.sync_data().map_err(self.at_disk("sync"))?;
        open.turn += 1;
        // After an error the file is opened anew, and what stands there is looked at again.
        *guard = Some(open);
        Ok(())
    }

    fn open_for_writing(&self) -> Result<Open, CursorError> {
        let disk: &dyn Disk = self.disk.as_ref();
        let opened = match disk.open(&self.path, Access::ReadWrite) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.create(),
            opened => opened,
        };
        let file = opened.map_err(self.at_disk("open"))?;
        let newest = self.newest(file.as_ref()).map_err(self.at_disk("read"))?;
        Ok(Open {
            file,
            turn: newest.map_or(0, |(turn, _)| turn.wrapping_add(1)),
        })
    }

    fn create(&self) -> io::Result<Box<dyn DiskFile>> {
        let file = self.disk.create(&self.path)?;
        file.fallocate(2 * SLOT_BYTES as u64)?;
        file.sync_data()?;
        if let Some(directory) = self.path.parent() {
            let here = directory.as_os_str().is_empty();
            self.disk
                .sync_dir(if here { Path::new(".") } else { directory })?;
        }
        Ok(file)
    }

    fn newest(&self, file: &dyn DiskFile) -> io::Result<Option<(u64, Mark)>> {
        let bytes = read_range(file, 0, 2 * SLOT_BYTES)?;
        let mut newest: Option<(u64, Mark)> = None;
        for slot in bytes.chunks(SLOT_BYTES) {
            match decode(slot) {
                Some(found) if newest.is_none_or(|(turn, _)| turn < found.0) => {
                    newest = Some(found);
                }
                Some(_) => {}
                None if slot.iter().all(|byte| *byte == 0) => {}
                None => {
                    self.damaged.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        Ok(newest)
    }

    fn at_disk(&self, doing: &'static str) -> impl FnOnce(io::Error) -> CursorError {
        let path = self.path.clone();
        move |source| CursorError::Disk {
            doing,
            path,
            source,
        }
    }
}

fn encode(turn: u64, mark: &Mark) -> [u8; SLOT_BYTES] {
    let mut slot = [0; SLOT_BYTES];
    slot[..8].copy_from_slice(MAGIC);
    slot[8..16].copy_from_slice(&turn.to_le_bytes());
    slot[16..24].copy_from_slice(&mark.sequence.to_le_bytes());
    slot[24..32].copy_from_slice(&mark.epoch.to_le_bytes());
    slot[32..CHECKSUM_OFFSET].copy_from_slice(&mark.hash.0);
    let checksum = crc32c::crc32c(&slot[..CHECKSUM_OFFSET]);
    slot[CHECKSUM_OFFSET..CHECKSUM_OFFSET + 4].copy_from_slice(&checksum.to_le_bytes());
    slot
}

fn decode(slot: &[u8]) -> Option<(u64, Mark)> {
    let number = |from: usize| -> Option<u64> {
        Some(u64::from_le_bytes(
            slot.get(from..from + 8)?.try_into().ok()?,
        ))
    };
    let stored = slot.get(CHECKSUM_OFFSET..CHECKSUM_OFFSET + 4)?;
    let checksum = crc32c::crc32c(&slot[..CHECKSUM_OFFSET]);
    if slot[..8] != *MAGIC || stored != checksum.to_le_bytes() {
        return None;
    }
    let hash = Hash(slot[32..CHECKSUM_OFFSET].try_into().ok()?);
    Some((
        number(8)?,
        Mark {
            sequence: number(16)?,
            hash,
            epoch: number(24)?,
        },
    ))
}
