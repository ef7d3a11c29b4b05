use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn what_is_acknowledged_is_on_disk_in_order_and_chained() {
    let disk = MemoryDisk::new(1);
    let (journal, recovery) = Journal::open_on(Arc::new(disk.clone()), config(), signer()).unwrap();
    assert_eq!((recovery.first_sequence, recovery.last_sequence), (1, 0));
    assert_eq!(recovery.tail_repaired, None);
    assert_eq!(recovery.writer_priority, WriterPriority::Ordinary);
    let (tell, told) = channel();
    for number in 1..=200 {
        let tell = tell.clone();
        let outcome = journal.append(payload(number, 150), move |outcome| {
            tell.send(outcome.map(|proof| (proof.sequence(), proof.hash())))
                .unwrap();
        });
        outcome.unwrap();
    }
    let proofs: Vec<_> = (0..200)
        .map(|_| told.recv_timeout(PATIENCE).unwrap().unwrap())
        .collect();
    let mut reader = journal.reader();
    assert_eq!(reader.wait_beyond(199, PATIENCE), 200);
    let records = reader.read_from(1, usize::MAX, usize::MAX).unwrap();
    let mut hash = chain::genesis(&config().gate, 1);
    for (index, (record, proof)) in records.iter().zip(&proofs).enumerate() {
        let sequence = index as u64 + 1;
        assert_eq!(record.prev_hash, hash);
        hash = chain::next(&hash, sequence, &payload(sequence, 150));
        assert_eq!((record.sequence, record.hash), *proof);
        assert_eq!(record.hash, hash);
        assert_eq!(record.payload, payload(sequence, 150));
    }
    assert_eq!(records.len(), 200);
    drop(journal);
    let report = verified(&disk);
    assert_eq!(report.first_bad, None);
    assert_eq!((report.records, report.last_hash), (200, hash));
    assert!(
        report.segments > 3,
        "8 KiB segments were filled: {report:?}"
    );
}

#[test]
fn a_commit_is_one_write_and_one_sync_whatever_waits() {
    let disk = MemoryDisk::new(1);
    let settings = JournalConfig {
        segment_bytes: 1 << 20,
        quota_bytes: 4 << 20,
        ..config()
    };
    let (mut log, _) = open(&disk, &settings).unwrap();
    for count in [1, 2, 64] {
        let before = disk.counts();
        let payloads: Vec<_> = (0..count).map(|number| payload(number, 400)).collect();
        assert_eq!(commit(&mut log, &payloads).unwrap().len() as u64, count);
        let after = disk.counts();
        assert_eq!(
            (after.writes - before.writes, after.syncs - before.syncs),
            (1, 1)
        );
        assert_eq!(after.operations - before.operations, 2);
    }
    drop(log);
    assert_eq!(verified(&disk).groups, 3);
}

#[test]
fn a_group_takes_what_fits_and_leaves_the_rest() {
    let disk = MemoryDisk::new(1);
    let (mut log, _) = open(&disk, &config()).unwrap();
    let payloads: Vec<_> = (1..=40).map(|number| payload(number, 300)).collect();
    let mut rest = payloads.as_slice();
    let mut groups = 0;
    while !rest.is_empty() {
        let taken = commit(&mut log, rest).unwrap().len();
        assert!(taken > 0);
        rest = &rest[taken..];
        groups += 1;
    }
    assert!(groups > 1, "12 kB do not fit one segment of 8 KiB");
    drop(log);
    let read: Vec<_> = read_all(&disk)
        .into_iter()
        .map(|record| record.payload)
        .collect();
    assert_eq!(read, payloads);
}

#[test]
fn the_largest_payload_fits_and_one_byte_more_is_refused() {
    for segment_bytes in [4 << 10, 64 << 10, 1 << 20] {
        let disk = MemoryDisk::new(1);
        let settings = JournalConfig {
            segment_bytes,
            quota_bytes: 8 << 20,
            ..config()
        };
        let limit = settings.payload_limit_bytes();
        let (journal, _) = Journal::open_on(Arc::new(disk.clone()), settings, signer()).unwrap();
        let refused = journal.append(vec![1; limit + 1], |_| {}).unwrap_err();
        assert!(
            matches!(refused, AppendError::TooLarge { limit_bytes, .. } if limit_bytes == limit)
        );
        let (tell, told) = channel();
        for _ in 0..3 {
            let tell = tell.clone();
            journal
                .append(vec![1; limit], move |outcome| tell.send(outcome).unwrap())
                .unwrap();
        }
        for sequence in 1..=3 {
            let proof = told.recv_timeout(PATIENCE).unwrap().unwrap();
            assert_eq!(proof.sequence(), sequence);
        }
        drop(journal);
        assert_eq!(verified(&disk).records, 3);
    }
}

