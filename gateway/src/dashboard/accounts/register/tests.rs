//! The register keeps what it was told and refuses the rest.

use std::collections::BTreeSet;

use super::*;
use crate::dashboard::accounts::fixture::{
    EmptyGate, Gate, HERE, PASSWORD, at, hashed, now, rules, user,
};
use crate::dashboard::accounts::second_factor::CodeRefusal;
use crate::dashboard::accounts::secret_text::SecretText;

fn admin() -> Author {
    Author::Person(user("admin-01"))
}

fn none() -> BTreeSet<RuleId> {
    BTreeSet::new()
}

/// Whether what is in memory is what the next start reads.
fn is_kept(gate: &Gate) -> bool {
    let read = state_file::read(&gate.home.file()).unwrap();
    let mut held = gate.accounts.register.clone();
    for account in held.values_mut() {
        account.stamp = 0;
    }
    read == held
}

#[test]
fn every_change_is_kept_and_recorded() {
    let mut gate = Gate::new();
    let clerk = user("clerk-07");
    let password = hashed(&gate.accounts, "clerk-09");
    let accounts = &mut gate.accounts;
    let made = accounts
        .create(&admin(), Role::Clerk, rules(&[3]), password)
        .unwrap();
    let changed = accounts
        .change(&admin(), &clerk, Role::Supervisor, rules(&[9]))
        .unwrap();
    let disabled = accounts.set_disabled(&admin(), &clerk, true).unwrap();
    let enabled = accounts.set_disabled(&admin(), &clerk, false).unwrap();
    let password = hashed(accounts, "clerk-08");
    let set = accounts.set_password(&admin(), password).unwrap();
    for (record, subject, act, text) in [
        (made, "clerk-09", AccountAct::Created, "clerk R3"),
        (
            changed,
            "clerk-07",
            AccountAct::Changed,
            "clerk R1 R6 -> supervisor R9",
        ),
        (disabled, "clerk-07", AccountAct::Disabled, ""),
        (enabled, "clerk-07", AccountAct::Changed, "enabled"),
        (set, "clerk-08", AccountAct::PasswordSet, ""),
    ] {
        assert_eq!(record.user, Some(user("admin-01")));
        assert_eq!((record.subject.as_str(), record.act), (subject, act));
        assert_eq!(record.text, text);
    }
    let account = gate.accounts.get(&clerk).unwrap();
    assert_eq!(
        (account.role(), account.privileges()),
        (Role::Supervisor, &rules(&[9]))
    );
    assert!(is_kept(&gate));
}

#[test]
fn nobody_but_an_administrator_changes_accounts() {
    let mut gate = Gate::new();
    for name in ["clerk-07", "supervisor-02", "wall-01", "nobody"] {
        let by = Author::Person(user(name));
        let password = hashed(&gate.accounts, "clerk-09");
        let accounts = &mut gate.accounts;
        let clerk = user("clerk-08");
        for refused in [
            accounts.create(&by, Role::Viewer, none(), password),
            accounts.change(&by, &clerk, Role::Clerk, rules(&[1])),
            accounts.set_disabled(&by, &clerk, true),
            accounts.remove_second_factor(&by, &clerk),
        ] {
            assert!(matches!(refused, Err(ChangeRefusal::NotAllowed)), "{name}");
        }
        let password = hashed(accounts, "clerk-08");
        let refused = accounts.set_password(&by, password);
        assert!(matches!(refused, Err(ChangeRefusal::NotAllowed)), "{name}");
    }
    assert_eq!(gate.accounts.list().count(), 5);
}

