//! Goal: an edge of 5 ms is never missed at a poll of 50 ms, and a pass of the loop ends in time.
//! Method: emulated time is instructions executed, and idle time is skipped (`-icount`), so that a
//! busy test machine can neither stretch nor swallow a millisecond of the board; a pulse lasts until
//! the board's core timer, read from outside, has run 5 ms on. Polls are 50 ms apart or more in
//! that time, which runs many times as fast as this machine's.

use std::time::Duration;

use gate_protocol::{Edge, Input, Stage, edge_read, map};
use rand::{RngExt as _, SeedableRng as _};
use sim::live::emulator::{EmulatedGate, Options};

use super::Bench;
use super::line::Master;

const PULSES: usize = 1_000;
/// Poll of the gateway, by the board's clock.
const POLL_MS: u32 = 50;
/// 16 ns an instruction: 62.5 million a second, somewhat more than the chip's 50 MHz can do.
const ICOUNT_SHIFT: u8 = 4;
/// Longest pass of the main loop that is accepted, of 1 ms that it has.
const PASS_MAX_US: u16 = 500;

/// The board's core timer, which runs down from 2^24 - 1 at 50 MHz.
const CORE_TIMER: u32 = 0xE000_E018;
const CYCLES_A_MS: u32 = 50_000;
/// 5 ms, and 20 us by which a sample may be late: interrupts are held off, and idle time that is
/// skipped lets a pin change in the same cycle as a sample, before it or after it.
const PULSE_CYCLES: u32 = 5 * CYCLES_A_MS + 1_000;

/// Cycles since the core timer stood at `start`, at most 335 ms.
async fn ran(bench: &Bench, start: u32) -> anyhow::Result<u32> {
    Ok(start.wrapping_sub(bench.emulator.word(CORE_TIMER).await?) & 0x00FF_FFFF)
}

/// A pulse on one input, 5 ms long by the board's clock; returns its length in cycles.
async fn pulse(bench: &Bench, input: Input) -> anyhow::Result<u32> {
    let rest = EmulatedGate::at_rest();
    bench.set(rest.set(input, !rest.has(input))).await?;
    let start = bench.emulator.word(CORE_TIMER).await?;
    loop {
        let passed = ran(bench, start).await?;
        if passed >= PULSE_CYCLES {
            bench.set(rest).await?;
            return Ok(passed);
        }
    }
}

/// The edges since `next`, as a gateway fetches them.
async fn fetch(master: &mut Master, next: &mut u32, edges: &mut Vec<Edge>) -> anyhow::Result<()> {
    let written = master.report().await?.edges_written;
    while let Some(read) = edge_read(*next, written) {
        assert_eq!(read.lost, 0, "the ring was overwritten");
        let registers = master.read_input(read.address, read.length).await??;
        for (slot, index) in registers
            .chunks_exact(map::EDGE_LENGTH)
            .zip(read.first_index..)
        {
            edges.push(Edge::decode(slot, index)?);
        }
        *next = read.next_index();
    }
    Ok(())
}

#[tokio::test]
async fn no_edge_of_five_ms_is_missed_at_a_poll_of_fifty() -> anyhow::Result<()> {
    let options = Options {
        icount_shift: Some(ICOUNT_SHIFT),
        ..Options::default()
    };
    let bench = Bench::start(&options, None).await?;
    let mut master = bench.master()?.asking_once(Duration::from_secs(2));
    let rest = EmulatedGate::at_rest();
    let settled = |report: &gate_protocol::Report| {
        report.inputs == rest && report.arm == gate_protocol::ArmState::Down
    };
    let report = master
        .report_until(Duration::from_secs(20), false, settled)
        .await?;
    let mut next = report.edges_written;
    let mut edges = Vec::new();
    let mut draw = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let sensors = [
        Input::ApproachLoop,
        Input::UnderArmLoop,
        Input::ExitLoop,
        Input::Beam1,
        Input::Beam2,
    ];
    let mut sent: Vec<(Input, u32)> = Vec::new();
    while sent.len() < PULSES {
        let polled = bench.emulator.word(CORE_TIMER).await?;
        while ran(&bench, polled).await? < POLL_MS * CYCLES_A_MS {
            let input = sensors[draw.random_range(0..sensors.len())];
            sent.push((input, pulse(&bench, input).await?));
            // The pauses put pulses into every phase of the poll.
            let pause = draw.random_range(6 * CYCLES_A_MS..12 * CYCLES_A_MS);
            let begun = bench.emulator.word(CORE_TIMER).await?;
            while ran(&bench, begun).await? < pause {}
        }
        fetch(&mut master, &mut next, &mut edges).await?;
    }
    let count = sent.len();
    let median_ms = judge(&edges, &sent);
    let diagnostics = master.diagnostics().await?;
    println!(
        "{count} pulses, median {median_ms} ms; longest pass {} us of emulated time, {} instructions; \
         {} bytes of stack never used",
        diagnostics.loop_max_us,
        (u32::from(diagnostics.loop_max_us) * 1_000) >> ICOUNT_SHIFT,
        diagnostics.stack_free_bytes
    );
    assert_eq!(diagnostics.samples_lost, 0);
    assert!(diagnostics.loop_max_us <= PASS_MAX_US, "{diagnostics:?}");
    assert!(diagnostics.stack_free_bytes >= 4_096, "{diagnostics:?}");
    assert_eq!(bench.emulator.inputs().await, rest);
    Ok(())
}

/// Every pulse is in the ring, in order, as long as it was but for one late sample; returns their median length.
fn judge(edges: &[Edge], sent: &[(Input, u32)]) -> u32 {
    let count = sent.len();
    let raw: Vec<&Edge> = edges
        .iter()
        .filter(|edge| edge.stage == Stage::Raw)
        .collect();
    let mut rest = raw.iter();
    let missed: Vec<u32> = sent
        .iter()
        .filter(|(input, _)| {
            let found = rest.clone().next().is_some_and(|edge| edge.input == *input);
            if found {
                rest.nth(1);
            }
            !found
        })
        .map(|&(_, cycles)| cycles)
        .collect();
    assert_eq!(
        raw.len(),
        2 * count,
        "edges in the ring; missed are pulses of {missed:?} cycles"
    );
    let mut lengths_ms = Vec::new();
    for (pair, &(input, cycles)) in raw.chunks_exact(2).zip(sent) {
        let [rise, fall] = pair else {
            unreachable!("pairs")
        };
        assert_eq!((rise.input, fall.input), (input, input));
        assert!(rise.rising && !fall.rising);
        let length_ms = fall.at_ms - rise.at_ms;
        assert!(
            length_ms >= 4,
            "{length_ms} ms in the ring, {cycles} cycles long"
        );
        lengths_ms.push(cycles / CYCLES_A_MS);
    }
    lengths_ms.sort_unstable();
    let median_ms = lengths_ms[count / 2];
    assert!(
        median_ms <= 6,
        "the pulses were {median_ms} ms long, not 5: {lengths_ms:?}"
    );
    median_ms
}
