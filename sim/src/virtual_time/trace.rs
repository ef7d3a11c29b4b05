//! Everything that went into and came out of the lanes, in order → one SHA-256. Two runs with
//! the same hash did the same.

use std::fmt::{self, Write};

use domain::digest::Digest;
use sha2::{Digest as _, Sha256};

/// A running hash.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace {
    hasher: Sha256,
    entries: u64,
    /// Registers on their way into the hash.
    bytes: Vec<u8>,
}

impl Trace {
    /// Adds bytes that crossed a line at `at_us`.
    pub(super) fn bytes(&mut self, at_us: u64, lane: usize, bytes: &[u8]) {
        self.head(at_us, lane, bytes.len());
        self.hasher.update(bytes);
    }

    /// Adds registers that crossed a line at `at_us`.
    pub(super) fn registers(&mut self, at_us: u64, lane: usize, registers: &[u16]) {
        self.head(at_us, lane, 2 * registers.len());
        self.bytes.clear();
        let words = registers.iter().flat_map(|register| register.to_be_bytes());
        self.bytes.extend(words);
        self.hasher.update(&self.bytes);
    }

    /// Adds a value of the core at `at_us` in its own words.
    pub(super) fn value(&mut self, at_us: u64, lane: usize, value: &impl fmt::Debug) {
        self.head(at_us, lane, usize::MAX);
        // Writing into a hash cannot fail.
        let _ = write!(Sink(&mut self.hasher), "{value:?}");
    }

    fn head(&mut self, at_us: u64, lane: usize, len: usize) {
        self.entries += 1;
        let mut head = [0; 24];
        head[..8].copy_from_slice(&at_us.to_be_bytes());
        head[8..16].copy_from_slice(&(lane as u64).to_be_bytes());
        head[16..].copy_from_slice(&(len as u64).to_be_bytes());
        self.hasher.update(head);
    }

    /// The hash, and how many entries went into it.
    pub(super) fn finish(self) -> (Digest, u64) {
        (Digest(self.hasher.finalize().into()), self.entries)
    }
}

struct Sink<'a>(&'a mut Sha256);

impl Write for Sink<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
