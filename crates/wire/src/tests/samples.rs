//! One of everything that travels, made from the fixtures of `decision`.

use decision::fixture;
use domain::account::{AccountAct, AccountRecord};
use domain::actuation::RaiseReason;
use domain::conveyance::{Conveyance, ImoNumber, Means};
use domain::device::{DegradedDeclaration, DegradedMode};
use domain::digest::{Digest, KeyBytes};
use domain::directive::{Directive, Order, Subject};
use domain::event::{Breach, DecisionRecord, Event, EventBody, LaneFault, PassageEnd, Withdrawal};
use domain::facts::{PassFact, PassUse, WatchHit};
use domain::gate::{ArmState, GateEdge, GateInput, ResetCause};
use domain::gate_pass::Stage;
use domain::id::{DirectiveId, ManifestId, PassNumber, UserId};
use domain::ledger_row::{LedgerRevision, Row};
use domain::manifest::Manifest;
use domain::mass::Mass;
use domain::operator::{Act, LaneMode, OperatorAct};
use domain::policy::{RuleId, RuleMode};

pub(super) fn user() -> UserId {
    UserId::parse("clerk-07").expect("valid")
}

fn second() -> UserId {
    UserId::parse("supervisor-02").expect("valid")
}

pub(super) fn directives() -> Vec<Directive> {
    let subjects = [
        Subject::Vehicle(fixture::plate()),
        Subject::Container(fixture::container()),
        Subject::Pass(fixture::pass_number()),
        Subject::Consignment(fixture::consignment()),
        Subject::Company(fixture::company()),
        Subject::Driver(fixture::driver()),
    ];
    let orders = [
        Order::DocumentCheck,
        Order::Inspect,
        Order::Detain,
        Order::ScanRequired,
        Order::Watch,
        Order::Lift,
    ];
    subjects
        .into_iter()
        .zip(orders)
        .enumerate()
        .map(|(i, (subject, order))| Directive {
            id: DirectiveId::parse(&format!("BK-{i}")).expect("valid"),
            subject,
            order,
            window: fixture::year(),
            withdrawn: i % 2 == 0,
            silent: i % 3 == 0,
            text: "布控".to_owned(),
        })
        .collect()
}

pub(super) fn policy() -> domain::policy::Policy {
    let mut policy = fixture::clean().policy;
    policy.two_persons = [RuleId::R9, RuleId::R13].into_iter().collect();
    policy.rule_modes.insert(RuleId::R18, RuleMode::Skipped);
    policy
        .lane_rule_modes
        .insert((fixture::lane(), RuleId::R13), RuleMode::Skipped);
    policy
        .degraded_rule_modes
        .insert((DegradedMode::ScannerDown, RuleId::R12), RuleMode::ByPerson);
    policy.digest = super::policy_digest(&policy);
    policy
}

pub(super) fn withdrawal() -> Withdrawal {
    Withdrawal {
        pass: fixture::pass_number(),
        shares: vec![(fixture::consignment(), Mass::from_kg(20_500), 820)],
    }
}

fn declaration() -> DegradedDeclaration {
    DegradedDeclaration {
        mode: DegradedMode::ScannerDown,
        declared_by: user(),
        declared_at: fixture::now_minus(60),
        until: fixture::now_plus(3_600),
        reason: "x-ray tube".to_owned(),
    }
}

