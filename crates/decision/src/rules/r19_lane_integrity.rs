//! R19: one vehicle, seen whole from approach to now, behind an arm that was down.

use domain::evidence::VehicleCount;
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let lane = context.evidence.integrity;
    if lane.tail_following {
        out.detain(ReasonCode::R19TailFollowing, "", "", "");
    }
    if lane.run_through {
        out.detain(ReasonCode::R19RunThrough, "", "", "");
    }
    match lane.vehicles {
        VehicleCount::One => {}
        VehicleCount::Several => out.detain(ReasonCode::R19SeveralVehicles, "> 1", "1", ""),
        VehicleCount::Ambiguous => out.review(ReasonCode::R19AmbiguousCount, "1 - 2", "1", ""),
    }
    for (happened, reason) in [
        (lane.arm_was_up, ReasonCode::R19ArmWasUp),
        (lane.sensor_stuck, ReasonCode::R19SensorStuck),
        (
            lane.controller_restarted,
            ReasonCode::R19ControllerRestarted,
        ),
        (lane.gateway_restarted, ReasonCode::R19GatewayRestarted),
    ] {
        if happened {
            out.review(reason, "", "", "");
        }
    }
    out.pass("1", "1", "");
}
