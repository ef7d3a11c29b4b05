//! Names, passwords and codes → who is at the page and what that person may do there. One file
//! keeps the accounts, another one the sessions; wrong tries and open requests live in memory
//! alone.
//!
//! Knows no HTTP, no clock and no journal: times are passed in, and every change comes back as an
//! [`AccountRecord`](domain::event::AccountRecord) that the caller records.
//!
//! Reading order: [`Role`] and [`Right`]; [`Accounts`], the register; [`SignIn`] turns a password
//! and a code into [`SignedIn`], and that into one of the [`Sessions`]; [`SetUp`] lets the first
//! administrator in; [`TwoPersons`] keeps acts that wait for somebody else's approval.

mod account;
mod common_passwords;
mod password;
mod private_file;
mod record;
mod register;
mod role;
mod second_factor;
mod secret_text;
mod sessions;
mod set_up;
mod sign_in;
mod slow_hash;
mod state_file;
mod tries;
mod two_persons;
mod wording;

#[cfg(test)]
mod fixture;

pub use self::account::{Account, NameRefusal, parse_name};
pub use self::password::{HashedPassword, PasswordJob, PasswordRefusal};
pub use self::private_file::DiskError;
pub use self::record::exported;
pub use self::register::{ACCOUNTS_MAX, Accounts, Author, ChangeRefusal};
pub use self::role::{Right, Role};
pub use self::second_factor::{CodeRefusal, Enrolment};
pub use self::secret_text::SecretText;
pub use self::sessions::{
    Presence, SESSIONS_FILE, Session, SessionId, SessionRefusal, Sessions, Started,
};
pub use self::set_up::{Admitted, SetUp, SetUpRefusal};
pub use self::sign_in::{
    Attempt, BeginRefusal, CheckedPassword, PasswordCheck, SignIn, SignInRefused, SignedIn,
};
pub use self::slow_hash::HashFailure;
pub use self::state_file::{FILE_NAME, StateFileError};
pub use self::two_persons::{
    ApprovalRefusal, Approved, Ask, AskRefusal, Need, Request, RequestId, TwoPersons,
};
