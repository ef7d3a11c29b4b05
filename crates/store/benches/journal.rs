//! Records per second of the journal, beside the same bytes written and synced by hand.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use store::journal::{Ed25519Signer, Journal, JournalConfig};

const RECORD_BYTES: usize = 1_024;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1_500);

/// Median of a few rounds.
fn median(mut round: impl FnMut() -> f64) -> f64 {
    let mut figures: Vec<f64> = (0..ROUNDS).map(|_| round()).collect();
    figures.sort_by(f64::total_cmp);
    figures[ROUNDS / 2]
}

/// Appends with `in_flight` records under way; records per second.
fn journal(folder: &std::path::Path, in_flight: usize) -> f64 {
    let config = JournalConfig {
        directory: folder.join(format!("journal-{in_flight}")),
        gate: "bench/site/G1".to_owned(),
        epoch: 1,
        ..JournalConfig::default()
    };
    let signer = Box::new(Ed25519Signer::from_secret(&[7; 32]));
    let (journal, _) = Journal::open(config, signer).expect("a new journal");
    let (done, finished) = mpsc::channel();
    median(|| {
        let start = Instant::now();
        let (mut sent, mut durable) = (0_usize, 0_usize);
        while start.elapsed() < ROUND {
            while sent - durable < in_flight {
                let done = done.clone();
                journal
                    .append(vec![5; RECORD_BYTES], move |outcome| {
                        // The bench may have ended its round.
                        let _ = done.send(outcome.is_ok());
                    })
                    .expect("the queue has room");
                sent += 1;
            }
            assert!(finished.recv().expect("an answer"), "a record failed");
            durable += 1;
        }
        while durable < sent {
            assert!(finished.recv().expect("an answer"), "a record failed");
            durable += 1;
        }
        durable as f64 / start.elapsed().as_secs_f64()
    })
}

/// The floor: `group` records written as one and synced, nothing else.
fn raw(folder: &std::path::Path, group: usize) -> f64 {
    let file = File::create(folder.join(format!("raw-{group}"))).expect("a file");
    let bytes = vec![5_u8; RECORD_BYTES * group];
    file.write_all_at(&vec![0; 64 << 20], 0).expect("room");
    file.sync_all().expect("synced");
    let mut offset = 0;
    median(|| {
        let start = Instant::now();
        let mut records = 0;
        while start.elapsed() < ROUND {
            file.write_all_at(&bytes, offset).expect("written");
            file.sync_data().expect("synced");
            offset = (offset + bytes.len() as u64) % (60 << 20);
            records += group;
        }
        records as f64 / start.elapsed().as_secs_f64()
    })
}

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).expect("a folder on the disk");
    for in_flight in [1, 8, 64] {
        let (ours, floor) = (
            journal(folder.path(), in_flight),
            raw(folder.path(), in_flight),
        );
        let ratio = ours / floor;
        println!("journal, {in_flight} under way\t{ours:.0}\t{floor:.0}\t{ratio:.2}\trecords/s");
    }
}
