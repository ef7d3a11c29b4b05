//! A run of trucks through live lanes: who comes when, what the clerk does about holds, and what
//! the truth says about every truck that drives on. Survives a gateway that is killed and started
//! again, as people and trucks do.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use domain::actuation::RaiseReason;
use domain::decision::Verdict;
use domain::event::{DecisionRecord, Event, EventBody};
use domain::gate_pass::Direction;
use domain::id::DirectiveId;
use domain::ledger_row::Row;
use domain::time::Timestamp;
use tokio::sync::mpsc;

use super::Moment;
use super::lane::{Lane, Sight, Word};
use super::officer::Officer;
use super::records::follow;
pub use super::records::{gate_page, journal, region_has_all, region_page, region_report};
pub use super::tally::{Tally, header};
use crate::truth::Reference;
use crate::world::World;

/// What is known of a lane from outside.
struct LaneState {
    words: mpsc::Sender<Word>,
    queue: VecDeque<usize>,
    present: Option<usize>,
    open: Option<String>,
    free_ms: u64,
    act_at: Option<(u64, Verdict)>,
    /// When the evidence of the last decision was frozen.
    frozen: Option<Timestamp>,
    /// A person has cleared the hold.
    cleared: bool,
    /// The truck that drove on in the open passage: let in once that has ended, so that nobody
    /// leaves before having come.
    driven: Option<usize>,
}

/// A lane is left alone this long after its last vehicle.
const GAP_MS: u64 = 1_500;

