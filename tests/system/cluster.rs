//! Goal: a region of several machines loses, doubles and reorders nothing, whichever of them dies,
//! and goes on while the rest is enough. Method: two real gates make records without end; nodes of
//! the broker, collectors, the database and gates are killed or frozen in turn, then every record
//! of both journals is held against the region's store.
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::id::{GateAddress, GateId, PremisesId, RegionId};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use region::database::Place;
use region::event_store::EventStore;
use rustix::process::Signal;
use sim::live::certificates::Certificates;
use sim::live::cluster::{Cluster, NODES};
use sim::live::collectors::{Collectors, Plan, region_keys};
use sim::live::keys;
use sim::live::postgres::Postgres;
use sim::live::quiet_gate::{QuietGate, record};
use store::journal::JournalReader;
use tempfile::TempDir;
use tokio::sync::MutexGuard;
use tokio::time::sleep;

/// Faults of one run over PostgreSQL; `KAKOU_CHAOS_FAULTS` sets another number for a longer one.
const FAULTS: usize = 10;
/// Both gates have to get on within this after any fault. The longest waits are the gate's own:
/// 15 s without progress, then a reconnection.
const PROGRESS_WITHIN: Duration = Duration::from_secs(90);
/// Records that a gate makes before it looks whether it may stop.
const BURST: u64 = 10;

/// A region on this machine with two gates.
struct Scene {
    folder: TempDir,
    cluster: Cluster,
    collectors: Collectors,
    gates: Vec<QuietGate>,
    postgres: Postgres,
    stop: Arc<AtomicBool>,
    recorders: Vec<std::thread::JoinHandle<()>>,
    _turn: MutexGuard<'static, ()>,
}

fn address(gate: &str) -> anyhow::Result<GateAddress> {
    Ok(GateAddress {
        region: RegionId::parse("5300")?,
        premises: PremisesId::parse("530141")?,
        gate: GateId::parse(gate)?,
    })
}

impl Scene {
    async fn start(collectors: usize) -> anyhow::Result<Self> {
        let programs = super::programs::folder();
        let turn = super::stage::turn_async().await;
        let folder = tempfile::tempdir()?;
        let postgres = Postgres::start().await?;
        let certificates = Certificates::make(&folder.path().join("tls"))?;
        let cluster = Cluster::start(&folder.path().join("broker"), &certificates).await?;
        let region = folder.path().join("region");
        region_keys(&region, [7; 32])?;
        let mut gates = Vec::new();
        for name in ["G1", "G2"] {
            let gate = QuietGate::make(
                &folder.path().join(name),
                programs,
                address(name)?,
                &cluster.brokers(),
                &certificates,
                &keys::public_file(&region, "region"),
            )?;
            gates.push(gate);
        }
        let plan = Plan {
            folder: &region,
            programs,
            region: RegionId::parse("5300")?,
            brokers: cluster.brokers(),
            certificates: &certificates,
            store: postgres.url(),
            gates: gates
                .iter()
                .map(|gate| (gate.address.clone(), gate.public_key()))
                .collect(),
        };
        let mut collectors = Collectors::make(&plan, collectors)?;
        for index in 0..collectors.count() {
            collectors.start(index).await?;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let mut recorders = Vec::new();
        for gate in &mut gates {
            gate.start().await?;
            recorders.push(keep_recording(gate.folder.clone(), Arc::clone(&stop)));
        }
        Ok(Self {
            folder,
            cluster,
            collectors,
            gates,
            postgres,
            stop,
            recorders,
            _turn: turn,
        })
    }

    /// What the region has acknowledged to each gate.
    fn acknowledged(&self) -> anyhow::Result<Vec<u64>> {
        self.gates
            .iter()
            .map(|gate| {
                let uplink = gate.uplink()?;
                let sequence = uplink["acknowledged"].as_u64();
                sequence.with_context(|| format!("no sequence in {uplink}"))
            })
            .collect()
    }

    /// Waits until the region has acknowledged something new to every gate.
    async fn progress(&self, after: &str) -> anyhow::Result<Duration> {
        let (start, before) = (Instant::now(), self.acknowledged()?);
        loop {
            sleep(Duration::from_millis(100)).await;
            let now = self.acknowledged()?;
            if now.iter().zip(&before).all(|(now, before)| now > before) {
                return Ok(start.elapsed());
            }
            anyhow::ensure!(
                start.elapsed() < PROGRESS_WITHIN,
                "after {after}: acknowledged {now:?}, {before:?} when it was over; {:?}",
                self.logs()
            );
        }
    }

    /// The last lines of every log.
    fn logs(&self) -> Vec<String> {
        let mut tails = Vec::new();
        let region = self.folder.path().join("region");
        let collectors = (1..=self.collectors.count())
            .map(|number| region.join(format!("collector-{number}.log")));
        let gates = self
            .gates
            .iter()
            .map(|gate| gate.folder.join("gateway.log"));
        for log in collectors.chain(gates) {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(6)..].join("\n");
            tails.push(format!("{}:\n{tail}", log.display()));
        }
        tails
    }

