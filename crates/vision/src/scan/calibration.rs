//! Transmission of two beams → areal density and atomic number, by step wedges of known
//! materials that were scanned at commissioning.
//!
//! Knows no spectrum and no cross section: the steps are what this scanner measured.

/// Steps a table is resampled to.
const CELLS: usize = 900;
/// -ln of the transmission at the end of the table.
const DEPTH_MAX: f32 = 9.0;
/// Steps one material may have.
const STEPS_MAX: usize = 256;

/// What the ratio of the two beams tells of a place, lightest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Band {
    /// Wood, cloth, paper, food, plastics, water.
    Organic,
    /// Ceramics, glass, stone, aluminium.
    Mineral,
    /// Iron, steel, copper.
    Iron,
    /// Lead, tungsten, gold and heavier.
    Heavy,
}

impl Band {
    /// All, lightest first.
    pub const ALL: [Self; 4] = [Self::Organic, Self::Mineral, Self::Iron, Self::Heavy];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Organic => "organic",
            Self::Mineral => "mineral or aluminium",
            Self::Iron => "iron",
            Self::Heavy => "heavy metal",
        }
    }

    pub(crate) fn of(order: f32) -> Self {
        match order {
            order if order < 0.5 => Self::Organic,
            order if order < 1.5 => Self::Mineral,
            order if order < 2.5 => Self::Iron,
            _ => Self::Heavy,
        }
    }
}

/// One step of a wedge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Areal density, g/cm2.
    pub areal_g_cm2: f32,
    /// Transmission of the high beam, above 0 to 1.
    pub high: f32,
    /// Transmission of the low beam.
    pub low: f32,
}

/// Steps that cannot be a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalibrationError {
    /// Too few or too many steps.
    #[error("{} has {steps} steps; 2 to {STEPS_MAX} are needed", material.name())]
    Steps {
        /// The material.
        material: Band,
        /// How many.
        steps: usize,
    },
    /// A step is no number in its range, or does not attenuate more than the one before.
    #[error("step {step} of {}: areal density has to rise and transmission to fall, within 0 to 1", material.name())]
    Order {
        /// The material.
        material: Band,
        /// Which, from 0.
        step: usize,
    },
}

/// Four wedges as tables over -ln of the high beam's transmission.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    wedges: [Wedge; 4],
}

#[derive(Debug, Clone, PartialEq)]
struct Wedge {
    /// Areal density by -ln of the high transmission.
    areal_by_high: Vec<f32>,
    /// -ln of the low transmission by -ln of the high one.
    low_by_high: Vec<f32>,
    /// Areal density by -ln of the low transmission.
    areal_by_low: Vec<f32>,
    steps: Vec<[f32; 3]>,
}

/// What two numbers of one place say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Layer {
    pub(crate) areal_g_cm2: f32,
    pub(crate) band: Band,
}

impl Calibration {
    /// A calibration from the steps of organic material, aluminium, iron and lead, in this order,
    /// without the step for air.
    ///
    /// # Errors
    /// See [`CalibrationError`].
    pub fn new(wedges: [&[Step]; 4]) -> Result<Self, CalibrationError> {
        let mut tables = Vec::with_capacity(4);
        for (material, steps) in Band::ALL.into_iter().zip(wedges) {
            tables.push(Wedge::new(material, steps)?);
        }
        let wedges = tables.try_into().expect("one was pushed for each of four");
        Ok(Self { wedges })
    }

    /// Areal density as if all were iron, from -ln of the high transmission.
    pub(crate) fn as_iron(&self, high: f32) -> f32 {
        look_up(&self.wedges[2].areal_by_high, high)
    }

    /// The same from the low beam.
    pub(crate) fn as_iron_low(&self, low: f32) -> f32 {
        look_up(&self.wedges[2].areal_by_low, low)
    }

    /// -ln of both transmissions through iron.
    pub(crate) fn through_iron(&self, areal_g_cm2: f32) -> [f32; 2] {
        self.wedges[2].through(areal_g_cm2)
    }

    /// Place on the scale organic 0, aluminium 1, iron 2, lead 3; between them in proportion.
    pub(crate) fn order(&self, high: f32, low: f32) -> f32 {
        let lows: [f32; 4] = std::array::from_fn(|at| look_up(&self.wedges[at].low_by_high, high));
        for at in 0..3 {
            let (light, dense) = (lows[at], lows[at + 1]);
            if low >= dense || at == 2 {
                let share = (light - low) / (light - dense).max(1e-6);
                return (at as f32 + share).clamp(0.0, 3.0);
            }
        }
        0.0
    }

    /// Areal density and material of a place with this order.
    pub(crate) fn layer(&self, high: f32, order: f32) -> Layer {
        let at = (order as usize).min(2);
        let share = order - at as f32;
        let [light, dense] = [at, at + 1].map(|at| look_up(&self.wedges[at].areal_by_high, high));
        Layer {
            areal_g_cm2: light + share * (dense - light),
            band: Band::of(order),
        }
    }
}

