//! Who may speak for a lane: addresses, user and password of a front end of others, by the
//! configuration alone. Knows no socket.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use domain::time::Instant;
use sha2::{Digest as _, Sha256};
use standards::jgs14::message::Key;
use standards::jgs14::register::{RegisterOutcome, Registration};

/// Wait after the first wrong password; it doubles with each, up to the last.
const WRONG_WAIT_FIRST: Duration = Duration::from_millis(500);
const WRONG_WAIT_LAST: Duration = Duration::from_secs(60);

/// Digest of a password, so that two are compared in the same time whatever they share.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Password([u8; 32]);

impl Password {
    pub(super) fn new(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Every byte is looked at, wherever the first difference stands.
    fn is(&self, other: &Self) -> bool {
        let differences = self.0.iter().zip(&other.0).map(|(a, b)| a ^ b);
        differences.fold(0, |all, one| all | one) == 0
    }
}

/// The door of one lane.
pub(super) struct Door {
    key: Key,
    user: String,
    password: Password,
    allow: Vec<IpAddr>,
    must_register: bool,
    registered: Option<SocketAddr>,
    wrong: u32,
    not_before: Option<Instant>,
}

impl Door {
    /// A door that nobody has come through yet. `key` is that of the lane.
    pub(super) fn new(
        key: Key,
        user: &str,
        password: Password,
        allow: Vec<IpAddr>,
        must_register: bool,
    ) -> Self {
        Self {
            key,
            user: user.to_owned(),
            password,
            allow,
            must_register,
            registered: None,
            wrong: 0,
            not_before: None,
        }
    }

    /// A front end registers from `peer` for the lane that its frame names.
    pub(super) fn register(
        &mut self,
        named: &Key,
        peer: IpAddr,
        registration: &Registration,
        now: Instant,
    ) -> RegisterOutcome {
        if !self.allow.contains(&peer) {
            return RegisterOutcome::Address;
        }
        if named.area_id != self.key.area_id {
            return RegisterOutcome::Site;
        }
        if named.channel != self.key.channel {
            return RegisterOutcome::Lane;
        }
        if named.flag != self.key.flag {
            return RegisterOutcome::Direction;
        }
        // Whoever guesses waits, and is told no more than that.
        if self.not_before.is_some_and(|at| now < at) {
            return RegisterOutcome::Right;
        }
        let is_user = Password::new(&registration.user).is(&Password::new(&self.user));
        let is_password = Password::new(&registration.password).is(&self.password);
        if is_user && is_password {
            self.wrong = 0;
            self.not_before = None;
            self.registered = Some(SocketAddr::new(peer, registration.monitor_port));
            return RegisterOutcome::Done;
        }
        let wait = WRONG_WAIT_FIRST.saturating_mul(1 << self.wrong.min(10));
        self.wrong = self.wrong.saturating_add(1);
        self.not_before = Some(now + wait.min(WRONG_WAIT_LAST));
        if is_user {
            RegisterOutcome::Password
        } else {
            RegisterOutcome::User
        }
    }

    /// Whether `peer` may gather for this lane now.
    pub(super) fn may_gather(&self, peer: IpAddr) -> bool {
        let is_registered = self.registered.is_some_and(|at| at.ip() == peer);
        self.allow.contains(&peer) && (is_registered || !self.must_register)
    }

    /// Where the front end that registered takes commands.
    pub(super) fn registered(&self) -> Option<SocketAddr> {
        self.registered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 2, 3));
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 2, 4));

    fn lane() -> Key {
        Key {
            area_id: "6407000001".to_owned(),
            channel: "1000000002".to_owned(),
            flag: "I".to_owned(),
            seq_no: String::new(),
        }
    }

    fn door(must_register: bool) -> Door {
        let password = Password::new("right");
        Door::new(lane(), "U1", password, vec![HERE], must_register)
    }

    fn registration(user: &str, password: &str) -> Registration {
        Registration {
            monitor_ip: "192.168.0.1".to_owned(),
            monitor_port: 9_001,
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }

    #[test]
    fn only_the_right_front_end_registers() {
        use RegisterOutcome as O;
        let other = |change: fn(&mut Key)| {
            let mut key = lane();
            change(&mut key);
            key
        };
        for (named, peer, user, password, outcome) in [
            (lane(), HERE, "U1", "right", O::Done),
            (lane(), ELSEWHERE, "U1", "right", O::Address),
            (
                other(|key| key.area_id.push('1')),
                HERE,
                "U1",
                "right",
                O::Site,
            ),
            (
                other(|key| key.channel.clear()),
                HERE,
                "U1",
                "right",
                O::Lane,
            ),
            (
                other(|key| key.flag = "E".into()),
                HERE,
                "U1",
                "right",
                O::Direction,
            ),
            (lane(), HERE, "U2", "right", O::User),
            (lane(), HERE, "U1", "Right", O::Password),
            (lane(), HERE, "U1", "", O::Password),
        ] {
            let mut door = door(true);
            let registration = registration(user, password);
            let now = Instant::from_millis(0);
            assert_eq!(door.register(&named, peer, &registration, now), outcome);
            assert_eq!(door.may_gather(HERE), outcome == O::Done);
            assert!(!door.may_gather(ELSEWHERE));
            // The address is the one that it came from, not the one that it says.
            let at = door.registered().map(|at| at.to_string());
            assert_eq!(at.as_deref() == Some("10.1.2.3:9001"), outcome == O::Done);
        }
    }

    #[test]
    fn whoever_guesses_waits_longer_each_time() {
        let mut door = door(true);
        let mut now = 0;
        let mut at = |ms: u64, password: &str, door: &mut Door| {
            now += ms;
            let registration = registration("U1", password);
            door.register(&lane(), HERE, &registration, Instant::from_millis(now))
        };
        assert_eq!(at(0, "a", &mut door), RegisterOutcome::Password);
        assert_eq!(at(499, "right", &mut door), RegisterOutcome::Right);
        assert_eq!(at(1, "b", &mut door), RegisterOutcome::Password);
        assert_eq!(at(999, "right", &mut door), RegisterOutcome::Right);
        assert_eq!(at(1, "right", &mut door), RegisterOutcome::Done);
        assert_eq!(at(0, "c", &mut door), RegisterOutcome::Password);
        // One that is in stays in.
        assert!(door.may_gather(HERE));
    }

    #[test]
    fn a_site_may_do_without_registration_but_not_without_addresses() {
        let door = door(false);
        assert!(door.may_gather(HERE) && !door.may_gather(ELSEWHERE));
    }
}
