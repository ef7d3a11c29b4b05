//! One way to speak to the two engines: SQLite in a file for one machine, PostgreSQL for many
//! collectors. Statements are written once, with `$1` for the first value; what only one engine
//! has (COPY, partitions, advisory locks) stays in its file. Knows no event.

mod migrations;
mod postgres;
mod sqlite;
mod value;

use std::path::PathBuf;

pub use self::postgres::Locks;
pub use self::value::{Row, Value};

/// Most values of one statement; SQLite's own limit is 32,766.
const VALUES_MAX: usize = 30_000;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file cannot be opened, or is no store.
    #[error("{file} is no event store that can be opened")]
    File {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: rusqlite::Error,
    },
    /// The file was written by a newer version.
    #[error("{file} was written by a newer kakou-region (schema {found}, here {known})")]
    Newer {
        /// File.
        file: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// The server cannot be reached, or its schema not be brought up.
    #[error("cannot use the PostgreSQL server {server}")]
    Server {
        /// Host, port and database, without the password.
        server: String,
        /// Cause.
        #[source]
        source: Box<sqlx::Error>,
    },
    /// The schema cannot be brought up.
    #[error("cannot bring up the schema on {server}")]
    Schema {
        /// Host, port and database.
        server: String,
        /// Cause.
        #[source]
        source: Box<sqlx::migrate::MigrateError>,
    },
    /// The place cannot be read.
    #[error("store {text:?} is neither a file nor postgres://user@host:port/database")]
    Place {
        /// As written, without a password.
        text: String,
    },
    /// A statement failed in SQLite.
    #[error("the event store failed while it {verb}")]
    Sqlite {
        /// What it did.
        verb: &'static str,
        /// Cause.
        #[source]
        source: rusqlite::Error,
    },
    /// A statement failed in PostgreSQL.
    #[error("the event store failed while it {verb}")]
    Postgres {
        /// What it did.
        verb: &'static str,
        /// Cause.
        #[source]
        source: Box<sqlx::Error>,
    },
    /// A row does not have the column that is asked for, or not in that type.
    #[error("the event store gave no {wanted} in column {column}")]
    Column {
        /// Counted from 0.
        column: usize,
        /// What was wanted.
        wanted: &'static str,
    },
}

impl DatabaseError {
    /// The server is away or refuses for now: the same may succeed later.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Postgres { source, .. } | Self::Server { source, .. } => {
                postgres::is_outage(source)
            }
            Self::File { .. }
            | Self::Newer { .. }
            | Self::Schema { .. }
            | Self::Place { .. }
            | Self::Sqlite { .. }
            | Self::Column { .. } => false,
        }
    }
}

/// Where events are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL server, as `postgres://user@host:port/database`.
    Server(String),
}

/// Whether a store may be made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Make it, or bring its schema up.
    Make,
    /// It must be there.
    Existing,
}

/// A store that is open.
#[derive(Debug, Clone)]
pub enum Database {
    /// SQLite.
    Sqlite(sqlite::Sqlite),
    /// PostgreSQL.
    Postgres(postgres::Postgres),
}

/// Statements that take effect together, or not at all: dropped without a commit, they are undone.
pub enum Transaction<'a> {
    /// SQLite.
    Sqlite(sqlite::Open<'a>),
    /// PostgreSQL.
    Postgres(Box<postgres::Open>),
}

impl Database {
    /// Opens a store and brings its schema up.
    ///
    /// # Errors
    /// It cannot be opened, is no store, or is newer than this program.
    pub async fn open(place: &Place, opening: Opening) -> Result<Self, DatabaseError> {
        match place {
            Place::File(file) => sqlite::Sqlite::open(file, opening).map(Self::Sqlite),
            Place::Server(url) => postgres::Postgres::open(url).await.map(Self::Postgres),
        }
    }

    /// What a query answers. `verb` says in the past tense what it was for.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn rows(
        &self,
        verb: &'static str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.rows(verb, sql, values).await,
            Self::Postgres(postgres) => postgres.rows(verb, sql, values).await,
        }
    }

    /// Executes one statement, durably; returns how many rows it touched.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn run(
        &self,
        verb: &'static str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<u64, DatabaseError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.run(verb, sql, values).await,
            Self::Postgres(postgres) => postgres.run(verb, sql, values).await,
        }
    }

    /// Begins a transaction; no other that began with the same `purpose` is open beside it.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn begin(&self, purpose: Purpose) -> Result<Transaction<'_>, DatabaseError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.begin().await.map(Transaction::Sqlite),
            Self::Postgres(postgres) => {
                let open = postgres.begin(purpose).await?;
                Ok(Transaction::Postgres(Box::new(open)))
            }
        }
    }
}

