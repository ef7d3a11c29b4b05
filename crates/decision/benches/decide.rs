//! Time of one decision, beside the time to copy what it is made from.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use decision::fixture;

const ROUNDS: usize = 9;
const CALLS: u32 = 20_000;

fn median_us(mut call: impl FnMut()) -> f64 {
    let mut figures: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(|_| call());
            start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    figures[ROUNDS / 2]
}

fn main() {
    for (name, passage) in [
        ("clean entry", fixture::clean()),
        ("bobtail", fixture::bobtail()),
    ] {
        let ours = median_us(|| drop(black_box(black_box(&passage).decide())));
        let floor = median_us(|| drop(black_box(black_box(&passage).evidence.clone())));
        println!(
            "decide, {name}\t{ours:.1}\t{floor:.1}\t{:.1}\tus",
            ours / floor
        );
    }
}
