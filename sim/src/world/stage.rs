//! A clean arrival and a named cause → an arrival in which exactly that is wrong.

use domain::directive::{Directive, Order, Subject};
use domain::gate_pass::GatePass;
use domain::id::{DirectiveId, PremisesId};
use domain::ledger_row::Row;
use domain::manifest::{Clearance, Consignment};
use domain::mass::Mass;
use domain::plate::Plate;
use domain::position::GeoPoint;
use domain::reading::{RadiationState, ScanVerdict};
use domain::recordation::Standing;
use domain::seal::SealState;
use domain::time::{Timestamp, Window};
use std::time::Duration;

use super::cause::ExceptionCause as Cause;
use super::draw::{Draw, one_character_off};
use super::fleet::{Fleet, RigKind, Standings};
use super::load::{LoadKind, journey_along};
use super::truck::{Behaviour, Rig, ScanOutcome, Truck};

/// An arrival in the making, with its papers.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) truck: Truck,
    pub(super) pass: Option<GatePass>,
    pub(super) consignments: Vec<Consignment>,
    /// Mass that the drivers, fuel and mud of the day add to the tares.
    pub(super) variation: Mass,
}

/// The rig's standing that a cause asks for.
pub(super) fn standings(cause: Option<Cause>) -> Standings {
    let mut standings = Standings::ACTIVE;
    if cause == Some(Cause::VehicleSuspended) {
        standings.vehicle = Standing::Suspended;
    }
    if cause == Some(Cause::CompanySuspended) {
        standings.company = Standing::Suspended;
    }
    standings
}

/// A load in which the cause can show. Only causes that need a special one are named.
pub(super) fn load_kind(cause: Cause, draw: &mut Draw) -> Option<LoadKind> {
    let boxes = [LoadKind::Forty, LoadKind::TwoTwenties];
    if cause == Cause::EmptyDeclaredLoaded {
        return Some(LoadKind::EmptyBox);
    }
    if cause == Cause::ContainerMissing {
        return Some(LoadKind::TwoTwenties);
    }
    if cause == Cause::OverLegalLimit {
        return Some(LoadKind::Forty);
    }
    let sealed = [
        Cause::WrongContainer,
        Cause::SealBroken,
        Cause::SealMissing,
        Cause::SealMismatch,
        Cause::ScanFinding,
        Cause::ScanPending,
        Cause::RouteDeviation,
        Cause::TrackerElsewhere,
        Cause::Overweight,
        Cause::UnderDeclared,
        Cause::ConsignmentNotCleared,
        Cause::ConsignmentAmended,
        Cause::OverDraw,
    ];
    sealed.contains(&cause).then(|| *draw.pick(&boxes))
}

/// What staging may reach for.
pub(super) struct Backstage<'a> {
    pub(super) draw: &'a mut Draw,
    pub(super) fleet: &'a mut Fleet,
    pub(super) rows: &'a mut Vec<Row>,
    pub(super) directives: &'a mut u32,
    pub(super) at: Timestamp,
}

