//! The JSON beside a scanner's image files → what was scanned, when, and which files those are.

use domain::container::ContainerNumber;
use domain::plate::Plate;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::EnvelopeError;

/// Longest name of a file.
const NAME_MAX: usize = 128;

/// One scan's files, all of one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanFiles {
    /// The container; `None` for a whole vehicle.
    pub container: Option<ContainerNumber>,
    /// Plate that the scanner joined to the image.
    pub plate: Option<Plate>,
    /// When it was captured.
    pub captured_at: Timestamp,
    /// Image of the high beam: grey PNG or TIFF of 8 or 16 bits.
    pub high: String,
    /// Image of the low beam, where the scanner has two.
    pub low: Option<String>,
    /// Geometry and calibration, TOML.
    pub geometry: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    container: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plate: Option<String>,
    captured_at: String,
    high: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<String>,
    geometry: String,
}

/// The word that tells this document from other reports.
const KIND: &str = "scan_image";

/// Reads the note beside a scan's images.
///
/// # Errors
/// No JSON of this format, or a value that is none. A file's name may not lead out of the folder.
pub fn decode_scan_files(text: &str) -> Result<ScanFiles, EnvelopeError> {
    let document: Document = serde_json::from_str(text).map_err(|error| EnvelopeError::Json {
        number: 1,
        cause: error.to_string(),
    })?;
    if document.kind != KIND {
        return Err(wrong("type", &format!("{:?} is not {KIND}", document.kind)));
    }
    let container = document
        .container
        .map(|raw| ContainerNumber::parse(&raw))
        .transpose()
        .map_err(|error| wrong("container", &error))?;
    let plate = document
        .plate
        .map(|raw| Plate::parse(&raw))
        .transpose()
        .map_err(|error| wrong("plate", &error))?;
    Ok(ScanFiles {
        container,
        plate,
        captured_at: Timestamp::parse(&document.captured_at)
            .map_err(|error| wrong("captured_at", &error))?,
        high: name("high", document.high)?,
        low: document.low.map(|low| name("low", low)).transpose()?,
        geometry: name("geometry", document.geometry)?,
    })
}

/// The note in the same format.
#[must_use]
pub fn encode_scan_files(files: &ScanFiles) -> Vec<u8> {
    let document = Document {
        kind: KIND.to_owned(),
        container: files.container.as_ref().map(|c| c.as_str().to_owned()),
        plate: files.plate.as_ref().map(ToString::to_string),
        captured_at: files.captured_at.to_string(),
        high: files.high.clone(),
        low: files.low.clone(),
        geometry: files.geometry.clone(),
    };
    serde_json::to_vec(&document).unwrap_or_default()
}

fn name(field: &'static str, name: String) -> Result<String, EnvelopeError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty()
        || name.len() > NAME_MAX
        || name.starts_with('.')
        || !name.chars().all(is_plain)
    {
        return Err(wrong(
            field,
            &format!("{name:?} is no plain name of a file"),
        ));
    }
    Ok(name)
}

fn wrong(field: &'static str, cause: &impl ToString) -> EnvelopeError {
    EnvelopeError::Field {
        number: 1,
        field,
        cause: cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"type": "scan_image", "container": "CSQU3054383", "plate": "粤B12345",
        "captured_at": "2026-11-26T02:00:00Z", "high": "s1-high.png", "low": "s1-low.png",
        "geometry": "scanner.toml"}"#;

    #[test]
    fn a_note_comes_back_as_it_was_written() {
        let files = decode_scan_files(GOOD).unwrap();
        assert_eq!(files.high, "s1-high.png");
        let text = String::from_utf8(encode_scan_files(&files)).unwrap();
        assert_eq!(decode_scan_files(&text).unwrap(), files);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("scan_image", "scan", "type"),
            ("CSQU3054383", "CSQU3054384", "container"),
            ("s1-high.png", "../s1-high.png", "high"),
            ("s1-low.png", ".ssh", "low"),
            ("scanner.toml", "", "geometry"),
            ("2026-11-26T02:00:00Z", "yesterday", "captured_at"),
            ("\"low\"", "\"lower\"", "lower"),
        ];
        for (from, to, named) in cases {
            let text = GOOD.replace(from, to);
            let error = decode_scan_files(&text).unwrap_err().to_string();
            assert!(error.contains(named), "{named}: {error}");
        }
    }
}
