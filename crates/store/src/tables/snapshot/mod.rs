//! Rows that no longer change: one file, sorted, checksummed, read into memory and found by hash.
//! Refuses to be changed; a newer one takes its place in one step.
//!
//! File: header (4096 bytes, little endian: magic 8, version u16, tables u16, reserved u32,
//! generation u64, rows u64, body bytes u64; for each table its name length u8, name 32, rows u64;
//! zeros; CRC32C in the last four bytes), body, CRC32C of each 64 KiB of the body.
//! Row of the body: table u8, key length u16, value length u32, key, value; in the order of
//! (table, key), tables in the order of their names.

mod build;
mod index;

use std::io;
use std::path::Path;

pub use build::SnapshotBuilder;
use index::Index;

use super::{Row, Table, TableError};
use crate::disk::{Access, Disk, RealDisk, read_range};

const MAGIC: &[u8; 8] = b"KAKOUROW";
const VERSION: u16 = 1;
const HEADER_BYTES: usize = 4_096;
const TABLES_LIMIT: usize = 64;
const TABLE_ENTRY_BYTES: usize = 1 + 32 + 8;
const ROW_HEAD_BYTES: usize = 1 + 2 + 4;
/// Offsets of rows are 32 bits wide.
const BODY_LIMIT_BYTES: u64 = u32::MAX as u64;
const CHUNK_BYTES: usize = 64 << 10;

/// A table of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TableInfo {
    name: String,
    rows: u64,
}

struct Header {
    generation: u64,
    rows: u64,
    body_bytes: u64,
    tables: Vec<TableInfo>,
}

/// Immutable rows in memory.
pub struct Snapshot {
    header: Header,
    body: Vec<u8>,
    /// Where each row starts, in order.
    offsets: Vec<u32>,
    index: Index,
}

/// A row as it lies in the body.
#[derive(Clone, Copy)]
struct StoredRow<'a> {
    table: u8,
    key: &'a [u8],
    value: &'a [u8],
}

impl Snapshot {
    /// Reads a snapshot; none when there is no file.
    ///
    /// # Errors
    /// [`TableError::Damaged`], naming the first place, or the disk refused.
    pub fn open(file: &Path) -> Result<Option<Self>, TableError> {
        Self::open_on(&RealDisk, file)
    }

    /// As [`Snapshot::open`], on a given disk.
    ///
    /// # Errors
    /// As [`Snapshot::open`].
    pub fn open_on(disk: &dyn Disk, path: &Path) -> Result<Option<Self>, TableError> {
        let wrap = |source| TableError::Disk {
            doing: "read",
            path: path.to_owned(),
            source,
        };
        let damaged = |reason: String| TableError::Damaged {
            path: path.to_owned(),
            reason,
        };
        let file = match disk.open(path, Access::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(wrap)?,
        };
        let head = read_range(file.as_ref(), 0, HEADER_BYTES).map_err(wrap)?;
        let header = Header::decode(&head).ok_or_else(|| damaged("header".into()))?;
        let checksum_bytes = header.body_bytes.div_ceil(CHUNK_BYTES as u64) * 4;
        let whole = HEADER_BYTES as u64 + header.body_bytes + checksum_bytes;
        let length = file.len().map_err(wrap)?;
        if length != whole || header.body_bytes > BODY_LIMIT_BYTES {
            return Err(damaged(format!("{length} bytes where {whole} are due")));
        }
        let body_bytes = header.body_bytes as usize;
        let body = read_range(file.as_ref(), HEADER_BYTES as u64, body_bytes).map_err(wrap)?;
        let checksums_at = HEADER_BYTES as u64 + header.body_bytes;
        let checksums = read_range(file.as_ref(), checksums_at, checksum_bytes as usize);
        let checksums = checksums.map_err(wrap)?;
        for (number, chunk) in body.chunks(CHUNK_BYTES).enumerate() {
            let stored = checksums.get(number * 4..number * 4 + 4);
            if stored != Some(crc32c::crc32c(chunk).to_le_bytes().as_slice()) {
                let from = HEADER_BYTES + number * CHUNK_BYTES;
                return Err(damaged(format!("checksum of the 64 KiB from byte {from}")));
            }
        }
        Self::index(header, body).map(Some).map_err(damaged)
    }

    fn index(header: Header, body: Vec<u8>) -> Result<Self, String> {
        let rows = header.rows as usize;
        if header.rows > body.len() as u64 / ROW_HEAD_BYTES as u64 {
            return Err(format!("{rows} rows do not fit its body"));
        }
        let mut offsets = Vec::with_capacity(rows);
        let mut index = Index::with_room_for(rows);
        let mut counts = vec![0_u64; header.tables.len()];
        let mut offset = 0;
        let mut last: Option<(u8, &[u8])> = None;
        while offset < body.len() {
            let row = row_at(&body, offset).ok_or_else(|| format!("row at {offset}"))?;
            let ordered = last.is_none_or(|last| last < (row.table, row.key));
            let count = counts.get_mut(usize::from(row.table)).filter(|_| ordered);
            *count.ok_or_else(|| format!("row at {offset} is out of order"))? += 1;
            last = Some((row.table, row.key));
            offsets.push(offset as u32);
            if offsets.len() > rows {
                return Err(format!("more than {rows} rows"));
            }
            index.insert(row.table, row.key, offset as u32);
            offset += ROW_HEAD_BYTES + row.key.len() + row.value.len();
        }
        let counted = header.tables.iter().map(|table| table.rows).eq(counts);
        if offsets.len() != rows || !counted {
            return Err(format!("{} rows where {rows} are due", offsets.len()));
        }
        Ok(Self {
            header,
            body,
            offsets,
            index,
        })
    }

