//! Full disks and quotas: refused, nothing half written, going on when there is room.

use super::*;

fn small() -> JournalConfig {
    JournalConfig {
        segment_bytes: 4 << 10,
        quota_bytes: 4 * (4 << 10),
        ..config()
    }
}

/// Commits until the journal refuses; the number of the first refused record and why.
fn fill(log: &mut Log, from: u64) -> (u64, AppendError) {
    for number in from..from + 1_000 {
        if let Err(error) = commit(log, &[payload(number, 100)]) {
            return (number, error);
        }
    }
    panic!("nothing was refused");
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let disk = MemoryDisk::new(1);
    let (mut log, _) = open(&disk, &config()).unwrap();
    disk.set_faults(Faults {
        capacity_bytes: Some(30_000),
        ..Faults::default()
    });
    let (refused, error) = fill(&mut log, 1);
    assert!(matches!(error, AppendError::DiskFull), "{error}");
    for _ in 0..3 {
        let (again, error) = fill(&mut log, refused);
        assert!(again == refused && matches!(error, AppendError::DiskFull));
    }
    assert_eq!(verified(&disk).records, refused - 1);
    disk.set_faults(Faults {
        capacity_bytes: Some(60_000),
        ..Faults::default()
    });
    commit_each(&mut log, refused, 20);
    disk.power_cycle();
    assert_eq!(verified(&disk).records, refused + 19);
}

#[test]
fn a_commit_that_finds_the_disk_full_is_undone() {
    for write in 2..8 {
        for cut in [None, Some(1), Some(2), Some(3), Some(4)] {
            let disk = MemoryDisk::new(write);
            let (mut log, _) = open(&disk, &config()).unwrap();
            let full = Some(disk.counts().writes + write);
            disk.set_faults(Faults {
                write_full_at: full,
                ..Faults::default()
            });
            let (refused, error) = fill(&mut log, 1);
            assert!(matches!(error, AppendError::DiskFull), "{error}");
            assert_eq!(verified(&disk).unfinished_bytes, 0, "nothing half is left");
            if let Some(cut) = cut {
                let at = disk.counts().operations + cut;
                disk.set_faults(Faults {
                    power_cut_at: Some(at),
                    ..Faults::default()
                });
                let (_, error) = fill(&mut log, refused);
                assert!(matches!(error, AppendError::Failed { .. }), "{error}");
                disk.power_cycle();
            } else {
                commit_each(&mut log, refused, 3);
            }
            drop(log);
            let (log, _) = open(&disk, &config()).unwrap();
            assert!(log.shared.head().sequence >= refused - 1);
            assert_eq!(verified(&disk).first_bad, None);
        }
    }
}

#[test]
fn a_commit_that_cannot_be_undone_ends_the_journal() {
    let disk = MemoryDisk::new(1);
    let (mut log, _) = open(&disk, &config()).unwrap();
    commit_each(&mut log, 1, 2);
    let (writes, syncs) = (disk.counts().writes, disk.counts().syncs);
    disk.set_faults(Faults {
        write_full_at: Some(writes + 1),
        sync_error_at: Some(syncs + 1),
        ..Faults::default()
    });
    for _ in 0..2 {
        let (refused, error) = fill(&mut log, 3);
        assert!(
            refused == 3 && matches!(error, AppendError::Failed { .. }),
            "{error}"
        );
    }
}

#[test]
fn the_quota_holds_until_the_region_has_acknowledged() {
    let disk = MemoryDisk::new(1);
    let (mut log, _) = open(&disk, &small()).unwrap();
    let (refused, error) = fill(&mut log, 1);
    assert!(
        matches!(
            error,
            AppendError::QuotaFull {
                quota_bytes: 16_384,
                acknowledged: 0
            }
        ),
        "{error}"
    );
    let held = segment_paths(&disk);
    assert_eq!(held.len(), 4);
    let second = list_segments(&folder(&disk)).unwrap()[1];
    log.shared.state().acknowledged = second - 2;
    assert_eq!(
        fill(&mut log, refused).0,
        refused,
        "one record is not acknowledged"
    );
    log.shared.state().acknowledged = second - 1;
    let (next, _) = fill(&mut log, refused);
    assert!(next > refused);
    let sequences = list_segments(&folder(&disk)).unwrap();
    assert_eq!((sequences.len(), sequences[0]), (4, second));
    let report = verified(&disk);
    assert_eq!((report.first_sequence, report.first_bad), (second, None));

    let mut reader = JournalReader::new(Arc::clone(&log.shared));
    match reader.read_from(1, 1, 1) {
        Err(ReadError::Pruned {
            sequence: 1,
            first_sequence,
        }) => assert_eq!(first_sequence, second),
        other => panic!("{other:?}"),
    }
    let anchor = reader.hash_at(second - 1).unwrap();
    assert_eq!(
        anchor,
        Some(reader.read_from(second, 1, 1).unwrap()[0].prev_hash)
    );
    assert!(matches!(
        reader.hash_at(second - 2),
        Err(ReadError::Pruned { .. })
    ));
    drop(log);
    let (log, _) = open(&disk, &small()).unwrap();
    assert_eq!(log.shared.first_sequence(), second);
}

#[test]
fn pruning_survives_power_cuts() {
    for cut in 1..40 {
        let disk = MemoryDisk::new(cut);
        let (mut log, _) = open(&disk, &small()).unwrap();
        let (refused, _) = fill(&mut log, 1);
        log.shared.state().acknowledged = refused - 1;
        let at = disk.counts().operations + cut;
        disk.set_faults(Faults {
            power_cut_at: Some(at),
            ..Faults::default()
        });
        let (next, _) = fill(&mut log, refused);
        drop(log);
        disk.power_cycle();
        let (log, _) = open(&disk, &small()).unwrap_or_else(|error| panic!("{cut}: {error}"));
        assert!(log.shared.head().sequence + 1 >= next, "cut {cut}");
        assert_eq!(verified(&disk).first_bad, None, "cut {cut}");
    }
}

#[test]
fn only_durable_records_count_as_acknowledged() {
    let disk = MemoryDisk::new(1);
    let (journal, _) = Journal::open_on(Arc::new(disk), config(), signer()).unwrap();
    journal.acknowledge(10);
    assert_eq!(journal.status().acknowledged, 0);
    assert_eq!(journal.status().quota_bytes, 1 << 20);
}
