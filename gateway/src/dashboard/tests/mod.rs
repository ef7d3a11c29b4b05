//! The routes over a real socket, in front of a journal filled by hand and lanes that only note
//! what they are asked. What a lane makes of an act is tested with real lanes and a real browser.

mod acts;
mod security;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use decision::fixture;
use domain::event::{DecisionRecord, Event, EventBody};
use domain::gate_pass::Direction;
use domain::id::{CompanyId, DriverId, LaneId, PassageId};
use domain::operator::{LaneMode, OperatorAct};
use domain::policy::RuleId;
use domain::reason::Language;
use domain::time::TimeSource;
use http_door::Peer;
use store::journal::{Ed25519Signer, Journal, JournalConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::accounts::{Role, SecretText};
use super::*;
use crate::clock::Clock;
use crate::config::DashboardConfig;
use crate::health::Health;
use crate::lane_task::tap::LaneTap;
use crate::lane_task::{LaneMessage, inbox};
use crate::packer::Packer;
use crate::recorder::Recorder;
use crate::stop::{self, Stopper};

/// Nothing here takes so long; a hang shall not be one.
const DEADLINE: Duration = Duration::from_secs(30);
/// What a device or a clerk could have typed.
const SCRIPT: &str = "<script>alert(1)<";
const PASSWORD: &str = "four unlikely words here";

/// A page that answers without TLS, and what stands behind it.
struct Site {
    address: SocketAddr,
    desk: Arc<Desk>,
    /// What the lane was asked.
    asked: Arc<Mutex<Vec<OperatorAct>>>,
    stopper: Stopper,
    _folder: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: String,
    body: String,
}

/// Somebody who has signed in.
#[derive(Debug)]
struct Person {
    cookie: String,
    form: String,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

impl Site {
    /// A gate with one lane and a held vehicle, whose texts are of evil intent.
    async fn start(two_persons: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = JournalConfig {
            directory: folder.path().join("journal"),
            gate: fixture::gate().to_string(),
            segment_bytes: 1 << 20,
            real_time_priority: None,
            ..JournalConfig::default()
        };
        let signer = Box::new(Ed25519Signer::from_secret(&[5; 32]));
        let (journal, _) = Journal::open(journal, signer).unwrap();
        let health = Health::default();
        let recorder = Recorder::new(fixture::gate(), Arc::new(journal), 0, health.clone());
        for event in events() {
            recorder.record_and_wait(&event).await.unwrap();
        }
        let (stopper, stop) = stop::channel();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut policy = fixture::clean().policy;
        let rules = two_persons.iter();
        policy.two_persons = rules.map(|n| RuleId::from_number(*n).unwrap()).collect();
        let (_, policy) = watch::channel(Arc::new(policy));
        let setup = DashboardSetup {
            config: DashboardConfig {
                listen: "127.0.0.1:0".parse().unwrap(),
                certificate: None,
                names: Vec::new(),
                language: Language::En,
            },
            directory: folder.path().to_owned(),
            lanes: BTreeMap::from([(fixture::lane(), lane(&asked))]),
            packer: Packer {
                gate: fixture::gate(),
                journal: folder.path().join("journal"),
                pictures: folder.path().join("pictures"),
                key: wire::signature::SigningKeyPair::from_seed(&[5; 32]),
            },
            recorder,
            health,
            clock: Clock::new(TimeSource::Ntp),
            policy,
            revision: watch::channel(None).1,
            has_region: false,
            stop,
        };
        let (frames, shown) = watch::channel(Arc::default());
        let (desk, follower) = Desk::open(setup, shown).unwrap();
        let desk = Arc::new(desk);
        let door = Door::open("127.0.0.1:0".parse().unwrap(), None)
            .await
            .unwrap();
        let address = axum::serve::Listener::local_addr(&door).unwrap();
        tokio::spawn(course::follow(follower));
        tokio::spawn(live::follow(Arc::clone(&desk), frames, desk.stop.clone()));
        let service = router(Arc::clone(&desk)).into_make_service_with_connect_info::<Peer>();
        tokio::spawn(async move { axum::serve(door, service).await });
        let site = Self {
            address,
            desk,
            asked,
            stopper,
            _folder: folder,
        };
        site.read_through().await;
        site
    }

    /// Waits until the page knows the whole journal.
    async fn read_through(&self) {
        let mut frames = self.desk.frames.clone();
        let through = async {
            while self.desk.known.now().through < *self.desk.durable.borrow() {
                frames.changed().await.unwrap();
            }
        };
        tokio::time::timeout(DEADLINE, through).await.unwrap();
    }

    /// Makes an account from the console and signs it in.
    async fn person(&self, name: &str, role: Role, rules: &[u8]) -> Person {
        let rules = rules.iter().map(|n| RuleId::from_number(*n).unwrap());
        let keeper = Keeper::new(Arc::clone(&self.desk));
        let password = SecretText::new(PASSWORD);
        let kept = keeper.keep(name, password, Some(role), rules.collect());
        kept.await.unwrap();
        self.sign_in(name, PASSWORD).await.unwrap()
    }

    async fn sign_in(&self, name: &str, password: &str) -> Result<Person, Answer> {
        let body = form(&[("name", name), ("password", password)]);
        let answer = self.send("POST", "/sign-in", OWN, &body).await;
        let cookie = answer
            .headers
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .and_then(|line| line.split(';').next())
            .map(str::to_owned);
        let Some(cookie) = cookie else {
            return Err(answer);
        };
        let mut person = Person {
            cookie: cookie.replace("__host-kakou", "__Host-kakou"),
            form: String::new(),
        };
        let session = self.get("/api/v1/session", Some(&person)).await;
        let session: serde_json::Value = serde_json::from_str(&session.body).unwrap();
        session["form"]
            .as_str()
            .unwrap()
            .clone_into(&mut person.form);
        Ok(person)
    }

    /// Sends a request as written and reads the answer to its end.
    async fn raw(&self, request: &[u8]) -> Answer {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            // The server may answer and close before a body that is too large is sent.
            let _ = stream.write_all(request).await;
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes).await;
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let text = tokio::time::timeout(DEADLINE, exchange).await.unwrap();
        let (headers, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = headers.split(' ').nth(1).and_then(|word| word.parse().ok());
        Answer {
            status: status.unwrap_or(0),
            headers: headers.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    async fn send(&self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n\
             content-length: {length}\r\n{headers}\r\n{body}"
        );
        self.raw(request.as_bytes()).await
    }

    async fn get(&self, target: &str, person: Option<&Person>) -> Answer {
        let cookie = person.map_or_else(String::new, Person::header);
        self.send("GET", target, &format!("accept: text/html\r\n{cookie}"), "")
            .await
    }

    /// Sends a form of the person's own page.
    async fn post(&self, target: &str, person: &Person, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("form", person.form.as_str())];
        all.extend(fields);
        let headers = format!("{OWN}{}", person.header());
        self.send("POST", target, &headers, &form(&all)).await
    }
}

impl Person {
    fn header(&self) -> String {
        format!("cookie: {}\r\n", self.cookie)
    }
}

/// Headers of a form that a page of ours sends.
const OWN: &str = "content-type: application/x-www-form-urlencoded\r\n\
                   origin: https://gate\r\nsec-fetch-site: same-origin\r\n";

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        let bytes = text.bytes();
        bytes
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect()
    };
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A lane that takes every act and notes it.
fn lane(asked: &Arc<Mutex<Vec<OperatorAct>>>) -> LaneDesk {
    let (inbox, mut messages) = inbox(fixture::lane());
    let asked = Arc::clone(asked);
    tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            if let LaneMessage::Act { act, answer } = message {
                asked.lock().unwrap().push(*act);
                let _ = answer.send(None);
            }
        }
    });
    LaneDesk {
        direction: Direction::Entry,
        inbox,
        tap: LaneTap::default(),
        notice: watch::channel(None).1,
    }
}

