//! What stands around a truck: sky, ground, kerbs, posts, other boxes.

use rand::RngExt as _;

use super::camera::Space;
use super::canvas::{Ink, Rgb};
use super::painter::Face;
use super::stage::Stage;

/// How far the ground is drawn, metres.
const FAR_M: f32 = 150.0;

impl Stage<'_> {
    /// Sky, ground and what stands at the edge of the lane; the truck is drawn over it.
    pub(super) fn surroundings(&mut self) {
        let sky: Rgb = [
            [176, 186, 196],
            [150, 176, 208],
            [204, 206, 206],
            [128, 138, 150],
        ][self.rng.random_range(0..4)];
        let ground: Rgb = [
            [104, 102, 98],
            [88, 88, 90],
            [128, 122, 112],
            [112, 108, 104],
        ][self.rng.random_range(0..4)];
        let horizon = [
            [-200.0, 0.0, FAR_M],
            [200.0, 0.0, FAR_M],
            [200.0, 90.0, FAR_M],
            [-200.0, 90.0, FAR_M],
        ];
        self.painter().polygon(&horizon, Ink::Paint(sky, 1.0));
        self.stacks();
        let plane = [
            [-120.0, 0.0, -12.0],
            [120.0, 0.0, -12.0],
            [200.0, 0.0, FAR_M],
            [-200.0, 0.0, FAR_M],
        ];
        self.painter().polygon(&plane, Ink::Paint(ground, 1.0));
        let px = self.camera.px_per_m([0.0, 0.0, 0.0]);
        for (colour, share, size) in [([60, 58, 56], 0.35, 1.1), ([150, 148, 140], 0.3, 0.12)] {
            let ink = Ink::Stain {
                colour,
                share,
                amount: 0.6,
                size_px: [size * px, 0.4 * size * px],
            };
            self.painter().polygon(&plane, ink);
        }
        for x in [-1.95, 1.8] {
            let strip = [
                [x, 0.0, -8.0],
                [x + 0.15, 0.0, -8.0],
                [x + 0.15, 0.0, 60.0],
                [x, 0.0, 60.0],
            ];
            self.painter()
                .polygon(&strip, Ink::Paint([206, 204, 190], 0.8));
        }
        for side in [-1.0, 1.0] {
            if self.rng.random_bool(0.8) {
                self.island(side);
            }
        }
    }

    /// Boxes stacked far behind.
    fn stacks(&mut self) {
        let mut x = -60.0;
        while x < 60.0 {
            let (width, z) = (self.between(6.0, 13.0), self.between(28.0, 60.0));
            for level in 0..self.rng.random_range(0..5_u8) {
                let tone = self.between(0.6, 1.0);
                let paints: [[f32; 3]; 5] = [
                    [120.0, 52.0, 44.0],
                    [60.0, 84.0, 130.0],
                    [70.0, 110.0, 84.0],
                    [160.0, 150.0, 130.0],
                    [150.0, 90.0, 50.0],
                ];
                let paint = paints[self.rng.random_range(0..paints.len())];
                // The air between takes colour away.
                let paint = paint.map(|value| (tone * value * 0.7 + 50.0) as u8);
                let y = 2.6 * f32::from(level);
                let wall: [Space; 4] = [
                    [x, y, z],
                    [x + width, y, z],
                    [x + width, y + 2.5, z],
                    [x, y + 2.5, z],
                ];
                self.painter().polygon(&wall, Ink::Paint(paint, 1.0));
            }
            x += width + self.between(0.3, 4.0);
        }
    }

    /// A kerb with bollards, perhaps a post or a booth.
    fn island(&mut self, side: f32) {
        let (near, far) = (self.between(-2.0, 1.0), self.between(8.0, 20.0));
        let inner = side * self.between(2.2, 2.7);
        let outer = inner + 1.3 * side;
        let kerb = [
            [inner, 0.18, near],
            [outer, 0.18, near],
            [outer, 0.18, far],
            [inner, 0.18, far],
        ];
        self.painter()
            .polygon(&kerb, Ink::Paint([150, 148, 142], 1.0));
        let face = [
            [inner, 0.0, near],
            [inner, 0.18, near],
            [inner, 0.18, far],
            [inner, 0.0, far],
        ];
        self.painter()
            .polygon(&face, Ink::Paint([122, 118, 110], 1.0));
        if self.rng.random_bool(0.5) {
            let booth = Face::towards_camera(inner.min(outer), 2.9, near + 2.5);
            self.painter().block(
                &booth,
                [0.0, 0.0, 1.3, 2.75],
                0.0,
                Ink::Paint([206, 206, 200], 1.0),
            );
            self.painter().block(
                &booth,
                [0.2, 0.4, 1.1, 1.4],
                0.0,
                Ink::Paint([64, 78, 86], 1.0),
            );
        }
        for at in 0..self.rng.random_range(1..4_u8) {
            let z = near + 0.2 + 2.4 * f32::from(at);
            self.bollard(inner + 0.2 * side, z);
        }
        if self.rng.random_bool(0.6) {
            let x = inner + 0.6 * side;
            let post = Face::towards_camera(x, 6.0, near + 0.8);
            self.painter().block(
                &post,
                [0.0, 0.0, 0.12, 5.9],
                0.0,
                Ink::Paint([176, 178, 180], 1.0),
            );
            self.painter()
                .block(&post, [0.08, 0.0, 0.12, 5.9], 0.0, Ink::Shade(0.7));
        }
    }

    fn bollard(&mut self, x: f32, z: f32) {
        let face = Face::towards_camera(x - 0.15, 0.95, z);
        for at in 0..5_u8 {
            let y = 0.17 * f32::from(at);
            let colour = if at % 2 == 0 {
                [214, 166, 34]
            } else {
                [32, 32, 32]
            };
            self.painter()
                .block(&face, [0.0, y, 0.3, y + 0.17], 0.0, Ink::Paint(colour, 1.0));
        }
        self.painter()
            .block(&face, [0.2, 0.0, 0.3, 0.85], 0.0, Ink::Shade(0.72));
    }
}
