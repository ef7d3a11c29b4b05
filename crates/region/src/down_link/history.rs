//! What became of a row: every change with its time, who ordered it and why.

use domain::ledger_row::{Row, RowKey};
use domain::time::Timestamp;
use ledger::rows::key_bytes::row_key_bytes;

use super::{DownLink, DownLinkError, row_of};
use crate::database::Value;

/// Most changes of one answer.
const CHANGES_MAX: i64 = 1_000;

/// One change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// When.
    pub at: Timestamp,
    /// In a word: put, suspended, reinstated, revoked, withdrawn.
    pub act: String,
    /// Who ordered it; may be empty.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
    /// Number of the order, and its line.
    pub order: (u64, u64),
    /// The row from then on; `None` where it was taken away.
    pub row: Option<Row>,
}

impl DownLink {
    /// The history of a row, oldest first; the last thousand changes.
    ///
    /// # Errors
    /// The store failed.
    pub async fn history(&self, key: &RowKey) -> Result<Vec<Changed>, DownLinkError> {
        let sql = "SELECT at, act, by_whom, why, number, line, body FROM ledger_history
                   WHERE key = $1 ORDER BY number DESC, line DESC LIMIT $2";
        let values = [row_key_bytes(key).into(), Value::Int(CHANGES_MAX)];
        let rows = self.0.rows("read a history", sql, &values).await?;
        rows.iter()
            .rev()
            .map(|row| {
                let body = row.bytes(6)?;
                Ok(Changed {
                    at: Timestamp::from_micros(row.int(0)?),
                    act: row.text(1)?.to_owned(),
                    by: row.text(2)?.to_owned(),
                    why: row.text(3)?.to_owned(),
                    order: (row.count(4)?, row.count(5)?),
                    row: if body.is_empty() {
                        None
                    } else {
                        Some(row_of(body)?)
                    },
                })
            })
            .collect()
    }
}
