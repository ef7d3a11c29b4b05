//! Pixels → a baseline JPEG file with colour at half resolution, as cameras write it.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::canvas::Canvas;

/// Writes a canvas. `quality` is held between 1 and 100.
pub(super) fn encode(canvas: &Canvas, quality: u8) -> Vec<u8> {
    let mut file = Vec::with_capacity(canvas.rgb.len() / 8);
    let mut encoder = Encoder::new(&mut file, quality.clamp(1, 100));
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let edge = |pixels: usize| u16::try_from(pixels).expect("a scene's size is held to 4096");
    encoder
        .encode(
            &canvas.rgb,
            edge(canvas.width),
            edge(canvas.height),
            ColorType::Rgb,
        )
        .expect("three bytes a pixel, written to memory");
    file
}
