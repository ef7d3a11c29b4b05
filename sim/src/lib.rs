//! A simulated premises: a seed becomes companies, vehicles, goods, passes and trucks with a
//! known truth, and their physics becomes the bytes of the devices that would see them.
//!
//! The world knows no clock; the drivers bring one. Nothing here decides about a vehicle the
//! way the product does: [`truth`] judges from the physical facts and the ledger alone, so
//! that a wrong release can be counted.

pub mod device;
pub mod live;
pub mod pictures;
pub mod scanner;
pub mod truth;
pub mod virtual_time;
pub mod world;
