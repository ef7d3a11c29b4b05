//! Gates in good and bad states: what is shown, how urgent it is, and that no text of a device or
//! a person becomes part of the page.

use askama::Template as _;
use device_codecs::{RejectReason, Rejects};
use domain::device::{DegradedDeclaration, DegradedMode, DeviceKind, DeviceState, DeviceStatus};
use domain::digest::Digest;
use domain::id::{DeviceId, LaneId, UserId};
use domain::ledger_row::LedgerRevision;
use domain::reason::Language;
use domain::time::{Instant, Now, TimeSource, Timestamp, UtcTime};
use store::journal::Status;

use super::disk::{DiskError, DiskRoom};
use super::level::Level;
use super::{FrameRates, HealthFragment, HealthView, Look, metrics};
use crate::dashboard::statistics::{Standing, Tally};
use crate::health::Health;

const SCRIPT: &str = "</td><script>alert(1)</script>";

/// A gate at a moment, in good order.
struct Gate {
    health: Health,
    journal: Status,
    disk: Result<DiskRoom, DiskError>,
    degraded: Vec<(LaneId, DegradedDeclaration)>,
    source: TimeSource,
    synced_at: Option<Timestamp>,
    rates: FrameRates,
}

fn now() -> Timestamp {
    decision::fixture::now()
}

impl Gate {
    fn new() -> Self {
        let health = Health::default();
        health.device(&status("E1-scale", DeviceState::Live, ""));
        health.frames(&device("E1-scale"), 120, 3, now());
        let mut rejects = Rejects::default();
        rejects.count(RejectReason::Checksum);
        rejects.count(RejectReason::Checksum);
        health.rejects(&device("E1-scale"), rejects);
        health.uplink(|up| {
            up.connected = true;
            up.broker = "broker.example:8883".to_owned();
            up.acknowledged = 990;
            up.backlog = 10;
            up.backlog_age_s = 2;
        });
        health.downlink(|down| {
            down.certificates_until = Some(decision::fixture::now_plus(40 * 86_400));
            down.region_key = "00112233".to_owned();
        });
        Self {
            health,
            journal: Status {
                first_sequence: 1,
                oldest_ends: None,
                durable_sequence: 1_000,
                acknowledged: 990,
                waiting: 0,
                segments: 1,
                bytes: 16 << 20,
                quota_bytes: 1 << 30,
                waiter_panics: 0,
                failed: None,
            },
            disk: Ok(DiskRoom {
                free_bytes: 30 << 30,
                size_bytes: 60 << 30,
            }),
            degraded: Vec::new(),
            source: TimeSource::Gnss,
            synced_at: Some(decision::fixture::now_minus(30)),
            rates: FrameRates::default(),
        }
    }

    fn look_at(&mut self, ms: u64) -> HealthView {
        let ledger = self.synced_at.map(|synced_at| LedgerRevision {
            revision: 41,
            hash: Digest([0; 32]),
            synced_at,
        });
        let policy = decision::policy::baseline();
        let look = Look {
            health: &self.health,
            journal: &self.journal,
            disk: &self.disk,
            ledger,
            policy: &policy,
            degraded: &self.degraded,
            has_region: true,
            now: Now {
                mono: Instant::from_millis(ms),
                utc: UtcTime {
                    at: now(),
                    source: self.source,
                },
            },
        };
        HealthView::new(&look, &mut self.rates)
    }

    fn look(&mut self) -> HealthView {
        self.look_at(0)
    }
}

fn device(id: &str) -> DeviceId {
    DeviceId::parse(id).expect("a device")
}

fn status(id: &str, state: DeviceState, cause: &str) -> DeviceStatus {
    DeviceStatus {
        device: device(id),
        kind: DeviceKind::Weighbridge,
        state,
        cause: cause.to_owned(),
        last_frame: None,
        rejected_frames: 0,
        verified_until: None,
    }
}

fn shown(view: &HealthView, language: Language) -> String {
    HealthFragment::new(view, language)
        .render()
        .expect("a page")
}

#[test]
fn a_gate_in_good_order_has_nothing_to_look_at() {
    let mut gate = Gate::new();
    let view = gate.look();
    assert_eq!(view.level, Level::Good, "{view:#?}");
    let line = &view.devices[0];
    assert_eq!((line.frames, line.rejected), (120, 3));
    assert_eq!(line.frames_per_min, None);
    assert_eq!(line.rejects[0].count, 2);
    gate.health.frames(&device("E1-scale"), 60, 3, now());
    let later = gate.look_at(30_000);
    assert_eq!(later.devices[0].frames_per_min, Some(120.0));
    assert_eq!(later.devices[0].rejected_per_min, Some(0.0));
    for (language, words) in [
        (Language::Zh, ["地磅", "在线", "校验错", "已连接", "正常"]),
        (
            Language::En,
            ["weighbridge", "live", "checksum", "connected", "good"],
        ),
    ] {
        let page = shown(&view, language);
        for word in words {
            assert!(page.contains(word), "{word} in {page}");
        }
        assert!(!page.contains("hv-bad") && !page.contains("style="));
    }
    assert_eq!(serde_json::to_value(&view).unwrap()["level"], "good");
}

/// What fails, how urgent that is, how it is brought about, what is said.
type Failure = (&'static str, Level, fn(&mut Gate), &'static str);

