//! The network's answer to a canvas → likeness of goods, density class, heat map, and the places
//! that look like an object hidden in cargo.

use super::canvas::{CANVAS_COLUMNS, CANVAS_ROWS, Canvas};
use super::findings::{DensityClass, HeatMap, Likeness};
use super::map::Window;
use crate::models::Models;
use crate::network::{InferenceError, Network, Tensor};
use crate::runtime::Runtime;

/// Cells of the canvas along the edge of a cell of the heat map.
pub(crate) const HEAT_CELLS: usize = 4;
/// Columns of the heat map.
pub(crate) const HEAT_COLUMNS: usize = CANVAS_COLUMNS / HEAT_CELLS;
/// Rows of the heat map.
pub(crate) const HEAT_ROWS: usize = CANVAS_ROWS / HEAT_CELLS;
/// Chapters of the Harmonized System in the order of the network's output.
pub const CHAPTERS: [u8; 14] = [10, 22, 39, 40, 44, 48, 61, 69, 72, 76, 84, 85, 87, 94];
/// Numbers before the heat map: loaded, fill, density classes, chapters, hidden object.
const HEAD_LEN: usize = 2 + 4 + CHAPTERS.len() + 1;
/// Log odds of the surest cell from which an object is reported. The network is shifted so that
/// it is 0, on generated scans of the training ranges that were not trained on: `train.py`.
pub(crate) const HIDDEN_LOG_ODDS: f32 = 0.0;
/// Cells around the surest one belong to it down to this many log odds below.
const SAME_OBJECT: f32 = 2.0;
/// Places reported of one scan.
const PLACES_MAX: usize = 4;

#[derive(Debug)]
pub(crate) struct Judge {
    network: Network,
}

/// What the network says.
#[derive(Debug)]
pub(crate) struct Opinion {
    pub(crate) density: DensityClass,
    pub(crate) likeness: Vec<Likeness>,
    /// Log odds of each cell that it shows a hidden object.
    heat: Vec<f32>,
}

/// A place that looks like a hidden object: cells of the heat map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) window: Window,
    /// Log odds of its surest cell above the limit.
    pub(crate) above: f32,
}

impl Judge {
    /// Loads the network; `None` when the models have none.
    pub(crate) fn load(
        models: &Models,
        runtime: &'static Runtime,
    ) -> Result<Option<Self>, InferenceError> {
        match models.scan() {
            Some(model) => Ok(Some(Self {
                network: Network::load("scan", model, runtime)?,
            })),
            None => Ok(None),
        }
    }

    /// Both the scan and its mirror image are looked at, and the answers averaged: neither way
    /// round is the right one, and where they differ the network is not sure.
    pub(crate) fn opinion(&mut self, canvas: &Canvas) -> Result<Opinion, InferenceError> {
        let mut answer = self.answer(canvas.values.clone())?;
        let mut mirrored = self.answer(mirror(&canvas.values, CANVAS_COLUMNS))?;
        let heat = mirror(&mirrored[HEAD_LEN..], HEAT_COLUMNS);
        mirrored[HEAD_LEN..].copy_from_slice(&heat);
        for (value, other) in answer.iter_mut().zip(mirrored) {
            *value = 0.5 * (*value + other);
        }
        let (head, heat) = answer.split_at(HEAD_LEN);
        let shares = softmax(&head[6..6 + CHAPTERS.len()]);
        let mut likeness: Vec<Likeness> = CHAPTERS
            .iter()
            .zip(shares)
            .map(|(&chapter, share)| Likeness { chapter, share })
            .collect();
        likeness.sort_by(|a, b| b.share.total_cmp(&a.share));
        let densities = &head[2..6];
        let best = (0..4)
            .max_by(|&a, &b| densities[a].total_cmp(&densities[b]))
            .expect("there are four");
        Ok(Opinion {
            density: DensityClass::ALL[best],
            likeness,
            heat: heat.to_vec(),
        })
    }

    fn answer(&mut self, values: Vec<f32>) -> Result<Vec<f32>, InferenceError> {
        let dims = vec![1, 2, CANVAS_ROWS, CANVAS_COLUMNS];
        let output = self.network.run(&Tensor { dims, values })?;
        let len = HEAD_LEN + HEAT_ROWS * HEAT_COLUMNS;
        if output.values.len() != len || output.values.iter().any(|value| value.is_nan()) {
            return Err(InferenceError {
                network: "scan",
                step: "gives its output",
                reason: format!("{} numbers, {len} are due", output.values.len()),
            });
        }
        Ok(output.values)
    }
}

/// Rows of `columns` numbers, each from its end.
fn mirror(values: &[f32], columns: usize) -> Vec<f32> {
    let rows = values.chunks(columns);
    rows.flat_map(|row| row.iter().rev().copied()).collect()
}

impl Opinion {
    /// The heat map over the scan.
    pub(crate) fn heat_map(&self, canvas: &Canvas) -> HeatMap {
        HeatMap {
            left: canvas.left,
            top: canvas.top,
            cell: canvas.cell * HEAT_CELLS as f32,
            columns: HEAT_COLUMNS,
            rows: HEAT_ROWS,
            values: self
                .heat
                .iter()
                .map(|log_odds| sigmoid(log_odds - HIDDEN_LOG_ODDS))
                .collect(),
        }
    }

    /// Log odds of the surest cell among those that `seen` lets count.
    pub(crate) fn surest(&self, seen: impl Fn(usize) -> bool) -> f32 {
        let cells = self.heat.iter().enumerate();
        cells
            .filter(|(cell, _)| seen(*cell))
            .map(|(_, &log_odds)| log_odds)
            .fold(f32::MIN, f32::max)
    }

