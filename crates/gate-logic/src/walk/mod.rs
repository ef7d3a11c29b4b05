//! The safety properties over every reachable state of a small world, and over
//! a long seeded walk through a rough one.
//!
//! The walk is exhaustive breadth first: from every state found, every letter of
//! the alphabet (toggle an input, send a command old or new, beat or not, let
//! time pass) is tried, and states equal up to the passing of time are visited
//! once. It ends when there is nothing new or at its bound.

mod fingerprint;
mod world;

use std::collections::{BTreeSet, VecDeque};

use gate_protocol::{Configuration, Input, Inputs, LeaseLoss, Light, Output, Side, Verb};

use crate::plant::FULL_TRAVEL;
use fingerprint::fingerprint;
use world::{Letter, TICK_MS, World};

/// Raise to 100,000,000 for a night's run.
const RANDOM_STEPS: u32 = 10_000_000;
/// States the breadth-first walks may visit.
const STATES: usize = 400_000;

/// Short times, so that every timer takes part within a few ticks.
fn quick() -> Configuration {
    Configuration {
        raise_travel_ms: 200,
        lower_travel_ms: 200,
        travel_margin_ms: 100,
        limit_leave_ms: 200,
        limit_loss_ms: 100,
        warning_ms: 100,
        auto_lower_delay_ms: 100,
        gap_hold_ms: 200,
        release_limit_s: 1,
        outer_loop_stuck_s: 1,
        under_arm_loop_stuck_s: 1,
        beam_stuck_s: 1,
        alarm_s: 0,
        lease_limit_ms: 400,
        reversal_limit: 2,
        debounce_ms: [5; 11],
        ..Configuration::default()
    }
}

/// Every time one tick of half a second, or two: few states, all of them visited.
fn tight() -> Configuration {
    Configuration {
        raise_travel_ms: 500,
        lower_travel_ms: 500,
        travel_margin_ms: 500,
        limit_leave_ms: 500,
        limit_loss_ms: 500,
        warning_ms: 500,
        auto_lower_delay_ms: 500,
        gap_hold_ms: 500,
        outer_loop_stuck_s: 36_000,
        under_arm_loop_stuck_s: 36_000,
        beam_stuck_s: 36_000,
        lease_limit_ms: 1_000,
        ..quick()
    }
}

/// Visits every state the alphabet reaches, to the bound; returns how many.
fn explore(configuration: Configuration, alphabet: &[Letter], tick_ms: u32) -> usize {
    let start = World::new(configuration);
    let mut seen = BTreeSet::from([(fingerprint(&start.controller, &start.plant), start.asked)]);
    let mut frontier = VecDeque::from([start]);
    while let Some(world) = frontier.pop_front() {
        if seen.len().is_multiple_of(16) {
            world.check_lease_loss();
        }
        for &letter in alphabet {
            let mut next = world.clone();
            next.apply(letter, tick_ms);
            let known = (fingerprint(&next.controller, &next.plant), next.asked);
            if seen.len() < STATES && seen.insert(known) {
                frontier.push_back(next);
            }
        }
    }
    println!("{} states", seen.len());
    seen.len()
}

const RAISE: Verb = Verb::Raise { from: Side::Entry };

#[test]
fn every_state_of_a_small_lane_is_safe() {
    let alphabet = [
        Letter::Tick,
        Letter::Beat,
        Letter::Toggle(Input::Beam1),
        Letter::Toggle(Input::UnderArmLoop),
        Letter::Toggle(Input::HandKey),
        Letter::Toggle(Input::MainsOk),
        Letter::Force(FULL_TRAVEL),
        Letter::Fresh(RAISE),
        Letter::Fresh(Verb::Lower),
        Letter::Fresh(Verb::Stop),
        Letter::Fresh(Verb::Withdraw),
        Letter::Repeated,
        Letter::Expired(Verb::Lower),
    ];
    let states = explore(tight(), &alphabet, 500);
    assert!(states < STATES, "the walk did not come to an end");
    assert!(states > 500, "the walk went nowhere: {states}");
}

#[test]
fn no_order_of_traffic_and_commands_is_unsafe() {
    let alphabet = [
        Letter::Tick,
        Letter::Beat,
        Letter::Toggle(Input::UnderArmLoop),
        Letter::Toggle(Input::Beam1),
        Letter::Fresh(RAISE),
        Letter::Fresh(Verb::Lower),
        Letter::Repeated,
        Letter::Expired(RAISE),
    ];
    let states = explore(quick(), &alphabet, TICK_MS);
    assert!(states > 10_000, "the walk went nowhere: {states}");
}

