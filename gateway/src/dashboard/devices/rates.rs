//! Counters of two looks → frames per minute. Keeps the counters of one look alone; how often
//! somebody looks does not matter.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::id::DeviceId;
use domain::time::Instant;

use crate::health::DeviceHealth;

/// Shorter than this between two looks, and the rate before stands: a few frames are no rate.
const APART_MIN: Duration = Duration::from_secs(10);

/// What a device sends, per minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    /// Readings decoded.
    pub(crate) frames_per_min: f64,
    /// Frames rejected.
    pub(crate) rejected_per_min: f64,
}

#[derive(Debug, Clone, Copy)]
struct Counters {
    readings: u64,
    rejected: u64,
}

/// The last look and the rates that it gave.
#[derive(Debug, Clone, Default)]
pub(crate) struct FrameRates {
    last: BTreeMap<DeviceId, Counters>,
    looked_at: Option<Instant>,
    rates: BTreeMap<DeviceId, Rate>,
}

impl FrameRates {
    /// Looks at the counters. A device has a rate from the second look on that saw it.
    pub(crate) fn look(
        &mut self,
        devices: &BTreeMap<DeviceId, DeviceHealth>,
        now: Instant,
    ) -> &BTreeMap<DeviceId, Rate> {
        let apart = self.looked_at.map(|before| now.since(before));
        if apart.is_some_and(|apart| apart < APART_MIN) {
            return &self.rates;
        }
        let minutes = apart.map_or(0.0, |apart| apart.as_secs_f64() / 60.0);
        self.rates.clear();
        for (device, before) in &self.last {
            let Some(health) = devices.get(device) else {
                continue;
            };
            // A counter that went back has begun anew.
            let readings = health.readings.checked_sub(before.readings);
            let rejected = health.rejected.checked_sub(before.rejected);
            if let (Some(readings), Some(rejected)) = (readings, rejected) {
                let rate = Rate {
                    frames_per_min: readings as f64 / minutes,
                    rejected_per_min: rejected as f64 / minutes,
                };
                self.rates.insert(device.clone(), rate);
            }
        }
        let counters = |health: &DeviceHealth| Counters {
            readings: health.readings,
            rejected: health.rejected,
        };
        self.last = devices
            .iter()
            .map(|(device, health)| (device.clone(), counters(health)))
            .collect();
        self.looked_at = Some(now);
        &self.rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use device_codecs::Rejects;
    use domain::device::{DeviceKind, DeviceState};

    fn devices(readings: u64, rejected: u64) -> BTreeMap<DeviceId, DeviceHealth> {
        let health = DeviceHealth {
            kind: DeviceKind::Weighbridge,
            state: DeviceState::Live,
            cause: String::new(),
            last_frame: None,
            readings,
            rejected,
            rejects: Rejects::default(),
        };
        BTreeMap::from([(DeviceId::parse("scale").expect("valid"), health)])
    }

    #[test]
    fn a_rate_needs_two_looks_apart_and_counters_that_grow() {
        let scale = DeviceId::parse("scale").expect("valid");
        let mut rates = FrameRates::default();
        // (ms, readings, rejected, frames a minute)
        for (ms, readings, rejected, expected) in [
            (0, 100, 0, None),
            (5_000, 150, 0, None),
            (30_000, 400, 3, Some(600.0)),
            // Somebody else looks at once: the rate stands.
            (31_000, 405, 3, Some(600.0)),
            (60_000, 405, 3, Some(10.0)),
            // Begun anew.
            (90_000, 7, 0, None),
            (120_000, 37, 0, Some(60.0)),
        ] {
            let seen = rates.look(&devices(readings, rejected), Instant::from_millis(ms));
            let frames = seen.get(&scale).map(|rate| rate.frames_per_min.round());
            assert_eq!(frames, expected, "after {ms} ms");
        }
        let gone = rates.look(&BTreeMap::new(), Instant::from_millis(200_000));
        assert!(gone.is_empty());
        let back = rates.look(&devices(40, 0), Instant::from_millis(300_000));
        assert!(back.is_empty());
    }
}
