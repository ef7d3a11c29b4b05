//! Who drives through, in which order, and what a release is worth.

use gate_protocol::{
    ArmState, Configuration, Counters, Fault, Input, Inputs, Output, Refusal, Side, StatusBit, Verb,
};

use crate::bench::{Bench, CAR, GONE_MM, LORRY, ROAD_TRAIN, Truck, WAITING_MM};
use crate::plant::{Condition, FULL_TRAVEL};

fn counts(counters: &Counters) -> [u32; 6] {
    [
        counters.vehicles_in,
        counters.vehicles_out,
        counters.tail_following,
        counters.run_through,
        counters.reversed_out,
        counters.ambiguous,
    ]
}

#[test]
fn a_released_vehicle_passes_once_and_the_arm_comes_down_behind_it() {
    for units_mm in [CAR, LORRY, ROAD_TRAIN] {
        for speed in [1, 3, 8] {
            let mut bench = Bench::new();
            let truck = bench.arrive(units_mm, WAITING_MM);
            assert!(bench.has(Output::EntryRed));
            bench.open();
            assert!(bench.has(Output::EntryGreen) && bench.has(Output::ExitRed));
            bench.trace.clear();
            bench.drive_to(truck, 5_500, 1);
            assert!(
                bench.has(Output::EntryRed),
                "red as soon as the release is spent"
            );
            bench.drive_to(truck, GONE_MM, speed);
            bench.run(10_000);
            assert_eq!(bench.report().arm, ArmState::Down);
            assert_eq!(
                counts(&bench.report().counters),
                [1, 0, 0, 0, 0, 0],
                "{units_mm:?}"
            );
            assert!(bench.report().faults.is_empty());
        }
    }
}

#[test]
fn a_road_train_stopped_with_its_gap_under_the_arm_is_one_vehicle() {
    let mut bench = Bench::new();
    let truck = bench.arrive(ROAD_TRAIN, WAITING_MM);
    bench.open();
    // Gap from 4,000 to 6,000 mm behind: all of the arm line is free, the tractor is on the exit loop.
    bench.drive_to(truck, 13_000, 2);
    bench.trace.clear();
    bench.run(60_000);
    assert_eq!(bench.report().inputs.and(Inputs::ZONE).bits(), 0);
    assert!(!bench.ever(Output::ArmDown) && !bench.ever(Output::Siren));
    assert_eq!(bench.command(Verb::Lower), Err(Refusal::ZoneOccupied));
    bench.drive_to(truck, GONE_MM, 2);
    bench.run(10_000);
    assert_eq!(counts(&bench.report().counters), [1, 0, 0, 0, 0, 0]);
    assert_eq!(bench.report().arm, ArmState::Down);
}

#[test]
fn a_second_vehicle_under_the_held_open_arm_is_tail_following() {
    for gap_mm in [4_000, 9_000] {
        let mut bench = Bench::new();
        let first = bench.arrive(LORRY, WAITING_MM);
        bench.open();
        let second = bench.arrive(CAR, WAITING_MM - 12_000 - gap_mm);
        for _ in 0..6_000 {
            bench.trucks[first].front_mm += 10;
            bench.trucks[second].front_mm += 10;
            bench.step(5);
        }
        bench.run(15_000);
        let report = bench.report();
        assert_eq!(counts(&report.counters), [2, 0, 1, 0, 0, 0], "{gap_mm}");
        assert!(report.faults.has(Fault::TailFollowing));
        assert!(bench.ever(Output::Siren));
        assert_eq!(report.arm, ArmState::Down);
        bench.command(Verb::Acknowledge).expect("always heard");
        assert!(bench.report().faults.is_empty());
    }
}

#[test]
fn a_vehicle_that_backs_out_ends_its_release_without_a_count() {
    let mut bench = Bench::new();
    let truck = bench.arrive(LORRY, WAITING_MM);
    bench.open();
    bench.drive_to(truck, 9_000, 2);
    bench.drive_to(truck, WAITING_MM, 2);
    bench.run(10_000);
    assert_eq!(counts(&bench.report().counters), [0, 0, 0, 0, 1, 0]);
    assert_eq!(bench.report().arm, ArmState::Down);
    assert!(!bench.report().status.has(StatusBit::ReleaseOpen));
}

#[test]
fn direction_follows_loop_order() {
    let mut bench = Bench::new();
    bench.trucks.push(Truck {
        front_mm: 21_000,
        units_mm: LORRY,
    });
    bench.run(200);
    bench
        .command(Verb::Raise { from: Side::Exit })
        .expect("free");
    bench.run(3_200);
    assert!(bench.has(Output::ExitGreen) && bench.has(Output::EntryRed));
    bench.drive_to(0, -1_000, 2);
    bench.run(10_000);
    assert_eq!(counts(&bench.report().counters), [0, 1, 0, 0, 0, 0]);
    assert_eq!(bench.report().arm, ArmState::Down);
}

#[test]
fn a_vehicle_against_the_traffic_spends_the_release_and_is_a_breach() {
    let mut bench = Bench::new();
    bench.open();
    bench.trucks.push(Truck {
        front_mm: 21_000,
        units_mm: LORRY,
    });
    bench.run(200);
    bench.drive_to(0, -1_000, 2);
    bench.run(10_000);
    let report = bench.report();
    assert_eq!(counts(&report.counters), [0, 1, 0, 1, 0, 0]);
    assert!(report.faults.has(Fault::RunThrough));
    assert_eq!(report.arm, ArmState::Down);
}

