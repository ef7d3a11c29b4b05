//! Vehicles that do what they should not, and arms that do.

use domain::actuation::RaiseReason;
use domain::event::{Breach, PassageEnd};
use domain::gate::ArmState;
use domain::gate_pass::Stage;
use domain::operator::Act;

use super::{Bench, config};
use crate::port::{Input, OpenPassage};

#[test]
fn a_vehicle_that_reverses_out_ends_without_release() {
    let mut bench = Bench::at_rest();
    bench.arrive();
    bench.back_out();
    assert_eq!(bench.story(), ["PassageOpened", "ReversedOut"]);
    assert_eq!((bench.raises().len(), bench.returned), (0, 1));
}

#[test]
fn a_released_vehicle_that_reverses_out_gives_its_pass_back() {
    let mut bench = Bench::at_rest();
    bench.stop_and_read();
    bench.back_out();
    assert_eq!(bench.ends(), [PassageEnd::ReversedOut]);
    assert_eq!((bench.arm, bench.returned), (ArmState::Down, 1));
}

#[test]
fn a_run_through_is_a_breach_and_a_detained_passage() {
    let mut bench = Bench::at_rest();
    bench.facts = Err(ledger::query::LedgerUnavailable::Stalled { timeout_ms: 1 });
    bench.stop_and_read();
    assert_eq!(bench.raises(), []);
    bench.drive_off();
    assert_eq!(bench.ends(), [PassageEnd::RunThrough]);
    assert_eq!(bench.breaches(), [Breach::RunThrough]);
}

#[test]
fn a_run_through_before_any_decision_is_decided_afterwards() {
    let mut bench = Bench::at_rest();
    bench.inputs.approach_loop = true;
    bench.run(500);
    bench.drive_off();
    let detained = bench
        .decisions()
        .iter()
        .any(|record| record.evidence.integrity.run_through);
    assert!(detained, "{:?}", bench.story());
    assert_eq!(
        bench.story(),
        ["PassageOpened", "BreachRunThrough", "Detain", "RunThrough"]
    );
}

#[test]
fn a_follower_under_the_raised_arm_has_its_own_detained_passage() {
    let mut bench = Bench::at_rest();
    bench.stop_and_read();
    bench.inputs.under_arm_loop = true;
    bench.run(1_000);
    bench.counters.tail_following += 1;
    bench.run(200);
    bench.drive_off();
    assert_eq!(bench.breaches(), [Breach::TailFollowing]);
    assert_eq!(
        bench.ends(),
        [PassageEnd::Completed, PassageEnd::RunThrough]
    );
    let story = bench.story();
    assert!(story.contains(&"Detain".to_owned()), "{story:?}");
    assert_eq!(bench.raises().len(), 1);
}

#[test]
fn an_arm_up_without_a_decision_is_a_breach_and_holds() {
    let mut bench = Bench::at_rest();
    bench.arm_works = false;
    bench.arm = ArmState::Up;
    bench.run(300);
    assert_eq!(bench.breaches(), [Breach::ArmUpWithoutDecision]);
    bench.stop_and_read();
    assert_eq!(bench.raises(), []);
    assert_eq!(bench.lane.view().step, "held");
}

#[test]
fn hand_key_and_forced_arm_are_breaches_once() {
    let mut bench = Bench::at_rest();
    bench.inputs.hand_key = true;
    bench.run(300);
    bench.arm = ArmState::Up;
    bench.run(300);
    bench.inputs.hand_key = false;
    bench.arm = ArmState::Down;
    bench.run(300);
    assert_eq!(bench.breaches(), [Breach::HandKey]);
    bench.counters.forced += 1;
    bench.run(300);
    assert_eq!(bench.breaches(), [Breach::HandKey, Breach::ArmForced]);
}

#[test]
fn a_power_cut_in_the_lane_never_raises_for_an_old_record() {
    for (released, raised) in [(None, false), (Some(None), false), (Some(None), true)] {
        let mut bench = Bench::new(config());
        let open = OpenPassage {
            passage: decision::fixture::passage_id(),
            opened_at: decision::fixture::now_minus(120),
            released,
            raised,
            attempts: 1,
        };
        bench.lane.resume(open, bench.now());
        bench.inputs.approach_loop = true;
        bench.platform_kg = 39_700;
        bench.run(500);
        bench.sight();
        bench.run(9_000);
        assert_eq!(bench.raises(), []);
        assert_eq!(bench.lane.view().step, "held");
        bench.clear(&domain::policy::RuleId::ALL);
        assert_eq!(bench.raises(), [RaiseReason::Clearance]);
        bench.run(300);
        bench.drive_off();
        assert_eq!(bench.ends(), [PassageEnd::Completed]);
        assert!(!bench.story().contains(&"PassageOpened".to_owned()));
    }
}

#[test]
fn a_passage_found_gone_after_a_power_cut_ends_by_what_was_recorded() {
    let cases = [
        (None, false, PassageEnd::Vanished),
        (Some(None), false, PassageEnd::Completed),
        (Some(None), true, PassageEnd::Completed),
        (None, true, PassageEnd::ToBay),
    ];
    for (released, raised, end) in cases {
        let mut bench = Bench::new(config());
        let open = OpenPassage {
            passage: decision::fixture::passage_id(),
            opened_at: decision::fixture::now_minus(120),
            released,
            raised,
            attempts: 1,
        };
        bench.lane.resume(open, bench.now());
        bench.run(300);
        assert_eq!(bench.ends(), [end]);
        assert_eq!(bench.raises(), []);
    }
}

#[test]
fn a_vehicle_found_at_start_is_decided_by_a_person() {
    let mut bench = Bench::new(config());
    bench.inputs.approach_loop = true;
    bench.run(300);
    bench.sight();
    bench.run(9_000);
    assert_eq!(bench.raises(), []);
    assert_eq!(bench.lane.view().step, "held");
}

#[test]
fn new_rows_and_excused_stages_are_asked_for_again() {
    let mut bench = Bench::at_rest();
    let facts = bench.clean.facts.clone();
    let mut none = facts.clone();
    none.pass = domain::facts::PassFact::None;
    bench.facts = Ok(none);
    bench.stop_and_read();
    assert_eq!(bench.raises(), []);
    bench.facts = Ok(facts);
    bench.feed(Input::LedgerAdvanced);
    bench.run(11_000);
    assert_eq!(
        bench.raises(),
        [RaiseReason::Release],
        "{:?}",
        bench.story()
    );
    let asks = bench.asks;
    bench.feed(Input::StageExcused(Stage::Scan));
    assert_eq!(bench.asks, asks, "a released vehicle is not decided again");
    bench.act(Act::Acknowledge);
    assert!(bench.lane.view().refusal.is_some());
}
