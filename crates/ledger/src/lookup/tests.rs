use domain::directive::{Order, Subject};
use domain::event::PassageEnd;
use domain::gate_pass::{Direction, GatePass, Stage};
use domain::ledger_row::Row;
use domain::mass::Mass;
use domain::reading::PlateRole;
use domain::recordation::{Standing, VehicleClass, VehicleRecord};
use proptest::prelude::*;

use super::*;
use crate::rows::{DIRECTIVES_MAX, MemoryRows};
use crate::sample::events::{decided, ended, lane, passage};
use crate::sample::{self, at, container, number, plate, site, span, tag};

const OWN: &str = "粤B12345";

fn truck() -> VehicleRecord {
    VehicleRecord {
        tag: Some(tag("E2AA")),
        second_plate: Some(plate("ZF023")),
        ..sample::vehicle(OWN, VehicleClass::Tractor)
    }
}

fn base() -> Vec<Row> {
    vec![
        Row::Vehicle(truck()),
        Row::Vehicle(VehicleRecord {
            tag: Some(tag("E2BB")),
            ..sample::vehicle("粤B99999", VehicleClass::Tractor)
        }),
        Row::Vehicle(VehicleRecord {
            tag: Some(tag("E2CC")),
            ..sample::vehicle("粤B777挂", VehicleClass::Trailer)
        }),
        Row::Company(sample::company()),
        Row::Driver(sample::driver()),
        Row::Premises(sample::premises()),
        Row::Container(sample::box_record()),
        Row::Consignment(sample::consignment("B1", 1_000, 10)),
    ]
}

fn ledger(more: impl IntoIterator<Item = Row>) -> Ledger<MemoryRows> {
    Ledger::new(
        MemoryRows::from_rows(base().into_iter().chain(more)),
        site("P1"),
    )
}

fn ask(n: u32) -> LedgerQuery {
    LedgerQuery {
        ask: u64::from(n),
        passage: passage(n),
        lane: lane("L1"),
        direction: Direction::Entry,
        tags: vec![tag("E2AA")],
        plates: vec![(plate(OWN), PlateRole::Tractor)],
        containers: Vec::new(),
        driver: None,
        chosen_pass: None,
        at: at(0),
    }
}

fn facts_of(ledger: &mut Ledger<MemoryRows>, query: &LedgerQuery) -> Facts {
    let answer = ledger.answer(query);
    assert_eq!((answer.ask, &answer.passage), (query.ask, &query.passage));
    *answer.facts.expect("memory answers")
}

fn found(facts: &Facts) -> Option<&str> {
    facts.found_pass().map(|pass| pass.number.as_str())
}

#[test]
fn a_vehicle_is_found_with_everything_about_it() {
    let mut pass = sample::pass("H1", OWN, 400);
    pass.trailer = Some(plate("粤B777挂"));
    pass.driver = Some(sample::driver_id());
    let mut ledger = ledger([Row::Pass(pass.clone())]);
    let facts = facts_of(&mut ledger, &ask(1));
    assert_eq!(facts.found_pass(), Some(&pass));
    assert_eq!(facts.pass_use, PassUse::ReservedHere);
    assert_eq!(facts.tag_plate, Some(plate(OWN)));
    assert_eq!(facts.vehicle, Some(truck()));
    assert_eq!(facts.trailer.map(|t| t.plate), Some(plate("粤B777挂")));
    assert_eq!(facts.company, Some(sample::company()));
    assert_eq!(facts.driver, Some(sample::driver()));
    assert_eq!(facts.premises, Some(sample::premises()));
    assert_eq!(facts.containers, [sample::box_record()]);
    assert_eq!(facts.consignments.len(), 1);
    assert_eq!(
        facts.consignments[0].drawn_gross,
        Mass::ZERO,
        "its own share is not counted"
    );
}

