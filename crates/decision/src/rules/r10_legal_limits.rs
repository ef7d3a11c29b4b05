//! R10: gross and axle loads are within the road limits for the recorded axles. A lane without an
//! axle scale has no axle loads; the gross is asked for always.

use domain::mass::Mass;
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let axles = recorded_axles(context);
    judge_axle_loads(context, axles, out);
    let Some(gross) = context.measured_gross() else {
        out.review(ReasonCode::R10NotMeasured, "", "", "");
        return;
    };
    let Some(axles) = axles else {
        out.review(ReasonCode::R10AxlesUnknown, gross.to_string(), "", "");
        return;
    };
    let limit = context
        .policy
        .gross_limits
        .iter()
        .find(|row| row.axles == axles);
    let Some(limit) = limit else {
        out.review(ReasonCode::R10NoLimit, format!("{axles} axles"), "", "");
        return;
    };
    let shown = format!("<= {} ({axles} axles)", limit.gross_max);
    if gross > limit.gross_max {
        out.detain(ReasonCode::R10GrossAbove, gross.to_string(), "", shown);
    } else {
        out.pass(gross.to_string(), "", shown);
    }
}

/// Axles of tractor and trailer; `None` if a recordation is missing or says none.
fn recorded_axles(context: &Context<'_>) -> Option<u8> {
    let tractor = context.vehicle()?.axles;
    let trailer = match &context.pass?.trailer {
        Some(_) => Some(context.trailer()?.axles),
        None => None,
    };
    if tractor == 0 || trailer == Some(0) {
        return None;
    }
    tractor.checked_add(trailer.unwrap_or(0))
}

fn judge_axle_loads(context: &Context<'_>, axles: Option<u8>, out: &mut Findings) {
    let loads = &context.evidence.axle_loads;
    if loads.is_empty() {
        return;
    }
    if axles.is_some_and(|axles| usize::from(axles) != loads.len()) {
        out.review(
            ReasonCode::R10AxleCount,
            loads.len().to_string(),
            axles.map_or_else(String::new, |axles| axles.to_string()),
            "",
        );
    }
    let limit = context.policy.axle_load_max;
    for (index, load) in loads.iter().enumerate() {
        let observed = || format!("axle {}: {load}", index + 1);
        if *load > limit {
            out.detain(
                ReasonCode::R10AxleAbove,
                observed(),
                "",
                format!("<= {limit}"),
            );
        } else if *load <= Mass::ZERO {
            out.review(ReasonCode::R10AxleCount, observed(), "", "> 0 kg");
        }
    }
}
