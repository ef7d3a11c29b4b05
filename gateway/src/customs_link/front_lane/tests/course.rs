//! One test a thing that can happen between a front end and its lane.

use super::*;

#[test]
fn a_clean_truck_is_lifted_once_by_the_answer_and_its_passage_completes() {
    let mut world = World::registered();
    let question = world.gather(&world.truck(1));
    let reasons: Vec<_> = world
        .events
        .iter()
        .map(|event| event.body.in_brief())
        .collect();
    assert_eq!(world.word(question), "0".repeat(20), "{reasons:#?}");
    assert_eq!((world.lifts, world.commands.len()), (1, 0));
    world.wait(6_000);
    assert_eq!(world.ends(), [PassageEnd::Completed]);
    // The weight stands as one statement of the front end, not as frames of a scale.
    let weighing = world.events.iter().find_map(|event| match &event.body {
        EventBody::PassageDecided(record) => match &record.evidence.weight {
            domain::evidence::WeightEvidence::Measured(all) => all.last().cloned(),
            domain::evidence::WeightEvidence::None(_) => None,
        },
        _ => None,
    });
    let weighing = weighing.expect("weighed");
    assert_eq!((weighing.gross.kg(), weighing.frames), (8_800, 1));
    // The same message once more lifts nothing: that order was taken.
    let again = world.gather(&world.truck(1));
    assert!(world.word(again).starts_with("V1"));
    // The next truck is another passage.
    let next = world.gather(&world.truck(2));
    assert_eq!(world.word(next), "0".repeat(20));
    world.wait(6_000);
    assert_eq!(world.ends(), [PassageEnd::Completed; 2]);
    world.check();
}

#[test]
fn nobody_who_has_not_registered_is_answered_with_more_than_a_refusal() {
    let mut world = World::new();
    let question = world.gather(&world.truck(1));
    assert!(world.word(question).starts_with("W1"));
    assert_eq!(world.register("guess"), RegisterOutcome::Password);
    assert_eq!(world.register("secret"), RegisterOutcome::Right);
    world.wait(1_000);
    assert_eq!(world.register("secret"), RegisterOutcome::Done);
    assert!(
        world
            .events
            .iter()
            .all(|e| !matches!(e.body, EventBody::PassageOpened))
    );
    let question = world.gather(&world.truck(2));
    assert_eq!(world.word(question), "0".repeat(20));
    world.check();
}

#[test]
fn a_held_truck_waits_for_a_command_and_a_clearance_sends_it() {
    let mut world = World::registered();
    let truck = Gather {
        driver_no: String::new(),
        plate: String::new(),
        ..world.truck(1)
    };
    let question = world.gather(&truck);
    let word = world.words[&question];
    assert_ne!(word.barrier(), BarrierOrder::Lift);
    assert_eq!(word.at(2), '1');
    assert_eq!(world.lifts, 0);
    world.clear();
    let (_, to, command) = world.commands.last().expect("a command");
    assert_eq!(to.to_string(), "10.1.2.3:9001");
    assert_eq!(command.operation, Some(Operation::Lift));
    assert_eq!(command.word, StatusWord::RELEASE);
    // The front end says that it has not lifted: told again, then a fault.
    world.executed(b'1');
    world.wait(2_000);
    assert_eq!(world.commands.len(), 2);
    world.executed(b'0');
    world.wait(6_000);
    assert_eq!(world.ends(), [PassageEnd::Completed]);
    world.check();
}

#[test]
fn nothing_lifts_while_nothing_can_be_recorded() {
    let mut world = World::registered();
    world.is_durable = false;
    let question = world.gather(&world.truck(1));
    world.wait(15_000);
    assert!(
        world.word(question).starts_with("V1"),
        "{}",
        world.word(question)
    );
    assert_eq!((world.lifts, world.commands.len()), (0, 0));
}

#[test]
fn without_a_pass_the_word_says_so_and_the_next_truck_takes_the_lane() {
    let mut world = World::registered();
    let facts = world.facts.clone();
    world.facts.pass = PassFact::None;
    let held = world.gather(&world.truck(1));
    assert!(world.word(held).contains('z'), "{}", world.word(held));
    world.facts = facts;
    let next = world.gather(&world.truck(2));
    world.wait(1_000);
    assert_eq!(world.word(next), "0".repeat(20));
    assert_eq!(world.ends(), [PassageEnd::ReversedOut]);
    world.wait(6_000);
    assert_eq!(
        world.ends(),
        [PassageEnd::ReversedOut, PassageEnd::Completed]
    );
    world.check();
}

