//! Goal: none of its own; the exports of `hw/` as rows, checksums and part values for the tests
//! beside it. Method: read the committed files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the root")
        .to_owned()
}

/// A text file by its path below the root.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Hexadecimal SHA-256 of a file.
pub(crate) fn sha256(path: &str) -> String {
    let bytes = std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes all");
            text
        })
}

/// Rows of a CSV file below its heading; fields may be quoted.
pub(crate) fn rows(path: &str) -> Vec<Vec<String>> {
    let text = read(path);
    let mut lines = text.lines();
    let width = fields(lines.next().expect("a heading")).len();
    lines
        .map(|line| {
            let row = fields(line);
            assert_eq!(row.len(), width, "{path}: {line}");
            row
        })
        .collect()
}

fn fields(line: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => found.push(String::new()),
            other => found.last_mut().expect("one at least").push(other),
        }
    }
    found
}

/// A value with its tolerance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Descriptions of the parts list, by reference.
pub(crate) struct Bill(BTreeMap<String, String>);

impl Bill {
    pub(crate) fn read() -> Self {
        let mut described = BTreeMap::new();
        for row in rows("hw/gate-controller/bom.csv") {
            for reference in row[0].split(' ') {
                described.insert(reference.to_owned(), row[4].clone());
            }
        }
        Self(described)
    }

    pub(crate) fn description(&self, reference: &str) -> &str {
        self.0
            .get(reference)
            .unwrap_or_else(|| panic!("{reference} is not in the parts list"))
    }

    /// Ohm, with tolerance: "1.8 kOhm 1 %".
    pub(crate) fn ohms(&self, reference: &str) -> Span {
        self.span(reference, &[("kOhm", 1e3), ("Ohm", 1.0)], None)
    }

    /// Farad, with tolerance: "4700 uF 20 %".
    pub(crate) fn farads(&self, reference: &str) -> Span {
        self.span(reference, &[("uF", 1e-6), ("nF", 1e-9)], None)
    }

    /// Rated power, W.
    pub(crate) fn watts(&self, reference: &str) -> f64 {
        self.span(reference, &[("W", 1.0)], Some(0.0)).low
    }

    fn span(&self, reference: &str, units: &[(&str, f64)], tolerance: Option<f64>) -> Span {
        let text = self.description(reference);
        let words: Vec<&str> = text.split([' ', ',']).collect();
        let before = |unit: &str| -> Option<f64> {
            let at = words.iter().position(|word| *word == unit)?;
            words.get(at.checked_sub(1)?)?.parse().ok()
        };
        let value = units
            .iter()
            .find_map(|(unit, scale)| Some(before(unit)? * scale))
            .unwrap_or_else(|| panic!("{reference} states no value: {text}"));
        let share = tolerance
            .or_else(|| before("%").map(|percent| percent / 100.0))
            .unwrap_or_else(|| panic!("{reference} states no tolerance: {text}"));
        Span {
            low: value * (1.0 - share),
            high: value * (1.0 + share),
        }
    }
}
