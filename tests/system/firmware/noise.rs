//! Goal: whatever a noisy line does to requests and answers, nothing acts that was not commanded,
//! once, in time. Method: ten thousand transactions over a line that flips, loses and adds bytes;
//! the arm's commands among them are all void (expired, for another boot, repeated), so that any
//! motion of the arm would be a wrong act.

use std::time::Duration;

use gate_protocol::{Command, Lease, Output, Report, Side, Verb, map};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sim::live::emulator::{EmulatedGate, Noise, Options};

use super::Bench;
use super::line::Master;

const TRANSACTIONS: usize = 10_000;
const NOISE: Noise = Noise {
    seed: 77,
    flipped_ppm: 500,
    lost_ppm: 200,
    stray_ppm: 200,
};
/// Waits no longer than this for an answer that noise may have eaten.
const PATIENCE: Duration = Duration::from_millis(30);
/// Before and after, when nothing hurries.
const CALM: Duration = Duration::from_millis(400);

/// What the master knows and has done.
struct Conversation {
    master: Master,
    report: Report,
    sequence: u32,
    beat: u16,
    /// Sirens commanded in good order.
    sirens: Vec<u32>,
    lost: usize,
}

impl Conversation {
    /// One transaction of a kind drawn; an error means that noise has eaten it.
    async fn turn(&mut self, draw: &mut ChaCha8Rng) -> anyhow::Result<()> {
        let raise = Verb::Raise { from: Side::Entry };
        match draw.random_range(0..10) {
            0..3 => {
                let report = self.master.report().await?;
                // An answer whose check sum holds is the controller's own word.
                anyhow::ensure!(report.identity == self.report.identity, "{report:?}");
                self.report = report;
            }
            3 => {
                self.master.read_input(map::RING, 124).await??;
            }
            4 | 5 => {
                self.beat = self.beat.wrapping_add(1);
                let lease: Lease = self.report.lease(self.beat, 1_000);
                self.master.write(map::LEASE, &lease.encode()).await??;
            }
            6 => {
                self.sequence += 1;
                let command = self
                    .report
                    .command(self.sequence, Verb::Siren { on_ms: 5 }, 5_000);
                self.sirens.push(self.sequence);
                self.master.write(map::COMMAND, &command.encode()).await??;
            }
            7 => {
                self.sequence += 1;
                let mut command: Command = self.report.command(self.sequence, raise, 500);
                command.seen_uptime_ms = command.seen_uptime_ms.wrapping_sub(2_000);
                self.master.write(map::COMMAND, &command.encode()).await??;
            }
            8 => {
                self.sequence += 1;
                let mut command: Command = self.report.command(self.sequence, raise, 500);
                command.boot_id ^= 1;
                self.master.write(map::COMMAND, &command.encode()).await??;
            }
            _ => {
                // A sequence number that was judged before, unless noise ate every command so far.
                let judged = self.report.last_sequence();
                if judged > 0 {
                    let command: Command = self.report.command(judged, raise, 500);
                    self.master.write(map::COMMAND, &command.encode()).await??;
                }
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn ten_thousand_transactions_under_noise_do_nothing_wrong() -> anyhow::Result<()> {
    let bench = Bench::start(&Options::default(), Some(NOISE)).await?;
    let mut master = bench.master()?.asking_once(CALM);
    let report = master
        .report_until(Duration::from_secs(10), false, |report| {
            report.inputs == EmulatedGate::at_rest()
        })
        .await?;
    let mut talk = Conversation {
        master: master.asking_once(PATIENCE),
        report,
        sequence: 0,
        beat: 0,
        sirens: Vec::new(),
        lost: 0,
    };
    let mut draw = ChaCha8Rng::seed_from_u64(9);
    let still =
        |pins: gate_protocol::Outputs| !pins.has(Output::ArmUp) && !pins.has(Output::ArmDown);
    for transaction in 0..TRANSACTIONS {
        if talk.turn(&mut draw).await.is_err() {
            talk.lost += 1;
            talk.master.reopen().await?;
        }
        if transaction % 4 == 0 {
            let pins = bench.emulator.outputs().await?;
            assert!(still(pins), "transaction {transaction}: {pins:?}");
        }
    }
    let disturbed = bench.line.disturbed();
    talk.master = talk.master.asking_once(CALM);
    let end = talk
        .master
        .report_until(Duration::from_secs(10), false, |report| {
            report.identity == talk.report.identity
        })
        .await?;
    let diagnostics = read_diagnostics(&mut talk.master).await?;
    println!(
        "{TRANSACTIONS} transactions, {disturbed} bytes disturbed, {} lost, {} of {} sirens acted; {diagnostics:?}",
        talk.lost,
        end.counters.commands_accepted,
        talk.sirens.len()
    );
    assert!(disturbed > 1_000, "{disturbed} bytes disturbed");
    assert!(talk.lost > 300, "{} lost", talk.lost);
    assert!(
        diagnostics.frames as usize > TRANSACTIONS / 2 && diagnostics.noise > 50,
        "{diagnostics:?}"
    );
    // Each acted at most once, and nothing else did: the arm was never driven, never forced.
    assert!(end.counters.commands_accepted as usize <= talk.sirens.len());
    assert!(end.counters.commands_accepted as usize > talk.sirens.len() / 2);
    assert!(end.accepted_sequence == 0 || talk.sirens.contains(&end.accepted_sequence));
    assert_eq!(end.arm, gate_protocol::ArmState::Down);
    assert_eq!(*bench.emulator.resets().borrow(), 0, "the board was reset");
    Ok(())
}

async fn read_diagnostics(master: &mut Master) -> anyhow::Result<gate_protocol::Diagnostics> {
    for _ in 0..20 {
        match master.diagnostics().await {
            Ok(diagnostics) => return Ok(diagnostics),
            Err(_eaten) => master.reopen().await?,
        }
    }
    anyhow::bail!("no diagnostics in twenty attempts")
}
