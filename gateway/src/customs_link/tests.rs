//! The tasks over real connections: what comes through a socket reaches the lane, and what the lane
//! orders reaches the socket. What it means is tested without sockets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use decision::fixture;
use domain::actuation::{Actuation, RaiseReason};
use domain::id::LaneId;
use domain::reading::Observation;
use domain::time::TimeSource;
use ledger::query::LedgerQuery;
use passage::port::Input;
use standards::jgs14::command::Command;
use standards::jgs14::frame::{ByteOrder, CodeWidth, Dialect, Frame, read};
use standards::jgs14::gather::Gather;
use standards::jgs14::message::Key;
use standards::jgs14::register::{RegisterOutcome, RegisterResult, Registration};
use standards::jgs14::status::StatusWord;
use store::journal::{Durable, Ed25519Signer, Journal, JournalConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;
use crate::clock::Clock;
use crate::config;
use crate::gate_link::Order;
use crate::health::Health;
use crate::lane_task::{LaneMessage, inbox};
use crate::ledger_task::LedgerHandle;
use crate::stop::{self, Stopper};

/// Everything here happens within this time, or the test fails.
const WITHIN: Duration = Duration::from_secs(20);
const DIALECT: Dialect = Dialect {
    code: CodeWidth::Four,
    order: ByteOrder::Big,
};

struct Gate {
    links: Links,
    messages: BTreeMap<LaneId, mpsc::Receiver<LaneMessage>>,
    health: Health,
    stopper: Stopper,
    tasks: JoinSet<()>,
    _policy: watch::Sender<Arc<domain::policy::Policy>>,
    _folder: tempfile::TempDir,
}

/// A gate with the lanes of `lanes`, listening on `port`.
async fn gate(port: u16, lanes: &str) -> Gate {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "secret\n").unwrap();
    let text = format!(
        "[gate]\nregion = \"5300\"\npremises = \"530001\"\ngate = \"G1\"\ndirectory = \"state\"\n\
         signing_key_file = \"a\"\nregion_key_file = \"b\"\npolicy_file = \"c\"\n\n\
         [customs_gate]\narea_id = \"6407000001\"\nlisten = \"127.0.0.1:{port}\"\n\n{lanes}"
    );
    let config = config::parse(&text, folder.path()).unwrap();
    let (stopper, stop) = stop::channel();
    let (policy, in_force) = watch::channel(Arc::new(fixture::clean().policy));
    let around = Surroundings {
        ledger: LedgerHandle::silent(),
        policy: in_force,
        clock: Clock::new(TimeSource::Ntp),
        health: Health::default(),
        stop,
    };
    let (mut inboxes, mut messages) = (BTreeMap::new(), BTreeMap::new());
    for setup in &config.lanes {
        let lane = &setup.lane.lane;
        let (sender, receiver) = inbox(lane.clone());
        inboxes.insert(lane.clone(), sender);
        messages.insert(lane.clone(), receiver);
    }
    let mut tasks = JoinSet::new();
    let links = start(&config, &inboxes, &around, &mut tasks).await.unwrap();
    Gate {
        links,
        messages,
        health: around.health,
        stopper,
        tasks,
        _policy: policy,
        _folder: folder,
    }
}

impl Gate {
    async fn end(mut self) {
        self.stopper.stop();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        timeout(WITHIN, ended).await.expect("every task ends");
    }
}

async fn free_port() -> u16 {
    let probe = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    probe.local_addr().unwrap().port()
}

async fn next_frame(line: &mut TcpStream) -> Option<Frame> {
    let mut bytes = Vec::new();
    loop {
        if let Ok((frame, dialect, _)) = read(&bytes) {
            assert_eq!(dialect, DIALECT, "an answer follows its question");
            return Some(frame);
        }
        let mut chunk = [0; 4_096];
        match timeout(WITHIN, line.read(&mut chunk))
            .await
            .expect("in time")
        {
            Ok(0) | Err(_) => return None,
            Ok(len) => bytes.extend(&chunk[..len]),
        }
    }
}

async fn connect(port: u16, frame: &Frame) -> TcpStream {
    let mut line = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    line.write_all(&frame.write(DIALECT).unwrap())
        .await
        .unwrap();
    line
}

fn key(seq_no: &str) -> Key {
    Key {
        area_id: "6407000001".to_owned(),
        channel: "1000000003".to_owned(),
        flag: "I".to_owned(),
        seq_no: seq_no.to_owned(),
    }
}

fn proof() -> Arc<Durable> {
    let folder = tempfile::tempdir().unwrap();
    let config = JournalConfig {
        directory: folder.path().join("journal"),
        segment_bytes: 1 << 20,
        real_time_priority: None,
        ..JournalConfig::default()
    };
    let signer = Box::new(Ed25519Signer::from_secret(&[5; 32]));
    let (journal, _) = Journal::open(config, signer).unwrap();
    let (tx, rx) = std::sync::mpsc::channel();
    let done = journal.append(vec![1], move |outcome| tx.send(outcome.unwrap()).unwrap());
    assert!(done.is_ok());
    Arc::new(rx.recv().unwrap())
}

