//! Engines over broken files answer with a type, and can be built anew.

use std::fs;

use super::*;

/// An engine, its file to break, and how to remove it.
type Case = (
    &'static str,
    Open,
    &'static str,
    fn(&Path) -> Result<(), TableError>,
);

fn cases() -> Vec<Case> {
    vec![
        ("sled", open_sled as Open, "sled/db", |home| {
            SledTables::remove(&home.join("sled"))
        }),
        #[cfg(feature = "redb")]
        ("redb", open_redb as Open, "redb", |home| {
            RedbTables::remove(&home.join("redb"))
        }),
    ]
}

fn fill(open: Open, home: &Path) {
    let mut tables = open(home).unwrap();
    for number in 0..2_000_u32 {
        put(
            tables.as_mut(),
            PASSES,
            &number.to_be_bytes(),
            &[number as u8; 60],
        );
    }
    tables.flush().unwrap();
}

/// Opens and reads everything: the rows that were written, or a typed error.
fn read_all(open: Open, home: &Path) -> Result<Vec<Row>, TableError> {
    open(home)?.scan_range(PASSES, &[], None, usize::MAX)
}

#[test]
fn broken_files_are_damaged_and_can_be_removed() {
    for (name, open, file, remove) in cases() {
        let home = tempfile::tempdir().unwrap();
        fill(open, home.path());
        let path = home.path().join(file);
        let whole = fs::read(&path).unwrap();
        let garbage: Vec<u8> = (0..whole.len()).map(|at| (at * 7 + 13) as u8).collect();
        fs::write(&path, &garbage).unwrap();
        let outcome = read_all(open, home.path());
        match outcome {
            Err(TableError::Damaged { .. }) => {}
            Ok(rows) => assert!(rows.is_empty(), "{name} made rows of garbage"),
            Err(other) => panic!("{name}: {other}"),
        }
        remove(home.path()).unwrap();
        remove(home.path()).unwrap();
        let mut tables = open(home.path()).unwrap();
        assert_eq!(tables.count(PASSES).unwrap(), 0, "{name}");
        put(tables.as_mut(), PASSES, b"again", b"1");
    }
}

#[test]
fn no_flipped_bit_makes_an_engine_panic() {
    for (name, open, file, remove) in cases() {
        let home = tempfile::tempdir().unwrap();
        fill(open, home.path());
        let path = home.path().join(file);
        let whole = fs::read(&path).unwrap();
        for step in 0..12_usize {
            let mut broken = whole.clone();
            let at = step * 1_009 % (whole.len().min(60_000));
            broken[at] ^= 1 << (step % 8);
            remove(home.path()).unwrap();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &broken).unwrap();
            match read_all(open, home.path()) {
                Ok(_) | Err(TableError::Damaged { .. }) => {}
                Err(other) => panic!("{name} at {at}: {other}"),
            }
        }
    }
}

#[test]
fn an_interrupted_replacement_is_damage() {
    for (name, open, _, remove) in cases() {
        let home = tempfile::tempdir().unwrap();
        fill(open, home.path());
        let mut tables = open(home.path()).unwrap();
        let mut rows = (0..5_000_u32).map(|number| {
            if number == 3_000 {
                std::panic::resume_unwind(Box::new("the power fails here"));
            }
            (PASSES, number.to_be_bytes().to_vec(), vec![1])
        });
        let replaced = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            tables.replace_all(&mut rows)
        }));
        assert!(replaced.is_err());
        drop(tables);
        let outcome = open(home.path()).err();
        assert!(
            matches!(outcome, Some(TableError::Damaged { .. })),
            "{name}: {outcome:?}"
        );
        remove(home.path()).unwrap();
        let mut tables = open(home.path()).unwrap();
        let mut rows =
            (0..2_500_u32).map(|number| (PASSES, number.to_be_bytes().to_vec(), vec![1]));
        assert_eq!(tables.replace_all(&mut rows).unwrap(), 2_500);
        drop(tables);
        assert_eq!(
            open(home.path()).unwrap().count(PASSES).unwrap(),
            2_500,
            "{name}"
        );
    }
}

#[test]
fn a_panic_of_the_engine_is_damage() {
    let outcome: Result<(), _> = guarded(Path::new("/tables"), || {
        std::panic::resume_unwind(Box::new("engine"))
    });
    assert!(matches!(outcome, Err(TableError::Damaged { .. })));
}
