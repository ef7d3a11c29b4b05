//! Broker, database, collectors and thousands of gates on this machine, and the orders to them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::id::{GateAddress, GateId, PremisesId, RegionId};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sim::live::broker::Broker;
use sim::live::certificates::Certificates;
use sim::live::cluster::Cluster;
use sim::live::collectors::{Collectors, Plan, region_keys};
use sim::live::keys;
use sim::live::postgres::Postgres;
use sim::virtual_time::Scenario;
use tempfile::TempDir;
use tokio::sync::{Semaphore, mpsc, watch};

use super::gate::Gate;
use super::line::{Line, Order, Pace, Shared};
use super::tally::Tally;
use sim::live::usage::Usage;

/// Gates of one premises.
const GATES_OF_PREMISES: usize = 5;
/// Files that this process needs besides the gates' connections.
const OTHER_FILES: u64 = 200;
/// Connections being made at the same time.
const DOORS: usize = 48;
/// Passages and records of the simulated day that the events are taken from.
const PASSAGES: usize = 300;
const RECORDS: usize = 2_000;
/// The client certificate of all gates: who a gate is says its signature, which is its own.
const CLIENT: &str = "gate";

/// What stands between gates and collectors.
pub(crate) enum Pipe {
    /// Three nodes of NATS.
    Cluster(Cluster),
    /// One mosquitto: the least that a broker can cost.
    Single(Box<Broker>),
}

/// Which pipe to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PipeKind {
    Cluster,
    Single,
}

impl Pipe {
    async fn start(
        kind: PipeKind,
        folder: &Path,
        certificates: &Certificates,
    ) -> anyhow::Result<Self> {
        Ok(match kind {
            PipeKind::Cluster => Self::Cluster(Cluster::start(folder, certificates).await?),
            PipeKind::Single => Self::Single(Box::new(Broker::start(folder, certificates).await?)),
        })
    }

    fn brokers(&self) -> Vec<String> {
        match self {
            Self::Cluster(cluster) => cluster.brokers(),
            Self::Single(broker) => vec![format!("127.0.0.1:{}", broker.port())],
        }
    }

    fn ids(&self) -> Vec<u32> {
        match self {
            Self::Cluster(cluster) => cluster.ids(),
            Self::Single(broker) => broker.id().into_iter().collect(),
        }
    }
}

/// Everything that runs.
pub(crate) struct Scene {
    folder: TempDir,
    pipe: Pipe,
    pub(crate) postgres: Postgres,
    pub(crate) collectors: Collectors,
    pub(crate) shared: Arc<Shared>,
    pace: watch::Sender<Pace>,
    orders: Vec<mpsc::Sender<Order>>,
    lines: Vec<tokio::task::JoinHandle<()>>,
    /// Gates in all.
    pub(crate) gates: usize,
    /// Events of one passage, mean of the simulated day.
    pub(crate) events_of_passage: f64,
    /// From the first connection to the last.
    pub(crate) connected_in: Duration,
}

/// What every kind of process uses at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usages {
    pub(crate) brokers: Usage,
    pub(crate) postgres: Usage,
    pub(crate) collectors: Usage,
    pub(crate) gates: Usage,
}

impl Scene {
    /// Starts everything and waits until every gate is connected.
    pub(crate) async fn start(
        programs: &Path,
        kind: PipeKind,
        gates: usize,
        collectors: usize,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let certificates = Certificates::make(&folder.path().join("tls"))?;
        certificates.client(CLIENT)?;
        let postgres = Postgres::start().await?;
        let pipe = Pipe::start(kind, &folder.path().join("broker"), &certificates).await?;
        let region = folder.path().join("region");
        let region_key = region_keys(&region, [7; 32])?.public_key();
        let mut made = Vec::new();
        let mut enrolled = Vec::new();
        for number in 0..gates {
            let address = address(number)?;
            let name = format!("gate-{number}");
            let pair = keys::write_pair(&region, &name, seed(number))?;
            enrolled.push((address.clone(), keys::public_file(&region, &name)));
            made.push(Gate::new(address, pair));
        }
        let plan = Plan {
            folder: &region,
            programs,
            region: RegionId::parse("5300")?,
            brokers: pipe.brokers(),
            certificates: &certificates,
            store: postgres.url(),
            gates: enrolled,
        };
        let mut region = Collectors::make(&plan, collectors)?;
        for index in 0..collectors {
            region.start(index).await?;
        }
        let day = sim::virtual_time::run(Scenario {
            keep_records: RECORDS,
            ..Scenario::new(1, PASSAGES)
        });
        let brokers = pipe.brokers().into_iter().map(|text| {
            let (host, port) = text.rsplit_once(':').context("host:port")?;
            Ok((host.to_owned(), port.parse()?))
        });
        let shared = Arc::new(Shared {
            region: region_key,
            tls: certificates.client_config(CLIENT)?,
            brokers: brokers.collect::<anyhow::Result<_>>()?,
            events: day.kept,
            tally: Tally::default(),
            doors: Semaphore::new(DOORS),
        });
        let mut scene = Self {
            folder,
            pipe,
            postgres,
            collectors: region,
            shared,
            pace: watch::channel(Pace {
                per_gate: 0.0,
                hold: false,
                over: false,
            })
            .0,
            orders: Vec::new(),
            lines: Vec::new(),
            gates,
            events_of_passage: day.records as f64 / day.passages.max(1) as f64,
            connected_in: Duration::ZERO,
        };
        scene.connect(made).await?;
        Ok(scene)
    }

