//! What a scan shows, in the words the rules need. No declaration is known here.

use super::calibration::Band;
use super::outline::QualityIssue;
use crate::region::Region;

/// What a scan shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanFindings {
    /// What is wrong with the scan itself.
    pub quality: Quality,
    /// The container; `None` when none is found, and then nothing else is said.
    pub container: Option<Region>,
    /// Whether there is cargo; `None` when that cannot be said.
    pub loaded: Option<bool>,
    /// Largest areal density above the walls over about 75 x 75 mm, g/cm2: what `loaded` is
    /// judged by.
    pub contrast_g_cm2: f32,
    /// Filled share of the room for cargo as the beam sees it, thousandths.
    pub fill_permille: u32,
    /// Mass of the cargo by the integral of areal density, kg.
    pub mass_kg: u32,
    /// The beam did not come through everywhere: the mass is at least this.
    pub mass_is_least: bool,
    /// Mass of each half metre from the left end, kg.
    pub mass_profile_kg: Vec<f32>,
    /// Centre of gravity, thousandths of the inner length from the left end; of a load only.
    pub centre_of_gravity_permille: Option<u32>,
    /// Share of the room for cargo through which the beam does not come, thousandths.
    pub not_penetrated_permille: u32,
    /// What the load is like; `None` without a load or without a second beam.
    pub density_class: Option<DensityClass>,
    /// Materials by share of the mass whose material is told.
    pub bands: Bands,
    /// What the network takes the goods for, likeliest first; empty without a network.
    pub likeness: Vec<Likeness>,
    /// Places that need a look, surest first.
    pub anomalies: Vec<Anomaly>,
    /// How much each place looks like a hidden object; `None` without a network.
    pub heat: Option<HeatMap>,
}

/// What is wrong with a scan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quality {
    /// Everything that was noticed.
    pub issues: Vec<QualityIssue>,
    /// Outside length of the container as seen, mm.
    pub length_mm: Option<u32>,
    /// Noise of one pixel in air, millionths of the air signal.
    pub noise_ppm: u32,
}

impl Quality {
    /// Whether the findings can be used at all.
    #[must_use]
    pub fn usable(&self) -> bool {
        self.issues.iter().all(|issue| match issue {
            QualityIssue::NoContainer
            | QualityIssue::AirNotSeen
            | QualityIssue::CutOff
            | QualityIssue::Saturated { .. } => false,
            QualityIssue::WrongLength { .. } | QualityIssue::OneBeam => true,
        })
    }
}

/// What a whole load is like, by density where it stands and by material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DensityClass {
    /// Below about 0.24 g/cm3: clothing, furniture, tyres.
    Light,
    /// Denser, of light elements: food, wood, paper, plastics.
    Organic,
    /// Denser, of ceramics, glass, stone or aluminium, or light and heavy mixed.
    Mineral,
    /// Mostly steel or heavier.
    Metal,
}

impl DensityClass {
    /// All, as the network counts them.
    pub const ALL: [Self; 4] = [Self::Light, Self::Organic, Self::Mineral, Self::Metal];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light goods",
            Self::Organic => "dense organic goods",
            Self::Mineral => "mineral, aluminium or mixed goods",
            Self::Metal => "metal goods",
        }
    }
}

/// Shares of materials, thousandths of the mass; all 0 when none is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bands {
    /// Organic.
    pub organic_permille: u32,
    /// Mineral or aluminium.
    pub mineral_permille: u32,
    /// Iron and the like.
    pub iron_permille: u32,
    /// Heavy metals.
    pub heavy_permille: u32,
}

/// Goods the network knows the look of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// Chapter of the Harmonized System.
    pub chapter: u8,
    /// Share of the network's belief, 0 to 1.
    pub share: f32,
}

/// Why a place needs a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnomalyKind {
    /// Something in a container that is otherwise empty.
    SmallLoad,
    /// Something in the cargo that is unlike it.
    Object,
}

impl AnomalyKind {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SmallLoad => "load in an empty container",
            Self::Object => "object unlike the cargo",
        }
    }
}

/// A place that needs a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anomaly {
    /// Why.
    pub kind: AnomalyKind,
    /// Where, pixels of the scan.
    pub region: Region,
    /// 0 to 1; above one half it is reported.
    pub score: f32,
    /// Areal density more than around it, g/cm2 as if of iron.
    pub contrast_g_cm2: f32,
    /// That difference over the noise of one pixel there.
    pub contrast_to_noise: f32,
    /// What the difference is made of, where two beams tell it.
    pub band: Option<Band>,
}

/// A number for each cell of an even grid over part of the scan.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// Left edge of the first cell, pixels of the scan; may be negative.
    pub left: f32,
    /// Upper edge of the first cell.
    pub top: f32,
    /// Edge of a cell, pixels of the scan.
    pub cell: f32,
    /// Cells of a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// 0 to 1, row-major.
    pub values: Vec<f32>,
}
