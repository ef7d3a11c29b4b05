//! The loop: takes the next thing from the agenda, moves the physics, feeds the core, carries
//! its outputs out.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::device::{DeviceKind, DeviceState};
use domain::id::PassageId;
use domain::policy::Policy;
use domain::reading::Observation;
use domain::time::{Instant, Now, TimeSource, UtcTime};
use ledger::query::LedgerAnswer;
use passage::Lane;
use passage::port::Input;

use super::Scenario;
use super::agenda::Agenda;
use super::bay::{Bay, conduct};
use super::clerk::Step;
use super::desk::Desk;
use super::outcome::Outcome;
use super::recorder::Recorder;
use super::site::{FITTED, lane_config, status};
use super::trace::Trace;
use super::watch::Watch;
use crate::device::fault::SystemFault;
use crate::device::witness::sightings;
use crate::truth::Reference;
use crate::world::World;
use crate::world::draw::Draw;
use crate::world::truck::Behaviour;

/// Everything that happens at a time.
#[derive(Debug)]
pub(super) enum Happening {
    /// A truck comes to the premises.
    Arrival(usize),
    /// A lane is looked at.
    Tick(usize),
    /// A device sees something of the truck of a lane.
    Sighting(usize, DeviceKind, Box<Observation>),
    /// Bytes arrive on a device's line.
    Bytes(usize, DeviceKind, Vec<u8>),
    /// A record's sync has ended.
    Synced(usize, u64),
    /// The ledger answers.
    Answer(usize, Box<LedgerAnswer>),
    /// The time a lane asked for has come.
    Deadline(usize),
    /// A person acts on a passage.
    Person(usize, Step, PassageId),
    /// The region vouches for the ledger.
    Vouch,
}

/// The whole premises.
pub(super) struct Premises {
    pub(super) world: World,
    pub(super) scenario: Scenario,
    pub(super) agenda: Agenda<Happening>,
    pub(super) bays: Vec<Bay>,
    pub(super) desk: Desk,
    pub(super) recorder: Recorder,
    pub(super) reference: Reference,
    pub(super) watch: Watch,
    pub(super) trace: Trace,
    pub(super) draw: Draw,
    pub(super) now_us: u64,
    arrivals_left: usize,
    /// Trucks that have come to the premises, or were put off.
    arrivals_seen: usize,
    /// Trucks of an entry that have ended, and whether they were let in.
    pub(super) let_in: BTreeMap<usize, bool>,
}

/// The region vouches this often.
const VOUCH_US: u64 = 600_000_000;
/// How long after the last truck the day ends.
const EVENING_MS: u64 = 10 * 60_000;

impl Premises {
    pub(super) fn new(world: World, scenario: Scenario) -> Self {
        let mut agenda = Agenda::new();
        let policy: Arc<Policy> = Arc::new(world.policy.clone());
        let start = moment(&world, 0);
        let bays = (0..world.config.lanes.len())
            .map(|i| {
                let config = lane_config(&world, i, scenario.bay_beyond_arm);
                let plan = &world.config.lanes[i];
                let seed = world.config.seed ^ (i as u64 + 1);
                let machine = Lane::new(config, Arc::clone(&policy), seed, start);
                Bay::new(plan.id.clone(), plan.direction, machine, i)
            })
            .collect::<Vec<_>>();
        if let Some(first) = world.trucks.first() {
            agenda.put(first.arrives_ms * 1_000, Happening::Arrival(first.number));
        }
        for i in 0..bays.len() {
            agenda.put(i as u64, Happening::Tick(i));
        }
        agenda.put(VOUCH_US, Happening::Vouch);
        Self {
            desk: Desk::new(&world),
            reference: world.reference(),
            draw: Draw::new(world.config.seed, 1),
            arrivals_left: world.trucks.len(),
            arrivals_seen: 0,
            world,
            scenario,
            agenda,
            bays,
            recorder: Recorder::default(),
            watch: Watch::default(),
            trace: Trace::default(),
            now_us: 0,
            let_in: BTreeMap::new(),
        }
    }

    /// Runs until the day is over.
    pub(super) fn run(mut self) -> Outcome {
        for i in 0..self.bays.len() {
            for kind in FITTED {
                let id = self.bays[i].id.clone();
                let live = status(&id, kind, DeviceState::Live, "", None, 0);
                self.feed(i, Input::Device(live));
            }
        }
        while let Some((at_us, what)) = self.agenda.take() {
            self.now_us = at_us;
            self.watch.outcome.steps += 1;
            self.happen(what);
        }
        let mut outcome = self.watch.finish();
        for bay in &self.bays {
            outcome.left_open += u64::from(bay.open.is_some());
            for line in bay.lines.values() {
                let (frames, rejected) = line.counts();
                outcome.frames += frames;
                outcome.frames_rejected += rejected;
            }
        }
        outcome.trace = Some(self.trace.finish().0);
        outcome
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.now_us / 1_000
    }

