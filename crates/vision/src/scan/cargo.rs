//! Areal density above the walls → cargo: mass, fill, materials, where it stands, what the beam
//! does not come through. Arithmetic only; nothing is learnt.

use super::calibration::{Band, Calibration};
use super::findings::{Bands, DensityClass};
use super::geometry::{SCATTER_REACH_MM, ScanGeometry};
use super::levels::{Levels, without_scatter};
use super::map::{Map, Sums, Window};
use super::walls::above_walls;

/// Areal density from which a pixel counts as filled, g/cm2 as iron.
const FILLED_G_CM2: f32 = 0.9;
/// Half the edge of the box over which the ratio of the beams is taken, mm.
const RATIO_REACH_MM: f32 = 75.0;
/// -ln of the transmission of cargo from which its ratio tells a material.
const RATIO_DEPTH_MIN: f64 = 0.10;
/// -ln of the transmission of the low beam up to which the ratio is taken: beyond, scatter
/// weighs as much as the difference of two materials.
const LOW_DEPTH_MAX: f32 = 6.5;
/// -ln of the high transmission may differ so much from a pixel to its neighbours, as a share
/// and at the least, before the pixel counts as an edge: half a pixel of air beside steel has the
/// ratio of nothing real.
const EDGE_SHARE: f32 = 0.12;
const EDGE_LEAST: f32 = 0.06;
/// Share of the filled pixels whose material has to be told before the others are taken for
/// theirs.
const TOLD_SHARE: f64 = 0.02;
/// Place on the scale of materials of a load of which nothing is told: at most 7 % of the mass
/// wrong for anything from organic to steel.
const ORDER_UNTOLD: f32 = 0.8;
/// Depth of a container along the beam, cm (ISO 668: 2330 mm and less).
const DEPTH_CM: f32 = 230.0;
/// Below this density where it stands a load is light, g/cm3.
const LIGHT_G_CM3: f32 = 0.24;
/// Mean place on the scale of materials (organic 0, aluminium 1, iron 2, lead 3) from which a
/// load is metal, and below which it is organic.
const METAL_ORDER: f32 = 1.65;
const ORGANIC_ORDER: f32 = 0.65;
/// Length of a part of the profile, mm.
const PROFILE_MM: f32 = 500.0;

/// Cargo, pixel by pixel and in all.
#[derive(Debug)]
pub(crate) struct Cargo {
    /// Areal density above the walls as iron.
    pub(crate) as_iron: Map,
    /// The same by the low beam.
    pub(crate) as_iron_low: Option<Map>,
    /// Pixels through which the beam does not come.
    pub(crate) dark: Vec<bool>,
    pub(crate) fill: f32,
    pub(crate) mass_kg: f32,
    pub(crate) not_penetrated: f32,
    pub(crate) centre: Option<f32>,
    pub(crate) profile_kg: Vec<f32>,
    pub(crate) bands: Bands,
    pub(crate) density: Option<DensityClass>,
}

