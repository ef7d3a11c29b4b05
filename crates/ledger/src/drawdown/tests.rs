use domain::event::{Event, EventBody, PassageEnd};
use domain::facts::PassUse;
use domain::gate_pass::{Direction, GatePass, Stage};
use domain::id::DirectiveId;
use domain::mass::Mass;
use proptest::prelude::*;

use super::*;
use crate::query::withdrawal_of;
use crate::sample::events::{cleared, decided, ended, event, lane, passage};
use crate::sample::{self, at, goods, plate};

const ENDS: [PassageEnd; 7] = [
    PassageEnd::Completed,
    PassageEnd::ToBay,
    PassageEnd::ReversedOut,
    PassageEnd::RunThrough,
    PassageEnd::EndedByPerson,
    PassageEnd::Vanished,
    PassageEnd::Observed,
];

fn reserve(state: &mut DrawDown, pass: &GatePass, n: u32) -> Result<PassUse, ReserveError> {
    state.reserve(
        &pass.number,
        &passage(n),
        &lane("L1"),
        withdrawal_of(pass).shares,
    )
}

fn drawn_kg(state: &DrawDown) -> i64 {
    state.drawn_by_others(&goods("B1"), &passage(999)).0.kg()
}

#[test]
fn a_pass_goes_to_the_first_lane_that_asks() {
    let pass = sample::pass("H1", "粤B12345", 400);
    let mut state = DrawDown::new();
    assert_eq!(reserve(&mut state, &pass, 1), Ok(PassUse::ReservedHere));
    assert_eq!(reserve(&mut state, &pass, 1), Ok(PassUse::ReservedHere));
    let elsewhere = PassUse::ReservedElsewhere {
        lane: lane("L1"),
        passage: passage(1),
    };
    assert_eq!(reserve(&mut state, &pass, 2), Ok(elsewhere));
    assert_eq!(drawn_kg(&state), 400);
    assert_eq!(
        state.drawn_by_others(&goods("B1"), &passage(1)),
        (Mass::ZERO, 0)
    );
    state.return_reservation(&passage(1));
    assert_eq!(drawn_kg(&state), 0);
    assert_eq!(reserve(&mut state, &pass, 2), Ok(PassUse::ReservedHere));
}

#[test]
fn a_passage_that_asks_for_another_pass_returns_the_first() {
    let (first, second) = (
        sample::pass("H1", "粤B12345", 400),
        sample::pass("H2", "粤B12345", 50),
    );
    let mut state = DrawDown::new();
    reserve(&mut state, &first, 1).expect("free");
    reserve(&mut state, &second, 1).expect("free");
    assert_eq!(drawn_kg(&state), 50);
    assert_eq!(state.pass_use(&first.number, &passage(2)), PassUse::Unused);
    state.observe(&decided(&passage(1), 1, &second, true));
    assert!(matches!(
        reserve(&mut state, &first, 1),
        Err(ReserveError::DrewAnother { .. })
    ));
}

#[test]
fn each_end_settles_the_pass_in_its_own_way() {
    let pass = sample::pass("H1", "粤B12345", 400);
    for end in ENDS {
        for states_withdrawal in [true, false] {
            let mut state = DrawDown::new();
            reserve(&mut state, &pass, 1).expect("free");
            state.observe(&decided(&passage(1), 1, &pass, true));
            state.return_reservation(&passage(1));
            assert_eq!(drawn_kg(&state), 400, "a durable draw outlives the return");
            let stated = states_withdrawal.then(|| withdrawal_of(&pass));
            state.observe(&ended(&passage(1), 9, end, stated, None));
            let expected = match end {
                PassageEnd::Completed => (
                    400,
                    PassUse::Used {
                        passage: passage(1),
                        at: at(9),
                    },
                ),
                PassageEnd::Vanished | PassageEnd::RunThrough => (
                    400,
                    PassUse::ReservedElsewhere {
                        lane: lane("L1"),
                        passage: passage(1),
                    },
                ),
                PassageEnd::ToBay
                | PassageEnd::ReversedOut
                | PassageEnd::EndedByPerson
                | PassageEnd::Observed => (0, PassUse::Unused),
            };
            let seen = (drawn_kg(&state), state.pass_use(&pass.number, &passage(2)));
            assert_eq!(seen, expected, "{end:?}");
            assert!(reserve(&mut state, &pass, 1).is_err() || end == PassageEnd::Completed);
        }
    }
}

