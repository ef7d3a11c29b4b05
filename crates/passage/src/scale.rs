//! Weight frames in order → one settled weight per vehicle, or why there is none.
//!
//! A weight counts only if the platform was at zero, then rose, then stood still: an indicator
//! that died repeats its last frame, and debris or the next truck's axle look like cargo. What
//! the weight should be is not known here.

use std::time::Duration;

use domain::evidence::NoWeight;
use domain::mass::Mass;
use domain::reading::{WeighMode, WeighRange, WeightReading};
use domain::time::{Instant, Now, Timestamp};

use crate::config::ScaleConfig;

/// A load too small for a vehicle is an axle driving on for this long at most; then it is debris.
const AXLE_FOR: Duration = Duration::from_millis(1_500);

/// A weight that met every condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) gross: Mass,
    pub(crate) stable_for_ms: u32,
    pub(crate) frames: u16,
    pub(crate) at: Timestamp,
    pub(crate) raw: Vec<u8>,
    /// Which load since start this is; every vehicle that comes from zero is a new one.
    pub(crate) load: u32,
    /// When the platform left zero for it.
    pub(crate) rose: Instant,
}

/// Frames that agree, from the first to the last.
#[derive(Debug, Clone, Copy)]
struct Run {
    value: Mass,
    since: Instant,
    frames: u16,
}

/// Follows one platform.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    config: ScaleConfig,
    last_frame: Option<Instant>,
    latest: Option<Mass>,
    zero_seen: bool,
    /// Since when the platform is off zero with less than a vehicle on it.
    small_since: Option<Instant>,
    loaded: bool,
    rose_from_zero: bool,
    load: u32,
    rose: Instant,
    out_of_range: bool,
    run: Option<Run>,
    settled: Option<Settled>,
}

impl Scale {
    pub(crate) fn new(config: ScaleConfig) -> Self {
        Self {
            config,
            last_frame: None,
            latest: None,
            zero_seen: false,
            small_since: None,
            loaded: false,
            rose_from_zero: false,
            load: 0,
            rose: Instant::default(),
            out_of_range: false,
            run: None,
            settled: None,
        }
    }

    /// Takes the next frame.
    pub(crate) fn take(&mut self, frame: &WeightReading, now: Now) {
        self.last_frame = Some(now.mono);
        let is_gross = matches!(frame.mode, WeighMode::Gross | WeighMode::Unstated);
        self.out_of_range = frame.range != WeighRange::Within || !is_gross;
        if self.out_of_range {
            self.run = None;
            self.settled = None;
            self.latest = None;
            return;
        }
        self.latest = Some(frame.value);
        if self
            .small_since
            .is_some_and(|since| now.mono.since(since) >= AXLE_FOR)
        {
            self.zero_seen = false;
        }
        self.follow_run(frame, now.mono);
        if frame.value.abs() <= self.config.zero_band {
            self.zero_seen = true;
            self.small_since = None;
            self.loaded = false;
            self.rose_from_zero = false;
            self.settled = None;
        } else if frame.value < self.config.vehicle_min {
            self.small_since.get_or_insert(now.mono);
        } else {
            self.follow_load(frame, now);
            self.small_since = None;
        }
    }

    /// Takes a result that another system's scale vouches for: one statement, no frames to judge.
    /// Each is a new load, so that it is never the weight of the vehicle before; without a value
    /// this vehicle has no weight.
    pub(crate) fn take_result(&mut self, gross: Option<Mass>, raw: Vec<u8>, now: Now) {
        let gross = gross.filter(|gross| *gross >= self.config.vehicle_min);
        self.last_frame = gross.map(|_| now.mono);
        self.latest = gross;
        self.out_of_range = false;
        self.run = None;
        self.loaded = gross.is_some();
        self.rose_from_zero = self.loaded;
        self.load = self.load.wrapping_add(1);
        self.rose = now.mono;
        self.settled = gross.map(|gross| Settled {
            gross,
            // The least that is a weighing: one statement, which that system stands for.
            stable_for_ms: 1,
            frames: 1,
            at: now.utc.at,
            raw,
            load: self.load,
            rose: now.mono,
        });
    }

