//! A pack is proven as it was written, and no byte of it can be changed unnoticed.

use std::collections::BTreeMap;

use decision::fixture;
use domain::decision::Verdict;
use domain::digest::Digest;
use domain::event::{DecisionRecord, Event, EventBody, PassageEnd};
use domain::operator::LaneMode;
use domain::reading::PictureRef;
use domain::time::{TimeSource, UtcTime};
use sha2::{Digest as _, Sha256};
use store::chain::{self, Hash};
use store::journal::{Ed25519Signer, Signer as _, seal_message};
use wire::batch::Batch;
use wire::record::encode_record;
use wire::signature::SigningKeyPair;

use super::*;
use crate::archive::{BLOCK_BYTES, END_BYTES, END_NAME, padding, write_end, write_member};
use crate::manifest::*;
use crate::report::Structure;

const GATE_SEED: [u8; 32] = [7; 32];
const REGION_SEED: [u8; 32] = [9; 32];

fn gate_key() -> SigningKeyPair {
    SigningKeyPair::from_seed(&GATE_SEED)
}

fn region_key() -> SigningKeyPair {
    SigningKeyPair::from_seed(&REGION_SEED)
}

fn trusted() -> TrustedKeys {
    TrustedKeys {
        gates: vec![(None, gate_key().public_key())],
        region: Some(region_key().public_key()),
    }
}

