//! Findings and what was declared → where they disagree, each with place, numbers and limit.
//!
//! Plain arithmetic on findings; decides nothing.

use std::fmt;

use super::findings::{DensityClass, ScanFindings};
use crate::region::Region;

/// Difference of masses that is let pass: permille of the expected mass, and kg.
const MASS_PERMILLE: u32 = 150;
const MASS_KG: u32 = 400;
/// Belief of the network in other chapters together from which the declared one is doubted.
const LIKENESS_PERMILLE: u32 = 980;

/// What the papers and the scale say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Declared {
    /// Declared empty (`true`) or loaded; `None` when nothing is declared.
    pub empty: Option<bool>,
    /// Declared gross mass of the goods, kg.
    pub goods_kg: Option<u32>,
    /// Gross mass on the scale less vehicle and container, kg.
    pub scale_goods_kg: Option<u32>,
    /// Chapters of the Harmonized System on the manifest.
    pub chapters: Vec<u8>,
}

/// One disagreement.
#[derive(Debug, Clone, PartialEq)]
pub enum Mismatch {
    /// Declared empty, and something is in it.
    LoadedThoughEmpty {
        /// Around what is strongest.
        region: Option<Region>,
        /// Largest areal density above the walls, g/cm2.
        observed_g_cm2: f32,
        /// From which something is there.
        limit_g_cm2: f32,
    },
    /// Declared loaded, and nothing is in it.
    EmptyThoughLoaded {
        /// The container.
        region: Option<Region>,
        /// Largest areal density above the walls, g/cm2.
        observed_g_cm2: f32,
        /// From which something is there.
        limit_g_cm2: f32,
    },
    /// The mass of the goods is not the declared one.
    DeclaredMass {
        /// The container.
        region: Option<Region>,
        /// By the scan, kg; the least it can be when the beam did not come through.
        observed_kg: u32,
        /// As declared, kg.
        expected_kg: u32,
        /// Difference that is let pass, kg.
        limit_kg: u32,
    },
    /// The mass of the goods is not that of the scale.
    ScaleMass {
        /// The container.
        region: Option<Region>,
        /// By the scan, kg; the least it can be when the beam did not come through.
        observed_kg: u32,
        /// By the scale, kg.
        expected_kg: u32,
        /// Difference that is let pass, kg.
        limit_kg: u32,
    },
    /// The goods are lighter, denser or of other materials than declared ones are.
    Density {
        /// The container.
        region: Option<Region>,
        /// By the scan.
        observed: DensityClass,
        /// What the declared chapters allow: there is no limit beyond that.
        expected: Vec<DensityClass>,
    },
    /// The goods look like other goods.
    Likeness {
        /// The container.
        region: Option<Region>,
        /// The chapter they look like most.
        observed_chapter: u8,
        /// The declared chapters.
        expected_chapters: Vec<u8>,
        /// Belief in other chapters, thousandths.
        others_permille: u32,
        /// Belief from which they are doubted, thousandths.
        limit_permille: u32,
    },
}

impl Mismatch {
    /// Where it is.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        match self {
            Self::LoadedThoughEmpty { region, .. }
            | Self::EmptyThoughLoaded { region, .. }
            | Self::DeclaredMass { region, .. }
            | Self::ScaleMass { region, .. }
            | Self::Density { region, .. }
            | Self::Likeness { region, .. } => *region,
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoadedThoughEmpty {
                observed_g_cm2,
                limit_g_cm2,
                ..
            } => write!(
                f,
                "declared empty, {observed_g_cm2:.1} g/cm2 stand in it (empty: below {limit_g_cm2:.1})"
            ),
            Self::EmptyThoughLoaded {
                observed_g_cm2,
                limit_g_cm2,
                ..
            } => write!(
                f,
                "declared loaded, at most {observed_g_cm2:.1} g/cm2 stand in it (empty: below {limit_g_cm2:.1})"
            ),
            Self::DeclaredMass {
                observed_kg,
                expected_kg,
                limit_kg,
                ..
            } => write!(
                f,
                "{observed_kg} kg by the scan, {expected_kg} kg declared, {limit_kg} kg let pass"
            ),
            Self::ScaleMass {
                observed_kg,
                expected_kg,
                limit_kg,
                ..
            } => write!(
                f,
                "{observed_kg} kg by the scan, {expected_kg} kg by the scale, {limit_kg} kg let pass"
            ),
            Self::Density {
                observed, expected, ..
            } => {
                let names: Vec<&str> = expected.iter().map(|class| class.name()).collect();
                write!(
                    f,
                    "{} by the scan, {} declared",
                    observed.name(),
                    names.join(" or ")
                )
            }
            Self::Likeness {
                observed_chapter,
                expected_chapters,
                others_permille,
                ..
            } => write!(
                f,
                "looks like chapter {observed_chapter}, declared {expected_chapters:?}; {others_permille} of 1000 for other goods"
            ),
        }
    }
}

