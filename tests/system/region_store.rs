//! Goal: SQLite and PostgreSQL keep and answer the same, and what is stored outlives a killed
//! server. Method: one script of appends and questions against both, its answers compared.
#![allow(
    clippy::unwrap_used,
    reason = "a script that stops has failed, and says where"
)]

use std::path::Path;
use std::time::Duration;

use domain::event::{DecisionRecord, Event, EventBody};
use domain::id::{GateAddress, GateId, PremisesId, RegionId};
use domain::operator::LaneMode;
use domain::time::{TimeSource, Timestamp, UtcTime};
use region::database::{DatabaseError, Place};
use region::event_store::{Append, Appended, EventStore};
use region::questions::search::Search;
use region::questions::{Questions, Subject};
use region::receive::{Head, NewRecord};
use sim::live::postgres::Postgres;
use store::chain;
use wire::batch::SignedHead;

const DAY: Duration = Duration::from_secs(86_400);

fn gate(name: &str) -> GateAddress {
    GateAddress {
        region: RegionId::parse("5300").unwrap(),
        premises: PremisesId::parse("CNSZX53S001").unwrap(),
        gate: GateId::parse(name).unwrap(),
    }
}

/// What continues `before` with these payloads.
fn append(gate: &GateAddress, before: Head, payloads: &[Vec<u8>]) -> Append {
    let mut after = before;
    let mut records = Vec::new();
    for payload in payloads {
        after.sequence += 1;
        after.hash = chain::next(&after.hash, after.sequence, payload);
        records.push(NewRecord {
            sequence: after.sequence,
            hash: after.hash,
            payload: payload.clone(),
        });
    }
    let head = SignedHead {
        body: after.sequence.to_be_bytes().to_vec(),
        signature: vec![7; 64],
    };
    Append {
        gate: gate.clone(),
        before,
        after,
        records,
        signed: vec![(after.sequence, head)],
    }
}

/// Opened, decided, arm raised; the clock of the second passage was set back.
fn passage(gate: &GateAddress) -> Vec<Vec<u8>> {
    let passage = decision::fixture::clean();
    let decided = DecisionRecord {
        evidence: passage.evidence.clone(),
        facts: passage.facts.clone(),
        policy: passage.policy.clone(),
        decision: passage.decide(),
        mode: LaneMode::Live,
        withdrawal: None,
        attempt: 1,
    };
    [
        (0, EventBody::PassageOpened),
        (10, EventBody::PassageDecided(Box::new(decided))),
        (3, EventBody::ArmRaised),
    ]
    .into_iter()
    .map(|(after_s, body)| {
        let event = Event {
            at: UtcTime {
                at: passage.evidence.frozen.at + Duration::from_secs(after_s),
                source: TimeSource::Ntp,
            },
            lane: Some(passage.evidence.lane.clone()),
            passage: Some(passage.evidence.passage.clone()),
            body,
        };
        wire::record::encode_record(gate, &event)
    })
    .collect()
}

/// The script; every answer is put into words.
async fn script(place: &Place) -> Vec<String> {
    let mut said = Vec::new();
    let store = EventStore::open(place).await.unwrap();
    let (one, two, none) = (gate("G1"), gate("G2"), gate("G3"));
    let all = [one.clone(), two.clone(), none.clone()];
    let heads = store.heads(all.iter()).await.unwrap();
    assert_eq!(heads[&one], Head::genesis(&one, 1));
    let first_day = Timestamp::parse("2099-01-01T23:59:59Z").unwrap();
    let story = passage(&one);
    let first = append(&one, heads[&one], &story[..2]);
    let other = append(&two, heads[&two], &[b"newer language".to_vec()]);
    let both = [first.clone(), other.clone()];
    assert_eq!(
        store.append(first_day, &both).await.unwrap(),
        Appended::Stored
    );
    // The rest of the passage is stored a day later.
    let rest = append(&one, first.after, &story[2..]);
    let later = [rest.clone()];
    let stored = store.append(first_day + DAY, &later).await.unwrap();
    assert_eq!(stored, Appended::Stored);
    // Whoever comes with an old head has been overtaken, and nothing of the rest is stored.
    let more = append(&two, other.after, &[b"more".to_vec()]);
    let late = store
        .append(first_day, &[first.clone(), more])
        .await
        .unwrap();
    assert_eq!(late, Appended::Overtaken);
    store
        .alarm(first_day, "nobody", "unknown gate", "why")
        .await
        .unwrap();

    let heads = store.heads(all.iter()).await.unwrap();
    assert_eq!((heads[&one], heads[&two]), (rest.after, other.after));
    let hashes = store.hashes(&one, 2, 9).await.unwrap();
    assert_eq!(hashes.keys().copied().collect::<Vec<u64>>(), [2, 3]);
    said.push(format!("{hashes:?}"));
    said.push(format!("{:?}", store.records(&one, 2, 10).await.unwrap()));
    said.push(format!("{:?}", store.gates().await.unwrap()));
    for (sequence, batch_end) in [(1, Some(2)), (2, Some(2)), (3, Some(3)), (4, None)] {
        let found = store.batch_head(&one, sequence).await.unwrap();
        assert_eq!(found.as_ref().map(|(end, _)| *end), batch_end);
        said.push(format!("{found:?}"));
    }

    let questions = Questions::open(place).await.unwrap();
    assert_eq!(questions.catch_up(|_| {}).await.unwrap(), 4);
    assert_eq!(questions.catch_up(|_| {}).await.unwrap(), 0);
    said.push(format!("{:?}", questions.unread().await.unwrap()));
    let fixture = decision::fixture::clean();
    let extent = store.extent(&one, &fixture.evidence.passage).await.unwrap();
    assert_eq!(extent, Some((1, 3)));
    let plate = fixture.facts.found_pass().unwrap().vehicle.clone();
    let subject = Subject::Plate(plate.as_str().to_owned());
    let found = questions
        .passages(&subject, Timestamp::MIN, Timestamp::MAX)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let told = questions.story(&found[0].passage).await.unwrap();
    assert_eq!(told.len(), 3);
    said.push(format!("{found:?} {told:?}"));
    said.extend(figures(&questions).await);
    let alarms = store.alarms().await.unwrap();
    let kinds: Vec<&str> = alarms.iter().map(|alarm| alarm.kind.as_str()).collect();
    assert_eq!(kinds, ["unknown gate", "clock jump"]);
    said.push(format!("{alarms:?}"));
    said
}

