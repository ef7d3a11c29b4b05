//! The journal as a whole: commits, reads, crashes, damage, full disks. [`Rig`] drives the commit
//! engine in one thread on a disk in memory, so that every run of a seed is the same run.

mod appending;
mod crash;
mod damage;
mod reading;
mod room;
mod tear;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::log::Log;
use super::recovery::{self, Ahead};
use super::walker::{list_segments, segment_name};
use super::*;
use crate::chain;
use crate::disk::{Disk, Faults};

const SECRET: [u8; 32] = [7; 32];

fn directory() -> PathBuf {
    PathBuf::from("/var/gate/journal")
}

fn signer() -> Box<dyn Signer> {
    Box::new(Ed25519Signer::from_secret(&SECRET))
}

fn keys() -> [SealKey; 1] {
    [Ed25519Signer::from_secret(&SECRET).seal_key()]
}

fn config() -> JournalConfig {
    JournalConfig {
        directory: directory(),
        gate: "region-1/premises-2/gate-3".into(),
        segment_bytes: 8 << 10,
        quota_bytes: 1 << 20,
        real_time_priority: None,
        ..JournalConfig::default()
    }
}

fn folder(disk: &MemoryDisk) -> Folder {
    Folder::on(Arc::new(disk.clone()), &directory())
}

fn open(disk: &MemoryDisk, config: &JournalConfig) -> Result<(Log, Option<TailRepair>), OpenError> {
    recovery::open(Arc::new(disk.clone()), config, signer(), Ahead::Inline)
}

/// A payload that can be told from every other.
fn payload(number: u64, bytes: usize) -> Vec<u8> {
    let mut payload = number.to_le_bytes().to_vec();
    payload.extend((payload.len()..bytes).map(|index| (index as u64 * 31 + number) as u8 | 1));
    payload
}

fn commit(log: &mut Log, payloads: &[Vec<u8>]) -> Result<Vec<Durable>, AppendError> {
    log.commit(payloads.iter().map(Vec::as_slice))
}

/// Commits payloads `from..from + count` of 100 bytes, each for itself.
fn commit_each(log: &mut Log, from: u64, count: u64) {
    for number in from..from + count {
        let proofs = commit(log, &[payload(number, 100)]).unwrap();
        assert_eq!(proofs.len(), 1);
        assert_eq!(proofs[0].sequence(), number);
    }
}

fn read_all(disk: &MemoryDisk) -> Vec<Record> {
    let mut reader = JournalReader::open_on(&folder(disk)).unwrap();
    let first = reader.first_sequence();
    reader.read_from(first, usize::MAX, usize::MAX).unwrap()
}

fn verified(disk: &MemoryDisk) -> VerifyReport {
    verify(&folder(disk), &keys(), |_, _| {}).unwrap()
}

fn segment_paths(disk: &MemoryDisk) -> Vec<PathBuf> {
    let sequences = list_segments(&folder(disk)).unwrap();
    sequences
        .into_iter()
        .map(|first| directory().join(segment_name(first)))
        .collect()
}

/// End of what is written in a file: the byte after the last that is not zero.
fn written_end(disk: &MemoryDisk, path: &Path) -> usize {
    let bytes = disk.contents(path).unwrap();
    bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
}
