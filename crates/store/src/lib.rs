//! The only crate that touches the disk. It turns opaque bytes into durable, hash-chained, signed
//! records ([`journal`]) and into rebuildable key-value rows ([`tables`]). It refuses to know what
//! the bytes mean, who sends them, and what is done with them afterwards.

pub mod chain;
pub mod cursor;
pub mod disk;
pub mod journal;
pub mod tables;

pub use chain::Hash;
pub use journal::{Durable, Journal, JournalConfig, JournalReader, Record, Recovery};
