//! The task of a lane whose vehicles a back end of others is asked about: registers, asks, joins
//! the answer with the ledger's, reports devices, takes commands. The meaning of what is said is
//! [`super::inquiry`]'s.

mod report;

use std::sync::Arc;
use std::time::Duration;

use domain::device::DeviceState;
use domain::evidence::Evidence;
use domain::id::{DeviceId, PassageId};
use domain::policy::Policy;
use ledger::query::{LedgerAnswer, LedgerQuery, LedgerUnavailable};
use passage::config::LaneDevice;
use passage::port::Input;
use standards::jgs14::device::{self, ControlOutcome, ControlResult, DeviceControl};
use standards::jgs14::frame::{Dialect, Frame};
use standards::jgs14::gather::{Gather, seq_no};
use standards::jgs14::message::Key;
use standards::jgs14::operate::{self, DeviceCommand, DeviceResult};
use standards::jgs14::pictures::{self, PictureQuestion, Pictures};
use standards::jgs14::register::RegisterOutcome;
use standards::jgs14::status::StatusWord;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::desk::{Known, Question, Reply};
use super::exchange;
use super::inquiry::{Inquiry, Said};
use crate::clock::Clock;
use crate::config::BackEndSetup;
use crate::health::Health;
use crate::intake::connection::Backoff;
use crate::lane_task::{LaneInbox, LaneMessage};
use crate::ledger_task::LedgerHandle;
use crate::stop::Stop;

/// Questions of the lane that may wait; it has one open at a time.
const ASKS_MAX: usize = 4;
/// Largest frame of a back end.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Registrations and reports are taken within this time.
const REPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the devices are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A lane's way to its back end.
#[derive(Debug, Clone)]
pub struct BackEndLink(mpsc::Sender<(LedgerQuery, Box<Evidence>)>);

impl BackEndLink {
    /// Asks ledger and back end; the answer of both goes to the lane. `false` if too many
    /// questions wait.
    #[must_use]
    pub fn ask(&self, query: LedgerQuery, evidence: Evidence) -> bool {
        self.0.try_send((query, Box::new(evidence))).is_ok()
    }
}

/// Makes the two ends of a lane's way to its back end.
pub(super) fn link() -> (BackEndLink, mpsc::Receiver<(LedgerQuery, Box<Evidence>)>) {
    let (tx, rx) = mpsc::channel(ASKS_MAX);
    (BackEndLink(tx), rx)
}

/// What the exchanges bring back.
enum Brought {
    /// To the gather message with this number.
    Said { number: String, said: Said },
    /// To the registration.
    Registered(Result<RegisterOutcome, String>),
    /// A report of devices was taken, or not.
    Reported(Result<(), String>),
}

/// Everything around one lane.
pub(super) struct BackTask {
    pub(super) name: String,
    pub(super) key: Key,
    pub(super) setup: BackEndSetup,
    pub(super) password: String,
    /// Port where commands are taken, if any are.
    pub(super) command_port: Option<u16>,
    pub(super) devices: Vec<LaneDevice>,
    pub(super) asks: mpsc::Receiver<(LedgerQuery, Box<Evidence>)>,
    pub(super) questions: mpsc::Receiver<Question>,
    pub(super) lane: LaneInbox,
    /// Where the ledger answers.
    pub(super) inbox: LaneInbox,
    pub(super) answers: mpsc::Receiver<LaneMessage>,
    pub(super) ledger: LedgerHandle,
    pub(super) policy: watch::Receiver<Arc<Policy>>,
    /// Who may connect at all.
    pub(super) known: Known,
    /// Where this lane's back end has answered from.
    pub(super) peers: Known,
    pub(super) clock: Clock,
    pub(super) health: Health,
    pub(super) stop: Stop,
}

/// What changes while the task runs.
struct Course {
    serial: u32,
    inquiry: Option<Inquiry>,
    /// What was last said of a passage, and whether an officer did.
    last: Option<(PassageId, Said, bool)>,
    register_at: Option<Instant>,
    is_registered: bool,
    backoff: Backoff,
    told: Vec<(DeviceId, DeviceState)>,
    report_at: Instant,
    brought: mpsc::Sender<Brought>,
}

