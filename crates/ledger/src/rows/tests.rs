use std::collections::BTreeMap;

use domain::directive::{Order, Subject};
use domain::ledger_row::{Change, Row};
use domain::plate::Plate;
use domain::recordation::VehicleClass;
use domain::time::Timestamp;
use proptest::prelude::*;

use super::key_bytes::{
    group_bytes, index_entry_bytes, parse_row_key, row_key_bytes, row_key_of_entry, scan_start,
};
use super::*;
use crate::sample::{self, at, plate};

fn cross_border() -> VehicleRecord {
    VehicleRecord {
        second_plate: Some(plate("MA1234")),
        tag: Some(sample::tag("E200AA")),
        ..sample::vehicle("粤ZF023港", VehicleClass::Tractor)
    }
}

fn every_row() -> Vec<Row> {
    vec![
        Row::Company(sample::company()),
        Row::Vehicle(cross_border()),
        Row::Driver(sample::driver()),
        Row::Premises(sample::premises()),
        Row::Container(sample::box_record()),
        Row::Consignment(sample::consignment("B1", 1_000, 10)),
        Row::Pass(sample::pass("H1", "粤ZF023港", 10)),
        Row::Directive(sample::directive(
            "W1",
            Subject::Vehicle(plate("粤B12345")),
            Order::Watch,
        )),
        Row::Directive(sample::directive(
            "W2",
            Subject::Container(sample::container(sample::BOX)),
            Order::Watch,
        )),
    ]
}

#[test]
fn rows_are_found_by_key_and_by_every_index() {
    let rows = MemoryRows::from_rows(every_row());
    assert_eq!(rows.len(), 9);
    let own = plate("粤ZF023港");
    assert_eq!(
        rows.vehicle_by_tag(&sample::tag("E200AA")),
        Ok(Some(own.clone()))
    );
    assert_eq!(
        rows.vehicle_by_second_plate(&plate("MA1234")),
        Ok(Some(own.clone()))
    );
    assert_eq!(
        rows.vehicle_by_any_plate(&plate("MA-12-34")),
        Ok(Some(cross_border()))
    );
    assert_eq!(
        rows.open_passes_of(&own, at(0)),
        Ok(vec![sample::number("H1")])
    );
    assert_eq!(rows.open_passes_of(&own, at(3_601)), Ok(vec![]));
    assert_eq!(rows.vehicle(&plate("粤B99999")), Ok(None));
}

#[test]
fn a_tag_that_two_vehicles_claim_names_neither() {
    let mut rows = MemoryRows::from_rows(every_row());
    let other = VehicleRecord {
        plate: plate("粤B00001"),
        ..cross_border()
    };
    rows.upsert(Row::Vehicle(other));
    assert_eq!(rows.vehicle_by_tag(&sample::tag("E200AA")), Ok(None));
    assert_eq!(rows.vehicle_by_second_plate(&plate("MA1234")), Ok(None));
    rows.apply(&[Change::Remove(RowKey::Vehicle(plate("粤B00001")))])
        .expect("memory takes all");
    assert_eq!(
        rows.vehicle_by_tag(&sample::tag("E200AA")),
        Ok(Some(plate("粤ZF023港")))
    );
}

#[test]
fn a_replaced_row_leaves_no_index_entry_behind() {
    let mut rows = MemoryRows::from_rows(every_row());
    let moved = VehicleRecord {
        tag: Some(sample::tag("E200BB")),
        ..cross_border()
    };
    rows.apply(&[Change::Upsert(Box::new(Row::Vehicle(moved)))])
        .expect("memory takes all");
    assert_eq!(rows.vehicle_by_tag(&sample::tag("E200AA")), Ok(None));
    for row in every_row() {
        rows.remove(&row.key());
    }
    assert!(rows.is_empty());
    assert!(
        rows.indexed(&IndexGroup::Tag(sample::tag("E200BB")), Timestamp::MIN, 9)
            .is_ok_and(|k| k.is_empty())
    );
}

#[test]
fn near_entries_differ_in_exactly_one_character() {
    let rows = MemoryRows::from_rows(every_row());
    for (seen, near) in [
        ("粤B12346", true),
        ("沪B12345", true),
        ("粤B12345", false),
        ("粤B1234", false),
        ("粤B12456", false),
    ] {
        let found = rows
            .watched_plates_near(&plate(seen))
            .expect("memory answers");
        assert_eq!(found.len(), usize::from(near), "{seen}");
    }
}

