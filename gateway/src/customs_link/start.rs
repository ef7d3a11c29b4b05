//! The configuration's lanes with a front end or a back end of others → their tasks, and the ends
//! that lanes and daemon hold of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::id::LaneId;
use domain::policy::Policy;
use standards::jgs14::gather::flag_of;
use standards::jgs14::message::Key;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::back_task::{self, BackEndLink, BackTask};
use super::desk::{Desk, Known, Question};
use super::door::{Door, Password};
use super::front_lane::FrontLane;
use super::front_task::{self, FrontTask, News, QUESTIONS_MAX};
use crate::clock::Clock;
use crate::config::{BackEndSetup, Config, CustomsGate, FrontEndSetup, LaneSetup};
use crate::gate_link::GateLink;
use crate::health::Health;
use crate::lane_task::{LaneInbox, inbox as make_inbox};
use crate::ledger_task::LedgerHandle;
use crate::stop::Stop;

/// A back end takes a connection within this time.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// What the tasks share with the rest of the daemon.
#[derive(Clone)]
pub struct Surroundings {
    /// Ledger.
    pub ledger: LedgerHandle,
    /// Policy in force.
    pub policy: watch::Receiver<Arc<Policy>>,
    /// Clock.
    pub clock: Clock,
    /// Where counts and states are shown.
    pub health: Health,
    /// End of the daemon.
    pub stop: Stop,
}

/// The lanes' ends.
#[derive(Default)]
pub struct Links {
    /// Barriers of front ends, in place of gate controllers.
    pub gates: BTreeMap<LaneId, GateLink>,
    /// What front ends are told of the journal.
    pub news: BTreeMap<LaneId, News>,
    /// Back ends that are asked.
    pub back_ends: BTreeMap<LaneId, BackEndLink>,
}

/// Starts the tasks of all lanes and the listener.
///
/// # Errors
/// A password file cannot be read, or the address to listen on is taken.
pub async fn start(
    config: &Config,
    inboxes: &BTreeMap<LaneId, LaneInbox>,
    around: &Surroundings,
    tasks: &mut JoinSet<()>,
) -> anyhow::Result<Links> {
    let mut links = Links::default();
    let Some(gate) = &config.customs_gate else {
        return Ok(links);
    };
    let known = Known::default();
    let mut routes = BTreeMap::new();
    for setup in &config.lanes {
        let lane = &setup.lane.lane;
        let inbox = inboxes[lane].clone();
        let (asks, questions) = mpsc::channel(QUESTIONS_MAX);
        if let Some(front_end) = &setup.front_end {
            front_end.allow.iter().for_each(|one| known.add(*one));
            routes.insert(front_end.channel.clone(), asks);
            let ends = front(gate, setup, front_end, inbox, questions, around)?;
            let (task, link, news) = ends;
            links.gates.insert(lane.clone(), link);
            links.news.insert(lane.clone(), news);
            tasks.spawn(task.run());
        } else if let Some(back_end) = &setup.back_end {
            routes.insert(back_end.channel.clone(), asks);
            let known = known.clone();
            let (task, link) = back(gate, setup, back_end, inbox, questions, around, known)?;
            links.back_ends.insert(lane.clone(), link);
            tasks.spawn(task.run());
        }
    }
    if let Some(address) = gate.listen {
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| {
            format!("cannot listen on {address}; set another customs_gate.listen")
        })?;
        let desk = Desk {
            address,
            routes,
            known,
            area_id: gate.area_id.clone(),
            connections: gate.connections,
            frame_bytes_max: gate.frame_bytes_max,
            health: around.health.clone(),
            stop: around.stop.clone(),
        };
        tasks.spawn(desk.run(listener));
    }
    Ok(links)
}

fn front(
    gate: &CustomsGate,
    setup: &LaneSetup,
    front_end: &FrontEndSetup,
    inbox: LaneInbox,
    questions: mpsc::Receiver<Question>,
    around: &Surroundings,
) -> anyhow::Result<(FrontTask, GateLink, News)> {
    let lane = setup.lane.lane.clone();
    let key = key_of(gate, setup, &front_end.channel);
    let door = Door::new(
        key.clone(),
        &front_end.user,
        Password::new(&password(&front_end.password_file)?),
        front_end.allow.clone(),
        front_end.must_register,
    );
    let (link, orders) = GateLink::pair();
    let (news, told) = front_task::news();
    let now = around.clock.now();
    let front_end = front_end.clone();
    let verified_until = setup.verified_until;
    let task = FrontTask {
        name: format!("front end of {lane}"),
        lane: FrontLane::new(lane, key, front_end.clone(), verified_until, door, now),
        setup: front_end,
        inbox,
        questions,
        orders,
        news: told,
        policy: around.policy.clone(),
        clock: around.clock.clone(),
        health: around.health.clone(),
        stop: around.stop.clone(),
    };
    Ok((task, link, news))
}

fn back(
    gate: &CustomsGate,
    setup: &LaneSetup,
    back_end: &BackEndSetup,
    lane: LaneInbox,
    questions: mpsc::Receiver<Question>,
    around: &Surroundings,
    known: Known,
) -> anyhow::Result<(BackTask, BackEndLink)> {
    let (link, asks) = back_task::link();
    let (inbox, answers) = make_inbox(setup.lane.lane.clone());
    let task = BackTask {
        name: format!("back end of {}", setup.lane.lane),
        key: key_of(gate, setup, &back_end.channel),
        setup: back_end.clone(),
        password: password(&back_end.password_file)?,
        command_port: gate.listen.map(|address| address.port()),
        devices: setup.lane.devices.clone(),
        asks,
        questions,
        lane,
        inbox,
        answers,
        ledger: around.ledger.clone(),
        policy: around.policy.clone(),
        known,
        peers: Known::default(),
        clock: around.clock.clone(),
        health: around.health.clone(),
        stop: around.stop.clone(),
    };
    Ok((task, link))
}

fn key_of(gate: &CustomsGate, setup: &LaneSetup, channel: &str) -> Key {
    Key {
        area_id: gate.area_id.clone(),
        channel: channel.to_owned(),
        flag: flag_of(setup.lane.direction).to_owned(),
        seq_no: String::new(),
    }
}

/// What a technician is told of a lane's links: password files, and whether a back end is there.
pub async fn examine(setup: &LaneSetup) -> Vec<Result<String, String>> {
    let mut found = Vec::new();
    let readable = |file: &Path| password(file).map_err(|error| error.to_string());
    if let Some(front_end) = &setup.front_end {
        let said = readable(&front_end.password_file);
        let lane = &front_end.channel;
        found.push(said.map(|_| format!("front end of lane number {lane}: its password is there")));
    }
    if let Some(back_end) = &setup.back_end {
        let said = readable(&back_end.password_file);
        let address = &back_end.address;
        found.push(said.map(|_| format!("back end {address}: the password is there")));
        let connected = timeout(PROBE_TIMEOUT, TcpStream::connect(address)).await;
        found.push(match connected {
            Ok(Ok(_)) => Ok(format!("back end {address} takes connections")),
            Ok(Err(error)) => Err(format!("back end {address}: {error}")),
            Err(_) => Err(format!("back end {address} does not answer")),
        });
    }
    found
}

/// The first line of a password file.
fn password(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the password in {}", file.display()))?;
    let line = text.lines().next().unwrap_or_default().trim().to_owned();
    anyhow::ensure!(!line.is_empty(), "{} has no password", file.display());
    Ok(line)
}
