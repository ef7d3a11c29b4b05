//! Starts everything in order, waits for the request to end, stops everything in reverse.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use domain::event::{Event, EventBody, LaneFault};
use domain::id::LaneId;
use domain::ledger_row::LedgerRevision;
use domain::policy::Policy;
use domain::time::TimeSource;
use store::journal::{Ed25519Signer, Journal, JournalConfig};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::carried::{self, Carrier};
use crate::central_policy::{self, CentralPolicy};
use crate::clock::Clock;
use crate::config::{ClockSource, Config, DeviceSetup, Speech};
use crate::control;
use crate::customs_link;
use crate::dashboard::{DashboardSetup, LaneDesk, Server};
use crate::eyes::Eyes;
use crate::gate_keys::{EPOCH, former_keys, key_bytes};
use crate::gate_link::gate_line;
use crate::health::Health;
use crate::history::{self, History};
use crate::intake::{Intake, has_intake};
use crate::lane_task::tap::LaneTap;
use crate::lane_task::{LaneTask, Outlets, inbox, supervise};
use crate::ledger_rows;
use crate::ledger_task::{self, LedgerThread};
use crate::packer::Packer;
use crate::recorder::Recorder;
use crate::region_keys::RegionKeys;
use crate::stop::{self, Stop};
use crate::uplink;

/// Longest time that tasks may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs the gate until SIGTERM or Ctrl-C.
///
/// # Errors
/// Whatever keeps it from starting: keys, policy, journal, ledger.
pub async fn until_signal(config: Config) -> anyhow::Result<()> {
    let (stopper, stop) = stop::channel();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .context("SIGTERM cannot be heard")?;
    let signals = tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        stopper.stop();
    });
    let outcome = run(config, stop).await;
    signals.abort();
    outcome
}

/// The policy in force and its two parts.
struct Policies {
    own: Policy,
    central: Option<Policy>,
    in_force: Policy,
}

impl Policies {
    fn read(config: &Config) -> anyhow::Result<Self> {
        let own = policy_file::load(&config.policy_file)?;
        let central = central_policy::kept(&config.directory)?;
        Ok(Self {
            in_force: central_policy::in_force(central.as_ref(), &own),
            own,
            central,
        })
    }
}

/// Runs the gate until asked to stop.
///
/// # Errors
/// As [`until_signal`].
pub async fn run(config: Config, stop: Stop) -> anyhow::Result<()> {
    let health = Health::default();
    let clock = Clock::new(match config.clock {
        ClockSource::Ntp => TimeSource::Ntp,
        // A receiver has to speak before it vouches for anything.
        ClockSource::Gnss | ClockSource::None => TimeSource::Unsynchronised,
    });
    let policies = Policies::read(&config)?;
    let seed = key_bytes(&config.signing_key_file)?;
    let region_keys = RegionKeys::open(
        &config.directory,
        &config.gate.region,
        &key_bytes(&config.region_key_file)?,
    )?;
    let journal_config = JournalConfig {
        directory: config.directory.join("journal"),
        gate: config.gate.to_string(),
        epoch: EPOCH,
        segment_bytes: config.segment_bytes,
        quota_bytes: config.journal_bytes_max,
        former_keys: former_keys(&config)?,
        ..JournalConfig::default()
    };
    let (journal, recovery) =
        Journal::open(journal_config, Box::new(Ed25519Signer::from_secret(&seed)))
            .context("the journal cannot be opened; no lane may run without it")?;
    if let Some(repair) = &recovery.tail_repaired {
        tracing::warn!(
            ?repair,
            "the tail of the journal was repaired after a crash"
        );
    }
    let journal = Arc::new(journal);
    let (mut ledger, rebuilt) =
        ledger_rows::open(&config).context("the ledger cannot be opened")?;
    let history = history::read(
        &config.directory,
        &journal,
        recovery.last_sequence,
        &mut ledger,
    )?;
    tracing::info!(gate = %config.gate, events = history.events, "journal read");
    let recorder = Recorder::new(
        config.gate.clone(),
        Arc::clone(&journal),
        recovery.last_sequence,
        health.clone(),
    );
    start_events(&recorder, &clock, &history, &recovery, &policies.in_force).await?;
    if let Some(lost) = &history.lost {
        ledger.rows_mut().distrust()?;
        report_lost(&recorder, &clock, lost).await?;
    } else if rebuilt {
        report_lost(&recorder, &clock, "the ledger tables were lost or damaged").await?;
    }
    Assembly {
        config,
        stop,
        health,
        clock,
        policies,
        recorder,
        journal,
        seed,
    }
    .start(ledger, history, region_keys)
    .await
}

