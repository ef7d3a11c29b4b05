//! Memory that a reset does not clear: why the firmware was reset, how often it has started, and
//! the trace, so that what led to a reset can be read after it.
//!
//! The words are atomics in a section that the start-up code leaves alone. After power-on they hold
//! what the cells happened to hold; two magic words tell the difference, and the rest of the noise
//! goes into the boot id.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use gate_protocol::{ResetCause, TraceCode, TraceEntry, map};

const MAGIC: [u32; 2] = [0x4B41_4B4F, 0x9E37_79B9];
const SEED_WORDS: usize = 64;
const ENTRIES: usize = map::TRACE_ENTRIES as usize;

/// What outlives a reset.
#[derive(Debug)]
pub struct Kept {
    /// Never cleared: noise of the memory cells at power-on, stirred at each boot.
    seed: [AtomicU32; SEED_WORDS],
    magic: [AtomicU32; 2],
    boots: AtomicU32,
    /// Code of what was about to end this run, 0 for nothing.
    marker: AtomicU32,
    panic_line: AtomicU32,
    written: AtomicU32,
    entries: [[AtomicU32; 2]; ENTRIES],
}

impl Kept {
    /// All zero. On the chip nothing of it is written at start.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            seed: [const { AtomicU32::new(0) }; SEED_WORDS],
            magic: [const { AtomicU32::new(0) }; 2],
            boots: AtomicU32::new(0),
            marker: AtomicU32::new(0),
            panic_line: AtomicU32::new(0),
            written: AtomicU32::new(0),
            entries: [const { [const { AtomicU32::new(0) }; 2] }; ENTRIES],
        }
    }

    /// Settles why this boot happened, from what the chip says and from what was marked before,
    /// and records it. Returns the cause and the id of this boot.
    pub fn wake(&self, chip: ResetCause, serial: u32) -> (ResetCause, u32) {
        let valid = (0..2).all(|i| self.magic[i].load(Relaxed) == MAGIC[i]);
        if !valid || chip == ResetCause::PowerOn {
            self.clear();
        }
        let marker = self.marker.swap(0, Relaxed);
        let cause = if marker == u32::from(TraceCode::Panic.code()) {
            ResetCause::Panic
        } else if marker == u32::from(TraceCode::Watchdog.code()) {
            ResetCause::Watchdog
        } else if chip == ResetCause::Unknown && !valid {
            ResetCause::PowerOn
        } else {
            chip
        };
        self.bump(&self.boots);
        self.trace(TraceEntry::boot(cause));
        (cause, self.stir(serial))
    }

    /// Marks that a panic or fault of the core is about to reset. `line` is 0 for a fault.
    pub fn mark_panic(&self, line: u32, now_ms: u32) {
        self.panic_line.store(line, Relaxed);
        self.mark(TraceCode::Panic, line, now_ms);
    }

    /// Marks that the watchdog is about to reset.
    pub fn mark_watchdog(&self, now_ms: u32) {
        self.mark(TraceCode::Watchdog, 0, now_ms);
    }

    fn mark(&self, code: TraceCode, argument: u32, at_ms: u32) {
        self.marker.store(u32::from(code.code()), Relaxed);
        self.trace(TraceEntry {
            at_ms,
            code,
            argument: u16::try_from(argument).unwrap_or(u16::MAX),
        });
    }

    /// Appends to the trace; the oldest entry goes.
    pub fn trace(&self, entry: TraceEntry) {
        let index = self.written.load(Relaxed);
        let slot = &self.entries[index as usize % ENTRIES];
        slot[0].store(entry.at_ms, Relaxed);
        let word = u32::from(entry.code.code()) << 16 | u32::from(entry.argument);
        slot[1].store(word, Relaxed);
        self.bump(&self.written);
    }

    /// Running index of the next trace entry.
    pub fn trace_written(&self) -> u32 {
        self.written.load(Relaxed)
    }

    /// Source line of the last panic, 0 for none.
    pub fn panic_line(&self) -> u16 {
        u16::try_from(self.panic_line.load(Relaxed)).unwrap_or(u16::MAX)
    }

    /// The register at an offset from the start of the trace.
    pub fn trace_register(&self, offset: usize) -> Option<u16> {
        let slot = self.entries.get(offset / map::TRACE_LENGTH)?;
        let half = offset % map::TRACE_LENGTH;
        let word = slot[half / 2].load(Relaxed);
        // Two registers a word, high half first.
        Some(if half.is_multiple_of(2) {
            (word >> 16) as u16
        } else {
            (word & 0xFFFF) as u16
        })
    }

    fn clear(&self) {
        for (word, magic) in self.magic.iter().zip(MAGIC) {
            word.store(magic, Relaxed);
        }
        for word in [&self.boots, &self.marker, &self.panic_line, &self.written] {
            word.store(0, Relaxed);
        }
        for word in self.entries.iter().flatten() {
            word.store(0, Relaxed);
        }
    }

    // One core, and interrupts that write here do not return: load and store need no lock.
    fn bump(&self, word: &AtomicU32) {
        word.store(word.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// FNV-1a over noise, boots and serial number; never 0, and what it was goes into the next.
    fn stir(&self, serial: u32) -> u32 {
        let words = self.seed.iter().map(|word| word.load(Relaxed));
        let id = words
            .chain([self.boots.load(Relaxed), serial])
            .flat_map(u32::to_le_bytes)
            .fold(0x811C_9DC5_u32, |hash, byte| {
                (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
            })
            .max(1);
        self.seed[0].store(id, Relaxed);
        id
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self::new()
    }
}
