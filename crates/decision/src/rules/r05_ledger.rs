//! R5: every consignment of the pass is in a fresh ledger, cleared, unchanged since the pass was
//! built, and has enough left.

use domain::container::ContainerNumber;
use domain::facts::ConsignmentFact;
use domain::gate_pass::{GatePass, PassConsignment};
use domain::manifest::{Clearance, Consignment};
use domain::mass::Mass;
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;
use crate::freshness::{Freshness, freshness};

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let limit_s = context.policy.ledger_stale_after_s;
    let limit = format!("<= {limit_s} s");
    let Some(ledger) = context.facts.ledger else {
        out.review(ReasonCode::R5LedgerMissing, "", "", limit);
        return;
    };
    if freshness(ledger.synced_at, context.now, limit_s) != Freshness::Fresh {
        let observed = ledger.synced_at.to_string();
        out.review(
            ReasonCode::R5LedgerStale,
            observed,
            context.now.to_string(),
            limit.clone(),
        );
    }
    let Some(pass) = context.pass else {
        out.review(ReasonCode::R5NoPass, "", "", "");
        return;
    };
    for (index, share) in pass.consignments.iter().enumerate() {
        // A consignment that is listed twice is judged once, with both shares.
        if !pass.consignments[..index]
            .iter()
            .any(|earlier| earlier.id == share.id)
        {
            judge_share(context, pass, share, out);
        }
    }
    out.pass(format!("revision {}", ledger.revision), "", limit);
}

fn judge_share(
    context: &Context<'_>,
    pass: &GatePass,
    share: &PassConsignment,
    out: &mut Findings,
) {
    let id = share.id.as_str();
    let Some(fact) = context
        .facts
        .consignments
        .iter()
        .find(|fact| fact.id == share.id)
    else {
        out.review(ReasonCode::R5EntryMissing, "", id, "");
        return;
    };
    let Some(entry) = &fact.consignment else {
        out.detain(ReasonCode::R5NotInLedger, id, "", "");
        return;
    };
    if entry.id != share.id {
        out.review(ReasonCode::R5EntryOfAnother, entry.id.as_str(), id, "");
        return;
    }
    match entry.clearance {
        Clearance::Cleared => {}
        Clearance::UnderAmendment => out.review(ReasonCode::R5UnderAmendment, id, "", ""),
        Clearance::NotCleared => out.detain(ReasonCode::R5NotCleared, id, "", ""),
        Clearance::Refused => out.detain(ReasonCode::R5Refused, id, "", ""),
    }
    if entry.amended_at > pass.issued_at {
        out.review(
            ReasonCode::R5AmendedAfterPass,
            format!("{id} {}", entry.amended_at),
            pass.issued_at.to_string(),
            "",
        );
    }
    let carried =
        |number: &ContainerNumber| pass.containers.iter().any(|box_| box_.number == *number);
    if !entry.containers.is_empty() && !entry.containers.iter().any(carried) {
        out.review(
            ReasonCode::R5OtherContainer,
            id,
            entry
                .containers
                .first()
                .map_or("", |number| number.as_str()),
            "",
        );
    }
    judge_quantity(pass, fact, entry, out);
}

fn judge_quantity(
    pass: &GatePass,
    fact: &ConsignmentFact,
    entry: &Consignment,
    out: &mut Findings,
) {
    let shares = || pass.consignments.iter().filter(|share| share.id == fact.id);
    let invalid = shares().any(|share| share.gross < Mass::ZERO)
        || fact.drawn_gross < Mass::ZERO
        || entry.gross < Mass::ZERO;
    if invalid {
        out.review(ReasonCode::R5ShareInvalid, fact.id.as_str(), "", ">= 0 kg");
        return;
    }
    let gross = shares().map(|share| share.gross).sum::<Mass>() + fact.drawn_gross;
    let packages = shares().map(|share| u64::from(share.packages)).sum::<u64>()
        + u64::from(fact.drawn_packages);
    if gross > entry.gross || packages > u64::from(entry.packages) {
        out.detain(
            ReasonCode::R5Overdrawn,
            format!("{} {gross}, {packages}", fact.id),
            format!("{}, {}", entry.gross, entry.packages),
            "",
        );
    }
}
