//! How a passage ends: the vehicle left, forward or back, with or without a release, or is found
//! gone after a restart. Every end is one event.

use domain::actuation::{Lights, RaiseReason};
use domain::event::{Breach, EventBody, PassageEnd};
use domain::gate::ArmState;
use domain::operator::LaneMode;

use crate::lane::{Before, Lane};
use crate::notices;
use crate::occupancy::Departure;
use crate::port::{OpenPassage, Output};
use crate::stay::{Phase, Stay};

impl Lane {
    /// Ends the passage if its vehicle has left. Returns whether the passage moved on by that.
    pub(crate) fn depart(&mut self) -> bool {
        let Some(stay) = &self.stay else { return false };
        if stay.gone.is_some() || matches!(stay.phase, Phase::Found(_)) || self.barrier.lost {
            return false;
        }
        let Some(departure) = self.occupancy.departure(self.now) else {
            return false;
        };
        let end = if self.mode == LaneMode::Shadow {
            PassageEnd::Observed
        } else {
            self.end_of(stay, departure)
        };
        if departure == Departure::Unclear
            && let Some(stay) = &mut self.stay
        {
            stay.post_check = true;
        }
        match end {
            PassageEnd::RunThrough => self.ran_through(),
            PassageEnd::Observed if self.stay.as_ref().is_some_and(|s| s.decided.is_none()) => {
                self.gone(end);
            }
            PassageEnd::Completed
            | PassageEnd::ToBay
            | PassageEnd::ReversedOut
            | PassageEnd::EndedByPerson
            | PassageEnd::Vanished
            | PassageEnd::Observed => self.end(end),
        }
        true
    }

    fn end_of(&self, stay: &Stay, departure: Departure) -> PassageEnd {
        let grant = stay.grant.as_ref().map(|grant| grant.reason);
        let arm_kept_it = self.barrier.is_down() && !stay.raised && !stay.integrity.arm_was_up;
        match (departure, grant) {
            (Departure::Forward | Departure::Unclear, Some(RaiseReason::ToBay)) => {
                PassageEnd::ToBay
            }
            (Departure::Forward | Departure::Unclear, Some(_)) => PassageEnd::Completed,
            (Departure::Forward, None) => PassageEnd::RunThrough,
            (Departure::Unclear, None) if !arm_kept_it => PassageEnd::RunThrough,
            (Departure::Backward | Departure::Unclear, _) => match stay.phase {
                Phase::BackingOut => PassageEnd::ToBay,
                Phase::Found(_)
                | Phase::Collecting { .. }
                | Phase::Asking { .. }
                | Phase::Recording { .. }
                | Phase::Unrecorded { .. }
                | Phase::Held(_)
                | Phase::Clearing { .. }
                | Phase::Ready { .. }
                | Phase::Raising { .. }
                | Phase::Passing { .. }
                | Phase::Watching => PassageEnd::ReversedOut,
            },
        }
    }

    fn ran_through(&mut self) {
        if let Some(stay) = &mut self.stay {
            stay.integrity.run_through = true;
            stay.post_check = true;
        }
        let arm = self.barrier.arm;
        self.record_here(EventBody::Breached {
            breach: Breach::RunThrough,
            arm,
            edges: Vec::new(),
        });
        self.actuate(domain::actuation::Actuation::Siren { for_ms: 10_000 });
        self.gone(PassageEnd::RunThrough);
    }

