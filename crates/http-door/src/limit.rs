//! Requests by address → whether one more is let in: a bucket each, which refills. Time comes in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Addresses that are remembered; when there are more, full buckets are forgotten first.
const ADDRESSES_MAX: usize = 10_000;

/// A bucket of so many, which refills at a rate.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Most at once.
    pub burst: f64,
    /// New ones in a second.
    pub per_second: f64,
}

/// Requests of one address.
pub const REQUESTS: Size = Size {
    burst: 120.0,
    per_second: 30.0,
};

/// Buckets by address.
#[derive(Debug)]
pub struct Limit {
    size: Size,
    buckets: Mutex<HashMap<IpAddr, (f64, Instant)>>,
}

impl Limit {
    /// Full buckets.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self {
            size,
            buckets: Mutex::default(),
        }
    }

    /// Takes one; `false` if none is left.
    pub fn take(&self, address: IpAddr, now: Instant) -> bool {
        self.level(address, now, 1.0) >= 1.0
    }

    /// Whether one is left, without taking it.
    pub fn has(&self, address: IpAddr, now: Instant) -> bool {
        self.level(address, now, 0.0) >= 1.0
    }

    /// Level before `taken` is taken, if there is as much.
    fn level(&self, address: IpAddr, now: Instant, taken: f64) -> f64 {
        let mut buckets = self.buckets.lock().expect("no holder of this lock panics");
        if buckets.len() >= ADDRESSES_MAX && !buckets.contains_key(&address) {
            let full = Duration::from_secs_f64(self.size.burst / self.size.per_second);
            buckets.retain(|_, (_, since)| now.saturating_duration_since(*since) < full);
            if buckets.len() >= ADDRESSES_MAX {
                return 0.0;
            }
        }
        let (level, since) = buckets.entry(address).or_insert((self.size.burst, now));
        let waited = now.saturating_duration_since(*since).as_secs_f64();
        let before = (*level + waited * self.size.per_second).min(self.size.burst);
        *level = if before >= taken {
            before - taken
        } else {
            before
        };
        *since = now;
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_refills_and_is_each_addresses_own() {
        let limit = Limit::new(Size {
            burst: 2.0,
            per_second: 0.5,
        });
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let start = Instant::now();
        assert!(limit.take(one, start) && limit.take(one, start));
        assert!(!limit.take(one, start) && !limit.has(one, start));
        assert!(limit.take(other, start));
        assert!(!limit.take(one, start + Duration::from_secs(1)));
        assert!(limit.take(one, start + Duration::from_secs(2)));
    }

    #[test]
    fn a_flood_of_addresses_is_refused_and_forgotten_again() {
        let limit = Limit::new(REQUESTS);
        let start = Instant::now();
        let address = |n: usize| IpAddr::from(u32::try_from(n).unwrap().to_be_bytes());
        for n in 0..ADDRESSES_MAX {
            assert!(limit.take(address(n), start));
        }
        assert!(!limit.take(address(ADDRESSES_MAX), start));
        assert!(limit.take(address(ADDRESSES_MAX), start + Duration::from_secs(5)));
    }
}
