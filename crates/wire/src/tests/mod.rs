//! Everything that travels comes back the same; what was touched on the way is refused.

mod samples;

use decision::fixture;
use domain::digest::{Digest, KeyBytes};
use domain::event::EventBody;
use domain::id::RegionId;
use domain::ledger_row::Change;
use ledger::snapshot::{SnapshotCursor, SnapshotHeader, SnapshotPart};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::batch::{Batch, verify_batch};
use crate::evidence::{
    EvidenceContent, EvidenceRequest, PIECE_BYTES_MAX, Wanted, decode_content, decode_request,
};
use crate::ledger::{
    Delta, DirectiveOrder, decode_delta, decode_directive, decode_row, delta_hash, encode_row,
    sign_delta, sign_directive,
};
use crate::pack::{sign_pack, verify_pack};
use crate::policy::{decode_policy, encode_policy, policy_digest, sign_policy, verify_policy};
use crate::record::{decode_record, encode_record};
use crate::signature::{PublicKey, SigningKeyPair, by_any};
use crate::snapshot::{decode_part, sign_part};
use crate::standing::{
    LedgerClaim, LedgerHead, decode_kept_revision, decode_ledger_claim, decode_ledger_head,
    encode_kept_revision,
};
use crate::succession::{Succession, decode_successions, encode_successions};
use crate::watermark::{GapRequest, Watermark, decode_gap_request, decode_watermark};

fn key() -> SigningKeyPair {
    SigningKeyPair::from_seed(&[7; 32])
}

fn batch() -> Batch {
    let payloads = samples::bodies()
        .into_iter()
        .map(|body| encode_record(&fixture::gate(), &samples::event(body)))
        .collect();
    Batch {
        gate: fixture::gate(),
        epoch: 1,
        first_sequence: 40,
        prev_hash: Digest([1; 32]),
        payloads,
        head_hash: Digest([2; 32]),
    }
}

fn delta() -> Delta {
    let mut changes: Vec<Change> = samples::rows()
        .into_iter()
        .map(|row| Change::Upsert(Box::new(row)))
        .collect();
    changes.extend(samples::rows().iter().map(|row| Change::Remove(row.key())));
    Delta {
        premises: fixture::gate().premises,
        revision: 9,
        previous: Digest([4; 32]),
        issued_at: fixture::now(),
        changes,
    }
}

#[test]
fn every_event_comes_back_the_same() {
    for body in samples::bodies() {
        let event = samples::event(body);
        let bytes = encode_record(&fixture::gate(), &event);
        assert_eq!(decode_record(&bytes), Ok((fixture::gate(), event)));
    }
    let mut bare = samples::event(EventBody::GatewayStopped);
    (bare.lane, bare.passage) = (None, None);
    let bytes = encode_record(&fixture::gate(), &bare);
    assert_eq!(decode_record(&bytes), Ok((fixture::gate(), bare)));
}

#[test]
fn rows_policies_deltas_and_directives_come_back_the_same() {
    for row in samples::rows() {
        assert_eq!(decode_row(&encode_row(&row)), Ok(row));
    }
    let policy = samples::policy();
    assert_eq!(decode_policy(&encode_policy(&policy)), Ok(policy.clone()));
    let public = key().public_key();
    assert_eq!(
        verify_policy(&sign_policy(&policy, &key()), &public),
        Ok(policy)
    );
    assert_eq!(
        decode_delta(&sign_delta(&delta(), &key()), &public),
        Ok(delta())
    );
    for directive in samples::directives() {
        let order = ordered(directive);
        let bytes = sign_directive(&order, &key());
        assert_eq!(decode_directive(&bytes, &public), Ok(order));
    }
    let kept = encode_kept_revision(&fixture::gate(), &samples::revision());
    assert_eq!(decode_kept_revision(&kept), Ok(Some(samples::revision())));
    assert_eq!(
        verify_batch(&batch().sign_and_encode(&key()), &public),
        Ok(batch())
    );
}

