//! R4: one pass names this site, direction and lane, is in force and unused, and now lies in
//! its window.

use std::time::Duration;

use domain::facts::{PassFact, PassUse};
use domain::gate_pass::{Direction, GatePass};
use domain::id::PassNumber;
use domain::reason::ReasonCode;
use domain::recordation::Standing;

use crate::context::Context;
use crate::findings::Findings;
use crate::freshness::is_future;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    judge_premises(context, out);
    match &context.facts.pass {
        PassFact::None => out.review(ReasonCode::R4NoPass, "", "", ""),
        PassFact::Ambiguous(numbers) => {
            let few: Vec<&str> = numbers.iter().take(4).map(PassNumber::as_str).collect();
            out.review(ReasonCode::R4SeveralPasses, few.join(", "), "", "");
        }
        PassFact::Found(pass) => {
            judge_pass(context, pass, out);
            judge_window(context, pass, out);
            judge_use(context, out);
            out.pass(
                pass.number.as_str(),
                context.evidence.lane.as_str(),
                pass.window.until.to_string(),
            );
        }
    }
}

fn judge_premises(context: &Context<'_>, out: &mut Findings) {
    let here = &context.evidence.gate.premises;
    match &context.facts.premises {
        Some(record) if record.id == *here => {
            if record.standing != Standing::Active || !record.valid.contains(context.now) {
                let until = record.valid.until.to_string();
                out.detain(ReasonCode::R4PremisesNotActive, here.as_str(), "", until);
            }
        }
        Some(record) => {
            out.review(
                ReasonCode::R4PremisesUnknown,
                record.id.as_str(),
                here.as_str(),
                "",
            );
        }
        None => out.review(ReasonCode::R4PremisesUnknown, "", here.as_str(), ""),
    }
}

fn judge_pass(context: &Context<'_>, pass: &GatePass, out: &mut Findings) {
    let evidence = context.evidence;
    if pass.premises != evidence.gate.premises {
        out.detain(
            ReasonCode::R4WrongPremises,
            evidence.gate.premises.as_str(),
            pass.premises.as_str(),
            "",
        );
    }
    if pass.direction != evidence.direction {
        out.detain(
            ReasonCode::R4WrongDirection,
            direction_text(evidence.direction),
            direction_text(pass.direction),
            "",
        );
    }
    if !pass.lanes.is_empty() && !pass.lanes.contains(&evidence.lane) {
        let expected = pass.lanes.first().map_or("", |lane| lane.as_str());
        out.review(
            ReasonCode::R4WrongLane,
            evidence.lane.as_str(),
            expected,
            "",
        );
    }
    if pass.standing != Standing::Active {
        out.detain(ReasonCode::R4Revoked, pass.number.as_str(), "", "");
    }
    if is_future(pass.issued_at, context.now) {
        out.review(
            ReasonCode::R4IssuedInFuture,
            pass.issued_at.to_string(),
            context.now.to_string(),
            "",
        );
    }
}

fn judge_window(context: &Context<'_>, pass: &GatePass, out: &mut Findings) {
    let now = context.now;
    let window = pass.window;
    if window.contains(now) {
        return;
    }
    let grace_s = context.policy.window_grace_s;
    let observed = now.to_string();
    let expected = format!("{} - {}", window.from, window.until);
    let limit = format!("± {grace_s} s");
    if window.contains_with_grace(now, Duration::from_secs(u64::from(grace_s))) {
        out.review(ReasonCode::R4WithinGrace, observed, expected, limit);
    } else if now < window.from {
        out.detain(ReasonCode::R4TooEarly, observed, expected, limit);
    } else {
        out.detain(ReasonCode::R4TooLate, observed, expected, limit);
    }
}

fn judge_use(context: &Context<'_>, out: &mut Findings) {
    match &context.facts.pass_use {
        PassUse::Unused | PassUse::ReservedHere => {}
        PassUse::ReservedElsewhere { lane, passage } => out.review(
            ReasonCode::R4ReservedElsewhere,
            lane.as_str(),
            passage.as_str(),
            "",
        ),
        // What this very passage drew before a restart is no second use.
        PassUse::Used { passage, .. } if *passage == context.evidence.passage => {}
        PassUse::Used { passage, at } => {
            out.detain(ReasonCode::R4Used, passage.as_str(), "", at.to_string());
        }
    }
}

pub(super) const fn direction_text(direction: Direction) -> &'static str {
    match direction {
        Direction::Entry => "entry",
        Direction::Exit => "exit",
    }
}