    fn follow_run(&mut self, frame: &WeightReading, now: Instant) {
        if frame.motion == Some(true) {
            self.run = None;
            return;
        }
        let agrees = |run: &Run| (run.value - frame.value).abs() <= self.config.division;
        self.run = Some(match self.run.filter(agrees) {
            Some(run) => Run {
                frames: run.frames.saturating_add(1),
                ..run
            },
            None => Run {
                value: frame.value,
                since: now,
                frames: 1,
            },
        });
    }

    fn follow_load(&mut self, frame: &WeightReading, now: Now) {
        if !self.loaded {
            self.loaded = true;
            self.load = self.load.wrapping_add(1);
            self.rose = now.mono;
            self.rose_from_zero = self.zero_seen;
            self.zero_seen = false;
        }
        let Some(run) = self.run else { return };
        let stood = now.mono.since(run.since);
        let is_stable = run.frames >= self.config.stable_frames && stood >= self.config.stable_for;
        if is_stable && self.rose_from_zero {
            self.settled = Some(Settled {
                gross: frame.value,
                stable_for_ms: u32::try_from(stood.as_millis()).unwrap_or(u32::MAX),
                frames: run.frames,
                at: now.utc.at,
                raw: frame.raw.clone(),
                load: self.load,
                rose: self.rose,
            });
        }
    }

    /// The settled weight of the load that stands there now and still shows it.
    pub(crate) fn settled(&self) -> Option<&Settled> {
        let settled = self.settled.as_ref()?;
        let moved = (self.latest? - settled.gross).abs();
        (self.loaded && moved <= self.config.division.times(3)).then_some(settled)
    }

    /// Starts over: a weight must stand anew before it counts.
    pub(crate) fn weigh_again(&mut self) {
        self.run = None;
        self.settled = None;
    }

    /// Why [`Scale::settled`] has nothing.
    pub(crate) fn why_none(&self, now: Instant) -> NoWeight {
        let is_silent = self
            .last_frame
            .is_none_or(|last| now.since(last) > self.config.silence);
        if is_silent {
            NoWeight::Missing
        } else if self.out_of_range {
            NoWeight::OutOfRange
        } else if !self.loaded {
            NoWeight::NoRise
        } else if self.rose_from_zero {
            NoWeight::Unstable
        } else {
            NoWeight::ZeroFault
        }
    }

