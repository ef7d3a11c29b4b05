//! A point set → the rectangle of least area around it.

use crate::picture::{Point, Quad};

/// A rectangle that may lie at any angle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rectangle {
    centre: Point,
    /// Unit vector along the text, within 45 degrees of the x axis.
    along: Point,
    /// Extent along that vector.
    pub(super) width: f32,
    /// Extent across it.
    pub(super) height: f32,
}

impl Rectangle {
    /// The least rectangle; `None` for fewer than three points that are not on one line.
    pub(super) fn around(points: &[Point]) -> Option<Self> {
        let hull = convex_hull(points);
        if hull.len() < 3 {
            return None;
        }
        let mut best: Option<(f32, Self)> = None;
        // One edge of the least rectangle lies on an edge of the hull (Freeman and Shapira 1975).
        for (i, &start) in hull.iter().enumerate() {
            let edge = hull[(i + 1) % hull.len()].minus(start);
            let along = upright_axis(edge);
            let across = Point::new(-along.y, along.x);
            let (mut u, mut v) = (extremes(), extremes());
            for &point in &hull {
                widen(&mut u, point.dot(along));
                widen(&mut v, point.dot(across));
            }
            let (width, height) = (u.1 - u.0, v.1 - v.0);
            if best.is_none_or(|(area, _)| width * height < area) {
                let centre = Point::new(0.0, 0.0)
                    .plus(along, (u.0 + u.1) / 2.0)
                    .plus(across, (v.0 + v.1) / 2.0);
                let rectangle = Self {
                    centre,
                    along,
                    width,
                    height,
                };
                best = Some((width * height, rectangle));
            }
        }
        best.map(|(_, rectangle)| rectangle)
    }

    /// Moved outwards on every side by `area * ratio / perimeter`: the inverse of the shrinking
    /// with which the detector was trained (Liao et al., "Real-time scene text detection with
    /// differentiable binarization", 2020).
    pub(super) fn unclipped(self, ratio: f32) -> Self {
        let distance = self.width * self.height * ratio / (2.0 * (self.width + self.height));
        Self {
            width: self.width + 2.0 * distance,
            height: self.height + 2.0 * distance,
            ..self
        }
    }

    pub(super) fn quad(self) -> Quad {
        let across = Point::new(-self.along.y, self.along.x);
        let corner = |u: f32, v: f32| {
            self.centre
                .plus(self.along, u * self.width / 2.0)
                .plus(across, v * self.height / 2.0)
        };
        Quad {
            corners: [
                corner(-1.0, -1.0),
                corner(1.0, -1.0),
                corner(1.0, 1.0),
                corner(-1.0, 1.0),
            ],
        }
    }
}

/// The direction of `edge` or the one square to it, whichever is within 45 degrees of +x.
fn upright_axis(edge: Point) -> Point {
    let length = edge.length().max(f32::MIN_POSITIVE);
    let (x, y) = (edge.x / length, edge.y / length);
    let (x, y) = if x.abs() >= y.abs() { (x, y) } else { (y, -x) };
    if x < 0.0 {
        Point::new(-x, -y)
    } else {
        Point::new(x, y)
    }
}

fn extremes() -> (f32, f32) {
    (f32::INFINITY, f32::NEG_INFINITY)
}

fn widen(range: &mut (f32, f32), value: f32) {
    *range = (range.0.min(value), range.1.max(value));
}

/// Andrew's monotone chain; no three points on one line are kept.
fn convex_hull(points: &[Point]) -> Vec<Point> {
    let mut sorted: Vec<Point> = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    let mut hull: Vec<Point> = Vec::with_capacity(2 * sorted.len());
    for pass in 0..2 {
        let floor = hull.len();
        for &point in &sorted {
            while hull.len() >= floor + 2 && !turns(&hull, point) {
                hull.pop();
            }
            hull.push(point);
        }
        hull.pop();
        if pass == 0 {
            sorted.reverse();
        }
    }
    hull
}

fn turns(hull: &[Point], point: Point) -> bool {
    let (a, b) = (hull[hull.len() - 2], hull[hull.len() - 1]);
    let (ab, ap) = (b.minus(a), point.minus(a));
    ab.x * ap.y - ab.y * ap.x > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilted_strip_is_found_with_its_axis() {
        for degrees in [-40.0_f32, -10.0, 0.0, 5.0, 30.0, 44.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let points: Vec<Point> = (0..=20)
                .flat_map(|i| [(i as f32, 0.0), (i as f32, 4.0)])
                .map(|(u, v)| Point::new(u * cos - v * sin, u * sin + v * cos))
                .collect();
            let rectangle = Rectangle::around(&points).unwrap();
            assert!((rectangle.width - 20.0).abs() < 0.01, "{degrees}");
            assert!((rectangle.height - 4.0).abs() < 0.01, "{degrees}");
            let top = rectangle.quad().corners[0].minus(points[0]).length();
            assert!(top < 0.01, "{degrees}: text starts {top} away");
        }
    }

    #[test]
    fn unclipping_follows_area_by_perimeter() {
        let square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let points = square.map(|(x, y)| Point::new(x, y));
        let larger = Rectangle::around(&points).unwrap().unclipped(1.6);
        assert!((larger.width - 18.0).abs() < 1e-3);
        assert!(Rectangle::around(&points[..2]).is_none());
    }
}
