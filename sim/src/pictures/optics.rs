//! The drawn scene → what the camera's sensor gives: light, rain, lens, movement, noise.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::Conditions;
use super::canvas::{Canvas, Ink};
use super::stage::STREAM_OPTICS;

/// The width that strengths in pixels are given for.
const WIDTH_PX: f32 = 1920.0;
/// Values of the noise, from a changing place on for every row: more than the widest row has.
const NOISE_LEN: usize = 1 << 15;
/// Cells of the light map: across, down.
const CELLS: (usize, usize) = (24, 14);

/// Applies the conditions; returns the JPEG quality to write with.
pub(super) fn develop(canvas: &mut Canvas, conditions: &Conditions, seed: u64) -> u8 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(STREAM_OPTICS);
    let conditions = conditions.held();
    let scale = canvas.width as f32 / WIDTH_PX;
    if conditions.rain > 0.0 {
        rain(canvas, conditions.rain, scale, &mut rng);
    }
    // Every lens has a little of it.
    let deviation = (0.45 + 2.55 * conditions.defocus) * scale;
    let mut spare = Vec::new();
    if deviation > 0.3 {
        let taps = bell(deviation);
        convolve(canvas, &mut spare, &taps, Way::Across);
        convolve(canvas, &mut spare, &taps, Way::Down);
    }
    let steps = (14.0 * conditions.motion_blur * scale).round() as usize;
    if steps > 1 {
        let slope = rng.random_range(-0.25..0.25_f32);
        smear(canvas, &mut spare, steps, slope);
    }
    let light = Light::new(&conditions, &mut rng);
    expose(canvas, &light, &conditions, &mut rng);
    (95.0 - 65.0 * conditions.compression).round() as u8
}

fn rain(canvas: &mut Canvas, strength: f32, scale: f32, rng: &mut ChaCha8Rng) {
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let slant = rng.random_range(-0.25..0.25_f32);
    for _ in 0..(500.0 * strength) as usize {
        let (x, y) = (rng.random::<f32>() * width, rng.random::<f32>() * height);
        let long = scale * rng.random_range(20.0..90.0_f32);
        let thick = scale * rng.random_range(0.6..2.0_f32);
        let streak = vec![
            [x, y],
            [x + thick, y],
            [x + thick + slant * long, y + long],
            [x + slant * long, y + long],
        ];
        let share = rng.random_range(0.1..0.35_f32);
        canvas.fill(&[streak], Ink::Paint([206, 212, 218], share));
    }
    for _ in 0..(26.0 * strength) as usize {
        drop_on_glass(canvas, scale, rng);
    }
}

/// A drop: brighter below, darker above, out of focus.
fn drop_on_glass(canvas: &mut Canvas, scale: f32, rng: &mut ChaCha8Rng) {
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let centre = [rng.random::<f32>() * width, rng.random::<f32>() * height];
    let radius = scale * rng.random_range(6.0..26.0_f32);
    for ring in 0..4_u8 {
        let size = radius * (1.0 - 0.2 * f32::from(ring));
        let shift = 0.12 * f32::from(ring) * radius;
        let outline = (0..20_u8)
            .map(|at| {
                let (sin, cos) = (f32::from(at) / 20.0 * std::f32::consts::TAU).sin_cos();
                [
                    centre[0] + size * cos,
                    centre[1] + shift + 1.15 * size * sin,
                ]
            })
            .collect();
        let colour = [150 + 20 * ring, 156 + 20 * ring, 164 + 20 * ring];
        canvas.fill(&[outline], Ink::Paint(colour, 0.13));
    }
}

/// Weights of a bell curve, 256 in all.
fn bell(deviation: f32) -> Vec<u16> {
    let reach = (2.4 * deviation).ceil().clamp(1.0, 12.0) as i32;
    let raw: Vec<f32> = (-reach..=reach)
        .map(|at| (-0.5 * (at as f32 / deviation).powi(2)).exp())
        .collect();
    let sum: f32 = raw.iter().sum();
    let mut taps: Vec<u16> = raw
        .iter()
        .map(|value| (256.0 * value / sum).round() as u16)
        .collect();
    let middle = reach as usize;
    let others: u16 = taps.iter().sum::<u16>() - taps[middle];
    taps[middle] = 256 - others.min(256);
    taps
}