    /// No more records are made; waits until the region has acknowledged all of them, ends the
    /// gates and holds both ends against each other. Returns how many records there are.
    async fn settle(&mut self) -> anyhow::Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        for recorder in self.recorders.drain(..) {
            recorder
                .join()
                .map_err(|_| anyhow::anyhow!("a recorder panicked"))?;
        }
        let start = Instant::now();
        loop {
            let mut left = 0;
            for gate in &self.gates {
                let uplink = gate.uplink()?;
                left += uplink["backlog"].as_u64().context("no backlog")?;
            }
            if left == 0 {
                break;
            }
            anyhow::ensure!(
                start.elapsed() < PROGRESS_WITHIN,
                "{left} records never acknowledged: {:?}",
                self.logs()
            );
            sleep(Duration::from_millis(200)).await;
        }
        for gate in &mut self.gates {
            gate.stop().await?;
        }
        let mut total = 0;
        let store = EventStore::open(&Place::Server(self.postgres.url())).await?;
        for gate in &self.gates {
            total += same_records(gate, &store).await?;
        }
        let alarms = store.alarms().await?;
        anyhow::ensure!(alarms.is_empty(), "the region raised {alarms:?}");
        self.collectors.stop().await?;
        Ok(total)
    }
}

/// Makes records in a gate until told to stop. A gate that is away is tried again.
fn keep_recording(folder: PathBuf, stop: Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            // Also the pace: some hundred records a second at most.
            let pause = if record(&folder, BURST).is_ok() {
                40
            } else {
                200
            };
            std::thread::sleep(Duration::from_millis(pause));
        }
    })
}

/// Every record that the gate's journal has is at the region once, at its place, byte for byte.
/// What the region acknowledged and the gate wrote at its very end may be missing there alone.
async fn same_records(gate: &QuietGate, store: &EventStore) -> anyhow::Result<u64> {
    let mut reader = JournalReader::open(&gate.folder.join("state/journal"))?;
    let mut next = reader.first_sequence();
    let mut compared = 0;
    loop {
        let ours = reader.read_from(next, 1_000, 16 << 20)?;
        let Some(last) = ours.last().map(|record| record.sequence) else {
            break;
        };
        let theirs = store
            .records(&gate.address, next, u32::try_from(ours.len())?)
            .await?;
        for (index, record) in ours.iter().enumerate() {
            let Some(stored) = theirs.get(index) else {
                // The daemon writes that it stops when nobody listens any more.
                anyhow::ensure!(
                    ours.len() - index <= 2,
                    "{}: the region misses {} to {last}",
                    gate.address,
                    record.sequence
                );
                break;
            };
            anyhow::ensure!(
                stored.sequence == record.sequence
                    && stored.hash == record.hash
                    && stored.payload == record.payload,
                "{}: record {} stands at the region as {}",
                gate.address,
                record.sequence,
                stored.sequence
            );
            compared += 1;
        }
        next = last + 1;
    }
    let beyond = store.records(&gate.address, next, 1).await?;
    anyhow::ensure!(
        beyond.is_empty(),
        "the region has more than {}",
        gate.address
    );
    Ok(compared)
}

#[tokio::test]
async fn a_clustered_broker_outlives_each_of_its_nodes() -> anyhow::Result<()> {
    let mut scene = Scene::start(1).await?;
    scene.progress("the start").await?;
    for node in 0..NODES {
        scene.cluster.kill(node).await?;
        // Two nodes are a majority: the stream goes on without the third.
        let waited = scene.progress("the loss of a node").await?;
        println!(
            "node {} lost: both gates got on after {waited:.1?}",
            node + 1
        );
        scene.cluster.resume(node).await?;
    }
    // One alone is none: everything waits in the journals.
    scene.cluster.kill(0).await?;
    scene.cluster.kill(1).await?;
    sleep(Duration::from_secs(2)).await;
    scene.cluster.resume_all().await?;
    let waited = scene.progress("the loss of two nodes").await?;
    println!("two nodes lost for 2 s: both gates got on after {waited:.1?}");
    let total = scene.settle().await?;
    println!("{total} records of two gates, each once and in order at the region");
    assert!(total > 500, "only {total} records");
    scene.postgres.stop().await
}

