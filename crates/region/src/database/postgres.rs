//! PostgreSQL: a pool of connections, events by COPY into one partition a day, advisory locks for
//! what must be done by one collector alone. A server that is away is an error, never a wait
//! without end.

use std::collections::BTreeSet;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow, PgSslMode};
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, PgConnection, PgPool, Row as _, TypeInfo as _,
    ValueRef as _,
};

use super::migrations::STEPS;
use super::{DatabaseError, HeadMove, NewEvent, Purpose, Row, Value, day_of};

/// Connections of one process.
const CONNECTIONS_MAX: u32 = 8;
/// How long a statement waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// First key of our advisory locks: the letters "kako".
const LOCKS: i32 = 0x6b61_6b6f;
/// Second keys; shards begin at 0 and stay below.
const LOCK_DAYS: i32 = i32::MAX;
const LOCK_INDEX: i32 = i32::MAX - 1;
const LOCK_SEND_DOWN: i32 = i32::MAX - 2;

/// The pool.
#[derive(Debug, Clone)]
pub struct Postgres {
    pool: PgPool,
    options: Arc<PgConnectOptions>,
    /// Days whose partition is known to be there.
    days: Arc<Mutex<BTreeSet<i64>>>,
}

/// A transaction.
pub struct Open(sqlx::Transaction<'static, sqlx::Postgres>);

fn failed(verb: &'static str) -> impl FnOnce(sqlx::Error) -> DatabaseError {
    move |source| DatabaseError::Postgres {
        verb,
        source: Box::new(source),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a library's list of causes, which may grow"
)]
pub(super) fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        // Classes of SQLSTATE: connection, rollback by contention, resources, lock not had,
        // operator, system.
        sqlx::Error::Database(refused) => refused.code().is_some_and(|code| {
            ["08", "40", "53", "55", "57", "58"]
                .iter()
                .any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}

/// Host, port and database; never the password.
fn name(options: &PgConnectOptions) -> String {
    format!(
        "{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or(options.get_username())
    )
}

fn is_local(options: &PgConnectOptions) -> bool {
    options.get_socket().is_some()
        || options.get_host().starts_with('/')
        || options.get_host() == "localhost"
        || options
            .get_host()
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Reads a place; a server on another machine must prove who it is.
fn options(url: &str) -> Result<PgConnectOptions, DatabaseError> {
    let refused = |text: &str| DatabaseError::Place { text: text.into() };
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| refused("postgres://… (as configured)"))?
        .application_name("kakou-region")
        // Nothing is acknowledged that a power cut could take back.
        .options([
            ("synchronous_commit", "on"),
            // A collector whose machine is gone says no goodbye: the server asks, and frees its
            // locks within half a minute instead of hours.
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", "25000"),
        ]);
    let proven = matches!(
        options.get_ssl_mode(),
        PgSslMode::VerifyFull | PgSslMode::VerifyCa
    );
    if !is_local(&options) && !proven {
        return Err(refused(&format!(
            "postgres://{} without ?sslmode=verify-full",
            name(&options)
        )));
    }
    Ok(options)
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<Self, DatabaseError> {
        let options = options(url)?;
        let server = name(&options);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.clone())
            .await
            .map_err(|source| DatabaseError::Server {
                server: server.clone(),
                source: Box::new(source),
            })?;
        let steps = STEPS.iter().map(|step| {
            let sql = sqlx::SqlStr::from_static(step.postgres);
            Migration::new(
                step.version,
                step.name.into(),
                MigrationType::Simple,
                sql,
                false,
            )
        });
        Migrator::with_migrations(steps.collect())
            .run(&pool)
            .await
            .map_err(|source| DatabaseError::Schema {
                server: server.clone(),
                source: Box::new(source),
            })?;
        let postgres = Self {
            pool,
            options: Arc::new(options),
            days: Arc::default(),
        };
        postgres.warn_of_unsafe_server(&server).await?;
        Ok(postgres)
    }

    async fn warn_of_unsafe_server(&self, server: &str) -> Result<(), DatabaseError> {
        let fsync: String = sqlx::query_scalar("SHOW fsync")
            .fetch_one(&self.pool)
            .await
            .map_err(failed("asked for fsync"))?;
        if fsync != "on" {
            tracing::error!(
                server,
                "fsync is off: a power cut loses acknowledged events"
            );
        }
        Ok(())
    }

    pub(super) async fn rows(
        &self,
        verb: &'static str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        let found = bound(sqlx::query(sql), values)
            .fetch_all(&self.pool)
            .await
            .map_err(failed(verb))?;
        found.iter().map(taken).collect()
    }

    pub(super) async fn run(
        &self,
        verb: &'static str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<u64, DatabaseError> {
        bound(sqlx::query(sql), values)
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected())
            .map_err(failed(verb))
    }

    pub(super) async fn begin(&self, purpose: Purpose) -> Result<Open, DatabaseError> {
        let mut open = self
            .pool
            .begin()
            .await
            .map_err(failed("began a transaction"))?;
        let lock = match purpose {
            Purpose::Collect => return Ok(Open(open)),
            Purpose::Index => LOCK_INDEX,
            Purpose::SendDown => LOCK_SEND_DOWN,
        };
        lock_in(&mut open, lock).await?;
        Ok(Open(open))
    }

    /// Sees to it that the day of a moment and the day after have their partitions.
    pub(super) async fn prepare_day(&self, stored_at: i64) -> Result<(), DatabaseError> {
        let day = day_of(stored_at);
        for day in [day, day + 1] {
            let known = |days: &Mutex<BTreeSet<i64>>| {
                days.lock()
                    .expect("no holder of this lock panics")
                    .contains(&day)
            };
            if known(&self.days) {
                continue;
            }
            let mut open = self.pool.begin().await.map_err(failed("began a day"))?;
            lock_in(&mut open, LOCK_DAYS).await?;
            // Numbers, and nothing that anybody could have typed.
            let sql = format!(
                "CREATE TABLE IF NOT EXISTS event_d{day} PARTITION OF event
                 FOR VALUES FROM ({day}) TO ({})",
                day + 1
            );
            sqlx::query(AssertSqlSafe(sql))
                .execute(&mut *open)
                .await
                .map_err(failed("made the partition of a day"))?;
            open.commit().await.map_err(failed("made a day"))?;
            self.days
                .lock()
                .expect("no holder of this lock panics")
                .insert(day);
        }
        Ok(())
    }

    /// A connection for locks that last as long as it does.
    pub(super) async fn locks(&self) -> Result<Locks, DatabaseError> {
        PgConnection::connect_with(&self.options)
            .await
            .map(Locks)
            .map_err(failed("connected for locks"))
    }
}

