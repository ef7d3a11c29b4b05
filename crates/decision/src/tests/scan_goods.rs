//! Table of R12 where software measured the scan: mass and goods against the papers.

use domain::gate_pass::PassContainer;
use domain::mass::Mass;
use domain::policy::RuleId;
use domain::reading::{ChapterLikeness, DensityClass, ScanJudge, ScanMeasures, ScanReading};

use super::{Table, case};
use crate::fixture::{Passage, clean, other_container};

/// What software says of the image that the officer judged.
fn measures(kg: i64) -> ScanMeasures {
    ScanMeasures {
        cargo: Mass::from_kg(kg),
        cargo_is_least: false,
        fill_permille: 600,
        density: Some(DensityClass::Mineral),
        likeness: vec![
            ChapterLikeness {
                chapter: 69,
                permille: 990,
            },
            ChapterLikeness {
                chapter: 84,
                permille: 10,
            },
        ],
    }
}

fn put(p: &mut Passage, measured: ScanMeasures) {
    let machine = ScanReading {
        judge: ScanJudge::Machine,
        measured: Some(measured),
        ..p.evidence.scans[0].clone()
    };
    p.evidence.scans.push(machine);
}

/// Before an officer has looked.
fn alone(p: &mut Passage, measured: ScanMeasures) {
    put(p, measured);
    p.evidence.scans.remove(0);
}

fn looks_like(chapter: u8, permille: u16) -> ScanMeasures {
    let mut measured = measures(20_500);
    measured.density = None;
    measured.likeness = vec![
        ChapterLikeness { chapter, permille },
        ChapterLikeness {
            chapter: 69,
            permille: 1_000 - permille,
        },
    ];
    measured
}

/// A second box that is scanned like the first; `apart`: each consignment in a box of its own.
fn two_boxes(p: &mut Passage, first_kg: i64, second_kg: i64, apart: bool) {
    put(p, measures(first_kg));
    let second = other_container();
    p.pass().containers.push(PassContainer {
        number: second.clone(),
        empty: false,
        seals: Vec::new(),
    });
    for mut scan in p.evidence.scans.clone() {
        scan.container = Some(second.clone());
        scan.measured = scan.measured.map(|_| measures(second_kg));
        p.evidence.scans.push(scan);
    }
    if !apart {
        let fact = &mut p.facts.consignments[0];
        let consignment = fact.consignment.as_mut().expect("there is one");
        consignment.containers.push(second);
    }
}

pub(super) const TABLES: &[Table] = &[(
    RuleId::R12,
    &[
        // 20,500 kg declared: 15 % and 300 kg are 3,375 kg.
        case!("mass as declared", clean, |p| put(p, measures(20_500)), []),
        case!("the most let pass", clean, |p| put(p, measures(23_875)), []),
        case!("more than that", clean, |p| put(p, measures(23_876)), [Review R12MassDiffers]),
        case!(
            "the least let pass",
            clean,
            |p| put(p, measures(17_125)),
            []
        ),
        case!("less than that", clean, |p| put(p, measures(17_124)), [Review R12MassDiffers]),
        case!(
            "less where the beam does not come through",
            clean,
            |p| {
                let mut dark = measures(9_000);
                dark.cargo_is_least = true;
                put(p, dark);
            },
            []
        ),
        case!("more where the beam does not come through", clean, |p| { let mut dark = measures(23_876); dark.cargo_is_least = true; put(p, dark); }, [Review R12MassDiffers]),
        case!("a stricter policy", clean, |p| { p.policy.scan_mass_tolerance_permille = 50; put(p, measures(22_000)); }, [Review R12MassDiffers]),
        case!(
            "a consignment spread over two boxes",
            clean,
            |p| two_boxes(p, 12_000, 8_000, false),
            []
        ),
        case!("spread over two boxes, too much in both", clean, |p| two_boxes(p, 12_000, 12_000, false), [Review R12MassDiffers]),
        case!("all in one box by the papers, in two by the scan", clean, |p| two_boxes(p, 10_250, 10_250, true), [Review R12MassDiffers, Review R12MassDiffers]),
        case!("metal among tiles, no officer yet", clean, |p| { let mut metal = measures(20_500); metal.density = Some(DensityClass::Metal); alone(p, metal); }, [Review R12MachineOnly, Review R12GoodsDiffer]),
        case!(
            "metal among tiles, an officer looked",
            clean,
            |p| {
                let mut metal = measures(20_500);
                metal.density = Some(DensityClass::Metal);
                put(p, metal);
            },
            []
        ),
        case!("looks like furniture, no officer yet", clean, |p| alone(p, looks_like(94, 980)), [Review R12MachineOnly, Review R12GoodsDiffer]),
        case!("looks a little like furniture", clean, |p| alone(p, looks_like(94, 979)), [Review R12MachineOnly]),
        case!("a chapter whose look nobody knows", clean, |p| { p.facts.consignments[0].consignment.as_mut().expect("one").hs_code = Some("9503".to_owned()); alone(p, looks_like(94, 980)); }, [Review R12MachineOnly]),
        case!("goods without a code", clean, |p| { p.facts.consignments[0].consignment.as_mut().expect("one").hs_code = None; alone(p, looks_like(94, 980)); }, [Review R12MachineOnly]),
    ],
)];
