//! Visits in time: who comes when, in the peaks of a day, with which papers.

use std::time::Duration;

use domain::gate_pass::Direction;
use domain::id::PremisesId;
use domain::ledger_row::Row;
use domain::mass::Mass;
use domain::reading::{RadiationState, ScanVerdict};
use domain::time::Window;

use super::WorldConfig;
use super::cause::{ExceptionCause as Cause, Legality};
use super::draw::Draw;
use super::fleet::{Fleet, RigKind};
use super::load::{LoadKind, Office, journey_along};
use super::stage::{Backstage, Plan, load_kind, standings};
use super::truck::{Behaviour, Rig, ScanOutcome, Truck, Truth};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// A rig rests this long between two visits, so that no two of its passes are open at once.
const REST_MS: u64 = 8 * HOUR_MS;
/// Traffic by hour since the world's start, thousandths of the peak: a morning and an
/// afternoon peak, a quiet night.
const PROFILE: [u32; 24] = [
    500, 800, 1_000, 1_000, 900, 700, 600, 700, 900, 1_000, 1_000, 900, 700, 600, 500, 400, 300,
    250, 200, 200, 200, 250, 300, 400,
];

/// Fills a world visit by visit.
pub(super) struct Builder<'a> {
    config: &'a WorldConfig,
    premises: PremisesId,
    draw: Draw,
    fleet: Fleet,
    office: Office,
    idle: Vec<(u64, RigKind, Rig)>,
    rows: Vec<Row>,
    trucks: Vec<Truck>,
    directives: u32,
}

impl<'a> Builder<'a> {
    pub(super) fn new(config: &'a WorldConfig, premises: PremisesId) -> Self {
        Self {
            config,
            premises,
            draw: Draw::new(config.seed, 0),
            fleet: Fleet::default(),
            office: Office::default(),
            idle: Vec::new(),
            rows: Vec::new(),
            trucks: Vec::new(),
            directives: 0,
        }
    }

    fn lanes_of(&self, direction: Direction) -> Vec<usize> {
        let lanes = self.config.lanes.iter().enumerate();
        lanes
            .filter(|(_, lane)| lane.direction == direction)
            .map(|(i, _)| i)
            .collect()
    }

    /// Makes visits until there are enough arrivals.
    pub(super) fn fill(&mut self) {
        let entries = self.lanes_of(Direction::Entry);
        let lanes = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let per_hour = f64::from(self.config.peak_per_hour.max(1)) * f64::from(lanes.max(1));
        let mut at_ms = 2.0 * MINUTE_MS as f64;
        // Exits come up to an hour after their entries, so a few visits more are needed for
        // the first `passages` arrivals to be complete.
        while self.trucks.len() < self.config.passages + 200 {
            let hour = (at_ms / HOUR_MS as f64) as usize % PROFILE.len();
            let rate = per_hour * f64::from(PROFILE[hour]) / 1_000.0;
            at_ms += -self.draw.unit().ln() / rate * HOUR_MS as f64;
            self.visit(at_ms as u64, &entries);
        }
        self.office.close(&mut self.rows);
    }

    /// Rows, and the first arrivals in order with their numbers.
    pub(super) fn finish(mut self) -> (Vec<Row>, Vec<Truck>) {
        self.trucks
            .sort_by_key(|truck| (truck.arrives_ms, truck.number));
        self.trucks.truncate(self.config.passages);
        let mut order: Vec<(usize, usize)> = Vec::with_capacity(self.trucks.len());
        for (i, truck) in self.trucks.iter_mut().enumerate() {
            order.push((truck.number, i));
            truck.number = i;
        }
        order.sort_unstable();
        for truck in &mut self.trucks {
            truck.after_entry = truck.after_entry.and_then(|made| {
                let found = order.binary_search_by_key(&made, |(number, _)| *number);
                found.ok().map(|i| order[i].1)
            });
        }
        (self.rows, self.trucks)
    }

    fn cause(&mut self, direction: Direction, entries: usize) -> Option<Cause> {
        if !self.draw.chance(self.config.exception_permille) {
            return None;
        }
        let entry_only = [
            Cause::TwoLanesSamePass,
            Cause::PassUsed,
            Cause::StillInside,
            Cause::RouteDeviation,
            Cause::TrackerElsewhere,
        ];
        let shows = |cause: &Cause| {
            let this_way = match direction {
                Direction::Entry => *cause != Cause::ExitWithoutEntry,
                Direction::Exit => !entry_only.contains(cause),
            };
            this_way && (*cause != Cause::TwoLanesSamePass || entries > 1)
        };
        let causes: Vec<Cause> = self.config.causes.iter().copied().filter(shows).collect();
        (!causes.is_empty()).then(|| *self.draw.pick(&causes))
    }

