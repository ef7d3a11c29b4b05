//! What goes down to the gates, kept so that a restart begins where it stopped: the region's ledger
//! with the history of its rows, the numbered stream of every premises, the keys of gates and
//! region, policies. Reads and writes the store; who is connected is the collector's business.

mod concern;
pub mod gate_keys;
pub mod history;
mod order;
pub mod policies;
mod read;
pub mod region_keys;
pub mod stream;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use domain::digest::Digest;
use domain::id::PremisesId;
use domain::ledger_row::Row;

pub use order::{Immediate, OrderFile, OrderRefusal, Ordered};
pub use read::StoredClaim;
use stream::StreamHead;

use crate::database::{Database, DatabaseError, Row as Columns, Transaction, Value};

/// Why the down link failed.
#[derive(Debug, thiserror::Error)]
pub enum DownLinkError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Something stored is not what was written.
    #[error("the stored {what} is damaged: {cause}")]
    Damaged {
        /// What.
        what: &'static str,
        /// In words.
        cause: String,
    },
}

fn damaged(what: &'static str, cause: impl std::fmt::Display) -> DownLinkError {
    DownLinkError::Damaged {
        what,
        cause: cause.to_string(),
    }
}

/// The ledger, streams and keys of a region over its store.
#[derive(Debug, Clone)]
pub struct DownLink(Database);

impl DownLink {
    /// Over a store that is open.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.clone())
    }
}

fn digest(what: &'static str, bytes: &[u8]) -> Result<Digest, DownLinkError> {
    let found = <[u8; 32]>::try_from(bytes);
    found
        .map(Digest)
        .map_err(|_| damaged(what, format!("{} bytes are no hash", bytes.len())))
}

fn row_of(bytes: &[u8]) -> Result<Row, DownLinkError> {
    wire::ledger::decode_row(bytes).map_err(|error| damaged("row", error))
}

/// Every stream, with its columns in the order in which [`heads_of`] reads them.
const HEADS: &str =
    "SELECT premises, revision, hash, issued_at, oldest, base_hash FROM ledger_stream";

fn heads_of(rows: &[Columns]) -> Result<BTreeMap<PremisesId, StreamHead>, DownLinkError> {
    rows.iter()
        .map(|row| {
            let premises =
                PremisesId::parse(row.text(0)?).map_err(|error| damaged("stream", error))?;
            let head = StreamHead {
                revision: row.count(1)?,
                hash: digest("stream", row.bytes(2)?)?,
                issued_at: domain::time::Timestamp::from_micros(row.int(3)?),
                oldest: row.count(4)?,
                base_hash: digest("stream", row.bytes(5)?)?,
            };
            Ok((premises, head))
        })
        .collect()
}

async fn put_head(
    open: &mut Transaction<'_>,
    premises: &PremisesId,
    head: &StreamHead,
) -> Result<(), DownLinkError> {
    let values = [
        premises.as_str().into(),
        head.revision.into(),
        Value::Bytes(head.hash.0.to_vec()),
        Value::Int(head.issued_at.as_micros()),
        head.oldest.into(),
        Value::Bytes(head.base_hash.0.to_vec()),
    ];
    open.run(
        "moved a stream",
        "INSERT INTO ledger_stream (premises, revision, hash, issued_at, oldest, base_hash)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (premises) DO UPDATE SET revision = excluded.revision, hash = excluded.hash,
             issued_at = excluded.issued_at, oldest = excluded.oldest,
             base_hash = excluded.base_hash",
        &values,
    )
    .await?;
    Ok(())
}
