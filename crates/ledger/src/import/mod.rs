//! JSON Lines → rows of the e-ledger, all or nothing, and rows → lines. The format is described
//! in `docs/ledger-import.md`. It knows no file: lines come in, rows or located errors go out.

mod conveyance;
mod decode;
mod encode;
pub mod orders;
mod references;
#[cfg(test)]
mod tests;
mod text;
mod words;

use std::collections::BTreeMap;

use domain::ledger_row::{Row, RowKey};

pub use encode::encode_line;
pub use references::Warning;

/// One thing that is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {}{what}; {way_out}", located(.field))]
pub struct ImportError {
    /// Line, from 1.
    pub line: u64,
    /// Member of the row, with dots between levels; empty if the whole line is wrong.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub way_out: String,
}

fn located(field: &str) -> String {
    if field.is_empty() {
        String::new()
    } else {
        format!("{field}: ")
    }
}

/// Parses one line.
///
/// # Errors
/// Not one JSON object of the format, or a value that a row cannot hold.
pub fn parse_line(line: &str, line_no: u64) -> Result<Row, ImportError> {
    if line.len() > Importer::LINE_BYTES_MAX {
        let what = format!("line is longer than {} bytes", Importer::LINE_BYTES_MAX);
        return Err(whole_line(line_no, what, "write one row a line"));
    }
    let text = serde_json::from_str::<text::RowText<'_>>(line)
        .map_err(|error| misshapen(line, line_no, &error))?;
    decode::row(text).map_err(|error| ImportError {
        line: line_no,
        field: error.field,
        what: error.what,
        way_out: error.way_out,
    })
}

pub(super) fn whole_line(line: u64, what: impl Into<String>, way_out: &str) -> ImportError {
    ImportError {
        line,
        field: String::new(),
        what: what.into(),
        way_out: way_out.to_owned(),
    }
}

/// What serde found, with the member it is about instead of a line number that is always 1.
pub(super) fn misshapen(line: &str, line_no: u64, error: &serde_json::Error) -> ImportError {
    let text = error.to_string();
    let (what, _) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    let names_member = [
        "unknown field",
        "missing field",
        "duplicate field",
        "unknown variant",
    ]
    .iter()
    .any(|start| what.starts_with(start));
    let named = what.split('`').nth(1).filter(|_| names_member);
    ImportError {
        line: line_no,
        field: named.map_or_else(|| field_before(line, error.column()), clipped),
        what: format!("{} (column {})", what, error.column()),
        way_out: "compare the line with the examples of docs/ledger-import.md".to_owned(),
    }
}

/// The last member name before `column` (bytes, from 1): where serde stopped.
fn field_before(line: &str, column: usize) -> String {
    let mut end = column.min(line.len());
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let before = &line[..end];
    let Some(colon) = before.rfind("\":") else {
        return String::new();
    };
    let start = before[..colon].rfind('"').map_or(0, |quote| quote + 1);
    clipped(&before[start..colon])
}

/// Enough of a foreign text to recognise it in a message.
fn clipped(raw: &str) -> String {
    raw.chars().take(40).collect()
}

/// Takes a file's lines in, one after the other.
#[derive(Debug, Default)]
pub struct Importer {
    rows: Vec<Row>,
    first_line_of: BTreeMap<RowKey, u64>,
    errors: Vec<ImportError>,
    line_no: u64,
}

impl Importer {
    /// Longest line in bytes, the line feed not counted.
    pub const LINE_BYTES_MAX: usize = 1 << 20;
    /// Errors after which reading on is pointless.
    pub const ERRORS_MAX: usize = 100;
    /// Rows of one file.
    pub const ROWS_MAX: usize = 5_000_000;

    /// Nothing taken in yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one line, with or without its line end; blank ones are passed over. `false` once
    /// further lines would change nothing, because the file is refused anyway.
    pub fn line(&mut self, line: &[u8]) -> bool {
        self.line_no += 1;
        if let Err(error) = self.take(line) {
            self.errors.push(error);
        }
        self.errors.len() < Self::ERRORS_MAX && self.rows.len() <= Self::ROWS_MAX
    }

    fn take(&mut self, line: &[u8]) -> Result<(), ImportError> {
        let line_no = self.line_no;
        // Editors on Windows put a byte order mark before the first line.
        let line = match line.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) if line_no == 1 => rest,
            Some(_) | None => line,
        };
        let line = line.trim_ascii_end();
        if line.is_empty() {
            return Ok(());
        }
        let line = std::str::from_utf8(line)
            .map_err(|error| whole_line(line_no, error.to_string(), "save the file as UTF-8"))?;
        let row = parse_line(line, line_no)?;
        if self.rows.len() >= Self::ROWS_MAX {
            let what = format!("more than {} rows", Self::ROWS_MAX);
            return Err(whole_line(line_no, what, "split the file"));
        }
        if let Some(first) = self.first_line_of.insert(row.key(), line_no) {
            let what = format!(
                "{} stands on line {first} already",
                references::name(&row.key())
            );
            return Err(whole_line(line_no, what, "keep one of the two"));
        }
        self.rows.push(row);
        Ok(())
    }

    /// Rows that are named in this file but not part of it, and doubles that make a lookup fail.
    /// No errors: the region may send the rest.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        references::check(&self.rows, &self.first_line_of)
    }

    /// The rows in the order of the file; none of them if there was any error.
    ///
    /// # Errors
    /// The first [`Self::ERRORS_MAX`] errors, in the order of lines.
    pub fn finish(self) -> Result<Vec<Row>, Vec<ImportError>> {
        if self.errors.is_empty() {
            Ok(self.rows)
        } else {
            Err(self.errors)
        }
    }

    /// Takes `lines` in to the end or to the limit of errors.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub fn read<L: AsRef<[u8]>>(
        lines: impl IntoIterator<Item = L>,
    ) -> Result<Vec<Row>, Vec<ImportError>> {
        let mut importer = Self::new();
        for line in lines {
            if !importer.line(line.as_ref()) {
                break;
            }
        }
        importer.finish()
    }
}
