//! The standards switch: messages that other systems speak ⇄ the domain's objects.
//!
//! Strict on write, lenient on read: what can be told apart from damage is taken, with a note, and
//! what cannot is refused with its place and reason. Knows no file, no socket and no clock.

pub mod announcement;
pub mod codeco;
mod conveyance;
pub mod cuscar;
pub mod edifact;
pub mod epcis;
pub mod gate_report;
pub mod jgs14;
pub mod manifest;
pub mod message;
pub mod mt1401;
pub mod position_service;

mod equipment;
mod measure;
mod xml;