#[test]
fn a_clearance_takes_over_what_a_vanished_vehicle_left() {
    let pass = sample::pass("H1", "粤B12345", 400);
    let mut state = DrawDown::new();
    state.observe(&decided(&passage(1), 1, &pass, true));
    state.observe(&ended(&passage(1), 2, PassageEnd::Vanished, None, None));
    state.observe(&decided(&passage(2), 3, &pass, false));
    state.observe(&cleared(&passage(2), 4, &pass));
    assert_eq!(drawn_kg(&state), 400, "the goods are drawn once");
    state.observe(&ended(&passage(2), 5, PassageEnd::Completed, None, None));
    assert_eq!(drawn_kg(&state), 400);
    assert_eq!(
        state.pass_use(&pass.number, &passage(3)),
        PassUse::Used {
            passage: passage(2),
            at: at(5)
        }
    );
}

#[test]
fn a_withdrawn_release_keeps_the_pass_reserved_for_the_waiting_vehicle() {
    let pass = sample::pass("H1", "粤B12345", 400);
    let mut state = DrawDown::new();
    state.observe(&decided(&passage(1), 1, &pass, true));
    let directive = DirectiveId::parse("X1").expect("an id");
    state.observe(&event(
        &passage(1),
        2,
        EventBody::ReleaseWithdrawn { directive },
    ));
    assert!(state.drawn_by(&passage(1)).is_none());
    assert!(matches!(
        reserve(&mut state, &pass, 2),
        Ok(PassUse::ReservedElsewhere { .. })
    ));
    state.observe(&ended(&passage(1), 3, PassageEnd::ToBay, None, None));
    assert_eq!(reserve(&mut state, &pass, 2), Ok(PassUse::ReservedHere));
}

#[test]
fn a_hold_in_the_journal_reserves_again_after_a_restart() {
    let pass = sample::pass("H1", "粤B12345", 400);
    let mut state = DrawDown::new();
    state.observe(&decided(&passage(1), 1, &pass, false));
    assert!(matches!(
        reserve(&mut state, &pass, 2),
        Ok(PassUse::ReservedElsewhere { .. })
    ));
    assert_eq!(reserve(&mut state, &pass, 1), Ok(PassUse::ReservedHere));
}

#[test]
fn a_negative_share_gives_nothing_back() {
    let (mut pass, other) = (
        sample::pass("H1", "粤B1", 0),
        sample::pass("H2", "粤B2", 70),
    );
    pass.consignments[0].gross = Mass::from_kg(-1_000);
    let mut state = DrawDown::new();
    reserve(&mut state, &pass, 1).expect("free");
    reserve(&mut state, &other, 2).expect("free");
    assert_eq!(drawn_kg(&state), 70);
}

#[test]
fn reservations_are_bounded() {
    let mut state = DrawDown::new();
    let limit = u32::try_from(HOLDINGS_MAX).expect("small");
    for n in 0..limit {
        reserve(&mut state, &sample::pass(&format!("H{n}"), "粤B1", 1), n).expect("room");
    }
    let one_more = sample::pass("HX", "粤B1", 1);
    assert_eq!(
        reserve(&mut state, &one_more, limit),
        Err(ReserveError::TooMany {
            limit: HOLDINGS_MAX
        })
    );
}

fn stage_reported(stage: Stage, done_s: i64) -> Event {
    let body = EventBody::VisitStageReported {
        plate: plate("粤B12345"),
        stage,
        done_at: at(done_s),
    };
    Event {
        passage: None,
        ..event(&passage(0), done_s, body)
    }
}

