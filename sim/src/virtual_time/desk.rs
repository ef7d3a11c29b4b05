//! The gate's ledger: the rows the region sent down, answered from memory by the real ledger.

use domain::digest::Digest;
use domain::directive::Directive;
use domain::event::Event;
use domain::id::PassageId;
use domain::ledger_row::{LedgerRevision, Row};
use domain::time::Timestamp;
use ledger::lookup::Ledger;
use ledger::query::{LedgerAnswer, LedgerQuery};
use ledger::rows::MemoryRows;

use crate::world::World;

/// The ledger of the premises.
#[derive(Debug)]
pub(crate) struct Desk {
    ledger: Ledger<MemoryRows>,
    revision: LedgerRevision,
}

impl Desk {
    /// A ledger that holds every row of `world`, vouched for at its start.
    pub(crate) fn new(world: &World) -> Self {
        let revision = LedgerRevision {
            revision: 1,
            hash: Digest::ZERO,
            synced_at: world.config.start,
        };
        let mut rows = MemoryRows::from_rows(world.rows.iter().cloned());
        rows.set_revision(revision);
        Self {
            ledger: Ledger::new(rows, world.gate.premises.clone()),
            revision,
        }
    }

    /// The region vouches for what the gate holds.
    pub(crate) fn vouch(&mut self, at: Timestamp) {
        self.revision.synced_at = at;
        self.ledger.rows_mut().set_revision(self.revision);
    }

    /// A directive comes down.
    pub(crate) fn direct(&mut self, directive: &Directive) {
        self.revision.revision += 1;
        let rows = self.ledger.rows_mut();
        rows.upsert(Row::Directive(directive.clone()));
        rows.set_revision(self.revision);
    }

    /// Answers a lane.
    pub(crate) fn answer(&mut self, query: &LedgerQuery) -> LedgerAnswer {
        self.ledger.answer(query)
    }

    /// Takes a durable event.
    pub(crate) fn observe(&mut self, event: &Event) {
        self.ledger.observe(event);
    }

    /// Gives a reservation back.
    pub(crate) fn return_reservation(&mut self, passage: &PassageId) {
        self.ledger.return_reservation(passage);
    }
}
