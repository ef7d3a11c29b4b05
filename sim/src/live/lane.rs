//! One lane in real time: a truck drives up, shows itself to the devices, waits for the arm and
//! leaves. It moves faster than a real one so that a short run shows many.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use device_codecs::weighbridge::{Protocol, encode};
use domain::device::DeviceKind;
use domain::id::LaneId;
use domain::mass::Mass;
use domain::reading::{Observation, WeighMode, WeighRange, WeightReading};
use gate_protocol::{Input, Inputs};
use tokio::sync::{mpsc, watch};

use super::Moment;
use super::cameras::Camera;
use super::devices::{LineDevice, ScaleDevice, TagDevice, report};
use super::emulator::EmulatedGate;
use super::modbus::SharedGate;
use super::portal::{self, Portal};
use crate::device::motion::{Motion, Phase};
use crate::device::scale::Scale;
use crate::device::witness::{Sighting, sightings};
use crate::world::truck::Truck;

/// Trucks move this much faster than in life.
pub const HASTE: u64 = 3;
const TICK: Duration = Duration::from_millis(50);
const FRAME_MS: u64 = 100;

/// What happens in a lane that others want to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Sight {
    /// A truck has come.
    Arrived(usize),
    /// The arm is up for it and it drives on.
    DrivesOn(usize),
    /// It has left; the second part tells whether forward.
    Gone(usize, bool),
}

/// A request to the driver in the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Back out.
    BackOut,
    /// The next truck may come.
    Come(usize),
}

/// The controller and arm of a lane.
#[derive(Clone)]
pub enum Barrier {
    /// The controller's logic, in this process.
    Simulated(SharedGate),
    /// The firmware's image on an emulated board.
    Emulated(EmulatedGate),
}

impl Barrier {
    fn is_open(&self) -> bool {
        match self {
            Self::Simulated(gate) => gate
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_open(),
            Self::Emulated(gate) => gate.is_open(),
        }
    }

    /// Loops and beams are as `field` says.
    fn step(&self, field: Inputs, now_ms: u64) {
        match self {
            Self::Simulated(gate) => gate
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .step(field, now_ms),
            Self::Emulated(gate) => gate.set_field(field.with(Input::MainsOk)),
        }
    }
}

/// One lane with everything that stands in it.
pub struct Lane {
    /// Name.
    pub id: LaneId,
    /// Index in the world.
    pub index: usize,
    /// Controller and arm.
    pub gate: Barrier,
    /// Indicator.
    pub scale: ScaleDevice,
    /// Its format.
    pub protocol: Protocol,
    /// Reader.
    pub tags: TagDevice,
    /// Everything else.
    pub lines: BTreeMap<DeviceKind, LineDevice>,
    /// Cameras that give pictures.
    pub cameras: Vec<Camera>,
    /// Scanner whose images the gate examines.
    pub portal: Option<Portal>,
    /// Requests for fresh readings.
    pub triggers: watch::Receiver<u64>,
    /// Trucks of the world.
    pub trucks: Arc<Vec<Truck>>,
    /// Time.
    pub moment: Moment,
}

struct Present {
    truck: usize,
    motion: Motion,
    sightings: Vec<Sighting>,
    arrived_ms: u64,
    looks: u32,
    told: bool,
}