#[derive(Clone, Copy)]
enum Way {
    Across,
    Down,
}

/// Weighted mean of neighbours; at the edges the last pixel is repeated.
fn convolve(canvas: &mut Canvas, spare: &mut Vec<u8>, taps: &[u16], way: Way) {
    let line = 3 * canvas.width;
    let reach = taps.len() / 2;
    spare.clear();
    spare.resize(canvas.rgb.len(), 0);
    let mut sums = vec![0_u16; line];
    let mut padded = vec![0_u8; line + 6 * reach];
    for row in 0..canvas.height {
        sums.fill(128);
        match way {
            Way::Down => {
                for (at, &tap) in taps.iter().enumerate() {
                    let other = (row + at).saturating_sub(reach).min(canvas.height - 1);
                    add(
                        &mut sums,
                        &canvas.rgb[other * line..(other + 1) * line],
                        tap,
                    );
                }
            }
            Way::Across => {
                let source = &canvas.rgb[row * line..(row + 1) * line];
                for at in 0..reach {
                    padded[3 * at..3 * at + 3].copy_from_slice(&source[..3]);
                    let end = line + 3 * (reach + at);
                    padded[end..end + 3].copy_from_slice(&source[line - 3..]);
                }
                padded[3 * reach..3 * reach + line].copy_from_slice(source);
                for (at, &tap) in taps.iter().enumerate() {
                    add(&mut sums, &padded[3 * at..3 * at + line], tap);
                }
            }
        }
        for (out, sum) in spare[row * line..(row + 1) * line].iter_mut().zip(&sums) {
            *out = (sum >> 8) as u8;
        }
    }
    std::mem::swap(&mut canvas.rgb, spare);
}

#[inline]
fn add(sums: &mut [u16], values: &[u8], tap: u16) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum = sum.saturating_add(u16::from(value) * tap);
    }
}

/// Mean of the picture with itself, moved along a slanted line of `steps` pixels.
fn smear(canvas: &mut Canvas, spare: &mut Vec<u8>, steps: usize, slope: f32) {
    let line = 3 * canvas.width;
    spare.clear();
    spare.resize(canvas.rgb.len(), 0);
    let mut sums = vec![0_u16; line];
    let weight = (256 / steps) as u16;
    let first = (256 - usize::from(weight) * (steps - 1)) as u16;
    for row in 0..canvas.height {
        sums.fill(128);
        for step in 0..steps {
            let down = (slope * (step as f32 - 0.5 * steps as f32)).round() as isize;
            let other = row.saturating_add_signed(down).min(canvas.height - 1);
            let source = &canvas.rgb[other * line..(other + 1) * line];
            let shift = 3 * step.min(canvas.width - 1);
            let tap = if step == 0 { first } else { weight };
            let (inner, edge) = sums.split_at_mut(line - shift);
            add(inner, &source[shift..], tap);
            for (at, sum) in edge.iter_mut().enumerate() {
                *sum = sum.saturating_add(u16::from(source[line - 3 + at % 3]) * tap);
            }
        }
        for (out, sum) in spare[row * line..(row + 1) * line].iter_mut().zip(&sums) {
            *out = (sum >> 8) as u8;
        }
    }
    std::mem::swap(&mut canvas.rgb, spare);
}

/// How much of the light arrives, and how much is added, at the corners of cells.
struct Light {
    /// Times, 256 is unchanged.
    gain: Vec<f32>,
    /// Levels added.
    veil: Vec<f32>,
    /// Of the three channels.
    tint: [f32; 3],
}

