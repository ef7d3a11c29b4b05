//! Whoever makes records durable beside the journal: raw layouts of a file, and other engines, each
//! set to sync every commit.

mod databases;
mod raw;

use std::path::Path;
use std::time::Instant;

/// One way to make records durable.
pub(crate) trait Engine {
    fn name(&self) -> &'static str;
    /// Nothing but writes and syncs: a floor.
    fn is_raw(&self) -> bool {
        false
    }
    /// Whether the calling thread may go before all ordinary threads, the engine's own among them.
    fn may_run_in_real_time(&self) -> bool {
        true
    }
    /// Makes `records` more records durable, in one commit; tells when they were.
    fn commit(&mut self, records: usize) -> Instant;
}

/// A raw layout behind a thread, which has the priority of the one that calls this.
pub(crate) fn handed_over(folder: &Path, record_bytes: usize) -> Box<dyn Engine> {
    Box::new(raw::HandedOver::new(folder, &vec![5; record_bytes]))
}

/// All others, each in a folder of its own. Their threads have the caller's priority.
pub(crate) fn all(folder: &Path, record_bytes: usize) -> Vec<Box<dyn Engine>> {
    let record = vec![5; record_bytes];
    let place = |name: &str| {
        let place = folder.join(name);
        std::fs::create_dir(&place).expect("a new folder");
        place
    };
    vec![
        Box::new(raw::Buffered::new(&place("reserved"), &record, true)),
        Box::new(raw::Buffered::new(&place("zeroed"), &record, false)),
        Box::new(raw::Direct::new(&place("direct"), &record)),
        Box::new(databases::Fjall::new(&place("fjall"), &record)),
        Box::new(databases::Sled::new(&place("sled"), &record)),
        Box::new(databases::Redb::new(&place("redb"), &record)),
        Box::new(databases::Sqlite::new(&place("sqlite"), &record)),
    ]
}