async fn report_lost(recorder: &Recorder, clock: &Clock, lost: &str) -> anyhow::Result<()> {
    tracing::warn!(
        lost,
        "nothing is released until the region vouches for the ledger"
    );
    let event = Event {
        at: clock.now().utc,
        lane: None,
        passage: None,
        body: EventBody::FaultFound {
            fault: LaneFault::LedgerRebuilt,
            text: format!(
                "{lost}: nothing is released until the region vouches for the ledger or it is \
                 imported again"
            ),
        },
    };
    recorder
        .record_and_wait(&event)
        .await
        .map_err(anyhow::Error::msg)?;
    Ok(())
}

async fn start_events(
    recorder: &Recorder,
    clock: &Clock,
    history: &History,
    recovery: &store::journal::Recovery,
    policy: &Policy,
) -> anyhow::Result<()> {
    let bodies = [
        EventBody::GatewayStarted {
            software: env!("CARGO_PKG_VERSION").to_owned(),
            clean_shutdown_before: history.open.clean_shutdown(),
            tail_bytes_cut: recovery.tail_repaired.as_ref().map_or(0, |r| r.bytes_cut),
        },
        EventBody::PolicyAdopted(Box::new(policy.clone())),
    ];
    for body in bodies {
        let event = Event {
            at: clock.now().utc,
            lane: None,
            passage: None,
            body,
        };
        recorder
            .record_and_wait(&event)
            .await
            .map_err(anyhow::Error::msg)?;
    }
    Ok(())
}

struct Assembly {
    config: Config,
    stop: Stop,
    health: Health,
    clock: Clock,
    policies: Policies,
    recorder: Recorder,
    journal: Arc<Journal>,
    seed: [u8; 32],
}

