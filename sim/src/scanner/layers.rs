//! Shapes → areal densities of four materials, a map each: what the beam meets on its way.

use super::beam::{MATERIALS, Material};

/// Edge of a pixel, centimetres in the plane of the container.
pub const PIXEL_CM: f64 = 2.5;
/// Pixels of a row.
pub const WIDTH: usize = 512;
/// Rows.
pub const HEIGHT: usize = 128;

/// An upright box, centimetres from the upper left corner of the image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Area {
    /// Width.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Height.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn new(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self {
            left,
            top,
            right: left + width,
            bottom: top + height,
        }
    }

    pub(super) fn within(self, other: &Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }
}

/// Areal densities, g/cm2, row-major.
#[derive(Debug, Clone)]
pub(super) struct Layers {
    planes: [Vec<f32>; MATERIALS],
}

/// Share of the pixel `at` that lies between `from` and `to`, both in pixels.
fn cover(at: usize, from: f64, to: f64) -> f64 {
    (to.min(at as f64 + 1.0) - from.max(at as f64)).clamp(0.0, 1.0)
}

fn pixels(from: f64, to: f64, len: usize) -> std::ops::Range<usize> {
    let start = (from.max(0.0) as usize).min(len);
    start..(to.max(0.0).ceil() as usize).clamp(start, len)
}

impl Layers {
    pub(super) fn new() -> Self {
        Self {
            planes: std::array::from_fn(|_| vec![0.0; WIDTH * HEIGHT]),
        }
    }

    /// Areal densities at a pixel.
    pub(super) fn at(&self, pixel: usize) -> [f64; MATERIALS] {
        std::array::from_fn(|material| f64::from(self.planes[material][pixel]))
    }

    /// All materials at a pixel, g/cm2.
    pub(super) fn total(&self, pixel: usize) -> f64 {
        self.at(pixel).iter().sum()
    }

    pub(super) fn scale(&mut self, times: f64) {
        for value in self.planes.iter_mut().flatten() {
            *value *= times as f32;
        }
    }

    pub(super) fn put(&mut self, other: &Self) {
        for (mine, others) in self.planes.iter_mut().zip(&other.planes) {
            for (value, more) in mine.iter_mut().zip(others) {
                *value += more;
            }
        }
    }

    /// Adds `areal` g/cm2 over a box; edges count by the share of the pixel they cover.
    pub(super) fn rect(&mut self, material: Material, area: &Area, areal: f64) {
        self.shape(material, area, |_, _| areal);
    }

    /// Adds what `areal` says for a place in the box, 0 to 1 across and down.
    pub(super) fn shape(
        &mut self,
        material: Material,
        area: &Area,
        mut areal: impl FnMut(f64, f64) -> f64,
    ) {
        if area.width() <= 0.0 || area.height() <= 0.0 {
            return;
        }
        let [left, top, right, bottom] =
            [area.left, area.top, area.right, area.bottom].map(|edge| edge / PIXEL_CM);
        let plane = &mut self.planes[material.at()];
        for y in pixels(top, bottom, HEIGHT) {
            let rows = cover(y, top, bottom);
            let down = ((y as f64 + 0.5 - top) / (bottom - top)).clamp(0.0, 1.0);
            for x in pixels(left, right, WIDTH) {
                let across = ((x as f64 + 0.5 - left) / (right - left)).clamp(0.0, 1.0);
                let share = rows * cover(x, left, right);
                plane[y * WIDTH + x] += (share * areal(across, down)) as f32;
            }
        }
    }

    /// An ellipse that fills the box; `round` makes it as deep as a ball or a lying cylinder,
    /// otherwise it is flat like a disc.
    pub(super) fn ellipse(&mut self, material: Material, area: &Area, areal: f64, round: bool) {
        self.shape(material, area, |across, down| {
            let square = (2.0 * across - 1.0).powi(2) + (2.0 * down - 1.0).powi(2);
            match (square < 1.0, round) {
                (false, _) => 0.0,
                (true, false) => areal,
                (true, true) => areal * (1.0 - square).sqrt(),
            }
        });
    }

    /// A ring that fills the box, with a hole of `hole` (0 to 1) of its diameter.
    pub(super) fn ring(&mut self, material: Material, area: &Area, areal: f64, hole: f64) {
        self.shape(material, area, |across, down| {
            let square = (2.0 * across - 1.0).powi(2) + (2.0 * down - 1.0).powi(2);
            if square < 1.0 && square >= hole * hole {
                areal
            } else {
                0.0
            }
        });
    }
}