    fn visit(&mut self, at_ms: u64, entries: &[usize]) {
        let exits = self.lanes_of(Direction::Exit);
        let exit_lane = (!exits.is_empty()).then(|| *self.draw.pick(&exits));
        let entry_lane = *self.draw.pick(entries);
        let entry_cause = self.cause(Direction::Entry, entries.len());
        let exit_cause = match exit_lane {
            Some(_) => self.cause(Direction::Exit, entries.len()),
            None => None,
        };
        if let (Some(lane), Some(Cause::ExitWithoutEntry)) = (exit_lane, exit_cause) {
            let load = self.load_for(exit_cause);
            let rig = self.rig(load, exit_cause, at_ms);
            self.arrival(rig, load, lane, at_ms, None, exit_cause);
            return;
        }
        let cause = entry_cause.or(exit_cause.filter(|c| standings(Some(*c)) != standings(None)));
        // A rig in bad standing shows at the entry; the exit stages something else or nothing.
        let exit_cause = exit_cause.filter(|c| standings(Some(*c)) == standings(None));
        let load = self.load_for(cause);
        let rig = self.rig(load, cause, at_ms);
        let first_cause = cause.filter(|c| *c != Cause::StillInside);
        let made = self.arrival(rig.clone(), load, entry_lane, at_ms, None, first_cause);
        self.repeat(made, entries, cause);
        if cause == Some(Cause::StillInside) {
            // Long enough after for the windows of its two passes not to overlap.
            let again_ms = at_ms + 6 * HOUR_MS;
            self.arrival(rig, load, entry_lane, again_ms, Some(made), cause);
            return;
        }
        let goes_in = cause.is_none_or(|c| !c.ends_the_visit());
        if let (Some(lane), true) = (exit_lane, goes_in) {
            let dwell_ms = self.draw.between(25, 70).unsigned_abs() * MINUTE_MS;
            let mut load_out = self.load_for(exit_cause);
            // A rig carries out only what it is built for.
            if (load_out == LoadKind::Loose) != (load == LoadKind::Loose) {
                load_out = LoadKind::Bobtail;
            }
            let exit_cause = exit_cause.filter(|c| {
                load_kind(*c, &mut self.draw).is_none() || load_out != LoadKind::Bobtail
            });
            if exit_cause.is_some_and(Cause::ends_the_visit) {
                // It stays inside for customs to deal with.
                self.idle.retain(|(_, _, idle)| *idle != rig);
            }
            let after = Some(made);
            self.arrival(rig, load_out, lane, at_ms + dwell_ms, after, exit_cause);
        }
    }

    fn load_for(&mut self, cause: Option<Cause>) -> LoadKind {
        if let Some(kind) = cause.and_then(|c| load_kind(c, &mut self.draw)) {
            return kind;
        }
        match self.draw.between(0, 99) {
            0..=44 => LoadKind::Forty,
            45..=64 => LoadKind::TwoTwenties,
            65..=76 => LoadKind::EmptyBox,
            77..=89 => LoadKind::Loose,
            _ => LoadKind::Bobtail,
        }
    }

    /// A rested rig of the right kind, or a new one. A staged visit always gets a new one, so
    /// that what is wrong with it does not follow it about.
    fn rig(&mut self, load: LoadKind, cause: Option<Cause>, at_ms: u64) -> Rig {
        let kind = if load == LoadKind::Loose {
            RigKind::Rigid
        } else {
            RigKind::Semi
        };
        if cause.is_none() {
            let rested = |(free_ms, of, _): &(u64, RigKind, Rig)| *free_ms <= at_ms && *of == kind;
            if let Some(i) = self.idle.iter().position(rested) {
                let (_, _, rig) = self.idle.remove(i);
                self.idle.push((at_ms + REST_MS, kind, rig.clone()));
                return rig;
            }
        }
        let rig = self
            .fleet
            .buy(kind, standings(cause), &mut self.draw, &mut self.rows);
        if cause.is_none() {
            self.idle.push((at_ms + REST_MS, kind, rig.clone()));
        }
        rig
    }

