//! Stored events → one passage with its run of the gate's chain, and the batch head that the gate
//! signed over it.

use domain::id::{GateAddress, PassageId};
use evidence_pack::{Anchor, GatherError, Gathered, Gatherer};
use store::chain;

use crate::event_store::{EventStore, StoreError};
use crate::receive::Head;

/// Records read at once.
const STEP: u32 = 1_000;

/// Why a passage cannot be gathered.
#[derive(Debug, thiserror::Error)]
pub enum PackingError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The records do not make a pack.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// What is stored is not what was received.
    #[error(
        "record {sequence} of {gate} does not follow from the one before it: the store is damaged"
    )]
    Damaged {
        /// Gate.
        gate: String,
        /// Sequence.
        sequence: u64,
    },
}

/// Everything of a passage between its first and last stored record, up to the head of the batch
/// that brought the last one.
///
/// # Errors
/// The store failed or is damaged, or nothing is stored of the passage.
pub async fn gather(
    store: &EventStore,
    gate: &GateAddress,
    passage: &PassageId,
) -> Result<Gathered, PackingError> {
    let nothing = || GatherError::NoSuchPassage {
        passage: passage.to_string(),
    };
    let (first, last) = store.extent(gate, passage).await?.ok_or_else(nothing)?;
    let anchor = store.batch_head(gate, last).await?;
    let end = anchor.as_ref().map_or(last, |(sequence, ..)| *sequence);
    let mut hash = match first.saturating_sub(1) {
        0 => Head::genesis(gate, 1).hash,
        before => *store
            .hashes(gate, before, before)
            .await?
            .get(&before)
            .ok_or_else(nothing)?,
    };
    let mut gatherer = Gatherer::new(gate.clone(), passage.clone());
    let mut next = first;
    while next <= end {
        let records = store.records(gate, next, STEP).await?;
        if records.is_empty() {
            break;
        }
        for record in records
            .into_iter()
            .take_while(|record| record.sequence <= end)
        {
            gatherer.take(record.sequence, hash, &record.payload)?;
            hash = chain::next(&hash, record.sequence, &record.payload);
            if hash != record.hash {
                return Err(PackingError::Damaged {
                    gate: gate.to_string(),
                    sequence: record.sequence,
                });
            }
            next = record.sequence + 1;
        }
    }
    let anchor = anchor.map(|(sequence, head)| Anchor::BatchHead {
        sequence,
        hash: hash.to_string(),
        body: hex::encode(head.body),
        signature: hex::encode(head.signature),
    });
    Ok(gatherer.finish(anchor)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Place;
    use crate::event_store::{Append, Appended};
    use crate::questions::Questions;
    use crate::receive::NewRecord;
    use decision::fixture;
    use domain::digest::Digest;
    use domain::event::{Event, EventBody};
    use domain::time::{TimeSource, Timestamp, UtcTime};
    use evidence_pack::{MadeBy, Maker, Picture, TrustedKeys, verify_pack, write_pack};
    use wire::batch::{Batch, verify_batch_and_head};
    use wire::signature::SigningKeyPair;

    /// Stores batches of events, signed by the gate; of each event, whether it is the passage's.
    async fn stored(place: &Place, batches: &[&[bool]], key: &SigningKeyPair) -> EventStore {
        let gate = fixture::gate();
        let store = EventStore::open(place).await.unwrap();
        let mut before = Head::genesis(&gate, 1);
        store.heads([&gate].into_iter()).await.unwrap();
        for own in batches {
            let mut after = before;
            let records: Vec<NewRecord> = own
                .iter()
                .map(|own| {
                    let event = Event {
                        at: UtcTime {
                            at: fixture::now(),
                            source: TimeSource::Ntp,
                        },
                        lane: Some(fixture::lane()),
                        passage: own.then(fixture::passage_id),
                        body: EventBody::PassageOpened,
                    };
                    let payload = wire::record::encode_record(&gate, &event);
                    after.sequence += 1;
                    after.hash = chain::next(&after.hash, after.sequence, &payload);
                    NewRecord {
                        sequence: after.sequence,
                        hash: after.hash,
                        payload,
                    }
                })
                .collect();
            let batch = Batch {
                gate: gate.clone(),
                epoch: 1,
                first_sequence: before.sequence + 1,
                prev_hash: Digest(before.hash.0),
                payloads: records.iter().map(|one| one.payload.clone()).collect(),
                head_hash: Digest(after.hash.0),
            };
            let bytes = batch.sign_and_encode(key);
            let (_, head) = verify_batch_and_head(&bytes, &key.public_key()).unwrap();
            let append = Append {
                gate: gate.clone(),
                before,
                after,
                records,
                signed: vec![(after.sequence, head)],
            };
            let at = Timestamp::parse("2099-01-01T00:00:00Z").unwrap();
            assert_eq!(store.append(at, &[append]).await.unwrap(), Appended::Stored);
            before = after;
        }
        let questions = Questions::of(store.database().clone());
        questions.catch_up(|_| ()).await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_stored_passage_is_packed_up_to_the_head_of_its_last_batch() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::File(folder.path().join("events.sqlite"));
        let (gate_key, region_key) = (
            SigningKeyPair::from_seed(&[7; 32]),
            SigningKeyPair::from_seed(&[9; 32]),
        );
        let batches: [&[bool]; 3] = [&[false, true], &[false, true, false], &[false]];
        let store = stored(&place, &batches, &gate_key).await;
        let (gate, passage) = (fixture::gate(), fixture::passage_id());
        let gathered = gather(&store, &gate, &passage).await.unwrap();
        let own: Vec<u64> = gathered.records.iter().map(|one| one.sequence).collect();
        assert_eq!((own.as_slice(), gathered.digests.len()), (&[2, 4][..], 4));
        let maker = Maker {
            made_by: MadeBy::Region,
            made_at: fixture::now(),
            epoch: 1,
            gate_key: gate_key.public_key(),
            key: &region_key,
        };
        let mut pack = Vec::new();
        write_pack(&mut pack, &maker, &gathered, &mut |_| Ok(Picture::Missing)).unwrap();
        let keys = TrustedKeys {
            gates: vec![(Some(gate.to_string()), gate_key.public_key())],
            region: Some(region_key.public_key()),
        };
        let report = verify_pack(pack.as_slice(), &keys).unwrap();
        assert_eq!(report.problems, []);
        assert_eq!(report.anchors.len(), 1);
        let other = PassageId::parse("E9-1-1").unwrap();
        let refused = gather(&store, &gate, &other).await.unwrap_err();
        assert!(
            refused.to_string().contains("nothing is recorded"),
            "{refused}"
        );
    }
}
