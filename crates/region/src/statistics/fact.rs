//! One event → the few fields that figures are made of, flat enough for a table of a database.

use std::time::Duration;

use domain::decision::Verdict;
use domain::device::DeviceState;
use domain::event::{DecisionRecord, Event, EventBody};
use domain::evidence::WeightEvidence;
use domain::gate_pass::Direction;
use domain::id::GateAddress;
use domain::mass::Mass;
use domain::operator::{Act, LaneMode};
use domain::policy::RuleId;
use domain::reason::ReasonCode;
use domain::time::Timestamp;

/// A rule that held a vehicle, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Rule.
    pub rule: RuleId,
    /// Reason.
    pub reason: ReasonCode,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// When.
    pub at: Timestamp,
    /// Site.
    pub premises: String,
    /// Gate, in full.
    pub gate: String,
    /// Lane.
    pub lane: String,
    /// Passage.
    pub passage: String,
    /// How often this passage has been decided, from 1.
    pub attempt: u16,
    /// Way through the gate.
    pub direction: Direction,
    /// Mode of the lane.
    pub mode: LaneMode,
    /// Result.
    pub verdict: Verdict,
    /// Rules that held, worst first.
    pub holds: Vec<Hold>,
    /// Company of the pass, else of the vehicle's recordation.
    pub company: Option<String>,
    /// Plate of the pass, else the surest one seen.
    pub vehicle: Option<String>,
    /// Driver presented.
    pub driver: Option<String>,
    /// Arrival to first read of the electronic plate, ms; 0 if it was read on the approach.
    pub tag_ms: Option<u32>,
    /// Arrival to stable weight, ms.
    pub weigh_ms: Option<u32>,
    /// Arrival to frozen evidence, ms.
    pub evidence_ms: u32,
    /// Scale that gave the last weight.
    pub scale: Option<String>,
    /// Last measured gross.
    pub gross: Option<Mass>,
    /// Recorded tares and declared goods; `None` if a tare is not recorded.
    pub expected: Option<Mass>,
    /// Confidence of the surest plate, thousandths.
    pub plate_permille: Option<u16>,
    /// Confidence of the surest container number, thousandths.
    pub container_permille: Option<u16>,
}

/// One end of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Gate, in full.
    pub gate: String,
    /// Lane.
    pub lane: String,
    /// Passage.
    pub passage: String,
    /// How, by the name of its `PassageEnd`.
    pub end: String,
    /// Arrival to end, ms.
    pub whole_ms: u32,
    /// Last input to decision, ms.
    pub decide_ms: u32,
}

/// What somebody did with a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handling {
    /// Let the vehicle go: an override.
    Cleared,
    /// Sent it to the inspection bay.
    SentToBay,
    /// Ended the passage without a release.
    TurnedAway,
}

/// One act on a hold, by a person or by customs' directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    /// When.
    pub at: Timestamp,
    /// Site.
    pub premises: String,
    /// Gate, in full.
    pub gate: String,
    /// Passage.
    pub passage: String,
    /// What.
    pub handling: Handling,
    /// Person; `None` for a directive or a timeout.
    pub clerk: Option<String>,
    /// Reason code of the site's list, if it was an override.
    pub reason_code: String,
}

/// What is wrong with a device or a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A device changed its state.
    Device {
        /// From now on.
        state: DeviceState,
        /// Frames rejected since its start.
        rejected_frames: u64,
    },
    /// Lane hardware has a fault, or the lane was breached: by the name of its `LaneFault` or
    /// `Breach`.
    Fault(String),
}

/// One event of a device or a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Troubled {
    /// When.
    pub at: Timestamp,
    /// Gate, in full.
    pub gate: String,
    /// Lane; empty for devices of the whole gate.
    pub lane: String,
    /// Device; for faults and breaches the lane itself.
    pub subject: String,
    /// What.
    pub trouble: Trouble,
}

/// What figures are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A decision.
    Decided(Box<Decided>),
    /// An end.
    Ended(Ended),
    /// An act on a hold.
    Cleared(Cleared),
    /// Device or lane trouble.
    Troubled(Troubled),
}

