//! Changes that belong together. Refuses to know who makes them.

use super::{KEY_LIMIT_BYTES, Table, TableError};

/// One change of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) table: Table,
    pub(crate) key: Vec<u8>,
    /// None deletes.
    pub(crate) value: Option<Vec<u8>>,
}

/// Changes that happen together or not at all, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    changes: Vec<Change>,
}

impl Batch {
    /// Nothing to do yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a row.
    pub fn put(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.changes.push(Change {
            table,
            key: key.into(),
            value: Some(value.into()),
        });
    }

    /// Removes a row, if it is there.
    pub fn delete(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.changes.push(Change {
            table,
            key: key.into(),
            value: None,
        });
    }

    /// Changes in it.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub(crate) fn bytes(&self) -> usize {
        let size = |change: &Change| change.key.len() + change.value.as_ref().map_or(0, Vec::len);
        self.changes.iter().map(size).sum()
    }

    /// Refuses what not every engine can hold.
    pub(crate) fn check(&self, value_limit: usize) -> Result<(), TableError> {
        for change in &self.changes {
            let value_bytes = change.value.as_ref().map_or(0, Vec::len);
            if change.key.len() > KEY_LIMIT_BYTES || value_bytes > value_limit {
                let (table, key_bytes) = (change.table.name(), change.key.len());
                return Err(TableError::TooLarge {
                    table,
                    key_bytes,
                    value_bytes,
                });
            }
        }
        Ok(())
    }
}
