use super::*;
use crate::disk::{Faults, MemoryDisk};

fn path() -> &'static Path {
    Path::new("/gate/uplink.cursor")
}

fn cursor(disk: &MemoryDisk) -> Cursor {
    Cursor::on(Arc::new(disk.clone()), path())
}

fn mark(sequence: u64) -> Mark {
    Mark {
        sequence,
        hash: Hash([sequence as u8; 32]),
        epoch: 4,
    }
}

fn write(cursor: &Cursor, sequence: u64) -> Result<(), CursorError> {
    let mark = mark(sequence);
    cursor.write(mark.sequence, mark.hash, mark.epoch)
}

#[test]
fn the_last_mark_is_read_back_on_both_disks() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("uplink.cursor");
    let memory: SharedDisk = Arc::new(MemoryDisk::new(1));
    let pairs: [(SharedDisk, &Path); 2] = [(Arc::new(RealDisk), &file), (memory, path())];
    for (disk, path) in pairs {
        assert_eq!(Cursor::on(Arc::clone(&disk), path).read().unwrap(), None);
        for sequence in [5, 9, 7, 1_000] {
            let cursor = Cursor::on(Arc::clone(&disk), path);
            write(&cursor, sequence).unwrap();
            write(&cursor, sequence + 1).unwrap();
            assert_eq!(cursor.read().unwrap(), Some(mark(sequence + 1)));
            let again = Cursor::on(Arc::clone(&disk), path);
            assert_eq!(again.read().unwrap(), Some(mark(sequence + 1)));
            assert_eq!(again.damaged_slots(), 0);
        }
    }
}

#[test]
fn a_power_cut_leaves_the_old_or_the_new_mark() {
    for seed in 0..40 {
        for cut in 1..14 {
            let disk = MemoryDisk::new(seed);
            disk.set_faults(Faults {
                power_cut_at: Some(cut),
                ..Faults::default()
            });
            let before = cursor(&disk);
            let done = (1..=5)
                .take_while(|sequence| write(&before, *sequence).is_ok())
                .count();
            disk.power_cycle();
            let after = cursor(&disk);
            let found = after.read().unwrap().map_or(0, |mark| mark.sequence);
            assert!(
                (done as u64..=done as u64 + 1).contains(&found),
                "{seed} {cut}: {found}"
            );
            assert_eq!(after.damaged_slots(), 0, "a slot is one sector");
            write(&after, 77).unwrap();
            assert_eq!(cursor(&disk).read().unwrap(), Some(mark(77)));
        }
    }
}

#[test]
fn damage_is_counted_and_never_believed() {
    let disk = MemoryDisk::new(1);
    write(&cursor(&disk), 1).unwrap();
    write(&cursor(&disk), 2).unwrap();
    for offset in 0..68 {
        let one = disk.fork(0);
        assert!(one.flip_bit(path(), 512 + offset, (offset % 8) as u8));
        let damaged = cursor(&one);
        assert_eq!(damaged.read().unwrap(), Some(mark(1)), "{offset}");
        assert_eq!(damaged.damaged_slots(), 1);
        assert!(one.flip_bit(path(), offset, 5));
        assert_eq!(damaged.read().unwrap(), None);
        assert_eq!(damaged.damaged_slots(), 3);
        write(&damaged, 6).unwrap();
        assert_eq!(cursor(&one).read().unwrap(), Some(mark(6)));
    }
    let short = disk.fork(0);
    short.set_contents(path(), &disk.contents(path()).unwrap()[..570]);
    assert_eq!(cursor(&short).read().unwrap(), Some(mark(1)));
}

#[test]
fn a_refusing_disk_is_an_error_and_the_next_write_starts_afresh() {
    let disk = MemoryDisk::new(1);
    let cursor = cursor(&disk);
    write(&cursor, 1).unwrap();
    let syncs = disk.counts().syncs;
    disk.set_faults(Faults {
        sync_error_at: Some(syncs + 1),
        ..Faults::default()
    });
    assert!(write(&cursor, 2).is_err());
    write(&cursor, 3).unwrap();
    assert_eq!(cursor.read().unwrap(), Some(mark(3)));
}
