//! The doors of a container: frame, troughs, lettering, gaskets, hinges, lock bars.

use super::ContainerLook;
use super::canvas::{Ink, Rgb};
use super::lettering::Setting;
use super::livery::Livery;
use super::number::Places;
use super::painter::Face;
use super::stage::{Stage, height_m};

/// Width of a container, metres (ISO 668).
pub(super) const WIDTH_M: f32 = 2.438;
/// Middles of the four lock bars, metres from the left edge.
const BARS: [f32; 4] = [0.52, 0.99, 1.35, 1.79];
/// Room between a bar's middle and the lettering, metres: a camera aside sees it become narrower.
const CLEAR_M: f32 = 0.06;
/// Where the line of the number begins, metres.
const OWNER_X: f32 = 1.36;
/// How far the bars stand before the doors, metres.
const BAR_OFF: f32 = 0.05;
const STEEL_DARK: Rgb = [70, 66, 62];

impl Stage<'_> {
    /// The doors with the upper left corner of the container at the face's corner.
    pub(super) fn doors(&mut self, face: &Face, look: &ContainerLook) {
        let livery = Livery::of(look.number.as_str());
        let height = height_m(look);
        let whole = [0.0, 0.0, WIDTH_M, height];
        self.painter()
            .block(face, whole, 0.0, Ink::Paint(livery.paint, 1.0));
        self.door_lettering(face, look, &livery, height);
        self.troughs(face, height);
        self.dirt(face, whole);
        // Frame: header, sill, posts.
        for (area, shade) in [
            ([0.0, 0.0, WIDTH_M, 0.11], 0.86),
            ([0.0, height - 0.13, WIDTH_M, height], 0.72),
            ([0.0, 0.11, 0.07, height - 0.13], 0.8),
            ([WIDTH_M - 0.07, 0.11, WIDTH_M, height - 0.13], 0.78),
        ] {
            self.painter().block(face, area, 0.0, Ink::Shade(shade));
        }
        // Gaskets.
        let gasket = Ink::Paint([24, 24, 26], 0.9);
        let middle = 0.5 * WIDTH_M;
        for area in [
            [0.07, 0.11, WIDTH_M - 0.07, 0.13],
            [0.07, height - 0.15, WIDTH_M - 0.07, height - 0.13],
            [0.07, 0.13, 0.085, height - 0.15],
            [WIDTH_M - 0.085, 0.13, WIDTH_M - 0.07, height - 0.15],
            [middle - 0.014, 0.13, middle + 0.014, height - 0.15],
        ] {
            self.painter().block(face, area, 0.0, gasket);
        }
        // Hinges sit on the posts, clear of the number.
        for y in [0.15, 0.95, 1.6, height - 0.5] {
            for left in [-0.01, WIDTH_M - 0.075] {
                self.piece(face, [left, y, left + 0.085, y + 0.11], 0.02, livery.paint);
            }
        }
        for x in BARS {
            self.bar(face, x, height, livery.bars);
        }
        self.castings(face, WIDTH_M, height);
    }

    /// The four corner castings of a wall.
    pub(super) fn castings(&mut self, face: &Face, width: f32, height: f32) {
        for x in [0.0, width - 0.162] {
            for y in [0.0, height - 0.118] {
                let colour = Ink::Paint([74, 64, 58], 0.85);
                self.painter()
                    .block(face, [x, y, x + 0.162, y + 0.118], 0.006, colour);
                let hole = Ink::Paint([22, 20, 20], 0.95);
                self.painter()
                    .disc(face, [x + 0.08, y + 0.06], [0.032, 0.042], hole);
            }
        }
    }

    /// Shallow level troughs between the lines of lettering.
    fn troughs(&mut self, face: &Face, height: f32) {
        let middle = 0.5 * WIDTH_M;
        for share in [0.335, 0.5, 0.665, 0.83] {
            let y = share * height;
            for (left, right) in [(0.1, middle - 0.03), (middle + 0.03, WIDTH_M - 0.1)] {
                for (from, to, shade) in
                    [(0.0, 0.025, 0.72), (0.025, 0.085, 0.9), (0.085, 0.11, 1.14)]
                {
                    let band = [left, y + from, right, y + to];
                    self.painter().block(face, band, 0.0, Ink::Shade(shade));
                }
            }
        }
    }

    fn bar(&mut self, face: &Face, x: f32, height: f32, colour: Rgb) {
        let half = 0.019;
        let (top, bottom) = (0.03, height - 0.04);
        self.painter().block(
            face,
            [x + 0.01, top, x + 0.05, bottom],
            0.0,
            Ink::Shade(0.72),
        );
        self.painter().block(
            face,
            [x - half, top, x + half, bottom],
            BAR_OFF,
            Ink::Paint(colour, 1.0),
        );
        for (from, to, shade) in [
            (-half, -0.009, 0.86),
            (-0.006, 0.004, 1.22),
            (0.006, half, 0.6),
        ] {
            self.painter().block(
                face,
                [x + from, top, x + to, bottom],
                BAR_OFF,
                Ink::Shade(shade),
            );
        }
        for share in [0.015, 0.31, 0.62, 0.93] {
            let y = share * height;
            self.piece(face, [x - 0.05, y, x + 0.05, y + 0.07], BAR_OFF, colour);
        }
        let y = 0.68 * height;
        self.piece(
            face,
            [x - 0.02, y, x + 0.3, y + 0.035],
            BAR_OFF + 0.02,
            [150, 150, 148],
        );
        self.piece(
            face,
            [x + 0.18, y - 0.03, x + 0.26, y + 0.09],
            BAR_OFF,
            STEEL_DARK,
        );
    }

    /// A small part that throws a shadow.
    fn piece(&mut self, face: &Face, area: [f32; 4], off: f32, colour: Rgb) {
        let [left, top, right, bottom] = area;
        let below = [left + 0.01, bottom, right + 0.015, bottom + 0.02];
        self.painter().block(face, below, 0.0, Ink::Shade(0.7));
        self.painter()
            .block(face, area, off, Ink::Paint(colour, 1.0));
        let lower = [left, top + 0.6 * (bottom - top), right, bottom];
        self.painter().block(face, lower, off, Ink::Shade(0.74));
    }

    fn door_lettering(&mut self, face: &Face, look: &ContainerLook, livery: &Livery, height: f32) {
        let ink = Ink::Paint(livery.ink, 0.94);
        // Owner code left of the last bar, serial number and check digit right of it.
        let setting = door_setting(livery, look);
        let places = Places {
            serial: BARS[3] + CLEAR_M - OWNER_X,
            gap: 2.0 * CLEAR_M,
            before_check: 0.5,
        };
        let y = 0.13 * height + livery.shift[1].max(-0.03);
        self.number_line(face, look, [OWNER_X, y], Some(places), &setting);
        let small = Setting {
            height_m: 0.052,
            tracking: 0.12,
            ..setting
        };
        let gross = ["30.480 KG", "67.200 LB", "32.500 KG", "71.650 LB"];
        let heavy = usize::from(look.size_type.starts_with('4'));
        let rows = [
            ("MAX.GROSS", gross[2 * heavy], gross[2 * heavy + 1]),
            (
                "TARE",
                ["2.250 KG", "3.820 KG"][heavy],
                ["4.960 LB", "8.420 LB"][heavy],
            ),
            (
                "NET",
                ["28.230 KG", "28.680 KG"][heavy],
                ["62.240 LB", "63.230 LB"][heavy],
            ),
            (
                "CU.CAP.",
                ["33.2 CU.M", "76.4 CU.M"][heavy],
                ["1.170 CU.FT", "2.700 CU.FT"][heavy],
            ),
        ];
        let mut y = 0.375 * height;
        for (at, (label, kilograms, pounds)) in rows.into_iter().enumerate() {
            self.painter()
                .text(face, &small, label, [1.4, y + 0.02], ink);
            self.painter().text(face, &small, kilograms, [1.86, y], ink);
            self.painter()
                .text(face, &small, pounds, [1.86, y + 0.09], ink);
            y += if at == 1 { 0.32 } else { 0.215 };
        }
        self.left_door(face, livery, height);
    }

    /// The carrier's name, stickers and the warning triangle.
    fn left_door(&mut self, face: &Face, livery: &Livery, height: f32) {
        let plain = Setting {
            height_m: 1.0,
            tracking: 0.1,
            ..livery.setting()
        };
        let size = (0.95 / plain.line(livery.name).width_m).min(0.3);
        let name = Setting {
            height_m: size,
            ..plain
        };
        let ink = Ink::Paint(livery.ink, 0.92);
        self.painter()
            .text(face, &name, livery.name, [0.13, 0.14 * height], ink);
        let plate = [0.62, 0.72 * height, 0.86, 0.72 * height + 0.2];
        self.painter()
            .block(face, plate, 0.002, Ink::Paint([176, 172, 160], 0.9));
        let small = Setting {
            height_m: 0.024,
            tracking: 0.1,
            ..plain
        };
        let black = Ink::Paint([40, 40, 40], 0.9);
        for (row, text) in ["CSC SAFETY APPROVAL", "DATE 03/2014", "30480 KG"]
            .into_iter()
            .enumerate()
        {
            let y = 0.72 * height + 0.03 + 0.05 * row as f32;
            self.painter().text(face, &small, text, [0.635, y], black);
        }
        let (x, y) = (0.28, 0.56 * height);
        let triangle = [[x, y], [x + 0.13, y + 0.22], [x - 0.13, y + 0.22]];
        self.painter()
            .painted(face, &triangle, Ink::Paint([232, 180, 30], 1.0));
        let inner = [[x, y + 0.07], [x + 0.06, y + 0.17], [x - 0.06, y + 0.17]];
        self.painter()
            .painted(face, &inner, Ink::Paint([40, 36, 30], 0.8));
    }
}

/// Lettering that fits between the last bar and the edge of the door.
fn door_setting(livery: &Livery, look: &ContainerLook) -> Setting {
    let setting = livery.setting();
    let serial = setting.line(&look.number.as_str()[4..10]).width_m;
    let check = setting.line(&look.number.as_str()[10..]).width_m;
    let room = WIDTH_M - 0.13 - (BARS[3] + CLEAR_M);
    let needed = serial + check + 0.85 * setting.height_m;
    let owner = setting.line(&look.number.as_str()[..4]).width_m;
    let before = BARS[3] - CLEAR_M - (BARS[2] + CLEAR_M);
    let fit = (room / needed).min(before / owner).min(1.0);
    Setting {
        stretch: setting.stretch * fit,
        tracking: setting.tracking * fit,
        ..setting
    }
}
