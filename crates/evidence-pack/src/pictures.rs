//! A record → the pictures and scans that it names by hash.

use std::collections::BTreeSet;

use domain::digest::Digest;
use domain::event::{Event, EventBody};

/// Adds what the event names to `found`. All zeros name nothing.
pub fn referenced(event: &Event, found: &mut BTreeSet<Digest>) {
    let EventBody::PassageDecided(record) = &event.body else {
        return;
    };
    let evidence = &record.evidence;
    let plates = evidence.plates.iter().map(|seen| &seen.picture);
    let containers = evidence.containers.iter().map(|seen| &seen.picture);
    let pictures = plates.chain(containers).flatten();
    found.extend(pictures.map(|picture| picture.sha256));
    for scan in &evidence.scans {
        found.extend([scan.captured_sha256, scan.judged_sha256]);
    }
    found.remove(&Digest::ZERO);
}
