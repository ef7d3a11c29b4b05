use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::*;
use crate::disk::MemoryDisk;

/// An overlay that outlives the tables above it and refuses to be emptied on demand.
#[derive(Clone, Default)]
struct Kept {
    rows: Arc<Mutex<MemoryTables>>,
    refuses: Arc<Mutex<bool>>,
    reads: Arc<Mutex<u32>>,
}

impl Tables for Kept {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        *self.reads.lock().unwrap() += 1;
        self.rows.lock().unwrap().get(table, key)
    }
    fn scan_range(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, TableError> {
        self.rows
            .lock()
            .unwrap()
            .scan_range(table, from, until, limit)
    }
    fn write(&mut self, batch: &Batch) -> Result<(), TableError> {
        self.rows.lock().unwrap().write(batch)
    }
    fn flush(&mut self) -> Result<(), TableError> {
        Ok(())
    }
    fn clear(&mut self) -> Result<(), TableError> {
        if *self.refuses.lock().unwrap() {
            let (path, reason) = (PathBuf::from("overlay"), "refused".to_owned());
            return Err(TableError::Engine { path, reason });
        }
        self.rows.lock().unwrap().clear()
    }
    fn replace_all(&mut self, rows: &mut dyn Iterator<Item = TableRow>) -> Result<u64, TableError> {
        self.rows.lock().unwrap().replace_all(rows)
    }
    fn count(&self, table: Table) -> Result<u64, TableError> {
        self.rows.lock().unwrap().count(table)
    }
    fn approximate_bytes(&self) -> Result<u64, TableError> {
        self.rows.lock().unwrap().approximate_bytes()
    }
}

fn path() -> PathBuf {
    PathBuf::from("/ledger/rows.snapshot")
}

fn open(disk: &MemoryDisk, overlay: &Kept) -> Result<Layered<Kept>, TableError> {
    Layered::open_on(Arc::new(disk.clone()), &path(), overlay.clone(), &[PASSES])
}

fn rows(values: &[(&[u8], &[u8])]) -> SnapshotBuilder {
    let mut builder = SnapshotBuilder::new();
    for (key, value) in values {
        builder.put(PASSES, key, value).unwrap();
    }
    builder
}

fn contents(tables: &dyn Tables) -> Vec<Row> {
    tables.scan_range(PASSES, &[], None, usize::MAX).unwrap()
}

fn row(key: &[u8], value: &[u8]) -> Row {
    (key.to_vec(), value.to_vec())
}

/// a, b, c below; b changed, c deleted and d added above.
fn two_layers() -> (MemoryDisk, Kept, Layered<Kept>) {
    let (disk, overlay) = (MemoryDisk::new(1), Kept::default());
    let mut tables = open(&disk, &overlay).unwrap();
    assert_eq!(
        tables
            .adopt(rows(&[(b"a", b"1"), (b"b", b"1"), (b"c", b"1")]))
            .unwrap(),
        3
    );
    let mut batch = Batch::new();
    batch.put(PASSES, "b", "2");
    batch.delete(PASSES, "c");
    batch.put(PASSES, "d", "2");
    tables.write(&batch).unwrap();
    (disk, overlay, tables)
}

fn expected() -> Vec<Row> {
    vec![row(b"a", b"1"), row(b"b", b"2"), row(b"d", b"2")]
}

