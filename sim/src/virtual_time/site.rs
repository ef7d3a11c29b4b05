//! How the simulated lanes are fitted out and what they are told once.

use std::time::Duration;

use domain::device::{DeviceKind, DeviceState, DeviceStatus};
use domain::gate_pass::{Direction, Stage};
use domain::id::{DeviceId, LaneId};
use domain::mass::Mass;
use domain::operator::LaneMode;
use domain::time::Timestamp;
use passage::config::{LaneConfig, LaneDevice, LaneTimings, ScaleConfig};

use crate::device::scale::DIVISION;
use crate::world::World;

/// What stands in every lane.
pub(crate) const FITTED: [DeviceKind; 10] = [
    DeviceKind::Weighbridge,
    DeviceKind::TagReader,
    DeviceKind::PlateCamera,
    DeviceKind::ContainerCamera,
    DeviceKind::SealReader,
    DeviceKind::Scanner,
    DeviceKind::RadiationPortal,
    DeviceKind::CardReader,
    DeviceKind::Tracker,
    DeviceKind::GateController,
];

/// Name of a device of a lane.
pub(crate) fn device_id(lane: &LaneId, kind: DeviceKind) -> DeviceId {
    DeviceId::parse(&format!("{lane}-{}", kind.code())).expect("both are short")
}

/// Configuration of lane `index` of `world`.
pub(crate) fn lane_config(world: &World, index: usize, bay_beyond_arm: bool) -> LaneConfig {
    let plan = &world.config.lanes[index];
    LaneConfig {
        gate: world.gate.clone(),
        lane: plan.id.clone(),
        direction: plan.direction,
        mode: LaneMode::Live,
        stage: match plan.direction {
            Direction::Entry => Some(Stage::Entry),
            Direction::Exit => None,
        },
        devices: FITTED
            .iter()
            .map(|kind| LaneDevice {
                id: device_id(&plan.id, *kind),
                kind: *kind,
            })
            .collect(),
        scale: Some(ScaleConfig {
            division: DIVISION,
            zero_band: DIVISION,
            vehicle_min: Mass::from_kg(400),
            stable_frames: 4,
            stable_for: Duration::from_millis(800),
            silence: Duration::from_secs(2),
        }),
        // The lane begins 19 m before the stop line, so that the drive up takes 8 s of the waits.
        timings: LaneTimings {
            identify: Duration::from_secs(9),
            weigh: Duration::from_secs(16),
            collect: Duration::from_secs(9),
            ..LaneTimings::default()
        },
        bay_beyond_arm,
    }
}

/// Status of a device of a lane from now on.
pub(crate) fn status(
    lane: &LaneId,
    kind: DeviceKind,
    state: DeviceState,
    cause: &str,
    last_frame: Option<Timestamp>,
    rejected_frames: u64,
) -> DeviceStatus {
    DeviceStatus {
        device: device_id(lane, kind),
        kind,
        state,
        cause: cause.to_owned(),
        last_frame,
        rejected_frames,
        // Verified by the metrology office until 2030.
        verified_until: (kind == DeviceKind::Weighbridge)
            .then(|| Timestamp::from_seconds(1_893_456_000)),
    }
}
