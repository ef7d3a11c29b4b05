//! Devices of a lane: the physics of a truck → the bytes that a real device would send, with
//! named faults between the two.

pub mod codec;
pub mod fault;
pub mod gate;
pub mod gate_link;
pub mod line;
pub mod motion;
pub mod scale;
pub mod witness;
