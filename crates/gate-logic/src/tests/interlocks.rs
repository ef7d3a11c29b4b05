//! Nothing comes down on anything, and a silent gateway leaves a safe gate.

use gate_protocol::{
    ArmState, Configuration, Fault, Input, LeaseLoss, Mode, Output, Refusal, Side, Verb,
};

use crate::bench::{Bench, GONE_MM, LORRY, WAITING_MM};

/// An arm on its way down.
fn lowering() -> Bench {
    let mut bench = Bench::new();
    bench.open();
    bench.command(Verb::Lower).expect("free");
    bench.run(2_500);
    assert!(bench.has(Output::ArmDown));
    bench
}

#[test]
fn an_obstruction_reverses_in_the_same_evaluation() {
    for input in [Input::UnderArmLoop, Input::Beam1, Input::Beam2] {
        let mut bench = lowering();
        let before_ms = bench.now_ms;
        bench.set(input, true);
        assert_eq!(bench.now_ms, before_ms);
        assert!(
            bench.has(Output::ArmUp) && !bench.has(Output::ArmDown),
            "{input:?}"
        );
        assert_eq!(bench.report().counters.reversals, 1);
        bench.run(30_000);
        assert_eq!(bench.report().arm, ArmState::Up, "stays up over {input:?}");
        bench.set(input, false);
        bench.run(10_000);
        assert_eq!(
            bench.report().arm,
            ArmState::Down,
            "comes down when {input:?} is free"
        );
    }
}

#[test]
fn after_too_many_obstructions_the_arm_waits_for_a_command() {
    let mut bench = lowering();
    for _ in 0..3 {
        bench.set(Input::Beam1, true);
        bench.run(4_000);
        bench.set(Input::Beam1, false);
        bench.run(4_500);
    }
    assert!(bench.report().faults.has(Fault::ObstructionLimit));
    bench.run(60_000);
    assert_eq!(bench.report().arm, ArmState::Up);
    bench.command(Verb::Lower).expect("a new lower tries again");
    bench.run(6_000);
    assert_eq!(bench.report().arm, ArmState::Down);
}

#[test]
fn a_warning_sounds_before_every_lowering_and_restarts_when_disturbed() {
    let mut bench = Bench::new();
    bench.open();
    bench.run(2_000);
    bench.command(Verb::Lower).expect("free");
    bench.trace.clear();
    bench.run(900);
    assert!(bench.has(Output::Siren) && !bench.ever(Output::ArmDown));
    bench.set(Input::Beam2, true);
    assert!(!bench.has(Output::Siren));
    bench.set(Input::Beam2, false);
    // Clear delay and warning: the whole of it again, for one raw sample.
    bench.run(1_950);
    assert!(!bench.ever(Output::ArmDown));
    bench.run(100);
    assert!(bench.has(Output::ArmDown));
}

#[test]
fn a_lost_lease_closes_a_clear_lane_within_its_time() {
    let mut bench = Bench::new();
    bench.open();
    bench.gateway_alive = false;
    // Lease, warning, travel and margin.
    bench.run(1_000 + 1_000 + 3_000 + 1_500);
    let report = bench.report();
    assert_eq!((report.arm, report.mode), (ArmState::Down, Mode::LeaseLost));
    assert!(report.faults.has(Fault::LeaseLost));
    assert_eq!(
        bench.command(Verb::Raise { from: Side::Entry }),
        Err(Refusal::NoLease)
    );
    bench.trace.clear();
    bench.gateway_alive = true;
    bench.run(10_000);
    assert!(
        !bench.ever(Output::ArmUp),
        "a returning gateway starts nothing"
    );
}

#[test]
fn a_lost_lease_leaves_the_arm_up_over_a_vehicle() {
    let mut bench = Bench::new();
    let truck = bench.arrive(LORRY, WAITING_MM);
    bench.open();
    bench.drive_to(truck, 8_000, 2);
    bench.gateway_alive = false;
    bench.trace.clear();
    bench.run(120_000);
    assert_eq!(bench.report().arm, ArmState::Up);
    assert!(!bench.ever(Output::ArmDown));
    bench.drive_to(truck, GONE_MM, 2);
    bench.run(8_000);
    assert_eq!(bench.report().arm, ArmState::Down);
    assert_eq!(bench.report().counters.vehicles_in, 1);
}

#[test]
fn a_lost_lease_ends_a_raise_nobody_has_used() {
    let mut bench = Bench::new();
    bench.raise();
    bench.gateway_alive = false;
    bench.run(1_500);
    assert!(!bench.has(Output::ArmUp));
    bench.run(8_000);
    assert_eq!(bench.report().arm, ArmState::Down);
}

#[test]
fn staying_put_is_the_other_declared_safe_state() {
    let configuration = Configuration {
        lease_loss: LeaseLoss::Stay,
        ..Configuration::default()
    };
    let mut bench = Bench::with(configuration);
    bench.open();
    bench.gateway_alive = false;
    bench.run(60_000);
    assert_eq!(bench.report().arm, ArmState::Up);
    assert!(bench.has(Output::EntryRed), "open, but released for nobody");
    bench.gateway_alive = true;
    bench.run(8_000);
    assert_eq!(bench.report().arm, ArmState::Down);
}

