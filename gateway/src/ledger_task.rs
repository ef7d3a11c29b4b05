//! The single owner of the ledger: answers lanes, takes deltas and directives, follows the
//! journal for what has been drawn. An own thread, because its store blocks.

use std::sync::mpsc::{self, RecvTimeoutError, SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

use domain::directive::Directive;
use domain::event::{Event, EventBody};
use domain::id::PassageId;
use domain::ledger_row::{Change, LedgerRevision, Row, RowKey};
use ledger::lookup::Ledger;
use ledger::query::LedgerQuery;
use ledger::rows::LedgerRows as _;
use ledger::snapshot::{SnapshotCursor, SnapshotPart};
use passage::port::Input;
use store::journal::JournalReader;
use tokio::sync::watch;
use wire::ledger::{Delta, DirectiveOrder};

use crate::clock::Clock;
use crate::lane_task::LaneInbox;
use crate::ledger_rows::{DiskRows, PartFault, PartTaken, RowsFault};
use crate::recorder::Recorder;

/// Requests that may wait.
const REQUESTS_MAX: usize = 256;
/// Events taken from the journal at once.
const FOLLOW_RECORDS_MAX: usize = 1_024;
const FOLLOW_BYTES_MAX: usize = 4 << 20;

enum Request {
    Ask(Box<LedgerQuery>, LaneInbox),
    Return(PassageId),
    Delta(Box<Delta>, tokio::sync::oneshot::Sender<DeltaOutcome>),
    Part(
        Box<SnapshotPart>,
        tokio::sync::oneshot::Sender<Result<PartTaken, String>>,
    ),
    Directive(
        Box<DirectiveOrder>,
        tokio::sync::oneshot::Sender<Result<bool, String>>,
    ),
    Vouched(LedgerRevision, tokio::sync::oneshot::Sender<bool>),
    Stop,
}

/// What the gate may tell the region of its ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Revision and hash; `None` if it has nothing, or nothing to rely on.
    pub revision: Option<LedgerRevision>,
    /// Where it stands in a snapshot that it is taking.
    pub snapshot: Option<SnapshotCursor>,
}

impl Claim {
    fn of(rows: &DiskRows) -> Self {
        Self {
            revision: rows.provable(),
            snapshot: rows.snapshot_cursor().cloned(),
        }
    }

    /// Whether telling it again would tell the region nothing: being vouched for does not count.
    fn says_the_same(&self, other: &Self) -> bool {
        let proof = |claim: &Self| claim.revision.map(|have| (have.revision, have.hash));
        proof(self) == proof(other) && self.snapshot == other.snapshot
    }
}

/// What became of a delta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeltaOutcome {
    /// Applied, or held already; this is what the gate has now.
    Have(LedgerRevision),
    /// A delta before this one is missing.
    Gap(Option<LedgerRevision>),
    /// It does not continue what the gate has: alarm.
    Fork,
    /// It is of another premises.
    Elsewhere,
    /// The store failed.
    Failed(String),
}

/// The way to the ledger.
#[derive(Clone)]
pub struct LedgerHandle {
    requests: SyncSender<Request>,
    revision: watch::Receiver<Option<LedgerRevision>>,
    claim: watch::Receiver<Claim>,
}

impl LedgerHandle {
    /// Asks; the answer goes to `reply`. `false` if too many questions wait.
    #[must_use]
    pub fn ask(&self, query: LedgerQuery, reply: LaneInbox) -> bool {
        self.requests
            .try_send(Request::Ask(Box::new(query), reply))
            .is_ok()
    }

    /// A ledger that takes questions and answers none.
    #[cfg(test)]
    pub(crate) fn silent() -> Self {
        let (requests, waiting) = mpsc::sync_channel(REQUESTS_MAX);
        // Nobody reads: kept open so that asking still succeeds.
        std::mem::forget(waiting);
        let (_, revision) = watch::channel(None);
        let (_, claim) = watch::channel(Claim::default());
        Self {
            requests,
            revision,
            claim,
        }
    }

    /// Gives an in-memory reservation back.
    pub fn return_reservation(&self, passage: PassageId) {
        if let Err(TrySendError::Full(_)) = self.requests.try_send(Request::Return(passage)) {
            tracing::warn!("a reservation could not be given back at once; its passage's end does");
        }
    }

    /// Applies a verified delta.
    pub async fn apply(&self, delta: Delta) -> DeltaOutcome {
        let (tx, rx) = tokio::sync::oneshot::channel();
        match self.requests.try_send(Request::Delta(Box::new(delta), tx)) {
            Ok(()) => rx
                .await
                .unwrap_or_else(|_| DeltaOutcome::Failed("ledger ended".into())),
            Err(_) => DeltaOutcome::Failed("too many requests wait for the ledger".into()),
        }
    }

