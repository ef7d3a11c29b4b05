//! The open passage: one vehicle's stay in the lane and the step it is in.

use domain::decision::Verdict;
use domain::event::{DecisionRecord, PassageEnd, Withdrawal};
use domain::evidence::{Evidence, LaneIntegrity, VehicleCount, Weighing};
use domain::gate_pass::Stage;
use domain::id::{DirectiveId, PassNumber, PassageId};
use domain::time::{Instant, Now};

use domain::actuation::RaiseReason;

use crate::port::OpenPassage;
use crate::sightings::Sightings;

/// What allows the arm up for this vehicle: a durable record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) reason: RaiseReason,
    pub(crate) record: u64,
}

/// Where a passage stands.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// Found open at start; the first report of the gate tells what has become of it.
    Found(OpenPassage),
    /// Readings come in.
    Collecting { since: Instant },
    /// Evidence is frozen, the ledger is asked.
    Asking {
        ask: u64,
        deadline: Instant,
        frozen: Box<Evidence>,
    },
    /// The decision is on its way to the disk.
    Recording {
        record: u64,
        deadline: Instant,
        decided: Box<DecisionRecord>,
    },
    /// The decision could not be recorded; tried again at `retry_at`.
    Unrecorded { retry_at: Instant },
    /// Held, and the reason why.
    Held(Hold),
    /// A clearance is on its way to the disk.
    Clearing { deadline: Instant, grant: Grant },
    /// Granted; waits for the arm to be down from the vehicle before.
    Ready { deadline: Instant, grant: Grant },
    /// Commanded up.
    Raising { deadline: Instant, again: bool },
    /// Up; the vehicle leaves.
    Passing { since: Instant, called: bool },
    /// Sent to the bay; the vehicle backs out under the lowered arm.
    BackingOut,
    /// Shadow mode: decided, and not acted upon.
    Watching,
}

/// Why a vehicle is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// By the decision.
    Decided,
    /// Released in advisory mode; a person confirms.
    Confirm,
    /// The lane is closed.
    Closed,
    /// The barrier does not do what it is told.
    Barrier,
}

/// The clocks of a hold; they run on through repeated decisions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HoldClock {
    pub(crate) since: Instant,
    pub(crate) acknowledged: bool,
    pub(crate) escalated: bool,
    /// The ledger is asked again at this time.
    pub(crate) ask_again: Option<Instant>,
}

/// One vehicle's stay.
#[derive(Debug, Clone)]
pub(crate) struct Stay {
    pub(crate) passage: PassageId,
    pub(crate) opened: Now,
    pub(crate) phase: Phase,
    pub(crate) seen: Sightings,
    /// What is read while this vehicle leaves belongs to the next.
    pub(crate) next: Sightings,
    pub(crate) weighings: Vec<Weighing>,
    pub(crate) weigh_anew: bool,
    pub(crate) reweighs: u8,
    pub(crate) integrity: LaneIntegrity,
    pub(crate) excused: Vec<Stage>,
    pub(crate) chosen_pass: Option<PassNumber>,
    pub(crate) draw: u16,
    pub(crate) attempts: u16,
    /// The last decision that is durable.
    pub(crate) decided: Option<Box<DecisionRecord>>,
    pub(crate) grant: Option<Grant>,
    /// The last durable withdrawal.
    pub(crate) drawn: Option<Withdrawal>,
    /// A withdrawal on its way to the disk with a clearance.
    pub(crate) drawing: Option<Withdrawal>,
    /// The arm was commanded up during this stay.
    pub(crate) raised: bool,
    pub(crate) hold: Option<HoldClock>,
    /// An order of customs that came too late for the decision under way.
    pub(crate) ordered: Option<DirectiveId>,
    /// The vehicle has left already; the passage ends so once its decision is recorded.
    pub(crate) gone: Option<PassageEnd>,
    pub(crate) tail_followed: bool,
    pub(crate) post_check: bool,
    pub(crate) decide_ms: u32,
    pub(crate) loop_fault_told: bool,
    /// A person asked for a new look: its decision is recorded even if nothing has changed.
    pub(crate) asked_by_person: bool,
}

impl Stay {
    pub(crate) fn new(passage: PassageId, opened: Now, draw: u16) -> Self {
        Self {
            passage,
            opened,
            phase: Phase::Collecting { since: opened.mono },
            seen: Sightings::default(),
            next: Sightings::default(),
            weighings: Vec::new(),
            weigh_anew: true,
            reweighs: 0,
            integrity: LaneIntegrity {
                vehicles: VehicleCount::One,
                tail_following: false,
                run_through: false,
                arm_was_up: false,
                sensor_stuck: false,
                controller_restarted: false,
                gateway_restarted: false,
            },
            excused: Vec::new(),
            chosen_pass: None,
            draw,
            attempts: 0,
            decided: None,
            grant: None,
            drawn: None,
            drawing: None,
            raised: false,
            hold: None,
            ordered: None,
            gone: None,
            tail_followed: false,
            post_check: false,
            decide_ms: 0,
            loop_fault_told: false,
            asked_by_person: false,
        }
    }

    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.decided.as_ref().map(|record| record.decision.verdict)
    }

    /// The vehicle may be under way: the arm is, or was, up for it.
    pub(crate) fn is_leaving(&self) -> bool {
        matches!(self.phase, Phase::Raising { .. } | Phase::Passing { .. })
    }
}
