//! A truck from the side: long walls of its containers on the trailer.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::camera::Mount;
use super::canvas::Ink;
use super::livery::Livery;
use super::painter::Face;
use super::stage::{CONTAINERS_MAX, Stage, height_m, length_m};
use super::{Conditions, ContainerLook, Scene};

/// Between two containers of 20 ft, metres.
const GAP_M: f32 = 0.08;

/// Where the camera hangs: beside the lane, looking at the ends that carry the numbers.
pub(super) fn mount(scene: &Scene, conditions: &Conditions, rng: &mut ChaCha8Rng) -> Mount {
    let mut between = |from: f32, to: f32| from + (to - from) * rng.random::<f32>();
    let p = conditions.perspective;
    let side = if between(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
    // The right-hand end of the load is at x = 0. Two numbers stand 6.1 m apart, one is near.
    let (width_m, middle) = if scene.containers.len() > 1 {
        (between(9.3, 10.2) + 0.8 * p, -3.9)
    } else {
        (between(6.4, 7.6), between(-2.9, -2.4))
    };
    let away = between(6.0, 7.5) * (width_m / 7.0).max(1.0);
    Mount {
        eye: [
            middle + side * (0.2 + 4.2 * p),
            between(2.4, 3.3) + 1.2 * p,
            -away,
        ],
        target: [middle, between(2.5, 2.75), 0.0],
        roll: between(-0.012, 0.012) * (1.0 + 2.0 * p),
        width_m,
        bend: between(0.0, 0.05) + 0.08 * p,
    }
}

impl Stage<'_> {
    pub(super) fn side(&mut self) {
        self.surroundings();
        let deck = self.between(1.18, 1.32);
        // Which way the truck drives: its front to the left or to the right.
        let forwards = self.rng.random_bool(0.5);
        let mut load: Vec<ContainerLook> = self
            .scene
            .containers
            .iter()
            .take(CONTAINERS_MAX)
            .cloned()
            .collect();
        if !forwards {
            load.reverse();
        }
        let lit = self.between(-0.6, 1.0);
        let length: f32 = load.iter().map(length_m).sum::<f32>().max(12.2);
        self.trailer_side(deck, -length - 0.3, 0.25, forwards);
        let mut right = 0.0;
        for look in load.iter().rev() {
            let length = length_m(look);
            let top = deck + height_m(look);
            self.roof_seen_from_the_side(look, top, right - length, right);
            let face = Face::towards_camera(right - length, top, 0.0);
            self.long_wall(&face, look, length, lit);
            right -= length + GAP_M;
        }
    }

    fn roof_seen_from_the_side(&mut self, look: &ContainerLook, top: f32, left: f32, right: f32) {
        let paint = Livery::of(look.number.as_str()).paint;
        let roof = [
            [left, top, 0.0],
            [right, top, 0.0],
            [right, top, 2.4],
            [left, top, 2.4],
        ];
        let bleached = paint.map(|value| (f32::from(value) * 0.75 + 50.0) as u8);
        self.painter().polygon(&roof, Ink::Paint(bleached, 1.0));
        // Its end, for a camera that hangs to the right of it.
        let bottom = top - height_m(look);
        let end = [
            [right, top, 0.0],
            [right, top, 2.4],
            [right, bottom, 2.4],
            [right, bottom, 0.0],
        ];
        let shaded = paint.map(|value| (f32::from(value) * 0.6) as u8);
        self.painter().polygon(&end, Ink::Paint(shaded, 1.0));
    }

    fn trailer_side(&mut self, deck: f32, left: f32, right: f32, forwards: bool) {
        let shadow = [
            [left, 0.0, 0.0],
            [right, 0.0, 0.0],
            [right, 0.0, 2.6],
            [left, 0.0, 2.6],
        ];
        self.painter().polygon(&shadow, Ink::Shade(0.35));
        let face = Face::towards_camera(left, deck, 0.1);
        let length = right - left;
        let paints = [[150, 44, 38], [40, 66, 110], [90, 92, 94], [52, 54, 56]];
        let paint = paints[self.rng.random_range(0..paints.len())];
        let beam = [0.0, 0.02, length, 0.3];
        self.painter()
            .block(&face, beam, 0.0, Ink::Paint(paint, 1.0));
        self.painter()
            .block(&face, [0.0, 0.2, length, 0.3], 0.0, Ink::Shade(0.6));
        // Three axles at the rear, the tractor's two below the front.
        let from_rear = [0.9, 2.2, 3.5, 8.6, 10.0];
        for distance in from_rear {
            let x = if forwards {
                length - distance
            } else {
                distance
            };
            let middle = [x, deck - 0.52];
            self.painter()
                .disc(&face, middle, [0.52; 2], Ink::Paint([28, 28, 29], 1.0));
            self.painter()
                .disc(&face, middle, [0.3; 2], Ink::Paint([92, 92, 92], 1.0));
            self.painter()
                .disc(&face, middle, [0.12; 2], Ink::Paint([52, 52, 52], 1.0));
        }
        let mut x = 0.4;
        while x < length {
            let strip = [x, 0.08, x + 0.3, 0.13];
            let colour = if ((x / 0.6) as u32).is_multiple_of(2) {
                [214, 210, 204]
            } else {
                [180, 34, 30]
            };
            self.painter()
                .block(&face, strip, 0.004, Ink::Paint(colour, 0.9));
            x += 0.6;
        }
        self.dirt(&face, beam);
    }
}
