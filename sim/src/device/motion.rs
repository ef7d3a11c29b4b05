//! A truck in a lane, in metres and seconds → which loops and beams it covers and how much of
//! it stands on the scale. Knows geometry, nothing of bytes.

use domain::mass::Mass;
use gate_protocol::{Input, Inputs};

use crate::world::truck::{Behaviour, Truck};

/// The lane, in millimetres along the way of travel from the first edge of the approach loop.
/// The approach loop is laid around the whole platform, so a vehicle on the scale is on it.
const APPROACH_LOOP: (i64, i64) = (0, 20_000);
const PLATFORM: (i64, i64) = (500, 19_500);
const UNDER_ARM_LOOP: (i64, i64) = (20_200, 21_800);
const BEAM_1: i64 = 20_900;
const BEAM_2: i64 = 21_100;
const EXIT_LOOP: (i64, i64) = (23_500, 25_500);
/// Where the front of a waiting vehicle stands.
const STOP_LINE: i64 = 19_200;
/// Where a driver who has changed his mind turns back.
const TURN_BACK: i64 = 12_000;

const DRIVE_UP_MM_S: i64 = 2_500;
const LEAVE_MM_S: i64 = 3_000;
const BACK_OUT_MM_S: i64 = 1_500;
/// A follower keeps this far behind.
const FOLLOW_GAP_MM: i64 = 6_500;
const FOLLOWER_MM: i64 = 7_000;
/// Between the green light and the wheels.
const REACTION_MS: u64 = 1_200;

/// What a truck is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Driving up to the stop line.
    DrivingUp,
    /// Standing at the stop line.
    Waiting,
    /// Driving off forward since this millisecond.
    Leaving {
        /// Since.
        since_ms: u64,
    },
    /// Driving out backwards since this millisecond.
    BackingOut {
        /// Since.
        since_ms: u64,
    },
    /// Out of the lane.
    Gone,
}

/// A truck's way through one lane.
#[derive(Debug, Clone)]
pub struct Motion {
    arrived_ms: u64,
    length_mm: i64,
    behaviour: Behaviour,
    phase: Phase,
    front_from: i64,
    backed_from: i64,
}

impl Motion {
    /// A truck whose front touches the approach loop at `now_ms`.
    #[must_use]
    pub fn begin(truck: &Truck, now_ms: u64) -> Self {
        Self {
            arrived_ms: now_ms,
            length_mm: i64::from(truck.rig.length_mm),
            behaviour: truck.behaviour,
            phase: Phase::DrivingUp,
            front_from: STOP_LINE,
            backed_from: STOP_LINE,
        }
    }

    /// What it is doing.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The millisecond at which it comes to a stand, if it does.
    #[must_use]
    pub fn stands_at_ms(&self) -> u64 {
        self.arrived_ms + millis(STOP_LINE, DRIVE_UP_MM_S)
    }

    /// The way ahead is open: the driver reacts and leaves.
    pub fn way_open(&mut self, now_ms: u64) {
        if self.phase == Phase::Waiting {
            self.phase = Phase::Leaving {
                since_ms: now_ms + REACTION_MS,
            };
        }
    }

    /// The driver is told to back out.
    pub fn back_out(&mut self, now_ms: u64) {
        if matches!(self.phase, Phase::Waiting | Phase::DrivingUp) {
            self.backed_from = self.front(now_ms);
            self.phase = Phase::BackingOut {
                since_ms: now_ms + REACTION_MS,
            };
        }
    }

    /// Position of the front bumper.
    #[must_use]
    pub fn front(&self, now_ms: u64) -> i64 {
        match self.phase {
            Phase::DrivingUp => {
                let way = travelled(self.arrived_ms, now_ms, DRIVE_UP_MM_S);
                if self.behaviour == Behaviour::RunsThrough {
                    way
                } else {
                    way.min(STOP_LINE)
                }
            }
            Phase::Waiting => STOP_LINE,
            Phase::Leaving { since_ms } => {
                self.front_from + travelled(since_ms, now_ms, LEAVE_MM_S)
            }
            Phase::BackingOut { since_ms } => {
                self.backed_from - travelled(since_ms, now_ms, BACK_OUT_MM_S)
            }
            Phase::Gone => i64::MAX / 2,
        }
    }

    /// Moves on to `now_ms`; returns whether the truck is moving.
    pub fn advance(&mut self, now_ms: u64) -> bool {
        let front = self.front(now_ms);
        let last_end = front - self.length_mm - self.follower_reach();
        match self.phase {
            Phase::DrivingUp if self.behaviour == Behaviour::ReversesOut && front >= TURN_BACK => {
                self.backed_from = front;
                self.phase = Phase::BackingOut { since_ms: now_ms };
            }
            Phase::DrivingUp if last_end > EXIT_LOOP.1 => self.phase = Phase::Gone,
            Phase::DrivingUp if self.behaviour != Behaviour::RunsThrough && front >= STOP_LINE => {
                self.phase = Phase::Waiting;
            }
            Phase::Leaving { .. } if last_end > EXIT_LOOP.1 => self.phase = Phase::Gone,
            Phase::BackingOut { .. } if front < APPROACH_LOOP.0 - 500 => self.phase = Phase::Gone,
            Phase::DrivingUp
            | Phase::Waiting
            | Phase::Leaving { .. }
            | Phase::BackingOut { .. }
            | Phase::Gone => {}
        }
        !matches!(self.phase, Phase::Waiting | Phase::Gone)
    }

