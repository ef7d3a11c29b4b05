//! Rows in any order → a snapshot file that replaces the one before it in one step. Refuses to
//! leave half a file under the snapshot's name.

use std::io;
use std::path::{Path, PathBuf};

use super::{
    BODY_LIMIT_BYTES, CHUNK_BYTES, HEADER_BYTES, Header, ROW_HEAD_BYTES, Snapshot, TABLES_LIMIT,
    TableInfo, row_at,
};
use crate::disk::{Disk, DiskFile, RealDisk, remove_if_present};
use crate::tables::{KEY_LIMIT_BYTES, Table, TableError, VALUE_LIMIT_BYTES};

/// Gathers rows for a snapshot, in memory.
#[derive(Default)]
pub struct SnapshotBuilder {
    /// In the order of first use; `rows` names them by their place here.
    tables: Vec<String>,
    /// Rows as they will lie in the body, but for their table's number.
    rows: Vec<u8>,
    offsets: Vec<u32>,
}

impl SnapshotBuilder {
    /// No rows yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows put so far, equal keys counted as often as they were put.
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether no row was put.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Adds a row; of equal keys the last stands.
    ///
    /// # Errors
    /// The row is too large, or the snapshot would be.
    pub fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), TableError> {
        if key.len() > KEY_LIMIT_BYTES || value.len() > VALUE_LIMIT_BYTES {
            let (key_bytes, value_bytes) = (key.len(), value.len());
            return Err(TableError::TooLarge {
                table: table.name(),
                key_bytes,
                value_bytes,
            });
        }
        self.put_named(table.name(), key, value)
    }

    /// Adds the rows of a snapshot that are in other tables than these.
    pub(crate) fn put_other_tables(
        &mut self,
        snapshot: &Snapshot,
        tables: &[Table],
    ) -> Result<(), TableError> {
        for (table, key, value) in snapshot.all() {
            if tables.iter().all(|known| known.name() != table) {
                self.put_named(table, key, value)?;
            }
        }
        Ok(())
    }

    fn put_named(&mut self, table: &str, key: &[u8], value: &[u8]) -> Result<(), TableError> {
        let number = match self.tables.iter().position(|known| known == table) {
            Some(number) => number,
            None => {
                self.tables.push(table.to_owned());
                self.tables.len() - 1
            }
        };
        let end = self.rows.len() + ROW_HEAD_BYTES + key.len() + value.len();
        if end as u64 >= BODY_LIMIT_BYTES || number >= TABLES_LIMIT {
            return Err(TableError::TooMany {
                limit_bytes: BODY_LIMIT_BYTES,
            });
        }
        self.offsets.push(self.rows.len() as u32);
        self.rows.push(number as u8);
        self.rows
            .extend_from_slice(&(key.len() as u16).to_le_bytes());
        self.rows
            .extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.rows.extend_from_slice(key);
        self.rows.extend_from_slice(value);
        Ok(())
    }

    /// Writes the snapshot durably in the place of the one before it, and returns its rows.
    ///
    /// # Errors
    /// The disk refused; the snapshot before it stands.
    pub fn write(self, file: &Path, generation: u64) -> Result<u64, TableError> {
        self.write_on(&RealDisk, file, generation)
    }

    /// As [`SnapshotBuilder::write`], on a given disk.
    ///
    /// # Errors
    /// As [`SnapshotBuilder::write`].
    pub fn write_on(
        mut self,
        disk: &dyn Disk,
        path: &Path,
        generation: u64,
    ) -> Result<u64, TableError> {
        let places = self.sort();
        let wrap = |source| TableError::Disk {
            doing: "write",
            path: path.to_owned(),
            source,
        };
        self.write_file(disk, path, generation, &places)
            .map_err(wrap)
    }

    /// Orders the rows by (table name, key) and keeps the last of equal ones. Returns the place
    /// of each table in the order of names.
    fn sort(&mut self) -> Vec<u8> {
        let mut names: Vec<(&String, usize)> = self.tables.iter().zip(0..).collect();
        names.sort();
        let mut places = vec![0; names.len()];
        for (place, (_, number)) in names.iter().enumerate() {
            places[*number] = place as u8;
        }
        let rows = &self.rows;
        let rank = |offset: u32| -> (u8, &[u8]) {
            let row = row_at(rows, offset as usize).expect("the builder wrote it whole");
            (places[usize::from(row.table)], row.key)
        };
        // Most pairs are told apart by what stands here, without a look at the rows.
        let mut ranked: Vec<(u8, u128, u32)> = std::mem::take(&mut self.offsets)
            .into_iter()
            .map(|offset| {
                let (place, key) = rank(offset);
                (place, leading(key), offset)
            })
            .collect();
        // Rows with a larger offset were put later.
        ranked.sort_unstable_by(|left, right| {
            let whole = || rank(left.2).cmp(&rank(right.2)).then(right.2.cmp(&left.2));
            (left.0, left.1).cmp(&(right.0, right.1)).then_with(whole)
        });
        ranked.dedup_by(|later, kept| {
            (later.0, later.1) == (kept.0, kept.1) && rank(later.2) == rank(kept.2)
        });
        self.offsets = ranked.into_iter().map(|(_, _, offset)| offset).collect();
        places
    }

    fn write_file(
        &self,
        disk: &dyn Disk,
        path: &Path,
        generation: u64,
        places: &[u8],
    ) -> io::Result<u64> {
        let temporary = with_end(path, ".new");
        remove_if_present(disk, &temporary)?;
        let file = disk.create(&temporary)?;
        let header = self.write_body(file.as_ref(), generation, places)?;
        file.write_at(0, &header.encode())?;
        file.sync_data()?;
        disk.rename(&temporary, path)?;
        match path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            Some(parent) => disk.sync_dir(parent)?,
            None => disk.sync_dir(Path::new("."))?,
        }
        Ok(header.rows)
    }

    fn write_body(
        &self,
        file: &dyn DiskFile,
        generation: u64,
        places: &[u8],
    ) -> io::Result<Header> {
        let mut counts = vec![0_u64; places.len()];
        let mut output = Output {
            file,
            offset: HEADER_BYTES as u64,
            chunk: Vec::new(),
            checksums: Vec::new(),
        };
        let mut body_bytes = 0;
        for offset in &self.offsets {
            let start = *offset as usize;
            let row = row_at(&self.rows, start).expect("the builder wrote it whole");
            let place = places[usize::from(row.table)];
            let bytes = ROW_HEAD_BYTES + row.key.len() + row.value.len();
            counts[usize::from(place)] += 1;
            output.write(&[place])?;
            output.write(&self.rows[start + 1..start + bytes])?;
            body_bytes += bytes as u64;
        }
        output.end()?;
        let mut tables: Vec<_> = self.tables.iter().cloned().zip(places).collect();
        tables.sort();
        let tables = tables.into_iter().map(|(name, place)| TableInfo {
            name,
            rows: counts[usize::from(*place)],
        });
        let tables = tables.collect();
        Ok(Header {
            generation,
            rows: self.offsets.len() as u64,
            body_bytes,
            tables,
        })
    }
}

/// The first 16 bytes of a key as a number: where they differ, keys are in the order of them.
fn leading(key: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let count = key.len().min(16);
    bytes[..count].copy_from_slice(&key[..count]);
    u128::from_be_bytes(bytes)
}

/// Writes a body in chunks, and their checksums after it.
struct Output<'a> {
    file: &'a dyn DiskFile,
    offset: u64,
    chunk: Vec<u8>,
    checksums: Vec<u8>,
}

impl Output<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            if self.chunk.len() == CHUNK_BYTES {
                self.put_chunk()?;
            }
            bytes = later;
        }
        Ok(())
    }

    fn put_chunk(&mut self) -> io::Result<()> {
        self.checksums
            .extend_from_slice(&crc32c::crc32c(&self.chunk).to_le_bytes());
        self.file.write_at(self.offset, &self.chunk)?;
        self.offset += self.chunk.len() as u64;
        self.chunk.clear();
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        if !self.chunk.is_empty() {
            self.put_chunk()?;
        }
        self.file.write_at(self.offset, &self.checksums)
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
