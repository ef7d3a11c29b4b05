//! Points of the lane in metres → pixels, through a wide-angle lens.
//!
//! The lane's axes: x to the right of one who looks along the camera's way, y up from the ground,
//! z away from the camera's side of the truck. The face that a view shows lies at z = 0.

use super::canvas::Pixel;

/// A point or a direction, metres.
pub(super) type Space = [f32; 3];

/// Nearer than this, metres, nothing is drawn.
const NEAR_M: f32 = 0.2;

/// Where a camera hangs and what it looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mount {
    pub(super) eye: Space,
    pub(super) target: Space,
    /// Turn about its own axis, radians.
    pub(super) roll: f32,
    /// Metres seen from the left to the right edge at the target.
    pub(super) width_m: f32,
    /// How much the lens bends straight lines: 0 not at all, 0.1 a wide angle.
    pub(super) bend: f32,
}

/// A camera.
#[derive(Debug, Clone)]
pub(super) struct Camera {
    eye: Space,
    right: Space,
    up: Space,
    ahead: Space,
    focal_px: f32,
    centre: Pixel,
    bend: f32,
}

pub(super) fn plus(a: Space, b: Space, times: f32) -> Space {
    [0, 1, 2].map(|i| a[i] + times * b[i])
}

fn minus(a: Space, b: Space) -> Space {
    plus(a, b, -1.0)
}

fn dot(a: Space, b: Space) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Space, b: Space) -> Space {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn unit(a: Space) -> Space {
    let length = dot(a, a).sqrt().max(1e-6);
    a.map(|value| value / length)
}

impl Camera {
    pub(super) fn new(mount: &Mount, width: usize, height: usize) -> Self {
        let way = minus(mount.target, mount.eye);
        let ahead = unit(way);
        let right = unit(cross([0.0, 1.0, 0.0], ahead));
        let up = cross(ahead, right);
        let (sin, cos) = mount.roll.sin_cos();
        let turned = |a: Space, b: Space, sin: f32| plus(a.map(|value| value * cos), b, sin);
        Self {
            eye: mount.eye,
            right: turned(right, up, sin),
            up: turned(up, right, -sin),
            ahead,
            focal_px: width as f32 * dot(way, way).sqrt() / mount.width_m,
            centre: [0.5 * width as f32, 0.5 * height as f32],
            bend: mount.bend,
        }
    }

    /// The pixel of a point that is at least 0.2 m ahead.
    fn project(&self, point: Space) -> Pixel {
        let from_eye = minus(point, self.eye);
        let depth = dot(from_eye, self.ahead).max(NEAR_M);
        let x = dot(from_eye, self.right) / depth;
        let y = -dot(from_eye, self.up) / depth;
        // Points far outside the picture would be bent back into it.
        let bent = 1.0 - self.bend * (x * x + y * y).min(1.5);
        [
            self.centre[0] + self.focal_px * x * bent,
            self.centre[1] + self.focal_px * y * bent,
        ]
    }

    /// The pixel of a point, if it is ahead.
    pub(super) fn see(&self, point: Space) -> Option<Pixel> {
        (dot(minus(point, self.eye), self.ahead) > NEAR_M).then(|| self.project(point))
    }

    /// Whether it hangs to the left of an `x`.
    pub(super) fn is_left_of(&self, x: f32) -> bool {
        self.eye[0] < x
    }

    /// Pixels a metre takes at a point.
    pub(super) fn px_per_m(&self, point: Space) -> f32 {
        self.focal_px / dot(minus(point, self.eye), self.ahead).max(NEAR_M)
    }

    /// A closed outline in pixels: cut where it comes too near, its edges in pieces of at most
    /// `piece_m`, so that they bend with the lens.
    pub(super) fn outline(&self, points: &[Space], piece_m: f32) -> Vec<Pixel> {
        let depth = |point: Space| dot(minus(point, self.eye), self.ahead) - NEAR_M;
        let mut seen = Vec::with_capacity(2 * points.len());
        for (at, &from) in points.iter().enumerate() {
            let to = points[(at + 1) % points.len()];
            let (a, b) = (depth(from), depth(to));
            if a <= 0.0 && b <= 0.0 {
                continue;
            }
            let cut = |share: f32| plus(from, minus(to, from), share);
            let start = if a < 0.0 { cut(a / (a - b)) } else { from };
            let end = if b < 0.0 { cut(a / (a - b)) } else { to };
            let way = minus(end, start);
            let pieces = (dot(way, way).sqrt() / piece_m).ceil().clamp(1.0, 64.0);
            for piece in 0..pieces as u8 {
                seen.push(self.project(plus(start, way, f32::from(piece) / pieces)));
            }
            if b < 0.0 {
                seen.push(self.project(end));
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn straight() -> Camera {
        let mount = Mount {
            eye: [0.0, 2.0, -5.0],
            target: [0.0, 2.0, 0.0],
            roll: 0.0,
            width_m: 10.0,
            bend: 0.0,
        };
        Camera::new(&mount, 1000, 500)
    }

    #[test]
    fn right_is_right_and_up_is_up() {
        let camera = straight();
        assert_eq!(camera.see([0.0, 2.0, 0.0]), Some([500.0, 250.0]));
        assert_eq!(camera.see([5.0, 3.0, 0.0]), Some([1000.0, 150.0]));
        assert_eq!(camera.see([0.0, 2.0, -6.0]), None);
        assert!((camera.px_per_m([0.0, 2.0, 0.0]) - 100.0).abs() < 1e-3);
    }

    #[test]
    fn what_is_behind_is_cut_off() {
        let ground = [
            [-9.0, 0.0, -9.0],
            [9.0, 0.0, -9.0],
            [9.0, 0.0, 9.0],
            [-9.0, 0.0, 9.0],
        ];
        let seen = straight().outline(&ground, 100.0);
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().flatten().all(|value| value.is_finite()));
    }
}
