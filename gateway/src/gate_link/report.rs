//! Registers of the gate controller → the core's words.

use domain::gate::{
    ArmState, GateCounters, GateEdge, GateFaults, GateInput, GateInputs, GateReport, ResetCause,
};
use domain::time::Now;
use gate_protocol::{Edge, Fault, Input, Inputs, Report, Stage};

/// The report with its edges, as the lane takes it.
pub(super) fn report(report: &Report, edges: Vec<GateEdge>, lost: bool, now: Now) -> GateReport {
    GateReport {
        received: now,
        boot_id: report.identity.boot_id,
        uptime_ms: report.uptime_ms,
        reset_cause: match report.identity.reset_cause {
            gate_protocol::ResetCause::PowerOn => ResetCause::PowerOn,
            gate_protocol::ResetCause::BrownOut => ResetCause::BrownOut,
            gate_protocol::ResetCause::Watchdog => ResetCause::Watchdog,
            gate_protocol::ResetCause::External | gate_protocol::ResetCause::Software => {
                ResetCause::Commanded
            }
            gate_protocol::ResetCause::Unknown | gate_protocol::ResetCause::Panic => {
                ResetCause::Unknown
            }
        },
        inputs: inputs(report.inputs),
        edges,
        arm: match report.arm {
            gate_protocol::ArmState::Unknown => ArmState::Unknown,
            gate_protocol::ArmState::Down => ArmState::Down,
            gate_protocol::ArmState::Raising => ArmState::Raising,
            gate_protocol::ArmState::Up => ArmState::Up,
            gate_protocol::ArmState::Lowering => ArmState::Lowering,
            gate_protocol::ArmState::Stopped => ArmState::Stopped,
        },
        faults: faults(report, lost),
        accepted_sequence: report.accepted_sequence,
        refused: report
            .refusal
            .map(|why| (report.refused_sequence, why.label().to_owned())),
        counters: GateCounters {
            through: report.counters.vehicles_in,
            reversed_out: report.counters.reversed_out,
            tail_following: report.counters.tail_following,
            run_through: report.counters.run_through,
            forced: report.counters.forced,
            hand_raises: report.counters.hand_raises,
        },
    }
}

fn inputs(inputs: Inputs) -> GateInputs {
    GateInputs {
        approach_loop: inputs.has(Input::ApproachLoop),
        under_arm_loop: inputs.has(Input::UnderArmLoop),
        exit_loop: inputs.has(Input::ExitLoop),
        beam_front: inputs.has(Input::Beam1),
        beam_rear: inputs.has(Input::Beam2),
        hand_key: inputs.has(Input::HandKey),
        fire_alarm: inputs.has(Input::FireAlarm),
        cabinet_open: inputs.has(Input::CabinetDoor),
        mains_ok: inputs.has(Input::MainsOk),
    }
}

fn faults(report: &Report, edges_lost: bool) -> GateFaults {
    let has = |fault: Fault| report.faults.has(fault);
    GateFaults {
        arm_not_rising: has(Fault::RaiseOverrun) || has(Fault::ArmNotMoving),
        arm_not_lowering: has(Fault::LowerOverrun) || has(Fault::ObstructionLimit),
        arm_forced: has(Fault::ArmForced) || has(Fault::ArmSank),
        limits_conflict: has(Fault::LimitsConflict),
        loop_stuck: has(Fault::ApproachLoopStuck)
            || has(Fault::UnderArmLoopStuck)
            || has(Fault::ExitLoopStuck)
            || has(Fault::UnderArmLoopSilent),
        beam_stuck: has(Fault::Beam1Stuck)
            || has(Fault::Beam2Stuck)
            || has(Fault::Beam1Silent)
            || has(Fault::Beam2Silent),
        tail_following: has(Fault::TailFollowing),
        run_through: has(Fault::RunThrough),
        lease_lost: has(Fault::LeaseLost),
        edges_lost,
    }
}

/// A debounced edge; raw edges shorter than the debounce time only matter to the technician.
pub(super) fn edge(edge: &Edge, index: u32) -> Option<GateEdge> {
    (edge.stage == Stage::Debounced).then_some(GateEdge {
        index,
        input: match edge.input {
            Input::ApproachLoop => GateInput::ApproachLoop,
            Input::UnderArmLoop => GateInput::UnderArmLoop,
            Input::ExitLoop => GateInput::ExitLoop,
            Input::Beam1 => GateInput::BeamFront,
            Input::Beam2 => GateInput::BeamRear,
            Input::ArmUpLimit => GateInput::ArmUpLimit,
            Input::ArmDownLimit => GateInput::ArmDownLimit,
            Input::HandKey => GateInput::HandKey,
            Input::FireAlarm => GateInput::FireAlarm,
            Input::CabinetDoor => GateInput::CabinetDoor,
            Input::MainsOk => GateInput::MainsOk,
        },
        rising: edge.rising,
        at_ms: edge.at_ms,
    })
}