    /// Takes a verified part of a snapshot.
    ///
    /// # Errors
    /// In words, why it was not taken.
    pub async fn take_part(&self, part: SnapshotPart) -> Result<PartTaken, String> {
        let (tx, rx) = tokio::sync::oneshot::channel();
        self.requests
            .try_send(Request::Part(Box::new(part), tx))
            .map_err(|_| "too many requests wait for the ledger".to_owned())?;
        rx.await.unwrap_or_else(|_| Err("ledger ended".to_owned()))
    }

    /// Takes a verified directive; lanes learn of it once it is in the ledger. `false` if the ledger
    /// has it already, or what came after it.
    ///
    /// # Errors
    /// In words, why it did not take effect.
    pub async fn direct(&self, order: DirectiveOrder) -> Result<bool, String> {
        let (tx, rx) = tokio::sync::oneshot::channel();
        self.requests
            .try_send(Request::Directive(Box::new(order), tx))
            .map_err(|_| "too many requests wait for the ledger".to_owned())?;
        rx.await.unwrap_or_else(|_| Err("ledger ended".to_owned()))
    }

    /// The region vouches that this revision is current; `false` if the gate has another one.
    pub async fn vouched(&self, revision: LedgerRevision) -> bool {
        let (tx, rx) = tokio::sync::oneshot::channel();
        // The next vouching comes within a minute.
        if self
            .requests
            .try_send(Request::Vouched(revision, tx))
            .is_err()
        {
            return true;
        }
        rx.await.unwrap_or(true)
    }

    /// Follows what the gate may tell the region.
    #[must_use]
    pub fn claim(&self) -> watch::Receiver<Claim> {
        self.claim.clone()
    }

    /// Follows the revision.
    #[must_use]
    pub fn revision(&self) -> watch::Receiver<Option<LedgerRevision>> {
        self.revision.clone()
    }

    /// Asks the thread to end.
    pub fn stop(&self) {
        // A full queue drains; a closed one has ended.
        let _ = self.requests.send(Request::Stop);
    }
}

/// Everything the thread needs.
pub struct LedgerThread {
    /// The ledger over the disk.
    pub ledger: Ledger<DiskRows>,
    /// The journal, already followed up to `followed`.
    pub reader: JournalReader,
    /// Last sequence that the ledger has seen.
    pub followed: u64,
    /// Last durable sequence.
    pub durable: watch::Receiver<u64>,
    /// Recorder, for ledger events.
    pub recorder: Recorder,
    /// Lanes, which learn of directives.
    pub lanes: Vec<LaneInbox>,
    /// Clock.
    pub clock: Clock,
}

/// Starts the thread.
#[must_use]
pub fn start(thread: LedgerThread) -> (LedgerHandle, JoinHandle<()>) {
    let (requests, receiver) = mpsc::sync_channel(REQUESTS_MAX);
    let (revision_tx, revision) = watch::channel(thread.ledger.rows().revision());
    let (claim_tx, claim) = watch::channel(Claim::of(thread.ledger.rows()));
    let handle = std::thread::Builder::new()
        .name("ledger".into())
        .spawn(move || thread.run(&receiver, &revision_tx, &claim_tx))
        .expect("a thread can be started while the daemon starts");
    let handed = LedgerHandle {
        requests,
        revision,
        claim,
    };
    (handed, handle)
}

impl LedgerThread {
    fn run(
        mut self,
        requests: &mpsc::Receiver<Request>,
        revision: &watch::Sender<Option<LedgerRevision>>,
        claim: &watch::Sender<Claim>,
    ) {
        loop {
            match requests.recv_timeout(Duration::from_millis(250)) {
                Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(request) => {
                    self.follow();
                    self.carry_out(request);
                    let now = self.ledger.rows().revision();
                    revision.send_if_modified(|have| std::mem::replace(have, now) != now);
                    let proved = Claim::of(self.ledger.rows());
                    claim.send_if_modified(|told| {
                        let is_new = !told.says_the_same(&proved);
                        *told = proved;
                        is_new
                    });
                }
                Err(RecvTimeoutError::Timeout) => self.follow(),
            }
        }
    }

    /// Takes every durable event that the ledger has not seen: what was drawn, what was returned.
    fn follow(&mut self) {
        let durable = *self.durable.borrow();
        while self.followed < durable {
            let from = self.followed + 1;
            match self
                .reader
                .read_from(from, FOLLOW_RECORDS_MAX, FOLLOW_BYTES_MAX)
            {
                Ok(records) if records.is_empty() => return,
                Ok(records) => {
                    for record in records {
                        self.followed = record.sequence;
                        match wire::record::decode_record(&record.payload) {
                            Ok((_, event)) => self.ledger.observe(&event),
                            Err(error) => {
                                tracing::error!(sequence = record.sequence, %error, "own record is unreadable");
                            }
                        }
                    }
                }
                Err(error) => {
                    tracing::error!(%error, from, "the ledger cannot follow the journal");
                    return;
                }
            }
        }
    }

