//! [`Disk`] in memory that loses power, space and sectors on demand, from a seed. What was not
//! synced survives a power cut sector by sector, in any combination: dropped, torn, reordered.
//! Names survive as a prefix of what was done since the last directory sync, as a journaling file
//! system keeps them. For tests and simulations; it refuses to know what the bytes mean.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Access, DirectoryLock, Disk, DiskFile};

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
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Length(u64),
}

#[derive(Clone)]
struct Pending {
    change: Change,
    /// A sync failed over this change: no later sync will bring it to the platter.
    abandoned: bool,
}

#[derive(Clone, Default)]
struct Inode {
    durable: Vec<u8>,
    current: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Clone)]
enum NameChange {
    Link(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<NameChange>,
    locked: Vec<PathBuf>,
    powered: bool,
    boot: u64,
    faults: Faults,
    counts: Counts,
    random: u64,
}

/// A disk in memory; clones share it.
#[derive(Clone)]
pub struct MemoryDisk {
    state: Arc<Mutex<State>>,
}

struct MemoryFile {
    state: Arc<Mutex<State>>,
    inode: usize,
    boot: u64,
    access: Access,
}

struct MemoryLock {
    state: Arc<Mutex<State>>,
    directory: PathBuf,
    boot: u64,
}

impl MemoryDisk {
    /// An empty disk; the seed decides what survives power cuts.
    pub fn new(seed: u64) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                inodes: Vec::new(),
                names: BTreeMap::new(),
                durable_names: BTreeMap::new(),
                pending_names: Vec::new(),
                locked: Vec::new(),
                powered: true,
                boot: 0,
                faults: Faults::default(),
                counts: Counts::default(),
                random: seed,
            })),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock_state(&self.state)
    }

    /// Replaces the planned faults.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.state().counts
    }

    /// Whether a planned power cut has happened.
    pub fn is_powered(&self) -> bool {
        self.state().powered
    }

    /// Cuts the power now, if it is still on, and boots again with what survived. Open handles and
    /// locks are void and planned faults are forgotten.
    pub fn power_cycle(&self) {
        let mut state = self.state();
        state.lose_unsynced();
        state.powered = true;
        state.boot += 1;
        state.locked.clear();
        state.faults = Faults::default();
    }

    /// The bytes of a file as a reader sees them now.
    pub fn contents(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        let inode = *state.names.get(path)?;
        Some(state.inodes[inode].current.clone())
    }

    /// Replaces a file's bytes durably, behind the back of whoever has it open.
    pub fn set_contents(&self, path: &Path, bytes: &[u8]) {
        let mut state = self.state();
        let inode = match state.names.get(path).copied() {
            Some(inode) => inode,
            None => {
                state.inodes.push(Inode::default());
                let inode = state.inodes.len() - 1;
                state.names.insert(path.to_owned(), inode);
                state.durable_names.insert(path.to_owned(), inode);
                inode
            }
        };
        state.inodes[inode] = Inode {
            durable: bytes.to_vec(),
            current: bytes.to_vec(),
            pending: Vec::new(),
        };
    }

    /// Flips one bit of a file durably; false when the file has no such byte.
    pub fn flip_bit(&self, path: &Path, offset: u64, bit: u8) -> bool {
        let mut state = self.state();
        let Some(inode) = state.names.get(path).copied() else {
            return false;
        };
        let inode = &mut state.inodes[inode];
        let mask = 1 << (bit & 7);
        let Some(byte) = inode.current.get_mut(offset as usize) else {
            return false;
        };
        *byte ^= mask;
        if let Some(byte) = inode.durable.get_mut(offset as usize) {
            *byte ^= mask;
        }
        true
    }
}

