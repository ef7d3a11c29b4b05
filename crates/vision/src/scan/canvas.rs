//! A scan → what the network is fed: -ln of both transmissions on a grid of 25 mm, the container
//! always at the same place. The program that makes training data calls the same function.

use super::levels::Levels;
use super::map::Window;
use super::outline::Outline;

/// Rows of the grid.
pub const CANVAS_ROWS: usize = 128;
/// Columns of the grid: 12.8 m.
pub const CANVAS_COLUMNS: usize = 512;
/// Edge of a cell, mm.
const CELL_MM: f32 = 25.0;
/// Cells left free above and before the container.
const MARGIN_CELLS: f32 = 4.0;
/// -ln of the transmission at which the scale ends.
const DEPTH_MAX: f32 = 8.0;

/// What the network is fed.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    /// -ln of the transmission, high beam then low beam, row-major, 0 to 8; 0 outside the scan.
    pub values: Vec<f32>,
    /// Left edge of the first cell, pixels of the scan.
    pub left: f32,
    /// Upper edge of the first cell.
    pub top: f32,
    /// Edge of a cell, pixels of the scan.
    pub cell: f32,
}

/// The canvas of a scan; `None` with one beam only. A container longer than the grid is cut at
/// its right end.
pub(crate) fn canvas(levels: &Levels, outline: &Outline, pixel_mm: f32) -> Option<Canvas> {
    let low = levels.low.as_ref()?;
    let cell = CELL_MM / pixel_mm;
    let left = outline.outside.left as f32 - MARGIN_CELLS * cell;
    let top = outline.outside.top as f32 - MARGIN_CELLS * cell;
    let mut values = Vec::with_capacity(2 * CANVAS_ROWS * CANVAS_COLUMNS);
    for map in [&levels.high, low] {
        // The detector averages photons, not their logarithm.
        let through = map.map(|depth| (-depth).exp()).sums();
        for row in 0..CANVAS_ROWS {
            let rows = span(top, cell, row, map.height);
            for column in 0..CANVAS_COLUMNS {
                let columns = span(left, cell, column, map.width);
                values.push(match (&columns, &rows) {
                    (Some(columns), Some(rows)) => {
                        let window = Window {
                            left: columns.0,
                            top: rows.0,
                            right: columns.1,
                            bottom: rows.1,
                        };
                        let mean = through.over(&window) / window.area() as f64;
                        (-mean.max(1e-6).ln() as f32).clamp(0.0, DEPTH_MAX)
                    }
                    _ => 0.0,
                });
            }
        }
    }
    Some(Canvas {
        values,
        left,
        top,
        cell,
    })
}

/// Pixels of a cell: at least one; `None` outside the scan.
fn span(origin: f32, cell: f32, at: usize, len: usize) -> Option<(usize, usize)> {
    let from = (origin + cell * at as f32).round();
    let to = (origin + cell * (at + 1) as f32).round().max(from + 1.0);
    let from = from.max(0.0) as usize;
    let to = (to.max(0.0) as usize).min(len);
    (from < to).then_some((from, to))
}

impl Canvas {
    /// Column and row that a pixel lies in, of a grid `cells` times as coarse.
    pub(crate) fn heat_cell(&self, x: usize, y: usize, cells: f32) -> Option<(usize, usize)> {
        let column = (x as f32 + 0.5 - self.left) / (self.cell * cells);
        let row = (y as f32 + 0.5 - self.top) / (self.cell * cells);
        (column >= 0.0 && row >= 0.0).then_some((column as usize, row as usize))
    }
}
