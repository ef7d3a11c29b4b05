//! The second factor: six digits every 30 seconds from a secret in the person's phone (RFC 6238,
//! SHA-1), one step early or late, each code once.

use std::collections::VecDeque;

use domain::id::UserId;
use domain::time::Timestamp;
use totp_rs::{Builder, Secret, Totp};

use super::secret_text::SecretText;

/// Used steps that are remembered. Three can be valid at one time; the rest is for a clock that is
/// put back.
const USED_MAX: usize = 8;
/// Longest name of the gate in the person's app.
const ISSUER_CHARACTERS_MAX: usize = 64;
/// RFC 4226 wants 128 bits at least.
const SECRET_BYTES_MIN: usize = 16;
const SECRET_BYTES_MAX: usize = 64;

/// Why a code is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// Not the code of this half minute.
    #[error("the code is wrong")]
    Wrong,
    /// It has been used; the app shows the next one within half a minute.
    #[error("the code has been used; wait for the next")]
    Used,
}

/// What a person needs to set up an app.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// `otpauth://` address, for a picture code.
    pub url: SecretText,
    /// The secret in base32, for typing.
    pub secret: SecretText,
}

/// A secret, and which of its codes are used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SecondFactor {
    secret: Secret,
    // Steps and not the last step alone: a clock that once ran ahead would lock the person out
    // until that time came.
    used: VecDeque<u64>,
}

impl SecondFactor {
    /// A new secret of 160 bits.
    pub(super) fn new() -> Self {
        let secret: [u8; 20] = rand::random();
        Self {
            secret: Secret::from(secret),
            used: VecDeque::new(),
        }
    }

