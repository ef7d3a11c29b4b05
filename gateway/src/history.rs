//! Journal, and what is carried over from before it → what a starting gate knows.

use std::path::Path;

use anyhow::Context as _;
use domain::event::Event;
use ledger::lookup::Ledger;
use store::journal::Journal;

use crate::carried::{self, CarriedError};
use crate::ledger_rows::DiskRows;
use crate::open_passages::OpenPassages;

/// What the journal tells at start.
#[derive(Debug, Default)]
pub struct History {
    /// Open passages and modes.
    pub open: OpenPassages,
    /// Events read.
    pub events: u64,
    /// The journal was pruned, and what its removed part had settled is lost: why.
    pub lost: Option<String>,
}

/// Reads the history up to `last_sequence` into `ledger`.
///
/// # Errors
/// The journal is unreadable.
pub fn read(
    directory: &Path,
    journal: &Journal,
    last_sequence: u64,
    ledger: &mut Ledger<DiskRows>,
) -> anyhow::Result<History> {
    let mut history = History::default();
    let mut reader = journal.reader();
    let first = reader.first_sequence();
    let mut from = 1;
    match carried::read(&carried::file_in(directory)) {
        Ok(before) if before.through > last_sequence => {
            history.lost = Some(format!(
                "the journal ends at {last_sequence}, {} records were there",
                before.through
            ));
        }
        Ok(before) => {
            for event in &before.events {
                history.observe(event, ledger);
            }
            from = before.through + 1;
            journal.acknowledge(before.through);
        }
        Err(error @ (CarriedError::Disk { .. } | CarriedError::Damaged { .. })) => {
            history.lost = Some(error.to_string());
        }
        Err(error @ CarriedError::Journal { .. }) => return Err(error.into()),
    }
    if from < first {
        let missing = format!("nothing tells of the records {from} to {}", first - 1);
        history.lost.get_or_insert(missing);
        from = first;
    }
    carried::each_event(&mut reader, from, last_sequence, |event| {
        history.observe(&event, ledger);
    })
    .context("the journal is unreadable")?;
    Ok(history)
}

impl History {
    fn observe(&mut self, event: &Event, ledger: &mut Ledger<DiskRows>) {
        self.open.observe(event);
        ledger.observe(event);
        self.events += 1;
    }
}