    async fn connect(&mut self, mut gates: Vec<Gate>) -> anyhow::Result<()> {
        let lines = lines_allowed(gates.len())?;
        let per_line = gates.len().div_ceil(lines);
        let start = Instant::now();
        while !gates.is_empty() {
            let some = gates.split_off(gates.len().saturating_sub(per_line));
            let (sender, orders) = mpsc::channel(8);
            let line = Line::new(
                self.lines.len(),
                some,
                Arc::clone(&self.shared),
                self.pace.subscribe(),
                orders,
            );
            self.lines.push(tokio::spawn(line.run()));
            self.orders.push(sender);
        }
        let wanted = self.orders.len() as u64;
        let limit = Duration::from_secs(60 + wanted / 10);
        self.until("every gate is connected", limit, |tally| {
            tally.up.load(Ordering::Relaxed) == wanted
        })
        .await?;
        self.connected_in = start.elapsed();
        Ok(())
    }

    /// Waits until something holds of the counters; says every ten seconds how far it is.
    pub(crate) async fn until(
        &self,
        what: &str,
        within: Duration,
        holds: impl Fn(&Tally) -> bool,
    ) -> anyhow::Result<Duration> {
        let start = Instant::now();
        let mut said = start;
        let tally = &self.shared.tally;
        loop {
            if holds(tally) {
                return Ok(start.elapsed());
            }
            let state = format!(
                "{} lines up, {} events made, {} waiting, {} connections lost",
                tally.up.load(Ordering::Relaxed),
                tally.made.load(Ordering::Relaxed),
                tally.waiting(),
                tally.losses.load(Ordering::Relaxed)
            );
            anyhow::ensure!(
                start.elapsed() < within,
                "not within {} s: {what}; {state}",
                within.as_secs()
            );
            if said.elapsed() > Duration::from_secs(10) {
                said = Instant::now();
                eprintln!("  until {what}: {state}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets all gates together make `per_s` events a second.
    pub(crate) fn pace(&self, per_s: f64, hold: bool) {
        self.pace.send_replace(Pace {
            per_gate: per_s / self.gates as f64,
            hold,
            over: false,
        });
    }

    /// Tells the first `lines` lines something.
    pub(crate) async fn order(&self, lines: usize, order: Order) -> anyhow::Result<()> {
        for sender in self.orders.iter().take(lines) {
            sender.send(order).await.context("a line has ended")?;
        }
        Ok(())
    }

    /// Connections of the gates.
    pub(crate) fn line_count(&self) -> usize {
        self.orders.len()
    }

    /// What everything uses now.
    pub(crate) fn usages(&self) -> Usages {
        Usages {
            brokers: Usage::of(&self.pipe.ids()),
            postgres: Usage::of(&self.postgres.ids()),
            collectors: Usage::of(&self.collectors.ids()),
            gates: Usage::of(&[std::process::id()]),
        }
    }

    /// Ends the gates, then the collectors: what comes after asks the database alone.
    pub(crate) async fn rest(&mut self) -> anyhow::Result<()> {
        self.pace.send_replace(Pace {
            per_gate: 0.0,
            hold: false,
            over: true,
        });
        for line in self.lines.drain(..) {
            line.await.context("a line panicked")?;
        }
        self.collectors.stop().await
    }

    /// Ends the rest.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        drop(self.pipe);
        self.postgres.stop().await?;
        self.folder.close().context("the run's folder stays")
    }
}

fn address(number: usize) -> anyhow::Result<GateAddress> {
    let premises = number / GATES_OF_PREMISES;
    Ok(GateAddress {
        region: RegionId::parse("5300")?,
        premises: PremisesId::parse(&format!("53{premises:04}"))?,
        gate: GateId::parse(&format!("G{}", number % GATES_OF_PREMISES + 1))?,
    })
}

/// The secret of a gate: any 32 bytes unlike another's.
fn seed(number: usize) -> [u8; 32] {
    let mut seed = [42; 32];
    seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
    seed
}

/// Connections that this process may have, one a gate if it can be.
fn lines_allowed(gates: usize) -> anyhow::Result<usize> {
    let wanted = gates as u64 + OTHER_FILES;
    let now = getrlimit(Resource::Nofile);
    let most = now.maximum.unwrap_or(wanted);
    if now.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted.min(most)),
            maximum: now.maximum,
        };
        setrlimit(Resource::Nofile, raised).context("cannot raise the limit of open files")?;
    }
    let lines = usize::try_from(wanted.min(most).saturating_sub(OTHER_FILES))?.clamp(1, gates);
    if lines < gates {
        eprintln!(
            "only {most} files may be open: {gates} gates share {lines} connections (ulimit -Hn)"
        );
    }
    Ok(lines)
}
