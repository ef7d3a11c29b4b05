//! Tables of R17, R18 and R19: the lane itself.

use domain::device::{DegradedDeclaration, DegradedMode, DeviceKind, DeviceState};
use domain::evidence::VehicleCount;
use domain::id::DeviceId;
use domain::policy::RuleId;
use domain::time::TimeSource;

use super::{Table, case};
use crate::fixture::{Passage, clean, now, now_minus, now_plus, officer, utc};

/// Declares `mode` an hour ago, until `until_s` from now.
pub(super) fn declare(
    p: &mut Passage,
    mode: DegradedMode,
    until_s: u64,
) -> &mut DegradedDeclaration {
    p.evidence.degraded.push(DegradedDeclaration {
        mode,
        declared_by: officer(),
        declared_at: now_minus(3_600),
        until: now_plus(until_s),
        reason: String::new(),
    });
    p.evidence.degraded.last_mut().expect("just pushed")
}

pub(super) const TABLES: &[Table] = &[
    (
        RuleId::R17,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("degraded", clean, |p| declare(p, DegradedMode::ScannerDown, 60), [Review R17Degraded]),
            case!("ends now", clean, |p| declare(p, DegradedMode::ScannerDown, 0), [Review R17Degraded]),
            case!("ended", clean, |p| declare(p, DegradedMode::ScannerDown, 60).until = now_minus(1), [Review R17DegradedVoid]),
            case!("longer than allowed", clean, |p| declare(p, DegradedMode::ScannerDown, 10_801), [Review R17DegradedVoid]),
            case!("as long as allowed", clean, |p| declare(p, DegradedMode::ScannerDown, 10_800), [Review R17Degraded]),
            case!("declared tomorrow", clean, |p| declare(p, DegradedMode::ScannerDown, 60).declared_at = now_plus(301), [Review R17DegradedVoid]),
            case!("no scale known", clean, |p| p.evidence.devices.remove(0), [Review R17DeviceMissing, Review R17ScaleUnknown]),
            case!("no device known", clean, |p| { p.evidence.devices.clear(); p.policy.required_devices = vec![DeviceKind::GateController]; }, [Review R17DeviceMissing, Review R17ScaleUnknown]),
            case!("tag reader lost", clean, |p| p.evidence.devices[1].state = DeviceState::Lost, [Review R17DeviceNotLive]),
            case!("tag reader silent", clean, |p| p.evidence.devices[1].state = DeviceState::Silent, [Review R17DeviceNotLive]),
            case!("scale void", clean, |p| p.evidence.devices[0].state = DeviceState::Void, [Review R17DeviceVoid]),
            case!(
                "portal lost, not required",
                clean,
                |p| p.evidence.devices[4].state = DeviceState::Lost,
                []
            ),
            case!("portal void", clean, |p| p.evidence.devices[4].state = DeviceState::Void, [Review R17DeviceVoid]),
            case!(
                "verified until now",
                clean,
                |p| p.evidence.devices[0].verified_until = Some(now()),
                []
            ),
            case!("verification ended", clean, |p| p.evidence.devices[0].verified_until = Some(now_minus(1)), [Review R17VerificationEnded]),
            case!("verification unknown", clean, |p| p.evidence.devices[0].verified_until = None, [Review R17VerificationUnknown]),
            case!("weight of another scale", clean, |p| p.weighing().scale = DeviceId::parse("scale9").expect("valid"), [Review R17ScaleUnknown]),
            case!("clock unsynchronised", clean, |p| p.evidence.clock = TimeSource::Unsynchronised, [Review R17ClockUnsynchronised]),
            case!("clock unsynchronised when frozen", clean, |p| p.evidence.frozen.source = TimeSource::Unsynchronised, [Review R17ClockUnsynchronised]),
            case!("clock unsynchronised and declared", clean, |p| { p.evidence.clock = TimeSource::Unsynchronised; declare(p, DegradedMode::ClockUnsynchronised, 60); }, [Review R17Degraded]),
            case!(
                "clock by network time",
                clean,
                |p| p.evidence.clock = TimeSource::Ntp,
                []
            ),
            case!("clock ran back", clean, |p| p.evidence.opened = utc(now_plus(1)), [Review R17ClockJumped]),
        ],
    ),
    (
        RuleId::R18,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("last draw of the share", clean, |p| p.evidence.sampling_draw = 9, [Review R18Drawn]),
            case!(
                "first draw outside",
                clean,
                |p| p.evidence.sampling_draw = 10,
                []
            ),
            case!(
                "nobody is drawn",
                clean,
                |p| {
                    p.policy.sampling_permille = 0;
                    p.evidence.sampling_draw = 0;
                },
                []
            ),
            case!("everybody is drawn", clean, |p| { p.policy.sampling_permille = 1_000; p.evidence.sampling_draw = 999; }, [Review R18Drawn]),
            case!("no draw", clean, |p| p.evidence.sampling_draw = 1_000, [Review R18DrawInvalid]),
        ],
    ),
    (
        RuleId::R19,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("tail-following", clean, |p| p.evidence.integrity.tail_following = true, [Detain R19TailFollowing]),
            case!("run-through", clean, |p| p.evidence.integrity.run_through = true, [Detain R19RunThrough]),
            case!("several", clean, |p| p.evidence.integrity.vehicles = VehicleCount::Several, [Detain R19SeveralVehicles]),
            case!("ambiguous", clean, |p| p.evidence.integrity.vehicles = VehicleCount::Ambiguous, [Review R19AmbiguousCount]),
            case!("arm was up", clean, |p| p.evidence.integrity.arm_was_up = true, [Review R19ArmWasUp]),
            case!("sensor stuck", clean, |p| p.evidence.integrity.sensor_stuck = true, [Review R19SensorStuck]),
            case!("controller restarted", clean, |p| p.evidence.integrity.controller_restarted = true, [Review R19ControllerRestarted]),
            case!("gateway restarted", clean, |p| p.evidence.integrity.gateway_restarted = true, [Review R19GatewayRestarted]),
        ],
    ),
];
