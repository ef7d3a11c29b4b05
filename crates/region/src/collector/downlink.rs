//! Orders and claims → messages to gates. What is sent is kept in the store, by whichever collector
//! took it; each collector looks there for what the gates that it serves have not been sent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use domain::id::{GateAddress, PremisesId};
use domain::ledger_row::LedgerRevision;
use ledger::snapshot::SnapshotCursor;
use rumqttc::{AsyncClient, QoS};
use wire::ledger::DirectiveOrder;
use wire::signature::SigningKeyPair;
use wire::standing::{LedgerClaim, LedgerHead};
use wire::topic::Topic;

use super::now;
use crate::down_link::stream::{Answer, StreamHead, answer};
use crate::down_link::{DownLink, DownLinkError, OrderFile, OrderRefusal, Ordered};

/// Deltas sent to one gate before it has to say that it has them.
const DELTAS_SENT_MAX: u32 = 64;
/// What was sent is not sent again for this long, unless the gate has it.
const RESEND_AFTER: Duration = Duration::from_secs(5);
/// Between two words that the ledger of a gate is current.
const VOUCH_EVERY: Duration = Duration::from_secs(20);
/// Between two answers to gates with another history than ours: each adds a revision.
const DIVERGED_EVERY: Duration = Duration::from_secs(60);
/// Between two looks at what streams have got; at once after an order.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
/// A claim that says the same is kept again after this long.
const KEEP_CLAIM_EVERY: Duration = Duration::from_secs(120);
/// Largest order.
const ORDER_BYTES_MAX: u64 = 256 << 20;

/// What a gate was sent last.
#[derive(Debug, Clone, Copy)]
struct Sent {
    revision: u64,
    at: Instant,
}

/// An alarm to be kept: kind and particulars.
pub(super) type Alarm = (String, &'static str, String);

/// What this collector knows of streams and gates.
pub(super) struct Downlink {
    store: DownLink,
    orders: Option<PathBuf>,
    /// Files that were looked at, by size and time of change.
    seen: BTreeMap<PathBuf, (u64, Option<SystemTime>)>,
    heads: BTreeMap<PremisesId, StreamHead>,
    sent: BTreeMap<GateAddress, Sent>,
    /// What each gate was last kept to have, and how that stood.
    kept: BTreeMap<GateAddress, (Option<u64>, &'static str, Instant)>,
    diverged: BTreeMap<GateAddress, Instant>,
    follow_due: Instant,
    vouch_due: Instant,
    alarms: Vec<Alarm>,
}

/// The way to the broker, and by whose key.
pub(super) struct Way<'a> {
    pub(super) client: &'a AsyncClient,
    pub(super) signing: &'a SigningKeyPair,
}

impl Way<'_> {
    /// `false` if the client has no place: what is lost is asked for again.
    pub(super) fn send(&self, topic: &Topic, payload: Vec<u8>) -> bool {
        self.client
            .try_publish(
                topic.to_string(),
                QoS::AtLeastOnce,
                topic.retained(),
                payload,
            )
            .is_ok()
    }
}

impl Downlink {
    pub(super) fn new(store: DownLink, orders: Option<PathBuf>) -> Self {
        Self {
            store,
            orders,
            seen: BTreeMap::new(),
            heads: BTreeMap::new(),
            sent: BTreeMap::new(),
            kept: BTreeMap::new(),
            diverged: BTreeMap::new(),
            follow_due: Instant::now(),
            vouch_due: Instant::now(),
            alarms: Vec::new(),
        }
    }

    /// Alarms since the last call.
    pub(super) fn alarms(&mut self) -> Vec<Alarm> {
        std::mem::take(&mut self.alarms)
    }

    /// Finished files of the folder of orders that have not been looked at.
    pub(super) fn waiting_orders(&mut self) -> Vec<PathBuf> {
        self.new_files()
    }

    /// Whether it is time to [`Self::follow`].
    pub(super) fn follows_now(&self) -> bool {
        Instant::now() >= self.follow_due
    }

    /// Takes orders; their directives go out at once.
    pub(super) async fn take_orders(
        &mut self,
        files: Vec<PathBuf>,
        way: &Way<'_>,
        gates: &BTreeSet<GateAddress>,
    ) -> Result<(), DownLinkError> {
        for file in files {
            let name = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let text = match std::fs::read(&file) {
                Ok(text) => text,
                Err(error) => {
                    tracing::warn!(file = name, %error, "order not readable");
                    continue;
                }
            };
            let order = OrderFile {
                name: &name,
                text: &text,
            };
            match self.store.take_order(&order, now()).await {
                Ok(Ordered::Taken { lines, immediate }) => {
                    tracing::info!(file = name, lines, "order taken");
                    for one in immediate {
                        self.direct(way, gates, &one);
                    }
                }
                Ok(Ordered::Known) => tracing::debug!(file = name, "order known"),
                Err(OrderRefusal::Store(error)) => {
                    // It is looked at again when the store is there again.
                    self.seen.remove(&file);
                    return Err(error);
                }
                Err(refusal @ (OrderRefusal::Lines(_) | OrderRefusal::Act { .. })) => {
                    let detail = format!("{name}:{refusal}");
                    tracing::error!(detail, "order refused");
                    self.alarms
                        .push(("region".to_owned(), "order refused", detail));
                }
            }
        }
        Ok(())
    }