    fn carry_out(&mut self, request: Request) {
        match request {
            Request::Ask(query, reply) => {
                let answer = self.ledger.answer(&query);
                if !reply.try_send(Input::Ledger(answer)) {
                    tracing::error!(lane = %reply.lane(), "inbox full, an answer was dropped");
                }
            }
            Request::Return(passage) => self.ledger.return_reservation(&passage),
            Request::Delta(delta, reply) => {
                // Nobody may be waiting any more; the delta counts all the same.
                let _ = reply.send(self.delta(&delta));
            }
            Request::Part(part, reply) => {
                let _ = reply.send(self.part(&part));
            }
            Request::Directive(order, reply) => {
                let outcome = self.direct(&order);
                let _ = reply.send(outcome);
            }
            Request::Vouched(revision, reply) => {
                let _ = reply.send(self.ledger.rows_mut().vouch(&revision));
            }
            Request::Stop => {}
        }
    }

    fn delta(&mut self, delta: &Delta) -> DeltaOutcome {
        let removed = self.removed_directives(delta);
        match self.ledger.rows_mut().apply_delta(delta) {
            Ok(revision) => {
                self.record(EventBody::LedgerAdvanced {
                    to: revision,
                    rows_changed: delta.changes.len() as u64,
                });
                for change in &delta.changes {
                    if let Change::Upsert(row) = change
                        && let Row::Directive(directive) = row.as_ref()
                    {
                        self.tell(&Input::Directive(Box::new(directive.clone())));
                    }
                }
                for directive in removed {
                    self.tell(&Input::Directive(Box::new(directive)));
                }
                self.tell(&Input::LedgerAdvanced);
                DeltaOutcome::Have(revision)
            }
            Err(RowsFault::Old) => match self.ledger.rows().revision() {
                Some(revision) => DeltaOutcome::Have(revision),
                None => DeltaOutcome::Gap(None),
            },
            Err(RowsFault::Gap) => DeltaOutcome::Gap(self.ledger.rows().revision()),
            Err(RowsFault::Fork) => DeltaOutcome::Fork,
            Err(RowsFault::Elsewhere { .. }) => DeltaOutcome::Elsewhere,
            Err(fault @ (RowsFault::Store(_) | RowsFault::Decode(_))) => {
                DeltaOutcome::Failed(fault.to_string())
            }
        }
    }

    /// Directives that a delta takes away: a vehicle may be held by nothing else.
    fn removed_directives(&self, delta: &Delta) -> Vec<Directive> {
        delta
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Remove(key @ RowKey::Directive(_)) => {
                    let row = self.ledger.rows().row(key).ok().flatten()?;
                    match row.as_ref() {
                        Row::Directive(directive) => Some(Directive {
                            withdrawn: true,
                            ..directive.clone()
                        }),
                        Row::Company(_)
                        | Row::Vehicle(_)
                        | Row::Driver(_)
                        | Row::Premises(_)
                        | Row::Container(_)
                        | Row::Manifest(_)
                        | Row::Consignment(_)
                        | Row::Pass(_) => None,
                    }
                }
                Change::Remove(_) | Change::Upsert(_) => None,
            })
            .collect()
    }

    fn part(&mut self, part: &SnapshotPart) -> Result<PartTaken, String> {
        let taken = self.ledger.rows_mut().take_part(part);
        let taken = taken.map_err(|fault: PartFault| format!("{:#}", anyhow::Error::new(fault)))?;
        if let PartTaken::Done {
            revision,
            rows,
            directives,
        } = &taken
        {
            self.record(EventBody::LedgerAdvanced {
                to: *revision,
                rows_changed: *rows,
            });
            for directive in directives {
                self.tell(&Input::Directive(Box::new(directive.clone())));
            }
            self.tell(&Input::LedgerAdvanced);
        }
        Ok(taken)
    }

    fn direct(&mut self, order: &DirectiveOrder) -> Result<bool, String> {
        let have = self.ledger.rows().provable();
        if have.is_some_and(|have| have.revision >= order.revision) {
            return Ok(false);
        }
        let directive = &order.directive;
        self.ledger
            .rows_mut()
            .put_directive(directive)
            .map_err(|fault| fault.to_string())?;
        self.record(EventBody::DirectiveReceived(directive.clone()));
        self.tell(&Input::Directive(Box::new(directive.clone())));
        Ok(true)
    }

    fn record(&self, body: EventBody) {
        let event = Event {
            at: self.clock.now().utc,
            lane: None,
            passage: None,
            body,
        };
        self.recorder.record(&event, |_| {});
    }

    fn tell(&self, input: &Input) {
        for lane in &self.lanes {
            if !lane.try_send(input.clone()) {
                tracing::error!(lane = %lane.lane(), "inbox full, a directive reached only the ledger");
            }
        }
    }
}
