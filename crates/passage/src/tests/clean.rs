//! Vehicles with which nothing is wrong, and the modes of a lane.

use decision::fixture;
use domain::actuation::{Actuation, RaiseReason};
use domain::decision::Verdict;
use domain::event::{EventBody, PassageEnd};
use domain::operator::{Act, LaneMode};

use super::{Bench, config};

fn findings(bench: &Bench) -> String {
    let mut text = String::new();
    for event in &bench.events {
        if let EventBody::PassageDecided(record) = &event.body {
            for finding in record.decision.holds() {
                text.push_str(&format!("{finding:?}\n"));
            }
        }
    }
    text
}

#[test]
fn a_clean_vehicle_is_released_recorded_raised_and_gone() {
    let mut bench = Bench::at_rest();
    bench.stop_and_read();
    assert_eq!(
        bench.raises(),
        [RaiseReason::Release],
        "{}",
        findings(&bench)
    );
    bench.drive_off();
    assert_eq!(
        bench.story(),
        [
            "PassageOpened",
            "Release",
            "RaiseRelease",
            "ArmRaised",
            "Completed",
            "ArmLowered"
        ]
    );
    let Some(EventBody::PassageEnded {
        withdrawal,
        post_check,
        stage,
        ..
    }) = bench
        .events
        .iter()
        .map(|event| event.body.clone())
        .find(|body| matches!(body, EventBody::PassageEnded { .. }))
    else {
        unreachable!("the story has an end")
    };
    assert_eq!(withdrawal.map(|w| w.pass), Some(fixture::pass_number()));
    assert!(!post_check && stage.is_some());
    assert_eq!(
        bench.acts.last(),
        Some(&Actuation::Lights(domain::actuation::Lights::GreenApproach))
    );
    assert_eq!(bench.returned, 0);
}

#[test]
fn two_vehicles_in_a_row_have_a_passage_each() {
    let mut bench = Bench::at_rest();
    bench.stop_and_read();
    bench.drive_off();
    bench.stop_and_read();
    bench.drive_off();
    assert_eq!(bench.ends(), [PassageEnd::Completed, PassageEnd::Completed]);
    assert_eq!(bench.raises().len(), 2);
}

#[test]
fn the_next_vehicle_may_drive_up_while_the_one_before_leaves() {
    let mut bench = Bench::at_rest();
    bench.stop_and_read();
    bench.inputs.under_arm_loop = true;
    bench.run(2_000);
    bench.inputs.approach_loop = false;
    bench.platform_kg = 0;
    bench.inputs.exit_loop = true;
    bench.run(1_700);
    // Behind it the next one comes.
    bench.inputs.approach_loop = true;
    bench.inputs.under_arm_loop = false;
    bench.run(300);
    bench.inputs.exit_loop = false;
    bench.platform_kg = 39_700;
    bench.counters.through += 1;
    bench.run(2_000);
    assert_eq!(bench.ends(), [PassageEnd::Completed]);
    bench.run(1_000);
    bench.sight();
    bench.run(9_000);
    let verdicts: Vec<String> = bench.story();
    assert_eq!(
        verdicts
            .iter()
            .filter(|name| *name == "PassageOpened")
            .count(),
        2
    );
    assert_eq!(
        bench.raises().len(),
        2,
        "{verdicts:?}\n{}",
        findings(&bench)
    );
}

#[test]
fn a_gap_between_tractor_and_trailer_is_one_vehicle() {
    let mut bench = Bench::at_rest();
    bench.stop_and_read();
    bench.inputs.under_arm_loop = true;
    bench.run(800);
    // Between the axles neither loop nor beam sees anything for a second.
    bench.inputs.under_arm_loop = false;
    bench.inputs.approach_loop = false;
    bench.run(1_000);
    bench.inputs.approach_loop = true;
    bench.run(300);
    assert_eq!(bench.ends(), []);
    bench.drive_off();
    assert_eq!(bench.ends(), [PassageEnd::Completed]);
    assert_eq!(
        bench
            .story()
            .iter()
            .filter(|name| *name == "PassageOpened")
            .count(),
        1
    );
}

#[test]
fn shadow_decides_and_touches_nothing() {
    let mut config = config();
    config.mode = LaneMode::Shadow;
    let mut bench = Bench::new(config);
    bench.run(1_000);
    bench.stop_and_read();
    bench.drive_off();
    assert_eq!(bench.acts, []);
    assert_eq!(bench.story(), ["PassageOpened", "Release", "Observed"]);
    assert_eq!(bench.returned, 1);
}

#[test]
fn advisory_waits_for_a_yes() {
    let mut config = config();
    config.mode = LaneMode::Advisory;
    let mut bench = Bench::new(config);
    bench.run(1_000);
    bench.stop_and_read();
    assert_eq!(bench.raises(), []);
    assert_eq!(bench.lane.view().verdict, Some(Verdict::Release));
    bench.act(Act::Confirm);
    assert_eq!(bench.raises(), [RaiseReason::Clearance]);
    bench.run(200);
    bench.drive_off();
    assert_eq!(bench.ends(), [PassageEnd::Completed]);
}

#[test]
fn a_closed_lane_holds_everybody_until_it_is_opened() {
    let mut config = config();
    config.mode = LaneMode::Closed;
    let mut bench = Bench::new(config);
    bench.run(1_000);
    bench.stop_and_read();
    bench.clear(&domain::policy::RuleId::ALL);
    bench.act(Act::Confirm);
    assert_eq!(bench.raises(), []);
    bench.act(Act::SetMode(LaneMode::Live));
    bench.run(200);
    assert_eq!(bench.raises(), [RaiseReason::Release]);
}
