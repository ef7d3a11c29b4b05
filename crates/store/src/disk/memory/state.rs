//! What is durable, what is only written, and what a power cut leaves of it. It refuses to know
//! handles and errors of the trait above it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

const SECTOR_BYTES: u64 = 512;

/// What is to go wrong, counted in operations from the start of the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The power fails in the operation of this number: it happens or it does not, nothing after it.
    pub power_cut_at: Option<u64>,
    /// The file sync of this number (1 is the first) returns an I/O error and its writes may be lost.
    pub sync_error_at: Option<u64>,
    /// The write of this number (1 is the first) returns an I/O error after half of its bytes.
    pub write_error_at: Option<u64>,
    /// The write of this number (1 is the first) finds the disk full after half of its bytes.
    pub write_full_at: Option<u64>,
    /// All files together may be this long; beyond it is `StorageFull`.
    pub capacity_bytes: Option<u64>,
}

/// How often each operation was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All operations that change something; the unit of [`Faults::power_cut_at`].
    pub operations: u64,
    /// Positioned writes.
    pub writes: u64,
    /// File syncs.
    pub syncs: u64,
    /// Directory syncs.
    pub directory_syncs: u64,
    /// Space reservations.
    pub reservations: u64,
}

#[derive(Clone)]
pub(super) enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Length(u64),
}

#[derive(Clone)]
pub(super) struct Pending {
    pub(super) change: Change,
    /// A sync failed over this change: no later sync will bring it to the platter.
    pub(super) abandoned: bool,
}

#[derive(Clone, Default)]
pub(super) struct Inode {
    pub(super) durable: Vec<u8>,
    pub(super) current: Vec<u8>,
    pub(super) pending: Vec<Pending>,
}

#[derive(Clone)]
pub(super) enum NameChange {
    Link(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

#[derive(Clone)]
pub(super) struct State {
    pub(super) inodes: Vec<Inode>,
    pub(super) names: BTreeMap<PathBuf, usize>,
    pub(super) durable_names: BTreeMap<PathBuf, usize>,
    pub(super) pending_names: Vec<NameChange>,
    pub(super) locked: Vec<PathBuf>,
    pub(super) powered: bool,
    pub(super) boot: u64,
    pub(super) faults: Faults,
    pub(super) counts: Counts,
    pub(super) random: u64,
}

impl Faults {
    pub(super) fn write_failure(&self, number: u64) -> Option<io::ErrorKind> {
        if self.write_error_at == Some(number) {
            return Some(io::ErrorKind::Other);
        }
        (self.write_full_at == Some(number)).then_some(io::ErrorKind::StorageFull)
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write {
                offset,
                bytes: written,
            } => {
                let start = *offset as usize;
                if bytes.len() < start + written.len() {
                    bytes.resize(start + written.len(), 0);
                }
                bytes[start..start + written.len()].copy_from_slice(written);
            }
            Self::Length(length) => {
                if bytes.len() < *length as usize {
                    bytes.resize(*length as usize, 0);
                }
            }
        }
    }

    /// The parts of a write that reach the platter each for itself.
    fn sectors(&self) -> Vec<Change> {
        match self {
            Self::Length(_) => vec![self.clone()],
            Self::Write { offset, bytes } => {
                let mut parts = Vec::new();
                let mut start = 0usize;
                while start < bytes.len() {
                    let position = offset + start as u64;
                    let room = (SECTOR_BYTES - position % SECTOR_BYTES) as usize;
                    let end = bytes.len().min(start + room);
                    parts.push(Self::Write {
                        offset: position,
                        bytes: bytes[start..end].to_vec(),
                    });
                    start = end;
                }
                parts
            }
        }
    }
}

impl State {
    /// splitmix64 (Steele, Lea, Flood 2014): small, seeded, good enough to pick survivors.
    pub(super) fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn check_power(&self, boot: Option<u64>) -> io::Result<()> {
        if !self.powered || boot.is_some_and(|boot| boot != self.boot) {
            return Err(io::Error::other("the power is off"));
        }
        Ok(())
    }

    /// Counts an operation. On the planned cut the operation may still take effect (unsynced),
    /// but its caller never hears of it: `Ok(true)` means "do it, then report the power cut".
    pub(super) fn begin(&mut self, boot: Option<u64>) -> io::Result<bool> {
        self.check_power(boot)?;
        self.counts.operations += 1;
        if self.faults.power_cut_at == Some(self.counts.operations) {
            self.powered = false;
            if self.random() & 1 == 0 {
                return Err(io::Error::other("the power failed"));
            }
            return Ok(true);
        }
        Ok(false)
    }

    pub(super) fn end(cut: bool) -> io::Result<()> {
        if cut {
            Err(io::Error::other("the power failed"))
        } else {
            Ok(())
        }
    }

    pub(super) fn check_space(&self, inode: usize, length: u64) -> io::Result<()> {
        let Some(capacity) = self.faults.capacity_bytes else {
            return Ok(());
        };
        let used: u64 = self
            .names
            .values()
            .map(|id| self.inodes[*id].current.len() as u64)
            .sum();
        let growth = length.saturating_sub(self.inodes[inode].current.len() as u64);
        if growth > 0 && used + growth > capacity {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    pub(super) fn change(&mut self, inode: usize, change: Change) {
        let inode = &mut self.inodes[inode];
        change.apply(&mut inode.current);
        inode.pending.push(Pending {
            change,
            abandoned: false,
        });
    }

    pub(super) fn sync_inode(&mut self, inode: usize) {
        let inode = &mut self.inodes[inode];
        let mut kept = Vec::new();
        for pending in inode.pending.drain(..) {
            if pending.abandoned {
                kept.push(pending);
            } else {
                pending.change.apply(&mut inode.durable);
            }
        }
        inode.pending = kept;
    }

    pub(super) fn sync_names(&mut self, count: usize) {
        for change in self.pending_names.drain(..count) {
            match change {
                NameChange::Link(path, inode) => {
                    self.durable_names.insert(path, inode);
                }
                NameChange::Rename(from, to) => {
                    if let Some(inode) = self.durable_names.remove(&from) {
                        self.durable_names.insert(to, inode);
                    }
                }
                NameChange::Remove(path) => {
                    self.durable_names.remove(&path);
                }
            }
        }
    }

    pub(super) fn lose_unsynced(&mut self) {
        let survivors = (self.random() % (self.pending_names.len() as u64 + 1)) as usize;
        self.sync_names(survivors);
        self.pending_names.clear();
        self.names = self.durable_names.clone();
        for index in 0..self.inodes.len() {
            let pending = std::mem::take(&mut self.inodes[index].pending);
            // 0: nothing survives, 1: everything, otherwise each sector for itself.
            let mode = self.random() % 4;
            for change in pending.iter().flat_map(|pending| pending.change.sectors()) {
                if mode == 1 || (mode > 1 && self.random() & 1 == 1) {
                    change.apply(&mut self.inodes[index].durable);
                }
            }
            self.inodes[index].current = self.inodes[index].durable.clone();
        }
    }
}
