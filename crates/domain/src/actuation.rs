//! What a lane asks of its barrier, lights and display.

use crate::decision::Verdict;
use crate::id::PassageId;
use crate::reason::Notice;

/// Lights of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lights {
    /// Red on both sides.
    RedBoth,
    /// Green toward the vehicle, red behind it.
    GreenEntry,
    /// Green toward the lane's free side: next vehicle may drive up.
    GreenApproach,
}

/// Why the arm is raised; each has a durable record behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RaiseReason {
    /// A recorded Release.
    Release,
    /// A recorded clearance of a hold by a person with the privileges, or by directive.
    Clearance,
    /// A recorded order to let a held vehicle out to the inspection bay.
    ToBay,
}

/// One act of the lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actuation {
    /// Raise the arm once for one vehicle. `record` is the number of the [`crate::event::Event`]
    /// output whose durable record allows it.
    Raise {
        /// The passage.
        passage: PassageId,
        /// Why.
        reason: RaiseReason,
        /// Output number of the record that must be durable.
        record: u64,
    },
    /// Ask the arm down; the controller refuses while anything is under it.
    Lower,
    /// Set the lights.
    Lights(Lights),
    /// Take standing faults of the controller as known. Arm faults keep the arm still until then.
    AcknowledgeFaults,
    /// Sound the siren for a bounded time.
    Siren {
        /// Milliseconds, at most 60,000.
        for_ms: u16,
    },
}

/// What the lane shows to driver and clerk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneNotice {
    /// The passage, if one is open.
    pub passage: Option<PassageId>,
    /// Verdict, if one was given.
    pub verdict: Option<Verdict>,
    /// Lines in the driver's words, most important first.
    pub lines: Vec<Notice>,
}