    /// Places above the limit, surest first.
    pub(crate) fn places(&self, seen: impl Fn(usize) -> bool) -> Vec<Place> {
        let mut left: Vec<f32> = (0..self.heat.len())
            .map(|cell| {
                if seen(cell) {
                    self.heat[cell]
                } else {
                    f32::MIN
                }
            })
            .collect();
        let mut places = Vec::new();
        while places.len() < PLACES_MAX {
            let (cell, &peak) = left
                .iter()
                .enumerate()
                .max_by(|a, b| a.1.total_cmp(b.1))
                .expect("the map has cells");
            if peak < HIDDEN_LOG_ODDS {
                break;
            }
            let least = (peak - SAME_OBJECT).max(HIDDEN_LOG_ODDS - SAME_OBJECT);
            let window = take(&mut left, cell, least);
            // The fainter rim of a place that is reported already is no place of its own.
            if !places
                .iter()
                .any(|place: &Place| place.window.touches(&window))
            {
                places.push(Place {
                    window,
                    above: peak - HIDDEN_LOG_ODDS,
                });
            }
        }
        places
    }
}

/// Takes the cells that hang together with `first` and are at least `least`; gives their box.
fn take(cells: &mut [f32], first: usize, least: f32) -> Window {
    let (x, y) = (first % HEAT_COLUMNS, first / HEAT_COLUMNS);
    let mut window = Window {
        left: x,
        top: y,
        right: x + 1,
        bottom: y + 1,
    };
    let mut open = vec![first];
    cells[first] = f32::MIN;
    while let Some(cell) = open.pop() {
        let (x, y) = (cell % HEAT_COLUMNS, cell / HEAT_COLUMNS);
        window.left = window.left.min(x);
        window.top = window.top.min(y);
        window.right = window.right.max(x + 1);
        window.bottom = window.bottom.max(y + 1);
        for near_y in y.saturating_sub(1)..(y + 2).min(HEAT_ROWS) {
            for near_x in x.saturating_sub(1)..(x + 2).min(HEAT_COLUMNS) {
                let near = near_y * HEAT_COLUMNS + near_x;
                if cells[near] >= least {
                    cells[near] = f32::MIN;
                    open.push(near);
                }
            }
        }
    }
    window
}

/// 1 / (1 + e^-x).
pub(crate) fn sigmoid(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

fn softmax(values: &[f32]) -> Vec<f32> {
    let most = values.iter().copied().fold(f32::MIN, f32::max);
    let powers: Vec<f32> = values.iter().map(|value| (value - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ONNX Runtime 1.32.0 gave for the made-up canvas below: numbers before the heat map,
    /// then the mean and the largest of the heat map.
    const RECORDED: [f32; HEAD_LEN + 2] = [
        13.1442, 0.5478, -13.0483, -3.1691, -4.8080, 8.7413, 0.0431, -0.2387, -2.5789, -5.7770,
        -10.1329, -2.1456, -13.2343, -2.9817, 5.8998, -11.1847, 2.1126, -5.8180, 0.0907, -12.4367,
        -2.3343, -3.3677, -0.5197,
    ];

    #[test]
    fn both_engines_agree() {
        let folder = Models::default_folder().unwrap();
        let models = Models::read(&folder).unwrap();
        assert_eq!(models.scan_left_out(), None);
        let runtime = Runtime::start(&crate::EngineChoice::Best).unwrap();
        let mut judge = Judge::load(&models, runtime).unwrap().unwrap();
        let plane = CANVAS_ROWS * CANVAS_COLUMNS;
        let values: Vec<f32> = (0..2 * plane)
            .map(|at| {
                let (row, column) = (at % plane / CANVAS_COLUMNS, at % CANVAS_COLUMNS);
                let depth = ((row * 5 + column * 3) % 64) as f32 / 16.0;
                if at < plane { depth } else { 1.25 * depth }
            })
            .collect();
        let output = judge
            .network
            .run(&Tensor {
                dims: vec![1, 2, CANVAS_ROWS, CANVAS_COLUMNS],
                values,
            })
            .unwrap();
        let (head, heat) = output.values.split_at(HEAD_LEN);
        for (at, (seen, recorded)) in head.iter().zip(RECORDED).enumerate() {
            assert!((seen - recorded).abs() < 2e-3, "number {at}: {seen}");
        }
        let mean = heat.iter().sum::<f32>() / heat.len() as f32;
        let most = heat.iter().copied().fold(f32::MIN, f32::max);
        assert!((mean - RECORDED[HEAD_LEN]).abs() < 2e-3, "mean {mean}");
        assert!((most - RECORDED[HEAD_LEN + 1]).abs() < 2e-3, "most {most}");
    }

    #[test]
    fn cells_that_hang_together_are_one_place() {
        let mut heat = vec![-9.0; HEAT_ROWS * HEAT_COLUMNS];
        for (x, y, log_odds) in [(10, 5, 3.0), (11, 5, 2.0), (11, 6, 1.5), (90, 20, 1.0)] {
            heat[y * HEAT_COLUMNS + x] = HIDDEN_LOG_ODDS + log_odds;
        }
        let opinion = Opinion {
            density: DensityClass::Light,
            likeness: Vec::new(),
            heat,
        };
        let places = opinion.places(|_| true);
        assert_eq!(places.len(), 2);
        assert_eq!(
            places[0].window,
            Window {
                left: 10,
                top: 5,
                right: 12,
                bottom: 7
            }
        );
        assert!((places[0].above - 3.0).abs() < 1e-6);
        assert!(opinion.places(|cell| cell % HEAT_COLUMNS > 100).is_empty());
    }
}
