//! What the region sends down → ledger, policy, keys. Everything is signed, numbered and idempotent:
//! a message that comes twice or late changes nothing, one that is not the region's is counted.

use std::time::Duration;

use domain::digest::KeyBytes;
use domain::event::{Event, EventBody};
use domain::id::GateAddress;
use domain::time::Timestamp;
use wire::VerifyError;
use wire::ledger::Delta;
use wire::signature::{PublicKey, SigningKeyPair, by_any};
use wire::standing::LedgerClaim;
use wire::topic::Topic;

use super::link::Link;
use crate::central_policy::CentralPolicy;
use crate::clock::Clock;
use crate::health::Health;
use crate::ledger_rows::PartTaken;
use crate::ledger_task::{Claim, DeltaOutcome, LedgerHandle};
use crate::recorder::Recorder;
use crate::region_keys::{RegionKeys, short};

/// Between two words on the ledger held here, when nothing changes.
const CLAIM_EVERY: Duration = Duration::from_secs(30);
/// The same while a snapshot is coming in.
const CLAIM_IN_SNAPSHOT_EVERY: Duration = Duration::from_secs(3);

/// Everything that a message of the region may change.
pub(super) struct Downlink {
    pub(super) gate: GateAddress,
    pub(super) keys: RegionKeys,
    pub(super) policy: CentralPolicy,
    pub(super) ledger: LedgerHandle,
    pub(super) recorder: Recorder,
    pub(super) health: Health,
    pub(super) clock: Clock,
}

impl Downlink {
    /// Reads a message with any key that is believed now.
    pub(super) fn read<T>(
        &self,
        read: impl Fn(&PublicKey) -> Result<T, VerifyError>,
    ) -> Result<T, VerifyError> {
        by_any(self.keys.believed(self.now()), read)
    }

    fn now(&self) -> Timestamp {
        self.clock.now().utc.at
    }

    /// How long until the region is told again what is here: what was lost on the way is asked for,
    /// a snapshot's next part sooner.
    pub(super) fn claim_every(&self) -> Duration {
        if self.ledger.claim().borrow().snapshot.is_some() {
            CLAIM_IN_SNAPSHOT_EVERY
        } else {
            CLAIM_EVERY
        }
    }

    /// Tells the region which ledger this gate has; its answer is what is missing.
    pub(super) fn claim(&self, link: &Link, signing: &SigningKeyPair) {
        let Claim { revision, snapshot } = self.ledger.claim().borrow().clone();
        self.health
            .downlink(|down| down.takes_snapshot = snapshot.is_some());
        let claim = LedgerClaim {
            gate: self.gate.clone(),
            revision,
            said_at: self.now(),
            snapshot,
        };
        let payload = claim.sign_and_encode(signing);
        if !link.publish(&Topic::LedgerState(self.gate.clone()), payload) {
            tracing::warn!("ledger state not sent, it follows");
        }
    }

    /// Shows which keys are believed.
    pub(super) fn show_keys(&self) {
        self.health.downlink(|down| {
            down.region_key = short(self.keys.current());
            down.former_key_until = self.keys.former_until();
        });
    }

    fn refused(&self, topic: &Topic, cause: &dyn std::fmt::Display) {
        tracing::warn!(%topic, %cause, "message refused");
        self.health.refused(&format!("{topic}: {cause}"));
    }

    /// Takes a message that is neither watermark nor gap request. `true` if the region should be
    /// told anew what this gate has.
    pub(super) async fn take(&mut self, topic: &Topic, payload: &[u8]) -> bool {
        if topic.gate() != &self.gate {
            self.refused(topic, &"it is of another gate");
            return false;
        }
        match topic {
            Topic::LedgerDelta(_) => {
                match self.read(|key| wire::ledger::decode_delta(payload, key)) {
                    Ok(delta) => return self.delta(topic, delta).await,
                    Err(error) => self.refused(topic, &error),
                }
            }
            Topic::Snapshot(_) => return self.part(topic, payload).await,
            Topic::LedgerHead(_) => return self.head(topic, payload).await,
            Topic::Directive(_) => self.directive(topic, payload).await,
            Topic::Policy(_) => match self.read(|key| wire::policy::verify_policy(payload, key)) {
                Ok(policy) => self.policy.offered(policy).await,
                Err(error) => self.policy.refused(&error.to_string()).await,
            },
            Topic::RegionKeys(_) => self.follow_keys(topic, payload).await,
            Topic::Events(_)
            | Topic::Watermark(_)
            | Topic::GapRequest(_)
            | Topic::LedgerState(_)
            | Topic::EvidenceRequest(_)
            | Topic::EvidenceContent(_)
            | Topic::Health(_) => tracing::debug!(%topic, "message not meant for this gate"),
        }
        false
    }

