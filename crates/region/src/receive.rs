//! One batch and what is stored → what to store and what to answer. Sans-IO.
//!
//! Per gate and epoch a record is accepted if and only if its sequence is the next one and its
//! previous hash is the stored head. Anything older is a double, anything newer a gap, and a
//! different hash at a known sequence is a fork of the chain: an alarm, never a silent choice.

use domain::id::GateAddress;
use store::chain::{self, Hash};

/// The head of a gate's chain as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Epoch of the journal.
    pub epoch: u64,
    /// Last sequence stored; 0 for none.
    pub sequence: u64,
    /// Its hash; the genesis hash for none.
    pub hash: Hash,
}

impl Head {
    /// The head of a gate of which nothing is stored.
    #[must_use]
    pub fn genesis(gate: &GateAddress, epoch: u64) -> Self {
        Self {
            epoch,
            sequence: 0,
            hash: chain::genesis(&gate.to_string(), epoch),
        }
    }
}

/// Consecutive records of one gate, whose signature has been verified by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Epoch.
    pub epoch: u64,
    /// Sequence of the first record.
    pub first_sequence: u64,
    /// Hash before the first record.
    pub prev_hash: Hash,
    /// Payloads, in order.
    pub payloads: Vec<Vec<u8>>,
    /// Hash of the last record, as signed.
    pub head_hash: Hash,
}

/// A record to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// Sequence.
    pub sequence: u64,
    /// Chain hash.
    pub hash: Hash,
    /// Payload.
    pub payload: Vec<u8>,
}

/// What to do with a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Store these, then acknowledge the new head.
    Store {
        /// Records that are new, in order.
        records: Vec<NewRecord>,
        /// Head after them.
        head: Head,
        /// Doubles dropped from the front.
        doubles: u64,
    },
    /// Everything is stored already: acknowledge the head again.
    Doubles {
        /// Records dropped.
        doubles: u64,
    },
    /// Records before these are missing: ask for them.
    Gap {
        /// First sequence missing.
        from_sequence: u64,
    },
    /// The chain does not continue what is stored: alarm.
    Fork {
        /// Sequence at which it differs.
        sequence: u64,
    },
    /// The batch contradicts itself: alarm, nothing is stored.
    Broken {
        /// In words.
        what: &'static str,
    },
}

