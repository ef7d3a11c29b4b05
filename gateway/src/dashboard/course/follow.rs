//! Reads the journal from its beginning and then behind its durable end, on a thread of its own:
//! neither a lane nor a page waits for it.

use std::sync::{Arc, Mutex, MutexGuard};

use store::journal::JournalReader;
use tokio::sync::watch;

use super::Course;
use crate::stop::Stop;

/// Records read at once.
const RECORDS: usize = 512;
/// Bytes read at once.
const BYTES: usize = 4 << 20;

/// The course, shared with the pages.
#[derive(Clone, Default)]
pub(in crate::dashboard) struct Known(Arc<Mutex<Course>>);

impl Known {
    /// Locks it: for as long as it takes to copy out what a page shows.
    pub(in crate::dashboard) fn now(&self) -> MutexGuard<'_, Course> {
        // A panic while holding the lock may have left half an event: the pages may lack it, the
        // journal does not.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What follows the journal.
pub(in crate::dashboard) struct Follower {
    pub(in crate::dashboard) reader: JournalReader,
    pub(in crate::dashboard) durable: watch::Receiver<u64>,
    pub(in crate::dashboard) known: Known,
    pub(in crate::dashboard) stop: Stop,
}

/// Follows until the daemon ends.
pub(in crate::dashboard) async fn follow(mut follower: Follower) {
    let mut next = follower.reader.first_sequence().max(1);
    follower.known.now().first = next;
    loop {
        let through = *follower.durable.borrow_and_update();
        while next <= through && !follower.stop.is_requested() {
            let step = tokio::task::spawn_blocking(move || {
                let read = take(&mut follower, next, through);
                (follower, read)
            });
            let Ok((back, read)) = step.await else {
                tracing::error!("the dashboard's reading of the journal failed; pages stand still");
                return;
            };
            follower = back;
            match read {
                Ok(after) => next = after,
                Err(cause) => {
                    tracing::error!(cause, next, "the dashboard cannot read the journal");
                    return;
                }
            }
        }
        tokio::select! {
            changed = follower.durable.changed() => if changed.is_err() { return },
            () = follower.stop.requested() => return,
        }
    }
}

/// Takes one batch; gives what comes after it.
fn take(follower: &mut Follower, next: u64, through: u64) -> Result<u64, String> {
    let records = follower
        .reader
        .read_from(next, RECORDS, BYTES)
        .map_err(|error| error.to_string())?;
    let mut after = next;
    let mut events = Vec::with_capacity(records.len());
    for record in records {
        if record.sequence > through {
            break;
        }
        after = record.sequence + 1;
        match wire::record::decode_record(&record.payload) {
            Ok((_, event)) => events.push((record.sequence, event)),
            Err(error) => {
                tracing::error!(sequence = record.sequence, %error, "record not understood");
            }
        }
    }
    if after == next {
        return Err("records that were durable are gone".to_owned());
    }
    let mut course = follower.known.now();
    for (sequence, event) in events {
        course.take(sequence, event);
    }
    course.through = after - 1;
    Ok(after)
}
