//! A lane's question → the frozen facts of one passage, and a pass reserved for it. It finds and
//! gathers; whether anything of it is allowed is for the rules.
//!
//! Directives: every one that is not withdrawn is handed over, whatever its window, because the
//! rules judge windows by a clock they may not trust. `Lift` directives are among them: R11
//! cancels what a Lift on the same subject lifts, the ledger never does.

mod collect;
mod identity;
mod pass;
#[cfg(test)]
mod tests;

use domain::event::Event;
use domain::facts::{Facts, PassFact, PassUse};
use domain::id::{PassageId, PremisesId};

use crate::drawdown::{DrawDown, ReserveError};
use crate::query::{LedgerAnswer, LedgerQuery, LedgerUnavailable, withdrawal_of};
use crate::rows::{LedgerRows, RowsError};

/// Readings of one kind that one question may bring; a lane binds far fewer to a passage.
pub const READINGS_MAX: usize = 64;
/// Containers and consignments of one pass together.
pub const PASS_ITEMS_MAX: usize = 2_048;
/// Directives and watch hits that one answer may carry.
pub const HITS_MAX: usize = 1_024;

/// Why a question has no answer. The lane holds and shows it.
#[derive(Debug, thiserror::Error)]
enum AnswerError {
    #[error(transparent)]
    Rows(#[from] RowsError),
    #[error(transparent)]
    Reserve(#[from] ReserveError),
    #[error("{count} {what} exceed the limit of {limit}")]
    TooMany {
        what: &'static str,
        count: usize,
        limit: usize,
    },
}

/// The e-ledger of one gate: rows, and what has been drawn from them.
#[derive(Debug)]
pub struct Ledger<R> {
    rows: R,
    draw_down: DrawDown,
    premises: PremisesId,
}

impl<R: LedgerRows> Ledger<R> {
    /// The ledger of a gate of `premises`, nothing drawn yet: feed it the journal from its
    /// beginning ([`Self::observe`]) before the first question.
    #[must_use]
    pub fn new(rows: R, premises: PremisesId) -> Self {
        Self {
            rows,
            draw_down: DrawDown::new(),
            premises,
        }
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &R {
        &self.rows
    }

    /// The rows, to advance them.
    #[must_use]
    pub fn rows_mut(&mut self) -> &mut R {
        &mut self.rows
    }

    /// What has been drawn.
    #[must_use]
    pub fn draw_down(&self) -> &DrawDown {
        &self.draw_down
    }

    /// Takes one durable event, in the order of the journal.
    pub fn observe(&mut self, event: &Event) {
        self.draw_down.observe(event);
    }

    /// Returns what `passage` reserved in memory.
    pub fn return_reservation(&mut self, passage: &PassageId) {
        self.draw_down.return_reservation(passage);
    }

    /// Answers a lane. When the answer is a failure, the lane holds; a reservation that the
    /// passage had before stays until the passage ends or returns it.
    pub fn answer(&mut self, query: &LedgerQuery) -> LedgerAnswer {
        let facts = self
            .facts(query)
            .map(Box::new)
            .map_err(|error| LedgerUnavailable::Store {
                cause: error.to_string(),
            });
        LedgerAnswer {
            ask: query.ask,
            passage: query.passage.clone(),
            facts,
        }
    }

    fn facts(&mut self, query: &LedgerQuery) -> Result<Facts, AnswerError> {
        within("readings", query.tags.len(), READINGS_MAX)?;
        within("readings", query.plates.len(), READINGS_MAX)?;
        within("readings", query.containers.len(), READINGS_MAX)?;
        let identity = identity::resolve(&self.rows, query)?;
        let pass = pass::find(
            &self.rows,
            &self.draw_down,
            &self.premises,
            query,
            &identity,
        )?;
        if let PassFact::Found(found) = &pass {
            let items = found.containers.len() + found.consignments.len();
            within(
                "containers and consignments of the pass",
                items,
                PASS_ITEMS_MAX,
            )?;
        }
        // Rows first: a failed read must not leave a reservation behind.
        let mut facts = collect::gather(&self.rows, &self.premises, query, &identity, pass)?;
        facts.pass_use = match facts.found_pass() {
            Some(found) => self.draw_down.reserve(
                &found.number,
                &query.passage,
                &query.lane,
                withdrawal_of(found).shares,
            )?,
            None => {
                self.draw_down.return_reservation(&query.passage);
                PassUse::Unused
            }
        };
        for fact in &mut facts.consignments {
            (fact.drawn_gross, fact.drawn_packages) =
                self.draw_down.drawn_by_others(&fact.id, &query.passage);
        }
        facts.visit = self
            .draw_down
            .visit(&collect::plates_of_visit(&facts, &identity));
        Ok(facts)
    }
}

fn within(what: &'static str, count: usize, limit: usize) -> Result<(), AnswerError> {
    if count > limit {
        return Err(AnswerError::TooMany { what, count, limit });
    }
    Ok(())
}
