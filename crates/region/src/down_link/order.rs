//! An order of customs → the region's ledger, the history of its rows, and what each premises is to
//! be told of it, in one transaction: taken whole or not at all, and once.

use std::collections::{BTreeMap, BTreeSet};

use domain::directive::Directive;
use domain::id::PremisesId;
use domain::ledger_row::{Change, Row, RowKey};
use domain::time::Timestamp;
use ledger::import::ImportError;
use ledger::import::orders::{OrderLine, read};
use ledger::rows::key_bytes::row_key_bytes;
use sha2::{Digest as _, Sha256};

use super::concern::{Concern, as_sent, concern, subject, subject_of, ties};
use super::stream::{DELTAS_KEPT_MAX, StreamHead, append, leap};
use super::{DownLink, DownLinkError, HEADS, damaged, heads_of, put_head, row_of};
use crate::database::{Purpose, Transaction, Value};

/// An order as it came.
#[derive(Debug, Clone)]
pub struct OrderFile<'a> {
    /// Its name; with the content it tells whether it was taken before.
    pub name: &'a str,
    /// Its lines.
    pub text: &'a [u8],
}

/// A directive that must not wait for its delta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Immediate {
    /// Premises that are told.
    pub premises: PremisesId,
    /// The directive.
    pub directive: Directive,
    /// Revision of their ledger that holds it.
    pub revision: u64,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ordered {
    /// It is in the ledger.
    Taken {
        /// Acts in it.
        lines: usize,
        /// Directives in it.
        immediate: Vec<Immediate>,
    },
    /// It was before.
    Known,
}

/// Why an order was not taken.
#[derive(Debug, thiserror::Error)]
pub enum OrderRefusal {
    /// Lines are wrong.
    #[error("{}", first(.0))]
    Lines(Vec<ImportError>),
    /// A line cannot be carried out.
    #[error("{line}: {cause}")]
    Act {
        /// Line, from 1.
        line: u64,
        /// In words.
        cause: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] DownLinkError),
}

fn first(errors: &[ImportError]) -> String {
    let more = errors.len().saturating_sub(1);
    let first = errors.first().map_or_else(String::new, ToString::to_string);
    if more == 0 {
        first
    } else {
        format!("{first} (and {more} more)")
    }
}

