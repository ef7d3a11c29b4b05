//! SHA-256 values as carried in records: of pictures, ledgers, policies and the journal; and public
//! keys, which are as long.

use std::fmt;

/// 32 bytes of SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// All zero: "nothing before this".
    pub const ZERO: Self = Self([0; 32]);

    /// Parses 64 hexadecimal digits; `None` for anything else.
    #[must_use]
    pub fn parse_hex(raw: &str) -> Option<Self> {
        // The parser of numbers would take a sign.
        if raw.len() != 64 || !raw.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0_u8; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&raw[2 * i..2 * i + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// The 32 public bytes of an Ed25519 key (RFC 8032) as records carry them; whether they are a point
/// of the curve is checked where a signature is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyBytes(pub [u8; 32]);

impl fmt::Display for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyBytes({self})")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_sixty_four_digits_and_nothing_else() {
        let good = "0a".repeat(32);
        for (raw, is_one) in [
            (good.clone(), true),
            (good.to_uppercase(), true),
            (good.replacen("0a", "+a", 1), false),
            (good.replacen("0a", " a", 1), false),
            (good.replacen("0a", "0g", 1), false),
            (good[1..].to_owned(), false),
            (format!("{good}0"), false),
            ("é".repeat(32), false),
        ] {
            assert_eq!(Digest::parse_hex(&raw).is_some(), is_one, "{raw}");
        }
    }
}