impl Wedge {
    fn new(material: Band, steps: &[Step]) -> Result<Self, CalibrationError> {
        if !(2..=STEPS_MAX).contains(&steps.len()) {
            return Err(CalibrationError::Steps {
                material,
                steps: steps.len(),
            });
        }
        let mut logs = vec![[0.0_f32; 3]];
        for (at, step) in steps.iter().enumerate() {
            let next = [step.areal_g_cm2, -step.high.ln(), -step.low.ln()];
            let last = logs.last().expect("air was pushed");
            let rises = next
                .iter()
                .zip(last)
                .all(|(next, last)| next.is_finite() && next > last);
            if !rises {
                return Err(CalibrationError::Order { material, step: at });
            }
            logs.push(next);
        }
        Ok(Self {
            areal_by_high: table(&logs, 1, 0),
            low_by_high: table(&logs, 1, 2),
            areal_by_low: table(&logs, 2, 0),
            steps: logs,
        })
    }

    fn through(&self, areal: f32) -> [f32; 2] {
        [1, 2].map(|to| between(&self.steps, 0, to, areal.max(0.0)))
    }
}

/// Resamples column `to` over an even scale of column `from`.
fn table(steps: &[[f32; 3]], from: usize, to: usize) -> Vec<f32> {
    (0..CELLS)
        .map(|cell| {
            between(
                steps,
                from,
                to,
                cell as f32 * DEPTH_MAX / (CELLS - 1) as f32,
            )
        })
        .collect()
}

/// Interpolates; beyond the last step the last slope goes on.
fn between(steps: &[[f32; 3]], from: usize, to: usize, at: f32) -> f32 {
    let upper = steps
        .partition_point(|step| step[from] < at)
        .clamp(1, steps.len() - 1);
    let (low, high) = (steps[upper - 1], steps[upper]);
    let share = (at - low[from]) / (high[from] - low[from]);
    low[to] + share * (high[to] - low[to])
}

fn look_up(table: &[f32], at: f32) -> f32 {
    let place = at * (CELLS - 1) as f32 / DEPTH_MAX;
    // Noise makes air slightly thinner than nothing; the line goes on below zero.
    let cell = (place.max(0.0) as usize).min(CELLS - 2);
    table[cell] + (place.min((CELLS - 1) as f32) - cell as f32) * (table[cell + 1] - table[cell])
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Coefficients of an invented scanner, high and low beam, in cm2/g.
    const FLAT: [[f32; 2]; 4] = [
        [0.0467, 0.0611],
        [0.0414, 0.0533],
        [0.0418, 0.0521],
        [0.0489, 0.0591],
    ];

    /// A scanner without beam hardening.
    pub(crate) fn flat() -> Calibration {
        let wedges = FLAT.map(|[high, low]| {
            (1..=40)
                .map(|step| {
                    let areal_g_cm2 = 5.0 * step as f32;
                    Step {
                        areal_g_cm2,
                        high: (-high * areal_g_cm2).exp(),
                        low: (-low * areal_g_cm2).exp(),
                    }
                })
                .collect::<Vec<_>>()
        });
        Calibration::new([&wedges[0], &wedges[1], &wedges[2], &wedges[3]]).unwrap()
    }

    #[test]
    fn known_layers_are_told_apart_and_weighed() {
        let calibration = flat();
        for (band, [high, low]) in Band::ALL.into_iter().zip(FLAT) {
            for areal in [4.0, 20.0, 90.0] {
                let order = calibration.order(high * areal, low * areal);
                let layer = calibration.layer(high * areal, order);
                assert_eq!(layer.band, band);
                assert!((layer.areal_g_cm2 / areal - 1.0).abs() < 0.01, "{layer:?}");
            }
        }
        let iron = calibration.through_iron(10.0);
        assert!((calibration.as_iron(iron[0]) - 10.0).abs() < 0.01);
        assert!((calibration.as_iron_low(iron[1]) - 10.0).abs() < 0.01);
    }

    #[test]
    fn what_is_no_wedge_is_refused() {
        let step = |areal_g_cm2, high, low| Step {
            areal_g_cm2,
            high,
            low,
        };
        let good = [step(5.0, 0.8, 0.7), step(10.0, 0.6, 0.5)];
        let cases: [&[Step]; 6] = [
            &good[..1],
            &[good[0]; 400],
            &[good[0], good[0]],
            &[good[0], step(10.0, f32::NAN, 0.5)],
            &[good[0], step(10.0, 0.0, 0.5)],
            &[good[0], step(10.0, 0.9, 0.5)],
        ];
        for case in cases {
            assert!(Calibration::new([&good, &good, case, &good]).is_err());
        }
    }
}
