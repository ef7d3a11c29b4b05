//! What the arm's mechanics can do wrong.

use gate_protocol::{ArmState, Configuration, Fault, Input, Mode, Output, Refusal, Side, Verb};

use crate::bench::{Bench, LORRY, WAITING_MM};
use crate::plant::{Condition, FULL_TRAVEL};

#[test]
fn each_breakage_while_raising_ends_in_its_fault_and_no_motion() {
    let cases = [
        (Condition::Jammed, Fault::ArmNotMoving),
        (Condition::UpLimitOpen, Fault::RaiseOverrun),
        (Condition::DownLimitShorted, Fault::ArmNotMoving),
        (Condition::BrokenOff, Fault::RaiseOverrun),
        (Condition::UpLimitShorted, Fault::LimitsConflict),
    ];
    for (condition, fault) in cases {
        let mut bench = Bench::new();
        bench.raise();
        bench.break_arm(condition);
        bench.run(10_000);
        let report = bench.report();
        assert!(report.faults.has(fault), "{condition:?}: {report:?}");
        assert!(
            !bench.has(Output::ArmUp) && !bench.has(Output::ArmDown),
            "{condition:?}"
        );
        assert!(!bench.has(Output::EntryGreen));
        let again = bench.command(Verb::Raise { from: Side::Entry });
        assert_eq!(again, Err(Refusal::ArmFault), "{condition:?}");
        bench.break_arm(Condition::Sound);
        bench.run(1_000);
        bench.command(Verb::Acknowledge).expect("always heard");
        bench.trace.clear();
        bench.run(5_000);
        assert!(
            !bench.ever(Output::ArmUp) && !bench.ever(Output::ArmDown),
            "no motion by itself"
        );
        bench.open();
    }
}

#[test]
fn each_breakage_while_lowering_ends_in_its_fault_and_no_motion() {
    let cases = [
        (Condition::Jammed, Fault::ArmNotMoving),
        (Condition::DownLimitOpen, Fault::LowerOverrun),
        (Condition::DownLimitShorted, Fault::LimitsConflict),
    ];
    for (condition, fault) in cases {
        let mut bench = Bench::new();
        bench.open();
        bench.break_arm(condition);
        // A short shows at once; the others only when the arm is driven.
        let _ = bench.command(Verb::Lower);
        bench.run(12_000);
        let report = bench.report();
        assert!(report.faults.has(fault), "{condition:?}: {report:?}");
        assert!(
            !bench.has(Output::ArmUp) && !bench.has(Output::ArmDown),
            "{condition:?}"
        );
    }
}

#[test]
fn an_arm_moved_by_nobody_is_forced_and_one_moved_by_hand_is_not() {
    let mut bench = Bench::new();
    bench.plant.force_to(FULL_TRAVEL / 2);
    bench.run(1_000);
    assert!(bench.report().faults.has(Fault::ArmForced));
    assert_eq!(bench.report().counters.forced, 1);
    assert!(bench.has(Output::Siren));

    let mut bench = Bench::new();
    bench.open();
    bench.plant.force_to(FULL_TRAVEL / 2);
    bench.run(1_000);
    assert!(bench.report().faults.has(Fault::ArmSank));
    assert!(
        bench.has(Output::EntryRed),
        "an arm that is not up has no green"
    );

    let mut bench = Bench::new();
    bench.set(Input::HandKey, true);
    bench.run(1_000);
    bench.plant.force_to(FULL_TRAVEL);
    bench.run(2_000);
    let report = bench.report();
    assert!(report.faults.is_empty());
    assert_eq!((report.counters.hand_raises, report.arm), (1, ArmState::Up));
    assert_eq!(report.mode, Mode::HandKey);
}

#[test]
fn a_limit_that_bounces_is_no_fault() {
    let mut bench = Bench::new();
    bench.open();
    bench.plant.force_to(FULL_TRAVEL / 10 * 9);
    bench.run(250);
    bench.plant.force_to(FULL_TRAVEL);
    bench.run(1_000);
    assert!(bench.report().faults.is_empty());
    assert_eq!(bench.report().arm, ArmState::Up);
}

