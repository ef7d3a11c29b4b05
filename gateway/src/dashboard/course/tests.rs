//! Cases, the index and its bounds.

use decision::fixture;
use domain::decision::Verdict;
use domain::event::PassageEnd;
use domain::id::UserId;
use domain::policy::RuleId;
use domain::time::UtcTime;

use super::*;

fn event(at_s: i64, body: EventBody) -> Event {
    Event {
        at: UtcTime {
            at: fixture::now() + std::time::Duration::from_secs(at_s.unsigned_abs()),
            source: domain::time::TimeSource::Ntp,
        },
        lane: Some(fixture::lane()),
        passage: Some(fixture::passage_id()),
        body,
    }
}

fn decided(verdict: Verdict, mode: LaneMode) -> EventBody {
    let case = fixture::clean();
    let mut decision = decision::decide(&case.evidence, &case.facts, &case.policy);
    decision.verdict = verdict;
    if verdict != Verdict::Release {
        decision.findings[0].outcome = domain::decision::Outcome::Review;
    }
    EventBody::PassageDecided(Box::new(DecisionRecord {
        evidence: case.evidence,
        facts: case.facts,
        policy: case.policy,
        decision,
        mode,
        withdrawal: None,
        attempt: 1,
    }))
}

fn cleared(user: &str) -> EventBody {
    EventBody::HoldCleared {
        user: Some(UserId::parse(user).unwrap()),
        approved_by: None,
        directive: None,
        reason_code: "DOCS".to_owned(),
        text: String::new(),
        withdrawal: None,
    }
}

fn ended() -> EventBody {
    EventBody::PassageEnded {
        end: PassageEnd::Completed,
        duration_ms: 9_000,
        decide_ms: 12,
        withdrawal: None,
        stage: None,
        post_check: false,
    }
}

#[test]
fn a_case_lives_from_hold_to_clearance_and_remembers_who_took_it_first() {
    let mut course = Course::default();
    let mut sequence = 0;
    let mut take = |course: &mut Course, at_s, body| {
        sequence += 1;
        course.take(sequence, event(at_s, body));
    };
    take(&mut course, 0, EventBody::PassageOpened);
    assert!(course.queue().is_empty());
    take(&mut course, 5, decided(Verdict::Review, LaneMode::Live));
    for user in ["clerk-07", "clerk-08"] {
        let user = UserId::parse(user).unwrap();
        take(&mut course, 6, EventBody::ReviewAcknowledged { user });
    }
    take(&mut course, 9, decided(Verdict::Review, LaneMode::Live));
    let case = course.queue()[0].clone();
    assert_eq!(case.taken.unwrap().0.as_str(), "clerk-07");
    assert_eq!(case.held_at.since(fixture::now()).as_secs(), 5);
    take(&mut course, 12, cleared("clerk-07"));
    assert!(course.queue().is_empty());
    take(&mut course, 20, ended());
    let entry = course.entry(&fixture::passage_id()).unwrap();
    assert_eq!(entry.cleared_by.as_ref().unwrap().as_str(), "clerk-07");
    assert_eq!((entry.first, entry.last), (1, 7));
    assert!(course.decisions.is_empty());
}

#[test]
fn what_waits_depends_on_the_lanes_mode() {
    for (verdict, mode, waits) in [
        (Verdict::Release, LaneMode::Live, false),
        (Verdict::Review, LaneMode::Live, true),
        (Verdict::Detain, LaneMode::Live, true),
        (Verdict::Release, LaneMode::Advisory, true),
        (Verdict::Detain, LaneMode::Shadow, false),
        (Verdict::Release, LaneMode::Closed, true),
    ] {
        let mut course = Course::default();
        course.take(1, event(0, EventBody::PassageOpened));
        course.take(2, event(1, decided(verdict, mode)));
        assert_eq!(
            course.queue().len(),
            usize::from(waits),
            "{verdict:?} {mode:?}"
        );
        assert_eq!(course.alarms, u64::from(waits));
    }
}

#[test]
fn passages_are_found_by_every_name_and_bounded() {
    let mut course = Course::default();
    course.take(1, event(0, EventBody::PassageOpened));
    course.take(2, event(1, decided(Verdict::Review, LaneMode::Live)));
    let entry = course.entry(&fixture::passage_id()).unwrap().clone();
    let rule = *entry.rules.first().unwrap();
    let other = (1..=19)
        .filter_map(RuleId::from_number)
        .find(|r| *r != rule);
    let by = |text: &str| Wanted {
        text: text.to_uppercase(),
        ..Wanted::default()
    };
    for (wanted, count) in [
        (by(""), 1),
        (by(&entry.plate), 1),
        (by(&entry.containers[0]), 1),
        (by(&entry.pass), 1),
        (by(entry.passage.as_str()), 1),
        (by("nothing"), 0),
        (
            Wanted {
                rule: Some(rule),
                ..by("")
            },
            1,
        ),
        (
            Wanted {
                rule: other,
                ..by("")
            },
            0,
        ),
        (
            Wanted {
                verdict: Some(Verdict::Detain),
                ..by("")
            },
            0,
        ),
        (
            Wanted {
                to: Some(entry.opened_at),
                ..by("")
            },
            0,
        ),
    ] {
        assert_eq!(course.find(&wanted, 10).0.len(), count, "{wanted:?}");
    }
    let lane = fixture::lane();
    for number in 0..u32::try_from(PASSAGES_MAX).unwrap() {
        let mut opened = event(2, EventBody::PassageOpened);
        opened.passage = Some(PassageId::new(&lane, 5, number));
        course.take(u64::from(number) + 3, opened);
    }
    assert!(course.entry(&fixture::passage_id()).is_none());
    assert_eq!(course.entries.len(), PASSAGES_MAX);
    assert_eq!(course.lines(1_000).count(), LINES_MAX);
}
