//! Polygons in pixels → a coloured picture with smooth edges.
//!
//! Knows neither metres nor cameras. Coverage of a pixel is exact: signed areas under the edges
//! are summed along each row, so that contours of opposite direction cut holes.

use super::blend::{Pattern, STEP, Weights, covered, mix, shade, stain};
use super::grain::Grain;

/// A colour, 0 to 255 a channel, as a camera would store it.
pub(super) type Rgb = [u8; 3];

/// A point in pixels; the centre of the first pixel is (0.5, 0.5).
pub(super) type Pixel = [f32; 2];

/// What a polygon does to the pixels that it covers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ink {
    /// Covers them with a colour, wholly at 1.
    Paint(Rgb, f32),
    /// Makes them so many times as bright.
    Shade(f32),
    /// Mixes in a colour where the grain is coarse: `share` at the most, more or less of the
    /// area by `amount` 0 to 1, blots of `size_px`.
    Stain {
        /// Of the stain.
        colour: Rgb,
        /// Strongest share of it.
        share: f32,
        /// How much of the area is stained, 0 to 1.
        amount: f32,
        /// Width and height of a blot, pixels.
        size_px: Pixel,
    },
}

/// The picture being drawn: RGB, 8 bits a channel, row-major.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgb: Vec<u8>,
    grain: Grain,
    areas: Vec<f32>,
    weights: Weights,
}

/// Whole part of a value that is at least 0.
fn whole(value: f32) -> usize {
    value as usize
}

impl Canvas {
    /// A canvas of one colour.
    pub(super) fn new(width: usize, height: usize, colour: Rgb, grain: Grain) -> Self {
        Self {
            width,
            height,
            rgb: colour.repeat(width * height),
            grain,
            areas: Vec::new(),
            weights: Weights::default(),
        }
    }

    /// Fills closed contours; what leaves the picture is cut.
    pub(super) fn fill(&mut self, contours: &[Vec<Pixel>], ink: Ink) {
        let Some((left, top, right, bottom)) = self.bounds(contours) else {
            return;
        };
        let (width, height) = (right - left, bottom - top);
        // One column more: what lies left of the last pixel of a row is carried into it.
        let stride = width + 2;
        self.areas.clear();
        self.areas.resize(stride * height, 0.0);
        let area = Area {
            stride,
            height: height as f32,
            width: width as f32,
        };
        for contour in contours {
            let mut from = *contour.last().expect("bounds has seen a point");
            for &to in contour {
                let shifted = |p: Pixel| [p[0] - left as f32, p[1] - top as f32];
                area.edge(&mut self.areas, shifted(from), shifted(to));
                from = to;
            }
        }
        let colour = match ink {
            Ink::Paint(colour, _) | Ink::Stain { colour, .. } => colour,
            Ink::Shade(_) => [0; 3],
        };
        let pattern = std::array::from_fn(|at| colour[at % 3]);
        for row in 0..height {
            self.row(row, stride, (left, top, width), ink, &pattern);
        }
    }

