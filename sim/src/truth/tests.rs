//! One physical fact at a time against one clean truck.

use domain::gate_pass::Direction;
use domain::mass::Mass;
use domain::reading::RadiationState;
use domain::seal::SealState;

use crate::world::cause::{ExceptionCause as Cause, Legality};
use crate::world::truck::{Behaviour, Truck};
use crate::world::{World, WorldConfig};

fn check(change: impl Fn(&mut Truck), legality: Legality, causes: &[Cause]) {
    let mut config = WorldConfig::new(5, 60);
    config.exception_permille = 0;
    let world = World::generate(config);
    let clean = world
        .trucks
        .iter()
        .find(|t| {
            let sealed = !t.boxes.is_empty() && t.boxes.iter().all(|b| !b.seals.is_empty());
            t.lane == 0 && sealed
        })
        .expect("one in sixty carries a sealed box");
    let mut truck = clean.clone();
    change(&mut truck);
    let at = world.utc(truck.arrives_ms);
    let truth = world.reference().judge(&truck, Direction::Entry, at);
    assert_eq!(
        (truth.legality, truth.causes.as_slice()),
        (legality, causes)
    );
}

#[test]
fn each_physical_fact_has_its_cause() {
    use Legality::{ByPerson, Never, Unattended};
    check(|_| {}, Unattended, &[]);
    check(|t| t.tag = None, ByPerson, &[Cause::TagMissing]);
    check(
        |t| t.plates_readable = false,
        ByPerson,
        &[Cause::PlateUnreadable],
    );
    check(|t| t.load_swings = true, ByPerson, &[Cause::UnstableLoad]);
    check(
        |t| t.debris = Mass::from_kg(200),
        ByPerson,
        &[Cause::DebrisOnScale],
    );
    check(
        |t| t.behaviour = Behaviour::Followed,
        Unattended,
        &[Cause::TailFollowing],
    );
    check(
        |t| t.behaviour = Behaviour::RunsThrough,
        Never,
        &[Cause::RunThrough],
    );
    check(
        |t| t.radiation = RadiationState::Alarm,
        Never,
        &[Cause::RadiationAlarm],
    );
    check(
        |t| t.boxes[0].seals[0].state = SealState::Open,
        Never,
        &[Cause::SealBroken],
    );
    check(|t| t.boxes[0].seals.clear(), Never, &[Cause::SealMissing]);
    check(
        |t| t.boxes[0].cargo = t.boxes[0].cargo + Mass::from_kg(9_000),
        Never,
        &[Cause::Overweight],
    );
    check(
        |t| t.gross = Mass::from_kg(49_020),
        Never,
        &[Cause::OverLegalLimit],
    );
    check(
        |t| t.boxes.truncate(0),
        Never,
        &[Cause::ContainerMissing, Cause::Overweight],
    );
}

#[test]
fn a_pass_lets_one_vehicle_through_once() {
    let mut config = WorldConfig::new(6, 60);
    config.exception_permille = 0;
    let world = World::generate(config);
    let mut reference = world.reference();
    let truck = &world.trucks[0];
    let at = world.utc(truck.arrives_ms);
    assert!(
        reference
            .judge(truck, Direction::Entry, at)
            .may_release_unattended()
    );
    assert!(reference.let_through(truck, Direction::Entry, at).is_some());
    let again = reference.judge(truck, Direction::Entry, at);
    assert!(again.causes.contains(&Cause::PassUsed) && !again.may_release());
    let wrong_way = reference.judge(truck, Direction::Exit, at);
    assert!(!wrong_way.may_release());
}
