//! R9: measured gross against tares and declared cargo, within the larger of a share of the cargo
//! and a floor. A share alone fails on light cargo: 5 % of 2 t is less than a fuel tank.

use domain::evidence::{NoWeight, Weighing, WeightEvidence};
use domain::mass::Mass;
use domain::policy::Policy;
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;
use crate::tares::tare_of_pass;

/// Tolerance for `declared` cargo.
pub(super) fn band(policy: &Policy, declared: Mass) -> Mass {
    declared
        .permille(u32::from(policy.weight_tolerance_permille))
        .max(policy.weight_tolerance_floor)
}

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let weighings = match &context.evidence.weight {
        WeightEvidence::None(cause) => {
            out.review(no_weight(*cause), "", "", "");
            return;
        }
        WeightEvidence::Measured(weighings) => weighings,
    };
    let Some(last) = weighings.last() else {
        out.review(ReasonCode::R9Missing, "", "", "");
        return;
    };
    let Some(pass) = context.pass else {
        out.review(ReasonCode::R9NoPass, last.gross.to_string(), "", "");
        return;
    };
    judge_weighing(context, last, out);
    let declared = pass.declared_cargo();
    if pass
        .consignments
        .iter()
        .any(|share| share.gross < Mass::ZERO)
    {
        out.review(
            ReasonCode::R9DeclaredInvalid,
            declared.to_string(),
            "",
            ">= 0 kg",
        );
        return;
    }
    let band = band(context.policy, declared);
    judge_repeats(weighings, band, out);
    let tare = match tare_of_pass(context) {
        Ok(tare) => tare,
        Err(unknown) => {
            out.review(
                ReasonCode::R9TareUnknown,
                last.gross.to_string(),
                unknown,
                "",
            );
            return;
        }
    };
    let expected = tare + declared;
    let deviation = (last.gross - expected).abs();
    let bands = u32::from(context.policy.weight_review_bands.max(1));
    let observed = last.gross.to_string();
    let limit = format!("± {band}, x{bands}");
    if deviation <= band {
        out.pass(observed, expected.to_string(), limit);
    } else if deviation <= band.times(bands) {
        out.review(
            ReasonCode::R9OutsideBand,
            observed,
            expected.to_string(),
            limit,
        );
    } else {
        out.detain(
            ReasonCode::R9FarOutside,
            observed,
            expected.to_string(),
            limit,
        );
    }
}

const fn no_weight(cause: NoWeight) -> ReasonCode {
    match cause {
        NoWeight::Missing => ReasonCode::R9Missing,
        NoWeight::Unstable => ReasonCode::R9Unstable,
        NoWeight::ZeroFault => ReasonCode::R9ZeroFault,
        NoWeight::NoRise => ReasonCode::R9NoRise,
        NoWeight::OutOfRange => ReasonCode::R9OutOfRange,
    }
}

fn judge_weighing(context: &Context<'_>, weighing: &Weighing, out: &mut Findings) {
    let observed = weighing.gross.to_string();
    if weighing.gross <= Mass::ZERO {
        out.review(ReasonCode::R9OutOfRange, observed, "", "> 0 kg");
    } else if weighing.frames == 0 || weighing.stable_for_ms == 0 {
        out.review(ReasonCode::R9Unstable, observed, "", "");
    }
    let stay = (context.evidence.opened.at, context.evidence.frozen.at);
    if weighing.at.at < stay.0 || weighing.at.at > stay.1 {
        out.review(
            ReasonCode::R9OtherTime,
            weighing.at.at.to_string(),
            format!("{} - {}", stay.0, stay.1),
            "",
        );
    }
}

/// A second weighing that gives another weight is a signal of its own.
fn judge_repeats(weighings: &[Weighing], band: Mass, out: &mut Findings) {
    let least = weighings.iter().map(|weighing| weighing.gross).min();
    let most = weighings.iter().map(|weighing| weighing.gross).max();
    if let (Some(least), Some(most)) = (least, most)
        && most - least > band
    {
        out.review(
            ReasonCode::R9ReweighDiffers,
            most.to_string(),
            least.to_string(),
            format!("± {band}"),
        );
    }
}
