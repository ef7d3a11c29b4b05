//! Areal densities of four materials → transmission of two beams (Beer and Lambert).
//!
//! Mass attenuation coefficients: J. H. Hubbell and S. M. Seltzer, NIST Standard Reference
//! Database 126 (NISTIR 5632), tables 3 and 4. The spectra are coarse stand-ins for filtered
//! bremsstrahlung of an interlaced 6 and 3.5 MV accelerator, weighted by what a detector takes
//! up; no accelerator of a maker is meant.

use super::dice::Dice;

/// Materials the generator builds with.
pub const MATERIALS: usize = 4;
/// Energies that stand for a spectrum, MeV.
pub const ENERGIES_MEV: [f64; 6] = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0];
/// End-point energies of the two beams, megavolts.
pub const BEAMS_MV: [f64; 2] = [6.0, 3.5];

/// Mass attenuation coefficients in cm2/g, a row a material: water, aluminium, iron, lead.
const ATTENUATION: [[f64; 6]; MATERIALS] = [
    [0.07072, 0.05754, 0.04942, 0.03969, 0.03403, 0.03031],
    [0.06146, 0.05006, 0.04324, 0.03541, 0.03106, 0.02836],
    [0.05995, 0.04883, 0.04265, 0.03621, 0.03312, 0.03146],
    [0.07102, 0.05222, 0.04606, 0.04234, 0.04197, 0.04272],
];

/// Share of each energy in the signal, high beam first.
const SPECTRA: [[f64; 6]; 2] = [
    [0.15, 0.15, 0.20, 0.20, 0.15, 0.15],
    [0.45, 0.32, 0.18, 0.05, 0.00, 0.00],
];

/// What an object is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Material {
    /// Water; stands for wood, cloth, paper, food and plastics.
    Organic,
    /// Aluminium; stands for ceramics, glass and stone.
    Mineral,
    /// Iron; stands for steel and copper.
    Iron,
    /// Lead; stands for tungsten, gold and uranium.
    Lead,
}

impl Material {
    /// All, lightest first.
    pub const ALL: [Self; MATERIALS] = [Self::Organic, Self::Mineral, Self::Iron, Self::Lead];

    /// Its place in [`Self::ALL`].
    #[must_use]
    pub fn at(self) -> usize {
        match self {
            Self::Organic => 0,
            Self::Mineral => 1,
            Self::Iron => 2,
            Self::Lead => 3,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Organic => "organic",
            Self::Mineral => "mineral",
            Self::Iron => "iron",
            Self::Lead => "lead",
        }
    }
}

/// The two beams of one scanner on one day.
#[derive(Debug, Clone)]
pub struct Beams {
    weights: [[f64; 6]; 2],
}

impl Beams {
    /// The beams the scanner was commissioned with.
    #[must_use]
    pub fn nominal() -> Self {
        Self { weights: SPECTRA }
    }

    /// The nominal beams after a drift of each share by about `drift` (0.02 is two percent).
    pub(super) fn drifted(drift: f64, dice: &mut Dice) -> Self {
        let mut weights = SPECTRA;
        for spectrum in &mut weights {
            for weight in spectrum.iter_mut() {
                *weight *= 1.0 + drift * dice.normal().clamp(-3.0, 3.0);
            }
            let sum: f64 = spectrum.iter().sum();
            for weight in spectrum.iter_mut() {
                *weight /= sum;
            }
        }
        Self { weights }
    }

    /// Transmission of the high and the low beam through these areal densities, g/cm2.
    #[must_use]
    pub fn transmission(&self, areal_g_cm2: [f64; MATERIALS]) -> [f64; 2] {
        let mut through = [0.0; 2];
        for energy in 0..ENERGIES_MEV.len() {
            let depth: f64 = (0..MATERIALS)
                .map(|material| ATTENUATION[material][energy] * areal_g_cm2[material])
                .sum();
            let left = (-depth).exp();
            for (sum, weights) in through.iter_mut().zip(&self.weights) {
                *sum += weights[energy] * left;
            }
        }
        through
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_of_the_beams_falls_with_the_atomic_number() {
        let beams = Beams::nominal();
        for areal in [5.0, 20.0, 60.0] {
            let ratios: Vec<f64> = (0..MATERIALS)
                .map(|material| {
                    let mut layers = [0.0; MATERIALS];
                    layers[material] = areal;
                    let [high, low] = beams.transmission(layers);
                    low.ln() / high.ln()
                })
                .collect();
            assert!(
                ratios.windows(2).all(|pair| pair[0] > pair[1]),
                "{ratios:?}"
            );
        }
    }

    #[test]
    fn nothing_in_the_way_lets_all_through() {
        let drifted = Beams::drifted(0.05, &mut Dice::new(1, 1));
        for beams in [Beams::nominal(), drifted] {
            for through in beams.transmission([0.0; MATERIALS]) {
                assert!((through - 1.0).abs() < 1e-9);
            }
        }
    }
}
