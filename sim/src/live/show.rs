//! A run of trucks through live lanes: who comes when, what the clerk does about holds, and what
//! the truth says about every truck that drives on. Survives a gateway that is killed and started
//! again, as people and trucks do.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use domain::decision::Verdict;
use domain::event::{Event, EventBody, PassageEnd};
use domain::gate_pass::Direction;
use store::journal::JournalReader;
use tokio::sync::mpsc;

use super::Moment;
use super::lane::{Lane, Sight, Word};
use super::site::Site;
use crate::truth::Reference;
use crate::world::World;

/// What is known of a lane from outside.
struct LaneState {
    words: mpsc::Sender<Word>,
    queue: VecDeque<usize>,
    present: Option<usize>,
    open: Option<String>,
    free_ms: u64,
    arrived_ms: u64,
    act_at: Option<(u64, Option<Verdict>)>,
}

/// The run.
pub struct Show {
    world: World,
    reference: Reference,
    lanes: Vec<LaneState>,
    let_in: BTreeMap<usize, bool>,
    moment: Moment,
    socket: PathBuf,
    /// What happened, by name.
    pub counts: BTreeMap<&'static str, u64>,
    /// Trucks that drove on and must not have.
    pub wrong: u64,
    /// Lines for whoever watches.
    pub lines: Vec<String>,
    seen: mpsc::Receiver<Sight>,
    events: mpsc::Receiver<Event>,
}

/// Waits until the region has what the gate's journal has; `false` after `seconds`.
///
/// # Errors
/// The journal or the region's store cannot be read.
pub async fn region_has_all(site: &Site, seconds: u64) -> anyhow::Result<bool> {
    for _ in 0..seconds * 5 {
        let last = journal(&site.folder)?
            .last()
            .map_or(0, |(sequence, _)| *sequence);
        let report = region_report(site)?;
        if report.contains(&format!(": {last} events")) {
            return Ok(!report.contains("ALARM"));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(false)
}

/// What the region says of its store.
///
/// # Errors
/// It cannot be started.
pub fn region_report(site: &Site) -> anyhow::Result<String> {
    let output = Command::new(site.programs.join("kakou-region"))
        .current_dir(&site.folder)
        .args(["report", "--config", "region.toml"])
        .output()
        .context("cannot start kakou-region")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Every event of the gate's journal, with its sequence.
///
/// # Errors
/// The journal cannot be read.
pub fn journal(folder: &Path) -> anyhow::Result<Vec<(u64, Event)>> {
    let mut reader = JournalReader::open(&folder.join("state/journal"))?;
    let mut events = Vec::new();
    let mut next = reader.first_sequence();
    loop {
        let records = reader.read_from(next, 4_096, 16 << 20)?;
        if records.is_empty() {
            return Ok(events);
        }
        for record in records {
            next = record.sequence + 1;
            events.push((
                record.sequence,
                wire::record::decode_record(&record.payload)?.1,
            ));
        }
    }
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
    /// Starts the lanes of a site and follows the journal of its gate.
    #[must_use]
    pub fn new(world: World, lanes: Vec<Lane>, folder: &Path, moment: Moment) -> Self {
        let (seen_tx, seen) = mpsc::channel(64);
        let mut states = Vec::new();
        for lane in lanes {
            let (words, receiver) = mpsc::channel(8);
            tokio::spawn(lane.run(receiver, seen_tx.clone()));
            states.push(LaneState {
                words,
                queue: VecDeque::new(),
                present: None,
                open: None,
                free_ms: 0,
                arrived_ms: 0,
                act_at: None,
            });
        }
        for truck in &world.trucks {
            states[truck.lane].queue.push_back(truck.number);
        }
        Self {
            reference: world.reference(),
            world,
            lanes: states,
            let_in: BTreeMap::new(),
            moment,
            socket: folder.join("state/control.sock"),
            counts: BTreeMap::new(),
            wrong: 0,
            lines: Vec::new(),
            seen,
            events: follow(folder.join("state/journal")),
        }
    }

    /// Waits for the next thing to happen and deals with it. Without `more`, no truck comes any
    /// more.
    ///
    /// # Errors
    /// A lane has ended.
    pub async fn step(&mut self, more: bool) -> anyhow::Result<()> {
        tokio::select! {
            Some(sight) = self.seen.recv() => self.sight(&sight),
            Some(event) = self.events.recv() => self.event(&event),
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
        self.tick(more).await
    }

    /// A truck is in a lane, or a passage is open.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.lanes
            .iter()
            .any(|lane| lane.present.is_some() || lane.open.is_some())
    }

    /// Nothing is left to come.
    #[must_use]
    pub fn is_over(&self) -> bool {
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

    /// Waits until every device of the gate is alive.
    ///
    /// # Errors
    /// One is not, within 15 s.
    pub async fn wait_for_devices(&self) -> anyhow::Result<()> {
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
                    self.lines.push(format!(
                        "  WRONG RELEASE of truck {truck}: {:?}",
                        here.staged
                    ));
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

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is in the journal")]
    fn event(&mut self, event: &Event) {
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
                self.lines.push(format!(
                    "  {} {:<10} {:?} {}",
                    self.world.config.lanes[lane].id,
                    plate.unwrap_or_else(|| "?".to_owned()),
                    verdict,
                    reasons.join(" ")
                ));
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
                self.lines.push(format!(
                    "  {} {name} after {seconds:.1} s",
                    self.world.config.lanes[lane].id
                ));
            }
            EventBody::Breached { breach, .. } => {
                self.lines.push(format!(
                    "  {} BREACH {breach:?}",
                    self.world.config.lanes[lane].id
                ));
            }
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
                if self.person(lane, verdict).await.is_err() {
                    // The gate is away: people come back to it.
                    self.lanes[lane].act_at = Some((now_ms + 500, verdict));
                }
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
