//! Streams, deltas, parts of snapshots and claims, read back.

use std::collections::BTreeMap;

use domain::digest::Digest;
use domain::id::{GateAddress, PremisesId};
use domain::time::Timestamp;
use ledger::snapshot::{SnapshotCursor, SnapshotHeader, SnapshotPart};
use wire::snapshot::{PART_BYTES_MAX, PART_ROWS_MAX};
use wire::standing::LedgerClaim;

use super::concern::as_sent;
use super::stream::StreamHead;
use super::{DownLink, DownLinkError, HEADS, damaged, digest, heads_of, row_of};
use crate::database::Value;

/// Rows that are read for one part.
const ROWS_READ: i64 = 2_000;

/// What a gate last proved to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredClaim {
    /// Gate.
    pub gate: String,
    /// Revision; `None` for nothing to rely on.
    pub revision: Option<u64>,
    /// Its hash.
    pub hash: Digest,
    /// When the gate said so, by its clock.
    pub said_at: Timestamp,
    /// When it was heard.
    pub heard_at: Timestamp,
    /// How it stands to the stream, in words.
    pub stands: String,
    /// Revision of the stream now.
    pub stream: Option<u64>,
}

impl DownLink {
    /// Where every stream stands.
    ///
    /// # Errors
    /// The store failed.
    pub async fn heads(&self) -> Result<BTreeMap<PremisesId, StreamHead>, DownLinkError> {
        heads_of(&self.0.rows("read streams", HEADS, &[]).await?)
    }

    /// The hash of a stream at a revision, if it is known still.
    ///
    /// # Errors
    /// The store failed.
    pub async fn hash_at(
        &self,
        premises: &PremisesId,
        head: &StreamHead,
        revision: u64,
    ) -> Result<Option<Digest>, DownLinkError> {
        if let Some(hash) = head.known_hash(revision) {
            return Ok(Some(hash));
        }
        let sql = "SELECT hash FROM ledger_delta WHERE premises = $1 AND revision = $2";
        let values = [premises.as_str().into(), revision.into()];
        let rows = self.0.rows("read a hash", sql, &values).await?;
        rows.first()
            .map(|row| digest("delta", row.bytes(0)?))
            .transpose()
    }

    /// Deltas of a stream from a revision on, each with its canonical bytes.
    ///
    /// # Errors
    /// The store failed.
    pub async fn deltas(
        &self,
        premises: &PremisesId,
        from: u64,
        count_max: u32,
    ) -> Result<Vec<(u64, Vec<u8>)>, DownLinkError> {
        let sql = "SELECT revision, body FROM ledger_delta
                   WHERE premises = $1 AND revision >= $2 ORDER BY revision LIMIT $3";
        let values = [
            premises.as_str().into(),
            from.into(),
            Value::Int(count_max.into()),
        ];
        let rows = self.0.rows("read deltas", sql, &values).await?;
        rows.iter()
            .map(|row| Ok((row.count(0)?, row.bytes(1)?.to_vec())))
            .collect()
    }

    /// The part of a snapshot after a place; from the beginning without one.
    ///
    /// # Errors
    /// The store failed.
    pub async fn part(
        &self,
        premises: &PremisesId,
        head: &StreamHead,
        cursor: Option<&SnapshotCursor>,
    ) -> Result<SnapshotPart, DownLinkError> {
        let header = match cursor {
            Some(cursor) => SnapshotHeader {
                revision: cursor.revision,
                hash: cursor.hash,
                issued_at: head.issued_at,
            },
            None => SnapshotHeader {
                revision: head.revision,
                hash: head.hash,
                issued_at: head.issued_at,
            },
        };
        let after_key = cursor.map_or_else(Vec::new, |cursor| cursor.after_key.clone());
        let sql = "SELECT r.body FROM ledger_row r
                   WHERE r.key > $1 AND (r.everyone = 1 OR EXISTS (
                       SELECT 1 FROM ledger_concern c WHERE c.key = r.key AND c.premises = $2))
                   ORDER BY r.key LIMIT $3";
        let values = [
            Value::Bytes(after_key.clone()),
            premises.as_str().into(),
            Value::Int(ROWS_READ),
        ];
        let found = self.0.rows("read a snapshot", sql, &values).await?;
        let mut is_last = found.len() < usize::try_from(ROWS_READ).unwrap_or(usize::MAX);
        let mut rows = Vec::new();
        let mut bytes = 0;
        for row in &found {
            let row = as_sent(row_of(row.bytes(0)?)?);
            let size = wire::ledger::encode_row(&row).len() + 8;
            let is_full = bytes + size > PART_BYTES_MAX || rows.len() >= PART_ROWS_MAX;
            if is_full && !rows.is_empty() {
                is_last = false;
                break;
            }
            bytes += size;
            rows.push(row);
        }
        Ok(SnapshotPart {
            header,
            after_key,
            rows,
            is_last,
        })
    }

