//! Accepted records → the database, one synced transaction for many gates; heads, alarms and
//! records back. That a record comes once is held by its gate's head, which moves with it.

use std::collections::BTreeMap;

use domain::id::{GateAddress, PassageId};
use domain::time::Timestamp;
use store::chain::Hash;
use wire::batch::SignedHead;

use crate::database::{
    Database, DatabaseError, HeadMove, NewEvent, Opening, Place, Purpose, Row, Value,
};
use crate::receive::{Head, NewRecord};

/// Most alarms of one answer.
const ALARMS_MAX: i64 = 10_000;
/// Most gates that are named for one passage.
const GATES_MAX: i64 = 16;

/// Columns of what gates signed.
const BATCH_HEAD: &[&str] = &["gate", "sequence", "body", "signature"];

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A stored hash is not 32 bytes.
    #[error("stored hash of {gate} is damaged")]
    Damaged {
        /// Gate.
        gate: String,
    },
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// Everything is stored and synced.
    Stored,
    /// Another collector has moved one of the heads: nothing is stored, heads must be read again.
    Overtaken,
}

/// New records of one gate.
#[derive(Debug, Clone)]
pub struct Append {
    /// Gate.
    pub gate: GateAddress,
    /// The head as it stands.
    pub before: Head,
    /// The head after the records.
    pub after: Head,
    /// The records, in order.
    pub records: Vec<NewRecord>,
    /// Last sequence of each batch that brought them, and what the gate signed of it.
    pub signed: Vec<(u64, SignedHead)>,
}

/// An alarm as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// When it was raised.
    pub at: Timestamp,
    /// Gate, as the message named it.
    pub gate: String,
    /// Kind.
    pub kind: String,
    /// Particulars.
    pub detail: String,
}

/// A gate of which something is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGate {
    /// Gate.
    pub gate: String,
    /// Events stored.
    pub sequence: u64,
    /// When the last of them was stored.
    pub stored_at: Timestamp,
}

/// Events of every gate.
#[derive(Debug, Clone)]
pub struct EventStore(Database);

