//! Accepted records → SQLite, one transaction a batch, synced before it returns.

use std::path::{Path, PathBuf};

use domain::id::GateAddress;
use rusqlite::{Connection, OptionalExtension as _, params};
use store::chain::Hash;

use crate::receive::{Head, NewRecord};

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open event store {file}")]
    Open {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: rusqlite::Error,
    },
    /// A statement failed.
    #[error("event store failed while it {verb}")]
    Statement {
        /// What it did.
        verb: &'static str,
        /// Cause.
        #[source]
        source: rusqlite::Error,
    },
    /// A stored hash is not 32 bytes.
    #[error("stored hash of {gate} is damaged")]
    Damaged {
        /// Gate.
        gate: String,
    },
}

fn failed(verb: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |source| StoreError::Statement { verb, source }
}

/// Events of every gate.
#[derive(Debug)]
pub struct EventStore(Connection);

impl EventStore {
    /// Opens or creates the store.
    ///
    /// # Errors
    /// The file cannot be opened or is no event store.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let open = |source| StoreError::Open {
            file: file.to_owned(),
            source,
        };
        let connection = Connection::open(file).map_err(open)?;
        // An acknowledged event must survive a power cut: every commit is synced.
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = FULL;
                 CREATE TABLE IF NOT EXISTS event (
                     gate TEXT NOT NULL, sequence INTEGER NOT NULL,
                     hash BLOB NOT NULL, payload BLOB NOT NULL,
                     PRIMARY KEY (gate, sequence)) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS head (
                     gate TEXT PRIMARY KEY, epoch INTEGER NOT NULL,
                     sequence INTEGER NOT NULL, hash BLOB NOT NULL) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS alarm (
                     id INTEGER PRIMARY KEY, gate TEXT NOT NULL, kind TEXT NOT NULL,
                     detail TEXT NOT NULL);",
            )
            .map_err(open)?;
        Ok(Self(connection))
    }

    /// The head of a gate, if anything of it is stored.
    ///
    /// # Errors
    /// The store failed.
    pub fn head(&self, gate: &GateAddress) -> Result<Option<Head>, StoreError> {
        let row = self
            .0
            .prepare_cached("SELECT epoch, sequence, hash FROM head WHERE gate = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([gate.to_string()], |row| {
                        Ok((
                            row.get::<_, i64>(0)?,
                            row.get::<_, i64>(1)?,
                            row.get::<_, Vec<u8>>(2)?,
                        ))
                    })
                    .optional()
            })
            .map_err(failed("read a head"))?;
        row.map(|(epoch, sequence, hash)| {
            Ok(Head {
                epoch: epoch.cast_unsigned(),
                sequence: sequence.cast_unsigned(),
                hash: to_hash(gate, hash)?,
            })
        })
        .transpose()
    }

    /// The hash stored at `sequence`.
    ///
    /// # Errors
    /// The store failed.
    pub fn hash_at(&self, gate: &GateAddress, sequence: u64) -> Result<Option<Hash>, StoreError> {
        let row: Option<Vec<u8>> = self
            .0
            .prepare_cached("SELECT hash FROM event WHERE gate = ?1 AND sequence = ?2")
            .and_then(|mut statement| {
                let key = params![gate.to_string(), sequence.cast_signed()];
                statement.query_row(key, |row| row.get(0)).optional()
            })
            .map_err(failed("read a hash"))?;
        row.map(|hash| to_hash(gate, hash)).transpose()
    }

    /// Stores records and the new head in one synced transaction.
    ///
    /// # Errors
    /// The store failed; then nothing of the batch is stored.
    pub fn store(
        &mut self,
        gate: &GateAddress,
        records: &[NewRecord],
        head: &Head,
    ) -> Result<(), StoreError> {
        let name = gate.to_string();
        let transaction = self
            .0
            .transaction()
            .map_err(failed("began a transaction"))?;
        {
            let mut insert = transaction
                .prepare_cached(
                    "INSERT INTO event (gate, sequence, hash, payload) VALUES (?1, ?2, ?3, ?4)",
                )
                .map_err(failed("prepared an insert"))?;
            for record in records {
                insert
                    .execute(params![
                        name,
                        record.sequence.cast_signed(),
                        record.hash.0.as_slice(),
                        record.payload
                    ])
                    .map_err(failed("stored an event"))?;
            }
        }
        transaction
            .execute(
                "INSERT INTO head (gate, epoch, sequence, hash) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (gate) DO UPDATE SET epoch = ?2, sequence = ?3, hash = ?4",
                params![
                    name,
                    head.epoch.cast_signed(),
                    head.sequence.cast_signed(),
                    head.hash.0.as_slice()
                ],
            )
            .map_err(failed("moved a head"))?;
        transaction.commit().map_err(failed("committed"))
    }

    /// Keeps an alarm.
    ///
    /// # Errors
    /// The store failed.
    pub fn alarm(&self, gate: &str, kind: &str, detail: &str) -> Result<(), StoreError> {
        self.0
            .execute(
                "INSERT INTO alarm (gate, kind, detail) VALUES (?1, ?2, ?3)",
                params![gate, kind, detail],
            )
            .map(|_| ())
            .map_err(failed("kept an alarm"))
    }

    /// Alarms: gate, kind, detail, in order.
    ///
    /// # Errors
    /// The store failed.
    pub fn alarms(&self) -> Result<Vec<(String, String, String)>, StoreError> {
        let mut statement = self
            .0
            .prepare("SELECT gate, kind, detail FROM alarm ORDER BY id LIMIT 10000")
            .map_err(failed("read alarms"))?;
        statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .and_then(Iterator::collect)
            .map_err(failed("read alarms"))
    }

    /// Heads of every gate.
    ///
    /// # Errors
    /// The store failed.
    pub fn gates(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut statement = self
            .0
            .prepare("SELECT gate, sequence FROM head ORDER BY gate")
            .map_err(failed("listed gates"))?;
        statement
            .query_map([], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
            })
            .and_then(Iterator::collect)
            .map_err(failed("listed gates"))
    }

    /// Records of a gate from `first` on: sequence, hash, payload.
    ///
    /// # Errors
    /// The store failed.
    pub fn records(
        &self,
        gate: &GateAddress,
        first: u64,
        count_max: u32,
    ) -> Result<Vec<NewRecord>, StoreError> {
        let mut statement = self
            .0
            .prepare_cached(
                "SELECT sequence, hash, payload FROM event
                 WHERE gate = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3",
            )
            .map_err(failed("read events"))?;
        let rows = statement
            .query_map(
                params![gate.to_string(), first.cast_signed(), count_max],
                |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        row.get::<_, Vec<u8>>(1)?,
                        row.get::<_, Vec<u8>>(2)?,
                    ))
                },
            )
            .map_err(failed("read events"))?;
        rows.map(|row| {
            let (sequence, hash, payload) = row.map_err(failed("read an event"))?;
            Ok(NewRecord {
                sequence: sequence.cast_unsigned(),
                hash: to_hash(gate, hash)?,
                payload,
            })
        })
        .collect()
    }
}

fn to_hash(gate: &GateAddress, bytes: Vec<u8>) -> Result<Hash, StoreError> {
    let damaged = |_| StoreError::Damaged {
        gate: gate.to_string(),
    };
    <[u8; 32]>::try_from(bytes).map(Hash).map_err(damaged)
}
