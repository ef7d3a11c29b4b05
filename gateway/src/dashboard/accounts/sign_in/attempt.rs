//! What a try to sign in is made of, and what comes of it.

use std::net::IpAddr;
use std::sync::Arc;

use domain::event::AccountRecord;
use domain::id::UserId;

use crate::dashboard::accounts::role::Role;
use crate::dashboard::accounts::secret_text::SecretText;
use crate::dashboard::accounts::slow_hash::SlowHash;
use crate::dashboard::accounts::tries::{Place, Target};

/// One try to sign in, as typed.
#[derive(Debug)]
pub struct Attempt {
    /// Name.
    pub name: String,
    /// Password.
    pub password: SecretText,
    /// Code of the second factor; empty where there is none.
    pub code: String,
    /// Where it comes from.
    pub from: IpAddr,
}

/// Why a try is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BeginRefusal {
    /// Too many wrong tries before.
    #[error("too many wrong tries; wait {seconds} s")]
    Wait {
        /// Whole seconds to wait.
        seconds: u64,
    },
    /// Several passwords are being checked.
    #[error("several people are signing in; try again in a moment")]
    Busy,
}

/// A try was wrong, in whatever it was.
#[derive(Debug, thiserror::Error)]
#[error("name, password or code is wrong")]
pub struct SignInRefused {
    /// Whole seconds to wait before the next try, if any.
    pub wait_s: Option<u64>,
    /// To be recorded.
    pub record: AccountRecord,
}

/// The slow part of a try. What it takes is bounded: only so many exist at one time.
#[derive(Debug)]
pub struct PasswordCheck {
    pub(super) name: Option<UserId>,
    pub(super) hash: SlowHash,
    pub(super) password: SecretText,
    pub(super) code: String,
    pub(super) from: IpAddr,
    pub(super) place: Place,
    pub(super) targets: [Target; 2],
    /// Counts the checks that exist.
    pub(super) running: Arc<()>,
}

impl PasswordCheck {
    /// Checks the password. Blocks for some tenth of a second and takes 19 MiB meanwhile.
    #[must_use]
    pub fn run(self) -> CheckedPassword {
        CheckedPassword {
            is_right: self.hash.fits(self.password.expose()),
            check: self,
        }
    }
}

/// A try whose password has been checked.
#[derive(Debug)]
pub struct CheckedPassword {
    pub(super) is_right: bool,
    pub(super) check: PasswordCheck,
}

/// A person who has just shown the password, and a code where the account has a second factor.
#[derive(Debug)]
pub struct SignedIn {
    pub(in crate::dashboard::accounts) user: UserId,
    pub(in crate::dashboard::accounts) role: Role,
    pub(in crate::dashboard::accounts) from: IpAddr,
    pub(in crate::dashboard::accounts) stamp: u64,
    /// To be recorded, unless the person was signed in already and only proved it again.
    pub record: AccountRecord,
}

impl SignedIn {
    /// Who.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }
}
