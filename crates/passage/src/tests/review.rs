//! Holds, people, and orders of customs.

use decision::fixture;
use domain::actuation::RaiseReason;
use domain::device::{DegradedDeclaration, DegradedMode};
use domain::directive::{Directive, Order, Subject};
use domain::event::{EventBody, PassageEnd};
use domain::id::UserId;
use domain::operator::Act;
use domain::policy::RuleId;

use super::{Bench, config};
use crate::port::Input;

/// A vehicle held for review by R6 only: the container was not read.
fn held() -> Bench {
    let mut bench = Bench::at_rest();
    bench.arrive();
    let mut evidence = bench.clean.evidence.clone();
    std::mem::swap(&mut evidence, &mut bench.clean.evidence);
    bench.clean.evidence.containers.clear();
    bench.sight();
    bench.clean.evidence = evidence;
    bench.run(4_000);
    assert_eq!(bench.lane.view().step, "held", "{:?}", bench.story());
    bench
}

fn rules_of(bench: &Bench) -> Vec<RuleId> {
    let mut rules: Vec<RuleId> = bench
        .decisions()
        .into_iter()
        .flat_map(|record| {
            record
                .decision
                .holds()
                .into_iter()
                .map(|f| f.rule)
                .collect::<Vec<_>>()
        })
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn order(order: Order) -> Directive {
    Directive {
        id: fixture::directive_id(),
        subject: Subject::Vehicle(fixture::plate()),
        order,
        window: fixture::year(),
        withdrawn: false,
        silent: false,
        text: String::new(),
    }
}

#[test]
fn a_review_needs_every_privilege() {
    let mut bench = held();
    let rules = rules_of(&bench);
    assert!(!rules.is_empty());
    bench.clear(&rules[1..]);
    assert_eq!(bench.raises(), []);
    assert!(
        bench
            .lane
            .view()
            .refusal
            .expect("refused")
            .contains("no privilege")
    );
    bench.clear(&rules);
    assert_eq!(bench.raises(), [RaiseReason::Clearance]);
    bench.run(200);
    bench.drive_off();
    assert_eq!(bench.ends(), [PassageEnd::Completed]);
}

/// Whoever asks is `clerk-07`.
fn clear(bench: &mut Bench, attempt: Option<u16>, second: Option<&str>) -> Option<String> {
    let privileges = rules_of(bench);
    bench.act(Act::Clear {
        attempt,
        approved_by: second.map(|user| UserId::parse(user).expect("valid")),
        privileges,
        reason_code: "CHECKED".to_owned(),
        text: String::new(),
    });
    bench.lane.view().refusal
}

#[test]
fn a_clearance_counts_for_the_decision_that_was_looked_at() {
    for (looked_at, goes) in [
        (Some(1), true),
        (None, true),
        (Some(2), false),
        (Some(0), false),
    ] {
        let mut bench = held();
        let refusal = clear(&mut bench, looked_at, None);
        assert_eq!(refusal.is_none(), goes, "{looked_at:?}: {refusal:?}");
        let raises = if goes {
            &[RaiseReason::Clearance][..]
        } else {
            &[]
        };
        assert_eq!(bench.raises(), raises, "{looked_at:?}");
    }
}

#[test]
fn where_the_policy_wants_two_persons_one_name_clears_nothing() {
    // (rules that take two, second person, whether it goes)
    for (rules, second, goes) in [
        (&[RuleId::R9][..], None, true),
        (&[RuleId::R6], None, false),
        (&[RuleId::R6], Some("clerk-07"), false),
        (&[RuleId::R6], Some("supervisor-02"), true),
        (&RuleId::ALL, None, false),
    ] {
        let mut bench = held();
        let mut policy = bench.clean.policy.clone();
        policy.two_persons = rules.iter().copied().collect();
        // It came while the vehicle stood there, and counts for what people do from now on.
        bench.feed(Input::Policy(std::sync::Arc::new(policy)));
        let refusal = clear(&mut bench, Some(1), second);
        assert_eq!(refusal.is_none(), goes, "{rules:?} {second:?}: {refusal:?}");
        let raises = if goes {
            &[RaiseReason::Clearance][..]
        } else {
            &[]
        };
        assert_eq!(bench.raises(), raises, "{rules:?} {second:?}");
        let approved = bench.events.iter().find_map(|event| {
            if let EventBody::HoldCleared { approved_by, .. } = &event.body {
                approved_by.clone()
            } else {
                None
            }
        });
        let expected = second.filter(|_| goes);
        assert_eq!(approved.as_ref().map(UserId::as_str), expected);
    }
}

#[test]
fn a_detained_vehicle_is_cleared_by_nobody_at_the_lane() {
    let mut bench = Bench::at_rest();
    if let Ok(facts) = &mut bench.facts {
        facts.directives = vec![order(Order::Detain)];
    }
    bench.stop_and_read();
    bench.clear(&RuleId::ALL);
    bench.act(Act::Confirm);
    bench.run(5_000);
    assert_eq!(bench.raises(), []);
    // Customs lifts it.
    bench.facts = Ok(bench.clean.facts.clone());
    bench.feed(Input::Directive(Box::new(order(Order::Lift))));
    assert_eq!(bench.raises(), [RaiseReason::Release]);
}

#[test]
fn a_withdrawn_order_frees_the_vehicle_and_takes_no_release_back() {
    let mut bench = Bench::at_rest();
    if let Ok(facts) = &mut bench.facts {
        facts.directives = vec![order(Order::Inspect)];
    }
    bench.stop_and_read();
    assert_eq!((bench.raises().len(), bench.lane.view().step), (0, "held"));
    let mut withdrawn = order(Order::Inspect);
    withdrawn.withdrawn = true;
    bench.facts = Ok(bench.clean.facts.clone());
    bench.feed(Input::Directive(Box::new(withdrawn.clone())));
    assert_eq!(bench.raises(), [RaiseReason::Release]);
    bench.feed(Input::Directive(Box::new(withdrawn)));
    assert!(!bench.story().contains(&"ReleaseWithdrawn".to_owned()));
}

#[test]
fn an_order_that_is_over_frees_the_vehicle_it_held() {
    let mut bench = Bench::at_rest();
    let mut over_soon = order(Order::Inspect);
    // Five minutes are added for clocks that differ.
    over_soon.window.until = fixture::now_minus(240);
    if let Ok(facts) = &mut bench.facts {
        facts.directives = vec![over_soon];
    }
    bench.stop_and_read();
    assert_eq!((bench.raises().len(), bench.lane.view().step), (0, "held"));
    bench.run(90_000);
    assert_eq!(bench.raises(), [RaiseReason::Release]);
}

#[test]
fn a_new_policy_judges_the_next_vehicle() {
    let mut bench = held();
    let mut policy = bench.clean.policy.clone();
    policy.version.central += 1;
    bench.feed(Input::Policy(std::sync::Arc::new(policy)));
    bench.act(Act::Reread);
    bench.run(10_000);
    let versions = |bench: &Bench| -> Vec<u32> {
        let decisions = bench.decisions();
        decisions.iter().map(|d| d.policy.version.central).collect()
    };
    let first = bench.clean.policy.version.central;
    assert!(versions(&bench).iter().all(|version| *version == first));
    bench.act(Act::SendToBay {
        text: String::new(),
    });
    bench.back_out();
    bench.run(1_000);
    bench.stop_and_read();
    assert_eq!(versions(&bench).last(), Some(&(first + 1)));
}

#[test]
fn nobody_comes_escalate_then_bay() {
    let mut bench = held();
    bench.run(121_000);
    assert!(bench.story().contains(&"ReviewEscalated".to_owned()));
    bench.run(180_000);
    assert!(bench.story().contains(&"SentToBay".to_owned()));
    assert_eq!(
        (bench.raises().len(), bench.lane.view().step),
        (0, "backing_out")
    );
    bench.back_out();
    assert_eq!(bench.ends(), [PassageEnd::ToBay]);
}

#[test]
fn a_case_that_was_taken_is_not_escalated() {
    let mut bench = held();
    bench.act(Act::Acknowledge);
    bench.run(121_000);
    assert!(!bench.story().contains(&"ReviewEscalated".to_owned()));
    bench.run(180_000);
    assert!(bench.story().contains(&"SentToBay".to_owned()));
}

#[test]
fn a_bay_beyond_the_arm_needs_a_recorded_raise() {
    let mut config = config();
    config.bay_beyond_arm = true;
    let mut bench = Bench::new(config);
    bench.run(1_000);
    bench.facts = Err(ledger::query::LedgerUnavailable::Stalled { timeout_ms: 1 });
    bench.stop_and_read();
    bench.act(Act::SendToBay {
        text: "open the doors".to_owned(),
    });
    assert_eq!(bench.raises(), [RaiseReason::ToBay]);
    bench.run(200);
    bench.drive_off();
    assert_eq!(bench.ends(), [PassageEnd::ToBay]);
}

#[test]
fn an_order_between_decision_and_barrier_takes_the_release_back() {
    for before_durable in [true, false] {
        let mut bench = Bench::at_rest();
        bench.disk_waits = before_durable;
        bench.stop_and_read();
        if let Ok(facts) = &mut bench.facts {
            facts.directives = vec![order(Order::Inspect)];
        }
        bench.feed(Input::Directive(Box::new(order(Order::Inspect))));
        bench.disk_waits = false;
        bench.settle();
        bench.run(1_000);
        let story = bench.story();
        assert!(story.contains(&"ReleaseWithdrawn".to_owned()), "{story:?}");
        assert_eq!(bench.raises().len(), usize::from(!before_durable));
        assert_eq!(bench.arm, domain::gate::ArmState::Down);
        assert_eq!(bench.lane.view().step, "held");
    }
}

#[test]
fn an_order_on_somebody_else_changes_nothing() {
    let mut bench = Bench::at_rest();
    bench.disk_waits = true;
    bench.stop_and_read();
    let mut other = order(Order::Detain);
    other.subject = Subject::Vehicle(fixture::other_plate());
    bench.feed(Input::Directive(Box::new(other)));
    bench.disk_waits = false;
    bench.settle();
    assert_eq!(bench.raises(), [RaiseReason::Release]);
}

#[test]
fn weighing_again_is_limited_and_keeps_every_weight() {
    let mut bench = held();
    for i in 0..4 {
        bench.act(Act::Reweigh);
        assert_eq!(bench.lane.view().refusal.is_some(), i == 3, "weighing {i}");
        bench.platform_kg += 40;
        bench.run(4_000);
    }
    let weighings = bench
        .decisions()
        .last()
        .expect("decided")
        .evidence
        .weight
        .clone();
    let domain::evidence::WeightEvidence::Measured(weighings) = weighings else {
        unreachable!("weighed: {weighings:?}")
    };
    assert!(weighings.len() >= 3, "{weighings:?}");
}

#[test]
fn reading_again_may_release() {
    let mut bench = held();
    bench.act(Act::Reread);
    bench.run(500);
    bench.sight();
    bench.run(3_000);
    assert_eq!(bench.raises(), [RaiseReason::Release]);
}

#[test]
fn a_vehicle_ended_by_a_person_leaves_before_the_next_opens() {
    let mut bench = held();
    bench.act(Act::EndWithoutRelease {
        text: "towed".to_owned(),
    });
    bench.run(3_000);
    assert_eq!(bench.ends(), [PassageEnd::EndedByPerson]);
    assert_eq!(bench.lane.view().step, "free");
    bench.back_out();
    bench.stop_and_read();
    assert_eq!(bench.raises(), [RaiseReason::Release]);
}

#[test]
fn degraded_modes_are_limited_and_end_by_themselves() {
    let mut bench = Bench::at_rest();
    let declared = |minutes: u64| {
        Act::DeclareDegraded(DegradedDeclaration {
            mode: DegradedMode::ScannerDown,
            declared_by: UserId::parse("supervisor-02").expect("valid"),
            declared_at: fixture::now_minus(20),
            until: fixture::now_minus(20) + std::time::Duration::from_secs(60 * minutes),
            reason: "x-ray tube".to_owned(),
        })
    };
    bench.act(declared(60 * 24 * 365));
    assert!(bench.lane.view().refusal.is_some());
    bench.act(declared(5));
    bench.stop_and_read();
    assert_eq!(bench.raises(), [], "a degraded mode means a person");
    bench.run(300_000);
    assert!(bench.story().contains(&"DegradedEnded".to_owned()));
}

#[test]
fn degraded_modes_outlive_a_restart_and_no_longer() {
    let declared = |mode, until| DegradedDeclaration {
        mode,
        declared_by: UserId::parse("supervisor-02").expect("valid"),
        declared_at: fixture::now_minus(600),
        until,
        reason: "x-ray tube".to_owned(),
    };
    let mut bench = Bench::new(super::config());
    let in_force = declared(DegradedMode::ScannerDown, fixture::now_plus(30));
    let over = declared(DegradedMode::SealReaderDown, fixture::now_minus(300));
    let now = bench.now();
    bench
        .lane
        .resume_degraded(vec![in_force.clone(), over], now);
    assert!(
        bench.lane.poll_timeout().is_some_and(|at| at <= now.mono),
        "what is over wants to end now"
    );
    bench.run(1_000);
    let ends = |bench: &Bench| {
        let mut ended = Vec::new();
        for event in &bench.events {
            if let EventBody::DegradedEnded { mode, expired } = &event.body {
                ended.push((*mode, *expired));
            }
        }
        ended
    };
    assert_eq!(ends(&bench), [(DegradedMode::SealReaderDown, true)]);
    bench.stop_and_read();
    assert_eq!(bench.raises(), [], "a degraded mode means a person");
    assert_eq!(
        bench.decisions().last().expect("decided").evidence.degraded,
        [in_force]
    );
    bench.run(60_000);
    assert_eq!(
        ends(&bench),
        [
            (DegradedMode::SealReaderDown, true),
            (DegradedMode::ScannerDown, true)
        ]
    );
}

#[test]
fn acts_on_another_passage_do_nothing() {
    let mut bench = held();
    let user = UserId::parse("clerk-07").expect("valid");
    let act = domain::operator::OperatorAct {
        user,
        passage: Some(domain::id::PassageId::parse("lane1-1-99").expect("valid")),
        act: Act::Clear {
            attempt: None,
            approved_by: None,
            privileges: RuleId::ALL.to_vec(),
            reason_code: "CHECKED".to_owned(),
            text: String::new(),
        },
    };
    bench.feed(Input::Operator(Box::new(act)));
    assert_eq!(bench.raises(), []);
}