    async fn delta(&self, topic: &Topic, delta: Delta) -> bool {
        let revision = delta.revision;
        match self.ledger.apply(delta).await {
            DeltaOutcome::Have(have) => {
                tracing::info!(revision = have.revision, "ledger advanced");
                false
            }
            DeltaOutcome::Gap(_) => true,
            DeltaOutcome::Fork => {
                self.refused(
                    topic,
                    &format!("revision {revision} continues another ledger than the one held here"),
                );
                self.health.downlink(|down| down.ledger_forked = true);
                true
            }
            DeltaOutcome::Elsewhere => {
                self.refused(topic, &"it is of another premises");
                false
            }
            DeltaOutcome::Failed(cause) => {
                tracing::error!(revision, cause, "ledger delta failed");
                false
            }
        }
    }

    async fn part(&self, topic: &Topic, payload: &[u8]) -> bool {
        let part = match self.read(|key| wire::snapshot::decode_part(payload, key)) {
            Ok((gate, part)) if gate == self.gate => part,
            Ok(_) => {
                self.refused(topic, &"it is of another gate");
                return false;
            }
            Err(error) => {
                self.refused(topic, &error);
                return false;
            }
        };
        match self.ledger.take_part(part).await {
            Ok(PartTaken::Done { revision, rows, .. }) => {
                tracing::info!(
                    revision = revision.revision,
                    rows,
                    "ledger replaced by a snapshot"
                );
                self.health.downlink(|down| down.ledger_forked = false);
                // The claim's own change asks for what came after it.
                false
            }
            Ok(PartTaken::More | PartTaken::Passed) => false,
            Err(cause) => {
                self.refused(topic, &cause);
                true
            }
        }
    }

    async fn head(&self, topic: &Topic, payload: &[u8]) -> bool {
        match self.read(|key| wire::standing::decode_ledger_head(payload, key)) {
            Ok(head) if head.gate == self.gate => !self.ledger.vouched(head.revision).await,
            Ok(_) => {
                self.refused(topic, &"it is of another gate");
                false
            }
            Err(error) => {
                self.refused(topic, &error);
                false
            }
        }
    }

    async fn directive(&self, topic: &Topic, payload: &[u8]) {
        let order = match self.read(|key| wire::ledger::decode_directive(payload, key)) {
            Ok(order) if order.gate == self.gate => order,
            Ok(_) => return self.refused(topic, &"it is of another gate"),
            Err(error) => return self.refused(topic, &error),
        };
        let id = order.directive.id.clone();
        match self.ledger.direct(order).await {
            Ok(true) => tracing::info!(%id, "directive in force"),
            Ok(false) => tracing::debug!(%id, "directive known"),
            Err(cause) => tracing::error!(%id, cause, "directive not in force"),
        }
    }

    async fn follow_keys(&mut self, topic: &Topic, payload: &[u8]) {
        let steps = match self.keys.follow(payload) {
            Ok(steps) => steps,
            Err(error) => {
                let cause = format!("{:#}", anyhow::Error::new(error));
                return self.refused(topic, &cause);
            }
        };
        for step in steps {
            tracing::warn!(key = %KeyBytes(step.key.0), until = %step.former_until,
                "the region signs with a new key; the one before it is believed until then");
            let body = EventBody::RegionKeyAdopted {
                key: step.key,
                former_until: step.former_until,
            };
            let event = Event {
                at: self.clock.now().utc,
                lane: None,
                passage: None,
                body,
            };
            if let Err(error) = self.recorder.record_and_wait(&event).await {
                tracing::error!(error, "the region's new key could not be recorded");
            }
        }
        self.show_keys();
    }
}
