//! A lane whose machine panics: it holds, is recorded, starts again with what it knew, and the lane
//! beside it does not notice.

use std::time::Duration;

use decision::fixture;
use domain::actuation::Lights;
use domain::device::{DegradedDeclaration, DegradedMode};
use domain::event::PassageEnd;
use domain::gate_pass::Direction;
use domain::id::{PassageId, UserId};
use domain::operator::{Act, LaneMode, OperatorAct};
use domain::time::TimeSource;
use passage::config::LaneTimings;
use store::journal::{Ed25519Signer, Journal, JournalConfig};

use super::*;
use crate::health::Health;
use crate::stop::{self, Stopper};

/// The user whose acts the machine cannot take, in tests alone.
const BREAKER: &str = "breaker";

/// Called with every input of a machine, in tests alone.
pub(super) fn break_down(input: &Input) {
    if let Input::Operator(act) = input {
        assert_ne!(act.user.as_str(), BREAKER, "the machine is broken");
    }
}

/// Two lanes over one journal.
struct Gate {
    clock: Clock,
    recorder: Recorder,
    inboxes: Vec<LaneInbox>,
    orders: Vec<mpsc::Receiver<Order>>,
    lanes: Vec<tokio::task::JoinHandle<()>>,
    _policy: watch::Sender<Arc<Policy>>,
    stopper: Stopper,
    _folder: tempfile::TempDir,
}

const LANES: [&str; 2] = ["L1", "L2"];

fn lane_id(number: usize) -> LaneId {
    LaneId::parse(LANES[number]).expect("valid")
}

fn start(known: &OpenPassages) -> Gate {
    let folder = tempfile::tempdir().expect("a folder");
    let config = JournalConfig {
        directory: folder.path().join("journal"),
        segment_bytes: 1 << 20,
        real_time_priority: None,
        ..JournalConfig::default()
    };
    let signer = Box::new(Ed25519Signer::from_secret(&[5; 32]));
    let (journal, _) = Journal::open(config, signer).expect("an empty folder");
    let recorder = Recorder::new(fixture::gate(), Arc::new(journal), 0, Health::default());
    let clock = Clock::new(TimeSource::Ntp);
    let (stopper, stop) = stop::channel();
    let (policy, in_force) = watch::channel(Arc::new(fixture::clean().policy));
    let (mut inboxes, mut orders, mut lanes) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..LANES.len() {
        let (inbox, messages) = inbox(lane_id(number));
        let (gate, ordered) = GateLink::pair();
        let task = LaneTask {
            config: LaneConfig {
                gate: fixture::gate(),
                lane: lane_id(number),
                direction: Direction::Entry,
                mode: LaneMode::Live,
                devices: Vec::new(),
                scale: None,
                stage: None,
                timings: LaneTimings::default(),
                bay_beyond_arm: false,
            },
            policy: in_force.clone(),
            seed: 7,
            known: known.clone(),
            messages,
            outlets: Outlets {
                inbox: inbox.clone(),
                ledger: LedgerHandle::silent(),
                recorder: recorder.clone(),
                gate,
                notice: watch::channel(None).0,
                capture: watch::channel(0).0,
                back_end: None,
                news: None,
                tap: LaneTap::default(),
            },
            clock: clock.clone(),
            stop: stop.clone(),
        };
        inboxes.push(inbox);
        orders.push(ordered);
        lanes.push(tokio::spawn(supervise(task)));
    }
    Gate {
        clock,
        recorder,
        inboxes,
        orders,
        lanes,
        _policy: policy,
        stopper,
        _folder: folder,
    }
}

impl Gate {
    async fn act(&self, lane: usize, user: &str, act: Act) {
        let act = OperatorAct {
            user: UserId::parse(user).expect("valid"),
            passage: None,
            act,
        };
        self.inboxes[lane]
            .send(Input::Operator(Box::new(act)))
            .await;
    }

    fn declaration(&self) -> DegradedDeclaration {
        let now = self.clock.now().utc.at;
        DegradedDeclaration {
            mode: DegradedMode::ScannerDown,
            declared_by: UserId::parse("supervisor-02").expect("valid"),
            declared_at: now,
            until: now + Duration::from_secs(600),
            reason: "x-ray tube".to_owned(),
        }
    }

