//! What is done to the region, one thing after the other, and what each came to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::line::Order;
use super::scene::{PipeKind, Scene, Usages};
use super::tally::Percentiles;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) gates: usize,
    pub(crate) collectors: usize,
    /// Events a second of all gates.
    pub(crate) rate: f64,
    pub(crate) live: Duration,
    /// Gates that are cut off.
    pub(crate) cut: usize,
    /// For this long, as they see it.
    pub(crate) outage: Duration,
    /// Events that wait when everybody sends at once.
    pub(crate) flood: usize,
}

/// A span of the run.
pub(crate) struct Span {
    pub(crate) elapsed: Duration,
    pub(crate) events: u64,
    pub(crate) lags: Percentiles,
    pub(crate) before: Usages,
    pub(crate) after: Usages,
}

/// Everything measured.
pub(crate) struct Measured {
    pub(crate) size: Size,
    pub(crate) lines: usize,
    pub(crate) connected_in: Duration,
    pub(crate) events_of_passage: f64,
    /// Right after all have connected.
    pub(crate) first: Span,
    pub(crate) live: Span,
    /// While the cut gates caught up; live traffic went on.
    pub(crate) catch_up: Span,
    pub(crate) backlog: u64,
    pub(crate) flood: Span,
    pub(crate) losses: u64,
    pub(crate) repeats: u64,
    pub(crate) rows: u64,
    pub(crate) payload_bytes: u64,
    pub(crate) table_bytes: u64,
    pub(crate) version: String,
    pub(crate) stored: Stored,
}

/// One collector behind a broker that costs little, beside COPY of what it stored.
pub(crate) struct Stored {
    pub(crate) flood: Span,
    pub(crate) rows: u64,
    pub(crate) copy: Duration,
}

/// Gates that are enough to keep one collector busy.
const STORING_GATES: usize = 200;

/// The first traffic, told apart: collectors have the broker keep a watermark of every gate then.
const FIRST: Duration = Duration::from_secs(30);
/// Nothing may take longer than this to be worked off.
const DRAIN_WITHIN: Duration = Duration::from_secs(180);

/// Runs all of it.
pub(crate) async fn run(programs: &std::path::Path, size: Size) -> anyhow::Result<Measured> {
    let stored = store(programs, &size).await?;
    eprintln!(
        "starting a broker of three nodes, a database, {} collectors and {} gates",
        size.collectors, size.gates
    );
    let kind = PipeKind::Cluster;
    let mut scene = Scene::start(programs, kind, size.gates, size.collectors).await?;
    eprintln!(
        "{} connections in {:.1} s; {} s of {} events/s",
        scene.line_count(),
        scene.connected_in.as_secs_f64(),
        size.live.as_secs(),
        size.rate
    );
    let (first, live) = live(&scene, &size).await?;
    eprintln!("cutting {} gates off", size.cut);
    let (catch_up, backlog) = outage(&scene, &size).await?;
    eprintln!(
        "every gate sends {} events at once",
        size.flood / size.gates
    );
    let flood = flood(&scene, &size).await?;
    let (losses, repeats) = {
        let tally = &scene.shared.tally;
        (load(&tally.losses), load(&tally.repeats))
    };
    let rows = settle(&mut scene).await?;
    let ask = |sql: &str| -> anyhow::Result<u64> {
        let answer = scene.postgres.ask(sql)?;
        answer.parse().with_context(|| format!("{sql}: {answer}"))
    };
    let measured = Measured {
        size,
        lines: scene.line_count(),
        connected_in: scene.connected_in,
        events_of_passage: scene.events_of_passage,
        first,
        live,
        catch_up,
        backlog,
        flood,
        losses,
        repeats,
        rows,
        payload_bytes: ask("SELECT sum(length(payload)) FROM event")?,
        table_bytes: ask(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
             WHERE inhparent = 'event'::regclass",
        )?,
        version: scene.postgres.ask("SHOW server_version")?,
        stored,
    };
    scene.end().await?;
    Ok(measured)
}

/// What one collector stores when nothing else is short.
async fn store(programs: &std::path::Path, size: &Size) -> anyhow::Result<Stored> {
    let gates = STORING_GATES.min(size.gates);
    eprintln!(
        "{} events of {gates} gates to one collector, over one broker",
        size.flood
    );
    let mut scene = Scene::start(programs, PipeKind::Single, gates, 1).await?;
    let small = Size {
        gates,
        collectors: 1,
        ..*size
    };
    let flood = flood(&scene, &small).await?;
    let rows = settle(&mut scene).await?;
    eprintln!("COPY of the same {rows} rows");
    let copy = copy(&scene)?;
    scene.end().await?;
    Ok(Stored { flood, rows, copy })
}

fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Ends gates and collectors and holds the database against what was made.
async fn settle(scene: &mut Scene) -> anyhow::Result<u64> {
    let tally = &scene.shared.tally;
    let (made, refused, forks) = (load(&tally.made), load(&tally.refused), load(&tally.forks));
    anyhow::ensure!(
        refused == 0,
        "{refused} events were not taken by full gates"
    );
    anyhow::ensure!(forks == 0, "{forks} watermarks of another chain");
    scene.rest().await?;
    check(scene, made)
}

