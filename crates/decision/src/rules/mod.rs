//! One file a rule; this one applies a rule as the policy says.

mod r01_identity;
mod r02_vehicle;
mod r03_company_driver;
mod r04_pass;
mod r05_ledger;
mod r06_containers;
mod r07_empty_or_loaded;
mod r08_seals;
mod r09_weight;
mod r10_legal_limits;
mod r11_directives;
mod r12_scan;
mod r13_radiation;
mod r14_journey;
mod r15_visit;
mod r16_watchlist;
mod r17_devices;
mod r18_sampling;
mod r19_lane_integrity;
mod route;

use domain::policy::{RuleId, RuleMode};
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;
use crate::modes::applied;

/// Judges `rule` in the mode that is in force and appends what it found.
///
/// A person who does a rule's check replaces its Reviews, not its Detains: a camera that is down
/// excuses what could not be seen, never what was seen.
pub(crate) fn apply(rule: RuleId, context: &Context<'_>, out: &mut Findings) {
    out.begin(rule);
    let applied = applied(context, rule);
    match applied.mode {
        RuleMode::Enforced => {
            judge(rule, context, out);
            if out.is_clear() {
                out.review(ReasonCode::NoFinding, "", "", "");
            }
        }
        RuleMode::Skipped => out.skipped(applied.by),
        RuleMode::ByPerson => {
            judge(rule, context, out);
            out.keep_detentions();
            out.review(ReasonCode::ByPerson, applied.by, "", "");
        }
    }
    if rule == RuleId::R17 && applied.mode != RuleMode::Enforced {
        // Degraded modes are shown whatever becomes of the rest of the rule.
        r17_devices::judge_declarations(context, out);
    }
}

fn judge(rule: RuleId, context: &Context<'_>, out: &mut Findings) {
    match rule {
        RuleId::R1 => r01_identity::judge(context, out),
        RuleId::R2 => r02_vehicle::judge(context, out),
        RuleId::R3 => r03_company_driver::judge(context, out),
        RuleId::R4 => r04_pass::judge(context, out),
        RuleId::R5 => r05_ledger::judge(context, out),
        RuleId::R6 => r06_containers::judge(context, out),
        RuleId::R7 => r07_empty_or_loaded::judge(context, out),
        RuleId::R8 => r08_seals::judge(context, out),
        RuleId::R9 => r09_weight::judge(context, out),
        RuleId::R10 => r10_legal_limits::judge(context, out),
        RuleId::R11 => r11_directives::judge(context, out),
        RuleId::R12 => r12_scan::judge(context, out),
        RuleId::R13 => r13_radiation::judge(context, out),
        RuleId::R14 => r14_journey::judge(context, out),
        RuleId::R15 => r15_visit::judge(context, out),
        RuleId::R16 => r16_watchlist::judge(context, out),
        RuleId::R17 => r17_devices::judge(context, out),
        RuleId::R18 => r18_sampling::judge(context, out),
        RuleId::R19 => r19_lane_integrity::judge(context, out),
    }
}
