//! What a gate proves that it has, and where its premises' stream stands → what it is sent. Sans-IO.
//!
//! Every premises has a stream of its own: numbered from 1, each revision's hash made from the one
//! before. A gate is right if its hash is the stream's at its revision. The newest revisions are kept
//! as deltas; who is further behind, or elsewhere, is sent the whole ledger.

use domain::digest::Digest;
use domain::id::PremisesId;
use domain::ledger_row::Change;
use domain::time::Timestamp;
use ledger::delta::Delta;
use ledger::snapshot::SnapshotCursor;
use wire::ledger::{CHANGES_MAX, delta_bytes, delta_hash};
use wire::standing::LedgerClaim;

/// Bytes up to which one delta is filled; a message may be 512 KiB long.
const DELTA_BYTES: usize = 192 * 1024;
/// Revisions kept as deltas.
pub const DELTAS_KEPT_MAX: u64 = 4_096;

/// Where the stream of a premises stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHead {
    /// Last revision; 0 for none.
    pub revision: u64,
    /// Hash after it.
    pub hash: Digest,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Oldest revision kept as a delta; one more than `revision` if there is none.
    pub oldest: u64,
    /// Hash before that one.
    pub base_hash: Digest,
}

impl StreamHead {
    /// A stream with nothing in it.
    #[must_use]
    pub const fn empty(at: Timestamp) -> Self {
        Self {
            revision: 0,
            hash: Digest::ZERO,
            issued_at: at,
            oldest: 1,
            base_hash: Digest::ZERO,
        }
    }

    /// The hash at `revision`, where it is known without looking at deltas.
    #[must_use]
    pub fn known_hash(&self, revision: u64) -> Option<Digest> {
        if revision == self.revision {
            Some(self.hash)
        } else if revision.checked_add(1) == Some(self.oldest) {
            Some(self.base_hash)
        } else {
            None
        }
    }

    /// Whether the deltas after `revision` are all kept.
    #[must_use]
    pub const fn reaches_back_to(&self, revision: u64) -> bool {
        revision <= self.revision && revision.saturating_add(1) >= self.oldest
    }
}

/// What a gate is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: it has everything.
    Current,
    /// Deltas from this revision on.
    Deltas {
        /// The first.
        from: u64,
    },
    /// The first part of a snapshot.
    Begin,
    /// The part of its snapshot after this place.
    Continue(SnapshotCursor),
    /// It has another history: an alarm, then a snapshot that is newer than what it has.
    Diverged,
    /// It is ahead: the region's ledger was set back. An alarm, then the stream goes on behind it.
    Ahead {
        /// The gate's revision.
        revision: u64,
    },
}

/// Judges a claim. `hash_at` is the stream's hash at the claimed revision, if it is known.
#[must_use]
pub fn answer(head: &StreamHead, claim: &LedgerClaim, hash_at: Option<Digest>) -> Answer {
    if let Some(cursor) = &claim.snapshot {
        return if head.reaches_back_to(cursor.revision) {
            Answer::Continue(cursor.clone())
        } else {
            Answer::Begin
        };
    }
    let Some(have) = &claim.revision else {
        // Nothing at all, or nothing to rely on: deltas would not make it whole.
        return if head.revision == 0 {
            Answer::Current
        } else {
            Answer::Begin
        };
    };
    if have.revision > head.revision {
        return Answer::Ahead {
            revision: have.revision,
        };
    }
    match hash_at {
        Some(hash) if hash != have.hash => Answer::Diverged,
        Some(_) if have.revision == head.revision => Answer::Current,
        Some(_) if head.reaches_back_to(have.revision) => Answer::Deltas {
            from: have.revision + 1,
        },
        Some(_) | None => Answer::Begin,
    }
}

/// A revision as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptDelta {
    pub(crate) revision: u64,
    pub(crate) hash: Digest,
    /// Canonical bytes; signed when they are sent.
    pub(crate) body: Vec<u8>,
}

/// Cuts changes into deltas that follow `head`, which moves along. No changes give one empty delta.
pub(crate) fn append(
    premises: &PremisesId,
    head: &mut StreamHead,
    changes: Vec<Change>,
    at: Timestamp,
) -> Vec<KeptDelta> {
    let mut kept = Vec::new();
    let mut rest = changes.into_iter().peekable();
    loop {
        let mut delta = Delta {
            premises: premises.clone(),
            revision: head.revision + 1,
            previous: head.hash,
            issued_at: at,
            changes: Vec::new(),
        };
        let mut bytes = 0;
        while let Some(change) = rest.peek() {
            let size = size_of_change(change);
            let is_full = bytes + size > DELTA_BYTES || delta.changes.len() >= CHANGES_MAX;
            if is_full && !delta.changes.is_empty() {
                break;
            }
            bytes += size;
            delta.changes.extend(rest.next());
        }
        head.revision = delta.revision;
        head.hash = delta_hash(&delta);
        head.issued_at = at;
        kept.push(KeptDelta {
            revision: head.revision,
            hash: head.hash,
            body: delta_bytes(&delta),
        });
        if rest.peek().is_none() {
            return kept;
        }
    }
}

