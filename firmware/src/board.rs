//! What the loop needs of a chip, and the times all boards keep.

use gate_protocol::Outputs;

use crate::exchange::Sample;
use crate::stack::Painted;
use crate::store::RECORD_WORDS;

/// Inputs are not believed before this: filters charge, detectors and relays settle.
pub const SETTLE_MS: u32 = 100;
/// A loop or sampling that stands still for this long ends in safe outputs.
pub const WATCHDOG_MS: u32 = 250;

/// One pin of the chip, from the pin table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// 0 for port A.
    pub port: u8,
    /// Bit of the port.
    pub bit: u8,
    /// Level that means 1 in the register map.
    pub active_high: bool,
}

impl Pin {
    /// The level that means `on`.
    #[must_use]
    pub const fn level(self, on: bool) -> bool {
        on == self.active_high
    }
}

/// Two pages of flash for settings.
pub trait Pages {
    /// Number of pages.
    const COUNT: usize = 2;

    /// The first words of a page.
    fn read(&self, page: usize) -> [u16; RECORD_WORDS];

    /// Erases a page and writes its first words. Whether it worked is read afterwards.
    fn write(&mut self, page: usize, words: &[u16; RECORD_WORDS]);
}

/// One chip with its pins, line and clock, as the loop sees it.
pub trait Board: Pages + Painted {
    /// Milliseconds since boot, wrapping.
    fn now_ms(&self) -> u32;
    /// Microseconds since boot, wrapping.
    fn now_us(&self) -> u32;
    /// The oldest change of the inputs not yet taken.
    fn next_sample(&mut self) -> Option<Sample>;
    /// Samples taken since boot; one a millisecond while sampling lives.
    fn samples_taken(&self) -> u32;
    /// Samples that found no room.
    fn samples_lost(&self) -> u32;
    /// The oldest byte of the line not yet taken, with the ms it came at.
    fn next_byte(&mut self) -> Option<(u8, u32)>;
    /// Bytes of the line lost or broken.
    fn bytes_lost(&self) -> u32;
    /// Sends a frame; the line turns back to listening by itself.
    fn send(&mut self, frame: &[u8]);
    /// Sets the output pins.
    fn drive(&mut self, outputs: Outputs);
    /// Feeds the watchdog and toggles the `alive` pin.
    fn feed(&mut self);
    /// The supply has dipped since the last call.
    fn browned_out(&mut self) -> bool;
}
