//! Values that both engines have, and rows of them.

use super::DatabaseError;

/// A value of a statement or of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// 64-bit integer.
    Int(i64),
    /// Floating point.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Nothing, where a text could stand; every nothing of an answer.
    Null,
    /// Nothing, where an integer could stand.
    NoInt,
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value {
    /// Sequences and epochs count from 0 and stay far below the half of their range.
    fn from(value: u64) -> Self {
        Self::Int(value.cast_signed())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::NoInt, Self::Int)
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        value.map_or(Self::Null, Self::Text)
    }
}

/// A row of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub(super) Vec<Value>);

impl Row {
    /// An integer.
    ///
    /// # Errors
    /// The column is missing or of another type.
    pub fn int(&self, column: usize) -> Result<i64, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Int(value)) => Ok(*value),
            Some(
                Value::Real(_) | Value::Text(_) | Value::Bytes(_) | Value::Null | Value::NoInt,
            )
            | None => Err(missing(column, "integer")),
        }
    }

    /// An integer that may be missing.
    ///
    /// # Errors
    /// The column is of another type.
    pub fn optional_int(&self, column: usize) -> Result<Option<i64>, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Null | Value::NoInt) => Ok(None),
            Some(Value::Int(_) | Value::Real(_) | Value::Text(_) | Value::Bytes(_)) | None => {
                self.int(column).map(Some)
            }
        }
    }

    /// A sequence, an epoch, a count.
    ///
    /// # Errors
    /// The column is missing, of another type or negative.
    pub fn count(&self, column: usize) -> Result<u64, DatabaseError> {
        u64::try_from(self.int(column)?).map_err(|_| missing(column, "count"))
    }

    /// A floating-point number; an integer is one too.
    ///
    /// # Errors
    /// The column is missing or of another type.
    pub fn real(&self, column: usize) -> Result<f64, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Real(value)) => Ok(*value),
            Some(Value::Int(value)) => Ok(*value as f64),
            Some(Value::Text(_) | Value::Bytes(_) | Value::Null | Value::NoInt) | None => {
                Err(missing(column, "number"))
            }
        }
    }

    /// A text.
    ///
    /// # Errors
    /// The column is missing or of another type.
    pub fn text(&self, column: usize) -> Result<&str, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Text(value)) => Ok(value),
            Some(Value::Int(_) | Value::Real(_) | Value::Bytes(_) | Value::Null | Value::NoInt)
            | None => Err(missing(column, "text")),
        }
    }

    /// A text that may be missing.
    ///
    /// # Errors
    /// The column is of another type.
    pub fn optional_text(&self, column: usize) -> Result<Option<&str>, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Null | Value::NoInt) => Ok(None),
            Some(Value::Int(_) | Value::Real(_) | Value::Text(_) | Value::Bytes(_)) | None => {
                self.text(column).map(Some)
            }
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// The column is missing or of another type.
    pub fn bytes(&self, column: usize) -> Result<&[u8], DatabaseError> {
        match self.0.get(column) {
            Some(Value::Bytes(value)) => Ok(value),
            Some(Value::Int(_) | Value::Real(_) | Value::Text(_) | Value::Null | Value::NoInt)
            | None => Err(missing(column, "bytes")),
        }
    }
}

const fn missing(column: usize, wanted: &'static str) -> DatabaseError {
    DatabaseError::Column { column, wanted }
}
