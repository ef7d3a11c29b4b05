//! The first start: a code that only the machine's console shows lets the first administrator in,
//! once. There is no password before that one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use domain::event::{AccountAct, AccountRecord};
use domain::time::Instant;
use subtle::ConstantTimeEq as _;

use super::password::HashedPassword;
use super::record;
use super::register::{Accounts, Author, ChangeRefusal};
use super::role::Role;
use super::secret_text::SecretText;
use super::tries::{Place, Target, Tries, whole_seconds};

const CODE_BYTES: usize = 16;
/// Digits between two hyphens of the shown code.
const GROUP_DIGITS: usize = 4;
/// Longest text that is looked at.
const TYPED_CHARACTERS_MAX: usize = 128;
/// Subject of the records of wrong codes.
const SUBJECT: &str = "set-up";

/// Why there is no set-up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpRefusal {
    /// There is an administrator already.
    #[error("the gate is set up already")]
    Closed,
    /// Too many wrong codes before.
    #[error("too many wrong tries; wait {seconds} s")]
    Wait {
        /// Whole seconds to wait.
        seconds: u64,
    },
    /// The code is wrong.
    #[error("the set-up code is wrong; it stands on the gate's console")]
    Wrong {
        /// To be recorded.
        record: AccountRecord,
    },
    /// The account cannot be made.
    #[error(transparent)]
    Account {
        /// Why.
        #[from]
        refusal: ChangeRefusal,
    },
}

/// Whoever showed the code.
#[derive(Debug)]
pub struct Admitted(());

/// The set-up of the gate's page.
pub struct SetUp {
    /// `None` once it has been used, or if it was never needed.
    code: Option<[u8; CODE_BYTES]>,
    tries: Tries,
}

impl std::fmt::Debug for SetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetUp")
            .field("is_open", &self.code.is_some())
            .finish_non_exhaustive()
    }
}

impl SetUp {
    /// Makes a code of 128 random bits if there is no administrator yet.
    #[must_use]
    pub fn new(accounts: &Accounts) -> Self {
        Self {
            code: accounts.needs_set_up().then(rand::random),
            tries: Tries::default(),
        }
    }

    /// The code in groups of four hexadecimal digits, for the console and for nothing else.
    #[must_use]
    pub fn shown_code(&self) -> Option<SecretText> {
        let digits = hex::encode(self.code?);
        let mut shown = String::new();
        for (n, digit) in digits.chars().enumerate() {
            if n > 0 && n % GROUP_DIGITS == 0 {
                shown.push('-');
            }
            shown.push(digit);
        }
        Some(SecretText::new(shown))
    }

    /// Whether nothing but the set-up works.
    #[must_use]
    pub fn is_open(&self, accounts: &Accounts) -> bool {
        self.code.is_some() && accounts.needs_set_up()
    }

    /// Looks at a typed code; hyphens, spaces and capitals do not matter. The password is hashed
    /// only after it, and [`Self::finish`] uses the code up.
    ///
    /// # Errors
    /// The gate is set up, the code is wrong, or too many were.
    pub fn admit(
        &mut self,
        accounts: &Accounts,
        typed: &str,
        from: IpAddr,
        now: Instant,
    ) -> Result<Admitted, SetUpRefusal> {
        let code = self
            .code
            .filter(|_| accounts.needs_set_up())
            .ok_or(SetUpRefusal::Closed)?;
        // By place alone: else anybody could keep whoever sets the gate up waiting.
        let targets = [Target::Place(Place::of(from))];
        if let Some(wait) = self.tries.wait(&targets, now) {
            let seconds = whole_seconds(wait);
            return Err(SetUpRefusal::Wait { seconds });
        }
        let is_right = read(typed).is_some_and(|typed| bool::from(typed.ct_eq(&code)));
        if is_right {
            return Ok(Admitted(()));
        }
        self.tries.charge(&targets, now);
        let text = format!("from {from}");
        let record = record::of(None, SUBJECT, AccountAct::SignInRefused, &text);
        Err(SetUpRefusal::Wrong { record })
    }

