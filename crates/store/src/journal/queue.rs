//! Records that wait for the writer: bounded in number and bytes. Refuses to know what becomes of
//! them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Durable;
use super::settings::AppendError;

/// Told once what became of a record.
pub(crate) type OnDone = Box<dyn FnOnce(Result<Durable, AppendError>) + Send>;

pub(crate) struct Waiting {
    pub(crate) payload: Vec<u8>,
    pub(crate) on_done: OnDone,
}

struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    closed: bool,
}

pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    records_limit: usize,
    bytes_limit: usize,
}

impl Queue {
    pub(crate) fn new(records_limit: usize, bytes_limit: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            bytes: 0,
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            filled: Condvar::new(),
            records_limit,
            bytes_limit,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that wait.
    pub(crate) fn len(&self) -> usize {
        self.state().waiting.len()
    }

    /// Takes a record in, or gives it back with the count that waits. None when closed.
    pub(crate) fn push(&self, record: Waiting) -> Result<(), Option<usize>> {
        let mut state = self.state();
        if state.closed {
            return Err(None);
        }
        let bytes = state.bytes + record.payload.len();
        if state.waiting.len() >= self.records_limit || bytes > self.bytes_limit {
            return Err(Some(state.waiting.len()));
        }
        state.bytes = bytes;
        state.waiting.push_back(record);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for records and takes all of them; none once the queue is closed and empty.
    pub(crate) fn take_all(&self) -> Option<VecDeque<Waiting>> {
        let mut state = self.state();
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.bytes = 0;
        Some(std::mem::take(&mut state.waiting))
    }

    /// Takes nothing more in; what waits is still handed out.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.filled.notify_all();
    }
}
