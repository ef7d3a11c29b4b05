//! A decision's record → what other systems are told of a vehicle that went through a gate.

use domain::container::ContainerNumber;
use domain::event::DecisionRecord;
use domain::gate_pass::Direction;
use domain::id::{CompanyId, ConsignmentId, GateAddress, LaneId, PassNumber, PassageId};
use domain::mass::Mass;
use domain::plate::Plate;
use domain::tag::TagId;
use domain::time::Timestamp;

/// One vehicle through one gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReport {
    /// The passage.
    pub passage: PassageId,
    /// The gate.
    pub gate: GateAddress,
    /// The lane.
    pub lane: LaneId,
    /// Into the premises or out of it.
    pub direction: Direction,
    /// When it went through.
    pub at: Timestamp,
    /// Its pass.
    pub pass: Option<PassNumber>,
    /// Who carries.
    pub company: Option<CompanyId>,
    /// Tractor or truck: as on the pass, or as seen.
    pub vehicle: Option<Plate>,
    /// Trailer, likewise.
    pub trailer: Option<Plate>,
    /// Electronic plate.
    pub tag: Option<TagId>,
    /// Measured gross of the whole vehicle.
    pub gross: Option<Mass>,
    /// Containers: those of the pass, or as seen.
    pub containers: Vec<ReportedContainer>,
    /// Goods on the pass.
    pub consignments: Vec<ConsignmentId>,
}

/// A container that went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedContainer {
    /// Number.
    pub number: ContainerNumber,
    /// Size-type code, if it was read.
    pub size_type: Option<String>,
    /// Empty as declared; `None` without a pass.
    pub empty: Option<bool>,
    /// Seals as declared.
    pub seals: Vec<String>,
}

impl GateReport {
    /// The report of a vehicle that was let through at `at` on this decision.
    #[must_use]
    pub fn of(record: &DecisionRecord, at: Timestamp) -> Self {
        let evidence = &record.evidence;
        let pass = record.facts.found_pass();
        let size_of = |number: &ContainerNumber| {
            let mut seen = evidence.containers.iter();
            seen.find(|one| one.number == *number)
                .and_then(|one| one.size_type.clone())
        };
        let containers = match pass {
            Some(pass) => pass
                .containers
                .iter()
                .map(|one| ReportedContainer {
                    number: one.number.clone(),
                    size_type: size_of(&one.number),
                    empty: Some(one.empty),
                    seals: one.seals.iter().map(ToString::to_string).collect(),
                })
                .collect(),
            None => evidence
                .containers
                .iter()
                .map(|one| ReportedContainer {
                    number: one.number.clone(),
                    size_type: one.size_type.clone(),
                    empty: None,
                    seals: Vec::new(),
                })
                .collect(),
        };
        let weighing = match &evidence.weight {
            domain::evidence::WeightEvidence::Measured(weighings) => weighings.last(),
            domain::evidence::WeightEvidence::None(_) => None,
        };
        Self {
            passage: evidence.passage.clone(),
            gate: evidence.gate.clone(),
            lane: evidence.lane.clone(),
            direction: evidence.direction,
            at,
            pass: pass.map(|pass| pass.number.clone()),
            company: pass.map(|pass| pass.company.clone()),
            vehicle: pass
                .map(|pass| pass.vehicle.clone())
                .or_else(|| evidence.plates.first().map(|seen| seen.plate.clone())),
            trailer: pass.and_then(|pass| pass.trailer.clone()),
            tag: evidence.tags.first().map(|seen| seen.tag.clone()),
            gross: weighing.map(|weighing| weighing.gross),
            containers,
            consignments: pass
                .map(|pass| pass.consignments.iter().map(|one| one.id.clone()).collect())
                .unwrap_or_default(),
        }
    }
}
