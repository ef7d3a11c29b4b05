use proptest::prelude::*;

use super::*;

#[test]
fn ranges_are_ordered_bounded_and_within_their_table() {
    for (name, open) in engines() {
        let home = tempfile::tempdir().unwrap();
        let mut tables = open(home.path()).unwrap();
        let all: [&[u8]; 7] = [b"", b"\0", b"a", b"a\0", b"ab", b"b", b"\xff\xff"];
        for key in all {
            put(tables.as_mut(), PASSES, key, b"1");
        }
        put(tables.as_mut(), PASSES_BY_PLATE, b"aa", b"2");
        #[expect(clippy::type_complexity, reason = "a table of cases")]
        let cases: [(&[u8], Option<&[u8]>, usize, &[&[u8]]); 8] = [
            (b"", None, 99, &all),
            (b"a", Some(b"b"), 99, &[b"a", b"a\0", b"ab"]),
            (b"a", Some(b"b"), 2, &[b"a", b"a\0"]),
            (b"a", None, 0, &[]),
            (b"a\x01", Some(b"ac"), 99, &[b"ab"]),
            (b"b", Some(b"a"), 99, &[]),
            (b"b", Some(b"b"), 99, &[]),
            (b"c", None, 99, &[b"\xff\xff"]),
        ];
        for (from, until, limit, expected) in cases {
            let rows = tables.scan_range(PASSES, from, until, limit).unwrap();
            assert_eq!(keys(&rows), expected, "{name} {from:?} {until:?} {limit}");
        }
        let prefixes: [(&[u8], &[&[u8]]); 5] = [
            (b"", &all),
            (b"a", &[b"a", b"a\0", b"ab"]),
            (b"\xff", &[b"\xff\xff"]),
            (b"\xff\xff\xff", &[]),
            (b"z", &[]),
        ];
        for (prefix, expected) in prefixes {
            let rows = tables.scan_prefix(PASSES, prefix, 99).unwrap();
            assert_eq!(keys(&rows), expected, "{name} {prefix:?}");
        }
        assert_eq!(tables.count(PASSES).unwrap(), 7);
        assert_eq!(tables.count(PASSES_BY_PLATE).unwrap(), 1);
        assert_eq!(tables.get(PASSES, b"aa").unwrap(), None);
        assert!(tables.approximate_bytes().unwrap() > 0);
    }
}

#[test]
fn a_batch_with_one_bad_row_changes_nothing() {
    for (name, open) in engines() {
        let home = tempfile::tempdir().unwrap();
        let mut tables = open(home.path()).unwrap();
        let largest = (vec![7; KEY_LIMIT_BYTES], vec![8; VALUE_LIMIT_BYTES]);
        put(tables.as_mut(), PASSES, &largest.0, &largest.1);
        assert_eq!(
            tables.get(PASSES, &largest.0).unwrap(),
            Some(largest.1.clone()),
            "{name}"
        );
        for (key, value) in [
            (vec![0; KEY_LIMIT_BYTES + 1], vec![]),
            (vec![1], vec![0; VALUE_LIMIT_BYTES + 2]),
        ] {
            let mut batch = Batch::new();
            batch.put(PASSES, "first", "1");
            batch.put(PASSES, key, value);
            assert!(
                matches!(tables.write(&batch), Err(TableError::TooLarge { .. })),
                "{name}"
            );
            assert_eq!(tables.get(PASSES, b"first").unwrap(), None);
        }
    }
}

#[test]
fn rows_survive_a_restart_and_one_owner_holds_them() {
    for (name, open) in engines() {
        let home = tempfile::tempdir().unwrap();
        let mut tables = open(home.path()).unwrap();
        for number in 0..600_u32 {
            put(tables.as_mut(), PASSES, &number.to_be_bytes(), b"due");
        }
        let second = open(home.path()).err();
        assert!(
            matches!(second, Some(TableError::Locked(_))),
            "{name}: {second:?}"
        );
        tables.flush().unwrap();
        drop(tables);
        let tables = open(home.path()).unwrap();
        assert_eq!(tables.count(PASSES).unwrap(), 600, "{name}");
        assert_eq!(
            tables.get(PASSES, &599_u32.to_be_bytes()).unwrap(),
            Some(b"due".to_vec())
        );
    }
}

