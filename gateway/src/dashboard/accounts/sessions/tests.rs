//! Sessions begin, end, outlive restarts, and are no more than their account.

use super::session::{AGE_MAX, IDLE_MAX, LONG_AGE_MAX};
use super::*;
use crate::dashboard::accounts::account::Account;
use crate::dashboard::accounts::fixture::{Gate, HERE, at, now, rules, user};
use crate::dashboard::accounts::role::Role;
use crate::dashboard::accounts::state_file;

fn admin() -> Author {
    Author::Person(user("admin-01"))
}

/// A gate, the sessions, and one session of `name` begun at 0.
fn begun(name: &str, wants_long: bool) -> (Gate, Sessions, Started) {
    let mut gate = Gate::new();
    let mut sessions = Sessions::new();
    let signed_in = gate.signed_in(name, 0);
    let started = sessions.start(&signed_in, wants_long, &gate.accounts, at(0));
    (gate, sessions, started)
}

fn look(
    sessions: &mut Sessions,
    of: &Started,
    gate: &Gate,
    now: Instant,
) -> Option<SessionRefusal> {
    let token = of.token.expose();
    sessions
        .find(token, Presence::Watching, &gate.accounts, now)
        .err()
}

#[test]
fn a_token_opens_its_session_and_only_its_hash_is_kept() {
    let (gate, mut sessions, started) = begun("clerk-07", false);
    let token = started.token.expose();
    let found = sessions
        .find(token, Presence::Acting, &gate.accounts, at(1))
        .unwrap();
    assert_eq!((found.user(), found.from()), (&user("clerk-07"), HERE));
    assert_ne!(found.csrf().expose(), token);
    assert!(found.is_csrf(started.session.csrf().expose()));
    for wrong in ["", "x", token] {
        assert!(!found.is_csrf(wrong));
    }
    let shown = format!("{sessions:?} {started:?}");
    assert!(!shown.contains(token) && !shown.contains(started.session.csrf().expose()));
    for wrong in ["", &token[1..], &"0".repeat(64), &"x".repeat(100_000)] {
        let found = sessions.find(wrong, Presence::Acting, &gate.accounts, at(1));
        assert_eq!(found.err(), Some(SessionRefusal::Unknown));
    }
}

#[test]
fn a_session_idles_out_unless_somebody_acts_and_ends_after_a_shift() {
    let (gate, mut sessions, started) = begun("clerk-07", false);
    let token = started.token.expose();
    let just_before = at(IDLE_MAX.as_secs() - 1);
    assert_eq!(look(&mut sessions, &started, &gate, just_before), None);
    let idle = Some(SessionRefusal::Idle);
    assert_eq!(
        look(&mut sessions, &started, &gate, at(0) + IDLE_MAX),
        idle,
        "watching is no act"
    );
    let mut now = at(0);
    while now + IDLE_MAX < at(0) + AGE_MAX {
        now = now + (IDLE_MAX / 2);
        sessions
            .find(token, Presence::Acting, &gate.accounts, now)
            .unwrap();
    }
    let last = at(0) + AGE_MAX;
    assert_eq!(
        look(&mut sessions, &started, &gate, last),
        Some(SessionRefusal::Over)
    );
    assert_eq!(started.session.ends_at(), last);
    let records = sessions.sweep(&gate.accounts, last);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].act, AccountAct::SignedOut);
    assert_eq!(
        look(&mut sessions, &started, &gate, last),
        Some(SessionRefusal::Unknown)
    );
}

