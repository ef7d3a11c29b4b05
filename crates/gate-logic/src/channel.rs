//! Turns raw samples into debounced levels, edges, and inputs judged stuck.
//!
//! The raw level is kept beside the debounced one because safety takes the
//! worse of both: the arm line is occupied at the first raw sample and free
//! only after the debounce.

use gate_protocol::{Configuration, Edge, Input, Inputs, Stage};

use crate::clock::{Hold, Wake};
use crate::ring::EdgeRing;

/// A raw level that holds this long is recorded; anything shorter is noise. 5 ms are promised, and
/// one is for samples that are a millisecond apart and may come late.
pub(crate) const GLITCH_MS: u32 = 4;

const COUNT: usize = Input::ALL.len();

/// Inputs a vehicle occupies, which therefore must come free again.
const SENSORS: Inputs = Inputs::ZONE.with(Input::ApproachLoop).with(Input::ExitLoop);

#[derive(Clone, Debug)]
pub(crate) struct Channels {
    pub(crate) raw: Inputs,
    pub(crate) recorded: Inputs,
    pub(crate) stable: Inputs,
    pub(crate) stuck: Inputs,
    pub(crate) raw_since_ms: [u32; COUNT],
    pub(crate) occupied: [Hold; COUNT],
    pub(crate) sampled: bool,
}

impl Channels {
    pub(crate) const fn new(now_ms: u32) -> Self {
        Self {
            raw: Inputs::NONE,
            recorded: Inputs::NONE,
            stable: Inputs::NONE,
            stuck: Inputs::NONE,
            raw_since_ms: [now_ms; COUNT],
            occupied: [Hold::start(now_ms); COUNT],
            sampled: false,
        }
    }

    /// Takes one sample. What the level before it had earned by holding until now is granted first.
    pub(crate) fn sample(
        &mut self,
        sample: Inputs,
        configuration: &Configuration,
        ring: &mut EdgeRing,
        wake: &mut Wake,
    ) {
        if self.sampled {
            self.settle(configuration, ring, wake);
        }
        self.sampled = true;
        let mut level = sample.and(configuration.fitted);
        if !configuration.fitted.has(Input::MainsOk) {
            level = level.with(Input::MainsOk);
        }
        for &input in Input::ALL {
            if level.has(input) != self.raw.has(input) {
                self.raw_since_ms[input as usize] = wake.now_ms;
            }
        }
        self.raw = level;
    }

    /// Grants levels that have held long enough.
    pub(crate) fn settle(
        &mut self,
        configuration: &Configuration,
        ring: &mut EdgeRing,
        wake: &mut Wake,
    ) {
        let settled = self.raw == self.recorded && self.raw == self.stable;
        if settled && self.stable.and(SENSORS) == self.stuck {
            return;
        }
        for &input in Input::ALL {
            self.settle_one(input, configuration, ring, wake);
        }
    }

    fn settle_one(
        &mut self,
        input: Input,
        configuration: &Configuration,
        ring: &mut EdgeRing,
        wake: &mut Wake,
    ) {
        let position = input as usize;
        let rising = self.raw.has(input);
        let at_ms = self.raw_since_ms[position];
        if self.recorded.has(input) != rising && wake.reached(at_ms, GLITCH_MS) {
            self.recorded = self.recorded.set(input, rising);
            ring.push(Edge {
                at_ms,
                input,
                rising,
                stage: Stage::Raw,
            });
        }
        let debounce_ms = u32::from(configuration.debounce_ms[position]);
        if self.stable.has(input) != rising && wake.reached(at_ms, debounce_ms) {
            self.stable = self.stable.set(input, rising);
            self.occupied[position] = Hold::start(wake.now_ms);
            ring.push(Edge {
                at_ms,
                input,
                rising,
                stage: Stage::Debounced,
            });
        }
        if !SENSORS.has(input) {
            return;
        }
        let stuck = self.stable.has(input)
            && self.occupied[position].reached(stuck_ms(input, configuration), wake);
        self.stuck = self.stuck.set(input, stuck);
    }
}

fn stuck_ms(input: Input, configuration: &Configuration) -> u32 {
    let stuck_s = match input {
        Input::ApproachLoop | Input::ExitLoop => configuration.outer_loop_stuck_s,
        Input::UnderArmLoop => configuration.under_arm_loop_stuck_s,
        Input::Beam1 | Input::Beam2 => configuration.beam_stuck_s,
        Input::ArmUpLimit
        | Input::ArmDownLimit
        | Input::HandKey
        | Input::FireAlarm
        | Input::CabinetDoor
        | Input::MainsOk => u16::MAX,
    };
    u32::from(stuck_s) * 1_000
}
