//! A lane on the bench: a vehicle, loops, an arm, a ledger and a journal around the machine.

mod clean;
mod exceptions;
mod faults;
mod property;
mod review;

use std::sync::Arc;

use decision::fixture;
use domain::actuation::{Actuation, RaiseReason};
use domain::device::{DeviceKind, DeviceStatus};
use domain::event::{Breach, DecisionRecord, Event, EventBody, PassageEnd};
use domain::facts::Facts;
use domain::gate::{ArmState, GateCounters, GateFaults, GateInputs, GateReport, ResetCause};
use domain::gate_pass::{Direction, Stage};
use domain::id::{DeviceId, UserId};
use domain::mass::Mass;
use domain::operator::{Act, LaneMode, OperatorAct};
use domain::policy::RuleId;
use domain::reading::{
    ContainerReading, Observation, PlateReading, Reading, TagReading, WeighMode, WeighRange,
    WeightReading,
};
use domain::time::{Instant, Now};
use ledger::query::{LedgerAnswer, LedgerUnavailable};

use crate::Lane;
use crate::config::{LaneConfig, LaneDevice, LaneTimings, ScaleConfig};
use crate::port::{Input, Output};

/// Bench time 0 is this long before the fixture's decision.
const BEFORE_S: u64 = 20;

pub(super) struct Bench {
    pub(super) lane: Lane,
    pub(super) clean: fixture::Passage,
    pub(super) facts: Result<Facts, LedgerUnavailable>,
    pub(super) ms: u64,
    pub(super) inputs: GateInputs,
    pub(super) counters: GateCounters,
    pub(super) faults: GateFaults,
    pub(super) arm: ArmState,
    pub(super) arm_works: bool,
    pub(super) gate_answers: bool,
    pub(super) boot_id: u32,
    pub(super) platform_kg: i64,
    pub(super) ledger_answers: bool,
    pub(super) disk_works: bool,
    /// Records wait in `waiting` instead of being durable at once.
    pub(super) disk_waits: bool,
    pub(super) waiting: Vec<u64>,
    pub(super) durable: Vec<u64>,
    pub(super) events: Vec<Event>,
    pub(super) acts: Vec<Actuation>,
    pub(super) asks: u32,
    pub(super) returned: u32,
}

pub(super) fn config() -> LaneConfig {
    LaneConfig {
        gate: fixture::gate(),
        lane: fixture::lane(),
        direction: Direction::Entry,
        mode: LaneMode::Live,
        devices: fixture::clean()
            .evidence
            .devices
            .iter()
            .map(|status| LaneDevice {
                id: status.device.clone(),
                kind: status.kind,
            })
            .collect(),
        scale: Some(ScaleConfig {
            division: Mass::from_kg(20),
            zero_band: Mass::from_kg(20),
            vehicle_min: Mass::from_kg(400),
            stable_frames: 4,
            stable_for: std::time::Duration::from_millis(800),
            silence: std::time::Duration::from_secs(2),
        }),
        stage: Some(Stage::Entry),
        timings: LaneTimings::default(),
        bay_beyond_arm: false,
    }
}

impl Bench {
    /// A lane at rest, its devices live, its platform empty.
    pub(super) fn new(config: LaneConfig) -> Self {
        let mut clean = fixture::clean();
        clean.policy.sampling_permille = 0;
        let policy = Arc::new(clean.policy.clone());
        let start = now_at(0);
        let mut bench = Self {
            lane: Lane::new(config, policy, 7, start),
            facts: Ok(clean.facts.clone()),
            clean,
            ms: 0,
            inputs: GateInputs {
                mains_ok: true,
                ..GateInputs::default()
            },
            counters: GateCounters::default(),
            faults: GateFaults::default(),
            arm: ArmState::Down,
            arm_works: true,
            gate_answers: true,
            boot_id: 1,
            platform_kg: 0,
            ledger_answers: true,
            disk_works: true,
            disk_waits: false,
            waiting: Vec::new(),
            durable: Vec::new(),
            events: Vec::new(),
            acts: Vec::new(),
            asks: 0,
            returned: 0,
        };
        for status in bench.clean.evidence.devices.clone() {
            bench.feed(Input::Device(status));
        }
        // That the devices came to life stands in the journal, and is no part of any story.
        bench.events.clear();
        bench.durable.clear();
        bench
    }

    /// The bench after a second of nothing.
    pub(super) fn at_rest() -> Self {
        let mut bench = Self::new(config());
        bench.run(1_000);
        bench
    }

    pub(super) fn now(&self) -> Now {
        now_at(self.ms)
    }

