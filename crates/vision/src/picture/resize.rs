//! Smaller and larger copies of a picture.

use fast_image_resize as fir;

use super::Picture;

impl Picture {
    /// A copy of another size, filtered so that nothing aliases.
    pub(crate) fn resized(&self, width: u32, height: u32) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let source =
            fir::images::ImageRef::new(self.width, self.height, &self.rgb, fir::PixelType::U8x3)
                .expect("a picture has three bytes a pixel");
        let mut target = fir::images::Image::new(width.max(1), height.max(1), fir::PixelType::U8x3);
        let options = fir::ResizeOptions::new()
            .resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear));
        fir::Resizer::new()
            .resize(&source, &mut target, &options)
            .expect("both images have the same pixel type and at least one pixel");
        Self {
            width: target.width(),
            height: target.height(),
            rgb: target.into_vec(),
        }
    }
}

impl Picture {
    /// A copy whose edge pixels go on for `margin` pixels on every side.
    pub(crate) fn framed(&self, margin: u32) -> Self {
        let (width, height) = (self.width + 2 * margin, self.height + 2 * margin);
        let mut rgb = Vec::with_capacity(3 * width as usize * height as usize);
        let stride = 3 * self.width as usize;
        for y in 0..height {
            let row = y.saturating_sub(margin).min(self.height - 1) as usize;
            let row = &self.rgb[row * stride..(row + 1) * stride];
            for _ in 0..margin {
                rgb.extend_from_slice(&row[..3]);
            }
            rgb.extend_from_slice(row);
            for _ in 0..margin {
                rgb.extend_from_slice(&row[stride - 3..]);
            }
        }
        Self { width, height, rgb }
    }
}

/// A picture and its halvings, made when they are first asked for.
#[derive(Debug)]
pub(crate) struct Pyramid<'a> {
    picture: &'a Picture,
    halves: Vec<Picture>,
}

/// Halvings that are made at most.
const HALVINGS: usize = 4;

impl<'a> Pyramid<'a> {
    pub(crate) fn new(picture: &'a Picture) -> Self {
        Self {
            picture,
            halves: Vec::new(),
        }
    }

    /// The picture itself.
    pub(crate) fn full(&self) -> &'a Picture {
        self.picture
    }

    /// The smallest copy in which `scale` (target size by source size) is still at least 1, and
    /// how many times it is smaller in x and y.
    pub(crate) fn level(&mut self, scale: f32) -> (&Picture, f32, f32) {
        let mut halvings = 0;
        let mut left = scale;
        while left <= 0.5 && halvings < HALVINGS {
            left *= 2.0;
            halvings += 1;
        }
        while self.halves.len() < halvings {
            let last = self.halves.last().unwrap_or(self.picture);
            let half = last.resized(last.width.div_ceil(2), last.height.div_ceil(2));
            self.halves.push(half);
        }
        let chosen = match halvings {
            0 => self.picture,
            n => &self.halves[n - 1],
        };
        (
            chosen,
            self.picture.width as f32 / chosen.width as f32,
            self.picture.height as f32 / chosen.height as f32,
        )
    }
}
