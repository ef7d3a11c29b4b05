//! Tails by hand: what is a torn commit and what is damage.

use super::*;

/// A journal of nine records in one segment, the last a group of `group` records; the offsets of
/// the last group and of its end.
fn journal(group: u64) -> (MemoryDisk, PathBuf, usize, usize) {
    let disk = MemoryDisk::new(1);
    let settings = JournalConfig {
        segment_bytes: 64 << 10,
        ..config()
    };
    let (mut log, _) = open(&disk, &settings).unwrap();
    commit_each(&mut log, 1, 9 - group);
    let start = log.shared.head().end as usize;
    let payloads: Vec<_> = (10 - group..=9)
        .map(|number| payload(number, 400))
        .collect();
    commit(&mut log, &payloads).unwrap();
    let end = log.shared.head().end as usize;
    drop(log);
    let path = segment_paths(&disk).remove(0);
    assert_eq!(written_end(&disk, &path), end);
    (disk, path, start, end)
}

fn reopened(disk: &MemoryDisk) -> Result<Option<TailRepair>, OpenError> {
    let settings = JournalConfig {
        segment_bytes: 64 << 10,
        ..config()
    };
    open(disk, &settings).map(|(_, repair)| repair)
}

fn zero(disk: &MemoryDisk, path: &Path, from: usize, to: usize) {
    let mut bytes = disk.contents(path).unwrap();
    bytes[from..to].fill(0);
    disk.set_contents(path, &bytes);
}

#[test]
fn a_last_group_that_misses_its_end_at_any_byte_is_cut() {
    let (disk, path, start, end) = journal(4);
    for kept_end in start + 1..end {
        let torn = disk.fork(1);
        zero(&torn, &path, kept_end, end);
        let left = written_end(&torn, &path);
        let repair = reopened(&torn).unwrap_or_else(|error| panic!("{kept_end}: {error}"));
        if left <= start {
            assert_eq!(repair, None);
        } else {
            let repair = repair.unwrap();
            assert_eq!(
                (repair.offset, repair.bytes_cut),
                (start as u64, (left - start) as u64)
            );
            assert_eq!(repair.segment, segment_name(1));
        }
        assert_eq!(written_end(&torn, &path), start);
        assert_eq!(verified(&torn).records, 5);
    }
}

#[test]
fn a_last_group_that_misses_any_sectors_is_cut() {
    let (disk, path, start, end) = journal(4);
    let sectors: Vec<_> = (start / 512..=(end - 1) / 512)
        .map(|sector| ((sector * 512).max(start), ((sector + 1) * 512).min(end)))
        .collect();
    assert!(sectors.len() > 3);
    for missing in 1..(1_u32 << sectors.len()) {
        let torn = disk.fork(1);
        for (index, (from, to)) in sectors.iter().enumerate() {
            if missing & 1 << index != 0 {
                zero(&torn, &path, *from, *to);
            }
        }
        reopened(&torn).unwrap_or_else(|error| panic!("{missing:b}: {error}"));
        assert_eq!(written_end(&torn, &path), start, "{missing:b}");
        assert_eq!(verified(&torn).records, 5);
    }
}

#[test]
fn every_flipped_bit_of_the_last_group_is_refused() {
    for group in [1, 4] {
        let (disk, path, start, end) = journal(group);
        for offset in start..end {
            for bit in [0, 3, 7] {
                let flipped = disk.fork(1);
                assert!(flipped.flip_bit(&path, offset as u64, bit));
                match reopened(&flipped) {
                    Err(OpenError::Unproven(bad)) => {
                        assert!((10 - group..=10).contains(&bad.sequence), "{offset}: {bad}");
                        assert_eq!(bad.segment, segment_name(1));
                    }
                    other => panic!("{offset}.{bit}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn damage_with_sealed_records_behind_it_is_refused() {
    let (disk, path, start, _) = journal(1);
    for length in [60, 512, 1_100] {
        for offset in (512..start - 1).step_by(7) {
            let damaged = disk.fork(1);
            zero(&damaged, &path, offset, start.min(offset + length));
            if damaged.contents(&path) == disk.contents(&path) {
                continue;
            }
            let before = damaged.contents(&path);
            let outcome = reopened(&damaged);
            assert!(
                matches!(outcome, Err(OpenError::Unproven(_))),
                "{offset} {length}"
            );
            assert_eq!(damaged.contents(&path), before, "nothing is changed");
        }
    }
}

#[test]
fn stray_bytes_behind_the_end_are_cut_near_and_refused_far() {
    let (disk, path, _, end) = journal(2);
    for offset in [end, end + 1, end + 700, (64 << 10) - 1] {
        let stray = disk.fork(1);
        assert!(stray.flip_bit(&path, offset as u64, 4));
        let repair = reopened(&stray).unwrap().expect("reported");
        assert_eq!(
            (repair.offset, repair.bytes_cut),
            (end as u64, (offset + 1 - end) as u64)
        );
        assert_eq!(verified(&stray).records, 9);
    }
    let disk = MemoryDisk::new(1);
    let settings = JournalConfig {
        segment_bytes: 4 << 20,
        quota_bytes: 16 << 20,
        ..config()
    };
    let (mut log, _) = open(&disk, &settings).unwrap();
    commit_each(&mut log, 1, 3);
    drop(log);
    let path = segment_paths(&disk).remove(0);
    assert!(disk.flip_bit(&path, 3 << 20, 0));
    match open(&disk, &settings).err() {
        Some(OpenError::Unproven(bad)) => {
            assert_eq!((bad.offset, bad.what), (3 << 20, Fault::Residue));
        }
        other => panic!("no group is that far: {other:?}"),
    }
}
