//! Who is at the page now: tokens → sessions. Of a token only its hash is kept: 256 random bits are
//! as hard to guess as any slow hash of them. A restart of the daemon signs nobody out.
//!
//! A session is no more than its account: it ends with every change of role, password or state.

mod kept;
mod session;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use domain::event::{AccountAct, AccountRecord};
use domain::id::UserId;
use domain::time::Instant;

pub use self::kept::SESSIONS_FILE;
pub use self::session::{Presence, Session, SessionId, SessionRefusal};

use self::session::random_token;
use super::record;
use super::register::{Accounts, Author};
use super::secret_text::SecretText;
use super::sign_in::SignedIn;

/// Sessions of one account; the one that ends first goes.
const OF_ONE_MAX: usize = 3;
/// Sessions of all; the one unused for longest goes.
const SESSIONS_MAX: usize = 500;

/// A session just begun.
#[derive(Debug)]
pub struct Started {
    /// For the cookie; kept nowhere.
    pub token: SecretText,
    /// The session.
    pub session: Session,
    /// Of those that went to make room, to be recorded.
    pub records: Vec<AccountRecord>,
}

/// Every session of the page.
#[derive(Debug, Default)]
pub struct Sessions {
    by_id: BTreeMap<SessionId, Session>,
    /// Something has changed since they were kept.
    is_changed: bool,
}

impl Sessions {
    /// Nobody is there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a session of whoever has signed in. `wants_long` makes a wall page of it, for viewers
    /// alone; [`Session::is_long`] tells what it became.
    pub fn start(
        &mut self,
        signed_in: &SignedIn,
        wants_long: bool,
        accounts: &Accounts,
        now: Instant,
    ) -> Started {
        let mut records = self.sweep(accounts, now);
        let mine = |session: &&Session| session.user == signed_in.user;
        while self.by_id.values().filter(mine).count() >= OF_ONE_MAX {
            let oldest = self
                .by_id
                .values()
                .filter(mine)
                .min_by_key(|session| session.ends_at);
            let id = oldest.map(Session::id);
            records.extend(id.and_then(|id| self.remove(&id, None, "for a newer session")));
        }
        while self.by_id.len() >= SESSIONS_MAX {
            let least = self.by_id.values().min_by_key(|session| session.idle_at);
            let id = least.map(Session::id);
            records.extend(id.and_then(|id| self.remove(&id, None, "too many sessions")));
        }
        let token = random_token();
        let id = SessionId::of(token.expose()).expect("made with that length");
        let session = Session::new(id, signed_in, wants_long, now);
        self.is_changed = true;
        self.by_id.insert(id, session.clone());
        Started {
            token,
            session,
            records,
        }
    }

    /// The session of a token.
    ///
    /// # Errors
    /// There is none, or it has ended.
    pub fn find(
        &mut self,
        token: &str,
        presence: Presence,
        accounts: &Accounts,
        now: Instant,
    ) -> Result<&Session, SessionRefusal> {
        self.is_changed |= presence == Presence::Acting;
        let session = self.find_mut(token, accounts, now)?;
        if presence == Presence::Acting {
            session.acted(now);
        }
        Ok(session)
    }

    /// Ends a session at its person's wish. Gives the record, unless it had gone.
    pub fn end(&mut self, id: &SessionId) -> Option<AccountRecord> {
        let user = self.by_id.get(id)?.user.clone();
        self.remove(id, Some(&user), "")
    }

    /// Ends every session of an account. Gives the record, unless there was none.
    pub fn end_all_of(&mut self, by: &Author, user: &UserId) -> Option<AccountRecord> {
        let before = self.by_id.len();
        self.by_id.retain(|_, session| session.user != *user);
        let ended = before - self.by_id.len();
        self.is_changed |= ended > 0;
        let text = format!("every session ({ended})");
        let act = AccountAct::SignedOut;
        (ended > 0).then(|| record::of(by.user(), user.as_str(), act, &text))
    }

    /// Sessions of an account, oldest first.
    #[must_use]
    pub fn of(&self, user: &UserId) -> Vec<&Session> {
        let mut found: Vec<&Session> = self
            .by_id
            .values()
            .filter(|session| session.user == *user)
            .collect();
        found.sort_by_key(|session| session.ends_at);
        found
    }

    /// Drops what has ended and gives the records, at most one for each session. To be called now
    /// and then: [`Self::find`] refuses such sessions in any case.
    pub fn sweep(&mut self, accounts: &Accounts, now: Instant) -> Vec<AccountRecord> {
        let ended: Vec<(SessionId, SessionRefusal)> = self
            .by_id
            .values()
            .filter_map(|session| Some((session.id(), session.ended(accounts, now)?)))
            .collect();
        let records = ended.into_iter().filter_map(|(id, why)| {
            let text = why.to_string();
            self.remove(&id, None, &text)
        });
        records.collect()
    }

    fn find_mut(
        &mut self,
        token: &str,
        accounts: &Accounts,
        now: Instant,
    ) -> Result<&mut Session, SessionRefusal> {
        let id = SessionId::of(token).ok_or(SessionRefusal::Unknown)?;
        let session = self.by_id.get_mut(&id).ok_or(SessionRefusal::Unknown)?;
        match session.ended(accounts, now) {
            Some(refusal) => Err(refusal),
            None => Ok(session),
        }
    }

    fn remove(&mut self, id: &SessionId, by: Option<&UserId>, text: &str) -> Option<AccountRecord> {
        let user = self.by_id.remove(id)?.user;
        self.is_changed = true;
        Some(record::of(by, user.as_str(), AccountAct::SignedOut, text))
    }
}