async fn lock_in(
    open: &mut sqlx::Transaction<'static, sqlx::Postgres>,
    lock: i32,
) -> Result<(), DatabaseError> {
    // Whoever holds it may have died half-open: the wait ends.
    sqlx::query("SET LOCAL lock_timeout = '30s'")
        .execute(&mut **open)
        .await
        .map_err(failed("limited a wait"))?;
    sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
        .bind(LOCKS)
        .bind(lock)
        .execute(&mut **open)
        .await
        .map(|_| ())
        .map_err(failed("waited for its turn"))
}

/// Locks of this process on shards; lost with the connection, which the server notices.
#[derive(Debug)]
pub struct Locks(PgConnection);

impl Locks {
    /// Takes the lock of a shard; `false` if another has it.
    ///
    /// # Errors
    /// The connection is lost, and with it every lock.
    pub async fn try_take(&mut self, shard: i32) -> Result<bool, DatabaseError> {
        self.ask("SELECT pg_try_advisory_lock($1, $2)", shard).await
    }

    /// Gives a lock back.
    ///
    /// # Errors
    /// The connection is lost, and with it every lock.
    pub async fn give_back(&mut self, shard: i32) -> Result<bool, DatabaseError> {
        self.ask("SELECT pg_advisory_unlock($1, $2)", shard).await
    }

    async fn ask(&mut self, sql: &'static str, shard: i32) -> Result<bool, DatabaseError> {
        sqlx::query_scalar(sql)
            .bind(LOCKS)
            .bind(shard)
            .fetch_one(&mut self.0)
            .await
            .map_err(failed("asked for a lock"))
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, PgArguments>;

fn bound<'q>(query: Query<'q>, values: &[Value]) -> Query<'q> {
    values.iter().fold(query, |query, value| match value {
        Value::Int(value) => query.bind(*value),
        Value::Real(value) => query.bind(*value),
        Value::Text(value) => query.bind(value.clone()),
        Value::Bytes(value) => query.bind(value.clone()),
        Value::Null => query.bind(None::<String>),
        Value::NoInt => query.bind(None::<i64>),
    })
}

