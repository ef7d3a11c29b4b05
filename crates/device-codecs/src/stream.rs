//! A byte stream → whole frames: keeps the unfinished one, drops noise, finds the next start.
//! Knows no format; each format says what the bytes at the front of the buffer are.
//!
//! A format decides on the bytes of one frame only, never on how they arrived, so that the
//! same bytes give the same readings and the same counts however a line cuts them up.

use crate::rejects::{RejectReason, Rejects};

/// What a format makes of the front of the buffer. Every length is at least 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step<T> {
    /// A frame may have begun; its end has not come.
    Wait,
    /// `len` bytes between frames that the format allows (a line end).
    Skip { len: usize },
    /// `len` bytes that begin no frame. One count a run, however long it is.
    Noise { len: usize },
    /// `len` bytes of a frame that is refused.
    Reject { len: usize, reason: RejectReason },
    /// `len` bytes of a good frame.
    Frame { len: usize, item: T },
}

/// The buffer under a decoder.
#[derive(Debug, Clone)]
pub(crate) struct Framer {
    buffer: Vec<u8>,
    frame_bytes_max: usize,
    in_noise: bool,
    pub(crate) rejects: Rejects,
}

impl Framer {
    /// A buffer for frames of at most `frame_bytes_max` bytes.
    pub(crate) fn new(frame_bytes_max: usize) -> Self {
        Self {
            buffer: Vec::with_capacity(frame_bytes_max),
            frame_bytes_max,
            in_noise: false,
            rejects: Rejects::default(),
        }
    }

    pub(crate) fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// Hands the stream to `scan` until it waits for more.
    pub(crate) fn feed<T>(
        &mut self,
        bytes: &[u8],
        scan: impl Fn(&[u8]) -> Step<T>,
        mut emit: impl FnMut(T),
    ) {
        let mut rest = bytes;
        loop {
            let room = self.frame_bytes_max.saturating_sub(self.buffer.len());
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.buffer.extend_from_slice(now);
            rest = later;
            let mut used = 0;
            while used < self.buffer.len() {
                let len = match scan(&self.buffer[used..]) {
                    Step::Wait => break,
                    Step::Skip { len } => {
                        self.in_noise = false;
                        len
                    }
                    Step::Noise { len } => {
                        if !self.in_noise {
                            self.rejects.count(RejectReason::Framing);
                        }
                        self.in_noise = true;
                        len
                    }
                    Step::Reject { len, reason } => {
                        self.rejects.count(reason);
                        // What is left of a refused frame is not counted a second time.
                        self.in_noise = true;
                        len
                    }
                    Step::Frame { len, item } => {
                        self.in_noise = false;
                        emit(item);
                        len
                    }
                };
                used += len.max(1);
            }
            self.buffer.drain(..used.min(self.buffer.len()));
            if self.buffer.len() >= self.frame_bytes_max {
                // Longer than any frame: what began here was none.
                self.rejects.count(RejectReason::Length);
                self.in_noise = true;
                self.buffer.remove(0);
            } else if rest.is_empty() {
                return;
            }
        }
    }
}

/// Whether `byte` ends a line.
pub(crate) const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}
