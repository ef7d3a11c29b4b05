//! Who changes an account, and why one is not changed.

use domain::id::UserId;

use super::ACCOUNTS_MAX;
use crate::dashboard::accounts::second_factor::CodeRefusal;
use crate::dashboard::accounts::state_file::{self, StateFileError};

/// Who changes an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// Whoever has the machine's console, which may do anything.
    Console,
    /// A person with a session.
    Person(UserId),
}

impl Author {
    pub(in crate::dashboard::accounts) fn user(&self) -> Option<&UserId> {
        match self {
            Self::Console => None,
            Self::Person(user) => Some(user),
        }
    }
}

/// Why an account is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRefusal {
    /// The author may not, or what proved it has been overtaken.
    #[error("only an administrator may do that, or whoever has just proved to be that person")]
    NotAllowed,
    /// There is no such account.
    #[error("there is no account {name}")]
    Unknown {
        /// The name.
        name: UserId,
    },
    /// There is such an account already, perhaps a disabled one.
    #[error("there is an account {name} already")]
    Exists {
        /// The name.
        name: UserId,
    },
    /// The register is full.
    #[error(
        "there are {ACCOUNTS_MAX} accounts; stop the gate and take disabled ones out of {file}",
        file = state_file::FILE_NAME
    )]
    Full,
    /// The role may not hold privileges.
    #[error("only clerks and supervisors have privileges")]
    Privileges,
    /// Nobody would be left to keep the accounts.
    #[error("{name} is the last administrator who can sign in")]
    LastAdministrator {
        /// The account.
        name: UserId,
    },
    /// No second factor is being set up, or it took longer than ten minutes.
    #[error("no second factor is being set up; begin again")]
    NoEnrolment,
    /// The account has no second factor.
    #[error("{name} has no second factor")]
    NoSecondFactor {
        /// The account.
        name: UserId,
    },
    /// The first code of a second factor is wrong.
    #[error(transparent)]
    Code(#[from] CodeRefusal),
    /// The change cannot be kept, and is not made.
    #[error("the change cannot be kept")]
    File(#[from] StateFileError),
}
