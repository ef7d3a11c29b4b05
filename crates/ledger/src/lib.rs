//! The e-ledger: recordations, manifests, gate passes and directives, what has been drawn from
//! them, and how a gate's copy advances. Knows rows and revisions; never files or sockets.

pub mod delta;
pub mod drawdown;
pub mod import;
pub mod lookup;
pub mod query;
pub mod rows;
pub mod snapshot;

#[cfg(test)]
mod sample;
