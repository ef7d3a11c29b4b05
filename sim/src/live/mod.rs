//! The real driver: the same world over pseudo-terminals, TCP, Modbus and MQTT, against the real
//! binaries. A gateway cannot tell it from hardware.

pub mod broker;
pub mod cameras;
pub mod certificates;
pub mod child;
pub mod cluster;
pub mod collectors;
pub mod devices;
mod documents;
pub mod emulator;
pub mod keys;
pub mod lane;
pub mod modbus;
pub mod officer;
pub mod people;
pub mod photographer;
pub mod portal;
pub mod postgres;
pub mod pty;
pub mod quiet_gate;
pub mod records;
pub mod show;
pub mod site;
pub mod tally;
pub mod usage;

use domain::time::{Instant, Timestamp};

/// The clock of a live run.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    start: std::time::Instant,
}

impl Moment {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            start: std::time::Instant::now(),
        }
    }

    /// Milliseconds since the start.
    #[must_use]
    pub fn ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Monotonic time since the start.
    #[must_use]
    pub fn mono(&self) -> Instant {
        Instant::from_millis(self.ms())
    }

    /// UTC of this machine.
    #[must_use]
    pub fn utc(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
