use std::io;
use std::path::Path;

use super::*;

fn path(name: &str) -> std::path::PathBuf {
    Path::new("/journal").join(name)
}

fn each_disk(check: impl Fn(&dyn Disk, &Path)) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    check(&RealDisk, directory.path());
    check(&MemoryDisk::new(1), Path::new("/journal"));
}

#[test]
fn both_disks_keep_the_same_contract() {
    each_disk(|disk, directory| {
        disk.create_dir_all(directory).unwrap();
        let first = directory.join("first");
        let file = disk.create(&first).unwrap();
        assert_eq!(
            disk.create(&first).err().unwrap().kind(),
            io::ErrorKind::AlreadyExists
        );
        file.fallocate(4_096).unwrap();
        assert_eq!(file.len().unwrap(), 4_096);
        file.write_at(10, b"barrier").unwrap();
        file.sync_data().unwrap();
        disk.rename(&first, &directory.join("second")).unwrap();
        disk.sync_dir(directory).unwrap();
        assert_eq!(disk.list(directory).unwrap(), ["second"]);
        let read = disk.open(&directory.join("second"), Access::Read).unwrap();
        assert!(read.write_at(0, b"x").is_err(), "a reader cannot write");
        assert_eq!(read_range(read.as_ref(), 8, 10).unwrap(), b"\0\0barrier\0");
        assert_eq!(read_range(read.as_ref(), 4_090, 100).unwrap(), [0; 6]);
        let missing = disk.open(&first, Access::Read).err().unwrap();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        disk.remove(&directory.join("second")).unwrap();
        remove_if_present(disk, &directory.join("second")).unwrap();
        assert!(disk.list(directory).unwrap().is_empty());
    });
}

#[test]
fn a_directory_has_one_writer() {
    each_disk(|disk, directory| {
        let held = disk.lock(directory).unwrap();
        assert_eq!(
            disk.lock(directory).err().unwrap().kind(),
            io::ErrorKind::WouldBlock
        );
        drop(held);
        disk.lock(directory).unwrap();
    });
}

#[test]
fn a_whole_file_beyond_its_limit_is_not_read() {
    each_disk(|disk, directory| {
        let name = directory.join("large");
        disk.create(&name).unwrap().write_at(0, &[7; 65]).unwrap();
        assert_eq!(read_whole(disk, &name, 65).unwrap(), [7; 65]);
        assert_eq!(
            read_whole(disk, &name, 64).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    });
}

#[test]
fn a_power_cut_keeps_what_was_synced_and_may_tear_the_rest() {
    let (mut kept_all, mut kept_none, mut torn) = (0, 0, 0);
    for seed in 0..64 {
        let disk = MemoryDisk::new(seed);
        let file = disk.create(&path("a")).unwrap();
        file.write_at(0, &[1; 2_048]).unwrap();
        file.sync_data().unwrap();
        disk.sync_dir(Path::new("/journal")).unwrap();
        file.write_at(0, &[2; 2_048]).unwrap();
        disk.power_cycle();
        assert!(file.len().is_err(), "handles do not outlive a power cut");
        let bytes = disk.contents(&path("a")).expect("the name was synced");
        for sector in bytes.chunks(512) {
            assert!(
                sector == [1; 512] || sector == [2; 512],
                "a sector is old or new"
            );
        }
        match bytes.iter().filter(|byte| **byte == 2).count() {
            0 => kept_none += 1,
            2_048 => kept_all += 1,
            _ => torn += 1,
        }
    }
    assert!(
        kept_all > 0 && kept_none > 0 && torn > 0,
        "{kept_all} {kept_none} {torn}"
    );
}

#[test]
fn a_failed_sync_is_not_made_good_by_the_next() {
    let mut lost = 0;
    for seed in 0..32 {
        let disk = MemoryDisk::new(seed);
        let file = disk.create(&path("a")).unwrap();
        disk.sync_dir(Path::new("/journal")).unwrap();
        disk.set_faults(Faults {
            sync_error_at: Some(1),
            ..Faults::default()
        });
        file.write_at(0, &[3; 512]).unwrap();
        assert!(file.sync_data().is_err());
        file.sync_data()
            .expect("the second sync says yes, as the kernel's does");
        disk.power_cycle();
        lost += usize::from(disk.contents(&path("a")).unwrap() != [3; 512]);
    }
    assert!(lost > 0, "the write the sync failed on can be gone");
}

#[test]
fn a_full_disk_and_a_failed_write_are_reported() {
    let disk = MemoryDisk::new(5);
    disk.set_faults(Faults {
        capacity_bytes: Some(1_000),
        write_error_at: Some(2),
        ..Faults::default()
    });
    let file = disk.create(&path("a")).unwrap();
    assert_eq!(
        file.fallocate(1_001).unwrap_err().kind(),
        io::ErrorKind::StorageFull
    );
    file.fallocate(1_000).unwrap();
    file.write_at(0, b"good").unwrap();
    assert!(file.write_at(4, b"half").is_err());
    assert_eq!(&disk.contents(&path("a")).unwrap()[..8], b"goodha\0\0");
}
