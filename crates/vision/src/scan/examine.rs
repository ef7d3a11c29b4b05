//! A scan → findings: physics first, then the network's opinion where there is one.

use super::calibration::{Band, Calibration};
use super::canvas::{Canvas, canvas};
use super::cargo::{Cargo, cargo};
use super::decode::ScanImage;
use super::findings::{Anomaly, AnomalyKind, Bands, Quality, ScanFindings};
use super::judge::{HEAT_CELLS, HEAT_COLUMNS, HEAT_ROWS, Judge, Opinion, Place, sigmoid};
use super::levels::{Levels, levels};
use super::map::{Map, Window};
use super::outline::{Outline, issues, outline};
use super::small_load::{LOAD_G_CM2, Peak, strongest};
use crate::models::Models;
use crate::network::InferenceError;
use crate::picture::Quad;
use crate::region::Region;
use crate::runtime::Runtime;

/// Share of a cell of the heat map that has to be penetrated for it to count.
const SEEN_SHARE: f32 = 0.5;
/// A box that covers so little of a real object is not worth naming a material of it, g/cm2.
const BAND_CONTRAST_MIN: f32 = 3.0;
/// Width of the frame an object is compared with, pixels.
const FRAME_PX: usize = 4;

/// Examines scans. Holds its network; make one a thread.
#[derive(Debug)]
pub struct Examiner {
    judge: Option<Judge>,
}

impl Examiner {
    /// An examiner with the network for scans, if the models have one.
    ///
    /// # Errors
    /// The engine refuses the network.
    pub fn load(models: &Models, runtime: &'static Runtime) -> Result<Self, InferenceError> {
        Ok(Self {
            judge: Judge::load(models, runtime)?,
        })
    }

    /// An examiner that measures only: no hidden objects, no likeness of goods.
    #[must_use]
    pub fn physics_only() -> Self {
        Self { judge: None }
    }

    /// Whether there is a network.
    #[must_use]
    pub fn has_network(&self) -> bool {
        self.judge.is_some()
    }

    /// Examines a scan.
    ///
    /// # Errors
    /// The engine fails; the scan itself cannot make it fail.
    pub fn examine(&mut self, scan: &ScanImage) -> Result<ScanFindings, InferenceError> {
        let levels = levels(scan);
        let pixel_mm = scan.geometry.pixel_mm;
        let found = outline(&levels, pixel_mm);
        let quality = Quality {
            issues: issues(scan, &levels, found.as_ref()),
            length_mm: found.map(|o| (o.outside.width() as f32 * pixel_mm) as u32),
            noise_ppm: (levels.noise * 1e6) as u32,
        };
        let Some(outline) = found else {
            return Ok(nothing(quality));
        };
        let calibration = &scan.geometry.calibration;
        let cargo = cargo(&levels, &outline.inside, &scan.geometry);
        let noise = calibration.as_iron(levels.noise);
        let peak = strongest(&cargo.as_iron, &outline.inside, pixel_mm, noise);
        let mut findings = measured(quality, &outline, &cargo, &peak);
        if let Some(anomaly) = small_load(&findings, &peak, &cargo, calibration) {
            findings.anomalies.push(anomaly);
        }
        if findings.loaded == Some(true)
            && let Some(judge) = &mut self.judge
            && let Some(canvas) = canvas(&levels, &outline, pixel_mm)
        {
            let opinion = judge.opinion(&canvas)?;
            let seen = seen_cells(&canvas, &cargo, &outline.inside);
            let objects = opinion
                .places(|cell| seen[cell])
                .into_iter()
                .map(|place| object(&place, &canvas, &levels, &cargo, &outline, calibration));
            findings.anomalies.extend(objects);
            take_opinion(&mut findings, opinion, &canvas);
        }
        Ok(findings)
    }

