//! What was seen → the probability that it is right.
//!
//! The weights were set by hand and held against 200 degraded copies of 20 photographs (and 500
//! crops of plates): `docs/vision-report.md` shows stated against observed on copies of another
//! seed. They are to be fitted again on traffic.

/// A number at least this probable is accepted. The surest wrong one among the copies had 0.65.
pub(crate) const ACCEPTED: f32 = 0.95;

/// What speaks for or against a container number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signs {
    /// Mean cost over the looks, nats.
    pub(crate) cost: f32,
    /// How much more the runner-up costs, nats.
    pub(crate) margin: f32,
    /// Share of the looks that give this number on their own.
    pub(crate) agreeing: f32,
    /// The same number stands elsewhere in the picture.
    pub(crate) elsewhere: bool,
}

/// Probability that a container number is right.
pub(crate) fn container(signs: &Signs) -> f32 {
    let elsewhere = if signs.elsewhere { 2.0 } else { 0.0 };
    logistic(
        -2.0 - 0.8 * signs.cost + 0.5 * signs.margin.min(10.0) + 4.0 * signs.agreeing + elsewhere,
    )
}

/// A plate at least this probable is accepted. Of 439 accepted crops one was wrong (Q read as 0).
pub(crate) const PLATE_ACCEPTED: f32 = 0.97;

/// Probability that a plate is right, from its cost (price of its form included) and how much
/// more the runner-up costs, nats.
pub(crate) fn plate(cost: f32, margin: f32) -> f32 {
    logistic(1.0 - 0.3 * cost + 0.8 * margin.min(8.0))
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
