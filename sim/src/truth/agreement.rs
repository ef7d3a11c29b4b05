//! The rules against the truth, with evidence as perfect devices would give it: what the truth
//! forbids is never released, and what is clean always is.

use std::collections::BTreeMap;

use domain::decision::Verdict;
use domain::device::DeviceState;
use domain::event::{DecisionRecord, Event, EventBody, PassageEnd};
use domain::evidence::{
    ContainerSighting, Evidence, LaneIntegrity, NoWeight, PlateSighting, TagSighting, VehicleCount,
    Weighing, WeightEvidence,
};
use domain::gate_pass::{Direction, Stage};
use domain::id::PassageId;
use domain::ledger_row::Row;
use domain::mass::Mass;
use domain::operator::LaneMode;
use domain::reading::Observation;
use domain::time::{TimeSource, UtcTime};
use ledger::query::{LedgerQuery, withdrawal_of};
use std::time::Duration;

use crate::device::witness::sightings;
use crate::virtual_time::desk::Desk;
use crate::virtual_time::site::{FITTED, device_id, status};
use crate::world::cause::ExceptionCause;
use crate::world::truck::{Behaviour, Truck};
use crate::world::{World, WorldConfig, lanes};

fn evidence(world: &World, truck: &Truck, passage: &PassageId) -> Evidence {
    let at = world.utc(truck.arrives_ms);
    let utc = |at| UtcTime {
        at,
        source: TimeSource::Ntp,
    };
    let frozen = utc(at + Duration::from_secs(10));
    let lane = &world.config.lanes[truck.lane];
    let weighing = Weighing {
        scale: device_id(&lane.id, domain::device::DeviceKind::Weighbridge),
        gross: Mass::from_kg((truck.gross.kg() + 10) / 20 * 20),
        stable_for_ms: 1_000,
        frames: 5,
        at: frozen,
        raw: Vec::new(),
    };
    let mut evidence = Evidence {
        passage: passage.clone(),
        gate: world.gate.clone(),
        lane: lane.id.clone(),
        direction: lane.direction,
        opened: utc(at),
        frozen,
        tags: Vec::new(),
        plates: Vec::new(),
        driver: None,
        containers: Vec::new(),
        weight: match (truck.debris > Mass::ZERO, truck.load_swings) {
            (true, _) => WeightEvidence::None(NoWeight::ZeroFault),
            (_, true) => WeightEvidence::None(NoWeight::Unstable),
            (false, false) => WeightEvidence::Measured(vec![weighing]),
        },
        axle_loads: Vec::new(),
        seals: Vec::new(),
        scans: Vec::new(),
        radiation: None,
        journeys: Vec::new(),
        stages_excused: Vec::new(),
        integrity: LaneIntegrity {
            vehicles: VehicleCount::One,
            tail_following: false,
            run_through: truck.behaviour == Behaviour::RunsThrough,
            arm_was_up: false,
            sensor_stuck: false,
            controller_restarted: false,
            gateway_restarted: false,
        },
        devices: FITTED
            .iter()
            .map(|kind| status(&lane.id, *kind, DeviceState::Live, "", Some(at), 0))
            .collect(),
        degraded: Vec::new(),
        clock: TimeSource::Ntp,
        sampling_draw: 500,
    };
    for sighting in sightings(truck, at, 0) {
        let seen_at = at + Duration::from_millis(sighting.after_ms);
        fold(&mut evidence, sighting.observation, seen_at);
    }
    evidence
        .tags
        .sort_by_key(|tag| std::cmp::Reverse(tag.peak_rssi_dbm));
    evidence
}

