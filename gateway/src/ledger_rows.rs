//! The e-ledger's rows on disk: an imported, sent or folded snapshot below, an overlay of deltas above.
//! Everything here can be had again from the region or from the file it was imported from; what
//! has been drawn down stands in the journal alone.

mod taking;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::digest::Digest;
use domain::directive::Directive;
use domain::id::{GateAddress, PremisesId};
use domain::ledger_row::{Change, LedgerRevision, Row, RowKey};
use domain::time::Timestamp;
use ledger::delta::{AdvanceError, LedgerSync};
use ledger::lookup::Ledger;
use ledger::rows::key_bytes::{
    group_bytes, index_entry_bytes, row_key_bytes, row_key_of_entry, scan_start,
};
use ledger::rows::{IndexGroup, LedgerRows, RowsError, index_keys};
use store::tables::{
    Batch, Layered, RedbTables, SledTables, SnapshotBuilder, Table, TableError, Tables,
};
use wire::DecodeError;
use wire::ledger::{Delta, decode_row, delta_bytes, encode_row};
use wire::standing::{decode_kept_revision, encode_kept_revision};

use crate::config::{Config, StoreEngine};
use taking::Taking;
pub use taking::{PartFault, PartTaken};

const ROWS: Table = Table::named("rows");
const INDEX: Table = Table::named("index");
const STATE: Table = Table::named("state");
/// Key of the revision in [`STATE`].
const REVISION: &[u8] = b"revision";
/// Memory that the overlay's engine may use for its cache.
const CACHE_BYTES: usize = 16 << 20;
/// Rows of the overlay from which it is folded into the snapshot at the next start.
const FOLD_AT_ROWS: usize = 50_000;

