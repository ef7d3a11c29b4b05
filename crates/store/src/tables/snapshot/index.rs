//! A compact hash table: key → places where it may stand. Refuses to hold keys: the caller
//! compares the rows themselves.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Half of the slots stay free, so that a search ends after a few of them.
const SLOTS_PER_ROW: usize = 2;

#[derive(Clone, Copy)]
struct Slot {
    /// Upper half of the key's hash.
    tag: u32,
    /// Offset of the row plus one; zero is a free slot.
    place: u32,
}

/// Open addressing with linear steps, made once.
pub(super) struct Index {
    /// A power of two of them.
    slots: Vec<Slot>,
    /// Seeded anew at each start, so that nobody can choose keys that collide.
    seed: RandomState,
}

impl Index {
    pub(super) fn with_room_for(rows: usize) -> Self {
        let count = (rows * SLOTS_PER_ROW).next_power_of_two().max(2);
        Self {
            slots: vec![Slot { tag: 0, place: 0 }; count],
            seed: RandomState::new(),
        }
    }

    /// Adds a row. The caller adds no more rows than there is room for.
    pub(super) fn insert(&mut self, table: u8, key: &[u8], offset: u32) {
        let hash = self.hash(table, key);
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at].place != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = Slot {
            tag: tag(hash),
            place: offset + 1,
        };
    }

    /// Offsets of the rows that may have this key.
    pub(super) fn candidates(&self, table: u8, key: &[u8]) -> impl Iterator<Item = u32> {
        let hash = self.hash(table, key);
        let mask = self.slots.len() - 1;
        let start = hash as usize & mask;
        (0..self.slots.len())
            .map(move |step| self.slots[(start + step) & mask])
            .take_while(|slot| slot.place != 0)
            .filter(move |slot| slot.tag == tag(hash))
            .map(|slot| slot.place - 1)
    }

    fn hash(&self, table: u8, key: &[u8]) -> u64 {
        let mut hasher = self.seed.build_hasher();
        hasher.write_u8(table);
        hasher.write(key);
        hasher.finish()
    }
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}