/// Decisions whose evidence and facts show every branch of their types.
pub(super) fn decisions() -> Vec<DecisionRecord> {
    let mut list = Vec::new();
    for (i, mut passage) in [
        fixture::clean(),
        fixture::exit(),
        fixture::bobtail(),
        fixture::clean(),
    ]
    .into_iter()
    .enumerate()
    {
        passage.facts.directives = directives();
        passage.facts.watch_hits = vec![WatchHit {
            directive: directives()[4].clone(),
            exact: i == 0,
        }];
        passage.facts.pass_use = match i {
            0 => PassUse::Unused,
            1 => PassUse::ReservedHere,
            2 => PassUse::ReservedElsewhere {
                lane: fixture::lane(),
                passage: fixture::passage_id(),
            },
            _ => PassUse::Used {
                passage: fixture::passage_id(),
                at: fixture::now_minus(9),
            },
        };
        if i == 1 {
            passage.facts.pass = PassFact::Ambiguous(vec![
                PassNumber::parse("P1").expect("valid"),
                fixture::pass_number(),
            ]);
        } else if i == 3 {
            passage.facts.pass = PassFact::None;
            passage.facts.ledger = None;
            passage.evidence.weight =
                domain::evidence::WeightEvidence::None(domain::evidence::NoWeight::ZeroFault);
            passage.evidence.degraded = vec![declaration()];
            passage.evidence.stages_excused = vec![Stage::Scan, Stage::Inspection];
            for scan in &mut passage.evidence.scans {
                scan.judge = domain::reading::ScanJudge::Machine;
                scan.measured = Some(domain::reading::ScanMeasures {
                    cargo: domain::mass::Mass::from_kg(20_111),
                    cargo_is_least: true,
                    fill_permille: 617,
                    density: Some(domain::reading::DensityClass::Mineral),
                    likeness: vec![domain::reading::ChapterLikeness {
                        chapter: 69,
                        permille: 973,
                    }],
                });
            }
        }
        let decision = passage.decide();
        list.push(DecisionRecord {
            evidence: passage.evidence,
            facts: passage.facts,
            policy: policy(),
            decision,
            mode: [
                LaneMode::Live,
                LaneMode::Advisory,
                LaneMode::Shadow,
                LaneMode::Closed,
            ][i],
            withdrawal: (i == 0).then(withdrawal),
            attempt: i as u16 + 1,
        });
    }
    list
}

fn acts() -> Vec<Act> {
    vec![
        Act::Acknowledge,
        Act::Clear {
            attempt: Some(2),
            approved_by: Some(second()),
            privileges: RuleId::ALL.to_vec(),
            reason_code: "CHECKED".to_owned(),
            text: "看过".to_owned(),
        },
        Act::Confirm,
        Act::SendToBay {
            text: "open".to_owned(),
        },
        Act::Reweigh,
        Act::Reread,
        Act::ChoosePass(fixture::pass_number()),
        Act::EndWithoutRelease {
            text: String::new(),
        },
        Act::SetMode(LaneMode::Closed),
        Act::DeclareDegraded(declaration()),
        Act::EndDegraded(DegradedMode::BarrierOnHandKey),
    ]
}

pub(super) fn revision() -> LedgerRevision {
    LedgerRevision {
        revision: 4_711,
        hash: Digest([3; 32]),
        synced_at: fixture::now(),
    }
}

