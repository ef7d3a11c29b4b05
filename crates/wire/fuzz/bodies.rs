//! What every run of a fuzz target does with its bytes, and the messages it starts from. The
//! fuzzer and the ordinary tests share it. A panic is a finding; `true` says that some of the bytes
//! were taken.
//!
//! A message of the region or a gate is signed. Noise would never come past the signature, so the
//! bytes are signed here and what stands behind the check is tried too.

use domain::digest::Digest;
use domain::id::{GateAddress, GateId, PremisesId, RegionId};
use domain::ledger_row::Change;
use domain::time::Timestamp;
use ed25519_dalek::{Signer as _, SigningKey};
use wire::batch::{Batch, verify_batch};
use wire::ledger::DirectiveOrder;
use wire::policy::policy_digest;
use wire::signature::{PublicKey, SigningKeyPair};
use wire::snapshot::{SnapshotCursor, SnapshotHeader, SnapshotPart};
use wire::standing::{LedgerClaim, LedgerHead};
use wire::topic::Topic;
use wire::watermark::{GapRequest, Watermark};
use wire::{evidence, ledger, policy, record, snapshot, standing, watermark};

#[allow(dead_code, reason = "the unit tests use the rest of the samples")]
#[path = "../src/tests/samples.rs"]
mod samples;

/// Name, what a run does, where it starts from.
pub type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);
/// Every target of this crate.
pub const TARGETS: &[Target] = &[
    ("event", event, event_seeds),
    ("batch", batch, batch_seeds),
    ("ledger_messages", ledger_messages, ledger_messages_seeds),
    (
        "evidence_messages",
        evidence_messages,
        evidence_messages_seeds,
    ),
    ("topic", topic, topic_seeds),
];

const SECRET: [u8; 32] = [7; 32];

fn key() -> PublicKey {
    SigningKeyPair::from_seed(&SECRET).public_key()
}

/// A protobuf field of bytes.
fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = value.len();
    while length > 0x7f {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(value);
    bytes
}

/// `body` as a `Signed` of our key; `kind` is the prefix of its kind.
fn signed(kind: &str, body: &[u8]) -> Vec<u8> {
    let message = [format!("kakou/wire/{kind}/v1\0").as_bytes(), body].concat();
    let signature = SigningKey::from_bytes(&SECRET).sign(&message).to_bytes();
    [field(1, body), field(2, &signature)].concat()
}

fn gate() -> GateAddress {
    GateAddress {
        region: RegionId::parse("5300").expect("valid"),
        premises: PremisesId::parse("530001").expect("valid"),
        gate: GateId::parse("G1").expect("valid"),
    }
}

/// Any bytes as a record: an event that was taken is encoded and read as it was.
pub fn event(bytes: &[u8]) -> bool {
    let Ok((gate, event)) = record::decode_record(bytes) else {
        return false;
    };
    let again = record::decode_record(&record::encode_record(&gate, &event));
    assert_eq!(again.expect("our own encoding"), (gate, event));
    true
}

fn event_seeds() -> Vec<Vec<u8>> {
    let encode = |body| record::encode_record(&gate(), &samples::event(body));
    samples::bodies().into_iter().map(encode).collect()
}

/// Any bytes as a batch, and as the signed head of one. The first says how long the head is.
pub fn batch(bytes: &[u8]) -> bool {
    let mut is_read = verify_batch(bytes, &key()).is_ok();
    let Some((length, rest)) = bytes.split_first() else {
        return is_read;
    };
    let (head, payload) = rest.split_at(usize::from(*length).min(rest.len()));
    let signed = [field(1, &signed("batch", head)), field(2, payload)].concat();
    if let Ok(batch) = verify_batch(&signed, &key()) {
        assert_eq!(batch.payloads, [payload]);
        let again = batch.sign_and_encode(&SigningKeyPair::from_seed(&SECRET));
        assert_eq!(verify_batch(&again, &key()).expect("our own"), batch);
        is_read = true;
    }
    is_read
}