    fn follower_reach(&self) -> i64 {
        if self.behaviour == Behaviour::Followed && matches!(self.phase, Phase::Leaving { .. }) {
            FOLLOW_GAP_MM + FOLLOWER_MM
        } else {
            0
        }
    }

    fn spans(&self, now_ms: u64) -> [Option<(i64, i64)>; 2] {
        if self.phase == Phase::Gone {
            return [None, None];
        }
        let front = self.front(now_ms);
        let rear = front - self.length_mm;
        let follower = (self.follower_reach() > 0).then(|| {
            let nose = rear - FOLLOW_GAP_MM;
            (nose - FOLLOWER_MM, nose)
        });
        [Some((rear, front)), follower]
    }

    /// Loops and beams that are covered.
    #[must_use]
    pub fn inputs(&self, now_ms: u64) -> Inputs {
        let mut inputs = Inputs::NONE;
        for (rear, front) in self.spans(now_ms).into_iter().flatten() {
            let over = |from: i64, to: i64| front > from && rear < to;
            for (input, from, to) in [
                (Input::ApproachLoop, APPROACH_LOOP.0, APPROACH_LOOP.1),
                (Input::UnderArmLoop, UNDER_ARM_LOOP.0, UNDER_ARM_LOOP.1),
                (Input::ExitLoop, EXIT_LOOP.0, EXIT_LOOP.1),
                (Input::Beam1, BEAM_1, BEAM_1),
                (Input::Beam2, BEAM_2, BEAM_2),
            ] {
                if over(from, to) {
                    inputs = inputs.with(input);
                }
            }
        }
        inputs
    }

    /// Mass on the platform, before any wobble: the truck bears evenly along its length.
    #[must_use]
    pub fn on_platform(&self, gross: Mass, now_ms: u64) -> Mass {
        let spans = self.spans(now_ms);
        let part = |span: Option<(i64, i64)>, mass: Mass| {
            span.map_or(0, |(rear, front)| {
                let length = (front - rear).max(1);
                let on = (front.min(PLATFORM.1) - rear.max(PLATFORM.0)).clamp(0, length);
                mass.grams() * on / length
            })
        };
        let follower = Mass::from_kg(3_000);
        Mass::from_grams(part(spans[0], gross) + part(spans[1], follower))
    }
}

fn millis(way_mm: i64, speed_mm_s: i64) -> u64 {
    (way_mm * 1_000 / speed_mm_s).unsigned_abs()
}

fn travelled(since_ms: u64, now_ms: u64, speed_mm_s: i64) -> i64 {
    let elapsed = i64::try_from(now_ms.saturating_sub(since_ms)).unwrap_or(i64::MAX / 10_000);
    elapsed * speed_mm_s / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{World, WorldConfig};

    fn truck(behaviour: Behaviour) -> Truck {
        let world = World::generate(WorldConfig::new(1, 10));
        let mut truck = world.trucks[0].clone();
        truck.behaviour = behaviour;
        truck
    }

    #[test]
    fn an_orderly_truck_stands_wholly_on_the_scale_and_nowhere_near_the_arm() {
        let truck = truck(Behaviour::Orderly);
        let mut motion = Motion::begin(&truck, 0);
        for ms in (0..20_000).step_by(50) {
            motion.advance(ms);
        }
        assert_eq!(motion.phase(), Phase::Waiting);
        assert_eq!(
            motion.inputs(20_000),
            Inputs::NONE.with(Input::ApproachLoop)
        );
        let missing = truck.gross - motion.on_platform(truck.gross, 20_000);
        assert_eq!(missing, Mass::ZERO);
        motion.way_open(20_000);
        let mut seen = Inputs::NONE;
        for ms in (20_000..40_000).step_by(50) {
            motion.advance(ms);
            seen = seen.or(motion.inputs(ms));
        }
        assert_eq!(motion.phase(), Phase::Gone);
        assert!(seen.has(Input::ExitLoop) && seen.has(Input::Beam1));
        assert!(motion.inputs(40_000).is_empty());
    }

    #[test]
    fn one_who_turns_back_never_reaches_the_arm_and_never_stands() {
        let mut motion = Motion::begin(&truck(Behaviour::ReversesOut), 0);
        for ms in (0..30_000).step_by(50) {
            motion.advance(ms);
            assert!(!motion.inputs(ms).any(Inputs::ZONE), "at {ms} ms");
            assert_ne!(motion.phase(), Phase::Waiting);
        }
        assert_eq!(motion.phase(), Phase::Gone);
    }

    #[test]
    fn a_follower_leaves_a_gap_in_the_beams() {
        let mut motion = Motion::begin(&truck(Behaviour::Followed), 0);
        let mut beams = Vec::new();
        for ms in (0..40_000).step_by(50) {
            motion.advance(ms);
            motion.way_open(ms);
            let beam = motion.inputs(ms).has(Input::Beam1);
            if beams.last() != Some(&beam) {
                beams.push(beam);
            }
        }
        assert_eq!(beams, [false, true, false, true, false]);
    }
}