#[test]
fn a_restart_signs_nobody_out_and_revives_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(SESSIONS_FILE);
    let (gate, mut sessions, started) = begun("clerk-07", false);
    sessions.keep(&file, &gate.accounts, now(60)).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(started.token.expose()), "its hash alone");
    // The daemon's own time begins again, the world's goes on: ten minutes later.
    let later = |seconds| domain::time::Now {
        mono: at(5),
        utc: now(seconds).utc,
    };
    let mut again = Sessions::open(&file, &gate.accounts, later(660));
    let found = again.of(&user("clerk-07"))[0].clone();
    assert!(found.is_csrf(started.session.csrf().expose()));
    assert_eq!(found.ends_at(), at(5) + (AGE_MAX - at(660).since(at(0))));
    let soon = IDLE_MAX - at(660).since(at(0));
    assert_eq!(look(&mut again, &started, &gate, at(4) + soon), None);
    let idle = Some(SessionRefusal::Idle);
    assert_eq!(look(&mut again, &started, &gate, at(5) + soon), idle);
    // Who had left stays out, and so does whoever was away for too long.
    let unknown = Some(SessionRefusal::Unknown);
    let mut late = Sessions::open(&file, &gate.accounts, later(1000));
    assert_eq!(look(&mut late, &started, &gate, at(5)), unknown);
    again.end(&started.session.id());
    again.keep(&file, &gate.accounts, later(700)).unwrap();
    let mut left = Sessions::open(&file, &gate.accounts, later(701));
    assert_eq!(look(&mut left, &started, &gate, at(5)), unknown);
}

#[test]
fn what_was_kept_counts_for_the_same_account_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(SESSIONS_FILE);
    let (mut gate, mut sessions, started) = begun("clerk-07", true);
    sessions.keep(&file, &gate.accounts, now(0)).unwrap();
    let good = std::fs::read_to_string(&file).unwrap();
    let open = |text: &str, gate: &Gate, now| {
        std::fs::write(&file, text).unwrap();
        let mut sessions = Sessions::open(&file, &gate.accounts, now);
        look(&mut sessions, &started, gate, now.mono).is_none()
    };
    assert!(open(&good, &gate, now(1)));
    // A longer life than a session has is none; nor is a wall page for who may act.
    let long = good.replace("\"is_long\": false", "\"is_long\": true");
    assert_ne!(long, good);
    assert!(!open(&long, &gate, now(1)));
    assert!(!open(&good[..good.len() / 2], &gate, now(1)), "damaged");
    assert!(!open("", &gate, now(1)));
    let (name, role) = (user("clerk-07"), Role::Viewer);
    gate.accounts
        .change(&admin(), &name, role, rules(&[]))
        .unwrap();
    assert!(!open(&good, &gate, now(1)), "another role");
}

#[test]
fn only_a_viewers_wall_page_lasts() {
    for (name, is_long) in [("wall-01", true), ("clerk-07", false), ("admin-01", false)] {
        let (gate, mut sessions, started) = begun(name, true);
        assert_eq!(started.session.is_long(), is_long, "{name}");
        let next_day = at(24 * 60 * 60);
        assert_eq!(
            look(&mut sessions, &started, &gate, next_day).is_none(),
            is_long,
            "{name}"
        );
        let month = at(0) + LONG_AGE_MAX;
        assert_eq!(
            look(&mut sessions, &started, &gate, month),
            Some(SessionRefusal::Over)
        );
    }
}

#[test]
fn a_change_of_the_account_ends_its_sessions() {
    type Change = fn(&mut Gate);
    let changes: [(&str, bool, Change); 4] = [
        ("disabled", true, |gate| {
            gate.accounts
                .set_disabled(&admin(), &user("clerk-07"), true)
                .unwrap();
        }),
        ("another role", true, |gate| {
            let (name, role) = (user("clerk-07"), Role::Viewer);
            gate.accounts
                .change(&admin(), &name, role, rules(&[]))
                .unwrap();
        }),
        ("other privileges", false, |gate| {
            let (name, role) = (user("clerk-07"), Role::Clerk);
            gate.accounts
                .change(&admin(), &name, role, rules(&[9]))
                .unwrap();
        }),
        ("somebody else", false, |gate| {
            gate.accounts
                .set_disabled(&admin(), &user("clerk-08"), true)
                .unwrap();
        }),
    ];
    for (what, ends, change) in changes {
        let (mut gate, mut sessions, started) = begun("clerk-07", false);
        change(&mut gate);
        let expected = ends.then_some(SessionRefusal::AccountChanged);
        assert_eq!(
            look(&mut sessions, &started, &gate, at(1)),
            expected,
            "{what}"
        );
        assert_eq!(
            sessions.sweep(&gate.accounts, at(1)).len(),
            usize::from(ends),
            "{what}"
        );
    }
}

