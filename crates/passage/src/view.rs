//! What a lane looks like from outside, for status pages and tests. Changes nothing.

use domain::decision::Verdict;
use domain::event::LaneFault;
use domain::evidence::Evidence;
use domain::gate::ArmState;
use domain::id::PassageId;
use domain::mass::Mass;
use domain::operator::LaneMode;

use crate::lane::Lane;
use crate::stay::{Hold, Phase};

/// A lane at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneView {
    /// Mode.
    pub mode: LaneMode,
    /// Arm.
    pub arm: ArmState,
    /// The gate controller answers.
    pub gate_answers: bool,
    /// Open passage.
    pub passage: Option<PassageId>,
    /// Its step, in one word.
    pub step: &'static str,
    /// Its last durable verdict.
    pub verdict: Option<Verdict>,
    /// What the scale shows now.
    pub weight: Option<Mass>,
    /// Why the last act or record came to nothing.
    pub refusal: Option<String>,
    /// Events that could never be recorded since start.
    pub events_given_up: u64,
    /// Faults that stand.
    pub faults: Vec<LaneFault>,
}

impl Lane {
    /// How the lane is now.
    #[must_use]
    pub fn view(&self) -> LaneView {
        let faults = self.barrier.faults;
        let standing = [
            (faults.arm_not_rising, LaneFault::ArmNotRising),
            (faults.arm_not_lowering, LaneFault::ArmNotLowering),
            (faults.limits_conflict, LaneFault::LimitsConflict),
            (faults.loop_stuck, LaneFault::LoopStuck),
            (faults.beam_stuck, LaneFault::BeamStuck),
        ];
        LaneView {
            mode: self.mode,
            arm: self.barrier.arm,
            gate_answers: !self.barrier.lost,
            passage: self.stay.as_ref().map(|stay| stay.passage.clone()),
            step: self.stay.as_ref().map_or("free", |stay| step(&stay.phase)),
            verdict: self.stay.as_ref().and_then(|stay| stay.verdict()),
            weight: self.scale.as_ref().and_then(|scale| scale.latest()),
            refusal: self.refusal.clone(),
            events_given_up: self.trail.given_up(),
            faults: standing
                .into_iter()
                .filter(|(on, _)| *on)
                .map(|(_, fault)| fault)
                .collect(),
        }
    }
}

impl Lane {
    /// The evidence that the ledger is being asked about, for whoever else is to be asked.
    #[must_use]
    pub fn frozen(&self) -> Option<&Evidence> {
        match self.stay.as_ref().map(|stay| &stay.phase) {
            Some(Phase::Asking { frozen, .. }) => Some(frozen),
            Some(
                Phase::Found(_)
                | Phase::Collecting { .. }
                | Phase::Recording { .. }
                | Phase::Unrecorded { .. }
                | Phase::Held(_)
                | Phase::Clearing { .. }
                | Phase::Ready { .. }
                | Phase::Raising { .. }
                | Phase::Passing { .. }
                | Phase::BackingOut
                | Phase::Watching,
            )
            | None => None,
        }
    }
}

fn step(phase: &Phase) -> &'static str {
    match phase {
        Phase::Found(_) => "found",
        Phase::Collecting { .. } => "collecting",
        Phase::Asking { .. } => "asking",
        Phase::Recording { .. } => "recording",
        Phase::Unrecorded { .. } => "unrecorded",
        Phase::Held(Hold::Decided) => "held",
        Phase::Held(Hold::Confirm) => "confirming",
        Phase::Held(Hold::Closed) => "closed",
        Phase::Held(Hold::Barrier) => "barrier",
        Phase::Clearing { .. } => "clearing",
        Phase::Ready { .. } => "ready",
        Phase::Raising { .. } => "raising",
        Phase::Passing { .. } => "passing",
        Phase::BackingOut => "backing_out",
        Phase::Watching => "watching",
    }
}
