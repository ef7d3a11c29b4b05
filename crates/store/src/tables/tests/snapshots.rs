use std::path::PathBuf;

use super::*;
use crate::disk::{Faults, MemoryDisk};

fn path() -> PathBuf {
    PathBuf::from("/ledger/rows.snapshot")
}

fn builder(rows: &[(Table, &[u8], &[u8])]) -> SnapshotBuilder {
    let mut builder = SnapshotBuilder::new();
    for (table, key, value) in rows {
        builder.put(*table, key, value).unwrap();
    }
    builder
}

fn open(disk: &MemoryDisk) -> Snapshot {
    Snapshot::open_on(disk, &path())
        .unwrap()
        .expect("a snapshot")
}

#[test]
fn rows_come_back_sorted_and_the_last_of_equal_keys_stands() {
    let disk = MemoryDisk::new(1);
    assert!(Snapshot::open_on(&disk, &path()).unwrap().is_none());
    let rows = builder(&[
        (PASSES_BY_PLATE, b"z", b"1"),
        (PASSES, b"b", b"2"),
        (PASSES, b"a", b"3"),
        (PASSES, b"b", b"4"),
        (PASSES, b"", b""),
        (PASSES, b"b", b"5"),
    ]);
    assert_eq!(rows.len(), 6);
    assert_eq!(rows.write_on(&disk, &path(), 7).unwrap(), 4);
    let snapshot = open(&disk);
    assert_eq!((snapshot.generation(), snapshot.rows()), (7, 4));
    assert_eq!(
        (snapshot.count(PASSES), snapshot.count(PASSES_BY_PLATE)),
        (3, 1)
    );
    assert_eq!(snapshot.count(Table::named("absent")), 0);
    assert_eq!(snapshot.get(PASSES, b"b"), Some(b"5".as_slice()));
    assert_eq!(snapshot.get(PASSES, b""), Some(b"".as_slice()));
    assert_eq!(snapshot.get(PASSES, b"z"), None);
    assert_eq!(snapshot.get(PASSES_BY_PLATE, b"z"), Some(b"1".as_slice()));
    assert_eq!(snapshot.get(Table::named("absent"), b"z"), None);
    let rows = snapshot.scan_range(PASSES, b"", None, 99);
    assert_eq!(keys(&rows), [b"".as_slice(), b"a", b"b"]);
    assert_eq!(
        keys(&snapshot.scan_range(PASSES, b"a", Some(b"b"), 99)),
        [b"a"]
    );
    assert!(
        snapshot
            .scan_range(Table::named("absent"), b"", None, 99)
            .is_empty()
    );
}

#[test]
fn many_rows_are_all_found_and_no_other() {
    let disk = MemoryDisk::new(1);
    let key = |number: u32| number.wrapping_mul(2_654_435_761).to_be_bytes();
    let mut rows = SnapshotBuilder::new();
    for number in 0..50_000 {
        rows.put(PASSES, &key(number), &number.to_le_bytes())
            .unwrap();
    }
    rows.write_on(&disk, &path(), 1).unwrap();
    let snapshot = open(&disk);
    for number in 0..50_000 {
        assert_eq!(
            snapshot.get(PASSES, &key(number)),
            Some(number.to_le_bytes().as_slice())
        );
    }
    for number in 50_000..100_000 {
        assert_eq!(snapshot.get(PASSES, &key(number)), None);
    }
    let all = snapshot.scan_range(PASSES, b"", None, usize::MAX);
    assert_eq!(all.len(), 50_000);
    assert!(all.is_sorted());
}

#[test]
fn every_flipped_bit_and_every_cut_is_damage() {
    let disk = MemoryDisk::new(1);
    let rows: Vec<_> = (0..40_u8).map(|number| [number; 30]).collect();
    let rows: Vec<_> = rows
        .iter()
        .map(|key| (PASSES, key.as_slice(), &key[..9]))
        .collect();
    builder(&rows).write_on(&disk, &path(), 1).unwrap();
    let length = disk.contents(&path()).unwrap().len() as u64;
    for offset in 0..length {
        let broken = disk.fork(1);
        assert!(broken.flip_bit(&path(), offset, (offset % 8) as u8));
        let outcome = Snapshot::open_on(&broken, &path()).err();
        assert!(
            matches!(outcome, Some(TableError::Damaged { .. })),
            "{offset}: {outcome:?}"
        );
    }
    for kept in (0..length).step_by(97) {
        let broken = disk.fork(1);
        broken.set_contents(&path(), &disk.contents(&path()).unwrap()[..kept as usize]);
        assert!(matches!(
            Snapshot::open_on(&broken, &path()).err(),
            Some(TableError::Damaged { .. })
        ));
    }
}

#[test]
fn a_power_cut_or_a_full_disk_leaves_the_old_or_the_new_snapshot() {
    let (mut old, mut new) = (0, 0);
    for seed in 0..10 {
        for cut in 1..12 {
            for full in [false, true] {
                let disk = MemoryDisk::new(seed);
                builder(&[(PASSES, b"k", b"old")])
                    .write_on(&disk, &path(), 1)
                    .unwrap();
                let at = disk.counts().operations + cut;
                disk.set_faults(match full {
                    false => Faults {
                        power_cut_at: Some(at),
                        ..Faults::default()
                    },
                    true => Faults {
                        write_full_at: Some(disk.counts().writes + cut),
                        ..Faults::default()
                    },
                });
                let written = builder(&[(PASSES, b"k", b"new")]).write_on(&disk, &path(), 2);
                disk.power_cycle();
                let snapshot = open(&disk);
                match snapshot.generation() {
                    1 => {
                        assert!(written.is_err(), "{seed} {cut}");
                        assert_eq!(snapshot.get(PASSES, b"k"), Some(b"old".as_slice()));
                        old += 1;
                    }
                    generation => {
                        assert_eq!(generation, 2);
                        assert_eq!(snapshot.get(PASSES, b"k"), Some(b"new".as_slice()));
                        new += 1;
                    }
                }
                // What an interrupted attempt left is no obstacle.
                builder(&[]).write_on(&disk, &path(), 3).unwrap();
                assert_eq!(open(&disk).rows(), 0);
            }
        }
    }
    assert!(old > 20 && new > 20, "{old} {new}");
}

#[test]
fn rows_out_of_bounds_are_refused() {
    let mut rows = SnapshotBuilder::new();
    rows.put(PASSES, &[1; KEY_LIMIT_BYTES], &[2; VALUE_LIMIT_BYTES])
        .unwrap();
    let refused = rows.put(PASSES, &[1; KEY_LIMIT_BYTES + 1], &[]);
    assert!(matches!(refused, Err(TableError::TooLarge { .. })));
    let refused = rows.put(PASSES, &[], &[1; VALUE_LIMIT_BYTES + 1]);
    assert!(matches!(refused, Err(TableError::TooLarge { .. })));
    assert_eq!(rows.len(), 1);
}
