//! Stable reason codes of findings, and the short notices shown to a driver.

/// Languages of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// One line in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Why a rule came to its outcome. Codes are append-only: journals carry them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonCode {
    /// The rule is satisfied.
    Satisfied,
    /// The policy does not apply the rule here.
    NotApplied,
}

impl ReasonCode {
    /// Every code.
    pub const ALL: [Self; 2] = [Self::Satisfied, Self::NotApplied];

    /// Stable text of the code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::NotApplied => "not_applied",
        }
    }

    /// The code named `text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == text)
    }
}
