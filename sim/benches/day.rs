//! Passages a second of one core in virtual time, through real bytes and registers, judged by the
//! truth; healthy devices, and every named fault in turn.

#[path = "../../benches/row.rs"]
mod row;

use std::time::Instant;

use row::Bar;
use sim::device::fault::NamedFault;
use sim::virtual_time::{Scenario, run};

const PASSAGES: usize = 4_000;

fn main() {
    let rounds = if row::is_quick() { 1 } else { 3 };
    let passages = if row::is_quick() {
        PASSAGES / 4
    } else {
        PASSAGES
    };
    for (devices, faults) in [
        ("healthy devices", vec![]),
        ("every fault", NamedFault::all()),
    ] {
        let (mut of_core, mut of_clock, mut wrong) = (Vec::new(), Vec::new(), 0);
        for seed in 1..=rounds {
            let mut scenario = Scenario::new(seed, passages);
            if !faults.is_empty() {
                scenario = scenario.with_faults(&faults);
            }
            let (begun, core_before) = (Instant::now(), core_seconds());
            let outcome = run(scenario);
            let ended = outcome.passages as f64;
            of_clock.push(ended / begun.elapsed().as_secs_f64());
            of_core.push(ended / (core_seconds() - core_before));
            wrong += outcome.wrong_releases.len();
        }
        let rate = row::median(of_core);
        let figure = format!("simulation, passages/s/core, {devices}");
        // Faulty devices make passages longer: of them the bar says nothing.
        let bar = match faults.is_empty() {
            true => Bar::Least(1_000.0),
            false => Bar::None,
        };
        row::alone(&figure, &format!("{rate:.0}"), rate, bar);
        let figure = format!("  of the same by the clock, {devices}");
        row::alone(
            &figure,
            &format!("{:.0}/s", row::median(of_clock)),
            0.0,
            Bar::None,
        );
        let figure = format!(
            "wrong releases in {} passages, {devices}",
            seeds(rounds, passages)
        );
        row::alone(&figure, &wrong.to_string(), wrong as f64, Bar::Exactly(0.0));
    }
}

fn seeds(rounds: u64, passages: usize) -> String {
    format!("{rounds} x {passages}")
}

/// What this thread has had of a core, in seconds: a busy machine does not count.
fn core_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    let on_core_ns = text.split_whitespace().next().expect("three figures");
    on_core_ns.parse::<f64>().expect("nanoseconds") / 1e9
}
