//! Seals: number and observed state. Knows nothing of which seal a container ought to carry.

use std::fmt;
use std::sync::Arc;

/// A seal number in normal form: upper case, without blanks and dashes, at most 20 characters
/// (ISO 17712 leaves the form to the maker).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealNumber(Arc<str>);

/// Why a text is not a seal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("seal number {raw:?} is not 1 to 20 letters and digits")]
pub struct SealNumberError {
    /// The text as it came.
    pub raw: String,
}

impl SealNumber {
    /// Parses and normalises.
    ///
    /// # Errors
    /// Empty, too long or holding anything but ASCII letters and digits.
    pub fn parse(raw: &str) -> Result<Self, SealNumberError> {
        let text: String = raw
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '/'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if text.is_empty() || text.len() > 20 || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(SealNumberError {
                raw: raw.to_owned(),
            });
        }
        Ok(Self(Arc::from(text.as_str())))
    }

    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SealNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a reader or a person saw of a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealState {
    /// Closed and whole. An electronic seal says it is locked, not merely that it answers.
    Closed,
    /// Answering or present, but not locked.
    Open,
    /// Cut, altered, or reporting tampering.
    Tampered,
    /// No seal where one belongs.
    Absent,
    /// There, but number or state could not be read.
    Unreadable,
}