/// About as many bytes as a change takes.
fn size_of_change(change: &Change) -> usize {
    match change {
        Change::Upsert(row) => wire::ledger::encode_row(row).len() + 8,
        Change::Remove(_) => 64,
    }
}

/// Lets the stream go on at a revision after `revision` that no gate has: everyone is sent a
/// snapshot.
pub(crate) fn leap(premises: &PremisesId, head: &mut StreamHead, revision: u64, at: Timestamp) {
    head.revision = head.revision.max(revision);
    append(premises, head, Vec::new(), at);
    head.oldest = head.revision + 1;
    head.base_hash = head.hash;
}

#[cfg(test)]
mod tests {
    use domain::id::{CompanyId, GateAddress, GateId, RegionId};
    use domain::ledger_row::{LedgerRevision, RowKey};

    use super::*;

    fn premises() -> PremisesId {
        PremisesId::parse("SZ-W01").expect("valid")
    }

    fn claim(have: Option<(u64, Digest)>, snapshot: Option<u64>) -> LedgerClaim {
        LedgerClaim {
            gate: GateAddress {
                region: RegionId::parse("5300").expect("valid"),
                premises: premises(),
                gate: GateId::parse("G1").expect("valid"),
            },
            revision: have.map(|(revision, hash)| LedgerRevision {
                revision,
                hash,
                synced_at: Timestamp::from_seconds(0),
            }),
            said_at: Timestamp::from_seconds(0),
            snapshot: snapshot.map(|revision| SnapshotCursor {
                revision,
                hash: Digest([9; 32]),
                after_key: vec![1],
            }),
        }
    }

    #[test]
    fn a_gate_is_sent_what_it_misses() {
        // Revisions 5 to 9 are kept.
        let head = StreamHead {
            revision: 9,
            hash: Digest([9; 32]),
            issued_at: Timestamp::from_seconds(1),
            oldest: 5,
            base_hash: Digest([4; 32]),
        };
        let hash = |revision: u64| {
            let byte = u8::try_from(revision).expect("small");
            (4..=9).contains(&revision).then_some(Digest([byte; 32]))
        };
        let other = Digest([77; 32]);
        for (have, snapshot, expected) in [
            (Some((9, Digest([9; 32]))), None, Answer::Current),
            (Some((7, Digest([7; 32]))), None, Answer::Deltas { from: 8 }),
            (Some((4, Digest([4; 32]))), None, Answer::Deltas { from: 5 }),
            (Some((3, Digest([3; 32]))), None, Answer::Begin),
            (Some((0, Digest::ZERO)), None, Answer::Begin),
            (None, None, Answer::Begin),
            (Some((9, other)), None, Answer::Diverged),
            (Some((6, other)), None, Answer::Diverged),
            (Some((12, other)), None, Answer::Ahead { revision: 12 }),
            (None, Some(3), Answer::Begin),
        ] {
            let claim = claim(have, snapshot);
            let hash_at = have.and_then(|(revision, _)| hash(revision));
            assert_eq!(answer(&head, &claim, hash_at), expected, "{have:?}");
        }
        let taking = claim(None, Some(6));
        let cursor = taking.snapshot.clone().expect("it is taking one");
        assert_eq!(answer(&head, &taking, None), Answer::Continue(cursor));
        let empty = StreamHead::empty(Timestamp::from_seconds(1));
        assert_eq!(answer(&empty, &claim(None, None), None), Answer::Current);
        assert_eq!(empty.known_hash(0), Some(Digest::ZERO));
        assert_eq!(
            (head.known_hash(4), head.known_hash(6)),
            (Some(head.base_hash), None)
        );
    }

    #[test]
    fn changes_are_cut_into_revisions_that_follow_each_other() {
        let at = Timestamp::from_seconds(7);
        let key = |n: usize| RowKey::Company(CompanyId::parse(&format!("C{n}")).expect("valid"));
        let changes: Vec<Change> = (0..7_000).map(|n| Change::Remove(key(n))).collect();
        let mut head = StreamHead::empty(at);
        let kept = append(&premises(), &mut head, changes.clone(), at);
        assert_eq!((kept.len(), head.revision), (3, 3));
        let pair = wire::signature::SigningKeyPair::from_seed(&[1; 32]);
        let mut sync = ledger::delta::LedgerSync::new(None);
        let mut all = Vec::new();
        for one in &kept {
            let signed = wire::ledger::sign_delta_body(one.body.clone(), &pair);
            let delta = wire::ledger::decode_delta(&signed, &pair.public_key()).expect("ours");
            let next = sync.check_delta(&delta, &one.body).expect("it follows");
            assert_eq!((next.revision, next.hash), (one.revision, one.hash));
            sync.adopt(next);
            all.extend(delta.changes);
        }
        assert_eq!(all, changes);
        // An empty one marks a revision; a leap leaves nothing behind it.
        assert_eq!(append(&premises(), &mut head, Vec::new(), at).len(), 1);
        leap(&premises(), &mut head, 40, at);
        assert_eq!((head.revision, head.oldest), (41, 42));
        assert!(!head.reaches_back_to(40) && head.reaches_back_to(41));
    }
}