#[test]
fn the_last_enabled_administrator_stays_one() {
    let mut gate = Gate::new();
    let (first, second) = (user("admin-01"), user("admin-02"));
    let password = hashed(&gate.accounts, "admin-02");
    let accounts = &mut gate.accounts;
    let is_last = |refused| matches!(refused, Err(ChangeRefusal::LastAdministrator { .. }));
    assert!(is_last(accounts.set_disabled(&admin(), &first, true)));
    assert!(is_last(accounts.change(
        &admin(),
        &first,
        Role::Clerk,
        none()
    )));
    let role = Role::Administrator;
    assert!(
        accounts.change(&admin(), &first, role, none()).is_ok(),
        "stays one"
    );
    accounts.create(&admin(), role, none(), password).unwrap();
    accounts.set_disabled(&admin(), &second, true).unwrap();
    assert!(
        is_last(accounts.set_disabled(&admin(), &first, true)),
        "a disabled one is none"
    );
    accounts.set_disabled(&admin(), &second, false).unwrap();
    accounts.set_disabled(&admin(), &first, true).unwrap();
    let by_second = Author::Person(second.clone());
    assert!(is_last(accounts.change(
        &by_second,
        &second,
        Role::Viewer,
        none()
    )));
    let by_disabled = accounts.set_disabled(&admin(), &second, true);
    assert!(matches!(by_disabled, Err(ChangeRefusal::NotAllowed)));
    assert!(!accounts.needs_set_up());
}

#[test]
fn privileges_belong_to_clerks_and_supervisors() {
    let mut gate = Gate::new();
    for (role, fits) in [
        (Role::Viewer, false),
        (Role::Clerk, true),
        (Role::Supervisor, true),
        (Role::Administrator, false),
    ] {
        let name = user("clerk-08");
        let changed = gate.accounts.change(&admin(), &name, role, rules(&[6]));
        match changed {
            Ok(_) => assert!(fits, "{role:?}"),
            Err(refusal) => {
                assert!(
                    !fits && matches!(refusal, ChangeRefusal::Privileges),
                    "{role:?}"
                );
            }
        }
    }
}

#[test]
fn names_are_taken_once_and_the_register_has_an_end() {
    let mut gate = Gate::new();
    let password = hashed(&gate.accounts, "clerk-07");
    let twice = gate
        .accounts
        .create(&admin(), Role::Clerk, none(), password);
    assert!(matches!(twice, Err(ChangeRefusal::Exists { .. })));
    let one = gate.accounts.get(&user("clerk-08")).unwrap().clone();
    let mut full = gate.accounts.register.clone();
    for n in full.len()..ACCOUNTS_MAX {
        let name = user(&format!("clerk-{n:04}"));
        let account = Account {
            name: name.clone(),
            ..one.clone()
        };
        full.insert(name, account);
    }
    state_file::write(&gate.home.file(), &full).unwrap();
    let mut accounts = gate.home.open();
    let password = hashed(&accounts, "clerk-09");
    let refused = accounts.create(&admin(), Role::Clerk, none(), password);
    assert!(matches!(refused, Err(ChangeRefusal::Full)));
    full.insert(
        user("clerk-09"),
        Account {
            name: user("clerk-09"),
            ..one
        },
    );
    state_file::write(&gate.home.file(), &full).unwrap();
    assert!(state_file::read(&gate.home.file()).is_err(), "one too many");
}

#[test]
fn what_the_disk_refuses_is_not_true_here_either() {
    let mut gate = Gate::new();
    gate.home.break_disk();
    let before = gate.accounts.register.clone();
    let password = hashed(&gate.accounts, "clerk-09");
    let accounts = &mut gate.accounts;
    for refused in [
        accounts.create(&admin(), Role::Viewer, none(), password),
        accounts.set_disabled(&admin(), &user("clerk-07"), true),
        accounts.change(&admin(), &user("clerk-07"), Role::Clerk, none()),
    ] {
        assert!(matches!(refused, Err(ChangeRefusal::File(_))));
    }
    assert_eq!(gate.accounts.register, before);
}