/// A span that begins now; lags of before are forgotten.
struct Begun {
    start: Instant,
    before: Usages,
    acknowledged: u64,
}

fn begin(scene: &Scene) -> Begun {
    let tally = &scene.shared.tally;
    drop(tally.lags.take());
    Begun {
        start: Instant::now(),
        before: scene.usages(),
        acknowledged: tally.acknowledged.load(Ordering::Relaxed),
    }
}

impl Begun {
    fn end(self, scene: &Scene) -> Span {
        let tally = &scene.shared.tally;
        let now = tally.acknowledged.load(Ordering::Relaxed);
        Span {
            elapsed: self.start.elapsed(),
            events: now - self.acknowledged,
            lags: tally.lags.take(),
            before: self.before,
            after: scene.usages(),
        }
    }
}

async fn live(scene: &Scene, size: &Size) -> anyhow::Result<(Span, Span)> {
    scene.pace(size.rate, false);
    let begun = begin(scene);
    tokio::time::sleep(FIRST).await;
    let first = begun.end(scene);
    let begun = begin(scene);
    tokio::time::sleep(size.live).await;
    Ok((first, begun.end(scene)))
}

/// Some gates are cut off, make what they would have made in the time of the outage, and come
/// back while the others go on.
async fn outage(scene: &Scene, size: &Size) -> anyhow::Result<(Span, u64)> {
    let per_gate = size.rate / size.gates as f64 * size.outage.as_secs_f64();
    let per_gate = per_gate.round().max(1.0) as u32;
    scene.order(size.cut, Order::Cut).await?;
    let lines = (scene.line_count() - size.cut.min(scene.line_count())) as u64;
    let gone = "the cut gates are gone";
    scene
        .until(gone, Duration::from_secs(30), |tally| {
            tally.up.load(Ordering::Relaxed) <= lines
        })
        .await?;
    let waiting = scene.shared.tally.waiting();
    scene.order(size.cut, Order::Make(per_gate)).await?;
    let backlog = u64::from(per_gate) * size.cut as u64;
    let recorded = "the backlog is recorded";
    scene
        .until(recorded, Duration::from_secs(60), |tally| {
            tally.waiting() >= waiting / 2 + backlog
        })
        .await?;
    let begun = begin(scene);
    scene.order(size.cut, Order::Join).await?;
    // What waits then is what is always under way at this rate.
    let usual = (size.rate * 0.5) as u64 + waiting;
    scene
        .until("the backlog is worked off", DRAIN_WITHIN, |tally| {
            tally.waiting() <= usual
        })
        .await?;
    Ok((begun.end(scene), backlog))
}

/// Nobody sends while everybody records; then everybody sends.
async fn flood(scene: &Scene, size: &Size) -> anyhow::Result<Span> {
    scene.pace(0.0, false);
    scene
        .until("the live events are through", DRAIN_WITHIN, |tally| {
            tally.waiting() == 0
        })
        .await?;
    scene.pace(0.0, true);
    let per_gate = u32::try_from(size.flood / size.gates)?.max(1);
    let made = scene.shared.tally.made.load(Ordering::Relaxed);
    scene
        .order(scene.line_count(), Order::Make(per_gate))
        .await?;
    let wanted = made + u64::from(per_gate) * size.gates as u64;
    scene
        .until("the flood is recorded", Duration::from_secs(120), |tally| {
            tally.made.load(Ordering::Relaxed) >= wanted
        })
        .await?;
    let begun = begin(scene);
    scene.pace(0.0, false);
    scene
        .until("the flood is stored", DRAIN_WITHIN, |tally| {
            tally.waiting() == 0
        })
        .await?;
    Ok(begun.end(scene))
}

/// Every event once and in order: heads, rows and distinct rows agree with what was made.
fn check(scene: &Scene, made: u64) -> anyhow::Result<u64> {
    let found = scene.postgres.ask(
        "SELECT count(*), count(DISTINCT (gate, sequence)), (SELECT sum(sequence) FROM head),
             (SELECT count(*) FROM alarm) FROM event",
    )?;
    let wanted = format!("{made}|{made}|{made}|0");
    anyhow::ensure!(
        found == wanted,
        "rows|distinct|heads|alarms are {found}, not {wanted}"
    );
    Ok(made)
}

/// The same rows by one COPY into a table alike, without partitions: the floor of storing.
fn copy(scene: &Scene) -> anyhow::Result<Duration> {
    let file = scene.postgres.folder().join("rows");
    let file = file.display();
    scene.postgres.ask(&format!(
        "COPY (SELECT gate, sequence, day, stored_at, hash, payload FROM event
               ORDER BY stored_at) TO '{file}' (FORMAT binary)"
    ))?;
    scene.postgres.ask(
        "CREATE TABLE peer (gate text NOT NULL, sequence bigint NOT NULL, day bigint NOT NULL,
             stored_at bigint NOT NULL, hash bytea NOT NULL, payload bytea NOT NULL,
             PRIMARY KEY (gate, sequence, day));
         ALTER TABLE peer ALTER COLUMN payload SET STORAGE EXTERNAL; CHECKPOINT;",
    )?;
    let start = Instant::now();
    scene
        .postgres
        .ask(&format!("COPY peer FROM '{file}' (FORMAT binary)"))?;
    Ok(start.elapsed())
}
