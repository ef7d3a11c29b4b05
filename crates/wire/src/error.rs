//! Why bytes were not taken, with the way to the field.

/// Why a message was not decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are no such message.
    #[error("not a protobuf message: {cause}")]
    Protobuf {
        /// Cause in words.
        cause: String,
    },
    /// A field is missing, unknown, out of range or malformed.
    #[error("{path}: {cause}")]
    Field {
        /// Fields from the outermost to the innermost, joined by dots.
        path: String,
        /// Cause in words.
        cause: String,
    },
    /// The message, or a list in it, is larger than allowed.
    #[error("{what} has {size}, at most {limit} are allowed")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Size found.
        size: usize,
        /// Limit.
        limit: usize,
    },
}

impl DecodeError {
    pub(crate) fn field(cause: impl std::fmt::Display) -> Self {
        Self::Field {
            path: String::new(),
            cause: cause.to_string(),
        }
    }

    /// The same error, one field further out.
    pub(crate) fn inside(self, field: &str) -> Self {
        match self {
            Self::Field { path, cause } if path.is_empty() => Self::Field {
                path: field.to_owned(),
                cause,
            },
            Self::Field { path, cause } => Self::Field {
                path: format!("{field}.{path}"),
                cause,
            },
            Self::Protobuf { .. } | Self::TooLarge { .. } => self,
        }
    }
}

impl From<prost::DecodeError> for DecodeError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Protobuf {
            cause: error.to_string(),
        }
    }
}

/// Why a signed message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The bytes are no such message.
    #[error("cannot be decoded")]
    Decode(#[from] DecodeError),
    /// The signature is not the key's over these bytes.
    #[error("the signature is not valid for the expected key")]
    Signature,
}
