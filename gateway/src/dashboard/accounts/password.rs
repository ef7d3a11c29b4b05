//! A new password → whether it is good enough, and a job that hashes it where the caller may block.

use domain::id::UserId;

use super::common_passwords::is_common;
use super::secret_text::SecretText;
use super::slow_hash::{Cost, HashFailure, SlowHash};

/// Fewest characters of a password.
pub(super) const CHARACTERS_MIN: usize = 12;
/// Most characters of a password.
pub(super) const CHARACTERS_MAX: usize = 128;

/// Why a password is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Too short.
    #[error("the password has {characters} characters, at least {CHARACTERS_MIN} are needed")]
    TooShort {
        /// Characters found.
        characters: usize,
    },
    /// Too long.
    #[error("the password has {characters} characters, at most {CHARACTERS_MAX} are taken")]
    TooLong {
        /// Characters found.
        characters: usize,
    },
    /// On the list of those that are tried first, or a pattern of a few characters.
    #[error("the password is one of those that are tried first")]
    Common,
    /// It contains the account's name.
    #[error("the password contains the name of the account")]
    ContainsName,
}

/// Whether `text` will do as the password of `user`.
pub(super) fn check_rules(user: &UserId, text: &str) -> Result<(), PasswordRefusal> {
    let characters = text.chars().count();
    if characters < CHARACTERS_MIN {
        return Err(PasswordRefusal::TooShort { characters });
    }
    if characters > CHARACTERS_MAX {
        return Err(PasswordRefusal::TooLong { characters });
    }
    if is_common(text) {
        return Err(PasswordRefusal::Common);
    }
    if text.to_lowercase().contains(user.as_str()) {
        return Err(PasswordRefusal::ContainsName);
    }
    Ok(())
}

/// A new password that follows the rules and has to be hashed yet.
#[derive(Debug)]
pub struct PasswordJob {
    pub(super) user: UserId,
    pub(super) text: SecretText,
    pub(super) cost: Cost,
}

impl PasswordJob {
    /// Hashes it. Blocks for some tenth of a second and takes 19 MiB meanwhile.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn run(self) -> Result<HashedPassword, HashFailure> {
        let hash = SlowHash::of(self.text.expose(), self.cost)?;
        Ok(HashedPassword {
            user: self.user,
            hash,
        })
    }
}

/// A new password, hashed, for the account it was checked for.
#[derive(Debug)]
pub struct HashedPassword {
    pub(super) user: UserId,
    pub(super) hash: SlowHash,
}

impl HashedPassword {
    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_refuses_with_its_own_reason() {
        let user = UserId::parse("clerk-07").unwrap();
        let long = "long and dull ".repeat(10);
        for (text, expected) in [
            (
                "short one",
                Err(PasswordRefusal::TooShort { characters: 9 }),
            ),
            // Eleven characters, though 33 bytes.
            (
                "七点钟抬杆放行的卡车三",
                Err(PasswordRefusal::TooShort { characters: 11 }),
            ),
            (
                long.as_str(),
                Err(PasswordRefusal::TooLong { characters: 140 }),
            ),
            ("Password1234", Err(PasswordRefusal::Common)),
            ("I am Clerk-07 today", Err(PasswordRefusal::ContainsName)),
            ("the arm rises at seven", Ok(())),
            ("七点钟抬杆放行的卡车三号", Ok(())),
        ] {
            assert_eq!(check_rules(&user, text), expected, "{text}");
        }
    }
}
