//! Turns a free-running counter into time that has passed, so that interrupts held off (a page of
//! flash being erased) cost none.

/// Bits of the counter: those of the core's system timer.
const MASK: u32 = 0x00FF_FFFF;
/// A longer way than this is a way back: a counter read in the moment of its reload.
const BACK: u32 = MASK / 8 * 7;

/// The counter as it was read last.
#[derive(Debug)]
pub(crate) struct Clock {
    cycles_a_us: u32,
    tick: u32,
    last: u32,
    rest: u32,
    now_us: u32,
}

impl Clock {
    /// At boot, with the counter at 0.
    pub(crate) const fn new(cycles_a_us: u32) -> Self {
        Self {
            cycles_a_us,
            tick: 0,
            last: 0,
            rest: 0,
            now_us: 0,
        }
    }

    /// Milliseconds since the tick before this one, rounded; 0 when it cannot be told. Gaps of more
    /// than 2^24 cycles come out shorter.
    pub(crate) fn gap_ms(&mut self, counter: u32) -> u32 {
        let cycles_a_ms = self.cycles_a_us * 1_000;
        let passed = counter.wrapping_sub(self.tick) & MASK;
        self.tick = counter;
        if passed > BACK {
            return 0;
        }
        (passed + cycles_a_ms / 2) / cycles_a_ms
    }

    /// Microseconds since boot, wrapping, with `counter` counting up.
    pub(crate) fn now_us(&mut self, counter: u32) -> u32 {
        let passed = counter.wrapping_sub(self.last) & MASK;
        self.last = counter;
        if passed <= BACK {
            // Less than 2^24 and less than a microsecond: the sum fits.
            self.rest += passed;
            self.now_us = self.now_us.wrapping_add(self.rest / self.cycles_a_us);
            self.rest %= self.cycles_a_us;
        }
        self.now_us
    }
}
