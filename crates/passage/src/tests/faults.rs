//! Devices, disk, ledger and controller that fail under the lane.

use domain::actuation::RaiseReason;
use domain::event::{EventBody, LaneFault, PassageEnd};
use domain::gate::ArmState;
use ledger::query::LedgerUnavailable;

use super::Bench;

#[test]
fn an_arm_that_does_not_rise_is_commanded_twice_and_then_held() {
    let mut bench = Bench::at_rest();
    bench.arm_works = false;
    bench.stop_and_read();
    assert_eq!(bench.raises(), [RaiseReason::Release]);
    bench.run(13_000);
    assert_eq!(bench.raises().len(), 2);
    assert_eq!(bench.lane.view().step, "barrier");
    assert!(bench.story().contains(&"FaultArmNotRising".to_owned()));
    // Repaired: a person clears, with a record of its own.
    bench.arm_works = true;
    bench.clear(&[]);
    bench.run(300);
    bench.drive_off();
    assert_eq!(bench.ends(), [PassageEnd::Completed]);
    assert_eq!(bench.raises().last(), Some(&RaiseReason::Clearance));
}

#[test]
fn an_arm_that_does_not_come_down_is_told_and_holds_the_next() {
    let mut bench = Bench::at_rest();
    bench.stop_and_read();
    bench.run(300);
    bench.arm_works = false;
    bench.drive_off();
    bench.run(14_000);
    assert!(bench.story().contains(&"FaultArmNotLowering".to_owned()));
    bench.stop_and_read();
    bench.run(13_000);
    assert_eq!(bench.raises().len(), 1);
    bench.arm = ArmState::Down;
    bench.run(300);
    assert!(bench.story().contains(&"FixedArmNotLowering".to_owned()));
}

#[test]
fn nothing_is_released_that_cannot_be_recorded() {
    let mut bench = Bench::at_rest();
    bench.disk_works = false;
    bench.stop_and_read();
    bench.run(9_000);
    assert_eq!((bench.raises().len(), bench.durable.len()), (0, 0));
    assert_eq!(bench.lane.view().step, "unrecorded");
    bench.disk_works = true;
    bench.run(5_000);
    assert_eq!(bench.raises(), [RaiseReason::Release]);
    bench.drive_off();
    assert_eq!(bench.ends(), [PassageEnd::Completed]);
    assert_eq!(bench.lane.view().events_given_up, 0);
}

#[test]
fn a_device_that_is_lost_and_found_stands_in_the_journal_once_each() {
    use domain::device::DeviceState::{Live, Lost};
    let mut bench = Bench::at_rest();
    let live = bench.clean.evidence.devices[0].clone();
    for state in [Lost, Lost, Live, Live] {
        let mut status = live.clone();
        status.state = state;
        bench.feed(crate::port::Input::Device(status));
    }
    let states: Vec<_> = bench
        .events
        .iter()
        .filter_map(|event| {
            let EventBody::DeviceChanged(status) = &event.body else {
                return None;
            };
            Some((status.device.clone(), status.state))
        })
        .collect();
    assert_eq!(states, [(live.device.clone(), Lost), (live.device, Live)]);
}

#[test]
fn a_record_that_comes_too_late_opens_nothing() {
    let mut bench = Bench::at_rest();
    bench.disk_waits = true;
    bench.stop_and_read();
    bench.run(4_500);
    assert_eq!(bench.lane.view().step, "unrecorded");
    let late = std::mem::take(&mut bench.waiting);
    bench.durable.extend(&late);
    for record in late {
        bench.feed(crate::port::Input::Recorded { record });
    }
    assert_eq!(bench.raises(), []);
    bench.disk_waits = false;
    bench.run(3_000);
    assert_eq!(bench.raises(), [RaiseReason::Release]);
}

#[test]
fn a_silent_ledger_holds_and_an_answering_one_releases() {
    let cases: [(bool, Result<(), LedgerUnavailable>); 2] = [
        (false, Ok(())),
        (
            true,
            Err(LedgerUnavailable::Store {
                cause: "damaged".to_owned(),
            }),
        ),
    ];
    for (answers, facts) in cases {
        let mut bench = Bench::at_rest();
        let good = bench.facts.clone();
        bench.ledger_answers = answers;
        if let Err(cause) = facts {
            bench.facts = Err(cause);
        }
        bench.stop_and_read();
        bench.run(3_000);
        assert_eq!((bench.raises().len(), bench.lane.view().step), (0, "held"));
        bench.ledger_answers = true;
        bench.facts = good;
        bench.run(12_000);
        assert_eq!(
            bench.raises(),
            [RaiseReason::Release],
            "{:?}",
            bench.story()
        );
    }
}

#[test]
fn a_lost_controller_raises_nothing_and_ends_nothing() {
    let mut bench = Bench::at_rest();
    bench.arrive();
    bench.gate_answers = false;
    bench.run(2_500);
    bench.sight();
    bench.run(20_000);
    assert_eq!((bench.raises().len(), bench.ends().len()), (0, 0));
    assert!(!bench.lane.view().gate_answers);
    bench.gate_answers = true;
    bench.inputs.approach_loop = false;
    bench.platform_kg = 0;
    bench.run(3_000);
    assert_eq!(bench.ends(), [PassageEnd::ReversedOut]);
}

#[test]
fn a_controller_restart_sends_the_case_to_a_person() {
    let mut bench = Bench::at_rest();
    bench.arrive();
    bench.boot_id = 2;
    bench.run(200);
    bench.sight();
    bench.run(4_000);
    assert!(bench.story().contains(&"ControllerReset".to_owned()));
    assert_eq!((bench.raises().len(), bench.lane.view().step), (0, "held"));
}

#[test]
fn a_stuck_loop_is_told_once_and_holds() {
    let mut bench = Bench::at_rest();
    bench.faults.loop_stuck = true;
    bench.stop_and_read();
    assert_eq!(bench.raises(), []);
    let found = |bench: &Bench| {
        bench
            .story()
            .iter()
            .filter(|n| *n == "FaultLoopStuck")
            .count()
    };
    assert_eq!(found(&bench), 1);
    bench.faults.loop_stuck = false;
    bench.run(200);
    assert!(bench.story().contains(&"FixedLoopStuck".to_owned()));
    assert_eq!(bench.lane.view().faults, Vec::<LaneFault>::new());
}

#[test]
fn a_lane_loop_that_stays_on_for_long_is_told() {
    let mut bench = Bench::at_rest();
    bench.inputs.approach_loop = true;
    bench.run(1_801_000);
    let story = bench.story();
    assert_eq!(
        story
            .iter()
            .filter(|name| *name == "FaultLoopStuck")
            .count(),
        1
    );
}