/// What may be done to tables.
#[derive(Clone, Debug)]
enum Act {
    Write(Vec<(bool, u8, Option<u8>)>),
    Replace(Vec<(bool, u8, u8)>),
    Flush,
    Clear,
    Reopen,
}

fn table(first: bool) -> Table {
    if first { PASSES } else { PASSES_BY_PLATE }
}

/// Short keys that share prefixes, so that they meet often.
fn key(number: u8) -> Vec<u8> {
    (0..number % 4)
        .map(|place| (number >> (2 + place)) & 3)
        .collect()
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let change = (any::<bool>(), any::<u8>(), any::<Option<u8>>());
    let row = (any::<bool>(), any::<u8>(), any::<u8>());
    let act = prop_oneof![
        12 => prop::collection::vec(change, 0..12).prop_map(Act::Write),
        1 => prop::collection::vec(row, 0..20).prop_map(Act::Replace),
        2 => Just(Act::Flush),
        1 => Just(Act::Clear),
        2 => Just(Act::Reopen),
    ];
    prop::collection::vec(act, 1..16)
}

fn same(name: &str, tables: &dyn Tables, model: &dyn Tables) {
    for table in [PASSES, PASSES_BY_PLATE] {
        let rows = tables.scan_range(table, &[], None, usize::MAX).unwrap();
        assert_eq!(
            rows,
            model.scan_range(table, &[], None, usize::MAX).unwrap(),
            "{name}"
        );
        assert_eq!(
            tables.count(table).unwrap(),
            model.count(table).unwrap(),
            "{name}"
        );
        for number in 0..=u8::MAX {
            let key = key(number);
            assert_eq!(
                tables.get(table, &key).unwrap(),
                model.get(table, &key).unwrap()
            );
        }
        for (prefix, limit) in [(&[1_u8][..], 3), (&[2, 1], 99), (&[3], 1)] {
            let rows = tables.scan_prefix(table, prefix, limit).unwrap();
            assert_eq!(
                rows,
                model.scan_prefix(table, prefix, limit).unwrap(),
                "{name}"
            );
        }
    }
}

fn act_on(name: &str, open: Open, acts: &[Act]) {
    let home = tempfile::tempdir().unwrap();
    let mut model = MemoryTables::new();
    let mut tables = Some(open(home.path()).unwrap());
    for act in acts {
        let now = tables.as_mut().unwrap();
        match act {
            Act::Write(changes) => {
                let mut batch = Batch::new();
                for (first, number, value) in changes {
                    match value {
                        Some(value) => batch.put(table(*first), key(*number), [*value]),
                        None => batch.delete(table(*first), key(*number)),
                    }
                }
                now.write(&batch).unwrap();
                model.write(&batch).unwrap();
            }
            Act::Replace(rows) => {
                let rows = rows
                    .iter()
                    .map(|(first, number, value)| (table(*first), key(*number), vec![*value]));
                now.replace_all(&mut rows.clone()).unwrap();
                model.replace_all(&mut rows.clone()).unwrap();
            }
            Act::Flush => now.flush().unwrap(),
            Act::Clear => {
                now.clear().unwrap();
                model.clear().unwrap();
            }
            Act::Reopen => {
                now.flush().unwrap();
                drop(tables.take());
                tables = Some(open(home.path()).unwrap());
            }
        }
        same(name, tables.as_ref().unwrap().as_ref(), &model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn every_engine_does_what_the_model_does(acts in acts()) {
        for (name, open) in engines() {
            act_on(name, open, &acts);
        }
    }
}

#[test]
fn the_end_of_a_prefix_is_the_next_key() {
    let cases: [(&[u8], Option<&[u8]>); 5] = [
        (b"a", Some(b"b")),
        (b"a\xff", Some(b"b")),
        (b"\0", Some(b"\x01")),
        (b"\xff\xff", None),
        (b"", None),
    ];
    for (prefix, expected) in cases {
        assert_eq!(prefix_end(prefix).as_deref(), expected);
    }
}
