//! What goes through one lane → the latest of it, for whoever looks. Bounded, never waits for a
//! reader, and nothing that is read here goes back into a lane.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use domain::device::DeviceStatus;
use domain::gate::GateReport;
use domain::id::{DeviceId, PassageId};
use domain::reading::{Observation, Reading, WeightReading};
use domain::time::{Now, Timestamp};
use passage::LaneView;
use passage::port::Input;

/// Points kept: three minutes of a weight that changes all the time, at ten a second. A level stretch
/// takes two, however long a vehicle stands.
const WEIGHTS_MAX: usize = 1_800;
/// Weights that differ by no more are level: a division of a vehicle scale.
const LEVEL_GRAMS: u64 = 20_000;
/// Devices remembered; a lane has fewer.
const DEVICES_MAX: usize = 64;
/// Two weights closer than this are one point of the curve.
const WEIGHT_GAP_US: u64 = 100_000;

/// One point of the weight curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightPoint {
    /// When.
    pub at: Timestamp,
    /// Shown value in grams.
    pub grams: i64,
}

/// The last word of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// When its last frame arrived.
    pub at: Timestamp,
    /// What it said.
    pub observation: Observation,
}

/// The latest of one lane.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Grows with every change.
    pub version: u64,
    /// The lane machine from outside.
    pub view: Option<LaneView>,
    /// Last poll of the gate controller.
    pub gate: Option<GateReport>,
    /// Last words by device.
    pub heard: BTreeMap<DeviceId, Heard>,
    /// States by device.
    pub devices: BTreeMap<DeviceId, DeviceStatus>,
    /// The weight curve, oldest first.
    pub weights: VecDeque<WeightPoint>,
    /// Passage of the step below, and when it began.
    pub step_since: Option<(PassageId, &'static str, Timestamp)>,
}

/// Shared between a lane's task and whoever looks. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct LaneTap(Arc<Mutex<Seen>>);

impl LaneTap {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        // A panic while holding the lock leaves plain values behind: they stay usable.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes an input before the machine does.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the rest is seen by what the machine becomes"
    )]
    pub fn input(&self, input: &Input) {
        let mut seen = self.seen();
        match input {
            Input::Reading(reading) => seen.reading(reading),
            Input::Device(status)
                if seen.devices.len() < DEVICES_MAX
                    || seen.devices.contains_key(&status.device) =>
            {
                seen.devices.insert(status.device.clone(), status.clone());
            }
            Input::Gate(report) => {
                if seen.gate.as_ref().map(|known| known.inputs) != Some(report.inputs) {
                    seen.version += 1;
                }
                seen.gate = Some((**report).clone());
            }
            _ => {}
        }
    }

    /// Takes what the machine has become.
    pub fn machine(&self, view: LaneView, now: Now) {
        let mut seen = self.seen();
        if seen.view.as_ref() == Some(&view) {
            return;
        }
        let step = view.passage.clone().map(|passage| (passage, view.step));
        let known = seen.step_since.as_ref();
        if known.map(|(passage, step, _)| (passage, *step))
            != step.as_ref().map(|(passage, step)| (passage, *step))
        {
            seen.step_since = step.map(|(passage, step)| (passage, step, now.utc.at));
        }
        seen.view = Some(view);
        seen.version += 1;
    }

    /// A copy of what is known.
    #[must_use]
    pub fn look(&self) -> Seen {
        self.seen().clone()
    }

    /// Grows with every change.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.seen().version
    }
}

impl Seen {
    fn reading(&mut self, reading: &Reading) {
        let at = reading.received.utc.at;
        if let Observation::Weight(weight) = &reading.observation {
            self.weight(weight, at);
        }
        if self.heard.len() < DEVICES_MAX || self.heard.contains_key(&reading.device) {
            let heard = Heard {
                at,
                observation: reading.observation.clone(),
            };
            self.heard.insert(reading.device.clone(), heard);
        }
        self.version += 1;
    }

    fn weight(&mut self, weight: &WeightReading, at: Timestamp) {
        let is_close = self.weights.back().is_some_and(|last| {
            let gap = at.since(last.at).as_micros();
            gap < u128::from(WEIGHT_GAP_US)
        });
        if is_close {
            return;
        }
        let point = WeightPoint {
            at,
            grams: weight.value.grams(),
        };
        // Held to the stretch's first point, so that a slow drift is not taken for level.
        let mut newest = self.weights.iter().rev();
        if let (Some(last), Some(first)) = (newest.next(), newest.next())
            && first.grams.abs_diff(last.grams) <= LEVEL_GRAMS
            && first.grams.abs_diff(point.grams) <= LEVEL_GRAMS
        {
            self.weights.pop_back();
        }
        if self.weights.len() == WEIGHTS_MAX {
            self.weights.pop_front();
        }
        self.weights.push_back(point);
    }
}

