//! What a back end of others says of a vehicle → a fact for the decision. Knows no socket.
//!
//! The fact is a directive on the vehicle: R11 holds it for as long as it stands, and carries it in
//! the decision's record. It stands unless the back end has plainly ordered to lift, in which case
//! it is there as a withdrawn one, so that the record shows what was said. So an answer can hold,
//! and none can release: whatever else the rules find holds all the same.

use domain::directive::{Directive, Order, Subject};
use domain::evidence::Evidence;
use domain::facts::Facts;
use domain::id::{DirectiveId, PassNumber, PassageId};
use domain::time::Window;
use ledger::query::{LedgerAnswer, LedgerUnavailable};
use standards::jgs14::command::{self, Command};
use standards::jgs14::frame::Frame;
use standards::jgs14::gather::Gather;
use standards::jgs14::operate::{DeviceCommand, Operation};
use standards::jgs14::status::StatusWord;
use std::time::Duration;

/// How long the fact stands by its window; a passage is decided on a fresh one each time.
const STANDS_FOR: Duration = Duration::from_secs(86_400);
/// Free text of a directive, in characters.
const TEXT_MAX: usize = 200;

/// What was said of a vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// What it holds the vehicle for; `None` for a plain order to lift.
    pub(super) order: Option<Order>,
    /// The words of it.
    pub(super) text: String,
}

impl Said {
    /// Nothing was said, or nothing that can be read: that holds.
    pub(super) fn nothing(cause: &str) -> Self {
        Self {
            order: Some(Order::DocumentCheck),
            text: format!("the customs back end has not answered: {cause}"),
        }
    }

    /// The answer to a gather message.
    pub(super) fn in_answer(frame: &Frame, asked: &Gather) -> Self {
        if frame.code != command::CODE {
            return Self::nothing(&format!("it sent {:#04x} to a gather message", frame.code));
        }
        match Command::read(&frame.xml) {
            Ok(answer) if answer.answers(asked) => Self::of_word(&answer.result, &answer.hint),
            Ok(answer) => Self::nothing(&format!(
                "it answered message {} of lane {}",
                answer.key.seq_no, answer.key.channel
            )),
            Err(error) => Self::nothing(&error.to_string()),
        }
    }

    /// An officer's command that comes later.
    pub(super) fn in_command(command: &DeviceCommand) -> Self {
        let word = Self::of_word(&command.word, &command.reason);
        match command.operation {
            Some(Operation::Lift) | None => word,
            Some(Operation::Pending | Operation::Return) => Self {
                order: word.order.or(Some(Order::DocumentCheck)),
                ..word
            },
        }
    }

    fn of_word(word: &StatusWord, hint: &str) -> Self {
        let mismatches = word.mismatches();
        let words: Vec<&str> = mismatches.iter().map(|(_, words)| *words).collect();
        Self {
            order: word.order(),
            text: format!("{word} {hint} {}", words.join(", ")),
        }
    }

    /// The fact. `number` is that of the gather message.
    pub(super) fn directive(&self, number: &str, evidence: &Evidence) -> Option<Directive> {
        let id = DirectiveId::parse(&format!("JGST14-{number}")).ok()?;
        let from = evidence.frozen.at;
        Some(Directive {
            id,
            subject: subject(evidence)?,
            order: self.order.unwrap_or(Order::DocumentCheck),
            window: Window {
                from,
                until: from + STANDS_FOR,
            },
            withdrawn: self.order.is_none(),
            silent: false,
            text: self.text.trim().chars().take(TEXT_MAX).collect(),
        })
    }
}

/// What the fact is about: the surest thing that identifies the vehicle.
fn subject(evidence: &Evidence) -> Option<Subject> {
    let plate = evidence.plates.first().map(|seen| seen.plate.clone());
    let container = evidence.containers.first().map(|seen| seen.number.clone());
    plate
        .map(Subject::Vehicle)
        .or(container.map(Subject::Container))
        .or_else(|| PassNumber::parse("unidentified").ok().map(Subject::Pass))
}

/// A question of the lane, until the ledger and the back end have both said what they know.
#[derive(Debug)]
pub(super) struct Inquiry {
    ask: u64,
    passage: PassageId,
    number: String,
    evidence: Evidence,
    ledger: Option<LedgerAnswer>,
    said: Option<Said>,
}

impl Inquiry {
    pub(super) fn new(ask: u64, number: String, evidence: Evidence) -> Self {
        Self {
            ask,
            passage: evidence.passage.clone(),
            number,
            evidence,
            ledger: None,
            said: None,
        }
    }

    pub(super) fn passage(&self) -> &PassageId {
        &self.passage
    }

    /// What the ledger knows; whether it is of this question.
    pub(super) fn ledger_says(&mut self, answer: LedgerAnswer) -> bool {
        let is_ours = answer.ask == self.ask && answer.passage == self.passage;
        if is_ours {
            self.ledger = Some(answer);
        }
        is_ours
    }

    /// What the back end said to the gather message with this number; another number's is late.
    pub(super) fn back_end_says(&mut self, number: &str, said: Said) {
        if number == self.number {
            self.said = Some(said);
        }
    }