    fn new_files(&mut self) -> Vec<PathBuf> {
        let Some(folder) = &self.orders else {
            return Vec::new();
        };
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_none_or(|end| end != "jsonl") {
                continue;
            }
            let Some(looks) = look(&path) else { continue };
            if self.seen.get(&path) == Some(&looks) {
                continue;
            }
            if looks.0 > ORDER_BYTES_MAX {
                let detail = format!("{} is larger than {ORDER_BYTES_MAX} bytes", path.display());
                self.alarms
                    .push(("region".to_owned(), "order refused", detail));
            } else {
                files.push(path.clone());
            }
            self.seen.insert(path, looks);
        }
        files.sort();
        files
    }

    fn direct(
        &self,
        way: &Way<'_>,
        gates: &BTreeSet<GateAddress>,
        one: &crate::down_link::Immediate,
    ) {
        for gate in gates.iter().filter(|gate| gate.premises == one.premises) {
            let order = DirectiveOrder {
                gate: gate.clone(),
                directive: one.directive.clone(),
                revision: one.revision,
            };
            let payload = wire::ledger::sign_directive(&order, way.signing);
            if !way.send(&Topic::Directive(gate.clone()), payload) {
                tracing::warn!(%gate, id = %order.directive.id, "directive comes with its delta");
            }
        }
    }

    /// Sends what streams have got since the last look, and now and then that they are current.
    pub(super) async fn follow(
        &mut self,
        way: &Way<'_>,
        gates: &BTreeSet<GateAddress>,
    ) -> Result<(), DownLinkError> {
        self.follow_due = Instant::now() + FOLLOW_EVERY;
        let heads = self.store.heads().await?;
        let before = std::mem::replace(&mut self.heads, heads);
        let moved: Vec<(PremisesId, u64)> = self
            .heads
            .iter()
            .filter_map(|(premises, head)| {
                let had = before.get(premises)?;
                (had.revision < head.revision).then(|| (premises.clone(), had.revision + 1))
            })
            .collect();
        for (premises, from) in &moved {
            let deltas = self.store.deltas(premises, *from, DELTAS_SENT_MAX).await?;
            for gate in gates.iter().filter(|gate| gate.premises == *premises) {
                self.send_deltas(way, gate, &deltas);
            }
        }
        let is_due = Instant::now() >= self.vouch_due;
        if is_due {
            self.vouch_due = Instant::now() + VOUCH_EVERY;
        }
        for gate in gates {
            if is_due || moved.iter().any(|(premises, _)| *premises == gate.premises) {
                self.vouch(way, gate);
            }
        }
        Ok(())
    }

    fn send_deltas(&mut self, way: &Way<'_>, gate: &GateAddress, deltas: &[(u64, Vec<u8>)]) {
        for (revision, body) in deltas {
            let payload = wire::ledger::sign_delta_body(body.clone(), way.signing);
            if !way.send(&Topic::LedgerDelta(gate.clone()), payload) {
                return;
            }
            let sent = Sent {
                revision: *revision,
                at: Instant::now(),
            };
            self.sent.insert(gate.clone(), sent);
        }
    }

    /// Says what the gate's ledger should be now.
    fn vouch(&self, way: &Way<'_>, gate: &GateAddress) {
        let Some(head) = self.heads.get(&gate.premises) else {
            return;
        };
        let word = LedgerHead {
            gate: gate.clone(),
            revision: LedgerRevision {
                revision: head.revision,
                hash: head.hash,
                synced_at: now(),
            },
        };
        let payload = word.sign_and_encode(way.signing);
        // It is repeated.
        way.send(&Topic::LedgerHead(gate.clone()), payload);
    }

    /// A gate said what it has: send what it misses.
    pub(super) async fn claimed(
        &mut self,
        way: &Way<'_>,
        claim: &LedgerClaim,
    ) -> Result<(), DownLinkError> {
        let gate = &claim.gate;
        if !self.heads.contains_key(&gate.premises) {
            self.heads = self.store.heads().await?;
        }
        let Some((mut head, mut answer)) = self.judge(claim).await? else {
            return Ok(());
        };
        if matches!(answer, Answer::Diverged | Answer::Ahead { .. }) {
            // Another collector may have taken an order since the last look.
            self.heads = self.store.heads().await?;
            let Some(again) = self.judge(claim).await? else {
                return Ok(());
            };
            (head, answer) = again;
        }
        self.keep(claim, stands(&answer)).await?;
        match answer {
            Answer::Current => self.vouch(way, gate),
            Answer::Deltas { from } => {
                let is_under_way = self
                    .sent
                    .get(gate)
                    .is_some_and(|sent| sent.revision >= from && sent.at.elapsed() < RESEND_AFTER);
                if !is_under_way {
                    let deltas = self
                        .store
                        .deltas(&gate.premises, from, DELTAS_SENT_MAX)
                        .await?;
                    self.send_deltas(way, gate, &deltas);
                }
            }
            Answer::Begin => self.send_part(way, gate, &head, None).await?,
            Answer::Continue(cursor) => self.send_part(way, gate, &head, Some(&cursor)).await?,
            Answer::Diverged | Answer::Ahead { .. } => {
                self.heal(way, claim, &head, &answer).await?;
            }
        }
        Ok(())
    }

    /// What a claim is answered, by the heads as they were last read.
    async fn judge(
        &self,
        claim: &LedgerClaim,
    ) -> Result<Option<(StreamHead, Answer)>, DownLinkError> {
        let premises = &claim.gate.premises;
        let Some(head) = self.heads.get(premises).copied() else {
            return Ok(None);
        };
        let hash_at = match claim.revision {
            Some(have) if have.revision <= head.revision => {
                self.store.hash_at(premises, &head, have.revision).await?
            }
            Some(_) | None => None,
        };
        Ok(Some((head, answer(&head, claim, hash_at))))
    }

    /// Keeps a claim that says something new, and now and then one that does not.
    async fn keep(
        &mut self,
        claim: &LedgerClaim,
        stands: &'static str,
    ) -> Result<(), DownLinkError> {
        let revision = claim.revision.map(|have| have.revision);
        let says_the_same = self
            .kept
            .get(&claim.gate)
            .is_some_and(|(had, stood, since)| {
                *had == revision && *stood == stands && since.elapsed() < KEEP_CLAIM_EVERY
            });
        if says_the_same {
            return Ok(());
        }
        self.store.keep_claim(claim, now(), stands).await?;
        let kept = (revision, stands, Instant::now());
        self.kept.insert(claim.gate.clone(), kept);
        Ok(())
    }

    async fn send_part(
        &self,
        way: &Way<'_>,
        gate: &GateAddress,
        head: &StreamHead,
        cursor: Option<&SnapshotCursor>,
    ) -> Result<(), DownLinkError> {
        let part = self.store.part(&gate.premises, head, cursor).await?;
        tracing::info!(%gate, revision = part.header.revision, rows = part.rows.len(),
            last = part.is_last, "part of a snapshot sent");
        let payload = wire::snapshot::sign_part(gate, &part, way.signing);
        // The gate asks again.
        way.send(&Topic::Snapshot(gate.clone()), payload);
        Ok(())
    }

    /// A gate with another history gets a snapshot that is newer than what it has.
    async fn heal(
        &mut self,
        way: &Way<'_>,
        claim: &LedgerClaim,
        head: &StreamHead,
        answer: &Answer,
    ) -> Result<(), DownLinkError> {
        let (gate, at) = (&claim.gate, now());
        let lately = self
            .diverged
            .get(gate)
            .is_some_and(|before| before.elapsed() < DIVERGED_EVERY);
        if lately {
            return Ok(());
        }
        self.diverged.insert(gate.clone(), Instant::now());
        let have = claim.revision.map_or(0, |have| have.revision);
        let (kind, detail) = match answer {
            Answer::Ahead { revision } => {
                self.store.leap_over(&gate.premises, *revision, at).await?;
                (
                    "ledger ahead",
                    format!(
                        "it has revision {revision}, the region {}: the region's ledger was set back",
                        head.revision
                    ),
                )
            }
            Answer::Diverged
            | Answer::Current
            | Answer::Deltas { .. }
            | Answer::Begin
            | Answer::Continue(_) => {
                if have >= head.revision {
                    self.store.mark(&gate.premises, at).await?;
                }
                (
                    "ledger differs",
                    format!("its hash at revision {have} is not the region's"),
                )
            }
        };
        self.alarms.push((gate.to_string(), kind, detail));
        let heads = self.store.heads().await?;
        if let Some(head) = heads.get(&gate.premises) {
            self.send_part(way, gate, head, None).await?;
        }
        Ok(())
    }
}

/// How a gate stands, for a person.
const fn stands(answer: &Answer) -> &'static str {
    match answer {
        Answer::Current => "current",
        Answer::Deltas { .. } => "behind",
        Answer::Begin | Answer::Continue(_) => "takes a snapshot",
        Answer::Diverged => "DIFFERS",
        Answer::Ahead { .. } => "AHEAD",
    }
}

fn look(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    let metadata = std::fs::metadata(path).ok()?;
    metadata
        .is_file()
        .then(|| (metadata.len(), metadata.modified().ok()))
}
