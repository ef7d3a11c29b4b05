//! The register of accounts: who there is, and every change of it. A change is in the file before
//! it is true here. The last enabled administrator stays one.
//!
//! Every change blocks for the disk.

mod credentials;
mod refusal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::event::{AccountAct, AccountRecord};
use domain::id::UserId;
use domain::policy::RuleId;
use domain::time::Instant;

pub use self::refusal::{Author, ChangeRefusal};

use super::account::Account;
use super::password::HashedPassword;
use super::record;
use super::role::{Right, Role};
use super::second_factor::SecondFactor;
use super::slow_hash::{Cost, SlowHash};
use super::state_file::{self, Register, StateFileError};

/// Accounts of a gate, disabled ones with them: their names stand in the journal and are not given
/// to anybody else.
pub const ACCOUNTS_MAX: usize = 200;

/// Every account of the gate.
#[derive(Debug)]
pub struct Accounts {
    file: PathBuf,
    cost: Cost,
    decoy: SlowHash,
    register: Register,
    enrolments: BTreeMap<UserId, (SecondFactor, Instant)>,
    stamp_last: u64,
}

impl Accounts {
    /// Reads the accounts of a file; there are none before the first start.
    ///
    /// # Errors
    /// The disk refused, or the file is damaged: it is left as it is.
    pub fn open(file: &Path) -> Result<Self, StateFileError> {
        Self::open_with(file, Cost::GATE)
    }

    pub(super) fn open_with(file: &Path, cost: Cost) -> Result<Self, StateFileError> {
        Ok(Self {
            register: state_file::read(file)?,
            file: file.to_owned(),
            cost,
            decoy: SlowHash::decoy(cost),
            enrolments: BTreeMap::new(),
            stamp_last: 0,
        })
    }

    /// Whether nobody can keep the accounts yet, so that nothing but [`SetUp`](super::SetUp) works.
    #[must_use]
    pub fn needs_set_up(&self) -> bool {
        !self
            .register
            .values()
            .any(|account| account.may(Right::Accounts))
    }

    /// The account of a name.
    #[must_use]
    pub fn get(&self, name: &UserId) -> Option<&Account> {
        self.register.get(name)
    }

    /// Whether the account exists and may do what needs `right`.
    #[must_use]
    pub fn may(&self, name: &UserId, right: Right) -> bool {
        self.get(name).is_some_and(|account| account.may(right))
    }

    /// Every account, by name.
    pub fn list(&self) -> impl Iterator<Item = &Account> {
        self.register.values()
    }

    /// Makes the account that `password` was hashed for.
    ///
    /// # Errors
    /// The author may not, the name is taken, the register is full, the role may not hold the
    /// privileges, or the disk refused.
    pub fn create(
        &mut self,
        by: &Author,
        role: Role,
        privileges: BTreeSet<RuleId>,
        password: HashedPassword,
    ) -> Result<AccountRecord, ChangeRefusal> {
        self.check_keeper(by)?;
        check_privileges(role, &privileges)?;
        let HashedPassword { user: name, hash } = password;
        if self.register.contains_key(&name) {
            return Err(ChangeRefusal::Exists { name });
        }
        if self.register.len() >= ACCOUNTS_MAX {
            return Err(ChangeRefusal::Full);
        }
        let text = described(role, &privileges);
        let account = Account {
            name: name.clone(),
            role,
            privileges,
            password: hash,
            second_factor: None,
            is_disabled: false,
            stamp: 0,
        };
        self.keep(account)?;
        Ok(record::of(
            by.user(),
            name.as_str(),
            AccountAct::Created,
            &text,
        ))
    }

    /// Gives an account another role and other privileges. A new role ends its sessions.
    ///
    /// # Errors
    /// The author may not, there is no such account, it is the last administrator, the role may not
    /// hold the privileges, or the disk refused.
    pub fn change(
        &mut self,
        by: &Author,
        name: &UserId,
        role: Role,
        privileges: BTreeSet<RuleId>,
    ) -> Result<AccountRecord, ChangeRefusal> {
        self.check_keeper(by)?;
        check_privileges(role, &privileges)?;
        let mut account = self.copy_of(name)?;
        if !role.may(Right::Accounts) {
            self.check_not_last(&account)?;
        }
        let before = described(account.role, &account.privileges);
        let text = format!("{before} -> {}", described(role, &privileges));
        if account.role != role {
            self.end_sessions_of(&mut account);
        }
        account.role = role;
        account.privileges = privileges;
        self.keep(account)?;
        Ok(record::of(
            by.user(),
            name.as_str(),
            AccountAct::Changed,
            &text,
        ))
    }

    /// Disables an account, which ends its sessions, or enables it again.
    ///
    /// # Errors
    /// The author may not, there is no such account, it is the last administrator, or the disk
    /// refused.
    pub fn set_disabled(
        &mut self,
        by: &Author,
        name: &UserId,
        is_disabled: bool,
    ) -> Result<AccountRecord, ChangeRefusal> {
        self.check_keeper(by)?;
        let mut account = self.copy_of(name)?;
        if is_disabled {
            self.check_not_last(&account)?;
        }
        account.is_disabled = is_disabled;
        self.end_sessions_of(&mut account);
        self.keep(account)?;
        let (act, text) = if is_disabled {
            (AccountAct::Disabled, "")
        } else {
            (AccountAct::Changed, "enabled")
        };
        Ok(record::of(by.user(), name.as_str(), act, text))
    }

    fn check_keeper(&self, by: &Author) -> Result<(), ChangeRefusal> {
        let allowed = match by {
            Author::Console => true,
            Author::Person(user) => self.may(user, Right::Accounts),
        };
        allowed.then_some(()).ok_or(ChangeRefusal::NotAllowed)
    }

    fn check_not_last(&self, account: &Account) -> Result<(), ChangeRefusal> {
        let is_other = |other: &&Account| other.name != account.name;
        let mut others = self.register.values().filter(is_other);
        if account.may(Right::Accounts) && !others.any(|other| other.may(Right::Accounts)) {
            let name = account.name.clone();
            return Err(ChangeRefusal::LastAdministrator { name });
        }
        Ok(())
    }

    fn copy_of(&self, name: &UserId) -> Result<Account, ChangeRefusal> {
        self.get(name)
            .cloned()
            .ok_or_else(|| ChangeRefusal::Unknown { name: name.clone() })
    }

    /// A session begun under the stamp before is none any more once `account` is kept.
    fn end_sessions_of(&mut self, account: &mut Account) {
        self.stamp_last += 1;
        account.stamp = self.stamp_last;
    }

    fn keep(&mut self, account: Account) -> Result<(), StateFileError> {
        let mut next = self.register.clone();
        next.insert(account.name.clone(), account);
        state_file::write(&self.file, &next)?;
        self.register = next;
        Ok(())
    }
}

fn check_privileges(role: Role, privileges: &BTreeSet<RuleId>) -> Result<(), ChangeRefusal> {
    let fits = privileges.is_empty() || role.may_hold_privileges();
    fits.then_some(()).ok_or(ChangeRefusal::Privileges)
}

fn described(role: Role, privileges: &BTreeSet<RuleId>) -> String {
    let mut text = role.code().to_owned();
    for rule in privileges {
        text.push(' ');
        text.push_str(&rule.to_string());
    }
    text
}