#[test]
fn a_second_factor_is_begun_by_proof_and_confirmed_by_its_code_in_time() {
    let mut gate = Gate::new();
    let clerk = user("clerk-07");
    let none = gate
        .accounts
        .confirm_second_factor(&clerk, "000000", now(0));
    assert!(matches!(none, Err(ChangeRefusal::NoEnrolment)));
    let proof = gate.signed_in("clerk-07", 0);
    let enrolment = gate
        .accounts
        .begin_second_factor(&proof, "Kakou", at(0))
        .unwrap();
    let factor = SecondFactor::parse(enrolment.secret.expose(), &[]).unwrap();
    let (accounts, early, late) = (&mut gate.accounts, now(10), now(600));
    let wrong = accounts.confirm_second_factor(&clerk, "x", early);
    assert!(matches!(
        wrong,
        Err(ChangeRefusal::Code(CodeRefusal::Wrong))
    ));
    let too_late = accounts.confirm_second_factor(&clerk, &factor.code_at(late.utc.at), late);
    assert!(matches!(too_late, Err(ChangeRefusal::NoEnrolment)));
    assert!(!accounts.get(&clerk).unwrap().has_second_factor());
    let code = factor.code_at(early.utc.at);
    let record = accounts
        .confirm_second_factor(&clerk, &code, early)
        .unwrap();
    assert_eq!(record.act, AccountAct::SecondFactorSet);
    let again = accounts.confirm_second_factor(&clerk, &code, early);
    assert!(matches!(again, Err(ChangeRefusal::NoEnrolment)));
    let replay = accounts.use_code(&clerk, &code, early.utc.at);
    assert_eq!(
        replay,
        Err(CodeRefusal::Used),
        "confirming uses the code up"
    );
    assert!(is_kept(&gate));
    let removed = gate
        .accounts
        .remove_second_factor(&admin(), &clerk)
        .unwrap();
    assert_eq!(removed.act, AccountAct::SecondFactorRemoved);
    let none = gate.accounts.remove_second_factor(&admin(), &clerk);
    assert!(matches!(none, Err(ChangeRefusal::NoSecondFactor { .. })));
}

#[test]
fn a_used_code_is_used_after_a_restart_too() {
    let mut gate = Gate::new();
    gate.enrol("clerk-07", 0);
    let code = gate.code("clerk-07", 60).unwrap();
    let clerk = user("clerk-07");
    assert_eq!(
        gate.accounts.use_code(&clerk, &code, now(60).utc.at),
        Ok(())
    );
    let mut reopened = gate.home.open();
    let replay = reopened.use_code(&clerk, &code, now(61).utc.at);
    assert_eq!(replay, Err(CodeRefusal::Used));
}

#[test]
fn a_proof_serves_its_own_account_and_ends_with_the_next_change() {
    let mut gate = Gate::new();
    let proof = gate.signed_in("clerk-07", 0);
    let password = hashed(&gate.accounts, "clerk-08");
    let others = gate.accounts.set_own_password(&proof, password);
    assert!(matches!(others, Err(ChangeRefusal::NotAllowed)));
    let new = SecretText::new("a lorry waits at nine");
    let job = gate.accounts.new_password(&user("clerk-07"), new).unwrap();
    let record = gate
        .accounts
        .set_own_password(&proof, job.run().unwrap())
        .unwrap();
    assert_eq!(record.user, Some(user("clerk-07")));
    assert!(gate.try_from(HERE, "clerk-07", PASSWORD, "", 1).is_err());
    assert!(
        gate.try_from(HERE, "clerk-07", "a lorry waits at nine", "", 2)
            .is_ok()
    );
    let overtaken = gate.accounts.begin_second_factor(&proof, "Kakou", at(3));
    assert!(matches!(overtaken, Err(ChangeRefusal::NotAllowed)));
}

#[test]
fn a_register_without_an_enabled_administrator_needs_set_up() {
    let home = EmptyGate::new();
    assert!(home.open().needs_set_up());
    let mut register = crate::dashboard::accounts::fixture::register();
    let admin = register.get_mut(&user("admin-01")).unwrap();
    admin.is_disabled = true;
    state_file::write(&home.file(), &register).unwrap();
    assert!(home.open().needs_set_up());
}
