//! Messages of many gates → what is stored in one transaction, and what each gate is answered.

use std::collections::{BTreeMap, btree_map};

use domain::id::GateAddress;
use store::chain::Hash;

use super::{Collector, Counts, Ended, now};
use crate::event_store::{Append, Appended, EventStore};
use crate::receive::{Head, Outcome, Received, judge};

/// Most alarms of one run: a flood of refused messages must not fill the disk with them.
const ALARMS_MAX: u64 = 10_000;

/// Judges batches against the heads of the gates that this collector serves.
pub(super) struct Intake<'a> {
    pub(super) collector: &'a Collector,
    pub(super) store: &'a EventStore,
    pub(super) heads: BTreeMap<GateAddress, Head>,
    pub(super) counts: &'a mut Counts,
    pending: BTreeMap<GateAddress, Append>,
    /// Gates that get an answer, and the first sequence that each misses.
    answers: BTreeMap<GateAddress, Option<u64>>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(
        collector: &'a Collector,
        store: &'a EventStore,
        counts: &'a mut Counts,
    ) -> Self {
        Self {
            collector,
            store,
            heads: BTreeMap::new(),
            counts,
            pending: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }

    /// Judges one batch; what is new waits for [`Self::store_all`].
    pub(super) async fn batch(&mut self, gate: &GateAddress, payload: &[u8]) -> Result<(), Ended> {
        let name = gate.to_string();
        let Some(key) = self.collector.gates.get(gate) else {
            return self.alarm(&name, "unknown gate", "").await;
        };
        // A gate that has changed hands: whoever serves it now hears it too.
        let Some(head) = self.head(gate) else {
            return Ok(());
        };
        let (batch, signed) = match wire::batch::verify_batch_and_head(payload, key) {
            Ok((batch, signed)) if batch.gate == *gate => (batch, signed),
            Ok((batch, _)) => {
                let other = batch.gate.to_string();
                return self.alarm(&name, "batch of another gate", &other).await;
            }
            Err(error) => return self.alarm(&name, "batch refused", &error.to_string()).await,
        };
        let received = Received {
            epoch: batch.epoch,
            first_sequence: batch.first_sequence,
            prev_hash: Hash(batch.prev_hash.0),
            payloads: batch.payloads,
            head_hash: Hash(batch.head_hash.0),
        };
        let known = self.known_hashes(gate, &received, &head).await?;
        match judge(&head, &received, |sequence| known.get(&sequence).copied()) {
            Outcome::Store {
                records,
                head: after,
                doubles,
            } => {
                self.counts.doubles += doubles;
                let signed = (after.sequence, signed);
                match self.pending.entry(gate.clone()) {
                    btree_map::Entry::Occupied(mut entry) => {
                        let append = entry.get_mut();
                        append.after = after;
                        append.records.extend(records);
                        append.signed.push(signed);
                    }
                    btree_map::Entry::Vacant(entry) => {
                        entry.insert(Append {
                            gate: gate.clone(),
                            before: head,
                            after,
                            records,
                            signed: vec![signed],
                        });
                    }
                }
                self.answers.entry(gate.clone()).or_insert(None);
            }
            Outcome::Doubles { doubles } => {
                self.counts.doubles += doubles;
                self.answers.entry(gate.clone()).or_insert(None);
            }
            Outcome::Gap { from_sequence } => {
                self.counts.gaps += 1;
                tracing::info!(%gate, from_sequence, "gap asked for");
                self.answers.insert(gate.clone(), Some(from_sequence));
            }
            Outcome::Fork { sequence } => {
                let detail = format!("at sequence {sequence}");
                self.alarm(&name, "fork", &detail).await?;
            }
            Outcome::Broken { what } => self.alarm(&name, "broken batch", what).await?,
        }
        Ok(())
    }

    /// The head as it will be once everything that waits is stored.
    fn head(&self, gate: &GateAddress) -> Option<Head> {
        let waiting = self.pending.get(gate).map(|append| append.after);
        waiting.or_else(|| self.heads.get(gate).copied())
    }

    /// Hashes of what the batch repeats, stored or waiting.
    async fn known_hashes(
        &self,
        gate: &GateAddress,
        received: &Received,
        head: &Head,
    ) -> Result<BTreeMap<u64, Hash>, Ended> {
        let first = received.first_sequence;
        let last = first
            .saturating_add(received.payloads.len() as u64)
            .saturating_sub(1)
            .min(head.sequence);
        let mut known = BTreeMap::new();
        if first > last {
            return Ok(known);
        }
        if let Some(append) = self.pending.get(gate) {
            known.extend(
                append
                    .records
                    .iter()
                    .map(|record| (record.sequence, record.hash)),
            );
        }
        let stored = self.heads.get(gate).map_or(0, |head| head.sequence);
        if first <= stored {
            let hashes = self.store.hashes(gate, first, last.min(stored)).await?;
            known.extend(hashes);
        }
        Ok(known)
    }

    /// Stores what waits. Returns the gates to be answered, with the first sequence that each
    /// misses.
    pub(super) async fn store_all(&mut self) -> Result<BTreeMap<GateAddress, Option<u64>>, Ended> {
        let answers = std::mem::take(&mut self.answers);
        let appends: Vec<Append> = std::mem::take(&mut self.pending).into_values().collect();
        if appends.is_empty() {
            return Ok(answers);
        }
        match self.store.append(now(), &appends).await? {
            Appended::Stored => {
                for append in appends {
                    self.counts.stored += append.records.len() as u64;
                    self.heads.insert(append.gate, append.after);
                }
            }
            Appended::Overtaken => {
                // Nothing was stored: each gate hears where it stands and sends from there.
                tracing::info!(gates = appends.len(), "another collector was faster");
                let gates: Vec<GateAddress> = self.heads.keys().cloned().collect();
                self.heads = self.store.heads(gates.iter()).await?;
            }
        }
        Ok(answers)
    }

    pub(super) async fn alarm(
        &mut self,
        gate: &str,
        kind: &str,
        detail: &str,
    ) -> Result<(), Ended> {
        self.counts.alarms += 1;
        tracing::error!(gate, kind, detail, "alarm");
        if self.counts.alarms <= ALARMS_MAX {
            self.store.alarm(now(), gate, kind, detail).await?;
        }
        Ok(())
    }
}
