//! Made-up days of a gate: what happened is counted, where it happened, and nothing twice.

use std::time::Duration;

use askama::Template as _;
use decision::fixture;
use domain::decision::Verdict;
use domain::device::{DeviceKind, DeviceState, DeviceStatus};
use domain::event::{DecisionRecord, Event, EventBody, LaneFault, PassageEnd};
use domain::id::{DeviceId, LaneId, PassageId, UserId};
use domain::operator::LaneMode;
use domain::policy::RuleId;
use domain::reason::{Language, ReasonCode};
use domain::time::{TimeSource, Timestamp, UtcTime};

use super::hour::HOURS_MAX;
use super::{Audience, Period, PeriodQuery, Report, StatisticsFragment, Tally, csv};

const SCRIPT: &str = "<script>alert(1)<script>";

/// A gate that tells its story to a tally.
#[derive(Default)]
struct Story {
    tally: Tally,
    at: Timestamp,
}

impl Story {
    fn new() -> Self {
        Self {
            tally: Tally::default(),
            at: at("2026-03-01T08:00:00Z"),
        }
    }

    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.at = self.at + Duration::from_secs(seconds);
        self
    }

    fn tell(&mut self, lane: &str, passage: Option<&str>, body: EventBody) -> &mut Self {
        self.tally.take(&Event {
            at: UtcTime {
                at: self.at,
                source: TimeSource::Ntp,
            },
            lane: Some(LaneId::parse(lane).expect("a lane")),
            passage: passage.map(|id| PassageId::parse(id).expect("a passage")),
            body,
        });
        self
    }

    fn start(&mut self) -> &mut Self {
        self.tally.take(&Event {
            at: UtcTime {
                at: self.at,
                source: TimeSource::Ntp,
            },
            lane: None,
            passage: None,
            body: EventBody::GatewayStarted {
                software: "0.1.0".to_owned(),
                clean_shutdown_before: true,
                tail_bytes_cut: 0,
            },
        });
        self
    }

    fn device(&mut self, device: &str, state: DeviceState) -> &mut Self {
        let status = DeviceStatus {
            device: DeviceId::parse(device).expect("a device"),
            kind: DeviceKind::Weighbridge,
            state,
            cause: String::new(),
            last_frame: None,
            rejected_frames: 0,
            verified_until: None,
        };
        self.tell("E1", None, EventBody::DeviceChanged(status))
    }

    fn open(&mut self, lane: &str, passage: &str) -> &mut Self {
        self.tell(lane, Some(passage), EventBody::PassageOpened)
    }

    fn decide(&mut self, lane: &str, passage: &str, record: DecisionRecord) -> &mut Self {
        let body = EventBody::PassageDecided(Box::new(record));
        self.tell(lane, Some(passage), body)
    }

    fn clear(&mut self, lane: &str, passage: &str, user: Option<&str>) -> &mut Self {
        let body = EventBody::HoldCleared {
            user: user.map(|user| UserId::parse(user).expect("a user")),
            approved_by: None,
            directive: user.is_none().then(fixture::directive_id),
            reason_code: "C1".to_owned(),
            text: String::new(),
            withdrawal: None,
        };
        self.tell(lane, Some(passage), body)
    }

    fn end(&mut self, lane: &str, passage: &str, end: PassageEnd) -> &mut Self {
        let body = EventBody::PassageEnded {
            end,
            duration_ms: 90_000,
            decide_ms: 20,
            withdrawal: None,
            stage: None,
            post_check: false,
        };
        self.tell(lane, Some(passage), body)
    }

    /// A period ends before its last moment.
    fn soon(&self) -> Timestamp {
        self.at + Duration::from_secs(1)
    }

    fn report(&self) -> Report {
        let day = Duration::from_secs(86_400);
        self.tally.report(self.at - day, self.soon())
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn decided(change: impl FnOnce(&mut fixture::Passage)) -> DecisionRecord {
    let mut passage = fixture::clean();
    change(&mut passage);
    DecisionRecord {
        decision: passage.decide(),
        evidence: passage.evidence,
        facts: passage.facts,
        policy: passage.policy,
        mode: LaneMode::Live,
        withdrawal: None,
        attempt: 1,
    }
}

fn released() -> DecisionRecord {
    decided(|_| {})
}

/// A container that was not read: rule 6 asks for a person.
fn held() -> DecisionRecord {
    let record = decided(|passage| passage.evidence.containers.clear());
    assert_eq!(record.decision.verdict, Verdict::Review);
    record
}

#[test]
fn a_days_passages_are_counted_by_lane_verdict_rule_and_end() {
    let mut story = Story::new();
    story.start();
    for number in 0..8 {
        let passage = format!("E1-{number}");
        story
            .wait(60)
            .open("E1", &passage)
            .decide("E1", &passage, released())
            .end("E1", &passage, PassageEnd::Completed);
    }
    story
        .open("X1", "X1-1")
        .decide("X1", "X1-1", held())
        .wait(30)
        .clear("X1", "X1-1", Some("clerk-07"))
        .end("X1", "X1-1", PassageEnd::Completed)
        .open("X1", "X1-2")
        .decide("X1", "X1-2", held())
        .tell(
            "X1",
            Some("X1-2"),
            EventBody::ReviewEscalated { after_s: 120 },
        )
        .end("X1", "X1-2", PassageEnd::ToBay);
    let report = story.report();
    let all = &report.all;
    assert_eq!((all.opened, all.ended), (10, 10));
    assert_eq!((all.release, all.review, all.detain), (8, 2, 0));
    assert_eq!(all.release_permille, Some(800));
    let exit = &report.lanes[1];
    assert_eq!((exit.lane.as_str(), exit.opened, exit.review), ("X1", 2, 2));
    assert_eq!(report.escalated, 1);
    let rule = report.holds.iter().find(|row| row.rule == "R6").unwrap();
    assert_eq!((rule.count, rule.permille), (2, Some(200)));
    assert_eq!(rule.reasons[0].code, ReasonCode::R6Missing.code());
    let ends: Vec<(&str, u64)> = report.ends.iter().map(|e| (e.kind.code, e.count)).collect();
    assert_eq!(ends, [("completed", 9), ("to_bay", 1)]);
    let cleared = &report.clearances;
    assert_eq!((cleared.count, cleared.by_directive), (1, 0));
    assert_eq!(cleared.by_user[0].user, "clerk-07");
    assert!(cleared.by_rule.iter().any(|row| row.rule == "R6"));
    for (code, count, p50_ms) in [
        ("decide", 10, 20),
        ("evidence", 10, 20_000),
        ("clear", 1, 30_000),
    ] {
        let step = report.steps.iter().find(|row| row.step.code == code);
        let step = step.unwrap();
        assert_eq!(step.count, count, "{code}");
        assert!(step.p50_ms.abs_diff(p50_ms) * 16 <= p50_ms, "{step:?}");
    }
    // Every number of the day stands in exactly one stretch.
    let opened: u64 = report.stretches.iter().map(|row| row.all.opened).sum();
    assert_eq!(opened, 10);
}

#[test]
fn only_first_decisions_of_open_lanes_are_in_the_rates() {
    let mut again = released();
    again.attempt = 2;
    let mut closed = held();
    closed.mode = LaneMode::Closed;
    let mut story = Story::new();
    story
        .open("E1", "E1-1")
        .decide("E1", "E1-1", held())
        .decide("E1", "E1-1", again)
        .end("E1", "E1-1", PassageEnd::Completed)
        .open("E1", "E1-2")
        .decide("E1", "E1-2", closed)
        .end("E1", "E1-2", PassageEnd::ReversedOut);
    let report = story.report();
    assert_eq!((report.all.release, report.all.review), (0, 1));
    assert_eq!((report.repeated, report.closed), (1, 1));
    assert_eq!(story.tally.standing().decided.review, 1);
}

#[test]
fn a_confirmed_release_is_no_override() {
    let mut proposed = released();
    proposed.mode = LaneMode::Advisory;
    let mut story = Story::new();
    story
        .open("E1", "E1-1")
        .decide("E1", "E1-1", proposed)
        .clear("E1", "E1-1", Some("clerk-07"));
    assert_eq!(story.report().clearances.count, 0);
    story.clear("E1", "E1-2", None);
    assert_eq!(story.report().clearances.count, 0);
}

#[test]
fn the_queue_is_as_long_as_holds_stand() {
    let mut story = Story::new();
    story.start();
    let mut silent = held();
    silent.mode = LaneMode::Shadow;
    story
        .open("S1", "S1-1")
        .decide("S1", "S1-1", silent)
        .open("E1", "E1-1")
        .decide("E1", "E1-1", held())
        .wait(900)
        .open("X1", "X1-1")
        .decide("X1", "X1-1", held());
    assert_eq!(story.tally.standing().open_holds, 2);
    assert_eq!(story.tally.standing().open_passages, 3);
    story
        .wait(900)
        .clear("E1", "E1-1", None)
        .tell(
            "X1",
            Some("X1-1"),
            EventBody::SentToBay {
                user: None,
                text: String::new(),
            },
        )
        .wait(1_800);
    story.tally.elapse(story.at);
    let report = story.report();
    assert_eq!(report.queue.most, 2);
    assert_eq!(report.queue.watched_s, 3_600);
    // A quarter of an hour one, a quarter of an hour two, then none: 0.75 on the mean.
    assert_eq!(report.queue.mean_permille, Some(750));
    assert_eq!(story.tally.standing().open_holds, 0);
}

#[test]
fn devices_live_from_change_to_change_and_a_stop_is_not_watched() {
    let mut story = Story::new();
    story
        .start()
        .device("scale", DeviceState::Live)
        .device("reader", DeviceState::Live)
        .wait(3_000)
        .device("scale", DeviceState::Lost)
        .wait(1_000)
        .tell("E1", None, EventBody::GatewayStopped)
        .wait(5_000)
        .start()
        .wait(500)
        .device("scale", DeviceState::Live)
        .wait(500);
    story.tally.elapse(story.at);
    let report = story.report();
    let row = |name: &str| {
        report
            .devices
            .iter()
            .find(|row| row.device == name)
            .unwrap()
    };
    let scale = row("scale");
    assert_eq!(scale.watched_s, 3_000 + 1_000 + 500 + 500);
    assert_eq!(scale.live_permille, Some(700));
    assert_eq!(scale.failures, 1);
    // Not heard of since the start: perhaps it was taken out.
    let reader = row("reader");
    assert_eq!(
        (reader.watched_s, reader.live_permille),
        (4_000, Some(1_000))
    );
}

#[test]
fn the_clock_may_jump_and_nothing_is_lost_but_the_jump() {
    let mut story = Story::new();
    story
        .start()
        .device("scale", DeviceState::Live)
        .open("E1", "E1-1");
    story.at = at("2099-01-01T00:00:00Z");
    story.tell(
        "E1",
        None,
        EventBody::FaultFound {
            fault: LaneFault::LoopStuck,
            text: String::new(),
        },
    );
    story.at = at("2026-03-01T09:00:00Z");
    story.device("scale", DeviceState::Silent);
    let report = story.report();
    assert_eq!((report.all.opened, report.faults.len()), (1, 0));
    assert_eq!(report.devices[0].watched_s, 0);
    assert!(story.tally.hours.len() < 5, "{}", story.tally.hours.len());
}

#[test]
fn hours_beyond_the_limit_go_and_the_report_says_so() {
    let mut story = Story::new();
    story.start().open("E1", "E1-0");
    let first = story.at;
    for _ in 0..HOURS_MAX / 24 + 20 {
        story.wait(86_400).open("E1", "E1-1");
    }
    assert_eq!(story.tally.hours.len(), HOURS_MAX);
    let known = story.tally.known_from().unwrap();
    assert_eq!(known.since(first), Duration::from_secs(20 * 86_400 + 3_600));
    let report = story.tally.report(first, first + Duration::from_secs(60));
    assert!(report.begins_unknown);
    assert_eq!(report.all.opened, 0);
    let later = story.report();
    assert!(!later.begins_unknown);
    assert_eq!(later.all.opened, 2);
}

/// A silent order of customs is on the vehicle; nothing else is wrong.
fn held_silently() -> DecisionRecord {
    let mut record = released();
    let finding = record
        .decision
        .findings
        .iter_mut()
        .find(|finding| finding.rule == RuleId::R11)
        .expect("every rule has a finding");
    finding.outcome = domain::decision::Outcome::Detain;
    finding.reason = ReasonCode::R11DetainSilent;
    record.decision.verdict = Verdict::Detain;
    record
}

#[test]
fn clerks_do_not_learn_of_silent_orders_from_counts() {
    let mut story = Story::new();
    story
        .open("E1", "E1-1")
        .decide("E1", "E1-1", held_silently())
        .clear("E1", "E1-1", None);
    let for_clerks = story.report();
    let day = Duration::from_secs(86_400);
    let for_officers = story
        .tally
        .report_for(story.at - day, story.soon(), Audience::Officers);
    assert!(for_clerks.holds.is_empty() && for_clerks.clearances.by_rule.is_empty());
    assert_eq!(for_officers.holds[0].rule, "R11");
    assert_eq!(for_officers.holds[0].reasons.len(), 1);
    assert_eq!(for_officers.clearances.by_rule[0].count, 1);
    for language in [Language::Zh, Language::En] {
        let file = csv(&for_clerks, language);
        assert!(!file.contains("R11") && !file.contains("silent"), "{file}");
    }
}

fn shown(report: &Report, language: Language) -> String {
    let query = PeriodQuery::default();
    let period = Period::last_hours(24, at("2026-03-01T12:00:00Z"));
    StatisticsFragment::new(report, language, &query, period, "/statistics.csv?hours=24")
        .render()
        .expect("a page")
}

#[test]
fn names_of_people_and_devices_stay_text_in_page_and_file() {
    let mut story = Story::new();
    story
        .device(SCRIPT, DeviceState::Live)
        .open("<b>E1<b>", "E1-1")
        .decide("<b>E1<b>", "E1-1", held())
        .clear("<b>E1<b>", "E1-1", Some("=cmd|'<script>'"))
        .wait(10)
        .end("<b>E1<b>", "E1-1", PassageEnd::Completed);
    story.tally.elapse(story.at);
    let report = story.report();
    for language in [Language::Zh, Language::En] {
        let page = shown(&report, language);
        assert!(
            !page.contains("<script>") && !page.contains("<b>"),
            "{page}"
        );
        assert!(page.contains("&#60;script&#62;"), "{page}");
        assert!(page.contains("<title id=\"plot-passages-title\">"));
        assert!(page.contains("role=\"img\"") && !page.contains("style="));
        let file = csv(&report, language);
        assert!(file.contains("\"'=cmd|'<script>'\""), "{file}");
        assert!(file.lines().all(|line| line.split(',').count() >= 6));
    }
    assert!(shown(&report, Language::Zh).contains("放行率"));
    assert!(shown(&report, Language::En).contains("Release rate"));
}

#[test]
fn an_empty_gate_has_an_empty_report_and_a_page() {
    let tally = Tally::default();
    let now = at("2026-03-01T12:00:00Z");
    let report = tally.report(now - Duration::from_secs(86_400), now);
    assert_eq!(report.known_from, None);
    assert!(report.begins_unknown);
    assert_eq!(report.all.release_permille, None);
    assert_eq!(report.stretches.len(), 24);
    assert!(shown(&report, Language::En).contains("Nothing has been recorded yet."));
    let json = serde_json::to_value(&report).unwrap();
    assert!(json["all"]["release_permille"].is_null());
    assert_eq!(json["stretch_s"], 3_600);
}
