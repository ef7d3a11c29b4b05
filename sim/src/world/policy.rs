//! The parameters that the simulated customs has set. They are data of the world, as a region
//! would sign them down; figures as in the design's table of rules.

use std::collections::{BTreeMap, BTreeSet};

use domain::device::DeviceKind;
use domain::digest::Digest;
use domain::mass::Mass;
use domain::policy::{GrossLimit, Policy, PolicyVersion};

/// The policy of the world. Nothing is sampled, so that every hold has a staged reason.
pub(super) fn policy() -> Policy {
    let limit = |axles, tonnes: i64| GrossLimit {
        axles,
        gross_max: Mass::from_kg(tonnes * 1_000),
    };
    Policy {
        version: PolicyVersion {
            central: 1,
            local: 0,
        },
        digest: Digest::ZERO,
        tag_reads_min: 2,
        confidence_min_permille: 900,
        agreeing_frames_min: 2,
        expires_soon_days: 7,
        window_grace_s: 1_800,
        ledger_stale_after_s: 3_600,
        risk_list_stale_after_s: 3_600,
        empty_cargo_max: Mass::from_kg(500),
        weight_tolerance_permille: 50,
        weight_tolerance_floor: Mass::from_kg(300),
        weight_review_bands: 2,
        // Combinations of GB 1589-2016, by axles.
        gross_limits: vec![
            limit(2, 18),
            limit(3, 25),
            limit(4, 31),
            limit(5, 43),
            limit(6, 49),
        ],
        axle_load_max: Mass::from_kg(11_500),
        scan_age_max_s: 86_400,
        scan_mass_tolerance_permille: 150,
        journey_gap_max_s: 600,
        journey_late_grace_s: 1_800,
        sampling_permille: 0,
        rule_modes: BTreeMap::new(),
        lane_rule_modes: BTreeMap::new(),
        degraded_rule_modes: BTreeMap::new(),
        required_devices: vec![
            DeviceKind::Weighbridge,
            DeviceKind::TagReader,
            DeviceKind::PlateCamera,
            DeviceKind::GateController,
        ],
        two_persons: BTreeSet::new(),
        degraded_max_s: 14_400,
    }
}
