//! A snapshot below, an overlay of changes above: most reads never reach the overlay's engine.
//! Refuses to guess: an overlay that belongs to another snapshot is not laid over this one.
//!
//! In the overlay a value begins with a mark: present, or deleted below. The overlay's state names
//! the snapshot it belongs to; it is written before any row.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::snapshot::{Snapshot, SnapshotBuilder};
use super::{Batch, Row, STATE, Table, TableError, TableRow, Tables, VALUE_LIMIT_BYTES};
use crate::disk::{Disk, RealDisk};

const PRESENT: u8 = 1;
const DELETED: u8 = 0;
/// Key in [`STATE`]: generation of the snapshot below, u64, little endian.
const BASE: &[u8] = b"base";
/// Rows of the overlay that are looked at together.
const PAGE_ROWS: usize = 256;

/// A snapshot file with an overlay.
pub struct Layered<T> {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    snapshot: Option<Snapshot>,
    overlay: T,
    /// Hashes of all keys in the overlay: a key that is not here is not there.
    touched: HashSet<u64, BuildHasherDefault<Hashed>>,
    seed: RandomState,
    /// All tables that the overlay has rows of.
    tables: Vec<Table>,
    /// A newer snapshot stands, but the overlay could not be emptied.
    stale: bool,
    /// When it was opened, a snapshot stood and the overlay did not know it.
    found_blank: bool,
}

/// Passes a hash through that is one already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Takes a key and its value; answers whether to go on.
type Show<'a> = dyn FnMut(&[u8], &[u8]) -> Result<bool, TableError> + 'a;

impl<T: Tables> Layered<T> {
    /// Lays `overlay` over the snapshot in `file`, which need not exist yet. `tables` are all that
    /// the overlay may have rows of. An overlay of an older snapshot is emptied: a newer one has taken its rows up
    /// or replaced them.
    ///
    /// # Errors
    /// The snapshot or the overlay is damaged, or the overlay belongs to a newer snapshot than the
    /// file holds; or the disk refused.
    pub fn open(file: &Path, overlay: T, tables: &[Table]) -> Result<Self, TableError> {
        Self::open_on(Arc::new(RealDisk), file, overlay, tables)
    }

    /// As [`Layered::open`], with the snapshot on a given disk.
    ///
    /// # Errors
    /// As [`Layered::open`].
    pub fn open_on(
        disk: Arc<dyn Disk>,
        file: &Path,
        mut overlay: T,
        tables: &[Table],
    ) -> Result<Self, TableError> {
        let snapshot = Snapshot::open_on(disk.as_ref(), file)?;
        let generation = snapshot.as_ref().map_or(0, Snapshot::generation);
        let base = overlay.get(STATE, BASE)?;
        let found_blank = snapshot.is_some() && base.is_none();
        let base = base.map(|bytes| bytes.try_into().map(u64::from_le_bytes));
        match base {
            Some(Ok(base)) if base == generation => {}
            Some(Ok(base)) if base > generation => {
                let reason = format!("generation {generation}, the overlay is of {base}");
                return Err(TableError::Damaged {
                    path: file.to_owned(),
                    reason,
                });
            }
            // Of an older snapshot, or interrupted while it was being emptied.
            Some(_) | None => reset(&mut overlay, generation)?,
        }
        let mut layered = Self {
            path: file.to_owned(),
            disk,
            snapshot,
            overlay,
            touched: HashSet::default(),
            seed: RandomState::new(),
            tables: Vec::new(),
            stale: false,
            found_blank,
        };
        for table in tables {
            layered.know(*table)?;
        }
        Ok(layered)
    }

    /// The snapshot below.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// Whether the overlay was without a state when it was opened over a snapshot: it lost its rows,
    /// or was interrupted while it was being emptied. Nobody can tell which, so rows may be missing.
    pub const fn was_found_blank(&self) -> bool {
        self.found_blank
    }

    /// Distinct keys that the overlay holds, about: how much a [`Layered::fold`] would take up.
    pub fn overlay_rows(&self) -> usize {
        self.touched.len()
    }

