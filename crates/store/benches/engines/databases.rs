//! Engines that others wrote, each set so that a commit is durable when it returns.

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use fjall::{KeyspaceCreateOptions, PersistMode};
use redb::TableDefinition;

use super::Engine;

const ROWS: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("rows");

/// fjall: insert, then persist with `SyncData`.
pub(crate) struct Fjall {
    database: fjall::Database,
    rows: fjall::Keyspace,
    record: Vec<u8>,
    next: u64,
}

impl Fjall {
    pub(crate) fn new(folder: &Path, record: &[u8]) -> Self {
        let database = fjall::Database::builder(folder).open().expect("opens");
        let rows = database
            .keyspace("rows", KeyspaceCreateOptions::default)
            .expect("a keyspace");
        Self {
            database,
            rows,
            record: record.to_vec(),
            next: 0,
        }
    }
}

impl Engine for Fjall {
    fn name(&self) -> &'static str {
        "fjall"
    }

    fn commit(&mut self, records: usize) -> Instant {
        for _ in 0..records {
            self.next += 1;
            self.rows
                .insert(self.next.to_be_bytes(), self.record.as_slice())
                .expect("inserted");
        }
        self.database
            .persist(PersistMode::SyncData)
            .expect("durable");
        Instant::now()
    }
}

/// sled, with the sync of its file that its own flush leaves out on Linux.
pub(crate) struct Sled {
    rows: sled::Db,
    file: File,
    record: Vec<u8>,
    next: u64,
}

impl Sled {
    pub(crate) fn new(folder: &Path, record: &[u8]) -> Self {
        let rows = sled::Config::new()
            .path(folder)
            .flush_every_ms(None)
            .open()
            .expect("opens");
        Self {
            rows,
            file: File::open(folder.join("db")).expect("its file"),
            record: record.to_vec(),
            next: 0,
        }
    }
}

impl Engine for Sled {
    fn name(&self) -> &'static str {
        "sled + own fdatasync"
    }

    /// It spins, and starves the thread that it waits for.
    fn may_run_in_real_time(&self) -> bool {
        false
    }

    fn commit(&mut self, records: usize) -> Instant {
        for _ in 0..records {
            self.next += 1;
            self.rows
                .insert(self.next.to_be_bytes(), self.record.as_slice())
                .expect("inserted");
        }
        self.rows.flush().expect("flushed");
        self.file.sync_data().expect("synced");
        Instant::now()
    }
}

/// redb: one write transaction, durable at its commit.
pub(crate) struct Redb {
    database: redb::Database,
    record: Vec<u8>,
    next: u64,
}

impl Redb {
    pub(crate) fn new(folder: &Path, record: &[u8]) -> Self {
        Self {
            database: redb::Database::create(folder.join("rows.redb")).expect("opens"),
            record: record.to_vec(),
            next: 0,
        }
    }
}

impl Engine for Redb {
    fn name(&self) -> &'static str {
        "redb"
    }

    fn commit(&mut self, records: usize) -> Instant {
        let transaction = self.database.begin_write().expect("begun");
        {
            let mut rows = transaction.open_table(ROWS).expect("a table");
            for _ in 0..records {
                self.next += 1;
                rows.insert(self.next, self.record.as_slice())
                    .expect("inserted");
            }
        }
        transaction.commit().expect("durable");
        Instant::now()
    }
}

/// SQLite in WAL mode with full synchronisation.
pub(crate) struct Sqlite {
    connection: rusqlite::Connection,
    record: Vec<u8>,
    next: i64,
}

impl Sqlite {
    pub(crate) fn new(folder: &Path, record: &[u8]) -> Self {
        let connection = rusqlite::Connection::open(folder.join("rows.sqlite")).expect("opens");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 CREATE TABLE rows (sequence INTEGER PRIMARY KEY, record BLOB) STRICT;",
            )
            .expect("a table");
        Self {
            connection,
            record: record.to_vec(),
            next: 0,
        }
    }
}

impl Engine for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite, WAL, FULL"
    }

    fn commit(&mut self, records: usize) -> Instant {
        let transaction = self.connection.transaction().expect("begun");
        {
            let mut insert = transaction
                .prepare_cached("INSERT INTO rows VALUES (?1, ?2)")
                .expect("a statement");
            for _ in 0..records {
                self.next += 1;
                insert.execute((self.next, &self.record)).expect("inserted");
            }
        }
        transaction.commit().expect("durable");
        Instant::now()
    }
}
