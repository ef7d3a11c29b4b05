//! Who is at the page: the accounts' parts behind one lock, the routes that use them, and the
//! journal told of each act.

mod approvals;
mod console;
mod keep;
mod own;
mod sign;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::StatusCode;
use domain::account::AccountRecord;
use domain::id::UserId;
use domain::policy::RuleId;
use domain::time::{Instant, Now};
use http_door::Problem;

pub(super) use self::approvals::{OpenRequest, approve, ask_second, open_requests};
pub use self::console::Keeper;
pub(super) use self::keep::{accounts, change_account};
pub(super) use self::own::{change_own, own};
pub(super) use self::sign::{set_up, set_up_form, sign_in, sign_in_form, sign_out};
use super::Desk;
use super::accounts::{
    self, Accounts, Presence, SESSIONS_FILE, SecretText, SessionRefusal, Sessions, SetUp, SignIn,
    StateFileError, TwoPersons,
};
use super::acts::record_account;
use super::guard::Asker;

/// Everything behind one lock: each is held for a moment, changes of accounts for a sync of the
/// disk.
pub(super) struct People {
    pub(super) accounts: Accounts,
    pub(super) sessions: Sessions,
    pub(super) sign_in: SignIn,
    pub(super) set_up: SetUp,
    pub(super) two_persons: TwoPersons,
    sessions_file: PathBuf,
}

impl People {
    /// Reads the accounts of a gate, and the sessions that have not ended.
    ///
    /// # Errors
    /// The file of accounts is damaged or cannot be read; it is left as it is.
    pub(super) fn open(directory: &Path, now: Now) -> Result<Self, StateFileError> {
        let accounts = Accounts::open(&directory.join(accounts::FILE_NAME))?;
        let sessions_file = directory.join(SESSIONS_FILE);
        Ok(Self {
            set_up: SetUp::new(&accounts),
            sessions: Sessions::open(&sessions_file, &accounts, now),
            sessions_file,
            accounts,
            sign_in: SignIn::new(),
            two_persons: TwoPersons::new(),
        })
    }

    /// Puts the sessions into their file. A failure is told; the next call tries again.
    pub(super) fn keep_sessions(&mut self, now: Now) {
        let kept = self.sessions.keep(&self.sessions_file, &self.accounts, now);
        if let Err(error) = kept {
            let error = &error as &dyn std::error::Error;
            tracing::error!(
                error,
                "sessions not kept: a restart may undo who signed in or out"
            );
        }
    }

    /// Whether nothing but the set-up works.
    pub(super) fn needs_set_up(&self) -> bool {
        self.accounts.needs_set_up()
    }

    /// Whose session a token is.
    ///
    /// # Errors
    /// There is none, or it has ended.
    pub(super) fn asker(
        &mut self,
        token: &str,
        presence: Presence,
        now: Instant,
    ) -> Result<Asker, SessionRefusal> {
        let session = self.sessions.find(token, presence, &self.accounts, now)?;
        let account = self.accounts.get(session.user());
        let account = account.ok_or(SessionRefusal::Unknown)?;
        Ok(Asker {
            user: account.name().clone(),
            role: account.role(),
            privileges: account.privileges().clone(),
            form: session.csrf().expose().to_owned(),
            session: session.id(),
            token: SecretText::new(token),
        })
    }
}

/// Whether the session behind an open page still stands.
pub(super) struct Watch {
    desk: Arc<Desk>,
    token: SecretText,
}

impl Watch {
    pub(super) fn new(desk: Arc<Desk>, asker: &Asker) -> Self {
        Self {
            desk,
            token: asker.token.clone(),
        }
    }

    pub(super) fn is_good(&self) -> bool {
        let now = self.desk.clock.now().mono;
        let mut people = self.desk.people();
        people
            .asker(self.token.expose(), Presence::Watching, now)
            .is_ok()
    }
}

/// Users who may override a rule.
pub(super) fn holders(desk: &Desk, rules: &BTreeSet<RuleId>) -> Vec<UserId> {
    let people = desk.people();
    let able = people
        .accounts
        .list()
        .filter(|account| !account.is_disabled() && account.lacking(rules).is_empty());
    able.map(|account| account.name().clone()).take(5).collect()
}

/// Makes account records durable; a page that could not be recorded did not happen for whoever
/// asked, and the log has it.
async fn recorded(
    desk: &Desk,
    records: impl IntoIterator<Item = AccountRecord>,
) -> Result<(), Problem> {
    for record in records {
        record_account(desk, record, None)
            .await
            .map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    }
    Ok(())
}

fn no_thread(error: &tokio::task::JoinError) -> Problem {
    tracing::error!(%error, "a password could not be looked at");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "the password could not be looked at; try again",
    )
}
