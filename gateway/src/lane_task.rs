//! The loop around one lane machine: inbox and deadlines in, questions, records and acts out.
//!
//! No rules here. A panic of the machine ends this lane's task only; its supervisor records it
//! and starts the lane again, holding.

pub mod tap;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use domain::actuation::{Actuation, LaneNotice};
use domain::event::{Event, EventBody, LaneFault};
use domain::evidence::Evidence;
use domain::id::LaneId;
use domain::operator::OperatorAct;
use domain::policy::Policy;
use domain::time::Now;
use ledger::query::{LedgerAnswer, LedgerQuery, LedgerUnavailable};
use passage::Lane;
use passage::config::LaneConfig;
use passage::port::{Input, Output};
use store::journal::Durable;
use tokio::sync::{mpsc, oneshot, watch};

use self::tap::LaneTap;
use crate::clock::Clock;
use crate::customs_link::{BackEndLink, News, Told};
use crate::gate_link::{GateLink, Order};
use crate::ledger_task::LedgerHandle;
use crate::open_passages::OpenPassages;
use crate::recorder::Recorder;
use crate::stop::Stop;

/// Inputs that may wait for a lane.
const INBOX_MAX: usize = 1_024;
/// Durable proofs kept for a possible second command of the same passage.
const PROOFS_MAX: usize = 64;
/// Lane restarts after panics before the lane stays closed.
const RESTARTS_MAX: u32 = 5;

/// What reaches a lane's task.
#[derive(Debug)]
pub enum LaneMessage {
    /// An input of the machine.
    Input(Input),
    /// An act of a person who waits for what comes of it.
    Act {
        /// The act.
        act: Box<OperatorAct>,
        /// Learns why nothing came of it, or `None`.
        answer: oneshot::Sender<Option<String>>,
    },
    /// A record is durable, or is not.
    Recorded {
        /// Number of the output.
        record: u64,
        /// Proof, or why there is none.
        outcome: Result<Durable, String>,
    },
}

/// The way into a lane.
#[derive(Debug, Clone)]
pub struct LaneInbox {
    lane: LaneId,
    sender: mpsc::Sender<LaneMessage>,
}

impl LaneInbox {
    /// Lane.
    #[must_use]
    pub fn lane(&self) -> &LaneId {
        &self.lane
    }

    /// Hands an input over; waits while the inbox is full. Nothing happens once the lane is gone.
    pub async fn send(&self, input: Input) {
        // A closed inbox means that the daemon ends.
        let _ = self.sender.send(LaneMessage::Input(input)).await;
    }

    /// As [`LaneInbox::send`], from a thread outside the runtime.
    pub fn send_blocking(&self, input: Input) {
        // As there.
        let _ = self.sender.blocking_send(LaneMessage::Input(input));
    }

    /// Hands an act over and waits for what the lane makes of it: why nothing came of it, or
    /// `None`. What came of it is recorded by the lane, and may be durable a moment later.
    ///
    /// # Errors
    /// The lane is gone.
    pub async fn act(&self, act: OperatorAct) -> Result<Option<String>, LaneGone> {
        let (answer, answered) = oneshot::channel();
        let act = Box::new(act);
        let sent = self.sender.send(LaneMessage::Act { act, answer }).await;
        sent.map_err(|_| LaneGone)?;
        answered.await.map_err(|_| LaneGone)
    }

    /// Hands an input over without waiting; `false` if the inbox is full or gone.
    #[must_use]
    pub fn try_send(&self, input: Input) -> bool {
        self.sender.try_send(LaneMessage::Input(input)).is_ok()
    }
}

/// The lane's task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lane's task has ended; the log of kakou says why")]
pub struct LaneGone;

/// Makes a lane's inbox.
#[must_use]
pub fn inbox(lane: LaneId) -> (LaneInbox, mpsc::Receiver<LaneMessage>) {
    let (sender, receiver) = mpsc::channel(INBOX_MAX);
    (LaneInbox { lane, sender }, receiver)
}

/// Where a lane's outputs go.
pub struct Outlets {
    /// Inbox of this lane, for answers.
    pub inbox: LaneInbox,
    /// Ledger.
    pub ledger: LedgerHandle,
    /// Recorder.
    pub recorder: Recorder,
    /// Gate controller.
    pub gate: GateLink,
    /// What driver and clerk see.
    pub notice: watch::Sender<Option<LaneNotice>>,
    /// Counts requests for fresh readings.
    pub capture: watch::Sender<u64>,
    /// Customs back end of others that is asked besides the ledger.
    pub back_end: Option<BackEndLink>,
    /// Front end of others that follows the lane's passages.
    pub news: Option<News>,
    /// What the dashboard sees of the lane.
    pub tap: LaneTap,
}

