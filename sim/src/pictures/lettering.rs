//! Text → outlines in metres, in one of the faces of `sim/fonts`.

use std::sync::LazyLock;

use ttf_parser::{Face, OutlineBuilder};

/// The faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typeface {
    /// Archivo Narrow, bold.
    Narrow,
    /// Roboto Condensed, semi-bold.
    Condensed,
}

/// Contours of one character, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Character {
    /// Points in metres: to the right and down, from the left end of the capitals' top line.
    pub(super) contours: Vec<Vec<[f32; 2]>>,
}

/// Characters in a row.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) characters: Vec<Character>,
    /// From the left edge of the first to the right edge of the last, metres.
    pub(super) width_m: f32,
}

/// How text is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) face: Typeface,
    /// Height of a capital, metres.
    pub(super) height_m: f32,
    /// Widths are multiplied by this.
    pub(super) stretch: f32,
    /// Room between two characters, in heights.
    pub(super) tracking: f32,
}

static NARROW: LazyLock<Face<'static>> =
    LazyLock::new(|| parsed(include_bytes!("../../fonts/archivo-narrow.ttf")));
static CONDENSED: LazyLock<Face<'static>> =
    LazyLock::new(|| parsed(include_bytes!("../../fonts/roboto-condensed.ttf")));
static CHINESE: LazyLock<Face<'static>> =
    LazyLock::new(|| parsed(include_bytes!("../../fonts/noto-sans-cjk.ttf")));

fn parsed(file: &'static [u8]) -> Face<'static> {
    Face::parse(file, 0).expect("the files of sim/fonts are fonts")
}

impl Setting {
    /// The outlines of a text. A character that no face has becomes a gap.
    pub(super) fn line(&self, text: &str) -> Line {
        let mut characters = Vec::new();
        let mut x = 0.0;
        for c in text.chars() {
            let (character, advance) = self.character(c, x);
            x += advance + self.tracking * self.height_m;
            characters.push(character);
        }
        let width_m = (x - self.tracking * self.height_m).max(0.0);
        Line {
            characters,
            width_m,
        }
    }

    /// One character standing at `left`, and how far the next one is.
    pub(super) fn character(&self, c: char, left: f32) -> (Character, f32) {
        let latin = match self.face {
            Typeface::Narrow => &*NARROW,
            Typeface::Condensed => &*CONDENSED,
        };
        let (face, glyph) = match latin.glyph_index(c) {
            Some(glyph) => (latin, glyph),
            None => match CHINESE.glyph_index(c) {
                Some(glyph) => (&*CHINESE, glyph),
                None => {
                    return (
                        Character {
                            contours: Vec::new(),
                        },
                        0.5 * self.height_m,
                    );
                }
            },
        };
        // Chinese signs fill their square: made as high as the capitals, and not stretched.
        let chinese = std::ptr::eq(face, &*CHINESE);
        let per_em = f32::from(face.units_per_em());
        let (unit, base) = if chinese {
            (self.height_m / (0.92 * per_em), 0.84 * per_em)
        } else {
            let capital = f32::from(face.capital_height().unwrap_or(700));
            (self.height_m / capital, capital)
        };
        let stretch = if chinese {
            0.5 + 0.5 * self.stretch
        } else {
            self.stretch
        };
        let mut outline = Outline {
            contours: Vec::new(),
            place: Place {
                unit,
                base,
                stretch,
                left,
            },
        };
        face.outline_glyph(glyph, &mut outline);
        let advance = f32::from(face.glyph_hor_advance(glyph).unwrap_or(0));
        let character = Character {
            contours: outline.contours,
        };
        (character, advance * unit * stretch)
    }
}

struct Place {
    unit: f32,
    base: f32,
    stretch: f32,
    left: f32,
}

impl Place {
    fn at(&self, x: f32, y: f32) -> [f32; 2] {
        [
            self.left + x * self.unit * self.stretch,
            (self.base - y) * self.unit,
        ]
    }
}

/// Straight pieces in place of curves.
struct Outline {
    contours: Vec<Vec<[f32; 2]>>,
    place: Place,
}

/// Pieces of one curve.
const PIECES: u8 = 4;

impl Outline {
    fn last(&self) -> [f32; 2] {
        let last = self.contours.last().and_then(|contour| contour.last());
        last.copied().unwrap_or_default()
    }

    fn push(&mut self, point: [f32; 2]) {
        if let Some(contour) = self.contours.last_mut() {
            contour.push(point);
        }
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.contours.push(vec![self.place.at(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.push(self.place.at(x, y));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (a, b, c) = (self.last(), self.place.at(x1, y1), self.place.at(x, y));
        for piece in 1..=PIECES {
            let t = f32::from(piece) / f32::from(PIECES);
            let weights = [(1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t];
            self.push([0, 1].map(|i| weights[0] * a[i] + weights[1] * b[i] + weights[2] * c[i]));
        }
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        // The files of sim/fonts have quadratic outlines only.
        self.quad_to(0.5 * (x1 + x2), 0.5 * (y1 + y2), x, y);
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_plates_and_containers_has_an_outline() {
        let text = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\
                    京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼挂学警港澳使领";
        for face in [Typeface::Narrow, Typeface::Condensed] {
            let setting = Setting {
                face,
                height_m: 0.1,
                stretch: 1.0,
                tracking: 0.1,
            };
            for c in text.chars() {
                let (character, advance) = setting.character(c, 0.0);
                assert!(!character.contours.is_empty(), "{c}");
                assert!(advance > 0.01 && advance < 0.13, "{c} is {advance} m wide");
                let points = character.contours.iter().flatten();
                let (low, high) = points.fold((1.0_f32, 0.0_f32), |(low, high), point| {
                    (low.min(point[1]), high.max(point[1]))
                });
                assert!(low > -0.02 && high < 0.13, "{c} from {low} to {high}");
            }
            assert!(setting.line("\u{1f600}").characters[0].contours.is_empty());
        }
    }
}
