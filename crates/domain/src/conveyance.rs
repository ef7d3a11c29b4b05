//! Conveyances: what brought or takes the goods of a manifest, by the number under which it can be
//! found again. A ship is known by its IMO number, a small vessel on the Hong Kong and Macao run by
//! its registration, everything else by what is painted on it.

use std::fmt;
use std::sync::Arc;

use crate::id::IdError;
use crate::plate::Plate;

/// IMO ship identification number: seven digits, the last checks the others.
///
/// Source: IMO resolution A.1117(30); the sum of the first six digits times 7 down to 2 ends in
/// the seventh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImoNumber(u32);

/// Why a text is no IMO number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImoNumberError {
    /// Not seven digits.
    #[error("{raw:?} is not an IMO number of seven digits")]
    Shape {
        /// The text, cut to 40 characters.
        raw: String,
    },
    /// The last digit does not check the others.
    #[error("the last digit of IMO number {number:07} has to be {expected}")]
    CheckDigit {
        /// The number as it was written.
        number: u32,
        /// What the last digit would be.
        expected: u32,
    },
}

impl ImoNumber {
    /// Parses seven digits, with or without `IMO`, or with the `UN` that Chinese manifests put in
    /// front of them.
    ///
    /// # Errors
    /// Not seven digits, or a check digit that does not fit.
    pub fn parse(raw: &str) -> Result<Self, ImoNumberError> {
        let text = raw.trim();
        let digits = ["IMO", "UN"]
            .into_iter()
            .find_map(|front| text.strip_prefix(front))
            .unwrap_or(text)
            .trim_start();
        let is_seven = digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 =
            digits
                .parse()
                .ok()
                .filter(|_| is_seven)
                .ok_or_else(|| ImoNumberError::Shape {
                    raw: raw.chars().take(40).collect(),
                })?;
        let sum: u32 = digits
            .bytes()
            .zip((2..=7).rev())
            .map(|(byte, weight)| u32::from(byte - b'0') * weight)
            .sum();
        let expected = sum % 10;
        if number % 10 == expected {
            Ok(Self(number))
        } else {
            Err(ImoNumberError::CheckDigit { number, expected })
        }
    }
}

impl fmt::Display for ImoNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:07}", self.0)
    }
}

/// Registration of a small vessel, an aircraft or a train.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Registration(Arc<str>);

/// Longest registration, characters.
const REGISTRATION_CHARS_MAX: usize = 32;

impl Registration {
    /// Parses: trimmed, upper case, 1 to 32 characters, none of them a control character.
    ///
    /// # Errors
    /// Empty, too long, or a control character.
    pub fn parse(raw: &str) -> Result<Self, IdError> {
        let kind = "registration";
        let text = raw.trim();
        let len = text.chars().count();
        if text.is_empty() {
            return Err(IdError::Empty { kind });
        }
        if len > REGISTRATION_CHARS_MAX {
            let len_max = REGISTRATION_CHARS_MAX;
            return Err(IdError::TooLong { kind, len, len_max });
        }
        if let Some(found) = text.chars().find(|c| c.is_control()) {
            return Err(IdError::Character { kind, found });
        }
        Ok(Self(Arc::from(text.to_uppercase())))
    }

    /// The registration as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Kind of conveyance with the number it is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Means {
    /// Seagoing ship.
    Ship(ImoNumber),
    /// Small vessel on the Hong Kong and Macao run (来往港澳小型船舶).
    SmallVessel(Registration),
    /// Aircraft.
    Aircraft(Registration),
    /// Train, by its number.
    Train(Registration),
    /// Road vehicle.
    Vehicle(Plate),
    /// Named in words only: it cannot be told from another of the same name.
    Unstated,
}

/// What brought or takes the goods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conveyance {
    /// Kind and number.
    pub means: Means,
    /// Name, or the whole in words where nothing else is known; may be empty.
    pub name: String,
    /// Voyage, flight or journey; may be empty.
    pub voyage: String,
}

impl Conveyance {
    /// A conveyance of which only words are known.
    #[must_use]
    pub fn in_words(words: impl Into<String>) -> Self {
        Self {
            means: Means::Unstated,
            name: words.into(),
            voyage: String::new(),
        }
    }
}

impl Means {
    /// The number as text; empty if there is none.
    #[must_use]
    pub fn number(&self) -> String {
        match self {
            Self::Ship(number) => number.to_string(),
            Self::SmallVessel(text) | Self::Aircraft(text) | Self::Train(text) => text.to_string(),
            Self::Vehicle(plate) => plate.as_str().to_owned(),
            Self::Unstated => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imo_number_is_checked_by_its_last_digit() {
        // 9074729 is the worked example of the resolution; the others are ships in service.
        for (raw, expected) in [
            ("9074729", Ok("9074729")),
            ("IMO 9074729", Ok("9074729")),
            ("UN9811000", Ok("9811000")),
            ("IMO9321483", Ok("9321483")),
            (" 1000019 ", Ok("1000019")),
        ] {
            let parsed = ImoNumber::parse(raw).map(|number| number.to_string());
            assert_eq!(parsed, expected.map(ToOwned::to_owned), "{raw}");
        }
        for raw in ["9074728", "907472", "90747290", "IMO", "", "907472x", "九"] {
            assert!(ImoNumber::parse(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn a_registration_is_bounded_and_in_one_case() {
        let same = Registration::parse(" b-2447 ").map(|text| text.to_string());
        assert_eq!(same, Ok("B-2447".to_owned()));
        assert!(Registration::parse(&"x".repeat(33)).is_err());
        assert!(Registration::parse("a\u{0}").is_err());
        assert!(Registration::parse("  ").is_err());
    }
}
