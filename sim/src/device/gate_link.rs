//! The master's end of a gate controller's registers: polls the report and the edge ring,
//! renews the lease, writes commands. Registers → the core's words.

use domain::actuation::{Actuation, Lights};
use domain::gate::{
    ArmState, GateCounters, GateEdge, GateFaults, GateInput, GateInputs, GateReport, ResetCause,
};
use domain::time::Now;
use gate_protocol::{
    Acknowledgement, Edge, Fault, Input, Inputs, Light, Report, Side, Stage, Verb, edge_read, map,
};

use super::gate::Gate;

/// A lease lasts this long; it is renewed at every poll.
const LEASE_MS: u16 = 1_000;
/// A command is void this long after the report it was based on.
const COMMAND_EXPIRES_MS: u16 = 500;

/// A master of one controller.
#[derive(Debug, Clone, Default)]
pub struct GateLink {
    boot_id: u32,
    next_edge: u32,
    beat: u16,
    sequence: u32,
}

impl GateLink {
    /// Reads the report and what is new in the ring, and renews the lease. Gives the core's
    /// report and the registers it was read from; `None` if the registers are no report.
    pub fn poll(
        &mut self,
        gate: &mut Gate,
        now_ms: u64,
        now: Now,
    ) -> Option<(GateReport, Vec<u16>)> {
        let (report, registers) = gate.report().ok()?;
        if report.identity.boot_id != self.boot_id {
            self.boot_id = report.identity.boot_id;
            self.next_edge = 0;
            self.sequence = report.last_sequence();
        }
        self.beat = self.beat.wrapping_add(1);
        let lease = report.lease(self.beat, LEASE_MS);
        // A lease that is refused runs out, and the next report says so.
        let _ = gate.write(map::LEASE, &lease.encode(), now_ms);
        let mut all = registers.to_vec();
        let mut edges = Vec::new();
        let mut lost = false;
        for _ in 0..3 {
            let Some(read) = edge_read(self.next_edge, report.edges_written) else {
                break;
            };
            lost |= read.lost > 0;
            let mut slots = vec![0; usize::from(read.length)];
            gate.read(read.address, &mut slots).ok()?;
            for (slot, index) in slots.chunks_exact(map::EDGE_LENGTH).zip(read.first_index..) {
                match Edge::decode(slot, index) {
                    Ok(edge) => edges.extend(in_words(&edge, index)),
                    Err(_) => lost = true,
                }
            }
            all.extend(&slots);
            self.next_edge = read.next_index();
        }
        Some((of(&report, edges, lost, now), all))
    }

    /// Carries an act out.
    ///
    /// # Errors
    /// In words, why the controller refused it.
    pub fn order(&mut self, act: &Actuation, gate: &mut Gate, now_ms: u64) -> Result<(), String> {
        let verb = match act {
            Actuation::Raise { .. } => Verb::Raise { from: Side::Entry },
            Actuation::Lower => Verb::Withdraw,
            Actuation::Lights(Lights::RedBoth) => Verb::Lights {
                entry: Light::Red,
                exit: Light::Red,
            },
            Actuation::Lights(Lights::GreenEntry | Lights::GreenApproach) => Verb::Lights {
                entry: Light::Follow,
                exit: Light::Red,
            },
            Actuation::AcknowledgeFaults => Verb::Acknowledge,
            Actuation::Siren { for_ms } => Verb::Siren { on_ms: *for_ms },
        };
        self.command(verb, gate, now_ms)
    }

    /// Writes one command and reads what became of it.
    ///
    /// # Errors
    /// In words, why the controller refused it.
    pub fn command(&mut self, verb: Verb, gate: &mut Gate, now_ms: u64) -> Result<(), String> {
        let (before, _) = gate.report().map_err(|error| format!("{error:?}"))?;
        self.sequence = self.sequence.max(before.last_sequence()).wrapping_add(1);
        let command = before.command(self.sequence, verb, COMMAND_EXPIRES_MS);
        let written = gate.write(map::COMMAND, &command.encode(), now_ms);
        let _verdict = written.map_err(|error| format!("{error:?}"))?;
        let (after, _) = gate.report().map_err(|error| format!("{error:?}"))?;
        match after.acknowledgement(self.sequence) {
            Acknowledgement::Accepted => Ok(()),
            Acknowledgement::Refused(refusal) => Err(refusal.label().to_owned()),
            Acknowledgement::Unknown => Err("not judged".to_owned()),
        }
    }
}

fn of(report: &Report, edges: Vec<GateEdge>, edges_lost: bool, now: Now) -> GateReport {
    use gate_protocol::{ArmState as Arm, ResetCause as Cause};
    GateReport {
        received: now,
        boot_id: report.identity.boot_id,
        uptime_ms: report.uptime_ms,
        reset_cause: match report.identity.reset_cause {
            Cause::PowerOn => ResetCause::PowerOn,
            Cause::BrownOut => ResetCause::BrownOut,
            Cause::Watchdog => ResetCause::Watchdog,
            Cause::External | Cause::Software => ResetCause::Commanded,
            Cause::Unknown | Cause::Panic => ResetCause::Unknown,
        },
        inputs: inputs(report.inputs),
        edges,
        arm: match report.arm {
            Arm::Unknown => ArmState::Unknown,
            Arm::Down => ArmState::Down,
            Arm::Raising => ArmState::Raising,
            Arm::Up => ArmState::Up,
            Arm::Lowering => ArmState::Lowering,
            Arm::Stopped => ArmState::Stopped,
        },
        faults: faults(report, edges_lost),
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
    let any = |faults: &[Fault]| faults.iter().any(|fault| report.faults.has(*fault));
    GateFaults {
        arm_not_rising: any(&[Fault::RaiseOverrun, Fault::ArmNotMoving]),
        arm_not_lowering: any(&[Fault::LowerOverrun, Fault::ObstructionLimit]),
        arm_forced: any(&[Fault::ArmForced, Fault::ArmSank]),
        limits_conflict: any(&[Fault::LimitsConflict]),
        loop_stuck: any(&[
            Fault::ApproachLoopStuck,
            Fault::UnderArmLoopStuck,
            Fault::ExitLoopStuck,
            Fault::UnderArmLoopSilent,
        ]),
        beam_stuck: any(&[
            Fault::Beam1Stuck,
            Fault::Beam2Stuck,
            Fault::Beam1Silent,
            Fault::Beam2Silent,
        ]),
        tail_following: any(&[Fault::TailFollowing]),
        run_through: any(&[Fault::RunThrough]),
        lease_lost: any(&[Fault::LeaseLost]),
        edges_lost,
    }
}

/// A debounced edge; raw ones only matter to a technician.
fn in_words(edge: &Edge, index: u32) -> Option<GateEdge> {
    let input = match edge.input {
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
    };
    (edge.stage == Stage::Debounced).then_some(GateEdge {
        index,
        input,
        rising: edge.rising,
        at_ms: edge.at_ms,
    })
}