fn taken(row: &PgRow) -> Result<Row, DatabaseError> {
    let take = |index: usize| -> Result<Value, sqlx::Error> {
        let raw = row.try_get_raw(index)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        let kind = raw.type_info().name().to_owned();
        Ok(match kind.as_str() {
            "INT8" => Value::Int(row.try_get(index)?),
            "INT4" => Value::Int(row.try_get::<i32, _>(index)?.into()),
            "FLOAT8" => Value::Real(row.try_get(index)?),
            "BYTEA" => Value::Bytes(row.try_get(index)?),
            _ => Value::Text(row.try_get(index)?),
        })
    };
    let values = row.columns().iter().map(|column| take(column.ordinal()));
    values
        .collect::<Result<_, _>>()
        .map(Row)
        .map_err(failed("read a row"))
}

impl Open {
    pub(super) async fn rows(
        &mut self,
        verb: &'static str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        let found = bound(sqlx::query(sql), values)
            .fetch_all(&mut *self.0)
            .await
            .map_err(failed(verb))?;
        found.iter().map(taken).collect()
    }

    pub(super) async fn run(
        &mut self,
        verb: &'static str,
        sql: &'static str,
        values: &[Value],
    ) -> Result<u64, DatabaseError> {
        bound(sqlx::query(sql), values)
            .execute(&mut *self.0)
            .await
            .map(|done| done.rows_affected())
            .map_err(failed(verb))
    }

    /// A statement of our own making: names of tables and columns, and places for values.
    pub(super) async fn run_built(
        &mut self,
        verb: &'static str,
        sql: String,
        values: &[Value],
    ) -> Result<u64, DatabaseError> {
        // Another length, another text: not worth a place among the prepared ones.
        bound(sqlx::query(AssertSqlSafe(sql)).persistent(false), values)
            .execute(&mut *self.0)
            .await
            .map(|done| done.rows_affected())
            .map_err(failed(verb))
    }

    pub(super) async fn put_events(
        &mut self,
        stored_at: i64,
        events: &[NewEvent<'_>],
    ) -> Result<(), DatabaseError> {
        let verb = failed("stored events");
        let put = async {
            let mut copy = self
                .0
                .copy_in_raw(
                    "COPY event (gate, sequence, day, stored_at, hash, payload)
                     FROM STDIN (FORMAT binary)",
                )
                .await?;
            copy.send(copied(stored_at, events)).await?;
            copy.finish().await
        };
        put.await.map(|_| ()).map_err(verb)
    }

    pub(super) async fn move_heads(&mut self, moves: &[HeadMove]) -> Result<u64, DatabaseError> {
        let texts: Vec<&str> = moves.iter().map(|one| one.gate.as_str()).collect();
        let numbers = |of: fn(&HeadMove) -> i64| -> Vec<i64> { moves.iter().map(of).collect() };
        let hashes: Vec<&[u8]> = moves.iter().map(|one| one.hash.as_slice()).collect();
        sqlx::query(
            "UPDATE head SET sequence = moved.sequence, hash = moved.hash,
                 stored_at = moved.stored_at
             FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::bytea[], $6::int8[])
                 AS moved (gate, epoch, before, sequence, hash, stored_at)
             WHERE head.gate = moved.gate AND head.epoch = moved.epoch
                 AND head.sequence = moved.before",
        )
        .bind(texts)
        .bind(numbers(|one| one.epoch))
        .bind(numbers(|one| one.before))
        .bind(numbers(|one| one.sequence))
        .bind(hashes)
        .bind(numbers(|one| one.stored_at))
        .execute(&mut *self.0)
        .await
        .map(|done| done.rows_affected())
        .map_err(failed("moved heads"))
    }

    pub(super) async fn commit(self) -> Result<(), DatabaseError> {
        self.0.commit().await.map_err(failed("committed"))
    }
}

/// Rows in the binary format of COPY (PostgreSQL's manual, "COPY", "Binary Format").
fn copied(stored_at: i64, events: &[NewEvent<'_>]) -> Vec<u8> {
    const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
    const FIELDS: i16 = 6;
    let payloads: usize = events.iter().map(|event| event.payload.len()).sum();
    let mut bytes = Vec::with_capacity(HEADER.len() + payloads + events.len() * 160 + 2);
    bytes.extend_from_slice(HEADER);
    let day = day_of(stored_at).to_be_bytes();
    for event in events {
        bytes.extend_from_slice(&FIELDS.to_be_bytes());
        let fields: [&[u8]; 6] = [
            event.gate.as_bytes(),
            &event.sequence.to_be_bytes(),
            &day,
            &stored_at.to_be_bytes(),
            event.hash,
            event.payload,
        ];
        for field in fields {
            let length = i32::try_from(field.len()).expect("a record is at most 256 KiB");
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(field);
        }
    }
    bytes.extend_from_slice(&(-1_i16).to_be_bytes());
    bytes
}