    /// Which snapshot this is: each replaces one of a smaller number.
    pub fn generation(&self) -> u64 {
        self.header.generation
    }

    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.header.rows
    }

    /// Bytes of the file's rows.
    pub fn bytes(&self) -> u64 {
        self.header.body_bytes
    }

    /// Rows of a table.
    pub fn count(&self, table: Table) -> u64 {
        self.table(table)
            .map_or(0, |number| self.header.tables[usize::from(number)].rows)
    }

    /// The value of a key.
    pub fn get(&self, table: Table, key: &[u8]) -> Option<&[u8]> {
        let number = self.table(table)?;
        self.index.candidates(number, key).find_map(|offset| {
            touch(&self.body, offset as usize);
            let row = row_at(&self.body, offset as usize)?;
            (row.table == number && row.key == key).then_some(row.value)
        })
    }

    /// Rows with `from <= key < until`, in order.
    pub fn range<'a>(
        &'a self,
        table: Table,
        from: &[u8],
        until: Option<&'a [u8]>,
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let number = self.table(table);
        let start = number.map_or(self.offsets.len(), |number| {
            self.offsets.partition_point(|offset| {
                row_at(&self.body, *offset as usize)
                    .is_some_and(|row| (row.table, row.key) < (number, from))
            })
        });
        self.offsets[start..]
            .iter()
            .map_while(|offset| row_at(&self.body, *offset as usize))
            .take_while(move |row| {
                Some(row.table) == number && until.is_none_or(|until| row.key < until)
            })
            .map(|row| (row.key, row.value))
    }

    /// As [`Snapshot::range`], copied, the first `limit` rows.
    pub fn scan_range(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Vec<Row> {
        let rows = self.range(table, from, until).take(limit);
        rows.map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect()
    }

    /// All rows, in order, with the names of their tables.
    fn all(&self) -> impl Iterator<Item = (&str, &[u8], &[u8])> {
        self.offsets.iter().filter_map(|offset| {
            let row = row_at(&self.body, *offset as usize)?;
            let table = self.header.tables.get(usize::from(row.table))?;
            Some((table.name.as_str(), row.key, row.value))
        })
    }

    /// A snapshot has few tables: looking through their names is faster than hashing one.
    fn table(&self, table: Table) -> Option<u8> {
        let place = self
            .header
            .tables
            .iter()
            .position(|known| known.name == table.name())?;
        u8::try_from(place).ok()
    }
}

/// Asks memory for the second cache line of a row together with the first: the value lies there,
/// and only what stands in the first would tell how long it is.
fn touch(body: &[u8], offset: usize) {
    const LINE_BYTES: usize = 64;
    std::hint::black_box(body.get(offset + LINE_BYTES).copied());
}

fn row_at(body: &[u8], offset: usize) -> Option<StoredRow<'_>> {
    let head = body.get(offset..offset + ROW_HEAD_BYTES)?;
    let key_bytes = usize::from(u16::from_le_bytes([head[1], head[2]]));
    let value_bytes = u32::from_le_bytes([head[3], head[4], head[5], head[6]]) as usize;
    let key_start = offset + ROW_HEAD_BYTES;
    let value_start = key_start + key_bytes;
    let key = body.get(key_start..value_start)?;
    let value = body.get(value_start..value_start + value_bytes)?;
    Some(StoredRow {
        table: head[0],
        key,
        value,
    })
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(self.tables.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.generation.to_le_bytes());
        bytes.extend_from_slice(&self.rows.to_le_bytes());
        bytes.extend_from_slice(&self.body_bytes.to_le_bytes());
        for table in &self.tables {
            let mut name = [0; 32];
            name[..table.name.len()].copy_from_slice(table.name.as_bytes());
            bytes.push(table.name.len() as u8);
            bytes.extend_from_slice(&name);
            bytes.extend_from_slice(&table.rows.to_le_bytes());
        }
        bytes.resize(HEADER_BYTES - 4, 0);
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let checked = bytes.get(..HEADER_BYTES - 4)?;
        if bytes.get(HEADER_BYTES - 4..)? != crc32c::crc32c(checked).to_le_bytes() {
            return None;
        }
        let number = |from: usize| -> Option<u64> {
            Some(u64::from_le_bytes(
                bytes.get(from..from + 8)?.try_into().ok()?,
            ))
        };
        let short = |from: usize| -> usize {
            usize::from(u16::from_le_bytes([bytes[from], bytes[from + 1]]))
        };
        let count = short(10);
        if bytes[..8] != *MAGIC || short(8) != usize::from(VERSION) || count > TABLES_LIMIT {
            return None;
        }
        let mut tables = Vec::with_capacity(count);
        for entry in 0..count {
            let at = 40 + entry * TABLE_ENTRY_BYTES;
            let name = bytes.get(at + 1..at + 1 + usize::from(bytes[at]).min(32))?;
            let name = String::from_utf8(name.to_vec()).ok()?;
            tables.push(TableInfo {
                name,
                rows: number(at + 33)?,
            });
        }
        Some(Self {
            generation: number(16)?,
            rows: number(24)?,
            body_bytes: number(32)?,
            tables,
        })
    }
}
