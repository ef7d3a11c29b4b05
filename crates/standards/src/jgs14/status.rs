//! The status word of 20 characters (annex B) ⇄ what it says of barrier and devices.

use crate::jgs14::message::ReadError;
use crate::xml::Element;

/// Characters of the word.
pub const LEN: usize = 20;

/// What a back office orders the barrier to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BarrierOrder {
    /// Raise it for this vehicle.
    Lift,
    /// Leave it down.
    KeepDown,
    /// Lower it.
    Lower,
    /// Wait: the result of a device command is outstanding (`V`).
    Wait,
}

/// A status word. Positions count from 1 in the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusWord([u8; LEN]);

/// Why a text is no status word.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{found:?} is no status word of {LEN} letters and digits, and no Y, N or M")]
pub struct StatusError {
    /// The text.
    pub found: String,
}

impl StatusWord {
    /// Everything is as declared and the barrier lifts.
    pub const RELEASE: Self = Self([b'0'; LEN]);

    /// Reads the word, or the single letter that smart gates and some of the field send: `Y` lifts,
    /// `N` and `M` keep the barrier down.
    ///
    /// # Errors
    /// Neither.
    pub fn parse(raw: &str) -> Result<Self, StatusError> {
        let raw = raw.trim();
        match raw {
            "Y" => return Ok(Self::RELEASE),
            "N" | "M" => return Ok(Self::RELEASE.with(2, b'1')),
            _ => {}
        }
        let bytes: Result<[u8; LEN], _> = raw.as_bytes().try_into();
        match bytes {
            Ok(word) if word.iter().all(u8::is_ascii_alphanumeric) => Ok(Self(word)),
            Ok(_) | Err(_) => Err(StatusError {
                found: raw.chars().take(40).collect(),
            }),
        }
    }

    /// The word in a field of a message.
    pub(super) fn at_field(root: &Element, field: &'static str) -> Result<Self, ReadError> {
        Self::parse(root.at(&[field])).map_err(|source| ReadError::Status { field, source })
    }

    /// The word with another character at a position of the standard, 1 to 20.
    ///
    /// # Panics
    /// If there is no such position.
    #[must_use]
    pub const fn with(mut self, position: usize, character: u8) -> Self {
        self.0[position - 1] = character;
        self
    }

    /// The character at a position of the standard, 1 to 20.
    ///
    /// # Panics
    /// If there is no such position.
    #[must_use]
    pub fn at(&self, position: usize) -> char {
        char::from(self.0[position - 1])
    }

    /// What the barrier is to do. Anything but a plain yes at both positions keeps it down:
    /// reserved positions are ignored, since the field sends digits there.
    #[must_use]
    pub fn barrier(&self) -> BarrierOrder {
        match (self.at(1), self.at(2)) {
            ('V', _) => BarrierOrder::Wait,
            (_, '2') => BarrierOrder::Lower,
            ('0', '0') => BarrierOrder::Lift,
            _ => BarrierOrder::KeepDown,
        }
    }

    /// What does not match, in words, by position.
    #[must_use]
    pub fn mismatches(&self) -> Vec<(usize, &'static str)> {
        let said = |position: usize| match (position, self.at(position)) {
            (1, 'W') => Some("illegal data"),
            (1, 'X') => Some("the back office's database is out of reach"),
            (1, 'Y') => Some("the back office could not store the message"),
            (1, 'Z') => Some("the back office could not read the message"),
            (3 | 4, '1') => Some("container: inspect, then release"),
            (3 | 4, 'v') => Some("container: several kinds of document"),
            (3 | 4, 'w') => Some("container: control order"),
            (3 | 4, 'z') => Some("container: no release information"),
            (5, 'o') => Some("weight of the cargo does not match"),
            (5, 'p') => Some("weight of the container does not match"),
            (5, 'q') => Some("weight of the vehicle does not match"),
            (6, 's') => Some("IC card: company not allowed"),
            (6, 'u') => Some("IC card expired"),
            (6, 'w') => Some("IC card not registered"),
            (6, 'x') => Some("IC card: control order"),
            (7, 'r') => Some("electronic plate changed without permission"),
            (7, 's') => Some("electronic plate: company not allowed"),
            (7, 't') => Some("electronic plate without tare"),
            (7, 'u') => Some("electronic plate expired"),
            (7, 'w') => Some("electronic plate: control order"),
            (7, 'x') => Some("electronic plate not registered"),
            (8, 'x') => Some("electronic seal not registered"),
            (13, 'y') => Some("the lane is not configured"),
            _ => None,
        };
        (1..=LEN)
            .filter_map(|position| Some((position, said(position)?)))
            .collect()
    }
}

impl std::fmt::Display for StatusWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}
