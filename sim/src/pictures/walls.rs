//! Corrugated walls of a container, and its roof.

use super::ContainerLook;
use super::camera::Space;
use super::canvas::Ink;
use super::doors::WIDTH_M;
use super::lettering::Setting;
use super::livery::Livery;
use super::painter::{Face, Waves};
use super::stage::{Stage, height_m};

/// Waves of the long walls: 36 mm deep, 278 mm apart.
const LONG_WAVES: Waves = Waves {
    pitch_m: 0.278,
    depth_m: 0.036,
};
/// Waves of the front wall: 45 mm deep, 250 mm apart.
const END_WAVES: Waves = Waves {
    pitch_m: 0.25,
    depth_m: 0.045,
};

impl Stage<'_> {
    /// A long wall, its upper left corner at the face's corner.
    pub(super) fn long_wall(&mut self, face: &Face, look: &ContainerLook, length: f32, lit: f32) {
        let face = Face {
            waves: Some(LONG_WAVES),
            ..*face
        };
        let livery = Livery::of(look.number.as_str());
        let height = height_m(look);
        let whole = [0.0, 0.0, length, height];
        self.painter()
            .block(&face, whole, 0.0, Ink::Paint(livery.paint, 1.0));
        let setting = livery.setting();
        let ink = Ink::Paint(livery.ink, 0.9);
        self.carrier_name(&face, &livery, length, height);
        if livery.stacked {
            let x = length - 0.75 + livery.shift[0];
            self.number_column(&face, look, [x, 0.3 + livery.shift[1].max(0.0)], &setting);
        } else {
            let wide = Setting {
                tracking: setting.tracking + 0.16,
                ..setting
            };
            let x = length - 0.3 - Self::number_width(look, &wide) + livery.shift[0];
            self.number_line(&face, look, [x, 0.32 + livery.shift[1]], None, &wide);
        }
        let small = Setting {
            height_m: 0.06,
            tracking: 0.1,
            ..setting
        };
        self.painter()
            .text(&face, &small, "CAUTION 9'6 HIGH", [0.3, height - 0.5], ink);
        self.painter().waves(&face, whole, lit);
        self.dirt(&face, whole);
        self.rails(&face, length, height);
        self.castings(
            &Face {
                waves: None,
                ..face
            },
            length,
            height,
        );
    }

    /// The wall at the front end.
    pub(super) fn end_wall(&mut self, face: &Face, look: &ContainerLook, lit: f32, lettered: bool) {
        let face = Face {
            waves: Some(END_WAVES),
            ..*face
        };
        let livery = Livery::of(look.number.as_str());
        let height = height_m(look);
        let whole = [0.0, 0.0, WIDTH_M, height];
        self.painter()
            .block(&face, whole, 0.0, Ink::Paint(livery.paint, 1.0));
        if lettered {
            let setting = livery.setting();
            let wide = Setting {
                tracking: setting.tracking + 0.14,
                ..setting
            };
            let x = WIDTH_M - 0.22 - Self::number_width(look, &wide);
            self.number_line(&face, look, [x, 0.2], None, &wide);
        }
        self.painter().waves(&face, whole, lit);
        self.dirt(&face, whole);
        self.rails(&face, WIDTH_M, height);
        self.castings(
            &Face {
                waves: None,
                ..face
            },
            WIDTH_M,
            height,
        );
    }

    fn rails(&mut self, face: &Face, length: f32, height: f32) {
        for (area, shade) in [
            ([0.0, 0.0, length, 0.075], 1.12),
            ([0.0, 0.075, length, 0.1], 0.7),
            ([0.0, height - 0.16, length, height], 0.7),
            ([0.0, 0.1, 0.16, height - 0.16], 0.9),
            ([length - 0.16, 0.1, length, height - 0.16], 0.86),
        ] {
            self.painter().block(face, area, 0.0, Ink::Shade(shade));
        }
    }

    fn carrier_name(&mut self, face: &Face, livery: &Livery, length: f32, height: f32) {
        let plain = Setting {
            height_m: 1.0,
            tracking: 0.1,
            ..livery.setting()
        };
        let size = (0.5 * length / plain.line(livery.name).width_m).min(0.34 * height);
        let name = Setting {
            height_m: size,
            ..plain
        };
        let place = [0.1 * length, 0.36 * height];
        self.painter().text(
            face,
            &name,
            livery.name,
            place,
            Ink::Paint(livery.ink, 0.88),
        );
    }

    /// The roof between two distances behind the camera's face, seen from above only.
    pub(super) fn roof(&mut self, look: &ContainerLook, top: f32, near: f32, far: f32) {
        let livery = Livery::of(look.number.as_str());
        let half = 0.5 * WIDTH_M;
        let strip = |from: f32, to: f32| -> [Space; 4] {
            [
                [-half, top, from],
                [half, top, from],
                [half, top, to],
                [-half, top, to],
            ]
        };
        let bleached = livery
            .paint
            .map(|value| (f32::from(value) * 0.75 + 50.0) as u8);
        self.painter()
            .polygon(&strip(near, far), Ink::Paint(bleached, 1.0));
        let mut z = near + 0.3;
        while z + 0.1 < far {
            self.painter().polygon(&strip(z, z + 0.1), Ink::Shade(0.82));
            z += 0.21;
        }
    }

    /// The long wall that the camera sees run away, from a distance behind the camera's face on.
    pub(super) fn receding_wall(&mut self, look: &ContainerLook, top: f32, near: f32, lit: f32) {
        let length = super::stage::length_m(look);
        let left = self.camera.is_left_of(0.0);
        let half = 0.5 * WIDTH_M;
        let (corner, right, out) = if left {
            (
                [-half, top, near + length],
                [0.0, 0.0, -1.0],
                [-1.0, 0.0, 0.0],
            )
        } else {
            ([half, top, near], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])
        };
        let face = Face {
            corner,
            right,
            down: [0.0, -1.0, 0.0],
            out,
            waves: Some(LONG_WAVES),
        };
        let livery = Livery::of(look.number.as_str());
        let height = height_m(look);
        let whole = [0.0, 0.0, length, height];
        let shade = if left { 0.8 } else { 0.7 };
        self.painter()
            .block(&face, whole, 0.0, Ink::Paint(livery.paint, 1.0));
        self.painter().waves(&face, whole, lit);
        self.painter().block(&face, whole, 0.0, Ink::Shade(shade));
        self.rails(&face, length, height);
    }
}
