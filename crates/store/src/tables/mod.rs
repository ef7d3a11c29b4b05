//! Rows by key in named tables, in order, changed in atomic batches: the overlay engines
//! ([`SledTables`], `RedbTables`), the immutable [`Snapshot`], and [`Layered`] of both. All of it
//! can be rebuilt from elsewhere, so damage is a typed answer and never repaired here. Refuses to
//! know what a row means.
//!
//! None of this may be called from a real-time thread: sled's threads spin and starve.

mod batch;
mod layered;
mod memory;
#[cfg(feature = "redb")]
mod redb_tables;
mod replacing;
mod sled_tables;
mod snapshot;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

pub use batch::Batch;
pub use layered::Layered;
pub use memory::MemoryTables;
#[cfg(feature = "redb")]
pub use redb_tables::RedbTables;
pub use sled_tables::SledTables;
pub use snapshot::{Snapshot, SnapshotBuilder};

use replacing::{check_whole, remove_store, replace_in_batches};

/// Largest key.
pub const KEY_LIMIT_BYTES: usize = 1 << 10;
/// Largest value; sled keeps larger ones in files that it never syncs.
pub const VALUE_LIMIT_BYTES: usize = (64 << 10) - 1;

/// The name of a table, fixed in the program's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(&'static str);

/// Table of what this module writes about the rows itself.
const STATE: Table = Table::reserved("_state");

impl Table {
    /// A table called `name`.
    ///
    /// # Panics
    /// When the name is not 1 to 32 of `a` to `z`, `0` to `9` and `_`, or begins with `_`; in a
    /// constant that is an error of the compiler.
    pub const fn named(name: &'static str) -> Self {
        assert!(
            name.as_bytes()[0] != b'_',
            "a table's name begins with a letter"
        );
        Self::reserved(name)
    }

    const fn reserved(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(
            !bytes.is_empty() && bytes.len() <= 32,
            "a table's name has 1 to 32 letters"
        );
        let mut index = 0;
        while index < bytes.len() {
            let plain = matches!(bytes[index], b'a'..=b'z' | b'0'..=b'9' | b'_');
            assert!(plain, "a table's name is of a-z, 0-9 and _");
            index += 1;
        }
        Self(name)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);
/// A row and the table it goes to.
pub type TableRow = (Table, Vec<u8>, Vec<u8>);

/// Why rows cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// What is on disk is not what was written: remove it and build it anew.
    #[error("tables in {} are damaged: {reason}", .path.display())]
    Damaged {
        /// File or directory.
        path: PathBuf,
        /// What shows it.
        reason: String,
    },
    /// Another process has the tables open.
    #[error("tables in {} are held by another process", .0.display())]
    Locked(PathBuf),
    /// The disk refused.
    #[error("cannot {doing} tables in {}", .path.display())]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// File or directory.
        path: PathBuf,
        /// The disk's answer.
        #[source]
        source: io::Error,
    },
    /// A key is over [`KEY_LIMIT_BYTES`] or a value over [`VALUE_LIMIT_BYTES`].
    #[error("row of table {table} has a key of {key_bytes} bytes and a value of {value_bytes}")]
    TooLarge {
        /// Name of the table.
        table: &'static str,
        /// Size of the key.
        key_bytes: usize,
        /// Size of the value.
        value_bytes: usize,
    },
    /// More rows than a snapshot can hold.
    #[error("a snapshot holds at most {limit_bytes} bytes")]
    TooMany {
        /// Its limit.
        limit_bytes: u64,
    },
    /// The engine refused, for a reason that is not one of the above.
    #[error("tables in {} answer: {reason}", .path.display())]
    Engine {
        /// File or directory.
        path: PathBuf,
        /// Its answer.
        reason: String,
    },
}

/// Rows in named tables. A table that was never written to is empty.
pub trait Tables: Send {
    /// The value of a key.
    ///
    /// # Errors
    /// The disk refused, or the rows are damaged.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, TableError>;

    /// Rows with `from <= key < until` in the order of their keys, the first `limit` of them; no
    /// `until` is to the end of the table.
    ///
    /// # Errors
    /// As [`Tables::get`].
    fn scan_range(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, TableError>;

    /// Makes all changes of a batch or, on an error, none. After a power cut the tables are as
    /// after some batch, at or after the last [`Tables::flush`].
    ///
    /// # Errors
    /// A row is too large, the disk refused, or the rows are damaged.
    fn write(&mut self, batch: &Batch) -> Result<(), TableError>;

    /// Makes everything written so far durable.
    ///
    /// # Errors
    /// The disk refused: what was written since the last flush may be lost at a power cut.
    fn flush(&mut self) -> Result<(), TableError>;

    /// Removes all rows of all tables, durably.
    ///
    /// # Errors
    /// As [`Tables::write`].
    fn clear(&mut self) -> Result<(), TableError>;

    /// Puts `rows` in the place of everything, durably, and returns how many were put. Of equal
    /// keys the last one stands. After a crash in the middle the tables open as they were or as
    /// [`TableError::Damaged`].
    ///
    /// # Errors
    /// As [`Tables::write`].
    fn replace_all(&mut self, rows: &mut dyn Iterator<Item = TableRow>) -> Result<u64, TableError>;

    /// Rows in a table; may have to look at all of them.
    ///
    /// # Errors
    /// As [`Tables::get`].
    fn count(&self, table: Table) -> Result<u64, TableError>;

    /// Bytes on disk, about.
    ///
    /// # Errors
    /// The disk refused.
    fn approximate_bytes(&self) -> Result<u64, TableError>;

    /// Rows whose keys begin with `prefix` in order, the first `limit` of them.
    ///
    /// # Errors
    /// As [`Tables::get`].
    fn scan_prefix(
        &self,
        table: Table,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Vec<Row>, TableError> {
        self.scan_range(table, prefix, prefix_end(prefix).as_deref(), limit)
    }
}

impl<T: Tables + ?Sized> Tables for Box<T> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        (**self).get(table, key)
    }

    fn scan_range(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, TableError> {
        (**self).scan_range(table, from, until, limit)
    }

    fn write(&mut self, batch: &Batch) -> Result<(), TableError> {
        (**self).write(batch)
    }

    fn flush(&mut self) -> Result<(), TableError> {
        (**self).flush()
    }

    fn clear(&mut self) -> Result<(), TableError> {
        (**self).clear()
    }

    fn replace_all(&mut self, rows: &mut dyn Iterator<Item = TableRow>) -> Result<u64, TableError> {
        (**self).replace_all(rows)
    }

    fn count(&self, table: Table) -> Result<u64, TableError> {
        (**self).count(table)
    }

    fn approximate_bytes(&self) -> Result<u64, TableError> {
        (**self).approximate_bytes()
    }
}

/// The smallest key after all keys that begin with `prefix`; none when there is no such key.
pub fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// Runs an engine's call; a panic inside it is an engine that does not understand its own files.
fn guarded<T>(path: &Path, call: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_or_else(|_| {
        Err(TableError::Damaged {
            path: path.to_owned(),
            reason: "the engine panicked".into(),
        })
    })
}

/// Size of all files below a directory.
fn directory_bytes(directory: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            directory_bytes(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(bytes)
}
