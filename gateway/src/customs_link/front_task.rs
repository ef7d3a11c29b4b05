//! The task around [`FrontLane`]: questions of the desk, orders of the lane and news of its journal
//! in; answers, inputs and commands out. No rules here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::event::{Event as Recorded, EventBody};
use domain::policy::Policy;
use passage::port::Input;
use tokio::sync::{mpsc, oneshot, watch};

use super::desk::{Question, Reply};
use super::exchange;
use super::front_lane::{Act, Event, FrontLane, Told};
use crate::clock::Clock;
use crate::config::FrontEndSetup;
use crate::gate_link::Order;
use crate::health::Health;
use crate::lane_task::LaneInbox;
use crate::stop::Stop;

/// Questions without an answer that a lane keeps; the oldest is closed first.
const REPLIES_MAX: usize = 64;
/// Questions that may wait for the lane's task.
pub(super) const QUESTIONS_MAX: usize = 16;
/// News of the journal that may wait.
const NEWS_MAX: usize = 256;
/// What comes back from connections may wait.
const ECHOES_MAX: usize = 64;
/// A command is taken and answered within this time.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest answer to a command.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// A lane's end of the news: what its journal has taken goes to the front end's task.
#[derive(Debug, Clone)]
pub struct News(mpsc::Sender<Told>);

impl News {
    /// Tells at once that a passage was opened or has ended: what stands in the lane is known
    /// whether or not it can be recorded.
    pub fn course(&self, event: &Recorded) {
        if let Some(told) = Told::course(event) {
            self.tell(told);
        }
    }

    /// Tells a decision that is durable; without waiting, for this runs on the journal's thread.
    pub fn tell(&self, told: Told) {
        if self.0.try_send(told).is_err() {
            tracing::error!("news of a passage were lost: its front end is told to wait");
        }
    }
}

impl Told {
    /// The course of a passage.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only the course of passages is told"
    )]
    #[must_use]
    pub fn course(event: &Recorded) -> Option<Self> {
        let passage = event.passage.clone()?;
        match &event.body {
            EventBody::PassageOpened => Some(Self::Opened(passage)),
            EventBody::PassageEnded { .. } => Some(Self::Ended(passage)),
            _ => None,
        }
    }

    /// A decision, to be told once its record is durable.
    #[must_use]
    pub fn decision(event: &Recorded) -> Option<Self> {
        let passage = event.passage.clone()?;
        if let EventBody::PassageDecided(record) = &event.body {
            return Some(Self::Decided(passage, record.clone()));
        }
        None
    }
}

/// Makes the two ends of a lane's news.
#[must_use]
pub(super) fn news() -> (News, mpsc::Receiver<Told>) {
    let (tx, rx) = mpsc::channel(NEWS_MAX);
    (News(tx), rx)
}

/// Everything around one lane.
pub(super) struct FrontTask {
    pub(super) name: String,
    pub(super) lane: FrontLane,
    pub(super) setup: FrontEndSetup,
    pub(super) inbox: LaneInbox,
    pub(super) questions: mpsc::Receiver<Question>,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) news: mpsc::Receiver<Told>,
    pub(super) policy: watch::Receiver<Arc<Policy>>,
    pub(super) clock: Clock,
    pub(super) health: Health,
    pub(super) stop: Stop,
}

impl FrontTask {
    /// Runs until the daemon ends.
    pub(super) async fn run(mut self) {
        let (echo, mut echoes) = mpsc::channel(ECHOES_MAX);
        let mut replies: BTreeMap<u64, oneshot::Sender<Reply>> = BTreeMap::new();
        loop {
            while let Some(act) = self.lane.poll() {
                self.carry_out(act, &mut replies, &echo).await;
            }
            self.show();
            let deadline = self.clock.deadline(Some(self.lane.deadline()));
            let event = tokio::select! {
                Some(question) = self.questions.recv() => {
                    while replies.len() >= REPLIES_MAX {
                        // Dropped: its connection is closed.
                        replies.pop_first();
                    }
                    replies.insert(question.number, question.reply);
                    Event::Frame {
                        question: question.number,
                        from: question.from,
                        frame: question.frame,
                    }
                }
                Some(order) = self.orders.recv() => match order {
                    Order::Raise { proof, actuation } => Event::Lift { proof, actuation },
                    Order::Lower => Event::Lower,
                    // Lights, siren and faults are the front end's own business.
                    Order::AcknowledgeFaults | Order::Lights(_) | Order::Siren { .. } => continue,
                },
                Some(told) = self.news.recv() => Event::Told(told),
                Some(event) = echoes.recv() => event,
                () = tokio::time::sleep_until(deadline) => Event::Tick,
                () = self.stop.requested() => return,
            };
            let policy = self.policy.borrow().clone();
            self.lane.handle(event, &policy, self.clock.now());
        }
    }

    async fn carry_out(
        &mut self,
        act: Act,
        replies: &mut BTreeMap<u64, oneshot::Sender<Reply>>,
        echo: &mpsc::Sender<Event>,
    ) {
        match act {
            Act::Reply {
                question,
                frame,
                lifts,
            } => {
                let (sent, is_sent) = oneshot::channel();
                let reply = replies.remove(&question);
                let is_taken = reply.is_some_and(|to| to.send(Reply::Frame(frame, sent)).is_ok());
                if !lifts {
                    return;
                }
                let echo = echo.clone();
                tokio::spawn(async move {
                    let is_sent = is_taken && is_sent.await.unwrap_or(false);
                    // The lane's task may have ended.
                    let _ = echo.send(Event::Sent { question, is_sent }).await;
                });
            }
            Act::Close { question } => {
                if let Some(reply) = replies.remove(&question) {
                    // The connection may be gone already.
                    let _ = reply.send(Reply::Close);
                }
            }
            Act::Lane(input) => {
                if let Input::Device(status) = input.as_ref() {
                    self.health.device(status);
                }
                if let Input::Reading(reading) = input.as_ref() {
                    let at = reading.received.utc.at;
                    self.health.frames(&reading.device, 1, 0, at);
                }
                self.inbox.send(*input).await;
            }
            Act::Command { number, to, frame } => {
                let (echo, dialect) = (echo.clone(), self.setup.dialect);
                tokio::spawn(async move {
                    let to = to.to_string();
                    let write = |_| frame.write(dialect).map_err(|error| error.to_string());
                    let asked =
                        exchange::ask(&to, write, ANSWER_BYTES_MAX, COMMAND_TIMEOUT, false).await;
                    let answer = match asked {
                        Ok((Some(answer), _)) => Ok(answer),
                        Ok((None, _)) => Err("no answer".to_owned()),
                        Err(error) => Err(error.in_full()),
                    };
                    let _ = echo.send(Event::Commanded { number, answer }).await;
                });
            }
        }
    }

    fn show(&self) {
        let counts = self.lane.counts();
        self.health.link(&self.name, |link| {
            link.state = self.lane.state().to_owned();
            link.taken = counts.taken;
            link.refused = counts.refused;
            self.lane.last_refusal().clone_into(&mut link.last_error);
        });
    }
}