#[test]
fn running_through_the_closed_arm_is_a_breach_with_siren() {
    let mut bench = Bench::new();
    let truck = bench.arrive(CAR, WAITING_MM);
    bench.drive_to(truck, 5_000, 5);
    bench.break_arm(Condition::BrokenOff);
    bench.drive_to(truck, GONE_MM, 5);
    bench.run(2_000);
    let report = bench.report();
    assert_eq!(counts(&report.counters), [1, 0, 0, 1, 0, 0]);
    assert_eq!(report.counters.forced, 1);
    assert!(report.faults.has(Fault::RunThrough) && report.faults.has(Fault::ArmForced));
    assert!(bench.has(Output::Siren));
    bench.run(15_000);
    assert!(!bench.has(Output::Siren), "the alarm has an end");
    assert_eq!(
        bench.command(Verb::Raise { from: Side::Entry }),
        Err(Refusal::ArmFault)
    );
}

#[test]
fn a_person_in_the_beam_spends_nothing() {
    let mut bench = Bench::new();
    let truck = bench.arrive(LORRY, WAITING_MM);
    bench.open();
    bench.set(Input::Beam1, true);
    bench.run(700);
    bench.set(Input::Beam1, false);
    bench.run(300);
    assert!(bench.report().status.has(StatusBit::ReleaseOpen));
    bench.drive_to(truck, GONE_MM, 3);
    bench.run(10_000);
    assert_eq!(counts(&bench.report().counters), [1, 0, 0, 0, 0, 0]);
    assert!(bench.report().faults.is_empty());
}

#[test]
fn a_nose_on_the_loop_before_the_closed_arm_gets_one_release() {
    let mut bench = Bench::new();
    let truck = bench.arrive(LORRY, 4_300);
    bench.run(5_000);
    assert_eq!(
        bench.command(Verb::Raise { from: Side::Exit }),
        Err(Refusal::ZoneOccupied),
        "not the vehicle meant"
    );
    bench.open();
    assert!(bench.has(Output::EntryGreen), "the driver needs his green");
    bench.drive_to(truck, 9_000, 2);
    assert!(bench.has(Output::EntryRed));
    bench.drive_to(truck, GONE_MM, 2);
    bench.run(10_000);
    assert_eq!(counts(&bench.report().counters), [1, 0, 0, 0, 0, 0]);
    assert_eq!(bench.report().arm, ArmState::Down);
}

#[test]
fn the_next_vehicle_needs_its_own_release_and_may_have_it_while_the_arm_is_up() {
    let mut bench = Bench::new();
    let first = bench.arrive(LORRY, WAITING_MM);
    bench.open();
    bench.drive_to(first, 8_500, 2);
    let refused = bench.command(Verb::Raise { from: Side::Entry });
    assert_eq!(refused, Err(Refusal::ZoneOccupied));
    bench.drive_to(first, 19_000, 2);
    let second = bench.arrive(LORRY, WAITING_MM);
    bench.raise();
    bench.run(100);
    assert!(bench.has(Output::EntryGreen), "the arm is still up");
    bench.drive_to(first, GONE_MM, 4);
    bench.drive_to(second, GONE_MM, 4);
    bench.run(10_000);
    assert_eq!(counts(&bench.report().counters), [2, 0, 0, 0, 0, 0]);
    assert!(bench.report().faults.is_empty());
}

#[test]
fn an_unused_release_ends() {
    let configuration = Configuration {
        release_limit_s: 10,
        ..Configuration::default()
    };
    let mut bench = Bench::with(configuration);
    bench.open();
    assert_eq!(
        bench.command(Verb::Raise { from: Side::Entry }),
        Err(Refusal::ReleaseOpen)
    );
    bench.run(15_000);
    assert_eq!(bench.report().arm, ArmState::Down);
    assert!(!bench.report().status.has(StatusBit::ReleaseOpen));
}

#[test]
fn a_truck_under_the_arm_at_power_up_is_found_and_kept_safe() {
    let mut bench = Bench::cold(Configuration::default(), 0);
    bench.plant.force_to(FULL_TRAVEL);
    let truck = bench.arrive(LORRY, 8_000);
    bench.run(60_000);
    assert_eq!(bench.report().arm, ArmState::Up);
    assert!(!bench.ever(Output::ArmUp) && !bench.ever(Output::ArmDown));
    assert!(bench.report().status.has(StatusBit::PassageOpen));
    bench.raise();
    bench.run(100);
    bench.drive_to(truck, GONE_MM, 2);
    bench.run(10_000);
    assert_eq!(counts(&bench.report().counters), [1, 0, 0, 0, 0, 0]);
    assert_eq!(bench.report().arm, ArmState::Down);
}

#[test]
fn a_dead_sensor_still_spends_releases_and_is_found_out() {
    let cases = [
        (Input::UnderArmLoop, Fault::UnderArmLoopSilent),
        (Input::Beam1, Fault::Beam1Silent),
        (Input::Beam2, Fault::Beam2Silent),
    ];
    for (dead, fault) in cases {
        let mut bench = Bench::new();
        bench.dead = Inputs::NONE.with(dead);
        for _ in 0..2 {
            let truck = bench.arrive(LORRY, WAITING_MM);
            bench.open();
            bench.drive_to(truck, GONE_MM, 2);
            bench.run(10_000);
        }
        let report = bench.report();
        assert_eq!(counts(&report.counters), [2, 0, 0, 0, 0, 0], "{dead:?}");
        assert!(report.faults.has(fault));
        assert_eq!(
            report.arm,
            ArmState::Up,
            "no lowering with a faulted sensor"
        );
        assert_eq!(bench.command(Verb::Lower), Err(Refusal::SensorFault));
        bench.command(Verb::Acknowledge).expect("always heard");
        bench.command(Verb::Lower).expect("acknowledged");
        bench.run(6_000);
        assert_eq!(bench.report().arm, ArmState::Down);
    }
}