fn ordered(directive: domain::directive::Directive) -> DirectiveOrder {
    DirectiveOrder {
        gate: fixture::gate(),
        directive,
        revision: 17,
    }
}

fn claim(snapshot: Option<SnapshotCursor>) -> LedgerClaim {
    LedgerClaim {
        gate: fixture::gate(),
        revision: snapshot.is_none().then(samples::revision),
        said_at: fixture::now(),
        snapshot,
    }
}

fn part() -> SnapshotPart {
    SnapshotPart {
        header: SnapshotHeader {
            revision: 12,
            hash: Digest([6; 32]),
            issued_at: fixture::now(),
        },
        after_key: vec![1, 2],
        rows: samples::rows(),
        is_last: true,
    }
}

#[test]
fn claims_heads_and_snapshots_come_back_the_same() {
    let public = key().public_key();
    let cursor = SnapshotCursor {
        revision: 12,
        hash: Digest([6; 32]),
        after_key: vec![9; 40],
    };
    for claim in [claim(None), claim(Some(cursor))] {
        let bytes = claim.sign_and_encode(&key());
        assert_eq!(decode_ledger_claim(&bytes, &public), Ok(claim));
    }
    let head = LedgerHead {
        gate: fixture::gate(),
        revision: samples::revision(),
    };
    let bytes = head.sign_and_encode(&key());
    assert_eq!(decode_ledger_head(&bytes, &public), Ok(head));
    assert!(decode_ledger_claim(&bytes, &public).is_err());
    let bytes = sign_part(&fixture::gate(), &part(), &key());
    assert_eq!(decode_part(&bytes, &public), Ok((fixture::gate(), part())));
    // Whichever of the believed keys it was.
    let other = SigningKeyPair::from_seed(&[8; 32]).public_key();
    let read = |keys: &[PublicKey]| by_any(keys, |key| decode_part(&bytes, key)).is_ok();
    assert!(read(&[other, public]) && read(&[public, other]));
    assert!(!read(&[other]) && !read(&[]));
}

#[test]
fn a_chain_of_keys_leads_from_any_of_them_to_the_last() {
    let region = RegionId::parse("5300").expect("valid");
    let pairs: Vec<SigningKeyPair> = (1..=4)
        .map(|n| SigningKeyPair::from_seed(&[n; 32]))
        .collect();
    let steps: Vec<(Succession, Vec<u8>)> = pairs
        .windows(2)
        .map(|pair| {
            let step = Succession {
                region: region.clone(),
                key: KeyBytes(*pair[1].public_key().as_bytes()),
                issued_at: fixture::now(),
                former_until: fixture::now_plus(86_400),
            };
            let signed = step.sign_and_encode(&pair[0]);
            (step, signed)
        })
        .collect();
    let signed: Vec<Vec<u8>> = steps.iter().map(|(_, signed)| signed.clone()).collect();
    let chain = encode_successions(&signed).expect("signed messages");
    for (known, pair) in pairs.iter().enumerate() {
        let led = decode_successions(&chain, &region, &pair.public_key()).expect("a chain");
        let expected: Vec<Succession> = steps[known..].iter().map(|(s, _)| s.clone()).collect();
        assert_eq!(led, expected, "from key {known}");
    }
    let stranger = SigningKeyPair::from_seed(&[9; 32]).public_key();
    assert_eq!(
        decode_successions(&chain, &region, &stranger),
        Ok(Vec::new())
    );
    let other = RegionId::parse("5100").expect("valid");
    assert!(decode_successions(&chain, &other, &pairs[0].public_key()).is_err());
    // A step that is missing ends the way.
    let broken = encode_successions(&signed[1..]).expect("signed messages");
    let led = decode_successions(&broken, &region, &pairs[0].public_key());
    assert_eq!(led, Ok(Vec::new()));
}

