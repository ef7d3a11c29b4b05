//! `pack.json`: what a pack holds and where it stands in the gate's chain, as serde structures,
//! and the limits of it all.

use serde::{Deserialize, Serialize};

/// First value of `format`.
pub const FORMAT: &str = "kakou-evidence-pack";
/// Version that this crate writes and reads.
pub const VERSION: u32 = 1;

/// Largest `pack.json`.
pub const MANIFEST_BYTES_MAX: u64 = 4 << 20;
/// Most members, `pack.json` and `pack.sig` left out.
pub const MEMBERS_MAX: usize = 16_384;
/// Largest member.
pub const MEMBER_BYTES_MAX: u64 = 256 << 20;
/// Largest pack.
pub const PACK_BYTES_MAX: u64 = 4 << 30;
/// Most records from the first of a passage to the anchor, those of others included.
pub const RUN_RECORDS_MAX: usize = 1 << 20;
/// Most records of one passage, and their bytes.
pub const EVENTS_MAX: usize = 8_192;
/// Bytes of all records of one passage.
pub const EVENTS_BYTES_MAX: usize = 64 << 20;
/// Most pictures.
pub const PICTURES_MAX: usize = 4_096;

/// Member that lists all others.
pub const MANIFEST_NAME: &str = "pack.json";
/// Member with the signature over it.
pub const SIGNATURE_NAME: &str = "pack.sig";
/// Member that says how to prove the pack.
pub const README_NAME: &str = "README.txt";
/// Member that tells the passage in words.
pub const STORY_NAME: &str = "story.txt";
/// Member with the digests of the run.
pub const CHAIN_NAME: &str = "chain.bin";

/// Name of the member with a record.
#[must_use]
pub fn event_name(sequence: u64) -> String {
    format!("events/{sequence:08}.bin")
}

/// Who put a pack together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MadeBy {
    /// The gate, from its journal.
    Gate,
    /// The region, from what it has received.
    Region,
}

impl std::fmt::Display for MadeBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Gate => "gate",
            Self::Region => "region",
        })
    }
}

/// The run of records from the first of the passage to the anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Sequence of the first record.
    pub first_sequence: u64,
    /// Chain hash before it, hexadecimal.
    pub previous_hash: String,
    /// Sequence of the last.
    pub last_sequence: u64,
    /// Chain hash after it, hexadecimal.
    pub last_hash: String,
}

/// A head of the chain that the gate signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Anchor {
    /// A seal of the gate's journal, written in the same moment as the records.
    JournalSeal {
        /// Last sequence of the sealed group.
        sequence: u64,
        /// Chain hash after it, hexadecimal.
        hash: String,
        /// Signature, hexadecimal.
        signature: String,
    },
    /// The head of a batch, as the region received it.
    BatchHead {
        /// Last sequence of the batch.
        sequence: u64,
        /// Chain hash after it, hexadecimal.
        hash: String,
        /// Encoded `BatchHead`, hexadecimal.
        body: String,
        /// Signature over it, hexadecimal.
        signature: String,
    },
}

impl Anchor {
    /// Sequence and hash that are signed.
    #[must_use]
    pub fn head(&self) -> (u64, &str) {
        match self {
            Self::JournalSeal { sequence, hash, .. } | Self::BatchHead { sequence, hash, .. } => {
                (*sequence, hash)
            }
        }
    }

    /// What it is, in words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::JournalSeal { .. } => "seal of the gate's journal",
            Self::BatchHead { .. } => "head of a batch sent to the region",
        }
    }
}

/// What became of a picture that the records name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureState {
    /// In the pack.
    Present,
    /// Not kept (any more) where the pack was made.
    Missing,
    /// Kept, but no longer the file that was recorded.
    Damaged,
}

/// A picture or scan that the records name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureEntry {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Whether it is in the pack.
    pub state: PictureState,
    /// Its member; only where it is present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

/// A member of the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Name in the archive.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// `pack.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// Gate, as region/premises/gate.
    pub gate: String,
    /// Epoch of its journal.
    pub epoch: u64,
    /// Passage.
    pub passage: String,
    /// When the pack was made, UTC.
    pub made_at: String,
    /// By whom.
    pub made_by: MadeBy,
    /// The gate's public key, hexadecimal.
    pub gate_key: String,
    /// Where the records stand in the chain.
    pub run: Run,
    /// Sequences of the passage's records, ascending.
    pub events: Vec<u64>,
    /// Heads that the gate signed.
    pub anchors: Vec<Anchor>,
    /// Pictures and scans that the records name, by hash.
    pub pictures: Vec<PictureEntry>,
    /// Members that follow `pack.sig`, in order.
    pub members: Vec<Member>,
}

impl Manifest {
    /// The bytes of `pack.json`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("plain values are JSON");
        bytes.push(b'\n');
        bytes
    }
}
