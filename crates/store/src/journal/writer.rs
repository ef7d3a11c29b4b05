//! The writer's thread: takes what waits, commits it in groups, tells each waiter once. Refuses
//! to know how a commit is made.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

use super::Durable;
use super::log::Log;
use super::queue::{OnDone, Queue, Waiting};
use super::settings::{AppendError, WriterPriority};

/// Runs until the queue is closed and empty.
pub(crate) fn run(
    mut log: Log,
    queue: Arc<Queue>,
    panics: Arc<AtomicU64>,
    level: Option<u8>,
    started: SyncSender<WriterPriority>,
) {
    // Whoever opens the journal waits for this; if it has gone, so has the queue's other end.
    let _ = started.send(raise_priority(level));
    let end = LastWord {
        queue: &queue,
        panics: &panics,
    };
    while let Some(mut waiting) = queue.take_all() {
        while !waiting.is_empty() {
            let payloads = waiting.iter().map(|record| record.payload.as_slice());
            match log.commit(payloads) {
                Ok(proofs) => {
                    for proof in proofs {
                        if let Some(record) = waiting.pop_front() {
                            answer(record.on_done, Ok(proof), &panics);
                        }
                    }
                }
                Err(error) => refuse(&mut waiting, &error, &panics),
            }
        }
    }
    drop(end);
}

fn refuse(waiting: &mut VecDeque<Waiting>, error: &AppendError, panics: &AtomicU64) {
    for record in waiting.drain(..) {
        answer(record.on_done, Err(error.clone()), panics);
    }
}

/// A panic of one waiter is counted and does not reach the others.
fn answer(on_done: OnDone, outcome: Result<Durable, AppendError>, panics: &AtomicU64) {
    if catch_unwind(AssertUnwindSafe(|| on_done(outcome))).is_err() {
        panics.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whatever ends the thread, nobody is left waiting.
struct LastWord<'a> {
    queue: &'a Queue,
    panics: &'a AtomicU64,
}

impl Drop for LastWord<'_> {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(mut waiting) = self.queue.take_all() {
            let error = AppendError::Failed {
                reason: Arc::from("the writer has ended"),
            };
            refuse(&mut waiting, &error, self.panics);
        }
    }
}

fn raise_priority(level: Option<u8>) -> WriterPriority {
    let Some(level) = level else {
        return WriterPriority::Ordinary;
    };
    let value = match ThreadPriorityValue::try_from(level) {
        Ok(value) => value,
        Err(reason) => return WriterPriority::Refused(reason.to_owned()),
    };
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    let priority = ThreadPriority::Crossplatform(value);
    match set_thread_priority_and_policy(thread_native_id(), priority, policy) {
        Ok(()) => WriterPriority::RealTime(level),
        Err(error) => WriterPriority::Refused(error.to_string()),
    }
}
