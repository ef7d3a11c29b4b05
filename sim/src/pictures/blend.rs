//! Coverage of a row and a colour → changed pixels. Sixteen bits hold every product.

/// Blots are many pixels wide: the grain is looked up at every fourth pixel of every fourth row,
/// and straight between.
pub(super) const STEP: usize = 4;

/// How strongly a row is stained.
#[derive(Debug, Default)]
pub(super) struct Weights {
    upper: Vec<i32>,
    lower: Vec<i32>,
    /// At every fourth pixel of the row at hand.
    pub(super) now: Vec<i32>,
}

impl Weights {
    /// Goes on to a row, the next one unless it is the `first` of an area; `look_up` adds the
    /// weights of a row.
    pub(super) fn prepare(
        &mut self,
        row: usize,
        first: bool,
        look_up: impl Fn(usize, &mut Vec<i32>),
    ) {
        let (above, below) = (row - row % STEP, (row % STEP) as i32);
        if first {
            self.lower.clear();
            look_up(above, &mut self.lower);
        }
        if first || below == 0 {
            std::mem::swap(&mut self.upper, &mut self.lower);
            self.lower.clear();
            look_up(above + STEP, &mut self.lower);
        }
        let between = self.upper.iter().zip(&self.lower);
        self.now.clear();
        self.now.extend(
            between.map(|(up, low)| (up * (STEP as i32 - below) + low * below) / STEP as i32),
        );
    }
}

/// Pixels that are looked at together.
const RUN: usize = 16;

/// A colour as often as a run is long.
pub(super) type Pattern = [u8; 3 * RUN];

/// Moves values towards those of a pattern by `weight` of 256. Sixteen bits hold every product.
#[inline]
pub(super) fn mix(values: &mut [u8], pattern: &Pattern, weight: u16) {
    let weight = weight.min(256);
    for (value, &new) in values.iter_mut().zip(pattern) {
        let sum = u16::from(*value) * (256 - weight) + u16::from(new) * weight;
        *value = ((sum + 128) >> 8) as u8;
    }
}

/// Stains pixels from the one at `start` on: weights are those of every fourth pixel.
pub(super) fn stain(
    pixels: &mut [u8],
    pattern: &Pattern,
    weights: &[i32],
    start: usize,
    cover: i32,
) {
    let whole = (256 * STEP) as i32;
    let between = |at: usize, x: usize| {
        let (left, right) = (weights[at], weights[at + 1]);
        (left * (STEP - x) as i32 + right * x as i32) * cover / whole
    };
    if start.is_multiple_of(STEP) && pixels.len() == 3 * RUN {
        // Away from edges: four pixels at a time.
        for (group, pixels) in pixels.chunks_exact_mut(3 * STEP).enumerate() {
            let at = start / STEP + group;
            if weights[at] + weights[at + 1] == 0 {
                continue;
            }
            let mut each = [0_u16; 3 * STEP];
            for (x, three) in each.chunks_exact_mut(3).enumerate() {
                three.fill(between(at, x) as u16);
            }
            for ((value, &new), weight) in pixels.iter_mut().zip(pattern).zip(each) {
                let sum = u16::from(*value) * (256 - weight) + u16::from(new) * weight;
                *value = ((sum + 128) >> 8) as u8;
            }
        }
        return;
    }
    for (x, pixel) in (start..).zip(pixels.chunks_exact_mut(3)) {
        mix(pixel, pattern, between(x / STEP, x % STEP) as u16);
    }
}

/// Multiplies values by `weight` of 256, which is below 512.
#[inline]
pub(super) fn shade(values: &mut [u8], weight: u16) {
    if weight <= 256 {
        for value in values {
            *value = ((u16::from(*value) * weight + 128) >> 8) as u8;
        }
    } else {
        let more = weight.min(511) - 256;
        for value in values {
            let added = (u16::from(*value) * more + 128) >> 8;
            *value = (u16::from(*value) + added).min(255) as u8;
        }
    }
}

/// Calls `paint` for all pixels that are covered at all: which is the first, the pixels, and the
/// share of each that is covered. Away from edges a whole run has one share.
pub(super) fn covered(
    areas: &[f32],
    pixels: &mut [u8],
    mut paint: impl FnMut(usize, &mut [u8], f32),
) {
    let mut sum = 0.0_f32;
    let mut start = 0;
    for (areas, pixels) in areas.chunks(RUN).zip(pixels.chunks_mut(3 * RUN)) {
        if areas.iter().all(|&area| area == 0.0) {
            let cover = sum.abs().min(1.0);
            if cover > 0.002 {
                paint(start, pixels, cover);
            }
        } else {
            for (at, (area, pixel)) in areas.iter().zip(pixels.chunks_exact_mut(3)).enumerate() {
                sum += area;
                let cover = sum.abs().min(1.0);
                if cover > 0.002 {
                    paint(start + at, pixel, cover);
                }
            }
        }
        start += RUN;
    }
}
