//! Turns a free-running counter into milliseconds. Time is read from the counter and not counted
//! by interrupts, so that interrupts held off (a page of flash being erased) cost no time.

/// Bits of the counter: those of the core's system timer.
const MASK: u32 = 0x00FF_FFFF;

/// The time since boot. It must be asked at least once in the counter's 2^24 cycles.
#[derive(Debug)]
pub(crate) struct Clock {
    cycles_a_us: u32,
    last: u32,
    cycles: u32,
    now_ms: u32,
}

impl Clock {
    /// At boot, with the counter at 0.
    #[must_use]
    pub(crate) const fn new(cycles_a_us: u32) -> Self {
        Self {
            cycles_a_us,
            last: 0,
            cycles: 0,
            now_ms: 0,
        }
    }

    /// Milliseconds since boot, wrapping, with `counter` counting up.
    pub(crate) fn now_ms(&mut self, counter: u32) -> u32 {
        let cycles_a_ms = self.cycles_a_us * 1_000;
        // Less than 2^24 and less than a millisecond: the sum fits.
        self.cycles += counter.wrapping_sub(self.last) & MASK;
        self.last = counter;
        self.now_ms = self.now_ms.wrapping_add(self.cycles / cycles_a_ms);
        self.cycles %= cycles_a_ms;
        self.now_ms
    }

    /// Microseconds since boot, wrapping.
    pub(crate) fn now_us(&mut self, counter: u32) -> u32 {
        let now_ms = self.now_ms(counter);
        now_ms
            .wrapping_mul(1_000)
            .wrapping_add(self.cycles / self.cycles_a_us)
    }
}
