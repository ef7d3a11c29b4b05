//! What a decoder refused, counted by reason. Knows nothing of why the line is bad: the doctor
//! and the dashboard draw that conclusion from the counts.

use std::fmt;

/// Why a frame, or a run of bytes, was not turned into an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectReason {
    /// The checksum does not match. The frame is discarded, never repaired.
    Checksum,
    /// Longer or shorter than the format allows, or cut off by the next frame.
    Length,
    /// Bytes that belong to no frame: noise, half a frame, a missing end.
    Framing,
    /// A character that its field does not allow.
    Character,
    /// A unit that is unknown or missing.
    Unit,
    /// A value outside what its field, or the world, allows.
    Range,
    /// Well formed, but of a kind that carries nothing for a gate.
    Unsupported,
    /// The device answered that it failed or did not understand.
    DeviceError,
    /// The device answered that it cannot say yet (no stable weight in time).
    Busy,
    /// Fields of one frame contradict each other.
    Inconsistent,
    /// The device itself marks what it sends as not valid (no fix, status V).
    NotValid,
}

impl RejectReason {
    /// Every reason, in the order in which they are counted.
    pub const ALL: [Self; 11] = [
        Self::Checksum,
        Self::Length,
        Self::Framing,
        Self::Character,
        Self::Unit,
        Self::Range,
        Self::Unsupported,
        Self::DeviceError,
        Self::Busy,
        Self::Inconsistent,
        Self::NotValid,
    ];

    /// Stable name, for metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checksum => "checksum",
            Self::Length => "length",
            Self::Framing => "framing",
            Self::Character => "character",
            Self::Unit => "unit",
            Self::Range => "range",
            Self::Unsupported => "unsupported",
            Self::DeviceError => "device-error",
            Self::Busy => "busy",
            Self::Inconsistent => "inconsistent",
            Self::NotValid => "not-valid",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Rejected frames since the decoder was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rejects {
    counts: [u64; RejectReason::ALL.len()],
}

impl Rejects {
    /// Counts one more: a decoder does, and whoever refuses what a decoder has passed.
    pub const fn count(&mut self, reason: RejectReason) {
        let slot = &mut self.counts[reason as usize];
        *slot = slot.saturating_add(1);
    }

    /// Adds what another decoder of the same device has counted, one before a reconnect say.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(more);
        }
    }

    /// Frames rejected for `reason`.
    #[must_use]
    pub const fn of(&self, reason: RejectReason) -> u64 {
        self.counts[reason as usize]
    }

    /// Frames rejected for any reason.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// The reasons that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (RejectReason, u64)> + '_ {
        RejectReason::ALL
            .into_iter()
            .map(|r| (r, self.of(r)))
            .filter(|(_, n)| *n > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_count() {
        let mut rejects = Rejects::default();
        for (index, reason) in RejectReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
            (0..=index).for_each(|_| rejects.count(reason));
        }
        assert_eq!(rejects.of(RejectReason::Length), 2);
        assert_eq!(rejects.total(), 66);
        assert_eq!(rejects.iter().count(), RejectReason::ALL.len());
        let before = rejects.clone();
        rejects.add(&before);
        assert_eq!(rejects.of(RejectReason::Length), 4);
        assert_eq!(rejects.total(), 132);
    }
}
