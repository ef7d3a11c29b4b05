//! Raw text → identifiers. Knows lengths and character sets, not what an identifier names.

use std::fmt;
use std::sync::Arc;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text has no characters left after trimming.
    #[error("{kind} is empty")]
    Empty {
        /// Which identifier was parsed.
        kind: &'static str,
    },
    /// The text is longer than the field's limit.
    #[error("{kind} has {len} characters, at most {len_max} are allowed")]
    TooLong {
        /// Which identifier was parsed.
        kind: &'static str,
        /// Characters found.
        len: usize,
        /// Characters allowed.
        len_max: usize,
    },
    /// A character that the field does not allow.
    #[error("{kind} contains the character {found:?}")]
    Character {
        /// Which identifier was parsed.
        kind: &'static str,
        /// The offending character.
        found: char,
    },
}

fn parse_text(kind: &'static str, raw: &str, len_max: usize) -> Result<Arc<str>, IdError> {
    let text = raw.trim();
    if text.is_empty() {
        return Err(IdError::Empty { kind });
    }
    let len = text.chars().count();
    if len > len_max {
        return Err(IdError::TooLong { kind, len, len_max });
    }
    // Control characters and MQTT wildcards would change the meaning of logs and topics.
    if let Some(found) = text
        .chars()
        .find(|c| c.is_control() || matches!(c, '#' | '+' | '/'))
    {
        return Err(IdError::Character { kind, found });
    }
    Ok(Arc::from(text))
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $len_max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses the identifier: trimmed, bounded, without control characters or `#+/`.
            ///
            /// # Errors
            /// Empty, too long, or holding a forbidden character.
            pub fn parse(raw: &str) -> Result<Self, IdError> {
                parse_text($kind, raw, $len_max).map(Self)
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(/// Customs region that receives the stream.
    RegionId, "region id", 16);
text_id!(/// Site under customs control (监管作业场所), customs place code.
    PremisesId, "premises id", 16);
text_id!(/// Checkpoint of a premises; one daemon each.
    GateId, "gate id", 16);
text_id!(/// One controlled path of a gate.
    LaneId, "lane id", 16);
text_id!(/// One configured device of a lane or gate.
    DeviceId, "device id", 32);
text_id!(/// Transport company, by its customs registration or unified social credit code.
    CompanyId, "company id", 32);
text_id!(/// Driver, by recordation number.
    DriverId, "driver id", 32);
text_id!(/// A person who acts at the gate: clerk, supervisor, officer.
    UserId, "user id", 32);
text_id!(/// Gate pass number (核放单号).
    PassNumber, "gate pass number", 32);
text_id!(/// Manifest number of a conveyance.
    ManifestId, "manifest id", 40);
text_id!(/// Consignment: transport document (bill) number.
    ConsignmentId, "consignment id", 40);
text_id!(/// Directive number.
    DirectiveId, "directive id", 40);

/// One vehicle through one lane: lane, opening time and a running number, so that two
/// lanes and two runs never make the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PassageId(Arc<str>);

impl PassageId {
    /// Makes the identifier of a passage opened in `lane` at `opened_micros` (UTC).
    #[must_use]
    pub fn new(lane: &LaneId, opened_micros: i64, number: u32) -> Self {
        Self(Arc::from(format!("{lane}-{opened_micros}-{number}")))
    }

    /// Parses an identifier made by [`PassageId::new`].
    ///
    /// # Errors
    /// As any text identifier; at most 64 characters.
    pub fn parse(raw: &str) -> Result<Self, IdError> {
        parse_text("passage id", raw, 64).map(Self)
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PassageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a gate stands: the prefix of its topics and the name in its journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GateAddress {
    /// Receiving region.
    pub region: RegionId,
    /// Site.
    pub premises: PremisesId,
    /// Checkpoint.
    pub gate: GateId,
}

impl fmt::Display for GateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.region, self.premises, self.gate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_bounded_and_free_of_wildcards() {
        let cases: [(&str, Result<&str, IdError>); 5] = [
            (" G1 ", Ok("G1")),
            ("", Err(IdError::Empty { kind: "gate id" })),
            (
                "12345678901234567",
                Err(IdError::TooLong {
                    kind: "gate id",
                    len: 17,
                    len_max: 16,
                }),
            ),
            (
                "a/b",
                Err(IdError::Character {
                    kind: "gate id",
                    found: '/',
                }),
            ),
            (
                "a\u{0}",
                Err(IdError::Character {
                    kind: "gate id",
                    found: '\u{0}',
                }),
            ),
        ];
        for (raw, expected) in cases {
            let got = GateId::parse(raw);
            assert_eq!(
                got.as_ref().map(GateId::as_str),
                expected.as_ref().map(|s| *s),
                "{raw:?}"
            );
        }
    }
}
