//! What every run of a fuzz target does with its bytes, and the journal it starts from. The
//! fuzzer and the ordinary tests share it. A panic is a finding; `true` says that some of the bytes
//! were taken.

use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, OnceLock};

use store::disk::Disk as _;
use store::journal::{Ed25519Signer, Folder, MemoryDisk, SEGMENT_LEAST_BYTES, verify};
use store::{Journal, JournalConfig};

/// Name, what a run does, where it starts from.
pub type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);
/// Every target of this crate.
pub const TARGETS: &[Target] = &[("journal", journal, journal_seeds)];

const DIRECTORY: &str = "journal";
const SECRET: [u8; 32] = [9; 32];

/// A journal of a few segments, whole.
struct Sound {
    disk: MemoryDisk,
    segments: Vec<PathBuf>,
    payloads: Vec<Vec<u8>>,
}

fn config() -> JournalConfig {
    JournalConfig {
        directory: PathBuf::from(DIRECTORY),
        segment_bytes: SEGMENT_LEAST_BYTES,
        quota_bytes: 16 * SEGMENT_LEAST_BYTES,
        queue_bytes: 64 << 10,
        // The fuzzer is not root, and nothing here is urgent.
        real_time_priority: None,
        ..JournalConfig::default()
    }
}

fn open(disk: &MemoryDisk) -> Result<Journal, store::journal::OpenError> {
    let signer = Box::new(Ed25519Signer::from_secret(&SECRET));
    Journal::open_on(Arc::new(disk.clone()), config(), signer).map(|(journal, _)| journal)
}

fn append(journal: &Journal, payload: Vec<u8>) {
    let (done, outcome) = sync_channel(1);
    let waiting = journal.append(payload, move |durable| {
        // The receiver below waits for it.
        let _ = done.send(durable.map(|proof| proof.sequence()));
    });
    waiting.expect("there is room");
    outcome
        .recv()
        .expect("an answer is owed")
        .expect("the disk is in order");
}

fn sound() -> &'static Sound {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    SOUND.get_or_init(|| {
        let disk = MemoryDisk::new(1);
        let journal = open(&disk).expect("an empty disk");
        let payloads: Vec<Vec<u8>> = (0..24_u8).map(|i| vec![i; 40 + 13 * usize::from(i)]).collect();
        for payload in &payloads {
            append(&journal, payload.clone());
        }
        drop(journal);
        let names = disk.list(Path::new(DIRECTORY)).expect("it is there");
        let segments: Vec<PathBuf> = names
            .iter()
            .filter(|name| name.starts_with('0') && name.ends_with(".seg"))
            .map(|name| Path::new(DIRECTORY).join(name))
            .collect();
        assert!(segments.len() >= 3, "{names:?}");
        Sound {
            disk,
            segments,
            payloads,
        }
    })
}

/// A journal whose segments hold anything. The first byte says what is done to the sound one: the
/// rest stands as its only segment (0), is patches of four bytes, segment, offset, value (1), or
/// says where a segment's writes end and what stands there instead (2). Whatever opens holds
/// records of the sound journal in their order and no others, proves itself, and goes on.
pub fn journal(bytes: &[u8]) -> bool {
    let Some((how, rest)) = bytes.split_first() else {
        return false;
    };
    let sound = sound();
    let disk = damage(sound, *how, rest);
    let folder = Folder::on(Arc::new(disk.clone()), Path::new(DIRECTORY));
    let keys = [Ed25519Signer::from_secret(&SECRET).seal_key()];
    let before = verify(&folder, &keys, |_, _| {}).expect("this disk reads");
    let opened = match open(&disk) {
        Ok(opened) => opened,
        Err(error) => {
            assert!(before.first_bad.is_some(), "proved, yet refused: {error}");
            return false;
        }
    };
    let mut reader = opened.reader();
    let durable = reader.durable_sequence();
    let mut read = 0;
    while read < durable {
        let records = reader.read_from(read + 1, 64, 1 << 20).expect("it opened");
        assert!(!records.is_empty(), "{durable} durable, {read} read");
        for record in records {
            let place = usize::try_from(record.sequence - 1).expect("few");
            assert_eq!(Some(&record.payload), sound.payloads.get(place));
            read = record.sequence;
        }
    }
    append(&opened, b"one more".to_vec());
    drop(opened);
    let after = verify(&folder, &keys, |_, _| {}).expect("this disk reads");
    assert_eq!(after.first_bad, None);
    assert_eq!(after.last_sequence, durable + 1);
    true
}

fn damage(sound: &Sound, how: u8, rest: &[u8]) -> MemoryDisk {
    let segment_of = |byte: u8| usize::from(byte) % sound.segments.len();
    match how % 3 {
        0 => {
            let disk = MemoryDisk::new(1);
            disk.create_dir_all(Path::new(DIRECTORY)).expect("in memory");
            disk.set_contents(&sound.segments[0], rest);
            disk
        }
        1 => {
            let disk = sound.disk.fork(1);
            for patch in rest.chunks_exact(4) {
                let path = &sound.segments[segment_of(patch[0])];
                let mut contents = disk.contents(path).expect("a segment");
                let offset = usize::from(u16::from_be_bytes([patch[1], patch[2]]));
                if let Some(byte) = contents.get_mut(offset) {
                    *byte = patch[3];
                    disk.set_contents(path, &contents);
                }
            }
            disk
        }
        _ => {
            let disk = sound.disk.fork(1);
            if let Some(([segment, high, low], tail)) = rest.split_first_chunk() {
                let path = &sound.segments[segment_of(*segment)];
                let contents = disk.contents(path).expect("a segment");
                let kept = usize::from(u16::from_be_bytes([*high, *low])).min(contents.len());
                // The space is reserved ahead: what was never written reads as zeros.
                let mut damaged = [&contents[..kept], tail].concat();
                damaged.resize(contents.len().max(damaged.len()), 0);
                disk.set_contents(path, &damaged);
            }
            disk
        }
    }
}

fn journal_seeds() -> Vec<Vec<u8>> {
    let sound = sound();
    let contents = |path: &PathBuf| sound.disk.contents(path).expect("a segment");
    let mut seeds: Vec<Vec<u8>> = sound
        .segments
        .iter()
        .map(|path| [&[0][..], &contents(path)].concat())
        .collect();
    let last = sound.segments.len() as u8 - 1;
    seeds.extend([
        vec![0],
        vec![1],
        vec![1, 0, 0, 60, 1],
        vec![1, last, 3, 0, 0xff, last, 4, 1, 0xff],
        vec![1, last, 15, 0xf0, 0x55],
        vec![2, last, 2, 0],
        vec![2, last, 3, 200],
        vec![2, last, 4, 0, 0, 0, 0, 0],
        vec![2, last, 5, 7, 1, 2, 3],
        vec![2, last, 8, 0],
        vec![2, 0, 0, 100],
    ]);
    seeds
}
