//! Journal events and reservations → what has been drawn from passes and consignments. It knows
//! no rows and no rules: whether a draw was allowed is decided elsewhere, what was drawn is here.
//!
//! A passage holds at most one pass. The hold begins as a reservation in memory when the lane
//! asks, becomes durable with a decision or clearance that carries a withdrawal, and ends with
//! the passage:
//!
//! | End of the passage | The pass |
//! |---|---|
//! | `Completed` | used up, the shares drawn for good |
//! | `ToBay`, `ReversedOut`, `EndedByPerson`, `Observed` | returned: the vehicle has not left under it |
//! | `Vanished`, `RunThrough` after a durable draw | unresolved: nobody saw whether the vehicle left, so the pass stays held and the next passage is reviewed; its clearance takes the pass over |
//! | `Vanished`, `RunThrough` without one | returned |
//!
//! The state is rebuilt from the journal. Observing an event again changes nothing: a passage
//! that has ended draws no more.

mod carried;
mod ended;
#[cfg(test)]
mod tests;
mod visits;

use std::collections::BTreeMap;

use domain::event::{DecisionRecord, Event, EventBody, PassageEnd, Withdrawal};
use domain::facts::{PassUse, VisitFact};
use domain::id::{ConsignmentId, LaneId, PassNumber, PassageId};
use domain::mass::Mass;
use domain::plate::Plate;
use domain::time::Timestamp;

use crate::query::withdrawal_of;
use ended::EndedPassages;
use visits::Visits;

/// Passages that may hold a pass without having used it up.
pub const HOLDINGS_MAX: usize = 4_096;

/// A share of a consignment: gross and packages.
pub type Share = (ConsignmentId, Mass, u32);

/// Why a pass could not be reserved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReserveError {
    /// The passage has ended.
    #[error("passage {passage} has ended and reserves nothing any more")]
    PassageEnded {
        /// Passage.
        passage: PassageId,
    },
    /// The passage was released under another pass, which is drawn durably.
    #[error("passage {passage} has drawn gate pass {drawn} already")]
    DrewAnother {
        /// Passage.
        passage: PassageId,
        /// The other pass.
        drawn: PassNumber,
    },
    /// Too many passages hold a pass.
    #[error("more than {limit} passages hold a gate pass")]
    TooMany {
        /// Limit.
        limit: usize,
    },
}

/// How firmly a passage holds a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// Asked for, not released.
    Reserved,
    /// Released durably, still in the lane.
    Drawn,
    /// Ended without proof that the vehicle left or stayed.
    Unresolved,
    /// Used up.
    Used(Timestamp),
}

#[derive(Debug, Clone)]
struct Holding {
    pass: PassNumber,
    lane: LaneId,
    shares: Vec<Share>,
    hold: Hold,
}

/// Sum of the shares taken from one consignment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Taken {
    // Wide enough that adding and taking back always cancel.
    grams: i128,
    packages: u64,
}

/// What has been drawn.
#[derive(Debug, Clone, Default)]
pub struct DrawDown {
    holdings: BTreeMap<PassageId, Holding>,
    of_pass: BTreeMap<PassNumber, Vec<PassageId>>,
    taken: BTreeMap<ConsignmentId, Taken>,
    /// Holdings that are not used up.
    unused: usize,
    ended: EndedPassages,
    visits: Visits,
}

impl DrawDown {
    /// Nothing drawn.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reserves `pass` with its `shares` for `passage`, unless another passage holds or has used
    /// it; the answer is the pass's use as this passage sees it. A reservation of another pass
    /// that this passage had in memory is returned.
    ///
    /// # Errors
    /// The passage has ended or was released under another pass, or too many hold one.
    pub fn reserve(
        &mut self,
        pass: &PassNumber,
        passage: &PassageId,
        lane: &LaneId,
        shares: Vec<Share>,
    ) -> Result<PassUse, ReserveError> {
        if let Some(own) = self.holdings.get(passage) {
            match own.hold {
                Hold::Used(at) if own.pass == *pass => {
                    return Ok(PassUse::Used {
                        passage: passage.clone(),
                        at,
                    });
                }
                Hold::Used(_) | Hold::Unresolved => {
                    return Err(ReserveError::PassageEnded {
                        passage: passage.clone(),
                    });
                }
                Hold::Drawn if own.pass != *pass => {
                    let drawn = own.pass.clone();
                    return Err(ReserveError::DrewAnother {
                        passage: passage.clone(),
                        drawn,
                    });
                }
                Hold::Drawn => {
                    return Ok(self
                        .use_by_others(pass, passage)
                        .unwrap_or(PassUse::ReservedHere));
                }
                Hold::Reserved => {}
            }
        }
        if self.ended.contains(passage) {
            return Err(ReserveError::PassageEnded {
                passage: passage.clone(),
            });
        }
        self.release(passage);
        if let Some(other) = self.use_by_others(pass, passage) {
            return Ok(other);
        }
        if self.unused >= HOLDINGS_MAX {
            return Err(ReserveError::TooMany {
                limit: HOLDINGS_MAX,
            });
        }
        let pass = pass.clone();
        let lane = lane.clone();
        self.hold(
            passage,
            Holding {
                pass,
                lane,
                shares,
                hold: Hold::Reserved,
            },
        );
        Ok(PassUse::ReservedHere)
    }

