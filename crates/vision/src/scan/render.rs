//! A scan and its findings → a picture for people: dark where the beam is held back, coloured
//! by heat, frames around what needs a look.

use super::decode::ScanImage;
use super::findings::{HeatMap, ScanFindings};
use crate::annotate::Mark;
use crate::picture::{Picture, Quad};
use crate::region::Region;

/// -ln of the transmission that is drawn black.
const BLACK: f32 = 6.0;
/// A scan narrower than this is enlarged by whole numbers, pixels.
const WIDTH_MIN: usize = 1_024;
/// Heat below this is not drawn.
const HEAT_LEAST: f32 = 0.15;

impl ScanFindings {
    /// The scan with heat map and frames.
    #[must_use]
    pub fn annotated(&self, scan: &ScanImage) -> Picture {
        let times = WIDTH_MIN.div_ceil(scan.width()).max(1);
        let (width, height) = (scan.width() * times, scan.height() * times);
        let mut rgb = Vec::with_capacity(3 * width * height);
        for y in 0..height {
            for x in 0..width {
                let (x, y) = (x / times, y / times);
                let depth = -scan.high.at(x, y).max(1e-4).ln();
                let grey = 255.0 * (1.0 - (depth / BLACK).clamp(0.0, 1.0).powf(0.7));
                let heat = self.heat.as_ref().map_or(0.0, |heat| heat.at(x, y));
                rgb.extend(tinted(grey, heat));
            }
        }
        let picture = Picture::from_rgb(width as u32, height as u32, rgb)
            .expect("three bytes were pushed for each pixel");
        let marks: Vec<Mark> = self
            .anomalies
            .iter()
            .map(|anomaly| Mark {
                region: enlarged(&anomaly.region, times as f32),
                label: anomaly.band.map_or_else(
                    || format!("{:.2}", anomaly.score),
                    |band| format!("{} {:.2}", band.name(), anomaly.score),
                ),
                accepted: false,
            })
            .collect();
        picture.marked(&marks)
    }
}

impl HeatMap {
    /// Heat at a pixel of the scan; 0 outside the map.
    fn at(&self, x: usize, y: usize) -> f32 {
        let column = (x as f32 + 0.5 - self.left) / self.cell;
        let row = (y as f32 + 0.5 - self.top) / self.cell;
        if column < 0.0 || row < 0.0 {
            return 0.0;
        }
        let (column, row) = (column as usize, row as usize);
        if column >= self.columns || row >= self.rows {
            return 0.0;
        }
        self.values[row * self.columns + column]
    }
}

/// Grey drawn towards red by heat.
fn tinted(grey: f32, heat: f32) -> [u8; 3] {
    if heat < HEAT_LEAST {
        return [grey as u8; 3];
    }
    let share = 0.6 * heat.min(1.0);
    let mix = |colour: f32| (grey * (1.0 - share) + colour * share) as u8;
    [mix(255.0), mix(40.0), mix(0.0)]
}

fn enlarged(region: &Region, times: f32) -> Region {
    let (left, top, right, bottom) = region.bounds();
    Quad::upright(left * times, top * times, right * times, bottom * times).into()
}
