//! A truck from the front: tractor, its plates, and the container above the cab.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::Conditions;
use super::camera::Mount;
use super::canvas::{Ink, Rgb};
use super::doors::WIDTH_M;
use super::lettering::Setting;
use super::livery::Livery;
use super::painter::Face;
use super::stage::{Stage, height_m};

/// How far behind the cab's front the container begins, metres.
const CONTAINER_Z: f32 = 2.5;
/// Most plates on a tractor.
const PLATES_MAX: usize = 2;

/// Where the camera hangs: above the lane in front of the truck.
pub(super) fn mount(conditions: &Conditions, rng: &mut ChaCha8Rng) -> Mount {
    let mut between = |from: f32, to: f32| from + (to - from) * rng.random::<f32>();
    let p = conditions.perspective;
    let side = if between(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
    Mount {
        eye: [
            side * (0.2 + 3.8 * p),
            between(2.4, 3.4) + 1.6 * p,
            -between(6.5, 8.0),
        ],
        target: [between(-0.2, 0.2), between(1.9, 2.15), 0.0],
        roll: between(-0.012, 0.012) * (1.0 + 3.0 * p),
        width_m: between(6.2, 7.2) + 0.4 * p,
        bend: between(0.0, 0.05) + 0.1 * p,
    }
}

/// The tractor's measures, metres.
struct Cab {
    paint: Rgb,
    height: f32,
    deflector: bool,
}

impl Stage<'_> {
    pub(super) fn front(&mut self) {
        self.surroundings();
        let paints = [
            [176, 40, 36],
            [236, 236, 232],
            [44, 84, 150],
            [214, 170, 50],
            [90, 96, 100],
            [40, 110, 84],
        ];
        let cab = Cab {
            paint: paints[self.rng.random_range(0..paints.len())],
            height: self.between(2.75, 3.3),
            deflector: self.rng.random_bool(0.4),
        };
        self.painter().polygon(
            &[
                [-1.3, 0.0, 0.1],
                [1.3, 0.0, 0.1],
                [1.3, 0.0, 13.0],
                [-1.3, 0.0, 13.0],
            ],
            Ink::Shade(0.35),
        );
        let deck = self.between(1.18, 1.32);
        let lit = self.between(-0.4, 1.0);
        if let Some(look) = self.scene.containers.first().cloned() {
            let top = deck + height_m(&look);
            self.roof(&look, top, CONTAINER_Z, CONTAINER_Z + 6.0);
            let face = Face::towards_camera(-0.5 * WIDTH_M, top, CONTAINER_Z);
            let lettered =
                self.above_the_cab(&face, &cab, Livery::of(look.number.as_str()).height_m);
            self.receding_wall(&look, top, CONTAINER_Z, lit);
            self.end_wall(&face, &look, lit, lettered);
        }
        self.cab(&cab);
    }

    /// Whether the lettering at the top of the front wall shows above the cab, by a margin.
    fn above_the_cab(&self, face: &Face, cab: &Cab, height: f32) -> bool {
        if cab.deflector {
            return false;
        }
        // Number and size-type code end this far below the top.
        let lowest = 0.2 + 2.75 * height + 0.12;
        [0.2, WIDTH_M - 0.2].iter().all(|&x| {
            let text = self.camera.see(face.at(x, lowest, 0.0));
            [0.0, 1.9].iter().all(|&z| {
                let roof = self.camera.see([x - 0.5 * WIDTH_M, cab.height, z]);
                matches!((text, roof), (Some(text), Some(roof)) if text[1] < roof[1])
            })
        })
    }

    fn cab(&mut self, cab: &Cab) {
        let face = Face::towards_camera(-1.25, cab.height, 0.0);
        let low = |height: f32| cab.height - height;
        let paint = Ink::Paint(cab.paint, 1.0);
        let top = cab.height;
        // Of the two sides the camera sees one.
        let side = if self.camera.is_left_of(0.0) {
            -1.25
        } else {
            1.25
        };
        let wall = [
            [side, top, 0.0],
            [side, top, 1.9],
            [side, 0.5, 1.9],
            [side, 0.5, 0.0],
        ];
        self.painter().polygon(&wall, paint);
        self.painter().polygon(&wall, Ink::Shade(0.62));
        let roof = [
            [-1.25, top, 0.0],
            [1.25, top, 0.0],
            [1.25, top, 1.9],
            [-1.25, top, 1.9],
        ];
        self.painter().polygon(&roof, paint);
        self.painter().polygon(&roof, Ink::Shade(1.08));
        if cab.deflector {
            let shield = [
                [-1.0, top, 0.5],
                [1.0, top, 0.5],
                [1.1, top + 0.9, 1.8],
                [-1.1, top + 0.9, 1.8],
            ];
            self.painter().polygon(&shield, paint);
            self.painter().polygon(&shield, Ink::Shade(0.9));
        }
        for x in [0.1, 2.0] {
            self.painter().block(
                &face,
                [x, low(0.75), x + 0.4, low(0.0)],
                -0.5,
                Ink::Paint([24, 24, 25], 1.0),
            );
        }
        self.painter()
            .block(&face, [0.0, 0.0, 2.5, low(0.35)], 0.0, paint);
        self.windscreen(&face, low(2.6), low(1.75));
        self.grille(&face, low(1.6), low(0.98), cab);
        self.bumper(&face, cab);
        self.dirt(&face, [0.0, 0.0, 2.5, low(0.36)]);
        self.mirrors(&face, low(2.5));
        self.tractor_plates(&face, low(0.66));
    }

    fn bumper(&mut self, face: &Face, cab: &Cab) {
        let low = |height: f32| cab.height - height;
        let bumper = [0.0, low(0.92), 2.5, low(0.36)];
        let plain = self.rng.random_bool(0.5);
        let colour = if plain { cab.paint } else { [58, 58, 60] };
        self.painter()
            .block(face, bumper, 0.03, Ink::Paint(colour, 1.0));
        self.painter().block(
            face,
            [0.0, low(0.45), 2.5, low(0.36)],
            0.03,
            Ink::Shade(0.6),
        );
        for x in [0.1, 1.95] {
            let lamp = [x, low(0.86), x + 0.45, low(0.64)];
            self.painter()
                .block(face, lamp, 0.034, Ink::Paint([60, 62, 66], 1.0));
            for at in [0.13, 0.32] {
                self.painter().disc(
                    face,
                    [x + at, low(0.75)],
                    [0.075; 2],
                    Ink::Paint([206, 212, 216], 1.0),
                );
            }
        }
    }

    fn windscreen(&mut self, face: &Face, top: f32, bottom: f32) {
        let glass = [[0.16, top], [2.34, top], [2.42, bottom], [0.08, bottom]];
        self.painter()
            .shape(face, &glass, 0.0, Ink::Paint([42, 50, 56], 1.0));
        let sky = [[0.3, top], [1.2, top], [0.9, bottom], [0.2, bottom]];
        self.painter()
            .shape(face, &sky, 0.0, Ink::Paint([120, 134, 146], 0.35));
        for x in [0.5, 1.4] {
            let wiper = [
                [x, bottom],
                [x + 0.03, bottom],
                [x + 0.62, bottom - 0.32],
                [x + 0.6, bottom - 0.33],
            ];
            self.painter()
                .shape(face, &wiper, 0.01, Ink::Paint([20, 20, 20], 1.0));
        }
        let visor = [0.1, top - 0.16, 2.4, top];
        self.painter()
            .block(face, visor, 0.15, Ink::Paint([46, 46, 50], 0.9));
    }

    fn grille(&mut self, face: &Face, top: f32, bottom: f32, cab: &Cab) {
        self.painter().block(
            face,
            [0.4, top, 2.1, bottom],
            0.0,
            Ink::Paint([34, 34, 36], 1.0),
        );
        let mut y = top + 0.05;
        while y < bottom - 0.03 {
            self.painter().block(
                face,
                [0.42, y, 2.08, y + 0.035],
                0.01,
                Ink::Paint([98, 100, 102], 1.0),
            );
            y += 0.09;
        }
        let makes = ["HAOYUN", "LUTONG", "TIANMA", "DADI"];
        let make = makes[self.rng.random_range(0..makes.len())];
        let setting = Setting {
            face: super::lettering::Typeface::Condensed,
            height_m: 0.1,
            stretch: 1.1,
            tracking: 0.5,
        };
        let light = if u16::from(cab.paint[1]) > 150 {
            [50, 50, 54]
        } else {
            [214, 216, 218]
        };
        let width = setting.line(make).width_m;
        self.painter().text(
            face,
            &setting,
            make,
            [1.25 - 0.5 * width, top - 0.13],
            Ink::Paint(light, 1.0),
        );
    }

    fn mirrors(&mut self, face: &Face, y: f32) {
        for x in [-0.34, 2.6] {
            self.painter().block(
                face,
                [x, y, x + 0.24, y + 0.62],
                0.1,
                Ink::Paint([30, 30, 32], 1.0),
            );
            let arm = if x < 0.0 {
                [x + 0.2, y, 0.05, y + 0.06]
            } else {
                [2.45, y, x, y + 0.06]
            };
            self.painter()
                .block(face, arm, 0.05, Ink::Paint([30, 30, 32], 1.0));
        }
    }

    /// The first plate in the middle of the bumper, the second below or beside it.
    fn tractor_plates(&mut self, face: &Face, middle: f32) {
        let looks: Vec<_> = self
            .scene
            .tractor_plates
            .iter()
            .take(PLATES_MAX)
            .cloned()
            .collect();
        let bumper = Face {
            corner: face.at(0.0, 0.0, 0.03),
            ..*face
        };
        let beside = looks.len() > 1;
        let mut x = 0.0;
        for look in &looks {
            let [width, height] = look.style.size_m(look.plate.as_str().chars().count());
            if !beside {
                x = 1.25 - 0.5 * width + self.between(-0.05, 0.05);
            } else if x == 0.0 {
                x = 1.22 - width;
            }
            self.plate(&bumper, look, [x, middle - 0.5 * height]);
            x += width + 0.09;
        }
    }
}