/// Compares findings with what was declared. Findings of an unusable scan give nothing: a bad
/// scan is no evidence for either side.
#[must_use]
pub fn compare(findings: &ScanFindings, declared: &Declared) -> Vec<Mismatch> {
    let Some(loaded) = findings.loaded else {
        return Vec::new();
    };
    let mut mismatches = Vec::new();
    let limit_g_cm2 = super::small_load::LOAD_G_CM2;
    let observed_g_cm2 = findings.contrast_g_cm2;
    let region = findings.container;
    match declared.empty {
        Some(true) if loaded => mismatches.push(Mismatch::LoadedThoughEmpty {
            region: findings.anomalies.first().map(|one| one.region).or(region),
            observed_g_cm2,
            limit_g_cm2,
        }),
        Some(false) if !loaded => mismatches.push(Mismatch::EmptyThoughLoaded {
            region,
            observed_g_cm2,
            limit_g_cm2,
        }),
        Some(_) | None => {}
    }
    let observed_kg = findings.mass_kg;
    if let Some((expected_kg, limit_kg)) = mass_apart(findings, declared.goods_kg) {
        mismatches.push(Mismatch::DeclaredMass {
            region,
            observed_kg,
            expected_kg,
            limit_kg,
        });
    }
    if let Some((expected_kg, limit_kg)) = mass_apart(findings, declared.scale_goods_kg) {
        mismatches.push(Mismatch::ScaleMass {
            region,
            observed_kg,
            expected_kg,
            limit_kg,
        });
    }
    if loaded {
        mismatches.extend(density(findings, declared));
        mismatches.extend(likeness(findings, declared));
    }
    mismatches
}

/// The expected mass and the limit, when the difference is beyond it. Where the beam did not
/// come through, only more than expected is a contradiction.
fn mass_apart(findings: &ScanFindings, expected_kg: Option<u32>) -> Option<(u32, u32)> {
    let expected = expected_kg?;
    let share = u64::from(expected) * u64::from(MASS_PERMILLE) / 1_000;
    let limit = u32::try_from(share)
        .unwrap_or(u32::MAX)
        .saturating_add(MASS_KG);
    let more = findings.mass_kg > expected.saturating_add(limit);
    let less = findings.mass_kg.saturating_add(limit) < expected && !findings.mass_is_least;
    (more || less).then_some((expected, limit))
}

fn density(findings: &ScanFindings, declared: &Declared) -> Option<Mismatch> {
    let observed = findings.density_class?;
    let mut expected = Vec::new();
    for &chapter in &declared.chapters {
        let classes = classes_of_chapter(chapter);
        if classes.is_empty() {
            return None;
        }
        expected.extend(classes.iter().copied());
    }
    expected.sort();
    expected.dedup();
    (!expected.is_empty() && !expected.contains(&observed)).then_some(Mismatch::Density {
        region: findings.container,
        observed,
        expected,
    })
}

/// Only where the network knows the look of every declared chapter.
fn likeness(findings: &ScanFindings, declared: &Declared) -> Option<Mismatch> {
    let first = findings.likeness.first()?;
    let mut declared_share = 0.0;
    for chapter in &declared.chapters {
        let known = findings.likeness.iter().find(|one| one.chapter == *chapter);
        declared_share += known?.share;
    }
    let others = ((1.0 - declared_share).clamp(0.0, 1.0) * 1_000.0) as u32;
    let doubted = !declared.chapters.is_empty() && others >= LIKENESS_PERMILLE;
    doubted.then(|| Mismatch::Likeness {
        region: findings.container,
        observed_chapter: first.chapter,
        expected_chapters: declared.chapters.clone(),
        others_permille: others,
        limit_permille: LIKENESS_PERMILLE,
    })
}