    pub(super) fn feed(&mut self, input: Input) {
        self.lane.handle_input(input, self.now());
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.lane.poll_output() {
            match output {
                Output::Ask(query) => {
                    self.asks += 1;
                    if self.ledger_answers {
                        let facts = self.facts.clone().map(Box::new);
                        let answer = LedgerAnswer {
                            ask: query.ask,
                            passage: query.passage,
                            facts,
                        };
                        self.lane.handle_input(Input::Ledger(answer), self.now());
                    }
                }
                Output::Record { record, event } => {
                    self.events.push(*event);
                    self.waiting.push(record);
                    if !self.disk_waits {
                        self.settle();
                    }
                }
                Output::Actuate(act) => self.actuate(act),
                Output::ReturnReservation { .. } => self.returned += 1,
                Output::Show(_) | Output::Capture { .. } => {}
            }
        }
    }

    /// The disk answers everything that waits.
    pub(super) fn settle(&mut self) {
        for record in std::mem::take(&mut self.waiting) {
            let input = if self.disk_works {
                self.durable.push(record);
                Input::Recorded { record }
            } else {
                Input::RecordFailed {
                    record,
                    cause: "no space left on device".to_owned(),
                }
            };
            self.lane.handle_input(input, self.now());
        }
        self.drain();
    }

    fn actuate(&mut self, act: Actuation) {
        match &act {
            Actuation::Raise { record, .. } => {
                assert!(
                    self.durable.contains(record),
                    "raise without a durable record"
                );
                if self.arm_works {
                    self.arm = ArmState::Up;
                }
            }
            Actuation::Lower if self.arm_works => self.arm = ArmState::Down,
            Actuation::Lower
            | Actuation::Lights(_)
            | Actuation::AcknowledgeFaults
            | Actuation::Siren { .. } => {}
        }
        self.acts.push(act);
    }

    /// Lets time pass in tenths of a second: reports, weight frames, timeouts.
    pub(super) fn run(&mut self, ms: u64) {
        let until = self.ms + ms;
        while self.ms < until {
            self.ms += 100;
            if self.gate_answers {
                self.report();
            }
            if self.ms.is_multiple_of(200) {
                self.weight(self.platform_kg);
            }
            if self
                .lane
                .poll_timeout()
                .is_some_and(|at| at <= self.now().mono)
            {
                self.feed(Input::Timeout);
            }
        }
    }

    pub(super) fn report(&mut self) {
        let report = GateReport {
            received: self.now(),
            boot_id: self.boot_id,
            uptime_ms: self.ms as u32,
            reset_cause: ResetCause::PowerOn,
            inputs: self.inputs,
            edges: Vec::new(),
            arm: self.arm,
            faults: self.faults,
            accepted_sequence: 0,
            refused: None,
            counters: self.counters,
        };
        self.feed(Input::Gate(Box::new(report)));
    }

    fn weight(&mut self, kg: i64) {
        self.read(
            DeviceKind::Weighbridge,
            Observation::Weight(WeightReading {
                value: Mass::from_kg(kg),
                mode: WeighMode::Gross,
                tare: None,
                motion: Some(false),
                range: WeighRange::Within,
                raw: vec![2, 3],
            }),
        );
    }

    pub(super) fn read(&mut self, kind: DeviceKind, observation: Observation) {
        let of_kind = |status: &&DeviceStatus| status.kind == kind;
        let device = self
            .clean
            .evidence
            .devices
            .iter()
            .find(of_kind)
            .map_or_else(
                || DeviceId::parse("other").expect("valid"),
                |s| s.device.clone(),
            );
        let received = self.now();
        self.feed(Input::Reading(Box::new(Reading {
            device,
            received,
            observation,
        })));
    }

    /// The vehicle of the fixture drives onto loop and scale.
    pub(super) fn arrive(&mut self) {
        self.inputs.approach_loop = true;
        self.run(300);
        self.platform_kg = 39_700;
        self.run(300);
    }

    /// Everything the devices see of it.
    pub(super) fn sight(&mut self) {
        let evidence = self.clean.evidence.clone();
        for _ in 0..3 {
            for tag in &evidence.tags {
                let reading = TagReading {
                    tag: tag.tag.clone(),
                    antenna: 1,
                    rssi_dbm: tag.peak_rssi_dbm,
                    seen_count: 4,
                    first_seen: None,
                };
                self.read(DeviceKind::TagReader, Observation::Tag(reading));
            }
            for plate in &evidence.plates {
                let reading = PlateReading {
                    plate: plate.plate.clone(),
                    role: plate.role,
                    confidence_permille: 970,
                    picture: None,
                };
                self.read(DeviceKind::PlateCamera, Observation::Plate(reading));
            }
            for seen in &evidence.containers {
                let reading = ContainerReading {
                    number: seen.number.clone(),
                    size_type: seen.size_type.clone(),
                    confidence_permille: 985,
                    picture: None,
                };
                self.read(DeviceKind::ContainerCamera, Observation::Container(reading));
            }
        }
        for seal in evidence.seals {
            self.read(DeviceKind::SealReader, Observation::Seal(seal));
        }
        for scan in evidence.scans {
            self.read(DeviceKind::Scanner, Observation::Scan(scan));
        }
        for journey in evidence.journeys {
            self.read(DeviceKind::Tracker, Observation::Journey(journey));
        }
        if let Some(radiation) = evidence.radiation {
            self.read(
                DeviceKind::RadiationPortal,
                Observation::Radiation(radiation),
            );
        }
        if let Some(driver) = evidence.driver {
            self.read(DeviceKind::CardReader, Observation::DriverCard(driver));
        }
    }

