//! R7: empty and loaded are as declared. The scale says it for the vehicle, the scanner for
//! each container.

use domain::gate_pass::GatePass;
use domain::mass::Mass;
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;
use crate::scans;
use crate::tares::tare_of_pass;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let Some(pass) = context.pass else {
        out.review(ReasonCode::R7NoPass, "", "", "");
        return;
    };
    let floor = context.policy.empty_cargo_max;
    let declared = pass.declared_cargo();
    let any_loaded = pass.containers.iter().any(|box_| !box_.empty);
    let declared_empty = pass.consignments.is_empty();
    let contradicts = (any_loaded && declared_empty)
        || (!any_loaded && !pass.containers.is_empty() && !declared_empty);
    if contradicts {
        out.review(
            ReasonCode::R7DeclarationContradicts,
            declared.to_string(),
            "",
            "",
        );
    }
    let cargo = match (context.measured_gross(), tare_of_pass(context)) {
        (Some(gross), Ok(tare)) => gross - tare,
        (None, _) => {
            out.review(ReasonCode::R7NotMeasured, "", declared.to_string(), "");
            judge_scans(context, pass, None, out);
            return;
        }
        (Some(_), Err(unknown)) => {
            out.review(ReasonCode::R7NotMeasured, "", unknown, "");
            judge_scans(context, pass, None, out);
            return;
        }
    };
    let loaded = cargo > floor;
    judge_scans(context, pass, Some(loaded), out);
    let observed = cargo.to_string();
    let limit = format!("<= {floor}");
    if declared <= Mass::ZERO && loaded {
        out.detain(ReasonCode::R7LoadedDeclaredEmpty, observed, "0 kg", limit);
    } else if declared > floor && !loaded {
        out.review(
            ReasonCode::R7EmptyDeclaredLoaded,
            observed,
            declared.to_string(),
            format!("> {floor}"),
        );
    } else {
        out.pass(observed, declared.to_string(), limit);
    }
}

/// Compares what the scanner's software says of each container with the declaration.
fn judge_scans(
    context: &Context<'_>,
    pass: &GatePass,
    scale_says_loaded: Option<bool>,
    out: &mut Findings,
) {
    for box_ in &pass.containers {
        let Some(loaded) = scans::loaded(context, Some(&box_.number)) else {
            continue;
        };
        if loaded != box_.empty {
            continue;
        }
        // Where only part of the vehicle is declared empty, the scale cannot agree or differ.
        let all_empty = pass.declared_cargo() <= Mass::ZERO;
        if loaded && all_empty && scale_says_loaded == Some(true) {
            let limit = context.policy.empty_cargo_max.to_string();
            out.detain(
                ReasonCode::R7LoadedDeclaredEmpty,
                box_.number.as_str(),
                "",
                limit,
            );
        } else {
            out.review(ReasonCode::R7ScanDisagrees, box_.number.as_str(), "", "");
        }
    }
    if pass.containers.is_empty() && pass.declared_cargo() == Mass::ZERO {
        let whole = scans::loaded(context, None);
        if whole == Some(true) {
            out.review(ReasonCode::R7ScanDisagrees, pass.vehicle.as_str(), "", "");
        }
    }
}
