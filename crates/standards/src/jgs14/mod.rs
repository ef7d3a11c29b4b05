//! JGS/T 14-2015, the customs gate interface, both ways, so that Kakou can stand in for either
//! half of a site. Element names are those of the standard's tables (A.5 to A.20 and 1 to 5),
//! misspelt ones included.
//!
//! | Messages | What | Module |
//! |---|---|---|
//! | - | frames of the short socket connection (annex A) | [`frame`] |
//! | 0x21 | what a lane gathered | [`gather`] |
//! | 0x22 | the back office's answer | [`command`], status word of annex B in [`status`] |
//! | 0x25, 0x26 | pictures of a passage | [`pictures`] |
//! | 0x31, 0x32, 0x35 | command to devices and its result | [`operate`] |
//! | 0x33, 0x34, 0x36, 0x42, 0x43 | single devices and their states, numbers of annex C in [`module`] | [`device`] |
//! | 0x61, 0x62 | registration of a front end | [`register`] |
//! | 0x63 to 0x66 | readers of electronic seals | [`seal_reader`] |
//! | 0x81 | what a smart lane gathered | [`smart_gather`] |
//! | 0x82, 0x85 | back office's and officer's answer to it | [`smart_feedback`] |
//! | 0x83, 0x84 | orders to devices of a smart lane | [`smart_operate`] |
//!
//! What of a lane's evidence and decisions the messages carry, both ways: [`evidence`], [`verdict`].
//!
//! The standard prints a message code of 4 bytes and says nothing of byte order; implementations
//! send 1 byte in either order. All four are read, and the site says which is written.

pub mod command;
pub mod device;
pub mod evidence;
pub mod frame;
pub mod gather;
pub mod message;
pub mod module;
pub mod operate;
pub mod pictures;
pub mod register;
pub mod seal_reader;
pub mod smart_feedback;
pub mod smart_gather;
pub mod smart_operate;
pub mod status;
pub mod verdict;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_messages;