    /// What the lane is answered once both have spoken.
    pub(super) fn answer(&self) -> Option<LedgerAnswer> {
        let (mut ledger, said) = (self.ledger.clone()?, self.said.as_ref()?);
        ledger.facts = ledger.facts.and_then(|facts| self.with(*facts, said));
        Some(ledger)
    }

    fn with(&self, mut facts: Facts, said: &Said) -> Result<Box<Facts>, LedgerUnavailable> {
        match said.directive(&self.number, &self.evidence) {
            Some(directive) => {
                facts.directives.push(directive);
                Ok(Box::new(facts))
            }
            // Without the fact there are no facts to decide on.
            None => Err(LedgerUnavailable::Store {
                cause: "the customs back end's answer fits no directive".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use decision::fixture;
    use domain::decision::Verdict;
    use domain::reason::ReasonCode;
    use standards::jgs14::frame;
    use standards::jgs14::message::Key;
    use standards::jgs14::status::StatusWord;

    use super::*;

    fn gather() -> Gather {
        Gather {
            key: Key {
                area_id: "6407000001".to_owned(),
                channel: "1000000001".to_owned(),
                flag: "I".to_owned(),
                seq_no: "20170321175400000000".to_owned(),
            },
            ..Gather::default()
        }
    }

    fn decided(said: Said) -> (Verdict, Vec<ReasonCode>) {
        let case = fixture::clean();
        let mut inquiry = Inquiry::new(7, "20170321175400000000".to_owned(), case.evidence.clone());
        let answer = LedgerAnswer {
            ask: 7,
            passage: case.evidence.passage.clone(),
            facts: Ok(Box::new(case.facts.clone())),
        };
        assert!(inquiry.answer().is_none());
        assert!(inquiry.ledger_says(answer.clone()));
        assert!(inquiry.answer().is_none(), "the back end has not spoken");
        inquiry.back_end_says("20170321175400000001", Said::nothing("another's"));
        assert!(inquiry.answer().is_none(), "another message's answer");
        assert!(!inquiry.ledger_says(LedgerAnswer { ask: 6, ..answer }));
        inquiry.back_end_says("20170321175400000000", said);
        let facts = inquiry.answer().unwrap().facts.unwrap();
        let told = facts.directives.len() - case.facts.directives.len();
        assert_eq!(told, 1, "what was said is in the record");
        let decision = decision::decide(&case.evidence, &facts, &case.policy);
        let holds = decision.holds().iter().map(|hold| hold.reason).collect();
        (decision.verdict, holds)
    }

    /// Answers of others, as they were captured.
    #[test]
    fn a_captured_release_adds_no_hold_and_a_captured_denial_does() {
        let read = |bytes| frame::read(bytes).unwrap().0;
        let release = read(include_bytes!(
            "../../../crates/standards/tests/data/frame_0x22_release_code1_le.bin"
        ));
        let deny = read(include_bytes!(
            "../../../crates/standards/tests/data/frame_0x22_deny_code4_be.bin"
        ));
        let said = Said::in_answer(&release, &gather());
        assert_eq!(said.order, None);
        assert_eq!(decided(said), (Verdict::Release, vec![]));
        let said = Said::in_answer(&deny, &gather());
        assert_ne!(decided(said).0, Verdict::Release);
        // The same release to another message, or as another message, is none.
        let mut other = gather();
        other.key.seq_no = "20170321175400000009".to_owned();
        assert!(Said::in_answer(&release, &other).order.is_some());
        let wrong = Frame {
            code: 0x32,
            ..release
        };
        assert!(Said::in_answer(&wrong, &gather()).order.is_some());
    }

    #[test]
    fn nothing_said_is_a_review_and_a_control_order_detains() {
        let (verdict, holds) = decided(Said::nothing("late"));
        assert_eq!(verdict, Verdict::Review);
        assert_eq!(holds, [ReasonCode::R11DocumentCheck]);
        let word = StatusWord::parse("w1w00000000000000000").unwrap();
        let (verdict, holds) = decided(Said::of_word(&word, "布控"));
        assert_eq!(verdict, Verdict::Detain);
        assert_eq!(holds, [ReasonCode::R11Inspect]);
    }

    #[test]
    fn a_release_of_the_back_end_lifts_no_hold_of_ours() {
        let case = fixture::clean();
        let mut facts = case.facts.clone();
        facts.pass = domain::facts::PassFact::None;
        let said = Said::of_word(&StatusWord::RELEASE, "");
        let directive = said.directive("20170321175400000000", &case.evidence);
        facts.directives.extend(directive);
        let decision = decision::decide(&case.evidence, &facts, &case.policy);
        assert_ne!(decision.verdict, Verdict::Release);
    }

    #[test]
    fn a_vehicle_that_nothing_identifies_is_held_too() {
        let mut evidence = fixture::clean().evidence;
        evidence.plates.clear();
        evidence.containers.clear();
        let directive = Said::nothing("late").directive("1", &evidence).unwrap();
        assert!(!directive.withdrawn);
        let endless = "x".repeat(4_000);
        let directive = Said::nothing(&endless).directive("1", &evidence).unwrap();
        assert_eq!(directive.text.chars().count(), TEXT_MAX);
    }
}
