//! Turns the event ring into edges, and plans the reads that fetch it.
//!
//! The ring holds the last 64 edges under a running index, so an edge shorter
//! than a poll is still seen, and a reader that came too late knows how many
//! edges it lost.

use crate::error::block;
use crate::map::{self, high, low, wide};
use crate::state::codes;
use crate::{DecodeError, Input};

codes! {
    /// How far an edge got.
    Stage {
        /// The raw level held for the glitch time: surely if for 5 ms, as sampled if for 4.
        Raw = 0 "raw",
        /// The level held for the debounce time: the controller acts on it.
        Debounced = 1 "debounced",
    }
}

/// One change of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// When the raw level changed, ms since boot.
    pub at_ms: u32,
    /// Which input.
    pub input: Input,
    /// True when it became occupied, broken, reached, turned, raised, open or present.
    pub rising: bool,
    /// Raw or debounced.
    pub stage: Stage,
}

impl Edge {
    /// The ring slot of the edge with a running index. The low half of the index
    /// travels along, so that a slot overwritten during the read shows.
    #[must_use]
    pub const fn encode(&self, index: u32) -> [u16; map::EDGE_LENGTH] {
        let word = self.input as u16 | (self.rising as u16) << 8 | self.stage.code() << 9;
        [high(self.at_ms), low(self.at_ms), word, low(index)]
    }

    /// From the ring slot expected to hold a running index.
    ///
    /// # Errors
    /// `Overwritten` when a younger edge stands there, `UnknownValue` for an
    /// input or flag the map does not have.
    pub fn decode(registers: &[u16], index: u32) -> Result<Self, DecodeError> {
        let slot: &[u16; map::EDGE_LENGTH] = block(registers)?;
        if slot[3] != low(index) {
            return Err(DecodeError::Overwritten { index });
        }
        let word = slot[2];
        let address = map::ring_slot(index) + 2;
        let unknown = DecodeError::UnknownValue {
            address,
            value: word,
        };
        Ok(Self {
            at_ms: wide(slot, 0),
            input: Input::at((word & 0xFF) as u8).ok_or(unknown)?,
            rising: word & 0x100 != 0,
            stage: Stage::decode(word >> 9, address)?,
        })
    }
}

/// One FC04 that fetches edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeRead {
    /// First input register.
    pub address: u16,
    /// Number of registers, a multiple of four, at most 124.
    pub length: u16,
    /// Running index of the first edge of the answer.
    pub first_index: u32,
    /// Edges overwritten before they were read: evidence lost, to be reported.
    pub lost: u32,
}

impl EdgeRead {
    /// Index to ask for next.
    #[must_use]
    pub const fn next_index(&self) -> u32 {
        self.first_index
            .wrapping_add((self.length / map::EDGE_LENGTH as u16) as u32)
    }
}

/// Plans the next read: the reader has all edges before `next_index`, the
/// report says `written` in all. `None` when there is nothing new.
#[must_use]
pub fn edge_read(next_index: u32, written: u32) -> Option<EdgeRead> {
    let behind = written.wrapping_sub(next_index);
    if behind == 0 {
        return None;
    }
    let lost = behind.saturating_sub(map::RING_EDGES);
    let first_index = next_index.wrapping_add(lost);
    let to_end = map::RING_EDGES - first_index % map::RING_EDGES;
    let edges = (behind - lost).min(to_end).min(map::EDGES_PER_READ);
    Some(EdgeRead {
        address: map::ring_slot(first_index),
        // At most 31 edges of 4 registers.
        length: edges as u16 * map::EDGE_LENGTH as u16,
        first_index,
        lost,
    })
}
