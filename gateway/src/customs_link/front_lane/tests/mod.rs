//! A front end of others against a real lane machine, in virtual time: what is answered, what is
//! commanded, and that nothing lifts without a durable record.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "tests look at the events they are about"
)]

mod course;

use std::collections::BTreeMap;

use decision::fixture;
use domain::device::DeviceKind;
use domain::event::{Event as Recorded, EventBody, PassageEnd};
use domain::facts::{Facts, PassFact};
use domain::gate_pass::Direction;
use domain::id::UserId;
use domain::mass::Mass;
use domain::operator::{Act as Deed, OperatorAct};
use domain::policy::RuleId;
use domain::seal::SealState;
use domain::time::{TimeSource, UtcTime};
use ledger::query::LedgerAnswer;
use passage::Lane;
use passage::config::{LaneConfig, LaneDevice, LaneTimings, ScaleConfig};
use passage::port::Output;
use standards::jgs14::device::{Device, DeviceStates, ModuleState};
use standards::jgs14::frame::{ByteOrder, CodeWidth, Dialect};
use standards::jgs14::module::Module;
use standards::jgs14::operate::{DeviceCommand, DeviceResult, Operation};
use standards::jgs14::register::{RegisterOutcome, RegisterResult, Registration};
use store::journal::{Ed25519Signer, Journal, JournalConfig};

use super::super::door::Password;
use super::*;
use crate::config::kinds_of;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 2, 3));
const GATHERS: [DeviceKind; 4] = [
    DeviceKind::Weighbridge,
    DeviceKind::TagReader,
    DeviceKind::PlateCamera,
    DeviceKind::CardReader,
];

/// A proof of a real journal, which alone can make one.
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

fn key() -> Key {
    Key {
        area_id: "6407000001".to_owned(),
        channel: "1000000002".to_owned(),
        flag: "E".to_owned(),
        seq_no: String::new(),
    }
}

struct World {
    lane: Lane,
    front: FrontLane,
    now: Now,
    policy: Arc<Policy>,
    facts: Facts,
    proof: Arc<Durable>,
    is_durable: bool,
    is_sent: bool,
    events: Vec<Recorded>,
    /// Status words by question.
    words: BTreeMap<u64, StatusWord>,
    other_replies: Vec<Frame>,
    closed: Vec<u64>,
    commands: Vec<(u64, SocketAddr, DeviceCommand)>,
    lifts: usize,
    questions: u64,
}

