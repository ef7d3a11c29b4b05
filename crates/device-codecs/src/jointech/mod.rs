//! Reports of Jointech's trackers (JT600) and e-locks (JT701) → positions and states of a lock,
//! with the answer that each wants.
//!
//! Two kinds of frame share a line: binary, `$` with BCD fields and a length, and text in `(` `)`
//! with commas. Neither has a checksum: a field that is not decimal, or a length that does not fit,
//! refuses the frame. Kept: number, time, place, course, satellites, and of locks the rope, the
//! motor and the alarms. Not read: battery, cells, fuel, cards, sensors relayed by WLNET. Speed is
//! left out, because its unit differs between models. Sources: the maker's JT701 protocol as
//! published for integrators (bits of the state word), test data of traccar (frames and answers).

mod binary;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;
use std::sync::Arc;

use domain::position::Fix;
use domain::seal::SealState;

use crate::rejects::{RejectReason, Rejects};
use crate::stream::{Framer, Step, is_line_end};

/// Longest frame: forty positions.
const FRAME_BYTES_MAX: usize = 1_280;
/// Longest frame in text.
const TEXT_BYTES_MAX: usize = 400;

/// Number of a lock or tracker: ten digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LockNumber(Arc<str>);

/// Why a text is no number of a lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("lock number {raw:?} is not ten digits")]
pub struct LockNumberError {
    /// The text as it came.
    pub raw: String,
}

impl LockNumber {
    /// Parses.
    ///
    /// # Errors
    /// Not ten digits.
    pub fn parse(raw: &str) -> Result<Self, LockNumberError> {
        let raw = raw.trim();
        if raw.len() != 10 || !raw.bytes().all(|b| b.is_ascii_digit()) {
            return Err(LockNumberError {
                raw: raw.to_owned(),
            });
        }
        Ok(Self(Arc::from(raw)))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LockNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The state word of an e-lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockState(pub u16);

impl LockState {
    const fn bit(self, bit: u16) -> bool {
        self.0 & 1 << bit != 0
    }

    /// The position is one of the mobile network, not of satellites.
    #[must_use]
    pub const fn is_by_network(self) -> bool {
        self.bit(0)
    }

    /// The steel rope was cut.
    #[must_use]
    pub const fn is_rope_cut(self) -> bool {
        self.bit(3)
    }

    /// The lock wants an answer.
    #[must_use]
    pub const fn wants_answer(self) -> bool {
        self.bit(5)
    }

    /// The rope is in the lock.
    #[must_use]
    pub const fn is_rope_in(self) -> bool {
        self.bit(6)
    }

    /// The motor holds the rope.
    #[must_use]
    pub const fn is_locked(self) -> bool {
        self.bit(7)
    }

    /// The lock reports that it was unlocked.
    #[must_use]
    pub const fn is_unlocked_alarm(self) -> bool {
        self.bit(8)
    }

    /// The back cover was opened.
    #[must_use]
    pub const fn is_cover_alarm(self) -> bool {
        self.bit(12)
    }

    /// What a seal with this state is: closed only with the rope in and held.
    #[must_use]
    pub const fn seal(self) -> SealState {
        if self.is_tampered() {
            SealState::Tampered
        } else if self.is_rope_in() && self.is_locked() {
            SealState::Closed
        } else {
            SealState::Open
        }
    }

    /// Somebody has worked on it.
    #[must_use]
    pub const fn is_tampered(self) -> bool {
        self.is_rope_cut() || self.is_cover_alarm()
    }
}

/// One position of a lock or tracker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockReport {
    /// Who.
    pub number: LockNumber,
    /// Where and when; invalid when the device says that it has no fix.
    pub fix: Fix,
    /// State of the lock; `None` for trackers and for frames that do not carry it.
    pub state: Option<LockState>,
    /// What the device wants to hear, on its last report of a frame.
    pub answer: Option<String>,
}

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

    /// Takes bytes as they came; returns the reports that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<LockReport> {
        let mut reports = Vec::new();
        self.framer.feed(bytes, scan, |all| reports.extend(all));
        reports
    }

    /// Bytes kept of an unfinished frame.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.framer.buffered()
    }

    /// Frames refused so far.
    #[must_use]
    pub const fn rejects(&self) -> &Rejects {
        &self.framer.rejects
    }
}

fn scan(buffer: &[u8]) -> Step<Vec<LockReport>> {
    match buffer[0] {
        b'$' => match binary::length(buffer) {
            None => Step::Wait,
            Some(len) if len > FRAME_BYTES_MAX - 1 => Step::Reject {
                len: 1,
                reason: RejectReason::Length,
            },
            Some(len) if buffer.len() < len => Step::Wait,
            Some(len) => whole(len, binary::read(&buffer[..len])),
        },
        b'(' => {
            let seen = &buffer[..buffer.len().min(TEXT_BYTES_MAX)];
            match seen.iter().position(|byte| *byte == b')') {
                Some(end) => whole(end + 1, text::read(&buffer[1..end])),
                None if buffer.len() >= TEXT_BYTES_MAX => Step::Reject {
                    len: 1,
                    reason: RejectReason::Length,
                },
                None => Step::Wait,
            }
        }
        byte if is_line_end(byte) => Step::Skip { len: 1 },
        _ => {
            let is_next = |byte: &u8| matches!(byte, b'$' | b'(') || is_line_end(*byte);
            let next = buffer.iter().position(is_next);
            Step::Noise {
                len: next.unwrap_or(buffer.len()),
            }
        }
    }
}

fn whole(len: usize, read: Result<Vec<LockReport>, RejectReason>) -> Step<Vec<LockReport>> {
    match read {
        Ok(item) => Step::Frame { len, item },
        Err(reason) => Step::Reject { len, reason },
    }
}
