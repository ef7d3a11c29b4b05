//! Ends of passages and reported stages → which vehicles are inside, and what they have done
//! there. A vehicle is known by its plates only.

use std::collections::BTreeMap;

use domain::event::{DecisionRecord, PassageEnd};
use domain::facts::VisitFact;
use domain::gate_pass::{Direction, Stage};
use domain::id::PassageId;
use domain::plate::Plate;
use domain::reading::PlateRole;
use domain::time::Timestamp;

/// Vehicles with an open visit or a reported stage.
const VISITS_MAX: usize = 262_144;
/// Passages decided and not ended.
const DECIDED_MAX: usize = 4_096;

#[derive(Debug, Clone, Default)]
struct Visit {
    entered: Option<(PassageId, Timestamp)>,
    /// Each stage once, with the last time it was done.
    stages: BTreeMap<Stage, Timestamp>,
    /// Last exit: a report of something done before it comes late and counts for nothing.
    left_at: Option<Timestamp>,
}

impl Visit {
    fn is_over(&self) -> bool {
        self.entered.is_none() && self.stages.is_empty()
    }
}

/// Whose passage it is, from its decision until its end.
#[derive(Debug, Clone)]
struct Decided {
    plates: Vec<Plate>,
    direction: Direction,
}

/// Visits by plate.
#[derive(Debug, Clone, Default)]
pub(super) struct Visits {
    of_plate: BTreeMap<Plate, Visit>,
    decided: BTreeMap<PassageId, Decided>,
    /// Exits since visits that are over were last forgotten.
    exits: usize,
    refused: u64,
}

impl Visits {
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    pub(super) fn fact(&self, plates: &[Plate]) -> VisitFact {
        let visits = || plates.iter().filter_map(|plate| self.of_plate.get(plate));
        let entered = visits()
            .filter_map(|v| v.entered.as_ref())
            .max_by_key(|(_, at)| *at);
        let since = entered.map_or(Timestamp::MIN, |(_, at)| *at);
        let mut stages_done: Vec<Stage> = visits()
            .flat_map(|visit| &visit.stages)
            .filter(|(_, at)| **at >= since)
            .map(|(stage, _)| *stage)
            .collect();
        stages_done.sort_unstable();
        stages_done.dedup();
        VisitFact {
            entered: entered.cloned(),
            stages_done,
        }
    }

    /// Plate, stage and time of every stage that is known of an open visit, entries first.
    pub(super) fn carried(&self) -> impl Iterator<Item = (&Plate, Stage, Timestamp)> {
        let entries = self.of_plate.iter().filter_map(|(plate, visit)| {
            let (_, at) = visit.entered.as_ref()?;
            Some((plate, Stage::Entry, *at))
        });
        let others = self.of_plate.iter().flat_map(|(plate, visit)| {
            let stages = visit.stages.iter();
            stages
                .filter(|(stage, _)| **stage != Stage::Entry)
                .map(move |(stage, at)| (plate, *stage, *at))
        });
        entries.chain(others)
    }

    pub(super) fn decided(&mut self, passage: &PassageId, record: &DecisionRecord) {
        let plates = plates_of(record);
        let is_new = !self.decided.contains_key(passage);
        if plates.is_empty() || (is_new && self.decided.len() >= DECIDED_MAX) {
            return;
        }
        let direction = record.evidence.direction;
        self.decided
            .insert(passage.clone(), Decided { plates, direction });
    }

    /// A stage done at another gate or place.
    pub(super) fn report(&mut self, plate: &Plate, stage: Stage, done_at: Timestamp) {
        if stage == Stage::Entry {
            // The other gate's passage is not named in the report; its time makes the name.
            let name = format!("reported-{}", done_at.as_micros());
            let passage = PassageId::parse(&name).expect("letters, digits and a dash");
            self.enter(std::slice::from_ref(plate), &passage, done_at);
        } else {
            self.done(std::slice::from_ref(plate), stage, done_at);
        }
    }

    /// A passage ended. Only one that went through its lane changes a visit; in shadow mode the
    /// vehicle went through under the old system, and it is inside all the same.
    pub(super) fn end(
        &mut self,
        passage: &PassageId,
        end: PassageEnd,
        stage: Option<Stage>,
        at: Timestamp,
    ) {
        let Some(Decided { plates, direction }) = self.decided.remove(passage) else {
            return;
        };
        match end {
            PassageEnd::Completed | PassageEnd::Observed => {}
            PassageEnd::ToBay
            | PassageEnd::ReversedOut
            | PassageEnd::RunThrough
            | PassageEnd::EndedByPerson
            | PassageEnd::Vanished => return,
        }
        match (stage, direction) {
            (Some(Stage::Entry), _) => self.enter(&plates, passage, at),
            (Some(stage @ (Stage::Scan | Stage::Weigh | Stage::Inspection)), _) => {
                self.done(&plates, stage, at);
            }
            (None, Direction::Exit) => {
                for plate in &plates {
                    let Some(visit) = self.visit_mut(plate) else {
                        continue;
                    };
                    *visit = Visit {
                        left_at: Some(at),
                        ..Visit::default()
                    };
                    self.exits += 1;
                }
            }
            (None, Direction::Entry) => {}
        }
    }

    fn enter(&mut self, plates: &[Plate], passage: &PassageId, at: Timestamp) {
        for plate in plates {
            let Some(visit) = self.visit_mut(plate) else {
                continue;
            };
            let is_late = visit.left_at.is_some_and(|left| at <= left)
                || visit.entered.as_ref().is_some_and(|(_, known)| *known > at);
            if is_late {
                continue;
            }
            // What was done before this entry belongs to an earlier visit.
            visit.stages.retain(|_, done_at| *done_at >= at);
            visit.stages.insert(Stage::Entry, at);
            visit.entered = Some((passage.clone(), at));
        }
    }

    fn done(&mut self, plates: &[Plate], stage: Stage, at: Timestamp) {
        for plate in plates {
            let Some(visit) = self.visit_mut(plate) else {
                continue;
            };
            let is_late = visit.left_at.is_some_and(|left| at <= left)
                || visit
                    .entered
                    .as_ref()
                    .is_some_and(|(_, entered)| at < *entered);
            if is_late {
                continue;
            }
            let known = visit.stages.entry(stage).or_insert(at);
            *known = (*known).max(at);
        }
    }

    fn visit_mut(&mut self, plate: &Plate) -> Option<&mut Visit> {
        let is_full = self.of_plate.len() >= VISITS_MAX;
        if is_full && self.exits > 0 {
            self.of_plate.retain(|_, visit| !visit.is_over());
            self.exits = 0;
        }
        if self.of_plate.len() >= VISITS_MAX && !self.of_plate.contains_key(plate) {
            self.refused += 1;
            return None;
        }
        Some(self.of_plate.entry(plate.clone()).or_default())
    }
}

/// Plates of the vehicle that was decided: as filed, else as on the pass, else as seen.
fn plates_of(record: &DecisionRecord) -> Vec<Plate> {
    if let Some(vehicle) = &record.facts.vehicle {
        return std::iter::once(&vehicle.plate)
            .chain(&vehicle.second_plate)
            .cloned()
            .collect();
    }
    if let Some(pass) = record.facts.found_pass() {
        return vec![pass.vehicle.clone()];
    }
    let mut seen = record.evidence.plates.iter();
    seen.find(|sighting| sighting.role == PlateRole::Tractor)
        .map(|sighting| sighting.plate.clone())
        .into_iter()
        .collect()
}