#[test]
fn a_fourth_session_of_one_account_ends_the_oldest() {
    let (mut gate, mut sessions, first) = begun("clerk-07", false);
    for seconds in 1..=2 {
        let signed_in = gate.signed_in("clerk-07", seconds);
        let started = sessions.start(&signed_in, false, &gate.accounts, at(seconds));
        assert!(started.records.is_empty());
    }
    let signed_in = gate.signed_in("clerk-07", 3);
    let fourth = sessions.start(&signed_in, false, &gate.accounts, at(3));
    assert_eq!(fourth.records.len(), 1);
    assert_eq!(fourth.records[0].subject, "clerk-07");
    assert_eq!(
        look(&mut sessions, &first, &gate, at(3)),
        Some(SessionRefusal::Unknown)
    );
    assert_eq!(sessions.of(&user("clerk-07")).len(), 3);
    let record = sessions.end_all_of(&admin(), &user("clerk-07")).unwrap();
    assert_eq!(record.user, Some(user("admin-01")));
    assert_eq!(sessions.end_all_of(&admin(), &user("clerk-07")), None);
    assert_eq!(
        look(&mut sessions, &fourth, &gate, at(3)),
        Some(SessionRefusal::Unknown)
    );
}

#[test]
fn all_sessions_are_bounded_and_the_least_used_goes() {
    let gate = Gate::new();
    let one = gate.accounts.get(&user("clerk-08")).unwrap().clone();
    let names: Vec<UserId> = (0..180).map(|n| user(&format!("clerk-1{n:03}"))).collect();
    let account = |name: &UserId| Account {
        name: name.clone(),
        ..one.clone()
    };
    let register = names
        .iter()
        .map(|name| (name.clone(), account(name)))
        .collect();
    state_file::write(&gate.home.file(), &register).unwrap();
    let accounts = gate.home.open();
    let mut sessions = Sessions::new();
    let mut tokens = Vec::new();
    let mut gone = 0;
    for (n, name) in names.iter().cycle().take(3 * names.len()).enumerate() {
        let signed_in = SignedIn {
            user: name.clone(),
            role: Role::Clerk,
            from: HERE,
            stamp: one.stamp,
            record: record::of(Some(name), name.as_str(), AccountAct::SignedIn, ""),
        };
        let now = Instant::from_millis(n as u64);
        let started = sessions.start(&signed_in, false, &accounts, now);
        gone += started.records.len();
        tokens.push(started.token);
    }
    assert_eq!(
        (sessions.by_id.len(), gone),
        (SESSIONS_MAX, 540 - SESSIONS_MAX)
    );
    for (n, token) in tokens.iter().enumerate() {
        let found = sessions.find(token.expose(), Presence::Watching, &accounts, at(1));
        assert_eq!(found.is_ok(), n >= 40, "session {n}");
    }
}

#[test]
fn whoever_signs_out_is_out_and_is_so_once() {
    let (gate, mut sessions, started) = begun("clerk-07", false);
    let id = started.session.id();
    let record = sessions.end(&id).unwrap();
    assert_eq!(
        (record.act, record.user),
        (AccountAct::SignedOut, Some(user("clerk-07")))
    );
    let out = Some(SessionRefusal::Unknown);
    assert_eq!(look(&mut sessions, &started, &gate, at(2)), out);
    assert_eq!(sessions.end(&id), None);
}
