//! A region of text seen from the side: upright strokes on a line that rises or falls.
//!
//! A camera that looks along a wall shows its lines slanted and its upright edges still upright.
//! A rectangle at the angle of the line then holds leaning letters and is far too high; a shape
//! with upright sides, whose upper and lower edges follow the text, holds them straight.

use crate::picture::{Point, Quad};

use super::components::Component;

/// Lines that rise or fall less than this are left to the rectangle.
const SLOPE_MIN: f32 = 0.06;
/// Beyond it the line is closer to a column.
const SLOPE_MAX: f32 = 1.0;

/// A shape with upright sides between two straight edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slanted {
    left: f32,
    right: f32,
    /// Upper and lower edge: height at the left side and slope.
    upper: (f32, f32),
    lower: (f32, f32),
}

impl Slanted {
    /// Fits the edges of a region that is wider than high and slanted; `None` for others.
    pub(super) fn fit(component: &Component) -> Option<Self> {
        let (first, ends) = &component.columns;
        let count = ends.len();
        if count < 12 {
            return None;
        }
        // Rounded ends say nothing about the edges.
        let inner = count / 8..count - count / 8;
        let middle = line(inner.clone(), |at| f32::midpoint(ends[at].0, ends[at].1))?;
        if !(SLOPE_MIN..=SLOPE_MAX).contains(&middle.1.abs()) {
            return None;
        }
        let upper = line(inner.clone(), |at| ends[at].0)?;
        let lower = line(inner, |at| ends[at].1)?;
        let width = count as f32;
        let (left_height, right_height) = (
            lower.0 - upper.0,
            lower.0 - upper.0 + (lower.1 - upper.1) * width,
        );
        let even = left_height.max(right_height) < 2.0 * left_height.min(right_height);
        let wide = width > 1.5 * left_height.max(right_height);
        (left_height > 2.0 && even && wide).then_some(Self {
            left: *first as f32,
            right: (first + count) as f32,
            upper,
            lower,
        })
    }

    /// See [`super::rectangle::Rectangle::unclipped`].
    pub(super) fn unclipped(self, ratio: f32) -> Self {
        let width = self.right - self.left;
        let height = self.lower.0 - self.upper.0 + (self.lower.1 - self.upper.1) * width / 2.0;
        let distance = width * height * ratio / (2.0 * (width + height));
        // The same distance square to a slanted edge is more of it upright.
        let upright = distance * (1.0 + self.upper.1 * self.upper.1).sqrt();
        let moved = |(start, slope): (f32, f32), by: f32| (start - slope * distance + by, slope);
        Self {
            left: self.left - distance,
            right: self.right + distance,
            upper: moved(self.upper, -upright),
            lower: moved(self.lower, upright),
        }
    }

    pub(super) fn quad(self) -> Quad {
        let width = self.right - self.left;
        Quad {
            corners: [
                Point::new(self.left, self.upper.0),
                Point::new(self.right, self.upper.0 + self.upper.1 * width),
                Point::new(self.right, self.lower.0 + self.lower.1 * width),
                Point::new(self.left, self.lower.0),
            ],
        }
    }
}

/// Least-squares line through `(at, y(at))`: its value at 0 and its slope.
fn line(range: std::ops::Range<usize>, y: impl Fn(usize) -> f32) -> Option<(f32, f32)> {
    let count = range.len() as f32;
    if range.len() < 4 {
        return None;
    }
    let mean_x = (range.start + range.end - 1) as f32 / 2.0;
    let mean_y = range.clone().map(&y).sum::<f32>() / count;
    let (mut covariance, mut variance) = (0.0, 0.0);
    for at in range {
        let x = at as f32 - mean_x;
        covariance += x * (y(at) - mean_y);
        variance += x * x;
    }
    let slope = covariance / variance;
    Some((mean_y - slope * mean_x, slope))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(slope: f32, height: f32, count: usize) -> Component {
        let ends = (0..count)
            .map(|at| (50.0 + slope * at as f32, 50.0 + slope * at as f32 + height))
            .collect();
        Component {
            outline: Vec::new(),
            columns: (10, ends),
            mass: 0.0,
            area: 0,
        }
    }

    #[test]
    fn only_slanted_lines_are_fitted() {
        for (slope, height, count, fits) in [
            (0.4, 12.0, 80, true),
            (-0.4, 12.0, 80, true),
            (0.02, 12.0, 80, false),
            (1.3, 12.0, 80, false),
            (0.4, 70.0, 80, false),
            (0.4, 2.0, 8, false),
        ] {
            let fitted = Slanted::fit(&component(slope, height, count));
            assert_eq!(fitted.is_some(), fits, "{slope} {height} {count}");
        }
        let quad = Slanted::fit(&component(-0.5, 12.0, 80)).unwrap().quad();
        assert!((quad.corners[1].y - 10.0).abs() < 0.01);
        assert!((quad.corners[2].y - 22.0).abs() < 0.01);
    }
}
