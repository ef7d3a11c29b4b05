//! Central and local part → the policy in force. A local value is taken only where it is as
//! strict as the central one or stricter.

use std::collections::BTreeSet;
use std::fmt::Display;

use domain::id::LaneId;
use domain::policy::{Policy, PolicyVersion, RuleId, RuleMode};

use super::{PolicyError, check};

/// Puts `local` over `central`.
///
/// `local` is a whole policy, usually a copy of `central` with some values changed. The result
/// carries the version of both and the digest of `local`.
///
/// # Errors
/// Every parameter where `local` is laxer than `central`, or out of bounds.
pub fn tighten(central: &Policy, local: &Policy) -> Result<Policy, Vec<PolicyError>> {
    let mut errors = Vec::new();
    compare_numbers(central, local, &mut errors);
    compare_gross_limits(central, local, &mut errors);
    compare_modes(central, local, &mut errors);
    compare_degraded_modes(central, local, &mut errors);
    for kind in &central.required_devices {
        if !local.required_devices.contains(kind) {
            laxer(&mut errors, "required_devices", "absent", kind.code());
        }
    }
    for rule in central.two_persons.difference(&local.two_persons) {
        laxer(&mut errors, "two_persons", "absent", rule);
    }
    if let Err(out_of_bounds) = check(local) {
        errors.extend(out_of_bounds);
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Policy {
        version: PolicyVersion {
            central: central.version.central,
            local: local.version.local,
        },
        ..local.clone()
    })
}

fn laxer(
    errors: &mut Vec<PolicyError>,
    field: impl Into<String>,
    value: impl Display,
    bounds: impl Display,
) {
    errors.push(PolicyError {
        field: field.into(),
        value: value.to_string(),
        bounds: bounds.to_string(),
        way_out: "a local part may only be stricter; ask the region to change the central part"
            .to_owned(),
    });
}

fn compare_numbers(central: &Policy, local: &Policy, errors: &mut Vec<PolicyError>) {
    let mut at_least = |field: &str, central: u32, local: u32| {
        if local < central {
            laxer(errors, field, local, format!(">= {central}"));
        }
    };
    macro_rules! at_least {
        ($($field:ident),*) => {
            $(at_least(stringify!($field), central.$field.into(), local.$field.into());)*
        };
    }
    larger_is_stricter!(at_least);
    macro_rules! at_most {
        ($($field:ident),*) => {
            $(if local.$field > central.$field {
                let bounds = format!("<= {}", central.$field);
                laxer(errors, stringify!($field), local.$field, bounds);
            })*
        };
    }
    smaller_is_stricter!(at_most);
}

fn compare_gross_limits(central: &Policy, local: &Policy, errors: &mut Vec<PolicyError>) {
    // A row left out is stricter: without a limit the vehicle is held.
    for row in &local.gross_limits {
        let allowed = central
            .gross_limits
            .iter()
            .find(|limit| limit.axles == row.axles);
        match allowed {
            Some(limit) if row.gross_max <= limit.gross_max => {}
            Some(limit) => {
                let bounds = format!("<= {} for {} axles", limit.gross_max, row.axles);
                laxer(errors, "gross_limits", row.gross_max, bounds);
            }
            None => {
                let bounds = format!("no row for {} axles", row.axles);
                laxer(errors, "gross_limits", row.gross_max, bounds);
            }
        }
    }
}

/// Strictness of a mode. A person's check keeps every Detain and holds where the rule would
/// have released.
pub(super) const fn strictness(mode: RuleMode) -> u8 {
    match mode {
        RuleMode::Skipped => 0,
        RuleMode::Enforced => 1,
        RuleMode::ByPerson => 2,
    }
}

const fn mode_text(mode: RuleMode) -> &'static str {
    match mode {
        RuleMode::Skipped => "skipped",
        RuleMode::Enforced => "enforced",
        RuleMode::ByPerson => "by_person",
    }
}

pub(super) fn mode_in_lane(policy: &Policy, lane: Option<&LaneId>, rule: RuleId) -> RuleMode {
    lane.and_then(|lane| policy.lane_rule_modes.get(&(lane.clone(), rule)))
        .or_else(|| policy.rule_modes.get(&rule))
        .copied()
        .unwrap_or(RuleMode::Enforced)
}

fn compare_modes(central: &Policy, local: &Policy, errors: &mut Vec<PolicyError>) {
    let lanes: BTreeSet<&LaneId> = central
        .lane_rule_modes
        .keys()
        .chain(local.lane_rule_modes.keys())
        .map(|(lane, _)| lane)
        .collect();
    for lane in std::iter::once(None).chain(lanes.into_iter().map(Some)) {
        for rule in RuleId::ALL {
            let of_central = mode_in_lane(central, lane, rule);
            let of_local = mode_in_lane(local, lane, rule);
            if strictness(of_local) < strictness(of_central) {
                let field = match lane {
                    None => format!("rule_modes {rule}"),
                    Some(lane) => format!("lane_rule_modes {lane} {rule}"),
                };
                laxer(errors, field, mode_text(of_local), mode_text(of_central));
            }
        }
    }
}

fn compare_degraded_modes(central: &Policy, local: &Policy, errors: &mut Vec<PolicyError>) {
    let keys: BTreeSet<_> = central
        .degraded_rule_modes
        .keys()
        .chain(local.degraded_rule_modes.keys())
        .collect();
    for key in keys {
        let of_central = central.degraded_rule_modes.get(key);
        let of_local = local.degraded_rule_modes.get(key);
        let is_stricter = match (of_central, of_local) {
            // A person's check is the strictest; a Skipped row may also be left out.
            (_, Some(RuleMode::ByPerson)) => true,
            (Some(RuleMode::Skipped), Some(RuleMode::Skipped) | None) => true,
            (Some(RuleMode::Enforced), Some(RuleMode::Enforced) | None) | (None, None) => true,
            (Some(_) | None, Some(_)) | (Some(RuleMode::ByPerson), None) => false,
        };
        if !is_stricter {
            let field = format!("degraded_rule_modes {} {}", key.0.code(), key.1);
            let shown = |mode: Option<&RuleMode>| mode.map_or("absent", |mode| mode_text(*mode));
            laxer(errors, field, shown(of_local), shown(of_central));
        }
    }
}
