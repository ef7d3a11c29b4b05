//! Parts of a snapshot → whether they continue what a gate is taking. A snapshot is the whole ledger
//! of a premises in order of key bytes, cut into parts that each fit a message; a gate asks for one
//! after the other and puts all of them in force in one step. Signatures are verified before, in
//! `wire`; keeping the rows is the store's business.
//!
//! The region reads the rows while they change. A part may therefore hold rows that are newer than
//! the revision it names, never older ones; the deltas after that revision say the same again, so
//! that once they are applied every row is as the region has it.

use domain::digest::Digest;
use domain::ledger_row::Row;
use domain::time::Timestamp;

use crate::rows::key_bytes::row_key_bytes;

/// What a snapshot began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotHeader {
    /// Revision that every row has at least.
    pub revision: u64,
    /// Running hash at that revision.
    pub hash: Digest,
    /// When the region issued it.
    pub issued_at: Timestamp,
}

/// Where a gate stands in a snapshot: what it asks the region for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotCursor {
    /// Revision of the snapshot.
    pub revision: u64,
    /// Its running hash.
    pub hash: Digest,
    /// Key bytes of the last row that is there; empty for none.
    pub after_key: Vec<u8>,
}

/// Some rows of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotPart {
    /// What the snapshot began with.
    pub header: SnapshotHeader,
    /// Key bytes after which these rows come; empty for the first part.
    pub after_key: Vec<u8>,
    /// Rows in ascending order of key bytes.
    pub rows: Vec<Row>,
    /// Nothing comes after this part.
    pub is_last: bool,
}

/// What becomes of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It begins a snapshot: forget the rows gathered so far, take these.
    First,
    /// Take these too.
    Next,
    /// It came twice, or belongs to another snapshot than the one being taken.
    Elsewhere,
    /// Its rows are not in order, or not behind the last one.
    Disordered,
}

/// Follows the parts of one snapshot. It only looks at order; whether the snapshot may replace the
/// ledger is asked of [`crate::delta::LedgerSync`] before the first part is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotTaking(Option<SnapshotCursor>);

impl SnapshotTaking {
    /// What to ask for next; `None` if no snapshot is being taken.
    #[must_use]
    pub const fn cursor(&self) -> Option<&SnapshotCursor> {
        self.0.as_ref()
    }

    /// Places a part and moves the cursor behind it.
    pub fn place(&mut self, part: &SnapshotPart) -> Placed {
        let is_newer = self
            .0
            .as_ref()
            .is_none_or(|cursor| part.header.revision > cursor.revision);
        let placed = match &self.0 {
            _ if part.after_key.is_empty() && is_newer => Placed::First,
            Some(cursor)
                if cursor.revision == part.header.revision
                    && cursor.hash == part.header.hash
                    && cursor.after_key == part.after_key =>
            {
                Placed::Next
            }
            Some(_) | None => return Placed::Elsewhere,
        };
        let mut last = part.after_key.clone();
        for row in &part.rows {
            let key = row_key_bytes(&row.key());
            if key <= last {
                return Placed::Disordered;
            }
            last = key;
        }
        self.0 = Some(SnapshotCursor {
            revision: part.header.revision,
            hash: part.header.hash,
            after_key: last,
        });
        placed
    }

    /// The snapshot is in force, or given up.
    pub fn end(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn part(revision: u64, after: &[u8], rows: &[Row], is_last: bool) -> SnapshotPart {
        SnapshotPart {
            header: SnapshotHeader {
                revision,
                hash: Digest([u8::try_from(revision).expect("small"); 32]),
                issued_at: Timestamp::from_seconds(1),
            },
            after_key: after.to_vec(),
            rows: rows.to_vec(),
            is_last,
        }
    }

    /// The sample's rows in order of their keys.
    fn rows() -> Vec<Row> {
        let mut rows = vec![
            Row::Company(sample::company()),
            Row::Driver(sample::driver()),
            Row::Premises(sample::premises()),
            Row::Container(sample::box_record()),
            Row::Consignment(sample::consignment("B1", 100, 1)),
        ];
        rows.sort_by_key(|row| row_key_bytes(&row.key()));
        rows
    }

    #[test]
    fn parts_are_taken_in_order_and_once() {
        let rows = rows();
        let (front, back) = rows.split_at(rows.len() / 2);
        let middle = row_key_bytes(&front[front.len() - 1].key());
        let mut taking = SnapshotTaking::default();
        assert_eq!(
            taking.place(&part(5, &middle, back, true)),
            Placed::Elsewhere
        );
        assert_eq!(taking.place(&part(5, &[], front, false)), Placed::First);
        assert_eq!(taking.place(&part(5, &[], front, false)), Placed::Elsewhere);
        assert_eq!(taking.place(&part(4, &[], front, false)), Placed::Elsewhere);
        let cursor = taking.cursor().expect("one is being taken");
        assert_eq!((cursor.revision, &cursor.after_key), (5, &middle));
        assert_eq!(taking.place(&part(5, &middle, back, true)), Placed::Next);
        assert_eq!(
            taking.place(&part(5, &middle, back, true)),
            Placed::Elsewhere
        );
        // A newer one replaces it.
        assert_eq!(taking.place(&part(6, &[], front, false)), Placed::First);
        taking.end();
        assert_eq!(taking.cursor(), None);
    }

    #[test]
    fn rows_out_of_order_are_refused_and_move_nothing() {
        let mut rows = rows();
        rows.reverse();
        let mut taking = SnapshotTaking::default();
        assert_eq!(taking.place(&part(5, &[], &rows, true)), Placed::Disordered);
        assert_eq!(taking.cursor(), None);
        // Doubles are no order either.
        let twice = [rows[0].clone(), rows[0].clone()];
        assert_eq!(
            taking.place(&part(5, &[], &twice, true)),
            Placed::Disordered
        );
    }
}
