//! -ln of a transmission → where the container stands in it, and what can be wrong with a scan.
//!
//! Heights are those of ISO 668; walls, roof and floor are found by their shadow.

use super::decode::ScanImage;
use super::levels::{Levels, ROOF_SHARE};
use super::map::{Map, Window, median};

/// Outside heights of containers, mm (ISO 668: 8 ft, 8 ft 6 in, 9 ft 6 in).
const HEIGHTS_MM: [f32; 3] = [2_438.0, 2_591.0, 2_896.0];
/// From the lower edge to the floor's upper face, mm.
const FLOOR_MM: f32 = 165.0;
/// From the outside to the room for cargo, mm: roof and rails; front wall or doors; floor.
const ROOF_MM: f32 = 90.0;
const END_MM: f32 = 120.0;
/// -ln of the transmission from which a place belongs to a post or a rail, not to its blur.
const POST: f32 = 0.25;
/// Rows below the first shadow in which the top rails begin.
const RAILS_PX: usize = 12;
/// How much darker the floor's edge is than the beams below it.
const FLOOR_STEP: f32 = 0.5;
/// Largest difference of a measured length from the declared one, permille.
const LENGTH_PERMILLE: f32 = 40.0;
/// Share of saturated samples from which a scan is overexposed, permille.
const SATURATED_PERMILLE: usize = 20;
/// Equal columns in a row that mean a stopped or cut scan.
const EQUAL_COLUMNS: usize = 3;

/// What is wrong with a scan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum QualityIssue {
    /// No container is found.
    NoContainer,
    /// Neither above nor beside the container is free air, so nothing can be compared with it.
    AirNotSeen,
    /// The container leaves the image, or the end of the scan is filled up.
    CutOff,
    /// Samples are at the end of their scale.
    Saturated {
        /// How many, thousandths.
        permille: u32,
    },
    /// The container is longer or shorter than declared.
    WrongLength {
        /// As seen, mm.
        measured_mm: u32,
        /// As declared, mm.
        declared_mm: u32,
    },
    /// Only one beam: materials are not told apart.
    OneBeam,
}

/// Where the container stands, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outline {
    pub(crate) outside: Window,
    /// Room for cargo.
    pub(crate) inside: Window,
}

/// Finds the container.
pub(crate) fn outline(levels: &Levels, pixel_mm: f32) -> Option<Outline> {
    let high = &levels.high;
    let top = rails(high, levels.roof?)?;
    let px = |mm: f32| (mm / pixel_mm).round() as usize;
    // Walls show over most of the height of the lowest container.
    let wall = Window {
        left: 0,
        top: top + px(150.0),
        right: high.width,
        bottom: (top + px(2_100.0)).min(high.height),
    };
    if wall.height() < 8 {
        return None;
    }
    let dark = |x: usize| {
        let seen = wall.rows().filter(|&y| high.at(x, y) > POST).count();
        seen * 10 > wall.height() * 8
    };
    let left = (0..high.width).find(|&x| dark(x))?;
    let right = (0..high.width).rfind(|&x| dark(x))? + 1;
    if (right - left) as f32 * pixel_mm < 2_500.0 {
        return None;
    }
    let floor = floor(high, top, left..right, pixel_mm)?;
    let outside = Window {
        left,
        top,
        right,
        bottom: (floor + px(FLOOR_MM)).min(high.height),
    };
    let inside = Window {
        left: left + (END_MM / pixel_mm).ceil() as usize,
        top: top + (ROOF_MM / pixel_mm).ceil() as usize,
        right: right.saturating_sub((END_MM / pixel_mm).ceil() as usize + 1),
        // The last row is mixed with the floor's edge.
        bottom: floor.saturating_sub(1),
    };
    (inside.width() > 16 && inside.height() > 16).then_some(Outline { outside, inside })
}

/// The first row from `roof` on in which the top rails stand, and not only their blur.
fn rails(high: &Map, roof: usize) -> Option<usize> {
    (roof..(roof + RAILS_PX).min(high.height)).find(|&y| {
        let dark = high.row(y).iter().filter(|&&depth| depth > POST).count();
        dark * ROOF_SHARE > high.width
    })
}

/// The row of the floor's edge: dark, with the lighter beams right below it.
fn floor(high: &Map, top: usize, columns: std::ops::Range<usize>, pixel_mm: f32) -> Option<usize> {
    let row = |y: usize| {
        let mut values: Vec<f32> = columns.clone().map(|x| high.at(x, y)).collect();
        median(&mut values)
    };
    let below = ((60.0 / pixel_mm).round() as usize).max(2);
    let mut best: Option<(f32, usize)> = None;
    for height in HEIGHTS_MM {
        let expected = top + ((height - FLOOR_MM + 14.0) / pixel_mm).round() as usize;
        for y in expected.saturating_sub(2)..=expected + 2 {
            if y + below >= high.height {
                continue;
            }
            let step = row(y) - row(y + below);
            if step > FLOOR_STEP && best.is_none_or(|(most, _)| step > most) {
                best = Some((step, y));
            }
        }
    }
    best.map(|(_, y)| y)
}

/// What is wrong with a scan.
pub(crate) fn issues(
    scan: &ScanImage,
    levels: &Levels,
    outline: Option<&Outline>,
) -> Vec<QualityIssue> {
    let mut issues = Vec::new();
    let samples = scan.high.values.len() * if scan.dual() { 2 } else { 1 };
    let permille = scan.saturated * 1_000 / samples;
    if permille >= SATURATED_PERMILLE {
        let permille = u32::try_from(permille).unwrap_or(1_000);
        issues.push(QualityIssue::Saturated { permille });
    }
    if levels.roof.is_none() {
        issues.push(QualityIssue::AirNotSeen);
    }
    if !scan.dual() {
        issues.push(QualityIssue::OneBeam);
    }
    let stopped = stopped(&scan.high);
    let Some(Outline { outside, .. }) = outline else {
        if stopped {
            issues.push(QualityIssue::CutOff);
        }
        issues.push(QualityIssue::NoContainer);
        return issues;
    };
    if stopped || outside.left == 0 || outside.right == scan.width() {
        issues.push(QualityIssue::CutOff);
    }
    if let Some(declared_mm) = scan.geometry.container_length_mm {
        let measured = outside.width() as f32 * scan.geometry.pixel_mm;
        let declared = declared_mm as f32;
        if (measured - declared).abs() * 1_000.0 > LENGTH_PERMILLE * declared {
            issues.push(QualityIssue::WrongLength {
                measured_mm: measured as u32,
                declared_mm,
            });
        }
    }
    issues
}

/// Columns at an end that are equal to the last bit: noise never makes them.
fn stopped(high: &Map) -> bool {
    let same = |a: usize, b: usize| (0..high.height).all(|y| high.at(a, y) == high.at(b, y));
    let last = high.width - 1;
    high.width > 2 * EQUAL_COLUMNS
        && ((0..EQUAL_COLUMNS).all(|at| same(at, at + 1))
            || (0..EQUAL_COLUMNS).all(|at| same(last - at, last - at - 1)))
}