const FRONT: &str = "[[lane]]\nid = \"E3\"\ndirection = \"entry\"\n\n[lane.front_end]\n\
    channel = \"1000000003\"\nuser = \"U1\"\npassword_file = \"password\"\n\
    allow = [\"127.0.0.1\"]\ngathers = [\"plate_camera\"]\n";

#[tokio::test]
async fn a_front_ends_vehicle_reaches_the_lane_and_the_lanes_order_the_front_end() {
    let port = free_port().await;
    let mut gate = gate(port, FRONT).await;
    // Neither a frame nor a lane of ours: closed without a word.
    let mut line = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    line.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert_eq!(next_frame(&mut line).await, None);

    let registration = Registration {
        monitor_ip: "127.0.0.1".to_owned(),
        monitor_port: 1,
        user: "U1".to_owned(),
        password: "secret".to_owned(),
    };
    let mut line = connect(port, &registration.frame(&key("")).unwrap()).await;
    let answer = next_frame(&mut line).await.expect("an answer");
    let result = RegisterResult::read(&answer.xml).unwrap();
    assert_eq!(result.outcome, RegisterOutcome::Done);

    let gather = Gather {
        key: key("20260301080000000001"),
        plate: "粤B12345".to_owned(),
        ..Gather::default()
    };
    let mut line = connect(port, &gather.frame().unwrap()).await;
    let lane = LaneId::parse("E3").unwrap();
    let messages = gate.messages.get_mut(&lane).unwrap();
    let news = &gate.links.news[&lane];
    let reach_the_lane = async {
        let (mut stood, mut plates) = (false, 0);
        while plates < 2 {
            match messages.recv().await.expect("the tasks run") {
                LaneMessage::Input(Input::Gate(report)) => {
                    if report.inputs.approach_loop && !stood {
                        stood = true;
                        news.tell(Told::Opened(fixture::passage_id()));
                    }
                }
                LaneMessage::Input(Input::Reading(reading)) => {
                    assert!(stood, "no reading comes before its passage is open");
                    plates += usize::from(matches!(reading.observation, Observation::Plate(_)));
                }
                LaneMessage::Input(_) | LaneMessage::Act { .. } | LaneMessage::Recorded { .. } => {}
            }
        }
    };
    timeout(WITHIN, reach_the_lane).await.expect("in time");
    let order = Order::Raise {
        proof: proof(),
        actuation: Actuation::Raise {
            passage: fixture::passage_id(),
            reason: RaiseReason::Release,
            record: 1,
        },
    };
    gate.links.gates[&lane].order(order).expect("there is room");
    let answer = next_frame(&mut line).await.expect("an answer");
    let command = Command::read(&answer.xml).unwrap();
    assert_eq!(command.result, StatusWord::RELEASE);
    assert!(command.answers(&gather));
    let links = gate.health.links();
    assert_eq!(links["front end of E3"].taken, 2);
    assert_eq!(links["customs gate listener"].refused, 1);
    gate.end().await;
}

#[tokio::test]
async fn a_back_end_is_registered_with_and_asked() {
    let back_end = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = back_end.local_addr().unwrap();
    let lanes = format!(
        "[[lane]]\nid = \"E3\"\ndirection = \"entry\"\n\n[lane.back_end]\ntcp = \"{address}\"\n\
         channel = \"1000000003\"\nuser = \"U1\"\npassword_file = \"password\"\n\
         byte_order = \"big\"\nwide_code = true\n\n[[lane.device]]\nid = \"E3-gate\"\n\
         kind = \"gate_controller\"\ntcp = \"127.0.0.1:1\"\n"
    );
    let port = free_port().await;
    let gate = gate(port, &lanes).await;
    let (mut line, _) = timeout(WITHIN, back_end.accept()).await.unwrap().unwrap();
    let frame = next_frame(&mut line).await.expect("a registration");
    let registration = Registration::read(&frame.xml).unwrap();
    assert_eq!(registration.password, "secret");
    assert_eq!(registration.monitor_port, port);
    let result = RegisterResult::to(&key(""), &registration, RegisterOutcome::Done);
    let bytes = result.frame().unwrap().write(DIALECT).unwrap();
    line.write_all(&bytes).await.unwrap();

    let evidence = fixture::clean().evidence;
    let query = LedgerQuery {
        ask: 1,
        passage: evidence.passage.clone(),
        lane: evidence.lane.clone(),
        direction: evidence.direction,
        tags: Vec::new(),
        plates: Vec::new(),
        containers: Vec::new(),
        driver: None,
        chosen_pass: None,
        at: evidence.frozen.at,
    };
    let lane = LaneId::parse("E3").unwrap();
    assert!(gate.links.back_ends[&lane].ask(query, evidence.clone()));
    // Reports of devices come as well, each over a connection of its own.
    loop {
        let (mut line, _) = timeout(WITHIN, back_end.accept()).await.unwrap().unwrap();
        let frame = next_frame(&mut line).await.expect("a message");
        if frame.code != 0x21 {
            assert!(matches!(frame.code, 0x42 | 0x43), "{:#x}", frame.code);
            continue;
        }
        let gather = Gather::read(&frame.xml).unwrap();
        assert_eq!(gather.plate, evidence.plates[0].plate.as_str());
        break;
    }
    gate.end().await;
}
