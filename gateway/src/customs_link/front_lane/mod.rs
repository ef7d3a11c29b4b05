//! One lane whose devices belong to a front end of others: its messages and the lane's orders →
//! answers, commands and inputs of the lane. Knows no socket and no clock.
//!
//! The barrier is raised by an answer 0x22 or a command 0x31 that orders it, and both are only ever
//! made with the proof of a durable record in hand. Whatever is late, unreadable, repeated or from
//! somebody else is answered with a word that keeps the barrier down, or not at all.

mod lift;
mod messages;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use domain::actuation::Actuation;
use domain::decision::Verdict;
use domain::device::{DeviceKind, DeviceState};
use domain::event::DecisionRecord;
use domain::id::{LaneId, PassageId};
use domain::operator::LaneMode;
use domain::policy::Policy;
use domain::reading::Reading;
use domain::time::{Instant, Now, Timestamp};
use passage::port::Input;
use standards::jgs14::command::Command;
use standards::jgs14::frame::Frame;
use standards::jgs14::gather::Gather;
use standards::jgs14::message::Key;
use standards::jgs14::status::{BarrierOrder, StatusWord};
use store::journal::Durable;

use lift::executed;

use super::account::Account;
use super::door::Door;
use crate::config::{FrontEndSetup, device_id};

/// How long the vehicle before may take to end its passage once the next one is gathered.
const CLEAR_WITHIN: Duration = Duration::from_secs(5);
/// The account is told at least this often: a gate controller that is silent is a lost one.
const REPORT_EVERY: Duration = Duration::from_millis(500);

/// What the lane tells of its passages: that they open and end at once, a decision once it is
/// durable.
#[derive(Debug)]
pub enum Told {
    /// A passage was opened.
    Opened(PassageId),
    /// It was decided.
    Decided(PassageId, Box<DecisionRecord>),
    /// It ended.
    Ended(PassageId),
}

/// What can change the lane.
pub(super) enum Event {
    /// A frame came, as the question with this number.
    Frame {
        question: u64,
        from: IpAddr,
        frame: Frame,
    },
    /// An answer that lifts has left, or could not.
    Sent { question: u64, is_sent: bool },
    /// The lane orders the arm up, with the proof that allows it.
    Lift {
        proof: Arc<Durable>,
        actuation: Actuation,
    },
    /// The lane takes a release back, or closes behind a vehicle.
    Lower,
    /// The lane tells of a passage.
    Told(Told),
    /// A command was answered, or was not.
    Commanded {
        number: u64,
        answer: Result<Frame, String>,
    },
    /// The time of [`FrontLane::deadline`] has come.
    Tick,
}

/// What the lane asks for.
pub(super) enum Act {
    /// Answer a question; `lifts` if the front end opens on it.
    Reply {
        question: u64,
        frame: Frame,
        lifts: bool,
    },
    /// Close without an answer.
    Close { question: u64 },
    /// An input of the lane machine.
    Lane(Box<Input>),
    /// Send a command and wait for what became of it.
    Command {
        number: u64,
        to: SocketAddr,
        frame: Frame,
    },
}

/// A gather message without an answer.
struct Asked {
    question: u64,
    gather: Gather,
    by: Instant,
}

/// An order to lift that is under way.
struct Lifting {
    by: By,
    actuation: Actuation,
}

#[derive(PartialEq, Eq)]
enum By {
    Answer(u64),
    Command(u64),
}

/// What is counted of a lane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Messages taken.
    pub(super) taken: u64,
    /// Messages refused.
    pub(super) refused: u64,
}

/// The lane.
pub(super) struct FrontLane {
    lane: LaneId,
    key: Key,
    setup: FrontEndSetup,
    verified_until: Option<Timestamp>,
    door: Door,
    account: Account,
    /// The machine has a passage open for the vehicle that stands there.
    is_open: bool,
    passage: Option<PassageId>,
    asked: Option<Asked>,
    next: Option<Asked>,
    /// Number of the message that the vehicle of the moment was gathered by.
    seq_no: String,
    lifting: Option<Lifting>,
    leaves_at: Option<Instant>,
    report_at: Instant,
    /// What the vehicle's message says, until the machine has opened its passage: what was read
    /// before that belongs to nobody.
    held: Vec<Input>,
    commands: u64,
    states: Vec<(DeviceKind, DeviceState)>,
    counts: Counts,
    last_refusal: String,
    acts: VecDeque<Act>,
}

