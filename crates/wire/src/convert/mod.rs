//! Domain values ↔ protobuf messages, field by field. Reading is strict: what is missing, unknown
//! or malformed is an error that names its field.

mod decision;
pub(crate) mod event;
mod evidence;
mod facts;
mod policy;
mod rows;
mod words;

use crate::error::DecodeError;

/// A value that travels as one protobuf scalar.
pub(crate) trait Scalar: Sized {
    type Raw;
    fn put(&self) -> Self::Raw;
    fn take(raw: Self::Raw) -> Result<Self, DecodeError>;
}

/// A value that travels as one protobuf message.
pub(crate) trait Message: Sized {
    type Raw;
    fn put(&self) -> Self::Raw;
    fn take(raw: Self::Raw) -> Result<Self, DecodeError>;
}

/// Entries that any list of a message may have.
pub(crate) const LIST_MAX: usize = 4_096;

pub(crate) fn list<R, T>(
    raw: Vec<R>,
    take: impl Fn(R) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    if raw.len() > LIST_MAX {
        return Err(DecodeError::TooLarge {
            what: "a list",
            size: raw.len(),
            limit: LIST_MAX,
        });
    }
    raw.into_iter()
        .enumerate()
        .map(|(i, item)| take(item).map_err(|error| error.inside(&i.to_string())))
        .collect()
}

pub(crate) fn required<R>(raw: Option<R>) -> Result<R, DecodeError> {
    raw.ok_or_else(|| DecodeError::field("missing"))
}

/// One field into its raw form: `s` scalar, `os` optional scalar, `ls` list of scalars, `m`
/// message, `om` optional message, `lm` list of messages.
macro_rules! put {
    (s, $value:expr) => {
        crate::convert::Scalar::put(&$value)
    };
    (os, $value:expr) => {
        $value.as_ref().map(crate::convert::Scalar::put)
    };
    (ls, $value:expr) => {
        $value.iter().map(crate::convert::Scalar::put).collect()
    };
    (m, $value:expr) => {
        Some(crate::convert::Message::put(&$value))
    };
    (om, $value:expr) => {
        $value.as_ref().map(crate::convert::Message::put)
    };
    (lm, $value:expr) => {
        $value.iter().map(crate::convert::Message::put).collect()
    };
}

/// One field out of its raw form.
macro_rules! take {
    (s, $raw:expr) => {
        crate::convert::Scalar::take($raw)
    };
    (os, $raw:expr) => {
        $raw.map(crate::convert::Scalar::take).transpose()
    };
    (ls, $raw:expr) => {
        crate::convert::list($raw, crate::convert::Scalar::take)
    };
    (m, $raw:expr) => {
        crate::convert::required($raw).and_then(crate::convert::Message::take)
    };
    (om, $raw:expr) => {
        $raw.map(crate::convert::Message::take).transpose()
    };
    (lm, $raw:expr) => {
        crate::convert::list($raw, crate::convert::Message::take)
    };
}

/// A struct whose fields travel one by one: `raw_name = kind field`.
macro_rules! message {
    ($domain:ty => $raw:ident { $($raw_field:ident = $kind:ident $field:ident),* $(,)? }) => {
        impl crate::convert::Message for $domain {
            type Raw = crate::pb::$raw;

            fn put(&self) -> Self::Raw {
                crate::pb::$raw { $($raw_field: crate::convert::put!($kind, self.$field)),* }
            }

            fn take(raw: Self::Raw) -> Result<Self, crate::error::DecodeError> {
                Ok(Self {
                    $($field: crate::convert::take!($kind, raw.$raw_field)
                        .map_err(|error| error.inside(stringify!($raw_field)))?),*
                })
            }
        }
    };
}

/// An enumeration whose variants have the same names on both sides.
macro_rules! enumeration {
    ($domain:ident { $($variant:ident),* $(,)? }) => {
        impl crate::convert::Scalar for $domain {
            type Raw = i32;

            fn put(&self) -> i32 {
                match self {
                    $(Self::$variant => crate::pb::$domain::$variant as i32),*
                }
            }

            fn take(raw: i32) -> Result<Self, crate::error::DecodeError> {
                match crate::pb::$domain::try_from(raw) {
                    $(Ok(crate::pb::$domain::$variant) => Ok(Self::$variant),)*
                    Ok(crate::pb::$domain::Unspecified) | Err(_) => {
                        Err(crate::error::DecodeError::field(format!("unknown code {raw}")))
                    }
                }
            }
        }
    };
}

pub(crate) use {enumeration, message, put, take};
