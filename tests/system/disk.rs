//! A disk that may lose what was not synced: changes go in, and what a power cut leaves comes out.
//!
//! Two cuts are known, both allowed by POSIX. The harshest keeps only what was synced: bytes by a
//! sync of their file, names by a sync of their folder. The unluckiest keeps every name and a part
//! of the bytes that were not synced, in any order and torn at sectors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rand::{Rng, RngExt as _};

use super::trace::Change;

/// What a disk writes at once.
const SECTOR_BYTES: usize = 512;

/// Which cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Only what was synced is left.
    OnlySynced,
    /// Names, and some of the bytes that were not synced.
    Torn,
}

#[derive(Default)]
struct Inode {
    synced: Vec<u8>,
    later: Vec<Later>,
}

enum Later {
    Write { offset: u64, bytes: Vec<u8> },
    SetLength(u64),
    Reserve(u64),
}

/// The disk: inodes, the names that a process sees, and those that are synced.
#[derive(Default)]
pub(crate) struct Disk {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    synced_names: BTreeMap<PathBuf, usize>,
    folders: BTreeSet<PathBuf>,
    synced_folders: BTreeSet<PathBuf>,
}

impl Disk {
    /// Everything below `folder`, synced.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn of(folder: &Path) -> anyhow::Result<Self> {
        let mut disk = Self::default();
        let mut open = vec![folder.to_owned()];
        while let Some(here) = open.pop() {
            for entry in std::fs::read_dir(&here)? {
                let entry = entry?;
                let path = entry.path().strip_prefix(folder)?.to_owned();
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    open.push(entry.path());
                    disk.folders.insert(path);
                } else if kind.is_file() {
                    let synced = std::fs::read(entry.path())?;
                    disk.names.insert(path, disk.inodes.len());
                    disk.inodes.push(Inode {
                        synced,
                        later: Vec::new(),
                    });
                }
            }
        }
        disk.synced_names = disk.names.clone();
        disk.synced_folders = disk.folders.clone();
        Ok(disk)
    }

    /// Does what the process did.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Open {
                path,
                is_new,
                is_emptied,
            } => {
                if *is_new && !self.names.contains_key(path) {
                    self.names.insert(path.clone(), self.inodes.len());
                    self.inodes.push(Inode::default());
                }
                if *is_emptied {
                    self.later(path, Later::SetLength(0));
                }
            }
            Change::Write {
                path,
                offset,
                bytes,
            } => self.later(
                path,
                Later::Write {
                    offset: *offset,
                    bytes: bytes.clone(),
                },
            ),
            Change::SetLength { path, bytes } => self.later(path, Later::SetLength(*bytes)),
            Change::Reserve { path, bytes } => self.later(path, Later::Reserve(*bytes)),
            Change::Sync { path } => self.sync(path),
            Change::Rename { from, to } => self.rename(from, to),
            Change::Remove { path } => {
                self.names.remove(path);
                self.folders.remove(path);
            }
            Change::MakeFolder { path } => {
                self.folders.insert(path.clone());
            }
        }
    }

    fn later(&mut self, path: &Path, later: Later) {
        if let Some(inode) = self.names.get(path) {
            self.inodes[*inode].later.push(later);
        }
    }

    fn sync(&mut self, path: &Path) {
        if let Some(inode) = self.names.get(path) {
            let inode = &mut self.inodes[*inode];
            for later in std::mem::take(&mut inode.later) {
                put(&mut inode.synced, &later);
            }
            return;
        }
        let is_here = |name: &PathBuf| name.parent() == Some(path);
        self.synced_names.retain(|name, _| !is_here(name));
        self.synced_folders.retain(|name| !is_here(name));
        let names = self.names.iter().filter(|(name, _)| is_here(name));
        self.synced_names
            .extend(names.map(|(name, inode)| (name.clone(), *inode)));
        let folders = self.folders.iter().filter(|name| is_here(name));
        self.synced_folders.extend(folders.cloned());
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        if let Some(inode) = self.names.remove(from) {
            self.names.insert(to.to_owned(), inode);
            return;
        }
        let moved = |name: &Path| name.strip_prefix(from).ok().map(|rest| to.join(rest));
        let names = std::mem::take(&mut self.names);
        self.names = names
            .into_iter()
            .map(|(name, inode)| (moved(&name).unwrap_or(name), inode))
            .collect();
        let folders = std::mem::take(&mut self.folders);
        self.folders = folders
            .into_iter()
            .map(|name| moved(&name).unwrap_or(name))
            .collect();
    }

    /// Writes what is left after a power cut below `folder`.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn cut(&self, cut: Cut, draw: &mut impl Rng, folder: &Path) -> anyhow::Result<()> {
        let (names, folders) = match cut {
            Cut::OnlySynced => (&self.synced_names, &self.synced_folders),
            Cut::Torn => (&self.names, &self.folders),
        };
        let stands = |path: &Path| {
            path.ancestors()
                .skip(1)
                .all(|above| above.as_os_str().is_empty() || folders.contains(above))
        };
        for path in folders.iter().filter(|path| stands(path)) {
            std::fs::create_dir_all(folder.join(path))?;
        }
        for (path, inode) in names.iter().filter(|(path, _)| stands(path)) {
            let inode = &self.inodes[*inode];
            let mut bytes = inode.synced.clone();
            if cut == Cut::Torn {
                for later in &inode.later {
                    put_some(&mut bytes, later, draw);
                }
            }
            write_sparse(&folder.join(path), &bytes)?;
        }
        Ok(())
    }
}

fn put(bytes: &mut Vec<u8>, later: &Later) {
    match later {
        Later::SetLength(length) => bytes.resize(*length as usize, 0),
        Later::Reserve(length) => bytes.resize((*length as usize).max(bytes.len()), 0),
        Later::Write {
            offset,
            bytes: written,
        } => {
            let (start, end) = (*offset as usize, *offset as usize + written.len());
            bytes.resize(bytes.len().max(end), 0);
            bytes[start..end].copy_from_slice(written);
        }
    }
}

/// Each sector of a write reaches the disk or does not.
fn put_some(bytes: &mut Vec<u8>, later: &Later, draw: &mut impl Rng) {
    let Later::Write {
        offset,
        bytes: written,
    } = later
    else {
        if draw.random_bool(0.5) {
            put(bytes, later);
        }
        return;
    };
    let mut start = 0;
    while start < written.len() {
        let place = *offset as usize + start;
        let end = (start + SECTOR_BYTES - place % SECTOR_BYTES).min(written.len());
        if draw.random_bool(0.5) {
            let part = Later::Write {
                offset: place as u64,
                bytes: written[start..end].to_vec(),
            };
            put(bytes, &part);
        }
        start = end;
    }
}

/// Zeros become holes: a segment is mostly reserved space.
fn write_sparse(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::os::unix::fs::FileExt as _;
    let file = std::fs::File::create(path)?;
    file.set_len(bytes.len() as u64)?;
    for (i, page) in bytes.chunks(4_096).enumerate() {
        if page.iter().any(|byte| *byte != 0) {
            file.write_all_at(page, i as u64 * 4_096)?;
        }
    }
    Ok(())
}
