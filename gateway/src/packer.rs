//! One passage's records, signed head and pictures → the file that proves them. Reads the journal's
//! folder beside the writer and never holds it up.

use std::io::Write;
use std::path::PathBuf;

use domain::id::{GateAddress, PassageId};
use domain::time::Timestamp;
use evidence_pack::{
    Anchor, GatherError, Gathered, Gatherer, MadeBy, Maker, Manifest, Picture, TrustedKeys,
    WriteError, write_pack,
};
use store::journal::{JournalReader, ReadError, RealDisk, sealed_head};
use wire::signature::SigningKeyPair;

use crate::eyes::album;
use crate::gate_keys::EPOCH;

/// Records read at once.
const RECORDS: usize = 1_024;
/// Bytes read at once.
const BYTES: usize = 16 << 20;

/// Why a passage cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The journal cannot be read.
    #[error("the journal cannot be read")]
    Read(#[source] ReadError),
    /// The journal's folder cannot be opened.
    #[error("the folder of the journal {folder} cannot be opened")]
    Folder {
        /// Folder.
        folder: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// Nothing of the passage is there.
    #[error(
        "nothing of passage {passage} stands in the journal, which begins with record \
         {first_sequence}; `kakou journal show` lists passages, and the region may have an older one"
    )]
    NoSuchPassage {
        /// Passage.
        passage: String,
        /// Oldest record.
        first_sequence: u64,
    },
    /// The passage's last record has no seal yet.
    #[error("record {sequence} is not sealed yet; try again")]
    NotSealed {
        /// Record.
        sequence: u64,
    },
    /// The records do not make a passage.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// The pack cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What a gate packs with.
#[derive(Debug)]
pub struct Packer {
    /// Gate.
    pub gate: GateAddress,
    /// Folder of the journal.
    pub journal: PathBuf,
    /// Folder of the pictures.
    pub pictures: PathBuf,
    /// The gate's key pair.
    pub key: SigningKeyPair,
}

impl Packer {
    /// The passage's records from record `from` on, up to the first signed head after them;
    /// `through` ends the search for them, if it is known where they end. `progress` learns how
    /// many records were read.
    ///
    /// # Errors
    /// Nothing of the passage is there, it is not sealed yet, or the journal is unreadable.
    pub fn gather(
        &self,
        reader: &mut JournalReader,
        passage: &PassageId,
        from: u64,
        through: Option<u64>,
        mut progress: impl FnMut(usize),
    ) -> Result<Gathered, PackError> {
        let mut gatherer = Gatherer::new(self.gate.clone(), passage.clone());
        let end = match through {
            Some(last) => self.head(last)?.sequence,
            None => u64::MAX,
        };
        let mut next = from.max(reader.first_sequence());
        while next <= end {
            let records = reader
                .read_from(next, RECORDS, BYTES)
                .map_err(PackError::Read)?;
            let Some(last) = records.last() else { break };
            next = last.sequence + 1;
            for record in records.iter().filter(|record| record.sequence <= end) {
                gatherer.take(record.sequence, record.prev_hash, &record.payload)?;
            }
            progress(records.len());
        }
        let last = gatherer
            .last_sequence()
            .ok_or_else(|| PackError::NoSuchPassage {
                passage: passage.to_string(),
                first_sequence: reader.first_sequence(),
            })?;
        let head = self.head(last)?;
        let anchor = Anchor::JournalSeal {
            sequence: head.sequence,
            hash: head.hash.to_string(),
            signature: hex::encode(head.signature),
        };
        Ok(gatherer.finish(Some(anchor))?)
    }

    fn head(&self, sequence: u64) -> Result<store::journal::SealedHead, PackError> {
        let disk = RealDisk::open(&self.journal).map_err(|source| PackError::Folder {
            folder: self.journal.clone(),
            source,
        })?;
        sealed_head(&disk, sequence)
            .map_err(PackError::Read)?
            .ok_or(PackError::NotSealed { sequence })
    }

    /// Writes the pack; without pictures if they are not wanted.
    ///
    /// # Errors
    /// A picture or the output cannot be used, or it would be too large.
    pub fn write(
        &self,
        out: &mut impl Write,
        gathered: &Gathered,
        made_at: Timestamp,
        with_pictures: bool,
    ) -> Result<Manifest, PackError> {
        let maker = Maker {
            made_by: MadeBy::Gate,
            made_at,
            epoch: EPOCH,
            gate_key: self.key.public_key(),
            key: &self.key,
        };
        let mut source = |sha256: &_| {
            if !with_pictures {
                return Ok(Picture::Missing);
            }
            let kept = album::find(&self.pictures, sha256)?
                .map(std::fs::read)
                .transpose()?;
            Ok(kept.map_or(Picture::Missing, Picture::Kept))
        };
        Ok(write_pack(out, &maker, gathered, &mut source)?)
    }

    /// The keys that its packs are proved with.
    #[must_use]
    pub fn trusted(&self) -> TrustedKeys {
        TrustedKeys {
            gates: vec![(Some(self.gate.to_string()), self.key.public_key())],
            region: None,
        }
    }
}
