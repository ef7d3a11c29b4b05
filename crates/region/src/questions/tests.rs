//! A store filled by hand, asked like the real one.

use super::*;
use std::path::Path;

use crate::event_store::{Append, Appended, EventStore};
use crate::receive::NewRecord;
use domain::digest::Digest;
use domain::event::DecisionRecord;
use domain::id::GateAddress;
use domain::operator::LaneMode;
use domain::time::{TimeSource, UtcTime};
use store::chain;
use wire::batch::{Batch, verify_batch_and_head};
use wire::signature::SigningKeyPair;

pub(crate) fn record(passage: &decision::fixture::Passage) -> DecisionRecord {
    DecisionRecord {
        evidence: passage.evidence.clone(),
        facts: passage.facts.clone(),
        policy: passage.policy.clone(),
        decision: passage.decide(),
        mode: LaneMode::Live,
        withdrawal: None,
        attempt: 1,
    }
}

pub(crate) fn event(passage: &decision::fixture::Passage, body: EventBody) -> Event {
    Event {
        at: UtcTime {
            at: passage.evidence.frozen.at,
            source: TimeSource::Ntp,
        },
        lane: Some(passage.evidence.lane.clone()),
        passage: Some(passage.evidence.passage.clone()),
        body,
    }
}

pub(crate) async fn store(file: &Path, gate: &GateAddress, events: &[Event]) {
    let encoded = events
        .iter()
        .map(|event| wire::record::encode_record(gate, event));
    store_payloads(file, gate, encoded.collect()).await;
}

pub(crate) async fn store_payloads(file: &Path, gate: &GateAddress, payloads: Vec<Vec<u8>>) {
    store_batch(file, gate, payloads, None).await;
}

/// As [`store_payloads`]; with a key, the gate has signed them as one batch.
pub(crate) async fn store_batch(
    file: &Path,
    gate: &GateAddress,
    payloads: Vec<Vec<u8>>,
    key: Option<&SigningKeyPair>,
) {
    let store = EventStore::open(&Place::File(file.to_owned()))
        .await
        .unwrap();
    let before = store.heads([gate].into_iter()).await.unwrap()[gate];
    let mut head = before;
    let mut records = Vec::new();
    for payload in payloads {
        head.sequence += 1;
        head.hash = chain::next(&head.hash, head.sequence, &payload);
        records.push(NewRecord {
            sequence: head.sequence,
            hash: head.hash,
            payload,
        });
    }
    let signed = key.map(|key| {
        let batch = Batch {
            gate: gate.clone(),
            epoch: before.epoch,
            first_sequence: before.sequence + 1,
            prev_hash: Digest(before.hash.0),
            payloads: records.iter().map(|one| one.payload.clone()).collect(),
            head_hash: Digest(head.hash.0),
        };
        let bytes = batch.sign_and_encode(key);
        let (_, signed) = verify_batch_and_head(&bytes, &key.public_key()).unwrap();
        (head.sequence, signed)
    });
    let append = Append {
        gate: gate.clone(),
        before,
        after: head,
        records,
        signed: signed.into_iter().collect(),
    };
    // The moment of the fixture, an hour later: its clock is the region's.
    let at = Timestamp::parse("2099-01-01T00:00:00Z").unwrap();
    let stored = store.append(at, &[append]).await.unwrap();
    assert_eq!(stored, Appended::Stored);
}

#[tokio::test]
async fn a_passage_is_found_by_everything_it_names_and_told_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.sqlite");
    let passage = decision::fixture::clean();
    let gate = passage.evidence.gate.clone();
    let decided = EventBody::PassageDecided(Box::new(record(&passage)));
    store(
        &file,
        &gate,
        &[
            event(&passage, EventBody::PassageOpened),
            event(&passage, decided),
            event(&passage, EventBody::ArmRaised),
        ],
    )
    .await;
    let questions = Questions::open(&Place::File(file)).await.unwrap();
    assert_eq!(questions.catch_up(|_| {}).await.unwrap(), 3);
    assert_eq!(questions.catch_up(|_| {}).await.unwrap(), 0);
    let pass = passage.facts.found_pass().unwrap();
    let all = (Timestamp::MIN, Timestamp::MAX);
    for subject in [
        Subject::Plate(pass.vehicle.as_str().to_owned()),
        Subject::Plate(pass.trailer.clone().unwrap().as_str().to_owned()),
        Subject::Container(pass.containers[0].number.as_str().to_owned()),
        Subject::Pass(pass.number.as_str().to_owned()),
    ] {
        let found = questions.passages(&subject, all.0, all.1).await.unwrap();
        assert_eq!(found.len(), 1, "{subject:?}");
        assert_eq!(found[0].passage, passage.evidence.passage.as_str());
        let before = passage.evidence.opened.at;
        assert!(
            questions
                .passages(&subject, all.0, before)
                .await
                .unwrap()
                .is_empty()
        );
    }
    let other = Subject::Plate("粤X00000".to_owned());
    assert!(
        questions
            .passages(&other, all.0, all.1)
            .await
            .unwrap()
            .is_empty()
    );
    let story = questions
        .story(passage.evidence.passage.as_str())
        .await
        .unwrap();
    let sequences: Vec<u64> = story.iter().map(|told| told.sequence).collect();
    assert_eq!(sequences, [1, 2, 3]);
    assert!(outcome(&story).starts_with("decided Release"));
    assert!(questions.story("nobody").await.unwrap().is_empty());
}

#[tokio::test]
async fn an_event_that_cannot_be_read_takes_no_other_answer_away() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.sqlite");
    let passage = decision::fixture::clean();
    let gate = passage.evidence.gate.clone();
    let decided = EventBody::PassageDecided(Box::new(record(&passage)));
    let mut payloads = vec![b"newer".to_vec()];
    payloads.push(wire::record::encode_record(
        &gate,
        &event(&passage, decided),
    ));
    store_payloads(&file, &gate, payloads).await;
    let questions = Questions::open(&Place::File(file)).await.unwrap();
    assert_eq!(questions.catch_up(|_| {}).await.unwrap(), 2);
    let unread = questions.unread().await.unwrap();
    assert_eq!((unread.len(), unread[0].1), (1, 1));
    let plate = passage.facts.found_pass().unwrap().vehicle.clone();
    let subject = Subject::Plate(plate.as_str().to_owned());
    let found = questions
        .passages(&subject, Timestamp::MIN, Timestamp::MAX)
        .await;
    assert_eq!(found.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        Questions::open(&Place::File(folder.path().join("none.sqlite")))
            .await
            .is_err()
    );
    let text = folder.path().join("text.sqlite");
    std::fs::write(&text, "no database").unwrap();
    assert!(Questions::open(&Place::File(text)).await.is_err());
}