#[cfg(test)]
mod tests {
    use domain::id::LaneId;
    use domain::mass::Mass;
    use domain::operator::LaneMode;
    use domain::reading::{WeighMode, WeighRange};
    use domain::time::{Instant, TimeSource, UtcTime};

    use super::*;

    fn now(ms: u64) -> Now {
        Now {
            mono: Instant::from_millis(ms),
            utc: UtcTime {
                at: Timestamp::from_micros(i64::try_from(ms).expect("small") * 1_000),
                source: TimeSource::Ntp,
            },
        }
    }

    fn weight(ms: u64, kg: i64) -> Input {
        Input::Reading(Box::new(Reading {
            device: DeviceId::parse("E1-scale").expect("valid"),
            received: now(ms),
            observation: Observation::Weight(WeightReading {
                value: Mass::from_kg(kg),
                mode: WeighMode::Gross,
                tare: None,
                motion: None,
                range: WeighRange::Within,
                raw: Vec::new(),
            }),
        }))
    }

    fn view(step: &'static str, number: u32) -> LaneView {
        let lane = LaneId::parse("E1").expect("valid");
        LaneView {
            mode: LaneMode::Live,
            arm: domain::gate::ArmState::Down,
            gate_answers: true,
            passage: Some(PassageId::new(&lane, 1, number)),
            step,
            verdict: None,
            weight: None,
            refusal: None,
            events_given_up: 0,
            faults: Vec::new(),
        }
    }

    #[test]
    fn the_curve_is_thinned_and_bounded_and_the_last_word_stays() {
        let tap = LaneTap::default();
        for i in 0..10_000_u64 {
            tap.input(&weight(i * 50, i64::try_from(i * 100).expect("small")));
        }
        let seen = tap.look();
        assert_eq!(seen.weights.len(), WEIGHTS_MAX);
        let last = seen.weights.back().expect("some");
        assert_eq!(last.grams, 999_800_000);
        let scale = DeviceId::parse("E1-scale").expect("valid");
        assert_eq!(seen.heard[&scale].at, now(9_999 * 50).utc.at);
        assert_eq!(seen.version, 10_000);
    }

    #[test]
    fn the_curve_of_a_vehicle_that_stands_for_an_hour_is_whole() {
        let tap = LaneTap::default();
        let on_scale = |ms: u64| match ms {
            0..5_000 => 0,
            5_000..10_000 => i64::try_from(ms).expect("small") * 4 - 20_000,
            _ => 20_000 + 10 * i64::from(ms.is_multiple_of(300)),
        };
        for ms in (0..3_600_000).step_by(100) {
            tap.input(&weight(ms, on_scale(ms)));
        }
        // A drift of a ton in the next hour is no level stretch.
        for ms in (3_600_000..7_200_000).step_by(100) {
            let drift = i64::try_from((ms - 3_600_000) / 3_600).expect("small");
            tap.input(&weight(ms, 20_000 + drift));
        }
        let seen = tap.look();
        let (first, last) = (seen.weights[0], seen.weights.back().expect("some"));
        assert_eq!((first.at, first.grams), (now(0).utc.at, 0));
        assert_eq!(last.at, now(7_199_900).utc.at);
        let rising = |point: &&WeightPoint| point.at > now(5_000).utc.at;
        let risen = |point: &&WeightPoint| point.at < now(10_000).utc.at;
        assert_eq!(seen.weights.iter().filter(rising).filter(risen).count(), 49);
        let drifting = |point: &&WeightPoint| point.at > now(3_600_000).utc.at;
        let drifting = seen.weights.iter().filter(drifting).count();
        assert_eq!(drifting, 50, "a point for every division");
    }

    #[test]
    fn a_step_begins_when_it_is_another_or_anothers() {
        let tap = LaneTap::default();
        let since = |tap: &LaneTap| tap.look().step_since.map(|(_, step, at)| (step, at));
        for (ms, step, number, expected) in [
            (1, "found", 1, ("found", 1)),
            (2, "found", 1, ("found", 1)),
            (3, "held", 1, ("held", 3)),
            (4, "held", 2, ("held", 4)),
        ] {
            tap.machine(view(step, number), now(ms));
            let at = now(expected.1).utc.at;
            assert_eq!(since(&tap), Some((expected.0, at)), "{ms}");
        }
        let before = tap.version();
        tap.machine(view("held", 2), now(9));
        assert_eq!(tap.version(), before, "nothing has changed");
    }
}