/// What statistics, search and overview read.
async fn figures(questions: &Questions) -> Vec<String> {
    let mut said = Vec::new();
    let (since, until) = (Timestamp::MIN, Timestamp::MAX);
    let mut facts = Vec::new();
    let complete = questions
        .facts(since, until, |fact| facts.push(format!("{fact:?}")))
        .await
        .unwrap();
    assert!(complete);
    assert_eq!(facts.len(), 1, "one decision: {facts:?}");
    said.extend(facts);
    let pass = decision::fixture::pass_number();
    for subject in [None, Some(Subject::Pass(pass.as_str().to_owned()))] {
        let mut search = Search {
            subject,
            premises: Some("CNSZX53S001".to_owned()),
            gate: None,
            since,
            until,
            after: None,
            limit: 10,
        };
        let page = questions.search(&search).await.unwrap();
        assert_eq!(page.len(), 1);
        search.after = Some(page[0].cursor());
        assert_eq!(questions.search(&search).await.unwrap(), []);
        said.push(format!("{page:?}"));
    }
    let plate = decision::fixture::plate();
    let related = questions.related(plate.as_str(), since, until, 10).await;
    assert_eq!(related.as_ref().unwrap().len(), 1);
    said.push(format!("{related:?}"));
    said.push(format!("{:?}", questions.gates().await.unwrap()));
    said.push(format!(
        "{:?}",
        questions.alarms(i64::MAX, 1).await.unwrap()
    ));
    said
}

#[tokio::test]
async fn both_engines_answer_alike_and_a_killed_server_keeps_its_word() {
    let folder = tempfile::tempdir().unwrap();
    let file = Place::File(folder.path().join("region.sqlite"));
    let mut server = Postgres::start().await.unwrap();
    let place = Place::Server(server.url());
    assert_eq!(script(&file).await, script(&place).await);

    let store = EventStore::open(&place).await.unwrap();
    let one = gate("G1");
    let head = store.heads([&one].into_iter()).await.unwrap()[&one];
    let last = append(&one, head, &[b"acknowledged".to_vec()]);
    let now = Timestamp::parse("2099-01-03T00:00:00Z").unwrap();
    assert_eq!(
        store
            .append(now, std::slice::from_ref(&last))
            .await
            .unwrap(),
        Appended::Stored
    );
    server.kill().await.unwrap();
    let lost = store
        .append(now, &[append(&one, last.after, &[vec![1]])])
        .await;
    let error = lost.expect_err("the server is dead");
    assert!(
        matches!(&error, region::event_store::StoreError::Database(error) if error.is_outage()),
        "{error:?}"
    );
    server.resume().await.unwrap();
    let heads = store.heads([&one].into_iter()).await.unwrap();
    assert_eq!(heads[&one], last.after);
    assert_eq!(script_again(&place).await, 5);
}

/// A second opening finds the schema as it is.
async fn script_again(place: &Place) -> usize {
    let store = EventStore::open(place).await.unwrap();
    let (one, two) = (gate("G1"), gate("G2"));
    let mut count = 0;
    for gate in [&one, &two] {
        count += store.records(gate, 1, 100).await.unwrap().len();
    }
    count
}

#[tokio::test]
async fn places_that_are_no_store_are_refused_with_the_way_out() {
    for (url, word) in [
        ("postgres://kakou@db.example/kakou", "sslmode=verify-full"),
        ("postgres://:::", "postgres://user@host"),
    ] {
        let error = EventStore::open(&Place::Server(url.to_owned()))
            .await
            .expect_err(url);
        assert!(error.to_string().contains(word), "{error}");
    }
    let gone = Place::Server("postgres://kakou@127.0.0.1:1/kakou".to_owned());
    let error = EventStore::open(&gone).await.expect_err("nobody listens");
    assert!(error.to_string().contains("127.0.0.1:1/kakou"), "{error}");
    let newer = tempfile::tempdir().unwrap();
    let file = newer.path().join("newer.sqlite");
    EventStore::open(&Place::File(file.clone())).await.unwrap();
    set_version(&file, 999);
    let error = EventStore::open(&Place::File(file))
        .await
        .expect_err("newer");
    assert!(
        matches!(
            error,
            region::event_store::StoreError::Database(DatabaseError::Newer { found: 999, .. })
        ),
        "{error}"
    );
}

/// The version of the schema stands at byte 60 of a SQLite file, big-endian.
fn set_version(file: &Path, version: u32) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[60..64].copy_from_slice(&version.to_be_bytes());
    std::fs::write(file, bytes).unwrap();
}