    /// The pixels that the contours may touch: left, top, right, bottom.
    fn bounds(&self, contours: &[Vec<Pixel>]) -> Option<(usize, usize, usize, usize)> {
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for point in contours.iter().flatten() {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        if contours.iter().any(Vec::is_empty) || !low.iter().chain(&high).all(|v| v.is_finite()) {
            return None;
        }
        let size = [self.width as f32, self.height as f32];
        let left = whole(low[0].clamp(0.0, size[0]));
        let top = whole(low[1].clamp(0.0, size[1]));
        let right = whole(high[0].clamp(0.0, size[0]).ceil());
        let bottom = whole(high[1].clamp(0.0, size[1]).ceil());
        (right > left && bottom > top).then_some((left, top, right, bottom))
    }

    fn row(
        &mut self,
        row: usize,
        stride: usize,
        place: (usize, usize, usize),
        ink: Ink,
        pattern: &Pattern,
    ) {
        let (left, top, width) = place;
        let start = 3 * ((top + row) * self.width + left);
        let pixels = &mut self.rgb[start..start + 3 * width];
        let areas = &self.areas[row * stride..row * stride + width];
        match ink {
            Ink::Paint(_, share) => {
                let share = 256.0 * share;
                covered(areas, pixels, |_, pixels, cover| {
                    mix(pixels, pattern, (cover * share + 0.5) as u16);
                });
            }
            Ink::Shade(times) => {
                // Always positive: half up is a cut.
                let less = 256.0 * (times.max(0.0) - 1.0);
                covered(areas, pixels, |_, pixels, cover| {
                    shade(pixels, (256.5 + cover * less) as u16);
                });
            }
            Ink::Stain {
                share,
                amount,
                size_px,
                ..
            } => {
                let threshold = 255.0 * (1.0 - amount);
                let scale = 256.0 * share / (255.0 - threshold).max(1.0);
                let columns = left..left + width + 2 * STEP;
                self.weights.prepare(top + row, row == 0, |row, weights| {
                    let grain = self.grain.row(row as f32, size_px);
                    weights.extend(columns.clone().step_by(STEP).map(|x| {
                        let over = grain.at(x as f32) - threshold;
                        (over.max(0.0) * scale) as i32
                    }));
                });
                let weights = &self.weights.now;
                covered(areas, pixels, |start, pixels, cover| {
                    stain(pixels, pattern, weights, start, (256.0 * cover) as i32);
                });
            }
        }
    }
}

/// The rows that edges are summed into.
struct Area {
    stride: usize,
    width: f32,
    height: f32,
}

impl Area {
    /// Adds the signed area to the right of an edge.
    fn edge(&self, areas: &mut [f32], from: Pixel, to: Pixel) {
        if (from[1] - to[1]).abs() < 1e-6 {
            return;
        }
        let (direction, upper, lower) = if from[1] < to[1] {
            (1.0, from, to)
        } else {
            (-1.0, to, from)
        };
        let slope = (lower[0] - upper[0]) / (lower[1] - upper[1]);
        let top = upper[1].max(0.0);
        let bottom = lower[1].min(self.height);
        let mut x = upper[0] + (top - upper[1]) * slope;
        let mut y = top;
        let mut row = whole(top);
        while y < bottom {
            let end = (row as f32 + 1.0).min(bottom);
            let next = x + slope * (end - y);
            let line = &mut areas[row * self.stride..(row + 1) * self.stride];
            self.span(line, x, next, direction * (end - y));
            x = next;
            y = end;
            row += 1;
        }
    }

    /// Spreads `height` of an edge that runs from `a` to `b` within one row.
    fn span(&self, line: &mut [f32], a: f32, b: f32, height: f32) {
        let (a, b) = (a.clamp(0.0, self.width), b.clamp(0.0, self.width));
        let (low, high) = (a.min(b), a.max(b));
        let first = whole(low);
        if high <= first as f32 + 1.0 {
            let middle = 0.5 * (low + high) - first as f32;
            line[first] += height * (1.0 - middle);
            line[first + 1] += height * middle;
            return;
        }
        // The edge crosses several pixels: what lies right of it grows from pixel to pixel.
        let per_px = height / (high - low);
        let mut before = 0.0;
        let mut x = low;
        let mut at = first;
        while x < high {
            let end = (at as f32 + 1.0).min(high);
            let step = per_px * (end - x);
            let middle = 0.5 * (x + end) - at as f32;
            let here = before + step * (1.0 - middle);
            line[at] += here;
            before = step * middle;
            x = end;
            at += 1;
        }
        line[at] += before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(contours: &[Vec<Pixel>]) -> Vec<u8> {
        let mut canvas = Canvas::new(8, 4, [0; 3], Grain::new(1));
        canvas.fill(contours, Ink::Paint([200; 3], 1.0));
        canvas.rgb.chunks_exact(3).map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn edges_cover_pixels_in_part() {
        let half = vec![[1.5, 1.0], [3.0, 1.0], [3.0, 2.0], [1.5, 2.0]];
        let row: Vec<u8> = filled(&[half])[8..16].to_vec();
        assert_eq!(row, [0, 100, 200, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn slanted_edges_keep_the_area() {
        let triangle = vec![[0.0, 0.0], [8.0, 0.0], [0.0, 4.0]];
        let sum: u32 = filled(&[triangle]).iter().map(|&v| u32::from(v)).sum();
        assert!(sum.abs_diff(16 * 200) < 40, "{sum}");
    }

    #[test]
    fn opposite_contours_cut_holes_and_nothing_leaves_the_picture() {
        let whole = vec![[-5.0, -5.0], [20.0, -5.0], [20.0, 20.0], [-5.0, 20.0]];
        let hole = vec![[2.0, 1.0], [2.0, 2.0], [4.0, 2.0], [4.0, 1.0]];
        let seen = filled(&[whole, hole]);
        assert_eq!(seen[8..16], [200, 200, 0, 0, 200, 200, 200, 200]);
        assert_eq!(filled(&[vec![[f32::NAN, 0.0]], vec![]]), vec![0; 32]);
    }
}
