//! One lane of the premises: its core machine, the truck in it, its gate, scale and lines.

use std::collections::{BTreeMap, VecDeque};

use domain::device::DeviceKind;
use domain::event::PassageEnd;
use domain::gate_pass::Direction;
use domain::id::{LaneId, PassageId};
use domain::mass::Mass;
use gate_protocol::Inputs;
use passage::Lane;

use super::clerk::{Case, Step};
use super::site::FITTED;
use crate::device::gate::Gate;
use crate::device::gate_link::GateLink;
use crate::device::line::Line;
use crate::device::motion::{Motion, Phase};
use crate::device::scale::{Scale, Shown};
use crate::world::truck::{Behaviour, Truck};

/// A truck that is in the lane.
#[derive(Debug, Clone)]
pub(super) struct Present {
    pub(super) truck: usize,
    pub(super) motion: Motion,
    pub(super) arrived_ms: u64,
    /// How often its readings were asked for again.
    pub(super) looks: u32,
    /// Its first decision has been counted.
    pub(super) is_counted: bool,
    /// It was released without a person.
    pub(super) went_by_itself: bool,
}

/// A lane.
pub(super) struct Bay {
    pub(super) id: LaneId,
    pub(super) direction: Direction,
    pub(super) machine: Lane,
    pub(super) gate: Gate,
    pub(super) link: GateLink,
    pub(super) scale: Scale,
    pub(super) lines: BTreeMap<DeviceKind, Line>,

    /// Trucks that wait outside.
    pub(super) queue: VecDeque<usize>,
    /// The next truck, and when it drives on.
    pub(super) coming: Option<(usize, u64)>,
    pub(super) present: Option<Present>,
    pub(super) free_since_ms: u64,
    pub(super) frame_at_ms: u64,
    pub(super) poll_at_ms: u64,
    pub(super) acknowledge_at_ms: Option<u64>,
    /// When the machine wants to be woken.
    pub(super) deadline_us: Option<u64>,
    /// The wake-up that stands on the agenda for it, at that time or before.
    pub(super) booked_us: Option<u64>,

    /// Passage of the machine, and the truck it began with.
    pub(super) open: Option<(PassageId, Option<usize>)>,
    pub(super) last_end: Option<PassageEnd>,
    pub(super) case: Option<(Case, Step)>,
}

/// After this long in a lane that does nothing, a driver backs out.
const PATIENCE_MS: u64 = 20 * 60_000;
/// A passage that has not ended this long after its truck left is given up.
const GIVE_UP_MS: u64 = 15 * 60_000;

impl Bay {
    pub(super) fn new(id: LaneId, direction: Direction, machine: Lane, index: usize) -> Self {
        let serial = 4_400 + u32::try_from(index).unwrap_or(u32::MAX - 4_400);
        let lines = FITTED
            .iter()
            .filter(|kind| **kind != DeviceKind::GateController)
            .map(|kind| (*kind, Line::new(*kind, index)))
            .collect();
        Self {
            id,
            direction,
            machine,
            gate: Gate::power_up(serial, 0),
            link: GateLink::default(),
            scale: Scale::new(),
            lines,
            queue: VecDeque::new(),
            coming: None,
            present: None,
            free_since_ms: 0,
            frame_at_ms: 0,
            poll_at_ms: 0,
            acknowledge_at_ms: None,
            deadline_us: None,
            booked_us: None,
            open: None,
            last_end: None,
            case: None,
        }
    }

    /// Whether nothing is left to happen here but heartbeats.
    pub(super) fn is_quiet(&self) -> bool {
        self.present.is_none()
            && self.coming.is_none()
            && self.queue.is_empty()
            && self.open.is_none()
            && self.gate.is_closed()
    }

    /// Moves truck and gate on. Returns the truck that has just left, with how it behaved.
    pub(super) fn advance(&mut self, now_ms: u64) -> Option<Present> {
        let mut field = Inputs::NONE;
        let mut left = None;
        if let Some(present) = &mut self.present {
            present.motion.advance(now_ms);
            if present.motion.phase() == Phase::Waiting {
                if self.gate.is_open() {
                    present.motion.way_open(now_ms);
                } else if now_ms > present.arrived_ms + PATIENCE_MS {
                    present.motion.back_out(now_ms);
                }
            }
            field = present.motion.inputs(now_ms);
            if present.motion.phase() == Phase::Gone {
                left = self.present.take();
                self.free_since_ms = now_ms;
                field = Inputs::NONE;
            }
        }
        self.gate.step(field, now_ms);
        left
    }

    /// Milliseconds until the lane has to be looked at again.
    pub(super) fn pace_ms(&self) -> u64 {
        let moving = self
            .present
            .as_ref()
            .is_some_and(|present| !matches!(present.motion.phase(), Phase::Waiting | Phase::Gone));
        if moving || self.gate.is_busy() {
            50
        } else if self.present.is_some() {
            200
        } else {
            400
        }
    }

    /// What the scale shows of `trucks` at `now_ms`.
    pub(super) fn weigh(&mut self, trucks: &[Truck], now_ms: u64) -> Shown {
        let Some(present) = &self.present else {
            return self.scale.show(Mass::ZERO, false, false, now_ms);
        };
        let truck = &trucks[present.truck];
        let load = present.motion.on_platform(truck.gross, now_ms);
        let moving = present.motion.phase() != Phase::Waiting;
        self.scale.show(load, moving, truck.load_swings, now_ms)
    }

    /// The next truck may drive on: the lane is empty, the arm is down, the passage before has
    /// ended. Returns it, and when it will.
    pub(super) fn call_next(&mut self, now_ms: u64) -> Option<(usize, u64)> {
        let is_free = self.present.is_none() && self.coming.is_none() && self.gate.is_closed();
        let has_ended = self.open.is_none() || now_ms > self.free_since_ms + GIVE_UP_MS;
        if !is_free || !has_ended || now_ms < self.free_since_ms + 2_000 {
            return None;
        }
        let next = (self.queue.pop_front()?, now_ms + 3_000);
        self.coming = Some(next);
        Some(next)
    }

    /// The truck that was called drives on.
    pub(super) fn drive_on(&mut self, trucks: &[Truck], now_ms: u64) -> Option<&Present> {
        let (truck, at_ms) = self.coming?;
        if now_ms < at_ms {
            return None;
        }
        self.coming = None;
        self.present = Some(Present {
            truck,
            motion: Motion::begin(&trucks[truck], now_ms),
            arrived_ms: now_ms,
            looks: 0,
            is_counted: false,
            went_by_itself: false,
        });
        self.present.as_ref()
    }

    /// Whether the truck here is one that can be released: it has not turned round.
    pub(super) fn holds_truck(&self) -> Option<usize> {
        let present = self.present.as_ref()?;
        let is_here = !matches!(
            present.motion.phase(),
            Phase::Gone | Phase::BackingOut { .. }
        );
        is_here.then_some(present.truck)
    }
}

/// What the truck that left did on its way out.
pub(super) fn conduct(trucks: &[Truck], left: &Present) -> Behaviour {
    trucks[left.truck].behaviour
}
