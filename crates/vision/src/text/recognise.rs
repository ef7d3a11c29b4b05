//! A crop of one line of text → its lattice, by a network trained with connectionist temporal
//! classification.

use crate::network::{InferenceError, Network};
use crate::picture::{Picture, Pyramid, Quad};

use super::detect::normalised;
use super::lattice::{Alphabet, Lattice};

/// Height of the network's input.
pub(crate) const LINE_HEIGHT: u32 = 48;
/// Pixels of width a frame stands for.
const FRAME_WIDTH: u32 = 8;
/// Input widths. A line is filled up to the next one, so that the engine that optimises a network
/// for each width makes few of them.
const WIDTHS: [u32; 11] = [64, 96, 128, 160, 192, 256, 320, 384, 480, 640, 960];

#[derive(Debug)]
pub(crate) struct Recogniser {
    name: &'static str,
    network: Network,
    alphabet: Alphabet,
    /// Width of a network that takes no other.
    fixed_width: Option<u32>,
}

impl Recogniser {
    pub(crate) fn new(
        name: &'static str,
        network: Network,
        alphabet: Alphabet,
        fixed_width: Option<u32>,
    ) -> Self {
        Self {
            name,
            network,
            alphabet,
            fixed_width,
        }
    }

    /// Reads a region of a picture as one line from its left to its right edge.
    pub(crate) fn read(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        region: &Quad,
    ) -> Result<Lattice, InferenceError> {
        let line = pyramid.crop(region, self.line_width(region), LINE_HEIGHT);
        self.read_line(&line)
    }

    fn line_width(&self, region: &Quad) -> u32 {
        let natural = LINE_HEIGHT as f32 * region.width() / region.height().max(1.0);
        match self.fixed_width {
            Some(width) => width,
            None => (natural.round() as u32).clamp(24, WIDTHS[WIDTHS.len() - 1]),
        }
    }

    /// Reads a line that is 48 pixels high.
    pub(crate) fn read_line(&mut self, line: &Picture) -> Result<Lattice, InferenceError> {
        let width = line.width();
        let padded = self.fixed_width.unwrap_or_else(|| {
            let fits = WIDTHS.iter().find(|&&one| one >= width);
            fits.copied().unwrap_or(WIDTHS[WIDTHS.len() - 1])
        });
        let mut input = normalised(line.rgb(), width, LINE_HEIGHT);
        if padded > width {
            let (old, new) = (width as usize, padded as usize);
            let mut values = vec![0.0; 3 * LINE_HEIGHT as usize * new];
            for (source, target) in input
                .values
                .chunks_exact(old)
                .zip(values.chunks_exact_mut(new))
            {
                target[..old].copy_from_slice(source);
            }
            input.dims[3] = new;
            input.values = values;
        }
        let output = self.network.run(&input)?;
        let frames = width.div_ceil(FRAME_WIDTH) as usize;
        Lattice::new(&output, frames, &self.alphabet).ok_or_else(|| InferenceError {
            network: self.name,
            step: "gives its output",
            reason: format!(
                "{:?} for an alphabet of {} classes",
                output.dims,
                self.alphabet.classes()
            ),
        })
    }
}
