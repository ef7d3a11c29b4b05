//! Where in a picture something was seen.

use crate::picture::{Point, Quad};

/// Four corners, clockwise, from the upper left of the text as it is read; pixels of the upright
/// picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// The corners.
    pub corners: [Point; 4],
}

impl Region {
    pub(crate) fn quad(&self) -> Quad {
        Quad {
            corners: self.corners,
        }
    }

    /// The smallest upright box around it: left, top, right, bottom.
    #[must_use]
    pub fn bounds(&self) -> (f32, f32, f32, f32) {
        self.quad().bounds()
    }
}

impl From<Quad> for Region {
    fn from(quad: Quad) -> Self {
        Self {
            corners: quad.corners,
        }
    }
}

/// Whether two regions share more than half of the smaller one's upright box.
pub(crate) fn overlap(a: &Quad, b: &Quad) -> bool {
    let (a, b) = (a.bounds(), b.bounds());
    let width = (a.2.min(b.2) - a.0.max(b.0)).max(0.0);
    let height = (a.3.min(b.3) - a.1.max(b.1)).max(0.0);
    let area = |r: (f32, f32, f32, f32)| (r.2 - r.0) * (r.3 - r.1);
    width * height > 0.5 * area(a).min(area(b))
}
