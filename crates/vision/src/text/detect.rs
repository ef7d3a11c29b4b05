//! A picture → boxes around its text, by a network that gives a probability map
//! (differentiable binarisation, Liao et al. 2020).

use crate::network::{InferenceError, Network, Tensor};
use crate::picture::{Picture, Point, Pyramid, Quad};

use super::components::components;
use super::rectangle::Rectangle;
use super::slanted::Slanted;

/// Both edges of the network's input are multiples of this.
const STRIDE: u32 = 32;
/// The picture's edge goes on for so many pixels, because the detector overlooks text that touches
/// the border. Two frames are one stride.
const FRAME: u32 = STRIDE / 2;
/// Characters below each other stand twice as far apart as characters of a line; pushed together
/// they look like one.
const SQUEEZE: f32 = 0.55;
/// A pixel above this probability belongs to text.
const PIXEL_MIN: f32 = 0.3;
/// A box whose mean probability is below this is dropped.
const BOX_MIN: f32 = 0.5;
/// See [`Rectangle::unclipped`].
const UNCLIP: f32 = 1.6;
/// Least area of a region, pixels of the map.
const AREA_MIN: usize = 16;
/// Regions looked at in one picture.
const REGIONS_MAX: usize = 600;

/// A box of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TextBox {
    /// Where, in pixels of the full picture; the text may also run down in it.
    pub(crate) quad: Quad,
}

#[derive(Debug)]
pub(crate) struct Detector {
    network: Network,
}

impl Detector {
    pub(crate) fn new(network: Network) -> Self {
        Self { network }
    }

    /// Boxes of text that runs down, found in the picture turned by a quarter: the detector knows
    /// lines better than columns.
    pub(crate) fn find_turned(
        &mut self,
        picture: &Picture,
        long_edge: u32,
    ) -> Result<Vec<TextBox>, InferenceError> {
        let turned = picture.turned_left();
        let right = picture.width() as f32;
        let found = self.find_squeezed(&mut Pyramid::new(&turned), long_edge, SQUEEZE)?;
        Ok(found
            .into_iter()
            .map(|one| {
                let [a, b, c, d] = one.quad.corners;
                let upright = Quad {
                    corners: [d, a, b, c],
                };
                TextBox {
                    quad: upright.map(|at| Point::new(right - at.y, at.x)),
                }
            })
            .collect())
    }

    /// Boxes of text in the picture, looked at with its long edge scaled to `long_edge` pixels.
    pub(crate) fn find(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        long_edge: u32,
    ) -> Result<Vec<TextBox>, InferenceError> {
        self.find_squeezed(pyramid, long_edge, 1.0)
    }

    /// The same, with the width scaled once more by `squeeze`.
    fn find_squeezed(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        long_edge: u32,
        squeeze: f32,
    ) -> Result<Vec<TextBox>, InferenceError> {
        let full = pyramid.full();
        let (full_width, full_height) = (full.width(), full.height());
        let scale = long_edge as f32 / full_width.max(full_height) as f32;
        let side = |edge: u32, scale: f32| {
            let strides = (edge as f32 * scale / STRIDE as f32).round() as u32;
            strides.max(1) * STRIDE
        };
        let inner_width = side(full_width, scale * squeeze);
        let inner_height = side(full_height, scale);
        let (level, _, _) = pyramid.level(scale);
        let small = level.resized(inner_width, inner_height).framed(FRAME);
        let (width, height) = (small.width(), small.height());
        let output = self.network.run(&normalised(small.rgb(), width, height))?;
        let map = &output.values;
        if map.len() != width as usize * height as usize {
            return Err(InferenceError {
                network: "text-detection",
                step: "gives its output",
                reason: format!("{:?} for {width} x {height}", output.dims),
            });
        }
        let back_x = full_width as f32 / inner_width as f32;
        let back_y = full_height as f32 / inner_height as f32;
        let back = |at: Point| {
            let frame = FRAME as f32;
            Point::new((at.x - frame) * back_x, (at.y - frame) * back_y)
        };
        let found = components(map, width as usize, PIXEL_MIN, AREA_MIN, REGIONS_MAX);
        Ok(found
            .into_iter()
            .filter_map(|component| {
                let rectangle = Rectangle::around(&component.outline)?;
                let area = (rectangle.width * rectangle.height).max(component.area as f32);
                let is_text =
                    component.mass / area >= BOX_MIN && rectangle.width.min(rectangle.height) > 3.0;
                let quad = match Slanted::fit(&component) {
                    Some(slanted) => slanted.unclipped(UNCLIP).quad(),
                    None => rectangle.unclipped(UNCLIP).quad(),
                };
                is_text.then(|| TextBox {
                    quad: quad.map(back),
                })
            })
            .collect())
    }
}

/// RGB pixels → planes blue, green, red, each sample in -1..=1.
pub(super) fn normalised(rgb: &[u8], width: u32, height: u32) -> Tensor {
    let area = width as usize * height as usize;
    let mut values = vec![0.0; 3 * area];
    for (at, pixel) in rgb.chunks_exact(3).enumerate() {
        for (plane, &sample) in pixel.iter().rev().enumerate() {
            values[plane * area + at] = f32::from(sample) * (2.0 / 255.0) - 1.0;
        }
    }
    Tensor {
        dims: vec![1, 3, height as usize, width as usize],
        values,
    }
}
