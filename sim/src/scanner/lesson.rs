//! Scans → what the network is trained with: canvases, masks and labels, as plain numbers.

use std::io::{self, Write};

use vision::scan::{CANVAS_COLUMNS, CANVAS_ROWS, CHAPTERS, Canvas, Examiner, ScanGeometry};

use super::dice::Dice;
use super::goods::{Density, Goods};
use super::layers::{HEIGHT, WIDTH};
use super::ranges::Ranges;
use super::{Order, Scan, scan};

/// Numbers of one label: loaded, fill, density class, goods, hidden, contrast to noise,
/// penetrated.
pub const LABEL_LEN: usize = 7;
/// Steps of -ln of a transmission in the file.
pub const STEPS_PER_UNIT: f32 = 8_000.0;
/// Cells of the canvas along the edge of a cell of the mask.
const MASK_CELLS: usize = 4;
const MASK_COLUMNS: usize = CANVAS_COLUMNS / MASK_CELLS;
const MASK_ROWS: usize = CANVAS_ROWS / MASK_CELLS;

/// One example.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// The canvas in steps, high beam then low beam.
    pub canvas: Vec<u16>,
    /// Covered share of each cell by the object, 0 to 255.
    pub mask: Vec<u8>,
    /// What is to be said of it.
    pub label: [f32; LABEL_LEN],
}

/// What example `index` of a set shows: half of the loads hide something.
#[must_use]
pub fn order(seed: u64, index: u64) -> Order {
    let mut dice = Dice::new(seed ^ 0x5343_414e, index);
    let goods = Goods::ALL[dice.index(Goods::ALL.len())];
    match dice.unit() {
        share if share < 0.06 => Order::Empty,
        share if share < 0.10 => Order::SmallLoad,
        share if share < 0.52 => Order::Loaded(goods),
        _ => Order::Hidden(goods),
    }
}

/// The example of a seed and an index; `None` when no container is found in it.
#[must_use]
pub fn lesson(seed: u64, index: u64, ranges: &Ranges, geometry: &ScanGeometry) -> Option<Lesson> {
    let scan = scan(seed, index, order(seed, index), ranges);
    let canvas = Examiner::canvas(&scan.image(geometry.clone()))?;
    Some(Lesson {
        mask: mask(&scan, &canvas),
        label: label(&scan),
        canvas: canvas
            .values
            .iter()
            .map(|value| (value * STEPS_PER_UNIT).round() as u16)
            .collect(),
    })
}

fn mask(scan: &Scan, canvas: &Canvas) -> Vec<u8> {
    let mut counts = vec![0.0_f32; MASK_ROWS * MASK_COLUMNS];
    let cell = canvas.cell * MASK_CELLS as f32;
    if let Some(foreign) = &scan.truth.foreign {
        for pixel in (0..WIDTH * HEIGHT).filter(|&pixel| foreign.mask[pixel]) {
            let column = ((pixel % WIDTH) as f32 + 0.5 - canvas.left) / cell;
            let row = ((pixel / WIDTH) as f32 + 0.5 - canvas.top) / cell;
            if column >= 0.0 && row >= 0.0 {
                let (column, row) = (column as usize, row as usize);
                if column < MASK_COLUMNS && row < MASK_ROWS {
                    counts[row * MASK_COLUMNS + column] += 1.0;
                }
            }
        }
    }
    let area = cell * cell;
    counts
        .iter()
        .map(|count| (count / area * 255.0).round().min(255.0) as u8)
        .collect()
}

fn label(scan: &Scan) -> [f32; LABEL_LEN] {
    let truth = &scan.truth;
    let flag = |set: bool| f32::from(u8::from(set));
    let goods = truth.goods.and_then(|goods| {
        let chapter = goods.chapter();
        CHAPTERS.iter().position(|&one| one == chapter)
    });
    let foreign = truth.foreign.as_ref();
    [
        flag(truth.goods.is_some() || foreign.is_some()),
        truth.fill as f32,
        truth
            .goods
            .map_or(-1.0, |goods| Density::at(goods.density()) as f32),
        goods.map_or(-1.0, |at| at as f32),
        // A block alone in an empty container is found by measurement, not by the network.
        flag(foreign.is_some() && truth.goods.is_some()),
        foreign.map_or(0.0, |one| one.contrast_to_noise as f32),
        foreign.map_or(0.0, |one| flag(one.penetrated)),
    ]
}

impl Lesson {
    /// Writes the example to its three files, little-endian.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(
        &self,
        canvases: &mut impl Write,
        masks: &mut impl Write,
        labels: &mut impl Write,
    ) -> io::Result<()> {
        let canvas: Vec<u8> = self.canvas.iter().flat_map(|v| v.to_le_bytes()).collect();
        canvases.write_all(&canvas)?;
        masks.write_all(&self.mask)?;
        let label: Vec<u8> = self.label.iter().flat_map(|v| v.to_le_bytes()).collect();
        labels.write_all(&label)
    }
}