#[test]
fn visits_run_from_entry_to_exit_and_late_reports_count_for_nothing() {
    let own = [plate("粤B12345")];
    let entry = sample::pass("H1", "粤B12345", 1);
    let exit = GatePass {
        direction: Direction::Exit,
        ..sample::pass("H2", "粤B12345", 1)
    };
    let mut state = DrawDown::new();
    state.observe(&stage_reported(Stage::Scan, 5));
    assert_eq!(state.visit(&own).stages_done, [Stage::Scan]);
    state.observe(&decided(&passage(1), 9, &entry, true));
    state.observe(&ended(
        &passage(1),
        10,
        PassageEnd::Completed,
        None,
        Some(Stage::Entry),
    ));
    assert_eq!(state.visit(&own).entered, Some((passage(1), at(10))));
    assert_eq!(
        state.visit(&own).stages_done,
        [Stage::Entry],
        "the scan was of an earlier visit"
    );
    state.observe(&stage_reported(Stage::Weigh, 8));
    state.observe(&stage_reported(Stage::Entry, 7));
    state.observe(&stage_reported(Stage::Inspection, 12));
    assert_eq!(
        state.visit(&own).stages_done,
        [Stage::Entry, Stage::Inspection]
    );
    state.observe(&decided(&passage(2), 20, &exit, true));
    state.observe(&ended(&passage(2), 21, PassageEnd::ReversedOut, None, None));
    assert!(state.visit(&own).entered.is_some(), "it is still inside");
    state.observe(&decided(&passage(3), 22, &exit, true));
    state.observe(&ended(&passage(3), 23, PassageEnd::Completed, None, None));
    state.observe(&stage_reported(Stage::Scan, 15));
    state.observe(&stage_reported(Stage::Entry, 15));
    assert_eq!(state.visit(&own), VisitFact::default());
    state.observe(&stage_reported(Stage::Entry, 30));
    assert_eq!(state.visit(&own).entered.map(|(_, at)| at), Some(at(30)));
}

#[test]
fn a_vehicle_that_ran_through_has_not_entered() {
    let entry = sample::pass("H1", "粤B12345", 1);
    let mut state = DrawDown::new();
    state.observe(&decided(&passage(1), 1, &entry, true));
    state.observe(&ended(
        &passage(1),
        2,
        PassageEnd::RunThrough,
        None,
        Some(Stage::Entry),
    ));
    assert_eq!(state.visit(&[plate("粤B12345")]), VisitFact::default());
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Ask,
    Release,
    Hold,
    Clear,
    Return,
    End(PassageEnd),
}

fn steps() -> impl Strategy<Value = Vec<(u32, Step)>> {
    let step = prop_oneof![
        Just(Step::Ask),
        Just(Step::Release),
        Just(Step::Hold),
        Just(Step::Clear),
        Just(Step::Return),
        prop::sample::select(&ENDS[..]).prop_map(Step::End),
    ];
    prop::collection::vec((0..6_u32, step), 0..60)
}

/// Passage `n` moves by pass `n % 3`, so that lanes compete.
fn pass_of(n: u32) -> GatePass {
    sample::pass(&format!("H{}", n % 3), "粤B12345", 100)
}

fn event_of(n: u32, step: Step) -> Option<Event> {
    let pass = pass_of(n);
    match step {
        Step::Ask | Step::Return => None,
        Step::Release => Some(decided(&passage(n), 1, &pass, true)),
        Step::Hold => Some(decided(&passage(n), 1, &pass, false)),
        Step::Clear => Some(cleared(&passage(n), 1, &pass)),
        Step::End(end) => Some(ended(&passage(n), 2, end, None, None)),
    }
}

fn picture(state: &DrawDown) -> Vec<(PassUse, (Mass, u32))> {
    (0..6)
        .map(|n| {
            (
                state.pass_use(&pass_of(n).number, &passage(n)),
                state.drawn_by_others(&goods("B1"), &passage(n)),
            )
        })
        .collect()
}

fn holds(state: &DrawDown) -> Vec<(PassageId, PassNumber, Vec<Share>, Hold)> {
    let each = state.holdings.iter();
    each.map(|(passage, held)| {
        let (pass, shares) = (held.pass.clone(), held.shares.clone());
        (passage.clone(), pass, shares, held.hold)
    })
    .collect()
}