#[test]
fn withdrawn_directives_are_left_out_and_too_many_are_an_error() {
    let subject = Subject::Company(sample::company_id());
    let mut rows = MemoryRows::new();
    let mut directive = sample::directive("X0", subject.clone(), Order::Inspect);
    directive.withdrawn = true;
    rows.upsert(Row::Directive(directive));
    assert_eq!(rows.directives_on(&subject), Ok(vec![]));
    for i in 0..DIRECTIVES_MAX {
        rows.upsert(Row::Directive(sample::directive(
            &format!("Y{i}"),
            subject.clone(),
            Order::Inspect,
        )));
    }
    assert!(matches!(
        rows.directives_on(&subject),
        Err(RowsError::TooMany {
            limit: DIRECTIVES_MAX,
            ..
        })
    ));
}

/// What a disk does: sorted byte keys, prefix scan, no typed keys.
fn indexed_by_bytes(
    entries: &BTreeMap<Vec<u8>, ()>,
    group: &IndexGroup,
    from: Timestamp,
) -> Vec<RowKey> {
    let prefix = group_bytes(group);
    entries
        .range(scan_start(group, from)..)
        .take_while(|(entry, ())| entry.starts_with(&prefix))
        .map(|(entry, ())| row_key_of_entry(entry).expect("own entry"))
        .collect()
}

#[test]
fn bytes_of_keys_are_pinned_and_read_back() {
    for row in every_row() {
        let key = row.key();
        assert_eq!(parse_row_key(&row_key_bytes(&key)), Some(key.clone()));
        for index in index_keys(&row) {
            assert_eq!(
                row_key_of_entry(&index_entry_bytes(&index, &key)),
                Some(key.clone())
            );
        }
    }
    let key = RowKey::Pass(sample::number("H1"));
    assert_eq!(row_key_bytes(&key), b"\x08H1");
    let index = IndexKey {
        group: IndexGroup::PassOf(plate("AB12")),
        until: Timestamp::from_micros(1),
    };
    assert_eq!(
        index_entry_bytes(&index, &key),
        b"\x03AB12\x00\x80\x00\x00\x00\x00\x00\x00\x01\x08H1"
    );
    for damaged in [&b""[..], b"\x00", b"\x63H1", b"\x02ab12", b"\x08\xff"] {
        assert_eq!(parse_row_key(damaged), None, "{damaged:?}");
    }
}

proptest! {
    #[test]
    fn a_byte_index_answers_as_the_one_in_memory(
        passes in prop::collection::vec((0..4_u8, 0..3_u8, -50..50_i64), 0..40),
        asked in (0..3_u8, -60..60_i64),
    ) {
        let vehicle = |i: u8| ["AB1", "AB12", "AB123"][usize::from(i)];
        let mut rows = MemoryRows::new();
        for (i, (n, v, until)) in passes.iter().enumerate() {
            let mut pass = sample::pass(&format!("H{n}{}", i % 7), vehicle(*v), 1);
            pass.window.until = at(*until);
            rows.upsert(Row::Pass(pass));
        }
        let entries: BTreeMap<Vec<u8>, ()> = rows
            .iter()
            .flat_map(|row| {
                let key = row.key();
                index_keys(row).into_iter().map(move |index| (index_entry_bytes(&index, &key), ()))
            })
            .collect();
        let group = IndexGroup::PassOf(plate(vehicle(asked.0)));
        let from = at(asked.1);
        prop_assert_eq!(
            rows.indexed(&group, from, usize::MAX).expect("memory answers"),
            indexed_by_bytes(&entries, &group, from)
        );
    }

    #[test]
    fn patterns_meet_exactly_when_one_character_differs(a in "[AB1]{2,4}", b in "[AB1]{2,4}") {
        let shared = index::patterns(&a).iter().any(|p| index::patterns(&b).contains(p));
        let (a, b) = (Plate::parse(&a).expect("plate"), Plate::parse(&b).expect("plate"));
        prop_assert_eq!(shared, a.differing_characters(&b).is_some_and(|n| n <= 1));
    }

    #[test]
    fn any_bytes_are_a_key_or_nothing(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Some(key) = parse_row_key(&bytes) {
            prop_assert_eq!(row_key_bytes(&key), bytes.clone());
        }
        let _ = row_key_of_entry(&bytes);
    }
}
