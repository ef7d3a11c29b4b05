//! Damage and forgery in sealed data: found, and named with segment, byte and sequence.

use super::*;
use crate::journal::frame::{FrameKind, HEADER_BYTES, SegmentHeader, encode};
use crate::journal::seal::encode_payload;

fn filled() -> (MemoryDisk, Vec<PathBuf>) {
    let disk = MemoryDisk::new(9);
    let (mut log, _) = open(&disk, &config()).unwrap();
    commit_each(&mut log, 1, 70);
    drop(log);
    let paths = segment_paths(&disk);
    assert!(paths.len() >= 3);
    (disk, paths)
}

fn refused(disk: &MemoryDisk) -> Bad {
    let found = verified(disk).first_bad.expect("verification finds it");
    match open(disk, &config()).err() {
        Some(OpenError::Unproven(bad)) => assert_eq!(bad, found),
        other => panic!("opening: {other:?} but verification {found}"),
    }
    found
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_flipped_bit_is_found_and_named() {
    let disk = MemoryDisk::new(9);
    let small = JournalConfig {
        segment_bytes: 4 << 10,
        ..config()
    };
    let (mut log, _) = open(&disk, &small).unwrap();
    commit_each(&mut log, 1, 28);
    drop(log);
    let paths = segment_paths(&disk);
    let sequences = list_segments(&folder(&disk)).unwrap();
    assert_eq!(sequences.len(), 3);
    for (index, path) in paths.iter().enumerate() {
        let end = written_end(&disk, path) as u64;
        let next = sequences.get(index + 1).copied().unwrap_or(29);
        for offset in (0..end).step_by(7) {
            let bit = (offset % 8) as u8;
            let flipped = disk.fork(0);
            assert!(flipped.flip_bit(path, offset, bit));
            let bad = verified(&flipped).first_bad;
            let bad = bad.unwrap_or_else(|| panic!("{offset} of {} unseen", path.display()));
            assert_eq!(bad.segment, name_of(path));
            assert!(
                bad.offset <= offset && offset < bad.offset + 512,
                "{bad} at {offset}"
            );
            assert!((sequences[index]..=next).contains(&bad.sequence), "{bad}");
        }
    }
}

#[test]
fn segments_that_are_missing_swapped_or_foreign_are_refused() {
    let (disk, paths) = filled();
    let missing = disk.fork(0);
    missing.remove(&paths[1]).unwrap();
    let bad = refused(&missing);
    assert_eq!(
        (bad.segment.clone(), bad.what),
        (name_of(&paths[2]), Fault::Continuity)
    );

    let swapped = disk.fork(0);
    swapped.set_contents(&paths[1], &disk.contents(&paths[2]).unwrap());
    assert_eq!(refused(&swapped).what, Fault::Continuity);

    let other = MemoryDisk::new(0);
    let other_gate = JournalConfig {
        gate: "another".into(),
        ..config()
    };
    let (mut log, _) = open(&other, &other_gate).unwrap();
    commit_each(&mut log, 1, 70);
    drop(log);
    let foreign = disk.fork(0);
    foreign.set_contents(&paths[1], &other.contents(&paths[1]).unwrap());
    assert_eq!(refused(&foreign).what, Fault::Identity);

    let shortened = disk.fork(0);
    let bytes = disk.contents(&paths[0]).unwrap();
    shortened.set_contents(&paths[0], &bytes[..bytes.len() - 1]);
    assert_eq!(refused(&shortened).what, Fault::SegmentSize);

    let emptied = disk.fork(0);
    emptied.set_contents(&paths[0], &vec![0; bytes.len()]);
    let bad = refused(&emptied);
    assert_eq!((bad.what, bad.offset, bad.sequence), (Fault::Header, 0, 1));

    let older = disk.fork(0);
    let mut old = bytes.clone();
    old[8] = 1;
    let checksum = crc32c::crc32c(&old[..HEADER_BYTES - 4]).to_le_bytes();
    old[HEADER_BYTES - 4..HEADER_BYTES].copy_from_slice(&checksum);
    older.set_contents(&paths[0], &old);
    assert_eq!(refused(&older).what, Fault::Format { found: 1 });
}

#[test]
fn another_gate_or_epoch_does_not_open() {
    let (disk, _) = filled();
    let cases = [
        JournalConfig {
            gate: "another".into(),
            ..config()
        },
        JournalConfig {
            epoch: 2,
            ..config()
        },
    ];
    for settings in cases {
        match open(&disk, &settings).err() {
            Some(OpenError::Unproven(bad)) => assert_eq!(bad.what, Fault::Identity),
            other => panic!("{other:?}"),
        }
    }
}

/// Writes a segment by hand, as somebody would who knows the format but not the key.
fn forge(payloads: &[&[u8]], wrong: &str, signer: &dyn Signer) -> MemoryDisk {
    let gate = config().gate;
    let genesis = chain::genesis(&gate, if wrong == "anchor" { 9 } else { 1 });
    let header = SegmentHeader {
        gate_id: gate,
        epoch: 1,
        first_sequence: 1,
        segment_bytes: 8 << 10,
        previous: genesis,
    };
    let seed = header.checksum_seed();
    let mut bytes = header.encode().to_vec();
    let mut hash = genesis;
    for (number, payload) in (1..).zip(payloads) {
        let sequence = if wrong == "sequence" && number == 2 {
            3
        } else {
            number
        };
        let previous = if wrong == "chain" && number == 2 {
            genesis
        } else {
            hash
        };
        let offset = bytes.len() as u64;
        encode(
            &mut bytes,
            seed,
            offset,
            FrameKind::Record,
            sequence,
            &previous,
            payload,
        );
        hash = chain::next(&hash, number, payload);
    }
    let last = payloads.len() as u64;
    let count = if wrong == "count" {
        last as u32 + 1
    } else {
        last as u32
    };
    let signed = if wrong == "signature" { last + 1 } else { last };
    let signature = signer.sign(&seal_message(signed, &hash));
    let offset = bytes.len() as u64;
    let seal = encode_payload(signer.seal_key().key_id(), &signature, count, offset);
    encode(
        &mut bytes,
        seed,
        offset,
        FrameKind::Seal,
        last,
        &hash,
        &seal,
    );
    bytes.resize(8 << 10, 0);
    let disk = MemoryDisk::new(1);
    disk.set_contents(&directory().join(segment_name(1)), &bytes);
    disk
}

#[test]
fn forged_records_are_refused_whatever_their_checksums_say() {
    let payloads: [&[u8]; 2] = [b"arm raised", b"arm lowered"];
    let own = Ed25519Signer::from_secret(&SECRET);
    let stranger = Ed25519Signer::from_secret(&[8; 32]);
    assert_eq!(verified(&forge(&payloads, "", &own)).first_bad, None);
    let cases: [(&str, &dyn Signer, Fault, u64); 6] = [
        ("sequence", &own, Fault::Sequence { found: 3 }, 2),
        ("chain", &own, Fault::Chain, 2),
        ("count", &own, Fault::Seal, 1),
        ("signature", &own, Fault::Signature, 1),
        ("anchor", &own, Fault::Continuity, 1),
        ("key", &stranger, Fault::UnknownKey, 1),
    ];
    for (wrong, signer, what, sequence) in cases {
        let bad = refused(&forge(&payloads, wrong, signer));
        assert_eq!((bad.what, bad.sequence), (what, sequence), "{wrong}");
        assert!(bad.offset == 0 || bad.offset >= HEADER_BYTES as u64);
    }
}

#[test]
fn a_new_key_needs_the_old_one_named() {
    let (disk, _) = filled();
    let fresh = || Box::new(Ed25519Signer::from_secret(&[9; 32]));
    let shared: crate::disk::SharedDisk = Arc::new(disk.clone());
    match recovery::open(Arc::clone(&shared), &config(), fresh(), Ahead::Inline).err() {
        Some(OpenError::Unproven(bad)) => assert_eq!(bad.what, Fault::UnknownKey),
        other => panic!("{other:?}"),
    }
    let settings = JournalConfig {
        former_keys: keys().to_vec(),
        ..config()
    };
    let (mut log, _) = recovery::open(shared, &settings, fresh(), Ahead::Inline).unwrap();
    commit_each(&mut log, 71, 5);
    drop(log);
    let both = [keys()[0].clone(), fresh().seal_key()];
    let report = verify(&folder(&disk), &both, |_, _| {}).unwrap();
    assert_eq!((report.records, report.first_bad), (75, None));
    assert_eq!(verified(&disk).first_bad.unwrap().what, Fault::UnknownKey);
}

#[test]
fn the_newest_scan_still_proves_the_end() {
    let (disk, paths) = filled();
    let newest = JournalConfig {
        scan: OpenScan::Newest,
        ..config()
    };
    let old = disk.fork(0);
    assert!(old.flip_bit(&paths[0], 600, 1));
    let (log, _) = open(&old, &newest).unwrap();
    assert_eq!(log.shared.head().sequence, 70);
    let mut reader = JournalReader::new(Arc::clone(&log.shared));
    assert!(matches!(
        reader.read_from(1, 9, 9_999),
        Err(ReadError::Unproven(_))
    ));
    for path in &paths[paths.len() - 2..] {
        let damaged = disk.fork(0);
        assert!(damaged.flip_bit(path, 600, 1));
        assert!(matches!(
            open(&damaged, &newest),
            Err(OpenError::Unproven(_))
        ));
    }
}

#[test]
fn verification_tells_its_progress() {
    let (disk, paths) = filled();
    let mut told = Vec::new();
    verify(&folder(&disk), &keys(), |records, bytes| {
        told.push((records, bytes))
    })
    .unwrap();
    assert_eq!(told.last(), Some(&(70, (paths.len() * (8 << 10)) as u64)));
    assert!(told.is_sorted());
    let empty = verify(&folder(&MemoryDisk::new(1)), &keys(), |_, _| {});
    assert!(matches!(empty, Err(VerifyError::NoJournal { .. })));
}
