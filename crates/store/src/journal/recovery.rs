//! Directory → proven journal, ready to be written to. Cuts a commit that a crash has torn;
//! refuses everything else that does not prove itself, without changing a byte.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::frame::HEADER_BYTES;
use super::log::{Current, Log};
use super::prepare::{PREPARED_NAME, Preparer};
use super::scan::{Doubt, Fault};
use super::seal::{SealDoubt, SealKey, Signer};
use super::settings::{Bad, JournalConfig, OpenError, OpenScan, TailRepair};
use super::shared::{Head, Segment, Shared};
use super::tail::Tail;
use super::walker::{self, Stop, Walked, Walker};
use crate::chain;
use crate::disk::{Access, DiskFile, Folder, SharedDisk, remove_if_present};

/// Whether segments are prepared on their own thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ahead {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "one thread makes crash tests repeatable")
    )]
    Inline,
    Threaded,
}

/// Names the step and the directory in a disk error.
struct Context {
    directory: PathBuf,
}

impl Context {
    fn at(&self, doing: &'static str) -> impl FnOnce(io::Error) -> OpenError {
        let directory = self.directory.clone();
        move |source| OpenError::Disk {
            doing,
            directory,
            source,
        }
    }
}

/// Opens the directory for writing.
pub(crate) fn open(
    disk: SharedDisk,
    config: &JournalConfig,
    signer: Box<dyn Signer>,
    ahead: Ahead,
) -> Result<(Log, Option<TailRepair>), OpenError> {
    config.check()?;
    let context = Context {
        directory: config.directory.clone(),
    };
    let folder = Folder::on(disk, &config.directory);
    let disk = folder.disk.as_ref();
    disk.create_dir_all(&folder.path)
        .map_err(context.at("make the directory"))?;
    let lock = disk.lock(&folder.path).map_err(|error| {
        if error.kind() == io::ErrorKind::WouldBlock {
            OpenError::Locked(folder.path.clone())
        } else {
            context.at("lock the directory")(error)
        }
    })?;
    let sequences = walker::list_segments(&folder).map_err(context.at("list the directory"))?;
    let genesis = chain::genesis(&config.gate, config.epoch);
    let mut segments = VecDeque::new();
    let mut head = Head {
        sequence: 0,
        hash: genesis,
        end: 0,
    };
    let (mut current, mut repair) = (None, None);
    if !sequences.is_empty() {
        let keys = believed_keys(signer.as_ref(), config);
        let last = prove(&folder, config, &keys, &sequences, &mut segments, &context)?;
        head = Head {
            sequence: last.walk.sequence,
            hash: last.walk.hash,
            end: last.walk.sealed_end,
        };
        repair = settle_tail(&folder, &last).map_err(context.at("settle the last segment"))?;
        current = Some(reopen(&folder, &last).map_err(context.at("open the last segment"))?);
    }
    remove_if_present(disk, &folder.path.join(PREPARED_NAME))
        .map_err(context.at("remove the unused next segment"))?;
    disk.sync_dir(&folder.path)
        .map_err(context.at("sync the directory"))?;
    let preparer = match ahead {
        Ahead::Inline => Preparer::inline(folder.clone(), config.segment_bytes),
        Ahead::Threaded => Preparer::threaded(folder.clone(), config.segment_bytes)
            .map_err(context.at("start the preparing thread"))?,
    };
    let mut log = Log {
        gate: config.gate.clone(),
        epoch: config.epoch,
        segment_bytes: config.segment_bytes,
        quota_bytes: config.quota_bytes,
        key_id: signer.seal_key().key_id(),
        signer,
        shared: Arc::new(Shared::new(folder, genesis, segments, head)),
        current,
        buffer: Vec::new(),
        preparer,
        _lock: lock,
    };
    let started = if log.current.is_none() {
        log.rotate()
    } else {
        log.prepare_ahead()
    };
    started.map_err(OpenError::FirstSegment)?;
    Ok((log, repair))
}

