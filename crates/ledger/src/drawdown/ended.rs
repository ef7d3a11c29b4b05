//! Passages that ended without using a pass, the last of them, so that an event that comes twice
//! draws nothing. Those that used one are remembered with their pass.

use std::collections::{BTreeSet, VecDeque};

use domain::id::PassageId;

/// Passages remembered. An event comes again after a restart or a broken read, within the last
/// few thousand records.
const ENDED_MAX: usize = 65_536;

/// The last passages that ended.
#[derive(Debug, Clone, Default)]
pub(super) struct EndedPassages {
    known: BTreeSet<PassageId>,
    order: VecDeque<PassageId>,
}

impl EndedPassages {
    pub(super) fn contains(&self, passage: &PassageId) -> bool {
        self.known.contains(passage)
    }

    pub(super) fn insert(&mut self, passage: PassageId) {
        if !self.known.insert(passage.clone()) {
            return;
        }
        self.order.push_back(passage);
        if self.order.len() > ENDED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}
