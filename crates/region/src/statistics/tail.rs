//! How likely at least this many cases are, given nothing but the subject's own past.
//!
//! Both tails are predictive: they weigh how little a short past proves, by a Jeffreys prior
//! (Beta(½, ½) for shares, Gamma(½, 0) for counts in time), where a plain binomial or Poisson tail
//! around the past's rate would take that rate for certain and alarm too often. Exact sums, no
//! normal approximation: the counts are small.

/// Terms of a sum at the most; what lies beyond is far below any threshold.
const TERMS_MAX: u64 = 1_000_000;

/// Chance of at least `count` cases among `trials`, if in the past it was `past_count` among
/// `past_trials` and nothing has changed.
///
/// Beta-binomial with parameters `past_count + ½` and `past_trials − past_count + ½`.
#[must_use]
pub fn share_tail(count: u64, trials: u64, past_count: u64, past_trials: u64) -> f64 {
    let trials = trials.min(TERMS_MAX);
    let count = count.min(trials);
    if count == 0 {
        return 1.0;
    }
    let n = trials as f64;
    let a = past_count as f64 + 0.5;
    let b = past_trials.saturating_sub(past_count) as f64 + 0.5;
    let mut ln_none = 0.0;
    for i in 0..trials {
        let i = i as f64;
        ln_none += (b + i).ln() - (a + b + i).ln();
    }
    let ratio = |x: f64| (n - x) / (x + 1.0) * (a + x) / (b + n - x - 1.0);
    upper(ln_none, count, trials, ratio)
}

/// Chance of at least `count` cases in `span`, if in the past it was `past_count` in `past_span`
/// (same unit) and nothing has changed.
///
/// Gamma-Poisson (negative binomial) with shape `past_count + ½`.
#[must_use]
pub fn count_tail(count: u64, span: f64, past_count: u64, past_span: f64) -> f64 {
    if count == 0 || span <= 0.0 || past_span <= 0.0 {
        return 1.0;
    }
    let shape = past_count as f64 + 0.5;
    let stays = past_span / (past_span + span);
    let ratio = |x: f64| (shape + x) / (x + 1.0) * (1.0 - stays);
    upper(shape * stays.ln(), count.min(TERMS_MAX), TERMS_MAX, ratio)
}

/// Sum of the terms from `from` on; each term is the one before times `ratio(its number)`.
fn upper(ln_first: f64, from: u64, last: u64, ratio: impl Fn(f64) -> f64) -> f64 {
    // In logarithms up to `from`: the first term of a long row is smaller than any number.
    let mut ln_term = ln_first;
    for x in 0..from {
        ln_term += ratio(x as f64).ln();
    }
    let (mut sum, mut relative) = (1.0, 1.0);
    for x in from..last {
        relative *= ratio(x as f64);
        sum += relative;
        if relative < sum * 1e-15 {
            break;
        }
    }
    (ln_term + f64::ln(sum)).exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_sum_of_the_exact_terms() {
        // By hand: no past at all is Beta(½, ½); of 2 trials the terms are 3/8, 1/4, 3/8.
        for (count, expected) in [(0, 1.0), (1, 0.625), (2, 0.375)] {
            assert!((share_tail(count, 2, 0, 0) - expected).abs() < 1e-12);
        }
        // 1 case in 1 hour before: shape 3/2, one hour now: P(0) = 2^(-3/2).
        let none = 1.0 - count_tail(1, 1.0, 1, 1.0);
        assert!((none - 0.5_f64.powf(1.5)).abs() < 1e-12);
    }

    #[test]
    fn a_long_past_comes_near_the_binomial_and_a_short_one_stays_careful() {
        // Binomial tail of at least 20 among 100 at 10 %: 0.0020 (tables).
        let long = share_tail(20, 100, 100_000, 1_000_000);
        assert!((long - 0.001_979).abs() < 2e-5, "{long}");
        let short = share_tail(20, 100, 5, 50);
        assert!(short > 10.0 * long, "{short}");
        // Large numbers neither overflow nor vanish into nothing that is not a number.
        let far = share_tail(50_000, 100_000, 10_000, 100_000);
        assert!((0.0..1e-300).contains(&far));
        assert_eq!(count_tail(0, 1.0, 5, 1.0), 1.0);
    }
}
