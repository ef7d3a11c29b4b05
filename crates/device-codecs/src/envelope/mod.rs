//! JSON lines of cameras, seal readers, scanners, portals, card readers and position services ↔
//! observations. One line is one report; the format stands in `docs/device-envelope.md`.

mod document;
mod scan_files;

#[cfg(test)]
mod tests;

use domain::reading::Observation;

pub use self::scan_files::{ScanFiles, decode_scan_files, encode_scan_files};

use self::document::Document;
use crate::rejects::{RejectReason, Rejects};
use crate::stream::{Framer, Step, is_line_end};

/// Asks a device for fresh readings of what stands in the lane.
pub const TRIGGER: &[u8] = b"{\"type\":\"trigger\"}\n";
/// Longest report: a journey of a day.
pub const LINE_BYTES_MAX: usize = 256 * 1024;
/// Reports of one file.
const REPORTS_MAX: usize = 256;

/// Why a report was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// No JSON, or not of this format.
    #[error("report {number}: {cause}")]
    Json {
        /// Which report, from 1.
        number: usize,
        /// Cause in words.
        cause: String,
    },
    /// A field's value is none.
    #[error("report {number}, field {field}: {cause}")]
    Field {
        /// Which report, from 1.
        number: usize,
        /// Field.
        field: &'static str,
        /// Cause in words.
        cause: String,
    },
    /// More reports than one file may hold.
    #[error("more than {REPORTS_MAX} reports in one file")]
    TooMany,
}

/// Reads one device's stream.
#[derive(Debug, Clone)]
pub struct Decoder {
    framer: Framer,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder with an empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self {
            framer: Framer::new(LINE_BYTES_MAX + 2),
        }
    }

    /// Takes bytes as they came; returns the observations that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Observation> {
        let mut observations = Vec::new();
        self.framer
            .feed(bytes, scan, |item| observations.extend(item));
        observations
    }

    /// Reports refused so far.
    #[must_use]
    pub const fn rejects(&self) -> &Rejects {
        &self.framer.rejects
    }
}

fn scan(buffer: &[u8]) -> Step<Option<Observation>> {
    if is_line_end(buffer[0]) {
        return Step::Skip { len: 1 };
    }
    let seen = &buffer[..buffer.len().min(LINE_BYTES_MAX + 1)];
    let Some(end) = seen.iter().position(|byte| is_line_end(*byte)) else {
        if buffer.len() > LINE_BYTES_MAX {
            return Step::Reject {
                len: LINE_BYTES_MAX,
                reason: RejectReason::Length,
            };
        }
        return Step::Wait;
    };
    let len = end;
    match serde_json::from_slice::<Document>(&buffer[..end]) {
        Ok(document) => match document.observation() {
            Ok(item) => Step::Frame { len, item },
            Err(_) => Step::Reject {
                len,
                reason: RejectReason::Range,
            },
        },
        Err(error) if error.is_data() => Step::Reject {
            len,
            reason: RejectReason::Unsupported,
        },
        Err(_) => Step::Reject {
            len,
            reason: RejectReason::Framing,
        },
    }
}

/// Observations of a file with one or more reports, as a scanner drops it beside its images.
///
/// # Errors
/// Any report that is not taken: a file is taken whole or not at all.
pub fn decode_sidecar(text: &str) -> Result<Vec<Observation>, EnvelopeError> {
    let mut observations = Vec::new();
    let documents = serde_json::Deserializer::from_str(text).into_iter::<Document>();
    for (number, document) in (1..).zip(documents) {
        if number > REPORTS_MAX {
            return Err(EnvelopeError::TooMany);
        }
        let document = document.map_err(|error| EnvelopeError::Json {
            number,
            cause: error.to_string(),
        })?;
        let observation =
            document
                .observation()
                .map_err(|(field, cause)| EnvelopeError::Field {
                    number,
                    field,
                    cause,
                })?;
        observations.extend(observation);
    }
    Ok(observations)
}

/// The line that reports `observation`; empty for those that have a protocol of their own.
#[must_use]
pub fn encode(observation: &Observation) -> Vec<u8> {
    let Some(document) = Document::of(observation) else {
        return Vec::new();
    };
    let mut line = serde_json::to_vec(&document).unwrap_or_default();
    line.push(b'\n');
    line
}
