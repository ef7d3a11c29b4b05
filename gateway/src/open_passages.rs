//! Events in order → passages that are open, modes that lanes were put in, degraded modes that were
//! declared and have not ended. Feeds a lane that starts again, from the journal after a restart
//! of the daemon or from memory after a panic of the lane.

use std::collections::BTreeMap;

use domain::actuation::RaiseReason;
use domain::decision::Verdict;
use domain::device::{DegradedDeclaration, DegradedMode};
use domain::event::{Event, EventBody};
use domain::id::{LaneId, PassageId};
use domain::operator::LaneMode;
use domain::time::{TimeSource, Timestamp, UtcTime};
use passage::port::OpenPassage;

/// Open passages by lane, of which a lane has at most one, and what people set for it.
#[derive(Debug, Clone, Default)]
pub struct OpenPassages {
    by_lane: BTreeMap<LaneId, OpenPassage>,
    modes: BTreeMap<LaneId, LaneMode>,
    degraded: BTreeMap<(LaneId, DegradedMode), DegradedDeclaration>,
    clean_shutdown: bool,
    last_event: Option<Timestamp>,
}

impl OpenPassages {
    /// Takes the next event of the journal.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only these open or end something"
    )]
    pub fn observe(&mut self, event: &Event) {
        self.last_event = Some(event.at.at);
        match &event.body {
            EventBody::GatewayStopped => self.clean_shutdown = true,
            EventBody::GatewayStarted { .. } => self.clean_shutdown = false,
            EventBody::LaneModeChanged { mode, .. } => {
                if let Some(lane) = &event.lane {
                    self.modes.insert(lane.clone(), *mode);
                }
            }
            EventBody::DegradedDeclared(declaration) => {
                if let Some(lane) = &event.lane {
                    let key = (lane.clone(), declaration.mode);
                    self.degraded.insert(key, declaration.clone());
                }
            }
            EventBody::DegradedEnded { mode, .. } => {
                if let Some(lane) = &event.lane {
                    self.degraded.remove(&(lane.clone(), *mode));
                }
            }
            _ => self.observe_passage(event),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the rest changes nothing here"
    )]
    fn observe_passage(&mut self, event: &Event) {
        let (Some(lane), Some(passage)) = (&event.lane, &event.passage) else {
            return;
        };
        if matches!(event.body, EventBody::PassageOpened) {
            let open = OpenPassage {
                passage: passage.clone(),
                opened_at: event.at.at,
                released: None,
                raised: false,
                attempts: 0,
            };
            self.by_lane.insert(lane.clone(), open);
            return;
        }
        let Some(open) = self
            .by_lane
            .get_mut(lane)
            .filter(|open| open.passage == *passage)
        else {
            return;
        };
        match &event.body {
            EventBody::PassageDecided(record) => {
                open.attempts = record.attempt;
                open.released = (record.decision.verdict == Verdict::Release)
                    .then(|| record.withdrawal.clone());
            }
            EventBody::HoldCleared { withdrawal, .. } => {
                open.released = Some(withdrawal.clone());
            }
            EventBody::ReleaseWithdrawn { .. } => open.released = None,
            EventBody::RaiseCommanded { .. } => open.raised = true,
            EventBody::PassageEnded { .. } => {
                self.by_lane.remove(lane);
            }
            _ => {}
        }
    }

    /// Events that leave an empty [`OpenPassages`] with what this one knows, but for the attempts
    /// of a passage.
    #[must_use]
    pub fn carried(&self) -> Vec<Event> {
        let Some(at) = self.last_event else {
            return Vec::new();
        };
        let event = |at, lane: &LaneId, passage: Option<&PassageId>, body| Event {
            at: UtcTime {
                at,
                source: TimeSource::Unsynchronised,
            },
            lane: Some(lane.clone()),
            passage: passage.cloned(),
            body,
        };
        let mut events = Vec::new();
        for (lane, mode) in &self.modes {
            let (mode, user) = (*mode, None);
            let body = EventBody::LaneModeChanged { mode, user };
            events.push(event(at, lane, None, body));
        }
        for ((lane, _), declaration) in &self.degraded {
            let body = EventBody::DegradedDeclared(declaration.clone());
            events.push(event(at, lane, None, body));
        }
        for (lane, open) in &self.by_lane {
            let mut push = |body| {
                events.push(event(open.opened_at, lane, Some(&open.passage), body));
            };
            push(EventBody::PassageOpened);
            if let Some(withdrawal) = &open.released {
                push(EventBody::HoldCleared {
                    user: None,
                    approved_by: None,
                    directive: None,
                    reason_code: String::new(),
                    text: String::new(),
                    withdrawal: withdrawal.clone(),
                });
            }
            if open.raised {
                push(EventBody::RaiseCommanded {
                    reason: RaiseReason::Release,
                });
            }
        }
        events
    }

    /// The open passage of `lane`.
    #[must_use]
    pub fn of_lane(&self, lane: &LaneId) -> Option<OpenPassage> {
        self.by_lane.get(lane).cloned()
    }

    /// The mode that `lane` was last put in.
    #[must_use]
    pub fn mode_of(&self, lane: &LaneId) -> Option<LaneMode> {
        self.modes.get(lane).copied()
    }

    /// The degraded modes of `lane` that have not ended, those included whose time has run out
    /// since: the lane ends them with an event of their own.
    #[must_use]
    pub fn degraded_of(&self, lane: &LaneId) -> Vec<DegradedDeclaration> {
        let of_lane = self.degraded.iter().filter(|((of, _), _)| of == lane);
        of_lane
            .map(|(_, declaration)| declaration.clone())
            .collect()
    }

    /// Whether the last run ended on request.
    #[must_use]
    pub fn clean_shutdown(&self) -> bool {
        self.clean_shutdown || self.last_event.is_none()
    }
}

