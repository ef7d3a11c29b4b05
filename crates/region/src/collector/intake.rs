//! Messages of many gates → what is stored in one transaction, and what each gate is answered.

use std::collections::{BTreeMap, btree_map};

use domain::event::EventBody;
use domain::id::GateAddress;
use domain::time::{Timestamp, Window};
use store::chain::Hash;
use wire::batch::{Batch, SignedHead};
use wire::signature::PublicKey;

use super::{Counts, Ended, now};
use crate::down_link::DownLink;
use crate::down_link::gate_keys::{Enrolled, KeyChange, KeyState, Signed, may_announce};
use crate::event_store::{Append, Appended, EventStore, StoreError};
use crate::receive::{Head, Outcome, Received, judge};

/// Most alarms of one run: a flood of refused messages must not fill the disk with them.
const ALARMS_MAX: u64 = 10_000;

/// From so many records on, two transactions at once are quicker than one.
const SPLIT_RECORDS: usize = 1_024;

/// Where a run of gates is cut, so that each side holds about as many records; the end for one that
/// stays whole.
fn half(appends: &[Append], takes_two: bool) -> usize {
    let all: usize = appends.iter().map(|append| append.records.len()).sum();
    if !takes_two || all < SPLIT_RECORDS {
        return appends.len();
    }
    let mut before = 0;
    let cut = appends.iter().position(|append| {
        before += append.records.len();
        before * 2 >= all
    });
    cut.map_or(appends.len(), |last| last + 1)
}

/// Judges batches against the heads of the gates that this collector serves.
pub(super) struct Intake<'a> {
    down_link: DownLink,
    pub(super) store: &'a EventStore,
    pub(super) heads: BTreeMap<GateAddress, Head>,
    pub(super) counts: &'a mut Counts,
    /// Gates and the keys by which they are known.
    pub(super) enrolled: Enrolled,
    pending: BTreeMap<GateAddress, Append>,
    /// Gates that get an answer, and the first sequence that each misses.
    answers: BTreeMap<GateAddress, Option<u64>>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(store: &'a EventStore, counts: &'a mut Counts, enrolled: Enrolled) -> Self {
        Self {
            down_link: DownLink::new(store.database()),
            enrolled,
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
        let Some(keys) = self.enrolled.get(gate) else {
            return self.alarm(&name, "unknown gate", "").await;
        };
        // A gate that has changed hands: whoever serves it now hears it too.
        let Some(head) = self.head(gate) else {
            return Ok(());
        };
        let read = |key: &PublicKey| wire::batch::verify_batch_and_head(payload, key);
        let opened = keys.open(now(), read);
        let Some((batch, signed)) = self.believed(gate, opened).await? else {
            return Ok(());
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

    /// The batch, if it is this gate's and signed by a key that is believed; an alarm otherwise.
    async fn believed(
        &mut self,
        gate: &GateAddress,
        opened: Signed<(Batch, SignedHead)>,
    ) -> Result<Option<(Batch, SignedHead)>, Ended> {
        let (kind, detail) = match opened {
            Signed::Good((batch, head), key, is_announced) if batch.gate == *gate => {
                if is_announced {
                    self.promote(gate, &key).await?;
                }
                return Ok(Some((batch, head)));
            }
            Signed::Good((batch, _), _, _) => ("batch of another gate", batch.gate.to_string()),
            Signed::NotBelieved(why) => ("batch of a key that is not believed", why.to_owned()),
            Signed::Refused(error) => ("batch refused", error.to_string()),
        };
        self.alarm(&gate.to_string(), kind, &detail).await?;
        Ok(None)
    }

    /// The gate signs with the key that it announced: that one takes the other's place.
    async fn promote(&mut self, gate: &GateAddress, key: &PublicKey) -> Result<(), Ended> {
        tracing::info!(%gate, "the gate signs with the key that it announced");
        let change = KeyChange {
            gate,
            key,
            state: KeyState::Active,
            valid: Window {
                from: Timestamp::MIN,
                until: Timestamp::MAX,
            },
            by: "the gate",
            why: "it signs with the key that it announced",
        };
        self.down_link.change_key(&change, now()).await?;
        self.enrolled = self.down_link.enrolled().await?;
        Ok(())
    }

    /// Keys that stored records announce.
    async fn note_announced(&mut self, append: &Append) -> Result<(), Ended> {
        let mut is_new = false;
        for record in append.records.iter().filter(|r| may_announce(&r.payload)) {
            let Ok((_, event)) = wire::record::decode_record(&record.payload) else {
                continue;
            };
            if let EventBody::SigningKeyAnnounced { key } = event.body
                && let Ok(key) = PublicKey::from_bytes(&key.0)
                && self.down_link.announced(&append.gate, &key, now()).await?
            {
                tracing::info!(gate = %append.gate, "a gate has announced its next key");
                is_new = true;
            }
        }
        if is_new {
            self.enrolled = self.down_link.enrolled().await?;
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
        let (first, second) = appends.split_at(half(&appends, self.store.takes_two()));
        let (one, other) = tokio::try_join!(self.append(first), self.append(second))?;
        let mut is_overtaken = false;
        for (lot, outcome) in [(first, one), (second, other)] {
            match outcome {
                Appended::Stored => self.stored(lot).await?,
                Appended::Overtaken => {
                    // Nothing of it was stored: each gate hears where it stands and sends from
                    // there.
                    tracing::info!(gates = lot.len(), "another collector was faster");
                    is_overtaken = true;
                }
            }
        }
        if is_overtaken {
            let gates: Vec<GateAddress> = self.heads.keys().cloned().collect();
            self.heads = self.store.heads(gates.iter()).await?;
        }
        Ok(answers)
    }

    async fn append(&self, lot: &[Append]) -> Result<Appended, StoreError> {
        if lot.is_empty() {
            return Ok(Appended::Stored);
        }
        self.store.append(now(), lot).await
    }

    async fn stored(&mut self, lot: &[Append]) -> Result<(), Ended> {
        for append in lot {
            self.note_announced(append).await?;
            self.counts.stored += append.records.len() as u64;
            self.heads.insert(append.gate.clone(), append.after);
        }
        Ok(())
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
