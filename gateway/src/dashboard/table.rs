//! Rows → a table file for spreadsheets (RFC 4180, UTF-8 with the mark that they look for), taken out
//! of the gate under somebody's name.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use http_door::Problem;

use super::accounts;
use super::acts::record_account;
use super::desk::Desk;
use super::guard::Asker;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A table, line by line.
#[derive(Debug)]
pub(super) struct Table(String);

impl Table {
    /// Without a line.
    pub(super) fn new() -> Self {
        Self(BYTE_ORDER_MARK.into())
    }

    /// Adds a line.
    pub(super) fn line(&mut self, cells: &[&str]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            push_cell(&mut self.0, cell);
        }
        self.0.push_str("\r\n");
    }

    /// The file's text.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// The file as an answer, once it is recorded that it was taken out; `what` is at most 64
/// characters and the file's name.
///
/// # Errors
/// It could not be recorded.
pub(super) async fn export(
    desk: &Desk,
    asker: &Asker,
    what: &'static str,
    how_much: &str,
    table: String,
) -> Result<Response, Problem> {
    let record = accounts::exported(&asker.user, what, how_much);
    let recorded = record_account(desk, record, None).await;
    recorded.map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    let name = format!("attachment; filename=\"{what}.csv\"");
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).expect("names of ours are plain"),
        ),
    ];
    Ok((headers, table).into_response())
}

/// A cell that a spreadsheet shows as it is: what would begin a formula is marked as text.
fn push_cell(text: &mut String, cell: &str) {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let needs_quotes = is_formula || cell.contains([',', '"', '\n', '\r']);
    if !needs_quotes {
        text.push_str(cell);
        return;
    }
    text.push('"');
    if is_formula {
        text.push('\'');
    }
    text.push_str(&cell.replace('"', "\"\""));
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        for (cell, written) in [
            ("E1", "E1"),
            ("粤B12345", "粤B12345"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=1+1", "\"'=1+1\""),
            ("@x", "\"'@x\""),
            ("two\nlines", "\"two\nlines\""),
            ("", ""),
        ] {
            let mut table = Table::new();
            table.line(&[cell, "end"]);
            let text = table.into_text();
            assert_eq!(text, format!("\u{feff}{written},end\r\n"), "{cell:?}");
        }
    }
}