    /// Keeps what a gate proved to have, and how that stands to its stream.
    ///
    /// # Errors
    /// The store failed.
    pub async fn keep_claim(
        &self,
        claim: &LedgerClaim,
        heard_at: Timestamp,
        stands: &str,
    ) -> Result<(), DownLinkError> {
        let (revision, hash) = match &claim.revision {
            Some(have) => (have.revision.cast_signed(), have.hash),
            None => (-1, Digest::ZERO),
        };
        let values = [
            claim.gate.to_string().into(),
            Value::Int(revision),
            Value::Bytes(hash.0.to_vec()),
            Value::Int(claim.said_at.as_micros()),
            Value::Int(heard_at.as_micros()),
            stands.into(),
        ];
        // A claim that the broker kept and sends again is older than what was heard since.
        let sql = "INSERT INTO ledger_claim (gate, revision, hash, said_at, heard_at, stands)
                   VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (gate) DO UPDATE SET revision = excluded.revision,
                       hash = excluded.hash, said_at = excluded.said_at,
                       heard_at = excluded.heard_at, stands = excluded.stands
                   WHERE ledger_claim.said_at <= excluded.said_at";
        self.0.run("kept a claim", sql, &values).await?;
        Ok(())
    }

    /// What every gate last proved to have.
    ///
    /// # Errors
    /// The store failed.
    pub async fn claims(&self, region: &str) -> Result<Vec<StoredClaim>, DownLinkError> {
        let heads = self.heads().await?;
        let sql = "SELECT gate, revision, hash, said_at, heard_at, stands FROM ledger_claim
                   ORDER BY gate";
        let rows = self.0.rows("read claims", sql, &[]).await?;
        rows.iter()
            .map(|row| {
                let gate = row.text(0)?.to_owned();
                let premises = premises_of(&gate, region);
                Ok(StoredClaim {
                    revision: u64::try_from(row.int(1)?).ok(),
                    hash: digest("claim", row.bytes(2)?)?,
                    said_at: Timestamp::from_micros(row.int(3)?),
                    heard_at: Timestamp::from_micros(row.int(4)?),
                    stands: row.text(5)?.to_owned(),
                    stream: premises
                        .and_then(|premises| heads.get(&premises))
                        .map(|head| head.revision),
                    gate,
                })
            })
            .collect()
    }
}

/// The premises in the text of a gate's address.
fn premises_of(gate: &str, region: &str) -> Option<PremisesId> {
    let rest = gate.strip_prefix(region)?.strip_prefix('/')?;
    PremisesId::parse(rest.split('/').next()?).ok()
}

/// A gate's address as it stands in the store.
pub(super) fn address(text: &str) -> Result<GateAddress, DownLinkError> {
    let parts: Vec<&str> = text.split('/').collect();
    let [region, premises, gate] = parts[..] else {
        return Err(damaged("gate", format!("{text:?} is no address")));
    };
    let wrong = |error: domain::id::IdError| damaged("gate", error);
    Ok(GateAddress {
        region: domain::id::RegionId::parse(region).map_err(wrong)?,
        premises: PremisesId::parse(premises).map_err(wrong)?,
        gate: domain::id::GateId::parse(gate).map_err(wrong)?,
    })
}
