//! Device bytes ↔ readings. Sans-IO: bytes and, where a protocol has timers, the time go in;
//! readings and bytes to send come out. What a reading means for a vehicle is not known here.

pub mod envelope;
pub mod jointech;
pub mod jt808;
pub mod position;
pub mod rejects;
pub mod tag;
pub mod weighbridge;

mod stream;

pub use rejects::{RejectReason, Rejects};
