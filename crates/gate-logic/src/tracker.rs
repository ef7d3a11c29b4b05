//! Turns loop and beam levels into vehicles: where each came from and whether
//! it went through. It refuses to know the arm and who was released.
//!
//! A passage begins when the arm line is occupied. It ends when the line and
//! the loop behind it are clear, so the gap between tractor and trailer, with
//! the tractor on the loop behind, is one vehicle. Gaps shorter than
//! `gap_hold_ms` never end one.

use gate_protocol::{Input, Inputs, Side};

use crate::clock::{Hold, Wake};

/// How a passage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Through(Side),
    ReversedOut,
    /// A vehicle, but no loop order says which way.
    Ambiguous,
    /// A beam only, no vehicle: a person, a bird.
    Nobody,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) outcome: Outcome,
    pub(crate) from: Option<Side>,
    /// Sensors of the arm line that saw it.
    pub(crate) seen: Inputs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// The arm line is occupied.
    Under,
    /// The arm line is clear; the vehicle may still be on the loop behind, or have a trailer.
    Clearing { clear: Hold, entry_side_on: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Passage {
    pub(crate) from: Option<Side>,
    pub(crate) phase: Phase,
    /// The under-arm loop saw it, or it arrived on the loop behind: it is a vehicle, not a person.
    pub(crate) vehicle: bool,
    /// It is, or has been, on the loop behind.
    pub(crate) behind: bool,
    seen: Inputs,
}

/// An outer loop, and whether somebody new has arrived on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Outer {
    on: bool,
    /// Came on in this evaluation.
    rose: bool,
    off: Hold,
    /// Came on after a gap no single vehicle has, since the last passage began.
    arrived: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tracker {
    pub(crate) passage: Option<Passage>,
    outer: [Outer; 2],
    last_rise: Side,
}

/// What the tracker is told besides levels.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances {
    /// Side of an open release: breaks the tie when both outer loops are on.
    pub(crate) released_from: Option<Side>,
    /// Sensors that a vehicle alone triggers.
    pub(crate) vehicle_sensors: Inputs,
    pub(crate) gap_hold_ms: u32,
}

impl Tracker {
    pub(crate) const fn new() -> Self {
        let outer = Outer {
            on: false,
            rose: false,
            off: Hold::elapsed(),
            arrived: false,
        };
        Self {
            passage: None,
            outer: [outer; 2],
            last_rise: Side::Entry,
        }
    }

    /// Takes debounced levels; tells when a vehicle has left.
    pub(crate) fn settle(
        &mut self,
        inputs: Inputs,
        given: Circumstances,
        wake: &mut Wake,
    ) -> Option<Left> {
        for side in [Side::Entry, Side::Exit] {
            self.settle_outer(side, inputs.has(loop_of(side)), given.gap_hold_ms, wake);
        }
        let zone = inputs.and(Inputs::ZONE);
        let Some(mut passage) = self.passage else {
            if !zone.is_empty() {
                self.enter(zone, given);
            }
            return None;
        };
        passage.seen = passage.seen.or(zone);
        let arrived_behind = passage
            .from
            .is_some_and(|side| self.outer[side.opposite() as usize].rose);
        passage.vehicle = passage.vehicle || zone.any(given.vehicle_sensors) || arrived_behind;
        if passage.from.is_none() && passage.vehicle && !zone.is_empty() {
            passage.from = self.only_side_on();
        }
        let outcome = match passage.phase {
            Phase::Under => {
                self.settle_under(&mut passage, zone, wake);
                None
            }
            Phase::Clearing { .. } => self.settle_clearing(&mut passage, zone, given, wake),
        };
        self.passage = outcome.is_none().then_some(passage);
        outcome.map(|outcome| Left {
            outcome,
            from: passage.from,
            seen: passage.seen,
        })
    }

    /// Ends a passage whose vehicle is past the arm line because the next one is being dealt with.
    pub(crate) fn finish(&mut self) -> Option<Left> {
        let passage = self
            .passage
            .filter(|passage| passage.phase != Phase::Under)?;
        self.passage = None;
        let outcome = match (passage.from, passage.behind, passage.vehicle) {
            (Some(side), true, _) => Outcome::Through(side),
            (_, _, false) => Outcome::Nobody,
            (Some(_) | None, _, true) => Outcome::Ambiguous,
        };
        Some(Left {
            outcome,
            from: passage.from,
            seen: passage.seen,
        })
    }

