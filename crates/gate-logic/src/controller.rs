//! The gate controller: one evaluation of everything after each input, frame or timeout.
//!
//! An evaluation runs its stages in a fixed order, twice: what a late stage
//! decides is seen by the early ones before the outputs are read.

use gate_protocol::{
    Command, Configuration, Counters, DecodeError, Faults, Identity, Input, Inputs, Lease, Light,
    Outputs, Refusal, Side,
};

use crate::arm::Arm;
use crate::channel::Channels;
use crate::clock::{Hold, IDLE_MS, Span, Wake};
use crate::lease::LeaseWatch;
use crate::ring::EdgeRing;
use crate::tracker::Tracker;

/// Inputs seen within this time after start may show a vehicle that was there before it.
const BOOT_MS: u32 = 2_000;

/// Permission for one vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Release {
    pub(crate) from: Side,
    /// A vehicle is using it.
    pub(crate) spent: bool,
    /// Its vehicle already stood in the arm line when it was given: it still needs its green.
    pub(crate) nosed: bool,
    pub(crate) open: Hold,
}

/// By what right the present vehicle is in the arm line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Authority {
    Released,
    FoundAtBoot,
    HandKey,
    Fire,
    Unreleased,
}

/// What became of the last commands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Verdicts {
    pub(crate) judged_sequence: u32,
    pub(crate) accepted_sequence: u32,
    pub(crate) refused_sequence: u32,
    pub(crate) refusal: Option<Refusal>,
}

/// The state machine and interlocks of one gate.
#[derive(Clone, Debug)]
pub struct Controller {
    pub(crate) configuration: Configuration,
    pub(crate) configuration_refused: bool,
    pub(crate) configuration_crc: u16,
    pub(crate) identity: Identity,
    pub(crate) now_ms: u32,
    pub(crate) wake_at_ms: u32,
    pub(crate) boot: Hold,
    pub(crate) channels: Channels,
    pub(crate) ring: EdgeRing,
    pub(crate) lease: LeaseWatch,
    pub(crate) tracker: Tracker,
    pub(crate) authority: Option<Authority>,
    /// The present vehicle has already been counted as a breach.
    pub(crate) flagged: bool,
    pub(crate) arm: Arm,
    pub(crate) release: Option<Release>,
    /// A release was spent since the arm was last down.
    pub(crate) open_after_release: bool,
    /// The arm is to come down when the interlocks allow.
    pub(crate) lower_due: bool,
    pub(crate) warning: Option<Hold>,
    /// Loop or beam of the arm line occupied or faulted.
    pub(crate) zone_blocked: bool,
    /// Since the arm line was last occupied.
    pub(crate) zone_free: Hold,
    pub(crate) zone_clear: bool,
    pub(crate) halted: bool,
    pub(crate) fire_seen: bool,
    pub(crate) reversals_in_row: u16,
    pub(crate) latched: Faults,
    /// Passages in a row each sensor of the arm line missed.
    pub(crate) missed: [u8; 3],
    pub(crate) alarm: Span,
    pub(crate) siren: Span,
    pub(crate) strobe: Span,
    pub(crate) lights: [Light; 2],
    pub(crate) verdicts: Verdicts,
    pub(crate) counters: Counters,
    pub(crate) last_vehicle_at_ms: u32,
}

impl Controller {
    /// A controller that has just started and knows nothing of its lane. `now_ms`
    /// is ms since boot. Settings that do not hold (a damaged store) are replaced
    /// by the defaults, and the report says so.
    #[must_use]
    pub fn new(configuration: Configuration, identity: Identity, now_ms: u32) -> Self {
        let checked = Configuration::decode(&configuration.encode());
        let in_force = checked.unwrap_or_default();
        Self {
            configuration: in_force,
            configuration_refused: checked.is_err(),
            configuration_crc: in_force.crc(),
            identity,
            now_ms,
            wake_at_ms: now_ms.wrapping_add(IDLE_MS),
            boot: Hold::start(now_ms),
            channels: Channels::new(now_ms),
            ring: EdgeRing::new(),
            lease: LeaseWatch::new(),
            tracker: Tracker::new(),
            authority: None,
            flagged: false,
            arm: Arm::new(now_ms),
            release: None,
            open_after_release: false,
            lower_due: false,
            warning: None,
            zone_blocked: true,
            zone_free: Hold::start(now_ms),
            zone_clear: false,
            halted: false,
            fire_seen: false,
            reversals_in_row: 0,
            latched: Faults::NONE,
            missed: [0; 3],
            alarm: Span::OFF,
            siren: Span::OFF,
            strobe: Span::OFF,
            lights: [Light::Follow; 2],
            verdicts: Verdicts::default(),
            counters: Counters::default(),
            last_vehicle_at_ms: 0,
        }
    }

