//! Evidence, facts and policy of one passage with the questions that several rules ask. A record
//! of another vehicle than the pass names is not the vehicle's record.

use domain::container::ContainerNumber;
use domain::evidence::{Evidence, PlateSighting, TagSighting, Weighing, WeightEvidence};
use domain::facts::Facts;
use domain::gate_pass::GatePass;
use domain::mass::Mass;
use domain::plate::Plate;
use domain::policy::Policy;
use domain::recordation::{ContainerRecord, VehicleRecord};
use domain::time::{TimeSource, Timestamp};

/// What every rule is given.
pub(crate) struct Context<'a> {
    pub(crate) evidence: &'a Evidence,
    pub(crate) facts: &'a Facts,
    pub(crate) policy: &'a Policy,
    /// The moment the evidence was frozen.
    pub(crate) now: Timestamp,
    /// The pass, if exactly one was found.
    pub(crate) pass: Option<&'a GatePass>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(evidence: &'a Evidence, facts: &'a Facts, policy: &'a Policy) -> Self {
        Self {
            evidence,
            facts,
            policy,
            now: evidence.frozen.at,
            pass: facts.found_pass(),
        }
    }

    /// Whether a source vouches for "now".
    pub(crate) fn clock_is_sure(&self) -> bool {
        self.evidence.clock != TimeSource::Unsynchronised
            && self.evidence.frozen.source != TimeSource::Unsynchronised
    }

    /// Recordation of the vehicle on the pass.
    pub(crate) fn vehicle(&self) -> Option<&'a VehicleRecord> {
        let record = self.facts.vehicle.as_ref()?;
        has_plate(record, &self.pass?.vehicle).then_some(record)
    }

    /// Recordation of the trailer on the pass.
    pub(crate) fn trailer(&self) -> Option<&'a VehicleRecord> {
        let record = self.facts.trailer.as_ref()?;
        has_plate(record, self.pass?.trailer.as_ref()?).then_some(record)
    }

    /// Recordation of `container`.
    pub(crate) fn container(&self, container: &ContainerNumber) -> Option<&'a ContainerRecord> {
        self.facts
            .containers
            .iter()
            .find(|record| record.number == *container)
    }

    /// Whether `plate` is a registration of the vehicle on the pass.
    pub(crate) fn names_vehicle(&self, plate: &Plate) -> bool {
        self.pass.is_some_and(|pass| pass.vehicle == *plate)
            || self
                .vehicle()
                .is_some_and(|record| has_plate(record, plate))
    }

    /// Whether `plate` is a registration of the trailer on the pass.
    pub(crate) fn names_trailer(&self, plate: &Plate) -> bool {
        self.pass
            .is_some_and(|pass| pass.trailer.as_ref() == Some(plate))
            || self
                .trailer()
                .is_some_and(|record| has_plate(record, plate))
    }

    /// Whether a tag counts: read often enough, in this lane alone, during this stay.
    pub(crate) fn tag_is_sure(&self, sighting: &TagSighting) -> bool {
        sighting.reads >= u32::from(self.policy.tag_reads_min)
            && !sighting.seen_elsewhere
            && sighting.last_seen >= self.evidence.opened.at
    }

    /// Whether a plate reading counts.
    pub(crate) fn plate_is_sure(&self, sighting: &PlateSighting) -> bool {
        self.is_sure(sighting.confidence_permille, sighting.agreeing_frames)
    }

    /// Whether a picture reading of this confidence in so many frames counts.
    pub(crate) fn is_sure(&self, confidence_permille: u16, frames: u8) -> bool {
        confidence_permille >= self.policy.confidence_min_permille
            && frames >= self.policy.agreeing_frames_min
    }

    /// The weighing that counts: the last one.
    pub(crate) fn weighing(&self) -> Option<&'a Weighing> {
        match &self.evidence.weight {
            WeightEvidence::None(_) => None,
            WeightEvidence::Measured(weighings) => weighings.last(),
        }
    }

    /// Measured gross, if the weighing can be believed at all.
    pub(crate) fn measured_gross(&self) -> Option<Mass> {
        self.weighing()
            .filter(|weighing| {
                weighing.gross > Mass::ZERO && weighing.frames > 0 && weighing.stable_for_ms > 0
            })
            .map(|weighing| weighing.gross)
    }
}

/// Whether `plate` is one of the two registrations of `record`.
pub(crate) fn has_plate(record: &VehicleRecord, plate: &Plate) -> bool {
    record.plate == *plate || record.second_plate.as_ref() == Some(plate)
}
