//! From where to where each property of a scan is drawn.
//!
//! Networks and thresholds are made with [`Ranges::training`] and judged with
//! [`Ranges::evaluation`], which reaches beyond it on every side: another scanner, other
//! containers, other ways to load.

use super::dice::Span;

/// The spans a generator draws from. Lengths in centimetres, areal densities in g/cm2.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranges {
    /// Photons a pixel of the high beam counts in air.
    pub photons: Span,
    /// Electronic noise, share of the air signal.
    pub electronic: Span,
    /// Deviation of the blur, pixels.
    pub blur_px: Span,
    /// Scattered share of the mean signal around a pixel.
    pub scatter: Span,
    /// Deviation of the gain of pulses and of detectors, share.
    pub gain: Span,
    /// Drift of the spectrum since commissioning, share of each energy.
    pub drift: f64,
    /// Thickness of one side wall, mm of steel.
    pub wall_mm: Span,
    /// Period of the corrugation.
    pub corrugation_cm: Span,
    /// Cargo density, times the middle of its class.
    pub density: Span,
    /// Share of the length that is loaded.
    pub length_share: Span,
    /// Share of the height that is loaded.
    pub height_share: Span,
    /// Width and height of a hidden object.
    pub hidden_width_cm: Span,
    /// As above.
    pub hidden_height_cm: Span,
    /// Areal density of a hidden object by material: organic, iron, lead.
    pub hidden_areal: [Span; 3],
    /// Mass of a small load in an otherwise empty container, kg.
    pub small_kg: Span,
    /// Density of a small load, g/cm3.
    pub small_density: Span,
}

impl Ranges {
    /// What networks are trained on and thresholds are set with.
    #[must_use]
    pub fn training() -> Self {
        Self {
            photons: (2.5e4, 1.35e5),
            electronic: (1e-4, 3.5e-4),
            blur_px: (0.37, 0.82),
            scatter: (1.5e-4, 9e-4),
            gain: (0.001, 0.0035),
            drift: 0.018,
            wall_mm: (1.55, 2.1),
            corrugation_cm: (24.0, 31.0),
            density: (0.70, 1.30),
            length_share: (0.25, 1.0),
            height_share: (0.30, 0.94),
            hidden_width_cm: (11.0, 37.0),
            hidden_height_cm: (12.0, 52.0),
            hidden_areal: [(13.0, 42.0), (15.0, 47.0), (18.0, 62.0)],
            small_kg: (0.7, 6.0),
            small_density: (0.7, 1.4),
        }
    }

    /// What is judged: wider and elsewhere.
    #[must_use]
    pub fn evaluation() -> Self {
        Self {
            photons: (2e4, 1.5e5),
            electronic: (1e-4, 4e-4),
            blur_px: (0.35, 0.90),
            scatter: (1e-4, 1.0e-3),
            gain: (0.001, 0.004),
            drift: 0.02,
            wall_mm: (1.5, 2.2),
            corrugation_cm: (22.0, 34.0),
            density: (0.65, 1.35),
            length_share: (0.20, 1.0),
            height_share: (0.25, 0.95),
            hidden_width_cm: (10.0, 40.0),
            hidden_height_cm: (10.0, 55.0),
            hidden_areal: [(12.0, 45.0), (14.0, 50.0), (16.0, 65.0)],
            small_kg: (1.0, 1.0),
            small_density: (1.0, 1.0),
        }
    }
}