#[test]
fn the_overlay_lies_over_the_snapshot() {
    let (disk, overlay, tables) = two_layers();
    assert_eq!(contents(&tables), expected());
    assert_eq!(tables.count(PASSES).unwrap(), 3);
    assert_eq!(tables.get(PASSES, b"c").unwrap(), None);
    assert_eq!(tables.overlay_rows(), 3);
    drop(tables);
    let tables = open(&disk, &overlay).unwrap();
    assert_eq!(contents(&tables), expected());
    assert_eq!(tables.get(PASSES, b"b").unwrap(), Some(b"2".to_vec()));
    let reads = *overlay.reads.lock().unwrap();
    assert_eq!(tables.get(PASSES, b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(tables.get(PASSES, b"absent").unwrap(), None);
    assert_eq!(
        *overlay.reads.lock().unwrap(),
        reads,
        "untouched keys do not reach the overlay"
    );
}

#[test]
fn folding_changes_where_rows_lie_and_nothing_else() {
    let (disk, overlay, mut tables) = two_layers();
    put(&mut tables, PASSES_BY_PLATE, b"plate", b"3");
    assert_eq!(tables.fold().unwrap(), 4);
    assert_eq!(contents(&tables), expected());
    assert_eq!(tables.overlay_rows(), 0);
    assert_eq!(tables.snapshot().map(Snapshot::generation), Some(2));
    drop(tables);
    // Tables that this program does not name are kept.
    let mut tables = open(&disk, &overlay).unwrap();
    put(&mut tables, PASSES, b"e", b"3");
    tables.fold().unwrap();
    assert_eq!(
        tables.get(PASSES_BY_PLATE, b"plate").unwrap(),
        Some(b"3".to_vec())
    );
    assert_eq!(tables.count(PASSES).unwrap(), 4);
}

#[test]
fn a_crash_between_the_steps_of_a_change_is_settled_at_the_next_start() {
    let (disk, overlay, mut tables) = two_layers();
    *overlay.refuses.lock().unwrap() = true;
    assert!(tables.adopt(rows(&[(b"x", b"9")])).is_err());
    assert!(
        tables.get(PASSES, b"x").is_err(),
        "neither old nor new rows are shown"
    );
    assert!(tables.write(&Batch::new()).is_err());
    assert!(tables.count(PASSES).is_err());
    drop(tables);
    *overlay.refuses.lock().unwrap() = false;
    let tables = open(&disk, &overlay).unwrap();
    assert_eq!(contents(&tables), [row(b"x", b"9")]);
    drop(tables);
    // The emptying itself was interrupted after the overlay's state was gone.
    let mut half = Batch::new();
    half.delete(STATE, b"base".as_slice());
    half.put(PASSES, "stale", [1, 7]);
    overlay.rows.lock().unwrap().write(&half).unwrap();
    let tables = open(&disk, &overlay).unwrap();
    assert!(tables.was_found_blank(), "rows may be missing");
    assert_eq!(contents(&tables), [row(b"x", b"9")]);
    drop(tables);
    assert!(!open(&disk, &overlay).unwrap().was_found_blank());
}

#[test]
fn an_overlay_of_a_newer_snapshot_is_damage() {
    let (disk, overlay, mut tables) = two_layers();
    let older = disk.fork(1);
    tables.fold().unwrap();
    drop(tables);
    assert!(matches!(
        open(&older, &overlay).err(),
        Some(TableError::Damaged { .. })
    ));
    older.remove_snapshot();
    assert!(matches!(
        open(&older, &overlay).err(),
        Some(TableError::Damaged { .. })
    ));
    assert_eq!(contents(&open(&disk, &overlay).unwrap()), expected());
}

impl MemoryDisk {
    fn remove_snapshot(&self) {
        crate::disk::Disk::remove(self, &path()).unwrap();
    }
}

#[test]
fn an_unmarked_value_is_damage() {
    let (disk, overlay, tables) = two_layers();
    drop(tables);
    let mut batch = Batch::new();
    batch.put(PASSES, "b", [9, 9]);
    batch.put(PASSES, "c", []);
    overlay.rows.lock().unwrap().write(&batch).unwrap();
    let tables = open(&disk, &overlay).unwrap();
    for key in [b"b", b"c"] {
        assert!(matches!(
            tables.get(PASSES, key),
            Err(TableError::Damaged { .. })
        ));
    }
}

#[test]
fn scans_cross_pages_of_the_overlay() {
    let (disk, overlay) = (MemoryDisk::new(1), Kept::default());
    let mut tables = open(&disk, &overlay).unwrap();
    let mut below = SnapshotBuilder::new();
    for number in 0..1_000_u32 {
        below.put(PASSES, &number.to_be_bytes(), b"below").unwrap();
    }
    tables.adopt(below).unwrap();
    let mut batch = Batch::new();
    for number in 0..700_u32 {
        batch.delete(PASSES, number.to_be_bytes());
    }
    for number in 900..1_300_u32 {
        batch.put(PASSES, number.to_be_bytes(), "above");
    }
    tables.write(&batch).unwrap();
    let first = tables.scan_range(PASSES, &[], None, 2).unwrap();
    assert_eq!(first[0].0, 700_u32.to_be_bytes());
    assert_eq!(tables.count(PASSES).unwrap(), 600);
    let all = contents(&tables);
    assert_eq!(all.len(), 600);
    assert_eq!(
        all.iter().filter(|(_, value)| value == b"above").count(),
        400
    );
    assert!(all.is_sorted());
}