#[cfg(test)]
mod tests {
    use domain::id::UserId;

    use super::*;

    fn declaration(mode: DegradedMode, until_s: i64) -> DegradedDeclaration {
        DegradedDeclaration {
            mode,
            declared_by: UserId::parse("supervisor-02").expect("valid"),
            declared_at: Timestamp::from_seconds(1_000),
            until: Timestamp::from_seconds(until_s),
            reason: "x-ray tube".to_owned(),
        }
    }

    fn event(lane: &str, body: EventBody) -> Event {
        Event {
            at: UtcTime {
                at: Timestamp::from_seconds(1_000),
                source: TimeSource::Ntp,
            },
            lane: Some(LaneId::parse(lane).expect("valid")),
            passage: None,
            body,
        }
    }

    #[test]
    fn degraded_modes_stand_until_they_end_and_are_carried_over() {
        let scanner = declaration(DegradedMode::ScannerDown, 2_000);
        let seals = declaration(DegradedMode::SealReaderDown, 3_000);
        let longer = declaration(DegradedMode::SealReaderDown, 4_000);
        let ended = |mode, expired| EventBody::DegradedEnded { mode, expired };
        let mut open = OpenPassages::default();
        for event in [
            event("L1", EventBody::DegradedDeclared(scanner.clone())),
            event("L2", EventBody::DegradedDeclared(scanner)),
            event("L1", EventBody::DegradedDeclared(seals)),
            // Declared again before it ended: the later word counts.
            event("L1", EventBody::DegradedDeclared(longer.clone())),
            event("L1", ended(DegradedMode::ScannerDown, true)),
            event("L2", ended(DegradedMode::ScannerDown, false)),
            event("L2", ended(DegradedMode::ScannerDown, false)),
        ] {
            open.observe(&event);
        }
        let mut carried = OpenPassages::default();
        open.carried()
            .iter()
            .for_each(|event| carried.observe(event));
        for known in [open, carried] {
            let of = |lane| known.degraded_of(&LaneId::parse(lane).expect("valid"));
            assert_eq!(of("L1"), std::slice::from_ref(&longer));
            assert_eq!(of("L2"), []);
        }
    }
}
