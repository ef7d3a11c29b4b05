use std::time::Duration;

use super::*;

fn filled(count: u64) -> (MemoryDisk, Log) {
    let disk = MemoryDisk::new(3);
    let (mut log, _) = open(&disk, &config()).unwrap();
    commit_each(&mut log, 1, count);
    (disk, log)
}

#[test]
fn any_record_is_found_from_anywhere() {
    let (_, log) = filled(120);
    let mut reader = JournalReader::new(Arc::clone(&log.shared));
    let all = reader.read_from(1, 1_000, usize::MAX).unwrap();
    assert_eq!(all.len(), 120);
    // A fixed stride that visits segments forwards and backwards.
    for step in 0..120 {
        let sequence = step * 47 % 120 + 1;
        let found = reader.read_from(sequence, 3, usize::MAX).unwrap();
        let from = sequence as usize - 1;
        assert_eq!(found, all[from..all.len().min(from + 3)]);
        assert_eq!(reader.hash_at(sequence).unwrap(), Some(all[from].hash));
    }
    assert_eq!(
        reader.hash_at(0).unwrap(),
        Some(chain::genesis(&config().gate, 1))
    );
    assert_eq!(reader.hash_at(121).unwrap(), None);
    assert!(reader.read_from(121, 9, 9).unwrap().is_empty());
    assert_eq!(reader.read_from(0, 1, 9).unwrap(), all[..1]);
}

#[test]
fn every_record_has_a_signed_head_at_or_after_it() {
    let (disk, log) = filled(120);
    let key = Ed25519Signer::from_secret(&SECRET).seal_key();
    let public = ed25519_dalek::SigningKey::from_bytes(&SECRET)
        .verifying_key()
        .to_bytes();
    assert_eq!(key.key_id(), key_id(&public));
    let mut reader = JournalReader::new(Arc::clone(&log.shared));
    for sequence in [1, 60, 120] {
        let head = sealed_head(&folder(&disk), sequence).unwrap().unwrap();
        assert!(head.sequence >= sequence && head.is_signed_by(&public));
        assert_eq!(reader.hash_at(head.sequence).unwrap(), Some(head.hash));
        let moved = SealedHead {
            sequence: head.sequence + 1,
            ..head
        };
        assert!(!moved.is_signed_by(&public));
    }
    assert_eq!(sealed_head(&folder(&disk), 121).unwrap(), None);
}

#[test]
fn limits_bound_an_answer_but_never_to_nothing() {
    let (_, log) = filled(30);
    let mut reader = JournalReader::new(Arc::clone(&log.shared));
    let cases = [
        (5, usize::MAX, 5),
        (usize::MAX, 250, 2),
        (usize::MAX, 0, 1),
        (0, 999, 0),
    ];
    for (max_records, max_bytes, expected) in cases {
        let found = reader.read_from(4, max_records, max_bytes).unwrap();
        assert_eq!(found.len(), expected, "{max_records} {max_bytes}");
        assert!(
            found
                .iter()
                .zip(4..)
                .all(|(record, sequence)| record.sequence == sequence)
        );
    }
}

#[test]
fn places_are_found_in_large_segments() {
    let disk = MemoryDisk::new(3);
    let settings = JournalConfig {
        segment_bytes: 1 << 20,
        quota_bytes: 8 << 20,
        ..config()
    };
    let (mut log, _) = open(&disk, &settings).unwrap();
    for group in 0..30_u64 {
        let payloads: Vec<_> = (1..=10)
            .map(|number| payload(group * 10 + number, 3_000))
            .collect();
        assert_eq!(commit(&mut log, &payloads).unwrap().len(), 10);
    }
    commit(&mut log, &[payload(301, 200_000)]).unwrap();
    let mut reader = JournalReader::new(Arc::clone(&log.shared));
    for sequence in [301, 1, 300, 150, 149, 151, 2, 299] {
        let found = reader.read_from(sequence, 1, 0).unwrap();
        let bytes = if sequence == 301 { 200_000 } else { 3_000 };
        assert_eq!(found[0].payload, payload(sequence, bytes));
    }
}

#[test]
fn only_what_is_durable_is_read() {
    let (disk, mut log) = filled(5);
    let mut reader = JournalReader::new(Arc::clone(&log.shared));
    disk.set_faults(Faults {
        sync_error_at: Some(disk.counts().syncs + 1),
        ..Faults::default()
    });
    assert!(matches!(
        commit(&mut log, &[payload(6, 100)]),
        Err(AppendError::Failed { .. })
    ));
    assert_eq!(reader.durable_sequence(), 5);
    assert_eq!(reader.read_from(1, 99, usize::MAX).unwrap().len(), 5);
    assert_eq!(reader.hash_at(6).unwrap(), None);
}

#[test]
fn a_reader_waits_for_what_comes() {
    let (_, mut log) = filled(5);
    let reader = JournalReader::new(Arc::clone(&log.shared));
    assert_eq!(reader.wait_beyond(4, Duration::ZERO), 5);
    assert_eq!(reader.wait_beyond(5, Duration::from_millis(1)), 5);
    let waiting = std::thread::spawn(move || reader.wait_beyond(5, Duration::from_secs(20)));
    commit_each(&mut log, 6, 1);
    assert_eq!(waiting.join().unwrap(), 6);
}

#[test]
fn a_directory_is_followed_while_another_writes() {
    let disk = MemoryDisk::new(3);
    assert!(matches!(
        JournalReader::open_on(&folder(&disk)).err(),
        Some(ReadError::NoJournal { .. })
    ));
    let (mut log, _) = open(&disk, &config()).unwrap();
    let mut reader = JournalReader::open_on(&folder(&disk)).unwrap();
    assert_eq!((reader.first_sequence(), reader.durable_sequence()), (1, 0));
    let mut read = Vec::new();
    for burst in 0..20 {
        commit_each(&mut log, burst * 7 + 1, 7);
        let next = read.len() as u64 + 1;
        read.extend(reader.read_from(next, usize::MAX, usize::MAX).unwrap());
        assert_eq!(reader.durable_sequence(), (burst + 1) * 7);
    }
    assert_eq!(read, read_all(&disk));
    assert_eq!(read.len(), 140);
}

#[test]
fn a_reader_names_the_damaged_record() {
    let (disk, log) = filled(40);
    let path = &segment_paths(&disk)[0];
    assert!(disk.flip_bit(path, 600, 3));
    let mut reader = JournalReader::new(Arc::clone(&log.shared));
    match reader.read_from(1, 99, usize::MAX) {
        Err(ReadError::Unproven(bad)) => {
            assert_eq!(bad.what, Fault::Checksum);
            assert_eq!(bad.segment, segment_name(1));
            assert!(bad.sequence == 1 && bad.offset == 512, "{bad}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        reader.read_from(39, 9, 9).unwrap().len(),
        1,
        "others are still read"
    );
}
