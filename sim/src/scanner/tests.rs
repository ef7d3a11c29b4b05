//! Goal: generated scans are the same everywhere, have a truth that holds, and are measured
//! rightly by the examiner without a network. Method: a few scans of a seed that no figure uses.

use vision::Limits;
use vision::scan::{Examiner, QualityIssue, ScanImage};

use super::*;

const SEED: u64 = 31;

fn examined(order: Order, index: u64) -> (Truth, vision::scan::ScanFindings) {
    let made = scan(SEED, index, order, &Ranges::evaluation());
    let geometry = geometry(Some(made.truth.steel_box.length_mm)).unwrap();
    let findings = Examiner::physics_only()
        .examine(&made.image(geometry))
        .unwrap();
    (made.truth, findings)
}

#[test]
fn the_same_seed_makes_the_same_scan() {
    let order = Order::Hidden(Goods::Timber);
    let one = scan(SEED, 5, order, &Ranges::training());
    let again = scan(SEED, 5, order, &Ranges::training());
    assert_eq!((&one.high, &one.low), (&again.high, &again.low));
    let other = scan(SEED, 6, order, &Ranges::training());
    assert_ne!(one.high, other.high);
    assert!(
        one.high
            .iter()
            .chain(&one.low)
            .all(|value| value.is_finite())
    );
    let foreign = one.truth.foreign.unwrap();
    let area = foreign.area.width() * foreign.area.height() / (PIXEL_CM * PIXEL_CM);
    let covered = foreign.mask.iter().filter(|&&set| set).count() as f64;
    assert!(covered > 0.4 * area && covered < 1.6 * area + 8.0);
}

#[test]
fn empty_containers_are_empty_and_small_loads_are_seen() {
    for index in 0..6 {
        let (_, findings) = examined(Order::Empty, index);
        assert_eq!(findings.loaded, Some(false), "{findings:?}");
        assert_eq!((findings.mass_kg, findings.fill_permille), (0, 0));
        let (truth, findings) = examined(Order::SmallLoad, 100 + index);
        assert_eq!(findings.loaded, Some(true), "{findings:?}");
        let area = truth.foreign.unwrap().area;
        let (left, top, right, bottom) = findings.anomalies[0].region.bounds();
        let x = (0.5 * (area.left + area.right) / PIXEL_CM) as f32;
        let y = (0.5 * (area.top + area.bottom) / PIXEL_CM) as f32;
        assert!(x > left - 2.0 && x < right + 2.0 && y > top - 2.0 && y < bottom + 2.0);
    }
}

#[test]
fn mass_fill_and_balance_are_measured() {
    let goods = [
        Goods::Clothing,
        Goods::Timber,
        Goods::Scrap,
        Goods::Machinery,
    ];
    for (index, goods) in goods.into_iter().enumerate() {
        let (truth, findings) = examined(Order::Loaded(goods), 200 + index as u64);
        let mass = f64::from(findings.mass_kg);
        assert!(
            (mass / truth.mass_kg - 1.0).abs() < 0.12,
            "{goods:?} {mass} {}",
            truth.mass_kg
        );
        let fill = f64::from(findings.fill_permille) / 1_000.0;
        assert!((fill - truth.fill).abs() < 0.05, "{goods:?}");
        let seen = f64::from(findings.centre_of_gravity_permille.unwrap()) / 1_000.0;
        assert!(
            (seen - truth.centre_of_gravity.unwrap()).abs() < 0.02,
            "{goods:?}"
        );
        let sum: f32 = findings.mass_profile_kg.iter().sum();
        assert!((f64::from(sum) - mass).abs() < 0.06 * mass, "{goods:?}");
    }
}

#[test]
fn what_cannot_be_penetrated_is_a_lower_bound() {
    let (truth, findings) = examined(Order::Loaded(Goods::Coils), 300);
    assert!(truth.not_penetrated > 0.01);
    assert!(findings.mass_is_least && findings.not_penetrated_permille > 5);
    assert!(f64::from(findings.mass_kg) < 1.05 * truth.mass_kg);
}

#[test]
fn files_are_read_back_and_a_wrong_length_is_told() {
    let made = scan(SEED, 400, Order::Loaded(Goods::Tyres), &Ranges::training());
    let files = made.files();
    let right = geometry(Some(made.truth.steel_box.length_mm)).unwrap();
    let limits = Limits::of_scans();
    let decoded = |geometry| {
        ScanImage::decode(&files.high_png, Some(&files.low_png), geometry, &limits).unwrap()
    };
    assert_eq!(decoded(right.clone()), made.image(right.clone()));
    assert!(files.sidecar.contains("container_length_mm"));
    let mut examiner = Examiner::physics_only();
    let findings = examiner.examine(&decoded(right)).unwrap();
    assert!(findings.quality.issues.is_empty(), "{:?}", findings.quality);
    let wrong = geometry(Some(made.truth.steel_box.length_mm + 3_000)).unwrap();
    let findings = examiner.examine(&decoded(wrong)).unwrap();
    let issues = &findings.quality.issues;
    assert!(
        matches!(issues[..], [QualityIssue::WrongLength { .. }]),
        "{issues:?}"
    );
}

#[test]
fn a_lesson_marks_what_is_hidden() {
    let geometry = geometry(None).unwrap();
    let mut hidden = 0;
    for index in 0..12 {
        let Some(lesson) = lesson(SEED, index, &Ranges::training(), &geometry) else {
            panic!("no container in scan {index}");
        };
        let marked = lesson.mask.iter().any(|&share| share > 89);
        if lesson.label[4] > 0.5 {
            assert!(marked, "{index}");
            hidden += 1;
        }
    }
    assert!(hidden > 2);
}