    /// Adds one arrival with its papers; returns the number under which it was made.
    fn arrival(
        &mut self,
        rig: Rig,
        kind: LoadKind,
        lane: usize,
        at_ms: u64,
        after_entry: Option<usize>,
        cause: Option<Cause>,
    ) -> usize {
        let at = self.config.start + Duration::from_millis(at_ms);
        let direction = self.config.lanes[lane].direction;
        let window = Window {
            from: at - Duration::from_secs(5_400),
            until: at + Duration::from_secs(3 * 3_600),
        };
        let cargo_kg =
            (cause == Some(Cause::OverLegalLimit)).then(|| self.draw.between(315, 340) * 100);
        let written = at - Duration::from_secs(4 * 3_600);
        let (draw, rows) = (&mut self.draw, &mut self.rows);
        let load = self.office.load(kind, cargo_kg, written, draw, rows);
        let mut pass = self
            .office
            .pass(&self.premises, direction, window, &rig, &load, draw);
        if matches!(cause, Some(Cause::RouteDeviation | Cause::TrackerElsewhere)) {
            pass.corridor = Some(super::load::corridor(window));
        }
        let number = self.trucks.len();
        let mut plan = Plan {
            truck: clean_truck(number, lane, at_ms, after_entry, rig, &load),
            pass: Some(pass),
            consignments: load.consignments,
            variation: Mass::from_grams(self.draw.bell(150_000)),
        };
        accompany(&mut plan);
        if let Some(cause) = cause {
            Backstage {
                draw: &mut self.draw,
                fleet: &mut self.fleet,
                rows: &mut self.rows,
                directives: &mut self.directives,
                at,
            }
            .stage(cause, &mut plan);
        }
        self.close_plan(plan);
        number
    }

    fn close_plan(&mut self, plan: Plan) {
        let mut truck = plan.truck;
        let boxes: Mass = truck.boxes.iter().map(|b| b.tare + b.cargo).sum();
        truck.gross = truck.rig.tare + boxes + truck.loose_cargo + plan.variation;
        let consignments = plan.consignments.into_iter().map(Row::Consignment);
        self.rows.extend(consignments);
        self.rows.extend(plan.pass.map(Row::Pass));
        self.trucks.push(truck);
    }

    /// Causes that take a second arrival with the same papers.
    fn repeat(&mut self, made: usize, entries: &[usize], cause: Option<Cause>) {
        let mut twin = self.trucks[made].clone();
        match cause {
            Some(Cause::PassUsed) => {
                // The first comes with a good pass; the second with the same one.
                self.trucks[made].staged = None;
                twin.arrives_ms += 15 * MINUTE_MS;
            }
            Some(Cause::TwoLanesSamePass) => {
                let other = entries.iter().find(|lane| **lane != twin.lane);
                let Some(other) = other else { return };
                twin.lane = *other;
                twin.arrives_ms += 500;
            }
            Some(_) | None => return,
        }
        twin.number = self.trucks.len();
        self.trucks.push(twin);
    }
}

/// A truck that is what its papers say.
fn clean_truck(
    number: usize,
    lane: usize,
    arrives_ms: u64,
    after_entry: Option<usize>,
    rig: Rig,
    load: &super::load::Load,
) -> Truck {
    Truck {
        number,
        lane,
        arrives_ms,
        after_entry,
        painted_plate: rig.plate.clone(),
        plates_readable: true,
        tag: Some(rig.tag.clone()),
        stray_tag: None,
        driver: rig.driver.clone(),
        boxes: load.boxes.clone(),
        loose_cargo: load.loose_cargo,
        gross: Mass::ZERO,
        load_swings: false,
        debris: Mass::ZERO,
        scan: None,
        radiation: RadiationState::NoAlarm,
        journey: None,
        behaviour: Behaviour::Orderly,
        directive_after_decision: None,
        staged: None,
        truth: Truth {
            legality: Legality::Unattended,
            causes: Vec::new(),
        },
        rig,
    }
}

/// Gives the truck the scan and the journey that its pass asks for.
fn accompany(plan: &mut Plan) {
    let Some(pass) = &plan.pass else { return };
    if pass.scan_required {
        plan.truck.scan = Some(ScanOutcome {
            verdict: ScanVerdict::NoFinding,
            by_officer: true,
        });
    }
    let tracker = u32::try_from(plan.truck.number).unwrap_or(u32::MAX);
    plan.truck.journey = pass
        .corridor
        .as_ref()
        .map(|corridor| journey_along(corridor, tracker));
}
