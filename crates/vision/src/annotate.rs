//! Marks on a picture: frames around what was seen, with a label, as a PNG file.

use font8x8::UnicodeFonts as _;
use image::ImageEncoder as _;
use image::codecs::png::PngEncoder;

use crate::picture::{Picture, Point};
use crate::region::Region;

/// A frame to draw.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Around what.
    pub region: Region,
    /// What to write beside it. Province and other signs are written in pinyin.
    pub label: String,
    /// Accepted marks are green, others orange.
    pub accepted: bool,
}

/// The picture cannot be written as a PNG file.
#[derive(Debug, thiserror::Error)]
#[error("a picture of {width} x {height} pixels cannot be written as PNG")]
pub struct EncodeError {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// What the encoder says.
    #[source]
    pub(crate) source: image::ImageError,
}

const GREEN: [u8; 3] = [40, 220, 60];
const ORANGE: [u8; 3] = [255, 140, 0];

/// Signs of plates in pinyin: the font has latin letters only.
const PINYIN: [(char, &str); 38] = [
    ('京', "JING"),
    ('津', "JIN"),
    ('沪', "HU"),
    ('渝', "YU"),
    ('冀', "JI"),
    ('豫', "YU"),
    ('云', "YUN"),
    ('辽', "LIAO"),
    ('黑', "HEI"),
    ('湘', "XIANG"),
    ('皖', "WAN"),
    ('鲁', "LU"),
    ('新', "XIN"),
    ('苏', "SU"),
    ('浙', "ZHE"),
    ('赣', "GAN"),
    ('鄂', "E"),
    ('桂', "GUI"),
    ('甘', "GAN"),
    ('晋', "JIN"),
    ('蒙', "MENG"),
    ('陕', "SHAN"),
    ('吉', "JI"),
    ('闽', "MIN"),
    ('贵', "GUI"),
    ('粤', "YUE"),
    ('青', "QING"),
    ('藏', "ZANG"),
    ('川', "CHUAN"),
    ('宁', "NING"),
    ('琼', "QIONG"),
    ('挂', "GUA"),
    ('学', "XUE"),
    ('警', "JING"),
    ('港', "GANG"),
    ('澳', "AO"),
    ('使', "SHI"),
    ('领', "LING"),
];

impl Picture {
    /// The picture as a PNG file.
    ///
    /// # Errors
    /// The encoder refuses it.
    pub fn to_png(&self) -> Result<Vec<u8>, EncodeError> {
        let mut file = Vec::new();
        PngEncoder::new(&mut file)
            .write_image(
                self.rgb(),
                self.width(),
                self.height(),
                image::ExtendedColorType::Rgb8,
            )
            .map_err(|source| EncodeError {
                width: self.width(),
                height: self.height(),
                source,
            })?;
        Ok(file)
    }

    /// A copy with frames and labels drawn on it.
    #[must_use]
    pub fn marked(&self, marks: &[Mark]) -> Self {
        let mut canvas = Canvas {
            width: self.width() as usize,
            height: self.height() as usize,
            rgb: self.rgb().to_vec(),
            scale: (self.width().max(self.height()) as usize / 640).max(1),
        };
        for mark in marks {
            let colour = if mark.accepted { GREEN } else { ORANGE };
            let corners = mark.region.corners;
            for (at, corner) in corners.iter().enumerate() {
                canvas.line(*corner, corners[(at + 1) % 4], colour);
            }
            canvas.label(&mark.region, &latin(&mark.label), colour);
        }
        Self::from_rgb(self.width(), self.height(), canvas.rgb).expect("the size has not changed")
    }
}

fn latin(label: &str) -> String {
    let mut text = String::new();
    for c in label.chars() {
        match PINYIN.iter().find(|(sign, _)| *sign == c) {
            Some((_, name)) => {
                text.push('(');
                text.push_str(name);
                text.push(')');
            }
            None if c.is_ascii() => text.push(c),
            None => text.push('?'),
        }
    }
    text
}

struct Canvas {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    /// Pixels a stroke is wide.
    scale: usize,
}

impl Canvas {
    fn block(&mut self, left: f32, top: f32, size: usize, colour: [u8; 3]) {
        let start = |value: f32, limit: usize| (value.max(0.0) as usize).min(limit);
        let (left, top) = (start(left, self.width), start(top, self.height));
        for y in top..(top + size).min(self.height) {
            for x in left..(left + size).min(self.width) {
                self.rgb[3 * (y * self.width + x)..][..3].copy_from_slice(&colour);
            }
        }
    }

    fn line(&mut self, from: Point, to: Point, colour: [u8; 3]) {
        let step = to.minus(from);
        let count = (step.length() as usize).clamp(1, self.width + self.height);
        for at in 0..=count {
            let point = from.plus(step, at as f32 / count as f32);
            self.block(point.x, point.y, 2 * self.scale, colour);
        }
    }

    fn label(&mut self, region: &Region, text: &str, colour: [u8; 3]) {
        let (left, top, _, bottom) = region.bounds();
        let size = (8 * self.scale) as f32;
        let wide = text.chars().count() as f32 * size;
        let left = left.min(self.width as f32 - wide).max(0.0);
        // Above the frame, or below it at the upper edge.
        let above = top - 1.5 * size;
        let top = if above >= 0.0 {
            above
        } else {
            bottom + 0.5 * size
        };
        for (at, c) in text.chars().enumerate() {
            let Some(glyph) = font8x8::BASIC_FONTS.get(c) else {
                continue;
            };
            for (row, bits) in glyph.iter().enumerate() {
                for column in 0..8 {
                    let inked = bits >> column & 1 == 1;
                    let x = left + at as f32 * size + (column * self.scale) as f32;
                    let y = top + (row * self.scale) as f32;
                    self.block(x, y, self.scale, if inked { colour } else { [0, 0, 0] });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn marks_are_drawn_and_survive_the_file() {
        let plain = Picture::from_rgb(200, 100, vec![90; 200 * 100 * 3]).unwrap();
        let mark = Mark {
            region: crate::picture::Quad::upright(20.0, 40.0, 120.0, 70.0).into(),
            label: "粤B12345 0.99".to_owned(),
            accepted: true,
        };
        // A frame that leaves the picture is cut, not an error.
        let outside = Mark {
            region: crate::picture::Quad::upright(-50.0, -9.0, 900.0, 130.0).into(),
            label: "X".repeat(80),
            accepted: false,
        };
        let marked = plain.marked(&[mark, outside]);
        let again = Picture::decode(&marked.to_png().unwrap(), &Limits::default()).unwrap();
        assert_eq!(again, marked);
        assert!(again.rgb().chunks_exact(3).any(|pixel| pixel == GREEN));
        assert_eq!(latin("粤B1国"), "(YUE)B1?");
    }
}