pub(crate) fn cargo(levels: &Levels, inside: &Window, geometry: &ScanGeometry) -> Cargo {
    let calibration = &geometry.calibration;
    let pixel_mm = geometry.pixel_mm;
    let scatter_reach = (SCATTER_REACH_MM / pixel_mm).round() as usize;
    let clean = |depth: &Map| without_scatter(depth, geometry.scatter, scatter_reach);
    let (high, low) = (clean(&levels.high), levels.low.as_ref().map(clean));
    let as_iron = above_walls(&high, inside, |high| calibration.as_iron(high));
    let end = -geometry.penetrated_min.ln();
    let dark: Vec<bool> = levels.high.values.iter().map(|&high| high > end).collect();
    let as_iron_low = low
        .as_ref()
        .map(|low| above_walls(low, inside, |low| calibration.as_iron_low(low)));
    let ratio = low.as_ref().zip(as_iron_low.as_ref());
    let ratio = ratio.map(|(low, low_iron)| {
        let seen = |x: usize, y: usize| {
            let pixel = y * high.width + x;
            !dark[pixel] && low.values[pixel] <= LOW_DEPTH_MAX && !edge(&high, inside, x, y)
        };
        Ratio::new(&as_iron, low_iron, seen, inside, calibration)
    });
    let reach = (RATIO_REACH_MM / pixel_mm).round().max(1.0) as usize;
    let mut sum = Sum::new(inside, pixel_mm);
    for y in inside.rows() {
        for x in inside.columns() {
            let iron = as_iron.at(x, y);
            let is_dark = dark[y * as_iron.width + x];
            sum.dark += usize::from(is_dark);
            if iron < FILLED_G_CM2 {
                continue;
            }
            let [mut depth, _] = calibration.through_iron(iron);
            if is_dark {
                // What holds the beam back weighs at least what just lets it through.
                depth = depth.min(end);
            }
            let told = ratio.as_ref().and_then(|ratio| {
                let near = ratio.around(x, y, reach, inside);
                (!is_dark).then_some(near).flatten()
            });
            let order = told
                .or(ratio.as_ref().and_then(|ratio| ratio.whole))
                .unwrap_or(ORDER_UNTOLD);
            let areal = calibration.layer(depth, order).areal_g_cm2;
            // The row that the floor's edge covers is taken for the one above it.
            let rows = if y + 1 == inside.bottom { 2.0 } else { 1.0 };
            sum.add(x, areal * rows, told);
        }
    }
    sum.cargo(as_iron, as_iron_low, dark, inside)
}

/// Whether a pixel differs from a neighbour inside by more than one material does.
fn edge(high: &Map, inside: &Window, x: usize, y: usize) -> bool {
    let here = high.at(x, y);
    let most = EDGE_SHARE * here + EDGE_LEAST;
    let differs = |x: usize, y: usize| (high.at(x, y) - here).abs() > most;
    (x > inside.left && differs(x - 1, y))
        || (x + 1 < inside.right && differs(x + 1, y))
        || (y > inside.top && differs(x, y - 1))
        || (y + 1 < inside.bottom && differs(x, y + 1))
}

/// -ln of the transmission of cargo alone, both beams, summed over boxes.
struct Ratio {
    high: Sums,
    low: Sums,
    count: Sums,
    scale: Calibration,
    whole: Option<f32>,
}

impl Ratio {
    fn new(
        as_iron: &Map,
        low_iron: &Map,
        seen: impl Fn(usize, usize) -> bool,
        inside: &Window,
        calibration: &Calibration,
    ) -> Self {
        let empty = Map::filled(as_iron.width, as_iron.height, 0.0);
        let (mut highs, mut lows, mut count) = (empty.clone(), empty.clone(), empty);
        let mut total = [0.0_f64; 3];
        let mut filled = 0.0;
        for y in inside.rows() {
            for x in inside.columns() {
                let pixel = y * as_iron.width + x;
                let iron = as_iron.values[pixel];
                if iron < FILLED_G_CM2 {
                    continue;
                }
                filled += 1.0;
                if !seen(x, y) {
                    continue;
                }
                let [high, _] = calibration.through_iron(iron);
                let [_, low] = calibration.through_iron(low_iron.values[pixel]);
                highs.values[pixel] = high;
                lows.values[pixel] = low;
                count.values[pixel] = 1.0;
                total[0] += f64::from(high);
                total[1] += f64::from(low);
                total[2] += 1.0;
            }
        }
        let mut ratio = Self {
            high: highs.sums(),
            low: lows.sums(),
            count: count.sums(),
            scale: calibration.clone(),
            whole: None,
        };
        if total[2] >= TOLD_SHARE * filled {
            ratio.whole = ratio.order(total[0], total[1], total[2]);
        }
        ratio
    }

    fn order(&self, high: f64, low: f64, count: f64) -> Option<f32> {
        let (high, low) = (high / count.max(1.0), low / count.max(1.0));
        (count >= 1.0 && high >= RATIO_DEPTH_MIN).then(|| self.scale.order(high as f32, low as f32))
    }

