//! JGS/T 14-2015 annex A, the customs gate interface over short socket connections: frames, the
//! gather message 0x21 and the command message 0x22, both ways, so that Kakou can stand in for
//! either half of a site.
//!
//! The standard prints a message code of 4 bytes and says nothing of byte order; implementations
//! send 1 byte in either order. All four are read, and the site says which is written.

pub mod command;
pub mod frame;
pub mod gather;
pub mod status;

#[cfg(test)]
mod tests;
