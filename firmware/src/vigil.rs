//! Who may feed the watchdog: the loop, and only while the inputs are being sampled.

/// Longest time between two feedings in good order.
const FEED_MS: u32 = 20;

/// Watches that both the loop and the sampling are alive.
#[derive(Debug)]
pub struct Vigil {
    fed_ms: u32,
    samples: u32,
}

impl Vigil {
    /// At boot.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            fed_ms: 0,
            samples: 0,
        }
    }

    /// True when a feeding is due and at least a quarter of the samples that were due since the last one
    /// have been taken. Asked by the loop, so a loop that hangs feeds nothing.
    pub fn may_feed(&mut self, samples_taken: u32, now_ms: u32) -> bool {
        let elapsed_ms = now_ms.wrapping_sub(self.fed_ms);
        let sampled = samples_taken.wrapping_sub(self.samples);
        if elapsed_ms < FEED_MS || sampled < elapsed_ms / 4 {
            return false;
        }
        self.fed_ms = now_ms;
        self.samples = samples_taken;
        true
    }
}

impl Default for Vigil {
    fn default() -> Self {
        Self::new()
    }
}