/// Every kind of body, and every branch inside.
#[expect(clippy::too_many_lines, reason = "a list, one entry a kind")]
pub(super) fn bodies() -> Vec<EventBody> {
    let mut bodies = vec![
        EventBody::GatewayStarted {
            software: "1.0.0".to_owned(),
            clean_shutdown_before: true,
            tail_bytes_cut: 77,
        },
        EventBody::GatewayStopped,
        EventBody::PolicyAdopted(Box::new(policy())),
        EventBody::LedgerAdvanced {
            to: revision(),
            rows_changed: 12,
        },
        EventBody::LedgerImported {
            file_sha256: Digest([9; 32]),
            rows: 1_000_000,
        },
        EventBody::PassageOpened,
        EventBody::HoldCleared {
            user: Some(user()),
            approved_by: Some(second()),
            directive: Some(fixture::directive_id()),
            reason_code: "CHECKED".to_owned(),
            text: "看过".to_owned(),
            withdrawal: Some(withdrawal()),
        },
        EventBody::ReviewAcknowledged { user: user() },
        EventBody::ReviewEscalated { after_s: 120 },
        EventBody::SentToBay {
            user: None,
            text: "not decided in time".to_owned(),
        },
        EventBody::ReleaseWithdrawn {
            directive: fixture::directive_id(),
        },
        EventBody::ArmRaised,
        EventBody::ArmLowered,
        EventBody::PassageEnded {
            end: PassageEnd::Completed,
            duration_ms: 15_000,
            decide_ms: 3,
            withdrawal: Some(withdrawal()),
            stage: Some(Stage::Entry),
            post_check: true,
        },
        EventBody::Breached {
            breach: Breach::TailFollowing,
            arm: ArmState::Unknown,
            edges: vec![GateEdge {
                index: 9,
                input: GateInput::BeamRear,
                rising: true,
                at_ms: 88,
            }],
        },
        EventBody::FaultFound {
            fault: LaneFault::LoopStuck,
            text: "approach".to_owned(),
        },
        EventBody::FaultCleared {
            fault: LaneFault::LaneRestarted,
        },
        EventBody::ControllerReset {
            cause: ResetCause::BrownOut,
            boot_id: 5,
        },
        EventBody::DeviceChanged(fixture::clean().evidence.devices[0].clone()),
        EventBody::LaneModeChanged {
            mode: LaneMode::Advisory,
            user: Some(user()),
        },
        EventBody::DegradedDeclared(declaration()),
        EventBody::DegradedEnded {
            mode: DegradedMode::RiskListStale,
            expired: true,
        },
        EventBody::ClockChanged {
            before: fixture::utc(fixture::now()),
            jump_ms: -1_500,
        },
        EventBody::VisitStageReported {
            plate: fixture::plate(),
            stage: Stage::Weigh,
            done_at: fixture::now(),
        },
        EventBody::UplinkForked { sequence: 42 },
        EventBody::PolicyRefused {
            cause: "central version 4 is in force".to_owned(),
        },
        EventBody::RegionKeyAdopted {
            key: KeyBytes([6; 32]),
            former_until: fixture::now_plus(3_600),
        },
        EventBody::SigningKeyAnnounced {
            key: KeyBytes([5; 32]),
        },
        EventBody::AccountActed(AccountRecord {
            user: Some(user()),
            subject: "clerk-07".to_owned(),
            act: AccountAct::PasswordSet,
            text: "first password".to_owned(),
        }),
        EventBody::WatchlistHit {
            directive: fixture::directive_id(),
            exact: false,
        },
    ];
    bodies.extend(directives().into_iter().map(EventBody::DirectiveReceived));
    bodies.extend(
        decisions()
            .into_iter()
            .map(|d| EventBody::PassageDecided(Box::new(d))),
    );
    bodies.extend(
        [
            RaiseReason::Release,
            RaiseReason::Clearance,
            RaiseReason::ToBay,
        ]
        .map(|reason| EventBody::RaiseCommanded { reason }),
    );
    bodies.extend(acts().into_iter().map(|act| {
        EventBody::Operated(OperatorAct {
            user: user(),
            passage: Some(fixture::passage_id()),
            act,
        })
    }));
    bodies
}

pub(super) fn event(body: EventBody) -> Event {
    Event {
        at: fixture::utc(fixture::now()),
        lane: Some(fixture::lane()),
        passage: Some(fixture::passage_id()),
        body,
    }
}

pub(super) fn rows() -> Vec<Row> {
    let mut clean = fixture::clean();
    let pass = clean.pass().clone();
    let facts = clean.facts;
    vec![
        Row::Company(facts.company.expect("in the fixture")),
        Row::Vehicle(facts.vehicle.expect("in the fixture")),
        Row::Driver(facts.driver.expect("in the fixture")),
        Row::Premises(facts.premises.expect("in the fixture")),
        Row::Container(facts.containers[0].clone()),
        Row::Manifest(Manifest {
            id: ManifestId::parse("MF2026-11").expect("valid"),
            conveyance: Conveyance::in_words("MV Example 012E"),
            consignments: vec![fixture::consignment()],
            amended_at: fixture::now(),
        }),
        Row::Manifest(Manifest {
            id: ManifestId::parse("MF2026-12").expect("valid"),
            conveyance: Conveyance {
                means: Means::Ship(ImoNumber::parse("9074729").expect("checked")),
                name: "MV Example".to_owned(),
                voyage: "012E".to_owned(),
            },
            consignments: Vec::new(),
            amended_at: fixture::now(),
        }),
        Row::Consignment(
            facts.consignments[0]
                .consignment
                .clone()
                .expect("in the fixture"),
        ),
        Row::Pass(pass),
        Row::Directive(directives()[0].clone()),
    ]
}
