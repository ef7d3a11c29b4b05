//! The policy that a gate starts from. Each value has its source in `docs/rules.md`.

use std::collections::{BTreeMap, BTreeSet};

use domain::device::{DegradedMode, DeviceKind};
use domain::digest::Digest;
use domain::mass::Mass;
use domain::policy::{GrossLimit, Policy, PolicyVersion, RuleId, RuleMode};

/// Legal gross by axles: road rules of the Ministry of Transport, order 62 of 2016, article 3,
/// combinations of vehicles (two axles: rigid truck).
const GROSS_LIMITS_KG: [(u8, i64); 5] = [
    (2, 18_000),
    (3, 27_000),
    (4, 36_000),
    (5, 43_000),
    (6, 49_000),
];

/// Starting values: every rule enforced, every degraded mode replaced by a person's check.
#[must_use]
pub fn baseline() -> Policy {
    Policy {
        version: PolicyVersion {
            central: 1,
            local: 0,
        },
        digest: Digest::ZERO,
        tag_reads_min: 2,
        confidence_min_permille: 900,
        agreeing_frames_min: 2,
        expires_soon_days: 3,
        window_grace_s: 1_800,
        ledger_stale_after_s: 14_400,
        risk_list_stale_after_s: 3_600,
        empty_cargo_max: Mass::from_kg(300),
        weight_tolerance_permille: 50,
        weight_tolerance_floor: Mass::from_kg(300),
        weight_review_bands: 2,
        gross_limits: GROSS_LIMITS_KG
            .into_iter()
            .map(|(axles, kg)| GrossLimit {
                axles,
                gross_max: Mass::from_kg(kg),
            })
            .collect(),
        axle_load_max: Mass::from_kg(11_500),
        scan_age_max_s: 14_400,
        scan_mass_tolerance_permille: 150,
        journey_gap_max_s: 600,
        journey_late_grace_s: 1_800,
        sampling_permille: 10,
        rule_modes: BTreeMap::new(),
        lane_rule_modes: BTreeMap::new(),
        degraded_rule_modes: degraded_rule_modes(),
        required_devices: vec![
            DeviceKind::Weighbridge,
            DeviceKind::TagReader,
            DeviceKind::PlateCamera,
            DeviceKind::ContainerCamera,
            DeviceKind::GateController,
        ],
        two_persons: BTreeSet::new(),
        degraded_max_s: 14_400,
    }
}

/// What a device that is down leaves to a person; nothing is skipped.
fn degraded_rule_modes() -> BTreeMap<(DegradedMode, RuleId), RuleMode> {
    [
        (DegradedMode::PlateCameraDown, RuleId::R1),
        (DegradedMode::TagReaderDown, RuleId::R1),
        (DegradedMode::WeighbridgeDown, RuleId::R7),
        (DegradedMode::WeighbridgeDown, RuleId::R9),
        (DegradedMode::WeighbridgeDown, RuleId::R10),
        (DegradedMode::ScannerDown, RuleId::R12),
        (DegradedMode::SealReaderDown, RuleId::R8),
    ]
    .into_iter()
    .map(|key| (key, RuleMode::ByPerson))
    .collect()
}