    /// What the network is fed for this scan; `None` without a container or a second beam.
    #[must_use]
    pub fn canvas(scan: &ScanImage) -> Option<Canvas> {
        let levels = levels(scan);
        let outline = outline(&levels, scan.geometry.pixel_mm)?;
        canvas(&levels, &outline, scan.geometry.pixel_mm)
    }

    /// Log odds of the surest place for a hidden object, whatever the limit is: for reports.
    ///
    /// # Errors
    /// As [`Self::examine`].
    pub fn hidden_log_odds(&mut self, scan: &ScanImage) -> Result<Option<f32>, InferenceError> {
        let levels = levels(scan);
        let pixel_mm = scan.geometry.pixel_mm;
        let Some((judge, outline)) = self.judge.as_mut().zip(outline(&levels, pixel_mm)) else {
            return Ok(None);
        };
        let Some(canvas) = canvas(&levels, &outline, pixel_mm) else {
            return Ok(None);
        };
        let cargo = cargo(&levels, &outline.inside, &scan.geometry);
        let opinion = judge.opinion(&canvas)?;
        let seen = seen_cells(&canvas, &cargo, &outline.inside);
        Ok(Some(opinion.surest(|cell| seen[cell])))
    }
}

fn nothing(quality: Quality) -> ScanFindings {
    ScanFindings {
        quality,
        container: None,
        loaded: None,
        contrast_g_cm2: 0.0,
        fill_permille: 0,
        mass_kg: 0,
        mass_is_least: false,
        mass_profile_kg: Vec::new(),
        centre_of_gravity_permille: None,
        not_penetrated_permille: 0,
        density_class: None,
        bands: Bands::default(),
        likeness: Vec::new(),
        anomalies: Vec::new(),
        heat: None,
    }
}

fn measured(quality: Quality, outline: &Outline, cargo: &Cargo, peak: &Peak) -> ScanFindings {
    let permille = |share: f32| (share * 1_000.0).round() as u32;
    let loaded = peak.is_load();
    let usable = quality.usable();
    let base = ScanFindings {
        container: Some(region(&outline.outside)),
        loaded: usable.then_some(loaded),
        contrast_g_cm2: peak.contrast_g_cm2,
        not_penetrated_permille: permille(cargo.not_penetrated),
        ..nothing(quality)
    };
    if !loaded {
        return base;
    }
    ScanFindings {
        fill_permille: permille(cargo.fill),
        mass_kg: cargo.mass_kg.round() as u32,
        mass_is_least: cargo.not_penetrated >= 0.001,
        mass_profile_kg: cargo.profile_kg.clone(),
        centre_of_gravity_permille: cargo.centre.map(permille),
        density_class: cargo.density,
        bands: cargo.bands,
        ..base
    }
}

/// Share of the inside up to which a load is reported as a place of its own, thousandths.
const SMALL_PERMILLE: u32 = 20;

fn small_load(
    findings: &ScanFindings,
    peak: &Peak,
    cargo: &Cargo,
    calibration: &Calibration,
) -> Option<Anomaly> {
    if findings.loaded != Some(true) || findings.fill_permille > SMALL_PERMILLE {
        return None;
    }
    let mean = |map: &Map| mean(map, &peak.window);
    let low = cargo.as_iron_low.as_ref().map(mean);
    Some(Anomaly {
        kind: AnomalyKind::SmallLoad,
        region: region(&peak.window),
        score: sigmoid(peak.contrast_g_cm2 - LOAD_G_CM2),
        contrast_g_cm2: peak.contrast_g_cm2,
        contrast_to_noise: peak.contrast_to_noise,
        band: band(mean(&cargo.as_iron), low, calibration),
    })
}

/// What an areal density by both beams is made of.
fn band(high_iron: f32, low_iron: Option<f32>, calibration: &Calibration) -> Option<Band> {
    let low_iron = low_iron.filter(|_| high_iron >= BAND_CONTRAST_MIN)?;
    let [high, _] = calibration.through_iron(high_iron);
    let [_, low] = calibration.through_iron(low_iron);
    Some(Band::of(calibration.order(high, low)))
}