#[test]
fn wanted_files_and_their_pieces_come_back_the_same() {
    let public = key().public_key();
    let request = EvidenceRequest {
        gate: fixture::gate(),
        files: vec![Wanted {
            sha256: Digest([3; 32]),
            offset: 65_536,
        }],
    };
    let bytes = request.sign_and_encode(&key());
    assert_eq!(decode_request(&bytes, &public), Ok(request));
    assert!(decode_content(&bytes, &public).is_err(), "another kind");
    let mut content = EvidenceContent {
        gate: fixture::gate(),
        sha256: Digest([3; 32]),
        size: Some(9),
        offset: 4,
        piece: vec![1, 2, 3, 4, 5],
    };
    let bytes = content.sign_and_encode(&key());
    assert_eq!(decode_content(&bytes, &public), Ok(content.clone()));
    (content.size, content.piece) = (None, vec![]);
    let bytes = content.sign_and_encode(&key());
    assert_eq!(decode_content(&bytes, &public), Ok(content.clone()));
    content.piece = vec![0; PIECE_BYTES_MAX + 1];
    assert!(decode_content(&content.sign_and_encode(&key()), &public).is_err());
}

#[test]
fn a_pack_is_signed_by_its_contents() {
    let public = key().public_key();
    let signature = sign_pack(&Digest([9; 32]), &key());
    assert_eq!(verify_pack(&Digest([9; 32]), &signature, &public), Ok(()));
    assert!(verify_pack(&Digest([8; 32]), &signature, &public).is_err());
    let other = SigningKeyPair::from_seed(&[8; 32]).public_key();
    assert!(verify_pack(&Digest([9; 32]), &signature, &other).is_err());
}

#[test]
fn marks_and_requests_come_back_the_same() {
    let public = key().public_key();
    let mark = Watermark {
        gate: fixture::gate(),
        epoch: 1,
        sequence: 99,
        chain_hash: Digest([8; 32]),
    };
    let request = GapRequest {
        gate: fixture::gate(),
        epoch: 1,
        from_sequence: 7,
    };
    assert_eq!(
        decode_watermark(&mark.sign_and_encode(&key()), &public),
        Ok(mark.clone())
    );
    assert_eq!(
        decode_gap_request(&request.sign_and_encode(&key()), &public),
        Ok(request)
    );
    // A signature over one kind is none over another.
    assert!(decode_gap_request(&mark.sign_and_encode(&key()), &public).is_err());
    // Another key's is none at all.
    let other = SigningKeyPair::from_seed(&[8; 32]);
    assert!(decode_watermark(&mark.sign_and_encode(&other), &public).is_err());
}

/// SHA-256 of everything encoded: changes only when the format does.
#[test]
fn the_bytes_are_the_ones_that_older_journals_hold() {
    let mut all = Sha256::new();
    for body in samples::bodies() {
        all.update(encode_record(&fixture::gate(), &samples::event(body)));
    }
    let opened = encode_record(&fixture::gate(), &samples::event(EventBody::PassageOpened));
    assert_eq!(hex::encode(opened), GOLDEN_OPENED);
    for row in samples::rows() {
        all.update(encode_row(&row));
    }
    all.update(sign_delta(&delta(), &key()));
    all.update(batch().sign_and_encode(&key()));
    all.update(encode_policy(&samples::policy()));
    assert_eq!(hex::encode(all.finalize()), GOLDEN_ALL);
    assert_eq!(delta_hash(&delta()).to_string(), GOLDEN_DELTA);
}

const GOLDEN_OPENED: &str = "0a110a0272311207353330344130311a026731120b08808084b6bbfca50610011a056c616e653122126c616e65312d313737323335323030302d31800101";
const GOLDEN_ALL: &str = "8146e56cd0327b1dc3bdee400dbd5669964d05b6ec60ca9364d9d5ff7e04ffd7";
const GOLDEN_DELTA: &str = "2b7968a54c87075697bf804ceaeb247d39f7b631010f7360465c777319161624";

