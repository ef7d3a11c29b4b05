//! Orders of the lane to its barrier → the answer or command that carries them.

use domain::actuation::Actuation;
use domain::time::Now;
use passage::port::Input;
use standards::jgs14::command::{Command, SealOrder, TrackerOrder};
use standards::jgs14::frame::Frame;
use standards::jgs14::gather::seq_no;
use standards::jgs14::message::Key;
use standards::jgs14::operate::{self, DeviceCommand, DeviceResult, Operation};
use standards::jgs14::status::StatusWord;
use store::journal::Durable;

use super::{Act, By, FrontLane, Lifting};

impl FrontLane {
    /// The only place where a word that lifts is sent. The proof says that the record behind it is
    /// durable.
    pub(super) fn lift(&mut self, proof: &Durable, actuation: Actuation, now: Now) {
        tracing::info!(lane = %self.lane, sequence = proof.sequence(), "lift ordered");
        if let Some(asked) = self.asked.take() {
            let command = Command::to(&asked.gather, StatusWord::RELEASE, "放行 released");
            match command.frame() {
                Ok(frame) => {
                    let by = By::Answer(asked.question);
                    self.lifting = Some(Lifting { by, actuation });
                    self.reply(asked.question, frame, true);
                }
                Err(error) => {
                    self.acts.push_back(Act::Close {
                        question: asked.question,
                    });
                    self.failed(actuation, error.to_string());
                }
            }
            return;
        }
        match self.command(StatusWord::RELEASE, Some(Operation::Lift), now) {
            Ok(number) => {
                let by = By::Command(number);
                self.lifting = Some(Lifting { by, actuation });
            }
            Err(cause) => self.failed(actuation, cause),
        }
    }

    pub(super) fn lift_ends(&mut self, by: &By, outcome: Result<(), String>, now: Now) {
        let Some(lifting) = self.lifting.take_if(|lifting| lifting.by == *by) else {
            return;
        };
        match outcome {
            Ok(()) => {
                self.account.is_lifted();
                self.leaves_at = Some(now.mono + self.setup.leave);
                self.report(now);
            }
            Err(cause) => self.failed(lifting.actuation, cause),
        }
        self.make_way(now);
    }

    /// An order to lift that came too late for its vehicle is taken back.
    pub(super) fn call_off(&mut self, now: Now) {
        if self.lifting.take().is_some() {
            self.order_down(now);
        }
    }

    fn order_down(&mut self, now: Now) {
        self.leaves_at = None;
        let word = StatusWord::WAIT.with(1, b'0').with(2, b'2');
        if let Err(cause) = self.command(word, Some(Operation::Return), now) {
            self.failed(Actuation::Lower, cause);
        }
    }

    /// Down: behind a vehicle that has left it is the front end's own business, before one that
    /// stands there it is ordered.
    pub(super) fn lower(&mut self, now: Now) {
        let is_under_way = self.lifting.take().is_some();
        if is_under_way || (self.account.is_up() && self.account.stands()) {
            self.order_down(now);
        }
        self.account.is_lowered();
        self.report(now);
    }

    pub(super) fn failed(&mut self, actuation: Actuation, cause: String) {
        self.acts
            .push_back(Act::Lane(Box::new(Input::ActuationFailed {
                actuation,
                cause,
            })));
    }

    /// Sends a command to the front end; its number.
    pub(super) fn command(
        &mut self,
        word: StatusWord,
        operation: Option<Operation>,
        now: Now,
    ) -> Result<u64, String> {
        let to = self.setup.commands_to.or(self.door.registered());
        let to = to.ok_or("the front end has not said where it takes commands")?;
        self.commands += 1;
        let command = DeviceCommand {
            key: Key {
                seq_no: seq_no(now.utc.at, self.commands as u32),
                ..self.key.clone()
            },
            word,
            tracker: TrackerOrder::default(),
            seal: SealOrder::default(),
            operation,
            reason: String::new(),
            user: "kakou".to_owned(),
        };
        let frame = command
            .frame(operate::CODE)
            .map_err(|error| error.to_string())?;
        let number = self.commands;
        self.acts.push_back(Act::Command { number, to, frame });
        Ok(number)
    }
}

/// Whether the front end says that it has lifted.
pub(super) fn executed(frame: &Frame) -> Result<(), String> {
    let result = DeviceResult::read(&frame.xml).map_err(|error| error.to_string())?;
    // Position 2 of the feedback: 0 nothing to say, or lifted; 1 lowered.
    if result.word.at(2) == '0' {
        Ok(())
    } else {
        Err(format!("the front end has not lifted: {}", result.word))
    }
}
