//! What the formats share: readings made from parts, frames of a fixed length, frames of a line.

use domain::mass::Mass;
use domain::reading::{WeighMode, WeighRange, WeightReading};

use crate::rejects::RejectReason;
use crate::stream::{Step, is_line_end};

/// What a good frame means: a weight, or nothing that a gate needs.
pub(super) type Parsed = Result<WeightReading, RejectReason>;

/// A gross value within range, with nothing known of motion.
pub(super) fn reading(value: Mass, raw: &[u8]) -> WeightReading {
    WeightReading {
        value,
        mode: WeighMode::Unstated,
        tare: None,
        motion: None,
        range: WeighRange::Within,
        raw: raw.to_vec(),
    }
}

/// A frame that only says that the load is out of range.
pub(super) fn out_of_range(range: WeighRange, raw: &[u8]) -> WeightReading {
    WeightReading {
        range,
        ..reading(Mass::ZERO, raw)
    }
}

/// The frame at the front, which begins with `start` and has `len` bytes. Another `start` inside
/// means that this frame was cut off.
pub(super) fn fixed(
    buffer: &[u8],
    start: u8,
    len: usize,
    parse: impl Fn(&[u8]) -> Parsed,
) -> Step<WeightReading> {
    let seen = &buffer[..buffer.len().min(len)];
    if seen.first() != Some(&start) {
        let until = buffer
            .iter()
            .position(|byte| *byte == start)
            .unwrap_or(buffer.len());
        return Step::Noise { len: until };
    }
    if let Some(next) = seen.iter().skip(1).position(|byte| *byte == start) {
        return Step::Reject {
            len: next + 1,
            reason: RejectReason::Length,
        };
    }
    if seen.len() < len {
        return Step::Wait;
    }
    judged(seen, parse)
}

/// The line at the front, without its end, of at most `len_max` bytes.
pub(super) fn line(
    buffer: &[u8],
    len_max: usize,
    parse: impl Fn(&[u8]) -> Parsed,
) -> Step<WeightReading> {
    if buffer.first().copied().is_some_and(is_line_end) {
        return Step::Skip { len: 1 };
    }
    // Looked for only as far as a line may be long, so that it does not matter how much of the
    // stream has come.
    let seen = &buffer[..buffer.len().min(len_max + 1)];
    match seen.iter().position(|byte| is_line_end(*byte)) {
        Some(end) => judged(&buffer[..end], parse),
        None if buffer.len() > len_max => Step::Reject {
            len: len_max,
            reason: RejectReason::Length,
        },
        None => Step::Wait,
    }
}

fn judged(frame: &[u8], parse: impl Fn(&[u8]) -> Parsed) -> Step<WeightReading> {
    match parse(frame) {
        Ok(item) => Step::Frame {
            len: frame.len(),
            item,
        },
        Err(reason) => Step::Reject {
            len: frame.len(),
            reason,
        },
    }
}
