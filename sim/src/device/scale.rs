//! Mass on a platform → what an indicator shows: rise, settling oscillation, swinging loads,
//! drift of zero, rounding to the division.

use domain::mass::Mass;

/// Scale interval d of the simulated scales.
pub const DIVISION: Mass = Mass::from_kg(20);

/// One platform with its indicator.
#[derive(Debug, Clone)]
pub struct Scale {
    shown: Mass,
    still_since_ms: Option<u64>,
    debris: Mass,
    drift: Mass,
}

impl Default for Scale {
    fn default() -> Self {
        Self::new()
    }
}

/// What the indicator shows at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Value, a multiple of the division.
    pub value: Mass,
    /// The value has changed since the last look, or oscillates.
    pub motion: bool,
}

impl Scale {
    /// An empty scale.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shown: Mass::ZERO,
            still_since_ms: None,
            debris: Mass::ZERO,
            drift: Mass::ZERO,
        }
    }

    /// Lays something on the platform that is not the truck, or takes it off.
    pub fn set_debris(&mut self, debris: Mass) {
        self.debris = debris;
    }

    /// Moves the zero.
    pub fn set_drift(&mut self, drift: Mass) {
        self.drift = drift;
    }

    /// What is shown at `now_ms` with `load` on the platform. `moving` is the truck's own
    /// motion, `swings` that of its load.
    pub fn show(&mut self, load: Mass, moving: bool, swings: bool, now_ms: u64) -> Shown {
        if moving || load == Mass::ZERO {
            self.still_since_ms = None;
        } else if self.still_since_ms.is_none() {
            self.still_since_ms = Some(now_ms);
        }
        let wobble = wobble_permille_tenths(self.still_since_ms, moving, swings, now_ms);
        let wobbled = load.grams() + load.grams() * wobble / 10_000;
        let raw = Mass::from_grams(wobbled) + self.debris + self.drift;
        let value = round(raw);
        let motion = value != self.shown;
        self.shown = value;
        Shown { value, motion }
    }
}

/// Deviation in 1/10,000 of the load: 1.5 % dying away within two seconds of standing still (a
/// braked truck nods at about 1.5 Hz), 3 % for as long as a liquid load swings.
fn wobble_permille_tenths(still_ms: Option<u64>, moving: bool, swings: bool, now_ms: u64) -> i64 {
    let phase = now_ms as f64 / 1_000.0 * std::f64::consts::TAU;
    if swings {
        return ((phase * 0.55).sin() * 300.0) as i64;
    }
    let amplitude = match still_ms {
        None if moving => 150.0,
        None => 0.0,
        Some(since) => 150.0 * (-(now_ms.saturating_sub(since) as f64) / 350.0).exp(),
    };
    ((phase * 1.5).sin() * amplitude) as i64
}

fn round(raw: Mass) -> Mass {
    let division = DIVISION.grams();
    Mass::from_grams((raw.grams() + division / 2).div_euclid(division) * division)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_truck_settles_on_its_weight() {
        let mut scale = Scale::new();
        let gross = Mass::from_grams(31_234_567);
        assert_eq!(scale.show(Mass::ZERO, false, false, 0).value, Mass::ZERO);
        let driving = scale.show(Mass::from_kg(9_000), true, false, 200);
        assert!(driving.motion);
        let mut last = scale.show(gross, false, false, 400);
        for ms in (600..5_000).step_by(200) {
            last = scale.show(gross, false, false, ms);
        }
        assert_eq!((last.value, last.motion), (Mass::from_kg(31_240), false));
    }

    #[test]
    fn a_swinging_load_never_stands() {
        let mut scale = Scale::new();
        let gross = Mass::from_kg(30_000);
        let values: Vec<Mass> = (0..50)
            .map(|i| scale.show(gross, false, true, i * 200).value)
            .collect();
        let stands = values.windows(5).any(|w| w.iter().all(|v| *v == w[0]));
        assert!(!stands, "{values:?}");
    }

    #[test]
    fn debris_and_drift_show_on_the_empty_scale() {
        let mut scale = Scale::new();
        scale.set_debris(Mass::from_kg(160));
        assert_eq!(
            scale.show(Mass::ZERO, false, false, 0).value,
            Mass::from_kg(160)
        );
        scale.set_debris(Mass::ZERO);
        scale.set_drift(Mass::from_kg(-31));
        assert_eq!(
            scale.show(Mass::ZERO, false, false, 200).value,
            Mass::from_kg(-40)
        );
    }
}