    /// Puts the rows of a builder in the place of everything, in one step.
    ///
    /// # Errors
    /// The disk refused; before the step, everything is as it was.
    pub fn adopt(&mut self, rows: SnapshotBuilder) -> Result<u64, TableError> {
        let generation = self.snapshot.as_ref().map_or(0, Snapshot::generation) + 1;
        let written = rows.write_on(self.disk.as_ref(), &self.path, generation)?;
        // From here on the new snapshot stands; an overlay that cannot be emptied now is emptied
        // when the tables are opened again.
        self.snapshot = Snapshot::open_on(self.disk.as_ref(), &self.path)?;
        self.touched.clear();
        self.stale = true;
        reset(&mut self.overlay, generation)?;
        self.stale = false;
        Ok(written)
    }

    /// Takes the overlay up into a new snapshot, in one step.
    ///
    /// # Errors
    /// As [`Layered::adopt`].
    pub fn fold(&mut self) -> Result<u64, TableError> {
        let mut rows = SnapshotBuilder::new();
        if let Some(snapshot) = &self.snapshot {
            rows.put_other_tables(snapshot, &self.tables)?;
        }
        for table in &self.tables {
            self.each_row(*table, &[], None, &mut |key, value| {
                rows.put(*table, key, value).map(|()| true)
            })?;
        }
        self.adopt(rows)
    }

    fn hash(&self, table: Table, key: &[u8]) -> u64 {
        let mut hasher = self.seed.build_hasher();
        hasher.write(table.name().as_bytes());
        hasher.write_u8(0);
        hasher.write(key);
        hasher.finish()
    }

    /// Learns which keys of a table the overlay has.
    fn know(&mut self, table: Table) -> Result<(), TableError> {
        if self.tables.contains(&table) {
            return Ok(());
        }
        let mut pages = Pages::new(&[]);
        while let Some((key, _)) = pages.next(&self.overlay, table, None)? {
            let hash = self.hash(table, &key);
            self.touched.insert(hash);
        }
        self.tables.push(table);
        Ok(())
    }

    fn may_be_above(&self, table: Table, key: &[u8]) -> bool {
        let may = !self.touched.is_empty() && self.touched.contains(&self.hash(table, key));
        may || !self.tables.contains(&table)
    }

    fn check_fresh(&self) -> Result<(), TableError> {
        if self.stale {
            let reason =
                "a newer snapshot stands but its overlay was not emptied: open anew".into();
            return Err(TableError::Engine {
                path: self.path.clone(),
                reason,
            });
        }
        Ok(())
    }

    /// Shows both layers' rows of a range merged, in order, until `show` answers no.
    fn each_row(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        show: &mut Show<'_>,
    ) -> Result<(), TableError> {
        self.check_fresh()?;
        let mut below = self
            .snapshot
            .iter()
            .flat_map(|snapshot| snapshot.range(table, from, until))
            .peekable();
        let mut pages = Pages::new(from);
        let mut above = pages.next(&self.overlay, table, until)?;
        loop {
            let hidden = match (below.peek(), &above) {
                (None, None) => return Ok(()),
                (Some((key, value)), Some((over, _))) if *key < over.as_slice() => {
                    if !show(key, value)? {
                        return Ok(());
                    }
                    below.next();
                    continue;
                }
                (Some((key, value)), None) => {
                    if !show(key, value)? {
                        return Ok(());
                    }
                    below.next();
                    continue;
                }
                (Some((key, _)), Some((over, _))) => *key == over.as_slice(),
                (None, Some(_)) => false,
            };
            if hidden {
                below.next();
            }
            if let Some((key, marked)) = above.take() {
                if let Some(value) = self.unmarked(&marked)? {
                    if !show(&key, value)? {
                        return Ok(());
                    }
                }
            }
            above = pages.next(&self.overlay, table, until)?;
        }
    }

    /// The value behind its mark; none for a deleted row.
    fn unmarked<'v>(&self, marked: &'v [u8]) -> Result<Option<&'v [u8]>, TableError> {
        match marked.split_first() {
            Some((&PRESENT, value)) => Ok(Some(value)),
            Some((&DELETED, [])) => Ok(None),
            Some(_) | None => Err(TableError::Damaged {
                path: self.path.clone(),
                reason: "an overlay's value has no mark".into(),
            }),
        }
    }
}

