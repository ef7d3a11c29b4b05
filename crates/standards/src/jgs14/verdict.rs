//! A decision → the status word that says it to a front end of others, and a status word of a back
//! office → what it holds a vehicle for. Neither ever makes a release out of anything but one.

use domain::decision::{Finding, Verdict};
use domain::directive::{Order, Subject};
use domain::event::DecisionRecord;
use domain::operator::LaneMode;
use domain::policy::RuleId;
use domain::reason::ReasonCode;

use crate::jgs14::status::{BarrierOrder, LEN, StatusWord};

impl StatusWord {
    /// Held, and nothing more is told: a command 0x31 may follow.
    pub const WAIT: Self = Self::RELEASE.with(1, b'V').with(2, b'1');

    /// The word of a decision. Only a release of a live lane lifts; its caller has to make sure
    /// that it is durable. What a driver and clerk must not learn is not in the word.
    #[must_use]
    pub fn of_decision(record: &DecisionRecord) -> Self {
        if record.decision.verdict == Verdict::Release {
            return match record.mode {
                LaneMode::Live => Self::RELEASE,
                LaneMode::Advisory | LaneMode::Shadow | LaneMode::Closed => Self::WAIT,
            };
        }
        let boxes = record.evidence.containers.len().max(
            record
                .facts
                .found_pass()
                .map_or(0, |pass| pass.containers.len()),
        );
        let mut word = Self::WAIT;
        let told = record.decision.holds().into_iter();
        for finding in told.filter(|finding| !finding.reason.is_silent()) {
            for (position, character) in positions(record, finding) {
                // Front and rear alike: a finding does not say which box it is of.
                let both = position == 3 && boxes > 1;
                for position in [Some(position), both.then_some(4)].into_iter().flatten() {
                    if char::from(character) > word.at(position) {
                        word = word.with(position, character);
                    }
                }
            }
        }
        let worst = (3..=7).map(|position| word.at(position)).max();
        match worst {
            Some(worst) if worst != '0' => word.with(1, worst as u8),
            Some(_) | None => word,
        }
    }

    /// What a back office's word holds a vehicle for. `None` only for a plain order to lift.
    #[must_use]
    pub fn order(&self) -> Option<Order> {
        if self.barrier() == BarrierOrder::Lift && self.mismatches().is_empty() {
            return None;
        }
        let is_control = |position: usize, characters: &str| {
            (1..=LEN).contains(&position) && characters.contains(self.at(position))
        };
        let must_inspect =
            is_control(3, "1w") || is_control(4, "1w") || is_control(6, "x") || is_control(7, "w");
        Some(if must_inspect {
            Order::Inspect
        } else {
            Order::DocumentCheck
        })
    }
}

/// Where a finding shows, and as what. The table of `docs/standards.md`.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest of a rule's reasons show alike"
)]
fn positions(record: &DecisionRecord, finding: &Finding) -> Vec<(usize, u8)> {
    use ReasonCode as R;
    let one = |position: usize, character: u8| vec![(position, character)];
    match finding.rule {
        RuleId::R1 => match finding.reason {
            R::R1NoPass => one(3, b'z'),
            R::R1TagUnknown | R::R1TagMissing => one(7, b'x'),
            _ => one(7, b'r'),
        },
        RuleId::R2 => match finding.reason {
            R::R2Expired | R::R2NotYetValid | R::R2ExpiresSoon => one(7, b'u'),
            R::R2Suspended | R::R2Revoked | R::R2ClassNotAllowed => one(7, b's'),
            _ => one(7, b'x'),
        },
        RuleId::R3 => match finding.reason {
            R::R3NoPass => one(3, b'z'),
            R::R3CompanyMissing
            | R::R3CompanyOfAnother
            | R::R3CompanySuspended
            | R::R3CompanyRevoked
            | R::R3CompanyExpired => one(6, b's'),
            _ => one(6, b'w'),
        },
        RuleId::R4 | RuleId::R5 | RuleId::R6 => one(3, b'z'),
        RuleId::R7 => one(5, b'o'),
        RuleId::R8 => one(8, b'x'),
        RuleId::R9 | RuleId::R10 => one(5, b'q'),
        RuleId::R11 => directive_position(record, finding),
        RuleId::R12 | RuleId::R13 => one(3, b'1'),
        RuleId::R14 => one(9, b'1'),
        RuleId::R15 | RuleId::R16 | RuleId::R17 | RuleId::R18 | RuleId::R19 => Vec::new(),
    }
}