impl EventStore {
    /// Opens the store; where there is none, it is made.
    ///
    /// # Errors
    /// It cannot be opened, or is something else.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        Ok(Self(Database::open(place, Opening::Make).await?))
    }

    /// The events of a database that is open.
    #[must_use]
    pub const fn of(database: Database) -> Self {
        Self(database)
    }

    /// The database.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.0
    }

    /// Heads of gates; one of which nothing is stored stands at its beginning.
    ///
    /// # Errors
    /// The store failed.
    pub async fn heads(
        &self,
        gates: impl Iterator<Item = &GateAddress>,
    ) -> Result<BTreeMap<GateAddress, Head>, StoreError> {
        let rows = self
            .0
            .rows(
                "read heads",
                "SELECT gate, epoch, sequence, hash FROM head",
                &[],
            )
            .await?;
        let mut stored = BTreeMap::new();
        for row in &rows {
            stored.insert(row.text(0)?.to_owned(), head(row)?);
        }
        let mut heads = BTreeMap::new();
        let mut new = Vec::new();
        for gate in gates {
            let name = gate.to_string();
            let head = stored.get(&name).copied().unwrap_or_else(|| {
                let head = Head::genesis(gate, 1);
                new.push(vec![
                    name.into(),
                    head.epoch.into(),
                    head.sequence.into(),
                    Value::Bytes(head.hash.0.to_vec()),
                    Value::Int(0),
                ]);
                head
            });
            heads.insert(gate.clone(), head);
        }
        if !new.is_empty() {
            // A head that another collector has begun meanwhile is let stand.
            let columns = &["gate", "epoch", "sequence", "hash", "stored_at"];
            let mut open = self.0.begin(Purpose::Collect).await?;
            open.insert("began heads", "head", columns, &new).await?;
            open.commit().await?;
        }
        Ok(heads)
    }

    /// Hashes stored of a gate between two sequences, both included.
    ///
    /// # Errors
    /// The store failed.
    pub async fn hashes(
        &self,
        gate: &GateAddress,
        first: u64,
        last: u64,
    ) -> Result<BTreeMap<u64, Hash>, StoreError> {
        let rows = self
            .0
            .rows(
                "read hashes",
                "SELECT sequence, hash FROM event
                 WHERE gate = $1 AND sequence BETWEEN $2 AND $3",
                &[gate.to_string().into(), first.into(), last.into()],
            )
            .await?;
        rows.iter()
            .map(|row| Ok((row.count(0)?, to_hash(&gate.to_string(), row.bytes(1)?)?)))
            .collect()
    }

    /// Whether two transactions of different gates gain from running at once.
    #[must_use]
    pub fn takes_two(&self) -> bool {
        match &self.0 {
            // One writer at a time.
            Database::Sqlite(_) => false,
            Database::Postgres(_) => true,
        }
    }

    /// Stores records of many gates and moves their heads, in one synced transaction.
    ///
    /// # Errors
    /// The store failed; then nothing of it is stored, or the engine was lost just then and heads
    /// must be read again.
    pub async fn append(&self, at: Timestamp, appends: &[Append]) -> Result<Appended, StoreError> {
        let stored_at = at.as_micros();
        self.0.prepare_day(stored_at).await?;
        let names: Vec<String> = appends.iter().map(|one| one.gate.to_string()).collect();
        let moves: Vec<HeadMove> = appends
            .iter()
            .zip(&names)
            .map(|(one, name)| HeadMove {
                gate: name.clone(),
                epoch: one.after.epoch.cast_signed(),
                before: one.before.sequence.cast_signed(),
                sequence: one.after.sequence.cast_signed(),
                hash: one.after.hash.0.to_vec(),
                stored_at,
            })
            .collect();
        let events: Vec<NewEvent<'_>> = appends
            .iter()
            .zip(&names)
            .flat_map(|(one, name)| {
                one.records.iter().map(move |record| NewEvent {
                    gate: name,
                    sequence: record.sequence.cast_signed(),
                    hash: &record.hash.0,
                    payload: &record.payload,
                })
            })
            .collect();
        let mut open = self.0.begin(Purpose::Collect).await?;
        // Heads first: their rows are the locks between collectors.
        if open.move_heads(&moves).await? != moves.len() as u64 {
            return Ok(Appended::Overtaken);
        }
        open.put_events(stored_at, &events).await?;
        let heads: Vec<Vec<Value>> = appends
            .iter()
            .zip(&names)
            .flat_map(|(one, name)| {
                one.signed.iter().map(move |(sequence, head)| {
                    vec![
                        name.clone().into(),
                        (*sequence).into(),
                        Value::Bytes(head.body.clone()),
                        Value::Bytes(head.signature.clone()),
                    ]
                })
            })
            .collect();
        open.insert("kept batch heads", "batch_head", BATCH_HEAD, &heads)
            .await?;
        open.commit().await?;
        Ok(Appended::Stored)
    }

    /// The first batch head at or after a sequence, as its gate signed it, with the sequence of the
    /// batch's last record.
    ///
    /// # Errors
    /// The store failed.
    pub async fn batch_head(
        &self,
        gate: &GateAddress,
        sequence: u64,
    ) -> Result<Option<(u64, SignedHead)>, StoreError> {
        let sql = "SELECT sequence, body, signature FROM batch_head
                   WHERE gate = $1 AND sequence >= $2 ORDER BY sequence LIMIT 1";
        let values = [gate.to_string().into(), sequence.into()];
        let rows = self.0.rows("read a batch head", sql, &values).await?;
        let head = rows
            .first()
            .map(|row| Ok((row.count(0)?, signed_head(row)?)));
        head.transpose()
    }

    /// The batch heads of a gate between two sequences, both included, with the sequence of each
    /// batch's last record.
    ///
    /// # Errors
    /// The store failed.
    pub async fn batch_heads(
        &self,
        gate: &GateAddress,
        first: u64,
        last: u64,
    ) -> Result<Vec<(u64, SignedHead)>, StoreError> {
        let sql = "SELECT sequence, body, signature FROM batch_head
                   WHERE gate = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence";
        let values = [gate.to_string().into(), first.into(), last.into()];
        let rows = self.0.rows("read batch heads", sql, &values).await?;
        rows.iter()
            .map(|row| Ok((row.count(0)?, signed_head(row)?)))
            .collect()
    }

    /// First and last sequence that the index knows of a passage; catch it up before.
    ///
    /// # Errors
    /// The store failed.
    pub async fn extent(
        &self,
        gate: &GateAddress,
        passage: &PassageId,
    ) -> Result<Option<(u64, u64)>, StoreError> {
        let sql = "SELECT sequence FROM story WHERE passage = $1 AND gate = $2 ORDER BY sequence";
        let values = [passage.as_str().into(), gate.to_string().into()];
        let rows = self.0.rows("read a passage's extent", sql, &values).await?;
        let ends = (rows.first(), rows.last());
        match ends {
            (Some(first), Some(last)) => Ok(Some((first.count(0)?, last.count(0)?))),
            (None, _) | (_, None) => Ok(None),
        }
    }

    /// Gates at which the index knows the passage, by name, the first 16; catch it up before.
    ///
    /// # Errors
    /// The store failed.
    pub async fn gates_of(&self, passage: &PassageId) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT gate FROM story WHERE passage = $1 ORDER BY gate LIMIT $2";
        let values = [passage.as_str().into(), Value::Int(GATES_MAX)];
        let rows = self.0.rows("asked for gates", sql, &values).await?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
    }

    /// Keeps an alarm.
    ///
    /// # Errors
    /// The store failed.
    pub async fn alarm(
        &self,
        at: Timestamp,
        gate: &str,
        kind: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let values = [
            Value::Int(at.as_micros()),
            gate.into(),
            kind.into(),
            detail.into(),
        ];
        let sql = "INSERT INTO alarm (at, gate, kind, detail) VALUES ($1, $2, $3, $4)";
        self.0.run("kept an alarm", sql, &values).await?;
        Ok(())
    }

    /// Alarms in order, the first 10,000.
    ///
    /// # Errors
    /// The store failed.
    pub async fn alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        let sql = "SELECT at, gate, kind, detail FROM alarm ORDER BY id LIMIT $1";
        let rows = self
            .0
            .rows("read alarms", sql, &[Value::Int(ALARMS_MAX)])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Alarm {
                    at: Timestamp::from_micros(row.int(0)?),
                    gate: row.text(1)?.to_owned(),
                    kind: row.text(2)?.to_owned(),
                    detail: row.text(3)?.to_owned(),
                })
            })
            .collect()
    }

    /// Every gate of which something is stored.
    ///
    /// # Errors
    /// The store failed.
    pub async fn gates(&self) -> Result<Vec<StoredGate>, StoreError> {
        let sql = "SELECT gate, sequence, stored_at FROM head WHERE sequence > 0 ORDER BY gate";
        let rows = self.0.rows("listed gates", sql, &[]).await?;
        rows.iter()
            .map(|row| {
                Ok(StoredGate {
                    gate: row.text(0)?.to_owned(),
                    sequence: row.count(1)?,
                    stored_at: Timestamp::from_micros(row.int(2)?),
                })
            })
            .collect()
    }

    /// Records of a gate from `first` on, in order.
    ///
    /// # Errors
    /// The store failed.
    pub async fn records(
        &self,
        gate: &GateAddress,
        first: u64,
        count_max: u32,
    ) -> Result<Vec<NewRecord>, StoreError> {
        let sql = "SELECT sequence, hash, payload FROM event
                   WHERE gate = $1 AND sequence >= $2 ORDER BY sequence LIMIT $3";
        let values = [
            gate.to_string().into(),
            first.into(),
            Value::Int(count_max.into()),
        ];
        let rows = self.0.rows("read events", sql, &values).await?;
        rows.iter()
            .map(|row| {
                Ok(NewRecord {
                    sequence: row.count(0)?,
                    hash: to_hash(&gate.to_string(), row.bytes(1)?)?,
                    payload: row.bytes(2)?.to_vec(),
                })
            })
            .collect()
    }
}

/// Sequence, body, signature.
fn signed_head(row: &Row) -> Result<SignedHead, StoreError> {
    Ok(SignedHead {
        body: row.bytes(1)?.to_vec(),
        signature: row.bytes(2)?.to_vec(),
    })
}

/// Gate, epoch, sequence, hash.
fn head(row: &Row) -> Result<Head, StoreError> {
    Ok(Head {
        epoch: row.count(1)?,
        sequence: row.count(2)?,
        hash: to_hash(row.text(0)?, row.bytes(3)?)?,
    })
}

fn to_hash(gate: &str, bytes: &[u8]) -> Result<Hash, StoreError> {
    let damaged = |_| StoreError::Damaged { gate: gate.into() };
    <[u8; 32]>::try_from(bytes).map(Hash).map_err(damaged)
}
