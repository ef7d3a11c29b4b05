//! A four-cornered region of a picture → an upright crop of a given size.

use super::{Picture, Point, Pyramid};

/// Four corners, clockwise from the one where the text starts at its top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quad {
    pub(crate) corners: [Point; 4],
}

impl Quad {
    /// An upright rectangle.
    pub(crate) fn upright(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self {
            corners: [
                Point::new(left, top),
                Point::new(right, top),
                Point::new(right, bottom),
                Point::new(left, bottom),
            ],
        }
    }

    /// Length along the text: mean of the upper and the lower edge.
    pub(crate) fn width(&self) -> f32 {
        let [a, b, c, d] = self.corners;
        (b.minus(a).length() + c.minus(d).length()) / 2.0
    }

    /// Length across the text.
    pub(crate) fn height(&self) -> f32 {
        let [a, b, c, d] = self.corners;
        (d.minus(a).length() + c.minus(b).length()) / 2.0
    }

    pub(crate) fn centre(&self) -> Point {
        let sum = self
            .corners
            .iter()
            .fold(Point::new(0.0, 0.0), |sum, &corner| sum.plus(corner, 1.0));
        Point::new(sum.x / 4.0, sum.y / 4.0)
    }

    /// The point at shares `u` (along the text) and `v` (down) of the region, bilinear.
    pub(crate) fn at(&self, u: f32, v: f32) -> Point {
        let [a, b, c, d] = self.corners;
        let top = a.plus(b.minus(a), u);
        let bottom = d.plus(c.minus(d), u);
        top.plus(bottom.minus(top), v)
    }

    /// The part between shares `u0..u1` along and `v0..v1` down; shares beyond 0 and 1 enlarge.
    pub(crate) fn part(&self, u0: f32, u1: f32, v0: f32, v1: f32) -> Self {
        Self {
            corners: [
                self.at(u0, v0),
                self.at(u1, v0),
                self.at(u1, v1),
                self.at(u0, v1),
            ],
        }
    }

    /// Every corner moved by a function.
    pub(crate) fn map(&self, f: impl Fn(Point) -> Point) -> Self {
        Self {
            corners: self.corners.map(f),
        }
    }

    /// The smallest upright box around it: left, top, right, bottom.
    pub(crate) fn bounds(&self) -> (f32, f32, f32, f32) {
        let xs = self.corners.map(|corner| corner.x);
        let ys = self.corners.map(|corner| corner.y);
        (
            xs.iter().copied().fold(f32::INFINITY, f32::min),
            ys.iter().copied().fold(f32::INFINITY, f32::min),
            xs.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            ys.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        )
    }
}

/// Longest edge of a crop that is kept as evidence.
const KEPT_EDGE: f32 = 640.0;

impl Pyramid<'_> {
    /// The region with a little around it, at the picture's own scale up to 640 pixels.
    pub(crate) fn crop_around(&mut self, region: &Quad) -> Picture {
        let around = region.part(-0.05, 1.05, -0.1, 1.1);
        let longest = around.width().max(around.height()).max(1.0);
        let scale = (KEPT_EDGE / longest).min(1.0);
        let size = |length: f32| ((length * scale).round() as u32).clamp(1, KEPT_EDGE as u32);
        self.crop(&around, size(around.width()), size(around.height()))
    }

    /// The region as a crop of `width` x `height` pixels. Outside the picture its edge goes on.
    pub(crate) fn crop(&mut self, region: &Quad, width: u32, height: u32) -> Picture {
        let across = height as f32 / region.height().max(1.0);
        let along = width as f32 / region.width().max(1.0);
        let (level, shrink_x, shrink_y) = self.level(across.max(along));
        let mut rgb = Vec::with_capacity(3 * width as usize * height as usize);
        for row in 0..height {
            let v = (row as f32 + 0.5) / height as f32;
            // One row of the crop is a straight line in the picture.
            let start = region.at(0.0, v);
            let step = region.at(1.0, v).minus(start);
            for column in 0..width {
                let u = (column as f32 + 0.5) / width as f32;
                let at = start.plus(step, u);
                rgb.extend(level.sample(at.x / shrink_x, at.y / shrink_y));
            }
        }
        Picture { width, height, rgb }
    }
}

impl Pyramid<'_> {
    /// One row of pixels through each of `centres`, `width` long in the picture along `side` (a
    /// unit vector), as a picture of `pixels` width.
    pub(crate) fn strip(
        &mut self,
        centres: &[Point],
        side: Point,
        width: f32,
        pixels: u32,
    ) -> Picture {
        let (level, shrink_x, shrink_y) = self.level(pixels as f32 / width.max(1.0));
        let mut rgb = Vec::with_capacity(3 * centres.len() * pixels as usize);
        for &centre in centres {
            for column in 0..pixels {
                let share = (column as f32 + 0.5) / pixels as f32 - 0.5;
                let at = centre.plus(side, share * width);
                rgb.extend(level.sample(at.x / shrink_x, at.y / shrink_y));
            }
        }
        Picture {
            width: pixels,
            height: centres.len() as u32,
            rgb,
        }
    }
}

impl Picture {
    /// Bilinear sample at a point, edges continued.
    fn sample(&self, x: f32, y: f32) -> [u8; 3] {
        let clamp = |value: f32, size: u32| (value - 0.5).clamp(0.0, (size - 1) as f32);
        let (x, y) = (clamp(x, self.width), clamp(y, self.height));
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let right = (left + 1).min(self.width as usize - 1);
        let bottom = (top + 1).min(self.height as usize - 1);
        let row = self.width as usize;
        let at = |x: usize, y: usize| &self.rgb[3 * (y * row + x)..][..3];
        let corners = [
            at(left, top),
            at(right, top),
            at(left, bottom),
            at(right, bottom),
        ];
        let mut pixel = [0; 3];
        for (channel, value) in pixel.iter_mut().enumerate() {
            let [a, b, c, d] = corners.map(|corner| f32::from(corner[channel]));
            let upper = a + fx * (b - a);
            let lower = c + fx * (d - c);
            *value = (upper + fy * (lower - upper) + 0.5) as u8;
        }
        pixel
    }
}
