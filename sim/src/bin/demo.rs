//! A two-lane gate on this machine: broker, simulated devices, the gate daemon and the region, a
//! clerk at the console, and the truth that judges every release.
#![expect(clippy::print_stdout, reason = "a demonstration is what it prints")]
#![expect(
    clippy::disallowed_methods,
    reason = "here is where the world meets clock and disk"
)]

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use domain::decision::Verdict;
use domain::event::{Event, EventBody, PassageEnd};
use domain::gate_pass::Direction;
use sim::live::Moment;
use sim::live::lane::{Sight, Word};
use sim::live::site::Site;
use sim::truth::Reference;
use sim::world::cause::ExceptionCause;
use sim::world::{World, WorldConfig};
use store::journal::JournalReader;
use tokio::sync::mpsc;

/// Two lanes, real daemons, simulated trucks; about a minute and a half.
#[derive(Debug, Parser)]
#[command(
    name = "demo",
    version,
    about,
    after_help = "Examples:\n  make demo\n  make demo ARGS=\"--seed 7 --trucks 20\"\n  make demo ARGS=\"--keep /tmp/kakou-demo\"   # look at the files afterwards"
)]
struct Arguments {
    /// Seed of the world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Trucks to show.
    #[arg(long, default_value_t = 14)]
    trucks: usize,
    /// Share of trucks with something wrong, thousandths.
    #[arg(long, default_value_t = 300)]
    exceptions: u32,
    /// Longest run in seconds; trucks that have not come by then stay away.
    #[arg(long, default_value_t = 100)]
    seconds: u64,
    /// Keep the files in this folder.
    #[arg(long)]
    keep: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::from(2)
        }
    }
}

struct LaneState {
    words: mpsc::Sender<Word>,
    queue: VecDeque<usize>,
    present: Option<usize>,
    open: Option<String>,
    free_ms: u64,
    arrived_ms: u64,
    act_at: Option<(u64, Option<Verdict>)>,
}

struct Show {
    world: World,
    reference: Reference,
    lanes: Vec<LaneState>,
    let_in: BTreeMap<usize, bool>,
    moment: Moment,
    socket: PathBuf,
    counts: BTreeMap<&'static str, u64>,
    wrong: u64,
}

async fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let temporary = tempfile::tempdir()?;
    let folder = arguments
        .keep
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder)?;
    let programs = std::env::current_exe()?
        .parent()
        .context("no folder")?
        .to_owned();
    let moment = Moment::start();
    let world = world(&arguments, moment);
    println!(
        "kakou demo: seed {}, two lanes, files in {}",
        arguments.seed,
        folder.display()
    );
    let mut site = Site::make(&folder, &programs, &world, moment).await?;
    println!(
        "{}",
        site.call(&["check-config", "--config", "gateway.toml"])?
            .trim()
    );
    let imported = site.call(&[
        "ledger",
        "import",
        "--config",
        "gateway.toml",
        "ledger.jsonl",
    ])?;
    println!("ledger: {}", imported.trim());
    let region = site.start_region()?;
    let (seen_tx, mut seen) = mpsc::channel(64);
    let mut lanes = Vec::new();
    for lane in site.lanes.drain(..) {
        let (words, receiver) = mpsc::channel(8);
        tokio::spawn(lane.run(receiver, seen_tx.clone()));
        lanes.push(LaneState {
            words,
            queue: VecDeque::new(),
            present: None,
            open: None,
            free_ms: 0,
            arrived_ms: 0,
            act_at: None,
        });
    }
    let gateway = site.start_gateway()?;
    let mut show = Show {
        reference: world.reference(),
        world,
        lanes,
        let_in: BTreeMap::new(),
        moment,
        socket: folder.join("state/control.sock"),
        counts: BTreeMap::new(),
        wrong: 0,
    };
    show.wait_for_devices().await?;
    println!("gate and region are up; trucks come\n");
    let mut events = follow(folder.join("state/journal"));
    let deadline_ms = moment.ms() + arguments.seconds * 1_000;
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    for truck in 0..show.world.trucks.len() {
        let lane = show.world.trucks[truck].lane;
        show.lanes[lane].queue.push_back(truck);
    }
    while !show.is_over() && (moment.ms() < deadline_ms || show.is_busy()) {
        anyhow::ensure!(
            moment.ms() < deadline_ms + 60_000,
            "the lanes did not come to rest"
        );
        tokio::select! {
            Some(sight) = seen.recv() => show.sight(&sight),
            Some(event) = events.recv() => show.event(&event).await,
            _ = tick.tick() => show.tick(moment.ms() < deadline_ms).await?,
        }
    }
    let result = finish(&site, &folder, &programs, &mut show).await;
    gateway.stop(Duration::from_secs(10)).await?;
    region.stop(Duration::from_secs(10)).await?;
    let proof = site.call(&["journal", "verify", "--config", "gateway.toml"])?;
    println!("journal: {}", proof.trim());
    result
}

