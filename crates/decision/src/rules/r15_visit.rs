//! R15: a vehicle leaves only what it entered, enters once, and has done the stages of its pass.

use domain::gate_pass::{Direction, Stage};
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;
use crate::freshness::is_future;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let (Some(pass), Some(_)) = (context.pass, context.facts.ledger) else {
        // Without pass or ledger nothing says which visit this is.
        out.review(ReasonCode::R15Unknown, "", "", "");
        return;
    };
    let visit = &context.facts.visit;
    let entered = visit
        .entered
        .as_ref()
        .filter(|(passage, _)| *passage != context.evidence.passage);
    match (context.evidence.direction, entered) {
        (Direction::Entry, Some((passage, at))) => {
            out.review(
                ReasonCode::R15AlreadyInside,
                passage.as_str(),
                "",
                at.to_string(),
            );
        }
        (Direction::Exit, None) => {
            out.detain(
                ReasonCode::R15ExitWithoutEntry,
                pass.vehicle.as_str(),
                "",
                "",
            );
        }
        (Direction::Exit, Some((_, at))) if is_future(*at, context.now) => out.review(
            ReasonCode::R15EntryInFuture,
            at.to_string(),
            context.now.to_string(),
            "",
        ),
        (Direction::Entry, None) | (Direction::Exit, Some(_)) => {}
    }
    for stage in &pass.stages {
        // An entry is done by entering, or judged above.
        if *stage == Stage::Entry || visit.stages_done.contains(stage) {
            continue;
        }
        if context.evidence.stages_excused.contains(stage) {
            out.review(ReasonCode::R15StageSkipped, stage_text(*stage), "", "");
        } else {
            out.detain(ReasonCode::R15StageMissing, "", stage_text(*stage), "");
        }
    }
    let observed = entered.map_or("", |(passage, _)| passage.as_str());
    out.pass(observed, "", "");
}

const fn stage_text(stage: Stage) -> &'static str {
    match stage {
        Stage::Entry => "entry",
        Stage::Scan => "scan",
        Stage::Weigh => "weigh",
        Stage::Inspection => "inspection",
    }
}
