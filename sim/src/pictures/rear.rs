//! A truck from behind: doors, trailer, its plate.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::camera::Mount;
use super::canvas::Ink;
use super::doors::WIDTH_M;
use super::painter::Face;
use super::stage::{CONTAINERS_MAX, Stage, height_m, length_m};
use super::{Conditions, PlateLook};

/// Where the camera hangs: above the lane behind the truck, aside by the perspective.
pub(super) fn mount(conditions: &Conditions, rng: &mut ChaCha8Rng) -> Mount {
    let mut between = |from: f32, to: f32| from + (to - from) * rng.random::<f32>();
    let p = conditions.perspective;
    let side = if between(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
    let away = between(6.5, 8.5);
    Mount {
        eye: [side * (0.25 + 4.6 * p), between(2.6, 3.6) + 2.2 * p, -away],
        target: [between(-0.25, 0.25), between(2.3, 2.45), 0.0],
        roll: between(-0.012, 0.012) * (1.0 + 3.0 * p),
        width_m: between(7.2, 8.0) + 0.5 * p,
        bend: between(0.0, 0.05) + 0.1 * p,
    }
}

impl Stage<'_> {
    pub(super) fn rear(&mut self) {
        self.surroundings();
        let deck = self.between(1.18, 1.32);
        let lit = self.between(-0.4, 1.0);
        self.trailer_rear(deck);
        let last = self
            .scene
            .containers
            .iter()
            .take(CONTAINERS_MAX)
            .next_back();
        let Some(look) = last.cloned() else { return };
        let top = deck + height_m(&look);
        self.roof(&look, top, 0.0, length_m(&look));
        self.receding_wall(&look, top, 0.0, lit);
        let face = Face::towards_camera(-0.5 * WIDTH_M, top, 0.0);
        self.doors(&face, &look);
    }

    /// Beams, bumper, lamps, wheels and plate below the container.
    fn trailer_rear(&mut self, deck: f32) {
        let face = Face::towards_camera(-1.25, deck, 0.0);
        let low = |height: f32| deck - height;
        let dark = Ink::Paint([38, 38, 40], 1.0);
        let mut wheels = Vec::new();
        for x in [0.02, 1.96] {
            wheels.push([x, low(1.02), x + 0.52, low(0.0)]);
        }
        // The shadow under the truck.
        self.painter().polygon(
            &[
                [-1.3, 0.0, 0.1],
                [1.3, 0.0, 0.1],
                [1.3, 0.0, 13.0],
                [-1.3, 0.0, 13.0],
            ],
            Ink::Shade(0.35),
        );
        for wheel in wheels {
            self.painter()
                .block(&face, wheel, -0.6, Ink::Paint([26, 26, 27], 1.0));
            let [left, top, right, _] = wheel;
            for share in [0.2, 0.5, 0.8] {
                let x = left + share * (right - left);
                self.painter()
                    .block(&face, [x, top, x + 0.02, low(0.0)], -0.6, Ink::Shade(0.6));
            }
        }
        let paint = [[150, 44, 38], [40, 66, 110], [196, 150, 40], [70, 72, 74]];
        let paint = paint[self.rng.random_range(0..paint.len())];
        self.painter()
            .block(&face, [0.9, low(0.95), 1.6, low(0.5)], -0.5, dark);
        self.painter()
            .block(&face, [0.0, 0.0, 2.5, 0.16], 0.0, Ink::Paint(paint, 1.0));
        self.painter()
            .block(&face, [0.0, 0.1, 2.5, 0.16], 0.0, Ink::Shade(0.7));
        // Lamps, and the board that carries the plate.
        let board = [0.3, low(0.98), 2.2, low(0.68)];
        self.painter()
            .block(&face, board, 0.0, Ink::Paint([52, 52, 54], 1.0));
        for x in [0.06, 2.1] {
            let lamp = [x, low(0.95), x + 0.34, low(0.8)];
            self.painter()
                .block(&face, lamp, 0.01, Ink::Paint([150, 24, 22], 1.0));
            let amber = [x, low(0.95), x + 0.1, low(0.8)];
            self.painter()
                .block(&face, amber, 0.011, Ink::Paint([216, 130, 36], 1.0));
        }
        let bumper = [0.05, low(0.58), 2.45, low(0.46)];
        self.painter()
            .block(&face, bumper, 0.0, Ink::Paint([200, 198, 190], 1.0));
        let mut x = 0.05;
        while x < 2.3 {
            let stripe = [
                [x, bumper[1]],
                [x + 0.15, bumper[1]],
                [x + 0.15, bumper[3]],
                [x, bumper[3]],
            ];
            self.painter()
                .shape(&face, &stripe, 0.0, Ink::Paint([180, 30, 28], 1.0));
            x += 0.3;
        }
        self.dirt(&face, [0.0, 0.0, 2.5, low(0.46)]);
        if let Some(look) = self.scene.trailer_plate.clone() {
            self.trailer_plate(&face, &look, low(0.83));
        }
    }

    fn trailer_plate(&mut self, face: &Face, look: &PlateLook, middle: f32) {
        let [width, height] = look.style.size_m(look.plate.as_str().chars().count());
        let x = self.between(0.55, 1.9 - width);
        self.plate(face, look, [x, middle - 0.5 * height]);
    }
}