/// Everything needed to start, and start again, one lane.
pub struct LaneTask {
    /// Configuration.
    pub config: LaneConfig,
    /// Policy in force.
    pub policy: watch::Receiver<Arc<Policy>>,
    /// Seed of the lane's draws.
    pub seed: u64,
    /// What the journal tells of the lanes at start.
    pub known: OpenPassages,
    /// Inbox.
    pub messages: mpsc::Receiver<LaneMessage>,
    /// Outlets.
    pub outlets: Outlets,
    /// Clock.
    pub clock: Clock,
    /// End of the daemon.
    pub stop: Stop,
}

/// Runs a lane until the daemon ends, through panics of its machine.
pub async fn supervise(task: LaneTask) {
    let lane_id = task.config.lane.clone();
    let gate = task.outlets.gate.clone();
    let recorder = task.outlets.recorder.clone();
    let clock = task.clock.clone();
    let mut running = Running {
        proofs: BTreeMap::new(),
        captures: 0,
        task,
    };
    let tracked = Arc::new(Mutex::new(std::mem::take(&mut running.task.known)));
    for restart in 0..=RESTARTS_MAX {
        let tracked_here = Arc::clone(&tracked);
        let handle = tokio::spawn(async move {
            let result = std::panic::AssertUnwindSafe(running.run(&tracked_here));
            let outcome = catch(result).await;
            (running, outcome)
        });
        let Ok((returned, outcome)) = handle.await else {
            tracing::error!(lane = %lane_id, "lane task ended without its state");
            return;
        };
        running = returned;
        let Err(cause) = outcome else { return };
        tracing::error!(lane = %lane_id, cause, restart, "lane machine failed, lane holds");
        // The lane holds before anything else: red, release taken back.
        let _ = gate.order(Order::Lower);
        let _ = gate.order(Order::Lights(domain::actuation::Lights::RedBoth));
        let now = clock.now();
        let event = Event {
            at: now.utc,
            lane: Some(lane_id.clone()),
            passage: None,
            body: EventBody::FaultFound {
                fault: LaneFault::LaneRestarted,
                text: cause,
            },
        };
        recorder.record(&event, |_| {});
        running.proofs.clear();
    }
    tracing::error!(lane = %lane_id, "lane failed too often and stays closed");
}

/// Runs a future to its end or to its panic, whose text it returns.
async fn catch(
    future: std::panic::AssertUnwindSafe<impl Future<Output = ()>>,
) -> Result<(), String> {
    let mut future = std::pin::pin!(future.0);
    std::future::poll_fn(|context| {
        let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            future.as_mut().poll(context)
        }));
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic_text(panic.as_ref()))),
        }
    })
    .await
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic without a text".to_owned());
    text.chars().take(200).collect()
}

struct Running {
    task: LaneTask,
    proofs: BTreeMap<u64, Arc<Durable>>,
    captures: u64,
}

impl Running {
    async fn run(&mut self, tracked: &Mutex<OpenPassages>) {
        let now = self.task.clock.now();
        let policy = self.task.policy.borrow_and_update().clone();
        let mut lane = self.take_up(tracked, policy, now);
        loop {
            while let Some(output) = lane.poll_output() {
                if let Output::Ask(query) = output {
                    self.ask(query, lane.frozen());
                } else {
                    self.carry_out(output, tracked);
                }
            }
            let deadline = self.task.clock.deadline(lane.poll_timeout());
            self.task
                .outlets
                .tap
                .machine(lane.view(), self.task.clock.now());
            let mut asked = None;
            let input = tokio::select! {
                Some(message) = self.task.messages.recv() => self.unpack(message, &mut asked),
                Ok(()) = self.task.policy.changed() => {
                    Input::Policy(self.task.policy.borrow_and_update().clone())
                }
                () = tokio::time::sleep_until(deadline) => Input::Timeout,
                () = self.task.stop.requested() => return,
            };
            #[cfg(test)]
            tests::break_down(&input);
            self.task.outlets.tap.input(&input);
            lane.handle_input(input, self.task.clock.now());
            if let Some(answer) = asked {
                // Whoever asked may have given up.
                let _ = answer.send(lane.view().refusal);
            }
        }
    }

    /// The lane as it was left: by an earlier run of the daemon, or before a panic.
    fn take_up(&self, tracked: &Mutex<OpenPassages>, policy: Arc<Policy>, now: Now) -> Lane {
        let known = tracked
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut config = self.task.config.clone();
        config.mode = known.mode_of(&config.lane).unwrap_or(config.mode);
        let degraded = known.degraded_of(&config.lane);
        let open = known.of_lane(&config.lane);
        let mut lane = Lane::new(config, policy, self.task.seed, now);
        lane.resume_degraded(degraded, now);
        if let Some(open) = open {
            lane.resume(open, now);
        }
        lane
    }

