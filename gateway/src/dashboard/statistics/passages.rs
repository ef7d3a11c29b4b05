//! Events of passages → counts: what came, was decided, held, cleared and left. Of a lane at most
//! one passage is open.

use std::collections::BTreeMap;

use domain::decision::{Decision, Verdict};
use domain::event::{DecisionRecord, Event, EventBody, PassageEnd};
use domain::evidence::WeightEvidence;
use domain::id::{PassageId, UserId};
use domain::operator::LaneMode;
use domain::policy::RuleId;
use domain::reason::ReasonCode;
use domain::time::Timestamp;

use super::hour::{Hour, Step};
use super::tally::Tally;

/// A hold that waits for somebody.
#[derive(Debug, Clone)]
struct Held {
    since: Timestamp,
    /// Rules that hold; whether for a reason that clerks may learn of.
    rules: BTreeMap<RuleId, bool>,
}

/// An open passage.
#[derive(Debug, Clone)]
pub(super) struct Open {
    passage: PassageId,
    is_decided: bool,
    held: Option<Held>,
}

impl Open {
    const fn new(passage: PassageId) -> Self {
        Self {
            passage,
            is_decided: false,
            held: None,
        }
    }
}

impl Tally {
    pub(super) fn open_holds(&self) -> u64 {
        let held = self.open.values().filter(|open| open.held.is_some());
        held.count() as u64
    }

    /// Takes an event of a passage; `now` is the moment up to which the queue is watched.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller chooses the events; the rest is none of a passage's course"
    )]
    pub(super) fn passage(&mut self, event: &Event, now: Timestamp) {
        let (Some(lane), Some(passage)) = (&event.lane, &event.passage) else {
            return;
        };
        let lane = self.lanes.number(lane.as_str());
        self.settle_queue(now);
        let at = event.at.at;
        match &event.body {
            EventBody::PassageOpened => {
                self.hour(at).lanes.entry(lane).or_default().opened += 1;
                self.open.insert(lane, Open::new(passage.clone()));
            }
            EventBody::PassageDecided(record) => self.passage_decided(lane, passage, record, at),
            EventBody::HoldCleared { user, .. } => {
                self.hold_cleared(lane, passage, user.as_ref(), at);
            }
            EventBody::SentToBay { .. } => {
                if let Some(open) = self.open_in(lane, passage) {
                    open.held = None;
                }
            }
            EventBody::PassageEnded {
                end,
                duration_ms,
                decide_ms,
                ..
            } => self.passage_ended(lane, passage, at, (*end, *duration_ms, *decide_ms)),
            _ => {}
        }
        // A hold shorter than the clock can tell has stood as well.
        let holds = self.open_holds();
        self.hour(now).queue.stand(holds, 0);
    }

    fn open_in(&mut self, lane: u16, passage: &PassageId) -> Option<&mut Open> {
        let open = self.open.get_mut(&lane);
        open.filter(|open| open.passage == *passage)
    }

    fn passage_decided(
        &mut self,
        lane: u16,
        passage: &PassageId,
        record: &DecisionRecord,
        at: Timestamp,
    ) {
        let verdict = record.decision.verdict;
        let hour = self.hour(at);
        if record.mode == LaneMode::Closed {
            hour.closed += 1;
        } else if record.attempt > 1 {
            hour.repeated += 1;
        } else {
            hour.lanes.entry(lane).or_default().verdicts.count(verdict);
            count_holds(hour, &record.decision);
            count_steps(hour, record);
            self.decided.count(verdict);
        }
        // A tally that begins in the middle of a stay has not seen it open.
        if self.open_in(lane, passage).is_none() {
            self.open.insert(lane, Open::new(passage.clone()));
        }
        let Some(open) = self.open_in(lane, passage) else {
            return;
        };
        open.is_decided = true;
        let waits = match record.mode {
            // Nobody acts on what is decided silently.
            LaneMode::Shadow => false,
            LaneMode::Closed => true,
            LaneMode::Live | LaneMode::Advisory => verdict != Verdict::Release,
        };
        open.held = waits.then(|| Held {
            since: open.held.as_ref().map_or(at, |held| held.since),
            rules: rules_of(&record.decision),
        });
    }

    /// The clearance of what was not held is the confirmation of a release: no override.
    fn hold_cleared(
        &mut self,
        lane: u16,
        passage: &PassageId,
        user: Option<&UserId>,
        at: Timestamp,
    ) {
        let held = self
            .open_in(lane, passage)
            .and_then(|open| open.held.take());
        let Some(held) = held else { return };
        let user = user.map(|user| self.users.number(user.as_str()));
        let hour = self.hour(at);
        let ms = u64::try_from(at.since(held.since).as_millis()).unwrap_or(u64::MAX);
        hour.time(Step::Clear, ms);
        match user {
            Some(user) => *hour.clearances.by_user.entry(user).or_default() += 1,
            None => hour.clearances.by_directive += 1,
        }
        for (rule, is_told) in held.rules {
            let by_rule = &mut hour.clearances.by_rule;
            by_rule.entry(rule).or_default().count(is_told);
        }
    }

    fn passage_ended(
        &mut self,
        lane: u16,
        passage: &PassageId,
        at: Timestamp,
        (end, duration_ms, decide_ms): (PassageEnd, u32, u32),
    ) {
        let is_decided = match self.open_in(lane, passage) {
            Some(open) => {
                let is_decided = open.is_decided;
                self.open.remove(&lane);
                is_decided
            }
            None => decide_ms > 0,
        };
        let hour = self.hour(at);
        hour.lanes.entry(lane).or_default().ended += 1;
        *hour.ends.entry(end).or_default() += 1;
        hour.time(Step::Whole, u64::from(duration_ms));
        if is_decided {
            hour.time(Step::Decide, u64::from(decide_ms));
        }
    }
}

/// Rules that hold; whether for a reason that clerks may learn of.
fn rules_of(decision: &Decision) -> BTreeMap<RuleId, bool> {
    let mut rules = BTreeMap::new();
    for hold in decision.holds() {
        *rules.entry(hold.rule).or_default() |= !hold.reason.is_silent();
    }
    rules
}

fn count_holds(hour: &mut Hour, decision: &Decision) {
    for (rule, is_told) in rules_of(decision) {
        hour.rules.entry(rule).or_default().count(is_told);
    }
    // A rule that finds the same of two containers has one reason.
    let mut reasons: Vec<(RuleId, ReasonCode)> = decision
        .holds()
        .iter()
        .map(|hold| (hold.rule, hold.reason))
        .collect();
    reasons.sort_unstable();
    reasons.dedup();
    for reason in reasons {
        *hour.reasons.entry(reason).or_default() += 1;
    }
}

fn count_steps(hour: &mut Hour, record: &DecisionRecord) {
    let evidence = &record.evidence;
    let after = |at: Timestamp| {
        let ms = at.since(evidence.opened.at).as_millis();
        u64::try_from(ms).unwrap_or(u64::MAX)
    };
    if let WeightEvidence::Measured(weighings) = &evidence.weight
        && let Some(first) = weighings.first()
    {
        hour.time(Step::Weigh, after(first.at.at));
    }
    hour.time(Step::Evidence, after(evidence.frozen.at));
}