    /// The value of the last usable frame.
    pub(crate) fn latest(&self) -> Option<Mass> {
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use domain::time::{TimeSource, UtcTime};

    use super::*;

    fn config() -> ScaleConfig {
        ScaleConfig {
            division: Mass::from_kg(20),
            zero_band: Mass::from_kg(20),
            vehicle_min: Mass::from_kg(400),
            stable_frames: 4,
            stable_for: Duration::from_millis(800),
            silence: Duration::from_secs(2),
        }
    }

    fn at(ms: u64) -> Now {
        let utc = Timestamp::from_micros(ms as i64 * 1_000);
        Now {
            mono: Instant::from_millis(ms),
            utc: UtcTime {
                at: utc,
                source: TimeSource::Ntp,
            },
        }
    }

    /// Feeds values in kg every 200 ms; `motion` as the indicator says it.
    fn fed(values_kg: &[i64], motion: Option<bool>) -> (Scale, Now) {
        let mut scale = Scale::new(config());
        let mut now = at(0);
        for (i, kg) in values_kg.iter().enumerate() {
            now = at(i as u64 * 200);
            let frame = WeightReading {
                value: Mass::from_kg(*kg),
                mode: WeighMode::Gross,
                tare: None,
                motion,
                range: WeighRange::Within,
                raw: vec![1],
            };
            scale.take(&frame, now);
        }
        (scale, now)
    }

    #[test]
    fn a_weight_counts_only_after_zero_rise_and_rest() {
        let stand = [31_240; 8];
        let cases: [(&str, Vec<i64>, Result<i64, NoWeight>); 9] = [
            (
                "clean",
                [&[0, 0, 180, 9_000, 20_000][..], &stand].concat(),
                Ok(31_240),
            ),
            (
                "one division of jitter",
                vec![0, 31_240, 31_260, 31_240, 31_220, 31_240, 31_240],
                Ok(31_240),
            ),
            (
                "too short",
                vec![0, 31_240, 31_240, 31_240],
                Err(NoWeight::Unstable),
            ),
            (
                "swings",
                (0..30)
                    .map(|i| if i == 0 { 0 } else { 30_000 + 200 * (i % 2) })
                    .collect(),
                Err(NoWeight::Unstable),
            ),
            (
                "loaded from the start",
                stand.to_vec(),
                Err(NoWeight::ZeroFault),
            ),
            (
                "debris lay there",
                [&[0][..], &[160; 9], &stand].concat(),
                Err(NoWeight::ZeroFault),
            ),
            (
                "debris that moves",
                [
                    &[0, 160, 140, 160, 140, 160, 140, 160, 140, 160][..],
                    &stand,
                ]
                .concat(),
                Err(NoWeight::ZeroFault),
            ),
            ("nothing on it", vec![0; 10], Err(NoWeight::NoRise)),
            (
                "left again",
                [&[0][..], &stand, &[0]].concat(),
                Err(NoWeight::NoRise),
            ),
        ];
        for (name, values, expected) in cases {
            let (scale, now) = fed(&values, None);
            let got = scale
                .settled()
                .map(|s| s.gross.kg())
                .ok_or_else(|| scale.why_none(now.mono));
            assert_eq!(got, expected, "{name}");
        }
    }

    #[test]
    fn the_motion_bit_is_believed() {
        let (scale, now) = fed(&[&[0][..], &[31_240; 20]].concat(), Some(true));
        assert_eq!(scale.settled(), None);
        assert_eq!(scale.why_none(now.mono), NoWeight::Unstable);
    }

    #[test]
    fn a_second_vehicle_needs_its_own_zero() {
        let between = |zero: i64| [&[0][..], &[31_240; 8], &[zero], &[18_000; 8]].concat();
        let (scale, _) = fed(&between(0), None);
        assert_eq!(
            scale.settled().map(|s| (s.gross.kg(), s.load)),
            Some((18_000, 2))
        );
        // Axle of the second on before the first was off: one load, and its weight has moved on.
        let (scale, _) = fed(&between(700), None);
        assert_eq!(scale.settled().map(|s| s.load), Some(1));
    }

    #[test]
    fn silence_and_range_have_their_own_reasons() {
        let (mut scale, now) = fed(&[&[0][..], &[31_240; 8]].concat(), None);
        assert_eq!(
            scale.why_none(now.mono + Duration::from_secs(3)),
            NoWeight::Missing
        );
        let over = WeightReading {
            value: Mass::from_kg(31_240),
            mode: WeighMode::Gross,
            tare: None,
            motion: None,
            range: WeighRange::Over,
            raw: Vec::new(),
        };
        scale.take(&over, now);
        assert_eq!(
            (scale.settled(), scale.why_none(now.mono)),
            (None, NoWeight::OutOfRange)
        );
    }

    #[test]
    fn weighing_again_needs_a_fresh_stand() {
        let (mut scale, now) = fed(&[&[0][..], &[31_240; 8]].concat(), None);
        assert!(scale.settled().is_some());
        scale.weigh_again();
        assert_eq!(
            (scale.settled(), scale.why_none(now.mono)),
            (None, NoWeight::Unstable)
        );
    }

    #[test]
    fn a_result_of_others_counts_once_and_only_for_its_vehicle() {
        let mut scale = Scale::new(config());
        scale.take_result(Some(Mass::from_kg(39_700)), vec![7], at(0));
        let first = scale.settled().expect("weighed").clone();
        assert_eq!((first.gross.kg(), first.frames), (39_700, 1));
        scale.take_result(Some(Mass::from_kg(39_700)), vec![7], at(60_000));
        assert_ne!(scale.settled().expect("weighed").load, first.load);
        for none in [None, Some(Mass::ZERO), Some(Mass::from_kg(399))] {
            scale.take_result(none, Vec::new(), at(90_000));
            assert_eq!(scale.settled(), None);
            assert_eq!(scale.why_none(at(90_000).mono), NoWeight::Missing);
        }
    }
}
