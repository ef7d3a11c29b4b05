//! One session, and when it ends.

use std::net::IpAddr;
use std::time::Duration;

use domain::id::UserId;
use domain::time::Instant;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::dashboard::accounts::register::Accounts;
use crate::dashboard::accounts::role::Role;
use crate::dashboard::accounts::secret_text::SecretText;
use crate::dashboard::accounts::sign_in::SignedIn;

/// A session ends when nobody has acted in it for this long.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(15 * 60);
/// A session ends after a shift.
pub(super) const AGE_MAX: Duration = Duration::from_secs(12 * 60 * 60);
/// A wall page of a viewer lasts for this long, and does not idle out.
pub(super) const LONG_AGE_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// 32 bytes in hexadecimal.
const TOKEN_DIGITS: usize = 64;

/// Longest time of a session.
pub(super) const fn age_max(is_long: bool) -> Duration {
    if is_long { LONG_AGE_MAX } else { AGE_MAX }
}

/// 256 random bits.
pub(super) fn random_token() -> SecretText {
    SecretText::new(hex::encode(rand::random::<[u8; TOKEN_DIGITS / 2]>()))
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// There is no such session (any more).
    #[error("not signed in")]
    Unknown,
    /// Nobody acted for a quarter of an hour.
    #[error("signed out after 15 minutes without an act")]
    Idle,
    /// Its longest time is over.
    #[error("signed out at the end of the longest session")]
    Over,
    /// The account's role, password or state has changed.
    #[error("signed out because the account has changed")]
    AccountChanged,
}

/// What somebody does with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Opens a page or acts: a person is there.
    Acting,
    /// A stream or a poll of an open page: nobody need be there.
    Watching,
}

/// Names a session; tells nothing of its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub(super) [u8; 32]);

impl SessionId {
    pub(super) fn of(token: &str) -> Option<Self> {
        (token.len() == TOKEN_DIGITS).then(|| Self(Sha256::digest(token.as_bytes()).into()))
    }
}

/// A person's session.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) id: SessionId,
    pub(super) user: UserId,
    pub(super) csrf: SecretText,
    pub(super) from: IpAddr,
    pub(super) ends_at: Instant,
    pub(super) idle_at: Instant,
    pub(super) is_long: bool,
    pub(super) stamp: u64,
}

impl Session {
    pub(super) fn new(id: SessionId, of: &SignedIn, wants_long: bool, now: Instant) -> Self {
        let is_long = wants_long && of.role == Role::Viewer;
        let ends_at = now + age_max(is_long);
        Self {
            id,
            user: of.user.clone(),
            csrf: random_token(),
            from: of.from,
            ends_at,
            idle_at: if is_long { ends_at } else { now + IDLE_MAX },
            is_long,
            stamp: of.stamp,
        }
    }

    /// Its name here.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// Token that every form of this session carries.
    #[must_use]
    pub fn csrf(&self) -> &SecretText {
        &self.csrf
    }

    /// Whether a form came from this session.
    #[must_use]
    pub fn is_csrf(&self, token: &str) -> bool {
        self.csrf.expose().as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// Where it was begun.
    #[must_use]
    pub fn from(&self) -> IpAddr {
        self.from
    }

    /// Whether it is a wall page, which does not idle out.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.is_long
    }

    /// When it ends at the latest: for the cookie.
    #[must_use]
    pub fn ends_at(&self) -> Instant {
        self.ends_at
    }

    /// Somebody has acted. Nobody acts at a wall page, which does not idle out.
    pub(super) fn acted(&mut self, now: Instant) {
        if !self.is_long {
            self.idle_at = now + IDLE_MAX;
        }
    }

    pub(super) fn ended(&self, accounts: &Accounts, now: Instant) -> Option<SessionRefusal> {
        let is_same = accounts
            .get(&self.user)
            .is_some_and(|a| !a.is_disabled() && a.stamp == self.stamp);
        if !is_same {
            return Some(SessionRefusal::AccountChanged);
        }
        if now >= self.ends_at {
            return Some(SessionRefusal::Over);
        }
        (now >= self.idle_at).then_some(SessionRefusal::Idle)
    }
}
