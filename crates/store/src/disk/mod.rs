//! The seam between this crate and the file system: positioned reads and writes, one kind of sync,
//! space reserved ahead, and names made durable on their own. It refuses to know what the bytes
//! are. [`RealDisk`] is the machine's; [`MemoryDisk`] loses power on demand.

mod memory;
mod real;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use memory::{Counts, Faults, MemoryDisk};
pub use real::RealDisk;

/// A directory tree that files are created, renamed and removed in. A name is durable only after
/// [`Disk::sync_dir`] of its directory, a file's bytes only after [`DiskFile::sync_data`].
pub trait Disk: Send + Sync {
    /// A new, empty file for reading and writing; an existing one of that name is an error.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// An existing file, for reading and writing when `access` asks for it.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file another name in one step, replacing a file of that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a name; open handles stay readable.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_dir(&self, directory: &Path) -> io::Result<()>;
    /// Makes a directory and its parents where they are missing, durably.
    fn create_dir_all(&self, directory: &Path) -> io::Result<()>;
    /// The file names in a directory, in order.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;
    /// Takes the directory for one writer; `WouldBlock` when another holds it.
    fn lock(&self, directory: &Path) -> io::Result<Box<dyn DirectoryLock>>;
}

/// Whether a file is opened to be read or also to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading only: an auditor's copy may stand on a read-only medium.
    Read,
    /// Reading and writing.
    ReadWrite,
}

/// One open file.
pub trait DiskFile: Send + Sync {
    /// Writes all bytes at a position.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Reads up to `buffer.len()` bytes at a position; 0 is the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Makes the bytes durable, with the file length. An error must never be retried: the kernel
    /// may have dropped the pages it could not write.
    fn sync_data(&self) -> io::Result<()>;
    /// Reserves the space of the first `bytes` bytes, read back as zeros, and makes the file that long.
    fn fallocate(&self, bytes: u64) -> io::Result<()>;
    /// Current length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Whether the file has no bytes.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// A directory held by one writer until this is dropped.
pub trait DirectoryLock: Send + Sync {}

/// A disk shared by the writer, its readers and the segment preparer.
pub type SharedDisk = Arc<dyn Disk>;

/// A directory on a disk.
#[derive(Clone)]
pub struct Folder {
    pub(crate) disk: SharedDisk,
    pub(crate) path: PathBuf,
}

impl Folder {
    /// A directory of `disk`.
    pub fn on(disk: SharedDisk, path: &Path) -> Self {
        Self {
            disk,
            path: path.to_owned(),
        }
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Folder({})", self.path.display())
    }
}

/// Reads as much of `offset..offset + length` as the file has.
pub(crate) fn read_range(file: &dyn DiskFile, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0u8; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(offset + filled as u64, &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Reads a whole file that may be at most `limit_bytes` long.
pub(crate) fn read_whole(disk: &dyn Disk, path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let file = disk.open(path, Access::Read)?;
    let length = file.len()?;
    if length > limit_bytes {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("{length} bytes where at most {limit_bytes} are expected"),
        ));
    }
    read_range(file.as_ref(), 0, length as usize)
}

/// Removes a file that may be missing.
pub(crate) fn remove_if_present(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests;