    /// Takes one sample of the raw inputs, in the sense of the field.
    pub fn handle_inputs(&mut self, sample: Inputs, now_ms: u32) {
        self.advance(now_ms);
        let mut wake = Wake::new(self.now_ms);
        self.channels
            .sample(sample, &self.configuration, &mut self.ring, &mut wake);
        self.evaluate();
    }

    /// Judges a command, and acts on it at once or never.
    ///
    /// # Errors
    /// Why it was refused; a refused command has no effect, now or later.
    pub fn handle_command(&mut self, command: Command, now_ms: u32) -> Result<(), Refusal> {
        self.handle_timeout(now_ms);
        let judged = self.judge(command);
        self.evaluate();
        judged
    }

    /// Takes a heartbeat.
    ///
    /// # Errors
    /// `WrongBoot`, or `Repeated` when the beat is not a new one; the lease is not renewed.
    pub fn handle_lease(&mut self, lease: Lease, now_ms: u32) -> Result<(), Refusal> {
        self.handle_timeout(now_ms);
        let renewed = self.renew(lease);
        self.evaluate();
        renewed
    }

    /// Takes new settings. They hold until the next start; storing them is the host's.
    ///
    /// # Errors
    /// `NotLocal` unless the hand key is turned and the arm rests.
    pub fn handle_configuration(
        &mut self,
        configuration: Configuration,
        now_ms: u32,
    ) -> Result<(), Refusal> {
        self.handle_timeout(now_ms);
        if !self.channels.stable.has(Input::HandKey) || self.arm.is_moving() {
            return Err(self.count_refusal(Refusal::NotLocal));
        }
        let Ok(configuration) = Configuration::decode(&configuration.encode()) else {
            return Err(self.count_refusal(Refusal::Malformed));
        };
        self.configuration = configuration;
        self.configuration_refused = false;
        self.configuration_crc = configuration.crc();
        self.evaluate();
        Ok(())
    }

    /// Counts a write that was not a block of the map.
    pub fn handle_malformed(&mut self, _error: DecodeError, now_ms: u32) {
        self.handle_timeout(now_ms);
        self.count_refusal(Refusal::Malformed);
    }

    /// Takes the passing of time.
    pub fn handle_timeout(&mut self, now_ms: u32) {
        self.advance(now_ms);
        self.evaluate();
    }

    /// The relays as they must stand now.
    #[must_use]
    pub fn outputs(&self) -> Outputs {
        self.drive()
    }

    /// When to call [`Controller::handle_timeout`] at the latest, ms since boot; at most an hour ahead.
    #[must_use]
    pub const fn poll_timeout(&self) -> u32 {
        self.wake_at_ms
    }

    /// Settings in force.
    #[must_use]
    pub const fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// A clock that steps back is held: no limit is reached twice or undone.
    fn advance(&mut self, now_ms: u32) {
        if now_ms.wrapping_sub(self.now_ms) <= u32::MAX / 2 {
            self.now_ms = now_ms;
        }
    }

    fn evaluate(&mut self) {
        let mut wake = Wake::new(self.now_ms);
        self.pass(&mut wake);
        wake = Wake::new(self.now_ms);
        self.pass(&mut wake);
        self.wake_at_ms = wake.at_ms();
    }

    fn pass(&mut self, wake: &mut Wake) {
        self.boot.reached(BOOT_MS, wake);
        self.channels
            .settle(&self.configuration, &mut self.ring, wake);
        self.watch_zone(wake);
        self.watch_lease(wake);
        self.watch_site(wake);
        self.watch_passage(wake);
        self.watch_release(wake);
        self.watch_arm(wake);
        self.reverse_from_obstruction();
        self.lower_when_due(wake);
        self.alarm.settle(wake);
        self.siren.settle(wake);
        self.strobe.settle(wake);
    }
}
