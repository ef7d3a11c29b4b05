//! What the beam meets → what the detector line reports: blur, scatter, gain, photons, noise.

use super::beam::Beams;
use super::dice::Dice;
use super::layers::{HEIGHT, Layers, WIDTH};
use super::ranges::Ranges;

/// Photons of the low beam for one of the high beam.
const LOW_SHARE: f64 = 0.6;
/// Reach of the scatter, pixels.
const SCATTER_REACH: usize = 12;

/// A scanner on one day.
#[derive(Debug)]
pub(super) struct Detector {
    pub(super) beams: Beams,
    pub(super) photons: f64,
    pub(super) electronic: f64,
    pub(super) scatter: f64,
    gain: f64,
    kernel: Vec<f32>,
}

impl Detector {
    pub(super) fn draw(ranges: &Ranges, dice: &mut Dice) -> Self {
        let (from, to) = ranges.photons;
        Self {
            beams: Beams::drifted(ranges.drift, dice),
            photons: dice.real((from.ln(), to.ln())).exp(),
            electronic: dice.real(ranges.electronic),
            scatter: dice.real(ranges.scatter),
            gain: dice.real(ranges.gain),
            kernel: kernel(dice.real(ranges.blur_px)),
        }
    }

    /// Noise-free transmission of both beams.
    pub(super) fn through(&self, layers: &Layers) -> [Vec<f32>; 2] {
        let (mut high, mut low) = (Vec::new(), Vec::new());
        for pixel in 0..WIDTH * HEIGHT {
            let through = self.beams.transmission(layers.at(pixel));
            high.push(through[0] as f32);
            low.push(through[1] as f32);
        }
        [high, low].map(|image| blur(&image, &self.kernel))
    }

    /// What is reported of these transmissions, 1 for air.
    pub(super) fn report(&self, through: [Vec<f32>; 2], dice: &mut Dice) -> [Vec<f32>; 2] {
        let mut photons = self.photons;
        through.map(|image| {
            let around = box_mean(&image, SCATTER_REACH);
            let pulses: Vec<f64> = (0..WIDTH)
                .map(|_| 1.0 + self.gain * dice.normal())
                .collect();
            let rows: Vec<f64> = (0..HEIGHT)
                .map(|_| 1.0 + self.gain * dice.normal())
                .collect();
            let reported = (0..WIDTH * HEIGHT)
                .map(|pixel| {
                    let signal = f64::from(image[pixel]) + self.scatter * f64::from(around[pixel]);
                    let gain = pulses[pixel % WIDTH] * rows[pixel / WIDTH];
                    let counted = dice.photons(photons * signal) / photons;
                    (counted * gain + self.electronic * dice.normal()) as f32
                })
                .collect();
            photons *= LOW_SHARE;
            reported
        })
    }

    /// Deviation of -ln of a transmission by photons and electronics alone.
    pub(super) fn log_noise(&self, through: f64) -> f64 {
        let through = through.max(1e-6);
        (through / self.photons + self.electronic.powi(2)).sqrt() / through
    }
}

fn kernel(deviation: f64) -> Vec<f32> {
    let raw: Vec<f64> = (-2..=2)
        .map(|at: i32| (-0.5 * (f64::from(at) / deviation).powi(2)).exp())
        .collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|value| (value / sum) as f32).collect()
}

/// Blurs across and down; the border pixel stands for what is beyond.
fn blur(image: &[f32], kernel: &[f32]) -> Vec<f32> {
    let reach = kernel.len() / 2;
    let mut across = vec![0.0; image.len()];
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let sum = kernel.iter().enumerate().map(|(at, weight)| {
                let from = (x + at).saturating_sub(reach).min(WIDTH - 1);
                weight * image[y * WIDTH + from]
            });
            across[y * WIDTH + x] = sum.sum();
        }
    }
    let mut down = vec![0.0; image.len()];
    for y in 0..HEIGHT {
        for (at, weight) in kernel.iter().enumerate() {
            let from = (y + at).saturating_sub(reach).min(HEIGHT - 1);
            for x in 0..WIDTH {
                down[y * WIDTH + x] += weight * across[from * WIDTH + x];
            }
        }
    }
    down
}

/// Mean over a box of `reach` pixels to every side, cut at the border.
fn box_mean(image: &[f32], reach: usize) -> Vec<f32> {
    let stride = WIDTH + 1;
    let mut sums = vec![0.0_f64; stride * (HEIGHT + 1)];
    for y in 0..HEIGHT {
        let mut row = 0.0;
        for x in 0..WIDTH {
            row += f64::from(image[y * WIDTH + x]);
            sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
        }
    }
    let mut means = Vec::with_capacity(image.len());
    for y in 0..HEIGHT {
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(HEIGHT));
        for x in 0..WIDTH {
            let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(WIDTH));
            let sum = sums[bottom * stride + right]
                - sums[top * stride + right]
                - sums[bottom * stride + left]
                + sums[top * stride + left];
            means.push((sum / ((bottom - top) * (right - left)) as f64) as f32);
        }
    }
    means
}
