//! Parameters of the rules; maps travel as lists in key order.

use std::collections::{BTreeMap, BTreeSet};

use domain::device::DegradedMode;
use domain::id::LaneId;
use domain::policy::{GrossLimit, Policy, PolicyVersion, RuleId, RuleMode};

use super::{Message, Scalar, enumeration, list, message, put, take};
use crate::error::DecodeError;
use crate::pb;

enumeration!(RuleMode {
    Enforced,
    Skipped,
    ByPerson
});
message!(PolicyVersion => PolicyVersion { central = s central, local = s local });
message!(GrossLimit => GrossLimit { axles = s axles, gross_max_g = s gross_max });

struct Modes {
    everywhere: BTreeMap<RuleId, RuleMode>,
    lanes: BTreeMap<(LaneId, RuleId), RuleMode>,
    degraded: BTreeMap<(DegradedMode, RuleId), RuleMode>,
}

fn put_modes(policy: &Policy) -> Vec<pb::RuleModeEntry> {
    let entry = |rule: &RuleId, mode: &RuleMode, lane, degraded| pb::RuleModeEntry {
        rule: rule.put(),
        mode: mode.put(),
        lane,
        degraded,
    };
    let everywhere = policy
        .rule_modes
        .iter()
        .map(|(rule, mode)| entry(rule, mode, None, None));
    let lanes = policy
        .lane_rule_modes
        .iter()
        .map(|((lane, rule), mode)| entry(rule, mode, Some(lane.put()), None));
    let degraded = policy
        .degraded_rule_modes
        .iter()
        .map(|((name, rule), mode)| entry(rule, mode, None, Some(name.put())));
    everywhere.chain(lanes).chain(degraded).collect()
}

fn take_modes(raw: Vec<pb::RuleModeEntry>) -> Result<Modes, DecodeError> {
    let entries = list(raw, |entry| {
        let rule: RuleId = take!(s, entry.rule)?;
        let mode: RuleMode = take!(s, entry.mode)?;
        let lane: Option<LaneId> = take!(os, entry.lane)?;
        let degraded: Option<DegradedMode> = take!(os, entry.degraded)?;
        Ok((rule, mode, lane, degraded))
    })?;
    let mut modes = Modes {
        everywhere: BTreeMap::new(),
        lanes: BTreeMap::new(),
        degraded: BTreeMap::new(),
    };
    for (rule, mode, lane, degraded) in entries {
        let twice = match (lane, degraded) {
            (None, None) => modes.everywhere.insert(rule, mode),
            (Some(lane), None) => modes.lanes.insert((lane, rule), mode),
            (None, Some(name)) => modes.degraded.insert((name, rule), mode),
            (Some(_), Some(_)) => return Err(DecodeError::field("both lane and degraded mode")),
        };
        if twice.is_some() {
            return Err(DecodeError::field(format!("{rule} is listed twice")));
        }
    }
    Ok(modes)
}

fn take_rules(raw: Vec<u32>) -> Result<BTreeSet<RuleId>, DecodeError> {
    let rules: Vec<RuleId> = take!(ls, raw)?;
    let mut set = BTreeSet::new();
    for rule in rules {
        if !set.insert(rule) {
            return Err(DecodeError::field(format!("{rule} is listed twice")));
        }
    }
    Ok(set)
}

impl Message for Policy {
    type Raw = pb::Policy;

    fn put(&self) -> Self::Raw {
        pb::Policy {
            version: put!(m, self.version),
            digest: self.digest.put(),
            tag_reads_min: self.tag_reads_min.put(),
            confidence_min_permille: self.confidence_min_permille.put(),
            agreeing_frames_min: self.agreeing_frames_min.put(),
            expires_soon_days: self.expires_soon_days.put(),
            window_grace_s: self.window_grace_s,
            ledger_stale_after_s: self.ledger_stale_after_s,
            risk_list_stale_after_s: self.risk_list_stale_after_s,
            empty_cargo_max_g: self.empty_cargo_max.put(),
            weight_tolerance_permille: self.weight_tolerance_permille.put(),
            weight_tolerance_floor_g: self.weight_tolerance_floor.put(),
            weight_review_bands: self.weight_review_bands.put(),
            gross_limits: put!(lm, self.gross_limits),
            axle_load_max_g: self.axle_load_max.put(),
            scan_age_max_s: self.scan_age_max_s,
            journey_gap_max_s: self.journey_gap_max_s,
            journey_late_grace_s: self.journey_late_grace_s,
            sampling_permille: self.sampling_permille.put(),
            rule_modes: put_modes(self),
            required_devices: put!(ls, self.required_devices),
            degraded_max_s: self.degraded_max_s,
            scan_mass_tolerance_permille: self.scan_mass_tolerance_permille.put(),
            two_persons: put!(ls, self.two_persons),
        }
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        let at = |field: &'static str| move |error: DecodeError| error.inside(field);
        let modes = take_modes(raw.rule_modes).map_err(at("rule_modes"))?;
        Ok(Self {
            version: take!(m, raw.version).map_err(at("version"))?,
            digest: take!(s, raw.digest).map_err(at("digest"))?,
            tag_reads_min: take!(s, raw.tag_reads_min).map_err(at("tag_reads_min"))?,
            confidence_min_permille: take!(s, raw.confidence_min_permille)
                .map_err(at("confidence_min_permille"))?,
            agreeing_frames_min: take!(s, raw.agreeing_frames_min)
                .map_err(at("agreeing_frames_min"))?,
            expires_soon_days: take!(s, raw.expires_soon_days).map_err(at("expires_soon_days"))?,
            window_grace_s: raw.window_grace_s,
            ledger_stale_after_s: raw.ledger_stale_after_s,
            risk_list_stale_after_s: raw.risk_list_stale_after_s,
            empty_cargo_max: take!(s, raw.empty_cargo_max_g).map_err(at("empty_cargo_max_g"))?,
            weight_tolerance_permille: take!(s, raw.weight_tolerance_permille)
                .map_err(at("weight_tolerance_permille"))?,
            weight_tolerance_floor: take!(s, raw.weight_tolerance_floor_g)
                .map_err(at("weight_tolerance_floor_g"))?,
            weight_review_bands: take!(s, raw.weight_review_bands)
                .map_err(at("weight_review_bands"))?,
            gross_limits: take!(lm, raw.gross_limits).map_err(at("gross_limits"))?,
            axle_load_max: take!(s, raw.axle_load_max_g).map_err(at("axle_load_max_g"))?,
            scan_age_max_s: raw.scan_age_max_s,
            journey_gap_max_s: raw.journey_gap_max_s,
            journey_late_grace_s: raw.journey_late_grace_s,
            sampling_permille: take!(s, raw.sampling_permille).map_err(at("sampling_permille"))?,
            rule_modes: modes.everywhere,
            lane_rule_modes: modes.lanes,
            degraded_rule_modes: modes.degraded,
            required_devices: take!(ls, raw.required_devices).map_err(at("required_devices"))?,
            degraded_max_s: raw.degraded_max_s,
            scan_mass_tolerance_permille: take!(s, raw.scan_mass_tolerance_permille)
                .map_err(at("scan_mass_tolerance_permille"))?,
            two_persons: take_rules(raw.two_persons).map_err(at("two_persons"))?,
        })
    }
}
