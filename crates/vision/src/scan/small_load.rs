//! Areal density above the walls → is anything in this container, and where is the most of it?
//!
//! A box of about 75 mm slides over the residual. One litre of anything that weighs a kilogram
//! makes 5 g/cm2 or more over it; patches welded on walls and lashing rings make up to 3.2.

use super::map::{Map, Window};

/// Edge of the sliding box, mm.
const BOX_MM: f32 = 75.0;
/// Mean areal density over the box from which something is there, g/cm2 as iron. Set on
/// generated scans of seed 77 with the training ranges: empties reach 3.2, loads begin at 5.1.
pub(crate) const LOAD_G_CM2: f32 = 4.0;
/// A box is beyond noise from this many deviations.
const DEVIATIONS_MIN: f32 = 8.0;
/// What belongs to a find: pixels above this share of its peak.
const SHARE_OF_PEAK: f32 = 0.35;

/// The strongest residual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Peak {
    /// Mean over the box, g/cm2 as iron.
    pub(crate) contrast_g_cm2: f32,
    /// That over the deviation of one pixel of bare walls.
    pub(crate) contrast_to_noise: f32,
    /// What belongs to it.
    pub(crate) window: Window,
}

impl Peak {
    /// Whether it is a load.
    pub(crate) fn is_load(&self) -> bool {
        self.contrast_g_cm2 >= LOAD_G_CM2 && self.contrast_to_noise * 3.0 >= DEVIATIONS_MIN
    }
}

/// Finds the strongest residual within `inside`; `noise_g_cm2` is the deviation of one pixel of
/// bare walls.
pub(crate) fn strongest(above: &Map, inside: &Window, pixel_mm: f32, noise_g_cm2: f32) -> Peak {
    let edge = ((BOX_MM / pixel_mm).round() as usize).clamp(1, inside.width().min(inside.height()));
    let sums = above.sums();
    let mut best = (f32::MIN, *inside);
    for top in inside.top..=inside.bottom - edge {
        for left in inside.left..=inside.right - edge {
            let window = Window {
                left,
                top,
                right: left + edge,
                bottom: top + edge,
            };
            let mean = (sums.over(&window) / window.area() as f64) as f32;
            if mean > best.0 {
                best = (mean, window);
            }
        }
    }
    let (contrast_g_cm2, window) = best;
    Peak {
        contrast_g_cm2,
        contrast_to_noise: contrast_g_cm2 / noise_g_cm2.max(1e-3),
        window: grown(above, inside, window, SHARE_OF_PEAK * contrast_g_cm2),
    }
}

/// Moves each edge out while the mean of the next line is above `least`.
fn grown(above: &Map, inside: &Window, mut window: Window, least: f32) -> Window {
    let mean = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
        let count = (rows.len() * columns.len()).max(1);
        let sum: f32 = rows
            .flat_map(|y| columns.clone().map(move |x| above.at(x, y)))
            .sum();
        sum / count as f32
    };
    loop {
        let before = window;
        let Window {
            left,
            top,
            right,
            bottom,
        } = window;
        if left > inside.left && mean(top..bottom, left - 1..left) > least {
            window.left -= 1;
        }
        if right < inside.right && mean(top..bottom, right..right + 1) > least {
            window.right += 1;
        }
        if top > inside.top && mean(top - 1..top, left..right) > least {
            window.top -= 1;
        }
        if bottom < inside.bottom && mean(bottom..bottom + 1, left..right) > least {
            window.bottom += 1;
        }
        if window == before {
            return window;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_found_where_it_is_and_a_patch_is_none() {
        for (areal, load) in [(9.0, true), (1.6, false)] {
            let mut above = Map::filled(80, 40, 0.0);
            for (at, value) in above.values.iter_mut().enumerate() {
                *value = if at % 2 == 0 { 0.1 } else { -0.1 };
            }
            for y in 20..26 {
                for x in 50..54 {
                    above.set(x, y, areal);
                }
            }
            let inside = Window {
                left: 0,
                top: 0,
                right: 80,
                bottom: 40,
            };
            let peak = strongest(&above, &inside, 25.0, 0.1);
            assert_eq!(peak.is_load(), load, "{peak:?}");
            let found = Window {
                left: 50,
                top: 20,
                right: 54,
                bottom: 26,
            };
            assert_eq!(peak.window, found);
        }
    }
}
