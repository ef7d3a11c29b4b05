//! Time and memory of one decision: clean passages and spoiled ones, beside the time to copy the
//! evidence that a decision is made from.
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[path = "../../../benches/row.rs"]
mod row;

use std::hint::black_box;
use std::time::Instant;

use allocation_counter::AllocationInfo;
use decision::fixture::{self, Passage};
use domain::decision::Verdict;
use domain::facts::PassFact;
use domain::mass::Mass;
use row::{Bar, Times};

/// Decisions before and after which memory is compared.
const MANY: u64 = 10_000;

/// Passages with their names and what must come of them.
fn passages() -> Vec<(&'static str, Verdict, Passage)> {
    let spoiled = |spoil: fn(&mut Passage)| {
        let mut passage = fixture::clean();
        spoil(&mut passage);
        passage
    };
    vec![
        ("clean entry", Verdict::Release, fixture::clean()),
        ("clean exit", Verdict::Release, fixture::exit()),
        ("bobtail", Verdict::Release, fixture::bobtail()),
        (
            "overweight",
            Verdict::Detain,
            spoiled(|passage| passage.weighing().gross = Mass::from_kg(68_000)),
        ),
        (
            "no pass",
            Verdict::Review,
            spoiled(|passage| passage.facts.pass = PassFact::None),
        ),
        (
            "nothing seen",
            Verdict::Review,
            spoiled(|passage| {
                passage.evidence.plates.clear();
                passage.evidence.containers.clear();
                passage.evidence.seals.clear();
                passage.evidence.scans.clear();
                passage.evidence.journeys.clear();
            }),
        ),
    ]
}

fn main() {
    let rounds = if row::is_quick() { 5_000 } else { 50_000 };
    let passages = passages();
    for (name, verdict, passage) in &passages {
        let decision = passage.decide();
        assert_eq!(decision.verdict, *verdict, "{name}: {decision:?}");
    }
    let mut all = Times::default();
    let mut each: Vec<(Times, Times)> = passages.iter().map(|_| Default::default()).collect();
    for _ in 0..rounds {
        for ((_, _, passage), (ours, floor)) in passages.iter().zip(&mut each) {
            let start = Instant::now();
            let decision = black_box(black_box(passage).decide());
            let time = start.elapsed();
            drop(decision);
            all.add(time);
            ours.add(time);
            let start = Instant::now();
            let copy = black_box(black_box(passage).evidence.clone());
            floor.add(start.elapsed());
            drop(copy);
        }
    }
    let figure = format!("decide() p99, {} passages in turn", passages.len());
    let words = format!("{:.1} us", all.us(990));
    row::alone(&figure, &words, all.us(990), Bar::Most(50.0));
    for ((name, _, _), (ours, floor)) in passages.iter().zip(&each) {
        let words = format!("{:.1} us", ours.us(990));
        row::alone(
            &format!("decide() p99, {name}"),
            &words,
            ours.us(990),
            Bar::Most(50.0),
        );
        row::ratio(
            &format!("decide() p50, {name}"),
            &format!("{:.1} us", ours.us(500)),
            &format!("{:.1} us (a copy of the evidence)", floor.us(500)),
            ours.us(500) / floor.us(500),
            Bar::None,
        );
    }
    memory(&passages);
}

/// What `count` decisions take from the allocator, results dropped.
fn allocations(passages: &[(&str, Verdict, Passage)], count: u64) -> AllocationInfo {
    allocation_counter::measure(|| {
        for _ in 0..count {
            for (_, _, passage) in passages {
                drop(black_box(black_box(passage).decide()));
            }
        }
    })
}

fn memory(passages: &[(&str, Verdict, Passage)]) {
    let (once, many) = (allocations(passages, 1), allocations(passages, MANY));
    let kept = format!("{} bytes", many.bytes_current);
    let figure = format!(
        "decide(), kept after {} decisions",
        MANY * passages.len() as u64
    );
    row::alone(&figure, &kept, many.bytes_current as f64, Bar::Exactly(0.0));
    row::ratio(
        "decide(), allocations of the last call over the first",
        &format!(
            "{:.1} a call",
            many.count_total as f64 / MANY as f64 / passages.len() as f64
        ),
        &format!(
            "{:.1} a call",
            once.count_total as f64 / passages.len() as f64
        ),
        many.count_total as f64 / MANY as f64 / once.count_total as f64,
        Bar::Exactly(1.0),
    );
    row::alone(
        "decide(), most memory at a time",
        &format!("{} bytes", many.bytes_max),
        many.bytes_max as f64 / once.bytes_max as f64,
        Bar::Exactly(1.0),
    );
}
