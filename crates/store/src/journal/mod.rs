//! The append-only log of a gate: frames and seals in fixed-size segments. It refuses to know what
//! a payload means.

#![allow(dead_code, reason = "the writer that uses the whole format lands next")]

mod frame;
mod scan;
mod seal;

pub use frame::PAYLOAD_LIMIT_BYTES;
pub use scan::Fault;
pub use seal::{BadSealKey, Ed25519Signer, SealKey, Signer, key_id, seal_message};
