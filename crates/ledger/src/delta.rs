//! Numbered deltas and snapshots → whether a gate's copy may advance. Signatures and encoding are
//! verified before, in `wire`; applying the rows is the store's business.

use domain::digest::Digest;
use domain::id::PremisesId;
use domain::ledger_row::{Change, LedgerRevision};
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::snapshot::SnapshotHeader;

/// One numbered change of the e-ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// Premises whose ledger it changes: each has a numbering and a history of its own.
    pub premises: PremisesId,
    /// Number; follows its predecessor's without a gap.
    pub revision: u64,
    /// Running hash before this delta.
    pub previous: Digest,
    /// When the region issued it.
    pub issued_at: Timestamp,
    /// Changes, in order.
    pub changes: Vec<Change>,
}

/// The running hash after a delta: SHA-256 over a label, the hash before and the delta's
/// canonical bytes as `wire` signs them. The first delta advances [`Digest::ZERO`].
#[must_use]
pub fn advance(previous: Digest, delta_bytes: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    // The label keeps these hashes apart from those of the journal.
    hash.update(b"kakou/ledger/v1");
    hash.update(previous.0);
    hash.update(delta_bytes);
    Digest(hash.finalize().into())
}

/// Why a delta, a snapshot or a vouching was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdvanceError {
    /// The gate has it already; nothing is wrong.
    #[error("ledger revision {offered} is not newer than {have}")]
    Older {
        /// Revision the gate has.
        have: u64,
        /// Revision offered.
        offered: u64,
    },
    /// Something before it is missing: the gate has to ask for a snapshot.
    #[error("ledger revision {offered} does not follow {have:?}, a snapshot is needed")]
    Gap {
        /// Revision the gate has, if any.
        have: Option<u64>,
        /// Revision offered.
        offered: u64,
    },
    /// It belongs to another history than the gate's: an alarm. Nothing is taken any more until a
    /// newer snapshot comes.
    #[error("ledger revision {revision} has hash {offered}, this gate has {have}")]
    Fork {
        /// Revision at which the histories differ.
        revision: u64,
        /// Hash the gate has.
        have: Digest,
        /// Hash offered.
        offered: Digest,
    },
    /// An earlier fork has not been healed by a snapshot.
    #[error("ledger has been forked since revision {have}, a newer snapshot is needed")]
    Forked {
        /// Revision the gate has.
        have: u64,
    },
}

/// Follows the region's numbering. A check does not advance; [`Self::adopt`] does, once the store
/// has the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgerSync {
    have: Option<LedgerRevision>,
    forked: bool,
    distrusted: bool,
}

impl LedgerSync {
    /// Starts from what the store holds.
    #[must_use]
    pub const fn new(have: Option<LedgerRevision>) -> Self {
        Self {
            have,
            forked: false,
            distrusted: false,
        }
    }

    /// Starts from rows of which some may be missing: only a snapshot makes them whole, of whatever
    /// revision.
    #[must_use]
    pub const fn distrusted(have: LedgerRevision) -> Self {
        Self {
            have: Some(have),
            forked: false,
            distrusted: true,
        }
    }

    /// Whether rows may be missing.
    #[must_use]
    pub const fn is_distrusted(&self) -> bool {
        self.distrusted
    }

    /// What the gate may tell the region that it has: nothing, if rows may be missing.
    #[must_use]
    pub fn provable(&self) -> Option<LedgerRevision> {
        self.have.filter(|_| !self.distrusted)
    }

    /// What the gate has.
    #[must_use]
    pub const fn have(&self) -> Option<LedgerRevision> {
        self.have
    }

    /// Whether the gate's history differs from the region's.
    #[must_use]
    pub const fn is_forked(&self) -> bool {
        self.forked
    }

