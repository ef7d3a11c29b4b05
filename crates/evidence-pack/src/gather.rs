//! A gate's records in order → those of one passage, with the digests of the others between them.

use domain::event::Event;
use domain::id::{GateAddress, PassageId};
use store::chain::{Hash, link, payload_digest};

use crate::manifest::{Anchor, EVENTS_BYTES_MAX, EVENTS_MAX, RUN_RECORDS_MAX};

/// Why a passage cannot be gathered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatherError {
    /// No record names the passage.
    #[error("nothing is recorded of passage {passage}")]
    NoSuchPassage {
        /// Passage.
        passage: String,
    },
    /// The records do not follow each other.
    #[error("record {sequence} does not follow the one before it")]
    Continuity {
        /// Sequence.
        sequence: u64,
    },
    /// Too much lies between the passage's records, or there are too many of them.
    #[error("{what} of passage {passage} are more than {limit}")]
    TooMany {
        /// Passage.
        passage: String,
        /// What there is too much of.
        what: &'static str,
        /// How much may be.
        limit: usize,
    },
    /// A record cannot be read.
    #[error("record {sequence} cannot be read")]
    Decode {
        /// Sequence.
        sequence: u64,
        /// Cause.
        #[source]
        source: wire::DecodeError,
    },
    /// A record is another gate's.
    #[error("record {sequence} is of gate {found}")]
    OtherGate {
        /// Sequence.
        sequence: u64,
        /// Gate.
        found: String,
    },
    /// The signed head is not one of the run's.
    #[error("the signed head at {sequence} does not fit the records")]
    Anchor {
        /// Sequence.
        sequence: u64,
    },
}

/// One record of the passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRecord {
    /// Sequence.
    pub sequence: u64,
    /// Payload.
    pub payload: Vec<u8>,
    /// What it says.
    pub event: Event,
}

/// A passage's records and their run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// Gate.
    pub gate: GateAddress,
    /// Passage.
    pub passage: PassageId,
    /// Hash before the first record.
    pub previous: Hash,
    /// Digests of all records from the first of the passage on.
    pub digests: Vec<[u8; 32]>,
    /// The passage's own records, ascending; at least one.
    pub records: Vec<OwnRecord>,
    /// Heads that the gate signed.
    pub anchors: Vec<Anchor>,
}

/// Takes records one by one.
#[derive(Debug)]
pub struct Gatherer {
    passage: PassageId,
    gate: GateAddress,
    previous: Option<Hash>,
    first: u64,
    digests: Vec<[u8; 32]>,
    records: Vec<OwnRecord>,
    bytes: usize,
}

impl Gatherer {
    /// For one passage of a gate.
    #[must_use]
    pub fn new(gate: GateAddress, passage: PassageId) -> Self {
        Self {
            passage,
            gate,
            previous: None,
            first: 0,
            digests: Vec::new(),
            records: Vec::new(),
            bytes: 0,
        }
    }

    /// Sequence of the passage's last record so far.
    #[must_use]
    pub fn last_sequence(&self) -> Option<u64> {
        self.records.last().map(|record| record.sequence)
    }

    /// Takes the next record of the gate; what comes before the passage is passed over.
    ///
    /// # Errors
    /// A record is left out, one of the passage cannot be read, or there are too many.
    pub fn take(
        &mut self,
        sequence: u64,
        previous: Hash,
        payload: &[u8],
    ) -> Result<(), GatherError> {
        // Most records are others': their text tells without being read.
        let name = self.passage.as_str().as_bytes();
        let is_named = payload.windows(name.len()).any(|part| part == name);
        let own = if is_named {
            let (gate, event) = wire::record::decode_record(payload)
                .map_err(|source| GatherError::Decode { sequence, source })?;
            if gate != self.gate {
                let found = gate.to_string();
                return Err(GatherError::OtherGate { sequence, found });
            }
            (event.passage.as_ref() == Some(&self.passage)).then_some(event)
        } else {
            None
        };
        if self.previous.is_none() {
            if own.is_none() {
                return Ok(());
            }
            (self.previous, self.first) = (Some(previous), sequence);
        }
        if sequence != self.first + self.digests.len() as u64 {
            return Err(GatherError::Continuity { sequence });
        }
        if self.digests.len() >= RUN_RECORDS_MAX {
            // Only what comes after the passage may be left out.
            return match own {
                Some(_) => {
                    Err(self.too_many("records between the first and the last", RUN_RECORDS_MAX))
                }
                None => Ok(()),
            };
        }
        self.digests.push(payload_digest(payload));
        if let Some(event) = own {
            self.bytes += payload.len();
            if self.records.len() >= EVENTS_MAX {
                return Err(self.too_many("records", EVENTS_MAX));
            }
            if self.bytes > EVENTS_BYTES_MAX {
                return Err(self.too_many("bytes", EVENTS_BYTES_MAX));
            }
            let payload = payload.to_vec();
            self.records.push(OwnRecord {
                sequence,
                payload,
                event,
            });
        }
        Ok(())
    }

    fn too_many(&self, what: &'static str, limit: usize) -> GatherError {
        GatherError::TooMany {
            passage: self.passage.to_string(),
            what,
            limit,
        }
    }

    /// The passage, its run cut after `anchor`, or after its last record where there is none.
    ///
    /// # Errors
    /// Nothing is recorded of the passage, or the anchor is not a head of its run.
    pub fn finish(self, anchor: Option<Anchor>) -> Result<Gathered, GatherError> {
        let (Some(previous), Some(last)) = (self.previous, self.last_sequence()) else {
            return Err(GatherError::NoSuchPassage {
                passage: self.passage.to_string(),
            });
        };
        let end = anchor.as_ref().map_or(last, |anchor| anchor.head().0);
        let mut digests = self.digests;
        let count = (end + 1).saturating_sub(self.first);
        let fits = end >= last && count <= digests.len() as u64;
        digests.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        let head = run_head(previous, self.first, &digests);
        let agrees = anchor
            .as_ref()
            .is_none_or(|anchor| anchor.head().1 == head.to_string());
        if !fits || !agrees {
            return Err(GatherError::Anchor { sequence: end });
        }
        Ok(Gathered {
            gate: self.gate,
            passage: self.passage,
            previous,
            digests,
            records: self.records,
            anchors: anchor.into_iter().collect(),
        })
    }
}

/// The chain hash after a run.
pub(crate) fn run_head(previous: Hash, first_sequence: u64, digests: &[[u8; 32]]) -> Hash {
    let mut hash = previous;
    for (sequence, digest) in (first_sequence..).zip(digests) {
        hash = link(&hash, sequence, digest);
    }
    hash
}