/// Cells of the heat map that lie inside and let the beam through.
fn seen_cells(canvas: &Canvas, cargo: &Cargo, inside: &Window) -> Vec<bool> {
    let mut through = vec![0.0_f32; HEAT_ROWS * HEAT_COLUMNS];
    for y in inside.rows() {
        for x in inside.columns() {
            if let Some((column, row)) = canvas.heat_cell(x, y, HEAT_CELLS as f32)
                && column < HEAT_COLUMNS
                && row < HEAT_ROWS
                && !cargo.dark[y * cargo.as_iron.width + x]
            {
                through[row * HEAT_COLUMNS + column] += 1.0;
            }
        }
    }
    let area = (canvas.cell * HEAT_CELLS as f32).powi(2);
    through
        .iter()
        .map(|count| count / area >= SEEN_SHARE)
        .collect()
}

fn object(
    place: &Place,
    canvas: &Canvas,
    levels: &Levels,
    cargo: &Cargo,
    outline: &Outline,
    calibration: &Calibration,
) -> Anomaly {
    let window = pixels(&place.window, canvas, &outline.inside);
    let contrast = |map: &Map| mean(map, &window) - frame_mean(map, &window, &outline.inside);
    let high = contrast(&cargo.as_iron);
    let low = cargo.as_iron_low.as_ref().map(contrast);
    let depth = mean(&levels.high, &window) - frame_mean(&levels.high, &window, &outline.inside);
    // Photons that come through are fewer than in air, and their noise in proportion larger.
    let noise = levels.noise * (0.5 * mean(&levels.high, &window)).exp();
    Anomaly {
        kind: AnomalyKind::Object,
        region: region(&window),
        score: sigmoid(place.above),
        contrast_g_cm2: high,
        contrast_to_noise: depth / noise.max(1e-6),
        band: band(high, low, calibration),
    }
}

/// The pixels of cells of the heat map, within the container.
fn pixels(cells: &Window, canvas: &Canvas, inside: &Window) -> Window {
    let cell = canvas.cell * HEAT_CELLS as f32;
    let x = |at: usize| (canvas.left + cell * at as f32).max(0.0) as usize;
    let y = |at: usize| (canvas.top + cell * at as f32).max(0.0) as usize;
    let left = x(cells.left).clamp(inside.left, inside.right - 1);
    let top = y(cells.top).clamp(inside.top, inside.bottom - 1);
    Window {
        left,
        top,
        right: x(cells.right).clamp(left + 1, inside.right),
        bottom: y(cells.bottom).clamp(top + 1, inside.bottom),
    }
}

fn mean(map: &Map, window: &Window) -> f32 {
    let sum: f32 = window
        .rows()
        .map(|y| map.row(y)[window.columns()].iter().sum::<f32>())
        .sum();
    sum / window.area().max(1) as f32
}

/// Mean of the frame around a window.
fn frame_mean(map: &Map, window: &Window, inside: &Window) -> f32 {
    let outer = Window {
        left: window.left.saturating_sub(FRAME_PX).max(inside.left),
        top: window.top.saturating_sub(FRAME_PX).max(inside.top),
        right: (window.right + FRAME_PX).min(inside.right),
        bottom: (window.bottom + FRAME_PX).min(inside.bottom),
    };
    let area = outer.area() - window.area();
    if area == 0 {
        return mean(map, window);
    }
    let sum = mean(map, &outer) * outer.area() as f32 - mean(map, window) * window.area() as f32;
    sum / area as f32
}

fn take_opinion(findings: &mut ScanFindings, opinion: Opinion, canvas: &Canvas) {
    findings.heat = Some(opinion.heat_map(canvas));
    findings.density_class = Some(opinion.density);
    findings.likeness = opinion.likeness;
}

fn region(window: &Window) -> Region {
    Quad::upright(
        window.left as f32,
        window.top as f32,
        window.right as f32,
        window.bottom as f32,
    )
    .into()
}
