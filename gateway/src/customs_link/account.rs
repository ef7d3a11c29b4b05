//! What a front end of others has told of its lane → the reports of a gate controller, which is
//! what a lane machine understands.
//!
//! The interface tells of a vehicle by one message and of its way out by none. So a vehicle stands
//! on the approach loop from its gather message on; the arm is up once the order to lift has been
//! taken, and the vehicle has left forward a while after it. That is an account of what was
//! ordered, not of what was seen, and nothing else is made up: no beam, no loop under the arm.

use domain::gate::{ArmState, GateCounters, GateFaults, GateInputs, GateReport, ResetCause};
use domain::time::{Instant, Now};

/// The account of one lane.
#[derive(Debug, Clone)]
pub(super) struct Account {
    boot_id: u32,
    started: Instant,
    stands: bool,
    arm: ArmState,
    through: u32,
}

impl Account {
    /// A lane that is empty as far as anybody told.
    pub(super) fn new(now: Now) -> Self {
        Self {
            // Another one for every run of the daemon.
            boot_id: now.utc.at.as_seconds() as u32,
            started: now.mono,
            stands: false,
            arm: ArmState::Down,
            through: 0,
        }
    }

    /// A vehicle has been gathered.
    pub(super) fn arrives(&mut self) {
        self.stands = true;
        self.arm = ArmState::Down;
    }

    /// It is not there any more: the next one has been gathered.
    pub(super) fn is_gone(&mut self) {
        self.stands = false;
    }

    /// The front end has taken the order to lift.
    pub(super) fn is_lifted(&mut self) {
        self.arm = ArmState::Up;
    }

    /// The vehicle that was let go has had its time.
    pub(super) fn has_left(&mut self) {
        self.stands = false;
        self.through = self.through.wrapping_add(1);
    }

    /// The arm is down again.
    pub(super) fn is_lowered(&mut self) {
        self.arm = ArmState::Down;
    }

    /// A vehicle stands there.
    pub(super) fn stands(&self) -> bool {
        self.stands
    }

    /// The arm is up by order.
    pub(super) fn is_up(&self) -> bool {
        self.arm == ArmState::Up
    }

    /// The account as a report.
    pub(super) fn report(&self, now: Now) -> GateReport {
        let uptime_ms = now.mono.since(self.started).as_millis();
        GateReport {
            received: now,
            boot_id: self.boot_id,
            uptime_ms: uptime_ms as u32,
            reset_cause: ResetCause::Unknown,
            inputs: GateInputs {
                approach_loop: self.stands,
                mains_ok: true,
                ..GateInputs::default()
            },
            edges: Vec::new(),
            arm: self.arm,
            faults: GateFaults::default(),
            accepted_sequence: 0,
            refused: None,
            counters: GateCounters {
                through: self.through,
                ..GateCounters::default()
            },
        }
    }
}
