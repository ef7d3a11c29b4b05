//! What is stored → proof that nothing of it was changed, or the name of what was. Every gate's
//! chain is computed again from its beginning, and held against the hashes, the heads that the gate
//! signed, and the place that was acknowledged. Knows no event.

use std::collections::BTreeMap;

use domain::digest::Digest;
use domain::id::GateAddress;
use store::chain;
use wire::signature::{PublicKey, by_any};

use crate::event_store::{EventStore, StoreError};
use crate::receive::Head;

/// Records that are read at once.
const STEP: u32 = 1_000;
/// Most flaws that are told of one gate: a rewritten store needs no longer list.
pub const FLAWS_MAX: usize = 100;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Gate.
    pub gate: GateAddress,
    /// Sequence of the event.
    pub sequence: u64,
    /// What does not hold, in words.
    pub what: &'static str,
}

/// What was proven of one gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// First event that is stored; older ones have been retired, and their successor's hash is
    /// held by the next signed head alone.
    pub begins_at: u64,
    /// Events whose place in the chain holds.
    pub events: u64,
    /// Heads whose signature by the gate holds.
    pub signed_heads: u64,
    /// Events up to here are covered by a signature of the gate.
    pub signed_up_to: u64,
    /// What does not hold, in order, the first [`FLAWS_MAX`].
    pub flaws: Vec<Flaw>,
}

/// Proves everything stored of a gate. `keys` are all that it ever signed with; without any,
/// signatures are not looked at. `progress` is told how many events have been looked at.
///
/// # Errors
/// The store failed. What does not hold is no error, but told.
pub async fn prove(
    store: &EventStore,
    gate: &GateAddress,
    keys: &[PublicKey],
    mut progress: impl FnMut(u64),
) -> Result<Proven, StoreError> {
    let stored = store.heads([gate].into_iter()).await?;
    let head = stored
        .get(gate)
        .copied()
        .unwrap_or_else(|| Head::genesis(gate, 1));
    let mut walk = Walk {
        gate,
        hash: Head::genesis(gate, head.epoch).hash,
        next: 1,
        proven: Proven {
            begins_at: 1,
            events: 0,
            signed_heads: 0,
            signed_up_to: 0,
            flaws: Vec::new(),
        },
    };
    loop {
        let records = store.records(gate, walk.next, STEP).await?;
        let Some(last) = records.last().map(|record| record.sequence) else {
            break;
        };
        let mut hashes = BTreeMap::new();
        for record in &records {
            walk.record(record.sequence, &record.payload, record.hash);
            hashes.insert(record.sequence, record.hash);
        }
        if !keys.is_empty() {
            for (sequence, signed) in store.batch_heads(gate, records[0].sequence, last).await? {
                let signed = by_any(keys, |key| wire::batch::verify_head(&signed, key));
                walk.signed(sequence, hashes.get(&sequence), signed.ok().as_ref());
            }
        }
        progress(walk.proven.events);
    }
    if walk.next != head.sequence + 1 {
        walk.flaw(walk.next, "is acknowledged but not stored");
    } else if walk.hash != head.hash {
        walk.flaw(head.sequence, "is not the head that was acknowledged");
    }
    Ok(walk.proven)
}

struct Walk<'a> {
    gate: &'a GateAddress,
    /// Stored hash of the record before.
    hash: chain::Hash,
    next: u64,
    proven: Proven,
}

