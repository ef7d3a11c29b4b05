//! [`Tables`] on sled 0.34. One tree holds all tables, so that a batch is atomic over them; a key
//! is the table's name, a zero and the row's key. sled's own flush issues no fsync on Linux, so
//! [`Tables::flush`] syncs sled's files itself.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{
    Batch, Row, Table, TableError, TableRow, Tables, VALUE_LIMIT_BYTES, check_whole,
    directory_bytes, guarded, remove_store, replace_in_batches,
};

/// Written between two flushes of its own accord.
const FLUSH_BATCHES: u32 = 256;
const FLUSH_BYTES: usize = 8 << 20;
/// Together the time that another owner's lock is waited for: 400 ms.
const LOCK_ATTEMPTS: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// One byte more than a row may have: [`super::Layered`] marks each value.
const STORED_LIMIT_BYTES: usize = VALUE_LIMIT_BYTES + 1;

/// Rows in a directory of sled's.
pub struct SledTables {
    path: PathBuf,
    rows: sled::Tree,
    database: sled::Db,
    batches: u32,
    bytes: usize,
}

impl SledTables {
    /// Opens or makes the tables in a directory. sled keeps about `cache_bytes` in memory.
    ///
    /// # Errors
    /// [`TableError::Damaged`] when sled does not understand its files: [`SledTables::remove`]
    /// them and build them anew. Otherwise another process has them, or the disk refused.
    pub fn open(directory: &Path, cache_bytes: u64) -> Result<Self, TableError> {
        let path = directory.to_owned();
        check_whole(directory)?;
        guarded(directory, || {
            let config = sled::Config::new()
                .path(directory)
                .cache_capacity(cache_bytes.max(1 << 20))
                .flush_every_ms(None);
            let database = open_unlocked(&path, &config)?;
            let rows = database
                .open_tree("rows")
                .map_err(|error| sort(&path, "open", error))?;
            let tables = Self {
                path: path.clone(),
                rows,
                database,
                batches: 0,
                bytes: 0,
            };
            Ok(tables)
        })
    }

    /// Removes the tables of a directory, damaged or not.
    ///
    /// # Errors
    /// The disk refused.
    pub fn remove(directory: &Path) -> Result<(), TableError> {
        remove_store(directory, |path| std::fs::remove_dir_all(path))
    }

    fn sorted<T>(&self, doing: &'static str, outcome: sled::Result<T>) -> Result<T, TableError> {
        outcome.map_err(|error| sort(&self.path, doing, error))
    }
}

/// sled's own threads can hold its lock a little longer than the tables that were just dropped.
fn open_unlocked(path: &Path, config: &sled::Config) -> Result<sled::Db, TableError> {
    let mut attempt = 1;
    loop {
        match config.open().map_err(|error| sort(path, "open", error)) {
            Err(TableError::Locked(_)) if attempt < LOCK_ATTEMPTS => {
                attempt += 1;
                std::thread::sleep(LOCK_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other library's kinds are many and may grow"
)]
fn sort(path: &Path, doing: &'static str, error: sled::Error) -> TableError {
    let path = path.to_owned();
    match error {
        sled::Error::Io(source) => match source.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => TableError::Damaged {
                path,
                reason: source.to_string(),
            },
            // The lock's error arrives without its kind.
            _ if source.to_string().contains("could not acquire lock") => TableError::Locked(path),
            _ => TableError::Disk {
                doing,
                path,
                source,
            },
        },
        error @ (sled::Error::Corruption { .. }
        | sled::Error::ReportableBug(_)
        | sled::Error::Unsupported(_)
        | sled::Error::CollectionNotFound(_)) => TableError::Damaged {
            path,
            reason: error.to_string(),
        },
    }
}

/// The stored key: name, zero, key.
fn stored(table: Table, key: &[u8]) -> Vec<u8> {
    let name = table.name().as_bytes();
    let mut stored = Vec::with_capacity(name.len() + 1 + key.len());
    stored.extend_from_slice(name);
    stored.push(0);
    stored.extend_from_slice(key);
    stored
}

/// The end of a table's keys: no name holds a byte as small as one.
fn table_end(table: Table) -> Vec<u8> {
    let mut end = table.name().as_bytes().to_vec();
    end.push(1);
    end
}

impl Tables for SledTables {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        guarded(&self.path, || {
            let found = self.sorted("read", self.rows.get(stored(table, key)))?;
            Ok(found.map(|value| value.to_vec()))
        })
    }

    fn scan_range(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, TableError> {
        let (start, end) = (
            stored(table, from),
            until.map_or_else(|| table_end(table), |key| stored(table, key)),
        );
        if start >= end {
            return Ok(Vec::new());
        }
        let name_bytes = table.name().len() + 1;
        guarded(&self.path, || {
            let mut rows = Vec::new();
            for found in self.rows.range(start..end).take(limit) {
                let (key, value) = self.sorted("scan", found)?;
                rows.push((key[name_bytes..].to_vec(), value.to_vec()));
            }
            Ok(rows)
        })
    }

    fn write(&mut self, batch: &Batch) -> Result<(), TableError> {
        batch.check(STORED_LIMIT_BYTES)?;
        let mut changes = sled::Batch::default();
        for change in batch.changes() {
            let key = stored(change.table, &change.key);
            match &change.value {
                Some(value) => changes.insert(key, value.as_slice()),
                None => changes.remove(key),
            }
        }
        guarded(&self.path, || {
            self.sorted("write", self.rows.apply_batch(changes))
        })?;
        self.batches += 1;
        self.bytes += batch.bytes();
        if self.batches >= FLUSH_BATCHES || self.bytes >= FLUSH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TableError> {
        guarded(&self.path, || self.sorted("flush", self.database.flush()))?;
        sync_tree(&self.path).map_err(|source| TableError::Disk {
            doing: "sync",
            path: self.path.clone(),
            source,
        })?;
        (self.batches, self.bytes) = (0, 0);
        Ok(())
    }

    fn clear(&mut self) -> Result<(), TableError> {
        guarded(&self.path, || self.sorted("clear", self.rows.clear()))?;
        self.flush()
    }

    fn replace_all(&mut self, rows: &mut dyn Iterator<Item = TableRow>) -> Result<u64, TableError> {
        let path = self.path.clone();
        replace_in_batches(self, &path, rows)
    }

    fn count(&self, table: Table) -> Result<u64, TableError> {
        guarded(&self.path, || {
            let mut count = 0;
            for key in self.rows.range(stored(table, &[])..table_end(table)).keys() {
                self.sorted("count", key)?;
                count += 1;
            }
            Ok(count)
        })
    }

    fn approximate_bytes(&self) -> Result<u64, TableError> {
        directory_bytes(&self.path).map_err(|source| TableError::Disk {
            doing: "measure",
            path: self.path.clone(),
            source,
        })
    }
}

/// Syncs all files below a directory and the directories. Files that sled removes meanwhile need
/// no sync.
fn sync_tree(directory: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let synced = if path.is_dir() {
            sync_tree(&path)
        } else {
            File::open(&path).and_then(|file| file.sync_data())
        };
        match synced {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    File::open(directory)?.sync_all()
}
