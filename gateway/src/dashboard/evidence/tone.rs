//! Results → symbol, word and colour class, always all three: a colour alone tells nothing to
//! somebody who does not see it.

use domain::decision::{Outcome, Verdict};

use super::words::Words;

/// How something is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tone {
    /// Class of the colour.
    pub(super) class: &'static str,
    /// Shape.
    pub(super) symbol: &'static str,
    /// Word.
    pub(super) word: &'static str,
}

impl Tone {
    /// As it ought to be.
    pub(super) const fn good(word: &'static str) -> Self {
        Self {
            class: "ev-release",
            symbol: "✓",
            word,
        }
    }

    /// Not known for sure.
    pub(super) const fn doubtful(word: &'static str) -> Self {
        Self {
            class: "ev-review",
            symbol: "▲",
            word,
        }
    }

    /// Not as it ought to be.
    pub(super) const fn bad(word: &'static str) -> Self {
        Self {
            class: "ev-detain",
            symbol: "■",
            word,
        }
    }

    /// Nothing to compare.
    pub(super) const fn plain(word: &'static str) -> Self {
        Self {
            class: "ev-plain",
            symbol: "–",
            word,
        }
    }

    pub(super) const fn outcome(outcome: Outcome, w: &Words) -> Self {
        match outcome {
            Outcome::Pass => Self::good(w.pass_outcome),
            Outcome::Skipped => Self::plain(w.skipped),
            Outcome::Review => Self::doubtful(w.review),
            Outcome::Detain => Self::bad(w.detain),
        }
    }

    pub(super) const fn verdict(verdict: Verdict, w: &Words) -> Self {
        match verdict {
            Verdict::Release => Self::good(w.release),
            Verdict::Review => Self::doubtful(w.review),
            Verdict::Detain => Self::bad(w.detain),
        }
    }
}
