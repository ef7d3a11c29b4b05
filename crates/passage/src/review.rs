//! Holds: their clocks, and what people may do about them. A Detain is never cleared here.

use std::collections::BTreeSet;

use domain::actuation::{Actuation, RaiseReason};
use domain::decision::Verdict;
use domain::event::{EventBody, PassageEnd};
use domain::facts::PassUse;
use domain::id::UserId;
use domain::operator::{Act, LaneMode, OperatorAct};
use domain::policy::RuleId;
use domain::time::Instant;
use ledger::query::withdrawal_of;

use crate::lane::Lane;
use crate::notices;
use crate::stay::{Grant, Hold, HoldClock, Phase};

/// Weighings that a clerk may ask for in one stay.
const REWEIGHS_MAX: u8 = 3;

/// Rules in a sentence, each once.
fn names(rules: impl Iterator<Item = RuleId>) -> String {
    let rules: BTreeSet<RuleId> = rules.collect();
    let names: Vec<String> = rules.iter().map(ToString::to_string).collect();
    names.join(", ")
}

impl Lane {
    pub(crate) fn hold_deadline(&self, hold: &HoldClock) -> Option<Instant> {
        let timings = &self.config.timings;
        let next = if hold.acknowledged || hold.escalated {
            timings.review_cap
        } else {
            timings.review_acknowledge
        };
        [Some(hold.since + next), hold.ask_again]
            .into_iter()
            .flatten()
            .min()
    }

    /// Escalates what nobody has taken, sends to the bay what nobody has decided, asks again.
    pub(crate) fn watch_hold(&mut self) {
        let now = self.now.mono;
        let timings = self.config.timings.clone();
        let Some(hold) = self.stay.as_mut().and_then(|stay| stay.hold.as_mut()) else {
            return;
        };
        let waited = now.since(hold.since);
        if waited >= timings.review_cap {
            self.send_to_bay(None, "not decided in time".to_owned());
            return;
        }
        if !hold.acknowledged && !hold.escalated && waited >= timings.review_acknowledge {
            hold.escalated = true;
            let after_s = u32::try_from(waited.as_secs()).unwrap_or(u32::MAX);
            self.record_here(EventBody::ReviewEscalated { after_s });
            return;
        }
        if hold.ask_again.is_some_and(|at| now >= at) {
            hold.ask_again = None;
            self.decide_again_now();
        }
    }

    pub(crate) fn operator(&mut self, act: &OperatorAct) {
        self.refusal = None;
        let here = self.stay.as_ref().map(|stay| stay.passage.clone());
        if act.passage.is_some() && act.passage != here {
            self.refuse(act, "this passage is not open in this lane");
            return;
        }
        match &act.act {
            Act::Acknowledge => self.acknowledge(act),
            Act::Clear { .. } => self.clear(act),
            Act::Confirm => self.confirm(act),
            Act::SendToBay { text } => {
                if matches!(
                    self.phase(),
                    Some(Phase::Held(_) | Phase::Unrecorded { .. })
                ) {
                    self.send_to_bay(Some(act.user.clone()), text.clone());
                } else {
                    self.refuse(act, "the vehicle is not held");
                }
            }
            Act::Reweigh => self.reweigh(act),
            Act::Reread => self.reread(act),
            Act::ChoosePass(number) => {
                if let Some(stay) = &mut self.stay {
                    stay.chosen_pass = Some(number.clone());
                    stay.asked_by_person = true;
                    self.operated(act);
                    self.decide_again();
                } else {
                    self.refuse(act, "no vehicle is in the lane");
                }
            }
            Act::EndWithoutRelease { .. } => self.end_without_release(act),
            Act::SetMode(mode) => self.set_mode(*mode, act),
            Act::DeclareDegraded(declaration) => {
                match self
                    .fitting
                    .declare(declaration, &self.policy, self.now.utc)
                {
                    Ok(()) => {
                        self.record(None, EventBody::DegradedDeclared(declaration.clone()));
                        self.decide_again();
                    }
                    Err(error) => self.refuse(act, &error.to_string()),
                }
            }
            Act::EndDegraded(mode) => {
                if self.fitting.end(*mode) {
                    self.operated(act);
                    self.record(
                        None,
                        EventBody::DegradedEnded {
                            mode: *mode,
                            expired: false,
                        },
                    );
                    self.decide_again();
                } else {
                    self.refuse(act, "this mode is not in force");
                }
            }
        }
    }

