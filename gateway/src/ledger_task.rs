//! The single owner of the ledger: answers lanes, takes deltas and directives, follows the
//! journal for what has been drawn. An own thread, because its store blocks.

use std::sync::mpsc::{self, RecvTimeoutError, SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

use domain::directive::Directive;
use domain::event::{Event, EventBody};
use domain::id::PassageId;
use domain::ledger_row::{Change, LedgerRevision, Row};
use ledger::lookup::Ledger;
use ledger::query::LedgerQuery;
use ledger::rows::LedgerRows as _;
use passage::port::Input;
use store::journal::JournalReader;
use tokio::sync::watch;
use wire::ledger::Delta;

use crate::clock::Clock;
use crate::lane_task::LaneInbox;
use crate::ledger_rows::{DiskRows, RowsFault};
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
    Directive(
        Box<Directive>,
        tokio::sync::oneshot::Sender<Result<(), String>>,
    ),
    Vouched(LedgerRevision),
    Stop,
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
    /// The store failed.
    Failed(String),
}

/// The way to the ledger.
#[derive(Clone)]
pub struct LedgerHandle {
    requests: SyncSender<Request>,
    revision: watch::Receiver<Option<LedgerRevision>>,
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
        Self { requests, revision }
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

    /// Takes a verified directive; lanes learn of it once it is in the ledger.
    ///
    /// # Errors
    /// In words, why it did not take effect.
    pub async fn direct(&self, directive: Directive) -> Result<(), String> {
        let (tx, rx) = tokio::sync::oneshot::channel();
        self.requests
            .try_send(Request::Directive(Box::new(directive), tx))
            .map_err(|_| "too many requests wait for the ledger".to_owned())?;
        rx.await.unwrap_or_else(|_| Err("ledger ended".to_owned()))
    }

    /// The region vouches that this revision is current.
    pub fn vouched(&self, revision: LedgerRevision) {
        // The next vouching comes within a minute.
        let _ = self.requests.try_send(Request::Vouched(revision));
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
    let handle = std::thread::Builder::new()
        .name("ledger".into())
        .spawn(move || thread.run(&receiver, &revision_tx))
        .expect("a thread can be started while the daemon starts");
    (LedgerHandle { requests, revision }, handle)
}

impl LedgerThread {
    fn run(
        mut self,
        requests: &mpsc::Receiver<Request>,
        revision: &watch::Sender<Option<LedgerRevision>>,
    ) {
        loop {
            match requests.recv_timeout(Duration::from_millis(250)) {
                Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(request) => {
                    self.follow();
                    self.carry_out(request);
                    let now = self.ledger.rows().revision();
                    revision.send_if_modified(|have| std::mem::replace(have, now) != now);
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
            Request::Directive(directive, reply) => {
                let outcome = self.direct(&directive);
                let _ = reply.send(outcome);
            }
            Request::Vouched(revision) => self.ledger.rows_mut().vouch(revision),
            Request::Stop => {}
        }
    }

    fn delta(&mut self, delta: &Delta) -> DeltaOutcome {
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
                self.tell(&Input::LedgerAdvanced);
                DeltaOutcome::Have(revision)
            }
            Err(RowsFault::Old) => match self.ledger.rows().revision() {
                Some(revision) => DeltaOutcome::Have(revision),
                None => DeltaOutcome::Gap(None),
            },
            Err(RowsFault::Gap) => DeltaOutcome::Gap(self.ledger.rows().revision()),
            Err(RowsFault::Fork) => DeltaOutcome::Fork,
            Err(fault @ (RowsFault::Store(_) | RowsFault::Decode(_))) => {
                DeltaOutcome::Failed(fault.to_string())
            }
        }
    }

    fn direct(&mut self, directive: &Directive) -> Result<(), String> {
        self.ledger
            .rows_mut()
            .put_directive(directive)
            .map_err(|fault| fault.to_string())?;
        self.record(EventBody::DirectiveReceived(directive.clone()));
        self.tell(&Input::Directive(Box::new(directive.clone())));
        Ok(())
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
