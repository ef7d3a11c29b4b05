//! The officer's questions, one after the other. Every answer is a cause or silence.

use std::time::Duration;

use domain::directive::{Order, Subject};
use domain::gate_pass::{Direction, GatePass, PassContainer, Stage};
use domain::id::PassNumber;
use domain::manifest::Clearance;
use domain::mass::Mass;
use domain::reading::{RadiationState, ScanVerdict};
use domain::recordation::Standing;
use domain::seal::SealState;
use domain::time::Timestamp;

use super::Reference;
use crate::world::cause::{ExceptionCause as Cause, Legality};
use crate::world::truck::{Behaviour, Truck, Truth};

/// Corner of the world within which a tracker counts as being at the gate, metres.
const AT_THE_GATE_M: u32 = 2_000;

/// A pass whose window lies farther off belongs to another visit and says nothing of this one.
const ONE_VISIT: Duration = Duration::from_secs(4 * 3_600);

impl Reference {
    /// Whether `truck` may be released in a lane of `direction` at `at`.
    #[must_use]
    pub fn judge(&self, truck: &Truck, direction: Direction, at: Timestamp) -> Truth {
        let mut causes = Vec::new();
        self.identity(truck, &mut causes);
        self.standing(truck, &mut causes);
        match self.pass_for(truck, direction, at) {
            Ok(pass) => {
                self.goods(truck, pass, &mut causes);
                self.load(truck, pass, &mut causes);
                self.journey(truck, pass, &mut causes);
                if pass.stages.contains(&Stage::Entry)
                    && !self.inside.contains(&truck.painted_plate)
                {
                    causes.push(Cause::ExitWithoutEntry);
                }
            }
            Err(cause) => causes.push(cause),
        }
        if direction == Direction::Entry && self.inside.contains(&truck.painted_plate) {
            causes.push(Cause::StillInside);
        }
        self.orders(truck, direction, at, &mut causes);
        self.conduct(truck, &mut causes);
        causes.sort_unstable();
        causes.dedup();
        let legality = causes
            .iter()
            .map(|cause| cause.legality())
            .max()
            .unwrap_or(Legality::Unattended);
        Truth { legality, causes }
    }

    /// Notes that `truck` has been let through: its pass is used, its goods are drawn, it is
    /// inside or outside. Returns the pass, if there was one.
    pub fn let_through(
        &mut self,
        truck: &Truck,
        direction: Direction,
        at: Timestamp,
    ) -> Option<PassNumber> {
        match direction {
            Direction::Entry => self.inside.insert(truck.painted_plate.clone()),
            Direction::Exit => self.inside.remove(&truck.painted_plate),
        };
        let pass = self.pass_for(truck, direction, at).ok()?;
        let (number, shares) = (pass.number.clone(), pass.consignments.clone());
        for share in shares {
            let drawn = self.drawn.entry(share.id).or_default();
            *drawn = *drawn + share.gross;
        }
        self.used.insert(number.clone());
        Some(number)
    }

    /// Is it the vehicle it claims to be?
    fn identity(&self, truck: &Truck, causes: &mut Vec<Cause>) {
        if truck.painted_plate != truck.rig.plate {
            causes.push(Cause::PlateMismatch);
        }
        match &truck.tag {
            None => causes.push(Cause::TagMissing),
            Some(tag) if *tag != truck.rig.tag => causes.push(Cause::TagSwapped),
            Some(_) => {}
        }
        if !truck.plates_readable {
            causes.push(Cause::PlateUnreadable);
        }
        if truck.stray_tag.is_some() {
            causes.push(Cause::NeighbourTag);
        }
    }

    /// Are vehicle, company and driver in good standing?
    fn standing(&self, truck: &Truck, causes: &mut Vec<Cause>) {
        let Some(vehicle) = self.vehicles.get(&truck.painted_plate) else {
            causes.push(Cause::VehicleSuspended);
            return;
        };
        if vehicle.standing != Standing::Active {
            causes.push(Cause::VehicleSuspended);
        }
        let company_stands = self
            .companies
            .get(&vehicle.company)
            .is_some_and(|company| company.standing == Standing::Active);
        if !company_stands {
            causes.push(Cause::CompanySuspended);
        }
        let driver_fits = self.drivers.get(&truck.driver).is_some_and(|driver| {
            driver.standing == Standing::Active && vehicle.drivers.contains(&driver.id)
        });
        if !driver_fits {
            causes.push(Cause::DriverUnlisted);
        }
    }

