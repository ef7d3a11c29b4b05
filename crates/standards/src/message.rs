//! What every reader here says of a message: why it was refused as a whole, and what was noticed
//! and let pass. Knows no format.

/// Most notes kept of one message.
pub(crate) const NOTES_MAX: usize = 200;

/// Why a message was refused as a whole.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MessageError {
    /// Larger than any message.
    #[error("the message has {len} bytes, at most {max} are taken")]
    TooLarge {
        /// Bytes.
        len: usize,
        /// Most that are taken.
        max: usize,
    },
    /// Not of the format at all, or damaged.
    #[error("{place}: {reason}")]
    Damaged {
        /// Where: segment, line or byte.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// Another message than the one that is read.
    #[error("{found} is no {expected}")]
    OtherMessage {
        /// Its type.
        found: String,
        /// What is read here.
        expected: &'static str,
    },
    /// A message that takes a manifest back: rows cannot say that.
    #[error(
        "the message cancels manifest {manifest}; have the region withdraw it, an import only adds"
    )]
    Cancellation {
        /// The manifest.
        manifest: String,
    },
    /// Something without which the message says nothing.
    #[error("{place}: {field} is missing or cannot be read: {value:?}")]
    Field {
        /// Where.
        place: String,
        /// Which.
        field: &'static str,
        /// What stood there.
        value: String,
    },
}

/// Whether a message stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// A new message (9, or not said).
    Original,
    /// It takes the place of an earlier one of the same number (4, 5).
    Replaces,
    /// It takes an earlier one of the same number back (1, 3).
    Cancels,
}

impl Function {
    /// By data element 1225.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "1" | "3" => Self::Cancels,
            "4" | "5" => Self::Replaces,
            _ => Self::Original,
        }
    }
}

/// What was noticed and let pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where: segment or line.
    pub place: String,
    /// What.
    pub text: String,
}

/// Adds a note, up to the limit.
pub(crate) fn note(notes: &mut Vec<Note>, place: &str, text: String) {
    if notes.len() < NOTES_MAX {
        notes.push(Note {
            place: place.to_owned(),
            text,
        });
    }
}
