//! The ledger's answer for one passage: a frozen value, carried by the decision record.

use crate::directive::Directive;
use crate::gate_pass::{GatePass, Stage};
use crate::id::{ConsignmentId, LaneId, PassNumber, PassageId};
use crate::ledger_row::LedgerRevision;
use crate::manifest::Consignment;
use crate::mass::Mass;
use crate::plate::Plate;
use crate::recordation::{
    CompanyRecord, ContainerRecord, DriverRecord, PremisesRecord, VehicleRecord,
};
use crate::time::Timestamp;

/// The pass found for the vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassFact {
    /// No pass names this vehicle here.
    None,
    /// Several open passes fit; the clerk must choose.
    Ambiguous(Vec<PassNumber>),
    /// This one.
    Found(Box<GatePass>),
}

/// What has become of the pass so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassUse {
    /// Not used.
    Unused,
    /// Reserved by this passage.
    ReservedHere,
    /// Reserved by a passage in another lane.
    ReservedElsewhere {
        /// Lane.
        lane: LaneId,
        /// Passage.
        passage: PassageId,
    },
    /// Used up.
    Used {
        /// Passage that used it.
        passage: PassageId,
        /// When.
        at: Timestamp,
    },
}

/// A consignment with what earlier passages took of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsignmentFact {
    /// Key asked for.
    pub id: ConsignmentId,
    /// The row; `None` if the ledger does not know it.
    pub consignment: Option<Consignment>,
    /// Gross drawn down or reserved by other passages.
    pub drawn_gross: Mass,
    /// Packages drawn down or reserved by other passages.
    pub drawn_packages: u32,
}

/// A watchlist hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchHit {
    /// The entry.
    pub directive: Directive,
    /// Exact, or one character off.
    pub exact: bool,
}

/// The visit so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitFact {
    /// Last entry that has no exit yet.
    pub entered: Option<(PassageId, Timestamp)>,
    /// Stages done since.
    pub stages_done: Vec<Stage>,
}

/// Everything the rules may know besides evidence and policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// State of the ledger; `None` if the gate has none.
    pub ledger: Option<LedgerRevision>,
    /// When directives and watchlist were last vouched for.
    pub risk_list_synced_at: Option<Timestamp>,
    /// The pass.
    pub pass: PassFact,
    /// Its use.
    pub pass_use: PassUse,
    /// Plate that the sighted tag is recorded on.
    pub tag_plate: Option<Plate>,
    /// Vehicle.
    pub vehicle: Option<VehicleRecord>,
    /// Trailer.
    pub trailer: Option<VehicleRecord>,
    /// Company of the pass, else of the vehicle.
    pub company: Option<CompanyRecord>,
    /// Driver presented, else bound by the pass.
    pub driver: Option<DriverRecord>,
    /// This site.
    pub premises: Option<PremisesRecord>,
    /// Containers of the pass that are recorded.
    pub containers: Vec<ContainerRecord>,
    /// Consignments of the pass.
    pub consignments: Vec<ConsignmentFact>,
    /// Directives in force on any subject of this passage, `Watch` ones left out.
    pub directives: Vec<Directive>,
    /// Watchlist hits.
    pub watch_hits: Vec<WatchHit>,
    /// Visit.
    pub visit: VisitFact,
}

impl Facts {
    /// The pass, if exactly one was found.
    #[must_use]
    pub fn found_pass(&self) -> Option<&GatePass> {
        match &self.pass {
            PassFact::Found(pass) => Some(pass),
            PassFact::None | PassFact::Ambiguous(_) => None,
        }
    }
}