/// Something that goes wrong for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    NodeKilled(usize),
    NodeFrozen(usize),
    CollectorKilled(usize),
    CollectorFrozen(usize),
    BothCollectorsKilled,
    DatabaseKilled,
    DatabaseFrozen,
    GateKilled(usize),
    NodeAndCollectorKilled(usize, usize),
    EverythingKilled,
}

/// Every kind once, then again in another order, as many as told.
fn faults(count: usize, draw: &mut impl rand::Rng) -> Vec<Fault> {
    let mut all = Vec::new();
    while all.len() < count {
        let (node, pair) = (draw.random_range(0..NODES), draw.random_range(0..2));
        let mut round = [
            Fault::NodeKilled(node),
            Fault::NodeFrozen((node + 1) % NODES),
            Fault::CollectorKilled(pair),
            Fault::CollectorFrozen(1 - pair),
            Fault::BothCollectorsKilled,
            Fault::DatabaseKilled,
            Fault::DatabaseFrozen,
            Fault::GateKilled(pair),
            Fault::NodeAndCollectorKilled((node + 2) % NODES, pair),
            Fault::EverythingKilled,
        ];
        round.shuffle(draw);
        all.extend(round);
    }
    all.truncate(count);
    all
}

impl Scene {
    async fn suffer(&mut self, fault: Fault, lasts: Duration) -> anyhow::Result<()> {
        let postgres = &mut self.postgres;
        match fault {
            Fault::NodeKilled(node) => {
                self.cluster.kill(node).await?;
                sleep(lasts).await;
                self.cluster.resume(node).await
            }
            Fault::NodeFrozen(node) => {
                self.cluster.freeze(node)?;
                sleep(lasts).await;
                self.cluster.thaw(node)
            }
            Fault::CollectorKilled(index) => {
                self.collectors.kill(index).await?;
                sleep(lasts).await;
                self.collectors.start(index).await
            }
            Fault::CollectorFrozen(index) => {
                self.collectors.signal(index, Signal::STOP)?;
                sleep(lasts).await;
                self.collectors.signal(index, Signal::CONT)
            }
            Fault::BothCollectorsKilled => {
                self.collectors.kill(0).await?;
                self.collectors.kill(1).await?;
                sleep(lasts).await;
                self.collectors.start(0).await?;
                self.collectors.start(1).await
            }
            Fault::DatabaseKilled => {
                postgres.kill().await?;
                sleep(lasts).await;
                postgres.resume().await
            }
            Fault::DatabaseFrozen => {
                postgres.signal(Signal::STOP)?;
                sleep(lasts).await;
                postgres.signal(Signal::CONT)
            }
            Fault::GateKilled(index) => {
                self.gates[index].kill().await?;
                sleep(lasts).await;
                self.gates[index].start().await
            }
            Fault::NodeAndCollectorKilled(node, index) => {
                self.cluster.kill(node).await?;
                self.collectors.kill(index).await?;
                sleep(lasts).await;
                self.cluster.resume(node).await?;
                self.collectors.start(index).await
            }
            Fault::EverythingKilled => self.power_cut().await,
        }
    }

    /// Everything dies at once and comes back in the order in which it depends on each other.
    async fn power_cut(&mut self) -> anyhow::Result<()> {
        for gate in &mut self.gates {
            gate.kill().await?;
        }
        for index in 0..self.collectors.count() {
            self.collectors.kill(index).await?;
        }
        self.postgres.kill().await?;
        for node in 0..NODES {
            self.cluster.kill(node).await?;
        }
        self.postgres.resume().await?;
        self.cluster.resume_all().await?;
        for index in 0..self.collectors.count() {
            self.collectors.start(index).await?;
        }
        for gate in &mut self.gates {
            gate.start().await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn collectors_broker_and_database_die_at_random_and_nothing_is_lost() -> anyhow::Result<()> {
    let count = std::env::var("KAKOU_CHAOS_FAULTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(FAULTS);
    let mut draw = rand_chacha::ChaCha8Rng::seed_from_u64(17);
    let mut scene = Scene::start(2).await?;
    scene.progress("the start").await?;
    for fault in faults(count, &mut draw) {
        let lasts = Duration::from_millis(draw.random_range(300..2_500));
        scene
            .suffer(fault, lasts)
            .await
            .with_context(|| format!("{fault:?}"))?;
        let waited = scene.progress(&format!("{fault:?}")).await?;
        println!("{fault:?} for {lasts:.1?}: both gates got on after {waited:.1?}");
    }
    let total = scene.settle().await?;
    println!("{count} faults, {total} records of two gates, each once and in order at the region");
    assert!(total > 500, "only {total} records");
    scene.postgres.stop().await
}