impl Assembly {
    #[expect(
        clippy::too_many_lines,
        reason = "one task after the other, in the order of their needs"
    )]
    async fn start(
        self,
        ledger: ledger::lookup::Ledger<ledger_rows::DiskRows>,
        history: History,
        region_keys: RegionKeys,
    ) -> anyhow::Result<()> {
        let (policy_tx, policy) = watch::channel(Arc::new(self.policies.in_force.clone()));
        let version = self.policies.in_force.version.to_string();
        self.health.policy(|shown| shown.version = version);
        let (eyes, readers) = match self.eyes() {
            Ok((eyes, readers)) => (Ok(eyes), readers),
            Err(blind) => (Err(blind), Vec::new()),
        };
        let mut inboxes = BTreeMap::new();
        let mut receivers = BTreeMap::new();
        for setup in &self.config.lanes {
            let (inbox, receiver) = inbox(setup.lane.lane.clone());
            inboxes.insert(setup.lane.lane.clone(), inbox);
            receivers.insert(setup.lane.lane.clone(), receiver);
        }
        let durable = self.recorder.durable();
        let followed = *durable.borrow();
        let (ledger, ledger_thread) = ledger_task::start(LedgerThread {
            ledger,
            reader: self.journal.reader(),
            followed,
            durable,
            recorder: self.recorder.clone(),
            lanes: inboxes.values().cloned().collect(),
            clock: self.clock.clone(),
        });
        let mut tasks = JoinSet::new();
        let around = customs_link::Surroundings {
            ledger: ledger.clone(),
            policy: policy.clone(),
            clock: self.clock.clone(),
            health: self.health.clone(),
            stop: self.stop.clone(),
        };
        let mut links = customs_link::start(&self.config, &inboxes, &around, &mut tasks).await?;
        let mut notices = BTreeMap::new();
        let mut lane_desks = BTreeMap::new();
        for (index, setup) in self.config.lanes.iter().enumerate() {
            let lane = &setup.lane.lane;
            let inbox = inboxes[lane].clone();
            let receiver = receivers.remove(lane).expect("made for every lane above");
            let (capture, captures) = watch::channel(0);
            let gate = match links.gates.remove(lane) {
                Some(front_end) => front_end,
                None => {
                    let mut devices = setup.devices.iter();
                    let controller = devices
                        .find(|device| !has_intake(device.kind))
                        .context("a lane without gate controller passed the check")?;
                    let (gate, task) = gate_line(
                        controller.clone(),
                        inbox.clone(),
                        self.clock.clone(),
                        self.health.clone(),
                        self.stop.clone(),
                    );
                    tasks.spawn(task.run());
                    gate
                }
            };
            for device in setup
                .devices
                .iter()
                .filter(|device| has_intake(device.kind))
            {
                let intake = Intake {
                    setup: Arc::new(device.clone()),
                    lane: inbox.clone(),
                    capture: captures.clone(),
                    clock: self.clock.clone(),
                    health: self.health.clone(),
                    stop: self.stop.clone(),
                    eyes: eyes.clone(),
                };
                tasks.spawn(intake.run());
            }
            let (notice, shown) = watch::channel(None);
            notices.insert(lane.clone(), shown.clone());
            let tap = LaneTap::default();
            lane_desks.insert(
                lane.clone(),
                LaneDesk {
                    direction: setup.lane.direction,
                    inbox: inbox.clone(),
                    tap: tap.clone(),
                    notice: shown,
                },
            );
            tasks.spawn(supervise(LaneTask {
                config: setup.lane.clone(),
                policy: policy.clone(),
                seed: lane_seed(&self.seed, index),
                known: history.open.clone(),
                messages: receiver,
                outlets: Outlets {
                    inbox,
                    ledger: ledger.clone(),
                    recorder: self.recorder.clone(),
                    gate,
                    notice,
                    capture,
                    back_end: links.back_ends.remove(lane),
                    news: links.news.remove(lane),
                    tap,
                },
                clock: self.clock.clone(),
                stop: self.stop.clone(),
            }));
        }
        if let Some(uplink_config) = self.config.uplink.clone() {
            let uplink = uplink::Uplink::new(
                uplink_config,
                &self.config,
                region_keys,
                CentralPolicy {
                    directory: self.config.directory.clone(),
                    file: self.policies.own.clone(),
                    central: self.policies.central.clone(),
                    lanes: policy_tx,
                    recorder: self.recorder.clone(),
                    clock: self.clock.clone(),
                    health: self.health.clone(),
                },
                self.seed,
                ledger.clone(),
                self.recorder.clone(),
                self.health.clone(),
                self.clock.clone(),
                self.stop.clone(),
            )?;
            let carrier = Carrier {
                file: carried::file_in(&self.config.directory),
                gate: self.config.gate.clone(),
                segment_bytes: self.config.segment_bytes,
                recorder: self.recorder.clone(),
                region_has: uplink.region_has(),
                clock: self.clock.clone(),
                stop: self.stop.clone(),
            };
            tasks.spawn(carrier.run());
            tasks.spawn(uplink.run());
        }
        let page = self
            .dashboard(lane_desks, policy, ledger.revision())
            .await?;
        let keeper = page.as_ref().map(Server::keeper);
        if let Some(server) = page {
            announce(&server.announcement());
            tasks.spawn(server.run());
        }
        let listener = control::bind(&self.config.directory).context("no control socket")?;
        let control = control::Control {
            lanes: inboxes,
            notices,
            health: self.health.clone(),
            revision: ledger.revision(),
            recorder: self.recorder.clone(),
            clock: self.clock.clone(),
            keeper,
            stop: self.stop.clone(),
        };
        tasks.spawn(control.run(listener));
        tracing::info!(gate = %self.config.gate, lanes = self.config.lanes.len(), "gate running");
        self.stop.clone().requested().await;
        // Their queue ends with its last sender; the intakes hold the others.
        drop(eyes);
        self.end(tasks, &ledger, ledger_thread, readers).await
    }

    /// The gate's own page, where one is configured.
    async fn dashboard(
        &self,
        lanes: BTreeMap<LaneId, LaneDesk>,
        policy: watch::Receiver<Arc<Policy>>,
        revision: watch::Receiver<Option<LedgerRevision>>,
    ) -> anyhow::Result<Option<Server>> {
        let Some(config) = self.config.dashboard.clone() else {
            return Ok(None);
        };
        let server = Server::open(DashboardSetup {
            config,
            directory: self.config.directory.clone(),
            lanes,
            recorder: self.recorder.clone(),
            packer: Packer {
                gate: self.config.gate.clone(),
                journal: self.config.directory.join("journal"),
                pictures: self.config.directory.join("pictures"),
                key: wire::signature::SigningKeyPair::from_seed(&self.seed),
            },
            health: self.health.clone(),
            clock: self.clock.clone(),
            policy,
            revision,
            has_region: self.config.uplink.is_some(),
            stop: self.stop.clone(),
        });
        Ok(Some(server.await.context("no dashboard")?))
    }

    /// What reads pictures, where a camera sends any. A gate without eyes runs on: its cameras
    /// are lost devices, and the rules see that.
    fn eyes(&self) -> Result<(Eyes, Vec<JoinHandle<()>>), Arc<str>> {
        let sends_pictures = |device: &DeviceSetup| {
            matches!(device.speech, Speech::Pictures { .. } | Speech::ScanImages)
        };
        let mut devices = self.config.lanes.iter().flat_map(|lane| &lane.devices);
        if !devices.any(sends_pictures) {
            return Err("nothing sends pictures".into());
        }
        let opened = Eyes::open(
            &self.config.vision,
            self.config.directory.join("pictures"),
            self.clock.clone(),
            self.health.clone(),
            self.recorder.clone(),
        );
        opened.map_err(|error| {
            let text = format!("{:#}", anyhow::Error::new(error));
            tracing::error!(text, "no picture can be read");
            text.into()
        })
    }

    async fn end(
        self,
        mut tasks: JoinSet<()>,
        ledger: &ledger_task::LedgerHandle,
        ledger_thread: JoinHandle<()>,
        readers: Vec<JoinHandle<()>>,
    ) -> anyhow::Result<()> {
        tracing::info!("gate stopping");
        let all_ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIMEOUT, all_ended).await.is_err() {
            tracing::warn!("some tasks did not end in time and are cut off");
            tasks.shutdown().await;
        }
        // The library behind the readers goes when the process does: none may be at work then.
        let read_out = tokio::task::spawn_blocking(move || {
            readers.into_iter().for_each(|reader| drop(reader.join()));
        });
        if tokio::time::timeout(STOP_TIMEOUT, read_out).await.is_err() {
            tracing::warn!("a picture is still being read");
        }
        ledger.stop();
        let ended = tokio::task::spawn_blocking(move || ledger_thread.join().is_ok()).await;
        if !ended.unwrap_or(false) {
            tracing::error!("the ledger thread had failed");
        }
        let event = Event {
            at: self.clock.now().utc,
            lane: None,
            passage: None,
            body: EventBody::GatewayStopped,
        };
        self.recorder
            .record_and_wait(&event)
            .await
            .map_err(anyhow::Error::msg)?;
        tracing::info!("gate stopped");
        Ok(())
    }
}

/// Tells the console. A console that is closed is no reason to stop.
fn announce(text: &str) {
    use std::io::Write as _;
    let mut console = std::io::stdout().lock();
    let _ = console
        .write_all(text.as_bytes())
        .and_then(|()| console.flush());
}

/// Each lane draws from its own sequence; the secret key keeps the draws unpredictable.
fn lane_seed(seed: &[u8; 32], lane: usize) -> u64 {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    hash.update(b"kakou/lane-seed/v1");
    hash.update(seed);
    hash.update((lane as u64).to_le_bytes());
    let bytes: [u8; 32] = hash.finalize().into();
    u64::from_le_bytes(bytes[..8].try_into().expect("eight of thirty-two bytes"))
}