#[test]
fn the_hand_key_takes_the_arm_and_gives_it_back_still() {
    let mut bench = Bench::new();
    bench.raise();
    bench.run(1_000);
    bench.set(Input::HandKey, true);
    bench.run(100);
    assert!(!bench.has(Output::ArmUp));
    assert_eq!(
        bench.command(Verb::Raise { from: Side::Entry }),
        Err(Refusal::HandKey)
    );
    assert_eq!(bench.command(Verb::Lower), Err(Refusal::HandKey));
    bench.trace.clear();
    bench.set(Input::HandKey, false);
    bench.run(20_000);
    assert!(!bench.ever(Output::ArmUp) && !bench.ever(Output::ArmDown));
    bench
        .command(Verb::Lower)
        .expect("the gateway has it again");
    bench.run(6_000);
    assert_eq!(bench.report().arm, ArmState::Down);
}

#[test]
fn mains_cut_in_mid_motion_starts_nothing_when_it_returns() {
    for lowering in [false, true] {
        let mut bench = Bench::new();
        if lowering {
            bench.open();
            bench.command(Verb::Lower).expect("free");
            bench.run(2_500);
            assert!(bench.has(Output::ArmDown));
        } else {
            bench.raise();
            bench.run(1_000);
        }
        bench.set(Input::MainsOk, false);
        bench.run(100);
        assert_eq!(bench.command(Verb::Lower), Err(Refusal::MainsLost));
        bench.trace.clear();
        bench.run(5_000);
        bench.set(Input::MainsOk, true);
        bench.run(30_000);
        assert!(!bench.ever(Output::ArmUp) && !bench.ever(Output::ArmDown));
        assert_eq!(bench.report().arm, ArmState::Stopped);
    }
}

#[test]
fn the_fire_alarm_opens_and_holds_open_where_it_is_told_to() {
    let mut bench = Bench::new();
    bench.gateway_alive = false;
    bench.run(2_000);
    bench.set(Input::FireAlarm, true);
    bench.run(4_000);
    assert_eq!(
        (bench.report().arm, bench.report().mode),
        (ArmState::Up, Mode::Fire)
    );
    assert!(bench.has(Output::EntryRed), "open is not released");
    bench.gateway_alive = true;
    bench.run(100);
    assert_eq!(bench.command(Verb::Lower), Err(Refusal::FireAlarm));
    bench.set(Input::FireAlarm, false);
    bench.run(20_000);
    assert_eq!(
        bench.report().arm,
        ArmState::Up,
        "somebody decides when to close"
    );

    let configuration = Configuration {
        fire_opens: false,
        ..Configuration::default()
    };
    let mut bench = Bench::with(configuration);
    bench.set(Input::FireAlarm, true);
    bench.run(4_000);
    assert_eq!(bench.report().arm, ArmState::Down);
    assert!(bench.report().faults.has(Fault::FireAlarm));
}

#[test]
fn stop_wins_over_fire_and_over_what_was_due() {
    let mut bench = Bench::new();
    let truck = bench.arrive(LORRY, WAITING_MM);
    bench.open();
    bench.drive_to(truck, 8_000, 2);
    bench.command(Verb::Stop).expect("always heard");
    assert!(bench.has(Output::ArmStop));
    bench.trace.clear();
    bench.drive_to(truck, crate::bench::GONE_MM, 2);
    bench.run(20_000);
    assert!(
        !bench.ever(Output::ArmDown),
        "the automatic lowering is stopped, too"
    );

    let mut bench = Bench::new();
    bench.set(Input::FireAlarm, true);
    bench.run(1_000);
    assert!(bench.has(Output::ArmUp));
    bench.command(Verb::Stop).expect("always heard");
    bench.trace.clear();
    bench.run(10_000);
    assert!(!bench.ever(Output::ArmUp));
    bench.set(Input::FireAlarm, false);
    bench.run(1_000);
    bench.set(Input::FireAlarm, true);
    bench.run(5_000);
    assert_eq!(
        bench.report().arm,
        ArmState::Up,
        "a new alarm is a new demand"
    );
}