impl Light {
    fn new(conditions: &Conditions, rng: &mut ChaCha8Rng) -> Self {
        let (night, glare) = (conditions.night, conditions.glare);
        let mut between = |from: f32, to: f32| from + (to - from) * rng.random::<f32>();
        let lamp = [between(0.3, 0.7), between(0.2, 0.6)];
        let sun = [between(0.0, 1.0), between(-0.1, 0.35)];
        let (day, haze) = (between(0.92, 1.08), 38.0 * conditions.rain);
        let mut gain = Vec::new();
        let mut veil = Vec::new();
        for y in 0..=CELLS.1 {
            for x in 0..=CELLS.0 {
                let at = [x as f32 / CELLS.0 as f32, y as f32 / CELLS.1 as f32];
                let off = |from: [f32; 2]| {
                    let (dx, dy) = (at[0] - from[0], 0.56 * (at[1] - from[1]));
                    dx * dx + dy * dy
                };
                let vignette = 1.0 - 0.35 * off([0.5, 0.5]);
                let lit = (-off(lamp) / 0.06).exp();
                let dark = 1.0 - night * (0.86 - 0.5 * lit);
                let bloom =
                    glare * (170.0 * (-off(sun) / 0.012).exp() + 80.0 * (-off(sun) / 0.12).exp());
                gain.push(
                    256.0
                        * day
                        * vignette
                        * dark
                        * (1.0 - 0.25 * conditions.rain)
                        * (1.0 - 0.2 * glare),
                );
                veil.push(haze * (1.0 - 0.8 * night) + bloom + 6.0 * night + 14.0 * glare);
            }
        }
        let warm = between(-0.05, 0.05) + 0.08 * night;
        Self {
            gain,
            veil,
            tint: [1.0 + warm, 1.0, 1.0 - warm],
        }
    }

    /// A map's value at a share of the height, for every column of cells.
    fn row(map: &[f32], share: f32) -> Vec<f32> {
        let y = share * CELLS.1 as f32;
        let cell = (y as usize).min(CELLS.1 - 1);
        let down = y - cell as f32;
        let stride = CELLS.0 + 1;
        let (above, below) = (&map[cell * stride..], &map[(cell + 1) * stride..]);
        (0..stride)
            .map(|x| above[x] + (below[x] - above[x]) * down)
            .collect()
    }
}

/// Lights every pixel and lays noise over it.
fn expose(canvas: &mut Canvas, light: &Light, conditions: &Conditions, rng: &mut ChaCha8Rng) {
    let deviation = 1.2 + 21.0 * conditions.noise;
    let noise: Vec<i32> = (0..NOISE_LEN)
        .map(|_| {
            let sum: f32 = (0..4).map(|_| rng.random_range(-1.0..1.0_f32)).sum();
            // Four even draws have a deviation of 1.155.
            (sum / 1.155 * deviation * 256.0) as i32
        })
        .collect();
    let width = canvas.width;
    let tint = light.tint.map(|times| (256.0 * times) as i32);
    for (row, pixels) in canvas.rgb.chunks_exact_mut(3 * width).enumerate() {
        let share = row as f32 / canvas.height as f32;
        let gains = Light::row(&light.gain, share);
        let veils = Light::row(&light.veil, share);
        let start = rng.random_range(0..NOISE_LEN - pixels.len());
        let noise = &noise[start..start + pixels.len()];
        let mut at = 0;
        for cell in 0..CELLS.0 {
            let end = (cell + 1) * width / CELLS.0;
            let count = (end - at).max(1) as i32;
            let fixed = |value: f32| (value * 256.0) as i32;
            let (mut gain, mut veil) = (fixed(gains[cell]), fixed(veils[cell]));
            let gain_step = (fixed(gains[cell + 1]) - gain) / count;
            let veil_step = (fixed(veils[cell + 1]) - veil) / count;
            let cells = pixels[3 * at..3 * end].chunks_exact_mut(3);
            for (pixel, grain) in cells.zip(noise[3 * at..3 * end].chunks_exact(3)) {
                for ((value, tint), grain) in pixel.iter_mut().zip(tint).zip(grain) {
                    let lit = ((i32::from(*value) * (gain >> 8)) * tint) >> 8;
                    *value = ((lit + veil + grain + 128) >> 8).clamp(0, 255) as u8;
                }
                gain += gain_step;
                veil += veil_step;
            }
            at = end;
        }
    }
}