#[test]
fn visits_are_carried_over_and_old_uses_are_not() {
    let pass = sample::pass("H1", "粤B12345", 400);
    let mut state = DrawDown::new();
    let reported = |stage, minute| {
        let body = EventBody::VisitStageReported {
            plate: plate("粤B12345"),
            stage,
            done_at: at(minute),
        };
        event(&passage(9), 0, body)
    };
    state.observe(&reported(Stage::Entry, 1));
    state.observe(&reported(Stage::Scan, 2));
    state.observe(&decided(&passage(1), 1, &pass, true));
    state.observe(&ended(&passage(1), 3, PassageEnd::Completed, None, None));
    let again = |since| {
        let mut carried = DrawDown::new();
        for event in state.carried(since) {
            carried.observe(&event);
        }
        carried
    };
    let all = again(domain::time::Timestamp::MIN);
    assert_eq!(
        all.visit(&[plate("粤B12345")]),
        state.visit(&[plate("粤B12345")])
    );
    assert_eq!(drawn_kg(&all), 400);
    assert_eq!(drawn_kg(&again(domain::time::Timestamp::MAX)), 0);
}

proptest! {
    #[test]
    fn two_lanes_never_both_get_the_pass(script in steps()) {
        let mut state = DrawDown::new();
        for (n, step) in script {
            match step {
                // A lane releases only a pass that it got, and clears only such a hold.
                Step::Ask => { let _ = reserve(&mut state, &pass_of(n), n); }
                Step::Return => state.return_reservation(&passage(n)),
                Step::Release | Step::Clear
                    if reserve(&mut state, &pass_of(n), n) != Ok(PassUse::ReservedHere) => {}
                Step::Release | Step::Clear | Step::Hold | Step::End(_) => {
                    if let Some(event) = event_of(n, step) { state.observe(&event); }
                }
            }
            for number in 0..3 {
                let holders = (0..6)
                    .filter(|n| n % 3 == number)
                    .filter(|n| {
                        let seen = state.pass_use(&pass_of(*n).number, &passage(*n));
                        seen == PassUse::ReservedHere
                            || matches!(seen, PassUse::Used { passage: by, .. } if by == passage(*n))
                    })
                    .count();
                prop_assert!(holders <= 1, "pass H{number} has {holders} holders");
            }
            let (gross, packages) = state.drawn_by_others(&goods("B1"), &passage(999));
            prop_assert!(gross <= Mass::from_kg(300) && packages <= 3, "three passes of 100 kg");
        }
    }

    #[test]
    fn seeing_an_event_twice_changes_nothing(script in steps()) {
        let (mut once, mut twice) = (DrawDown::new(), DrawDown::new());
        let events: Vec<Event> = script.iter().filter_map(|(n, s)| event_of(*n, *s)).collect();
        for event in &events {
            once.observe(event);
            twice.observe(event);
            twice.observe(event);
        }
        prop_assert_eq!(picture(&once), picture(&twice));
    }

    #[test]
    fn what_is_carried_over_is_what_was_known_for_good(script in steps()) {
        let mut state = DrawDown::new();
        for event in script.iter().filter_map(|(n, s)| event_of(*n, *s)) {
            state.observe(&event);
        }
        let mut carried = DrawDown::new();
        for event in state.carried(domain::time::Timestamp::MIN) {
            carried.observe(&event);
        }
        let reserved: Vec<_> = state
            .holdings
            .iter()
            .filter(|(_, held)| held.hold == Hold::Reserved)
            .map(|(passage, _)| passage.clone())
            .collect();
        for passage in &reserved {
            state.release(passage);
        }
        prop_assert_eq!(holds(&carried), holds(&state));
        prop_assert_eq!(&carried.taken, &state.taken);
        prop_assert_eq!(carried.unused, state.unused);
    }

    #[test]
    fn what_is_returned_leaves_no_trace(script in steps()) {
        let mut state = DrawDown::new();
        for event in script.iter().filter_map(|(n, s)| event_of(*n, *s)) {
            state.observe(&event);
        }
        for n in 0..6 {
            state.observe(&ended(&passage(n), 3, PassageEnd::ToBay, None, None));
        }
        let kept = state.holdings.values().map(|held| held.shares.len()).sum::<usize>();
        let (gross, packages) = state.drawn_by_others(&goods("B1"), &passage(999));
        prop_assert_eq!(gross, Mass::from_kg(100 * i64::try_from(kept).expect("few")));
        prop_assert_eq!(packages as usize, kept);
    }
}