fn failures_here() -> [Failure; 5] {
    [
        (
            "device",
            Level::Bad,
            |gate| {
                gate.health
                    .device(&status("E1-scale", DeviceState::Lost, "closed"))
            },
            "closed",
        ),
        (
            "clock",
            Level::Bad,
            |gate| gate.source = TimeSource::Unsynchronised,
            "not synchronised",
        ),
        (
            "disk",
            Level::Warn,
            |gate| {
                gate.disk = Err(DiskError {
                    directory: "/state".into(),
                    source: std::io::ErrorKind::NotFound.into(),
                });
            },
            "room not known",
        ),
        (
            "journal",
            Level::Bad,
            |gate| gate.health.journal_failed("no space left"),
            "no space left",
        ),
        (
            "quota",
            Level::Bad,
            |gate| {
                gate.journal.bytes = 1 << 30;
                gate.journal.acknowledged = 100;
            },
            "90 % cannot go",
        ),
    ]
}

fn failures_outside() -> [Failure; 4] {
    [
        (
            "ledger",
            Level::Bad,
            |gate| gate.synced_at = None,
            "none held",
        ),
        (
            "region",
            Level::Warn,
            |gate| gate.health.uplink(|up| up.connected = false),
            "not connected",
        ),
        (
            "certificates",
            Level::Bad,
            |gate| {
                let ended = decision::fixture::now_minus(60);
                gate.health
                    .downlink(|down| down.certificates_until = Some(ended));
            },
            "expired",
        ),
        (
            "policy",
            Level::Warn,
            |gate| gate.health.policy(|policy| policy.refused = 1),
            "1 refused since the start",
        ),
    ]
}

#[test]
fn each_part_that_fails_is_bad_and_says_so() {
    for (name, level, broken, said) in failures_here().into_iter().chain(failures_outside()) {
        let mut gate = Gate::new();
        broken(&mut gate);
        let view = gate.look();
        assert_eq!(view.level, level, "{name}: {view:#?}");
        let page = shown(&view, Language::En);
        assert!(page.contains(said), "{name}: {said} in {page}");
        assert!(page.contains(level.class()), "{name}");
    }
}

fn declaration(until: Timestamp) -> DegradedDeclaration {
    DegradedDeclaration {
        mode: DegradedMode::ScannerDown,
        declared_by: UserId::parse("supervisor-02").expect("a user"),
        declared_at: now(),
        until,
        reason: SCRIPT.to_owned(),
    }
}

#[test]
fn degraded_modes_warn_and_one_that_should_have_ended_is_bad() {
    let lane = LaneId::parse("E1").unwrap();
    for (until, level) in [
        (decision::fixture::now_plus(600), Level::Warn),
        (decision::fixture::now_minus(600), Level::Bad),
    ] {
        let mut gate = Gate::new();
        gate.degraded.push((lane.clone(), declaration(until)));
        let view = gate.look();
        assert_eq!((view.level, view.degraded[0].level), (level, level));
        let page = shown(&view, Language::En);
        assert!(page.contains("scanner down") && page.contains("supervisor-02"));
        assert_eq!(page.contains("its time has run out"), level == Level::Bad);
    }
}

#[test]
fn what_devices_and_people_write_stays_text() {
    let mut gate = Gate::new();
    let user = UserId::parse("<script>clerk-07").unwrap();
    let mut mode = declaration(decision::fixture::now_plus(60));
    mode.declared_by = user;
    gate.degraded.push((LaneId::parse("E1").unwrap(), mode));
    gate.health
        .device(&status("<script>x", DeviceState::Void, SCRIPT));
    gate.health.link(SCRIPT, |link| {
        link.state = SCRIPT.to_owned();
        link.last_error = SCRIPT.to_owned();
    });
    gate.health.uplink(|up| {
        up.connected = false;
        up.last_error = SCRIPT.to_owned();
    });
    gate.health.journal_failed(SCRIPT);
    gate.health.refused(SCRIPT);
    let view = gate.look();
    for language in [Language::Zh, Language::En] {
        let page = shown(&view, language);
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.matches("&#60;script&#62;").count() >= 8, "{page}");
    }
}

#[test]
fn the_metrics_tell_the_same_and_escape_labels() {
    let mut gate = Gate::new();
    gate.health
        .device(&status("a\"b\\c", DeviceState::Silent, ""));
    let standing = Tally::default().standing();
    let text = metrics(&gate.look(), &standing);
    for line in [
        "# TYPE kakou_gate_device_up gauge",
        "kakou_gate_device_up{device=\"E1-scale\",kind=\"weighbridge\"} 1",
        "kakou_gate_device_up{device=\"a\\\"b\\\\c\",kind=\"weighbridge\"} 0",
        "# TYPE kakou_gate_device_frames_total counter",
        "kakou_gate_device_frames_total{device=\"E1-scale\",kind=\"weighbridge\"} 120",
        "kakou_gate_device_rejects_total{device=\"E1-scale\",kind=\"weighbridge\",reason=\"checksum\"} 2",
        "kakou_gate_device_rejects_total{device=\"E1-scale\",kind=\"weighbridge\",reason=\"unstated\"} 1",
        "kakou_gate_clock_synchronised 1",
        "kakou_gate_journal_records 1000",
        "kakou_gate_uplink_backlog_records 10",
        "kakou_gate_uplink_backlog_age_seconds 2",
        "kakou_gate_ledger_revision 41",
        "kakou_gate_ledger_age_seconds 30",
        "kakou_gate_passages_open 0",
        "kakou_gate_holds_open 0",
        "kakou_gate_decisions_total{verdict=\"release\"} 0",
        "kakou_gate_disk_free_bytes 32212254720",
        "kakou_gate_certificate_left_days 40",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} in\n{text}");
    }
    assert_eq!(standing, Standing::default());
}

#[test]
fn what_is_not_known_has_no_metric() {
    let mut gate = Gate::new();
    gate.synced_at = None;
    gate.health.downlink(|down| down.certificates_until = None);
    let text = metrics(&gate.look(), &Standing::default());
    for name in ["kakou_gate_ledger_age", "kakou_gate_certificate"] {
        assert!(!text.contains(name), "{text}");
    }
}
