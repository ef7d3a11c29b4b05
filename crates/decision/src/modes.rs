//! Policy, lane and degraded modes in force → how one rule is applied here, and by whose word.

use std::time::Duration;

use domain::device::{DegradedDeclaration, DegradedMode};
use domain::policy::{RuleId, RuleMode};

use crate::context::Context;
use crate::freshness::is_future;
use crate::policy::may_be_skipped;

/// How a rule is applied, and who says so.
pub(crate) struct Applied {
    pub(crate) mode: RuleMode,
    /// "policy", "lane" or the degraded mode's code.
    pub(crate) by: &'static str,
}

/// Whether a declaration counts: begun, not ended, not longer than the policy allows.
pub(crate) fn is_in_force(context: &Context<'_>, declaration: &DegradedDeclaration) -> bool {
    let length_max = Duration::from_secs(u64::from(context.policy.degraded_max_s));
    !is_future(declaration.declared_at, context.now)
        && context.now <= declaration.until
        && declaration.until.since(declaration.declared_at) <= length_max
}

/// Whether `mode` is declared and in force.
pub(crate) fn is_declared(context: &Context<'_>, mode: DegradedMode) -> bool {
    context
        .evidence
        .degraded
        .iter()
        .any(|declaration| declaration.mode == mode && is_in_force(context, declaration))
}

/// How `rule` is applied to this passage. Of several degraded modes the strictest counts.
pub(crate) fn applied(context: &Context<'_>, rule: RuleId) -> Applied {
    let policy = context.policy;
    let base = if let Some(mode) = policy
        .lane_rule_modes
        .get(&(context.evidence.lane.clone(), rule))
    {
        Applied {
            mode: *mode,
            by: "lane",
        }
    } else {
        Applied {
            mode: policy
                .rule_modes
                .get(&rule)
                .copied()
                .unwrap_or(RuleMode::Enforced),
            by: "policy",
        }
    };
    let degraded = context
        .evidence
        .degraded
        .iter()
        .filter(|declaration| is_in_force(context, declaration))
        .filter_map(|declaration| {
            let mode = policy.degraded_rule_modes.get(&(declaration.mode, rule))?;
            Some((*mode, declaration.mode.code()))
        })
        // A degraded mode may not enforce: the policy check refuses it, and so does this.
        .filter(|(mode, _)| *mode != RuleMode::Enforced)
        .max_by_key(|(mode, _)| *mode == RuleMode::ByPerson)
        .map(|(mode, by)| Applied { mode, by });
    let applied = degraded.unwrap_or(base);
    if applied.mode == RuleMode::Skipped && !may_be_skipped(rule) {
        return Applied {
            mode: RuleMode::Enforced,
            by: applied.by,
        };
    }
    applied
}
