//! A seed and an index → the random numbers of one scan, the same on every machine.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// From and to, both included as far as a real number can be.
pub type Span = (f64, f64);

/// Mean from which a count of photons is drawn from the normal distribution.
const MANY_PHOTONS: f64 = 40.0;

#[derive(Debug)]
pub(super) struct Dice {
    rng: ChaCha8Rng,
    spare: Option<f64>,
}

impl Dice {
    pub(super) fn new(seed: u64, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        Self { rng, spare: None }
    }

    /// Even in (0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.rng.random_range(1..u32::MAX)) / f64::from(u32::MAX)
    }

    pub(super) fn real(&mut self, (from, to): Span) -> f64 {
        from + (to - from) * self.unit()
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// An index below `len`, which is at least 1.
    pub(super) fn index(&mut self, len: usize) -> usize {
        self.rng.random_range(0..len.max(1))
    }

    /// A normal number, mean 0 and deviation 1 (Box and Muller 1958).
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.unit().ln()).sqrt();
        let angle = std::f64::consts::TAU * self.unit();
        self.spare = Some(radius * angle.sin());
        radius * angle.cos()
    }

    /// A count of photons with this mean.
    pub(super) fn photons(&mut self, mean: f64) -> f64 {
        if mean > MANY_PHOTONS {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let stop = (-mean.max(0.0)).exp();
        let (mut count, mut product) = (0.0, self.unit());
        while product > stop {
            count += 1.0;
            product *= self.unit();
        }
        count
    }
}