    /// What was stored.
    pub(super) fn parse(secret: &str, used: &[u64]) -> Result<Self, &'static str> {
        let secret =
            Secret::try_from_base32(secret).map_err(|_| "the second factor is not base32")?;
        if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&secret.as_bytes().len()) {
            return Err("the second factor has not 16 to 64 bytes");
        }
        if used.len() > USED_MAX {
            return Err("the second factor has more than 8 used steps");
        }
        let used = used.iter().copied().collect();
        Ok(Self { secret, used })
    }

    /// The secret in base32.
    pub(super) fn base32(&self) -> String {
        self.secret.to_base32()
    }

    /// Used steps, oldest first.
    pub(super) fn used(&self) -> impl Iterator<Item = u64> {
        self.used.iter().copied()
    }

    /// What `user` types or photographs to set up an app; `issuer` names the gate in it.
    pub(super) fn enrolment(&self, user: &UserId, issuer: &str) -> Enrolment {
        // A colon separates issuer and account in the address.
        let issuer: String = issuer
            .chars()
            .map(|c| if c == ':' { ' ' } else { c })
            .take(ISSUER_CHARACTERS_MAX)
            .collect();
        let url = Builder::new()
            .with_secret(self.secret.clone())
            .with_issuer(Some(issuer))
            .with_account_name(user.as_str())
            .build_noncompliant()
            .to_url()
            .expect("names of accounts have no colon and are not empty");
        Enrolment {
            url: SecretText::new(url),
            secret: SecretText::new(self.base32()),
        }
    }

    /// Uses up `code`, which has to be one of the three around `at`.
    pub(super) fn use_code(&mut self, code: &str, at: Timestamp) -> Result<(), CodeRefusal> {
        let digits: String = code
            .chars()
            .filter(|c| !c.is_whitespace())
            .take(8)
            .collect();
        let seconds = u64::try_from(at.as_seconds()).map_err(|_| CodeRefusal::Wrong)?;
        let step = self
            .totp()
            .check(&digits, seconds)
            .ok_or(CodeRefusal::Wrong)?;
        if self.used.contains(&step) {
            return Err(CodeRefusal::Used);
        }
        if self.used.len() == USED_MAX {
            self.used.pop_front();
        }
        self.used.push_back(step);
        Ok(())
    }

    fn totp(&self) -> Totp {
        // Six digits, 30 seconds, one step either way and SHA-1 are the defaults.
        Builder::new()
            .with_secret(self.secret.clone())
            .build_noncompliant()
    }

    /// The code that an app shows.
    #[cfg(test)]
    pub(super) fn code_at(&self, at: Timestamp) -> String {
        let seconds = u64::try_from(at.as_seconds()).expect("tests are after 1970");
        self.totp().generate(seconds).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const STEP: Duration = Duration::from_secs(30);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, the last six of its eight digits.
        let secret = Secret::from(*b"12345678901234567890").to_base32();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            let mut factor = SecondFactor::parse(&secret, &[]).unwrap();
            assert_eq!(factor.code_at(at(seconds)), code);
            assert_eq!(factor.use_code(code, at(seconds)), Ok(()), "{seconds}");
        }
    }

    #[test]
    fn a_code_counts_one_step_early_and_late_and_only_once() {
        let now = at(1_700_000_000);
        for (shown_at, expected) in [
            (now - STEP - STEP, Err(CodeRefusal::Wrong)),
            (now - STEP, Ok(())),
            (now, Ok(())),
            (now + STEP, Ok(())),
            (now + STEP + STEP, Err(CodeRefusal::Wrong)),
        ] {
            let mut factor = SecondFactor::new();
            let code = factor.code_at(shown_at);
            assert_eq!(factor.use_code(&code, now), expected, "{shown_at}");
            if expected.is_ok() {
                let typed = format!("{} {}", &code[..3], &code[3..]);
                assert_eq!(factor.use_code(&typed, now), Err(CodeRefusal::Used));
            }
        }
    }

    #[test]
    fn a_clock_that_once_ran_ahead_locks_nobody_out() {
        let (now, ahead) = (at(1_700_000_000), at(1_900_000_000));
        let mut factor = SecondFactor::new();
        let later = factor.code_at(ahead);
        assert_eq!(factor.use_code(&later, ahead), Ok(()));
        let code = factor.code_at(now);
        assert_eq!(factor.use_code(&code, now), Ok(()));
        assert_eq!(factor.use_code(&code, now), Err(CodeRefusal::Used));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_reads_back() {
        let mut factor = SecondFactor::new();
        let mut now = at(1_700_000_000);
        for _ in 0..20 {
            let code = factor.code_at(now);
            assert_eq!(factor.use_code(&code, now), Ok(()));
            now = now + STEP;
        }
        let used: Vec<u64> = factor.used().collect();
        assert_eq!(used.len(), USED_MAX);
        assert_eq!(
            SecondFactor::parse(&factor.base32(), &used),
            Ok(factor.clone())
        );
        assert!(SecondFactor::parse("MZXW6", &[]).is_err(), "three bytes");
        assert!(SecondFactor::parse("not base32!", &[]).is_err());
        assert!(SecondFactor::parse(&factor.base32(), &[0; 9]).is_err());
        for wrong in ["", "12345", "+12345", "１２３４５６", "1234567"] {
            assert_eq!(factor.use_code(wrong, now), Err(CodeRefusal::Wrong));
        }
        assert_eq!(
            factor.use_code("000000", at(-5)),
            Err(CodeRefusal::Wrong),
            "before 1970"
        );
    }

    #[test]
    fn an_enrolment_names_gate_and_account() {
        let factor = SecondFactor::new();
        let user = UserId::parse("clerk-07").unwrap();
        let enrolment = factor.enrolment(&user, "Kakou: G1");
        let url = enrolment.url.expose();
        assert!(
            url.starts_with("otpauth://totp/Kakou%20%20G1:clerk-07?"),
            "{url}"
        );
        assert!(url.contains(&format!("secret={}", enrolment.secret.expose())));
        assert_eq!(enrolment.secret.expose().len(), 32);
        assert!(!format!("{factor:?}").contains(enrolment.secret.expose()));
    }
}
