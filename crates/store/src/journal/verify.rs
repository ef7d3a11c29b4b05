//! A whole journal → proven, or the first place that is not. Checks every frame, every link and
//! every signature, and changes nothing. Refuses to repair.

use std::io;

use super::scan::Fault;
use super::seal::{SealDoubt, SealKey};
use super::settings::Bad;
use super::tail::Tail;
use super::walker::{self, Stop, Walker};
use crate::chain::Hash;
use crate::disk::Folder;

/// What was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// Records proven.
    pub records: u64,
    /// Segments walked to their end.
    pub segments: u64,
    /// Signatures proven.
    pub groups: u64,
    /// Oldest record there; later than 1 where the journal was pruned.
    pub first_sequence: u64,
    /// Last record proven.
    pub last_sequence: u64,
    /// Its hash.
    pub last_hash: Hash,
    /// Bytes after the last group that a crash, or a writer at work, has left unfinished.
    pub unfinished_bytes: u64,
    /// The first place that does not prove itself.
    pub first_bad: Option<Bad>,
}

/// Why a journal cannot be verified at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There is no segment in the directory.
    #[error("there is no journal in {folder:?}")]
    NoJournal {
        /// The directory.
        folder: Folder,
    },
    /// The disk refused.
    #[error("cannot read the journal in {folder:?}")]
    Disk {
        /// The directory.
        folder: Folder,
        /// The disk's answer.
        #[source]
        source: io::Error,
    },
}

/// Proves a journal from its oldest segment to its end. `progress` is told the records and bytes
/// proven, after every segment and every thousandth group.
///
/// # Errors
/// There is no journal, or the disk refuses; what is wrong with the records is in the report.
pub fn verify(
    folder: &Folder,
    keys: &[SealKey],
    mut progress: impl FnMut(u64, u64),
) -> Result<VerifyReport, VerifyError> {
    let disk_error = |source| VerifyError::Disk {
        folder: folder.clone(),
        source,
    };
    let sequences = walker::list_segments(folder).map_err(disk_error)?;
    let Some(first_sequence) = sequences.first().copied() else {
        return Err(VerifyError::NoJournal {
            folder: folder.clone(),
        });
    };
    let mut report = VerifyReport {
        records: 0,
        segments: 0,
        groups: 0,
        first_sequence,
        last_sequence: first_sequence.saturating_sub(1),
        last_hash: Hash([0; 32]),
        unfinished_bytes: 0,
        first_bad: None,
    };
    let mut walker = Walker::new(folder, None);
    let mut bytes = 0;
    for (index, sequence) in sequences.iter().copied().enumerate() {
        let (mut records, mut groups) = (report.records, report.groups);
        let walked = walker.walk(
            sequence,
            index + 1 == sequences.len(),
            &mut |offset, seal| {
                seal.check(keys).map_err(|doubt| match doubt {
                    SealDoubt::UnknownKey => Fault::UnknownKey,
                    SealDoubt::BadSignature => Fault::Signature,
                })?;
                records += u64::from(seal.records);
                groups += 1;
                if groups % 1_000 == 0 {
                    progress(records, bytes + offset);
                }
                Ok(())
            },
        );
        let walk = match walked {
            Ok(walked) => {
                report.segments += 1;
                bytes += walked.bytes.len() as u64;
                if let Tail::Torn { end } = walked.tail {
                    report.unfinished_bytes = end - walked.walk.sealed_end;
                }
                walked.walk
            }
            Err(Stop::Disk(error)) => return Err(disk_error(error)),
            Err(Stop::Bad(bad, walk)) => {
                report.first_bad = Some(bad);
                match walk {
                    Some(walk) => *walk,
                    None => return Ok(report),
                }
            }
        };
        report.records += walk.records;
        report.groups += walk.groups;
        report.last_sequence = walk.sequence;
        report.last_hash = walk.hash;
        progress(report.records, bytes);
        if report.first_bad.is_some() {
            return Ok(report);
        }
    }
    Ok(report)
}