fn batch_seeds() -> Vec<Vec<u8>> {
    let payload = event_seeds().swap_remove(0);
    let batch = Batch {
        gate: gate(),
        epoch: 1,
        first_sequence: 41,
        prev_hash: Digest([1; 32]),
        payloads: vec![payload.clone()],
        head_hash: Digest([2; 32]),
    };
    let whole = batch.sign_and_encode(&SigningKeyPair::from_seed(&SECRET));
    // Batch 1: Signed; Signed 1: head. Both lengths take two bytes or one.
    let outer = 1 + length_bytes(&whole[1..]);
    let head_at = outer + 1 + length_bytes(&whole[outer + 1..]);
    let head_bytes = usize::from(whole[head_at - 1]);
    let head = &whole[head_at..head_at + head_bytes];
    let alone = [&[head_bytes as u8][..], head, &payload].concat();
    vec![whole, alone]
}

fn length_bytes(bytes: &[u8]) -> usize {
    1 + bytes.iter().take_while(|byte| **byte > 0x7f).count()
}

/// Any bytes as a message of the ledger's way down, signed where it has to be; the first says which.
/// What was taken is encoded and read as it was.
pub fn ledger_messages(bytes: &[u8]) -> bool {
    let Some((which, body)) = bytes.split_first() else {
        return false;
    };
    let (pair, key) = (SigningKeyPair::from_seed(&SECRET), key());
    // Not signed, it is refused whatever it is.
    assert!(ledger::decode_delta(body, &key).is_err());
    macro_rules! comes_back {
        ($decode:expr, $encode:expr) => {{
            let decode = $decode;
            let Ok(value) = decode(body.to_vec(), false) else {
                return false;
            };
            let again = decode($encode(&value), true);
            assert_eq!(again.expect("our own encoding"), value);
        }};
    }
    let ready = |kind, body: Vec<u8>, is_signed| {
        if is_signed { body } else { signed(kind, &body) }
    };
    match which % 9 {
        0 => comes_back!(
            |body, done| ledger::decode_delta(&ready("delta", body, done), &key),
            |delta| ledger::sign_delta(delta, &pair)
        ),
        1 => comes_back!(
            |body, done| ledger::decode_directive(&ready("directive", body, done), &key),
            |order| ledger::sign_directive(order, &pair)
        ),
        2 => comes_back!(
            |body, done| policy::verify_policy(&ready("policy", body, done), &key),
            |policy| policy::sign_policy(policy, &pair)
        ),
        3 => comes_back!(
            |body, done| watermark::decode_watermark(&ready("watermark", body, done), &key),
            |mark: &Watermark| mark.sign_and_encode(&pair)
        ),
        4 => comes_back!(
            |body, done| watermark::decode_gap_request(&ready("gap", body, done), &key),
            |gap: &GapRequest| gap.sign_and_encode(&pair)
        ),
        5 => comes_back!(
            |body, done| {
                standing::decode_ledger_claim(&ready("ledger-state", body, done), &key)
            },
            |claim: &LedgerClaim| claim.sign_and_encode(&pair)
        ),
        7 => comes_back!(
            |body, done| snapshot::decode_part(&ready("snapshot", body, done), &key),
            |part: &(GateAddress, SnapshotPart)| snapshot::sign_part(&part.0, &part.1, &pair)
        ),
        8 => comes_back!(
            |body, done| standing::decode_ledger_head(&ready("ledger-head", body, done), &key),
            |head: &LedgerHead| head.sign_and_encode(&pair)
        ),
        _ => comes_back!(
            |body: Vec<u8>, _| ledger::decode_row(&body),
            ledger::encode_row
        ),
    }
    true
}

/// What a gate has, what the region has for it, and a part of a snapshot.
fn standing_seeds(pair: &SigningKeyPair) -> impl Iterator<Item = (u8, Vec<u8>)> {
    let cursor = SnapshotCursor {
        revision: 3,
        hash: Digest([3; 32]),
        after_key: vec![4, 5],
    };
    let claim = LedgerClaim {
        gate: gate(),
        revision: Some(samples::revision()),
        said_at: Timestamp::from_seconds(1_772_352_000),
        snapshot: Some(cursor),
    };
    let head = LedgerHead {
        gate: gate(),
        revision: samples::revision(),
    };
    let part = SnapshotPart {
        header: SnapshotHeader {
            revision: 3,
            hash: Digest([3; 32]),
            issued_at: Timestamp::from_seconds(1_772_352_000),
        },
        after_key: Vec::new(),
        rows: samples::rows(),
        is_last: false,
    };
    [
        (5, claim.sign_and_encode(pair)),
        (8, head.sign_and_encode(pair)),
        (7, snapshot::sign_part(&gate(), &part, pair)),
    ]
    .into_iter()
}