    /// Place on the scale of materials in the box around a pixel.
    fn around(&self, x: usize, y: usize, reach: usize, inside: &Window) -> Option<f32> {
        let window = Window {
            left: x.saturating_sub(reach).max(inside.left),
            top: y.saturating_sub(reach).max(inside.top),
            right: (x + reach + 1).min(inside.right),
            bottom: (y + reach + 1).min(inside.bottom),
        };
        let [high, low, count] =
            [&self.high, &self.low, &self.count].map(|sums| sums.over(&window));
        self.order(high, low, count)
    }
}

/// What adds up over the pixels.
struct Sum {
    pixel_cm2: f32,
    inside_px: usize,
    section_px: f32,
    filled: usize,
    dark: usize,
    areal: f64,
    moment: f64,
    told: f64,
    order: f64,
    bands: [f64; 4],
    profile: Vec<f32>,
    left: usize,
}

impl Sum {
    fn new(inside: &Window, pixel_mm: f32) -> Self {
        let section_px = PROFILE_MM / pixel_mm;
        let sections = (inside.width() as f32 / section_px).ceil() as usize;
        Self {
            pixel_cm2: (pixel_mm / 10.0).powi(2),
            inside_px: inside.area().max(1),
            section_px,
            filled: 0,
            dark: 0,
            areal: 0.0,
            moment: 0.0,
            told: 0.0,
            order: 0.0,
            bands: [0.0; 4],
            profile: vec![0.0; sections.max(1)],
            left: inside.left,
        }
    }

    fn add(&mut self, x: usize, areal: f32, order: Option<f32>) {
        let weight = f64::from(areal);
        self.filled += 1;
        self.areal += weight;
        self.moment += weight * (x as f64 + 0.5);
        let section = ((x - self.left) as f32 / self.section_px) as usize;
        if let Some(mass) = self.profile.get_mut(section) {
            *mass += areal * self.pixel_cm2 / 1_000.0;
        }
        if let Some(order) = order {
            self.told += weight;
            self.order += weight * f64::from(order);
            self.bands[Band::of(order) as usize] += weight;
        }
    }

    fn cargo(
        self,
        as_iron: Map,
        as_iron_low: Option<Map>,
        dark: Vec<bool>,
        inside: &Window,
    ) -> Cargo {
        let permille = |band: Band| {
            let share = self.bands[band as usize] / self.told.max(1e-9);
            (share * 1_000.0).round() as u32
        };
        let bands = Bands {
            organic_permille: permille(Band::Organic),
            mineral_permille: permille(Band::Mineral),
            iron_permille: permille(Band::Iron),
            heavy_permille: permille(Band::Heavy),
        };
        let centre = (self.areal > 0.0).then(|| {
            let at = self.moment / self.areal - inside.left as f64;
            (at / inside.width().max(1) as f64).clamp(0.0, 1.0) as f32
        });
        Cargo {
            as_iron,
            as_iron_low,
            dark,
            fill: self.filled as f32 / self.inside_px as f32,
            mass_kg: self.areal as f32 * self.pixel_cm2 / 1_000.0,
            not_penetrated: self.dark as f32 / self.inside_px as f32,
            centre,
            density: self.density(),
            profile_kg: self.profile,
            bands,
        }
    }

    fn density(&self) -> Option<DensityClass> {
        if self.filled == 0 || self.told < TOLD_SHARE * self.areal {
            return None;
        }
        let order = (self.order / self.told) as f32;
        let g_cm3 = (self.areal / self.filled as f64) as f32 / DEPTH_CM;
        Some(match order {
            order if order >= METAL_ORDER => DensityClass::Metal,
            _ if g_cm3 < LIGHT_G_CM3 => DensityClass::Light,
            order if order < ORGANIC_ORDER => DensityClass::Organic,
            _ => DensityClass::Mineral,
        })
    }
}
