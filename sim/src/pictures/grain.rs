//! A seed → smooth random blots that repeat seamlessly: dirt, rust, uneven ground.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::canvas::Pixel;

/// Cells of the finest grid; a power of two.
const CELLS: usize = 256;

/// Blots of several sizes, 0 to 255, evenly spread in value.
#[derive(Debug)]
pub(super) struct Grain {
    cells: Vec<u8>,
}

/// One row of it, stretched to pixels.
pub(super) struct GrainRow<'a> {
    above: &'a [u8],
    below: &'a [u8],
    down: f32,
    per_px: f32,
}

impl Grain {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut sum = vec![0.0_f32; CELLS * CELLS];
        // Coarse grids stretched over fine ones: each twice as fine and 0.6 times as strong.
        let mut strength = 1.0;
        for step in [32, 16, 8, 4, 2] {
            let size = CELLS / step;
            let coarse: Vec<f32> = (0..size * size).map(|_| rng.random::<f32>()).collect();
            for y in 0..CELLS {
                let (row, v) = (y / step, (y % step) as f32 / step as f32);
                for x in 0..CELLS {
                    let (column, u) = (x / step, (x % step) as f32 / step as f32);
                    let at = |r: usize, c: usize| coarse[(r % size) * size + c % size];
                    let upper = at(row, column) * (1.0 - u) + at(row, column + 1) * u;
                    let lower = at(row + 1, column) * (1.0 - u) + at(row + 1, column + 1) * u;
                    sum[y * CELLS + x] += strength * (upper * (1.0 - v) + lower * v);
                }
            }
            strength *= 0.6;
        }
        Self {
            cells: ranked(&sum),
        }
    }

    /// The row at height `y` when a blot of eight cells is stretched to `size_px`.
    pub(super) fn row(&self, y: f32, size_px: Pixel) -> GrainRow<'_> {
        let y = y * 16.0 / size_px[1].max(1.0);
        let row = y as usize % CELLS;
        let next = (row + 1) % CELLS;
        GrainRow {
            above: &self.cells[row * CELLS..(row + 1) * CELLS],
            below: &self.cells[next * CELLS..(next + 1) * CELLS],
            down: y.fract(),
            per_px: 16.0 / size_px[0].max(1.0),
        }
    }
}

impl GrainRow<'_> {
    /// The value at a pixel, 0 to 255.
    #[inline]
    pub(super) fn at(&self, x: f32) -> f32 {
        let x = x * self.per_px;
        let column = x as usize;
        let right = x - column as f32;
        let (a, b) = (column % CELLS, (column + 1) % CELLS);
        let along = |row: &[u8]| {
            let (a, b) = (f32::from(row[a]), f32::from(row[b]));
            a + (b - a) * right
        };
        let (above, below) = (along(self.above), along(self.below));
        above + (below - above) * self.down
    }
}

/// Values → their ranks, 0 to 255, so that a threshold stains a known share of an area.
fn ranked(values: &[f32]) -> Vec<u8> {
    const BINS: usize = 4096;
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let per_bin = (BINS - 1) as f32 / (high - low).max(1e-6);
    let bin = |value: f32| (((value - low) * per_bin) as usize).min(BINS - 1);
    let mut below = [0_usize; BINS + 1];
    for &value in values {
        below[bin(value) + 1] += 1;
    }
    for at in 1..=BINS {
        below[at] += below[at - 1];
    }
    let rank = |value: &f32| (below[bin(*value)] * 255 / values.len().max(1)) as u8;
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_evenly_spread_and_follow_the_seed() {
        let grain = Grain::new(3);
        let low = grain.cells.iter().filter(|&&cell| cell < 64).count();
        assert!(low.abs_diff(CELLS * CELLS / 4) < CELLS * CELLS / 50);
        assert_eq!(grain.cells, Grain::new(3).cells);
        assert_ne!(grain.cells, Grain::new(4).cells);
    }
}
