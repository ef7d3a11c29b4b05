//! Turns the arm relays into an arm that moves, and its limit switches: what a
//! barrier's mechanics do, for simulation. It refuses to know loops, beams and
//! vehicles, which the simulated lane places itself.

use gate_protocol::{Input, Inputs, Output, Outputs};

/// Position of an arm fully up; 0 is down.
pub const FULL_TRAVEL: u32 = 1_000_000_000;
/// A limit switch closes within this much of its end.
const LIMIT_BAND: u32 = FULL_TRAVEL / 50;

/// What is wrong with the arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Nothing.
    #[default]
    Sound,
    /// The arm does not move however it is driven.
    Jammed,
    /// The boom broke off: the break-away contact opens both limits.
    BrokenOff,
    /// The upper limit switch never closes.
    UpLimitOpen,
    /// The lower limit switch never closes.
    DownLimitOpen,
    /// The upper limit switch is always closed.
    UpLimitShorted,
    /// The lower limit switch is always closed.
    DownLimitShorted,
}

/// Arm mechanics of one barrier.
#[derive(Clone, Copy, Debug)]
pub struct Plant {
    raise_travel_ms: u32,
    lower_travel_ms: u32,
    position: u32,
    condition: Condition,
    drive: Outputs,
    now_ms: u32,
}

impl Plant {
    /// An arm at rest at its lower limit. Travel times are from end to end, at least 1 ms.
    #[must_use]
    pub fn new(raise_travel_ms: u16, lower_travel_ms: u16, now_ms: u32) -> Self {
        Self {
            raise_travel_ms: u32::from(raise_travel_ms.max(1)),
            lower_travel_ms: u32::from(lower_travel_ms.max(1)),
            position: 0,
            condition: Condition::Sound,
            drive: Outputs::NONE,
            now_ms,
        }
    }

    /// Lets the arm travel until now under the relays set before.
    pub fn advance(&mut self, now_ms: u32) {
        let elapsed_ms = now_ms.wrapping_sub(self.now_ms);
        if elapsed_ms > u32::MAX / 2 {
            return;
        }
        self.now_ms = now_ms;
        let stuck = matches!(self.condition, Condition::Jammed) || self.drive.has(Output::ArmStop);
        match (
            self.drive.has(Output::ArmUp),
            self.drive.has(Output::ArmDown),
        ) {
            (true, false) if !stuck => {
                let way = travelled(elapsed_ms, self.raise_travel_ms);
                self.position = self.position.saturating_add(way).min(FULL_TRAVEL);
            }
            (false, true) if !stuck => {
                let way = travelled(elapsed_ms, self.lower_travel_ms);
                self.position = self.position.saturating_sub(way);
            }
            (true | false, true | false) => {}
        }
    }

    /// Advances, then takes the relays as they stand from now on.
    pub fn drive(&mut self, outputs: Outputs, now_ms: u32) {
        self.advance(now_ms);
        self.drive = outputs;
    }

    /// Breaks or repairs the arm.
    pub fn set_condition(&mut self, condition: Condition) {
        self.condition = condition;
    }

    /// What is wrong with the arm.
    #[must_use]
    pub const fn condition(&self) -> Condition {
        self.condition
    }

    /// Moves the arm by force: by hand, by a vehicle, by wind. 0 is down, [`FULL_TRAVEL`] up.
    pub fn force_to(&mut self, position: u32) {
        self.position = position.min(FULL_TRAVEL);
    }

    /// 0 is down, [`FULL_TRAVEL`] up.
    #[must_use]
    pub const fn position(&self) -> u32 {
        self.position
    }

    /// The two limit inputs; every other input is clear.
    #[must_use]
    pub fn limits(&self) -> Inputs {
        let up = self.position >= FULL_TRAVEL - LIMIT_BAND;
        let down = self.position <= LIMIT_BAND;
        let (up, down) = match self.condition {
            Condition::Sound | Condition::Jammed => (up, down),
            Condition::BrokenOff => (false, false),
            Condition::UpLimitOpen => (false, down),
            Condition::DownLimitOpen => (up, false),
            Condition::UpLimitShorted => (true, down),
            Condition::DownLimitShorted => (up, true),
        };
        Inputs::NONE
            .set(Input::ArmUpLimit, up)
            .set(Input::ArmDownLimit, down)
    }