    /// Whether `delta` may be applied; the revision that the rows will then be.
    ///
    /// # Errors
    /// It is older, leaves a gap, or continues another history.
    pub fn check_delta(
        &mut self,
        delta: &Delta,
        delta_bytes: &[u8],
    ) -> Result<LedgerRevision, AdvanceError> {
        let offered = delta.revision;
        let have = match self.have {
            Some(have) if self.forked => {
                return Err(AdvanceError::Forked {
                    have: have.revision,
                });
            }
            Some(_) if self.distrusted => {
                return Err(AdvanceError::Gap {
                    have: None,
                    offered,
                });
            }
            Some(have) => have,
            // The region's first delta needs nothing before it.
            None if offered == 1 && delta.previous == Digest::ZERO => {
                return Ok(after(delta, delta_bytes));
            }
            None => {
                return Err(AdvanceError::Gap {
                    have: None,
                    offered,
                });
            }
        };
        if offered == have.revision {
            self.same_history(&have, advance(delta.previous, delta_bytes))?;
        }
        if offered <= have.revision {
            return Err(AdvanceError::Older {
                have: have.revision,
                offered,
            });
        }
        if have.revision.checked_add(1) != Some(offered) {
            return Err(AdvanceError::Gap {
                have: Some(have.revision),
                offered,
            });
        }
        self.same_history(&have, delta.previous)?;
        Ok(after(delta, delta_bytes))
    }

    /// Whether a snapshot may replace the rows; the revision that they will then be. Only a newer
    /// one heals a fork.
    ///
    /// # Errors
    /// It is not newer, or the same revision of another history.
    pub fn check_snapshot(
        &mut self,
        header: &SnapshotHeader,
    ) -> Result<LedgerRevision, AdvanceError> {
        if let Some(have) = self.have
            && header.revision <= have.revision
            && !self.distrusted
        {
            if header.revision == have.revision {
                self.same_history(&have, header.hash)?;
            }
            return Err(AdvanceError::Older {
                have: have.revision,
                offered: header.revision,
            });
        }
        Ok(LedgerRevision {
            revision: header.revision,
            hash: header.hash,
            synced_at: header.issued_at,
        })
    }

    /// Takes the revision of a check, after the store has the rows.
    pub fn adopt(&mut self, revision: LedgerRevision) {
        self.have = Some(revision);
        self.forked = false;
        self.distrusted = false;
    }

    /// The region vouches that `current` is its state; moves the gate's time of synchronisation
    /// forward if the gate has it.
    ///
    /// # Errors
    /// The gate has something else.
    pub fn vouch(&mut self, current: &LedgerRevision) -> Result<LedgerRevision, AdvanceError> {
        let offered = current.revision;
        let mut have = self.provable().ok_or(AdvanceError::Gap {
            have: None,
            offered,
        })?;
        if self.forked {
            return Err(AdvanceError::Forked {
                have: have.revision,
            });
        }
        if offered > have.revision {
            return Err(AdvanceError::Gap {
                have: Some(have.revision),
                offered,
            });
        }
        if offered < have.revision {
            return Err(AdvanceError::Older {
                have: have.revision,
                offered,
            });
        }
        self.same_history(&have, current.hash)?;
        have.synced_at = have.synced_at.max(current.synced_at);
        self.have = Some(have);
        Ok(have)
    }

    fn same_history(&mut self, have: &LedgerRevision, offered: Digest) -> Result<(), AdvanceError> {
        if offered == have.hash {
            return Ok(());
        }
        self.forked = true;
        Err(AdvanceError::Fork {
            revision: have.revision,
            have: have.hash,
            offered,
        })
    }
}

