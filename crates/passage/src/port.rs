//! The two doors of a lane: everything that can change it, and everything it asks for.

use std::sync::Arc;

use domain::actuation::{Actuation, LaneNotice};
use domain::device::DeviceStatus;
use domain::directive::Directive;
use domain::event::Event;
use domain::gate::GateReport;
use domain::gate_pass::Stage;
use domain::id::{LaneId, PassageId};
use domain::mass::Mass;
use domain::operator::OperatorAct;
use domain::policy::Policy;
use domain::reading::Reading;
use domain::tag::TagId;
use domain::time::Timestamp;
use ledger::query::{LedgerAnswer, LedgerQuery};

/// Everything that can change a lane.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A device of the lane said something.
    Reading(Box<Reading>),
    /// Another system's scale has weighed the vehicle that stands there and vouches for the
    /// result; zero, rise and rest of the platform were its business.
    Weighed {
        /// Gross; `None` if it has none for this vehicle.
        gross: Option<Mass>,
        /// What that system sent, at most 64 bytes.
        raw: Vec<u8>,
    },
    /// A device of the lane changed state.
    Device(DeviceStatus),
    /// A poll of the gate controller.
    Gate(Box<GateReport>),
    /// Another lane's reader saw a tag while a vehicle stood there.
    TagElsewhere {
        /// Tag.
        tag: TagId,
        /// The other lane.
        lane: LaneId,
        /// Its signal there, dBm.
        rssi_dbm: Option<i16>,
    },
    /// The ledger answered.
    Ledger(LedgerAnswer),
    /// A directive took effect, changed or was withdrawn.
    Directive(Box<Directive>),
    /// The ledger advanced by something other than a directive; open questions are stale.
    LedgerAdvanced,
    /// A person acted.
    Operator(Box<OperatorAct>),
    /// Something outside the ledger has changed that this passage hangs on: decide it again.
    DecideAgain {
        /// The passage; another one is left alone.
        passage: PassageId,
    },
    /// A new policy: it takes effect with the next passage.
    Policy(Arc<Policy>),
    /// An officer's recorded order excuses a stage of the open passage.
    StageExcused(Stage),
    /// The event output with this number is durable.
    Recorded {
        /// Number of the output.
        record: u64,
    },
    /// The event output with this number could not be made durable. The lane holds.
    RecordFailed {
        /// Number of the output.
        record: u64,
        /// In words, for the display and the technician.
        cause: String,
    },
    /// The gate did not take a command in time, or refused it.
    ActuationFailed {
        /// The act.
        actuation: Actuation,
        /// In words.
        cause: String,
    },
    /// The time that [`crate::Lane::poll_timeout`] named has come.
    Timeout,
}

/// Everything a lane asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// A question to the ledger.
    Ask(LedgerQuery),
    /// An event to make durable; answered by `Recorded` or `RecordFailed`.
    Record {
        /// Running number of the lane's records, from 1.
        record: u64,
        /// The event.
        event: Box<Event>,
    },
    /// An act of barrier, lights or siren.
    Actuate(Actuation),
    /// What driver and clerk see now.
    Show(LaneNotice),
    /// Ask cameras and readers of the lane for fresh readings of the open passage.
    Capture {
        /// Passage.
        passage: PassageId,
    },
    /// The in-memory reservation of this passage is no longer needed.
    ReturnReservation {
        /// Passage.
        passage: PassageId,
    },
}

/// An open passage found in the journal at start.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenPassage {
    /// Passage.
    pub passage: PassageId,
    /// When the vehicle arrived.
    pub opened_at: Timestamp,
    /// The recorded release or clearance, if there was one, with what it drew.
    pub released: Option<Option<domain::event::Withdrawal>>,
    /// The arm had been commanded up (a `RaiseCommanded` event stands in the journal).
    pub raised: bool,
    /// Decisions recorded so far.
    pub attempts: u16,
}
