//! SQLite: one connection, every commit synced. Statements run where they are called: the region
//! has threads of its own for them, and one machine has one collector.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};
use tokio::sync::{Mutex, MutexGuard};

use super::migrations::STEPS;
use super::{DatabaseError, HeadMove, NewEvent, Opening, Row, Value, day_of};

/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(10);

/// The connection.
#[derive(Debug, Clone)]
pub struct Sqlite(Arc<Mutex<Connection>>);

/// A transaction.
pub struct Open<'a> {
    connection: MutexGuard<'a, Connection>,
    committed: bool,
}

fn failed(verb: &'static str) -> impl FnOnce(rusqlite::Error) -> DatabaseError {
    move |source| DatabaseError::Sqlite { verb, source }
}

impl Sqlite {
    pub(super) fn open(file: &Path, opening: Opening) -> Result<Self, DatabaseError> {
        let failed = |source| DatabaseError::File {
            file: file.to_owned(),
            source,
        };
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if opening == Opening::Make {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let mut connection = Connection::open_with_flags(file, flags).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(64);
        // An acknowledged event must survive a power cut: every commit is synced.
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
            .map_err(failed)?;
        migrate(file, &mut connection, opening)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    pub(super) async fn rows(
        &self,
        verb: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        rows(&*self.0.lock().await, verb, sql, values)
    }

    pub(super) async fn run(
        &self,
        verb: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<u64, DatabaseError> {
        run(&*self.0.lock().await, verb, sql, values)
    }

    pub(super) async fn begin(&self) -> Result<Open<'_>, DatabaseError> {
        let connection = self.0.lock().await;
        // One that reads first and writes later could be refused for good by a writer in between.
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(failed("began a transaction"))?;
        Ok(Open {
            connection,
            committed: false,
        })
    }
}

/// Brings the schema up, each step in a transaction of its own.
fn migrate(
    file: &Path,
    connection: &mut Connection,
    opening: Opening,
) -> Result<(), DatabaseError> {
    let failed = |source| DatabaseError::File {
        file: file.to_owned(),
        source,
    };
    let version = |connection: &Connection| {
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
    };
    let known = STEPS.last().map_or(0, |step| step.version);
    let found = version(connection).map_err(failed)?;
    if found > known {
        let file = file.to_owned();
        return Err(DatabaseError::Newer { file, found, known });
    }
    if found == 0 && opening == Opening::Existing {
        // An empty file, or one that something else made.
        connection
            .prepare("SELECT gate, sequence FROM head")
            .map_err(failed)?;
    }
    for step in STEPS {
        let transaction = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(failed)?;
        // Another process may have been faster.
        if version(&transaction).map_err(failed)? < step.version {
            tracing::debug!(step.version, step.name, "schema brought up");
            transaction.execute_batch(step.sqlite).map_err(failed)?;
            transaction
                .pragma_update(None, "user_version", step.version)
                .map_err(failed)?;
        }
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
            Self::Null | Self::NoInt => ValueRef::Null,
        }))
    }
}

/// `$1` is a name to SQLite, which numbers names as they come.
fn bind(
    statement: &mut rusqlite::CachedStatement<'_>,
    values: &[Value],
) -> Result<(), rusqlite::Error> {
    for place in 1..=statement.parameter_count() {
        let number: usize = statement
            .parameter_name(place)
            .and_then(|name| name.strip_prefix('$')?.parse().ok())
            .ok_or(rusqlite::Error::InvalidParameterCount(place, values.len()))?;
        let value = values
            .get(number.wrapping_sub(1))
            .ok_or(rusqlite::Error::InvalidParameterCount(number, values.len()))?;
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(())
}

fn rows(
    connection: &Connection,
    verb: &'static str,
    sql: &str,
    values: &[Value],
) -> Result<Vec<Row>, DatabaseError> {
    let collect = || -> Result<Vec<Row>, rusqlite::Error> {
        let mut statement = connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        bind(&mut statement, values)?;
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values = (0..columns).map(|column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(value) => Value::Int(value),
                    ValueRef::Real(value) => Value::Real(value),
                    ValueRef::Text(value) => {
                        Value::Text(String::from_utf8_lossy(value).into_owned())
                    }
                    ValueRef::Blob(value) => Value::Bytes(value.to_vec()),
                })
            });
            rows.push(Row(values.collect::<Result<_, rusqlite::Error>>()?));
        }
        Ok(rows)
    };
    collect().map_err(failed(verb))
}

fn run(
    connection: &Connection,
    verb: &'static str,
    sql: &str,
    values: &[Value],
) -> Result<u64, DatabaseError> {
    let execute = || -> Result<usize, rusqlite::Error> {
        let mut statement = connection.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        statement.raw_execute()
    };
    execute()
        .map(|touched| touched as u64)
        .map_err(failed(verb))
}

impl Open<'_> {
    pub(super) fn rows(
        &mut self,
        verb: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        rows(&self.connection, verb, sql, values)
    }

    pub(super) fn run(
        &mut self,
        verb: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<u64, DatabaseError> {
        run(&self.connection, verb, sql, values)
    }

    pub(super) fn put_events(
        &mut self,
        stored_at: i64,
        events: &[NewEvent<'_>],
    ) -> Result<(), DatabaseError> {
        let put = || -> Result<(), rusqlite::Error> {
            let mut statement = self.connection.prepare_cached(
                "INSERT INTO event (gate, sequence, day, stored_at, hash, payload)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            let day = day_of(stored_at);
            for event in events {
                statement.execute(rusqlite::params![
                    event.gate,
                    event.sequence,
                    day,
                    stored_at,
                    event.hash,
                    event.payload
                ])?;
            }
            Ok(())
        };
        put().map_err(failed("stored events"))
    }

    pub(super) fn move_heads(&mut self, moves: &[HeadMove]) -> Result<u64, DatabaseError> {
        let mut touched = 0;
        for one in moves {
            let sql = "UPDATE head SET sequence = $1, hash = $2, stored_at = $3
                       WHERE gate = $4 AND epoch = $5 AND sequence = $6";
            let values = [
                Value::Int(one.sequence),
                Value::Bytes(one.hash.clone()),
                Value::Int(one.stored_at),
                Value::Text(one.gate.clone()),
                Value::Int(one.epoch),
                Value::Int(one.before),
            ];
            touched += run(&self.connection, "moved a head", sql, &values)?;
        }
        Ok(touched)
    }

    pub(super) fn commit(mut self) -> Result<(), DatabaseError> {
        self.connection
            .execute_batch("COMMIT")
            .map_err(failed("committed"))?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.committed
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            // SQLite rolls back by itself after some failures, and then says that nothing is open.
            tracing::debug!(%error, "nothing to roll back");
        }
    }
}