    /// Makes the first administrator and uses the code up.
    ///
    /// # Errors
    /// Somebody was faster, the name is taken, or the disk refused; the code still counts then.
    pub fn finish(
        &mut self,
        _admitted: Admitted,
        accounts: &mut Accounts,
        password: HashedPassword,
    ) -> Result<AccountRecord, SetUpRefusal> {
        if !self.is_open(accounts) {
            return Err(SetUpRefusal::Closed);
        }
        let (by, role) = (Author::Console, Role::Administrator);
        let record = accounts.create(&by, role, BTreeSet::new(), password)?;
        self.code = None;
        Ok(record)
    }
}

fn read(typed: &str) -> Option<[u8; CODE_BYTES]> {
    let digits: String = typed
        .chars()
        .take(TYPED_CHARACTERS_MAX)
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    hex::decode(digits).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::accounts::fixture::{self, at, hashed};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    #[test]
    fn the_code_lets_the_first_administrator_in_once() {
        let gate = fixture::EmptyGate::new();
        let mut accounts = gate.open();
        let mut set_up = SetUp::new(&accounts);
        assert!(set_up.is_open(&accounts));
        let shown = set_up.shown_code().unwrap();
        assert_eq!(shown.expose().len(), 39, "eight groups of four");
        assert!(!format!("{set_up:?}").contains(&shown.expose()[..4]));
        let typed = format!(" {} ", shown.expose().to_uppercase().replace('-', " "));
        let first = set_up.admit(&accounts, &typed, HERE, at(0)).unwrap();
        let second = set_up
            .admit(&accounts, shown.expose(), HERE, at(0))
            .unwrap();
        let password = hashed(&accounts, "admin-01");
        let record = set_up.finish(first, &mut accounts, password).unwrap();
        assert_eq!((record.user, record.act), (None, AccountAct::Created));
        let password = hashed(&accounts, "admin-02");
        let late = set_up.finish(second, &mut accounts, password);
        assert!(matches!(late, Err(SetUpRefusal::Closed)));
        let again = set_up.admit(&accounts, shown.expose(), HERE, at(0));
        assert!(matches!(again, Err(SetUpRefusal::Closed)));
        assert_eq!(accounts.list().count(), 1);
        let reopened = gate.open();
        let mut set_up = SetUp::new(&reopened);
        assert!(set_up.shown_code().is_none(), "never again");
        let none = set_up.admit(&reopened, shown.expose(), HERE, at(0));
        assert!(matches!(none, Err(SetUpRefusal::Closed)));
    }

    #[test]
    fn two_starts_have_two_codes() {
        let gate = fixture::EmptyGate::new();
        let accounts = gate.open();
        let codes = [SetUp::new(&accounts), SetUp::new(&accounts)]
            .map(|set_up| set_up.shown_code().unwrap());
        assert_ne!(codes[0], codes[1]);
    }

    #[test]
    fn wrong_codes_slow_down_their_place_alone() {
        let gate = fixture::EmptyGate::new();
        let accounts = gate.open();
        let mut set_up = SetUp::new(&accounts);
        let right = set_up.shown_code().unwrap();
        let elsewhere = IpAddr::from([10, 0, 0, 2]);
        for typed in ["", "0000", &"0".repeat(32), &"x".repeat(10_000)] {
            let refusal = set_up.admit(&accounts, typed, HERE, at(0)).unwrap_err();
            let SetUpRefusal::Wrong { record } = refusal else {
                panic!("{refusal}");
            };
            assert_eq!(record.act, AccountAct::SignInRefused);
        }
        let slowed = set_up.admit(&accounts, right.expose(), HERE, at(1));
        assert!(matches!(slowed, Err(SetUpRefusal::Wait { seconds: 1 })));
        assert!(
            set_up
                .admit(&accounts, right.expose(), elsewhere, at(1))
                .is_ok()
        );
        assert!(set_up.admit(&accounts, right.expose(), HERE, at(2)).is_ok());
    }

    #[test]
    fn a_disk_that_refuses_leaves_the_code() {
        let gate = fixture::EmptyGate::new();
        let mut accounts = gate.open();
        let mut set_up = SetUp::new(&accounts);
        let code = set_up.shown_code().unwrap();
        let admitted = set_up.admit(&accounts, code.expose(), HERE, at(0)).unwrap();
        let password = hashed(&accounts, "admin-01");
        gate.break_disk();
        let refused = set_up.finish(admitted, &mut accounts, password);
        assert!(matches!(
            refused,
            Err(SetUpRefusal::Account {
                refusal: ChangeRefusal::File(_)
            })
        ));
        assert!(set_up.is_open(&accounts));
    }
}
