//! Recorded facts, in the past tense. An event holds everything needed to prove it later.

pub use crate::account::{AccountAct, AccountRecord};
use crate::actuation::RaiseReason;
use crate::decision::Decision;
use crate::device::{DegradedDeclaration, DegradedMode, DeviceStatus};
use crate::digest::{Digest, KeyBytes};
use crate::directive::Directive;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::gate::{ArmState, GateEdge, ResetCause};
use crate::gate_pass::Stage;
use crate::id::{ConsignmentId, DirectiveId, LaneId, PassNumber, PassageId, UserId};
use crate::ledger_row::LedgerRevision;
use crate::mass::Mass;
use crate::operator::{LaneMode, OperatorAct};
use crate::policy::{Policy, PolicyVersion};
use crate::time::{Timestamp, UtcTime};

/// One event: when, where, what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it happened, with the source of the time.
    pub at: UtcTime,
    /// Lane; `None` for events of the whole gate.
    pub lane: Option<LaneId>,
    /// Passage, if it belongs to one.
    pub passage: Option<PassageId>,
    /// What happened.
    pub body: EventBody,
}

/// What a passage takes from the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Pass used up.
    pub pass: PassNumber,
    /// Shares of consignments: gross and packages.
    pub shares: Vec<(ConsignmentId, Mass, u32)>,
}

/// How a passage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PassageEnd {
    /// Left forward under a release or clearance.
    Completed,
    /// Left to the inspection bay.
    ToBay,
    /// Left backwards.
    ReversedOut,
    /// Went through without a raise.
    RunThrough,
    /// Ended by a person without release.
    EndedByPerson,
    /// The sensors never saw it leave; ended by timeout after the lane was found empty.
    Vanished,
    /// Observed in shadow mode only.
    Observed,
}

/// A breach of the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breach {
    /// The arm was up without a decision.
    ArmUpWithoutDecision,
    /// A second vehicle followed under the raised arm.
    TailFollowing,
    /// A vehicle went through the lowered or broken arm.
    RunThrough,
    /// The arm left its limit without a command.
    ArmForced,
    /// The hand key was turned.
    HandKey,
}

/// A fault of lane hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LaneFault {
    /// The arm did not rise after a command.
    ArmNotRising,
    /// The arm did not come down.
    ArmNotLowering,
    /// A loop is stuck.
    LoopStuck,
    /// A beam is stuck.
    BeamStuck,
    /// Limit switches contradict each other.
    LimitsConflict,
    /// The controller restarted.
    ControllerRestarted,
    /// Edges were lost.
    EdgesLost,
    /// The controller refused a command.
    CommandRefused,
    /// The lane's own task failed and was started again.
    LaneRestarted,
    /// The gate's ledger tables were lost or damaged and have been begun anew.
    LedgerRebuilt,
    /// A picture was not read, or not in time: what it shows counts as missing.
    PictureUnread,
}

