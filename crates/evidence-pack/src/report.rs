//! What a proof found, and why a file could not be proven at all; every finding names its member.

use std::fmt;
use std::io;

use domain::decision::Verdict;
use domain::event::{Event, EventBody};
use domain::time::Timestamp;

use crate::manifest::{Anchor, Manifest, PictureState};

/// What is wrong with the archive around a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Structure {
    /// The file ends too early.
    #[error("the file ends too early")]
    Truncated,
    /// The header is not the one that the member must have there.
    #[error("another member stands here, or its header was changed")]
    Header,
    /// The member is too large.
    #[error("it has {size} bytes, at most {size_max} are allowed")]
    TooLarge {
        /// Bytes found.
        size: u64,
        /// Bytes allowed.
        size_max: u64,
    },
    /// The zeros after the member are none.
    #[error("the zeros after it were changed")]
    Padding,
    /// Something stands after the last member.
    #[error("something follows the last member")]
    Trailing,
}

/// Why a file is not proven at all: what is in it cannot be believed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read {
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The archive is not in the form of a pack.
    #[error("{member}: {what}")]
    Structure {
        /// Member.
        member: String,
        /// What is wrong.
        what: Structure,
    },
    /// `pack.json` says something that no pack says.
    #[error("{member}: {what}")]
    Manifest {
        /// Member.
        member: &'static str,
        /// In words.
        what: String,
    },
    /// `pack.sig` or `pack.json` was changed.
    #[error("{member}: {what}")]
    Signature {
        /// Member that was changed.
        member: &'static str,
        /// In words.
        what: &'static str,
    },
    /// Signed with a key that nobody vouches for.
    #[error("pack.sig: signed with the key {key}, which was not given as trusted")]
    UntrustedKey {
        /// Key, hexadecimal.
        key: String,
    },
}

impl PackError {
    pub(crate) fn structure(member: &str, what: Structure) -> Self {
        Self::Structure {
            member: member.to_owned(),
            what,
        }
    }

    /// The member that is wrong, where it is one.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Read { .. } => None,
            Self::Structure { member, .. } => Some(member),
            Self::Manifest { member, .. } | Self::Signature { member, .. } => Some(member),
            Self::UntrustedKey { .. } => Some(crate::manifest::SIGNATURE_NAME),
        }
    }
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Member.
    pub member: String,
    /// What is wrong, in words.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.what)
    }
}

/// A decision of the passage, decided again from its own record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedAgain {
    /// Sequence of the record.
    pub sequence: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// How often the passage had been decided, from 1.
    pub attempt: u16,
    /// Verdict then.
    pub recorded: Verdict,
    /// Verdict now.
    pub again: Verdict,
    /// Findings now.
    pub findings: usize,
    /// What differs; empty if nothing does.
    pub differences: Vec<String>,
}

/// What a proof found.
#[derive(Debug, Clone)]
pub struct Report {
    /// `pack.json`.
    pub manifest: Manifest,
    /// The passage's records: sequence and event.
    pub events: Vec<(u64, Event)>,
    /// Records of others in the run, of which only the digest is there.
    pub hidden_records: u64,
    /// Heads signed by the gate, as far as they hold.
    pub anchors: Vec<Anchor>,
    /// Decisions, decided again.
    pub decisions: Vec<DecidedAgain>,
    /// What does not hold.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether everything holds.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether the passage's opening and end are among the records.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let opened = |(_, event): &(u64, Event)| matches!(event.body, EventBody::PassageOpened);
        let ended =
            |(_, event): &(u64, Event)| matches!(event.body, EventBody::PassageEnded { .. });
        self.events.iter().any(opened) && self.events.iter().any(ended)
    }
}

impl fmt::Display for Report {
    /// What was proven and what was not, line by line, for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = &self.manifest;
        let run = &manifest.run;
        writeln!(
            f,
            "passage {} at gate {}, packed by the {} at {}",
            manifest.passage, manifest.gate, manifest.made_by, manifest.made_at
        )?;
        writeln!(
            f,
            "records: {} of the passage in their places from {} to {}, {} of others as digests",
            self.events.len(),
            run.first_sequence,
            run.last_sequence,
            self.hidden_records
        )?;
        for anchor in &self.anchors {
            let sequence = anchor.head().0;
            writeln!(f, "signed by the gate: {} at {sequence}", anchor.kind())?;
        }
        if self.anchors.is_empty() {
            writeln!(f, "signed by the {} alone", manifest.made_by)?;
        }
        if !self.is_whole() {
            writeln!(f, "the passage's beginning or end is not among the records")?;
        }
        for again in &self.decisions {
            let outcome = match again.differences.as_slice() {
                [] => "no difference".to_owned(),
                differences => differences.join("; "),
            };
            writeln!(
                f,
                "decision {} of {}: {:?}, decided again {:?} with {} findings, {outcome}",
                again.attempt, again.at, again.recorded, again.again, again.findings
            )?;
        }
        let pictures = manifest.pictures.iter();
        let (present, absent): (Vec<_>, Vec<_>) =
            pictures.partition(|picture| picture.state == PictureState::Present);
        writeln!(
            f,
            "pictures and scans: {} there, {} named and absent",
            present.len(),
            absent.len()
        )?;
        for picture in absent {
            writeln!(f, "  absent: {}", picture.sha256)?;
        }
        for problem in &self.problems {
            writeln!(f, "NOT PROVEN {problem}")?;
        }
        Ok(())
    }
}