impl BackTask {
    /// Runs until the daemon ends.
    pub(super) async fn run(mut self) {
        let (brought, mut coming) = mpsc::channel(16);
        let mut course = Course {
            serial: 0,
            inquiry: None,
            last: None,
            register_at: Some(Instant::now()),
            is_registered: false,
            backoff: Backoff::new(),
            told: Vec::new(),
            report_at: Instant::now(),
            brought,
        };
        let mut look = tokio::time::interval(LOOK_EVERY);
        self.show("registers", None);
        loop {
            tokio::select! {
                Some((query, evidence)) = self.asks.recv() => self.ask(&mut course, query, *evidence),
                Some(message) = self.answers.recv() => {
                    if let LaneMessage::Input(Input::Ledger(answer)) = message {
                        let inquiry = course.inquiry.as_mut();
                        if inquiry.is_some_and(|inquiry| inquiry.ledger_says(answer)) {
                            self.conclude(&mut course).await;
                        }
                    }
                }
                Some(brought) = coming.recv() => self.take(&mut course, brought).await,
                Some(question) = self.questions.recv() => self.question(&mut course, question).await,
                _ = look.tick() => self.look(&mut course),
                () = self.stop.requested() => return,
            }
        }
    }

    fn ask(&mut self, course: &mut Course, query: LedgerQuery, evidence: Evidence) {
        let number = self.number(course);
        let ask = query.ask;
        let policy = self.policy.borrow().clone();
        let key = Key {
            seq_no: number.clone(),
            ..self.key.clone()
        };
        let gather = Gather::of_evidence(&evidence, &policy, key);
        let mut inquiry = Inquiry::new(ask, number.clone(), evidence);
        let passage = inquiry.passage().clone();
        if !self.ledger.ask(query, self.inbox.clone()) {
            let cause = "too many questions wait for the ledger".to_owned();
            inquiry.ledger_says(LedgerAnswer {
                ask,
                passage: passage.clone(),
                facts: Err(LedgerUnavailable::Store { cause }),
            });
        }
        course.inquiry = Some(inquiry);
        let officer = course
            .last
            .as_ref()
            .filter(|(of, _, by_officer)| *of == passage && *by_officer);
        let (brought, setup) = (course.brought.clone(), self.setup.clone());
        let known = [self.known.clone(), self.peers.clone()];
        let decided = officer.map(|(_, said, _)| said.clone());
        tokio::spawn(async move {
            let said = match decided {
                // The officer has seen this vehicle; it is not gathered again.
                Some(said) => said,
                None => asked(&setup, &gather, &known).await,
            };
            // The task may have ended.
            let _ = brought.send(Brought::Said { number, said }).await;
        });
    }

    /// Answers the lane once ledger and back end have spoken.
    async fn conclude(&mut self, course: &mut Course) {
        let Some(answer) = course.inquiry.as_ref().and_then(Inquiry::answer) else {
            return;
        };
        course.inquiry = None;
        self.lane.send(Input::Ledger(answer)).await;
    }

    async fn take(&mut self, course: &mut Course, brought: Brought) {
        match brought {
            Brought::Said { number, said } => {
                let text = said.text.clone();
                let holds = said.order.is_some();
                tracing::info!(
                    link = self.name,
                    number,
                    text,
                    holds,
                    "the back end has spoken"
                );
                self.health.link(&self.name, |link| {
                    link.taken += 1;
                    if holds {
                        link.last_error.clone_from(&text);
                    }
                });
                if let Some(inquiry) = &mut course.inquiry {
                    let by_officer = course
                        .last
                        .as_ref()
                        .is_some_and(|(of, _, by_officer)| *by_officer && of == inquiry.passage());
                    course.last = Some((inquiry.passage().clone(), said.clone(), by_officer));
                    inquiry.back_end_says(&number, said);
                }
                self.conclude(course).await;
            }
            Brought::Registered(Ok(RegisterOutcome::Done)) => {
                course.backoff.reset();
                course.is_registered = true;
                course.told.clear();
                self.show("registered", None);
            }
            Brought::Registered(outcome) => {
                let why = match outcome {
                    Ok(outcome) => format!("the back end refuses the registration: {outcome:?}"),
                    Err(cause) => cause,
                };
                tracing::warn!(link = self.name, why, "not registered");
                course.register_at = Some(Instant::now() + course.backoff.next_wait());
                self.show("NOT REGISTERED", Some(&why));
            }
            Brought::Reported(Ok(())) => self.health.link(&self.name, |link| link.taken += 1),
            Brought::Reported(Err(cause)) => {
                course.told.clear();
                self.show_error(&cause);
            }
        }
    }

