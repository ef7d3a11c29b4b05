//! Masses in whole grams, so that a weight is never rounded by a binary fraction.

use std::fmt;
use std::ops::{Add, Sub};

/// A mass in grams; negative values exist because scales show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mass {
    grams: i64,
}

impl Mass {
    /// No mass.
    pub const ZERO: Self = Self { grams: 0 };

    /// A mass of `grams`.
    #[must_use]
    pub const fn from_grams(grams: i64) -> Self {
        Self { grams }
    }

    /// A mass of `kg` kilograms.
    #[must_use]
    pub const fn from_kg(kg: i64) -> Self {
        Self {
            grams: kg.saturating_mul(1_000),
        }
    }

    /// Grams.
    #[must_use]
    pub const fn grams(self) -> i64 {
        self.grams
    }

    /// Whole kilograms, rounded to the nearest, halves away from zero.
    #[must_use]
    pub const fn kg(self) -> i64 {
        let half = if self.grams < 0 { -500 } else { 500 };
        self.grams.saturating_add(half) / 1_000
    }

    /// Distance from zero.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self {
            grams: self.grams.saturating_abs(),
        }
    }

    /// `permille` thousandths of this mass, rounded toward zero.
    #[must_use]
    pub const fn permille(self, permille: u32) -> Self {
        Self {
            grams: self.grams.saturating_mul(permille as i64) / 1_000,
        }
    }

    /// This mass `factor` times.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self {
            grams: self.grams.saturating_mul(factor as i64),
        }
    }
}

impl Add for Mass {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self {
            grams: self.grams.saturating_add(rhs.grams),
        }
    }
}

impl Sub for Mass {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self {
            grams: self.grams.saturating_sub(rhs.grams),
        }
    }
}

impl std::iter::Sum for Mass {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Mass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.grams % 1_000 == 0 {
            write!(f, "{} kg", self.grams / 1_000)
        } else {
            let sign = if self.grams < 0 { "-" } else { "" };
            let grams = self.grams.unsigned_abs();
            write!(f, "{sign}{}.{:03} kg", grams / 1_000, grams % 1_000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilograms_round_to_the_nearest_and_show_their_grams() {
        for (grams, kg, shown) in [
            (1_499, 1, "1.499 kg"),
            (1_500, 2, "1.500 kg"),
            (-1_500, -2, "-1.500 kg"),
            (2_000, 2, "2 kg"),
        ] {
            assert_eq!(Mass::from_grams(grams).kg(), kg);
            assert_eq!(Mass::from_grams(grams).to_string(), shown);
        }
    }
}