/// The run.
pub struct Show {
    world: World,
    reference: Reference,
    lanes: Vec<LaneState>,
    let_in: BTreeMap<usize, bool>,
    moment: Moment,
    socket: PathBuf,
    /// How long the clerk waits before a review is decided.
    pub review_wait_ms: u64,
    /// How long the clerk waits before a detained truck is sent away.
    pub detain_wait_ms: u64,
    /// Who stops a released truck, if anybody does.
    pub officer: Option<Officer>,
    /// What it came to.
    pub tally: Tally,
    /// Trucks that have come.
    pub arrivals: usize,
    /// Lines for whoever watches.
    pub lines: Vec<String>,
    seen: mpsc::Receiver<Sight>,
    events: mpsc::Receiver<Event>,
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
                act_at: None,
                frozen: None,
                cleared: false,
                driven: None,
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
            review_wait_ms: 2_000,
            detain_wait_ms: 3_000,
            officer: None,
            tally: Tally::default(),
            arrivals: 0,
            lines: Vec::new(),
            seen,
            events: follow(folder.join("state/journal")),
        }
    }

    /// The world that is shown.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Waits for the next thing to happen and deals with it. Without `more`, no truck comes any
    /// more.
    ///
    /// # Errors
    /// A lane has ended.
    pub async fn step(&mut self, more: bool) -> anyhow::Result<()> {
        tokio::select! {
            Some(sight) = self.seen.recv() => self.sight(&sight),
            Some(event) = self.events.recv() => self.event(&event)?,
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
                let officer = self.officer.as_mut();
                if officer.is_some_and(|officer| officer.drove_on(*truck)) {
                    self.lines
                        .push("  the truck was faster than the order".to_owned());
                }
                let here = &self.world.trucks[*truck];
                let direction = self.world.config.lanes[here.lane].direction;
                let at = self.moment.utc();
                let truth = self.reference.judge(here, direction, at);
                let may_go = if self.lanes[here.lane].cleared {
                    truth.may_release()
                } else {
                    truth.may_release_unattended()
                };
                if !may_go {
                    self.tally.wrong_releases += 1;
                    self.lines.push(format!(
                        "  WRONG RELEASE of truck {truck}: {:?}",
                        here.staged
                    ));
                }
                self.reference.let_through(here, direction, at);
                self.lanes[here.lane].driven = Some(*truck);
            }
            Sight::Gone(truck, _) => {
                let lane = self.world.trucks[*truck].lane;
                if self.lanes[lane].driven != Some(*truck) {
                    self.let_in.entry(*truck).or_insert(false);
                }
                self.lanes[lane].present = None;
                self.lanes[lane].free_ms = self.moment.ms();
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is in the journal")]
    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        let Some(lane) = self.lane_of(event) else {
            return Ok(());
        };
        let now_ms = self.moment.ms();
        let state = &mut self.lanes[lane];
        match &event.body {
            EventBody::PassageOpened => {
                state.open = event.passage.as_ref().map(ToString::to_string);
                state.cleared = false;
            }
            EventBody::PassageDecided(record) => self.decided(lane, record, event.at.at)?,
            EventBody::ReleaseWithdrawn { directive } => {
                self.withdrawn(lane, directive, event.at.at)
            }
            EventBody::HoldCleared { .. } => state.cleared = true,
            EventBody::SentToBay { .. } => {
                // Whoever sent it: the driver obeys.
                state
                    .words
                    .try_send(Word::BackOut)
                    .context("a lane has ended")?;
            }
            EventBody::RaiseCommanded { reason } => {
                if let (RaiseReason::Release, Some(frozen)) = (reason, state.frozen) {
                    self.tally.raised(frozen, event.at.at);
                }
            }
            EventBody::PassageEnded {
                end, duration_ms, ..
            } => {
                state.open = None;
                state.act_at = None;
                state.frozen = None;
                state.free_ms = now_ms;
                if let Some(truck) = state.driven.take() {
                    self.let_in.insert(truck, true);
                }
                let name = self.tally.ended(*end);
                let by = if state.cleared {
                    ", cleared by a person"
                } else {
                    ""
                };
                let seconds = f64::from(*duration_ms) / 1_000.0;
                self.say(lane, &format!("{name}{by}, {seconds:.1} s in the lane"));
            }
            EventBody::Breached { breach, .. } => self.say(lane, &format!("BREACH {breach:?}")),
            _ => {}
        }
        Ok(())
    }

    /// From here on the truth knows the order: the truck must not drive on.
    fn withdrawn(&mut self, lane: usize, id: &DirectiveId, at: Timestamp) {
        let Some(officer) = &mut self.officer else {
            return;
        };
        if let Some(directive) = officer.withdrawn(id, at).cloned() {
            self.reference.learn(&Row::Directive(directive));
            let after = officer.stopped_after.unwrap_or_default().as_millis();
            let what = format!("STOPPED by {id}, {after} ms after the release; the arm stays down");
            self.say(lane, &what);
        }
    }

    fn say(&mut self, lane: usize, what: &str) {
        let id = &self.world.config.lanes[lane].id;
        self.lines.push(format!("  {:<8}-> {what}", id.as_str()));
    }

    fn decided(
        &mut self,
        lane: usize,
        record: &DecisionRecord,
        at: Timestamp,
    ) -> anyhow::Result<()> {
        let verdict = record.decision.verdict;
        let wait_ms = match verdict {
            Verdict::Release => None,
            Verdict::Review => Some(self.review_wait_ms),
            Verdict::Detain => Some(self.detain_wait_ms),
        };
        let state = &mut self.lanes[lane];
        state.frozen = Some(record.evidence.frozen.at);
        state.act_at = wait_ms.map(|wait| (self.moment.ms() + wait, verdict));
        if let Some(number) = state.present
            && record.attempt == 1
            && verdict != Verdict::Release
        {
            let truck = &self.world.trucks[number];
            let truth = self.reference.judge(truck, record.evidence.direction, at);
            if truck.staged.is_none() && truth.may_release_unattended() {
                let holds = record.decision.holds();
                let worst = holds.first().map_or("", |finding| finding.reason.code());
                self.tally
                    .wrong_holds
                    .push(format!("truck {number} {}: {worst}", truck.painted_plate));
            }
        }
        let row = self.tally.decided(record, at);
        self.lines.push(row);
        if let (Some(officer), Some(number)) = (&mut self.officer, self.lanes[lane].present)
            && verdict == Verdict::Release
            && record.attempt == 1
            && record.evidence.direction == Direction::Entry
        {
            let truck = &self.world.trucks[number];
            if truck.staged.is_none() {
                let line = officer.released(number, &truck.rig.plate, at)?;
                self.lines.extend(line.map(|line| format!("  {line}")));
            }
        }
        Ok(())
    }

    async fn tick(&mut self, more: bool) -> anyhow::Result<()> {
        let now_ms = self.moment.ms();
        for lane in 0..self.lanes.len() {
            if let Some((at, verdict)) = self.lanes[lane].act_at
                && now_ms >= at
            {
                self.lanes[lane].act_at = None;
                if self.person(lane, verdict).is_err() {
                    // The gate is away: people come back to it.
                    self.lanes[lane].act_at = Some((now_ms + 500, verdict));
                }
            }
            let state = &self.lanes[lane];
            let is_free = state.present.is_none() && state.open.is_none();
            if !is_free || now_ms < state.free_ms + GAP_MS {
                continue;
            }
            if !more {
                self.lanes[lane].queue.clear();
                continue;
            }
            let Some(truck) = self.next_in(lane) else {
                continue;
            };
            self.arrivals += 1;
            self.lanes[lane].present = Some(truck);
            self.lanes[lane]
                .words
                .send(Word::Come(truck))
                .await
                .context("a lane has ended")?;
        }
        Ok(())
    }

    /// The first of a lane's queue that can come. One whose entry is still to come waits; one whose
    /// entry was refused never comes to leave.
    fn next_in(&mut self, lane: usize) -> Option<usize> {
        let entry_of = |truck: usize| self.world.trucks[truck].after_entry;
        let (let_in, queue) = (&mut self.let_in, &mut self.lanes[lane].queue);
        queue.retain(|truck| {
            let refused = entry_of(*truck).is_some_and(|entry| let_in.get(&entry) == Some(&false));
            if refused {
                let_in.insert(*truck, false);
            }
            !refused
        });
        let place = queue
            .iter()
            .position(|truck| entry_of(*truck).is_none_or(|entry| let_in.contains_key(&entry)))?;
        queue.remove(place)
    }

    /// The clerk looks at the truth: clears what may go, sends the rest to the bay.
    fn person(&mut self, lane: usize, verdict: Verdict) -> anyhow::Result<()> {
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
        let clears = verdict == Verdict::Review && truth.may_release();
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
        Ok(())
    }
}
