//! Turns a chip into the gate controller: everything of the firmware that is not the chip itself,
//! so that it is tested on the host.
//!
//! `gate-logic` judges, `gate-modbus` speaks; here are the loop around them ([`Unit`]), what the
//! interrupts hand to it ([`Exchange`]), what outlives a reset ([`Kept`]), the settings in flash
//! ([`store`]) and who feeds the watchdog ([`Vigil`]). It refuses to know registers of a chip:
//! those are in `board/`, one file a board, behind [`Board`].
//!
//! No heap. Every loop has a bound but the one in `main`.
#![cfg_attr(not(test), no_std)]

mod bank;
mod board;
mod clock;
mod exchange;
mod kept;
mod stack;
pub mod store;
mod unit;
mod vigil;

pub use board::{Board, Pages, Pin, SETTLE_MS, WATCHDOG_MS};
pub use exchange::{Exchange, Sample};
pub use kept::Kept;
pub use stack::{Painted, StackWatch};
pub use unit::Unit;
pub use vigil::Vigil;

#[cfg(test)]
mod tests;