/// What a load of a chapter of the Harmonized System can be like; empty when anything can.
#[must_use]
pub fn classes_of_chapter(chapter: u8) -> &'static [DensityClass] {
    use DensityClass::{Light, Metal, Mineral, Organic};
    match chapter {
        // Food, and drinks in glass or cans.
        1..=19 | 23 | 24 => &[Light, Organic],
        20..=22 => &[Light, Organic, Mineral],
        // Salt, stone, cement; ores.
        25 => &[Organic, Mineral],
        26 => &[Mineral, Metal],
        // Fuels, chemicals, plastics, rubber.
        27 | 29 | 30 | 33..=37 | 39 | 40 => &[Light, Organic],
        28 | 31 | 32 | 38 => &[Light, Organic, Mineral],
        // Leather, wood, paper, textiles, footwear.
        41..=67 => &[Light, Organic],
        // Stone, ceramics, glass.
        68..=70 => &[Light, Mineral],
        // Precious and base metals; aluminium stands apart from steel.
        71 | 76 => &[Light, Mineral, Metal],
        72 | 73 | 75 | 78..=81 => &[Metal],
        74 | 82 | 83 => &[Mineral, Metal],
        // Machines, electrical goods, vehicles.
        84..=89 => &[Light, Mineral, Metal],
        // Instruments, furniture, toys.
        90..=92 | 94..=96 => &[Light, Organic, Mineral],
        93 => &[Mineral, Metal],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::findings::{Likeness, Quality};
    use crate::scan::{Bands, QualityIssue};

    fn findings(loaded: bool, mass_kg: u32) -> ScanFindings {
        ScanFindings {
            quality: Quality::default(),
            container: None,
            loaded: Some(loaded),
            contrast_g_cm2: if loaded { 40.0 } else { 1.0 },
            fill_permille: 500,
            mass_kg,
            mass_is_least: false,
            mass_profile_kg: Vec::new(),
            centre_of_gravity_permille: None,
            not_penetrated_permille: 0,
            density_class: Some(DensityClass::Light),
            bands: Bands::default(),
            likeness: Vec::new(),
            anomalies: Vec::new(),
            heat: None,
        }
    }

    fn declared(empty: bool, goods_kg: u32, chapters: &[u8]) -> Declared {
        Declared {
            empty: Some(empty),
            goods_kg: Some(goods_kg),
            scale_goods_kg: None,
            chapters: chapters.to_vec(),
        }
    }

    #[test]
    fn agreement_is_silent_and_each_disagreement_has_its_kind() {
        let kinds = |findings: &ScanFindings, declared: &Declared| {
            let all = compare(findings, declared);
            all.iter()
                .map(|one| match one {
                    Mismatch::LoadedThoughEmpty { .. } => "loaded",
                    Mismatch::EmptyThoughLoaded { .. } => "empty",
                    Mismatch::DeclaredMass { .. } => "declared",
                    Mismatch::ScaleMass { .. } => "scale",
                    Mismatch::Density { .. } => "density",
                    Mismatch::Likeness { .. } => "likeness",
                })
                .collect::<Vec<_>>()
        };
        let load = findings(true, 4_000);
        assert!(kinds(&load, &declared(false, 4_300, &[61])).is_empty());
        assert_eq!(
            kinds(&load, &declared(true, 0, &[])),
            ["loaded", "declared"]
        );
        assert_eq!(kinds(&load, &declared(false, 9_000, &[61])), ["declared"]);
        assert_eq!(kinds(&load, &declared(false, 4_000, &[72])), ["density"]);
        // With any goods declared nothing can be said of density.
        assert!(kinds(&load, &declared(false, 4_000, &[72, 99])).is_empty());
        let empty = findings(false, 0);
        assert!(kinds(&empty, &declared(true, 0, &[])).is_empty());
        assert_eq!(kinds(&empty, &declared(false, 0, &[61])), ["empty"]);
        let scale = Declared {
            scale_goods_kg: Some(9_000),
            ..Declared::default()
        };
        assert_eq!(kinds(&load, &scale), ["scale"]);
        // A lower bound contradicts less, never more.
        let least = ScanFindings {
            mass_is_least: true,
            ..load.clone()
        };
        assert!(kinds(&least, &scale).is_empty());
        let likeness = vec![
            Likeness {
                chapter: 94,
                share: 0.99,
            },
            Likeness {
                chapter: 61,
                share: 0.01,
            },
        ];
        let other = ScanFindings {
            likeness,
            ..load.clone()
        };
        assert_eq!(kinds(&other, &declared(false, 4_000, &[61])), ["likeness"]);
        assert!(kinds(&other, &declared(false, 4_000, &[94])).is_empty());
        assert!(kinds(&other, &declared(false, 4_000, &[63])).is_empty());
        let mut bad = load;
        bad.quality.issues.push(QualityIssue::CutOff);
        bad.loaded = None;
        assert!(kinds(&bad, &declared(true, 0, &[])).is_empty());
    }
}
