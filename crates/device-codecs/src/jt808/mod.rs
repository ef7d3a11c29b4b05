//! JT/T 808 (2011, 2013 and 2019): frames of vehicle trackers and their platform ⇄ messages.
//!
//! A frame lies between two `7E`; within, `7E` is `7D 02` and `7D` is `7D 01`. A header (message,
//! properties, terminal, serial), the body and the XOR of both follow. The platform's side of the
//! conversation is [`Session`]. Media, parameters and vendors' items are not known here. Source:
//! JT/T 808-2013 and -2019.

mod frame;
mod location;
mod message;
mod session;
mod stream;
#[cfg(test)]
mod tests;

pub use frame::{BODY_BYTES_MAX, Frame, FrameError, Part, TerminalNumber, TerminalNumberError};
pub use location::{Location, LocationError};
pub use message::{Message, MessageError, Registration, encode};
pub use session::{Report, Session};
pub use stream::Decoder;
