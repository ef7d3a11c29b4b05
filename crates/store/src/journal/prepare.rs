//! Makes the file of the next segment before it is needed, so that a full disk shows ahead of
//! time and no commit waits for it. Refuses to know what will stand in it.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::disk::{DiskFile, Folder, remove_if_present};

/// Name of the file that becomes the next segment.
pub(crate) const PREPARED_NAME: &str = "next.prepared";

type Prepared = Result<Box<dyn DiskFile>, PrepareError>;

/// Why there is no next segment.
#[derive(Debug)]
pub(crate) enum PrepareError {
    Full,
    /// The new file could not be synced: the device fails.
    Sync(io::Error),
    Disk(io::Error),
}

pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// Makes segment files one ahead, on its own thread or in the caller's.
pub(crate) struct Preparer {
    folder: Folder,
    bytes: u64,
    thread: Option<Thread>,
    ready: Option<Prepared>,
}

struct Thread {
    requests: SyncSender<()>,
    results: Receiver<Prepared>,
    asked: bool,
    join: JoinHandle<()>,
}

impl Preparer {
    /// Prepares in the caller's thread.
    pub(crate) fn inline(folder: Folder, bytes: u64) -> Self {
        Self {
            folder,
            bytes,
            thread: None,
            ready: None,
        }
    }

    /// Prepares on a thread of its own, which has the priority of the thread that calls this.
    pub(crate) fn threaded(folder: Folder, bytes: u64) -> io::Result<Self> {
        let (requests, asked) = sync_channel::<()>(1);
        let (answers, results) = sync_channel(1);
        let place = folder.clone();
        let join = std::thread::Builder::new()
            .name("journal-prepare".into())
            .spawn(move || {
                while asked.recv().is_ok() {
                    if answers.send(prepare(&place, bytes)).is_err() {
                        return;
                    }
                }
            })?;
        let thread = Thread {
            requests,
            results,
            asked: false,
            join,
        };
        Ok(Self {
            folder,
            bytes,
            thread: Some(thread),
            ready: None,
        })
    }

    /// Starts on the next file, if none is ready or under way.
    pub(crate) fn begin(&mut self) {
        if self.ready.is_some() {
            return;
        }
        match &mut self.thread {
            None => self.ready = Some(prepare(&self.folder, self.bytes)),
            Some(thread) if !thread.asked => thread.asked = thread.requests.try_send(()).is_ok(),
            Some(_) => {}
        }
    }

    /// The prepared file. Where preparing ahead met a full disk it is tried once more now.
    pub(crate) fn take(&mut self) -> Prepared {
        let mut ahead = self.ready.take();
        if let Some(thread) = self.thread.as_mut().filter(|thread| thread.asked) {
            thread.asked = false;
            ahead = thread.results.recv().ok();
        }
        match ahead {
            Some(Ok(file)) => Ok(file),
            Some(Err(PrepareError::Sync(error))) => Err(PrepareError::Sync(error)),
            Some(Err(PrepareError::Full | PrepareError::Disk(_))) | None => {
                prepare(&self.folder, self.bytes)
            }
        }
    }
}

impl Drop for Preparer {
    /// The thread ends before the directory's lock is given back.
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            drop((thread.requests, thread.results));
            // A panic there has left at most a prepared file, which the next start removes.
            let _ = thread.join.join();
        }
    }
}

fn prepare(folder: &Folder, bytes: u64) -> Prepared {
    let path = folder.path.join(PREPARED_NAME);
    let disk = folder.disk.as_ref();
    let sort = |error: io::Error| {
        if is_full(&error) {
            PrepareError::Full
        } else {
            PrepareError::Disk(error)
        }
    };
    remove_if_present(disk, &path).map_err(sort)?;
    let file = disk.create(&path).map_err(sort)?;
    if let Err(error) = file.fallocate(bytes) {
        // What was reserved is given back; if that fails too the next attempt removes it.
        let _ = disk.remove(&path);
        return Err(sort(error));
    }
    // Not needed for safety: the sync at the change of segments would cover it, and take longer.
    file.sync_data().map_err(PrepareError::Sync)?;
    Ok(file)
}
