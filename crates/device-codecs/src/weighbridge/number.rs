//! Digits and units as indicators send them → exact grams, and grams → digits. No floating point.

use domain::mass::Mass;

use crate::rejects::RejectReason;

/// A unit of mass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Gram,
    Kilogram,
    Tonne,
    Pound,
}

impl Unit {
    /// Reads a unit's text, blanks and case aside.
    pub(super) fn parse(text: &[u8]) -> Result<Self, RejectReason> {
        let text: Vec<u8> = text
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .map(u8::to_ascii_lowercase)
            .collect();
        match text.as_slice() {
            b"g" => Ok(Self::Gram),
            b"kg" => Ok(Self::Kilogram),
            b"t" => Ok(Self::Tonne),
            b"lb" => Ok(Self::Pound),
            _ => Err(RejectReason::Unit),
        }
    }

    /// Micrograms of one unit; the pound is 453.59237 g by definition, kept to the microgram.
    const fn micrograms(self) -> i128 {
        match self {
            Self::Gram => 1_000_000,
            Self::Kilogram => 1_000_000_000,
            Self::Tonne => 1_000_000_000_000,
            Self::Pound => 453_592_370,
        }
    }
}

/// A decimal number: `mantissa` / 10^`decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) mantissa: i64,
    pub(super) decimals: u8,
}

/// Heaviest load that any scale shows, grams: beyond it the frame is garbage.
const GRAMS_MAX: i128 = 1_000_000_000_000;

impl Decimal {
    /// Reads `[blanks][+-][blanks]digits[.digits]`, at least one digit.
    pub(super) fn parse(text: &[u8]) -> Result<Self, RejectReason> {
        let text = text.trim_ascii();
        let (is_negative, digits) = match text.split_first() {
            Some((b'-', rest)) => (true, rest.trim_ascii_start()),
            Some((b'+', rest)) => (false, rest.trim_ascii_start()),
            Some(_) | None => (false, text),
        };
        let mut mantissa: i64 = 0;
        let mut decimals = None;
        let mut count = 0_u8;
        for byte in digits {
            match byte {
                b'0'..=b'9' if count < 15 => {
                    mantissa = mantissa * 10 + i64::from(byte - b'0');
                    count += 1;
                    if let Some(places) = &mut decimals {
                        *places += 1;
                    }
                }
                b'0'..=b'9' => return Err(RejectReason::Length),
                b'.' if decimals.is_none() => decimals = Some(0_u8),
                _ => return Err(RejectReason::Character),
            }
        }
        if count == 0 {
            return Err(RejectReason::Character);
        }
        let mantissa = if is_negative { -mantissa } else { mantissa };
        Ok(Self {
            mantissa,
            decimals: decimals.unwrap_or(0),
        })
    }

    /// The mass in whole grams, rounded half away from zero.
    pub(super) fn to_mass(self, unit: Unit) -> Result<Mass, RejectReason> {
        let scale = 10_i128.pow(u32::from(self.decimals)) * 1_000_000;
        let micrograms = i128::from(self.mantissa) * unit.micrograms();
        let half = if micrograms < 0 {
            -scale / 2
        } else {
            scale / 2
        };
        let grams = (micrograms + half) / scale;
        if grams.abs() > GRAMS_MAX {
            return Err(RejectReason::Range);
        }
        i64::try_from(grams)
            .map(Mass::from_grams)
            .map_err(|_| RejectReason::Range)
    }

    /// The mass in kilograms with as many places as it needs, at most three.
    pub(super) fn kilograms(mass: Mass) -> Self {
        let grams = mass.grams();
        for (divisor, decimals) in [(1_000, 0), (100, 1), (10, 2)] {
            if grams % divisor == 0 {
                return Self {
                    mantissa: grams / divisor,
                    decimals,
                };
            }
        }
        Self {
            mantissa: grams,
            decimals: 3,
        }
    }

    /// The absolute value as text of exactly `width` characters, filled on the left; `None` if it
    /// does not fit.
    pub(super) fn text(self, width: usize, fill: char) -> Option<String> {
        let mut digits = self.mantissa.unsigned_abs().to_string();
        let decimals = usize::from(self.decimals);
        while digits.len() <= decimals {
            digits.insert(0, '0');
        }
        if decimals > 0 {
            digits.insert(digits.len() - decimals, '.');
        }
        let missing = width.checked_sub(digits.len())?;
        Some(std::iter::repeat_n(fill, missing).collect::<String>() + &digits)
    }

    pub(super) fn is_negative(self) -> bool {
        self.mantissa < 0
    }
}

/// Two hexadecimal characters of a checksum, 0 to 9 and A to F.
pub(super) fn hex_pair(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    [
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]
}

/// Exclusive or over bytes.
pub(super) fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_exact_grams() {
        for (text, unit, grams) in [
            ("12340", Unit::Kilogram, 12_340_000),
            ("- 20.5", Unit::Kilogram, -20_500),
            ("+  13.88", Unit::Kilogram, 13_880),
            ("0.1748", Unit::Kilogram, 175),
            ("5.025", Unit::Pound, 2_279),
            ("39.7", Unit::Tonne, 39_700_000),
        ] {
            let mass = Decimal::parse(text.as_bytes()).and_then(|value| value.to_mass(unit));
            assert_eq!(mass, Ok(Mass::from_grams(grams)), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ".", "1.2.3", "12a", "1 2", "1234567890123456"] {
            assert!(Decimal::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn text_keeps_the_value() {
        for (grams, width, text) in [
            (12_340_000, 6, "012340"),
            (-20_500, 6, "0020.5"),
            (5, 7, "000.005"),
            (0, 3, "000"),
        ] {
            let decimal = Decimal::kilograms(Mass::from_grams(grams));
            assert_eq!(decimal.text(width, '0').as_deref(), Some(text));
        }
        assert_eq!(
            Decimal::kilograms(Mass::from_kg(1_234_567)).text(6, '0'),
            None
        );
    }
}
