//! One vehicle that waits for a person: since when, why, and who has taken it.

use std::sync::Arc;

use domain::decision::Verdict;
use domain::event::{DecisionRecord, EventBody};
use domain::id::{LaneId, PassageId, UserId};
use domain::operator::LaneMode;
use domain::time::Timestamp;

/// A case of the review queue.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct Case {
    /// Passage.
    pub(in crate::dashboard) passage: PassageId,
    /// Lane.
    pub(in crate::dashboard) lane: LaneId,
    /// First held.
    pub(in crate::dashboard) held_at: Timestamp,
    /// The latest decision.
    pub(in crate::dashboard) record: Arc<DecisionRecord>,
    /// Who took it first, and when.
    pub(in crate::dashboard) taken: Option<(UserId, Timestamp)>,
    /// Nobody took it in time.
    pub(in crate::dashboard) is_escalated: bool,
}

/// Whether a decision leaves a vehicle waiting for a person.
pub(super) fn waits(record: &DecisionRecord) -> bool {
    match record.mode {
        // Beside the old system nothing waits for us.
        LaneMode::Shadow => false,
        LaneMode::Advisory | LaneMode::Closed => true,
        LaneMode::Live => record.decision.verdict != Verdict::Release,
    }
}

impl Case {
    /// The case after a decision; an earlier one keeps its time and who took it.
    pub(super) fn decided(
        before: Option<Self>,
        lane: &LaneId,
        passage: &PassageId,
        at: Timestamp,
        record: Arc<DecisionRecord>,
    ) -> Self {
        match before {
            Some(case) => Self { record, ..case },
            None => Self {
                passage: passage.clone(),
                lane: lane.clone(),
                held_at: at,
                record,
                taken: None,
                is_escalated: false,
            },
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest changes no case")]
    pub(super) fn take(&mut self, body: &EventBody, at: Timestamp) {
        match body {
            EventBody::ReviewAcknowledged { user } => {
                self.taken.get_or_insert_with(|| (user.clone(), at));
            }
            EventBody::ReviewEscalated { .. } => self.is_escalated = true,
            _ => {}
        }
    }

    /// A release that waits for a yes, in a lane whose decisions are proposals.
    pub(in crate::dashboard) fn is_proposal(&self) -> bool {
        self.record.mode == LaneMode::Advisory && self.record.decision.verdict == Verdict::Release
    }

    /// The plate that was read, or nothing.
    pub(in crate::dashboard) fn plate(&self) -> &str {
        let plates = &self.record.evidence.plates;
        plates
            .first()
            .map_or("", |sighting| sighting.plate.as_str())
    }
}
