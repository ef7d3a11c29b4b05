//! The world is the same for the same seed, and what is staged is what the truth finds.

use std::collections::BTreeMap;

use super::cause::{ExceptionCause, Legality};
use super::{World, WorldConfig, lanes};

#[test]
fn a_seed_makes_one_world() {
    let a = World::generate(WorldConfig::new(7, 400));
    let b = World::generate(WorldConfig::new(7, 400));
    assert_eq!(a, b);
    let c = World::generate(WorldConfig::new(8, 400));
    assert_ne!(a.trucks, c.trucks);
}

#[test]
fn arrivals_are_in_order_and_exits_follow_their_entries() {
    let world = World::generate(WorldConfig::new(1, 1_000));
    assert_eq!(world.trucks.len(), 1_000);
    for (i, truck) in world.trucks.iter().enumerate() {
        assert_eq!(truck.number, i);
        if let Some(entry) = truck.after_entry {
            assert!(entry < i, "truck {i}");
            assert_eq!(world.trucks[entry].rig, truck.rig, "truck {i}");
        }
    }
}

#[test]
fn a_truck_with_nothing_staged_is_clean_in_truth() {
    let world = World::generate(WorldConfig::new(2, 3_000));
    for truck in world.trucks.iter().filter(|t| t.staged.is_none()) {
        assert!(truck.is_clean(), "{} {:?}", truck.number, truck.truth);
    }
    let staged = world.trucks.iter().filter(|t| t.staged.is_some()).count();
    assert!((90..=240).contains(&staged), "{staged} of 3000 staged");
}

#[test]
fn every_cause_is_found_again_by_the_reference_model() {
    let mut config = WorldConfig::new(3, 6_000);
    config.exception_permille = 500;
    config.lanes = lanes(4);
    let world = World::generate(config);
    let mut seen: BTreeMap<ExceptionCause, usize> = BTreeMap::new();
    for truck in &world.trucks {
        let Some(staged) = truck.staged else { continue };
        *seen.entry(staged).or_default() += 1;
        let named = if staged == ExceptionCause::DirectiveBetweenDecisionAndBarrier {
            ExceptionCause::DirectiveInspect
        } else if staged == ExceptionCause::TwoLanesSamePass {
            ExceptionCause::PassUsed
        } else {
            staged
        };
        let first_of_twins =
            staged == ExceptionCause::TwoLanesSamePass && truck.truth.may_release();
        if !first_of_twins {
            assert!(truck.truth.causes.contains(&named), "{staged:?} {truck:?}");
            assert!(truck.truth.legality >= staged.legality(), "{staged:?}");
        }
    }
    for cause in ExceptionCause::ALL {
        assert!(seen.contains_key(cause), "{cause:?} was never staged");
    }
}

#[test]
fn names_read_back() {
    for cause in ExceptionCause::ALL {
        assert_eq!(ExceptionCause::parse(cause.code()), Some(*cause));
        let never = cause.legality() == Legality::Never;
        assert!(cause.ends_the_visit() || !never, "{cause:?}");
    }
    assert_eq!(ExceptionCause::parse("no_such_cause"), None);
}