    pub(super) fn now(&self) -> Now {
        moment(&self.world, self.now_us)
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Arrival(truck) => self.arrival(truck),
            Happening::Tick(i) => self.tick(i),
            Happening::Sighting(i, kind, seen) => self.speak(i, kind, &seen),
            Happening::Bytes(i, kind, bytes) => self.hear(i, kind, &bytes),
            Happening::Synced(i, record) => self.synced(i, record),
            Happening::Answer(i, answer) => self.feed(i, Input::Ledger(*answer)),
            Happening::Deadline(i) => self.deadline(i),
            Happening::Person(i, step, passage) => self.person(i, step, &passage),
            Happening::Vouch => self.vouch(),
        }
    }

    fn is_over(&self) -> bool {
        self.arrivals_left == 0 && self.bays.iter().all(Bay::is_quiet)
    }

    fn vouch(&mut self) {
        if !self.faulty(SystemFault::RegionSilent) {
            self.desk.vouch(self.now().utc.at);
        }
        if !self.is_over() {
            self.agenda.put(self.now_us + VOUCH_US, Happening::Vouch);
        }
    }

    pub(super) fn faulty(&self, fault: SystemFault) -> bool {
        self.scenario.faults.on_system(fault, self.now_ms())
    }

    /// A truck comes. An exit comes only after its entry was let in.
    fn arrival(&mut self, truck: usize) {
        // They come in the order of their numbers; only the next one stands on the agenda.
        if truck == self.arrivals_seen {
            self.arrivals_seen += 1;
            if let Some(next) = self.world.trucks.get(self.arrivals_seen) {
                let at_us = (next.arrives_ms * 1_000).max(self.now_us);
                self.agenda.put(at_us, Happening::Arrival(next.number));
            }
        }
        let (lane, after) = (
            self.world.trucks[truck].lane,
            self.world.trucks[truck].after_entry,
        );
        let came_in = match after {
            None => Some(true),
            Some(entry) => self.let_in.get(&entry).copied(),
        };
        match came_in {
            Some(true) => {
                self.bays[lane].queue.push_back(truck);
                self.watch.outcome.arrivals += 1;
                self.arrivals_left -= 1;
            }
            Some(false) => {
                self.watch.outcome.not_coming += 1;
                self.let_in.insert(truck, false);
                self.arrivals_left -= 1;
            }
            // Still at the entry, or in its queue.
            None => {
                let later = self.now_us + 120_000_000;
                self.agenda.put(later, Happening::Arrival(truck));
            }
        }
    }

    fn tick(&mut self, i: usize) {
        let now_ms = self.now_ms();
        if let Some(left) = self.bays[i].advance(now_ms) {
            self.let_in.entry(left.truck).or_insert(false);
            match conduct(&self.world.trucks, &left) {
                Behaviour::Followed if self.let_in[&left.truck] => {
                    self.watch.outcome.followers += 1;
                }
                Behaviour::RunsThrough => self.watch.outcome.run_throughs += 1,
                Behaviour::Followed | Behaviour::Orderly | Behaviour::ReversesOut => {}
            }
        }
        if let Some((truck, _)) = self.bays[i].call_next(now_ms) {
            let debris = self.world.trucks[truck].debris;
            self.bays[i].scale.set_debris(debris);
        }
        self.drive_on(i, now_ms);
        if now_ms >= self.bays[i].frame_at_ms {
            self.weigh(i, now_ms);
        }
        self.poll_gate(i, now_ms);
        let quiet_ms = now_ms.saturating_sub(self.bays[i].free_since_ms);
        if !(self.is_over() && quiet_ms > EVENING_MS) {
            let next_us = self.now_us + self.bays[i].pace_ms() * 1_000;
            self.agenda.put(next_us, Happening::Tick(i));
        }
    }

    fn drive_on(&mut self, i: usize, now_ms: u64) {
        let Some(present) = self.bays[i].drive_on(&self.world.trucks, now_ms) else {
            return;
        };
        let number = present.truck;
        self.look(i, number, 0, 0);
    }

    /// Puts everything the devices see of a truck on the agenda, `skip_ms` into its stay.
    pub(super) fn look(&mut self, i: usize, truck: usize, look: u32, skip_ms: u64) {
        let at = self.now().utc.at;
        for sighting in sightings(&self.world.trucks[truck], at, look) {
            let after_ms = sighting.after_ms.saturating_sub(skip_ms) + u64::from(skip_ms > 0) * 300;
            self.agenda.put(
                self.now_us + after_ms * 1_000,
                Happening::Sighting(i, sighting.kind, Box::new(sighting.observation)),
            );
        }
    }

    /// Feeds one input to a lane and carries out what comes of it.
    pub(super) fn feed(&mut self, i: usize, input: Input) {
        let now = self.now();
        self.bays[i].machine.handle_input(input, now);
        self.drain(i);
    }

    fn drain(&mut self, i: usize) {
        while let Some(output) = self.bays[i].machine.poll_output() {
            self.trace.value(self.now_us, i, &output);
            self.carry_out(i, output);
        }
        let bay = &mut self.bays[i];
        let wanted = bay.machine.poll_timeout().map(Instant::as_micros);
        bay.deadline_us = wanted.map(|us| us.max(self.now_us + 1));
        self.book(i);
    }

    /// Puts a wake-up on the agenda, unless one stands there that comes no later. A deadline moves
    /// with every report of the gate; its wake-up looks where it has moved to.
    fn book(&mut self, i: usize) {
        let bay = &mut self.bays[i];
        if let Some(at_us) = bay.deadline_us
            && bay.booked_us.is_none_or(|booked| at_us < booked)
        {
            bay.booked_us = Some(at_us);
            self.agenda.put(at_us, Happening::Deadline(i));
        }
    }

    fn deadline(&mut self, i: usize) {
        let bay = &mut self.bays[i];
        if bay.booked_us == Some(self.now_us) {
            bay.booked_us = None;
        }
        if bay.deadline_us == Some(self.now_us) {
            bay.deadline_us = None;
            self.feed(i, Input::Timeout);
        } else {
            self.book(i);
        }
    }
}

/// Both times of `now_us` in `world`.
fn moment(world: &World, now_us: u64) -> Now {
    Now {
        mono: Instant::from_micros(now_us),
        utc: UtcTime {
            at: world.config.start + std::time::Duration::from_micros(now_us),
            source: TimeSource::Ntp,
        },
    }
}