/// The held passage.
fn held() -> PassageId {
    fixture::passage_id()
}

/// The held vehicle's decision for R9 alone, with scripts wherever a text may stand.
fn decided(attempt: u16) -> Event {
    let mut case = fixture::clean();
    case.evidence.driver = Some(DriverId::parse(SCRIPT).unwrap());
    case.pass().company = CompanyId::parse(SCRIPT).unwrap();
    let mut decision = decision::decide(&case.evidence, &case.facts, &case.policy);
    for finding in &mut decision.findings {
        finding.outcome = if finding.rule == RuleId::R9 {
            domain::decision::Outcome::Review
        } else {
            domain::decision::Outcome::Pass
        };
        SCRIPT.clone_into(&mut finding.observed);
        SCRIPT.clone_into(&mut finding.expected);
        SCRIPT.clone_into(&mut finding.limit);
    }
    decision.verdict = domain::decision::Verdict::Review;
    let record = DecisionRecord {
        evidence: case.evidence,
        facts: case.facts,
        policy: case.policy,
        decision,
        mode: LaneMode::Live,
        withdrawal: None,
        attempt,
    };
    event(EventBody::PassageDecided(Box::new(record)))
}

/// An event of the held vehicle.
fn event(body: EventBody) -> Event {
    Event {
        at: Clock::new(TimeSource::Ntp).now().utc,
        lane: Some(fixture::lane()),
        passage: Some(held()),
        body,
    }
}

fn events() -> Vec<Event> {
    vec![
        event(EventBody::PassageOpened),
        decided(1),
        event(EventBody::FaultFound {
            fault: domain::event::LaneFault::LoopStuck,
            text: SCRIPT.to_owned(),
        }),
    ]
}

fn lane_name() -> String {
    let lane: LaneId = fixture::lane();
    lane.to_string()
}

/// Rules as the accounts keep them.
fn rules(numbers: &[u8]) -> BTreeSet<RuleId> {
    let rules = numbers.iter();
    rules.map(|n| RuleId::from_number(*n).unwrap()).collect()
}
