//! Registration plates: sizes, rows and cells in metres, colours by kind.
//!
//! Cells follow GA 36-2018 (440 x 140 mm in one row, 440 x 220 mm in two, 480 x 140 mm for new
//! energy); Hong Kong and Macao plates are set freely in one row.

use domain::plate::Plate;

use super::canvas::{Ink, Rgb};
use super::lettering::{Character, Setting, Typeface};
use super::painter::{Box4, Face};
use super::stage::Stage;
use super::{PlateLook, TruthKind};

/// Colours and rows of a plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlateStyle {
    /// White on blue: small vehicles.
    Blue,
    /// Black on yellow in one row: front of a large vehicle, learners.
    Yellow,
    /// Black on yellow in two rows: rear of a large vehicle, trailers.
    YellowTwoRows,
    /// Black on white that turns green: small new-energy vehicles.
    Green,
    /// Black on green with a yellow field: large new-energy vehicles.
    YellowGreen,
    /// White on black: mainland plates of Hong Kong and Macao vehicles, and Macao's own.
    Black,
    /// Black on white: Hong Kong's front plates, police.
    White,
}

impl PlateStyle {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Blue,
        Self::Yellow,
        Self::YellowTwoRows,
        Self::Green,
        Self::YellowGreen,
        Self::Black,
        Self::White,
    ];

    /// The style that a truck's or trailer's plate of this form has.
    #[must_use]
    pub fn of(plate: &Plate) -> Self {
        let text = plate.as_str();
        let count = text.chars().count();
        if text.is_ascii() {
            return if text.starts_with('M') && count == 6 {
                Self::Black
            } else {
                Self::White
            };
        }
        match text.chars().last() {
            Some('挂') => Self::YellowTwoRows,
            Some('港' | '澳') => Self::Black,
            Some('警') => Self::White,
            _ if count == 8 => Self::YellowGreen,
            _ => Self::Yellow,
        }
    }

    fn colours(self) -> (Rgb, Rgb) {
        let black = [24, 24, 26];
        let white = [240, 240, 240];
        match self {
            Self::Blue => ([28, 66, 168], white),
            Self::Yellow | Self::YellowTwoRows => ([238, 176, 32], black),
            Self::Green => ([226, 240, 232], black),
            Self::YellowGreen => ([94, 190, 120], black),
            Self::Black => ([26, 26, 30], white),
            Self::White => (white, black),
        }
    }

    /// Width and height in metres of a plate with so many characters.
    pub(super) fn size_m(self, characters: usize) -> [f32; 2] {
        if self == Self::YellowTwoRows && characters == 7 {
            [0.44, 0.22]
        } else if characters == 8 {
            [0.48, 0.14]
        } else {
            [0.44, 0.14]
        }
    }
}

/// Left, width, top and height of every character's cell, metres.
fn cells(plate: &Plate, style: PlateStyle) -> Vec<Box4> {
    let text = plate.as_str();
    let count = text.chars().count();
    let cell = |left: f32, top: f32, width: f32, height: f32| {
        [left, top, left + width, top + height].map(|mm| mm / 1000.0)
    };
    if text.is_ascii() {
        // Freely set in the middle.
        let step = (400.0 / count.max(1) as f32).min(62.0);
        let start = 220.0 - 0.5 * step * count as f32 + 6.0;
        return (0..count)
            .map(|at| cell(start + step * at as f32, 25.0, step - 12.0, 90.0))
            .collect();
    }
    if style == PlateStyle::YellowTwoRows && count == 7 {
        let upper = [110.0, 250.0].map(|left| cell(left, 15.0, 80.0, 60.0));
        let lower = (0..5_u8).map(|at| cell(27.5 + 80.0 * f32::from(at), 90.0, 65.0, 110.0));
        return upper.into_iter().chain(lower).collect();
    }
    if count == 8 {
        let first = [cell(15.5, 25.0, 45.0, 90.0), cell(69.5, 25.0, 43.0, 90.0)];
        let rest = (0..6_u8).map(|at| cell(161.5 + 52.0 * f32::from(at), 25.0, 43.0, 90.0));
        return first.into_iter().chain(rest).collect();
    }
    (0..count)
        .map(|at| {
            let gap = if at >= 2 { 22.0 } else { 0.0 };
            cell(15.5 + 57.0 * at as f32 + gap, 25.0, 45.0, 90.0)
        })
        .collect()
}