fn world(arguments: &Arguments, moment: Moment) -> World {
    let mut config = WorldConfig::new(arguments.seed, arguments.trucks);
    config.start = moment.utc();
    config.exception_permille = arguments.exceptions.min(1_000);
    config.peak_per_hour = 600;
    // An order that comes just after the decision needs a stopwatch, and a second pass or visit
    // hours; neither fits into a minute.
    config.causes = ExceptionCause::ALL
        .iter()
        .copied()
        .filter(|cause| {
            !matches!(
                cause,
                ExceptionCause::DirectiveBetweenDecisionAndBarrier
                    | ExceptionCause::StillInside
                    | ExceptionCause::TwoLanesSamePass
                    | ExceptionCause::PassExpired
            )
        })
        .collect();
    World::generate(config)
}

/// Events of the running gate's journal, as they become durable.
fn follow(directory: PathBuf) -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel(256);
    std::thread::spawn(move || {
        let mut next = 1;
        let mut reader = None;
        while !sender.is_closed() {
            if reader.is_none() {
                reader = JournalReader::open(&directory).ok();
            }
            let records = reader
                .as_mut()
                .and_then(|r| r.read_from(next, 64, 1 << 20).ok());
            for record in records.unwrap_or_default() {
                next = record.sequence + 1;
                if let Ok((_, event)) = wire::record::decode_record(&record.payload)
                    && sender.blocking_send(event).is_err()
                {
                    return;
                }
            }
            reader = None;
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    receiver
}

impl Show {
    fn is_busy(&self) -> bool {
        self.lanes
            .iter()
            .any(|lane| lane.present.is_some() || lane.open.is_some())
    }

    fn is_over(&self) -> bool {
        !self.is_busy() && self.lanes.iter().all(|lane| lane.queue.is_empty())
    }

    fn lane_of(&self, event: &Event) -> Option<usize> {
        let id = event.lane.as_ref()?;
        self.world
            .config
            .lanes
            .iter()
            .position(|plan| plan.id == *id)
    }

    fn ask(&self, request: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        writeln!(stream, "{request}")?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    async fn wait_for_devices(&self) -> anyhow::Result<()> {
        let mut last = String::new();
        for _ in 0..150 {
            if let Ok(status) = self.ask(&serde_json::json!({ "verb": "status" })) {
                last = status.to_string();
                if !last.contains("\"lost\"") && last.contains("\"live\"") {
                    return Ok(());
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("not every device of the gate came alive within 15 s: {last}")
    }

    fn sight(&mut self, sight: &Sight) {
        match sight {
            Sight::Arrived(_) => {}
            Sight::DrivesOn(truck) => {
                let here = &self.world.trucks[*truck];
                let direction = self.world.config.lanes[here.lane].direction;
                let at = self.moment.utc();
                if !self.reference.judge(here, direction, at).may_release() {
                    self.wrong += 1;
                    println!("  WRONG RELEASE of truck {truck}: {:?}", here.staged);
                }
                self.reference.let_through(here, direction, at);
                self.let_in.insert(*truck, true);
            }
            Sight::Gone(truck, _) => {
                let lane = self.world.trucks[*truck].lane;
                self.let_in.entry(*truck).or_insert(false);
                self.lanes[lane].present = None;
                self.lanes[lane].free_ms = self.moment.ms();
            }
        }
    }

    async fn event(&mut self, event: &Event) {
        let Some(lane) = self.lane_of(event) else {
            return;
        };
        let now_ms = self.moment.ms();
        let state = &mut self.lanes[lane];
        match &event.body {
            EventBody::PassageOpened => {
                state.open = event.passage.as_ref().map(ToString::to_string);
                state.arrived_ms = now_ms;
            }
            EventBody::PassageDecided(record) => {
                let verdict = record.decision.verdict;
                let (name, wait_ms) = match verdict {
                    Verdict::Release => ("released by itself", None),
                    Verdict::Review => ("reviewed by a person", Some(2_000)),
                    Verdict::Detain => ("detained", Some(3_000)),
                };
                *self.counts.entry(name).or_default() += 1;
                state.act_at = wait_ms.map(|wait| (now_ms + wait, Some(verdict)));
                let reasons: Vec<&str> = record
                    .decision
                    .holds()
                    .iter()
                    .map(|f| f.reason.code())
                    .collect();
                let plate = record.evidence.plates.first().map(|p| p.plate.to_string());
                println!(
                    "  {} {:<10} {:?} {}",
                    self.world.config.lanes[lane].id,
                    plate.unwrap_or_else(|| "?".to_owned()),
                    verdict,
                    reasons.join(" ")
                );
            }
            EventBody::PassageEnded {
                end, duration_ms, ..
            } => {
                state.open = None;
                state.act_at = None;
                state.free_ms = now_ms;
                let name = match end {
                    PassageEnd::Completed => "completed",
                    PassageEnd::ToBay => "to the bay",
                    PassageEnd::ReversedOut => "reversed out",
                    PassageEnd::RunThrough => "ran through",
                    PassageEnd::EndedByPerson | PassageEnd::Vanished | PassageEnd::Observed => {
                        "ended otherwise"
                    }
                };
                *self.counts.entry(name).or_default() += 1;
                let seconds = f64::from(*duration_ms) / 1_000.0;
                println!(
                    "  {} {name} after {seconds:.1} s",
                    self.world.config.lanes[lane].id
                );
            }
            EventBody::Breached { breach, .. } => {
                println!("  {} BREACH {breach:?}", self.world.config.lanes[lane].id);
            }
            #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is in the journal")]
            _ => {}
        }
    }

    async fn tick(&mut self, more: bool) -> anyhow::Result<()> {
        let now_ms = self.moment.ms();
        for lane in 0..self.lanes.len() {
            if let Some((at, verdict)) = self.lanes[lane].act_at
                && now_ms >= at
            {
                self.lanes[lane].act_at = None;
                self.person(lane, verdict).await?;
            }
            let state = &self.lanes[lane];
            let is_free = state.present.is_none() && state.open.is_none();
            if !is_free || now_ms < state.free_ms + 2_500 {
                continue;
            }
            if !more {
                self.lanes[lane].queue.clear();
                continue;
            }
            let Some(truck) = self.lanes[lane].queue.front().copied() else {
                continue;
            };
            match self.world.trucks[truck]
                .after_entry
                .map(|entry| self.let_in.get(&entry))
            {
                Some(None) => continue,
                Some(Some(false)) => {
                    // Its entry was refused: it never comes to leave.
                    self.lanes[lane].queue.pop_front();
                    self.let_in.insert(truck, false);
                    continue;
                }
                Some(Some(true)) | None => {}
            }
            self.lanes[lane].queue.pop_front();
            self.lanes[lane].present = Some(truck);
            self.lanes[lane]
                .words
                .send(Word::Come(truck))
                .await
                .context("a lane has ended")?;
        }
        Ok(())
    }

    /// The clerk looks at the truth: clears what may go, sends the rest to the bay.
    async fn person(&mut self, lane: usize, verdict: Option<Verdict>) -> anyhow::Result<()> {
        let (Some(truck), Some(passage)) =
            (self.lanes[lane].present, self.lanes[lane].open.clone())
        else {
            return Ok(());
        };
        let id = self.world.config.lanes[lane].id.to_string();
        let direction: Direction = self.world.config.lanes[lane].direction;
        let truth = self
            .reference
            .judge(&self.world.trucks[truck], direction, self.moment.utc());
        let clears = verdict == Some(Verdict::Review) && truth.may_release();
        let mut request = serde_json::json!({
            "verb": "acknowledge", "lane": id, "user": "clerk-07", "passage": passage,
        });
        self.ask(&request)?;
        if clears {
            request["verb"] = "clear".into();
            request["user"] = "supervisor-02".into();
            request["privileges"] = (1..=19).collect::<Vec<u8>>().into();
            request["reason_code"] = "CHECKED".into();
        } else {
            request["verb"] = "send_to_bay".into();
        }
        request["text"] = "checked at the vehicle".into();
        self.ask(&request)?;
        if !clears {
            self.lanes[lane]
                .words
                .send(Word::BackOut)
                .await
                .context("a lane has ended")?;
        }
        Ok(())
    }
}

/// Waits until the region has everything, and says what it came to.
async fn finish(
    site: &Site,
    folder: &Path,
    programs: &Path,
    show: &mut Show,
) -> anyhow::Result<bool> {
    println!();
    for (name, count) in &show.counts {
        println!("{count:>5} {name}");
    }
    let last = || -> anyhow::Result<u64> {
        let mut reader = JournalReader::open(&folder.join("state/journal"))?;
        let mut last = 0;
        loop {
            let records = reader.read_from(last + 1, 1_024, 4 << 20)?;
            match records.last() {
                Some(record) => last = record.sequence,
                None => return Ok(last),
            }
        }
    };
    let mut report = String::new();
    for _ in 0..100 {
        let output = std::process::Command::new(programs.join("kakou-region"))
            .current_dir(folder)
            .args(["report", "--config", "region.toml"])
            .output()?;
        report = String::from_utf8_lossy(&output.stdout).into_owned();
        if report.contains(&format!(": {} events", last()?)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("region: {}", report.trim());
    let equal = report.contains(&format!(": {} events", last()?)) && !report.contains("ALARM");
    println!(
        "journal and region hold the same events: {}",
        if equal { "yes" } else { "NO" }
    );
    println!("wrong releases against the truth: {}", show.wrong);
    let done = show.counts.get("completed").copied().unwrap_or(0);
    anyhow::ensure!(
        done > 0,
        "no truck came through; see {}",
        site.folder.join("gateway.log").display()
    );
    Ok(equal && show.wrong == 0)
}