impl Fact {
    /// When.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Decided(decided) => decided.at,
            Self::Ended(ended) => ended.at,
            Self::Cleared(cleared) => cleared.at,
            Self::Troubled(troubled) => troubled.at,
        }
    }

    /// What the event adds to the figures; most events add nothing.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only some events are counted"
    )]
    #[must_use]
    pub fn of(gate: &GateAddress, event: &Event) -> Option<Self> {
        let at = event.at.at;
        let name = gate.to_string();
        let lane = event
            .lane
            .as_ref()
            .map_or_else(String::new, |lane| lane.as_str().to_owned());
        let passage = || {
            event
                .passage
                .as_ref()
                .map_or_else(String::new, |passage| passage.as_str().to_owned())
        };
        let acted = |handling, clerk: Option<&domain::id::UserId>, reason_code: &str| {
            Some(Self::Cleared(Cleared {
                at,
                premises: gate.premises.as_str().to_owned(),
                gate: gate.to_string(),
                passage: passage(),
                handling,
                clerk: clerk.map(|user| user.as_str().to_owned()),
                reason_code: reason_code.to_owned(),
            }))
        };
        match &event.body {
            EventBody::PassageDecided(record) => Some(Self::Decided(Box::new(decided(
                gate,
                at,
                passage(),
                record,
            )))),
            EventBody::PassageEnded {
                end,
                duration_ms,
                decide_ms,
                ..
            } => Some(Self::Ended(Ended {
                at,
                gate: name,
                lane,
                passage: passage(),
                end: format!("{end:?}"),
                whole_ms: *duration_ms,
                decide_ms: *decide_ms,
            })),
            EventBody::HoldCleared {
                user, reason_code, ..
            } => acted(Handling::Cleared, user.as_ref(), reason_code),
            EventBody::SentToBay { user, .. } => acted(Handling::SentToBay, user.as_ref(), ""),
            EventBody::Operated(act) if matches!(act.act, Act::EndWithoutRelease { .. }) => {
                acted(Handling::TurnedAway, Some(&act.user), "")
            }
            EventBody::DeviceChanged(_)
            | EventBody::FaultFound { .. }
            | EventBody::Breached { .. } => troubled(gate, at, lane, &event.body),
            _ => None,
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only some events are trouble"
)]
fn troubled(gate: &GateAddress, at: Timestamp, lane: String, body: &EventBody) -> Option<Fact> {
    let (subject, trouble) = match body {
        EventBody::DeviceChanged(status) => {
            let trouble = Trouble::Device {
                state: status.state,
                rejected_frames: status.rejected_frames,
            };
            (status.device.as_str().to_owned(), trouble)
        }
        EventBody::FaultFound { fault, .. } => (lane.clone(), Trouble::Fault(format!("{fault:?}"))),
        EventBody::Breached { breach, .. } => (lane.clone(), Trouble::Fault(format!("{breach:?}"))),
        _ => return None,
    };
    Some(Fact::Troubled(Troubled {
        at,
        gate: gate.to_string(),
        lane,
        subject,
        trouble,
    }))
}

fn decided(gate: &GateAddress, at: Timestamp, passage: String, record: &DecisionRecord) -> Decided {
    let evidence = &record.evidence;
    let facts = &record.facts;
    let pass = facts.found_pass();
    let opened = evidence.opened.at;
    let weighing = match &evidence.weight {
        WeightEvidence::Measured(weighings) => weighings.last(),
        WeightEvidence::None(_) => None,
    };
    let company = pass
        .map(|pass| pass.company.as_str())
        .or_else(|| facts.company.as_ref().map(|company| company.id.as_str()));
    let vehicle = pass
        .map(|pass| &pass.vehicle)
        .or_else(|| evidence.plates.first().map(|seen| &seen.plate));
    let first_tag = evidence.tags.iter().map(|seen| seen.first_seen).min();
    Decided {
        at,
        premises: gate.premises.as_str().to_owned(),
        gate: gate.to_string(),
        lane: evidence.lane.as_str().to_owned(),
        passage,
        attempt: record.attempt,
        direction: evidence.direction,
        mode: record.mode,
        verdict: record.decision.verdict,
        holds: holds(record),
        company: company.map(str::to_owned),
        vehicle: vehicle.map(|plate| plate.as_str().to_owned()),
        driver: evidence.driver.as_ref().map(ToString::to_string),
        tag_ms: first_tag.map(|seen| millis(seen.since(opened))),
        weigh_ms: weighing.map(|weighing| millis(weighing.at.at.since(opened))),
        evidence_ms: millis(evidence.frozen.at.since(opened)),
        scale: weighing.map(|weighing| weighing.scale.as_str().to_owned()),
        gross: weighing.map(|weighing| weighing.gross),
        expected: expected(record),
        plate_permille: evidence.plates.first().map(|seen| seen.confidence_permille),
        container_permille: evidence
            .containers
            .first()
            .map(|seen| seen.confidence_permille),
    }
}

/// Each rule once, with its worst reason.
fn holds(record: &DecisionRecord) -> Vec<Hold> {
    let mut holds: Vec<Hold> = Vec::new();
    for finding in record.decision.holds() {
        if holds.iter().all(|hold| hold.rule != finding.rule) {
            holds.push(Hold {
                rule: finding.rule,
                reason: finding.reason,
            });
        }
    }
    holds
}