    fn unpack(
        &mut self,
        message: LaneMessage,
        asked: &mut Option<oneshot::Sender<Option<String>>>,
    ) -> Input {
        match message {
            LaneMessage::Input(input) => input,
            LaneMessage::Act { act, answer } => {
                *asked = Some(answer);
                Input::Operator(act)
            }
            LaneMessage::Recorded {
                record,
                outcome: Ok(proof),
            } => {
                self.proofs.insert(record, Arc::new(proof));
                while self.proofs.len() > PROOFS_MAX {
                    self.proofs.pop_first();
                }
                Input::Recorded { record }
            }
            LaneMessage::Recorded {
                record,
                outcome: Err(cause),
            } => Input::RecordFailed { record, cause },
        }
    }

    /// Asks the ledger, and a back end of others where there is one; its link then answers for both.
    fn ask(&self, query: LedgerQuery, frozen: Option<&Evidence>) {
        let outlets = &self.task.outlets;
        let (ask, passage) = (query.ask, query.passage.clone());
        let is_asked = match (&outlets.back_end, frozen) {
            (None, _) => outlets.ledger.ask(query, outlets.inbox.clone()),
            (Some(back_end), Some(evidence)) => back_end.ask(query, evidence.clone()),
            // A question that was overtaken: its answer would be dropped.
            (Some(_), None) => false,
        };
        if !is_asked {
            let cause = "too many questions wait for the ledger".to_owned();
            let facts = Err(LedgerUnavailable::Store { cause });
            self.answer(Input::Ledger(LedgerAnswer {
                ask,
                passage,
                facts,
            }));
        }
    }

    fn carry_out(&mut self, output: Output, tracked: &Mutex<OpenPassages>) {
        let outlets = &self.task.outlets;
        match output {
            Output::Ask(query) => self.ask(query, None),
            Output::Record { record, event } => {
                tracked
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .observe(&event);
                log_event(&event);
                let sender = outlets.inbox.sender.clone();
                if let Some(news) = &outlets.news {
                    news.course(&event);
                }
                let news = outlets.news.clone();
                let news = news.and_then(|news| Some((news, Told::decision(&event)?)));
                outlets.recorder.record(&event, move |outcome| {
                    if let Some((news, told)) = news
                        && outcome.is_ok()
                    {
                        news.tell(told);
                    }
                    // This runs on the journal's thread, which never waits for a lane: a lane
                    // whose inbox is full misses the answer and holds at its own deadline.
                    let _ = sender.try_send(LaneMessage::Recorded { record, outcome });
                });
            }
            Output::Actuate(actuation) => self.actuate(actuation),
            Output::Show(notice) => {
                outlets.notice.send_replace(Some(notice));
            }
            Output::Capture { .. } => {
                self.captures += 1;
                outlets.capture.send_replace(self.captures);
            }
            Output::ReturnReservation { passage } => outlets.ledger.return_reservation(passage),
        }
    }

    fn actuate(&self, actuation: Actuation) {
        let order = match &actuation {
            Actuation::Raise { record, .. } => match self.proofs.get(record) {
                Some(proof) => Order::Raise {
                    proof: Arc::clone(proof),
                    actuation: actuation.clone(),
                },
                None => {
                    tracing::error!(record, "raise without a durable record was refused");
                    let cause = "no durable record stands behind this raise".to_owned();
                    self.answer(Input::ActuationFailed { actuation, cause });
                    return;
                }
            },
            Actuation::Lower => Order::Lower,
            Actuation::AcknowledgeFaults => Order::AcknowledgeFaults,
            Actuation::Lights(lights) => Order::Lights(*lights),
            Actuation::Siren { for_ms } => Order::Siren { for_ms: *for_ms },
        };
        if self.task.outlets.gate.order(order).is_err() {
            let cause = "too many orders wait for the gate controller".to_owned();
            self.answer(Input::ActuationFailed { actuation, cause });
        }
    }

    fn answer(&self, input: Input) {
        if !self.task.outlets.inbox.try_send(input) {
            tracing::error!(lane = %self.task.config.lane, "inbox full, an answer was dropped");
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the journal holds the rest")]
fn log_event(event: &Event) {
    let (lane, passage) = (event.lane.as_ref(), event.passage.as_ref());
    match &event.body {
        EventBody::PassageOpened => tracing::info!(?lane, ?passage, "passage opened"),
        EventBody::PassageDecided(record) => {
            let verdict = record.decision.verdict;
            tracing::info!(?lane, ?passage, ?verdict, "passage decided");
        }
        EventBody::PassageEnded {
            end, duration_ms, ..
        } => {
            tracing::info!(?lane, ?passage, ?end, duration_ms, "passage ended");
        }
        EventBody::Breached { breach, .. } => tracing::warn!(?lane, ?passage, ?breach, "breach"),
        EventBody::FaultFound { fault, text } => {
            tracing::warn!(?lane, ?passage, ?fault, text, "fault found");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