#[test]
fn a_full_queue_answers_busy_and_the_waiting_are_served() {
    let disk = MemoryDisk::new(1);
    let settings = JournalConfig {
        queue_records: 4,
        ..config()
    };
    let (journal, _) = Journal::open_on(Arc::new(disk.clone()), settings, signer()).unwrap();
    let (release, held) = channel::<()>();
    let (entered, inside) = channel();
    let hold = move |outcome: Result<Durable, AppendError>| {
        outcome.unwrap();
        entered.send(()).unwrap();
        held.recv().unwrap();
    };
    journal.append(payload(1, 50), hold).unwrap();
    inside.recv_timeout(PATIENCE).unwrap();
    let (tell, told) = channel();
    let mut refusals = 0;
    for number in 2..=7 {
        let tell = tell.clone();
        match journal.append(payload(number, 50), move |outcome| {
            tell.send(outcome).unwrap()
        }) {
            Ok(()) => {}
            Err(AppendError::Busy { waiting }) => {
                assert_eq!(waiting, 4);
                refusals += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refusals, 2);
    release.send(()).unwrap();
    for sequence in 2..=5 {
        assert_eq!(
            told.recv_timeout(PATIENCE).unwrap().unwrap().sequence(),
            sequence
        );
    }
    drop(journal);
    assert_eq!(verified(&disk).records, 5);
}

#[test]
fn a_queue_is_bounded_in_bytes() {
    let queue = Queue::new(100, 250);
    let record = || Waiting {
        payload: vec![0; 100],
        on_done: Box::new(|_| {}),
    };
    assert_eq!(queue.push(record()), Ok(()));
    assert_eq!(queue.push(record()), Ok(()));
    assert_eq!(queue.push(record()), Err(Some(2)));
    assert_eq!(queue.take_all().unwrap().len(), 2);
    assert_eq!(queue.push(record()), Ok(()));
    queue.close();
    assert_eq!(queue.push(record()), Err(None));
    assert_eq!(queue.take_all().unwrap().len(), 1);
    assert!(queue.take_all().is_none());
}

#[test]
fn a_panicking_waiter_harms_nobody() {
    let disk = MemoryDisk::new(1);
    let (journal, _) = Journal::open_on(Arc::new(disk), config(), signer()).unwrap();
    journal
        .append(payload(1, 50), |_| {
            std::panic::resume_unwind(Box::new("waiter"))
        })
        .unwrap();
    let (tell, told) = channel();
    journal
        .append(payload(2, 50), move |outcome| tell.send(outcome).unwrap())
        .unwrap();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap().unwrap().sequence(), 2);
    assert_eq!(journal.status().waiter_panics, 1);
}

#[test]
fn dropping_the_journal_commits_what_waits_and_frees_the_directory() {
    let disk = MemoryDisk::new(1);
    let shared: crate::disk::SharedDisk = Arc::new(disk.clone());
    let (journal, _) = Journal::open_on(Arc::clone(&shared), config(), signer()).unwrap();
    let second = Journal::open_on(Arc::clone(&shared), config(), signer());
    assert!(matches!(second.err(), Some(OpenError::Locked(_))));
    for number in 1..=50 {
        journal.append(payload(number, 60), |_| {}).unwrap();
    }
    drop(journal);
    let (_journal, recovery) = Journal::open_on(shared, config(), signer()).unwrap();
    assert_eq!(recovery.last_sequence, 50);
}

#[test]
fn settings_out_of_bounds_are_named() {
    let base = config();
    let cases = [
        (
            "gate",
            JournalConfig {
                gate: String::new(),
                ..base.clone()
            },
        ),
        (
            "gate",
            JournalConfig {
                gate: "g".repeat(129),
                ..base.clone()
            },
        ),
        (
            "segment_bytes",
            JournalConfig {
                segment_bytes: 4_095,
                ..base.clone()
            },
        ),
        (
            "segment_bytes",
            JournalConfig {
                segment_bytes: (1 << 30) + 1,
                ..base.clone()
            },
        ),
        (
            "quota_bytes",
            JournalConfig {
                quota_bytes: 3 * (8 << 10) - 1,
                ..base.clone()
            },
        ),
        (
            "queue_records, queue_bytes",
            JournalConfig {
                queue_records: 0,
                ..base.clone()
            },
        ),
        (
            "queue_records, queue_bytes",
            JournalConfig {
                queue_bytes: 100,
                ..base.clone()
            },
        ),
        (
            "real_time_priority",
            JournalConfig {
                real_time_priority: Some(0),
                ..base
            },
        ),
    ];
    for (expected, settings) in cases {
        match open(&MemoryDisk::new(1), &settings).err() {
            Some(OpenError::Setting { key, .. }) => assert_eq!(key, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn the_real_disk_carries_a_journal_through_restarts() {
    let home = tempfile::tempdir().unwrap();
    let settings = JournalConfig {
        directory: home.path().join("deep/journal"),
        segment_bytes: 64 << 10,
        quota_bytes: 1 << 20,
        real_time_priority: Some(10),
        ..config()
    };
    let mut last = 0;
    for _ in 0..3 {
        let (journal, recovery) = Journal::open(settings.clone(), signer()).unwrap();
        assert_eq!(recovery.last_sequence, last);
        assert!(matches!(
            Journal::open(settings.clone(), signer()),
            Err(OpenError::Locked(_))
        ));
        for number in 1..=300 {
            journal
                .append(payload(last + number, 200), |outcome| {
                    outcome.unwrap();
                })
                .unwrap();
        }
        last += 300;
        let mut other = JournalReader::open(&settings.directory).unwrap();
        assert_eq!(other.wait_beyond(last - 1, PATIENCE), last);
        assert_eq!(
            other.read_from(last, 9, 9_999).unwrap()[0].payload,
            payload(last, 200)
        );
    }
    let folder = RealDisk::open(&settings.directory).unwrap();
    let report = verify(&folder, &keys(), |_, _| {}).unwrap();
    assert_eq!((report.records, report.first_bad), (900, None));
}
