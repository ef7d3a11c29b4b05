//! What every gate is told alike, retained at the broker: the policy in force and the chain of the
//! region's keys.

use std::collections::BTreeSet;

use domain::digest::Digest;
use domain::id::GateAddress;
use wire::topic::Topic;

use super::downlink::Way;
use crate::down_link::{DownLink, DownLinkError};

/// Notices, and the gates that have not been told.
#[derive(Default)]
pub(super) struct Notices {
    policy: Option<(Digest, Vec<u8>)>,
    chain: Option<Vec<u8>>,
    due: BTreeSet<GateAddress>,
}

impl Notices {
    /// Reads them; whoever is served is told what is new.
    pub(super) async fn refresh(
        &mut self,
        store: &DownLink,
        way: &Way<'_>,
        gates: &BTreeSet<GateAddress>,
    ) -> Result<(), DownLinkError> {
        let policy = store.policy().await?;
        let chain = store.key_chain().await?;
        let digest = policy.as_ref().map(|policy| policy.digest);
        if self.policy.as_ref().map(|(digest, _)| *digest) != digest || self.chain != chain {
            self.policy = policy.map(|policy| {
                let signed = wire::policy::sign_policy(&policy, way.signing);
                (policy.digest, signed)
            });
            self.chain = chain;
            self.due.clone_from(gates);
        }
        Ok(())
    }

    /// These gates are to be told.
    pub(super) fn tell(&mut self, gates: impl IntoIterator<Item = GateAddress>) {
        self.due.extend(gates);
    }

    /// Sends what is due, as far as the client has places.
    pub(super) fn send(&mut self, way: &Way<'_>) {
        while let Some(gate) = self.due.pop_first() {
            let keys = self.chain.iter().map(|chain| {
                let topic = Topic::RegionKeys(gate.clone());
                (topic, chain.clone())
            });
            let policy = self.policy.iter().map(|(_, signed)| {
                let topic = Topic::Policy(gate.clone());
                (topic, signed.clone())
            });
            for (topic, payload) in keys.chain(policy) {
                if !way.send(&topic, payload) {
                    self.due.insert(gate);
                    return;
                }
            }
        }
    }
}
