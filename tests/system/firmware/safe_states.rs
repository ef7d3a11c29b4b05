//! Goal: whatever fails, the arm ends in the state that firmware/README.md promises, and never comes
//! down on anything. Method: the real gateway talks to the emulated board, a truck stands under the
//! arm, and one thing after the other is taken away; the truth is what the output pins drive.

use std::time::Duration;

use anyhow::Context as _;
use domain::event::{EventBody, LaneFault};
use gate_protocol::{
    ArmState, Configuration, Fault, Input, Inputs, Mode, Output, Outputs, ResetCause, Side,
    TraceCode, Verb,
};
use sim::live::Moment;
use sim::live::emulator::{EmulatedGate, Options, settings_page};
use sim::live::show::journal;
use sim::live::site::{Board, Firmware};

use super::super::stage::{Stage, check_journal, start_on};
use super::line::Master;
use super::{Bench, image, outputs_until, resets_until};

const UNDER: Inputs = Inputs::ZONE.with(Input::MainsOk);
const LEAVING: Inputs = Inputs::NONE.with(Input::ExitLoop).with(Input::MainsOk);
const CLEAR: Inputs = Inputs::NONE.with(Input::MainsOk);
/// From a hang to safe pins by this machine's clock, which may have other things to do.
const HANG_TO_SAFE: Duration = Duration::from_secs(3);
/// The same by the board's own: the watchdog's 750 ms on this board, and what passes between the
/// report read last and the hang.
const HANG_TO_SAFE_MS: u32 = 950;
/// Lease of the configuration, and what the pins need to be looked at.
const LEASE_TO_SAFE: Duration = Duration::from_millis(2_500);

async fn stage(seed: u64, settings: Option<&Configuration>) -> anyhow::Result<Stage> {
    let page = settings.map_or_else(Vec::new, |settings| settings_page(settings, 1));
    let firmware = Firmware {
        image: image(),
        options: Options {
            settings: [page, Vec::new()],
            noise_seed: seed,
            ..Options::default()
        },
    };
    start_on(seed, 60, Some(firmware), |command, _| Ok(command)).await
}

fn board(stage: &Stage) -> &Board {
    stage.site.board.as_ref().expect("it was started with one")
}

/// Lets trucks come until one drives under the open arm of the first lane, and stops it there.
async fn stop_a_truck_under_the_arm(stage: &mut Stage) -> anyhow::Result<EmulatedGate> {
    let gate = board(stage).gate.clone();
    let until_ms = stage.moment.ms() + 120_000;
    loop {
        stage.show.step(true).await?;
        anyhow::ensure!(
            stage.moment.ms() < until_ms,
            "no truck came through: {:?}",
            stage.show.lines
        );
        if gate.is_open() && gate.field().has(Input::UnderArmLoop) {
            gate.hold_field(Some(UNDER));
            return Ok(gate);
        }
    }
}

