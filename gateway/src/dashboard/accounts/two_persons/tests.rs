//! One asks, another approves, once.

use super::*;
use crate::dashboard::accounts::fixture::{Gate, at, rules, user};
use crate::dashboard::accounts::register::Author;
use crate::dashboard::accounts::role::Role;

fn clear(by: &str, act: &str) -> Ask {
    Ask {
        by: user(by),
        act: act.to_owned(),
        lane: Some(LaneId::parse("in-1").unwrap()),
        passage: Some(PassageId::parse("in-1-1700000000000000-4").unwrap()),
        need: Need {
            right: Right::Handle,
            privileges: rules(&[6, 9]),
        },
    }
}

fn asked(gate: &Gate) -> (TwoPersons, RequestId) {
    let mut two = TwoPersons::new();
    let id = two
        .ask(clear("clerk-07", "clear"), &gate.accounts, at(0))
        .unwrap();
    (two, id)
}

#[test]
fn another_person_approves_once_and_both_names_are_recorded() {
    let gate = Gate::new();
    let (mut two, id) = asked(&gate);
    let by = user("supervisor-02");
    assert_eq!(
        two.open(at(1))
            .map(|request| request.id)
            .collect::<Vec<_>>(),
        [id]
    );
    let approved = two.approve(id, &by, &gate.accounts, at(1)).unwrap();
    assert_eq!(approved.ask, clear("clerk-07", "clear"));
    let record = &approved.record;
    assert_eq!(
        (&record.user, record.act),
        (&Some(by.clone()), AccountAct::Approved)
    );
    assert_eq!(record.subject, "in-1-1700000000000000-4");
    assert_eq!(record.text, "asked by clerk-07: clear");
    let again = two.approve(id, &by, &gate.accounts, at(2));
    assert_eq!(again, Err(ApprovalRefusal::Taken { by }));
    assert_eq!(two.open(at(2)).count(), 0);
}

#[test]
fn each_refusal_has_its_reason_and_leaves_the_request_open() {
    let gate = Gate::new();
    let (mut two, id) = asked(&gate);
    let lacking = ApprovalRefusal::LacksPrivilege {
        rules: rules(&[6, 9]),
    };
    for (by, refusal) in [
        ("clerk-07", ApprovalRefusal::SamePerson),
        ("clerk-08", lacking),
        ("admin-01", ApprovalRefusal::LacksRight),
        ("wall-01", ApprovalRefusal::LacksRight),
        ("nobody", ApprovalRefusal::LacksRight),
    ] {
        let refused = two.approve(id, &user(by), &gate.accounts, at(1));
        assert_eq!(refused, Err(refusal), "{by}");
    }
    let by = user("supervisor-02");
    let unknown = RequestId::from_number(id.number() + 1);
    let refused = two.approve(unknown, &by, &gate.accounts, at(1));
    assert_eq!(refused, Err(ApprovalRefusal::Unknown));
    assert!(
        two.approve(id, &by, &gate.accounts, at(600)).is_ok(),
        "to the last moment"
    );
}

#[test]
fn time_withdrawal_and_a_lost_right_end_a_request() {
    let mut gate = Gate::new();
    let by = user("supervisor-02");
    let (mut two, id) = asked(&gate);
    let late = two.approve(id, &by, &gate.accounts, at(601));
    assert_eq!(late, Err(ApprovalRefusal::TooLate));
    assert_eq!(two.open(at(601)).count(), 0);

    let (mut two, id) = asked(&gate);
    assert_eq!(
        two.withdraw(id, &by, at(1)),
        Err(ApprovalRefusal::LacksRight)
    );
    assert_eq!(two.withdraw(id, &user("clerk-07"), at(1)), Ok(()));
    let withdrawn = two.approve(id, &by, &gate.accounts, at(2));
    assert_eq!(withdrawn, Err(ApprovalRefusal::Withdrawn));

    let (mut two, id) = asked(&gate);
    let admin = Author::Person(user("admin-01"));
    gate.accounts
        .change(&admin, &user("clerk-07"), Role::Viewer, rules(&[]))
        .unwrap();
    let lost = two.approve(id, &by, &gate.accounts, at(1));
    assert_eq!(lost, Err(ApprovalRefusal::AskerLacksRight));
}

#[test]
fn what_may_not_be_asked_is_not_taken_in() {
    let gate = Gate::new();
    let mut two = TwoPersons::new();
    let long = "x".repeat(ACT_BYTES_MAX + 1);
    let bytes = long.len();
    for (ask, refusal) in [
        (clear("wall-01", "clear"), AskRefusal::LacksRight),
        (clear("nobody", "clear"), AskRefusal::LacksRight),
        (clear("clerk-07", &long), AskRefusal::TooLong { bytes }),
    ] {
        assert_eq!(two.ask(ask, &gate.accounts, at(0)), Err(refusal));
    }
}

#[test]
fn requests_are_bounded_and_the_same_twice_is_one() {
    let gate = Gate::new();
    let mut two = TwoPersons::new();
    let mut ids = BTreeSet::new();
    for n in 0..OPEN_OF_ONE_MAX {
        let ask = clear("clerk-07", &n.to_string());
        ids.insert(two.ask(ask.clone(), &gate.accounts, at(0)).unwrap());
        ids.insert(two.ask(ask, &gate.accounts, at(1)).unwrap());
    }
    assert_eq!(ids.len(), OPEN_OF_ONE_MAX);
    let one_more = two.ask(clear("clerk-07", "more"), &gate.accounts, at(1));
    assert_eq!(one_more, Err(AskRefusal::TooManyOfYours));
    // Asked and taken back without end: the past makes room.
    let clerk = user("clerk-08");
    for n in 0..2 * REQUESTS_MAX {
        let ask = clear("clerk-08", &n.to_string());
        let id = two.ask(ask, &gate.accounts, at(2)).unwrap();
        two.withdraw(id, &clerk, at(2)).unwrap();
        assert!(two.requests.len() <= REQUESTS_MAX);
    }
    assert_eq!(
        two.open(at(2)).count(),
        OPEN_OF_ONE_MAX,
        "those that wait stay"
    );
    let much_later = at(2) + REMEMBERED + REMEMBERED;
    two.ask(clear("clerk-08", "new"), &gate.accounts, much_later)
        .unwrap();
    assert_eq!(two.requests.len(), 1, "the past is forgotten");
}