    /// Is there a pass for it, here, this way, now, unused? If several once were, the reason
    /// of the one that came nearest counts.
    fn pass_for(
        &self,
        truck: &Truck,
        direction: Direction,
        at: Timestamp,
    ) -> Result<&GatePass, Cause> {
        let mut nearest = Cause::NoPass;
        let passes = self.passes_of.get(&truck.painted_plate);
        for number in passes.into_iter().flatten().rev() {
            let pass = &self.passes[number];
            if pass.direction != direction || !pass.window.contains_with_grace(at, ONE_VISIT) {
                continue;
            }
            let cause = if !pass.window.contains(at) {
                Cause::PassExpired
            } else if pass.premises != self.premises {
                Cause::PassWrongSite
            } else if pass.standing != Standing::Active {
                Cause::PassRevoked
            } else if self.used.contains(number) {
                Cause::PassUsed
            } else {
                return Ok(pass);
            };
            if nearest == Cause::NoPass || cause != Cause::PassExpired {
                nearest = cause;
            }
        }
        Err(nearest)
    }

    /// Are the goods of the pass cleared and still there to be taken?
    fn goods(&self, truck: &Truck, pass: &GatePass, causes: &mut Vec<Cause>) {
        for share in &pass.consignments {
            let Some(consignment) = self.consignments.get(&share.id) else {
                causes.push(Cause::ConsignmentNotCleared);
                continue;
            };
            match consignment.clearance {
                Clearance::Cleared => {}
                Clearance::UnderAmendment => causes.push(Cause::ConsignmentAmended),
                Clearance::NotCleared | Clearance::Refused => {
                    causes.push(Cause::ConsignmentNotCleared);
                }
            }
            let drawn = self.drawn.get(&share.id).copied().unwrap_or_default();
            if drawn + share.gross > consignment.gross {
                causes.push(Cause::OverDraw);
            }
        }
        if pass.scan_required {
            match truck.scan {
                Some(scan) if scan.verdict == ScanVerdict::Finding => {
                    causes.push(Cause::ScanFinding);
                }
                Some(scan) if scan.verdict == ScanVerdict::NoFinding && scan.by_officer => {}
                Some(_) | None => causes.push(Cause::ScanPending),
            }
        }
        if truck.radiation == RadiationState::Alarm {
            causes.push(Cause::RadiationAlarm);
        }
    }

    /// Does it carry what the pass says, sealed as the pass says?
    fn load(&self, truck: &Truck, pass: &GatePass, causes: &mut Vec<Cause>) {
        for on_truck in &truck.boxes {
            let Some(on_pass) = pass.containers.iter().find(|c| c.number == on_truck.number) else {
                causes.push(Cause::WrongContainer);
                continue;
            };
            if on_pass.empty && on_truck.cargo > self.empty_cargo_max {
                causes.push(Cause::EmptyDeclaredLoaded);
            }
            for wanted in &on_pass.seals {
                let same = on_truck.seals.iter().find(|seal| seal.number == *wanted);
                match same.or(on_truck.seals.first()) {
                    None => causes.push(Cause::SealMissing),
                    Some(seal) if seal.state == SealState::Absent => {
                        causes.push(Cause::SealMissing);
                    }
                    Some(seal) if seal.state != SealState::Closed => {
                        causes.push(Cause::SealBroken);
                    }
                    Some(seal) if seal.number != *wanted => causes.push(Cause::SealMismatch),
                    Some(_) => {}
                }
            }
        }
        let carried = |c: &PassContainer| truck.boxes.iter().any(|b| b.number == c.number);
        if !pass.containers.iter().all(carried) {
            causes.push(Cause::ContainerMissing);
        }
        self.weight(truck, pass, causes);
    }