fn believed_keys(signer: &dyn Signer, config: &JournalConfig) -> Vec<SealKey> {
    let mut keys = vec![signer.seal_key()];
    keys.extend(config.former_keys.iter().cloned());
    keys
}

/// Walks the segments that are to be proven and returns the last.
fn prove(
    folder: &Folder,
    config: &JournalConfig,
    keys: &[SealKey],
    sequences: &[u64],
    segments: &mut VecDeque<Segment>,
    context: &Context,
) -> Result<Walked, OpenError> {
    let skipped = match config.scan {
        OpenScan::Whole => 0,
        OpenScan::Newest => sequences.len().saturating_sub(2),
    };
    let mut walker = Walker::new(folder, Some((config.gate.clone(), config.epoch)));
    let mut last = None;
    for (index, first_sequence) in sequences.iter().copied().enumerate() {
        if index < skipped {
            let header = walker::read_header(folder, first_sequence)
                .map_err(context.at("read a segment"))?
                .map_err(OpenError::Unproven)?;
            segments.push_back(Segment {
                first_sequence,
                bytes: header.segment_bytes,
            });
            continue;
        }
        let is_last = index + 1 == sequences.len();
        let walked = walker
            .walk(first_sequence, is_last, &mut |_, _| Ok(()))
            .map_err(|stop| match stop {
                Stop::Disk(error) => context.at("read a segment")(error),
                Stop::Bad(bad, _) => OpenError::Unproven(bad),
            })?;
        check_last_seal(&walked, keys).map_err(OpenError::Unproven)?;
        segments.push_back(Segment {
            first_sequence,
            bytes: walked.header.segment_bytes,
        });
        last = Some(walked);
    }
    last.ok_or_else(|| context.at("find a segment")(io::ErrorKind::NotFound.into()))
}

/// The last signature of a segment covers all records up to it, by the chain.
fn check_last_seal(walked: &Walked, keys: &[SealKey]) -> Result<(), Bad> {
    let Some((offset, seal)) = &walked.walk.last_seal else {
        return Ok(());
    };
    seal.check(keys).map_err(|doubt| {
        let what = match doubt {
            SealDoubt::UnknownKey => Fault::UnknownKey,
            SealDoubt::BadSignature => Fault::Signature,
        };
        let sequence = walked.header.first_sequence;
        Bad::new(
            walked.name.clone(),
            Doubt {
                offset: *offset,
                sequence,
                what,
            },
        )
    })
}

/// Makes durable what is to be believed and zeroes what is not. The last group may have been
/// written without a sync before the crash, or with a failed one; it is written again, because
/// the kernel may hold pages as clean that never reached the disk.
fn settle_tail(folder: &Folder, last: &Walked) -> io::Result<Option<TailRepair>> {
    let file = open_segment(folder, last)?;
    let (group, end) = (last.walk.last_group, last.walk.sealed_end);
    if last.walk.groups == 0 {
        file.write_at(0, &last.bytes[..HEADER_BYTES])?;
    } else {
        file.write_at(group, &last.bytes[group as usize..end as usize])?;
    }
    let mut repair = None;
    if let Tail::Torn { end: torn_end } = last.tail {
        let bytes_cut = torn_end - end;
        file.write_at(end, &vec![0; bytes_cut as usize])?;
        repair = Some(TailRepair {
            segment: last.name.clone(),
            offset: end,
            bytes_cut,
        });
    }
    file.sync_data()?;
    Ok(repair)
}

fn open_segment(folder: &Folder, last: &Walked) -> io::Result<Box<dyn DiskFile>> {
    folder
        .disk
        .open(&folder.path.join(&last.name), Access::ReadWrite)
}

fn reopen(folder: &Folder, last: &Walked) -> io::Result<Current> {
    Ok(Current {
        file: open_segment(folder, last)?,
        checksum_seed: last.header.checksum_seed(),
        offset: last.walk.sealed_end,
        bytes: last.header.segment_bytes,
    })
}
