//! The only place of the daemon that reads clocks: both times of a moment, with the source that
//! vouches for UTC.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::time::{Instant, Now, TimeSource, Timestamp, UtcTime};

/// A shared clock. Cloning it gives the same clock.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: std::time::Instant,
    source: Arc<AtomicU8>,
}

impl Clock {
    /// A clock whose UTC is vouched for by `source`.
    #[must_use]
    pub fn new(source: TimeSource) -> Self {
        let clock = Self {
            origin: std::time::Instant::now(),
            source: Arc::new(AtomicU8::new(0)),
        };
        clock.set_source(source);
        clock
    }

    /// Changes who vouches for UTC.
    pub fn set_source(&self, source: TimeSource) {
        let code = match source {
            TimeSource::Gnss => 1,
            TimeSource::Ntp => 2,
            TimeSource::Unsynchronised => 0,
        };
        self.source.store(code, Ordering::Relaxed);
    }

    /// Both times of this moment.
    #[must_use]
    pub fn now(&self) -> Now {
        let micros = u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX);
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        let source = match self.source.load(Ordering::Relaxed) {
            1 => TimeSource::Gnss,
            2 => TimeSource::Ntp,
            _ => TimeSource::Unsynchronised,
        };
        let utc_micros = i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX);
        Now {
            mono: Instant::from_micros(micros),
            utc: UtcTime {
                at: Timestamp::from_micros(utc_micros),
                source,
            },
        }
    }

    /// The runtime's instant for a deadline of the core; far in the future for `None`.
    #[must_use]
    pub fn deadline(&self, at: Option<Instant>) -> tokio::time::Instant {
        let at = at.map_or(Duration::from_secs(86_400), |at| {
            Duration::from_micros(at.as_micros())
        });
        match at.checked_sub(self.origin.elapsed()) {
            Some(left) => tokio::time::Instant::now() + left.min(Duration::from_secs(86_400)),
            None => tokio::time::Instant::now(),
        }
    }
}
