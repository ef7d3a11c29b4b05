//! Decisions, with everything they were made from.

use domain::decision::{Decision, Finding, Outcome, Verdict};
use domain::event::{DecisionRecord, Withdrawal};
use domain::gate_pass::PassConsignment;

use super::{Message, Scalar, enumeration, list, message};
use crate::error::DecodeError;
use crate::pb;

enumeration!(Outcome {
    Pass,
    Skipped,
    Review,
    Detain
});
enumeration!(Verdict {
    Release,
    Review,
    Detain
});

message!(Finding => Finding {
    rule = s rule,
    outcome = s outcome,
    reason = s reason,
    observed = s observed,
    expected = s expected,
    limit = s limit,
});
message!(Decision => Decision { verdict = s verdict, findings = lm findings, policy = m policy });
message!(DecisionRecord => DecisionRecord {
    evidence = m evidence,
    facts = m facts,
    policy = m policy,
    decision = m decision,
    mode = s mode,
    withdrawal = om withdrawal,
    attempt = s attempt,
});

impl Message for Withdrawal {
    type Raw = pb::Withdrawal;

    fn put(&self) -> Self::Raw {
        let share = |(id, gross, packages): &(domain::id::ConsignmentId, _, _)| {
            PassConsignment {
                id: id.clone(),
                gross: *gross,
                packages: *packages,
            }
            .put()
        };
        pb::Withdrawal {
            pass: self.pass.put(),
            shares: self.shares.iter().map(share).collect(),
        }
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        let shares = list(raw.shares, |share| {
            PassConsignment::take(share).map(|share| (share.id, share.gross, share.packages))
        });
        Ok(Self {
            pass: Scalar::take(raw.pass).map_err(|error| error.inside("pass"))?,
            shares: shares.map_err(|error| error.inside("shares"))?,
        })
    }
}
