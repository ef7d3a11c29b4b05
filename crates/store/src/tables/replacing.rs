//! Replaces all rows of an engine that cannot do so in one step: a mark beside the store makes a
//! half-done replacement show as damage. Refuses to know the engine.

use std::io;
use std::path::{Path, PathBuf};

use super::{Batch, TableError, TableRow, Tables};
use crate::disk::{Disk, RealDisk, remove_if_present};

/// Clears, then puts all rows in batches. A mark stands beside the store until all of it is
/// durable.
pub(super) fn replace_in_batches(
    tables: &mut dyn Tables,
    path: &Path,
    rows: &mut dyn Iterator<Item = TableRow>,
) -> Result<u64, TableError> {
    const BATCH_ROWS: usize = 1_000;
    let wrap = |source| TableError::Disk {
        doing: "replace",
        path: path.to_owned(),
        source,
    };
    set_mark(path, true).map_err(wrap)?;
    tables.clear()?;
    let mut written = 0;
    loop {
        let mut batch = Batch::new();
        for (table, key, value) in (&mut *rows).take(BATCH_ROWS) {
            batch.put(table, key, value);
        }
        if batch.is_empty() {
            break;
        }
        tables.write(&batch)?;
        written += batch.len() as u64;
    }
    tables.flush()?;
    set_mark(path, false).map_err(wrap)?;
    Ok(written)
}

/// The file that stands beside a store while all its rows are being replaced.
fn mark_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".replacing");
    PathBuf::from(name)
}

fn set_mark(path: &Path, stands: bool) -> io::Result<()> {
    let mark = mark_path(path);
    remove_if_present(&RealDisk, &mark)?;
    if stands {
        RealDisk.create(&mark)?.sync_data()?;
    }
    match mark
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(parent) => RealDisk.sync_dir(parent),
        None => RealDisk.sync_dir(Path::new(".")),
    }
}

/// Refuses a store whose rows were being replaced when it was last open.
pub(super) fn check_whole(path: &Path) -> Result<(), TableError> {
    if mark_path(path).exists() {
        let reason = "its rows were being replaced when it ended".into();
        return Err(TableError::Damaged {
            path: path.to_owned(),
            reason,
        });
    }
    Ok(())
}

/// Removes a store with `remove`, and its mark.
pub(super) fn remove_store(
    path: &Path,
    remove: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), TableError> {
    let removed = match remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => set_mark(path, false),
    };
    removed.map_err(|source| TableError::Disk {
        doing: "remove",
        path: path.to_owned(),
        source,
    })
}
