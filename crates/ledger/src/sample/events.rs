//! Events of a journal, as a lane would write them.

use std::collections::{BTreeMap, BTreeSet};

use domain::decision::{Decision, Verdict};
use domain::digest::Digest;
use domain::event::{DecisionRecord, Event, EventBody, PassageEnd, Withdrawal};
use domain::evidence::{Evidence, LaneIntegrity, NoWeight, VehicleCount, WeightEvidence};
use domain::facts::{Facts, PassFact, PassUse, VisitFact};
use domain::gate_pass::{Direction, GatePass, Stage};
use domain::id::{GateAddress, GateId, LaneId, PassageId, RegionId};
use domain::mass::Mass;
use domain::operator::LaneMode;
use domain::policy::{Policy, PolicyVersion};
use domain::time::{TimeSource, UtcTime};

use super::{at, site};
use crate::query::withdrawal_of;

pub(crate) fn lane(raw: &str) -> LaneId {
    LaneId::parse(raw).expect("a lane id")
}

pub(crate) fn passage(n: u32) -> PassageId {
    PassageId::new(&lane("L1"), 0, n)
}

fn utc(s: i64) -> UtcTime {
    UtcTime {
        at: at(s),
        source: TimeSource::Ntp,
    }
}

pub(crate) fn event(passage: &PassageId, s: i64, body: EventBody) -> Event {
    Event {
        at: utc(s),
        lane: Some(lane("L1")),
        passage: Some(passage.clone()),
        body,
    }
}

fn evidence(passage: &PassageId, direction: Direction) -> Evidence {
    Evidence {
        passage: passage.clone(),
        gate: GateAddress {
            region: RegionId::parse("R1").expect("a region id"),
            premises: site("P1"),
            gate: GateId::parse("G1").expect("a gate id"),
        },
        lane: lane("L1"),
        direction,
        opened: utc(0),
        frozen: utc(0),
        tags: Vec::new(),
        plates: Vec::new(),
        driver: None,
        containers: Vec::new(),
        weight: WeightEvidence::None(NoWeight::Missing),
        axle_loads: Vec::new(),
        seals: Vec::new(),
        scans: Vec::new(),
        radiation: None,
        journeys: Vec::new(),
        stages_excused: Vec::new(),
        integrity: LaneIntegrity {
            vehicles: VehicleCount::One,
            tail_following: false,
            run_through: false,
            arm_was_up: false,
            sensor_stuck: false,
            controller_restarted: false,
            gateway_restarted: false,
        },
        devices: Vec::new(),
        degraded: Vec::new(),
        clock: TimeSource::Ntp,
        sampling_draw: 0,
    }
}

fn facts(pass: Option<GatePass>) -> Facts {
    Facts {
        ledger: None,
        risk_list_synced_at: None,
        pass: pass.map_or(PassFact::None, |pass| PassFact::Found(Box::new(pass))),
        pass_use: PassUse::ReservedHere,
        tag_plate: None,
        vehicle: None,
        trailer: None,
        company: None,
        driver: None,
        premises: None,
        containers: Vec::new(),
        consignments: Vec::new(),
        directives: Vec::new(),
        watch_hits: Vec::new(),
        visit: VisitFact::default(),
    }
}

fn policy() -> Policy {
    Policy {
        version: PolicyVersion {
            central: 1,
            local: 0,
        },
        digest: Digest::ZERO,
        tag_reads_min: 2,
        confidence_min_permille: 900,
        agreeing_frames_min: 2,
        expires_soon_days: 30,
        window_grace_s: 1_800,
        ledger_stale_after_s: 3_600,
        risk_list_stale_after_s: 3_600,
        empty_cargo_max: Mass::from_kg(300),
        weight_tolerance_permille: 50,
        weight_tolerance_floor: Mass::from_kg(300),
        weight_review_bands: 2,
        gross_limits: Vec::new(),
        axle_load_max: Mass::from_kg(11_500),
        scan_age_max_s: 3_600,
        scan_mass_tolerance_permille: 150,
        journey_gap_max_s: 600,
        journey_late_grace_s: 600,
        sampling_permille: 0,
        rule_modes: BTreeMap::new(),
        lane_rule_modes: BTreeMap::new(),
        degraded_rule_modes: BTreeMap::new(),
        required_devices: Vec::new(),
        two_persons: BTreeSet::new(),
        degraded_max_s: 3_600,
    }
}

/// A decision on `pass`, with its withdrawal if it releases.
pub(crate) fn decided(passage: &PassageId, s: i64, pass: &GatePass, released: bool) -> Event {
    let policy = policy();
    let record = DecisionRecord {
        evidence: evidence(passage, pass.direction),
        facts: facts(Some(pass.clone())),
        decision: Decision {
            verdict: if released {
                Verdict::Release
            } else {
                Verdict::Review
            },
            findings: Vec::new(),
            policy: policy.version,
        },
        policy,
        mode: LaneMode::Live,
        withdrawal: released.then(|| withdrawal_of(pass)),
        attempt: 1,
    };
    event(passage, s, EventBody::PassageDecided(Box::new(record)))
}

pub(crate) fn cleared(passage: &PassageId, s: i64, pass: &GatePass) -> Event {
    let body = EventBody::HoldCleared {
        user: None,
        approved_by: None,
        directive: None,
        reason_code: "checked".to_owned(),
        text: String::new(),
        withdrawal: Some(withdrawal_of(pass)),
    };
    event(passage, s, body)
}

pub(crate) fn ended(
    passage: &PassageId,
    s: i64,
    end: PassageEnd,
    withdrawal: Option<Withdrawal>,
    stage: Option<Stage>,
) -> Event {
    let body = EventBody::PassageEnded {
        end,
        duration_ms: 0,
        decide_ms: 0,
        withdrawal,
        stage,
        post_check: false,
    };
    event(passage, s, body)
}
