//! Whoever holds a million rows: the ledger's tables as the gateway lays them, and three engines
//! that others wrote, each with 256 MiB of cache and loaded in the fastest way it has.

use std::fs::File;
use std::path::Path;

use redb::{ReadableDatabase as _, TableDefinition};
use store::tables::{Batch, Layered, SledTables, SnapshotBuilder, Table, Tables as _};

const TABLE: Table = Table::named("rows");
const REDB_ROWS: TableDefinition<'static, &'static [u8], &'static [u8]> =
    TableDefinition::new("rows");
const CACHE_BYTES: usize = 256 << 20;

/// Keys and values.
pub(crate) type Rows = [(Vec<u8>, Vec<u8>)];

/// Rows that can be asked for.
pub(crate) trait Store {
    fn name(&self) -> &'static str;
    /// Length of a key's value, read and copied.
    fn bytes_of(&self, key: &[u8]) -> Option<usize>;
    /// Puts some rows once more, as deltas do after a load.
    fn change(&mut self, _rows: &Rows) {}
}

/// Loads a store durably; it can be asked when this returns.
pub(crate) type Load = fn(&Path, &Rows) -> Box<dyn Store>;

/// Ours first.
pub(crate) const KINDS: [Load; 4] = [ours, sled, redb, sqlite];

struct Ours(Layered<SledTables>);

fn ours(folder: &Path, rows: &Rows) -> Box<dyn Store> {
    let overlay = SledTables::open(&folder.join("overlay"), 16 << 20).expect("opens");
    let mut tables = Layered::open(&folder.join("snapshot"), overlay, &[TABLE]).expect("opens");
    let mut builder = SnapshotBuilder::new();
    for (key, value) in rows {
        builder.put(TABLE, key, value).expect("room");
    }
    tables.adopt(builder).expect("durable");
    Box::new(Ours(tables))
}

impl Store for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn bytes_of(&self, key: &[u8]) -> Option<usize> {
        let found = self.0.get(TABLE, key).expect("readable");
        found.map(|value| value.len())
    }

    fn change(&mut self, rows: &Rows) {
        let mut batch = Batch::new();
        for (key, value) in rows.iter().step_by(1_000) {
            batch.put(TABLE, key.as_slice(), value.as_slice());
        }
        self.0.write(&batch).expect("room");
        self.0.flush().expect("durable");
    }
}

struct Sled(sled::Db);

fn sled(folder: &Path, rows: &Rows) -> Box<dyn Store> {
    let path = folder.join("sled");
    let database = sled::Config::new()
        .path(&path)
        .cache_capacity(CACHE_BYTES as u64)
        .flush_every_ms(None)
        .open()
        .expect("opens");
    for (key, value) in rows {
        database.insert(key, value.as_slice()).expect("inserted");
    }
    database.flush().expect("flushed");
    let file = File::open(path.join("db")).expect("its file");
    file.sync_data().expect("synced");
    Box::new(Sled(database))
}

impl Store for Sled {
    fn name(&self) -> &'static str {
        "sled"
    }

    fn bytes_of(&self, key: &[u8]) -> Option<usize> {
        let found = self.0.get(key).expect("readable");
        found.map(|value| value.to_vec().len())
    }
}

struct Redb(redb::Database);

fn redb(folder: &Path, rows: &Rows) -> Box<dyn Store> {
    let database = redb::Database::builder()
        .set_cache_size(CACHE_BYTES)
        .create(folder.join("redb"))
        .expect("opens");
    let transaction = database.begin_write().expect("begun");
    {
        let mut table = transaction.open_table(REDB_ROWS).expect("a table");
        for (key, value) in rows {
            table
                .insert(key.as_slice(), value.as_slice())
                .expect("inserted");
        }
    }
    transaction.commit().expect("durable");
    Box::new(Redb(database))
}

impl Store for Redb {
    fn name(&self) -> &'static str {
        "redb"
    }

    fn bytes_of(&self, key: &[u8]) -> Option<usize> {
        let transaction = self.0.begin_read().expect("begun");
        let table = transaction.open_table(REDB_ROWS).expect("a table");
        let found = table.get(key).expect("readable");
        found.map(|value| value.value().to_vec().len())
    }
}

struct Sqlite(rusqlite::Connection);

fn sqlite(folder: &Path, rows: &Rows) -> Box<dyn Store> {
    let mut connection = rusqlite::Connection::open(folder.join("sqlite")).expect("opens");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -262144;
             CREATE TABLE rows (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID, STRICT;",
        )
        .expect("a table");
    let transaction = connection.transaction().expect("begun");
    {
        let mut insert = transaction
            .prepare("INSERT INTO rows VALUES (?1, ?2)")
            .expect("a statement");
        for (key, value) in rows {
            insert.execute((key, value)).expect("inserted");
        }
    }
    transaction.commit().expect("durable");
    Box::new(Sqlite(connection))
}

impl Store for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn bytes_of(&self, key: &[u8]) -> Option<usize> {
        let mut select = self
            .0
            .prepare_cached("SELECT value FROM rows WHERE key = ?1")
            .expect("a statement");
        let found = select.query_row([key], |row| row.get::<_, Vec<u8>>(0));
        match found {
            Ok(value) => Some(value.len()),
            Err(rusqlite::Error::QueryReturnedNoRows) => None,
            Err(error) => panic!("unreadable: {error}"),
        }
    }
}