    /// Returns what `passage` reserved in memory. What was drawn durably stays until an event
    /// says otherwise.
    pub fn return_reservation(&mut self, passage: &PassageId) {
        if self
            .holdings
            .get(passage)
            .is_some_and(|own| own.hold == Hold::Reserved)
        {
            self.release(passage);
        }
    }

    /// The pass's use, as `passage` sees it.
    #[must_use]
    pub fn pass_use(&self, pass: &PassNumber, passage: &PassageId) -> PassUse {
        if let Some(other) = self.use_by_others(pass, passage) {
            return other;
        }
        match self.holdings.get(passage) {
            Some(own) if own.pass == *pass => match own.hold {
                Hold::Used(at) => PassUse::Used {
                    passage: passage.clone(),
                    at,
                },
                Hold::Reserved | Hold::Drawn | Hold::Unresolved => PassUse::ReservedHere,
            },
            Some(_) | None => PassUse::Unused,
        }
    }

    /// The pass that `passage` was released under and has not returned.
    #[must_use]
    pub fn drawn_by(&self, passage: &PassageId) -> Option<&PassNumber> {
        self.holdings
            .get(passage)
            .filter(|own| own.hold == Hold::Drawn)
            .map(|own| &own.pass)
    }

    /// Gross and packages of `consignment` that passages other than `passage` hold or have used.
    #[must_use]
    pub fn drawn_by_others(&self, consignment: &ConsignmentId, passage: &PassageId) -> (Mass, u32) {
        let mut taken = self.taken.get(consignment).copied().unwrap_or_default();
        if let Some(own) = self.holdings.get(passage) {
            for (_, gross, packages) in own.shares.iter().filter(|share| share.0 == *consignment) {
                taken.grams -= counted_grams(*gross);
                taken.packages -= u64::from(*packages);
            }
        }
        (
            Mass::from_grams(i64::try_from(taken.grams).unwrap_or(i64::MAX)),
            u32::try_from(taken.packages).unwrap_or(u32::MAX),
        )
    }

    /// The visit of the vehicle that carries `plates` (its own and its second).
    #[must_use]
    pub fn visit(&self, plates: &[Plate]) -> VisitFact {
        self.visits.fact(plates)
    }

    /// Visits that could not be kept because too many were open. Their vehicles are held at exit.
    #[must_use]
    pub fn visits_refused(&self) -> u64 {
        self.visits.refused()
    }

    /// Takes one durable event, in the order of the journal.
    pub fn observe(&mut self, event: &Event) {
        if let EventBody::VisitStageReported {
            plate,
            stage,
            done_at,
        } = &event.body
        {
            self.visits.report(plate, *stage, *done_at);
            return;
        }
        let Some(passage) = &event.passage else {
            return;
        };
        if self.has_ended(passage) {
            return;
        }
        // Not every kind of event concerns the ledger; the others fall through on purpose.
        if let EventBody::PassageDecided(record) = &event.body {
            self.decided(passage, record);
        } else if let EventBody::HoldCleared {
            withdrawal: Some(taken),
            ..
        } = &event.body
        {
            let lane = event.lane.clone().or_else(|| self.lane_of(passage));
            self.draw(passage, lane, taken, Hold::Drawn);
        } else if matches!(
            event.body,
            EventBody::ReleaseWithdrawn { .. } | EventBody::SentToBay { .. }
        ) {
            self.downgrade(passage);
        } else if let EventBody::PassageEnded {
            end,
            withdrawal,
            stage,
            ..
        } = &event.body
        {
            let lane = event.lane.clone().or_else(|| self.lane_of(passage));
            self.settle(passage, lane, *end, withdrawal.as_ref(), event.at.at);
            self.visits.end(passage, *end, *stage, event.at.at);
        }
    }

    fn has_ended(&self, passage: &PassageId) -> bool {
        self.ended.contains(passage)
            || self
                .holdings
                .get(passage)
                .is_some_and(|own| match own.hold {
                    Hold::Used(_) | Hold::Unresolved => true,
                    Hold::Reserved | Hold::Drawn => false,
                })
    }

    fn decided(&mut self, passage: &PassageId, record: &DecisionRecord) {
        self.visits.decided(passage, record);
        let lane = &record.evidence.lane;
        if let Some(taken) = &record.withdrawal {
            self.draw(passage, Some(lane.clone()), taken, Hold::Drawn);
            return;
        }
        self.downgrade(passage);
        // After a restart the reservation in memory is gone; the record of the hold brings it
        // back, so that no other lane takes the pass from under a waiting vehicle.
        if let (Some(pass), PassUse::ReservedHere) =
            (record.facts.found_pass(), &record.facts.pass_use)
        {
            // Refused only if another passage holds it by now, or too many are open.
            let _ = self.reserve(&pass.number, passage, lane, withdrawal_of(pass).shares);
        }
    }

