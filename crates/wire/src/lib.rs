//! Domain values ↔ bytes that leave the process: records, batches, watermarks, deltas, directives
//! and policies in protobuf, signed, on named topics. Refuses to know sockets, files and keys'
//! whereabouts.

mod convert;
mod error;

pub mod batch;
pub mod evidence;
pub mod ledger;
pub mod pack;
pub mod policy;
pub mod record;
pub mod signature;
pub mod snapshot;
pub mod standing;
pub mod succession;
pub mod topic;
pub mod watermark;

#[cfg(test)]
mod tests;

pub use error::{DecodeError, VerifyError};

/// Generated from `proto/`; see `tests/generated.rs`.
#[expect(
    clippy::all,
    clippy::pedantic,
    unreachable_pub,
    reason = "generated code is not written by hand"
)]
mod pb {
    include!("generated/kakou.v1.rs");
}