impl FrontLane {
    /// A lane that nobody has registered for.
    pub(super) fn new(
        lane: LaneId,
        key: Key,
        setup: FrontEndSetup,
        verified_until: Option<Timestamp>,
        door: Door,
        now: Now,
    ) -> Self {
        Self {
            lane,
            key,
            setup,
            verified_until,
            door,
            account: Account::new(now),
            is_open: false,
            passage: None,
            asked: None,
            next: None,
            seq_no: String::new(),
            lifting: None,
            held: Vec::new(),
            leaves_at: None,
            report_at: now.mono,
            commands: 0,
            states: Vec::new(),
            counts: Counts::default(),
            last_refusal: String::new(),
            acts: VecDeque::new(),
        }
    }

    pub(super) fn poll(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// In words, for whoever looks.
    pub(super) fn state(&self) -> &'static str {
        match (self.door.registered().is_some(), self.asked.is_some()) {
            (_, true) => "decides on a vehicle",
            (true, false) => "registered",
            (false, false) if self.setup.must_register => "NOT REGISTERED",
            (false, false) => "no registration asked for",
        }
    }

    /// Why the last message was refused.
    pub(super) fn last_refusal(&self) -> &str {
        &self.last_refusal
    }

    pub(super) fn deadline(&self) -> Instant {
        let waits = [&self.asked, &self.next].into_iter().flatten();
        let waits = waits.map(|asked| asked.by);
        let all = waits.chain(self.leaves_at).chain([self.report_at]);
        all.min().expect("the report is always due")
    }

    pub(super) fn handle(&mut self, event: Event, policy: &Policy, now: Now) {
        match event {
            Event::Frame {
                question,
                from,
                frame,
            } => self.frame(question, from, &frame, policy, now),
            Event::Sent { question, is_sent } => {
                let outcome = if is_sent {
                    Ok(())
                } else {
                    Err("the front end did not take the answer".to_owned())
                };
                self.lift_ends(&By::Answer(question), outcome, now);
            }
            Event::Lift { proof, actuation } => self.lift(&proof, actuation, now),
            Event::Lower => self.lower(now),
            Event::Told(told) => self.told(told, policy, now),
            Event::Commanded { number, answer } => {
                let outcome = answer.and_then(|frame| executed(&frame));
                self.lift_ends(&By::Command(number), outcome, now);
            }
            Event::Tick => {}
        }
        self.tick(now);
    }

    fn tick(&mut self, now: Now) {
        let is_due = |asked: &mut Asked| now.mono >= asked.by;
        if let Some(late) = self.asked.take_if(is_due) {
            // A decision that comes later is sent as a command.
            self.answer(
                &late,
                StatusWord::WAIT,
                "等待海关人员处理 wait for the officer",
            );
        }
        if let Some(late) = self.next.take_if(is_due) {
            self.answer(
                &late,
                StatusWord::WAIT,
                "通道未清空 the lane is not free yet",
            );
        }
        if self.leaves_at.take_if(|at| now.mono >= *at).is_some() {
            self.account.has_left();
            self.report(now);
        }
        if now.mono >= self.report_at {
            self.report(now);
        }
    }

    fn report(&mut self, now: Now) {
        self.report_at = now.mono + REPORT_EVERY;
        let report = self.account.report(now);
        self.acts
            .push_back(Act::Lane(Box::new(Input::Gate(Box::new(report)))));
    }