    /// Arrival, readings and the wait for the decision.
    pub(super) fn stop_and_read(&mut self) {
        self.arrive();
        self.sight();
        self.run(3_000);
    }

    /// The vehicle drives under the arm and away.
    pub(super) fn drive_off(&mut self) {
        self.inputs.under_arm_loop = true;
        self.inputs.beam_front = true;
        self.run(1_000);
        self.platform_kg = 0;
        self.inputs.approach_loop = false;
        self.inputs.exit_loop = true;
        self.run(1_000);
        self.inputs.under_arm_loop = false;
        self.inputs.beam_front = false;
        self.run(500);
        self.inputs.exit_loop = false;
        self.counters.through += 1;
        self.run(2_500);
    }

    /// The vehicle backs out of the lane.
    pub(super) fn back_out(&mut self) {
        self.platform_kg = 0;
        self.inputs.approach_loop = false;
        self.run(2_500);
    }

    pub(super) fn act(&mut self, act: Act) {
        let user = UserId::parse("clerk-07").expect("valid");
        self.feed(Input::Operator(Box::new(OperatorAct {
            user,
            passage: None,
            act,
        })));
    }

    pub(super) fn clear(&mut self, privileges: &[RuleId]) {
        self.act(Act::Clear {
            attempt: None,
            approved_by: None,
            privileges: privileges.to_vec(),
            reason_code: "CHECKED".to_owned(),
            text: "looked at".to_owned(),
        });
    }

    /// Short names of the events, in order.
    pub(super) fn story(&self) -> Vec<String> {
        self.events.iter().map(|event| name(&event.body)).collect()
    }

    pub(super) fn ends(&self) -> Vec<PassageEnd> {
        self.events
            .iter()
            .filter_map(|event| {
                let EventBody::PassageEnded { end, .. } = &event.body else {
                    return None;
                };
                Some(*end)
            })
            .collect()
    }

    pub(super) fn breaches(&self) -> Vec<Breach> {
        self.events
            .iter()
            .filter_map(|event| {
                let EventBody::Breached { breach, .. } = &event.body else {
                    return None;
                };
                Some(*breach)
            })
            .collect()
    }

    /// Decisions recorded, in order.
    pub(super) fn decisions(&self) -> Vec<&DecisionRecord> {
        self.events
            .iter()
            .filter_map(|event| {
                let EventBody::PassageDecided(record) = &event.body else {
                    return None;
                };
                Some(record.as_ref())
            })
            .collect()
    }

    pub(super) fn raises(&self) -> Vec<RaiseReason> {
        self.acts
            .iter()
            .filter_map(|act| match act {
                Actuation::Raise { reason, .. } => Some(*reason),
                Actuation::Lower
                | Actuation::Lights(_)
                | Actuation::AcknowledgeFaults
                | Actuation::Siren { .. } => None,
            })
            .collect()
    }
}

pub(super) fn now_at(ms: u64) -> Now {
    let at = fixture::now_minus(BEFORE_S) + std::time::Duration::from_millis(ms);
    Now {
        mono: Instant::from_millis(ms),
        utc: fixture::utc(at),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest shows under its debug name"
)]
fn name(body: &EventBody) -> String {
    match body {
        EventBody::PassageDecided(record) => format!("{:?}", record.decision.verdict),
        EventBody::PassageEnded { end, .. } => format!("{end:?}"),
        EventBody::RaiseCommanded { reason } => format!("Raise{reason:?}"),
        EventBody::Breached { breach, .. } => format!("Breach{breach:?}"),
        EventBody::FaultFound { fault, .. } => format!("Fault{fault:?}"),
        EventBody::FaultCleared { fault } => format!("Fixed{fault:?}"),
        other => {
            let text = format!("{other:?}");
            text.split([' ', '(', '{'])
                .next()
                .unwrap_or_default()
                .to_owned()
        }
    }
}