/// Empties an overlay and ties it to a snapshot.
fn reset(overlay: &mut dyn Tables, generation: u64) -> Result<(), TableError> {
    overlay.clear()?;
    let mut batch = Batch::new();
    batch.put(STATE, BASE, generation.to_le_bytes());
    overlay.write(&batch)?;
    overlay.flush()
}

/// Reads a range of the overlay page by page.
struct Pages {
    rows: std::collections::VecDeque<Row>,
    next_from: Option<Vec<u8>>,
}

impl Pages {
    fn new(from: &[u8]) -> Self {
        Self {
            rows: std::collections::VecDeque::new(),
            next_from: Some(from.to_vec()),
        }
    }

    fn next(
        &mut self,
        overlay: &dyn Tables,
        table: Table,
        until: Option<&[u8]>,
    ) -> Result<Option<Row>, TableError> {
        if self.rows.is_empty() {
            let Some(from) = self.next_from.take() else {
                return Ok(None);
            };
            self.rows = overlay.scan_range(table, &from, until, PAGE_ROWS)?.into();
            if self.rows.len() == PAGE_ROWS {
                // The smallest key after the last one is that one and a zero.
                self.next_from = self
                    .rows
                    .back()
                    .map(|(key, _)| [key.as_slice(), &[0]].concat());
            }
        }
        Ok(self.rows.pop_front())
    }
}

impl<T: Tables> Tables for Layered<T> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.check_fresh()?;
        if self.may_be_above(table, key) {
            if let Some(marked) = self.overlay.get(table, key)? {
                return Ok(self.unmarked(&marked)?.map(<[u8]>::to_vec));
            }
        }
        let below = self
            .snapshot
            .as_ref()
            .and_then(|snapshot| snapshot.get(table, key));
        Ok(below.map(<[u8]>::to_vec))
    }

    fn scan_range(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, TableError> {
        let mut rows = Vec::new();
        if limit > 0 && until.is_none_or(|until| from < until) {
            self.each_row(table, from, until, &mut |key, value| {
                rows.push((key.to_vec(), value.to_vec()));
                Ok(rows.len() < limit)
            })?;
        }
        Ok(rows)
    }

    fn write(&mut self, batch: &Batch) -> Result<(), TableError> {
        batch.check(VALUE_LIMIT_BYTES)?;
        self.check_fresh()?;
        let mut marked = Batch::new();
        for change in batch.changes() {
            self.know(change.table)?;
            let value = match &change.value {
                Some(value) => [&[PRESENT], value.as_slice()].concat(),
                None => vec![DELETED],
            };
            marked.put(change.table, change.key.as_slice(), value);
            let hash = self.hash(change.table, &change.key);
            self.touched.insert(hash);
        }
        self.overlay.write(&marked)
    }

    fn flush(&mut self) -> Result<(), TableError> {
        self.overlay.flush()
    }

    fn clear(&mut self) -> Result<(), TableError> {
        self.adopt(SnapshotBuilder::new()).map(|_| ())
    }

    fn replace_all(&mut self, rows: &mut dyn Iterator<Item = TableRow>) -> Result<u64, TableError> {
        let mut builder = SnapshotBuilder::new();
        for (table, key, value) in rows {
            builder.put(table, &key, &value)?;
        }
        self.adopt(builder)
    }

    fn count(&self, table: Table) -> Result<u64, TableError> {
        self.check_fresh()?;
        let mut count = self
            .snapshot
            .as_ref()
            .map_or(0, |snapshot| snapshot.count(table));
        let mut pages = Pages::new(&[]);
        while let Some((key, marked)) = pages.next(&self.overlay, table, None)? {
            let below = self
                .snapshot
                .as_ref()
                .and_then(|snapshot| snapshot.get(table, &key));
            match (below, self.unmarked(&marked)?) {
                (None, Some(_)) => count += 1,
                (Some(_), None) => count -= 1,
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        Ok(count)
    }

    fn approximate_bytes(&self) -> Result<u64, TableError> {
        let below = self.snapshot.as_ref().map_or(0, Snapshot::bytes);
        Ok(below + self.overlay.approximate_bytes()?)
    }
}
