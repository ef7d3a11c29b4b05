//! Power cuts at every operation: everything acknowledged is there, the chain verifies, nothing
//! appears that was not appended.

use super::*;

const SEEDS: u64 = 12;
const OPERATIONS: u64 = 60;

/// What is expected after a crash: what was appended, in order, and how much was acknowledged.
#[derive(Clone, Default)]
struct Promise {
    appended: Vec<Vec<u8>>,
    acknowledged: usize,
}

/// A payload whose size and content follow from the seed; some hold zeros.
fn seeded_payload(seed: u64, number: u64) -> Vec<u8> {
    let mixed = (seed << 32 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let bytes = [8, 40, 97, 300, 505, 1_200][(mixed >> 40) as usize % 6];
    let mut payload = payload(number, bytes);
    if mixed >> 60 == 3 {
        payload[8..].fill(0);
    }
    payload
}

/// Runs commits of changing size until the power fails or `commits` are done.
fn run(log: &mut Log, seed: u64, commits: u64, promise: &mut Promise) {
    for round in 0..commits {
        let count = [1, 1, 3, 1, 7][((seed + round) % 5) as usize];
        let from = promise.appended.len() as u64;
        let mut group: Vec<_> = (0..count)
            .map(|number| seeded_payload(seed, from + number))
            .collect();
        promise.appended.extend(group.iter().cloned());
        while !group.is_empty() {
            match commit(log, &group) {
                Ok(proofs) => {
                    promise.acknowledged += proofs.len();
                    assert_eq!(
                        proofs.last().unwrap().sequence(),
                        promise.acknowledged as u64
                    );
                    group.drain(..proofs.len());
                }
                Err(_) => return,
            }
        }
    }
}

/// Opens after a crash and checks the promise; what is found becomes the new promise.
fn recover(disk: &MemoryDisk, promise: &mut Promise, what: &str) -> Log {
    let (log, _) = open(disk, &config()).unwrap_or_else(|error| panic!("{what}: {error}"));
    let records = read_all(disk);
    assert!(
        records.len() >= promise.acknowledged,
        "{what}: lost {records:?}"
    );
    assert!(records.len() <= promise.appended.len(), "{what}: phantom");
    for (record, appended) in records.iter().zip(&promise.appended) {
        assert!(
            record.payload == *appended,
            "{what}: record {} differs",
            record.sequence
        );
    }
    let report = verified(disk);
    assert_eq!(report.first_bad, None, "{what}");
    assert_eq!(
        (report.records, report.unfinished_bytes),
        (records.len() as u64, 0),
        "{what}"
    );
    promise.appended.truncate(records.len());
    promise.acknowledged = records.len();
    log
}

#[test]
fn no_power_cut_loses_what_was_acknowledged() {
    let mut torn = 0;
    for seed in 0..SEEDS {
        for cut in 1..=OPERATIONS {
            let what = format!("seed {seed}, cut {cut}");
            let disk = MemoryDisk::new(seed << 16 ^ cut);
            disk.set_faults(Faults {
                power_cut_at: Some(cut),
                ..Faults::default()
            });
            let mut promise = Promise::default();
            if let Ok((mut log, _)) = open(&disk, &config()) {
                run(&mut log, seed, 30, &mut promise);
            }
            assert!(!disk.is_powered(), "{what} comes after the end");
            disk.power_cycle();
            // The power also fails during the recovery, and during the work after it.
            let again = disk.fork(cut);
            for (recovery_cut, disk) in [(1 + seed % 6, again), (7 + cut % 20, disk)] {
                let at = disk.counts().operations + recovery_cut;
                disk.set_faults(Faults {
                    power_cut_at: Some(at),
                    ..Faults::default()
                });
                let mut promise = promise.clone();
                if let Ok((mut log, repair)) = open(&disk, &config()) {
                    torn += usize::from(repair.is_some());
                    let found = log.shared.head().sequence as usize;
                    assert!(
                        found >= promise.acknowledged,
                        "{what}: lost at the first recovery"
                    );
                    promise.appended.truncate(found);
                    promise.acknowledged = found;
                    run(&mut log, seed + 1, 10, &mut promise);
                }
                disk.power_cycle();
                let mut log = recover(&disk, &mut promise, &what);
                run(&mut log, seed + 2, 3, &mut promise);
                assert_eq!(
                    promise.acknowledged,
                    promise.appended.len(),
                    "{what}: refused"
                );
                drop(log);
                recover(&disk, &mut promise, &what);
            }
        }
    }
    assert!(torn > 50, "only {torn} cuts tore a commit");
}

#[test]
fn a_failed_sync_ends_the_journal_until_it_has_proven_itself() {
    for seed in 0..SEEDS {
        for sync in 3..12 {
            for power_cut in [false, true] {
                let what = format!("seed {seed}, sync {sync}, power cut {power_cut}");
                let disk = MemoryDisk::new(seed);
                disk.set_faults(Faults {
                    sync_error_at: Some(sync),
                    ..Faults::default()
                });
                let (mut log, _) = open(&disk, &config()).unwrap();
                let mut promise = Promise::default();
                run(&mut log, seed, 30, &mut promise);
                let syncs = disk.counts().syncs;
                for _ in 0..3 {
                    let refused = commit(&mut log, &[payload(0, 9)]);
                    assert!(matches!(refused, Err(AppendError::Failed { .. })), "{what}");
                }
                assert_eq!(disk.counts().syncs, syncs, "{what}: a sync was tried again");
                drop(log);
                if power_cut {
                    disk.power_cycle();
                }
                let mut log = recover(&disk, &mut promise, &what);
                run(&mut log, seed, 5, &mut promise);
                drop(log);
                // What the failed sync left as clean pages must be durable now.
                disk.power_cycle();
                recover(&disk, &mut promise, &what);
            }
        }
    }
}

#[test]
fn a_failed_write_ends_the_journal_and_leaves_nothing_half() {
    for write in 2..14 {
        let disk = MemoryDisk::new(write);
        disk.set_faults(Faults {
            write_error_at: Some(write),
            ..Faults::default()
        });
        let (mut log, _) = open(&disk, &config()).unwrap();
        let mut promise = Promise::default();
        run(&mut log, write, 30, &mut promise);
        drop(log);
        let mut log = recover(&disk, &mut promise, &format!("write {write}"));
        run(&mut log, 3, 5, &mut promise);
        assert_eq!(promise.acknowledged, promise.appended.len());
    }
}

#[test]
fn the_threaded_journal_keeps_the_promise_too() {
    for cut in (5..125).step_by(3) {
        let disk = MemoryDisk::new(cut);
        disk.set_faults(Faults {
            power_cut_at: Some(cut),
            ..Faults::default()
        });
        let told = Arc::new(std::sync::Mutex::new(0));
        if let Ok((journal, _)) = Journal::open_on(Arc::new(disk.clone()), config(), signer()) {
            for number in 0..200 {
                let told = Arc::clone(&told);
                let outcome = journal.append(payload(number, 120), move |outcome| {
                    if let Ok(proof) = outcome {
                        *told.lock().unwrap() = proof.sequence();
                    }
                });
                outcome.unwrap();
            }
        }
        disk.power_cycle();
        let (_log, _) = open(&disk, &config()).unwrap_or_else(|error| panic!("{cut}: {error}"));
        let records = read_all(&disk);
        assert!(records.len() as u64 >= *told.lock().unwrap(), "cut {cut}");
        for (number, record) in records.iter().enumerate() {
            assert_eq!(record.payload, payload(number as u64, 120), "cut {cut}");
        }
    }
}