    fn settle(
        &mut self,
        passage: &PassageId,
        lane: Option<LaneId>,
        end: PassageEnd,
        stated: Option<&Withdrawal>,
        at: Timestamp,
    ) {
        let held = self
            .holdings
            .get(passage)
            .filter(|own| own.hold == Hold::Drawn)
            .map(|own| Withdrawal {
                pass: own.pass.clone(),
                shares: own.shares.clone(),
            });
        let drawn = stated.cloned().or(held);
        match (end, drawn) {
            (PassageEnd::Completed, Some(drawn)) => {
                self.draw(passage, lane, &drawn, Hold::Used(at));
            }
            (PassageEnd::Vanished | PassageEnd::RunThrough, Some(drawn)) => {
                self.draw(passage, lane, &drawn, Hold::Unresolved);
            }
            (
                PassageEnd::Completed
                | PassageEnd::Vanished
                | PassageEnd::RunThrough
                | PassageEnd::ToBay
                | PassageEnd::ReversedOut
                | PassageEnd::EndedByPerson
                | PassageEnd::Observed,
                _,
            ) => {
                self.release(passage);
                self.ended.insert(passage.clone());
            }
        }
    }

    /// A durable draw. What another passage left unresolved on the same pass is taken over with
    /// it: the goods are the same.
    fn draw(&mut self, passage: &PassageId, lane: Option<LaneId>, taken: &Withdrawal, hold: Hold) {
        let unresolved: Vec<PassageId> = self
            .of_pass
            .get(&taken.pass)
            .into_iter()
            .flatten()
            .filter(|other| *other != passage)
            .filter(|other| {
                self.holdings
                    .get(*other)
                    .is_some_and(|held| held.hold == Hold::Unresolved)
            })
            .cloned()
            .collect();
        for other in unresolved {
            self.release(&other);
            self.ended.insert(other);
        }
        let lane = lane.unwrap_or_else(unnamed_lane);
        let shares = taken.shares.clone();
        self.hold(
            passage,
            Holding {
                pass: taken.pass.clone(),
                lane,
                shares,
                hold,
            },
        );
    }

    /// A release that was not carried out: the pass stays reserved while the vehicle stands there.
    fn downgrade(&mut self, passage: &PassageId) {
        if let Some(own) = self.holdings.get_mut(passage)
            && own.hold == Hold::Drawn
        {
            own.hold = Hold::Reserved;
        }
    }

    fn lane_of(&self, passage: &PassageId) -> Option<LaneId> {
        self.holdings.get(passage).map(|own| own.lane.clone())
    }

    fn use_by_others(&self, pass: &PassNumber, passage: &PassageId) -> Option<PassUse> {
        let mut reserved = None;
        for other in self
            .of_pass
            .get(pass)?
            .iter()
            .filter(|other| *other != passage)
        {
            let Some(held) = self.holdings.get(other) else {
                continue;
            };
            match held.hold {
                Hold::Used(at) => {
                    return Some(PassUse::Used {
                        passage: other.clone(),
                        at,
                    });
                }
                Hold::Reserved | Hold::Drawn | Hold::Unresolved => {
                    reserved = Some(PassUse::ReservedElsewhere {
                        lane: held.lane.clone(),
                        passage: other.clone(),
                    });
                }
            }
        }
        reserved
    }

    /// The only place where a holding comes into being.
    fn hold(&mut self, passage: &PassageId, holding: Holding) {
        self.release(passage);
        for (id, gross, packages) in &holding.shares {
            let taken = self.taken.entry(id.clone()).or_default();
            taken.grams += counted_grams(*gross);
            taken.packages += u64::from(*packages);
        }
        self.of_pass
            .entry(holding.pass.clone())
            .or_default()
            .push(passage.clone());
        if !matches!(holding.hold, Hold::Used(_)) {
            self.unused += 1;
        }
        self.holdings.insert(passage.clone(), holding);
    }

    /// The only place where a holding goes.
    fn release(&mut self, passage: &PassageId) {
        let Some(holding) = self.holdings.remove(passage) else {
            return;
        };
        for (id, gross, packages) in &holding.shares {
            let Some(taken) = self.taken.get_mut(id) else {
                continue;
            };
            taken.grams -= counted_grams(*gross);
            taken.packages -= u64::from(*packages);
            if *taken == Taken::default() {
                self.taken.remove(id);
            }
        }
        if let Some(passages) = self.of_pass.get_mut(&holding.pass) {
            passages.retain(|held| held != passage);
            if passages.is_empty() {
                self.of_pass.remove(&holding.pass);
            }
        }
        if !matches!(holding.hold, Hold::Used(_)) {
            self.unused -= 1;
        }
    }
}

/// A share below zero must not give back what others have drawn.
fn counted_grams(gross: Mass) -> i128 {
    i128::from(gross.grams().max(0))
}

/// The journal names the lane of every passage; a record of another hand may not.
fn unnamed_lane() -> LaneId {
    LaneId::parse("?").expect("one character without wildcards is a lane id")
}
