//! The journal's events in order → what the pages know of them: cases that wait for a person, an
//! index of passages, the last decisions, the last lines. Bounded; judges nothing and knows no
//! page.

mod case;
mod entry;
mod follow;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use domain::device::{DegradedDeclaration, DegradedMode};
use domain::event::{DecisionRecord, Event, EventBody};
use domain::id::{LaneId, PassageId};
use domain::operator::LaneMode;
use domain::time::Timestamp;

pub(super) use self::case::Case;
pub(super) use self::entry::{Entry, Wanted};
pub(super) use self::follow::{Follower, Known, follow};
use super::statistics::Tally;

/// Passages that can be searched; the oldest go.
const PASSAGES_MAX: usize = 50_000;
/// Lines that a page shows at first.
const LINES_MAX: usize = 200;
/// Decisions kept of one open passage: the last ones.
const DECISIONS_MAX: usize = 8;

/// One event for the list of lines.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The event.
    pub(super) event: Arc<Event>,
}

/// What the journal has told so far.
#[derive(Default)]
pub(super) struct Course {
    /// Last sequence taken.
    pub(super) through: u64,
    /// First sequence that was there.
    pub(super) first: u64,
    /// Passages that wait for a person, by passage.
    pub(super) cases: BTreeMap<PassageId, Case>,
    /// Decisions of passages that are in a lane now, oldest first.
    pub(super) decisions: BTreeMap<LaneId, (PassageId, Vec<Arc<DecisionRecord>>)>,
    /// Modes that people set.
    pub(super) modes: BTreeMap<LaneId, LaneMode>,
    /// Degraded modes in force.
    pub(super) degraded: BTreeMap<(LaneId, DegradedMode), DegradedDeclaration>,
    /// Statistics.
    pub(super) tally: Tally,
    entries: BTreeMap<PassageId, Entry>,
    /// Passages in the order of their opening.
    order: VecDeque<PassageId>,
    lines: VecDeque<Line>,
    /// Alarms since start: their number makes a page sound.
    pub(super) alarms: u64,
    /// Grows with every event.
    pub(super) version: u64,
}

impl Course {
    /// Takes the next event.
    pub(super) fn take(&mut self, sequence: u64, event: Event) {
        let event = Arc::new(event);
        self.through = sequence;
        self.version += 1;
        self.tally.take(&event);
        self.take_lane(&event);
        if let (Some(lane), Some(passage)) = (&event.lane, &event.passage) {
            self.index(sequence, lane, passage, &event);
            self.hold(lane, passage, &event);
        }
        if is_alarm(&event.body) {
            self.alarms += 1;
        }
        if is_told(&event.body) {
            if self.lines.len() == LINES_MAX {
                self.lines.pop_front();
            }
            self.lines.push_back(Line { event });
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only these change what stands for a lane"
    )]
    fn take_lane(&mut self, event: &Event) {
        let Some(lane) = &event.lane else { return };
        match &event.body {
            EventBody::LaneModeChanged { mode, .. } => {
                self.modes.insert(lane.clone(), *mode);
            }
            EventBody::DegradedDeclared(declaration) => {
                let key = (lane.clone(), declaration.mode);
                self.degraded.insert(key, declaration.clone());
            }
            EventBody::DegradedEnded { mode, .. } => {
                self.degraded.remove(&(lane.clone(), *mode));
            }
            _ => {}
        }
    }

    fn index(&mut self, sequence: u64, lane: &LaneId, passage: &PassageId, event: &Event) {
        if !self.entries.contains_key(passage) {
            if self.order.len() == PASSAGES_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.entries.remove(&oldest);
            }
            self.order.push_back(passage.clone());
            let entry = Entry::new(passage.clone(), lane.clone(), event.at.at, sequence);
            self.entries.insert(passage.clone(), entry);
        }
        let entry = self.entries.get_mut(passage).expect("made above");
        entry.take(sequence, event);
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only these begin, change or end a case"
    )]
    fn hold(&mut self, lane: &LaneId, passage: &PassageId, event: &Event) {
        match &event.body {
            EventBody::PassageDecided(record) => {
                let record: Arc<DecisionRecord> = Arc::from(record.clone());
                let of_lane = self
                    .decisions
                    .entry(lane.clone())
                    .or_insert_with(|| (passage.clone(), Vec::new()));
                if of_lane.0 != *passage {
                    *of_lane = (passage.clone(), Vec::new());
                }
                if of_lane.1.len() == DECISIONS_MAX {
                    of_lane.1.remove(0);
                }
                of_lane.1.push(Arc::clone(&record));
                if case::waits(&record) {
                    let case = self.cases.remove(passage);
                    let case = Case::decided(case, lane, passage, event.at.at, record);
                    self.cases.insert(passage.clone(), case);
                } else {
                    self.cases.remove(passage);
                }
            }
            EventBody::HoldCleared { .. } | EventBody::SentToBay { .. } => {
                self.cases.remove(passage);
            }
            EventBody::PassageEnded { .. } => {
                self.cases.remove(passage);
                if self.decisions.get(lane).is_some_and(|of| of.0 == *passage) {
                    self.decisions.remove(lane);
                }
            }
            body => {
                if let Some(case) = self.cases.get_mut(passage) {
                    case.take(body, event.at.at);
                }
            }
        }
    }

    /// Cases, oldest hold first.
    pub(super) fn queue(&self) -> Vec<&Case> {
        let mut queue: Vec<&Case> = self.cases.values().collect();
        queue.sort_by(|a, b| (a.held_at, &a.passage).cmp(&(b.held_at, &b.passage)));
        queue
    }

    /// The passage.
    pub(super) fn entry(&self, passage: &PassageId) -> Option<&Entry> {
        self.entries.get(passage)
    }

    /// Passages that fit, newest first, at most `limit`; and since when passages are known.
    pub(super) fn find(&self, wanted: &Wanted, limit: usize) -> (Vec<&Entry>, Option<Timestamp>) {
        let newest_first = self.order.iter().rev();
        let found = newest_first
            .filter_map(|passage| self.entries.get(passage))
            .filter(|entry| wanted.fits(entry))
            .take(limit)
            .collect();
        let oldest = self.order.front().and_then(|id| self.entries.get(id));
        (found, oldest.map(|entry| entry.opened_at))
    }

    /// The last lines, newest first.
    pub(super) fn lines(&self, limit: usize) -> impl Iterator<Item = &Line> {
        self.lines.iter().rev().take(limit)
    }
}

/// Whether somebody has to look up.
#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is ordinary work")]
pub(super) fn is_alarm(body: &EventBody) -> bool {
    match body {
        EventBody::Breached { .. }
        | EventBody::FaultFound { .. }
        | EventBody::ReviewEscalated { .. }
        | EventBody::ReleaseWithdrawn { .. }
        | EventBody::UplinkForked { .. } => true,
        EventBody::PassageDecided(record) => case::waits(record),
        _ => false,
    }
}

/// What the watchlist says silently is told nowhere that a driver's friend may look.
fn is_told(body: &EventBody) -> bool {
    !matches!(
        body,
        EventBody::WatchlistHit { .. } | EventBody::LedgerAdvanced { .. }
    )
}

#[cfg(test)]
mod tests;
