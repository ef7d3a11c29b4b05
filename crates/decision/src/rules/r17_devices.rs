//! R17: the devices that the policy requires are live and verified, the clock is vouched for, and
//! no degraded mode is in force.

use domain::device::{DegradedMode, DeviceKind, DeviceState, DeviceStatus};
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;
use crate::modes::{is_declared, is_in_force};

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    judge_declarations(context, out);
    judge_clock(context, out);
    let devices = &context.evidence.devices;
    for kind in &context.policy.required_devices {
        if !devices.iter().any(|status| status.kind == *kind) {
            out.review(ReasonCode::R17DeviceMissing, "", kind.code(), "");
        }
    }
    let scale = context.weighing().map(|weighing| &weighing.scale);
    for status in devices {
        let is_needed =
            context.policy.required_devices.contains(&status.kind) || scale == Some(&status.device);
        judge_device(context, status, is_needed, out);
    }
    if let Some(scale) = scale
        && !devices.iter().any(|status| status.device == *scale)
    {
        out.review(ReasonCode::R17ScaleUnknown, scale.as_str(), "", "");
    }
    out.pass(devices.len().to_string(), "", "");
}

/// Degraded modes hold whatever else the rule finds.
pub(super) fn judge_declarations(context: &Context<'_>, out: &mut Findings) {
    for declaration in &context.evidence.degraded {
        let reason = if is_in_force(context, declaration) {
            ReasonCode::R17Degraded
        } else {
            ReasonCode::R17DegradedVoid
        };
        out.review(
            reason,
            declaration.mode.code(),
            "",
            declaration.until.to_string(),
        );
    }
}

fn judge_clock(context: &Context<'_>, out: &mut Findings) {
    let (opened, frozen) = (context.evidence.opened.at, context.evidence.frozen.at);
    // A declared mode already holds; it need not be said twice.
    if !context.clock_is_sure() && !is_declared(context, DegradedMode::ClockUnsynchronised) {
        out.review(
            ReasonCode::R17ClockUnsynchronised,
            frozen.to_string(),
            "",
            "",
        );
    }
    if frozen < opened {
        let (observed, expected) = (frozen.to_string(), opened.to_string());
        out.review(ReasonCode::R17ClockJumped, observed, expected, "");
    }
}

fn judge_device(context: &Context<'_>, status: &DeviceStatus, is_needed: bool, out: &mut Findings) {
    let shown = || format!("{} ({})", status.device, status.kind.code());
    match status.state {
        DeviceState::Live => {}
        DeviceState::Void => out.review(ReasonCode::R17DeviceVoid, shown(), "", ""),
        DeviceState::Silent | DeviceState::Lost if is_needed => {
            out.review(ReasonCode::R17DeviceNotLive, shown(), "", "");
        }
        DeviceState::Silent | DeviceState::Lost => {}
    }
    match status.verified_until {
        Some(until) if until < context.now => {
            let now = context.now.to_string();
            out.review(
                ReasonCode::R17VerificationEnded,
                shown(),
                now,
                until.to_string(),
            );
        }
        Some(_) => {}
        None if is_needed && status.kind == DeviceKind::Weighbridge => {
            out.review(ReasonCode::R17VerificationUnknown, shown(), "", "");
        }
        None => {}
    }
}