    /// Ends the open passage.
    pub(crate) fn end(&mut self, end: PassageEnd) {
        let Some(stay) = self.stay.take() else { return };
        let duration_ms = u32::try_from(self.now.utc.at.since(stay.opened.utc.at).as_millis())
            .unwrap_or(u32::MAX);
        let is_complete = end == PassageEnd::Completed;
        let post_check = stay.post_check || !self.fitting.degraded().is_empty();
        self.record(
            Some(stay.passage.clone()),
            EventBody::PassageEnded {
                end,
                duration_ms,
                decide_ms: stay.decide_ms,
                withdrawal: stay.drawn.clone(),
                stage: self.config.stage.filter(|_| is_complete),
                post_check,
            },
        );
        if !is_complete {
            self.put(Output::ReturnReservation {
                passage: stay.passage.clone(),
            });
        }
        if stay.raised && self.barrier.arm != ArmState::Down {
            self.lower();
        }
        self.wait_clear = end == PassageEnd::EndedByPerson && !self.occupancy.is_empty();
        let next = self.occupancy.next_since();
        self.occupancy.begin_stay();
        let load = self
            .scale
            .as_ref()
            .and_then(|scale| scale.settled())
            .map(|s| s.load);
        // A load that is still on the scale belongs to the next vehicle if that came from zero.
        let load = if stay.weighings.is_empty() || next.is_some() {
            None
        } else {
            load
        };
        let Stay {
            passage,
            seen,
            next: seen_next,
            tail_followed,
            ..
        } = *stay;
        self.before = Some(Box::new(Before {
            passage,
            seen,
            load,
            ended: self.now,
        }));
        self.rest();
        if tail_followed {
            self.open_follower(seen_next);
        } else if let Some(next) = next
            && self.occupancy.approached()
            && !self.wait_clear
        {
            let mut seen = seen_next;
            if let Some(before) = &self.before
                && self.follows_closely(next)
            {
                seen.forget(&before.seen, next.utc.at);
            }
            self.open_stay(next, seen);
        }
    }

    /// The vehicle that followed under the arm is gone; its passage says so.
    fn open_follower(&mut self, mut seen: crate::sightings::Sightings) {
        if let Some(before) = &self.before {
            seen.forget(&before.seen, self.now.utc.at);
        }
        self.open_stay(self.now, seen);
        if let Some(stay) = &mut self.stay {
            stay.integrity.tail_following = true;
            stay.integrity.arm_was_up = false;
            stay.post_check = true;
        }
        self.gone(PassageEnd::RunThrough);
    }

    /// Lights and display of a lane with no vehicle in it.
    pub(crate) fn rest(&mut self) {
        if self.mode == LaneMode::Closed {
            self.lights(Lights::RedBoth);
            self.show_step(notices::closed());
        } else {
            self.lights(Lights::GreenApproach);
            self.show_step(notices::free());
        }
    }

    /// The first report of the gate after a start tells what has become of the lane meanwhile.
    pub(crate) fn first_report(&mut self, is_first: bool) {
        let Some(stay) = &self.stay else {
            if self.occupancy.approached() {
                self.open_stay(self.now, crate::sightings::Sightings::default());
                if let Some(stay) = &mut self.stay {
                    // Nobody saw it come.
                    stay.integrity.gateway_restarted = true;
                }
            } else if is_first {
                self.rest();
            }
            if self.barrier.arm != ArmState::Down {
                self.lower();
            }
            return;
        };
        let Phase::Found(open) = &stay.phase else {
            return;
        };
        let open = open.clone();
        self.take_over(&open);
    }

    fn take_over(&mut self, open: &OpenPassage) {
        let was_released = open.released.is_some();
        if !self.occupancy.approached() && !self.occupancy.ahead_busy() {
            if let Some(stay) = &mut self.stay {
                stay.post_check = true;
            }
            // A release that was durable counts as used: the pass must not open a gate twice.
            self.end(match (was_released, open.raised) {
                (true, _) => PassageEnd::Completed,
                (false, true) => PassageEnd::ToBay,
                (false, false) => PassageEnd::Vanished,
            });
            return;
        }
        let (now, ahead) = (self.now.mono, self.occupancy.ahead_busy());
        let Some(stay) = &mut self.stay else { return };
        if was_released && ahead {
            stay.post_check = true;
            stay.grant = Some(crate::stay::Grant {
                reason: RaiseReason::Release,
                record: 0,
            });
            stay.phase = Phase::Passing {
                since: now,
                called: false,
            };
            return;
        }
        stay.phase = Phase::Collecting { since: now };
        let (passage, raised) = (stay.passage.clone(), stay.raised);
        if raised && self.barrier.arm != ArmState::Down {
            self.lower();
        }
        self.lights(Lights::RedBoth);
        self.put(Output::Capture { passage });
    }
}
