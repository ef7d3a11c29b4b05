//! Turns the bytes of a Modbus line into reads and writes of registers, and their
//! outcome into the bytes of an answer.
//!
//! The firmware and the simulator answer through this code, so that a gateway
//! cannot tell them apart. It refuses to know what a register means and what
//! time it is: bytes come with the millisecond at which they came.
//!
//! Sources: MODBUS Application Protocol 1.1b3 (requests, exceptions) and MODBUS
//! over Serial Line 1.02 (RTU frames, silence, broadcast).
#![cfg_attr(not(test), no_std)]

mod pdu;
mod rtu;

pub use pdu::{Exception, PDU_MAX, Registers, answer};
pub use rtu::{ADU_MAX, Arrived, Receiver, Timing, check, seal};
