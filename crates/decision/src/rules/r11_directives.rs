//! R11: no directive is open on anything of this passage, and the list of them is fresh. A silent
//! directive holds like any other; its reason is marked so that the driver is not told.

use domain::directive::{Directive, Order};
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::directives::in_force;
use crate::findings::Findings;
use crate::freshness::{Freshness, freshness};
use crate::scans::is_met;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let limit_s = context.policy.risk_list_stale_after_s;
    let limit = format!("<= {limit_s} s");
    match context.facts.risk_list_synced_at {
        None => out.review(ReasonCode::R11ListMissing, "", "", limit.as_str()),
        Some(at) if freshness(at, context.now, limit_s) != Freshness::Fresh => out.review(
            ReasonCode::R11ListStale,
            at.to_string(),
            context.now.to_string(),
            limit.as_str(),
        ),
        Some(_) => {}
    }
    for directive in in_force(context) {
        judge_directive(context, directive, out);
    }
    out.pass("0", "0", limit);
}

fn judge_directive(context: &Context<'_>, directive: &Directive, out: &mut Findings) {
    let reason = match (directive.order, directive.silent) {
        (Order::DocumentCheck, false) => ReasonCode::R11DocumentCheck,
        (Order::DocumentCheck, true) => ReasonCode::R11DocumentCheckSilent,
        (Order::Inspect, false) => ReasonCode::R11Inspect,
        (Order::Inspect, true) => ReasonCode::R11InspectSilent,
        (Order::Detain, false) => ReasonCode::R11Detain,
        (Order::Detain, true) => ReasonCode::R11DetainSilent,
        (Order::ScanRequired, silent) => {
            if is_met(context, &directive.subject) {
                return;
            }
            if silent {
                ReasonCode::R11ScanRequiredSilent
            } else {
                ReasonCode::R11ScanRequired
            }
        }
        (Order::Watch, _) => ReasonCode::R11WatchMisplaced,
        (Order::Lift, _) => return,
    };
    let observed = directive.id.as_str();
    let limit = directive.window.until.to_string();
    match directive.order {
        Order::Inspect | Order::Detain | Order::ScanRequired => {
            out.detain(reason, observed, "", limit);
        }
        Order::DocumentCheck | Order::Watch | Order::Lift => {
            out.review(reason, observed, "", limit);
        }
    }
}
