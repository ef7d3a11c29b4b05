//! Numbers → median, ninth decile and how far they lie around the median. Robust on purpose: one
//! mis-declared load must not move the picture of a scale.

/// From the median absolute deviation to the standard deviation of a normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;
/// From the standard error of a mean to that of a median, for a normal distribution.
const MEDIAN_TO_MEAN: f64 = 1.2533;

/// The number that `share` of the sorted numbers do not exceed (nearest rank); `None` of none.
#[must_use]
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (share.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Middle and width of some numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// How many.
    pub count: usize,
    /// Median.
    pub median: f64,
    /// Ninth decile.
    pub p90: f64,
    /// Median absolute deviation, scaled to a standard deviation.
    pub sigma: f64,
}

impl Spread {
    /// Of some numbers, in any order; `None` of none. Numbers that are none count as missing.
    #[must_use]
    pub fn of(mut numbers: Vec<f64>) -> Option<Self> {
        numbers.retain(|number| number.is_finite());
        numbers.sort_by(f64::total_cmp);
        let median = middle(&numbers)?;
        let p90 = quantile(&numbers, 0.9)?;
        let mut distances: Vec<f64> = numbers.iter().map(|n| (n - median).abs()).collect();
        distances.sort_by(f64::total_cmp);
        let sigma = middle(&distances)? * MAD_TO_SIGMA;
        Some(Self {
            count: numbers.len(),
            median,
            p90,
            sigma,
        })
    }

    /// Standard errors between the median of `recent` and this one. `least_sigma` is the width
    /// below which the numbers are rounded, so that a row of equal numbers is no infinite proof.
    #[must_use]
    pub fn errors_to(&self, recent: &Self, least_sigma: f64) -> f64 {
        let sigma = self.sigma.max(least_sigma);
        let both = 1.0 / self.count as f64 + 1.0 / recent.count as f64;
        (recent.median - self.median) / (MEDIAN_TO_MEAN * sigma * both.sqrt())
    }
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = sorted.get(half)?;
    Some(if sorted.len().is_multiple_of(2) {
        f64::midpoint(*sorted.get(half - 1)?, *upper)
    } else {
        *upper
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_ranks_and_one_wild_number_moves_nothing() {
        let calm = Spread::of((1..=9).map(f64::from).collect()).unwrap();
        assert_eq!((calm.median, calm.p90), (5.0, 9.0));
        assert!((calm.sigma - 2.0 * MAD_TO_SIGMA).abs() < 1e-12);
        let wild = Spread::of(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1e9]).unwrap();
        assert_eq!((wild.median, wild.sigma), (calm.median, calm.sigma));
        assert_eq!(Spread::of(vec![1.0, 2.0]).unwrap().median, 1.5);
        assert_eq!(Spread::of(vec![f64::NAN]), None);
        assert_eq!(quantile(&[], 0.5), None);
    }
}