impl Backstage<'_> {
    fn order(&mut self, subject: Subject, order: Order) -> Directive {
        *self.directives += 1;
        Directive {
            id: DirectiveId::parse(&format!("BK{:06}", *self.directives)).expect("short"),
            subject,
            order,
            window: Window {
                // Not yet in force when the same rig came in.
                from: self.at - Duration::from_secs(300),
                until: self.at + Duration::from_secs(7_200),
            },
            withdrawn: false,
            silent: false,
            text: "simulated order".to_owned(),
        }
    }

    /// Makes `cause` true of `plan`.
    pub(super) fn stage(&mut self, cause: Cause, plan: &mut Plan) {
        plan.truck.staged = Some(cause);
        let band = band(plan);
        let truck = &mut plan.truck;
        match cause {
            Cause::TagMissing => truck.tag = None,
            Cause::TagSwapped => truck.tag = Some(self.other_rig().tag),
            Cause::NeighbourTag => truck.stray_tag = Some(self.other_rig().tag),
            Cause::PlateMismatch => truck.painted_plate = self.other_rig().plate,
            Cause::PlateUnreadable => truck.plates_readable = false,
            Cause::DriverUnlisted => truck.driver = self.fleet.hire(&truck.rig.company, self.rows),
            Cause::WrongContainer => truck.boxes[0].number = self.draw.container(),
            Cause::ContainerMissing => drop(truck.boxes.pop()),
            Cause::SealBroken => {
                let states = [SealState::Open, SealState::Tampered];
                truck.boxes[0].seals[0].state = *self.draw.pick(&states);
            }
            Cause::SealMissing => truck.boxes[0].seals.clear(),
            Cause::SealMismatch => truck.boxes[0].seals[0].number = self.draw.seal(),
            Cause::Overweight => {
                let more = Mass::from_kg(self.draw.between(700, 4_000));
                truck.boxes[0].cargo = truck.boxes[0].cargo + band.times(2) + more;
            }
            Cause::UnderDeclared => {
                // A driver who knows the tolerance stays within twice of it.
                truck.boxes[0].cargo = truck.boxes[0].cargo + band.permille(1_500);
                plan.variation = plan.variation.permille(100);
            }
            Cause::EmptyDeclaredLoaded => {
                truck.boxes[0].cargo = Mass::from_kg(self.draw.between(15, 80) * 100);
            }
            Cause::DirectiveInspect => self.inspect(plan),
            Cause::DirectiveBetweenDecisionAndBarrier => self.inspect_after_decision(plan),
            Cause::WatchlistExact => self.watch(truck.rig.plate.clone()),
            Cause::WatchlistFuzzy => self.watch(one_character_off(&truck.rig.plate)),
            Cause::NoPass => plan.pass = None,
            Cause::PassWrongSite | Cause::PassExpired | Cause::PassRevoked => spoil(cause, plan),
            Cause::ConsignmentNotCleared => clear(plan, Clearance::NotCleared),
            Cause::ConsignmentAmended => clear(plan, Clearance::UnderAmendment),
            Cause::OverDraw => cut(plan),
            Cause::ScanFinding => scan(plan, ScanVerdict::Finding, true),
            Cause::ScanPending => scan(plan, ScanVerdict::Pending, false),
            Cause::RadiationAlarm => truck.radiation = RadiationState::Alarm,
            Cause::RouteDeviation => astray(plan, 4, 7),
            Cause::TrackerElsewhere => astray(plan, 12, 13),
            Cause::TailFollowing => truck.behaviour = Behaviour::Followed,
            Cause::RunThrough => truck.behaviour = Behaviour::RunsThrough,
            Cause::ReverseOut => truck.behaviour = Behaviour::ReversesOut,
            Cause::DebrisOnScale => truck.debris = Mass::from_kg(self.draw.between(8, 30) * 20),
            Cause::UnstableLoad => truck.load_swings = true,
            // These are made by the rig, the declared load or the visit as a whole.
            Cause::VehicleSuspended
            | Cause::CompanySuspended
            | Cause::OverLegalLimit
            | Cause::ExitWithoutEntry
            | Cause::PassUsed
            | Cause::StillInside
            | Cause::TwoLanesSamePass => {}
        }
    }

    fn other_rig(&mut self) -> Rig {
        self.fleet
            .buy(RigKind::Semi, Standings::ACTIVE, self.draw, self.rows)
    }

    fn watch(&mut self, plate: Plate) {
        let watch = self.order(Subject::Vehicle(plate), Order::Watch);
        self.rows.push(Row::Directive(watch));
    }

    /// An order on the pass, a box, the driver or the vehicle; never on the company, whose
    /// other trucks are clean.
    fn inspect(&mut self, plan: &Plan) {
        let truck = &plan.truck;
        let subject = match (self.draw.index(4), &plan.pass) {
            (0, Some(pass)) => Subject::Pass(pass.number.clone()),
            (1, _) if !truck.boxes.is_empty() => Subject::Container(truck.boxes[0].number.clone()),
            (2, _) => Subject::Driver(truck.driver.clone()),
            _ => Subject::Vehicle(truck.rig.plate.clone()),
        };
        let directive = self.order(subject, Order::Inspect);
        self.rows.push(Row::Directive(directive));
    }

    fn inspect_after_decision(&mut self, plan: &mut Plan) {
        let subject = match (self.draw.index(2), &plan.pass) {
            (0, Some(pass)) => Subject::Pass(pass.number.clone()),
            _ => Subject::Vehicle(plan.truck.rig.plate.clone()),
        };
        plan.truck.directive_after_decision = Some(self.order(subject, Order::Inspect));
    }
}

/// Tolerance on the declared cargo, as customs publishes it.
fn band(plan: &Plan) -> Mass {
    let declared = plan.pass.as_ref().map(GatePass::declared_cargo);
    let share = declared.unwrap_or_default().permille(50);
    share.max(Mass::from_kg(300))
}

fn spoil(cause: Cause, plan: &mut Plan) {
    let Some(pass) = &mut plan.pass else { return };
    if cause == Cause::PassWrongSite {
        pass.premises = PremisesId::parse("CNSZX53S002").expect("letters and digits");
    } else if cause == Cause::PassRevoked {
        pass.standing = Standing::Revoked;
    } else {
        // Windows begin 90 minutes before the arrival: this one ended an hour before that.
        pass.window.until = pass.window.from - Duration::from_secs(3_600);
        pass.window.from = pass.window.until - Duration::from_secs(3_600);
    }
}

fn clear(plan: &mut Plan, clearance: Clearance) {
    if let Some(consignment) = plan.consignments.last_mut() {
        consignment.clearance = clearance;
    }
}

/// The consignment was cut to a quarter after the pass was built.
fn cut(plan: &mut Plan) {
    if let Some(consignment) = plan.consignments.last_mut() {
        consignment.gross = Mass::from_grams(consignment.gross.grams() / 4);
    }
}

fn scan(plan: &mut Plan, verdict: ScanVerdict, by_officer: bool) {
    if let Some(pass) = &mut plan.pass {
        pass.scan_required = true;
    }
    plan.truck.scan = Some(ScanOutcome {
        verdict,
        by_officer,
    });
}

/// Moves some fixes of the journey 0.1 degrees, 10 km, off: far outside any corridor.
fn astray(plan: &mut Plan, from: usize, until: usize) {
    let Some(corridor) = plan.pass.as_ref().and_then(|p| p.corridor.as_ref()) else {
        return;
    };
    let mut journey = journey_along(corridor, 1);
    for point in &mut journey.points[from..until] {
        *point = GeoPoint::new(
            i64::from(point.lat_e7()) + 1_000_000,
            i64::from(point.lon_e7()),
        )
        .expect("on the globe");
    }
    plan.truck.journey = Some(journey);
}