/// Why the rows did not advance.
#[derive(Debug, thiserror::Error)]
pub enum RowsFault {
    /// The gate has it already.
    #[error("the gate has this revision already")]
    Old,
    /// A delta before it is missing.
    #[error("a delta before this one is missing")]
    Gap,
    /// It continues another history.
    #[error("the delta continues another history than this gate's")]
    Fork,
    /// It is of another premises' ledger.
    #[error("the delta is of premises {premises}")]
    Elsewhere {
        /// Whose it is.
        premises: PremisesId,
    },
    /// The tables failed.
    #[error("the ledger tables failed")]
    Store(#[from] TableError),
    /// A stored row is damaged.
    #[error("a stored ledger row is damaged")]
    Decode(#[from] DecodeError),
}

/// Rows on disk, with the revision that they are.
pub struct DiskRows {
    tables: Layered<Box<dyn Tables>>,
    sync: LedgerSync,
    taking: Taking,
    gate: GateAddress,
}

/// Time of a revision that nobody vouches for: rows may be missing.
const NEVER: Timestamp = Timestamp::from_seconds(0);

impl DiskRows {
    fn open(config: &Config) -> Result<Self, RowsFault> {
        let directory = directory(config);
        let place = directory.join(overlay_name(config));
        let overlay: Box<dyn Tables> = match config.store {
            StoreEngine::Sled => Box::new(SledTables::open(&place, CACHE_BYTES as u64)?),
            StoreEngine::Redb => Box::new(RedbTables::open(&place, CACHE_BYTES)?),
        };
        let snapshot = directory.join("snapshot");
        let mut tables = Layered::open(&snapshot, overlay, &[ROWS, INDEX, STATE])?;
        if tables.overlay_rows() > FOLD_AT_ROWS {
            tables.fold()?;
        }
        let have = match tables.get(STATE, REVISION)? {
            Some(bytes) => decode_kept_revision(&bytes)?,
            None => None,
        };
        Ok(Self {
            tables,
            sync: match have {
                Some(have) if have.synced_at == NEVER => LedgerSync::distrusted(have),
                have => LedgerSync::new(have),
            },
            taking: Taking::default(),
            gate: config.gate.clone(),
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.tables.count(ROWS).unwrap_or(0)
    }

    /// Applies a verified delta, rows and revision in one step.
    ///
    /// # Errors
    /// It does not continue what the gate has, or the tables failed; then nothing has changed.
    pub fn apply_delta(&mut self, delta: &Delta) -> Result<LedgerRevision, RowsFault> {
        if delta.premises != self.gate.premises {
            let premises = delta.premises.clone();
            return Err(RowsFault::Elsewhere { premises });
        }
        let revision = self
            .sync
            .check_delta(delta, &delta_bytes(delta))
            .map_err(|error| match error {
                AdvanceError::Older { .. } => RowsFault::Old,
                AdvanceError::Gap { .. } => RowsFault::Gap,
                AdvanceError::Fork { .. } | AdvanceError::Forked { .. } => RowsFault::Fork,
            })?;
        self.write(&delta.changes, &revision)?;
        self.sync.adopt(revision);
        Ok(revision)
    }

    /// Takes a directive that came alone. Its delta follows and says the same.
    ///
    /// # Errors
    /// The tables failed.
    pub fn put_directive(&mut self, directive: &Directive) -> Result<(), RowsFault> {
        let change = Change::Upsert(Box::new(Row::Directive(directive.clone())));
        let mut batch = Batch::new();
        self.put_change(&mut batch, &change)?;
        self.tables.write(&batch)?;
        Ok(self.tables.flush()?)
    }

    /// The region vouches that `revision` is current; `false` if the gate has another one.
    pub fn vouch(&mut self, revision: &LedgerRevision) -> bool {
        match self.sync.vouch(revision) {
            Ok(_) => true,
            Err(error) => {
                tracing::debug!(%error, "the region vouches for another revision");
                matches!(error, AdvanceError::Older { .. })
            }
        }
    }

    /// What the gate may say that it has: nothing, if rows may be missing.
    #[must_use]
    pub fn provable(&self) -> Option<LedgerRevision> {
        self.sync.provable()
    }

    /// Rows, or what was drawn from them, may be missing: whatever revision this is, nobody has
    /// vouched for it.
    ///
    /// # Errors
    /// The tables failed.
    pub fn distrust(&mut self) -> Result<(), RowsFault> {
        let Some(have) = self.sync.have() else {
            return Ok(());
        };
        let revision = LedgerRevision {
            synced_at: NEVER,
            ..have
        };
        self.write(&[], &revision)?;
        self.sync = LedgerSync::distrusted(revision);
        Ok(())
    }

    fn write(&mut self, changes: &[Change], revision: &LedgerRevision) -> Result<(), RowsFault> {
        // Index entries of a row that the same delta changes twice are taken from the row before
        // it, so each change is written by itself; the revision comes last.
        for change in changes {
            let mut batch = Batch::new();
            self.put_change(&mut batch, change)?;
            self.tables.write(&batch)?;
        }
        let mut batch = Batch::new();
        let state = encode_kept_revision(&self.gate, revision);
        batch.put(STATE, REVISION, state);
        self.tables.write(&batch)?;
        Ok(self.tables.flush()?)
    }

    /// Adds one change to a batch: the row and its index entries.
    fn put_change(&self, batch: &mut Batch, change: &Change) -> Result<(), RowsFault> {
        let key = match change {
            Change::Upsert(row) => row.key(),
            Change::Remove(key) => key.clone(),
        };
        let key_bytes = row_key_bytes(&key);
        if let Some(before) = self.tables.get(ROWS, &key_bytes)? {
            for index in index_keys(&decode_row(&before)?) {
                batch.delete(INDEX, index_entry_bytes(&index, &key));
            }
        }
        match change {
            Change::Upsert(row) => {
                for index in index_keys(row) {
                    batch.put(INDEX, index_entry_bytes(&index, &key), Vec::new());
                }
                batch.put(ROWS, key_bytes, encode_row(row));
            }
            Change::Remove(_) => batch.delete(ROWS, key_bytes),
        }
        Ok(())
    }
}

impl LedgerRows for DiskRows {
    fn row(&self, key: &RowKey) -> Result<Option<Arc<Row>>, RowsError> {
        let Some(bytes) = self
            .tables
            .get(ROWS, &row_key_bytes(key))
            .map_err(|e| failed(&e))?
        else {
            return Ok(None);
        };
        let row = decode_row(&bytes).map_err(|error| RowsError::Damaged {
            key: format!("{key:?}"),
            cause: error.to_string(),
        })?;
        Ok(Some(Arc::new(row)))
    }

    fn indexed(
        &self,
        group: &IndexGroup,
        from: Timestamp,
        limit: usize,
    ) -> Result<Vec<RowKey>, RowsError> {
        let until = after_all(group_bytes(group));
        let found = self
            .tables
            .scan_range(INDEX, &scan_start(group, from), until.as_deref(), limit)
            .map_err(|error| failed(&error))?;
        found
            .iter()
            .map(|(entry, _)| {
                row_key_of_entry(entry).ok_or_else(|| RowsError::Damaged {
                    key: format!("{group:?}"),
                    cause: "an index entry names no row".to_owned(),
                })
            })
            .collect()
    }

    fn revision(&self) -> Option<LedgerRevision> {
        self.sync.have()
    }
}

fn failed(error: &TableError) -> RowsError {
    RowsError::Store {
        cause: error.to_string(),
    }
}

/// The first key after all that begin with `prefix`.
fn after_all(mut prefix: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = prefix.pop() {
        if last < u8::MAX {
            prefix.push(last + 1);
            return Some(prefix);
        }
    }
    None
}

fn directory(config: &Config) -> PathBuf {
    config.directory.join("ledger")
}

/// Opens the ledger. A damaged overlay is set aside, or the whole folder if its snapshot is damaged
/// too; an overlay that is gone is begun anew. What it held the region sends again, and nobody
/// knows what that is: until the region vouches or the file is imported again the ledger counts as
/// never synchronised, so that nothing is released on it. The second part tells whether that
/// happened.
///
/// # Errors
/// The tables are held by another process, or the disk refused.
pub fn open(config: &Config) -> Result<(Ledger<DiskRows>, bool), RowsFault> {
    let directory = directory(config);
    let overlay = directory.join(overlay_name(config));
    let mut rebuilt = directory.exists() && !overlay.exists();
    create(&directory)?;
    let mut rows = None;
    for place in [&overlay, &directory] {
        match DiskRows::open(config) {
            Ok(opened) => {
                rebuilt |= opened.tables.was_found_blank();
                rows = Some(opened);
                break;
            }
            Err(RowsFault::Store(TableError::Damaged { path, reason })) => {
                tracing::error!(path = %path.display(), reason, "ledger tables are damaged");
            }
            Err(RowsFault::Decode(error)) => {
                tracing::error!(%error, "ledger tables are damaged");
            }
            Err(
                fault @ (RowsFault::Store(_)
                | RowsFault::Old
                | RowsFault::Gap
                | RowsFault::Fork
                | RowsFault::Elsewhere { .. }),
            ) => return Err(fault),
        }
        set_aside(place)?;
        create(&directory)?;
        rebuilt = true;
    }
    let mut rows = match rows {
        Some(rows) => rows,
        None => DiskRows::open(config)?,
    };
    if rebuilt {
        rows.distrust()?;
    }
    Ok((Ledger::new(rows, config.gate.premises.clone()), rebuilt))
}

fn overlay_name(config: &Config) -> &'static str {
    match config.store {
        StoreEngine::Sled => "sled",
        StoreEngine::Redb => "redb",
    }
}

fn create(directory: &Path) -> Result<(), RowsFault> {
    std::fs::create_dir_all(directory).map_err(|source| disk("create", directory, source))
}

/// Damaged tables are set aside, never deleted: somebody may want to know what happened.
fn set_aside(place: &Path) -> Result<(), RowsFault> {
    let aside = place.with_extension("damaged");
    if aside.exists() {
        std::fs::remove_dir_all(&aside)
            .or_else(|_| std::fs::remove_file(&aside))
            .map_err(|source| disk("remove", &aside, source))?;
    }
    if !place.exists() {
        return Ok(());
    }
    std::fs::rename(place, &aside).map_err(|source| disk("set aside", place, source))
}

fn disk(doing: &'static str, path: &Path, source: std::io::Error) -> RowsFault {
    RowsFault::Store(TableError::Disk {
        doing,
        path: path.to_owned(),
        source,
    })
}

/// Puts `rows` in the place of the whole ledger. They count as the state before the region's first
/// delta, vouched for at `now` by whoever imports them.
///
/// # Errors
/// The daemon holds the tables, or the disk refused; then nothing has changed.
pub fn import(
    config: &Config,
    rows: Vec<Row>,
    now: Timestamp,
) -> Result<LedgerRevision, RowsFault> {
    let (mut ledger, _) = open(config)?;
    let revision = LedgerRevision {
        revision: 0,
        hash: Digest::ZERO,
        synced_at: now,
    };
    let mut builder = SnapshotBuilder::new();
    for row in &rows {
        taking::put_row(&mut builder, row)?;
    }
    let state = encode_kept_revision(&config.gate, &revision);
    builder.put(STATE, REVISION, &state)?;
    ledger.rows_mut().tables.adopt(builder)?;
    Ok(revision)
}

/// What became of rows that were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    /// Rows that are new, or newer than the ledger's.
    pub taken: u64,
    /// Rows that the ledger has as new or newer, and keeps.
    pub kept: u64,
    /// The ledger's revision, which adding does not change.
    pub revision: LedgerRevision,
}

/// Adds the rows of a manifest to what the ledger holds. A row that is there and was amended no
/// earlier stays, so that a message that comes again takes no clearance back. An empty ledger
/// counts as vouched for at `now`; one that is not keeps its revision.
///
/// # Errors
/// The daemon holds the tables, or the disk refused. Rows before the one that failed stay added;
/// adding them again does no harm.
pub fn add(config: &Config, rows: Vec<Row>, now: Timestamp) -> Result<Added, RowsFault> {
    let (mut ledger, _) = open(config)?;
    let held = ledger.rows_mut();
    let revision = held.sync.have().unwrap_or(LedgerRevision {
        revision: 0,
        hash: Digest::ZERO,
        synced_at: now,
    });
    let (mut changes, mut kept) = (Vec::new(), 0);
    for row in rows {
        let stands = match held.tables.get(ROWS, &row_key_bytes(&row.key()))? {
            Some(bytes) => amended_at(&decode_row(&bytes)?) >= amended_at(&row),
            None => false,
        };
        if stands {
            kept += 1;
        } else {
            changes.push(Change::Upsert(Box::new(row)));
        }
    }
    held.write(&changes, &revision)?;
    Ok(Added {
        taken: changes.len() as u64,
        kept,
        revision,
    })
}

/// When a row of a manifest was amended; others have no such time.
fn amended_at(row: &Row) -> Option<Timestamp> {
    match row {
        Row::Manifest(manifest) => Some(manifest.amended_at),
        Row::Consignment(consignment) => Some(consignment.amended_at),
        Row::Company(_)
        | Row::Vehicle(_)
        | Row::Driver(_)
        | Row::Premises(_)
        | Row::Container(_)
        | Row::Pass(_)
        | Row::Directive(_) => None,
    }
}
