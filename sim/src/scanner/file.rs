//! A scan → what a scanner's computer writes: two grey files of 16 bits and a sidecar.

use std::fmt::Write as _;

use vision::scan::{ScanGeometry, ScanImage, SidecarError, grey16_png};

use super::beam::{BEAMS_MV, Beams, MATERIALS, Material};
use super::layers::{HEIGHT, PIXEL_CM, WIDTH};
use super::{PENETRATED_MIN, Scan};

/// Sample of free air, both beams.
const AIR: u16 = 60_000;
/// Sample without a beam.
const DARK: u16 = 400;
/// Scatter as measured at commissioning; that of a day differs.
const SCATTER: f64 = 0.0005;
/// Areal densities of the step wedges, g/cm2.
const STEPS_G_CM2: [f64; 14] = [
    2.0, 4.0, 8.0, 14.0, 22.0, 32.0, 45.0, 60.0, 80.0, 105.0, 135.0, 165.0, 200.0, 240.0,
];

/// The three files of one scan.
#[derive(Debug, Clone)]
pub struct ScanFiles {
    /// PNG of the high beam.
    pub high_png: Vec<u8>,
    /// PNG of the low beam.
    pub low_png: Vec<u8>,
    /// Sidecar, TOML.
    pub sidecar: String,
}

/// The sidecar of a scan, with what the scanner measured of step wedges at commissioning.
#[must_use]
pub fn sidecar(container_length_mm: Option<u32>) -> String {
    let mut text = format!(
        "pixel_mm = {:.1}\nair = [{AIR}, {AIR}]\ndark = [{DARK}, {DARK}]\n\
         energies_mv = [{:.1}, {:.1}]\npenetrated_min = {PENETRATED_MIN}\nscatter = {SCATTER}\n",
        PIXEL_CM * 10.0,
        BEAMS_MV[0],
        BEAMS_MV[1],
    );
    if let Some(length_mm) = container_length_mm {
        let _ = writeln!(text, "container_length_mm = {length_mm}");
    }
    let beams = Beams::nominal();
    for (material, name) in Material::ALL
        .into_iter()
        .zip(["organic", "aluminium", "iron", "lead"])
    {
        let mut columns = [String::new(), String::new(), String::new()];
        for step in STEPS_G_CM2 {
            let mut layers = [0.0; MATERIALS];
            layers[material.at()] = step;
            let [high, low] = beams.transmission(layers);
            for (column, value) in columns.iter_mut().zip([step, high, low]) {
                let _ = write!(column, "{value:.7}, ");
            }
        }
        let [areal, high, low] = columns;
        let _ = write!(
            text,
            "\n[{name}]\nareal_g_cm2 = [{areal}]\nhigh = [{high}]\nlow = [{low}]\n"
        );
    }
    text
}

/// How the numbers of every generated scan are meant.
///
/// # Errors
/// Never, unless [`sidecar`] and the reader have parted.
pub fn geometry(container_length_mm: Option<u32>) -> Result<ScanGeometry, SidecarError> {
    ScanGeometry::parse(sidecar(container_length_mm).as_bytes())
}

impl Scan {
    /// The scan as the examiner takes it, after rounding to the samples of a file.
    #[must_use]
    pub fn image(&self, geometry: ScanGeometry) -> ScanImage {
        let rounded = |through: &[f32]| {
            let span = f32::from(AIR - DARK);
            samples(through)
                .into_iter()
                .map(|sample| (f32::from(sample) - f32::from(DARK)) / span)
                .collect()
        };
        let (high, low) = (rounded(&self.high), rounded(&self.low));
        ScanImage::from_transmission(WIDTH, HEIGHT, high, Some(low), geometry)
            .expect("the generator makes whole images")
    }

    /// The scan as files.
    #[must_use]
    pub fn files(&self) -> ScanFiles {
        let png = |through: &[f32]| {
            grey16_png(WIDTH as u32, HEIGHT as u32, &samples(through))
                .expect("the size is that of the generator")
        };
        ScanFiles {
            high_png: png(&self.high),
            low_png: png(&self.low),
            sidecar: sidecar(Some(self.truth.steel_box.length_mm)),
        }
    }
}

fn samples(through: &[f32]) -> Vec<u16> {
    let span = f32::from(AIR - DARK);
    through
        .iter()
        .map(|value| {
            (f32::from(DARK) + value * span)
                .round()
                .clamp(0.0, 65_535.0) as u16
        })
        .collect()
}
