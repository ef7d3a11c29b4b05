//! [`Tables`] on redb: one file, one redb table for each table.

use std::io;
use std::path::{Path, PathBuf};

use redb::{
    Database, DatabaseError, Durability, ReadableDatabase, ReadableTableMetadata, TableDefinition,
    TableHandle, WriteTransaction,
};

use super::{
    Batch, Row, Table, TableError, TableRow, Tables, VALUE_LIMIT_BYTES, check_whole, guarded,
    remove_store, replace_in_batches,
};

/// Written between two flushes of its own accord.
const FLUSH_BATCHES: u32 = 256;
const FLUSH_BYTES: usize = 8 << 20;
/// One byte more than a row may have: [`super::Layered`] marks each value.
const STORED_LIMIT_BYTES: usize = VALUE_LIMIT_BYTES + 1;

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// Rows in a file of redb's.
pub struct RedbTables {
    path: PathBuf,
    database: Database,
    batches: u32,
    bytes: usize,
}

impl RedbTables {
    /// Opens or makes the tables in a file. redb keeps up to `cache_bytes` in memory.
    ///
    /// # Errors
    /// [`TableError::Damaged`] when redb does not understand the file: [`RedbTables::remove`] it
    /// and build it anew. Otherwise another process has it, or the disk refused.
    pub fn open(file: &Path, cache_bytes: usize) -> Result<Self, TableError> {
        check_whole(file)?;
        guarded(file, || {
            let mut builder = Database::builder();
            builder.set_cache_size(cache_bytes);
            let database = builder
                .create(file)
                .map_err(|error| sort_open(file, error))?;
            let tables = Self {
                path: file.to_owned(),
                database,
                batches: 0,
                bytes: 0,
            };
            Ok(tables)
        })
    }

    /// Removes the tables of a file, damaged or not.
    ///
    /// # Errors
    /// The disk refused.
    pub fn remove(file: &Path) -> Result<(), TableError> {
        remove_store(file, |path| std::fs::remove_file(path))
    }

    /// Names what redb answers.
    fn sorted<T>(
        &self,
        doing: &'static str,
        outcome: Result<T, impl Into<redb::Error>>,
    ) -> Result<T, TableError> {
        outcome.map_err(|error| sort(&self.path, doing, error.into()))
    }

    fn begin(&self, durability: Durability) -> Result<WriteTransaction, TableError> {
        let mut transaction = self.sorted("write", self.database.begin_write())?;
        self.sorted("write", transaction.set_durability(durability))?;
        Ok(transaction)
    }

    fn change(&self, batch: &Batch) -> Result<(), TableError> {
        let transaction = self.begin(Durability::None)?;
        let changes = batch.changes();
        let mut from = 0;
        while let Some(first) = changes.get(from) {
            // Neighbours in the batch often go to one table: it is opened once for them.
            let same = changes[from..]
                .iter()
                .take_while(|change| change.table == first.table);
            let to = from + same.count();
            let mut table =
                self.sorted("write", transaction.open_table(definition(first.table)))?;
            for change in &changes[from..to] {
                let key = change.key.as_slice();
                match &change.value {
                    Some(value) => {
                        self.sorted("write", table.insert(key, value.as_slice()))?;
                    }
                    None => {
                        self.sorted("write", table.remove(key))?;
                    }
                }
            }
            from = to;
        }
        self.sorted("write", transaction.commit())
    }

    /// A table for reading; none when nothing was ever written to it.
    fn read(&self, table: Table) -> Result<Option<ReadTable>, TableError> {
        let transaction = self.sorted("read", self.database.begin_read())?;
        match transaction.open_table(definition(table)) {
            Ok(table) => Ok(Some(table)),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(sort(&self.path, "read", error.into())),
        }
    }
}

type ReadTable = redb::ReadOnlyTable<&'static [u8], &'static [u8]>;

fn definition(table: Table) -> Definition {
    TableDefinition::new(table.name())
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other library's kinds are many and may grow"
)]
fn sort_open(path: &Path, error: DatabaseError) -> TableError {
    let path = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen => TableError::Locked(path),
        DatabaseError::Storage(storage) => sort(&path, "open", storage.into()),
        other => TableError::Damaged {
            path,
            reason: other.to_string(),
        },
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other library's kinds are many and may grow"
)]
fn sort(path: &Path, doing: &'static str, error: redb::Error) -> TableError {
    let path = path.to_owned();
    match error {
        redb::Error::Io(source) => match source.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => TableError::Damaged {
                path,
                reason: source.to_string(),
            },
            _ => TableError::Disk {
                doing,
                path,
                source,
            },
        },
        redb::Error::Corrupted(reason) => TableError::Damaged { path, reason },
        other => TableError::Engine {
            path,
            reason: other.to_string(),
        },
    }
}

impl Tables for RedbTables {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        guarded(&self.path, || {
            let Some(rows) = self.read(table)? else {
                return Ok(None);
            };
            let found = self.sorted("read", rows.get(key))?;
            Ok(found.map(|value| value.value().to_vec()))
        })
    }

    fn scan_range(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, TableError> {
        guarded(&self.path, || {
            let Some(rows) = self.read(table)? else {
                return Ok(Vec::new());
            };
            let range = match until {
                Some(until) if from >= until => return Ok(Vec::new()),
                Some(until) => rows.range(from..until),
                None => rows.range(from..),
            };
            let mut found = Vec::new();
            for row in self.sorted("scan", range)?.take(limit) {
                let (key, value) = self.sorted("scan", row)?;
                found.push((key.value().to_vec(), value.value().to_vec()));
            }
            Ok(found)
        })
    }

    fn write(&mut self, batch: &Batch) -> Result<(), TableError> {
        batch.check(STORED_LIMIT_BYTES)?;
        guarded(&self.path, || self.change(batch))?;
        self.batches += 1;
        self.bytes += batch.bytes();
        if self.batches >= FLUSH_BATCHES || self.bytes >= FLUSH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TableError> {
        guarded(&self.path, || {
            let transaction = self.begin(Durability::Immediate)?;
            self.sorted("flush", transaction.commit())
        })?;
        (self.batches, self.bytes) = (0, 0);
        Ok(())
    }

    fn clear(&mut self) -> Result<(), TableError> {
        guarded(&self.path, || {
            let transaction = self.begin(Durability::Immediate)?;
            let tables: Vec<String> = self
                .sorted("clear", transaction.list_tables())?
                .map(|table| table.name().to_owned())
                .collect();
            for name in &tables {
                let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(name);
                self.sorted("clear", transaction.delete_table(table))?;
            }
            self.sorted("clear", transaction.commit())
        })
    }

    fn replace_all(&mut self, rows: &mut dyn Iterator<Item = TableRow>) -> Result<u64, TableError> {
        let path = self.path.clone();
        replace_in_batches(self, &path, rows)
    }

    fn count(&self, table: Table) -> Result<u64, TableError> {
        guarded(&self.path, || match self.read(table)? {
            None => Ok(0),
            Some(rows) => self.sorted("count", rows.len()),
        })
    }

    fn approximate_bytes(&self) -> Result<u64, TableError> {
        let metadata = std::fs::metadata(&self.path);
        let bytes = metadata.map(|metadata| metadata.len());
        bytes.map_err(|source| TableError::Disk {
            doing: "measure",
            path: self.path.clone(),
            source,
        })
    }
}
