//! Whole days: nothing wrong is released, little that is clean is held, and a seed says it all.

use super::{Scenario, run};
use crate::device::fault::NamedFault;
use crate::world::cause::ExceptionCause;

#[test]
fn a_seed_gives_the_same_day_again_and_another_seed_another() {
    let hash = |seed| run(Scenario::new(seed, 150)).trace;
    assert_eq!(hash(11), hash(11));
    assert_ne!(hash(11), hash(12));
}

#[test]
fn a_healthy_day_releases_what_is_clean_and_nothing_else() {
    let outcome = run(Scenario::new(21, 1_500));
    assert_eq!(outcome.wrong_releases, []);
    assert_eq!((outcome.raises_without_record, outcome.left_open), (0, 0));
    assert!(
        outcome.clean_release_permille() >= 990,
        "{:?}",
        outcome.wrong_holds
    );
    assert!(outcome.releases > 1_000 && outcome.detains > 0 && outcome.reviews > 0);
}

#[test]
fn no_fault_of_any_device_lets_a_wrong_vehicle_out() {
    let outcome = run(Scenario::new(22, 1_500).with_faults(&NamedFault::all()));
    assert_eq!(outcome.wrong_releases, []);
    assert_eq!((outcome.raises_without_record, outcome.left_open), (0, 0));
    assert!(outcome.frames_rejected > 0);
}

#[test]
fn every_exception_alone_is_caught() {
    for cause in ExceptionCause::ALL.iter().copied() {
        let mut scenario = Scenario::new(23, 40);
        scenario.world.causes = vec![cause];
        scenario.world.exception_permille = 400;
        let outcome = run(scenario);
        assert_eq!(outcome.wrong_releases, [], "{}", cause.code());
        assert_eq!(outcome.left_open, 0, "{}", cause.code());
    }
}

#[test]
fn every_fault_alone_is_survived() {
    for fault in NamedFault::all() {
        let outcome = run(Scenario::new(24, 40).with_faults(&[fault]));
        assert_eq!(outcome.wrong_releases, [], "{}", fault.name());
        assert_eq!(
            (outcome.left_open, outcome.raises_without_record),
            (0, 0),
            "{}",
            fault.name()
        );
    }
}
