//! A number for each pixel, and means over boxes of them. Knows no physics.

/// Values of pixels, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Map {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: Vec<f32>,
}

/// Pixels from `left` and `top`, included, to `right` and `bottom`, excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl Window {
    pub(crate) fn width(&self) -> usize {
        self.right.saturating_sub(self.left)
    }

    pub(crate) fn height(&self) -> usize {
        self.bottom.saturating_sub(self.top)
    }

    pub(crate) fn area(&self) -> usize {
        self.width() * self.height()
    }

    /// Whether the two share a pixel or an edge.
    pub(crate) fn touches(&self, other: &Self) -> bool {
        self.left <= other.right
            && other.left <= self.right
            && self.top <= other.bottom
            && other.top <= self.bottom
    }

    pub(crate) fn columns(&self) -> std::ops::Range<usize> {
        self.left..self.right
    }

    pub(crate) fn rows(&self) -> std::ops::Range<usize> {
        self.top..self.bottom
    }
}

impl Map {
    pub(crate) fn filled(width: usize, height: usize, value: f32) -> Self {
        Self {
            width,
            height,
            values: vec![value; width * height],
        }
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    pub(crate) fn set(&mut self, x: usize, y: usize, value: f32) {
        self.values[y * self.width + x] = value;
    }

    pub(crate) fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..(y + 1) * self.width]
    }

    pub(crate) fn map(&self, each: impl Fn(f32) -> f32) -> Self {
        Self {
            width: self.width,
            height: self.height,
            values: self.values.iter().map(|&value| each(value)).collect(),
        }
    }

    /// The whole map.
    #[cfg(test)]
    pub(crate) fn window(&self) -> Window {
        Window {
            left: 0,
            top: 0,
            right: self.width,
            bottom: self.height,
        }
    }

    pub(crate) fn sums(&self) -> Sums {
        let stride = self.width + 1;
        let mut sums = vec![0.0; stride * (self.height + 1)];
        for y in 0..self.height {
            let mut row = 0.0;
            for (x, value) in self.row(y).iter().enumerate() {
                row += f64::from(*value);
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
            }
        }
        Sums { stride, sums }
    }
}

/// Sums over every box from the upper left corner.
#[derive(Debug)]
pub(crate) struct Sums {
    stride: usize,
    sums: Vec<f64>,
}

impl Sums {
    /// Sum over a window within the map.
    pub(crate) fn over(&self, window: &Window) -> f64 {
        let at = |x: usize, y: usize| self.sums[y * self.stride + x];
        at(window.right, window.bottom)
            - at(window.right, window.top)
            - at(window.left, window.bottom)
            + at(window.left, window.top)
    }
}

/// The value that a share of `values` (0 to 1) does not exceed; 0 for no values. Reorders them.
pub(crate) fn quantile(values: &mut [f32], share: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f32 * share.clamp(0.0, 1.0)).round() as usize;
    let (_, value, _) = values.select_nth_unstable_by(at, f32::total_cmp);
    *value
}

pub(crate) fn median(values: &mut [f32]) -> f32 {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_quantiles() {
        let map = Map {
            width: 3,
            height: 2,
            values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        };
        let sums = map.sums();
        let window = |left, top, right, bottom| Window {
            left,
            top,
            right,
            bottom,
        };
        for (over, expected) in [
            (map.window(), 21.0),
            (window(1, 0, 3, 1), 5.0),
            (window(1, 1, 2, 2), 5.0),
            (window(2, 1, 2, 2), 0.0),
        ] {
            assert!((sums.over(&over) - expected).abs() < 1e-9);
        }
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
