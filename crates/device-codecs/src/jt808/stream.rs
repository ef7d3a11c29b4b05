//! A terminal's byte stream → frames. What lies between two flags and is no frame is counted by
//! reason; then the second flag may begin the next.

use super::frame::{FLAG, FRAME_BYTES_MAX, Frame};
use crate::rejects::{RejectReason, Rejects};
use crate::stream::{Framer, Step};

/// Reads one connection's stream.
#[derive(Debug, Clone)]
pub struct Decoder {
    framer: Framer,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder with an empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self {
            framer: Framer::new(FRAME_BYTES_MAX),
        }
    }

    /// Takes bytes as they came; returns the frames that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        self.framer.feed(bytes, scan, |frame| frames.push(frame));
        frames
    }

    /// Bytes kept of an unfinished frame.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.framer.buffered()
    }

    /// Counts a frame that was whole and could not be used.
    pub(super) fn reject(&mut self, reason: RejectReason) {
        self.framer.rejects.count(reason);
    }

    /// Frames refused so far.
    #[must_use]
    pub const fn rejects(&self) -> &Rejects {
        &self.framer.rejects
    }
}

fn scan(buffer: &[u8]) -> Step<Frame> {
    if buffer[0] != FLAG {
        let len = buffer.iter().position(|byte| *byte == FLAG);
        return Step::Noise {
            len: len.unwrap_or(buffer.len()),
        };
    }
    match buffer[1..].iter().position(|byte| *byte == FLAG) {
        None => Step::Wait,
        // The end of one frame and the beginning of the next.
        Some(0) => Step::Skip { len: 1 },
        // The second flag stays: it ends this frame, and with some senders begins the next.
        Some(between) => match Frame::read(&buffer[1..=between]) {
            Ok(item) => Step::Frame {
                len: between + 1,
                item,
            },
            Err(error) => Step::Reject {
                len: between + 1,
                reason: error.reason(),
            },
        },
    }
}
