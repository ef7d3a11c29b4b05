//! One account, and its form in the state file. A value of [`Account`] is well formed, wherever it
//! came from. It is not serialisable itself, lest an answer carry a hash.

use std::collections::BTreeSet;

use domain::id::UserId;
use domain::policy::RuleId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::role::{Right, Role};
use super::second_factor::SecondFactor;
use super::slow_hash::SlowHash;

const NAME_CHARACTERS_MIN: usize = 3;
const NAME_CHARACTERS_MAX: usize = 32;

/// Why a text is no name of an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameRefusal {
    /// Too short or too long.
    #[error(
        "a name has {NAME_CHARACTERS_MIN} to {NAME_CHARACTERS_MAX} characters, not {characters}"
    )]
    Length {
        /// Characters found.
        characters: usize,
    },
    /// A character that names do not have.
    #[error("a name has letters a to z, digits, and - _ . only, not {found:?}")]
    Character {
        /// The character.
        found: char,
    },
}

/// Reads the name of an account: 3 to 32 of a to z, digits, `-`, `_` and `.`. Capitals are made
/// small, so that no two names look the same.
///
/// # Errors
/// Any other length or character.
pub fn parse_name(raw: &str) -> Result<UserId, NameRefusal> {
    let name = raw.trim();
    let characters = name.chars().count();
    if !(NAME_CHARACTERS_MIN..=NAME_CHARACTERS_MAX).contains(&characters) {
        return Err(NameRefusal::Length { characters });
    }
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
    if let Some(found) = name.chars().find(|c| !is_allowed(c)) {
        return Err(NameRefusal::Character { found });
    }
    Ok(UserId::parse(&name.to_ascii_lowercase()).expect("stricter than any user id"))
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub(super) name: UserId,
    pub(super) role: Role,
    pub(super) privileges: BTreeSet<RuleId>,
    pub(super) password: SlowHash,
    pub(super) second_factor: Option<SecondFactor>,
    pub(super) is_disabled: bool,
    /// Grows with every change that ends the account's sessions; of this run alone, see `likeness`.
    pub(super) stamp: u64,
}

impl Account {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &UserId {
        &self.name
    }

    /// Its role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Rules that the person may override.
    #[must_use]
    pub fn privileges(&self) -> &BTreeSet<RuleId> {
        &self.privileges
    }

    /// Whether nobody may sign in with it.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.is_disabled
    }

    /// Whether signing in takes a code besides the password.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.second_factor.is_some()
    }

    /// Whether the person may do what needs `right` now.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        !self.is_disabled && self.role.may(right)
    }

    /// What its sessions hang on, as a hash: another role, password or second factor is another.
    pub(super) fn likeness(&self) -> [u8; 32] {
        let stored = StoredAccount::from(self);
        let secret = stored.second_factor.map(|factor| factor.secret);
        let parts = [&stored.role, &stored.password, &secret.unwrap_or_default()];
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    /// Those of `rules` that the person may not override.
    #[must_use]
    pub fn lacking(&self, rules: &BTreeSet<RuleId>) -> BTreeSet<RuleId> {
        rules.difference(&self.privileges).copied().collect()
    }
}

/// An account as written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredAccount {
    name: String,
    role: String,
    #[serde(default)]
    privileges: Vec<u8>,
    password: String,
    #[serde(default)]
    second_factor: Option<StoredSecondFactor>,
    #[serde(default)]
    disabled: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSecondFactor {
    secret: String,
    #[serde(default)]
    used_steps: Vec<u64>,
}

/// What is wrong with an account in the file. Never repeats a hash or a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoredAccountError {
    #[error(transparent)]
    Name(#[from] NameRefusal),
    #[error("there is no role {0:?}; write viewer, clerk, supervisor or administrator")]
    Role(String),
    #[error("there is no rule {0}; write numbers from 1 to 19")]
    Rule(u8),
    #[error("only clerks and supervisors have privileges")]
    Privileges,
    #[error("{0}")]
    Secret(&'static str),
}

impl TryFrom<StoredAccount> for Account {
    type Error = StoredAccountError;

    fn try_from(stored: StoredAccount) -> Result<Self, Self::Error> {
        let role = Role::from_code(&stored.role)
            .ok_or_else(|| StoredAccountError::Role(stored.role.chars().take(32).collect()))?;
        let rule = |number| RuleId::from_number(number).ok_or(StoredAccountError::Rule(number));
        let privileges: BTreeSet<RuleId> = stored
            .privileges
            .into_iter()
            .map(rule)
            .collect::<Result<_, _>>()?;
        if !privileges.is_empty() && !role.may_hold_privileges() {
            return Err(StoredAccountError::Privileges);
        }
        let second_factor = stored
            .second_factor
            .map(|factor| SecondFactor::parse(&factor.secret, &factor.used_steps));
        Ok(Self {
            name: parse_name(&stored.name)?,
            role,
            privileges,
            password: SlowHash::parse(&stored.password).map_err(StoredAccountError::Secret)?,
            second_factor: second_factor
                .transpose()
                .map_err(StoredAccountError::Secret)?,
            is_disabled: stored.disabled,
            stamp: 0,
        })
    }
}

impl From<&Account> for StoredAccount {
    fn from(account: &Account) -> Self {
        Self {
            name: account.name.as_str().to_owned(),
            role: account.role.code().to_owned(),
            privileges: account
                .privileges
                .iter()
                .map(|rule| rule.number())
                .collect(),
            password: account.password.to_phc(),
            second_factor: account
                .second_factor
                .as_ref()
                .map(|factor| StoredSecondFactor {
                    secret: factor.base32(),
                    used_steps: factor.used().collect(),
                }),
            disabled: account.is_disabled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_small_plain_and_bounded() {
        for (raw, expected) in [
            (" Clerk-07 ", Ok("clerk-07")),
            ("a.b_c", Ok("a.b_c")),
            ("ab", Err(NameRefusal::Length { characters: 2 })),
            ("", Err(NameRefusal::Length { characters: 0 })),
            ("clerk 07", Err(NameRefusal::Character { found: ' ' })),
            // A Cyrillic letter that looks like an e.
            (
                "cl\u{435}rk",
                Err(NameRefusal::Character { found: '\u{435}' }),
            ),
            ("a:b", Err(NameRefusal::Character { found: ':' })),
        ] {
            let got = parse_name(raw);
            assert_eq!(got.as_ref().map(UserId::as_str), expected.as_ref().copied());
        }
        assert_eq!(
            parse_name(&"a".repeat(33)),
            Err(NameRefusal::Length { characters: 33 })
        );
    }
}
