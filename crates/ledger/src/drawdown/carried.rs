//! What has been drawn → the fewest events that bring it back. Stands in for the part of a
//! journal that is no longer kept.
//!
//! Left out, because nobody can need it by then: reservations without a release, plates of
//! passages that are decided and not ended, and exits (a report that comes later than its visit).

use domain::event::{Event, EventBody, PassageEnd, Withdrawal};
use domain::id::{LaneId, PassageId};
use domain::time::{TimeSource, Timestamp, UtcTime};

use super::{DrawDown, Hold};

impl DrawDown {
    /// Events that leave an empty [`DrawDown`] with what this one knows for good. What was used
    /// up before `since` is left out.
    #[must_use]
    pub fn carried(&self, since: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        let mut holdings: Vec<_> = self.holdings.iter().collect();
        // A draw takes over what stands unresolved, so that comes last.
        holdings.sort_by_key(|(_, held)| match held.hold {
            Hold::Used(_) => 0,
            Hold::Reserved | Hold::Drawn => 1,
            Hold::Unresolved => 2,
        });
        for (passage, held) in holdings {
            let withdrawal = Withdrawal {
                pass: held.pass.clone(),
                shares: held.shares.clone(),
            };
            let (at, body) = match held.hold {
                Hold::Used(at) if at < since => continue,
                Hold::Used(at) => (at, ended(PassageEnd::Completed, withdrawal)),
                Hold::Unresolved => (since, ended(PassageEnd::Vanished, withdrawal)),
                Hold::Drawn => {
                    let body = EventBody::HoldCleared {
                        user: None,
                        approved_by: None,
                        directive: None,
                        reason_code: String::new(),
                        text: String::new(),
                        withdrawal: Some(withdrawal),
                    };
                    (since, body)
                }
                Hold::Reserved => continue,
            };
            events.push(event(at, Some((&held.lane, passage)), body));
        }
        events.extend(self.visits.carried().map(|(plate, stage, done_at)| {
            let plate = plate.clone();
            let body = EventBody::VisitStageReported {
                plate,
                stage,
                done_at,
            };
            event(done_at, None, body)
        }));
        events
    }
}

fn ended(end: PassageEnd, withdrawal: Withdrawal) -> EventBody {
    EventBody::PassageEnded {
        end,
        duration_ms: 0,
        decide_ms: 0,
        withdrawal: Some(withdrawal),
        stage: None,
        post_check: false,
    }
}

fn event(at: Timestamp, of: Option<(&LaneId, &PassageId)>, body: EventBody) -> Event {
    Event {
        at: UtcTime {
            at,
            source: TimeSource::Unsynchronised,
        },
        lane: of.map(|(lane, _)| lane.clone()),
        passage: of.map(|(_, passage)| passage.clone()),
        body,
    }
}
