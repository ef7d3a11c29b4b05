//! Rows in memory, shared and ordered: the store of tests and of the simulator, and the yardstick
//! that a disk store has to agree with.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ledger_row::{Change, LedgerRevision, Row, RowKey};
use domain::time::Timestamp;

use super::{IndexGroup, IndexKey, LedgerRows, LedgerRowsMut, RowsError, index_keys};

/// Rows in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryRows {
    rows: BTreeMap<RowKey, Arc<Row>>,
    /// Keys of one entry are kept in order.
    index: BTreeMap<IndexKey, Vec<RowKey>>,
    revision: Option<LedgerRevision>,
}

impl MemoryRows {
    /// No rows, no revision.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes rows in, each replacing one of the same key.
    #[must_use]
    pub fn from_rows(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut memory = Self::new();
        for row in rows {
            memory.upsert(row);
        }
        memory
    }

    /// States which revision the rows are, or that the region has vouched for it again.
    pub fn set_revision(&mut self, revision: LedgerRevision) {
        self.revision = Some(revision);
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every row, in order of keys.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().map(Arc::as_ref)
    }

    /// Inserts or replaces one row.
    pub fn upsert(&mut self, row: Row) {
        let key = row.key();
        let row = Arc::new(row);
        if let Some(before) = self.rows.insert(key.clone(), Arc::clone(&row)) {
            self.unlink(&before, &key);
        }
        for index in index_keys(&row) {
            let keys = self.index.entry(index).or_default();
            if let Err(at) = keys.binary_search(&key) {
                keys.insert(at, key.clone());
            }
        }
    }

    /// Removes one row, if it is there.
    pub fn remove(&mut self, key: &RowKey) {
        if let Some(before) = self.rows.remove(key) {
            self.unlink(&before, key);
        }
    }

    fn unlink(&mut self, before: &Row, key: &RowKey) {
        for index in index_keys(before) {
            let Some(keys) = self.index.get_mut(&index) else {
                continue;
            };
            keys.retain(|held| held != key);
            if keys.is_empty() {
                self.index.remove(&index);
            }
        }
    }
}

impl LedgerRows for MemoryRows {
    fn row(&self, key: &RowKey) -> Result<Option<Arc<Row>>, RowsError> {
        Ok(self.rows.get(key).cloned())
    }

    fn indexed(
        &self,
        group: &IndexGroup,
        from: Timestamp,
        limit: usize,
    ) -> Result<Vec<RowKey>, RowsError> {
        let start = IndexKey {
            group: group.clone(),
            until: from,
        };
        Ok(self
            .index
            .range(start..)
            .take_while(|(index, _)| index.group == *group)
            .flat_map(|(_, keys)| keys)
            .take(limit)
            .cloned()
            .collect())
    }

    fn revision(&self) -> Option<LedgerRevision> {
        self.revision
    }
}

impl LedgerRowsMut for MemoryRows {
    fn apply(&mut self, changes: &[Change]) -> Result<(), RowsError> {
        for change in changes {
            match change {
                Change::Upsert(row) => self.upsert(row.as_ref().clone()),
                Change::Remove(key) => self.remove(key),
            }
        }
        Ok(())
    }
}
