//! What every run of a fuzz target does with its bytes, and the examples it starts from. The
//! fuzzer and the ordinary tests share it. A panic is a finding; `true` says that some of the bytes
//! were taken.

use domain::digest::Digest;
use domain::id::PremisesId;
use domain::ledger_row::LedgerRevision;
use domain::time::Timestamp;
use ledger::delta::{Delta, LedgerSync, advance};
use ledger::snapshot::SnapshotHeader;
use ledger::import::{Importer, encode_line, parse_line};

/// Name, what a run does, where it starts from.
pub type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);
/// Every target of this crate.
pub const TARGETS: &[Target] = &[
    ("import_line", import_line, import_line_seeds),
    ("ledger_sync", ledger_sync, ledger_sync_seeds),
];

/// Any bytes as an import file: a row that was taken is written and read as it was, and a refused
/// line says where and what to do.
pub fn import_line(bytes: &[u8]) -> bool {
    let mut importer = Importer::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        if !importer.line(line) {
            break;
        }
    }
    let _ = importer.warnings();
    match importer.finish() {
        Ok(rows) => {
            for row in &rows {
                let line = encode_line(row);
                assert_eq!(parse_line(&line, 1).as_ref(), Ok(row), "{line}");
            }
            !rows.is_empty()
        }
        Err(errors) => {
            assert!(errors.len() <= Importer::ERRORS_MAX);
            for error in errors {
                assert!(!error.what.is_empty() && !error.way_out.is_empty());
            }
            false
        }
    }
}

fn import_line_seeds() -> Vec<Vec<u8>> {
    let examples: Vec<&str> = include_str!("../../../docs/ledger-import.md")
        .lines()
        .filter(|line| line.starts_with('{'))
        .collect();
    let mut seeds: Vec<Vec<u8>> = examples.iter().map(|line| line.as_bytes().to_vec()).collect();
    seeds.push(examples.join("\n").into_bytes());
    seeds
}

/// Any order of deltas, snapshots and vouchings: a refusal changes nothing but the alarm, the
/// revision never goes back, and a fork is healed by a newer snapshot alone. Eight bytes a step:
/// kind, how the hash relates to ours, by how much the revision differs, five of content.
pub fn ledger_sync(bytes: &[u8]) -> bool {
    let mut sync = LedgerSync::default();
    for step in bytes.chunks_exact(8) {
        let have = sync.have();
        let (revision, hash) = have.map_or((0, Digest::ZERO), |have| (have.revision, have.hash));
        let was_forked = sync.is_forked();
        let offered = match step[2] {
            // Now and then a number from anywhere.
            255 => u64::from_be_bytes(step.try_into().expect("eight bytes")),
            near => revision.wrapping_add_signed(i64::from(near.cast_signed())),
        };
        let told = if step[1] % 4 == 0 {
            Digest([step[1]; 32])
        } else {
            hash
        };
        let issued_at = Timestamp::from_seconds(i64::from(step[3]));
        let taken = match step[0] % 3 {
            0 => {
                let delta = Delta {
                    premises: PremisesId::parse("SZ-W01").expect("valid"),
                    revision: offered,
                    previous: told,
                    issued_at,
                    changes: Vec::new(),
                };
                let checked = sync.check_delta(&delta, &step[3..]);
                if let Ok(next) = &checked {
                    assert!(!was_forked && told == hash);
                    assert_eq!(next.hash, advance(told, &step[3..]));
                    assert_eq!(Some(next.revision), revision.checked_add(1));
                }
                checked
            }
            1 => {
                let header = SnapshotHeader {
                    revision: offered,
                    hash: told,
                    issued_at,
                };
                sync.check_snapshot(&header)
            }
            _ => {
                let current = LedgerRevision {
                    revision: offered,
                    hash: told,
                    synced_at: issued_at,
                };
                let vouched = sync.vouch(&current);
                if vouched.is_ok() {
                    assert!(!was_forked && told == hash && offered == revision);
                }
                vouched
            }
        };
        match taken {
            Ok(next) => {
                assert!(have.is_none_or(|have| next.revision >= have.revision));
                sync.adopt(next);
                assert!(!sync.is_forked());
            }
            Err(_) => {
                assert_eq!(sync.have(), have);
                assert!(sync.is_forked() || !was_forked, "a refusal heals nothing");
            }
        }
    }
    sync.have().is_some()
}

fn ledger_sync_seeds() -> Vec<Vec<u8>> {
    let first = [0, 1, 1, 1, 0, 0, 0, 0];
    let next = [3, 1, 1, 2, 0, 0, 0, 1];
    let fork = [0, 4, 1, 3, 0, 0, 0, 2];
    let snapshot = [1, 2, 9, 4, 0, 0, 0, 3];
    let vouch = [2, 1, 0, 5, 0, 0, 0, 4];
    vec![
        [first, next, vouch, next].concat(),
        [first, fork, next, snapshot, next, vouch].concat(),
        [snapshot, vouch, fork, vouch, snapshot].concat(),
    ]
}
