//! Bounds of policies, and what a local part may change.

use std::collections::BTreeSet;

use domain::device::{DegradedMode, DeviceKind};
use domain::mass::Mass;
use domain::policy::{Policy, RuleId, RuleMode};

use crate::fixture::lane;
use crate::policy::{NEVER_SKIPPED, baseline, check, tighten};

#[test]
fn the_baseline_is_within_its_bounds_and_as_strict_as_itself() {
    assert_eq!(check(&baseline()), Ok(()));
    assert_eq!(tighten(&baseline(), &baseline()), Ok(baseline()));
}

#[test]
fn each_parameter_out_of_bounds_is_named_with_its_way_out() {
    type Row = (&'static str, fn(&mut Policy));
    let rows: [Row; 23] = [
        ("tag_reads_min", |p| p.tag_reads_min = 1),
        ("confidence_min_permille", |p| {
            p.confidence_min_permille = 1_001
        }),
        ("agreeing_frames_min", |p| p.agreeing_frames_min = 1),
        ("sampling_permille", |p| p.sampling_permille = 1_001),
        ("expires_soon_days", |p| p.expires_soon_days = 91),
        ("window_grace_s", |p| p.window_grace_s = 7_201),
        ("ledger_stale_after_s", |p| p.ledger_stale_after_s = 59),
        ("risk_list_stale_after_s", |p| {
            p.risk_list_stale_after_s = 86_401
        }),
        ("scan_age_max_s", |p| p.scan_age_max_s = 0),
        ("scan_mass_tolerance_permille", |p| {
            p.scan_mass_tolerance_permille = 49
        }),
        ("journey_gap_max_s", |p| p.journey_gap_max_s = 3_601),
        ("journey_late_grace_s", |p| p.journey_late_grace_s = 7_201),
        ("degraded_max_s", |p| p.degraded_max_s = 86_401),
        ("weight_tolerance_permille", |p| {
            p.weight_tolerance_permille = 101
        }),
        ("weight_review_bands", |p| p.weight_review_bands = 0),
        ("empty_cargo_max", |p| {
            p.empty_cargo_max = Mass::from_kg(1_001)
        }),
        ("weight_tolerance_floor", |p| {
            p.weight_tolerance_floor = Mass::from_kg(59)
        }),
        ("axle_load_max", |p| p.axle_load_max = Mass::ZERO),
        ("gross_limits rows", |p| p.gross_limits.clear()),
        ("gross_limits", |p| p.gross_limits.reverse()),
        ("gross_limits axles", |p| p.gross_limits[0].axles = 1),
        ("degraded_rule_modes scanner_down R12", |p| {
            p.degraded_rule_modes
                .insert((DegradedMode::ScannerDown, RuleId::R12), RuleMode::Enforced);
        }),
        ("required_devices", |p| {
            p.required_devices
                .retain(|kind| *kind != DeviceKind::GateController)
        }),
    ];
    for (field, spoil) in rows {
        let mut policy = baseline();
        spoil(&mut policy);
        let errors = check(&policy).expect_err(field);
        assert!(
            errors.iter().all(|error| error.field == field),
            "{field}: {errors:?}"
        );
        assert!(
            errors.iter().all(|error| !error.way_out.is_empty()),
            "{field}"
        );
    }
}

#[test]
fn no_table_of_a_policy_may_skip_the_four_rules() {
    for rule in RuleId::ALL {
        let mut policy = baseline();
        policy.rule_modes.insert(rule, RuleMode::Skipped);
        policy
            .lane_rule_modes
            .insert((lane(), rule), RuleMode::Skipped);
        let key = (DegradedMode::RegionUnreachable, rule);
        policy.degraded_rule_modes.insert(key, RuleMode::Skipped);
        let refused = check(&policy).err().map_or(0, |errors| errors.len());
        let expected = if NEVER_SKIPPED.contains(&rule) { 3 } else { 0 };
        assert_eq!(refused, expected, "{rule}");
    }
}

/// Field, a stricter value, a laxer one.
type Tightening = (&'static str, fn(&mut Policy), fn(&mut Policy));

const TIGHTENINGS: [Tightening; 24] = [
    (
        "tag_reads_min",
        |p| p.tag_reads_min = 3,
        |p| p.tag_reads_min = 1,
    ),
    (
        "confidence_min_permille",
        |p| p.confidence_min_permille = 950,
        |p| p.confidence_min_permille = 899,
    ),
    (
        "agreeing_frames_min",
        |p| p.agreeing_frames_min = 3,
        |p| p.agreeing_frames_min = 1,
    ),
    (
        "expires_soon_days",
        |p| p.expires_soon_days = 4,
        |p| p.expires_soon_days = 2,
    ),
    (
        "sampling_permille",
        |p| p.sampling_permille = 11,
        |p| p.sampling_permille = 9,
    ),
    (
        "window_grace_s",
        |p| p.window_grace_s = 0,
        |p| p.window_grace_s = 1_801,
    ),
    (
        "ledger_stale_after_s",
        |p| p.ledger_stale_after_s = 60,
        |p| p.ledger_stale_after_s = 14_401,
    ),
    (
        "risk_list_stale_after_s",
        |p| p.risk_list_stale_after_s = 60,
        |p| p.risk_list_stale_after_s = 3_601,
    ),
    (
        "empty_cargo_max",
        |p| p.empty_cargo_max = Mass::from_kg(299),
        |p| p.empty_cargo_max = Mass::from_kg(301),
    ),
    (
        "weight_tolerance_permille",
        |p| p.weight_tolerance_permille = 30,
        |p| p.weight_tolerance_permille = 51,
    ),
    (
        "weight_tolerance_floor",
        |p| p.weight_tolerance_floor = Mass::from_kg(200),
        |p| p.weight_tolerance_floor = Mass::from_kg(301),
    ),
    (
        "weight_review_bands",
        |p| p.weight_review_bands = 1,
        |p| p.weight_review_bands = 3,
    ),
    (
        "axle_load_max",
        |p| p.axle_load_max = Mass::from_kg(10_000),
        |p| p.axle_load_max = Mass::from_kg(11_501),
    ),
    (
        "scan_age_max_s",
        |p| p.scan_age_max_s = 600,
        |p| p.scan_age_max_s = 14_401,
    ),
    (
        "scan_mass_tolerance_permille",
        |p| p.scan_mass_tolerance_permille = 100,
        |p| p.scan_mass_tolerance_permille = 151,
    ),
    (
        "journey_gap_max_s",
        |p| p.journey_gap_max_s = 300,
        |p| p.journey_gap_max_s = 601,
    ),
    (
        "journey_late_grace_s",
        |p| p.journey_late_grace_s = 0,
        |p| p.journey_late_grace_s = 1_801,
    ),
    (
        "degraded_max_s",
        |p| p.degraded_max_s = 3_600,
        |p| p.degraded_max_s = 14_401,
    ),
    (
        "gross_limits",
        |p| p.gross_limits[4].gross_max = Mass::from_kg(46_000),
        |p| p.gross_limits[4].gross_max = Mass::from_kg(49_001),
    ),
    (
        "gross_limits",
        |p| p.gross_limits.truncate(4),
        |p| {
            p.gross_limits.push(domain::policy::GrossLimit {
                axles: 7,
                gross_max: Mass::from_kg(49_000),
            })
        },
    ),
    (
        "rule_modes R9",
        |p| {
            p.rule_modes.insert(RuleId::R9, RuleMode::ByPerson);
        },
        |p| {
            p.rule_modes.insert(RuleId::R9, RuleMode::Skipped);
        },
    ),
    (
        "lane_rule_modes lane1 R9",
        |p| {
            p.lane_rule_modes
                .insert((lane(), RuleId::R9), RuleMode::ByPerson);
        },
        |p| {
            p.lane_rule_modes
                .insert((lane(), RuleId::R9), RuleMode::Skipped);
        },
    ),
    (
        "degraded_rule_modes seal_reader_down R8",
        |p| {
            p.degraded_rule_modes
                .insert((DegradedMode::ScannerDown, RuleId::R7), RuleMode::ByPerson);
        },
        |p| {
            p.degraded_rule_modes
                .remove(&(DegradedMode::SealReaderDown, RuleId::R8));
        },
    ),
    (
        "required_devices",
        |p| p.required_devices.push(DeviceKind::SealReader),
        |p| {
            p.required_devices
                .retain(|kind| *kind != DeviceKind::Weighbridge)
        },
    ),
];

#[test]
fn a_local_part_may_add_rules_that_take_two_persons_and_drop_none() {
    let rules = |numbers: &[u8]| {
        let rules = numbers.iter().filter_map(|n| RuleId::from_number(*n));
        rules.collect::<BTreeSet<RuleId>>()
    };
    let mut central = baseline();
    central.two_persons = rules(&[9, 13]);
    for (local_rules, dropped) in [
        (&[9, 13][..], None),
        (&[1, 9, 13], None),
        (&[9], Some("R13")),
        (&[], Some("R9")),
    ] {
        let mut local = central.clone();
        local.two_persons = rules(local_rules);
        let joined = tighten(&central, &local);
        let first = joined.err().map(|errors| {
            assert_eq!(errors[0].field, "two_persons");
            errors[0].bounds.clone()
        });
        assert_eq!(first.as_deref(), dropped, "{local_rules:?}");
    }
}

#[test]
fn a_local_part_may_only_be_stricter() {
    for (field, stricter, laxer) in TIGHTENINGS {
        let mut local = baseline();
        local.version.local = 7;
        stricter(&mut local);
        let joined = tighten(&baseline(), &local).expect(field);
        assert_eq!(joined, local, "{field}");
        let mut local = baseline();
        laxer(&mut local);
        let errors = tighten(&baseline(), &local).expect_err(field);
        assert!(
            errors.iter().any(|error| error.field == field),
            "{field}: {errors:?}"
        );
    }
}