fn digest(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

fn event(own: bool, body: EventBody) -> Event {
    Event {
        at: UtcTime {
            at: fixture::now(),
            source: TimeSource::Ntp,
        },
        lane: Some(fixture::lane()),
        passage: own.then(fixture::passage_id),
        body,
    }
}

fn album() -> BTreeMap<Digest, Vec<u8>> {
    let pictures = [vec![0xFF, 0xD8, 1, 2, 3], b"no picture at all".to_vec()];
    pictures.map(|bytes| (digest(&bytes), bytes)).into()
}

fn decided() -> DecisionRecord {
    let mut passage = fixture::clean();
    let mut kept: Vec<Digest> = album().keys().copied().collect();
    // One more than there are.
    kept.push(Digest([5; 32]));
    for (seen, sha256) in passage.evidence.plates.iter_mut().zip(kept.clone()) {
        let camera = fixture::scale();
        seen.picture = Some(PictureRef { sha256, camera });
    }
    for (seen, sha256) in passage.evidence.containers.iter_mut().zip(kept) {
        let camera = fixture::scale();
        seen.picture = Some(PictureRef { sha256, camera });
    }
    DecisionRecord {
        decision: passage.decide(),
        evidence: passage.evidence,
        facts: passage.facts,
        policy: passage.policy,
        mode: LaneMode::Live,
        withdrawal: None,
        attempt: 1,
    }
}

/// A gate's records: the passage's, among them and behind them others'.
fn records(decided: DecisionRecord) -> Vec<Vec<u8>> {
    let ended = EventBody::PassageEnded {
        end: PassageEnd::Completed,
        duration_ms: 40_000,
        decide_ms: 9,
        withdrawal: None,
        stage: None,
        post_check: false,
    };
    let events = [
        event(false, EventBody::GatewayStopped),
        event(true, EventBody::PassageOpened),
        event(false, EventBody::ArmLowered),
        event(true, EventBody::PassageDecided(Box::new(decided))),
        event(true, ended),
        event(false, EventBody::ArmRaised),
    ];
    events
        .iter()
        .map(|event| encode_record(&fixture::gate(), event))
        .collect()
}

fn gathered(records: &[Vec<u8>], anchor: impl Fn(u64, Hash) -> Option<Anchor>) -> Gathered {
    let mut hash = chain::genesis(&fixture::gate().to_string(), 1);
    let mut gatherer = Gatherer::new(fixture::gate(), fixture::passage_id());
    let mut sequence = 0;
    for payload in records {
        sequence += 1;
        gatherer.take(sequence, hash, payload).unwrap();
        hash = chain::next(&hash, sequence, payload);
    }
    gatherer.finish(anchor(sequence, hash)).unwrap()
}

fn seal(sequence: u64, hash: Hash) -> Option<Anchor> {
    let signer = Ed25519Signer::from_secret(&GATE_SEED);
    Some(Anchor::JournalSeal {
        sequence,
        hash: hash.to_string(),
        signature: hex::encode(signer.sign(&seal_message(sequence, &hash))),
    })
}

fn batch_head(sequence: u64, hash: Hash) -> Option<Anchor> {
    let batch = Batch {
        gate: fixture::gate(),
        epoch: 1,
        first_sequence: sequence,
        prev_hash: Digest::ZERO,
        payloads: vec![vec![1]],
        head_hash: Digest(hash.0),
    };
    let bytes = batch.sign_and_encode(&gate_key());
    let (_, head) = wire::batch::verify_batch_and_head(&bytes, &gate_key().public_key()).unwrap();
    Some(Anchor::BatchHead {
        sequence,
        hash: hash.to_string(),
        body: hex::encode(head.body),
        signature: hex::encode(head.signature),
    })
}

fn write(gathered: &Gathered, made_by: MadeBy, key: &SigningKeyPair) -> Vec<u8> {
    let maker = Maker {
        made_by,
        made_at: fixture::now(),
        epoch: 1,
        gate_key: gate_key().public_key(),
        key,
    };
    let album = album();
    let mut bytes = Vec::new();
    let mut pictures = |sha256: &Digest| {
        let kept = album.get(sha256).cloned();
        Ok(kept.map_or(Picture::Missing, Picture::Kept))
    };
    write_pack(&mut bytes, &maker, gathered, &mut pictures).unwrap();
    bytes
}

fn gate_pack() -> Vec<u8> {
    let gathered = gathered(&records(decided()), seal);
    write(&gathered, MadeBy::Gate, &gate_key())
}

/// Names and ranges of the members, header and padding included.
fn members(pack: &[u8]) -> Vec<(String, std::ops::Range<usize>)> {
    let report = verify_pack(pack, &trusted()).unwrap();
    let first = [
        (MANIFEST_NAME, report.manifest.encode().len() as u64),
        (SIGNATURE_NAME, crate::signature_file::SIGNATURE_FILE_BYTES),
    ]
    .map(|(name, size)| (name.to_owned(), size));
    let listed = report
        .manifest
        .members
        .iter()
        .map(|one| (one.name.clone(), one.size));
    let mut offset = 0;
    let mut found = Vec::new();
    for (name, size) in first.into_iter().chain(listed) {
        let start = offset;
        offset += BLOCK_BYTES + usize::try_from(size).unwrap() + padding(size);
        found.push((name, start..offset));
    }
    found.push((END_NAME.to_owned(), offset..offset + END_BYTES));
    assert_eq!(offset + END_BYTES, pack.len());
    found
}

/// What a proof names; empty if everything holds.
fn named(pack: &[u8], keys: &TrustedKeys) -> Vec<String> {
    match verify_pack(pack, keys) {
        Ok(report) => report
            .problems
            .iter()
            .map(|problem| problem.member.clone())
            .collect(),
        Err(error) => vec![error.member().unwrap_or("none").to_owned()],
    }
}

#[test]
fn a_pack_is_proven_and_tells_what_it_holds() {
    let pack = gate_pack();
    assert_eq!(pack, gate_pack(), "the same bytes for the same input");
    let report = verify_pack(pack.as_slice(), &trusted()).unwrap();
    assert_eq!(report.problems, []);
    assert!(report.is_proven() && report.is_whole());
    assert_eq!(report.manifest.events, [2, 4, 5]);
    assert_eq!((report.hidden_records, report.anchors.len()), (2, 1));
    let [again] = report.decisions.as_slice() else {
        panic!("{:?}", report.decisions)
    };
    assert_eq!(
        (again.recorded, again.again),
        (Verdict::Release, Verdict::Release)
    );
    assert!(again.findings > 0);
    let states = report.manifest.pictures.iter().map(|picture| picture.state);
    let count = |wanted| states.clone().filter(|state| *state == wanted).count();
    assert_eq!(count(PictureState::Present), 2);
    // The third picture, and the scan's image.
    assert!(count(PictureState::Missing) >= 1);
    // Nothing of the records between and behind.
    let text = String::from_utf8_lossy(&pack);
    assert!(text.contains("如何验证") && text.contains("How to prove it"));
    let hidden = encode_record(&fixture::gate(), &event(false, EventBody::ArmLowered));
    assert!(!pack.windows(hidden.len()).any(|part| part == hidden));
}

#[test]
fn a_region_vouches_for_its_pack_and_for_the_gates_batch() {
    let records = records(decided());
    for anchor in [batch_head, |_, _| None] {
        let gathered = gathered(&records, anchor);
        let pack = write(&gathered, MadeBy::Region, &region_key());
        let report = verify_pack(pack.as_slice(), &trusted()).unwrap();
        assert_eq!(report.problems, []);
        assert_eq!(report.anchors.len(), gathered.anchors.len());
    }
}

#[test]
fn only_trusted_keys_are_believed() {
    let pack = gate_pack();
    let mut keys = trusted();
    keys.gates[0].0 = Some(fixture::gate().to_string());
    assert_eq!(named(&pack, &keys), [""; 0]);
    keys.gates[0].0 = Some("5300/530001/other".to_owned());
    assert_eq!(named(&pack, &keys), ["pack.sig"]);
    keys.gates.clear();
    assert!(matches!(
        verify_pack(pack.as_slice(), &keys),
        Err(PackError::UntrustedKey { .. })
    ));
    // A gate's pack signed by the region is nobody's.
    let gathered = gathered(&records(decided()), seal);
    let pack = write(&gathered, MadeBy::Gate, &region_key());
    assert_eq!(named(&pack, &trusted()), ["pack.sig"]);
    let pack = write(&gathered, MadeBy::Region, &gate_key());
    assert_eq!(named(&pack, &trusted()), ["pack.sig"]);
}

/// A region that lies is found out by what the gate signed, and by the rules.
#[test]
fn a_maker_that_lies_is_found_out() {
    let lying = |decided| {
        let mut gathered = gathered(&records(self::decided()), batch_head);
        let true_anchors = std::mem::take(&mut gathered.anchors);
        let mut other = self::gathered(&records(decided), |_, _| None);
        other.digests.push(*gathered.digests.last().unwrap());
        other.anchors = true_anchors;
        write(&other, MadeBy::Region, &region_key())
    };
    let mut changed = decided();
    changed.attempt = 2;
    let report = verify_pack(lying(changed).as_slice(), &trusted()).unwrap();
    let said = report
        .problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    assert!(
        said.iter().any(|what| what.contains("not the chain's")),
        "{said:?}"
    );
    let mut changed = decided();
    changed.decision.verdict = Verdict::Review;
    let report = verify_pack(lying(changed).as_slice(), &trusted()).unwrap();
    let said = report
        .problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    assert!(
        said.iter().any(|what| what.contains("differs: verdict")),
        "{said:?}"
    );
    assert_eq!(report.decisions[0].again, Verdict::Release);
}

#[test]
fn any_changed_byte_is_found_and_named() {
    const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
    let pack = gate_pack();
    let members = members(&pack);
    // Each border once, then a thousand places (splitmix64).
    let mut places: Vec<usize> = members
        .iter()
        .flat_map(|(_, range)| [range.start, range.start + 130, range.end - 1])
        .collect();
    let mut state = SEED;
    for _ in 0..1_000 {
        state = state.wrapping_add(SEED);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        places.push(usize::try_from((mixed ^ (mixed >> 31)) % pack.len() as u64).unwrap());
    }
    for place in places {
        let mut changed = pack.clone();
        changed[place] ^= 1 << (place % 8);
        let (name, _) = members
            .iter()
            .find(|(_, range)| range.contains(&place))
            .unwrap();
        let found = named(&changed, &trusted());
        assert_eq!(found, [name.as_str()], "seed {SEED:#x}, byte {place}");
    }
}

#[test]
fn a_shortened_or_lengthened_pack_is_refused() {
    let pack = gate_pack();
    for len in [0, 1, BLOCK_BYTES, pack.len() / 2, pack.len() - 1] {
        assert!(matches!(
            verify_pack(&pack[..len], &trusted()),
            Err(PackError::Structure {
                what: Structure::Truncated,
                ..
            })
        ));
    }
    let mut longer = pack.clone();
    longer.push(0);
    assert_eq!(named(&longer, &trusted()), [END_NAME]);
    let mut twice = pack[..pack.len() - END_BYTES].to_vec();
    write_member(&mut twice, "story.txt", b"another").unwrap();
    write_end(&mut twice).unwrap();
    assert_eq!(named(&twice, &trusted()), [END_NAME]);
}

/// Lists of contents that no maker of ours writes, signed all the same.
#[test]
fn lists_that_play_tricks_are_refused() {
    let signed = |manifest: &Manifest| {
        let json = manifest.encode();
        let contents = digest(&json);
        let signature = crate::signature_file::SignatureFile {
            key: *gate_key().public_key().as_bytes(),
            contents,
            signature: wire::pack::sign_pack(&contents, &gate_key()),
        };
        let mut pack = Vec::new();
        write_member(&mut pack, MANIFEST_NAME, &json).unwrap();
        write_member(&mut pack, SIGNATURE_NAME, &signature.encode()).unwrap();
        write_end(&mut pack).unwrap();
        verify_pack(pack.as_slice(), &trusted())
            .unwrap_err()
            .to_string()
    };
    type Trick = fn(&mut Manifest);
    let tricks: [(Trick, &str); 8] = [
        (|m| m.version = 2, "is not kakou-evidence-pack 1"),
        (
            |m| m.members[0].name = "../README.txt".into(),
            "not those of its records",
        ),
        (
            |m| m.members.push(m.members[0].clone()),
            "not those of its records",
        ),
        (|m| m.members.truncate(3), "not those of its records"),
        (|m| m.events.push(5), "not in order"),
        (|m| m.events.push(u64::MAX), "not in order"),
        (|m| m.run.last_sequence = u64::MAX, "records in the run"),
        (|m| m.members[0].size = u64::MAX, "bytes, at most"),
    ];
    let manifest = verify_pack(gate_pack().as_slice(), &trusted())
        .unwrap()
        .manifest;
    for (trick, expected) in tricks {
        let mut changed = manifest.clone();
        trick(&mut changed);
        let said = signed(&changed);
        assert!(said.contains(expected), "{said}");
    }
    let mut changed = manifest.clone();
    let picture = changed
        .pictures
        .iter_mut()
        .find(|picture| picture.member.is_some());
    picture.unwrap().member = Some("/etc/passwd".into());
    let last = changed
        .members
        .iter_mut()
        .find(|one| one.name.starts_with("pictures"));
    last.unwrap().name = "/etc/passwd".into();
    // Such a name has no header in the only form that is read.
    assert!(crate::archive::header("/etc/passwd", 0).is_none());
    assert!(crate::archive::header("a/../../b", 0).is_none());
    assert!(signed(&changed).contains("another member stands here"));
}

#[test]
fn what_cannot_be_gathered_says_why() {
    let genesis = chain::genesis(&fixture::gate().to_string(), 1);
    let gatherer = || Gatherer::new(fixture::gate(), fixture::passage_id());
    assert!(matches!(
        gatherer().finish(None),
        Err(GatherError::NoSuchPassage { .. })
    ));
    let records = records(decided());
    let mut one = gatherer();
    one.take(2, genesis, &records[1]).unwrap();
    assert_eq!(
        one.take(4, genesis, &records[3]),
        Err(GatherError::Continuity { sequence: 4 })
    );
    let anchor = seal(9, genesis);
    assert_eq!(one.finish(anchor), Err(GatherError::Anchor { sequence: 9 }));
    let mut other = domain::id::GateAddress::clone(&fixture::gate());
    other.gate = domain::id::GateId::parse("other").unwrap();
    let mut one = Gatherer::new(other, fixture::passage_id());
    assert!(matches!(
        one.take(2, genesis, &records[1]),
        Err(GatherError::OtherGate { .. })
    ));
}