#[test]
fn every_state_under_site_inputs_is_safe() {
    let alphabet = [
        Letter::Tick,
        Letter::Beat,
        Letter::Toggle(Input::Beam2),
        Letter::Toggle(Input::HandKey),
        Letter::Toggle(Input::FireAlarm),
        Letter::Toggle(Input::MainsOk),
        Letter::Fresh(RAISE),
        Letter::Fresh(Verb::Lower),
        Letter::Fresh(Verb::Stop),
    ];
    let states = explore(tight(), &alphabet, 500);
    assert!(states < STATES, "the walk did not come to an end");
}

#[test]
fn every_state_of_crossing_loops_is_safe() {
    let alphabet = [
        Letter::Tick,
        Letter::Beat,
        Letter::Toggle(Input::ApproachLoop),
        Letter::Toggle(Input::UnderArmLoop),
        Letter::Toggle(Input::ExitLoop),
        Letter::Fresh(RAISE),
        Letter::Fresh(Verb::Acknowledge),
    ];
    let stay = Configuration {
        lease_loss: LeaseLoss::Stay,
        ..tight()
    };
    let states = explore(stay, &alphabet, 500);
    assert!(states < STATES, "the walk did not come to an end");
}

/// xorshift64*: small, seeded, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        (drawn % u64::from(sides)) as u32
    }
}

fn random_verb(dice: &mut Dice) -> Verb {
    let from = if dice.roll(2) == 0 {
        Side::Entry
    } else {
        Side::Exit
    };
    match dice.roll(16) {
        0..7 => Verb::Raise { from },
        7..11 => Verb::Lower,
        11 => Verb::Stop,
        12 => Verb::Withdraw,
        13 => Verb::Lights {
            entry: Light::Follow,
            exit: Light::Red,
        },
        14 => Verb::Siren { on_ms: 300 },
        _ => Verb::Acknowledge,
    }
}

/// Inputs toggle often towards quiet and seldom towards trouble, so that the
/// walk spends its time in long orderly stretches as well as in chaos.
fn random_letter(world: &World, dice: &mut Dice) -> Letter {
    match dice.roll(64) {
        0..36 => Letter::Tick,
        36..46 => {
            let input = Input::at(dice.roll(11) as u8).expect("eleven inputs");
            let quiet = world.field.has(input) == (input == Input::MainsOk);
            let limit = matches!(input, Input::ArmUpLimit | Input::ArmDownLimit);
            let trouble = limit || !Inputs::ZONE.has(input);
            if quiet && trouble && dice.roll(12) != 0 {
                Letter::Tick
            } else {
                Letter::Toggle(input)
            }
        }
        46..54 => Letter::Beat,
        54..60 => Letter::Fresh(random_verb(dice)),
        60 => Letter::Repeated,
        61 | 62 => Letter::Expired(random_verb(dice)),
        _ if dice.roll(30) == 0 => Letter::Force(dice.roll(FULL_TRAVEL)),
        _ => Letter::Tick,
    }
}

#[test]
fn ten_million_rough_steps_break_no_property() {
    let mut dice = Dice(0x4B41_4B4F_5550_0001);
    let mut world = World::new(quick());
    let (mut lowerings, mut raises, mut reversals, mut lowering) = (0_u32, 0_u32, 0_u32, false);
    for step in 0..RANDOM_STEPS {
        let letter = random_letter(&world, &mut dice);
        let tick_ms = [1, 4, 20, 100][dice.roll(4) as usize];
        world.apply(letter, tick_ms);
        let outputs = world.controller.outputs();
        lowerings += u32::from(outputs.has(Output::ArmDown) && !lowering);
        raises += u32::from(outputs.has(Output::ArmUp));
        lowering = outputs.has(Output::ArmDown);
        if step % 64 == 0 {
            // Evaluating again at the same time changes nothing: a host that wakes early is safe.
            let before = fingerprint(&world.controller, &world.plant);
            world.controller.handle_timeout(world.now_ms);
            assert_eq!(
                fingerprint(&world.controller, &world.plant),
                before,
                "{world:?}"
            );
        }
        if step % 4_096 == 0 {
            world.check_lease_loss();
        }
        if step % 50_000 == 49_999 {
            reversals += world.controller.counters.reversals;
            world = World::new(quick());
        }
    }
    let enough = RANDOM_STEPS / 1_000;
    assert!(
        lowerings > enough && raises > enough,
        "{lowerings} lowerings, {raises} raising steps"
    );
    assert!(reversals > enough / 10, "{reversals} reversals");
}