#[test]
fn an_answer_that_could_not_be_sent_is_commanded() {
    let mut world = World::registered();
    world.is_sent = false;
    world.gather(&world.truck(1));
    assert_eq!(world.lifts, 0);
    world.wait(2_000);
    assert_eq!(world.commands.len(), 1, "the lane tries once more");
    world.executed(b'0');
    world.wait(6_000);
    assert_eq!(world.ends(), [PassageEnd::Completed]);
    world.check();
}

#[test]
fn an_order_of_customs_before_the_truck_is_gone_lowers_the_arm() {
    let mut world = World::registered();
    let question = world.gather(&world.truck(1));
    assert_eq!(world.word(question), "0".repeat(20));
    let directive = domain::directive::Directive {
        id: fixture::directive_id(),
        subject: domain::directive::Subject::Vehicle(fixture::plate()),
        order: domain::directive::Order::Detain,
        window: fixture::year(),
        withdrawn: false,
        silent: false,
        text: String::new(),
    };
    world.facts.directives.push(directive.clone());
    world.input(Input::Directive(Box::new(directive)));
    let (_, _, command) = world.commands.last().expect("a command");
    assert_eq!(command.word.barrier(), BarrierOrder::Lower);
    world.wait(10_000);
    assert_eq!(world.ends(), []);
    world.check();
}

#[test]
fn a_device_that_the_front_end_calls_faulty_holds() {
    let mut world = World::registered();
    let states = DeviceStates {
        key: key(),
        devices: vec![Device {
            id: Module::Weighbridge.number(1),
            name: String::new(),
            state: ModuleState::Faulty,
        }],
    };
    let question = world.ask(states.frame().unwrap());
    assert_eq!(world.closed, [question]);
    let question = world.gather(&world.truck(1));
    assert_ne!(world.words[&question].barrier(), BarrierOrder::Lift);
    assert_eq!(world.lifts, 0);
}

#[test]
fn messages_of_other_lanes_and_broken_ones_never_lift() {
    let mut world = World::registered();
    let truck = world.truck(1);
    let other = |change: fn(&mut Gather)| {
        let mut gather = truck.clone();
        change(&mut gather);
        gather.frame().unwrap()
    };
    let mut header = truck.frame().unwrap();
    header.channel = "1000000009".to_owned();
    let mut text = truck.frame().unwrap();
    let at = text
        .xml
        .windows(5)
        .position(|five| five == b"8800<")
        .expect("the gross");
    text.xml[at] = b'x';
    let frames = [
        other(|gather| gather.key.channel = "1000000009".to_owned()),
        other(|gather| gather.key.flag = "I".to_owned()),
        header,
        text,
        Frame {
            code: 0x22,
            ..truck.frame().unwrap()
        },
        Frame {
            xml: b"<!DOCTYPE a>".to_vec(),
            ..truck.frame().unwrap()
        },
    ];
    for frame in frames {
        let question = world.ask(frame);
        world.wait(1_000);
        let is_held = world
            .words
            .get(&question)
            .is_some_and(|word| word.at(2) == '1');
        assert!(is_held || world.closed.contains(&question));
    }
    assert_eq!(world.lifts, 0);
    assert_eq!(world.front.counts().refused, 6);
}

#[test]
fn a_question_asked_twice_is_answered_where_it_was_asked_last() {
    let mut world = World::registered();
    let frame = world.truck(1).frame().unwrap();
    let first = world.ask(frame.clone());
    let second = world.ask(frame);
    world.wait(1_000);
    assert_eq!(world.closed, [first]);
    assert_eq!(world.word(second), "0".repeat(20));
    assert_eq!(world.lifts, 1);
}

#[test]
fn any_course_of_messages_and_acts_lifts_only_what_is_recorded() {
    use rand::{Rng as _, RngExt as _, SeedableRng as _};
    for seed in 0..40 {
        let mut world = World::registered();
        let mut draw = rand::rngs::StdRng::seed_from_u64(seed);
        let facts = world.facts.clone();
        for number in 0..60 {
            match draw.random_range(0..10) {
                0..=3 => {
                    let truck = world.truck(draw.random_range(0..number + 1));
                    world.ask(truck.frame().unwrap());
                }
                4 => world.is_durable = draw.random(),
                5 => world.is_sent = draw.random(),
                6 => {
                    world.facts = facts.clone();
                    if draw.random() {
                        world.facts.pass = PassFact::None;
                    }
                }
                7 => world.clear(),
                8 if !world.commands.is_empty() => {
                    let character = *b"019".get(draw.random_range(0..3)).unwrap();
                    world.executed(character);
                }
                _ => {
                    let mut noise = world.truck(number).frame().unwrap();
                    let at = draw.random_range(0..noise.xml.len());
                    noise.xml[at] = draw.next_u32() as u8;
                    world.ask(noise);
                }
            }
            world.wait(draw.random_range(0..4_000));
        }
        world.check();
    }
}
