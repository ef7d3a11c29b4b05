//! R16: nothing of the passage is on the watchlist. An exact hit detains, one that is a character
//! off is for a person to compare.

use domain::reason::ReasonCode;

use crate::context::Context;
use crate::directives::is_active;
use crate::findings::Findings;
use crate::freshness::{Freshness, freshness};

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let limit_s = context.policy.risk_list_stale_after_s;
    let limit = format!("<= {limit_s} s");
    let synced = context.facts.risk_list_synced_at;
    let is_fresh = synced.is_some_and(|at| freshness(at, context.now, limit_s) == Freshness::Fresh);
    if !is_fresh {
        let observed = synced.map_or_else(String::new, |at| at.to_string());
        out.review(
            ReasonCode::R16ListStale,
            observed,
            context.now.to_string(),
            limit.as_str(),
        );
    }
    for hit in &context.facts.watch_hits {
        if !is_active(context, &hit.directive) {
            continue;
        }
        let observed = hit.directive.id.as_str();
        match (hit.exact, hit.directive.silent) {
            (true, false) => out.detain(ReasonCode::R16Exact, observed, "", ""),
            (true, true) => out.detain(ReasonCode::R16ExactSilent, observed, "", ""),
            (false, false) => out.review(ReasonCode::R16Fuzzy, observed, "", ""),
            (false, true) => out.review(ReasonCode::R16FuzzySilent, observed, "", ""),
        }
    }
    out.pass("0", "0", limit);
}
