//! [`Disk`] in memory that loses power, space and sectors on demand, from a seed. What was not
//! synced survives a power cut sector by sector, in any combination: dropped, torn, reordered.
//! Names survive as a prefix of what was done since the last directory sync, as a journaling file
//! system keeps them. For tests and simulations; it refuses to know what the bytes mean.

mod state;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Access, DirectoryLock, Disk, DiskFile};
use state::{Change, Inode, NameChange, State};

pub use state::{Counts, Faults};

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

    /// A copy that goes its own way from here, with another seed. Open handles stay with this disk.
    pub fn fork(&self, seed: u64) -> Self {
        let mut state = self.state().clone();
        state.random = seed;
        state.locked.clear();
        Self {
            state: Arc::new(Mutex::new(state)),
        }
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
        let failure = state.faults.write_failure(state.counts.writes);
        if let Some(kind) = failure {
            let half = bytes[..bytes.len() / 2].to_vec();
            state.change(
                self.inode,
                Change::Write {
                    offset,
                    bytes: half,
                },
            );
            return Err(kind.into());
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