    /// Milliseconds until a limit switch next changes under the present drive,
    /// for a simulation that jumps from event to event. `None` when nothing moves.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u32> {
        let before = self.limits();
        let moving_up = self.drive.has(Output::ArmUp);
        let travel_ms = if moving_up {
            self.raise_travel_ms
        } else {
            self.lower_travel_ms
        };
        let band = LIMIT_BAND;
        let ends = [
            band,
            FULL_TRAVEL - band,
            if moving_up { FULL_TRAVEL } else { 0 },
        ];
        ends.iter()
            .filter_map(|&end| {
                let gap = if moving_up {
                    end.checked_sub(self.position)?
                } else {
                    self.position.checked_sub(end)?
                };
                let per_ms = FULL_TRAVEL / travel_ms;
                // One past a switching point, which the band includes on one side only.
                let wait_ms = gap / per_ms + 1;
                let mut ahead = *self;
                ahead.advance(self.now_ms.wrapping_add(wait_ms));
                (ahead.limits() != before).then_some(wait_ms)
            })
            .min()
    }
}

fn travelled(elapsed_ms: u32, travel_ms: u32) -> u32 {
    (FULL_TRAVEL / travel_ms).saturating_mul(elapsed_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up() -> Outputs {
        Outputs::NONE.with(Output::ArmUp)
    }

    #[test]
    fn an_arm_takes_its_travel_time_between_limits() {
        let mut plant = Plant::new(3_000, 2_000, 0);
        plant.drive(up(), 0);
        plant.advance(30);
        assert_eq!(plant.limits(), Inputs::NONE.with(Input::ArmDownLimit));
        plant.advance(1_500);
        assert_eq!(plant.limits(), Inputs::NONE);
        plant.advance(3_000);
        assert_eq!(plant.limits(), Inputs::NONE.with(Input::ArmUpLimit));
        plant.drive(Outputs::NONE.with(Output::ArmDown), 10_000);
        plant.advance(12_001);
        assert_eq!(plant.position(), 0);
    }

    #[test]
    fn jumping_to_the_next_limit_is_the_same_as_creeping_there() {
        let mut plant = Plant::new(3_000, 2_000, 0);
        plant.drive(up(), 0);
        let mut now_ms = 0;
        while let Some(wait_ms) = plant.poll_timeout() {
            let before = plant.limits();
            let mut creeping = plant;
            for step_ms in 1..wait_ms {
                creeping.advance(now_ms + step_ms);
                assert_eq!(creeping.limits(), before, "{now_ms} + {step_ms}");
            }
            now_ms += wait_ms;
            plant.advance(now_ms);
            assert_ne!(plant.limits(), before);
        }
        assert!(plant.limits().has(Input::ArmUpLimit));
    }

    #[test]
    fn conditions_show_at_the_limits() {
        let cases = [
            (Condition::BrokenOff, false, false),
            (Condition::DownLimitOpen, false, false),
            (Condition::UpLimitShorted, true, true),
            (Condition::UpLimitOpen, false, true),
            (Condition::DownLimitShorted, false, true),
            (Condition::Jammed, false, true),
        ];
        for (condition, up_limit, down_limit) in cases {
            let mut plant = Plant::new(1_000, 1_000, 0);
            plant.set_condition(condition);
            let limits = plant.limits();
            assert_eq!(limits.has(Input::ArmUpLimit), up_limit, "{condition:?}");
            assert_eq!(limits.has(Input::ArmDownLimit), down_limit, "{condition:?}");
        }
        let mut jammed = Plant::new(1_000, 1_000, 0);
        jammed.set_condition(Condition::Jammed);
        jammed.drive(up(), 0);
        jammed.advance(5_000);
        assert_eq!((jammed.position(), jammed.poll_timeout()), (0, None));
    }
}