/// The kinds of event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventBody {
    /// The daemon started.
    GatewayStarted {
        /// Version of the software.
        software: String,
        /// Clean end of the run before, or not.
        clean_shutdown_before: bool,
        /// Bytes cut from the journal's tail during recovery.
        tail_bytes_cut: u64,
    },
    /// The daemon was asked to stop.
    GatewayStopped,
    /// A policy took effect.
    PolicyAdopted(Box<Policy>),
    /// A ledger snapshot or delta took effect.
    LedgerAdvanced {
        /// New state.
        to: LedgerRevision,
        /// Rows changed.
        rows_changed: u64,
    },
    /// A directive took effect or changed.
    DirectiveReceived(Directive),
    /// Somebody used the ledger import.
    LedgerImported {
        /// SHA-256 of the file.
        file_sha256: Digest,
        /// Rows taken in.
        rows: u64,
    },

    /// A vehicle stands in the lane.
    PassageOpened,
    /// A passage was decided.
    PassageDecided(Box<DecisionRecord>),
    /// A hold was cleared by a person or by directive.
    HoldCleared {
        /// Person, if one did.
        user: Option<UserId>,
        /// Second person, if the policy wanted one.
        approved_by: Option<UserId>,
        /// Directive, if one did.
        directive: Option<DirectiveId>,
        /// Reason code.
        reason_code: String,
        /// Free text.
        text: String,
        /// What is drawn from the ledger with this clearance.
        withdrawal: Option<Withdrawal>,
    },
    /// A review case was acknowledged.
    ReviewAcknowledged {
        /// Who.
        user: UserId,
    },
    /// Nobody acknowledged in time.
    ReviewEscalated {
        /// Seconds since the hold.
        after_s: u32,
    },
    /// The vehicle was sent to the bay, by a person or by timeout.
    SentToBay {
        /// Person; `None` for the timeout.
        user: Option<UserId>,
        /// Text.
        text: String,
    },
    /// A directive stopped a vehicle between decision and barrier.
    ReleaseWithdrawn {
        /// The directive.
        directive: DirectiveId,
    },
    /// The arm was commanded up.
    RaiseCommanded {
        /// Why.
        reason: RaiseReason,
    },
    /// The arm was seen up.
    ArmRaised,
    /// The arm was seen down.
    ArmLowered,
    /// The passage ended.
    PassageEnded {
        /// How.
        end: PassageEnd,
        /// Milliseconds from arrival to end.
        duration_ms: u32,
        /// Milliseconds from the last input to the decision.
        decide_ms: u32,
        /// Withdrawal that became final (`Completed`), or that was returned (other ends).
        withdrawal: Option<Withdrawal>,
        /// Stage that this passage fulfils.
        stage: Option<Stage>,
        /// Goes on the post-check list because a degraded mode was in force.
        post_check: bool,
    },

    /// A breach.
    Breached {
        /// Kind.
        breach: Breach,
        /// Arm when it was seen.
        arm: ArmState,
        /// Edges around it.
        edges: Vec<GateEdge>,
    },
    /// A fault.
    FaultFound {
        /// Kind.
        fault: LaneFault,
        /// In words.
        text: String,
    },
    /// A fault went away.
    FaultCleared {
        /// Kind.
        fault: LaneFault,
    },
    /// The controller started again.
    ControllerReset {
        /// Cause.
        cause: ResetCause,
        /// Its new boot id.
        boot_id: u32,
    },
    /// A device changed state.
    DeviceChanged(DeviceStatus),
    /// A person acted.
    Operated(OperatorAct),
    /// The lane's mode changed.
    LaneModeChanged {
        /// From now on.
        mode: LaneMode,
        /// Who.
        user: Option<UserId>,
    },
    /// A degraded mode was declared.
    DegradedDeclared(DegradedDeclaration),
    /// A degraded mode ended.
    DegradedEnded {
        /// Which.
        mode: DegradedMode,
        /// By time, not by a person.
        expired: bool,
    },
    /// The clock's source changed, or it jumped.
    ClockChanged {
        /// Time before.
        before: UtcTime,
        /// Jump in milliseconds against the monotonic clock.
        jump_ms: i64,
    },
    /// An entry, scan or inspection of a visit was recorded by another gate and reached us.
    VisitStageReported {
        /// Plate of the vehicle.
        plate: crate::plate::Plate,
        /// Stage.
        stage: Stage,
        /// When.
        done_at: Timestamp,
    },
    /// The region's copy differs from ours: alarm, sending stopped.
    UplinkForked {
        /// Sequence at which the hashes differ.
        sequence: u64,
    },
    /// A policy of the region was not taken; the one in force stands.
    PolicyRefused {
        /// In words: which, and why.
        cause: String,
    },
    /// The region named the key that it will sign with; both are believed until the time given.
    RegionKeyAdopted {
        /// The new key.
        key: KeyBytes,
        /// Last moment at which the key before it is believed.
        former_until: Timestamp,
    },
    /// The gate will sign with this key from one of its next starts on.
    SigningKeyAnnounced {
        /// The new public key.
        key: KeyBytes,
    },
    /// Somebody did something with accounts of the gate's page.
    AccountActed(AccountRecord),
    /// The watchlist was hit silently; not shown at the lane.
    WatchlistHit {
        /// The entry.
        directive: DirectiveId,
        /// Exact or near.
        exact: bool,
    },
}

impl EventBody {
    /// The event in a few words, for a terminal.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is short as it is")]
    #[must_use]
    pub fn in_brief(&self) -> String {
        match self {
            Self::PassageDecided(record) => {
                let holds: Vec<String> = record
                    .decision
                    .holds()
                    .iter()
                    .map(|finding| format!("{} {}", finding.rule, finding.reason.code()))
                    .collect();
                format!("decided {:?} {}", record.decision.verdict, holds.join(", "))
            }
            Self::PolicyAdopted(policy) => format!("policy {} adopted", policy.version),
            Self::PassageEnded {
                end, duration_ms, ..
            } => format!("ended {end:?} after {duration_ms} ms"),
            other => format!("{other:?}").chars().take(160).collect(),
        }
    }
}

/// Everything needed to decide a passage again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// What was known of the vehicle.
    pub evidence: Evidence,
    /// What the ledger said.
    pub facts: Facts,
    /// The parameters.
    pub policy: Policy,
    /// The result.
    pub decision: Decision,
    /// Mode of the lane.
    pub mode: LaneMode,
    /// What a release draws from the ledger; present only with `Release` in a live lane.
    pub withdrawal: Option<Withdrawal>,
    /// How often this passage has been decided, from 1.
    pub attempt: u16,
}

impl DecisionRecord {
    /// Policy of the decision.
    #[must_use]
    pub fn policy_version(&self) -> PolicyVersion {
        self.policy.version
    }
}