/// A panic elsewhere does not make the bytes wrong, so a poisoned lock is taken over.
fn lock_state(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
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
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn check_power(&self, boot: Option<u64>) -> io::Result<()> {
        if !self.powered || boot.is_some_and(|boot| boot != self.boot) {
            return Err(io::Error::other("the power is off"));
        }
        Ok(())
    }

    /// Counts an operation. On the planned cut the operation may still take effect (unsynced),
    /// but its caller never hears of it: `Ok(true)` means "do it, then report the power cut".
    fn begin(&mut self, boot: Option<u64>) -> io::Result<bool> {
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

    fn end(cut: bool) -> io::Result<()> {
        if cut {
            Err(io::Error::other("the power failed"))
        } else {
            Ok(())
        }
    }

    fn check_space(&self, inode: usize, length: u64) -> io::Result<()> {
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

    fn change(&mut self, inode: usize, change: Change) {
        let inode = &mut self.inodes[inode];
        change.apply(&mut inode.current);
        inode.pending.push(Pending {
            change,
            abandoned: false,
        });
    }

    fn sync_inode(&mut self, inode: usize) {
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

    fn sync_names(&mut self, count: usize) {
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

    fn lose_unsynced(&mut self) {
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

impl Disk for MemoryDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        let cut = state.begin(None)?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.inodes.push(Inode::default());
        let inode = state.inodes.len() - 1;
        state.names.insert(path.to_owned(), inode);
        state
            .pending_names
            .push(NameChange::Link(path.to_owned(), inode));
        State::end(cut)?;
        let boot = state.boot;
        Ok(Box::new(MemoryFile {
            state: Arc::clone(&self.state),
            inode,
            boot,
            access: Access::ReadWrite,
        }))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let state = self.state();
        state.check_power(None)?;
        let inode = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        let boot = state.boot;
        Ok(Box::new(MemoryFile {
            state: Arc::clone(&self.state),
            inode,
            boot,
            access,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        let cut = state.begin(None)?;
        let inode = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), inode);
        state
            .pending_names
            .push(NameChange::Rename(from.to_owned(), to.to_owned()));
        State::end(cut)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        if !state.names.contains_key(path) {
            state.check_power(None)?;
            return Err(io::ErrorKind::NotFound.into());
        }
        let cut = state.begin(None)?;
        state.names.remove(path);
        state
            .pending_names
            .push(NameChange::Remove(path.to_owned()));
        State::end(cut)
    }

    fn sync_dir(&self, _directory: &Path) -> io::Result<()> {
        let mut state = self.state();
        let cut = state.begin(None)?;
        state.counts.directory_syncs += 1;
        let count = state.pending_names.len();
        state.sync_names(count);
        State::end(cut)
    }

    fn create_dir_all(&self, _directory: &Path) -> io::Result<()> {
        self.state().check_power(None)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        state.check_power(None)?;
        let inside = state
            .names
            .keys()
            .filter(|path| path.parent() == Some(directory));
        Ok(inside
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect())
    }

    fn lock(&self, directory: &Path) -> io::Result<Box<dyn DirectoryLock>> {
        let mut state = self.state();
        state.check_power(None)?;
        if state.locked.iter().any(|locked| locked == directory) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.locked.push(directory.to_owned());
        let boot = state.boot;
        Ok(Box::new(MemoryLock {
            state: Arc::clone(&self.state),
            directory: directory.to_owned(),
            boot,
        }))
    }
}

impl DirectoryLock for MemoryLock {}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        let mut state = lock_state(&self.state);
        if state.boot == self.boot {
            state.locked.retain(|locked| locked != &self.directory);
        }
    }
}

impl DiskFile for MemoryFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.access == Access::Read {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mut state = lock_state(&self.state);
        let cut = state.begin(Some(self.boot))?;
        state.check_space(self.inode, offset + bytes.len() as u64)?;
        state.counts.writes += 1;
        if state.faults.write_error_at == Some(state.counts.writes) {
            let half = bytes[..bytes.len() / 2].to_vec();
            state.change(
                self.inode,
                Change::Write {
                    offset,
                    bytes: half,
                },
            );
            return Err(io::Error::other("input/output error"));
        }
        state.change(
            self.inode,
            Change::Write {
                offset,
                bytes: bytes.to_vec(),
            },
        );
        State::end(cut)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let state = lock_state(&self.state);
        state.check_power(Some(self.boot))?;
        let bytes = &state.inodes[self.inode].current;
        let start = bytes.len().min(offset as usize);
        let count = buffer.len().min(bytes.len() - start);
        buffer[..count].copy_from_slice(&bytes[start..start + count]);
        Ok(count)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = lock_state(&self.state);
        let cut = state.begin(Some(self.boot))?;
        state.counts.syncs += 1;
        if state.faults.sync_error_at == Some(state.counts.syncs) {
            for pending in &mut state.inodes[self.inode].pending {
                pending.abandoned = true;
            }
            return Err(io::Error::other("input/output error"));
        }
        state.sync_inode(self.inode);
        State::end(cut)
    }

    fn fallocate(&self, bytes: u64) -> io::Result<()> {
        let mut state = lock_state(&self.state);
        let cut = state.begin(Some(self.boot))?;
        state.counts.reservations += 1;
        state.check_space(self.inode, bytes)?;
        state.change(self.inode, Change::Length(bytes));
        State::end(cut)
    }

    fn len(&self) -> io::Result<u64> {
        let state = lock_state(&self.state);
        state.check_power(Some(self.boot))?;
        Ok(state.inodes[self.inode].current.len() as u64)
    }
}