    /// Rules that take two persons to clear. A policy that waits for the next passage counts
    /// already: it judges no vehicle here, but what people do from now on.
    fn two_persons(&self) -> &BTreeSet<RuleId> {
        &self
            .next_policy
            .as_ref()
            .unwrap_or(&self.policy)
            .two_persons
    }

    fn phase(&self) -> Option<&Phase> {
        self.stay.as_ref().map(|stay| &stay.phase)
    }

    /// Writes an act down that has no event of its own.
    fn operated(&mut self, act: &OperatorAct) {
        self.record_here(EventBody::Operated(act.clone()));
    }

    /// Writes the attempt down and says why nothing came of it.
    fn refuse(&mut self, act: &OperatorAct, why: &str) {
        self.refusal = Some(why.to_owned());
        self.operated(act);
    }

    fn acknowledge(&mut self, act: &OperatorAct) {
        if let Some(hold) = self.stay.as_mut().and_then(|stay| stay.hold.as_mut()) {
            if !std::mem::replace(&mut hold.acknowledged, true) {
                self.record_here(EventBody::ReviewAcknowledged {
                    user: act.user.clone(),
                });
            }
        } else {
            self.refuse(act, "nothing waits for an acknowledgement");
        }
    }

    /// A Review is cleared by who may override every rule that holds it, after a look at the
    /// decision that stands, and with a second person where the policy wants one; a Detain by
    /// nobody.
    fn clear(&mut self, act: &OperatorAct) {
        let Act::Clear {
            attempt,
            approved_by,
            privileges,
            reason_code,
            text,
        } = &act.act
        else {
            return;
        };
        let Some(stay) = &self.stay else {
            self.refuse(act, "no vehicle is in the lane");
            return;
        };
        let Phase::Held(hold) = stay.phase else {
            self.refuse(act, "the vehicle is not held");
            return;
        };
        let Some(record) = &stay.decided else {
            self.refuse(act, "nothing has been decided yet");
            return;
        };
        let two_persons = self.two_persons();
        let holding = || record.decision.holds().into_iter().map(|f| f.rule);
        let missing = names(holding().filter(|rule| !privileges.contains(rule)));
        let by_two = names(holding().filter(|rule| two_persons.contains(rule)));
        let has_second = approved_by.as_ref().is_some_and(|who| *who != act.user);
        if hold == Hold::Closed || self.mode == LaneMode::Closed {
            self.refuse(act, "the lane is closed");
        } else if record.decision.verdict == Verdict::Detain {
            self.refuse(act, "a detained vehicle is released by customs alone");
        } else if attempt.is_some_and(|looked_at| looked_at != record.attempt) {
            self.refuse(act, "the lane has decided again since; look at it anew");
        } else if !missing.is_empty() {
            self.refuse(act, &format!("no privilege for {missing}"));
        } else if !by_two.is_empty() && !has_second {
            let why = format!("the policy wants another person's approval for {by_two}");
            self.refuse(act, &why);
        } else {
            self.clearance(act.user.clone(), approved_by.clone(), reason_code, text);
        }
    }

    /// In advisory mode a person says yes to a release.
    fn confirm(&mut self, act: &OperatorAct) {
        let is_release = self
            .stay
            .as_ref()
            .is_some_and(|stay| stay.verdict() == Some(Verdict::Release));
        if matches!(self.phase(), Some(Phase::Held(Hold::Confirm))) && is_release {
            self.clearance(act.user.clone(), None, "CONFIRMED", "");
        } else {
            self.refuse(act, "no release waits for a confirmation");
        }
    }