#[test]
fn readings_name_the_vehicle_in_the_order_of_their_worth() {
    let front = |p: &str| (plate(p), PlateRole::Tractor);
    let rear = |p: &str| (plate(p), PlateRole::Trailer);
    // Tags, plates → plate of the tag, plate of the vehicle.
    let cases = [
        (vec!["E2AA"], vec![front(OWN)], Some(OWN), Some(OWN)),
        (vec![], vec![front("ZF023")], None, Some(OWN)),
        (vec!["E2BB"], vec![front(OWN)], Some("粤B99999"), Some(OWN)),
        (vec!["E2AA"], vec![front("粤B12845")], Some(OWN), Some(OWN)),
        (vec![], vec![front("粤B12845"), front(OWN)], None, Some(OWN)),
        (vec!["E2AA"], vec![], Some(OWN), Some(OWN)),
        (vec![], vec![rear(OWN)], None, Some(OWN)),
        (vec![], vec![rear("粤B777挂")], None, None),
        (vec!["E2CC", "E2AA"], vec![], Some(OWN), Some(OWN)),
        (vec!["E2CC"], vec![], Some("粤B777挂"), None),
        (vec!["E2FF"], vec![front("沪A00001")], None, None),
        (vec![], vec![], None, None),
    ];
    for (tags, plates, tag_plate, vehicle) in cases {
        let query = LedgerQuery {
            tags: tags.into_iter().map(tag).collect(),
            plates,
            ..ask(1)
        };
        let facts = facts_of(&mut ledger([]), &query);
        assert_eq!(facts.tag_plate, tag_plate.map(plate), "{query:?}");
        assert_eq!(
            facts.vehicle.map(|v| v.plate),
            vehicle.map(plate),
            "{query:?}"
        );
    }
}

#[test]
fn the_pass_that_fits_best_is_found_and_the_reason_survives_when_none_fits() {
    let fits = sample::pass("H1", OWN, 10);
    let with = |id: &str, change: fn(&mut GatePass)| {
        let mut pass = sample::pass(id, OWN, 10);
        change(&mut pass);
        pass
    };
    let elsewhere = with("H2", |pass| pass.premises = site("P2"));
    let outward = with("H3", |pass| pass.direction = Direction::Exit);
    let revoked = with("H4", |pass| pass.standing = Standing::Revoked);
    let later = with("H5", |pass| pass.window = span(7_200, 9_000));
    let over = with("H6", |pass| pass.window = span(-9_000, -600));
    let long_over = with("H7", |pass| pass.window = span(-900_000, -800_000));
    let under_second = GatePass {
        vehicle: plate("ZF023"),
        ..sample::pass("H8", OWN, 10)
    };
    let other_lane = with("H9", |pass| pass.lanes = vec![lane("L9")]);
    let cases: Vec<(Vec<&GatePass>, Option<&str>)> = vec![
        (
            vec![
                &fits,
                &elsewhere,
                &outward,
                &revoked,
                &later,
                &over,
                &other_lane,
            ],
            Some("H1"),
        ),
        (vec![&elsewhere, &outward], Some("H3")),
        (vec![&elsewhere], Some("H2")),
        (vec![&outward, &revoked], Some("H4")),
        (vec![&later, &over], Some("H6")),
        (vec![&later, &long_over], Some("H5")),
        (vec![&long_over], Some("H7")),
        (vec![&under_second], Some("H8")),
        (vec![&other_lane], Some("H9")),
        (vec![&other_lane, &later], Some("H9")),
        (vec![], None),
    ];
    for (passes, expected) in cases {
        let mut ledger = ledger(passes.into_iter().cloned().map(Row::Pass));
        assert_eq!(found(&facts_of(&mut ledger, &ask(1))), expected);
    }
}

