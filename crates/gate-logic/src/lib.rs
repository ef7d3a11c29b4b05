//! Turns field inputs, commands and heartbeats into the outputs of one gate.
//!
//! The same code runs in the firmware and in the simulator. It judges safety:
//! when the arm may move, and that it never comes down on anything. It refuses
//! to know legality (who may pass), the wire below the register blocks, and
//! where time comes from: every verb takes `now_ms`, milliseconds since boot,
//! wrapping.
//!
//! The loop around it, on any host:
//!
//! ```
//! use gate_logic::Controller;
//! use gate_protocol::{Configuration, Identity, Inputs, ResetCause};
//!
//! let identity =
//!     Identity { serial: 1, firmware: (1, 0, 0), boot_id: 7, reset_cause: ResetCause::PowerOn };
//! let mut controller = Controller::new(Configuration::default(), identity, 0);
//! controller.handle_inputs(Inputs::NONE, 1);
//! // Drive the outputs, then sleep until an input changes, a frame comes or:
//! let wake_at_ms = controller.poll_timeout();
//! controller.handle_timeout(wake_at_ms);
//! assert!(controller.outputs().has(gate_protocol::Output::EntryRed));
//! ```
#![cfg_attr(not(test), no_std)]

mod arm;
mod channel;
mod clock;
mod command;
mod controller;
mod lease;
mod motion;
mod passing;
pub mod plant;
mod registers;
mod report;
mod ring;
mod site;
mod tracker;

pub use controller::Controller;

#[cfg(test)]
mod bench;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk;