/// Tractor, trailer and container tares and the declared goods, as rule R9 adds them up.
fn expected(record: &DecisionRecord) -> Option<Mass> {
    let facts = &record.facts;
    let pass = facts.found_pass()?;
    let known = |tare: Mass| (tare > Mass::ZERO).then_some(tare);
    let mut sum = known(facts.vehicle.as_ref()?.tare)? + pass.declared_cargo();
    if pass.trailer.is_some() {
        sum = sum + known(facts.trailer.as_ref()?.tare)?;
    }
    for carried in &pass.containers {
        let recorded = facts.containers.iter();
        let mut same = recorded.filter(|container| container.number == carried.number);
        sum = sum + known(same.next()?.tare)?;
    }
    Some(sum)
}

fn millis(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::{TimeSource, UtcTime};

    fn event(body: EventBody) -> Event {
        Event {
            at: UtcTime {
                at: decision::fixture::now(),
                source: TimeSource::Ntp,
            },
            lane: Some(decision::fixture::lane()),
            passage: Some(decision::fixture::passage_id()),
            body,
        }
    }

    fn decided_of(passage: &decision::fixture::Passage) -> Decided {
        let record = DecisionRecord {
            evidence: passage.evidence.clone(),
            facts: passage.facts.clone(),
            policy: passage.policy.clone(),
            decision: passage.decide(),
            mode: LaneMode::Live,
            withdrawal: None,
            attempt: 1,
        };
        let event = event(EventBody::PassageDecided(Box::new(record)));
        match Fact::of(&decision::fixture::gate(), &event) {
            Some(Fact::Decided(decided)) => *decided,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_decision_gives_the_weight_that_its_own_rule_expected() {
        for passage in [
            decision::fixture::clean(),
            decision::fixture::exit(),
            decision::fixture::bobtail(),
        ] {
            let decided = decided_of(&passage);
            let findings = passage.decide().findings;
            let weight = findings
                .iter()
                .find(|finding| finding.rule == RuleId::R9)
                .unwrap();
            assert_eq!(decided.expected.unwrap().to_string(), weight.expected);
            assert_eq!(decided.gross.unwrap().to_string(), weight.observed);
            assert!(decided.holds.is_empty());
        }
    }

    #[test]
    fn a_hold_names_each_rule_once_and_the_times_count_from_arrival() {
        let mut passage = decision::fixture::clean();
        passage.weighing().gross = Mass::from_kg(60_000);
        passage.evidence.containers.clear();
        let decided = decided_of(&passage);
        assert_eq!(decided.verdict, Verdict::Detain);
        let rules: Vec<RuleId> = decided.holds.iter().map(|hold| hold.rule).collect();
        assert!(rules.contains(&RuleId::R9) && rules.contains(&RuleId::R6));
        let unique: std::collections::BTreeSet<RuleId> = rules.iter().copied().collect();
        assert_eq!(unique.len(), rules.len());
        assert_eq!(decided.evidence_ms, 20_000);
        assert_eq!(decided.weigh_ms, Some(16_000));
        // Seen on the approach, before the vehicle stood in the lane.
        assert_eq!(decided.tag_ms, Some(0));
        assert_eq!(decided.container_permille, None);
    }

    #[test]
    fn a_tare_that_is_not_recorded_is_never_guessed() {
        let mut passage = decision::fixture::clean();
        passage.facts.containers.clear();
        assert_eq!(decided_of(&passage).expected, None);
    }

    #[test]
    fn acts_and_faults_are_counted_and_the_rest_is_not() {
        let gate = decision::fixture::gate();
        let cleared = event(EventBody::HoldCleared {
            user: Some(decision::fixture::officer()),
            approved_by: None,
            directive: None,
            reason_code: "C1".to_owned(),
            text: String::new(),
            withdrawal: None,
        });
        let Some(Fact::Cleared(cleared)) = Fact::of(&gate, &cleared) else {
            panic!("an override is counted")
        };
        assert_eq!(cleared.handling, Handling::Cleared);
        assert_eq!(
            cleared.clerk.as_deref(),
            Some(decision::fixture::officer().as_str())
        );
        let fault = event(EventBody::FaultFound {
            fault: domain::event::LaneFault::LoopStuck,
            text: String::new(),
        });
        let Some(Fact::Troubled(troubled)) = Fact::of(&gate, &fault) else {
            panic!("a fault is counted")
        };
        assert_eq!(troubled.trouble, Trouble::Fault("LoopStuck".to_owned()));
        assert_eq!(Fact::of(&gate, &event(EventBody::ArmRaised)), None);
    }
}
