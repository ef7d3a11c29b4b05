//! Parts of a snapshot → the whole ledger, replaced in one step once the last part is there. Until
//! then the rows before it answer.

use domain::directive::Directive;
use domain::ledger_row::{LedgerRevision, Row};
use ledger::delta::AdvanceError;
use ledger::rows::index_keys;
use ledger::rows::key_bytes::{index_entry_bytes, row_key_bytes};
use ledger::snapshot::{Placed, SnapshotCursor, SnapshotPart, SnapshotTaking};
use store::tables::{SnapshotBuilder, TableError, Tables as _};
use wire::ledger::{decode_row, encode_row};
use wire::standing::encode_kept_revision;

use super::{DiskRows, INDEX, REVISION, ROWS, STATE};

/// Changed directives that lanes are told of one by one after a snapshot.
const DIRECTIVES_TOLD_MAX: usize = 200;

/// What is being gathered.
#[derive(Default)]
pub(super) struct Taking {
    order: SnapshotTaking,
    rows: SnapshotBuilder,
    count: u64,
    directives: Vec<Directive>,
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartTaken {
    /// The next one is wanted.
    More,
    /// The snapshot is in force.
    Done {
        /// What the ledger is now.
        revision: LedgerRevision,
        /// Rows.
        rows: u64,
        /// Directives that are new or say something else than before.
        directives: Vec<Directive>,
    },
    /// It came twice, or is of an older snapshot.
    Passed,
}

/// Why a part was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PartFault {
    /// The snapshot may not replace the ledger.
    #[error("the snapshot may not replace the ledger")]
    Refused(#[from] AdvanceError),
    /// Its rows are not in order.
    #[error("the rows of a part of revision {revision} are not in order")]
    Disordered {
        /// Revision of the snapshot.
        revision: u64,
    },
    /// The tables failed.
    #[error("the ledger tables failed")]
    Store(#[from] TableError),
}

impl DiskRows {
    /// Where the gate stands in a snapshot, if it is taking one.
    #[must_use]
    pub fn snapshot_cursor(&self) -> Option<&SnapshotCursor> {
        self.taking.order.cursor()
    }

    /// Takes a verified part of a snapshot; the last one puts all of them in force.
    ///
    /// # Errors
    /// It may not replace what the gate has, is out of order, or the tables failed; then the ledger
    /// is what it was.
    pub fn take_part(&mut self, part: &SnapshotPart) -> Result<PartTaken, PartFault> {
        if part.after_key.is_empty() {
            match self.sync.check_snapshot(&part.header) {
                Ok(_) => {}
                Err(AdvanceError::Older { .. }) => return Ok(PartTaken::Passed),
                Err(
                    error @ (AdvanceError::Gap { .. }
                    | AdvanceError::Fork { .. }
                    | AdvanceError::Forked { .. }),
                ) => return Err(error.into()),
            }
        }
        match self.taking.order.place(part) {
            Placed::First => {
                let order = std::mem::take(&mut self.taking.order);
                self.taking = Taking {
                    order,
                    ..Taking::default()
                };
            }
            Placed::Next => {}
            Placed::Elsewhere => return Ok(PartTaken::Passed),
            Placed::Disordered => {
                self.taking = Taking::default();
                let revision = part.header.revision;
                return Err(PartFault::Disordered { revision });
            }
        }
        let gathered = self.gather(part);
        if gathered.is_err() || part.is_last {
            let taking = std::mem::take(&mut self.taking);
            gathered?;
            return self.put_in_force(part, taking);
        }
        Ok(PartTaken::More)
    }

    fn gather(&mut self, part: &SnapshotPart) -> Result<(), PartFault> {
        for row in &part.rows {
            put_row(&mut self.taking.rows, row)?;
            self.taking.count += 1;
            if let Row::Directive(directive) = row
                && self.taking.directives.len() < DIRECTIVES_TOLD_MAX
            {
                let before = self.tables.get(ROWS, &row_key_bytes(&row.key()))?;
                let is_known = before.is_some_and(|bytes| decode_row(&bytes).as_ref() == Ok(row));
                if !is_known {
                    self.taking.directives.push(directive.clone());
                }
            }
        }
        Ok(())
    }

    fn put_in_force(
        &mut self,
        part: &SnapshotPart,
        mut taking: Taking,
    ) -> Result<PartTaken, PartFault> {
        let revision = self.sync.check_snapshot(&part.header)?;
        let state = encode_kept_revision(&self.gate, &revision);
        taking.rows.put(STATE, REVISION, &state)?;
        self.tables.adopt(taking.rows)?;
        self.sync.adopt(revision);
        Ok(PartTaken::Done {
            revision,
            rows: taking.count,
            directives: taking.directives,
        })
    }
}

/// A row with its index entries.
pub(super) fn put_row(builder: &mut SnapshotBuilder, row: &Row) -> Result<(), TableError> {
    let key = row.key();
    for index in index_keys(row) {
        builder.put(INDEX, &index_entry_bytes(&index, &key), &[])?;
    }
    builder.put(ROWS, &row_key_bytes(&key), &encode_row(row))
}