impl World {
    #[expect(
        clippy::too_many_lines,
        reason = "one part of the world after the other"
    )]
    fn new() -> Self {
        let case = fixture::bobtail();
        let mut policy = case.policy;
        policy.required_devices = GATHERS[..3].to_vec();
        let policy = Arc::new(policy);
        let now = Now {
            mono: Instant::from_millis(1_000),
            utc: UtcTime {
                at: fixture::now(),
                source: TimeSource::Gnss,
            },
        };
        let setup = FrontEndSetup {
            channel: key().channel,
            user: "U1".to_owned(),
            password_file: "unused".into(),
            allow: vec![PEER],
            gathers: GATHERS.to_vec(),
            seal_state: SealState::Unreadable,
            must_register: true,
            commands_to: None,
            dialect: Dialect {
                code: CodeWidth::One,
                order: ByteOrder::Little,
            },
            answer: Duration::from_secs(10),
            leave: Duration::from_secs(5),
        };
        let lane = fixture::lane();
        let devices = kinds_of(&setup).map(|kind| LaneDevice {
            id: device_id(&lane, kind).unwrap(),
            kind,
        });
        let config = LaneConfig {
            gate: fixture::gate(),
            lane: lane.clone(),
            direction: Direction::Exit,
            mode: LaneMode::Live,
            stage: None,
            devices: devices.collect(),
            scale: Some(ScaleConfig {
                division: Mass::from_kg(20),
                zero_band: Mass::from_kg(60),
                vehicle_min: Mass::from_kg(400),
                stable_frames: 5,
                stable_for: Duration::from_secs(1),
                silence: Duration::from_secs(3),
            }),
            timings: LaneTimings {
                identify: Duration::from_millis(200),
                weigh: Duration::from_millis(200),
                collect: Duration::from_millis(100),
                trailer_gap: Duration::from_millis(200),
                ..LaneTimings::default()
            },
            bay_beyond_arm: false,
        };
        let password = Password::new("secret");
        let door = Door::new(key(), "U1", password, vec![PEER], true);
        let verified = Some(fixture::now_plus(90 * 86_400));
        let mut world = Self {
            lane: Lane::new(config, Arc::clone(&policy), 7, now),
            front: FrontLane::new(lane, key(), setup, verified, door, now),
            now,
            policy,
            facts: case.facts,
            proof: proof(),
            is_durable: true,
            is_sent: true,
            events: Vec::new(),
            words: BTreeMap::new(),
            other_replies: Vec::new(),
            closed: Vec::new(),
            commands: Vec::new(),
            lifts: 0,
            questions: 0,
        };
        world.wait(1_000);
        world
    }

    fn registered() -> Self {
        let mut world = Self::new();
        assert_eq!(world.register("secret"), RegisterOutcome::Done);
        world
    }

    fn register(&mut self, password: &str) -> RegisterOutcome {
        let registration = Registration {
            monitor_ip: "10.1.2.3".to_owned(),
            monitor_port: 9_001,
            user: "U1".to_owned(),
            password: password.to_owned(),
        };
        self.ask(registration.frame(&key()).unwrap());
        let reply = self.other_replies.pop().expect("an answer");
        RegisterResult::read(&reply.xml).unwrap().outcome
    }

    /// The gather message of the truck that the facts are about.
    fn truck(&self, number: u32) -> Gather {
        let case = fixture::bobtail();
        let key = Key {
            seq_no: seq(number),
            ..key()
        };
        Gather::of_evidence(&case.evidence, &case.policy, key)
    }

    fn ask(&mut self, frame: Frame) -> u64 {
        self.questions += 1;
        let question = self.questions;
        self.event(Event::Frame {
            question,
            from: PEER,
            frame,
        });
        question
    }

    fn gather(&mut self, gather: &Gather) -> u64 {
        let question = self.ask(gather.frame().unwrap());
        self.wait(1_000);
        question
    }

    fn event(&mut self, event: Event) {
        self.front.handle(event, &self.policy, self.now);
        self.pump();
    }

    fn input(&mut self, input: Input) {
        self.lane.handle_input(input, self.now);
        self.pump();
    }

    fn wait(&mut self, ms: u64) {
        for _ in 0..ms / 50 {
            self.now.mono = self.now.mono + Duration::from_millis(50);
            self.now.utc.at = self.now.utc.at + Duration::from_millis(50);
            if self.front.deadline() <= self.now.mono {
                self.event(Event::Tick);
            }
            let is_due = |at: Instant| at <= self.now.mono;
            if self.lane.poll_timeout().is_some_and(is_due) {
                self.input(Input::Timeout);
            }
        }
    }

    fn pump(&mut self) {
        loop {
            if let Some(act) = self.front.poll() {
                self.carry_out(act);
            } else if let Some(output) = self.lane.poll_output() {
                self.put(output);
            } else {
                return;
            }
        }
    }

    fn carry_out(&mut self, act: Act) {
        match act {
            Act::Reply {
                question,
                frame,
                lifts,
            } => {
                match Command::read(&frame.xml) {
                    Ok(command) => {
                        let is_lift = command.result.barrier() == BarrierOrder::Lift;
                        assert_eq!(is_lift, lifts);
                        self.lifts += usize::from(lifts && self.is_sent);
                        self.words.insert(question, command.result);
                    }
                    Err(_) => self.other_replies.push(frame),
                }
                if lifts {
                    let is_sent = self.is_sent;
                    let sent = Event::Sent { question, is_sent };
                    self.front.handle(sent, &self.policy, self.now);
                }
            }
            Act::Close { question } => self.closed.push(question),
            Act::Lane(input) => self.lane.handle_input(*input, self.now),
            Act::Command { number, to, frame } => {
                let command = DeviceCommand::read(&frame.xml).unwrap();
                self.lifts += usize::from(command.word.barrier() == BarrierOrder::Lift);
                self.commands.push((number, to, command));
            }
        }
    }

    fn put(&mut self, output: Output) {
        match output {
            Output::Ask(query) => {
                let answer = LedgerAnswer {
                    ask: query.ask,
                    passage: query.passage,
                    facts: Ok(Box::new(self.facts.clone())),
                };
                self.lane.handle_input(Input::Ledger(answer), self.now);
            }
            Output::Record { record, event } => {
                if let Some(told) = Told::course(&event) {
                    self.front.handle(Event::Told(told), &self.policy, self.now);
                }
                if !self.is_durable {
                    let cause = "disk full".to_owned();
                    let failed = Input::RecordFailed { record, cause };
                    self.lane.handle_input(failed, self.now);
                    return;
                }
                if let Some(told) = Told::decision(&event) {
                    self.front.handle(Event::Told(told), &self.policy, self.now);
                }
                self.events.push(*event);
                self.lane.handle_input(Input::Recorded { record }, self.now);
            }
            Output::Actuate(actuation) => match actuation {
                Actuation::Raise { .. } => {
                    let proof = Arc::clone(&self.proof);
                    let lift = Event::Lift { proof, actuation };
                    self.front.handle(lift, &self.policy, self.now);
                }
                Actuation::Lower => self.front.handle(Event::Lower, &self.policy, self.now),
                Actuation::Lights(_) | Actuation::AcknowledgeFaults | Actuation::Siren { .. } => {}
            },
            Output::Show(_) | Output::Capture { .. } | Output::ReturnReservation { .. } => {}
        }
    }

    fn executed(&mut self, character: u8) {
        let (number, _, command) = self.commands.last().expect("a command");
        let result = DeviceResult {
            key: command.key.clone(),
            word: StatusWord::RELEASE.with(2, character),
            seal_use_count: None,
        };
        let (number, answer) = (*number, Ok(result.frame().unwrap()));
        self.event(Event::Commanded { number, answer });
    }

    fn clear(&mut self) {
        self.input(Input::Operator(Box::new(OperatorAct {
            user: UserId::parse("clerk").unwrap(),
            passage: None,
            act: Deed::Clear {
                attempt: None,
                approved_by: None,
                privileges: RuleId::ALL.to_vec(),
                reason_code: "CHECKED".to_owned(),
                text: "seen".to_owned(),
            },
        })));
    }

    fn ends(&self) -> Vec<PassageEnd> {
        let end = |event: &Recorded| match event.body {
            EventBody::PassageEnded { end, .. } => Some(end),
            _ => None,
        };
        self.events.iter().filter_map(end).collect()
    }

    fn word(&self, question: u64) -> String {
        self.words
            .get(&question)
            .map_or_else(String::new, ToString::to_string)
    }

    /// Nothing was lifted that the journal did not allow.
    fn check(&self) {
        let allows = |event: &&Recorded| match &event.body {
            EventBody::PassageDecided(record) => record.withdrawal.is_some(),
            EventBody::HoldCleared { .. } => true,
            _ => false,
        };
        let allowed = self.events.iter().filter(allows).count();
        assert!(
            self.lifts <= 2 * allowed,
            "{} lifts, {allowed} allowed",
            self.lifts
        );
        for (at, event) in self.events.iter().enumerate() {
            if matches!(event.body, EventBody::Breached { .. }) {
                let before = self.events[at.saturating_sub(12)..at].iter();
                let before: Vec<_> = before.map(|one| one.body.in_brief()).collect();
                panic!("{event:?} after {before:#?}");
            }
        }
    }
}

fn seq(number: u32) -> String {
    format!("20260301080000{number:06}")
}
