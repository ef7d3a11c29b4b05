//! A policy → the parameters that are out of bounds, all of them.

use std::fmt::Display;

use domain::device::DeviceKind;
use domain::mass::Mass;
use domain::policy::{Policy, RuleMode};

use super::{PolicyError, may_be_skipped};

/// Most entries of `lane_rule_modes`: 64 lanes, 19 rules.
const LANE_RULE_MODES_MAX: usize = 64 * 19;

/// Checks every parameter against its bounds.
///
/// # Errors
/// Every parameter that is out of bounds, in the order of the fields.
pub fn check(policy: &Policy) -> Result<(), Vec<PolicyError>> {
    let mut errors = Vec::new();
    check_evidence(policy, &mut errors);
    check_times(policy, &mut errors);
    check_masses(policy, &mut errors);
    check_gross_limits(policy, &mut errors);
    check_modes(policy, &mut errors);
    check_devices(policy, &mut errors);
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

fn within<T: PartialOrd + Display>(
    errors: &mut Vec<PolicyError>,
    field: &str,
    value: T,
    least: T,
    most: T,
) {
    if value < least || value > most {
        errors.push(PolicyError {
            field: field.to_owned(),
            value: value.to_string(),
            bounds: format!("{least} to {most}"),
            way_out: "choose a value within the bounds".to_owned(),
        });
    }
}

fn check_evidence(policy: &Policy, errors: &mut Vec<PolicyError>) {
    within(errors, "tag_reads_min", policy.tag_reads_min, 2, 100);
    let confidence = policy.confidence_min_permille;
    within(errors, "confidence_min_permille", confidence, 500, 1_000);
    within(
        errors,
        "agreeing_frames_min",
        policy.agreeing_frames_min,
        2,
        20,
    );
    within(
        errors,
        "sampling_permille",
        policy.sampling_permille,
        0,
        1_000,
    );
}

fn check_times(policy: &Policy, errors: &mut Vec<PolicyError>) {
    for (field, value, least, most) in [
        (
            "expires_soon_days",
            u32::from(policy.expires_soon_days),
            0,
            90,
        ),
        ("window_grace_s", policy.window_grace_s, 0, 7_200),
        (
            "ledger_stale_after_s",
            policy.ledger_stale_after_s,
            60,
            259_200,
        ),
        (
            "risk_list_stale_after_s",
            policy.risk_list_stale_after_s,
            60,
            86_400,
        ),
        ("scan_age_max_s", policy.scan_age_max_s, 600, 86_400),
        ("journey_gap_max_s", policy.journey_gap_max_s, 30, 3_600),
        (
            "journey_late_grace_s",
            policy.journey_late_grace_s,
            0,
            7_200,
        ),
        ("degraded_max_s", policy.degraded_max_s, 300, 86_400),
    ] {
        within(errors, field, value, least, most);
    }
}

fn check_masses(policy: &Policy, errors: &mut Vec<PolicyError>) {
    let permille = policy.weight_tolerance_permille;
    within(errors, "weight_tolerance_permille", permille, 0, 100);
    within(
        errors,
        "scan_mass_tolerance_permille",
        policy.scan_mass_tolerance_permille,
        50,
        500,
    );
    within(
        errors,
        "weight_review_bands",
        policy.weight_review_bands,
        1,
        4,
    );
    for (field, value, least_kg, most_kg) in [
        ("empty_cargo_max", policy.empty_cargo_max, 50, 1_000),
        // Below 60 kg the floor would be less than a class III scale may be off in service.
        (
            "weight_tolerance_floor",
            policy.weight_tolerance_floor,
            60,
            1_000,
        ),
        ("axle_load_max", policy.axle_load_max, 5_000, 20_000),
    ] {
        let (least, most) = (Mass::from_kg(least_kg), Mass::from_kg(most_kg));
        within(errors, field, value, least, most);
    }
}

fn check_gross_limits(policy: &Policy, errors: &mut Vec<PolicyError>) {
    let rows = &policy.gross_limits;
    within(errors, "gross_limits rows", rows.len(), 1, 12);
    for row in rows {
        within(errors, "gross_limits axles", row.axles, 2, 12);
        let (least, most) = (Mass::from_kg(1_000), Mass::from_kg(100_000));
        within(errors, "gross_limits gross_max", row.gross_max, least, most);
    }
    for pair in rows.windows(2) {
        if pair[1].axles <= pair[0].axles || pair[1].gross_max < pair[0].gross_max {
            errors.push(PolicyError {
                field: "gross_limits".to_owned(),
                value: format!("{} axles after {}", pair[1].axles, pair[0].axles),
                bounds: "axles rising, gross not falling".to_owned(),
                way_out: "sort the rows by axles, one row for each".to_owned(),
            });
        }
    }
}

fn check_modes(policy: &Policy, errors: &mut Vec<PolicyError>) {
    let mut refuse_skip = |field: String| {
        errors.push(PolicyError {
            field,
            value: "skipped".to_owned(),
            bounds: "enforced or by_person".to_owned(),
            way_out: "R4, R5, R11 and R19 are never skipped; let a person do the check".to_owned(),
        });
    };
    for (rule, mode) in &policy.rule_modes {
        if *mode == RuleMode::Skipped && !may_be_skipped(*rule) {
            refuse_skip(format!("rule_modes {rule}"));
        }
    }
    for ((lane, rule), mode) in &policy.lane_rule_modes {
        if *mode == RuleMode::Skipped && !may_be_skipped(*rule) {
            refuse_skip(format!("lane_rule_modes {lane} {rule}"));
        }
    }
    for ((degraded, rule), mode) in &policy.degraded_rule_modes {
        if *mode == RuleMode::Skipped && !may_be_skipped(*rule) {
            refuse_skip(format!("degraded_rule_modes {} {rule}", degraded.code()));
        }
    }
    for ((degraded, rule), mode) in &policy.degraded_rule_modes {
        if *mode == RuleMode::Enforced {
            errors.push(PolicyError {
                field: format!("degraded_rule_modes {} {rule}", degraded.code()),
                value: "enforced".to_owned(),
                bounds: "skipped or by_person".to_owned(),
                way_out: "leave the row out: a rule without one stays as it is".to_owned(),
            });
        }
    }
    let rows = policy.lane_rule_modes.len();
    within(errors, "lane_rule_modes rows", rows, 0, LANE_RULE_MODES_MAX);
}

fn check_devices(policy: &Policy, errors: &mut Vec<PolicyError>) {
    if !policy
        .required_devices
        .contains(&DeviceKind::GateController)
    {
        errors.push(PolicyError {
            field: "required_devices".to_owned(),
            value: format!("{} kinds", policy.required_devices.len()),
            bounds: "with gate_controller".to_owned(),
            way_out: "add gate_controller: without it nothing is known of the lane".to_owned(),
        });
    }
    let kinds = policy.required_devices.len();
    within(errors, "required_devices", kinds, 1, DeviceKind::ALL.len());
}