impl From<crate::database::DatabaseError> for OrderRefusal {
    fn from(error: crate::database::DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

impl DownLink {
    /// Takes an order.
    ///
    /// # Errors
    /// A line is wrong or cannot be carried out, or the store failed; then nothing of it is taken.
    pub async fn take_order(
        &self,
        file: &OrderFile<'_>,
        at: Timestamp,
    ) -> Result<Ordered, OrderRefusal> {
        let sha256: [u8; 32] = Sha256::digest(file.text).into();
        let known = "SELECT number FROM ledger_order WHERE name = $1 AND sha256 = $2";
        let named = [file.name.into(), Value::Bytes(sha256.to_vec())];
        if !self
            .0
            .rows("looked for an order", known, &named)
            .await?
            .is_empty()
        {
            return Ok(Ordered::Known);
        }
        let lines = read(file.text.split(|byte| *byte == b'\n')).map_err(OrderRefusal::Lines)?;
        let mut open = self.0.begin(Purpose::SendDown).await?;
        // Another collector may have been faster.
        if !open
            .rows("looked for an order", known, &named)
            .await?
            .is_empty()
        {
            return Ok(Ordered::Known);
        }
        let number = next_number(&mut open).await?;
        let mut spread = Spread {
            streams: streams(&mut open).await?,
            open,
            told: BTreeMap::new(),
        };
        for line in &lines {
            spread.line(line, number, at).await?;
        }
        let immediate = spread.append(at).await?;
        let mut open = spread.open;
        let values = [
            number.into(),
            file.name.into(),
            Value::Bytes(sha256.to_vec()),
            Value::Int(at.as_micros()),
            (lines.len() as u64).into(),
        ];
        let sql = "INSERT INTO ledger_order (number, name, sha256, at, lines)
                   VALUES ($1, $2, $3, $4, $5)";
        open.run("noted an order", sql, &values).await?;
        open.commit().await?;
        Ok(Ordered::Taken {
            lines: lines.len(),
            immediate,
        })
    }

    /// Begins the stream of a premises that has none; what concerns it already comes as a snapshot.
    ///
    /// # Errors
    /// The store failed.
    pub async fn begin_stream(
        &self,
        premises: &PremisesId,
        at: Timestamp,
    ) -> Result<(), DownLinkError> {
        let mut open = self.0.begin(Purpose::SendDown).await?;
        let streams = streams(&mut open).await?;
        if streams.contains_key(premises) {
            return Ok(());
        }
        let orphans = "SELECT key, body FROM ledger_row WHERE subject <> ''";
        for row in open.rows("looked for directives", orphans, &[]).await? {
            let directive = row_of(row.bytes(1)?)?;
            if let Concern::WhoeverHas(other) = concern(&directive)
                && holders(&mut open, &other).await?.is_empty()
            {
                tie(&mut open, premises, &directive.key()).await?;
            }
        }
        let any = "SELECT 1 FROM ledger_row LIMIT 1";
        let mut head = StreamHead::empty(at);
        if !open.rows("looked for rows", any, &[]).await?.is_empty() {
            leap(premises, &mut head, 0, at);
        }
        put_head(&mut open, premises, &head).await?;
        open.commit().await?;
        Ok(())
    }

    /// Lets the stream of a premises go on behind `revision`, which a gate has and the region not:
    /// every gate of it is sent a snapshot.
    ///
    /// # Errors
    /// The store failed.
    pub async fn leap_over(
        &self,
        premises: &PremisesId,
        revision: u64,
        at: Timestamp,
    ) -> Result<(), DownLinkError> {
        let mut open = self.0.begin(Purpose::SendDown).await?;
        let Some(mut head) = streams(&mut open).await?.remove(premises) else {
            return Ok(());
        };
        if head.revision >= revision {
            return Ok(());
        }
        leap(premises, &mut head, revision, at);
        let sql = "DELETE FROM ledger_delta WHERE premises = $1";
        open.run("dropped deltas", sql, &[premises.as_str().into()])
            .await?;
        put_head(&mut open, premises, &head).await?;
        open.commit().await?;
        Ok(())
    }

    /// Adds a revision without changes, so that a snapshot may be newer than what a gate has.
    ///
    /// # Errors
    /// The store failed.
    pub async fn mark(&self, premises: &PremisesId, at: Timestamp) -> Result<(), DownLinkError> {
        let mut open = self.0.begin(Purpose::SendDown).await?;
        let Some(mut head) = streams(&mut open).await?.remove(premises) else {
            return Ok(());
        };
        append_to(&mut open, premises, &mut head, Vec::new(), at).await?;
        open.commit().await?;
        Ok(())
    }
}

async fn next_number(open: &mut Transaction<'_>) -> Result<u64, DownLinkError> {
    let sql = "SELECT coalesce(max(number), 0) FROM ledger_order";
    let rows = open.rows("numbered an order", sql, &[]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.count(0))? + 1)
}

async fn streams(
    open: &mut Transaction<'_>,
) -> Result<BTreeMap<PremisesId, StreamHead>, DownLinkError> {
    heads_of(&open.rows("read streams", HEADS, &[]).await?)
}

/// Premises that have the row of a key, by name.
async fn holders(
    open: &mut Transaction<'_>,
    key: &RowKey,
) -> Result<BTreeSet<PremisesId>, DownLinkError> {
    let sql = "SELECT premises FROM ledger_concern WHERE key = $1";
    let rows = open
        .rows("asked who has a row", sql, &[row_key_bytes(key).into()])
        .await?;
    rows.iter()
        .map(|row| PremisesId::parse(row.text(0)?).map_err(|error| damaged("concern", error)))
        .collect()
}

/// Notes that a premises has a row; `true` if it did not before.
async fn tie(
    open: &mut Transaction<'_>,
    premises: &PremisesId,
    key: &RowKey,
) -> Result<bool, DownLinkError> {
    let sql = "INSERT INTO ledger_concern (key, premises) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let values = [row_key_bytes(key).into(), premises.as_str().into()];
    Ok(open.run("tied a row to a premises", sql, &values).await? > 0)
}

async fn untie(
    open: &mut Transaction<'_>,
    premises: &PremisesId,
    key: &RowKey,
) -> Result<(), DownLinkError> {
    let sql = "DELETE FROM ledger_concern WHERE key = $1 AND premises = $2";
    let values = [row_key_bytes(key).into(), premises.as_str().into()];
    open.run("untied a row", sql, &values).await?;
    Ok(())
}

async fn row(open: &mut Transaction<'_>, key: &RowKey) -> Result<Option<Row>, DownLinkError> {
    let sql = "SELECT body FROM ledger_row WHERE key = $1";
    let rows = open
        .rows("read a row", sql, &[row_key_bytes(key).into()])
        .await?;
    rows.first().map(|row| row_of(row.bytes(0)?)).transpose()
}

/// Appends to a stream and lets go of its oldest deltas.
async fn append_to(
    open: &mut Transaction<'_>,
    premises: &PremisesId,
    head: &mut StreamHead,
    changes: Vec<Change>,
    at: Timestamp,
) -> Result<(), DownLinkError> {
    for kept in append(premises, head, changes, at) {
        let values = [
            premises.as_str().into(),
            kept.revision.into(),
            Value::Bytes(kept.hash.0.to_vec()),
            kept.body.into(),
        ];
        let sql = "INSERT INTO ledger_delta (premises, revision, hash, body)
                   VALUES ($1, $2, $3, $4)";
        open.run("kept a delta", sql, &values).await?;
    }
    if head.revision - head.oldest >= DELTAS_KEPT_MAX {
        let oldest = head.revision + 1 - DELTAS_KEPT_MAX;
        let base = [premises.as_str().into(), (oldest - 1).into()];
        let sql = "SELECT hash FROM ledger_delta WHERE premises = $1 AND revision = $2";
        if let Some(row) = open.rows("read a hash", sql, &base).await?.first() {
            head.base_hash = super::digest("delta", row.bytes(0)?)?;
            head.oldest = oldest;
            let sql = "DELETE FROM ledger_delta WHERE premises = $1 AND revision <= $2";
            open.run("dropped old deltas", sql, &base).await?;
        }
    }
    put_head(open, premises, head).await
}

/// An order being carried out.
struct Spread<'a> {
    open: Transaction<'a>,
    streams: BTreeMap<PremisesId, StreamHead>,
    /// What each premises is told, in order.
    told: BTreeMap<PremisesId, Vec<Change>>,
}