fn fold(evidence: &mut Evidence, observation: Observation, at: domain::time::Timestamp) {
    match observation {
        Observation::Tag(read) => match evidence.tags.iter_mut().find(|t| t.tag == read.tag) {
            Some(tag) => {
                tag.reads += u32::from(read.seen_count);
                tag.peak_rssi_dbm = tag.peak_rssi_dbm.max(read.rssi_dbm);
                tag.last_seen = at;
            }
            None => evidence.tags.push(TagSighting {
                tag: read.tag,
                reads: u32::from(read.seen_count),
                peak_rssi_dbm: read.rssi_dbm,
                seen_elsewhere: false,
                first_seen: at,
                last_seen: at,
            }),
        },
        Observation::Plate(read) => {
            let same = |p: &&mut PlateSighting| p.plate == read.plate && p.role == read.role;
            match evidence.plates.iter_mut().find(same) {
                Some(plate) => plate.agreeing_frames += 1,
                None => evidence.plates.push(PlateSighting {
                    plate: read.plate,
                    role: read.role,
                    confidence_permille: read.confidence_permille,
                    agreeing_frames: 1,
                    picture: read.picture,
                }),
            }
        }
        Observation::Container(read) => {
            match evidence
                .containers
                .iter_mut()
                .find(|c| c.number == read.number)
            {
                Some(container) => container.agreeing_frames += 1,
                None => evidence.containers.push(ContainerSighting {
                    number: read.number,
                    size_type: read.size_type,
                    confidence_permille: read.confidence_permille,
                    agreeing_frames: 1,
                    picture: read.picture,
                }),
            }
        }
        Observation::Seal(read) => evidence.seals.push(read),
        Observation::Scan(read) => evidence.scans.push(read),
        Observation::Radiation(read) => evidence.radiation = Some(read),
        Observation::DriverCard(driver) => evidence.driver = Some(driver),
        Observation::Journey(read) => evidence.journeys.push(read),
        Observation::Weight(_) | Observation::AxleLoads(_) | Observation::Position(_) => {}
    }
}

fn query(evidence: &Evidence, ask: u64) -> LedgerQuery {
    LedgerQuery {
        ask,
        passage: evidence.passage.clone(),
        lane: evidence.lane.clone(),
        direction: evidence.direction,
        tags: evidence.tags.iter().map(|t| t.tag.clone()).collect(),
        plates: evidence
            .plates
            .iter()
            .map(|p| (p.plate.clone(), p.role))
            .collect(),
        containers: evidence
            .containers
            .iter()
            .map(|c| c.number.clone())
            .collect(),
        driver: evidence.driver.clone(),
        chosen_pass: None,
        at: evidence.frozen.at,
    }
}

#[test]
fn rules_and_truth_agree_on_every_truck() {
    let mut config = WorldConfig::new(11, 3_000);
    config.exception_permille = 300;
    config.lanes = lanes(4);
    let world = World::generate(config);
    let mut desk = Desk::new(&world);
    let mut reference = world.reference();
    let mut missed: BTreeMap<Option<ExceptionCause>, (usize, String)> = BTreeMap::new();
    for truck in &world.trucks {
        let at = world.utc(truck.arrives_ms);
        let lane = &world.config.lanes[truck.lane];
        let number = u32::try_from(truck.number).expect("a small world");
        let passage = PassageId::new(&lane.id, at.as_micros(), number);
        if let Some(directive) = &truck.directive_after_decision {
            reference.learn(&Row::Directive(directive.clone()));
            desk.direct(directive);
        }
        desk.vouch(at);
        let evidence = evidence(&world, truck, &passage);
        let answer = desk.answer(&query(&evidence, truck.number as u64));
        let facts = *answer.facts.expect("rows in memory do not fail");
        let decision = decision::decide(&evidence, &facts, &world.policy);
        let truth = reference.judge(truck, lane.direction, at);
        let released = decision.verdict == Verdict::Release;
        let physical = matches!(truck.behaviour, Behaviour::ReversesOut);
        if released != truth.may_release_unattended() && !physical {
            // Hearing a second tag may be held; nothing else that is clean may be.
            let tolerated = !released && truck.stray_tag.is_some();
            if !tolerated {
                let held: Vec<_> = decision.holds().into_iter().cloned().collect();
                let entry = missed.entry(truck.staged).or_default();
                entry.0 += 1;
                entry.1 = format!("{truth:?} {held:?} pass {:?}", facts.pass);
            }
        }
        if truth.may_release() {
            reference.let_through(truck, lane.direction, at);
            let withdrawal = facts.found_pass().map(withdrawal_of);
            for body in [
                EventBody::PassageDecided(Box::new(DecisionRecord {
                    evidence: evidence.clone(),
                    facts: facts.clone(),
                    policy: world.policy.clone(),
                    decision,
                    mode: LaneMode::Live,
                    withdrawal: withdrawal.clone(),
                    attempt: 1,
                })),
                EventBody::PassageEnded {
                    end: PassageEnd::Completed,
                    duration_ms: 20_000,
                    decide_ms: 1,
                    withdrawal,
                    stage: (lane.direction == Direction::Entry).then_some(Stage::Entry),
                    post_check: false,
                },
            ] {
                desk.observe(&Event {
                    at: evidence.frozen,
                    lane: Some(lane.id.clone()),
                    passage: Some(passage.clone()),
                    body,
                });
            }
        }
        desk.return_reservation(&passage);
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