    fn clearance(
        &mut self,
        user: UserId,
        approved_by: Option<UserId>,
        reason_code: &str,
        text: &str,
    ) {
        let Some(stay) = &mut self.stay else { return };
        let facts = stay.decided.as_ref().map(|record| &record.facts);
        let usable =
            facts.filter(|facts| matches!(facts.pass_use, PassUse::Unused | PassUse::ReservedHere));
        let withdrawal = usable
            .and_then(|facts| facts.found_pass())
            .map(withdrawal_of);
        stay.drawing.clone_from(&withdrawal);
        let record = self.record_here(EventBody::HoldCleared {
            user: Some(user),
            approved_by,
            directive: None,
            reason_code: reason_code.chars().take(32).collect(),
            text: text.chars().take(500).collect(),
            withdrawal,
        });
        let deadline = self.now.mono + self.config.timings.record;
        if let Some(stay) = &mut self.stay {
            let grant = Grant {
                reason: RaiseReason::Clearance,
                record,
            };
            stay.phase = Phase::Clearing { deadline, grant };
        }
    }

    pub(crate) fn send_to_bay(&mut self, user: Option<UserId>, text: String) {
        let text = text.chars().take(500).collect();
        let record = self.record_here(EventBody::SentToBay { user, text });
        let deadline = self.now.mono + self.config.timings.record;
        let beyond = self.config.bay_beyond_arm && self.mode != LaneMode::Closed;
        let Some(stay) = &mut self.stay else { return };
        if beyond {
            let grant = Grant {
                reason: RaiseReason::ToBay,
                record,
            };
            // Should the arm not obey, the clocks of the hold begin anew.
            stay.hold = None;
            stay.phase = Phase::Clearing { deadline, grant };
        } else {
            stay.phase = Phase::BackingOut;
            stay.hold = None;
            self.show_step(notices::back_to_bay());
        }
    }

    fn reweigh(&mut self, act: &OperatorAct) {
        let is_held = matches!(self.phase(), Some(Phase::Held(_)));
        let now = self.now.mono;
        let (Some(stay), Some(scale)) = (&mut self.stay, &mut self.scale) else {
            self.refuse(act, "no vehicle, or no scale, is in the lane");
            return;
        };
        if !is_held || stay.reweighs >= REWEIGHS_MAX {
            self.refuse(
                act,
                "the vehicle is not held, or has been weighed again three times",
            );
            return;
        }
        stay.reweighs += 1;
        stay.weigh_anew = true;
        stay.asked_by_person = true;
        stay.phase = Phase::Collecting { since: now };
        scale.weigh_again();
        self.operated(act);
        self.show_step(notices::stop());
    }

    fn reread(&mut self, act: &OperatorAct) {
        let is_held = matches!(self.phase(), Some(Phase::Held(_)));
        let now = self.now.mono;
        let Some(stay) = self.stay.as_mut().filter(|_| is_held) else {
            self.refuse(act, "the vehicle is not held");
            return;
        };
        stay.seen.read_again();
        stay.asked_by_person = true;
        stay.phase = Phase::Collecting { since: now };
        let passage = stay.passage.clone();
        self.operated(act);
        self.put(crate::port::Output::Capture { passage });
        self.show_step(notices::stop());
    }

    fn end_without_release(&mut self, act: &OperatorAct) {
        match self.phase() {
            None => self.refuse(act, "no vehicle is in the lane"),
            Some(Phase::Raising { .. } | Phase::Passing { .. }) => {
                self.refuse(act, "the vehicle is released and leaving");
            }
            Some(_) => {
                self.operated(act);
                self.end(PassageEnd::EndedByPerson);
            }
        }
    }

    fn set_mode(&mut self, mode: LaneMode, act: &OperatorAct) {
        if mode != LaneMode::Closed {
            // Whoever opens the lane has looked at the arm.
            self.actuate(Actuation::AcknowledgeFaults);
        }
        if mode == self.mode {
            self.operated(act);
            return;
        }
        self.mode = mode;
        let user = Some(act.user.clone());
        self.record(None, EventBody::LaneModeChanged { mode, user });
        if self.stay.is_none() {
            self.rest();
        }
        self.decide_again();
    }
}
