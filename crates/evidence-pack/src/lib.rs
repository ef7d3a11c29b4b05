//! Everything of one passage → one file that anybody proves offline, and back: records with their
//! places in the gate's chain, signed heads, pictures, and the decision decided again. The format
//! is described in `docs/evidence-pack.md`. Refuses to know where records and pictures are kept,
//! which clock it is, and which keys deserve trust.

mod archive;
pub mod gather;
pub mod manifest;
mod pictures;
mod readme;
pub mod report;
mod signature_file;
mod story;
mod verify;
pub mod write;

#[cfg(test)]
mod tests;

pub use gather::{GatherError, Gathered, Gatherer};
pub use manifest::{Anchor, MadeBy, Manifest};
pub use pictures::referenced;
pub use report::{PackError, Problem, Report};
pub use verify::{TrustedKeys, verify_pack};
pub use write::{Maker, Picture, WriteError, write_pack};
