//! The least that a commit can be on this disk: one write and one sync, in the layouts that a
//! journal can choose from.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use rustix::fs::{FallocateFlags, OFlags};

use super::Engine;

const FILE_BYTES: u64 = 64 << 20;
const BLOCK_BYTES: usize = 4_096;

/// `pwrite` behind the last record and `fdatasync`.
pub(crate) struct Buffered {
    file: File,
    record: Vec<u8>,
    offset: u64,
    reserved: bool,
}

impl Buffered {
    /// The file's room is reserved by `fallocate` or written with zeros.
    pub(crate) fn new(folder: &Path, record: &[u8], reserved: bool) -> Self {
        let file = File::create(folder.join("log")).expect("a file");
        if reserved {
            rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, FILE_BYTES).expect("room");
        } else {
            zero(&file);
        }
        file.sync_all().expect("synced");
        Self {
            file,
            record: record.to_vec(),
            offset: 0,
            reserved,
        }
    }
}

fn zero(file: &File) {
    for chunk in 0..FILE_BYTES >> 20 {
        file.write_all_at(&vec![0; 1 << 20], chunk << 20)
            .expect("room");
    }
}

impl Engine for Buffered {
    fn name(&self) -> &'static str {
        match self.reserved {
            true => "fallocate + fdatasync",
            false => "zero-filled + fdatasync",
        }
    }

    fn is_raw(&self) -> bool {
        true
    }

    fn commit(&mut self, records: usize) -> Instant {
        let bytes = self.record.repeat(records);
        if self.offset + bytes.len() as u64 > FILE_BYTES {
            self.offset = 0;
        }
        self.file
            .write_all_at(&bytes, self.offset)
            .expect("written");
        self.file.sync_data().expect("synced");
        let durable = Instant::now();
        self.offset += bytes.len() as u64;
        durable
    }
}

/// Whole blocks past the page cache, each write synced by itself.
pub(crate) struct Direct {
    file: File,
    /// One group of blocks begins at `aligned` of it.
    buffer: Vec<u8>,
    record_bytes: usize,
    offset: u64,
}

impl Direct {
    pub(crate) fn new(folder: &Path, record: &[u8]) -> Self {
        let path = folder.join("log");
        let made = File::create(&path).expect("a file");
        zero(&made);
        made.sync_all().expect("synced");
        let flags = (OFlags::DIRECT | OFlags::DSYNC).bits().cast_signed();
        let file = OpenOptions::new()
            .write(true)
            .custom_flags(flags)
            .open(path)
            .expect("the file system takes O_DIRECT");
        Self {
            file,
            buffer: vec![5; 16 * BLOCK_BYTES],
            record_bytes: record.len(),
            offset: 0,
        }
    }
}

impl Engine for Direct {
    fn name(&self) -> &'static str {
        "O_DIRECT | O_DSYNC"
    }

    fn is_raw(&self) -> bool {
        true
    }

    fn commit(&mut self, records: usize) -> Instant {
        let bytes = (records * self.record_bytes).next_multiple_of(BLOCK_BYTES);
        let start = self.buffer.as_ptr().align_offset(BLOCK_BYTES);
        if self.offset + bytes as u64 > FILE_BYTES {
            self.offset = 0;
        }
        self.file
            .write_all_at(&self.buffer[start..start + bytes], self.offset)
            .expect("written and synced");
        let durable = Instant::now();
        self.offset += bytes as u64;
        durable
    }
}

/// The first layout, written by a thread of its own: what a commit costs that may not block whoever
/// asks for it.
pub(crate) struct HandedOver {
    requests: SyncSender<usize>,
    durable: Receiver<Instant>,
}

impl HandedOver {
    /// The thread has the priority of the one that calls this.
    pub(crate) fn new(folder: &Path, record: &[u8]) -> Self {
        let mut layout = Buffered::new(folder, record, true);
        let (requests, asked) = sync_channel(1);
        let (answers, durable) = sync_channel(1);
        std::thread::spawn(move || {
            while let Ok(records) = asked.recv() {
                if answers.send(layout.commit(records)).is_err() {
                    return;
                }
            }
        });
        Self { requests, durable }
    }
}

impl Engine for HandedOver {
    fn name(&self) -> &'static str {
        "fallocate + fdatasync by a thread of its own"
    }

    fn commit(&mut self, records: usize) -> Instant {
        self.requests.send(records).expect("the thread waits");
        self.durable.recv().expect("the thread answers")
    }
}
