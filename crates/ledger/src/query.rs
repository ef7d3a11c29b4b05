//! What a lane asks the ledger about one vehicle, and what comes back.

use domain::container::ContainerNumber;
use domain::event::Withdrawal;
use domain::facts::Facts;
use domain::gate_pass::{Direction, GatePass};
use domain::id::{DriverId, LaneId, PassNumber, PassageId};
use domain::plate::Plate;
use domain::reading::PlateRole;
use domain::tag::TagId;
use domain::time::Timestamp;

/// A lane's question. Answering it reserves the pass found, in memory, for this passage, so
/// that two lanes that ask at once never both draw the same pass or share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerQuery {
    /// Running number of the lane's questions; the answer repeats it.
    pub ask: u64,
    /// Passage.
    pub passage: PassageId,
    /// Lane.
    pub lane: LaneId,
    /// Way of the lane.
    pub direction: Direction,
    /// Sure tags, strongest first.
    pub tags: Vec<TagId>,
    /// Plates seen, surest first.
    pub plates: Vec<(Plate, PlateRole)>,
    /// Containers seen.
    pub containers: Vec<ContainerNumber>,
    /// Driver presented.
    pub driver: Option<DriverId>,
    /// Pass chosen by a clerk among several.
    pub chosen_pass: Option<PassNumber>,
    /// Now.
    pub at: Timestamp,
}

/// Why the ledger could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerUnavailable {
    /// The store failed; the text is for the technician.
    #[error("ledger store failed: {cause}")]
    Store {
        /// Cause in words.
        cause: String,
    },
    /// The store did not answer in time.
    #[error("ledger did not answer within {timeout_ms} ms")]
    Stalled {
        /// Limit.
        timeout_ms: u32,
    },
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerAnswer {
    /// Number of the question.
    pub ask: u64,
    /// Passage.
    pub passage: PassageId,
    /// Facts, or why there are none.
    pub facts: Result<Box<Facts>, LedgerUnavailable>,
}

/// What releasing a vehicle under `pass` draws from the ledger.
#[must_use]
pub fn withdrawal_of(pass: &GatePass) -> Withdrawal {
    Withdrawal {
        pass: pass.number.clone(),
        shares: pass
            .consignments
            .iter()
            .map(|share| (share.id.clone(), share.gross, share.packages))
            .collect(),
    }
}
