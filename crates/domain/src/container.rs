//! ISO 6346 container numbers: text → owner, category, serial, valid check digit.

use std::fmt;
use std::sync::Arc;

/// A container number whose form and check digit are valid.
///
/// A valid check digit proves little: 8.4 % of single letter errors pass it, so a number is
/// trusted only when it is compared with the gate pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerNumber(Arc<str>);

/// Why a text is not a container number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContainerNumberError {
    /// Not four letters followed by seven digits, or the category is not U, J or Z.
    #[error("{raw:?} is not an ISO 6346 number (three letters, U, J or Z, seven digits)")]
    Form {
        /// The text as it came.
        raw: String,
    },
    /// The last digit does not follow from the others.
    #[error("{raw:?} has check digit {found}, ISO 6346 asks for {expected}")]
    CheckDigit {
        /// The text as it came.
        raw: String,
        /// The digit in the text.
        found: u8,
        /// The digit that follows from the other ten characters.
        expected: u8,
    },
}

impl ContainerNumber {
    /// Parses `raw`, ignoring blanks and dashes and the case of letters.
    ///
    /// # Errors
    /// Wrong form or wrong check digit (remainder 10 counts as 0).
    pub fn parse(raw: &str) -> Result<Self, ContainerNumberError> {
        let text: String = raw
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let bytes = text.as_bytes();
        let form_holds = bytes.len() == 11
            && bytes[..3].iter().all(u8::is_ascii_uppercase)
            && matches!(bytes[3], b'U' | b'J' | b'Z')
            && bytes[4..].iter().all(u8::is_ascii_digit);
        if !form_holds {
            return Err(ContainerNumberError::Form {
                raw: raw.to_owned(),
            });
        }
        let expected = Self::check_digit(&bytes[..10]);
        let found = bytes[10] - b'0';
        if expected != found {
            return Err(ContainerNumberError::CheckDigit {
                raw: raw.to_owned(),
                found,
                expected,
            });
        }
        Ok(Self(Arc::from(text.as_str())))
    }

    /// The check digit of the first ten characters (ISO 6346 annex A).
    #[must_use]
    pub fn check_digit(first_ten: &[u8]) -> u8 {
        let mut sum = 0_u32;
        for (i, &b) in first_ten.iter().take(10).enumerate() {
            let value = match b {
                b'0'..=b'9' => u32::from(b - b'0'),
                b'A' => 10,
                // Multiples of 11 are left out of the letter values.
                b'B'..=b'K' => u32::from(b - b'B') + 12,
                b'L'..=b'U' => u32::from(b - b'L') + 23,
                b'V'..=b'Z' => u32::from(b - b'V') + 34,
                _ => 0,
            };
            sum += value << i;
        }
        u8::try_from(sum % 11 % 10).expect("a remainder of 10 fits a byte")
    }

    /// The number, eleven characters without blanks.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Number of positions in which two numbers differ.
    #[must_use]
    pub fn differing_characters(&self, other: &Self) -> usize {
        self.0
            .bytes()
            .zip(other.0.bytes())
            .filter(|(a, b)| a != b)
            .count()
    }
}

impl fmt::Display for ContainerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_follow_iso_6346() {
        for (raw, valid) in [
            ("CSQU3054383", true),
            ("csqu 305438-3", true),
            ("MSKU1234565", true),
            ("CSQU3054384", false),
            ("CSQX3054383", false),
            ("CSQU305438", false),
            ("", false),
        ] {
            assert_eq!(ContainerNumber::parse(raw).is_ok(), valid, "{raw}");
        }
    }
}