#[test]
fn a_repeated_beat_is_not_a_heartbeat() {
    let mut bench = Bench::new();
    bench.gateway_alive = false;
    let lease = bench.report().lease(40_000, 1_000);
    bench
        .controller
        .handle_lease(lease, bench.now_ms)
        .expect("a new beat");
    bench.run(900);
    let again = bench.controller.handle_lease(lease, bench.now_ms);
    assert_eq!(again, Err(Refusal::Repeated));
    bench.run(200);
    assert_eq!(bench.report().mode, Mode::LeaseLost);
    let given_up = bench.report().lease(40_001, 0);
    bench
        .controller
        .handle_lease(given_up, bench.now_ms)
        .expect("a new beat");
    assert_eq!(bench.report().mode, Mode::LeaseLost);
}

#[test]
fn a_stuck_sensor_of_the_arm_line_keeps_the_arm_up() {
    let configuration = Configuration {
        under_arm_loop_stuck_s: 5,
        beam_stuck_s: 5,
        ..Configuration::default()
    };
    let cases = [
        (Input::UnderArmLoop, Fault::UnderArmLoopStuck),
        (Input::Beam1, Fault::Beam1Stuck),
        (Input::Beam2, Fault::Beam2Stuck),
    ];
    for (input, fault) in cases {
        let mut bench = Bench::with(configuration);
        bench.open();
        bench.set(input, true);
        bench.trace.clear();
        bench.run(60_000);
        assert!(bench.report().faults.has(fault));
        assert!(bench.report().inputs_faulted.has(input));
        assert_eq!(bench.command(Verb::Lower), Err(Refusal::ZoneOccupied));
        assert!(!bench.ever(Output::ArmDown));
        bench.set(input, false);
        bench.run(1_000);
        assert!(
            !bench.report().faults.has(fault),
            "the fault follows its cause"
        );
    }
}

#[test]
fn with_the_loop_stuck_the_beams_still_count_and_spend() {
    let configuration = Configuration {
        under_arm_loop_stuck_s: 5,
        ..Configuration::default()
    };
    let mut bench = Bench::with(configuration);
    bench.set(Input::UnderArmLoop, true);
    bench.run(10_000);
    let first = bench.arrive(LORRY, WAITING_MM);
    bench.open();
    bench.drive_to(first, GONE_MM, 2);
    bench.run(5_000);
    let second = bench.arrive(LORRY, WAITING_MM);
    assert!(bench.has(Output::EntryRed), "the release is spent");
    bench.drive_to(second, GONE_MM, 2);
    bench.run(5_000);
    let counters = bench.report().counters;
    assert_eq!((counters.vehicles_in, counters.tail_following), (2, 1));
    assert_eq!(bench.report().arm, ArmState::Up);
}

#[test]
fn a_stuck_exit_loop_holds_the_arm_until_a_person_lowers_it() {
    let configuration = Configuration {
        outer_loop_stuck_s: 20,
        ..Configuration::default()
    };
    let mut bench = Bench::with(configuration);
    let truck = bench.arrive(LORRY, WAITING_MM);
    bench.open();
    bench.drive_to(truck, 12_000, 2);
    bench.set(Input::ExitLoop, true);
    bench.drive_to(truck, GONE_MM, 2);
    assert_eq!(bench.command(Verb::Lower), Err(Refusal::ZoneOccupied));
    bench.run(30_000);
    assert!(bench.report().faults.has(Fault::ExitLoopStuck));
    assert_eq!(bench.report().arm, ArmState::Up);
    bench
        .command(Verb::Lower)
        .expect("the loop is known to lie");
    bench.run(6_000);
    assert_eq!(bench.report().arm, ArmState::Down);
    assert_eq!(bench.report().counters.vehicles_in, 1);
}

#[test]
fn a_clock_at_its_wrap_changes_nothing() {
    let mut straight = Bench::at(Configuration::default(), 0);
    let mut wrapping = Bench::at(Configuration::default(), u32::MAX - 9_000);
    for bench in [&mut straight, &mut wrapping] {
        let truck = bench.arrive(LORRY, WAITING_MM);
        bench.open();
        bench.drive_to(truck, GONE_MM, 2);
        bench.run(10_000);
    }
    let shift_ms = u32::MAX - 9_000;
    let shifted: Vec<_> = straight
        .trace
        .iter()
        .map(|&(at_ms, on)| (at_ms.wrapping_add(shift_ms), on))
        .collect();
    assert_eq!(wrapping.trace, shifted);
    assert_eq!(wrapping.report().counters, straight.report().counters);
}

#[test]
fn a_clock_that_steps_back_is_held() {
    let mut bench = lowering();
    let before = bench.report();
    bench.controller.handle_timeout(bench.now_ms - 2_000);
    assert_eq!(bench.report(), before);
}
