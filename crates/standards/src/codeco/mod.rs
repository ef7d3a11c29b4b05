//! UN/EDIFACT CODECO, both ways: our gate reports out, those of other terminals in.

mod read;
mod write;

pub use read::{ContainerMove, GateNotice, read};
pub use write::{CodecoError, Interchange, write};
