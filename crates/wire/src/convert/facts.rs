//! The ledger's answer for one passage.

use domain::facts::{ConsignmentFact, Facts, PassFact, PassUse, VisitFact, WatchHit};
use domain::id::PassageId;
use domain::time::Timestamp;

use super::{Message, Scalar, list, message, put, required, take};
use crate::error::DecodeError;
use crate::pb;

message!(ConsignmentFact => ConsignmentFact {
    id = s id,
    consignment = om consignment,
    drawn_gross_g = s drawn_gross,
    drawn_packages = s drawn_packages,
});
message!(WatchHit => WatchHit { directive = m directive, exact = s exact });
message!(VisitFact => VisitFact { entered = om entered, stages_done = ls stages_done });
message!(Facts => Facts {
    ledger = om ledger,
    risk_list_synced_at_us = os risk_list_synced_at,
    pass = m pass,
    pass_use = m pass_use,
    tag_plate = os tag_plate,
    vehicle = om vehicle,
    trailer = om trailer,
    company = om company,
    driver = om driver,
    premises = om premises,
    containers = lm containers,
    consignments = lm consignments,
    directives = lm directives,
    watch_hits = lm watch_hits,
    visit = m visit,
});

/// The last entry of a visit.
impl Message for (PassageId, Timestamp) {
    type Raw = pb::PassUsed;

    fn put(&self) -> Self::Raw {
        pb::PassUsed {
            passage: self.0.put(),
            at_us: self.1.put(),
        }
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        Ok((Scalar::take(raw.passage)?, Scalar::take(raw.at_us)?))
    }
}

impl Message for PassFact {
    type Raw = pb::PassFact;

    fn put(&self) -> Self::Raw {
        let mut raw = pb::PassFact::default();
        match self {
            Self::None => raw.none = true,
            Self::Ambiguous(numbers) => raw.ambiguous = put!(ls, numbers),
            Self::Found(pass) => raw.found = Some(pass.put()),
        }
        raw
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        match (raw.none, raw.ambiguous.is_empty(), raw.found) {
            (true, true, None) => Ok(Self::None),
            (false, false, None) => list(raw.ambiguous, Scalar::take).map(Self::Ambiguous),
            (false, true, Some(pass)) => Ok(Self::Found(Box::new(Message::take(pass)?))),
            (_, _, _) => Err(DecodeError::field(
                "not exactly one of none, ambiguous, found",
            )),
        }
    }
}

impl Message for PassUse {
    type Raw = pb::PassUse;

    fn put(&self) -> Self::Raw {
        use pb::pass_use::Of;
        let of = match self {
            Self::Unused => Of::Unused(true),
            Self::ReservedHere => Of::ReservedHere(true),
            Self::ReservedElsewhere { lane, passage } => {
                let (lane, passage) = (lane.put(), passage.put());
                Of::ReservedElsewhere(pb::PassReserved { lane, passage })
            }
            Self::Used { passage, at } => Of::Used(pb::PassUsed {
                passage: passage.put(),
                at_us: at.put(),
            }),
        };
        pb::PassUse { of: Some(of) }
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        use pb::pass_use::Of;
        Ok(match required(raw.of)? {
            Of::Unused(true) => Self::Unused,
            Of::ReservedHere(true) => Self::ReservedHere,
            Of::Unused(false) | Of::ReservedHere(false) => {
                return Err(DecodeError::field("a false mark"));
            }
            Of::ReservedElsewhere(raw) => Self::ReservedElsewhere {
                lane: take!(s, raw.lane)?,
                passage: take!(s, raw.passage)?,
            },
            Of::Used(raw) => Self::Used {
                passage: take!(s, raw.passage)?,
                at: take!(s, raw.at_us)?,
            },
        })
    }
}
