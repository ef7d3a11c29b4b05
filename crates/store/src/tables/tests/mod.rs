//! One contract, all engines: [`engines`] runs a check over each of them.

mod contract;
mod damage;
mod layers;
mod snapshots;

use std::path::Path;

use super::*;

const PASSES: Table = Table::named("pass");
/// A name that another one begins with.
const PASSES_BY_PLATE: Table = Table::named("passes_by_plate");

/// Opens an engine in a directory, again and again.
type Open = fn(&Path) -> Result<Box<dyn Tables>, TableError>;

fn open_sled(home: &Path) -> Result<Box<dyn Tables>, TableError> {
    Ok(Box::new(SledTables::open(&home.join("sled"), 4 << 20)?))
}

#[cfg(feature = "redb")]
fn open_redb(home: &Path) -> Result<Box<dyn Tables>, TableError> {
    Ok(Box::new(RedbTables::open(&home.join("redb"), 4 << 20)?))
}

fn open_layered(home: &Path) -> Result<Box<dyn Tables>, TableError> {
    let overlay = open_sled(home)?;
    let tables = [PASSES, PASSES_BY_PLATE];
    Ok(Box::new(Layered::open(
        &home.join("rows.snapshot"),
        overlay,
        &tables,
    )?))
}

fn engines() -> Vec<(&'static str, Open)> {
    vec![
        ("sled", open_sled as Open),
        #[cfg(feature = "redb")]
        ("redb", open_redb as Open),
        ("layered", open_layered as Open),
    ]
}

fn put(tables: &mut dyn Tables, table: Table, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(table, key, value);
    tables.write(&batch).unwrap();
}

fn keys(rows: &[Row]) -> Vec<&[u8]> {
    rows.iter().map(|(key, _)| key.as_slice()).collect()
}