#[test]
fn several_passes_that_fit_are_for_the_clerk_unless_the_containers_tell() {
    let first = sample::pass("H1", OWN, 10);
    let mut second = sample::pass("H2", OWN, 10);
    second.containers[0].number = container("MSKU1234565");
    let mut ledger = ledger([Row::Pass(first), Row::Pass(second)]);
    let both = PassFact::Ambiguous(vec![number("H1"), number("H2")]);
    assert_eq!(facts_of(&mut ledger, &ask(1)).pass, both);
    let seen = LedgerQuery {
        containers: vec![container("MSKU1234565")],
        ..ask(1)
    };
    assert_eq!(found(&facts_of(&mut ledger, &seen)), Some("H2"));
    let chosen = LedgerQuery {
        chosen_pass: Some(number("H1")),
        ..ask(1)
    };
    assert_eq!(found(&facts_of(&mut ledger, &chosen)), Some("H1"));
    let unknown = LedgerQuery {
        chosen_pass: Some(number("H404")),
        ..ask(1)
    };
    assert_eq!(facts_of(&mut ledger, &unknown).pass, PassFact::None);
    // The same vehicle asks from another lane: the twin pass is not simply taken.
    facts_of(&mut ledger, &chosen);
    assert_eq!(facts_of(&mut ledger, &ask(2)).pass, both);
}

#[test]
fn a_used_pass_gives_way_to_the_next_and_is_shown_when_it_is_the_last() {
    let (first, second) = (sample::pass("H1", OWN, 10), sample::pass("H2", OWN, 10));
    let mut only = ledger([Row::Pass(first.clone())]);
    let mut both = ledger([Row::Pass(first.clone()), Row::Pass(second)]);
    for ledger in [&mut only, &mut both] {
        ledger.observe(&decided(&passage(1), 1, &first, true));
        ledger.observe(&ended(
            &passage(1),
            2,
            PassageEnd::Completed,
            None,
            Some(Stage::Entry),
        ));
    }
    assert_eq!(found(&facts_of(&mut both, &ask(2))), Some("H2"));
    let facts = facts_of(&mut only, &ask(2));
    assert_eq!(found(&facts), Some("H1"));
    assert_eq!(
        facts.pass_use,
        PassUse::Used {
            passage: passage(1),
            at: at(2)
        }
    );
    assert_eq!(facts.visit.entered, Some((passage(1), at(2))));
    assert_eq!(facts.consignments[0].drawn_gross, Mass::from_kg(10));
}

#[test]
fn after_a_restart_the_released_passage_finds_its_own_pass_again() {
    let (first, second) = (sample::pass("H1", OWN, 10), sample::pass("H2", OWN, 10));
    let mut ledger = ledger([Row::Pass(first), Row::Pass(second.clone())]);
    ledger.observe(&decided(&passage(1), 1, &second, true));
    let facts = facts_of(&mut ledger, &ask(1));
    assert_eq!(found(&facts), Some("H2"));
    assert_eq!(facts.pass_use, PassUse::ReservedHere);
}

#[test]
fn directives_on_every_subject_are_gathered_and_windows_left_to_the_rules() {
    let subjects = [
        Subject::Vehicle(plate(OWN)),
        Subject::Vehicle(plate("ZF023")),
        Subject::Vehicle(plate("粤B777挂")),
        Subject::Vehicle(plate("粤B99999")),
        Subject::Container(container(sample::BOX)),
        Subject::Container(container("MSKU1234565")),
        Subject::Pass(number("H1")),
        Subject::Consignment(sample::goods("B1")),
        Subject::Company(sample::company_id()),
        Subject::Driver(sample::driver_id()),
    ];
    let mut more: Vec<Row> = Vec::new();
    for (i, subject) in subjects.iter().enumerate() {
        for order in [Order::Detain, Order::Lift] {
            let mut directive =
                sample::directive(&format!("X{i}{order:?}"), subject.clone(), order);
            // Over by this gate's clock, which may be wrong.
            directive.window = span(-9_000, -8_000);
            more.push(Row::Directive(directive.clone()));
            directive.withdrawn = true;
            directive.id = domain::id::DirectiveId::parse(&format!("Z{i}{order:?}")).expect("id");
            more.push(Row::Directive(directive));
        }
    }
    let mut pass = sample::pass("H1", OWN, 10);
    pass.trailer = Some(plate("粤B777挂"));
    more.push(Row::Pass(pass));
    let query = LedgerQuery {
        tags: vec![tag("E2BB")],
        containers: vec![container("MSKU1234565")],
        driver: Some(sample::driver_id()),
        ..ask(1)
    };
    let facts = facts_of(&mut ledger(more), &query);
    assert_eq!(facts.directives.len(), 2 * subjects.len());
    assert!(
        facts
            .directives
            .iter()
            .all(|directive| !directive.withdrawn)
    );
    assert_eq!(facts.watch_hits, []);
}