    fn enter(&mut self, zone: Inputs, given: Circumstances) {
        let from = match (self.outer[0].on, self.outer[1].on) {
            (true, true) => Some(given.released_from.unwrap_or(self.last_rise)),
            (_, _) => self.only_side_on(),
        };
        self.outer[0].arrived = false;
        self.outer[1].arrived = false;
        let vehicle = zone.any(given.vehicle_sensors);
        let behind = self.is_on(from.map(Side::opposite));
        self.passage = Some(Passage {
            from,
            phase: Phase::Under,
            vehicle,
            behind,
            seen: zone,
        });
    }

    fn settle_under(&self, passage: &mut Passage, zone: Inputs, wake: &Wake) {
        let behind_on = self.is_on(passage.from.map(Side::opposite));
        if zone.is_empty() {
            let entry_side_on = self.is_on(passage.from);
            passage.behind = behind_on;
            passage.phase = Phase::Clearing {
                clear: Hold::start(wake.now_ms),
                entry_side_on,
            };
        } else {
            // A vehicle that backs off the loop behind is not through.
            passage.behind = behind_on;
        }
    }

    fn settle_clearing(
        &self,
        passage: &mut Passage,
        zone: Inputs,
        given: Circumstances,
        wake: &mut Wake,
    ) -> Option<Outcome> {
        let Phase::Clearing {
            clear,
            entry_side_on,
        } = &mut passage.phase
        else {
            return None;
        };
        let gap_over = clear.reached(given.gap_hold_ms, wake);
        let entry_side_on = *entry_side_on;
        let through = passage.from.map_or(Outcome::Ambiguous, Outcome::Through);
        if !zone.is_empty() {
            let next = gap_over
                && passage
                    .from
                    .is_some_and(|side| self.outer[side as usize].arrived);
            if next {
                return Some(if passage.vehicle {
                    through
                } else {
                    Outcome::Nobody
                });
            }
            passage.phase = Phase::Under;
            return None;
        }
        let behind_on = self.is_on(passage.from.map(Side::opposite));
        let was_behind = passage.behind;
        passage.behind = was_behind || behind_on;
        if !passage.vehicle {
            return gap_over.then_some(Outcome::Nobody);
        }
        if was_behind && !behind_on {
            return Some(through);
        }
        if !gap_over || behind_on {
            return None;
        }
        Some(if entry_side_on {
            Outcome::ReversedOut
        } else {
            Outcome::Ambiguous
        })
    }

    fn settle_outer(&mut self, side: Side, on: bool, gap_hold_ms: u32, wake: &mut Wake) {
        let outer = &mut self.outer[side as usize];
        if on && !outer.on {
            outer.arrived = outer.arrived || outer.off.reached(gap_hold_ms, wake);
            self.last_rise = side;
        } else if !on {
            if outer.on {
                outer.off = Hold::start(wake.now_ms);
            }
            outer.off.reached(gap_hold_ms, wake);
        }
        outer.rose = on && !outer.on;
        outer.on = on;
    }

    fn is_on(&self, side: Option<Side>) -> bool {
        side.is_some_and(|side| self.outer[side as usize].on)
    }

    fn only_side_on(&self) -> Option<Side> {
        match (self.outer[0].on, self.outer[1].on) {
            (true, false) => Some(Side::Entry),
            (false, true) => Some(Side::Exit),
            (true, true) | (false, false) => None,
        }
    }
}

#[cfg(test)]
impl Tracker {
    /// What decides the tracker's future besides the passage, free of absolute time.
    pub(crate) fn fingerprint(&self, now_ms: u32) -> impl core::hash::Hash + use<> {
        let outer = self.outer.map(|outer| {
            let off_ms =
                (!outer.on && !outer.off.done).then(|| now_ms.wrapping_sub(outer.off.since_ms));
            (outer.on, outer.arrived, off_ms)
        });
        (outer, self.last_rise)
    }
}

pub(crate) const fn loop_of(side: Side) -> Input {
    match side {
        Side::Entry => Input::ApproachLoop,
        Side::Exit => Input::ExitLoop,
    }
}