/// A directive shows at what it is about.
fn directive_position(record: &DecisionRecord, finding: &Finding) -> Vec<(usize, u8)> {
    let mut directives = record.facts.directives.iter();
    let about = directives.find(|one| one.id.as_str() == finding.observed);
    let Some(directive) = about else {
        // The list of directives is missing or stale.
        return Vec::new();
    };
    match directive.subject {
        Subject::Vehicle(_) => vec![(7, b'w')],
        Subject::Driver(_) => vec![(6, b'x')],
        Subject::Container(_)
        | Subject::Pass(_)
        | Subject::Consignment(_)
        | Subject::Company(_) => vec![(3, b'w')],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use decision::fixture;
    use domain::decision::{Decision, Outcome};

    fn record(rule: RuleId, reason: ReasonCode, outcome: Outcome) -> DecisionRecord {
        let case = fixture::clean();
        let verdict = match outcome {
            Outcome::Pass | Outcome::Skipped => Verdict::Release,
            Outcome::Review => Verdict::Review,
            Outcome::Detain => Verdict::Detain,
        };
        DecisionRecord {
            decision: Decision {
                verdict,
                findings: vec![Finding {
                    rule,
                    outcome,
                    reason,
                    observed: String::new(),
                    expected: String::new(),
                    limit: String::new(),
                }],
                policy: case.policy.version,
            },
            evidence: case.evidence,
            facts: case.facts,
            policy: case.policy,
            mode: LaneMode::Live,
            withdrawal: None,
            attempt: 1,
        }
    }

    #[test]
    fn no_reason_that_holds_makes_a_word_that_lifts() {
        for reason in ReasonCode::ALL {
            for rule in RuleId::ALL {
                for outcome in [Outcome::Review, Outcome::Detain] {
                    let word = StatusWord::of_decision(&record(rule, reason, outcome));
                    assert_ne!(
                        word.barrier(),
                        BarrierOrder::Lift,
                        "{rule} {reason:?} {word}"
                    );
                    // A front end that looks at the first position alone keeps its barrier down.
                    assert_ne!(word.at(1), '0', "{rule} {reason:?} {word}");
                    assert!(word.order().is_some());
                    assert_eq!(StatusWord::parse(&word.to_string()), Ok(word));
                }
            }
        }
    }

    #[test]
    fn only_a_release_of_a_live_lane_lifts() {
        let mut release = record(RuleId::R1, ReasonCode::Satisfied, Outcome::Pass);
        assert_eq!(StatusWord::of_decision(&release), StatusWord::RELEASE);
        for mode in [LaneMode::Advisory, LaneMode::Shadow, LaneMode::Closed] {
            release.mode = mode;
            assert_eq!(StatusWord::of_decision(&release), StatusWord::WAIT);
        }
    }

    #[test]
    fn findings_show_where_the_standard_has_a_place_and_silent_ones_nowhere() {
        let word = |rule, reason| StatusWord::of_decision(&record(rule, reason, Outcome::Detain));
        let weight = word(RuleId::R9, ReasonCode::ByPerson);
        assert_eq!((weight.at(1), weight.at(2), weight.at(5)), ('q', '1', 'q'));
        let silent = word(RuleId::R11, ReasonCode::R11DetainSilent);
        assert_eq!(silent, StatusWord::WAIT);
        let expired = word(RuleId::R2, ReasonCode::R2Expired);
        assert_eq!((expired.at(1), expired.at(7)), ('u', 'u'));
    }

    #[test]
    fn a_back_offices_word_holds_unless_it_is_a_plain_lift() {
        for (raw, wanted) in [
            ("00000000000000000000", None),
            ("00000000001002000000", None),
            ("Y", None),
            ("N", Some(Order::DocumentCheck)),
            ("V0000000000000000000", Some(Order::DocumentCheck)),
            ("w1w00000000000000000", Some(Order::Inspect)),
            ("x1000x00000000000000", Some(Order::Inspect)),
            // An order to lift that names a mismatch is none.
            ("00w00000000000000000", Some(Order::Inspect)),
            ("0000q000000000000000", Some(Order::DocumentCheck)),
            ("00100000000000000000", Some(Order::Inspect)),
            ("02000000000000000000", Some(Order::DocumentCheck)),
        ] {
            assert_eq!(StatusWord::parse(raw).unwrap().order(), wanted, "{raw}");
        }
    }
}
