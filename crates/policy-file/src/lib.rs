//! The policy document (TOML) → [`Policy`]; the digest is that of the canonical wire form.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::device::{DegradedMode, DeviceKind};
use domain::digest::Digest;
use domain::id::LaneId;
use domain::mass::Mass;
use domain::policy::{GrossLimit, Policy, PolicyVersion, RuleId, RuleMode};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    local_version: u32,
    tag_reads_min: u16,
    confidence_min_permille: u16,
    agreeing_frames_min: u8,
    expires_soon_days: u16,
    window_grace_s: u32,
    ledger_stale_after_s: u32,
    risk_list_stale_after_s: u32,
    empty_cargo_max_kg: u32,
    weight_tolerance_permille: u16,
    weight_tolerance_floor_kg: u32,
    weight_review_bands: u8,
    gross_limits: Vec<LimitDocument>,
    axle_load_max_kg: u32,
    scan_age_max_s: u32,
    scan_mass_tolerance_permille: u16,
    journey_gap_max_s: u32,
    journey_late_grace_s: u32,
    sampling_permille: u16,
    #[serde(default)]
    rule_modes: BTreeMap<String, String>,
    #[serde(default)]
    lane_rule_modes: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    degraded_rule_modes: BTreeMap<String, BTreeMap<String, String>>,
    required_devices: Vec<String>,
    #[serde(default)]
    two_persons: Vec<String>,
    degraded_max_s: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitDocument {
    axles: u8,
    gross_max_kg: u32,
}

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFileError {
    /// The file cannot be read.
    #[error("cannot read policy {file}")]
    Read {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The text is not a policy document.
    #[error("policy {file}, line {line}: {what}")]
    Syntax {
        /// File.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A value is not allowed.
    #[error("policy {file}: {what}")]
    Value {
        /// File.
        file: PathBuf,
        /// Every value at fault with its bounds and the way out.
        what: String,
    },
}

/// Reads and checks the policy at `file`.
///
/// # Errors
/// Unreadable, not a policy document, or values out of their bounds.
pub fn load(file: &Path) -> Result<Policy, PolicyFileError> {
    let text = std::fs::read_to_string(file).map_err(|source| PolicyFileError::Read {
        file: file.to_owned(),
        source,
    })?;
    let document: Document = toml::from_str(&text).map_err(|error| PolicyFileError::Syntax {
        file: file.to_owned(),
        line: error.span().map_or(1, |span| {
            text[..span.start.min(text.len())].matches('\n').count() + 1
        }),
        what: error.message().to_owned(),
    })?;
    let value = |what: String| PolicyFileError::Value {
        file: file.to_owned(),
        what,
    };
    let mut policy = policy(document).map_err(value)?;
    policy.digest = wire::policy::policy_digest(&policy);
    decision::policy::check(&policy).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        value(all.join("; "))
    })?;
    Ok(policy)
}

fn policy(document: Document) -> Result<Policy, String> {
    let mut lane_rule_modes = BTreeMap::new();
    for (lane, modes) in document.lane_rule_modes {
        let lane = LaneId::parse(&lane).map_err(|error| error.to_string())?;
        for (rule, mode) in rule_modes(modes)? {
            lane_rule_modes.insert((lane.clone(), rule), mode);
        }
    }
    let mut degraded_rule_modes = BTreeMap::new();
    for (degraded, modes) in document.degraded_rule_modes {
        let degraded = DegradedMode::parse(&degraded)
            .ok_or_else(|| format!("unknown degraded mode {degraded:?}"))?;
        for (rule, mode) in rule_modes(modes)? {
            degraded_rule_modes.insert((degraded, rule), mode);
        }
    }
    let required_devices = document
        .required_devices
        .iter()
        .map(|kind| DeviceKind::parse(kind).ok_or_else(|| format!("unknown device kind {kind:?}")))
        .collect::<Result<_, _>>()?;
    let kg = |kg: u32| Mass::from_kg(i64::from(kg));
    Ok(Policy {
        version: PolicyVersion {
            central: document.version,
            local: document.local_version,
        },
        digest: Digest::ZERO,
        tag_reads_min: document.tag_reads_min,
        confidence_min_permille: document.confidence_min_permille,
        agreeing_frames_min: document.agreeing_frames_min,
        expires_soon_days: document.expires_soon_days,
        window_grace_s: document.window_grace_s,
        ledger_stale_after_s: document.ledger_stale_after_s,
        risk_list_stale_after_s: document.risk_list_stale_after_s,
        empty_cargo_max: kg(document.empty_cargo_max_kg),
        weight_tolerance_permille: document.weight_tolerance_permille,
        weight_tolerance_floor: kg(document.weight_tolerance_floor_kg),
        weight_review_bands: document.weight_review_bands,
        gross_limits: document
            .gross_limits
            .iter()
            .map(|limit| GrossLimit {
                axles: limit.axles,
                gross_max: kg(limit.gross_max_kg),
            })
            .collect(),
        axle_load_max: kg(document.axle_load_max_kg),
        scan_age_max_s: document.scan_age_max_s,
        scan_mass_tolerance_permille: document.scan_mass_tolerance_permille,
        journey_gap_max_s: document.journey_gap_max_s,
        journey_late_grace_s: document.journey_late_grace_s,
        sampling_permille: document.sampling_permille,
        rule_modes: rule_modes(document.rule_modes)?,
        lane_rule_modes,
        degraded_rule_modes,
        required_devices,
        two_persons: document
            .two_persons
            .iter()
            .map(|rule| rule_id(rule))
            .collect::<Result<BTreeSet<_>, _>>()?,
        degraded_max_s: document.degraded_max_s,
    })
}

fn rule_id(rule: &str) -> Result<RuleId, String> {
    let number = rule.strip_prefix('R').and_then(|n| n.parse().ok());
    number
        .and_then(RuleId::from_number)
        .ok_or_else(|| format!("unknown rule {rule:?}, write R1 to R19"))
}

fn rule_modes(modes: BTreeMap<String, String>) -> Result<BTreeMap<RuleId, RuleMode>, String> {
    modes
        .into_iter()
        .map(|(rule, mode)| {
            let id = rule_id(&rule)?;
            let mode = match mode.as_str() {
                "enforced" => RuleMode::Enforced,
                "skipped" => RuleMode::Skipped,
                "by_person" => RuleMode::ByPerson,
                other => {
                    return Err(format!(
                        "unknown mode {other:?} of {rule}, write enforced, skipped or by_person"
                    ));
                }
            };
            Ok((id, mode))
        })
        .collect()
}

#[cfg(test)]
mod tests;
