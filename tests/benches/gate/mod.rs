//! The gate's half of the stream in this process: journal, recorder, ledger thread and uplink of
//! the gateway, to a real broker with TLS and the real region, which verifies and stores.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::event::{Event, EventBody, LaneFault};
use domain::time::TimeSource;
use gateway::central_policy::CentralPolicy;
use gateway::clock::Clock;
use gateway::config::{self, Config};
use gateway::health::Health;
use gateway::ledger_task::{self, LedgerHandle, LedgerThread};
use gateway::recorder::Recorder;
use gateway::region_keys::RegionKeys;
use gateway::uplink::Uplink;
use gateway::{ledger_rows, stop};
use store::journal::{Ed25519Signer, Journal, JournalConfig};
use tokio::sync::{mpsc, watch};

use crate::premises;
use crate::row::{self, Bar};

/// Records that wait for the journal at any time, as busy lanes make them.
const UNDER_WAY: usize = 64;
/// The region has to have everything within this.
const LIMIT: Duration = Duration::from_secs(120);

struct Gate {
    config: Config,
    region_key: [u8; 32],
    seed: [u8; 32],
    recorder: Recorder,
    ledger: LedgerHandle,
    health: Health,
    clock: Clock,
    event: Event,
}

/// Both rates, in turns.
///
/// # Errors
/// Something of the site does not start, or the region does not get everything.
pub(crate) async fn live_and_catching_up() -> anyhow::Result<()> {
    let premises = premises::make(2, 4).await?;
    let gate = Gate::open(&premises)?;
    let region = premises.site.start_region()?;
    let (rounds, events) = if row::is_quick() {
        (2, 5_000)
    } else {
        (5, 20_000)
    };
    let (mut live, mut late) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (mut region_has, stopper, task) = gate.start_uplink()?;
        // The link stands when the region has what was there before.
        gate.record(1).await?;
        gate.wait(&mut region_has).await?;
        let start = Instant::now();
        gate.record(events).await?;
        gate.wait(&mut region_has).await?;
        live.push(events as f64 / start.elapsed().as_secs_f64());
        stopper.stop();
        task.await?;
        gate.record(events).await?;
        let start = Instant::now();
        let (mut region_has, stopper, task) = gate.start_uplink()?;
        gate.wait(&mut region_has).await?;
        late.push(events as f64 / start.elapsed().as_secs_f64());
        stopper.stop();
        task.await?;
    }
    gate.ledger.stop();
    region.stop(Duration::from_secs(20)).await?;
    let (live, late) = (row::median(live), row::median(late));
    row::ratio(
        "uplink to the region's store, catching up",
        &format!("{late:.0} events/s"),
        &format!("{live:.0} events/s (live)"),
        late / live,
        Bar::Least(0.8),
    );
    Ok(())
}

impl Gate {
    fn open(premises: &premises::Premises) -> anyhow::Result<Self> {
        let folder = premises.folder.path();
        let config = config::load(&folder.join("gateway.toml"))?;
        let seed = key(&config.signing_key_file)?;
        let journal_config = JournalConfig {
            directory: config.directory.join("journal"),
            gate: config.gate.to_string(),
            epoch: 1,
            quota_bytes: config.journal_bytes_max,
            ..JournalConfig::default()
        };
        let signer = Box::new(Ed25519Signer::from_secret(&seed));
        let (journal, recovery) = Journal::open(journal_config, signer)?;
        let journal = Arc::new(journal);
        let health = Health::default();
        let clock = Clock::new(TimeSource::Ntp);
        let recorder = Recorder::new(
            config.gate.clone(),
            Arc::clone(&journal),
            recovery.last_sequence,
            health.clone(),
        );
        let (ledger, _thread) = ledger_task::start(LedgerThread {
            ledger: ledger_rows::open(&config)?.0,
            reader: journal.reader(),
            followed: recovery.last_sequence,
            durable: recorder.durable(),
            recorder: recorder.clone(),
            lanes: Vec::new(),
            clock: clock.clone(),
        });
        let event = Event {
            at: clock.now().utc,
            lane: Some(premises.world.config.lanes[0].id.clone()),
            passage: None,
            body: EventBody::FaultFound {
                fault: LaneFault::LaneRestarted,
                text: "a line of text that makes the record as long as a usual one ".repeat(5),
            },
        };
        Ok(Self {
            region_key: key(&config.region_key_file)?,
            config,
            seed,
            recorder,
            ledger,
            health,
            clock,
            event,
        })
    }

    fn start_uplink(
        &self,
    ) -> anyhow::Result<(
        watch::Receiver<u64>,
        stop::Stopper,
        tokio::task::JoinHandle<()>,
    )> {
        let (stopper, stop) = stop::channel();
        let policy = decision::policy::baseline();
        let central = CentralPolicy {
            directory: self.config.directory.clone(),
            file: policy.clone(),
            central: None,
            lanes: watch::channel(Arc::new(policy)).0,
            recorder: self.recorder.clone(),
            clock: self.clock.clone(),
            health: self.health.clone(),
        };
        let region = &self.config.gate.region;
        let uplink = Uplink::new(
            self.config.uplink.clone().context("an uplink is set up")?,
            &self.config,
            RegionKeys::open(&self.config.directory, region, &self.region_key)?,
            central,
            self.seed,
            self.ledger.clone(),
            self.recorder.clone(),
            self.health.clone(),
            self.clock.clone(),
            stop,
        )?;
        Ok((uplink.region_has(), stopper, tokio::spawn(uplink.run())))
    }

    /// Makes events durable.
    async fn record(&self, events: usize) -> anyhow::Result<()> {
        let (done, mut finished) = mpsc::unbounded_channel();
        let (mut sent, mut durable) = (0, 0);
        while durable < events {
            while sent < events && sent - durable < UNDER_WAY {
                let done = done.clone();
                self.recorder.record(&self.event, move |outcome| {
                    // The other end waits for exactly this.
                    let _ = done.send(outcome.map(|_| ()));
                });
                sent += 1;
            }
            let outcome = finished.recv().await.context("an answer")?;
            outcome.map_err(anyhow::Error::msg)?;
            durable += 1;
        }
        Ok(())
    }

    /// Waits until the region has said that it has every event.
    async fn wait(&self, region_has: &mut watch::Receiver<u64>) -> anyhow::Result<()> {
        let last = *self.recorder.durable().borrow();
        tokio::time::timeout(LIMIT, region_has.wait_for(|has| *has >= last))
            .await
            .with_context(|| format!("the region does not get to {last}"))??;
        Ok(())
    }
}

fn key(file: &std::path::Path) -> anyhow::Result<[u8; 32]> {
    let text = std::fs::read_to_string(file)?;
    let bytes = hex::decode(text.trim())?;
    bytes.try_into().ok().context("32 bytes")
}
