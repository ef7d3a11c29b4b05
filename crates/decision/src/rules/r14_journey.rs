//! R14: a bonded journey is reported without a gap by a tracker of this vehicle, along the route
//! and in its window. A gap, a wrong clock and a deviation are different reasons.

use std::time::Duration;

use domain::gate_pass::Corridor;
use domain::reading::JourneyReport;
use domain::reason::ReasonCode;

use super::route::{self, Point};
use crate::context::Context;
use crate::findings::Findings;

/// Fewer fixes than this show no way: it is the number that proves a deviation.
const FIXES_MIN: usize = route::OUTSIDE_MIN;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let Some(corridor) = context.pass.and_then(|pass| pass.corridor.as_ref()) else {
        if context.pass.is_some() {
            out.pass("", "", "");
        } else {
            out.review(ReasonCode::R14NoReport, "", "", "");
        }
        return;
    };
    if corridor.line.len() < 2 {
        let points = corridor.line.len().to_string();
        out.review(ReasonCode::R14CorridorInvalid, points, "", ">= 2");
        return;
    }
    judge_arrival(context, corridor, out);
    if context.evidence.journeys.is_empty() {
        out.review(ReasonCode::R14NoReport, "", "", "");
    }
    for journey in &context.evidence.journeys {
        judge_binding(context, journey, out);
        let points = route::usable_points(&journey.fixes);
        if points.len() < FIXES_MIN {
            let observed = format!("{}: {} fixes", journey.tracker, points.len());
            out.review(ReasonCode::R14Gap, observed, "", format!(">= {FIXES_MIN}"));
            continue;
        }
        judge_times(context, corridor, journey, &points, out);
        judge_way(context, corridor, journey, &points, out);
    }
    out.pass("", "", format!("± {} m", corridor.half_width_m));
}

fn judge_arrival(context: &Context<'_>, corridor: &Corridor, out: &mut Findings) {
    let arrived = context.evidence.opened.at;
    if arrived <= corridor.window.until {
        return;
    }
    let grace_s = context.policy.journey_late_grace_s;
    let grace = Duration::from_secs(u64::from(grace_s));
    let observed = arrived.to_string();
    let expected = corridor.window.until.to_string();
    let limit = format!("+ {grace_s} s");
    if arrived <= corridor.window.until + grace {
        out.review(ReasonCode::R14Late, observed, expected, limit);
    } else {
        out.detain(ReasonCode::R14TooLate, observed, expected, limit);
    }
}

fn judge_binding(context: &Context<'_>, journey: &JourneyReport, out: &mut Findings) {
    let tracker = journey.tracker.as_str();
    match &journey.plate {
        None => out.review(ReasonCode::R14Unbound, tracker, "", ""),
        Some(plate) if context.names_vehicle(plate) || context.names_trailer(plate) => {}
        Some(plate) => out.detain(
            ReasonCode::R14OtherPlate,
            format!("{tracker} {plate}"),
            context.pass.map_or("", |pass| pass.vehicle.as_str()),
            "",
        ),
    }
    if journey.tampered {
        out.detain(ReasonCode::R14Tampered, tracker, "", "");
    }
    if journey.opened {
        out.detain(ReasonCode::R14Opened, tracker, "", "");
    }
}

fn judge_times(
    context: &Context<'_>,
    corridor: &Corridor,
    journey: &JourneyReport,
    points: &[Point],
    out: &mut Findings,
) {
    let tracker = journey.tracker.as_str();
    let arrived = context.evidence.opened.at;
    if let Some(at) = route::wrong_time(points, corridor.window.from, context.now) {
        // Times that are wrong make every gap and stop computed from them meaningless.
        let observed = format!("{tracker}: {at}");
        out.review(
            ReasonCode::R14WrongTime,
            observed,
            context.now.to_string(),
            "",
        );
        return;
    }
    let first = points.first().expect("at least FIXES_MIN points");
    if first.at < corridor.window.from {
        out.review(
            ReasonCode::R14StartedEarly,
            first.at.to_string(),
            corridor.window.from.to_string(),
            "",
        );
    }
    let gap_max = Duration::from_secs(u64::from(context.policy.journey_gap_max_s));
    let longest = route::longest_silence(points, arrived);
    if longest > gap_max {
        let observed = format!("{tracker}: {} s", longest.as_secs());
        out.review(
            ReasonCode::R14Gap,
            observed,
            "",
            format!("<= {} s", gap_max.as_secs()),
        );
    }
    if let Some(stop) = route::longest_stop(points, corridor)
        && stop > Duration::from_secs(u64::from(corridor.stop_max_s))
    {
        let observed = format!("{tracker}: {} s", stop.as_secs());
        let limit = format!("<= {} s", corridor.stop_max_s);
        out.review(ReasonCode::R14LongStop, observed, "", limit);
    }
}

fn judge_way(
    context: &Context<'_>,
    corridor: &Corridor,
    journey: &JourneyReport,
    points: &[Point],
    out: &mut Findings,
) {
    let tracker = journey.tracker.as_str();
    let limit = || format!("± {} m", corridor.half_width_m);
    let shown = |metres: u32| format!("{tracker}: {metres} m");
    if route::is_frozen(points) {
        out.review(ReasonCode::R14Frozen, tracker, "", "");
    }
    if let Some(metres) = route::jump(points) {
        out.review(ReasonCode::R14Jump, shown(metres), "", "");
    }
    if let Some(metres) = route::deviation(points, corridor) {
        out.detain(ReasonCode::R14Deviation, shown(metres), "", limit());
    }
    let silence = Duration::from_secs(u64::from(context.policy.journey_gap_max_s));
    if let Some(metres) = route::missing_start(points, corridor, silence) {
        out.review(ReasonCode::R14StartMissing, shown(metres), "", limit());
    }
    let gate = context.facts.premises.as_ref().and_then(|site| site.at);
    if let Some(metres) = route::elsewhere(points, corridor, gate, context.now) {
        out.detain(ReasonCode::R14Elsewhere, shown(metres), "", limit());
    }
}
