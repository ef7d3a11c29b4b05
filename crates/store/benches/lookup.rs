//! Time of one lookup among a million rows, and of loading them: the ledger's tables beside sled,
//! redb and SQLite with the same rows, asked in turns.
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[path = "../../../benches/row.rs"]
mod row;
mod stores;

use std::hint::black_box;
use std::time::Instant;

use row::{Bar, Times};
use stores::Store;

const ROWS: usize = 1_000_000;
const LOOKUPS_A_TURN: usize = 1_000;

/// Rows like a ledger's: a container number as key, some 66 bytes as value, in scattered order.
fn rows(count: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    (0..count as u64)
        .map(|number| (key(number), value(number)))
        .collect()
}

/// Spreads numbers over 10^7 without meeting twice: the factor and 10^7 have no common divisor.
fn scattered(number: u64) -> u64 {
    number * 7_654_321 % 10_000_000
}

fn key(number: u64) -> Vec<u8> {
    format!("CSQU{:07}", scattered(number)).into_bytes()
}

fn value(number: u64) -> Vec<u8> {
    format!(
        "{number:>16} ceramic tiles, 42G1, cleared, west yard, gross kg {:>8}",
        number * 7
    )
    .into_bytes()
}

/// A row's number for the `turn`th lookup, far from the one before.
fn pick(turn: u64, count: usize) -> u64 {
    turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) % count as u64
}

fn main() {
    let rounds = if row::is_quick() { 10 } else { 50 };
    let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).expect("a folder on the disk");
    let rows = rows(ROWS);
    let mut seconds = Vec::new();
    let stores: Vec<Box<dyn Store>> = stores::KINDS
        .iter()
        .map(|load| {
            let start = Instant::now();
            let mut store = load(folder.path(), &rows);
            seconds.push(start.elapsed().as_secs_f64());
            store.change(&rows);
            store
        })
        .collect();
    let mut hits: Vec<Times> = stores.iter().map(|_| Times::default()).collect();
    let mut misses: Vec<Times> = stores.iter().map(|_| Times::default()).collect();
    let mut turn = 0;
    for _ in 0..rounds {
        turn += 1;
        for (place, store) in stores.iter().enumerate() {
            for lookup in 0..LOOKUPS_A_TURN as u64 {
                let number = pick(turn * 1_000_003 + lookup, ROWS);
                let (known, unknown) = (key(number), key(number + ROWS as u64));
                let start = Instant::now();
                let found = black_box(store.bytes_of(black_box(&known)));
                hits[place].add(start.elapsed());
                assert_eq!(found, Some(value(number).len()), "the row is there");
                let start = Instant::now();
                let found = black_box(store.bytes_of(black_box(&unknown)));
                misses[place].add(start.elapsed());
                assert_eq!(found, None, "the row is not there");
            }
        }
    }
    show(&stores, &hits, &misses, &seconds);
}

fn show(stores: &[Box<dyn Store>], hits: &[Times], misses: &[Times], seconds: &[f64]) {
    let us = |times: &Times, permille| format!("{:.2} us", times.us(permille));
    for (place, store) in stores.iter().enumerate().skip(1) {
        let faster = match store.name() {
            "sled" => 5.0,
            "redb" => 3.0,
            _ => 10.0,
        };
        let peer = format!("{} ({})", us(&hits[place], 500), store.name());
        row::ratio(
            "ledger lookup p50, 1 M rows, times as fast",
            &us(&hits[0], 500),
            &peer,
            hits[place].us(500) / hits[0].us(500),
            Bar::Least(faster),
        );
    }
    for (what, permille, times) in [("p99", 990, hits), ("of a missing key p50", 500, misses)] {
        for (place, store) in stores.iter().enumerate().skip(1) {
            let peer = format!("{} ({})", us(&times[place], permille), store.name());
            row::ratio(
                &format!("ledger lookup {what}, times as fast"),
                &us(&times[0], permille),
                &peer,
                times[place].us(permille) / times[0].us(permille),
                Bar::None,
            );
        }
    }
    for (place, store) in stores.iter().enumerate().skip(1) {
        let bar = match store.name() {
            "redb" => Bar::Least(3.0),
            _ => Bar::None,
        };
        row::ratio(
            "load of 1 M rows, times as fast",
            &format!("{:.2} s", seconds[0]),
            &format!("{:.2} s ({})", seconds[place], store.name()),
            seconds[place] / seconds[0],
            bar,
        );
    }
}