#[test]
fn a_policy_with_another_digest_is_refused() {
    let mut policy = samples::policy();
    policy.sampling_permille += 1;
    let error = decode_policy(&encode_policy(&policy)).expect_err("the digest is stale");
    assert!(error.to_string().starts_with("digest: "), "{error}");
    policy.digest = policy_digest(&policy);
    assert!(decode_policy(&encode_policy(&policy)).is_ok());
}

#[test]
fn a_malformed_field_is_named() {
    let mut record = samples::decisions()[0].clone();
    record.evidence.plates[0].agreeing_frames = 3;
    let event = samples::event(EventBody::PassageDecided(Box::new(record)));
    let mut bytes = encode_record(&fixture::gate(), &event);
    // The first container number of the evidence loses its check digit.
    let number = fixture::container();
    let at = bytes
        .windows(11)
        .position(|window| window == number.as_str().as_bytes())
        .expect("it is in there");
    bytes[at + 10] = if bytes[at + 10] == b'9' {
        b'8'
    } else {
        bytes[at + 10] + 1
    };
    let error = decode_record(&bytes).expect_err("no container number");
    assert!(error.to_string().contains("containers.0.number"), "{error}");
}

#[test]
fn fields_of_a_newer_version_are_skipped() {
    let event = samples::event(EventBody::ArmRaised);
    let mut bytes = encode_record(&fixture::gate(), &event);
    // Field 1000, length 3.
    bytes.extend([0xc2, 0x3e, 3, 1, 2, 3]);
    assert_eq!(decode_record(&bytes), Ok((fixture::gate(), event)));
}

#[test]
fn a_changed_byte_of_a_signed_message_is_refused_or_shows() {
    let public: PublicKey = key().public_key();
    let bytes = sign_directive(&ordered(samples::directives()[0].clone()), &key());
    for i in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[i] ^= 1 << bit;
            let taken = decode_directive(&changed, &public);
            assert!(taken.is_err(), "byte {i} bit {bit}: {taken:?}");
        }
    }
    let original = batch();
    let bytes = original.sign_and_encode(&key());
    for i in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[i] ^= 0x10;
        // A payload may be changed; the chain of the batch then ends elsewhere.
        if let Ok(taken) = verify_batch(&changed, &public) {
            assert_ne!(taken.payloads, original.payloads, "byte {i}");
            let head = |b: &Batch| (b.gate.clone(), b.epoch, b.first_sequence, b.head_hash);
            assert_eq!(head(&taken), head(&original));
        }
    }
}

#[test]
fn too_much_is_refused() {
    let big = vec![0_u8; 5 * 1024 * 1024];
    let public = key().public_key();
    assert!(verify_batch(&big, &public).is_err());
    assert!(decode_delta(&big, &public).is_err());
    assert!(decode_record(&big).is_err());
    assert!(decode_policy(&big).is_err());
    assert!(decode_row(&big).is_err());
}

proptest! {
    #[test]
    fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let public = key().public_key();
        let _ = decode_record(&bytes);
        let _ = decode_row(&bytes);
        let _ = decode_policy(&bytes);
        let _ = decode_kept_revision(&bytes);
        let _ = decode_ledger_claim(&bytes, &public);
        let _ = decode_ledger_head(&bytes, &public);
        let _ = decode_part(&bytes, &public);
        let _ = decode_successions(&bytes, &fixture::gate().region, &public);
        let _ = verify_batch(&bytes, &public);
        let _ = decode_delta(&bytes, &public);
        let _ = decode_directive(&bytes, &public);
        let _ = decode_watermark(&bytes, &public);
        let _ = decode_gap_request(&bytes, &public);
    }

    #[test]
    fn a_damaged_record_never_panics(index in 0_usize..60, at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let bodies = samples::bodies();
        let body = bodies[index % bodies.len()].clone();
        let mut bytes = encode_record(&fixture::gate(), &samples::event(body));
        let i = at.index(bytes.len());
        bytes[i] = to;
        let _ = decode_record(&bytes);
        bytes.truncate(i);
        let _ = decode_record(&bytes);
    }
}
