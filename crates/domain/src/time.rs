//! The two times that are passed into the core: a monotonic one for deadlines and UTC, with
//! its source, for records. This module never asks a clock for either.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// Monotonic time in microseconds since an origin that the caller chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant {
    micros: u64,
}

impl Instant {
    /// The instant `micros` after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// The instant `millis` after the origin.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self {
            micros: millis * 1_000,
        }
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// Time from `earlier` to `self`, zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;
    fn add(self, rhs: Duration) -> Self {
        let micros = u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX);
        Self {
            micros: self.micros.saturating_add(micros),
        }
    }
}

/// A point in UTC, microseconds since 1970-01-01, without its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a text is not a timestamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{raw:?} is not an RFC 3339 time such as 2026-03-01T08:00:00Z")]
pub struct TimestampError {
    /// The text as it came.
    pub raw: String,
}

impl Timestamp {
    /// The earliest and the latest time that the records can hold (years −9999 to 9999).
    pub const MIN: Self = Self(-377_705_023_201_000_000);
    /// The latest time.
    pub const MAX: Self = Self(253_402_207_199_000_000);

    /// The point `micros` microseconds after 1970, clamped to the recordable range.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// The point `seconds` after 1970, clamped.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Parses an RFC 3339 time with an offset.
    ///
    /// # Errors
    /// Any other form.
    pub fn parse(raw: &str) -> Result<Self, TimestampError> {
        raw.trim()
            .parse::<jiff::Timestamp>()
            .map(|t| Self(t.as_microsecond()))
            .map_err(|_| TimestampError {
                raw: raw.to_owned(),
            })
    }

    /// Time from `earlier` to `self`; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(if micros > 0 { micros.unsigned_abs() } else { 0 })
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, rhs: Duration) -> Self {
        let micros = i64::try_from(rhs.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, rhs: Duration) -> Self {
        let micros = i64::try_from(rhs.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(t) => write!(f, "{t:.3}"),
            // The constructors clamp to the range that can be shown.
            Err(_) => write!(f, "{} us", self.0),
        }
    }
}

/// Where a UTC time came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeSource {
    /// A satellite receiver of the gate.
    Gnss,
    /// A network time server, as the operating system reports it.
    Ntp,
    /// Nothing vouches for the clock.
    Unsynchronised,
}

/// UTC with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UtcTime {
    /// The point in time.
    pub at: Timestamp,
    /// Who vouches for it.
    pub source: TimeSource,
}

/// Both times of one moment, as every core verb takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// For deadlines.
    pub mono: Instant,
    /// For records.
    pub utc: UtcTime,
}

/// A closed span of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// First moment inside.
    pub from: Timestamp,
    /// Last moment inside.
    pub until: Timestamp,
}

impl Window {
    /// Whether `at` lies inside.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.until
    }

    /// Whether `at` lies inside once both ends are moved out by `grace`.
    #[must_use]
    pub fn contains_with_grace(&self, at: Timestamp, grace: Duration) -> bool {
        self.from - grace <= at && at <= self.until + grace
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_read_back_what_they_show() {
        for raw in ["2026-03-01T08:00:00.125Z", "1999-08-22T00:00:00.000Z"] {
            let t = Timestamp::parse(raw).expect("valid");
            assert_eq!(t.to_string(), raw);
        }
        assert!(Timestamp::parse("yesterday").is_err());
        assert_eq!(Timestamp::from_micros(i64::MIN), Timestamp::MIN);
        assert!(!Timestamp::MAX.to_string().ends_with("us"));
        assert!(!Timestamp::MIN.to_string().ends_with("us"));
    }
}
