//! What all lines together came to: counters, and the lags of a phase.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Lags kept of one phase at the most; later ones are left out of the percentiles.
const LAGS_MAX: usize = 4_000_000;

/// Counters of all lines.
#[derive(Default)]
pub(crate) struct Tally {
    /// Lines that are connected and subscribed.
    pub(crate) up: AtomicU64,
    /// Events recorded.
    pub(crate) made: AtomicU64,
    /// Events that a full gate did not take.
    pub(crate) refused: AtomicU64,
    /// Events acknowledged by the region.
    pub(crate) acknowledged: AtomicU64,
    /// Batches handed to the client.
    pub(crate) batches: AtomicU64,
    /// Connections lost without being asked for.
    pub(crate) losses: AtomicU64,
    /// Gates that sent again because nothing moved.
    pub(crate) repeats: AtomicU64,
    /// Watermarks that are not of the gate's chain.
    pub(crate) forks: AtomicU64,
    /// From made to acknowledged.
    pub(crate) lags: Lags,
}

impl Tally {
    /// Events made and not acknowledged.
    pub(crate) fn waiting(&self) -> u64 {
        // In this order: an event made in between only adds.
        let acknowledged = self.acknowledged.load(Ordering::Relaxed);
        self.made
            .load(Ordering::Relaxed)
            .saturating_sub(acknowledged)
    }
}

/// Lags of the phase under way, in tenths of a millisecond.
#[derive(Default)]
pub(crate) struct Lags(Mutex<Vec<u32>>);

impl Lags {
    /// Adds some.
    pub(crate) fn add(&self, lags: &[Duration]) {
        if lags.is_empty() {
            return;
        }
        // Plain numbers stay usable, whoever panicked.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = LAGS_MAX.saturating_sub(all.len());
        all.extend(
            lags.iter()
                .take(room)
                .map(|lag| u32::try_from(lag.as_micros() / 100).unwrap_or(u32::MAX)),
        );
    }

    /// Ends a phase: its lags, and an empty list for the next.
    pub(crate) fn take(&self) -> Percentiles {
        let mut all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        all.sort_unstable();
        Percentiles(all)
    }
}

/// Sorted lags.
#[derive(Debug, Clone, Default)]
pub(crate) struct Percentiles(Vec<u32>);

impl Percentiles {
    /// Milliseconds that `permille` of the events stay below.
    pub(crate) fn ms(&self, permille: usize) -> f64 {
        let index = (self.0.len() * permille / 1_000).min(self.0.len().saturating_sub(1));
        f64::from(self.0.get(index).copied().unwrap_or(0)) / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_phase_that_ended() {
        let lags = Lags::default();
        let some: Vec<Duration> = (1..=1_000).rev().map(Duration::from_millis).collect();
        lags.add(&some);
        let first = lags.take();
        assert_eq!(first.ms(500), 501.0);
        assert_eq!(first.ms(1_000), 1_000.0);
        let second = lags.take();
        assert_eq!(second.ms(500), 0.0);
    }
}