#[test]
fn watch_entries_hit_exactly_or_one_character_off_and_only_once() {
    for (watched, seen, expected) in [
        (OWN, OWN, Some(true)),
        (OWN, "粤B12346", Some(true)),
        ("粤B12346", "粤B12346", Some(true)),
        ("粤B12347", "粤B12346", Some(false)),
        ("粤B12377", "粤B12346", None),
        ("粤B12344", OWN, Some(false)),
    ] {
        let watch = sample::directive("W1", Subject::Vehicle(plate(watched)), Order::Watch);
        let mut ledger = ledger([Row::Directive(watch)]);
        let query = LedgerQuery {
            plates: vec![(plate(seen), PlateRole::Tractor)],
            ..ask(1)
        };
        let hits = facts_of(&mut ledger, &query).watch_hits;
        assert!(hits.len() <= 1);
        assert_eq!(
            hits.first().map(|hit| hit.exact),
            expected,
            "{watched} {seen}"
        );
    }
}

#[test]
fn a_limit_that_is_hit_is_an_answer_that_says_so() {
    let company = Subject::Company(sample::company_id());
    let flood = (0..=DIRECTIVES_MAX)
        .map(|i| sample::directive(&format!("X{i}"), company.clone(), Order::DocumentCheck))
        .map(Row::Directive);
    let pass = sample::pass("H1", OWN, 10);
    let mut ledger = ledger(flood.chain([Row::Pass(pass)]));
    let Err(LedgerUnavailable::Store { cause }) = ledger.answer(&ask(1)).facts else {
        panic!("too many directives must not be cut off in silence");
    };
    assert!(cause.contains("more than 256 directives"), "{cause}");
    assert_eq!(
        ledger.draw_down().pass_use(&number("H1"), &passage(2)),
        PassUse::Unused
    );
    let many = LedgerQuery {
        tags: vec![tag("E2AA"); READINGS_MAX + 1],
        ..ask(1)
    };
    assert!(ledger.answer(&many).facts.is_err());
}

proptest! {
    /// Lanes ask, release what the ledger has left, and leave, in any order.
    #[test]
    fn releases_never_draw_more_than_was_declared(
        script in prop::collection::vec((0..8_u32, 0..4_u8, 100..600_i64), 1..60),
    ) {
        let passes = (0..8).map(|n| sample::pass(&format!("H{n}"), OWN, 100 + 70 * i64::from(n)));
        let mut ledger = ledger(passes.map(Row::Pass));
        for (n, step, _) in script {
            let query = LedgerQuery { chosen_pass: Some(number(&format!("H{n}"))), ..ask(n) };
            match step {
                0 => ledger.return_reservation(&passage(n)),
                1 => {
                    let end = PassageEnd::ReversedOut;
                    ledger.observe(&ended(&passage(n), 2, end, None, None));
                }
                _ => {
                    let Ok(facts) = ledger.answer(&query).facts else { continue };
                    let pass = facts.found_pass().expect("chosen").clone();
                    let goods = &facts.consignments[0];
                    let declared = goods.consignment.as_ref().expect("filed").gross;
                    let is_left = goods.drawn_gross + pass.declared_cargo() <= declared;
                    if facts.pass_use == PassUse::ReservedHere && is_left {
                        ledger.observe(&decided(&passage(n), 1, &pass, true));
                        if step == 3 {
                            let end = PassageEnd::Completed;
                            ledger.observe(&ended(&passage(n), 2, end, None, None));
                        }
                    } else {
                        ledger.return_reservation(&passage(n));
                    }
                }
            }
            let (drawn, _) = ledger.draw_down().drawn_by_others(&sample::goods("B1"), &passage(99));
            prop_assert!(drawn <= Mass::from_kg(1_000), "{drawn} of 1000 kg drawn");
        }
    }
}