impl Spread<'_> {
    async fn line(
        &mut self,
        line: &OrderLine,
        number: u64,
        at: Timestamp,
    ) -> Result<(), OrderRefusal> {
        let key = line.act.key();
        let before = row(&mut self.open, &key).await?;
        let change = line
            .act
            .change(before.clone())
            .map_err(|error| OrderRefusal::Act {
                line: line.line,
                cause: error.to_string(),
            })?;
        self.keep(&change, at).await?;
        let body = match &change {
            Change::Upsert(row) => wire::ledger::encode_row(row),
            Change::Remove(_) => Vec::new(),
        };
        let values = [
            row_key_bytes(&key).into(),
            number.into(),
            line.line.into(),
            Value::Int(at.as_micros()),
            line.act.word().into(),
            line.warrant.by.as_str().into(),
            line.warrant.why.as_str().into(),
            body.into(),
        ];
        let sql = "INSERT INTO ledger_history (key, number, line, at, act, by_whom, why, body)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.open.run("noted a change", sql, &values).await?;
        match change {
            Change::Upsert(row) => self.spread(before, *row).await?,
            Change::Remove(key) => self.spread_removal(before, key).await?,
        }
        Ok(())
    }

    async fn keep(&mut self, change: &Change, at: Timestamp) -> Result<(), DownLinkError> {
        match change {
            Change::Upsert(row) => {
                let values = [
                    row_key_bytes(&row.key()).into(),
                    Value::Int((concern(row) == Concern::Everyone).into()),
                    subject(row).into(),
                    Value::Int(at.as_micros()),
                    wire::ledger::encode_row(row).into(),
                ];
                let sql = "INSERT INTO ledger_row (key, everyone, subject, changed_at, body)
                           VALUES ($1, $2, $3, $4, $5)
                           ON CONFLICT (key) DO UPDATE SET everyone = excluded.everyone,
                               subject = excluded.subject, changed_at = excluded.changed_at,
                               body = excluded.body";
                self.open.run("kept a row", sql, &values).await?;
            }
            Change::Remove(key) => {
                let sql = "DELETE FROM ledger_row WHERE key = $1";
                let values = [row_key_bytes(key).into()];
                self.open.run("removed a row", sql, &values).await?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, premises: &PremisesId, change: Change) {
        if self.streams.contains_key(premises) {
            self.told.entry(premises.clone()).or_default().push(change);
        }
    }

    fn tell_row(&mut self, premises: &PremisesId, row: Row) {
        self.tell(premises, Change::Upsert(Box::new(as_sent(row))));
    }

    fn everyone(&self) -> BTreeSet<PremisesId> {
        self.streams.keys().cloned().collect()
    }

    async fn spread(&mut self, before: Option<Row>, row: Row) -> Result<(), DownLinkError> {
        let key = row.key();
        let targets = match concern(&row) {
            Concern::Everyone => self.everyone(),
            Concern::Only(premises) => {
                if let Some(Concern::Only(former)) = before.as_ref().map(concern)
                    && former != premises
                {
                    untie(&mut self.open, &former, &key).await?;
                    self.tell(&former, Change::Remove(key.clone()));
                }
                tie(&mut self.open, &premises, &key).await?;
                BTreeSet::from([premises])
            }
            Concern::WhoeverHas(other) => {
                let mut targets = holders(&mut self.open, &other).await?;
                if targets.is_empty() {
                    targets = self.everyone();
                }
                // Whoever was told before is told of every change.
                targets.extend(holders(&mut self.open, &key).await?);
                for premises in &targets {
                    tie(&mut self.open, premises, &key).await?;
                }
                targets
            }
            Concern::Tied => holders(&mut self.open, &key).await?,
        };
        for premises in &targets {
            self.tell_row(premises, row.clone());
            self.pull(premises, &row).await?;
        }
        Ok(())
    }

    /// What a premises needs with a row and has not yet: goods of a pass, their manifest, and orders
    /// on any of them.
    async fn pull(&mut self, premises: &PremisesId, with: &Row) -> Result<(), DownLinkError> {
        let mut waiting = vec![with.clone()];
        while let Some(with) = waiting.pop() {
            self.pull_directives(premises, &with.key()).await?;
            for key in ties(&with) {
                let is_new = tie(&mut self.open, premises, &key).await?;
                let found = if is_new {
                    row(&mut self.open, &key).await?
                } else {
                    None
                };
                match found {
                    Some(found) => {
                        self.tell_row(premises, found.clone());
                        waiting.push(found);
                    }
                    None if is_new => self.pull_directives(premises, &key).await?,
                    None => {}
                }
            }
        }
        Ok(())
    }

    async fn pull_directives(
        &mut self,
        premises: &PremisesId,
        on: &RowKey,
    ) -> Result<(), DownLinkError> {
        let subject = subject_of(on);
        if subject.is_empty() {
            return Ok(());
        }
        let sql = "SELECT body FROM ledger_row WHERE subject = $1";
        let rows = self
            .open
            .rows("looked for orders on a row", sql, &[subject.into()])
            .await?;
        for found in &rows {
            let directive = row_of(found.bytes(0)?)?;
            if tie(&mut self.open, premises, &directive.key()).await? {
                self.tell_row(premises, directive);
            }
        }
        Ok(())
    }

    async fn spread_removal(
        &mut self,
        before: Option<Row>,
        key: RowKey,
    ) -> Result<(), DownLinkError> {
        let targets = match before.as_ref().map(concern) {
            Some(Concern::Everyone) => self.everyone(),
            Some(Concern::Only(_) | Concern::WhoeverHas(_) | Concern::Tied) | None => {
                holders(&mut self.open, &key).await?
            }
        };
        let keeps_ties = matches!(key, RowKey::Consignment(_) | RowKey::Manifest(_));
        for premises in targets {
            if !keeps_ties {
                untie(&mut self.open, &premises, &key).await?;
            }
            self.tell(&premises, Change::Remove(key.clone()));
        }
        Ok(())
    }

    /// Puts what was gathered at the end of each stream; says which directives go out at once.
    async fn append(&mut self, at: Timestamp) -> Result<Vec<Immediate>, DownLinkError> {
        let mut immediate = Vec::new();
        for (premises, changes) in std::mem::take(&mut self.told) {
            let Some(mut head) = self.streams.get(&premises).copied() else {
                continue;
            };
            let directives: Vec<Directive> = changes
                .iter()
                .filter_map(|change| match change {
                    Change::Upsert(row) => match row.as_ref() {
                        Row::Directive(directive) => Some(directive.clone()),
                        Row::Company(_)
                        | Row::Vehicle(_)
                        | Row::Driver(_)
                        | Row::Premises(_)
                        | Row::Container(_)
                        | Row::Manifest(_)
                        | Row::Consignment(_)
                        | Row::Pass(_) => None,
                    },
                    Change::Remove(_) => None,
                })
                .collect();
            append_to(&mut self.open, &premises, &mut head, changes, at).await?;
            // Of one directive that the order changes twice, the last word counts.
            let last: BTreeMap<_, _> = directives
                .into_iter()
                .map(|directive| (directive.id.clone(), directive))
                .collect();
            immediate.extend(last.into_values().map(|directive| Immediate {
                premises: premises.clone(),
                directive,
                revision: head.revision,
            }));
            self.streams.insert(premises, head);
        }
        Ok(immediate)
    }
}
