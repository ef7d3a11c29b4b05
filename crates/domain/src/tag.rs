//! Electronic vehicle plates: the identifier that a UHF tag answers with, opaque.

use std::fmt;
use std::sync::Arc;

/// A tag identifier: upper-case hexadecimal, at most 64 digits. It is matched as it is, never
/// decoded, because sites use EPC, ISO 15693 and vendor identifiers side by side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagId(Arc<str>);

/// Why a text is not a tag identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tag id {raw:?} is not 1 to 64 hexadecimal digits")]
pub struct TagIdError {
    /// The text as it came.
    pub raw: String,
}

impl TagId {
    /// Parses hexadecimal text.
    ///
    /// # Errors
    /// Empty, longer than 64 digits, or not hexadecimal.
    pub fn parse(raw: &str) -> Result<Self, TagIdError> {
        let text = raw.trim();
        if text.is_empty() || text.len() > 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(TagIdError {
                raw: raw.to_owned(),
            });
        }
        Ok(Self(Arc::from(text.to_ascii_uppercase().as_str())))
    }

    /// The identifier of raw EPC `bytes`.
    ///
    /// # Errors
    /// No bytes, or more than 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TagIdError> {
        let text: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
        Self::parse(&text)
    }

    /// The identifier as upper-case hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identifier as bytes, for an encoder; `None` if it has an odd number of digits.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        if !self.0.len().is_multiple_of(2) {
            return None;
        }
        (0..self.0.len() / 2)
            .map(|i| u8::from_str_radix(&self.0[2 * i..2 * i + 2], 16).ok())
            .collect()
    }
}

impl fmt::Display for TagId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
