//! R18: a share of clean vehicles is drawn for a recheck, so that nobody can buy a certain
//! release. The draw comes with the evidence, from the lane's seed.

use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let draw = context.evidence.sampling_draw;
    let share = context.policy.sampling_permille;
    let limit = format!(">= {share}");
    if draw > 999 {
        out.review(
            ReasonCode::R18DrawInvalid,
            draw.to_string(),
            "0 - 999",
            limit,
        );
    } else if draw < share {
        out.review(ReasonCode::R18Drawn, draw.to_string(), "", limit);
    } else {
        out.pass(draw.to_string(), "", limit);
    }
}
