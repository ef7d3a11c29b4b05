//! Facts of a period → counts and numbers by subject. Rates are of first decisions: a vehicle that
//! is decided three times is one vehicle, as the gate first saw it.

use std::collections::BTreeMap;

use domain::decision::Verdict;
use domain::device::DeviceState;
use domain::operator::LaneMode;
use domain::policy::RuleId;
use domain::reason::ReasonCode;
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::fact::{Cleared, Decided, Ended, Fact, Handling, Trouble, Troubled};

/// Subjects of one table; later ones are counted together as [`OTHERS`].
pub const SUBJECTS_MAX: usize = 10_000;
/// Holds whose clearance is awaited.
const HELD_MAX: usize = 200_000;
/// Name of the row for subjects beyond the limit.
pub const OTHERS: &str = "…";

/// A step of a passage whose time is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Arrival to first read of the electronic plate.
    Tag,
    /// Arrival to stable weight.
    Weigh,
    /// Arrival to frozen evidence.
    Evidence,
    /// Last input to decision.
    Decide,
    /// Decision to clearance of a hold.
    Clear,
    /// Arrival to end.
    Whole,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 6] = [
        Self::Tag,
        Self::Weigh,
        Self::Evidence,
        Self::Decide,
        Self::Clear,
        Self::Whole,
    ];
}

/// Passages of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Group {
    /// Passages decided.
    pub passages: u64,
    /// Of these held at first.
    pub held: u64,
    /// Of these for customs alone.
    pub detained: u64,
}

/// What one clerk did with holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clerk {
    /// Let go.
    pub cleared: u64,
    /// Sent to the bay.
    pub to_bay: u64,
    /// Ended without release.
    pub turned_away: u64,
}

impl Clerk {
    /// All holds the clerk handled.
    #[must_use]
    pub const fn handled(&self) -> u64 {
        self.cleared + self.to_bay + self.turned_away
    }
}

/// What is known of one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Device {
    /// Times it stopped being live.
    pub failures: u64,
    /// How long it was not live, ms.
    pub down_ms: u64,
    /// Frames rejected.
    pub rejected_frames: u64,
    pub(super) down_since: Option<Timestamp>,
    pub(super) rejected_before: Option<u64>,
}

/// A gate and one of its lanes, devices or scales.
pub type Place = (String, String);

/// Counts and numbers of one period. Facts of one kind come in the order of their times, and
/// decisions before the acts on them.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// First decisions.
    pub all: Group,
    /// Decisions after the first of their passage.
    pub repeated: u64,
    /// Decisions of closed lanes, which hold everything: in no rate.
    pub closed: u64,
    /// First decisions held, by rule.
    pub rules: BTreeMap<RuleId, u64>,
    /// The same by rule and reason.
    pub reasons: BTreeMap<(RuleId, ReasonCode), u64>,
    /// By site.
    pub premises: BTreeMap<String, Group>,
    /// By site and rule.
    pub premises_rules: BTreeMap<(String, RuleId), u64>,
    /// By company.
    pub companies: BTreeMap<String, Group>,
    /// By clerk.
    pub clerks: BTreeMap<String, Clerk>,
    /// Holds cleared by directive.
    pub cleared_by_customs: u64,
    /// Step times by gate and lane, ms.
    pub steps: BTreeMap<(Place, Step), Vec<f64>>,
    /// Measured less expected gross by gate and lane, kg.
    pub weights: BTreeMap<Place, Vec<f64>>,
    /// Plate confidences by gate and lane, thousandths.
    pub plates: BTreeMap<Place, Vec<f64>>,
    /// Container confidences by gate and lane, thousandths.
    pub containers: BTreeMap<Place, Vec<f64>>,
    /// Devices by gate.
    pub devices: BTreeMap<Place, Device>,
    /// Faults and breaches by gate and lane.
    pub faults: BTreeMap<(Place, String), u64>,
    held_since: BTreeMap<String, Timestamp>,
}

/// The row of `key`, or of all that came after the table was full.
fn row<'m, K: Ord + Clone, V: Default>(
    rows: &'m mut BTreeMap<K, V>,
    key: &K,
    others: impl FnOnce() -> K,
) -> &'m mut V {
    let full = rows.len() >= SUBJECTS_MAX && !rows.contains_key(key);
    rows.entry(if full { others() } else { key.clone() })
        .or_default()
}

fn other_place() -> Place {
    (OTHERS.to_owned(), String::new())
}

impl Tally {
    /// Counts one fact.
    pub fn add(&mut self, fact: &Fact) {
        match fact {
            Fact::Decided(decided) => self.decided(decided),
            Fact::Ended(ended) => self.ended(ended),
            Fact::Cleared(cleared) => self.cleared(cleared),
            Fact::Troubled(troubled) => self.troubled(troubled),
        }
    }

