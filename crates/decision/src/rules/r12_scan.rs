//! R12: where a scan is required or exists, an officer found nothing on the image as captured, of
//! this box, in this visit, and mass and goods on it are as declared. Each container needs its own.

use domain::container::ContainerNumber;
use domain::reading::{ScanJudge, ScanReading, ScanVerdict};
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;
use crate::scan_goods;
use crate::scans::{ScanState, is_required, latest, state_of};

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let evidence = context.evidence;
    let containers = context.pass.map_or(&[][..], |pass| &pass.containers);
    let mut judged = 0_usize;
    for box_ in containers {
        let target = Some(&box_.number);
        if is_required(context, target) || has_scan(context, target) {
            judged += 1;
            judge_target(context, target, out);
        }
    }
    let whole_is_required = containers.is_empty() && is_required(context, None);
    if whole_is_required || has_scan(context, None) {
        judged += 1;
        judge_target(context, None, out);
    }
    scan_goods::judge_masses(context, out);
    let on_pass = |number: &ContainerNumber| containers.iter().any(|box_| box_.number == *number);
    let is_of_other_box = |scan: &&ScanReading| {
        scan.container
            .as_ref()
            .is_some_and(|number| !on_pass(number))
    };
    for scan in evidence.scans.iter().filter(is_of_other_box) {
        let number = scan.container.as_ref().map_or("", ContainerNumber::as_str);
        out.review(ReasonCode::R12OtherBox, number, "", "");
    }
    out.pass(judged.to_string(), judged.to_string(), "");
}

fn has_scan(context: &Context<'_>, target: Option<&ContainerNumber>) -> bool {
    let mut scans = context.evidence.scans.iter();
    scans.any(|scan| scan.container.as_ref() == target)
}

fn judge_target(context: &Context<'_>, target: Option<&ContainerNumber>, out: &mut Findings) {
    let vehicle = context.pass.map_or("", |pass| pass.vehicle.as_str());
    let subject = target.map_or(vehicle, ContainerNumber::as_str);
    let limit = || format!("<= {} s", context.policy.scan_age_max_s);
    match state_of(context, target) {
        ScanState::Clean => {}
        ScanState::Held(reason) => out.review(reason, subject, "", limit()),
        ScanState::Bad(reason) => out.detain(reason, subject, "", ""),
    }
    // An officer who judged the image has seen what the goods look like.
    let is_judged = latest(context, target)
        .filter(|scan| scan.verdict != ScanVerdict::Pending)
        .is_some_and(|scan| matches!(scan.judge, ScanJudge::Officer(_)));
    if let Some(number) = target
        && !is_judged
    {
        scan_goods::judge_look(context, number, out);
    }
}
