//! What the region sends down → the ledger. Everything is signed, numbered and idempotent: a
//! message that comes twice or late changes nothing.

use domain::id::GateAddress;
use domain::ledger_row::LedgerRevision;
use wire::signature::PublicKey;
use wire::topic::Topic;

use super::link::Link;
use crate::ledger_task::{DeltaOutcome, LedgerHandle};

/// What judging a message needs.
pub(super) struct Context<'a> {
    pub(super) gate: &'a GateAddress,
    pub(super) region_key: &'a PublicKey,
    pub(super) ledger: &'a LedgerHandle,
}

/// Tells the region which ledger this gate has; its answer is the deltas that are missing.
pub(super) fn tell_state(link: &mut Link, gate: &GateAddress, revision: Option<LedgerRevision>) {
    let payload = wire::ledger::encode_ledger_state(gate, revision.as_ref());
    if !link.publish(&Topic::LedgerState(gate.clone()), payload) {
        tracing::warn!("ledger state not sent, it follows with the next connection");
    }
}

/// Takes a message that is neither watermark nor gap request.
pub(super) async fn take(topic: &Topic, payload: &[u8], context: Context<'_>, link: &mut Link) {
    match topic {
        Topic::LedgerDelta(_) => match wire::ledger::decode_delta(payload, context.region_key) {
            Ok(delta) => delta_came(delta, &context, link).await,
            Err(error) => tracing::warn!(%error, "ledger delta refused"),
        },
        Topic::Directive(_) => match wire::ledger::decode_directive(payload, context.region_key) {
            Ok(directive) => {
                let id = directive.id.clone();
                match context.ledger.direct(directive).await {
                    Ok(()) => tracing::info!(%id, "directive in force"),
                    Err(cause) => tracing::error!(%id, cause, "directive not in force"),
                }
            }
            Err(error) => tracing::warn!(%error, "directive refused"),
        },
        Topic::Events(_)
        | Topic::Watermark(_)
        | Topic::GapRequest(_)
        | Topic::Snapshot(_)
        | Topic::Policy(_)
        | Topic::LedgerState(_)
        | Topic::EvidenceRequest(_)
        | Topic::EvidenceContent(_)
        | Topic::Health(_) => tracing::debug!(%topic, "message not meant for this gate"),
    }
}

async fn delta_came(delta: wire::ledger::Delta, context: &Context<'_>, link: &mut Link) {
    let revision = delta.revision;
    match context.ledger.apply(delta).await {
        DeltaOutcome::Have(have) => tracing::info!(revision = have.revision, "ledger advanced"),
        DeltaOutcome::Gap(have) => tell_state(link, context.gate, have),
        DeltaOutcome::Fork => {
            tracing::error!(
                revision,
                "ledger delta does not continue the ledger held here"
            );
        }
        DeltaOutcome::Failed(cause) => tracing::error!(revision, cause, "ledger delta failed"),
    }
}