impl Walk<'_> {
    fn record(&mut self, sequence: u64, payload: &[u8], stored: chain::Hash) {
        if self.next == 1 && sequence > 1 {
            self.proven.begins_at = sequence;
        } else if sequence != self.next {
            self.flaw(self.next, "is missing");
        } else if chain::next(&self.hash, sequence, payload) == stored {
            self.proven.events += 1;
        } else {
            self.flaw(sequence, "does not follow from the one before: changed");
        }
        // From the stored hash on: one changed event is one flaw, not all that follow.
        self.hash = stored;
        self.next = sequence + 1;
    }

    fn signed(
        &mut self,
        sequence: u64,
        stored: Option<&chain::Hash>,
        signed: Option<&wire::batch::Head>,
    ) {
        let Some(head) = signed.filter(|head| head.gate == *self.gate) else {
            return self.flaw(sequence, "has a head whose signature is not the gate's");
        };
        let last = head.first_sequence + u64::from(head.count) - 1;
        let equal = stored.is_some_and(|hash| Digest(hash.0) == head.head_hash);
        if last == sequence && equal {
            self.proven.signed_heads += 1;
            self.proven.signed_up_to = sequence;
        } else {
            self.flaw(sequence, "is not what its gate signed");
        }
    }

    fn flaw(&mut self, sequence: u64, what: &'static str) {
        if self.proven.flaws.len() < FLAWS_MAX {
            self.proven.flaws.push(Flaw {
                gate: self.gate.clone(),
                sequence,
                what,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use crate::database::Place;
    use crate::event_store::{Append, Appended};
    use crate::receive::NewRecord;
    use domain::id::{GateId, PremisesId, RegionId};
    use domain::time::Timestamp;
    use wire::batch::{Batch, verify_batch_and_head};
    use wire::signature::SigningKeyPair;

    fn gate() -> GateAddress {
        GateAddress {
            region: RegionId::parse("5300").unwrap(),
            premises: PremisesId::parse("530001").unwrap(),
            gate: GateId::parse("G1").unwrap(),
        }
    }

    /// Ten events in two batches, as a collector stores them.
    async fn store_in(file: &Path, key: &SigningKeyPair) -> EventStore {
        let gate = gate();
        let store = EventStore::open(&Place::File(file.to_owned()))
            .await
            .unwrap();
        let mut head = store.heads([&gate].into_iter()).await.unwrap()[&gate];
        for first in [1, 6_u64] {
            let before = head;
            let payloads: Vec<Vec<u8>> = (first..first + 5)
                .map(|n| format!("event {n}").into_bytes())
                .collect();
            let mut records = Vec::new();
            for (sequence, payload) in (first..).zip(&payloads) {
                head.sequence = sequence;
                head.hash = chain::next(&head.hash, sequence, payload);
                let (hash, payload) = (head.hash, payload.clone());
                records.push(NewRecord {
                    sequence,
                    hash,
                    payload,
                });
            }
            let batch = Batch {
                gate: gate.clone(),
                epoch: 1,
                first_sequence: first,
                prev_hash: Digest(before.hash.0),
                payloads,
                head_hash: Digest(head.hash.0),
            };
            let bytes = batch.sign_and_encode(key);
            let (_, signed) = verify_batch_and_head(&bytes, &key.public_key()).unwrap();
            let append = Append {
                gate: gate.clone(),
                before,
                after: head,
                records,
                signed: vec![(head.sequence, signed)],
            };
            let now = Timestamp::from_seconds(1_800_000_000);
            let stored = store.append(now, &[append]).await.unwrap();
            assert_eq!(stored, Appended::Stored);
        }
        store
    }

    #[tokio::test]
    async fn a_changed_store_is_found_and_the_event_named() {
        let key = SigningKeyPair::from_seed(&[7; 32]);
        for (change, wanted) in [
            ("SELECT 1", None),
            (
                "UPDATE event SET payload = x'00' WHERE sequence = 4",
                Some((4, "changed")),
            ),
            (
                "UPDATE event SET hash = zeroblob(32) WHERE sequence = 7",
                Some((7, "changed")),
            ),
            ("DELETE FROM event WHERE sequence = 3", Some((3, "missing"))),
            (
                "DELETE FROM event WHERE sequence = 10",
                Some((10, "acknowledged")),
            ),
            (
                "UPDATE head SET hash = zeroblob(32)",
                Some((10, "not the head")),
            ),
            (
                "UPDATE batch_head SET signature = zeroblob(64) WHERE sequence = 5",
                Some((5, "signature")),
            ),
            (
                "UPDATE batch_head SET sequence = 9 WHERE sequence = 10",
                Some((9, "gate signed")),
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("region.sqlite");
            let store = store_in(&file, &key).await;
            let other = rusqlite::Connection::open(&file).unwrap();
            other.execute_batch(change).unwrap();
            let proven = prove(&store, &gate(), &[key.public_key()], |_| {})
                .await
                .unwrap();
            match wanted {
                None => {
                    assert_eq!(proven.flaws, []);
                    assert_eq!((proven.events, proven.signed_heads), (10, 2));
                    assert_eq!((proven.begins_at, proven.signed_up_to), (1, 10));
                }
                Some((sequence, word)) => {
                    let named = proven
                        .flaws
                        .iter()
                        .any(|flaw| flaw.sequence == sequence && flaw.what.contains(word));
                    assert!(named, "{change}: {:?}", proven.flaws);
                }
            }
        }
    }

    /// Whoever rewrites events and the whole chain after them has no signature of the gate.
    #[tokio::test]
    async fn a_chain_that_was_made_anew_is_not_what_the_gate_signed() {
        let (key, forger) = ([7; 32], [8; 32]);
        let folder = tempfile::tempdir().unwrap();
        let forged = store_in(
            &folder.path().join("forged.sqlite"),
            &SigningKeyPair::from_seed(&forger),
        )
        .await;
        let key = SigningKeyPair::from_seed(&key).public_key();
        let proven = prove(&forged, &gate(), &[key], |_| {}).await.unwrap();
        assert_eq!((proven.events, proven.signed_heads), (10, 0));
        assert_eq!(proven.flaws.len(), 2);
    }
}