    /// Is there more in it than was declared, or more than the road carries?
    fn weight(&self, truck: &Truck, pass: &GatePass, causes: &mut Vec<Cause>) {
        let declared = pass.declared_cargo();
        let carried = truck.loose_cargo + truck.boxes.iter().map(|b| b.cargo).sum::<Mass>();
        let tolerance = declared
            .permille(self.weight_tolerance_permille)
            .max(self.weight_tolerance_floor);
        let beyond = (carried - declared).abs();
        if beyond > tolerance.times(2) {
            causes.push(Cause::Overweight);
        } else if beyond > tolerance {
            causes.push(Cause::UnderDeclared);
        }
        let limit = self
            .gross_limits
            .iter()
            .rev()
            .find(|(axles, _)| *axles <= truck.rig.axles);
        if limit.is_none_or(|(_, gross_max)| truck.gross > *gross_max) {
            causes.push(Cause::OverLegalLimit);
        }
    }

    /// Did a bonded vehicle come the way it had to?
    fn journey(&self, truck: &Truck, pass: &GatePass, causes: &mut Vec<Cause>) {
        let Some(corridor) = &pass.corridor else {
            return;
        };
        let Some(journey) = &truck.journey else {
            causes.push(Cause::RouteDeviation);
            return;
        };
        let far_off = journey.points.iter().any(|point| {
            corridor
                .line
                .windows(2)
                .all(|leg| point.metres_to_segment(leg[0], leg[1]) > corridor.half_width_m)
        });
        let at_the_gate = corridor.line.last().zip(journey.points.last());
        if at_the_gate.is_none_or(|(gate, last)| last.metres_to(*gate) > AT_THE_GATE_M) {
            causes.push(Cause::TrackerElsewhere);
        } else if far_off {
            causes.push(Cause::RouteDeviation);
        }
    }

    /// Has customs ordered anything about it or what it carries?
    fn orders(&self, truck: &Truck, direction: Direction, at: Timestamp, causes: &mut Vec<Cause>) {
        let pass = self.pass_for(truck, direction, at).ok();
        for directive in self.directives.values() {
            if directive.withdrawn || !directive.window.contains(at) {
                continue;
            }
            let met = match &directive.subject {
                Subject::Vehicle(plate) => {
                    *plate == truck.painted_plate || truck.rig.trailer.as_ref() == Some(plate)
                }
                Subject::Container(number) => truck.boxes.iter().any(|b| b.number == *number),
                Subject::Pass(number) => pass.is_some_and(|p| p.number == *number),
                Subject::Consignment(id) => {
                    pass.is_some_and(|p| p.consignments.iter().any(|share| share.id == *id))
                }
                Subject::Company(id) => truck.rig.company == *id,
                Subject::Driver(id) => truck.driver == *id,
            };
            let near = match &directive.subject {
                Subject::Vehicle(plate) => {
                    plate.differing_characters(&truck.painted_plate) == Some(1)
                }
                Subject::Container(_)
                | Subject::Pass(_)
                | Subject::Consignment(_)
                | Subject::Company(_)
                | Subject::Driver(_) => false,
            };
            match directive.order {
                Order::Watch if met => causes.push(Cause::WatchlistExact),
                Order::Watch if near => causes.push(Cause::WatchlistFuzzy),
                Order::DocumentCheck | Order::Inspect | Order::Detain | Order::ScanRequired
                    if met =>
                {
                    causes.push(Cause::DirectiveInspect);
                }
                Order::Watch
                | Order::DocumentCheck
                | Order::Inspect
                | Order::Detain
                | Order::ScanRequired
                | Order::Lift => {}
            }
        }
    }

    /// Does the driver stay and wait, and does the load lie still?
    fn conduct(&self, truck: &Truck, causes: &mut Vec<Cause>) {
        match truck.behaviour {
            Behaviour::Orderly => {}
            Behaviour::Followed => causes.push(Cause::TailFollowing),
            Behaviour::RunsThrough => causes.push(Cause::RunThrough),
            Behaviour::ReversesOut => causes.push(Cause::ReverseOut),
        }
        if truck.debris > Mass::ZERO {
            causes.push(Cause::DebrisOnScale);
        }
        if truck.load_swings {
            causes.push(Cause::UnstableLoad);
        }
    }
}
