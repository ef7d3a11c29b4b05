//! The name of a passage → its evidence pack, signed by the region: which gate's it is, its records,
//! the key that its gate signed with, the pictures that are kept here. Asks no gate for anything, and
//! does not know where the pack goes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use domain::digest::Digest;
use domain::id::{GateAddress, PassageId};
use domain::time::Timestamp;
use evidence_pack::{
    Anchor, Gathered, MadeBy, Maker, Picture, TrustedKeys, WriteError, write_pack,
};
use wire::batch::{SignedHead, verify_head};
use wire::signature::{PublicKey, SigningKeyPair};

use crate::down_link::gate_keys::{GateKeys, KeyState};
use crate::down_link::{DownLink, DownLinkError};
use crate::event_store::{EventStore, StoreError};
use crate::packing::{PackingError, gather};
use crate::pictures::PictureFolder;

/// Why a passage cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackerError {
    /// Nothing is stored of it, or not at the gate asked for.
    #[error("nothing is stored of passage {passage}")]
    Nothing {
        /// Passage.
        passage: String,
    },
    /// Several gates have a passage of this name.
    #[error("passage {passage} is known at {}", .gates.join(" and "))]
    Several {
        /// Passage.
        passage: String,
        /// The gates.
        gates: Vec<String>,
    },
    /// The gate's key is not known.
    #[error("gate {gate} is not enrolled here, so its key is not known")]
    Stranger {
        /// Gate.
        gate: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Keys of gates cannot be read.
    #[error(transparent)]
    Keys(#[from] DownLinkError),
    /// The records do not make a pack.
    #[error(transparent)]
    Packing(#[from] PackingError),
}

/// Makes packs in the name of the region.
#[derive(Debug)]
pub struct Packer {
    /// The region's key pair.
    pub signing: SigningKeyPair,
    /// Keys of gates as configured; what the store has of a gate goes before.
    pub gates: BTreeMap<GateAddress, PublicKey>,
    /// Where pictures of gates are kept.
    pub pictures: Option<PictureFolder>,
}

/// Everything of a passage that goes into its pack, but the pictures.
#[derive(Debug)]
pub struct Prepared {
    /// Its records.
    pub gathered: Gathered,
    /// Epoch of the gate's journal.
    pub epoch: u64,
    /// The key that the gate signed with.
    pub gate_key: PublicKey,
}

impl Packer {
    /// Gathers a passage; `asked` is its gate, as region/premises/gate, needed where several have a
    /// passage of this name. Catch up the index before.
    ///
    /// # Errors
    /// Nothing is stored of it, or the gate is not clear or not known; the store failed or is damaged.
    pub async fn prepare(
        &self,
        store: &EventStore,
        passage: &PassageId,
        asked: Option<&str>,
        now: Timestamp,
    ) -> Result<Prepared, PackerError> {
        let mut gates = store.gates_of(passage).await?;
        gates.retain(|gate| asked.is_none_or(|asked| asked == gate));
        let name = match gates.as_slice() {
            [] => {
                let passage = passage.to_string();
                return Err(PackerError::Nothing { passage });
            }
            [one] => one.clone(),
            [_, _, ..] => {
                let passage = passage.to_string();
                return Err(PackerError::Several { passage, gates });
            }
        };
        let enrolled = DownLink::new(store.database()).enrolled().await?;
        let known: BTreeSet<&GateAddress> = enrolled.keys().chain(self.gates.keys()).collect();
        let gate = known
            .into_iter()
            .find(|gate| gate.to_string() == name)
            .ok_or_else(|| PackerError::Stranger { gate: name.clone() })?;
        let gathered = gather(store, gate, passage).await?;
        let keys = keys_of(enrolled.get(gate), self.gates.get(gate), now);
        let gate_key = signer(&keys, &gathered.anchors)
            .copied()
            .ok_or(PackerError::Stranger { gate: name })?;
        let epoch = store.heads([gate].into_iter()).await?[gate].epoch;
        Ok(Prepared {
            gathered,
            epoch,
            gate_key,
        })
    }

    /// Writes the pack. Reads pictures and blocks; one picture at a time is in memory.
    ///
    /// # Errors
    /// Something cannot be read or written, or is larger than a pack may be.
    pub fn write(
        &self,
        prepared: &Prepared,
        made_at: Timestamp,
        out: &mut impl Write,
    ) -> Result<(), WriteError> {
        let maker = Maker {
            made_by: MadeBy::Region,
            made_at,
            epoch: prepared.epoch,
            gate_key: prepared.gate_key,
            key: &self.signing,
        };
        let mut source = |sha256: &Digest| {
            let kept = self.pictures.as_ref().map(|folder| folder.read(sha256));
            Ok(kept
                .transpose()?
                .flatten()
                .map_or(Picture::Missing, Picture::Kept))
        };
        write_pack(out, &maker, &prepared.gathered, &mut source).map(|_| ())
    }

    /// The keys by which what was written is proven here.
    #[must_use]
    pub fn keys(&self, prepared: &Prepared) -> TrustedKeys {
        let gate = prepared.gathered.gate.to_string();
        TrustedKeys {
            gates: vec![(Some(gate), prepared.gate_key)],
            region: Some(self.signing.public_key()),
        }
    }
}

/// Keys that a gate may have signed with, the one that it signs with now first. Revoked ones are not
/// among them: nobody shall be asked to believe one.
fn keys_of(
    stored: Option<&GateKeys>,
    configured: Option<&PublicKey>,
    now: Timestamp,
) -> Vec<PublicKey> {
    let stored: Vec<_> = stored.iter().flat_map(|keys| keys.iter()).collect();
    let active = stored
        .iter()
        .filter(|known| known.state == KeyState::Active && known.valid.contains(now));
    let others = stored.iter().filter(|known| match known.state {
        KeyState::Active | KeyState::Announced | KeyState::Retired => true,
        KeyState::Revoked => false,
    });
    let is_revoked = |key: &PublicKey| {
        let mut stored = stored.iter();
        stored.any(|known| known.key == *key && known.state == KeyState::Revoked)
    };
    active
        .map(|known| known.key)
        .chain(configured.copied().filter(|key| !is_revoked(key)))
        .chain(others.map(|known| known.key))
        .collect()
}

/// The key that signed the head at the end of the records: a gate may have gone over to another
/// since. The first one where there is no head, or nobody known signed it.
fn signer<'k>(keys: &'k [PublicKey], anchors: &[Anchor]) -> Option<&'k PublicKey> {
    let heads: Vec<SignedHead> = anchors.iter().filter_map(signed_head).collect();
    let signed = |key: &&PublicKey| heads.iter().any(|head| verify_head(head, key).is_ok());
    keys.iter().find(signed).or_else(|| keys.first())
}

