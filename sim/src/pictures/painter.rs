//! Flat and corrugated faces in metres → polygons on the canvas.

use super::camera::{Camera, Space, plus};
use super::canvas::{Canvas, Ink, Pixel};
use super::lettering::{Character, Line, Setting};

/// A wall of something, seen from outside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Face {
    /// Its upper left corner.
    pub(super) corner: Space,
    /// Unit vectors to the right, down and out of it.
    pub(super) right: Space,
    pub(super) down: Space,
    pub(super) out: Space,
    /// Waves that run upright over it: `(distance, depth)` in metres.
    pub(super) waves: Option<Waves>,
}

/// A corrugation, ISO 1496 steel walls: outer flat, slope, inner flat, slope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waves {
    /// From one wave to the next, metres.
    pub(super) pitch_m: f32,
    /// How far the inner flats lie behind the outer ones, metres.
    pub(super) depth_m: f32,
}

/// Share of a wave that each of its four parts takes.
const PARTS: [f32; 4] = [0.27, 0.23, 0.27, 0.23];
/// Longest straight piece of a plain edge, metres.
const PIECE_M: f32 = 0.5;

impl Waves {
    /// Depth below the outer flats at `x`.
    fn depth(self, x: f32) -> f32 {
        let at = (x / self.pitch_m).rem_euclid(1.0);
        let [outer, slope, inner, _] = PARTS;
        let share = if at < outer {
            0.0
        } else if at < outer + slope {
            (at - outer) / slope
        } else if at < outer + slope + inner {
            1.0
        } else {
            (1.0 - at) / slope
        };
        share * self.depth_m
    }
}

impl Face {
    /// A face that looks at the camera (towards -z) with its upper left corner there.
    pub(super) fn towards_camera(x: f32, y: f32, z: f32) -> Self {
        Self {
            corner: [x, y, z],
            right: [1.0, 0.0, 0.0],
            down: [0.0, -1.0, 0.0],
            out: [0.0, 0.0, -1.0],
            waves: None,
        }
    }

    /// The point at `(x, y)`, `off` metres in front of the wall.
    pub(super) fn at(&self, x: f32, y: f32, off: f32) -> Space {
        let depth = self.waves.map_or(0.0, |waves| waves.depth(x));
        let point = plus(plus(self.corner, self.right, x), self.down, y);
        plus(point, self.out, off - depth)
    }
}

/// Draws on a canvas through a camera.
pub(super) struct Painter<'a> {
    pub(super) canvas: &'a mut Canvas,
    pub(super) camera: &'a Camera,
}

/// A rectangle on a face: left, top, right, bottom, metres.
pub(super) type Box4 = [f32; 4];