    fn decided(&mut self, decided: &Decided) {
        if decided.mode == LaneMode::Closed {
            self.closed += 1;
            return;
        }
        if decided.attempt > 1 {
            self.repeated += 1;
            return;
        }
        let held = decided.verdict != Verdict::Release;
        if held && self.held_since.len() < HELD_MAX {
            self.held_since.insert(decided.passage.clone(), decided.at);
        }
        let count = |group: &mut Group| {
            group.passages += 1;
            group.held += u64::from(held);
            group.detained += u64::from(decided.verdict == Verdict::Detain);
        };
        let others = || OTHERS.to_owned();
        count(&mut self.all);
        count(row(&mut self.premises, &decided.premises, others));
        if let Some(company) = &decided.company {
            count(row(&mut self.companies, company, others));
        }
        for hold in &decided.holds {
            *self.rules.entry(hold.rule).or_default() += 1;
            *self.reasons.entry((hold.rule, hold.reason)).or_default() += 1;
            let key = (decided.premises.clone(), hold.rule);
            let others = || (OTHERS.to_owned(), hold.rule);
            *row(&mut self.premises_rules, &key, others) += 1;
        }
        self.measured(decided);
    }

    fn measured(&mut self, decided: &Decided) {
        let place = (decided.gate.clone(), decided.lane.clone());
        for (step, ms) in [
            (Step::Tag, decided.tag_ms),
            (Step::Weigh, decided.weigh_ms),
            (Step::Evidence, Some(decided.evidence_ms)),
        ] {
            if let Some(ms) = ms {
                self.time(&place, step, f64::from(ms));
            }
        }
        if let (Some(gross), Some(expected)) = (decided.gross, decided.expected) {
            let difference_kg = (gross - expected).grams() as f64 / 1_000.0;
            row(&mut self.weights, &place, other_place).push(difference_kg);
        }
        for (rows, seen) in [
            (&mut self.plates, decided.plate_permille),
            (&mut self.containers, decided.container_permille),
        ] {
            if let Some(permille) = seen {
                row(rows, &place, other_place).push(f64::from(permille));
            }
        }
    }

    fn time(&mut self, place: &Place, step: Step, ms: f64) {
        let others = || (other_place(), step);
        row(&mut self.steps, &(place.clone(), step), others).push(ms);
    }

    fn ended(&mut self, ended: &Ended) {
        let place = (ended.gate.clone(), ended.lane.clone());
        self.time(&place, Step::Decide, f64::from(ended.decide_ms));
        self.time(&place, Step::Whole, f64::from(ended.whole_ms));
        self.held_since.remove(&ended.passage);
    }

    fn cleared(&mut self, cleared: &Cleared) {
        if cleared.handling == Handling::Cleared
            && let Some(since) = self.held_since.remove(&cleared.passage)
        {
            let ms = cleared.at.since(since).as_millis() as f64;
            self.time(&(cleared.gate.clone(), String::new()), Step::Clear, ms);
        }
        let Some(clerk) = &cleared.clerk else {
            self.cleared_by_customs += u64::from(cleared.handling == Handling::Cleared);
            return;
        };
        let clerk = row(&mut self.clerks, clerk, || OTHERS.to_owned());
        match cleared.handling {
            Handling::Cleared => clerk.cleared += 1,
            Handling::SentToBay => clerk.to_bay += 1,
            Handling::TurnedAway => clerk.turned_away += 1,
        }
    }

    fn troubled(&mut self, troubled: &Troubled) {
        let place = (troubled.gate.clone(), troubled.subject.clone());
        match &troubled.trouble {
            Trouble::Device {
                state,
                rejected_frames,
            } => row(&mut self.devices, &place, other_place).changed(
                troubled.at,
                *state,
                *rejected_frames,
            ),
            Trouble::Fault(fault) => {
                let others = || (other_place(), OTHERS.to_owned());
                *row(&mut self.faults, &(place, fault.clone()), others) += 1;
            }
        }
    }

    /// Times of one step over all lanes.
    #[must_use]
    pub fn times(&self, step: Step) -> Vec<f64> {
        let lanes = self.steps.iter().filter(|((_, of), _)| *of == step);
        lanes.flat_map(|(_, times)| times.iter().copied()).collect()
    }
}

impl Device {
    fn changed(&mut self, at: Timestamp, state: DeviceState, rejected_frames: u64) {
        let before = self.rejected_before.replace(rejected_frames);
        if let Some(before) = before {
            // The count begins anew with every start of the daemon.
            let fewer = rejected_frames < before;
            self.rejected_frames += rejected_frames - if fewer { 0 } else { before };
        }
        match (state, self.down_since) {
            (DeviceState::Live, Some(since)) => {
                let ms = u64::try_from(at.since(since).as_millis()).unwrap_or(u64::MAX);
                self.down_ms = self.down_ms.saturating_add(ms);
                self.down_since = None;
            }
            (DeviceState::Silent | DeviceState::Lost | DeviceState::Void, None) => {
                self.failures += 1;
                self.down_since = Some(at);
            }
            (DeviceState::Live, None)
            | (DeviceState::Silent | DeviceState::Lost | DeviceState::Void, Some(_)) => {}
        }
    }
}
