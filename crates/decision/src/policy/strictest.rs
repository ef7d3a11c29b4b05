//! Central and local part → the policy that is as strict as either. Where [`super::tighten`] refuses
//! a local part that is laxer somewhere, this one takes the stricter value of the two, so that a
//! new central part never waits for somebody at the gate.

use std::collections::BTreeMap;

use domain::policy::{GrossLimit, Policy, PolicyVersion, RuleId, RuleMode};

use super::tighten::{mode_in_lane, strictness};

/// The stricter value of every parameter. The version carries the central part of `central` and the
/// local part of `local`; the digest is that of neither and has to be made anew.
#[must_use]
pub fn strictest(central: &Policy, local: &Policy) -> Policy {
    let mut policy = Policy {
        version: PolicyVersion {
            central: central.version.central,
            local: local.version.local,
        },
        ..central.clone()
    };
    macro_rules! larger {
        ($($field:ident),*) => {
            $(policy.$field = central.$field.max(local.$field);)*
        };
    }
    larger_is_stricter!(larger);
    macro_rules! smaller {
        ($($field:ident),*) => {
            $(policy.$field = central.$field.min(local.$field);)*
        };
    }
    smaller_is_stricter!(smaller);
    policy.gross_limits = gross_limits(central, local);
    rule_modes(&mut policy, central, local);
    degraded_rule_modes(&mut policy, central, local);
    for kind in &local.required_devices {
        if !policy.required_devices.contains(kind) {
            policy.required_devices.push(*kind);
        }
    }
    policy.two_persons.extend(&local.two_persons);
    policy
}

/// The rows that both have, each with the smaller limit: without a row the vehicle is held.
fn gross_limits(central: &Policy, local: &Policy) -> Vec<GrossLimit> {
    central
        .gross_limits
        .iter()
        .filter_map(|row| {
            let other = local.gross_limits.iter().find(|l| l.axles == row.axles)?;
            Some(GrossLimit {
                axles: row.axles,
                gross_max: row.gross_max.min(other.gross_max),
            })
        })
        .collect()
}

fn stricter(one: RuleMode, other: RuleMode) -> RuleMode {
    if strictness(one) >= strictness(other) {
        one
    } else {
        other
    }
}

fn rule_modes(policy: &mut Policy, central: &Policy, local: &Policy) {
    let listed = |modes: &BTreeMap<RuleId, RuleMode>, rule| modes.contains_key(&rule);
    for rule in RuleId::ALL {
        if listed(&central.rule_modes, rule) || listed(&local.rule_modes, rule) {
            let mode = stricter(
                mode_in_lane(central, None, rule),
                mode_in_lane(local, None, rule),
            );
            policy.rule_modes.insert(rule, mode);
        }
    }
    let lanes: Vec<_> = central
        .lane_rule_modes
        .keys()
        .chain(local.lane_rule_modes.keys())
        .cloned()
        .collect();
    for (lane, rule) in lanes {
        let mode = stricter(
            mode_in_lane(central, Some(&lane), rule),
            mode_in_lane(local, Some(&lane), rule),
        );
        policy.lane_rule_modes.insert((lane, rule), mode);
    }
}

/// A person's check goes before everything, a missing row before `Skipped`.
fn degraded_rule_modes(policy: &mut Policy, central: &Policy, local: &Policy) {
    for (key, mode) in &local.degraded_rule_modes {
        if *mode == RuleMode::ByPerson {
            policy.degraded_rule_modes.insert(*key, *mode);
        }
    }
    policy.degraded_rule_modes.retain(|key, mode| {
        *mode == RuleMode::ByPerson
            || central.degraded_rule_modes.get(key) == local.degraded_rule_modes.get(key)
    });
}

#[cfg(test)]
mod tests {
    use domain::device::{DegradedMode, DeviceKind};
    use domain::mass::Mass;

    use super::super::{baseline, tighten};
    use super::*;

    #[test]
    fn the_result_is_as_strict_as_either_part() {
        let mut central = baseline();
        central.version.central = 7;
        central.weight_tolerance_permille = 30;
        central.rule_modes.insert(RuleId::R13, RuleMode::Skipped);
        central.gross_limits.pop();
        let mut local = baseline();
        local.version.local = 2;
        local.sampling_permille = 90;
        local.window_grace_s = 60;
        local.axle_load_max = Mass::from_kg(10_000);
        local.required_devices.push(DeviceKind::Scanner);
        central.two_persons.insert(RuleId::R9);
        local.two_persons.insert(RuleId::R13);
        local
            .degraded_rule_modes
            .insert((DegradedMode::ScannerDown, RuleId::R12), RuleMode::ByPerson);
        let both = strictest(&central, &local);
        assert_eq!((both.version.central, both.version.local), (7, 2));
        assert_eq!(
            (both.weight_tolerance_permille, both.sampling_permille),
            (30, 90)
        );
        assert_eq!(both.rule_modes.get(&RuleId::R13), Some(&RuleMode::Enforced));
        assert_eq!(both.gross_limits.len(), central.gross_limits.len());
        assert!(tighten(&central, &both).is_ok());
        assert!(tighten(&local, &both).is_ok());
        // A part beside itself is itself.
        let same = strictest(&central, &central);
        assert_eq!(same, central);
    }
}