fn signed_head(anchor: &Anchor) -> Option<SignedHead> {
    match anchor {
        Anchor::BatchHead {
            body, signature, ..
        } => Some(SignedHead {
            body: hex::decode(body).ok()?,
            signature: hex::decode(signature).ok()?,
        }),
        Anchor::JournalSeal { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        reason = "a script that stops has failed, and says where"
    )]

    use domain::event::EventBody;
    use domain::time::Window;
    use evidence_pack::verify_pack;

    use super::*;
    use crate::database::Place;
    use crate::down_link::gate_keys::KeyChange;
    use crate::questions::{Questions, tests as stored};

    fn pair(n: u8) -> SigningKeyPair {
        SigningKeyPair::from_seed(&[n; 32])
    }

    /// A passage that the gate signed with the key of seed 7.
    async fn site(folder: &tempfile::TempDir) -> EventStore {
        let file = folder.path().join("events.sqlite");
        let (gate, passage) = (decision::fixture::gate(), decision::fixture::clean());
        let event = stored::event(&passage, EventBody::PassageOpened);
        let payload = wire::record::encode_record(&gate, &event);
        stored::store_batch(&file, &gate, vec![payload], Some(&pair(7))).await;
        let store = EventStore::open(&Place::File(file)).await.unwrap();
        let questions = Questions::of(store.database().clone());
        questions.catch_up(|_| {}).await.unwrap();
        store
    }

    async fn change(store: &EventStore, seed: u8, state: KeyState) {
        let (gate, key) = (decision::fixture::gate(), pair(seed).public_key());
        let change = KeyChange {
            gate: &gate,
            key: &key,
            state,
            valid: Window {
                from: Timestamp::MIN,
                until: Timestamp::MAX,
            },
            by: "officer-07",
            why: "",
        };
        let link = DownLink::new(store.database());
        link.change_key(&change, decision::fixture::now())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn the_key_that_signed_is_named_though_the_gate_has_another_now() {
        let folder = tempfile::tempdir().unwrap();
        let store = site(&folder).await;
        let passage = decision::fixture::passage_id();
        let mut packer = Packer {
            signing: pair(9),
            gates: BTreeMap::new(),
            pictures: None,
        };
        let now = decision::fixture::now();
        let refused = packer.prepare(&store, &passage, None, now).await;
        assert!(matches!(refused, Err(PackerError::Stranger { .. })));
        change(&store, 7, KeyState::Active).await;
        change(&store, 8, KeyState::Active).await;
        let prepared = packer.prepare(&store, &passage, None, now).await.unwrap();
        assert_eq!(prepared.gate_key, pair(7).public_key());
        let mut pack = Vec::new();
        packer.write(&prepared, now, &mut pack).unwrap();
        let report = verify_pack(pack.as_slice(), &packer.keys(&prepared)).unwrap();
        assert_eq!(
            (report.problems.as_slice(), report.anchors.len()),
            (&[][..], 1)
        );
        // Nobody is asked to believe a revoked key, not even where it is configured.
        change(&store, 7, KeyState::Revoked).await;
        let gate = decision::fixture::gate();
        packer.gates.insert(gate.clone(), pair(7).public_key());
        let prepared = packer.prepare(&store, &passage, None, now).await.unwrap();
        assert_eq!(prepared.gate_key, pair(8).public_key());
        let elsewhere = packer.prepare(&store, &passage, Some("R/P/G"), now).await;
        assert!(matches!(elsewhere, Err(PackerError::Nothing { .. })));
    }
}