impl Painter<'_> {
    /// A flat polygon anywhere.
    pub(super) fn polygon(&mut self, points: &[Space], ink: Ink) {
        let outline = self.camera.outline(points, PIECE_M);
        self.canvas.fill(&[outline], ink);
    }

    /// A rectangle on a face, `off` metres in front of it.
    pub(super) fn block(&mut self, face: &Face, rectangle: Box4, off: f32, ink: Ink) {
        let [left, top, right, bottom] = rectangle;
        let plain = Face {
            waves: None,
            ..*face
        };
        self.polygon(
            &[
                plain.at(left, top, off),
                plain.at(right, top, off),
                plain.at(right, bottom, off),
                plain.at(left, bottom, off),
            ],
            ink,
        );
    }

    /// Any outline on a face.
    pub(super) fn shape(&mut self, face: &Face, points: &[[f32; 2]], off: f32, ink: Ink) {
        let points: Vec<Space> = points.iter().map(|p| face.at(p[0], p[1], off)).collect();
        self.polygon(&points, ink);
    }

    /// An ellipse on a face.
    pub(super) fn disc(&mut self, face: &Face, centre: [f32; 2], radius: [f32; 2], ink: Ink) {
        let points: Vec<[f32; 2]> = (0..28_u8)
            .map(|at| {
                let (sin, cos) = (f32::from(at) / 28.0 * std::f32::consts::TAU).sin_cos();
                [centre[0] + radius[0] * cos, centre[1] + radius[1] * sin]
            })
            .collect();
        self.shape(face, &points, 0.0, ink);
    }

    /// A frame of `thick` metres inside a rectangle.
    pub(super) fn frame(&mut self, face: &Face, rectangle: Box4, thick: f32, ink: Ink) {
        let [left, top, right, bottom] = rectangle;
        for side in [
            [left, top, right, top + thick],
            [left, bottom - thick, right, bottom],
            [left, top + thick, left + thick, bottom - thick],
            [right - thick, top + thick, right, bottom - thick],
        ] {
            self.painted(face, &side_points(side), ink);
        }
    }

    /// The slopes of a corrugation within a rectangle: lit from the left by `lit`, 0 to 1.
    pub(super) fn waves(&mut self, face: &Face, rectangle: Box4, lit: f32) {
        let Some(waves) = face.waves else { return };
        let [left, top, right, bottom] = rectangle;
        let [outer, slope, inner, _] = PARTS.map(|part| part * waves.pitch_m);
        let shades = [1.0 - 0.42 * lit, 1.0 - 0.07, 1.0 + 0.22 * lit];
        let mut start = (left / waves.pitch_m).floor() * waves.pitch_m;
        while start < right {
            let edges = [outer, outer + slope, outer + slope + inner, waves.pitch_m];
            for (part, shade) in shades.into_iter().enumerate() {
                let from = (start + edges[part]).max(left);
                let to = (start + edges[part + 1]).min(right);
                if from < to {
                    self.shape(
                        face,
                        &[[from, top], [to, top], [to, bottom], [from, bottom]],
                        0.0,
                        Ink::Shade(shade),
                    );
                }
            }
            start += waves.pitch_m;
        }
    }

    /// Something painted on the wall, which follows its waves.
    pub(super) fn painted(&mut self, face: &Face, points: &[[f32; 2]], ink: Ink) {
        let contour = self.on_wall(face, points);
        self.canvas.fill(&[contour], ink);
    }

    fn on_wall(&self, face: &Face, points: &[[f32; 2]]) -> Vec<Pixel> {
        let mut seen = Vec::with_capacity(points.len());
        for (at, from) in points.iter().enumerate() {
            let to = points[(at + 1) % points.len()];
            let step = [to[0] - from[0], to[1] - from[1]];
            let pieces = match face.waves {
                Some(waves) => (step[0].abs() / (0.1 * waves.pitch_m))
                    .ceil()
                    .clamp(1.0, 40.0),
                None => ((step[0].abs() + step[1].abs()) / PIECE_M)
                    .ceil()
                    .clamp(1.0, 40.0),
            };
            for piece in 0..pieces as u8 {
                let share = f32::from(piece) / pieces;
                let (x, y) = (from[0] + share * step[0], from[1] + share * step[1]);
                seen.extend(self.camera.see(face.at(x, y, 0.002)));
            }
        }
        seen
    }

    fn character(&mut self, face: &Face, character: &Character, place: [f32; 2], ink: Ink) {
        let contours: Vec<Vec<Pixel>> = character
            .contours
            .iter()
            .map(|contour| {
                let moved: Vec<[f32; 2]> = contour
                    .iter()
                    .map(|p| [p[0] + place[0], p[1] + place[1]])
                    .collect();
                self.on_wall(face, &moved)
            })
            .collect();
        self.canvas.fill(&contours, ink);
    }

    /// A line of text with its upper left corner at `place`.
    pub(super) fn line(&mut self, face: &Face, line: &Line, place: [f32; 2], ink: Ink) {
        for character in &line.characters {
            self.character(face, character, place, ink);
        }
    }

    /// Sets and draws a text; its width in metres.
    pub(super) fn text(
        &mut self,
        face: &Face,
        setting: &Setting,
        text: &str,
        place: [f32; 2],
        ink: Ink,
    ) -> f32 {
        let line = setting.line(text);
        self.line(face, &line, place, ink);
        line.width_m
    }

    /// The corners of a rectangle on a face, in pixels, clockwise from the upper left one.
    pub(super) fn quad(&self, face: &Face, rectangle: Box4) -> Option<[Pixel; 4]> {
        let mut quad = [[0.0; 2]; 4];
        for (corner, point) in quad.iter_mut().zip(side_points(rectangle)) {
            *corner = self.camera.see(face.at(point[0], point[1], 0.0))?;
        }
        Some(quad)
    }
}

fn side_points([left, top, right, bottom]: Box4) -> [[f32; 2]; 4] {
    [[left, top], [right, top], [right, bottom], [left, bottom]]
}
