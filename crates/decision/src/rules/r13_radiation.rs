//! R13: the radiation portal, where the lane has one or the policy requires one, measured no
//! alarm. An alarm is neither cleared nor turned into guilt by software.

use domain::device::DeviceKind;
use domain::reading::RadiationState;
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let Some(reading) = &context.evidence.radiation else {
        let required = context
            .policy
            .required_devices
            .contains(&DeviceKind::RadiationPortal);
        let mut devices = context.evidence.devices.iter();
        if required || devices.any(|status| status.kind == DeviceKind::RadiationPortal) {
            out.review(ReasonCode::R13Missing, "", "", "");
        } else {
            out.skipped("no radiation portal in this lane");
        }
        return;
    };
    let tenths = reading.background_ratio_tenths;
    let observed = format!("{}.{} x", tenths / 10, tenths % 10);
    match reading.state {
        RadiationState::NoAlarm => out.pass(observed, "", ""),
        RadiationState::AdjudicatedBenign => {
            out.review(ReasonCode::R13Adjudicated, observed, "", "");
        }
        RadiationState::Alarm => out.detain(ReasonCode::R13Alarm, observed, "", ""),
    }
}
