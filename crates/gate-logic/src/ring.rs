//! Keeps the last 64 edges under a running index, ready to be read as registers.

use gate_protocol::{Edge, map};

#[derive(Clone, Debug)]
pub(crate) struct EdgeRing {
    slots: [[u16; map::EDGE_LENGTH]; map::RING_EDGES as usize],
    written: u32,
}

impl EdgeRing {
    pub(crate) const fn new() -> Self {
        Self {
            slots: [[0; map::EDGE_LENGTH]; map::RING_EDGES as usize],
            written: 0,
        }
    }

    pub(crate) fn push(&mut self, edge: Edge) {
        let slot = (self.written % map::RING_EDGES) as usize;
        self.slots[slot] = edge.encode(self.written);
        self.written = self.written.wrapping_add(1);
    }

    /// Running index of the next edge.
    pub(crate) const fn written(&self) -> u32 {
        self.written
    }

    /// The register at an offset from the start of the ring.
    pub(crate) fn register(&self, offset: usize) -> Option<u16> {
        self.slots
            .get(offset / map::EDGE_LENGTH)
            .map(|slot| slot[offset % map::EDGE_LENGTH])
    }
}
