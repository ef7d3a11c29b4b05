//! Members ⇄ the one tar form that a pack may have: ustar headers of plain files with fixed owner,
//! mode and time, zeros as padding, two zero blocks at the end and nothing after them. Links,
//! folders, long names and any other freedom of tar are refused on reading, because the header
//! that stands there must be the very one that would be written.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use crate::report::{PackError, Structure};

/// tar's unit.
pub(crate) const BLOCK_BYTES: usize = 512;
/// Zeros that end an archive.
pub(crate) const END_BYTES: usize = 2 * BLOCK_BYTES;
/// What the end is called in errors.
pub(crate) const END_NAME: &str = "the end of the archive";

const CHUNK_BYTES: usize = 64 * 1024;

/// The header of a member; none for a name that tar cannot hold or that leaves its folder.
pub(crate) fn header(name: &str, size: u64) -> Option<[u8; BLOCK_BYTES]> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name).ok()?;
    header.set_size(size);
    header.set_mode(0o444);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Some(*header.as_bytes())
}

/// Zeros after a member of `size` bytes.
pub(crate) fn padding(size: u64) -> usize {
    let block = BLOCK_BYTES as u64;
    usize::try_from((block - size % block) % block).expect("less than a block")
}

/// Writes one member.
pub(crate) fn write_member(out: &mut impl Write, name: &str, bytes: &[u8]) -> io::Result<()> {
    let size = bytes.len() as u64;
    let header = header(name, size).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{name} is no member"))
    })?;
    out.write_all(&header)?;
    out.write_all(bytes)?;
    out.write_all(&[0; BLOCK_BYTES][..padding(size)])
}

/// Ends the archive.
pub(crate) fn write_end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0; END_BYTES])
}

/// Reads the members of an archive in order.
pub(crate) struct Members<R> {
    input: R,
}

impl<R: Read> Members<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input }
    }

    fn fill(&mut self, name: &str, buffer: &mut [u8]) -> Result<(), PackError> {
        self.input.read_exact(buffer).map_err(|source| {
            if source.kind() == io::ErrorKind::UnexpectedEof {
                PackError::structure(name, Structure::Truncated)
            } else {
                PackError::Read { source }
            }
        })
    }

    /// Reads a header that must be the one of `name`; gives the size in it.
    pub(crate) fn open(&mut self, name: &str, size_max: u64) -> Result<u64, PackError> {
        let mut block = [0; BLOCK_BYTES];
        self.fill(name, &mut block)?;
        let found = tar::Header::from_byte_slice(&block);
        let size = found.entry_size().unwrap_or(u64::MAX);
        if header(name, size).is_none_or(|expected| expected != block) {
            return Err(PackError::structure(name, Structure::Header));
        }
        if size > size_max {
            return Err(PackError::structure(
                name,
                Structure::TooLarge { size, size_max },
            ));
        }
        Ok(size)
    }

    /// Reads the content of the opened member piece by piece, and its padding; gives its SHA-256.
    pub(crate) fn content(
        &mut self,
        name: &str,
        size: u64,
        mut each: impl FnMut(&[u8]),
    ) -> Result<[u8; 32], PackError> {
        let mut digest = Sha256::new();
        let mut buffer = vec![0; CHUNK_BYTES];
        let mut left = size;
        while left > 0 {
            let take = usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
            let piece = &mut buffer[..take];
            self.fill(name, piece)?;
            digest.update(&*piece);
            each(piece);
            left -= take as u64;
        }
        let mut zeros = [0; BLOCK_BYTES];
        let zeros = &mut zeros[..padding(size)];
        self.fill(name, zeros)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(PackError::structure(name, Structure::Padding));
        }
        Ok(digest.finalize().into())
    }

    /// Reads the end: two zero blocks, then nothing.
    pub(crate) fn end(mut self) -> Result<(), PackError> {
        let mut zeros = [0; END_BYTES];
        self.fill(END_NAME, &mut zeros)?;
        let mut after = [0; 1];
        let more = self
            .input
            .read(&mut after)
            .map_err(|source| PackError::Read { source })?;
        if more > 0 || zeros.iter().any(|byte| *byte != 0) {
            return Err(PackError::structure(END_NAME, Structure::Trailing));
        }
        Ok(())
    }
}
