//! [`Tables`] in memory: the model the engines are compared with, and rows for tests of others.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Batch, Row, Table, TableError, TableRow, Tables, VALUE_LIMIT_BYTES};

/// Rows that end with the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryTables {
    tables: BTreeMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryTables {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Tables for MemoryTables {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        Ok(self
            .tables
            .get(&table)
            .and_then(|rows| rows.get(key))
            .cloned())
    }

    fn scan_range(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, TableError> {
        let Some(rows) = self
            .tables
            .get(&table)
            .filter(|_| until.is_none_or(|end| from < end))
        else {
            return Ok(Vec::new());
        };
        let end = until.map_or(Bound::Unbounded, Bound::Excluded);
        let found = rows
            .range::<[u8], _>((Bound::Included(from), end))
            .take(limit);
        Ok(found
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn write(&mut self, batch: &Batch) -> Result<(), TableError> {
        batch.check(VALUE_LIMIT_BYTES)?;
        for change in batch.changes() {
            let rows = self.tables.entry(change.table).or_default();
            match &change.value {
                Some(value) => rows.insert(change.key.clone(), value.clone()),
                None => rows.remove(&change.key),
            };
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TableError> {
        Ok(())
    }

    fn clear(&mut self) -> Result<(), TableError> {
        self.tables.clear();
        Ok(())
    }

    fn replace_all(&mut self, rows: &mut dyn Iterator<Item = TableRow>) -> Result<u64, TableError> {
        let mut batch = Batch::new();
        for (table, key, value) in rows {
            batch.put(table, key, value);
        }
        batch.check(VALUE_LIMIT_BYTES)?;
        self.clear()?;
        self.write(&batch)?;
        Ok(batch.len() as u64)
    }

    fn count(&self, table: Table) -> Result<u64, TableError> {
        Ok(self.tables.get(&table).map_or(0, |rows| rows.len() as u64))
    }

    fn approximate_bytes(&self) -> Result<u64, TableError> {
        let rows = self.tables.values().flatten();
        Ok(rows
            .map(|(key, value)| (key.len() + value.len()) as u64)
            .sum())
    }
}
