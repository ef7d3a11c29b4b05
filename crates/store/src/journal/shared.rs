//! What the writer and the readers of a journal both know: the segments and how far they are
//! durable. Refuses to know frames.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::chain::Hash;
use crate::disk::Folder;

/// One segment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) first_sequence: u64,
    pub(crate) bytes: u64,
}

/// Up to where the journal is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) sequence: u64,
    pub(crate) hash: Hash,
    /// End of the last sealed group in the last segment.
    pub(crate) end: u64,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) segments: VecDeque<Segment>,
    pub(crate) head: Head,
    pub(crate) acknowledged: u64,
    /// Why the writer takes nothing more.
    pub(crate) failed: Option<Arc<str>>,
}

pub(crate) struct Shared {
    pub(crate) folder: Folder,
    pub(crate) genesis: Hash,
    state: Mutex<State>,
    grown: Condvar,
}

impl Shared {
    pub(crate) fn new(
        folder: Folder,
        genesis: Hash,
        segments: VecDeque<Segment>,
        head: Head,
    ) -> Self {
        let state = State {
            segments,
            head,
            acknowledged: 0,
            failed: None,
        };
        Self {
            folder,
            genesis,
            state: Mutex::new(state),
            grown: Condvar::new(),
        }
    }

    /// Every change under this lock is complete in itself, so a poisoned lock is taken over.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn head(&self) -> Head {
        self.state().head
    }

    pub(crate) fn publish(&self, head: Head) {
        self.state().head = head;
        self.grown.notify_all();
    }

    /// The first record of the oldest segment.
    pub(crate) fn first_sequence(&self) -> u64 {
        self.state()
            .segments
            .front()
            .map_or(1, |segment| segment.first_sequence)
    }

    /// Waits until more than `sequence` is durable, or `timeout` is over.
    pub(crate) fn wait_beyond(&self, sequence: u64, timeout: Duration) -> u64 {
        let deadline = Instant::now() + timeout;
        let mut state = self.state();
        while state.head.sequence <= sequence {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.grown.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.head.sequence
    }
}

impl State {
    /// The segment that holds `sequence`, and the one after it.
    pub(crate) fn segment_of(&self, sequence: u64) -> Option<(Segment, Option<Segment>)> {
        let after = self
            .segments
            .partition_point(|segment| segment.first_sequence <= sequence);
        let segment = *self.segments.get(after.checked_sub(1)?)?;
        Some((segment, self.segments.get(after).copied()))
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }
}