fn ledger_messages_seeds() -> Vec<Vec<u8>> {
    let pair = SigningKeyPair::from_seed(&SECRET);
    let rows = samples::rows();
    let mut seeds: Vec<(u8, Vec<u8>)> = Vec::new();
    seeds.extend(rows.iter().map(|row| (6, ledger::encode_row(row))));
    let changes = rows.into_iter().map(|row| Change::Upsert(Box::new(row)));
    let delta = ledger::Delta {
        premises: gate().premises,
        revision: 1,
        previous: Digest::ZERO,
        issued_at: Timestamp::from_seconds(1_772_352_000),
        changes: changes.collect(),
    };
    seeds.push((0, ledger::delta_bytes(&delta)));
    let body = |message: Vec<u8>| {
        let at = 1 + length_bytes(&message[1..]);
        // The signature behind it: a tag, a length, 64 bytes.
        message[at..message.len() - 66].to_vec()
    };
    let directives = samples::directives();
    let bodies = directives.iter().map(|one| {
        let order = DirectiveOrder {
            gate: gate(),
            directive: one.clone(),
            revision: 3,
        };
        body(ledger::sign_directive(&order, &pair))
    });
    seeds.extend(bodies.map(|bytes| (1, bytes)));
    seeds.push((2, body(policy::sign_policy(&samples::policy(), &pair))));
    let mark = Watermark {
        gate: gate(),
        epoch: 1,
        sequence: 900,
        chain_hash: Digest([3; 32]),
    };
    seeds.push((3, body(mark.sign_and_encode(&pair))));
    let gap = GapRequest {
        gate: gate(),
        epoch: 1,
        from_sequence: 41,
    };
    seeds.push((4, body(gap.sign_and_encode(&pair))));
    seeds.extend(standing_seeds(&pair).map(|(which, message)| (which, body(message))));
    seeds
        .into_iter()
        .map(|(which, bytes)| [&[which][..], &bytes].concat())
        .collect()
}

/// Any bytes as a request for pictures or a piece of one, signed; the first says which. What was
/// taken is encoded and read as it was.
pub fn evidence_messages(bytes: &[u8]) -> bool {
    let Some((which, body)) = bytes.split_first() else {
        return false;
    };
    let (pair, key) = (SigningKeyPair::from_seed(&SECRET), key());
    if which % 2 == 0 {
        let Ok(request) = evidence::decode_request(&signed("evidence-request", body), &key) else {
            return false;
        };
        let again = evidence::decode_request(&request.sign_and_encode(&pair), &key);
        assert_eq!(again.expect("our own encoding"), request);
    } else {
        let Ok(content) = evidence::decode_content(&signed("evidence-content", body), &key) else {
            return false;
        };
        let again = evidence::decode_content(&content.sign_and_encode(&pair), &key);
        assert_eq!(again.expect("our own encoding"), content);
    }
    true
}

fn evidence_messages_seeds() -> Vec<Vec<u8>> {
    // Gate, one wanted file from an offset on; gate, hash, size, offset, piece.
    let address = [field(1, b"5300"), field(2, b"530001"), field(3, b"G1")].concat();
    let wanted = [field(1, &[3; 32]), vec![2 << 3, 200, 1]].concat();
    let request = [field(1, &address), field(2, &wanted)].concat();
    let numbers = vec![3 << 3, 9, 4 << 3, 4];
    let piece = field(5, b"piece");
    let content = [field(1, &address), field(2, &[3; 32]), numbers, piece].concat();
    let absent = [field(1, &address), field(2, &[3; 32])].concat();
    [(0, request), (1, content), (1, absent)]
        .into_iter()
        .map(|(which, bytes): (u8, Vec<u8>)| [&[which][..], &bytes].concat())
        .collect()
}

/// Any text as a topic: one that was taken is written as it was.
pub fn topic(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    match Topic::parse(text) {
        Ok(topic) => {
            assert_eq!(topic.to_string(), text);
            true
        }
        Err(error) => {
            assert!(error.raw.chars().count() <= 200);
            false
        }
    }
}

fn topic_seeds() -> Vec<Vec<u8>> {
    let mut names = Topic::subscriptions_of_gate(&gate());
    names.extend(Topic::subscriptions_of_region(&gate().region));
    names.push(Topic::Events(gate()).to_string());
    names.into_iter().map(String::into_bytes).collect()
}
