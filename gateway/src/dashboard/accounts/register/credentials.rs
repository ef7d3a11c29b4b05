//! Passwords and second factors of the accounts. Whoever changes the own ones shows the old ones
//! first: a page left open is not enough.

use std::time::Duration;

use domain::event::{AccountAct, AccountRecord};
use domain::id::UserId;
use domain::time::{Instant, Now, Timestamp};

use super::{Accounts, Author, ChangeRefusal};
use crate::dashboard::accounts::account::Account;
use crate::dashboard::accounts::password::{
    HashedPassword, PasswordJob, PasswordRefusal, check_rules,
};
use crate::dashboard::accounts::record;
use crate::dashboard::accounts::second_factor::{CodeRefusal, Enrolment, SecondFactor};
use crate::dashboard::accounts::secret_text::SecretText;
use crate::dashboard::accounts::sign_in::SignedIn;
use crate::dashboard::accounts::slow_hash::SlowHash;
use crate::dashboard::accounts::state_file;

/// Time to confirm a second factor with its first code.
const ENROLMENT: Duration = Duration::from_secs(10 * 60);

impl Accounts {
    /// Checks a new password for `name`, of an account that exists or is about to.
    ///
    /// # Errors
    /// The password breaks a rule.
    pub fn new_password(
        &self,
        name: &UserId,
        password: SecretText,
    ) -> Result<PasswordJob, PasswordRefusal> {
        check_rules(name, password.expose())?;
        Ok(PasswordJob {
            user: name.clone(),
            text: password,
            cost: self.cost,
        })
    }

    /// Sets the password of another's account, the one it was hashed for, and ends its sessions.
    ///
    /// # Errors
    /// The author may not, there is no such account, or the disk refused.
    pub fn set_password(
        &mut self,
        by: &Author,
        password: HashedPassword,
    ) -> Result<AccountRecord, ChangeRefusal> {
        self.check_keeper(by)?;
        self.replace_password(by.user(), password)
    }

    /// Sets the password of whoever has just shown the old one, and ends that person's sessions.
    ///
    /// # Errors
    /// The password was hashed for somebody else, the proof has been overtaken, or the disk refused.
    pub fn set_own_password(
        &mut self,
        proof: &SignedIn,
        password: HashedPassword,
    ) -> Result<AccountRecord, ChangeRefusal> {
        self.check_proof(proof)?;
        if password.user != proof.user {
            return Err(ChangeRefusal::NotAllowed);
        }
        self.replace_password(Some(&proof.user), password)
    }

    /// Begins a second factor of whoever has just shown the password (and a code of the factor
    /// before, if there is one). `issuer` names the gate in the person's app. Nothing is kept before
    /// [`Self::confirm_second_factor`].
    ///
    /// # Errors
    /// The proof has been overtaken.
    pub fn begin_second_factor(
        &mut self,
        proof: &SignedIn,
        issuer: &str,
        now: Instant,
    ) -> Result<Enrolment, ChangeRefusal> {
        self.check_proof(proof)?;
        let factor = SecondFactor::new();
        let enrolment = factor.enrolment(&proof.user, issuer);
        // One for each account at most, so the register's limit bounds them.
        self.enrolments.insert(proof.user.clone(), (factor, now));
        Ok(enrolment)
    }

    /// Takes the begun second factor into use once its first code is right, in the place of one
    /// before.
    ///
    /// # Errors
    /// None was begun within ten minutes, the code is wrong, or the disk refused.
    pub fn confirm_second_factor(
        &mut self,
        name: &UserId,
        code: &str,
        now: Now,
    ) -> Result<AccountRecord, ChangeRefusal> {
        let mut account = self.copy_of(name)?;
        let begun = self.enrolments.get(name);
        let (factor, _) = begun
            .filter(|(_, at)| now.mono.since(*at) < ENROLMENT)
            .ok_or(ChangeRefusal::NoEnrolment)?;
        let mut factor = factor.clone();
        factor.use_code(code, now.utc.at)?;
        account.second_factor = Some(factor);
        self.keep(account)?;
        self.enrolments.remove(name);
        let act = AccountAct::SecondFactorSet;
        Ok(record::of(Some(name), name.as_str(), act, ""))
    }

    /// Takes an account's second factor away, as when a telephone is lost, and ends its sessions.
    ///
    /// # Errors
    /// The author may not, there is no such account, it has no second factor, or the disk refused.
    pub fn remove_second_factor(
        &mut self,
        by: &Author,
        name: &UserId,
    ) -> Result<AccountRecord, ChangeRefusal> {
        self.check_keeper(by)?;
        let mut account = self.copy_of(name)?;
        if account.second_factor.take().is_none() {
            return Err(ChangeRefusal::NoSecondFactor { name: name.clone() });
        }
        self.end_sessions_of(&mut account);
        self.keep(account)?;
        let act = AccountAct::SecondFactorRemoved;
        Ok(record::of(by.user(), name.as_str(), act, ""))
    }

    /// A hash to check a password against: the account's, or one as costly that none fits.
    pub(in crate::dashboard::accounts) fn hash_for(&self, name: Option<&UserId>) -> SlowHash {
        let account = name.and_then(|name| self.get(name));
        account.map_or_else(|| self.decoy.clone(), |account| account.password.clone())
    }

    /// Uses up a code of the account's second factor.
    pub(in crate::dashboard::accounts) fn use_code(
        &mut self,
        name: &UserId,
        code: &str,
        at: Timestamp,
    ) -> Result<(), CodeRefusal> {
        let account = self.register.get_mut(name);
        let factor = account.and_then(|account| account.second_factor.as_mut());
        factor.ok_or(CodeRefusal::Wrong)?.use_code(code, at)?;
        // A disk that refuses must not keep out whoever could mend it. The code is used up here,
        // and in the file with the next change.
        if let Err(error) = state_file::write(&self.file, &self.register) {
            tracing::warn!(%error, "a used code is remembered only until the next start");
        }
        Ok(())
    }

    fn check_proof(&self, proof: &SignedIn) -> Result<(), ChangeRefusal> {
        let is_current = |account: &Account| !account.is_disabled && account.stamp == proof.stamp;
        let account = self.get(&proof.user).filter(|account| is_current(account));
        account.map(|_| ()).ok_or(ChangeRefusal::NotAllowed)
    }

    fn replace_password(
        &mut self,
        by: Option<&UserId>,
        password: HashedPassword,
    ) -> Result<AccountRecord, ChangeRefusal> {
        let HashedPassword { user: name, hash } = password;
        let mut account = self.copy_of(&name)?;
        account.password = hash;
        self.end_sessions_of(&mut account);
        self.keep(account)?;
        Ok(record::of(by, name.as_str(), AccountAct::PasswordSet, ""))
    }
}