/// The pins over a time: the arm is never driven down, nor green shown at its end.
async fn never_lowers(gate: &EmulatedGate, during: Duration) -> anyhow::Result<Outputs> {
    let end = tokio::time::Instant::now() + during;
    loop {
        let pins = gate.emulator().outputs().await?;
        anyhow::ensure!(!pins.has(Output::ArmDown), "it lowers: {pins:?}");
        if tokio::time::Instant::now() > end {
            anyhow::ensure!(!pins.has(Output::EntryGreen), "still green: {pins:?}");
            anyhow::ensure!(pins.has(Output::EntryRed), "no red: {pins:?}");
            return Ok(pins);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The truck drives on and leaves over the exit loop.
async fn drives_on(gate: &EmulatedGate) {
    for field in [UNDER.or(LEAVING), LEAVING, CLEAR] {
        gate.hold_field(Some(field));
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    gate.hold_field(None);
}

async fn comes_down(gate: &EmulatedGate) -> anyhow::Result<()> {
    let within = Duration::from_secs(10);
    outputs_until(gate.emulator(), within, |pins| pins.has(Output::ArmDown)).await?;
    outputs_until(gate.emulator(), within, |pins| {
        !pins.has(Output::ArmDown) && gate.is_closed()
    })
    .await?;
    Ok(())
}

/// Another truck goes through: the lane is in order again.
async fn another_truck_passes(stage: &mut Stage) -> anyhow::Result<()> {
    stage.show.wait_for_devices().await?;
    let done = |stage: &Stage| {
        stage
            .show
            .tally
            .counts
            .get("drove on")
            .copied()
            .unwrap_or(0)
    };
    let gate = board(stage).gate.clone();
    let (before, until_ms) = (done(stage), stage.moment.ms() + 120_000);
    let mut opened = false;
    while !(opened && gate.is_closed() && done(stage) > before) {
        stage.show.step(true).await?;
        opened |= gate.is_open() && gate.field().has(Input::UnderArmLoop);
        anyhow::ensure!(
            stage.moment.ms() < until_ms,
            "nobody passes: opened {opened}, pins {:?}, {:?}",
            gate.outputs(),
            stage.show.lines
        );
    }
    assert_eq!(stage.show.tally.wrong_releases, 0, "{:?}", stage.show.lines);
    Ok(())
}

/// Ends the run and checks its journal.
async fn end(mut stage: Stage) -> anyhow::Result<()> {
    stage.come_to_rest(90_000).await?;
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(10)).await?;
    }
    check_journal(stage.folder.path())?;
    Ok(())
}

#[tokio::test]
async fn a_lane_is_safe_and_recovers_when_gateway_line_or_board_fails() -> anyhow::Result<()> {
    let mut stage = stage(61, None).await?;
    a_gateway_killed_with_a_truck_under_the_arm(&mut stage)
        .await
        .context("gateway killed")?;
    a_line_cut_with_a_truck_under_the_arm(&mut stage)
        .await
        .context("line cut")?;
    a_board_hung_with_a_truck_under_the_arm(&mut stage)
        .await
        .context("board hung")?;
    another_truck_passes(&mut stage).await?;
    assert_eq!(*board(&stage).gate.emulator().resets().borrow(), 1);
    end(stage).await
}

async fn a_gateway_killed_with_a_truck_under_the_arm(stage: &mut Stage) -> anyhow::Result<()> {
    let gate = stop_a_truck_under_the_arm(stage).await?;
    if let Some(gateway) = stage.gateway.take() {
        gateway.kill().await?;
    }
    never_lowers(&gate, LEASE_TO_SAFE).await?;
    let mut master = Master::open(&board(stage).path)?;
    let report = master.report().await?;
    assert_eq!((report.mode, report.arm), (Mode::LeaseLost, ArmState::Up));
    assert!(report.faults.has(Fault::LeaseLost));
    drives_on(&gate).await;
    comes_down(&gate).await?;
    let report = master.report().await?;
    assert_eq!((report.mode, report.arm), (Mode::LeaseLost, ArmState::Down));
    assert_eq!(report.counters.run_through, 0);
    drop(master);
    stage.gateway = Some(stage.site.start_gateway()?);
    stage.show.wait_for_devices().await
}

async fn a_line_cut_with_a_truck_under_the_arm(stage: &mut Stage) -> anyhow::Result<()> {
    let gate = stop_a_truck_under_the_arm(stage).await?;
    board(stage).line.set_cut(true);
    never_lowers(&gate, LEASE_TO_SAFE).await?;
    drives_on(&gate).await;
    comes_down(&gate).await?;
    // The gateway knows, and opens nothing.
    let gateway = stage.gateway.as_mut().context("it runs")?;
    gateway
        .wait_for("gate controller lost", Duration::from_secs(10))
        .await?;
    board(stage).line.set_cut(false);
    assert_eq!(*gate.emulator().resets().borrow(), 0);
    stage.show.wait_for_devices().await
}

async fn a_board_hung_with_a_truck_under_the_arm(stage: &mut Stage) -> anyhow::Result<()> {
    let gate = stop_a_truck_under_the_arm(stage).await?;
    gate.emulator().hang().await?;
    let safe = Outputs::NONE
        .with(Output::ArmStop)
        .with(Output::EntryRed)
        .with(Output::ExitRed);
    outputs_until(gate.emulator(), HANG_TO_SAFE, |pins| pins == safe).await?;
    resets_until(gate.emulator(), 1, Duration::from_secs(5)).await?;
    never_lowers(&gate, Duration::from_secs(2)).await?;
    drives_on(&gate).await;
    stage.show.wait_for_devices().await?;
    let until_ms = stage.moment.ms() + 20_000;
    while !recorded(stage, |body| {
        matches!(body, EventBody::ControllerReset { .. })
    })? {
        stage.run_for(100).await?;
        anyhow::ensure!(stage.moment.ms() < until_ms, "the reset is not recorded");
    }
    Ok(())
}

/// Whether the gateway's journal holds an event.
fn recorded(stage: &Stage, wanted: impl Fn(&EventBody) -> bool) -> anyhow::Result<bool> {
    let events = journal(stage.folder.path())?;
    Ok(events.iter().any(|(_, event)| wanted(&event.body)))
}

#[tokio::test]
async fn a_loop_stuck_under_the_arm_keeps_it_up_until_it_comes_free() -> anyhow::Result<()> {
    let settings = Configuration {
        under_arm_loop_stuck_s: 3,
        ..Configuration::default()
    };
    let mut stage = stage(64, Some(&settings)).await?;
    let gate = stop_a_truck_under_the_arm(&mut stage).await?;
    // The truck leaves, and the loop does not notice.
    let stuck = CLEAR.with(Input::UnderArmLoop);
    for field in [UNDER.or(LEAVING), stuck.or(LEAVING), stuck] {
        gate.hold_field(Some(field));
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let told = |body: &EventBody| {
        matches!(
            body,
            EventBody::FaultFound {
                fault: LaneFault::LoopStuck,
                ..
            }
        )
    };
    never_lowers(&gate, Duration::from_secs(5)).await?;
    let until_ms = stage.moment.ms() + 10_000;
    while !recorded(&stage, told)? {
        stage.run_for(100).await?;
        anyhow::ensure!(stage.moment.ms() < until_ms, "the fault is not recorded");
    }
    never_lowers(&gate, Duration::from_secs(1)).await?;
    assert!(gate.is_open());
    gate.hold_field(None);
    another_truck_passes(&mut stage).await?;
    end(stage).await
}

#[tokio::test]
async fn a_board_that_hangs_while_lowering_stops_the_arm_and_starts_afresh() -> anyhow::Result<()> {
    let bench = Bench::start(&Options::default(), None).await?;
    let gate = EmulatedGate::join(bench.emulator.clone(), Moment::start());
    let mut master = bench.master()?;
    let within = Duration::from_secs(10);
    let ready = |report: &gate_protocol::Report| {
        report.arm == ArmState::Down && report.lease_remaining_ms > 0
    };
    let before = master.report_until(within, true, ready).await?;
    master.command(Verb::Raise { from: Side::Entry }).await?;
    let up = |report: &gate_protocol::Report| report.arm == ArmState::Up;
    master.report_until(within, true, up).await?;
    master.command(Verb::Lower).await?;
    let lowering = |report: &gate_protocol::Report| report.outputs.has(Output::ArmDown);
    master.report_until(within, true, lowering).await?;
    bench.outputs_until(within, |_| !gate.is_open()).await?;
    let hung_ms = master.report().await?.uptime_ms;
    bench.emulator.hang().await?;
    let pins = bench
        .outputs_until(HANG_TO_SAFE, |pins| !pins.has(Output::ArmDown))
        .await?;
    assert!(
        pins.has(Output::ArmStop) && pins.has(Output::EntryRed),
        "{pins:?}"
    );
    resets_until(&bench.emulator, 1, Duration::from_secs(5)).await?;
    let after = master.report_until(within, false, |_| true).await?;
    assert_eq!(after.identity.reset_cause, ResetCause::Watchdog);
    assert_ne!(after.identity.boot_id, before.identity.boot_id);
    let trace = master.trace().await?;
    let bite = trace.iter().find(|entry| entry.code == TraceCode::Watchdog);
    let safe_ms = bite.expect("it is in the trace").at_ms - hung_ms;
    println!("safe {safe_ms} ms after the hang");
    assert!(safe_ms <= HANG_TO_SAFE_MS, "safe after {safe_ms} ms");
    // Nothing resumes by itself, even when a gateway is there again.
    let leased =
        |report: &gate_protocol::Report| report.lease_remaining_ms > 0 && report.uptime_ms > 1_500;
    let report = master.report_until(within, true, leased).await?;
    assert_eq!(report.arm, ArmState::Unknown);
    assert!(!gate.is_open() && !gate.is_closed());
    // A command from before the reset is void, a fresh one is not.
    let stale = before.command(9, Verb::Raise { from: Side::Entry }, 500);
    master
        .write(gate_protocol::map::COMMAND, &stale.encode())
        .await??;
    assert_eq!(master.report().await?.accepted_sequence, 0);
    let (command, report) = master.command(Verb::Raise { from: Side::Entry }).await?;
    assert_eq!(report.accepted_sequence, command.sequence, "{report:?}");
    Ok(())
}

#[tokio::test]
async fn a_reset_button_and_settings_in_flash_are_told() -> anyhow::Result<()> {
    let settings = Configuration {
        warning_ms: 1_234,
        ..Configuration::default()
    };
    let mut damaged = settings_page(&Configuration::default(), 9);
    damaged[7] ^= 1;
    let options = Options {
        settings: [settings_page(&settings, 8), damaged],
        ..Options::default()
    };
    let bench = Bench::start(&options, None).await?;
    let mut master = bench.master()?;
    let report = master
        .report_until(Duration::from_secs(10), false, |_| true)
        .await?;
    assert_eq!(report.configuration_crc, settings.crc());
    assert_eq!(report.identity.reset_cause, ResetCause::PowerOn);
    let told = master.diagnostics().await?;
    assert_eq!(
        (told.configuration_slot, told.configuration_generation),
        (1, 8)
    );
    assert!(master.traced(TraceCode::SlotDamaged).await?);
    bench.emulator.reset().await?;
    resets_until(&bench.emulator, 1, Duration::from_secs(5)).await?;
    let fresh = |after: &gate_protocol::Report| after.identity.boot_id != report.identity.boot_id;
    master
        .report_until(Duration::from_secs(10), false, fresh)
        .await?;
    let boots = master.trace().await?;
    let boots = boots.iter().filter(|entry| entry.code == TraceCode::Boot);
    assert_eq!(boots.count(), 2);
    // The emulator has no flash controller: a store fails, is told, and harms nothing.
    bench
        .set(EmulatedGate::at_rest().with(Input::HandKey))
        .await?;
    let turned = |report: &gate_protocol::Report| report.inputs.has(Input::HandKey);
    master
        .report_until(Duration::from_secs(5), false, turned)
        .await?;
    let block = Configuration::default().encode();
    master
        .write(gate_protocol::map::CONFIGURATION, &block)
        .await??;
    assert!(master.traced(TraceCode::StoreFailed).await?);
    Ok(())
}
