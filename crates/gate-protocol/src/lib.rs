//! Turns the gate controller's Modbus registers into typed values, and back.
//!
//! Both ends of the RS-485 line use this crate: the firmware and the simulator
//! through `gate-logic`, the gateway through its actuation. It knows addresses,
//! bits and codes. It refuses to know when anything may move (`gate-logic`
//! judges safety) or who may pass (the gateway judges legality).
//!
//! The map is append-only: an address, bit or code once given out keeps its
//! meaning, and a reader built for version 1 reads the prefix it knows of any
//! later version. Words of two registers are sent high word first.
#![cfg_attr(not(test), no_std)]

mod acknowledgement;
mod command;
mod configuration;
mod diagnostics;
mod edge;
mod error;
pub mod map;
mod report;
mod state;
mod word;
mod write;

pub use acknowledgement::{Acknowledgement, Refusal};
pub use command::{Command, Lease, Light, Side, Verb};
pub use configuration::{Configuration, LeaseLoss, SETTINGS, Setting};
pub use diagnostics::{Diagnostics, TraceCode, TraceEntry};
pub use edge::{Edge, EdgeRead, Stage, edge_read};
pub use error::DecodeError;
pub use report::{Counters, Identity, Report};
pub use state::{ArmState, Mode, ResetCause};
pub use word::{Fault, Faults, Input, Inputs, Output, Outputs, Status, StatusBit};
pub use write::Write;

#[cfg(test)]
mod tests;