    /// Waits until `lane` has recorded `count` events that `wanted` knows.
    async fn recorded(&self, lane: usize, count: usize, wanted: impl Fn(&EventBody) -> bool) {
        let mut durable = self.recorder.durable();
        let mut reader = self.recorder.journal().reader();
        let arrive = async {
            loop {
                let last = *durable.borrow_and_update();
                let mut events = Vec::new();
                crate::carried::each_event(&mut reader, 1, last, |event| events.push(event))
                    .expect("it is readable");
                let of_lane = events.iter().filter(|e| e.lane == Some(lane_id(lane)));
                if of_lane.filter(|event| wanted(&event.body)).count() >= count {
                    return;
                }
                durable.changed().await.expect("the recorder is there");
            }
        };
        let arrived = tokio::time::timeout(Duration::from_secs(20), arrive).await;
        assert!(arrived.is_ok(), "{} does not record it", LANES[lane]);
    }
}

fn is_restart(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::FaultFound {
            fault: LaneFault::LaneRestarted,
            text,
        } if text.contains("the machine is broken")
    )
}

#[tokio::test]
async fn a_panic_holds_its_lane_which_starts_again_with_what_it_knew() {
    // A vehicle stands in the first lane since before the start.
    let mut known = OpenPassages::default();
    let clock = Clock::new(TimeSource::Ntp);
    let passage = PassageId::parse("L1-1772352000000000-7").expect("valid");
    known.observe(&Event {
        at: clock.now().utc,
        lane: Some(lane_id(0)),
        passage: Some(passage.clone()),
        body: EventBody::PassageOpened,
    });
    let mut gate = start(&known);
    let declared = |body: &EventBody| matches!(body, EventBody::DegradedDeclared(_));
    gate.act(0, "supervisor-02", Act::DeclareDegraded(gate.declaration()))
        .await;
    gate.recorded(0, 1, declared).await;

    gate.act(0, BREAKER, Act::Acknowledge).await;
    gate.recorded(0, 1, is_restart).await;
    let ordered: Vec<Order> = std::iter::from_fn(|| gate.orders[0].try_recv().ok()).collect();
    assert!(
        matches!(
            ordered.as_slice(),
            [.., Order::Lower, Order::Lights(Lights::RedBoth)]
        ),
        "{ordered:?}"
    );

    // The lane beside it works.
    gate.act(1, "supervisor-02", Act::DeclareDegraded(gate.declaration()))
        .await;
    gate.recorded(1, 1, declared).await;
    // What was declared, and who stands there, is known again: either can be ended.
    gate.act(
        0,
        "supervisor-02",
        Act::EndDegraded(DegradedMode::ScannerDown),
    )
    .await;
    gate.recorded(0, 1, |body| {
        matches!(body, EventBody::DegradedEnded { expired: false, .. })
    })
    .await;
    let text = "towed".to_owned();
    gate.act(0, "clerk-07", Act::EndWithoutRelease { text })
        .await;
    gate.recorded(0, 1, |body| {
        matches!(
            body,
            EventBody::PassageEnded {
                end: PassageEnd::EndedByPerson,
                ..
            }
        )
    })
    .await;
    gate.stopper.stop();
    for lane in gate.lanes {
        lane.await.expect("a lane's task never panics");
    }
}

#[tokio::test]
async fn a_lane_that_panics_again_and_again_stays_closed_and_alone() {
    let mut gate = start(&OpenPassages::default());
    let panics = RESTARTS_MAX as usize + 1;
    for _ in 0..panics {
        gate.act(0, BREAKER, Act::Acknowledge).await;
    }
    gate.recorded(0, panics, is_restart).await;
    let closed = tokio::time::timeout(Duration::from_secs(20), &mut gate.lanes[0]).await;
    closed
        .expect("it gives up")
        .expect("its task ends in order");
    gate.act(1, "supervisor-02", Act::DeclareDegraded(gate.declaration()))
        .await;
    gate.recorded(1, 1, |body| matches!(body, EventBody::DegradedDeclared(_)))
        .await;
    gate.stopper.stop();
}