impl Database {
    /// Sees to it that events of this moment have a place. To be called outside a transaction.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn prepare_day(&self, stored_at: i64) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(postgres) => postgres.prepare_day(stored_at).await,
        }
    }

    /// Locks between collectors; `None` where there is only one.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn locks(&self) -> Result<Option<Locks>, DatabaseError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(postgres) => postgres.locks().await.map(Some),
        }
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Events of gates: collectors work beside each other, each on its own gates.
    Collect,
    /// The index of questions: one at a time.
    Index,
    /// Ledger, deltas and keys sent down: one at a time.
    SendDown,
}

/// The head of a gate, moved on.
#[derive(Debug, Clone)]
pub struct HeadMove {
    /// Gate.
    pub gate: String,
    /// Epoch.
    pub epoch: i64,
    /// Sequence that it must have.
    pub before: i64,
    /// Sequence that it gets.
    pub sequence: i64,
    /// Hash that it gets.
    pub hash: Vec<u8>,
    /// When, microseconds since 1970.
    pub stored_at: i64,
}

/// A record on its way into the table of events.
#[derive(Debug, Clone)]
pub struct NewEvent<'r> {
    /// Gate.
    pub gate: &'r str,
    /// Sequence.
    pub sequence: i64,
    /// Chain hash.
    pub hash: &'r [u8],
    /// Payload.
    pub payload: &'r [u8],
}

impl Transaction<'_> {
    /// As [`Database::rows`].
    ///
    /// # Errors
    /// The engine failed.
    pub async fn rows(
        &mut self,
        verb: &'static str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        match self {
            Self::Sqlite(open) => open.rows(verb, sql, values),
            Self::Postgres(open) => open.rows(verb, sql, values).await,
        }
    }

    /// As [`Database::run`], durable with the commit.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn run(
        &mut self,
        verb: &'static str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<u64, DatabaseError> {
        match self {
            Self::Sqlite(open) => open.run(verb, sql, values),
            Self::Postgres(open) => open.run(verb, sql, values).await,
        }
    }

    /// Inserts rows of one table; those whose key is there already are passed over.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn insert(
        &mut self,
        verb: &'static str,
        table: &'static str,
        columns: &'static [&'static str],
        rows: &[Vec<Value>],
    ) -> Result<(), DatabaseError> {
        for some in rows.chunks((VALUES_MAX / columns.len()).max(1)) {
            let sql = insert_statement(table, columns, some.len());
            let values: Vec<Value> = some.iter().flatten().cloned().collect();
            match self {
                Self::Sqlite(open) => open.run(verb, &sql, &values)?,
                Self::Postgres(open) => open.run_built(verb, sql, &values).await?,
            };
        }
        Ok(())
    }

    /// Puts new events of a day into their table, by the engine's fastest way.
    ///
    /// # Errors
    /// The engine failed, or an event with that gate and sequence is there.
    pub async fn put_events(
        &mut self,
        stored_at: i64,
        events: &[NewEvent<'_>],
    ) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite(open) => open.put_events(stored_at, events),
            Self::Postgres(open) => open.put_events(stored_at, events).await,
        }
    }

    /// Moves heads that stand where they are expected; returns how many did.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn move_heads(&mut self, moves: &[HeadMove]) -> Result<u64, DatabaseError> {
        match self {
            Self::Sqlite(open) => open.move_heads(moves),
            Self::Postgres(open) => open.move_heads(moves).await,
        }
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// The engine failed; then nothing of it is stored, or the engine was lost just then and the
    /// store must be asked.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite(open) => open.commit(),
            Self::Postgres(open) => open.commit().await,
        }
    }
}

fn insert_statement(table: &str, columns: &[&str], rows: usize) -> String {
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns.len() {
            let place = row * columns.len() + column + 1;
            sql.push_str(if column == 0 { "$" } else { ", $" });
            sql.push_str(&place.to_string());
        }
        sql.push(')');
    }
    sql.push_str(" ON CONFLICT DO NOTHING");
    sql
}

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

/// The day of a moment: days since 1970, UTC. Events are kept by the day on which they were stored.
#[must_use]
pub const fn day_of(micros: i64) -> i64 {
    micros.div_euclid(DAY_US)
}
