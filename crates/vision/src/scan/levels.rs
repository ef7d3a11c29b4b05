//! Transmission as reported → -ln of it with the scanner's own gains taken out, and the noise of
//! air. What the beam meets is not known here.

use super::decode::ScanImage;
use super::map::{Map, Sums, Window};

/// -ln of the transmission from which something stands in the beam.
const SEEN: f32 = 0.05;
/// Share of the columns in which the roof shows, at the least: the shortest container in the
/// widest image.
pub(crate) const ROOF_SHARE: usize = 5;
/// Rows the blur of the roof may reach.
const BLUR_PX: usize = 2;
/// Noise of air when none is seen; a bad scanner.
const NOISE_UNSEEN: f32 = 0.01;
/// Least transmission a logarithm is taken of.
const LEAST: f32 = 1e-4;

/// A scan ready to be looked at.
#[derive(Debug)]
pub(crate) struct Levels {
    /// -ln of the transmission of the high beam.
    pub(crate) high: Map,
    /// The same of the low beam.
    pub(crate) low: Option<Map>,
    /// Deviation of one pixel's transmission in air.
    pub(crate) noise: f32,
    /// First row in which the container shows, if air is above it.
    pub(crate) roof: Option<usize>,
}

/// Takes the gain of each pulse (column) and each detector (row) out, by the air around.
pub(crate) fn levels(scan: &ScanImage) -> Levels {
    let roof = roof(&scan.high);
    let air_rows = roof.map_or(0, |roof| roof.saturating_sub(BLUR_PX));
    let noise = noise(&scan.high, air_rows);
    let flat = |map: &Map, noise: f32| {
        let mut map = map.clone();
        even_columns(&mut map, air_rows, noise);
        even_rows(&mut map, noise);
        map.map(|through| -through.max(LEAST).ln())
    };
    let low = scan.low.as_ref().map(|low| {
        let noise = self::noise(low, air_rows).unwrap_or(NOISE_UNSEEN);
        flat(low, noise)
    });
    let noise = noise.unwrap_or(NOISE_UNSEEN);
    Levels {
        high: flat(&scan.high, noise),
        low,
        noise,
        roof,
    }
}

/// -ln of a transmission after the scattered share of the signal around is taken out.
pub(crate) fn without_scatter(depth: &Map, share: f32, reach: usize) -> Map {
    let through = depth.map(|depth| (-depth).exp());
    let sums = through.sums();
    let mut clean = Map::filled(depth.width, depth.height, 0.0);
    for y in 0..depth.height {
        for x in 0..depth.width {
            let around = mean(
                &sums,
                &Window {
                    left: x.saturating_sub(reach),
                    top: y.saturating_sub(reach),
                    right: (x + reach + 1).min(depth.width),
                    bottom: (y + reach + 1).min(depth.height),
                },
            );
            // More than half is never taken for scatter: a dark place stays a number.
            let value = through.at(x, y);
            clean.set(x, y, -(value - share * around).max(0.5 * value).ln());
        }
    }
    clean
}

/// First row that something crosses; `None` when that is so from the first row on, or never.
fn roof(high: &Map) -> Option<usize> {
    let seen = (-SEEN).exp();
    let row = (0..high.height).find(|&y| {
        let dark = high
            .row(y)
            .iter()
            .filter(|&&through| through < seen)
            .count();
        dark * ROOF_SHARE > high.width
    })?;
    (row > BLUR_PX).then_some(row)
}

/// Deviation of one pixel in air, free of what is common to a row or a column.
fn noise(map: &Map, air_rows: usize) -> Option<f32> {
    let (mut sum, mut count) = (0.0_f64, 0_u32);
    for y in 1..air_rows {
        for (above, here) in map.row(y - 1).windows(2).zip(map.row(y).windows(2)) {
            let difference = f64::from(above[0] - above[1] - here[0] + here[1]);
            sum += difference * difference;
            count += 1;
        }
    }
    (count > 50).then(|| (sum / f64::from(count) / 4.0).sqrt() as f32)
}

/// Divides each column by its air, as far as columns differ more than noise makes them.
fn even_columns(map: &mut Map, air_rows: usize, noise: f32) {
    if air_rows < 2 {
        return;
    }
    let sums = map.sums();
    let mean = |left, right| {
        let window = Window {
            left,
            top: 0,
            right,
            bottom: air_rows,
        };
        mean(&sums, &window)
    };
    let means: Vec<f32> = (0..map.width).map(|x| mean(x, x + 1)).collect();
    let gains = shrunk(&means, noise * noise / air_rows as f32);
    for y in 0..map.height {
        for (x, gain) in gains.iter().enumerate() {
            let value = map.at(x, y) / gain;
            map.set(x, y, value);
        }
    }
}

/// The same for rows, by the air beside the container.
fn even_rows(map: &mut Map, noise: f32) {
    let dark = |x: usize| {
        let rows = (0..map.height).filter(|&y| map.at(x, y) < 1.0 - SEEN);
        rows.count() * 10 > map.height
    };
    let left = (0..map.width).find(|&x| dark(x)).unwrap_or(0);
    let right = (0..map.width)
        .rfind(|&x| dark(x))
        .map_or(map.width, |x| x + 1);
    let left = left.saturating_sub(BLUR_PX);
    let right = (right + BLUR_PX).min(map.width);
    let air = left + map.width - right;
    if air < 4 {
        return;
    }
    let means: Vec<f32> = (0..map.height)
        .map(|y| {
            let row = map.row(y);
            let sum: f32 = row[..left].iter().chain(&row[right..]).sum();
            sum / air as f32
        })
        .collect();
    // Below the container wheels may stand out; such rows are left as they are.
    let kept: Vec<f32> = means
        .iter()
        .map(|&mean| if (mean - 1.0).abs() < SEEN { mean } else { 1.0 })
        .collect();
    let gains = shrunk(&kept, noise * noise / air as f32);
    for (y, gain) in gains.iter().enumerate() {
        for x in 0..map.width {
            let value = map.at(x, y) / gain;
            map.set(x, y, value);
        }
    }
}

/// Means drawn towards their common mean by the share of their spread that noise explains.
fn shrunk(means: &[f32], noise_squared: f32) -> Vec<f32> {
    let count = means.len().max(1) as f32;
    let middle: f32 = means.iter().sum::<f32>() / count;
    let spread: f32 = means.iter().map(|m| (m - middle).powi(2)).sum::<f32>() / count;
    let share = ((spread - noise_squared) / spread.max(1e-12)).clamp(0.0, 1.0);
    means
        .iter()
        .map(|mean| (middle + share * (mean - middle)).max(0.1))
        .collect()
}

fn mean(sums: &Sums, window: &Window) -> f32 {
    (sums.over(window) / window.area().max(1) as f64) as f32
}