/// Judges a batch against the stored head. `hash_at` gives the stored hash of a sequence.
pub fn judge(head: &Head, received: &Received, hash_at: impl Fn(u64) -> Option<Hash>) -> Outcome {
    if received.payloads.is_empty() || received.first_sequence == 0 {
        return Outcome::Broken {
            what: "a batch without records",
        };
    }
    if received.epoch != head.epoch {
        return Outcome::Broken {
            what: "another epoch than the one enrolled",
        };
    }
    let mut hash = received.prev_hash;
    let mut records = Vec::new();
    let mut doubles = 0;
    for (sequence, payload) in (received.first_sequence..).zip(&received.payloads) {
        hash = chain::next(&hash, sequence, payload);
        if sequence <= head.sequence {
            if hash_at(sequence).is_some_and(|stored| stored != hash) {
                return Outcome::Fork { sequence };
            }
            doubles += 1;
        } else {
            records.push(NewRecord {
                sequence,
                hash,
                payload: payload.clone(),
            });
        }
    }
    if hash != received.head_hash {
        return Outcome::Broken {
            what: "the signed head does not follow from the records",
        };
    }
    let Some(first_new) = records.first() else {
        return Outcome::Doubles { doubles };
    };
    if first_new.sequence > head.sequence + 1 {
        return Outcome::Gap {
            from_sequence: head.sequence + 1,
        };
    }
    if doubles == 0 && received.prev_hash != head.hash {
        return Outcome::Fork {
            sequence: head.sequence,
        };
    }
    let last = records.last().expect("checked to hold a first record");
    let head = Head {
        epoch: head.epoch,
        sequence: last.sequence,
        hash: last.hash,
    };
    Outcome::Store {
        records,
        head,
        doubles,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> GateAddress {
        GateAddress {
            region: domain::id::RegionId::parse("R").expect("valid"),
            premises: domain::id::PremisesId::parse("P").expect("valid"),
            gate: domain::id::GateId::parse("G").expect("valid"),
        }
    }

    /// Records 1 to n of a chain, with their hashes.
    fn chain_of(n: u64) -> Vec<(Hash, Vec<u8>)> {
        let mut hash = Head::genesis(&gate(), 1).hash;
        (1..=n)
            .map(|sequence| {
                let payload = sequence.to_le_bytes().to_vec();
                hash = chain::next(&hash, sequence, &payload);
                (hash, payload)
            })
            .collect()
    }

    fn batch(records: &[(Hash, Vec<u8>)], first: u64, last: u64) -> Received {
        let at = |sequence: u64| records[usize::try_from(sequence).expect("small") - 1].0;
        Received {
            epoch: 1,
            first_sequence: first,
            prev_hash: if first == 1 {
                Head::genesis(&gate(), 1).hash
            } else {
                at(first - 1)
            },
            payloads: (first..=last).map(|s| s.to_le_bytes().to_vec()).collect(),
            head_hash: at(last),
        }
    }

    fn head_at(records: &[(Hash, Vec<u8>)], sequence: u64) -> Head {
        match sequence {
            0 => Head::genesis(&gate(), 1),
            s => Head {
                epoch: 1,
                sequence: s,
                hash: records[usize::try_from(s).expect("small") - 1].0,
            },
        }
    }

    #[test]
    fn only_what_continues_the_chain_is_stored() {
        let records = chain_of(10);
        // (stored up to, batch first, batch last, records stored, doubles)
        for (stored, first, last, new, dropped) in [
            (0, 1, 4, 4, 0),
            (4, 5, 10, 6, 0),
            (4, 3, 6, 2, 2),
            (0, 1, 10, 10, 0),
        ] {
            let head = head_at(&records, stored);
            let outcome = judge(&head, &batch(&records, first, last), |s| {
                records
                    .get(usize::try_from(s).expect("small") - 1)
                    .map(|r| r.0)
            });
            let Outcome::Store {
                records: stored_now,
                head,
                doubles,
            } = outcome
            else {
                panic!("{outcome:?}")
            };
            assert_eq!(
                (stored_now.len(), doubles, head.sequence),
                (new, dropped, last)
            );
        }
    }

    #[test]
    fn doubles_gaps_forks_and_broken_batches_store_nothing() {
        let records = chain_of(10);
        let known = |s: u64| {
            records
                .get(usize::try_from(s).expect("small") - 1)
                .map(|r| r.0)
        };
        let head = head_at(&records, 6);
        assert_eq!(
            judge(&head, &batch(&records, 2, 6), known),
            Outcome::Doubles { doubles: 5 }
        );
        assert_eq!(
            judge(&head, &batch(&records, 9, 10), known),
            Outcome::Gap { from_sequence: 7 }
        );

        let mut forked = batch(&records, 7, 8);
        forked.prev_hash = records[0].0;
        let mut hash = forked.prev_hash;
        for (s, p) in (7..).zip(&forked.payloads) {
            hash = chain::next(&hash, s, p);
        }
        forked.head_hash = hash;
        assert_eq!(judge(&head, &forked, known), Outcome::Fork { sequence: 6 });

        let mut altered = batch(&records, 7, 8);
        altered.payloads[0][0] ^= 1;
        assert!(matches!(
            judge(&head, &altered, known),
            Outcome::Broken { .. }
        ));

        let mut other_epoch = batch(&records, 7, 8);
        other_epoch.epoch = 2;
        assert!(matches!(
            judge(&head, &other_epoch, known),
            Outcome::Broken { .. }
        ));
    }
}
