//! What a lane is told once: where it is, what it has, how long it waits.

use std::time::Duration;

use domain::device::DeviceKind;
use domain::gate_pass::{Direction, Stage};
use domain::id::{DeviceId, GateAddress, LaneId};
use domain::mass::Mass;
use domain::operator::LaneMode;

/// How a scale of the lane is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleConfig {
    /// Scale interval d (readability).
    pub division: Mass,
    /// Largest reading that still counts as zero.
    pub zero_band: Mass,
    /// Least weight that is a vehicle (20 e, OIML R 76).
    pub vehicle_min: Mass,
    /// Agreeing frames needed.
    pub stable_frames: u16,
    /// The value must stand this long.
    pub stable_for: Duration,
    /// No frame for this long means the scale is silent.
    pub silence: Duration,
}

/// Waits of a lane. Every wait has an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneTimings {
    /// Longest wait for tag and plates after arrival.
    pub identify: Duration,
    /// Longest wait for a stable weight after arrival.
    pub weigh: Duration,
    /// Longest wait for seal, position, scan and the rest, in parallel.
    pub collect: Duration,
    /// Longest wait for the ledger's answer.
    pub ledger: Duration,
    /// Longest wait for a record to become durable before the lane shows the fault.
    pub record: Duration,
    /// Longest time from the raise command to the upper limit.
    pub arm_rise: Duration,
    /// Longest time for a released vehicle to leave before a clerk is called.
    pub leave: Duration,
    /// A review case must be acknowledged within this time (120 s).
    pub review_acknowledge: Duration,
    /// A review case must be decided within this time, else to the bay (300 s).
    pub review_cap: Duration,
    /// Loops shorter than this apart belong to one vehicle (tractor and trailer).
    pub trailer_gap: Duration,
    /// No report of the gate controller for this long means it is lost.
    pub gate_silence: Duration,
    /// A loop on for longer than this, with no vehicle decided, is stuck.
    pub loop_stuck: Duration,
}

impl Default for LaneTimings {
    fn default() -> Self {
        Self {
            identify: Duration::from_secs(3),
            weigh: Duration::from_secs(8),
            collect: Duration::from_secs(2),
            ledger: Duration::from_secs(2),
            record: Duration::from_secs(5),
            arm_rise: Duration::from_secs(6),
            leave: Duration::from_secs(60),
            review_acknowledge: Duration::from_secs(120),
            review_cap: Duration::from_secs(300),
            trailer_gap: Duration::from_millis(1_500),
            gate_silence: Duration::from_secs(2),
            loop_stuck: Duration::from_secs(1_800),
        }
    }
}

/// A device that the lane has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneDevice {
    /// Name.
    pub id: DeviceId,
    /// Kind.
    pub kind: DeviceKind,
}

/// Configuration of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneConfig {
    /// Where the gate stands.
    pub gate: GateAddress,
    /// Lane.
    pub lane: LaneId,
    /// Its way.
    pub direction: Direction,
    /// Mode at first start.
    pub mode: LaneMode,
    /// Stage of a visit that a completed passage of this lane fulfils (`Entry` for entry lanes).
    pub stage: Option<Stage>,
    /// Devices.
    pub devices: Vec<LaneDevice>,
    /// Scale, if the lane has one.
    pub scale: Option<ScaleConfig>,
    /// Waits.
    pub timings: LaneTimings,
    /// The inspection bay lies behind the arm: only then is the arm raised toward it.
    pub bay_beyond_arm: bool,
}
