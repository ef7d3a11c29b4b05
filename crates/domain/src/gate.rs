//! What the gate controller reports of loops, beams, arm and lights, in the core's own words.
//! The registers behind it are `gate-protocol`'s business.

use crate::time::Now;

/// Position and movement of the arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArmState {
    /// At the lower limit.
    Down,
    /// Commanded up, not there yet.
    Raising,
    /// At the upper limit.
    Up,
    /// Commanded down, not there yet.
    Lowering,
    /// Halted between the limits.
    Stopped,
    /// Limits contradict each other or were never seen.
    Unknown,
}

/// Debounced inputs of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct GateInputs {
    /// Loop before the barrier.
    pub approach_loop: bool,
    /// Loop under the arm.
    pub under_arm_loop: bool,
    /// Loop behind the barrier.
    pub exit_loop: bool,
    /// Light beam at the start of the platform is interrupted.
    pub beam_front: bool,
    /// Light beam at the arm is interrupted.
    pub beam_rear: bool,
    /// Hand key turned.
    pub hand_key: bool,
    /// Fire alarm contact.
    pub fire_alarm: bool,
    /// Cabinet door open.
    pub cabinet_open: bool,
    /// Mains present.
    pub mains_ok: bool,
}

/// One input whose edges are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateInput {
    /// Loop before the barrier.
    ApproachLoop,
    /// Loop under the arm.
    UnderArmLoop,
    /// Loop behind the barrier.
    ExitLoop,
    /// Front beam.
    BeamFront,
    /// Rear beam.
    BeamRear,
    /// Upper limit of the arm.
    ArmUpLimit,
    /// Lower limit of the arm.
    ArmDownLimit,
    /// Hand key.
    HandKey,
    /// Fire alarm.
    FireAlarm,
    /// Cabinet door.
    CabinetDoor,
    /// Mains.
    MainsOk,
}

/// One edge from the controller's ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GateEdge {
    /// Running number of the controller since its boot.
    pub index: u32,
    /// Input.
    pub input: GateInput,
    /// Whether it became active.
    pub rising: bool,
    /// Controller time in ms since its boot.
    pub at_ms: u32,
}

/// Faults that the controller has found by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct GateFaults {
    /// The arm did not reach its upper limit in time.
    pub arm_not_rising: bool,
    /// The arm did not reach its lower limit in time.
    pub arm_not_lowering: bool,
    /// A limit was left without a command: forced or broken off.
    pub arm_forced: bool,
    /// Both limits at once.
    pub limits_conflict: bool,
    /// A loop has been on for longer than any vehicle stands.
    pub loop_stuck: bool,
    /// A beam has been broken for longer than any vehicle stands.
    pub beam_stuck: bool,
    /// A second vehicle followed under the raised arm.
    pub tail_following: bool,
    /// A vehicle went through without a raise.
    pub run_through: bool,
    /// The gateway's lease ran out.
    pub lease_lost: bool,
    /// The edge ring overflowed before it was read.
    pub edges_lost: bool,
}

/// Cause of the controller's last reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResetCause {
    /// Power came.
    PowerOn,
    /// Supply sagged.
    BrownOut,
    /// The watchdog bit.
    Watchdog,
    /// Reset pin or software.
    Commanded,
    /// The controller does not know.
    Unknown,
}

/// Counts since boot. Fault bits stand until they are acknowledged; only counts tell a second
/// event of the same kind from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct GateCounters {
    /// Vehicles through, from the approach loop to the exit loop.
    pub through: u32,
    /// Vehicles that went back to where they came from.
    pub reversed_out: u32,
    /// Second vehicles under an arm held open by the first.
    pub tail_following: u32,
    /// Vehicles through with no release.
    pub run_through: u32,
    /// Arm motions that nobody commanded.
    pub forced: u32,
    /// Openings under the hand key.
    pub hand_raises: u32,
}

/// One poll of the controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReport {
    /// When the answer arrived.
    pub received: Now,
    /// Changes with every boot of the controller.
    pub boot_id: u32,
    /// Milliseconds since the controller's boot.
    pub uptime_ms: u32,
    /// Cause of the last reset.
    pub reset_cause: ResetCause,
    /// Inputs now.
    pub inputs: GateInputs,
    /// Edges since the last poll, oldest first.
    pub edges: Vec<GateEdge>,
    /// Arm.
    pub arm: ArmState,
    /// Faults.
    pub faults: GateFaults,
    /// Last command sequence that was carried out.
    pub accepted_sequence: u32,
    /// Last command sequence that was refused, and why, in words.
    pub refused: Option<(u32, String)>,
    /// What has been counted since the boot.
    pub counters: GateCounters,
}