fn after(delta: &Delta, delta_bytes: &[u8]) -> LedgerRevision {
    LedgerRevision {
        revision: delta.revision,
        hash: advance(delta.previous, delta_bytes),
        synced_at: delta.issued_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(revision: u64, previous: Digest) -> Delta {
        Delta {
            premises: PremisesId::parse("SZ-W01").expect("valid"),
            revision,
            previous,
            issued_at: Timestamp::from_seconds(i64::try_from(revision).expect("small")),
            changes: Vec::new(),
        }
    }

    /// A copy at revision 2 of the history `b"1"`, `b"2"`.
    fn at_two() -> (LedgerSync, Digest) {
        let mut sync = LedgerSync::new(None);
        let one = sync
            .check_delta(&delta(1, Digest::ZERO), b"1")
            .expect("first");
        sync.adopt(one);
        let two = sync.check_delta(&delta(2, one.hash), b"2").expect("second");
        sync.adopt(two);
        (sync, one.hash)
    }

    #[test]
    fn the_running_hash_is_pinned() {
        // printf 'kakou/ledger/v1' + 32 zero bytes + 'abc' | sha256sum
        assert_eq!(
            advance(Digest::ZERO, b"abc").to_string(),
            "18ff6f1d1031a43abc9d6ab307937fae5a794df5804e680f1e4a4160d27a9b73"
        );
    }

    #[test]
    fn deltas_are_taken_only_in_order_and_of_one_history() {
        let (sync, first_hash) = at_two();
        let have = sync.have().expect("two deltas were taken");
        let other = Digest([7; 32]);
        let cases = [
            (delta(3, have.hash), &b"3"[..], "ok", false),
            (delta(2, first_hash), b"2", "older", false),
            (delta(1, other), b"x", "older", false),
            (delta(4, have.hash), b"4", "gap", false),
            (delta(1 << 40, have.hash), b"4", "gap", false),
            (delta(3, other), b"3", "fork", true),
            (delta(2, first_hash), b"changed", "fork", true),
        ];
        for (offered, bytes, expected, forked) in cases {
            let mut sync = sync;
            let got = match sync.check_delta(&offered, bytes) {
                Ok(next) => {
                    assert_eq!(next.revision, 3);
                    "ok"
                }
                Err(AdvanceError::Older { .. }) => "older",
                Err(AdvanceError::Gap { .. }) => "gap",
                Err(AdvanceError::Fork { .. }) => "fork",
                Err(AdvanceError::Forked { .. }) => "forked",
            };
            assert_eq!((got, sync.is_forked()), (expected, forked), "{offered:?}");
            assert_eq!(sync.have(), Some(have), "a check does not advance");
        }
        let mut empty = LedgerSync::new(None);
        let missing = Err(AdvanceError::Gap {
            have: None,
            offered: 5,
        });
        assert_eq!(empty.check_delta(&delta(5, other), b""), missing);
    }

    #[test]
    fn a_fork_is_healed_by_a_newer_snapshot_alone() {
        let (mut sync, _) = at_two();
        let have = sync.have().expect("two deltas were taken");
        sync.check_delta(&delta(3, Digest([7; 32])), b"3")
            .expect_err("another history");
        assert!(matches!(
            sync.check_delta(&delta(3, have.hash), b"3"),
            Err(AdvanceError::Forked { have: 2 })
        ));
        assert!(sync.vouch(&have).is_err());
        let header = |revision, hash| SnapshotHeader {
            revision,
            hash,
            issued_at: Timestamp::from_seconds(9),
        };
        assert!(sync.check_snapshot(&header(1, have.hash)).is_err());
        assert!(sync.check_snapshot(&header(2, Digest([7; 32]))).is_err());
        let newer = sync
            .check_snapshot(&header(9, Digest([9; 32])))
            .expect("newer");
        sync.adopt(newer);
        assert!(!sync.is_forked());
        assert!(sync.check_delta(&delta(10, Digest([9; 32])), b"10").is_ok());
    }

    #[test]
    fn rows_that_may_be_missing_are_made_whole_by_a_snapshot_alone() {
        let (sync, _) = at_two();
        let have = sync.have().expect("two deltas were taken");
        let mut doubted = LedgerSync::distrusted(have);
        assert_eq!((doubted.have(), doubted.provable()), (Some(have), None));
        let refused = [
            doubted.check_delta(&delta(3, have.hash), b"3"),
            doubted.vouch(&have),
        ];
        for refusal in refused {
            assert!(matches!(refusal, Err(AdvanceError::Gap { have: None, .. })));
        }
        for revision in [1, 2, 3] {
            let mut doubted = doubted;
            let header = SnapshotHeader {
                revision,
                hash: Digest([9; 32]),
                issued_at: Timestamp::from_seconds(9),
            };
            let whole = doubted.check_snapshot(&header).expect("any will do");
            doubted.adopt(whole);
            assert_eq!(doubted.provable(), Some(whole));
        }
    }

    #[test]
    fn vouching_moves_the_time_forward_and_never_back() {
        let (mut sync, _) = at_two();
        let have = sync.have().expect("two deltas were taken");
        for (s, expected) in [(50, 50), (10, 50)] {
            let current = LedgerRevision {
                synced_at: Timestamp::from_seconds(s),
                ..have
            };
            let vouched = sync.vouch(&current).expect("the same revision");
            assert_eq!(vouched.synced_at, Timestamp::from_seconds(expected));
        }
        let ahead = LedgerRevision {
            revision: 5,
            ..have
        };
        assert!(matches!(sync.vouch(&ahead), Err(AdvanceError::Gap { .. })));
    }
}