    fn arrive(&mut self, asked: Asked, policy: &Policy, now: Now) {
        self.account.is_gone();
        self.report(now);
        self.account.arrives();
        self.report(now);
        self.is_open = true;
        self.passage = None;
        self.leaves_at = None;
        self.lifting = None;
        self.seq_no.clone_from(&asked.gather.key.seq_no);
        self.held.clear();
        self.all_live(now);
        let observed = asked.gather.observed(policy, self.setup.seal_state);
        for field in observed.refused {
            self.reject(&format!("{field} of {} is none", asked.gather.key.seq_no));
        }
        for observation in observed.observations {
            let kind = kind_of(&observation);
            if !self.setup.gathers.contains(&kind) {
                continue;
            }
            let Ok(device) = device_id(&self.lane, kind) else {
                continue;
            };
            let reading = Reading {
                device,
                received: now,
                observation,
            };
            self.held.push(Input::Reading(Box::new(reading)));
        }
        if self.setup.gathers.contains(&DeviceKind::Weighbridge) {
            let gross = asked.gather.gross;
            let raw = gross.map_or_else(Vec::new, |gross| {
                format!("{} GROSS_WT {}", asked.gather.key.seq_no, gross.kg()).into_bytes()
            });
            self.held.push(Input::Weighed { gross, raw });
        }
        self.asked = Some(asked);
    }

    /// The passage is open: what its vehicle's message says is read now.
    fn give_readings(&mut self, now: Now) {
        for mut input in std::mem::take(&mut self.held) {
            if let Input::Reading(reading) = &mut input {
                reading.received = now;
            }
            self.acts.push_back(Act::Lane(Box::new(input)));
        }
    }

    fn told(&mut self, told: Told, policy: &Policy, now: Now) {
        match told {
            Told::Opened(passage) => {
                if self.is_open && self.passage.is_none() {
                    self.passage = Some(passage);
                    self.give_readings(now);
                }
            }
            Told::Decided(passage, record) => {
                let is_release = record.decision.verdict == Verdict::Release;
                // A release of a live lane comes as an order, with its proof.
                let is_ours = self.passage.as_ref() == Some(&passage);
                if is_ours && !(is_release && record.mode == LaneMode::Live) {
                    let word = StatusWord::of_decision(&record);
                    let lines = decision::wording::driver_notice(&record.decision);
                    let hint: Vec<&str> = lines.iter().map(|line| line.zh.as_str()).collect();
                    if let Some(asked) = self.asked.take() {
                        self.answer(&asked, word, &hint.join("；"));
                    }
                }
            }
            Told::Ended(passage) => {
                if self.passage.as_ref() != Some(&passage) {
                    return;
                }
                self.is_open = false;
                self.passage = None;
                self.call_off(now);
                if let Some(asked) = self.asked.take() {
                    self.answer(&asked, StatusWord::WAIT, "已结束 ended without a release");
                }
                if let Some(next) = self.next.take() {
                    let by = now.mono + self.setup.answer;
                    self.arrive(Asked { by, ..next }, policy, now);
                }
            }
        }
    }

    fn answer(&mut self, asked: &Asked, word: StatusWord, hint: &str) {
        debug_assert_ne!(word.barrier(), BarrierOrder::Lift, "only lift() lifts");
        let command = Command::to(&asked.gather, word, hint);
        let plain = || Command::to(&asked.gather, word, "").frame();
        match command.frame().or_else(|_| plain()) {
            Ok(frame) => self.reply(asked.question, frame, false),
            Err(_) => self.acts.push_back(Act::Close {
                question: asked.question,
            }),
        }
    }

    fn reply(&mut self, question: u64, frame: Frame, lifts: bool) {
        self.acts.push_back(Act::Reply {
            question,
            frame,
            lifts,
        });
    }

    fn reject(&mut self, why: &str) {
        self.counts.refused += 1;
        self.last_refusal = why.to_owned();
        tracing::warn!(lane = %self.lane, why, "a message of the front end was refused");
    }
}

fn kind_of(observation: &domain::reading::Observation) -> DeviceKind {
    use domain::reading::Observation as O;
    match observation {
        O::Weight(_) | O::AxleLoads(_) => DeviceKind::Weighbridge,
        O::Tag(_) => DeviceKind::TagReader,
        O::Plate(_) => DeviceKind::PlateCamera,
        O::Container(_) => DeviceKind::ContainerCamera,
        O::Seal(_) => DeviceKind::SealReader,
        O::Scan(_) => DeviceKind::Scanner,
        O::Radiation(_) => DeviceKind::RadiationPortal,
        O::DriverCard(_) => DeviceKind::CardReader,
        O::Position(_) => DeviceKind::Position,
        O::Journey(_) => DeviceKind::Tracker,
    }
}
