//! Accounts for tests: cheap hashes, a folder of their own, and time that is passed in.
#![allow(
    clippy::unwrap_used,
    reason = "a fixture that fails is a test that fails"
)]

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;

use domain::id::UserId;
use domain::policy::RuleId;
use domain::time::{Instant, Now, TimeSource, Timestamp, UtcTime};
use tempfile::TempDir;

use super::account::Account;
use super::password::HashedPassword;
use super::register::{Accounts, Author};
use super::role::Role;
use super::second_factor::SecondFactor;
use super::secret_text::SecretText;
use super::sign_in::{Attempt, SignIn, SignInRefused, SignedIn};
use super::slow_hash::{Cost, SlowHash};
use super::state_file::{FILE_NAME, Register};

/// Password of every account.
pub(super) const PASSWORD: &str = "the arm rises at seven";
/// Where everybody sits.
pub(super) const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
const UTC_START_S: i64 = 1_700_000_000;

/// `seconds` after the start.
pub(super) fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1_000)
}

/// Both times, `seconds` after the start.
pub(super) fn now(seconds: u64) -> Now {
    Now {
        mono: at(seconds),
        utc: UtcTime {
            at: Timestamp::from_seconds(UTC_START_S + i64::try_from(seconds).unwrap()),
            source: TimeSource::Ntp,
        },
    }
}

pub(super) fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub(super) fn rules(numbers: &[u8]) -> BTreeSet<RuleId> {
    let rule = |number: &u8| RuleId::from_number(*number).unwrap();
    numbers.iter().map(rule).collect()
}

/// [`PASSWORD`], hashed for `name`.
pub(super) fn hashed(accounts: &Accounts, name: &str) -> HashedPassword {
    let job = accounts
        .new_password(&user(name), SecretText::new(PASSWORD))
        .unwrap();
    job.run().unwrap()
}

/// Four accounts that never had a gate.
pub(super) fn register() -> Register {
    let account = |name: &str, role, privileges: &[u8], has_factor: bool| Account {
        name: user(name),
        role,
        privileges: rules(privileges),
        password: SlowHash::decoy(Cost::LEAST),
        second_factor: has_factor.then(|| {
            let mut factor = SecondFactor::new();
            let code = factor.code_at(now(0).utc.at);
            factor.use_code(&code, now(0).utc.at).unwrap();
            factor
        }),
        is_disabled: name == "clerk-08",
        stamp: 0,
    };
    [
        account("admin-01", Role::Administrator, &[], true),
        account("clerk-07", Role::Clerk, &[1, 6], true),
        account("clerk-08", Role::Clerk, &[], false),
        account("wall-01", Role::Viewer, &[], false),
    ]
    .into_iter()
    .map(|account| (account.name.clone(), account))
    .collect()
}

/// A gate's state directory before the first start.
pub(super) struct EmptyGate {
    folder: TempDir,
}

impl EmptyGate {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("state").join(FILE_NAME)
    }

    /// Opens the accounts, as a start does.
    pub(super) fn open(&self) -> Accounts {
        std::fs::create_dir_all(self.folder.path().join("state")).unwrap();
        Accounts::open_with(&self.file(), Cost::LEAST).unwrap()
    }

    /// From now on nothing can be kept.
    pub(super) fn break_disk(&self) {
        std::fs::remove_dir_all(self.folder.path().join("state")).unwrap();
    }
}

/// A gate with people: `admin-01`, `clerk-07` (R1, R6), `clerk-08`, `supervisor-02` (R1, R6, R9) and
/// `wall-01`, none with a second factor.
pub(super) struct Gate {
    pub(super) home: EmptyGate,
    pub(super) accounts: Accounts,
    pub(super) sign_in: SignIn,
}

impl Gate {
    pub(super) fn new() -> Self {
        let home = EmptyGate::new();
        let mut accounts = home.open();
        for (name, role, privileges) in [
            ("admin-01", Role::Administrator, &[] as &[u8]),
            ("clerk-07", Role::Clerk, &[1, 6]),
            ("clerk-08", Role::Clerk, &[]),
            ("supervisor-02", Role::Supervisor, &[1, 6, 9]),
            ("wall-01", Role::Viewer, &[]),
        ] {
            let password = hashed(&accounts, name);
            let privileges = rules(privileges);
            accounts
                .create(&Author::Console, role, privileges, password)
                .unwrap();
        }
        Self {
            home,
            accounts,
            sign_in: SignIn::new(),
        }
    }

    /// A whole try to sign in from `from`.
    pub(super) fn try_from(
        &mut self,
        from: IpAddr,
        name: &str,
        password: &str,
        code: &str,
        seconds: u64,
    ) -> Result<SignedIn, SignInRefused> {
        let attempt = Attempt {
            name: name.to_owned(),
            password: SecretText::new(password),
            code: code.to_owned(),
            from,
        };
        let check = self
            .sign_in
            .begin(&self.accounts, attempt, at(seconds))
            .unwrap();
        self.sign_in
            .finish(&mut self.accounts, check.run(), now(seconds))
    }

    /// Signs in with the right password.
    pub(super) fn signed_in(&mut self, name: &str, seconds: u64) -> SignedIn {
        let code = self.code(name, seconds).unwrap_or_default();
        self.try_from(HERE, name, PASSWORD, &code, seconds).unwrap()
    }

    /// The code that the person's app shows.
    pub(super) fn code(&self, name: &str, seconds: u64) -> Option<String> {
        let factor = self.accounts.get(&user(name))?.second_factor.as_ref()?;
        Some(factor.code_at(now(seconds).utc.at))
    }

    /// Gives the account a second factor, using up the code of `seconds`.
    pub(super) fn enrol(&mut self, name: &str, seconds: u64) {
        let proof = self.signed_in(name, seconds);
        let enrolment = self
            .accounts
            .begin_second_factor(&proof, "Kakou", at(seconds))
            .unwrap();
        let factor = SecondFactor::parse(enrolment.secret.expose(), &[]).unwrap();
        let code = factor.code_at(now(seconds).utc.at);
        self.accounts
            .confirm_second_factor(&user(name), &code, now(seconds))
            .unwrap();
    }
}
