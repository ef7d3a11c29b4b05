//! Right, wrong and too often.

use super::*;
use crate::dashboard::accounts::fixture::{Gate, HERE, PASSWORD, at, hashed, now, user};
use crate::dashboard::accounts::register::Author;

const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

fn attempt(name: &str, from: IpAddr) -> Attempt {
    Attempt {
        name: name.to_owned(),
        password: SecretText::new(PASSWORD),
        code: String::new(),
        from,
    }
}

#[test]
fn whatever_was_wrong_the_answer_is_the_same() {
    let mut gate = Gate::new();
    gate.enrol("supervisor-02", 0);
    let admin = Author::Person(user("admin-01"));
    gate.accounts
        .set_disabled(&admin, &user("clerk-08"), true)
        .unwrap();
    let long = format!("{PASSWORD}{}", "x".repeat(1_000_000));
    let mut answers = Vec::new();
    for (n, (name, password, code)) in [
        ("clerk-07", "the arm rises at eight", ""),
        ("clerk-07", "", ""),
        ("clerk-07", &long, ""),
        ("clerk-08", PASSWORD, ""),
        ("clerk-99", PASSWORD, ""),
        ("clerk 07", PASSWORD, ""),
        ("supervisor-02", PASSWORD, ""),
        ("supervisor-02", PASSWORD, "000"),
    ]
    .into_iter()
    .enumerate()
    {
        // A place for each, so that no wait tells them apart.
        let place = IpAddr::from([10, 1, 0, u8::try_from(n).unwrap()]);
        let refused = gate.try_from(place, name, password, code, 100).unwrap_err();
        assert_eq!(refused.record.user, None);
        assert_eq!(refused.record.act, AccountAct::SignInRefused);
        answers.push((refused.to_string(), refused.wait_s));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[test]
fn what_was_typed_as_an_unknown_name_is_not_recorded() {
    let mut gate = Gate::new();
    let refused = gate.try_from(HERE, "my-password", "x", "", 0).unwrap_err();
    assert_eq!(refused.record.subject, "unknown");
    let refused = gate.try_from(HERE, "Clerk-07", "x", "", 0).unwrap_err();
    assert_eq!(refused.record.subject, "clerk-07");
}

#[test]
fn the_right_password_signs_in_and_says_so() {
    let mut gate = Gate::new();
    let signed_in = gate.try_from(HERE, " Clerk-07", PASSWORD, "", 0).unwrap();
    assert_eq!(signed_in.user(), &user("clerk-07"));
    assert_eq!(signed_in.record.act, AccountAct::SignedIn);
    assert_eq!(signed_in.record.user, Some(user("clerk-07")));
    assert!(signed_in.record.text.starts_with("without a code"));
    gate.enrol("clerk-07", 60);
    let code = gate.code("clerk-07", 120).unwrap();
    let signed_in = gate
        .try_from(HERE, "clerk-07", PASSWORD, &code, 120)
        .unwrap();
    assert!(signed_in.record.text.starts_with("with a code"));
    assert!(
        gate.try_from(HERE, "clerk-07", PASSWORD, &code, 121)
            .is_err(),
        "once"
    );
}

#[test]
fn a_wrong_password_does_not_use_the_code_up() {
    let mut gate = Gate::new();
    gate.enrol("clerk-07", 0);
    let code = gate.code("clerk-07", 60).unwrap();
    assert!(gate.try_from(HERE, "clerk-07", "wrong", &code, 60).is_err());
    assert!(gate.try_from(HERE, "clerk-07", PASSWORD, &code, 61).is_ok());
}

#[test]
fn an_account_waits_after_the_fourth_wrong_try_whether_it_exists_or_not() {
    for name in ["clerk-07", "clerk-99"] {
        let mut gate = Gate::new();
        for n in 0..4 {
            let place = IpAddr::from([10, 1, 0, n]);
            let refused = gate.try_from(place, name, "wrong", "", 0).unwrap_err();
            let (wait_s, act) = match n {
                3 => (Some(2), AccountAct::Locked),
                _ => (None, AccountAct::SignInRefused),
            };
            assert_eq!(
                (refused.wait_s, refused.record.act),
                (wait_s, act),
                "{name} {n}"
            );
        }
        let begun = gate
            .sign_in
            .begin(&gate.accounts, attempt(name, HERE), at(1));
        assert_eq!(
            begun.err(),
            Some(BeginRefusal::Wait { seconds: 1 }),
            "{name}"
        );
        let begun = gate
            .sign_in
            .begin(&gate.accounts, attempt(name, HERE), at(2));
        assert!(begun.is_ok(), "{name}");
    }
}

#[test]
fn an_address_waits_and_an_own_account_does_not_help_it() {
    let mut gate = Gate::new();
    for n in 0..3 {
        assert!(
            gate.try_from(HERE, &format!("clerk-1{n}"), "wrong", "", 0)
                .is_err()
        );
        assert!(gate.try_from(HERE, "clerk-08", PASSWORD, "", 0).is_ok());
    }
    assert!(gate.try_from(HERE, "clerk-07", "wrong", "", 0).is_err());
    let begun = gate
        .sign_in
        .begin(&gate.accounts, attempt("clerk-07", HERE), at(1));
    assert!(matches!(begun, Err(BeginRefusal::Wait { .. })));
    let begun = gate
        .sign_in
        .begin(&gate.accounts, attempt("clerk-07", ELSEWHERE), at(1));
    assert!(begun.is_ok());
}

#[test]
fn tries_from_elsewhere_do_not_keep_the_owner_waiting_at_the_usual_place() {
    let mut gate = Gate::new();
    assert!(
        gate.try_from(HERE, "supervisor-02", PASSWORD, "", 0)
            .is_ok()
    );
    let mut seconds = 1;
    for _ in 0..20 {
        let refused = gate
            .try_from(ELSEWHERE, "supervisor-02", "wrong", "", seconds)
            .unwrap_err();
        assert!(refused.wait_s.unwrap_or(0) <= 900, "never for good");
        seconds += refused.wait_s.unwrap_or(0);
    }
    assert!(
        gate.try_from(HERE, "supervisor-02", PASSWORD, "", seconds)
            .is_ok()
    );
}

#[test]
fn many_tries_at_one_time_gain_nothing_and_are_bounded() {
    let mut gate = Gate::new();
    let mut checks = Vec::new();
    for _ in 0..4 {
        let place = IpAddr::from([10, 1, 0, u8::try_from(checks.len()).unwrap()]);
        let begun = gate
            .sign_in
            .begin(&gate.accounts, attempt("clerk-07", place), at(0));
        checks.push(begun.unwrap());
    }
    let fifth = gate
        .sign_in
        .begin(&gate.accounts, attempt("clerk-07", HERE), at(0));
    assert_eq!(fifth.err(), Some(BeginRefusal::Wait { seconds: 2 }));
    let another = gate
        .sign_in
        .begin(&gate.accounts, attempt("clerk-08", HERE), at(0));
    assert_eq!(another.err(), Some(BeginRefusal::Busy));
    // A caller that hangs up takes its check with it.
    checks.pop();
    let another = gate
        .sign_in
        .begin(&gate.accounts, attempt("clerk-08", HERE), at(0));
    assert!(another.is_ok());
}

#[test]
fn a_change_while_the_password_is_checked_counts() {
    let mut gate = Gate::new();
    let begun = gate
        .sign_in
        .begin(&gate.accounts, attempt("clerk-07", HERE), at(0));
    let checked = begun.unwrap().run();
    let admin = Author::Person(user("admin-01"));
    let password = hashed(&gate.accounts, "clerk-07");
    gate.accounts.set_password(&admin, password).unwrap();
    let late = gate.sign_in.finish(&mut gate.accounts, checked, now(1));
    assert!(late.is_err());
}
