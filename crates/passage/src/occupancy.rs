//! Reports of the gate controller → is a vehicle there, has it gone under the arm, which way did
//! it leave. Debouncing and stuck inputs are the controller's business; who the vehicle is and
//! whether it may go are not known here.

use std::time::Duration;

use domain::gate::{GateCounters, GateInput, GateInputs, GateReport};
use domain::time::Now;

/// How a vehicle left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    /// Under the arm and over the exit loop.
    Forward,
    /// Back over the approach loop.
    Backward,
    /// It was under the arm, and no loop tells which way it went.
    Unclear,
}

/// What the controller counted since the report before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counted {
    pub(crate) through: u32,
    pub(crate) reversed_out: u32,
    pub(crate) tail_following: u32,
    pub(crate) run_through: u32,
    pub(crate) forced: u32,
}

/// The lane's loops and beams, and what they have shown of the vehicle of the moment.
#[derive(Debug, Clone)]
pub(crate) struct Occupancy {
    trailer_gap: Duration,
    inputs: GateInputs,
    counters: Option<(u32, GateCounters)>,
    /// The under-arm loop or a beam was occupied during this stay.
    under_seen: bool,
    exit_seen: bool,
    through: bool,
    reversed: bool,
    /// The approach loop came on again after the vehicle of the moment had left it.
    next_since: Option<Now>,
    approach_off: Option<Now>,
    /// Zone and exit loop are clear since.
    ahead_clear: Option<Now>,
    /// Nothing at all is occupied since.
    all_clear: Option<Now>,
}

impl Occupancy {
    pub(crate) fn new(trailer_gap: Duration) -> Self {
        Self {
            trailer_gap,
            inputs: GateInputs::default(),
            counters: None,
            under_seen: false,
            exit_seen: false,
            through: false,
            reversed: false,
            next_since: None,
            approach_off: None,
            ahead_clear: None,
            all_clear: None,
        }
    }

    /// Takes a report; edges first, so that no pulse between two polls is missed.
    pub(crate) fn take(&mut self, report: &GateReport) -> Counted {
        let now = report.received;
        for edge in &report.edges {
            let mut inputs = self.inputs;
            match edge.input {
                GateInput::ApproachLoop => inputs.approach_loop = edge.rising,
                GateInput::UnderArmLoop => inputs.under_arm_loop = edge.rising,
                GateInput::ExitLoop => inputs.exit_loop = edge.rising,
                GateInput::BeamFront => inputs.beam_front = edge.rising,
                GateInput::BeamRear => inputs.beam_rear = edge.rising,
                GateInput::ArmUpLimit
                | GateInput::ArmDownLimit
                | GateInput::HandKey
                | GateInput::FireAlarm
                | GateInput::CabinetDoor
                | GateInput::MainsOk => continue,
            }
            self.levels(inputs, now);
        }
        self.levels(report.inputs, now);
        self.count(report)
    }

    fn levels(&mut self, inputs: GateInputs, now: Now) {
        let (was, is) = (self.inputs.approach_loop, inputs.approach_loop);
        if was && !is {
            self.approach_off = Some(now);
        }
        if !was && is && self.under_seen {
            let gap = self.approach_off.map(|off| now.mono.since(off.mono));
            if gap.is_some_and(|gap| gap >= self.trailer_gap) || self.exit_seen {
                self.next_since = self.next_since.or(Some(now));
            }
        }
        let zone = inputs.under_arm_loop || inputs.beam_front || inputs.beam_rear;
        self.under_seen |= zone;
        // An exit loop that comes on before anything was under the arm is not this vehicle.
        self.exit_seen |= inputs.exit_loop && self.under_seen;
        let ahead_busy = zone || inputs.exit_loop;
        since(&mut self.ahead_clear, !ahead_busy, now);
        since(&mut self.all_clear, !ahead_busy && !is, now);
        self.inputs = inputs;
    }

    fn count(&mut self, report: &GateReport) -> Counted {
        let before = self.counters.replace((report.boot_id, report.counters));
        let counters = report.counters;
        let Some((_, before)) = before.filter(|(boot_id, _)| *boot_id == report.boot_id) else {
            return Counted::default();
        };
        let counted = Counted {
            through: counters.through.wrapping_sub(before.through),
            reversed_out: counters.reversed_out.wrapping_sub(before.reversed_out),
            tail_following: counters.tail_following.wrapping_sub(before.tail_following),
            run_through: counters.run_through.wrapping_sub(before.run_through),
            forced: counters.forced.wrapping_sub(before.forced),
        };
        self.through |= counted.through > 0;
        self.reversed |= counted.reversed_out > 0;
        counted
    }

    /// A vehicle stands on the approach loop.
    pub(crate) fn approached(&self) -> bool {
        self.inputs.approach_loop
    }

    /// Something is under the arm or on the exit loop.
    pub(crate) fn ahead_busy(&self) -> bool {
        self.ahead_clear.is_none()
    }

    /// Nothing is in the lane.
    pub(crate) fn is_empty(&self) -> bool {
        self.all_clear.is_some()
    }

    /// The vehicle of the moment has been under the arm.
    pub(crate) fn under_seen(&self) -> bool {
        self.under_seen
    }

    /// Since when the next vehicle stands on the approach loop behind this one.
    pub(crate) fn next_since(&self) -> Option<Now> {
        self.next_since
    }

    /// When the vehicle may turn out to have left, if nothing comes on again.
    pub(crate) fn settles_at(&self) -> Option<domain::time::Instant> {
        let clear = self.all_clear.or(self
            .ahead_clear
            .filter(|_| self.exit_seen && !self.reversed))?;
        Some(clear.mono + self.trailer_gap)
    }

    /// Whether and how the vehicle has left by `now`. A gap as between tractor and trailer is
    /// none.
    pub(crate) fn departure(&self, now: Now) -> Option<Departure> {
        let settled = |clear: Option<Now>| {
            clear.is_some_and(|clear| now.mono.since(clear.mono) >= self.trailer_gap)
        };
        if self.exit_seen && !self.reversed && settled(self.ahead_clear) {
            return Some(Departure::Forward);
        }
        if !settled(self.all_clear) {
            return None;
        }
        Some(match (self.through, self.reversed, self.under_seen) {
            (true, _, _) => Departure::Forward,
            (false, true, _) | (false, false, false) => Departure::Backward,
            (false, false, true) => Departure::Unclear,
        })
    }

    /// Begins a new stay with the vehicle that stands there now.
    pub(crate) fn begin_stay(&mut self) {
        self.under_seen = false;
        self.exit_seen = false;
        self.through = false;
        self.reversed = false;
        self.next_since = None;
    }
}

fn since(mark: &mut Option<Now>, holds: bool, now: Now) {
    *mark = holds.then(|| mark.unwrap_or(now));
}