impl Stage<'_> {
    /// A plate with its upper left corner at `place` of a face.
    pub(super) fn plate(&mut self, face: &Face, look: &PlateLook, place: [f32; 2]) {
        let [x, y] = place;
        let count = look.plate.as_str().chars().count();
        let [width, height] = look.style.size_m(count);
        let (ground, ink) = look.style.colours();
        let area = [x, y, x + width, y + height];
        // Its shadow, then the plate itself, a little in front of the bumper.
        self.painter().block(
            face,
            [x + 0.01, y + 0.01, x + width + 0.01, y + height + 0.015],
            0.0,
            Ink::Shade(0.6),
        );
        let mount = Face {
            corner: face.at(x, y, 0.012),
            waves: None,
            ..*face
        };
        let own = [0.0, 0.0, width, height];
        self.painter()
            .block(&mount, own, 0.0, Ink::Paint(ground, 1.0));
        self.plate_ground(&mount, look.style, own);
        self.painter().frame(
            &mount,
            [0.005, 0.005, width - 0.005, height - 0.005],
            0.0035,
            Ink::Paint(ink, 0.9),
        );
        let face_of = Setting {
            face: Typeface::Condensed,
            height_m: 0.09,
            stretch: 1.0,
            tracking: 0.0,
        };
        for (at, (c, cell)) in look
            .plate
            .as_str()
            .chars()
            .zip(cells(&look.plate, look.style))
            .enumerate()
        {
            let red = c == '警';
            let paint = Ink::Paint(if red { [190, 30, 30] } else { ink }, 0.96);
            let character = fitted(&face_of, c, cell);
            let line = super::lettering::Line {
                characters: vec![character],
                width_m: 0.0,
            };
            self.painter().line(&mount, &line, [0.0, 0.0], paint);
            if at == 1 && count == 7 && !look.plate.as_str().is_ascii() && height < 0.2 {
                self.painter()
                    .disc(&mount, [cell[2] + 0.017, 0.07], [0.005; 2], paint);
            }
        }
        for bolt in [0.12, 0.88] {
            self.painter().disc(
                &mount,
                [bolt * width, 0.014],
                [0.006; 2],
                Ink::Paint([150, 150, 150], 0.8),
            );
        }
        self.dirt(&mount, own);
        self.truth(TruthKind::Plate, look.plate.as_str(), face, area);
    }

    fn plate_ground(&mut self, mount: &Face, style: PlateStyle, own: Box4) {
        let [_, _, width, height] = own;
        match style {
            PlateStyle::Green => {
                for at in 0..14_u8 {
                    let (from, to) = (f32::from(at) / 14.0, f32::from(at + 1) / 14.0);
                    let band = [0.0, from * height, width, to * height];
                    self.painter()
                        .block(mount, band, 0.0, Ink::Paint([52, 176, 104], 0.85 * to));
                }
            }
            PlateStyle::YellowGreen => {
                let field = [0.0, 0.0, 0.128, height];
                self.painter()
                    .block(mount, field, 0.0, Ink::Paint([236, 196, 60], 1.0));
            }
            PlateStyle::Blue
            | PlateStyle::Yellow
            | PlateStyle::YellowTwoRows
            | PlateStyle::Black
            | PlateStyle::White => {}
        }
    }
}

/// A character that fills a cell: Chinese signs wholly, others in height, in their own width.
fn fitted(setting: &Setting, c: char, cell: Box4) -> Character {
    let (mut character, _) = setting.character(c, 0.0);
    let (widest, _) = setting.character('H', 0.0);
    let [left, top, right, bottom] = bounds(&character);
    let [h_left, h_top, h_right, h_bottom] = bounds(&widest);
    let (width, height) = (cell[2] - cell[0], cell[3] - cell[1]);
    let wide = (right - left).max(1e-4);
    let (across, down, from_top) = if c.is_ascii() {
        let across = (width / (h_right - h_left)).min(width / wide);
        (across, height / (h_bottom - h_top), h_top)
    } else {
        (width / wide, height / (bottom - top).max(1e-4), top)
    };
    let start = cell[0] + 0.5 * (width - across * wide);
    for point in character.contours.iter_mut().flatten() {
        *point = [
            start + across * (point[0] - left),
            cell[1] + down * (point[1] - from_top),
        ];
    }
    character
}

fn bounds(character: &Character) -> Box4 {
    let mut bounds = [
        f32::INFINITY,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NEG_INFINITY,
    ];
    for point in character.contours.iter().flatten() {
        bounds[0] = bounds[0].min(point[0]);
        bounds[1] = bounds[1].min(point[1]);
        bounds[2] = bounds[2].max(point[0]);
        bounds[3] = bounds[3].max(point[1]);
    }
    if bounds[0].is_finite() {
        bounds
    } else {
        [0.0, 0.0, 0.01, 0.01]
    }
}
