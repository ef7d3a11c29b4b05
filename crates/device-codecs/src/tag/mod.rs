//! Electronic plates over LLRP (EPCglobal Low Level Reader Protocol 1.1): reports of a reader →
//! tag readings, and the session that makes a reader send them. Which vehicle a tag belongs to is
//! not known here.

mod equipment;
mod message;
mod reader;
mod session;

#[cfg(test)]
mod tests;

pub use reader::ReaderSession;
pub use session::{Session, SessionFault};

use domain::reading::TagReading;

/// Tags in the body of an RO_ACCESS_REPORT as recorded without its header.
#[must_use]
pub fn report_body(body: &[u8]) -> Vec<TagReading> {
    message::tags(body).0
}
