//! What people did with accounts of the gate's page, as the journal keeps it. Knows neither
//! passwords nor sessions.

use crate::id::UserId;

/// Kinds of such acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountAct {
    /// An account was made.
    Created,
    /// Role or privileges changed.
    Changed,
    /// An account may no longer sign in.
    Disabled,
    /// A password was set.
    PasswordSet,
    /// A second factor was confirmed.
    SecondFactorSet,
    /// A second factor was taken away.
    SecondFactorRemoved,
    /// Somebody signed in.
    SignedIn,
    /// Somebody was not let in.
    SignInRefused,
    /// Somebody signed out, or was signed out.
    SignedOut,
    /// Too many wrong tries: the account waits.
    Locked,
    /// A second person approved what the first asked for.
    Approved,
    /// Records were taken out of the gate.
    Exported,
    /// Somebody asks the region to look at a passage.
    RegionCalled,
}

/// Longest subject in characters.
pub const SUBJECT_MAX: usize = 64;
/// Longest text in characters.
pub const TEXT_MAX: usize = 500;

/// One such act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// Who did it; `None` before anybody is known.
    pub user: Option<UserId>,
    /// Account or thing that it is about, at most 64 characters.
    pub subject: String,
    /// Kind.
    pub act: AccountAct,
    /// In words, at most 500 characters.
    pub text: String,
}
