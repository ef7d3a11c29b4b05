//! One passage for the search: what it is found by, and where its records stand.

use std::collections::BTreeSet;

use domain::decision::{Outcome, Verdict};
use domain::event::{Event, EventBody, PassageEnd};
use domain::id::{LaneId, PassageId, UserId};
use domain::policy::RuleId;
use domain::time::Timestamp;

/// Containers remembered of one passage.
const CONTAINERS_MAX: usize = 8;

/// A passage.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct Entry {
    /// Passage.
    pub(in crate::dashboard) passage: PassageId,
    /// Lane.
    pub(in crate::dashboard) lane: LaneId,
    /// Vehicle arrived.
    pub(in crate::dashboard) opened_at: Timestamp,
    /// Plate that was read.
    pub(in crate::dashboard) plate: String,
    /// Containers that were read or expected.
    pub(in crate::dashboard) containers: Vec<String>,
    /// Gate pass.
    pub(in crate::dashboard) pass: String,
    /// Last verdict.
    pub(in crate::dashboard) verdict: Option<Verdict>,
    /// Rules that held it, whenever.
    pub(in crate::dashboard) rules: BTreeSet<RuleId>,
    /// Who cleared a hold.
    pub(in crate::dashboard) cleared_by: Option<UserId>,
    /// How it ended.
    pub(in crate::dashboard) end: Option<PassageEnd>,
    /// When it ended.
    pub(in crate::dashboard) ended_at: Option<Timestamp>,
    /// First record.
    pub(in crate::dashboard) first: u64,
    /// Last record.
    pub(in crate::dashboard) last: u64,
}

impl Entry {
    pub(super) fn new(passage: PassageId, lane: LaneId, at: Timestamp, sequence: u64) -> Self {
        Self {
            passage,
            lane,
            opened_at: at,
            plate: String::new(),
            containers: Vec::new(),
            pass: String::new(),
            verdict: None,
            rules: BTreeSet::new(),
            cleared_by: None,
            end: None,
            ended_at: None,
            first: sequence,
            last: sequence,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing is found by the rest"
    )]
    pub(super) fn take(&mut self, sequence: u64, event: &Event) {
        self.last = sequence;
        match &event.body {
            EventBody::PassageDecided(record) => {
                let evidence = &record.evidence;
                if let Some(sighting) = evidence.plates.first() {
                    sighting.plate.as_str().clone_into(&mut self.plate);
                }
                let pass = record.facts.found_pass();
                if let Some(pass) = pass {
                    pass.number.as_str().clone_into(&mut self.pass);
                }
                let read = evidence.containers.iter().map(|seen| &seen.number);
                let containers = pass.iter().flat_map(|pass| &pass.containers);
                let expected = containers.map(|container| &container.number);
                for number in read.chain(expected) {
                    let number = number.as_str().to_owned();
                    if self.containers.len() < CONTAINERS_MAX && !self.containers.contains(&number)
                    {
                        self.containers.push(number);
                    }
                }
                self.verdict = Some(record.decision.verdict);
                let findings = &record.decision.findings;
                let holding = findings.iter().filter(|f| f.outcome >= Outcome::Review);
                self.rules.extend(holding.map(|finding| finding.rule));
            }
            EventBody::HoldCleared { user, .. } => self.cleared_by.clone_from(user),
            EventBody::PassageEnded { end, .. } => {
                self.end = Some(*end);
                self.ended_at = Some(event.at.at);
            }
            _ => {}
        }
    }
}

/// What is looked for; an empty one fits every passage.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard) struct Wanted {
    /// Part of plate, container, pass or passage number, in capitals.
    pub(in crate::dashboard) text: String,
    /// Rule that held it.
    pub(in crate::dashboard) rule: Option<RuleId>,
    /// Verdict.
    pub(in crate::dashboard) verdict: Option<Verdict>,
    /// Opened not before.
    pub(in crate::dashboard) from: Option<Timestamp>,
    /// Opened before.
    pub(in crate::dashboard) to: Option<Timestamp>,
}

impl Wanted {
    pub(super) fn fits(&self, entry: &Entry) -> bool {
        let text = &self.text;
        let is_named = text.is_empty()
            || entry.plate.contains(text.as_str())
            || entry.pass.to_uppercase().contains(text.as_str())
            || entry
                .containers
                .iter()
                .any(|number| number.contains(text.as_str()))
            || entry.passage.as_str().to_uppercase() == *text;
        is_named
            && self.rule.is_none_or(|rule| entry.rules.contains(&rule))
            && self
                .verdict
                .is_none_or(|verdict| entry.verdict == Some(verdict))
            && self.from.is_none_or(|from| entry.opened_at >= from)
            && self.to.is_none_or(|to| entry.opened_at < to)
    }
}
