//! Painted registration numbers: raw text → one normal form that two sources can be compared in.

use std::fmt;
use std::sync::Arc;

/// A registration number in normal form: upper case, half width, no separators.
///
/// Mainland (省A12345, new energy with eight characters, 挂 for trailers), Hong Kong,
/// Macao and plain latin plates all fit; the grammar of one kind is not enforced here,
/// because a foreign or military plate must still be recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Plate(Arc<str>);

/// Why a text is not a plate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlateError {
    /// Fewer than two characters are left after normalising.
    #[error("plate {raw:?} is too short")]
    TooShort {
        /// The text as it came.
        raw: String,
    },
    /// More than ten characters are left.
    #[error("plate {raw:?} is too long")]
    TooLong {
        /// The text as it came.
        raw: String,
    },
    /// A character that no plate carries.
    #[error("plate {raw:?} contains {found:?}")]
    Character {
        /// The text as it came.
        raw: String,
        /// The offending character.
        found: char,
    },
}

impl Plate {
    /// Parses and normalises: full width to half width, upper case, without blanks, dots and dashes.
    ///
    /// # Errors
    /// Shorter than 2 or longer than 10 characters, or a character that is neither a letter,
    /// a digit nor a Han character. `_无_` (an LPR camera's "no plate") is refused by that rule.
    pub fn parse(raw: &str) -> Result<Self, PlateError> {
        let mut text = String::with_capacity(raw.len());
        for c in raw.chars() {
            let c = match c {
                '\u{ff01}'..='\u{ff5e}' => {
                    char::from_u32(u32::from(c) - 0xfee0).expect("full width forms map into ASCII")
                }
                other => other,
            };
            match c {
                ' ' | '·' | '•' | '.' | '-' | '\u{3000}' => {}
                c if c.is_ascii_alphanumeric() => text.push(c.to_ascii_uppercase()),
                '\u{4e00}'..='\u{9fff}' => text.push(c),
                found => {
                    return Err(PlateError::Character {
                        raw: raw.to_owned(),
                        found,
                    });
                }
            }
        }
        match text.chars().count() {
            0 | 1 => Err(PlateError::TooShort {
                raw: raw.to_owned(),
            }),
            2..=10 => Ok(Self(Arc::from(text.as_str()))),
            _ => Err(PlateError::TooLong {
                raw: raw.to_owned(),
            }),
        }
    }

    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Number of positions in which two plates of equal length differ; `None` if the lengths differ.
    ///
    /// Only a watchlist or a hold may use it: a near match never releases.
    #[must_use]
    pub fn differing_characters(&self, other: &Self) -> Option<usize> {
        (self.0.chars().count() == other.0.chars().count()).then(|| {
            self.0
                .chars()
                .zip(other.0.chars())
                .filter(|(a, b)| a != b)
                .count()
        })
    }
}

impl fmt::Display for Plate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_of_every_kind_reach_one_normal_form() {
        for (raw, normal) in [
            ("粤B·12345", Some("粤B12345")),
            ("粤b 12345", Some("粤B12345")),
            ("粤Ｂ１２３４５", Some("粤B12345")),
            ("粤ZF023港", Some("粤ZF023港")),
            ("MA-12-34", Some("MA1234")),
            ("粤BD12345", Some("粤BD12345")),
            ("_无_", None),
            ("", None),
            ("A", None),
            ("ABCDEFGHIJK", None),
            ("<script>", None),
        ] {
            assert_eq!(
                Plate::parse(raw).ok().as_ref().map(Plate::as_str),
                normal,
                "{raw:?}"
            );
        }
    }

    #[test]
    fn differences_are_counted_by_position() {
        let a = Plate::parse("粤B12345").expect("valid");
        assert_eq!(
            a.differing_characters(&Plate::parse("粤B12845").expect("valid")),
            Some(1)
        );
        assert_eq!(
            a.differing_characters(&Plate::parse("粤B1234").expect("valid")),
            None
        );
    }
}