impl Lane {
    /// Runs until `words` closes.
    pub async fn run(mut self, mut words: mpsc::Receiver<Word>, seen: mpsc::Sender<Sight>) {
        let mut scale = Scale::new();
        let mut present: Option<Present> = None;
        let mut frame_at = 0;
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                word = words.recv() => match word {
                    None => return,
                    Some(Word::Come(truck)) => {
                        let haste_ms = self.moment.ms() * HASTE;
                        present = Some(Present {
                            truck,
                            motion: Motion::begin(&self.trucks[truck], haste_ms),
                            sightings: sightings(&self.trucks[truck], self.moment.utc(), 0),
                            arrived_ms: self.moment.ms(),
                            looks: 0,
                            told: false,
                        });
                        self.triggers.mark_unchanged();
                        self.scan(truck);
                        if seen.send(Sight::Arrived(truck)).await.is_err() {
                            return;
                        }
                    }
                    Some(Word::BackOut) => if let Some(here) = &mut present {
                        here.motion.back_out(self.moment.ms() * HASTE);
                    },
                },
                _ = tick.tick() => {
                    let now_ms = self.moment.ms();
                    let sight = self.step(&mut present, now_ms);
                    if now_ms >= frame_at {
                        frame_at = now_ms + FRAME_MS;
                        self.weigh(&mut scale, present.as_ref(), now_ms);
                    }
                    if let Some(sight) = sight
                        && seen.send(sight).await.is_err()
                    {
                        return;
                    }
                }
                Ok(()) = self.triggers.changed() => {
                    if let Some(here) = &mut present
                        && here.motion.phase() == Phase::Waiting
                        && self.moment.ms() > here.arrived_ms + 8_000
                    {
                        here.looks += 1;
                        let at = self.moment.utc();
                        for sighting in sightings(&self.trucks[here.truck], at, here.looks) {
                            self.show(&sighting);
                        }
                    }
                }
            }
        }
    }

    fn step(&self, present: &mut Option<Present>, now_ms: u64) -> Option<Sight> {
        let haste_ms = now_ms * HASTE;
        let mut sight = None;
        let mut field = Inputs::NONE;
        if let Some(here) = present {
            here.motion.advance(haste_ms);
            if here.motion.phase() == Phase::Waiting && self.gate.is_open() {
                here.motion.way_open(haste_ms);
            }
            field = here.motion.inputs(haste_ms);
            let since_ms = (now_ms - here.arrived_ms) * HASTE;
            while here
                .sightings
                .first()
                .is_some_and(|first| first.after_ms <= since_ms)
            {
                let first = here.sightings.remove(0);
                self.show(&first);
            }
            for camera in &self.cameras {
                camera.show(Some((here.truck, here.looks)), since_ms);
            }
            let forward = matches!(here.motion.phase(), Phase::Leaving { .. });
            if forward && !here.told {
                here.told = true;
                sight = Some(Sight::DrivesOn(here.truck));
            }
            if here.motion.phase() == Phase::Gone {
                sight = Some(Sight::Gone(here.truck, here.told));
                field = Inputs::NONE;
                *present = None;
                for camera in &self.cameras {
                    camera.show(None, 0);
                }
            }
        }
        self.gate.step(field, now_ms);
        sight
    }

    fn weigh(&self, scale: &mut Scale, present: Option<&Present>, now_ms: u64) {
        let haste_ms = now_ms * HASTE;
        let shown = match present {
            None => scale.show(Mass::ZERO, false, false, haste_ms),
            Some(here) => {
                let truck = &self.trucks[here.truck];
                let load = here.motion.on_platform(truck.gross, haste_ms);
                let moving = here.motion.phase() != Phase::Waiting;
                scale.show(load, moving, truck.load_swings, haste_ms)
            }
        };
        self.scale.show(encode(
            self.protocol,
            &WeightReading {
                value: shown.value,
                mode: WeighMode::Gross,
                tare: None,
                motion: Some(shown.motion),
                range: WeighRange::Within,
                raw: Vec::new(),
            },
        ));
    }

    /// The truck was scanned before it came: its images and the officer's verdict arrive.
    fn scan(&self, truck: usize) {
        let Some(portal) = self.portal.clone() else {
            return;
        };
        if !Portal::scans(&self.trucks[truck]) {
            return;
        }
        let (trucks, at) = (Arc::clone(&self.trucks), self.moment.utc());
        let officer = self.lines.get(&DeviceKind::Scanner).cloned();
        tokio::task::spawn_blocking(move || {
            let truck = &trucks[truck];
            // A folder that cannot be written leaves the gate without a scan, and the gate says so.
            let Ok(images) = portal.drop_scans(truck, at) else {
                return;
            };
            for (on, image) in truck.boxes.iter().zip(images) {
                let verdict = portal::verdict_of(truck, on, image, at);
                if let Some((device, verdict)) = officer.as_ref().zip(verdict) {
                    device.say(report(&verdict));
                }
            }
        });
    }

    fn show(&self, sighting: &Sighting) {
        if self.portal.is_some() && sighting.kind == DeviceKind::Scanner {
            return;
        }
        if let Observation::Tag(tag) = &sighting.observation {
            self.tags.sees(tag.clone());
        } else if let Some(device) = self.lines.get(&sighting.kind) {
            device.say(report(&sighting.observation));
        }
    }
}

/// A controller at rest.
#[must_use]
pub fn gate_at_rest(serial: u32, moment: &Moment) -> SharedGate {
    Arc::new(Mutex::new(crate::device::gate::Gate::power_up(
        serial,
        moment.ms(),
    )))
}
