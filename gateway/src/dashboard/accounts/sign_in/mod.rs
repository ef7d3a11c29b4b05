//! A name, a password and a code → a person. Whether there is such an account, whether it is
//! disabled and which of the three was wrong shows neither in the answer nor in the time it takes.
//!
//! Three steps: [`SignIn::begin`] looks at earlier wrong tries, [`PasswordCheck::run`] does the slow
//! part where the caller may block, [`SignIn::finish`] judges and counts.

mod attempt;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use domain::event::AccountAct;
use domain::id::UserId;
use domain::time::{Instant, Now};

pub use self::attempt::{
    Attempt, BeginRefusal, CheckedPassword, PasswordCheck, SignInRefused, SignedIn,
};

use super::account::{Account, parse_name};
use super::password::CHARACTERS_MAX;
use super::record;
use super::register::Accounts;
use super::secret_text::SecretText;
use super::tries::{Place, Target, Tries, whole_seconds};

/// Passwords that are checked at one time; each takes 19 MiB.
const CHECKS_MAX: usize = 4;
/// Places that are remembered for each account.
const PLACES_MAX: usize = 4;

/// Whoever tries to sign in.
#[derive(Debug, Default)]
pub struct SignIn {
    tries: Tries,
    places: BTreeMap<UserId, VecDeque<Place>>,
    running: Arc<()>,
}

impl SignIn {
    /// Nobody has tried yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a try. It counts as a wrong one until [`Self::finish`] finds it right, so that many
    /// at one time gain nothing.
    ///
    /// # Errors
    /// There were too many wrong ones, or too many are being looked at.
    pub fn begin(
        &mut self,
        accounts: &Accounts,
        attempt: Attempt,
        now: Instant,
    ) -> Result<PasswordCheck, BeginRefusal> {
        let name = parse_name(&attempt.name).ok();
        let place = Place::of(attempt.from);
        let targets = self.targets(name.as_ref(), place);
        if let Some(wait) = self.tries.wait(&targets, now) {
            let seconds = whole_seconds(wait);
            return Err(BeginRefusal::Wait { seconds });
        }
        if Arc::strong_count(&self.running) > CHECKS_MAX {
            return Err(BeginRefusal::Busy);
        }
        self.tries.charge(&targets, now);
        // What is too long for a password fits no hash; cut, it costs no more than others.
        let text: String = attempt
            .password
            .expose()
            .chars()
            .take(CHARACTERS_MAX + 1)
            .collect();
        Ok(PasswordCheck {
            hash: accounts.hash_for(name.as_ref()),
            name: name.filter(|name| accounts.get(name).is_some()),
            password: SecretText::new(text),
            code: attempt.code,
            from: attempt.from,
            place,
            targets,
            running: Arc::clone(&self.running),
        })
    }

    /// Ends a try: right, or wrong and counted.
    ///
    /// # Errors
    /// Anything was wrong, or the account was changed meanwhile.
    pub fn finish(
        &mut self,
        accounts: &mut Accounts,
        checked: CheckedPassword,
        now: Now,
    ) -> Result<SignedIn, SignInRefused> {
        let CheckedPassword { is_right, check } = checked;
        let PasswordCheck {
            name,
            hash,
            code,
            from,
            place,
            targets,
            running,
            password: _,
        } = check;
        drop(running);
        let account = name.as_ref().and_then(|name| accounts.get(name));
        let is_open = |account: &&Account| !account.is_disabled && account.password == hash;
        let found = account
            .filter(|account| is_right && is_open(account))
            .map(|account| {
                (
                    account.name.clone(),
                    account.role,
                    account.has_second_factor(),
                )
            });
        let Some((user, role, with_code)) = found else {
            return Err(self.refused(name.as_ref(), from, &targets, now.mono));
        };
        if with_code && accounts.use_code(&user, &code, now.utc.at).is_err() {
            return Err(self.refused(name.as_ref(), from, &targets, now.mono));
        }
        let [for_name, for_place] = &targets;
        self.tries.forget(for_name);
        // Not forgotten: else one account of one's own would allow endless tries of others'.
        self.tries.refund(for_place);
        self.remember(&user, place);
        let text = if with_code {
            "with a code"
        } else {
            "without a code"
        };
        let text = format!("{text}, from {from}");
        let record = record::of(Some(&user), user.as_str(), AccountAct::SignedIn, &text);
        Ok(SignedIn {
            stamp: accounts.get(&user).map_or(0, |account| account.stamp),
            user,
            role,
            from,
            record,
        })
    }

    fn targets(&self, name: Option<&UserId>, place: Place) -> [Target; 2] {
        // What is no name at all shares one count; no account can have it.
        let text = name.map_or(String::new(), |name| name.as_str().to_owned());
        let places = name.and_then(|name| self.places.get(name));
        let for_name = match places {
            Some(known) if known.contains(&place) => Target::NameAt(text, place),
            Some(_) | None => Target::Name(text),
        };
        [for_name, Target::Place(place)]
    }

    fn remember(&mut self, user: &UserId, place: Place) {
        let places = self.places.entry(user.clone()).or_default();
        places.retain(|known| *known != place);
        if places.len() == PLACES_MAX {
            places.pop_front();
        }
        places.push_back(place);
    }

    fn refused(
        &self,
        name: Option<&UserId>,
        from: IpAddr,
        targets: &[Target],
        now: Instant,
    ) -> SignInRefused {
        let wait_s = self.tries.wait(targets, now).map(whole_seconds);
        let subject = name.map_or(record::UNKNOWN_NAME, UserId::as_str);
        let (act, text) = match wait_s {
            Some(wait_s) => (AccountAct::Locked, format!("from {from}, for {wait_s} s")),
            None => (AccountAct::SignInRefused, format!("from {from}")),
        };
        let record = record::of(None, subject, act, &text);
        SignInRefused { wait_s, record }
    }
}