    /// A message of the back end.
    async fn question(&mut self, course: &mut Course, question: Question) {
        let Question {
            number: _,
            from,
            frame,
            reply,
        } = question;
        if !self.peers.has(from) {
            self.show_error(&format!("{from} is not the back end of this lane"));
            let _ = reply.send(Reply::Close);
            return;
        }
        let answer = match frame.code {
            operate::CODE => self.commanded(course, &frame).await,
            operate::EMERGENCY_CODE => DeviceCommand::read(&frame.xml).ok().and_then(|command| {
                let result = ControlResult {
                    key: command.key,
                    id: String::new(),
                    name: String::new(),
                    outcome: ControlOutcome::UnknownDevice,
                };
                result.frame(device::EMERGENCY_RESULT_CODE).ok()
            }),
            device::CONTROL_CODE => DeviceControl::read(&frame.xml).ok().and_then(|control| {
                let result = ControlResult {
                    key: control.key,
                    id: control.device.id,
                    name: control.device.name,
                    outcome: ControlOutcome::UnknownDevice,
                };
                result.frame(device::CONTROL_RESULT_CODE).ok()
            }),
            pictures::ASK_CODE => PictureQuestion::read(&frame.xml).ok().and_then(|asked| {
                let none = Pictures {
                    key: asked.key,
                    pictures: Vec::new(),
                };
                none.frame().ok()
            }),
            _ => None,
        };
        let reply_with = match answer {
            Some(frame) => {
                self.health.link(&self.name, |link| link.taken += 1);
                Reply::Frame(frame, oneshot::channel().0)
            }
            None => {
                self.show_error(&format!("a back end does not send {:#04x} so", frame.code));
                Reply::Close
            }
        };
        // The connection may be gone.
        let _ = reply.send(reply_with);
    }

    /// An officer's command 0x31: a fact for the vehicle that was last asked about. It moves no arm
    /// by itself; the lane decides again with it.
    async fn commanded(&mut self, course: &mut Course, frame: &Frame) -> Option<Frame> {
        let command = DeviceCommand::read(&frame.xml).ok()?;
        let said = Said::in_command(&command);
        if let Some((passage, before, _)) = course.last.take() {
            let is_news = before.order != said.order;
            tracing::info!(link = self.name, %passage, text = said.text, "an officer has spoken");
            course.last = Some((passage.clone(), said, true));
            if is_news {
                self.lane.send(Input::DecideAgain { passage }).await;
            }
        }
        // Lowered: whether it lifts is still to be decided here.
        let result = DeviceResult {
            key: command.key,
            word: StatusWord::RELEASE.with(2, b'1'),
            seal_use_count: None,
        };
        result.frame().ok()
    }

    fn number(&self, course: &mut Course) -> String {
        course.serial = course.serial.wrapping_add(1);
        seq_no(self.clock.now().utc.at, course.serial)
    }

    fn show(&self, state: &str, error: Option<&str>) {
        self.health.link(&self.name, |link| {
            state.clone_into(&mut link.state);
            if let Some(error) = error {
                link.refused += 1;
                error.clone_into(&mut link.last_error);
            }
        });
    }

    fn show_error(&self, error: &str) {
        self.health.link(&self.name, |link| {
            link.refused += 1;
            error.clone_into(&mut link.last_error);
        });
    }
}

/// Asks about one vehicle.
async fn asked(setup: &BackEndSetup, gather: &Gather, known: &[Known; 2]) -> Said {
    let frame = match gather.frame() {
        Ok(frame) => frame,
        Err(error) => return Said::nothing(&error.to_string()),
    };
    let write = |_| written(&frame, setup.dialect);
    let answer = exchange::ask(&setup.address, write, ANSWER_BYTES_MAX, setup.answer, false).await;
    match answer {
        Ok((Some(answer), peer)) => {
            known.iter().for_each(|list| list.add(peer.ip()));
            Said::in_answer(&answer, gather)
        }
        Ok((None, _)) => Said::nothing("no answer"),
        Err(error) => Said::nothing(&error.in_full()),
    }
}

fn written(frame: &Frame, dialect: Dialect) -> Result<Vec<u8>, String> {
    frame.write(dialect).map_err(|error| error.to_string())
}
