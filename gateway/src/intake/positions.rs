//! Messages of the position service (JGS/T 14-2015, chapter 6) → journeys of the vehicles that are
//! near the gate. Providers report whole regions: what is far is kept, so that the journey is there
//! when the vehicle comes, and told to no lane. Ships are nothing to a gate; of commands and their
//! results it takes none.

use std::collections::BTreeMap;
use std::path::Path;

use device_codecs::{RejectReason, Rejects};
use domain::plate::Plate;
use domain::reading::JourneyReport;
use domain::time::Timestamp;
use standards::message::MessageError;
use standards::position_service::{self, Body, Message, Position, Refused};
use tokio::task::JoinError;

use super::folder::read_bounded;
use super::track::{Mark, Track};
use crate::config::{PositionSetup, Terminal};

/// Vehicles that are followed; the one that has been silent for longest goes first.
const TRACKS_MAX: usize = 1_000;
/// Longest message in bytes: more than 9,999 positions take.
const MESSAGE_BYTES_MAX: u64 = 16 << 20;

/// Why a message gives nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum PositionsRefused {
    /// It is none, or it holds no position that is one.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A command of customs, or what became of one.
    #[error("a command or its result, not positions")]
    NoPositions,
    /// The file cannot be read, or is too long.
    #[error("the file cannot be taken: {0}")]
    File(#[from] std::io::Error),
    /// Reading it ended otherwise than with an answer.
    #[error("it was not read to its end")]
    Unread(#[from] JoinError),
}

/// What a message gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// Of the vehicles in it that are near, each once.
    pub(super) journeys: Vec<JourneyReport>,
    /// What was left out of it, with line and reason.
    pub(super) left_out: Vec<String>,
}

/// One vehicle.
#[derive(Debug)]
struct Followed {
    track: Track,
    on: Terminal,
    /// Number of the message that named it last.
    heard: u64,
}

/// Every vehicle that the providers report, by the number of its tracker.
#[derive(Debug)]
pub(super) struct Positions {
    setup: PositionSetup,
    followed: BTreeMap<String, Followed>,
    messages: u64,
    rejects: Rejects,
}

impl Positions {
    pub(super) fn new(setup: PositionSetup) -> Self {
        Self {
            setup,
            followed: BTreeMap::new(),
            messages: 0,
            rejects: Rejects::default(),
        }
    }

    /// Refused so far, by reason.
    pub(super) fn rejects(&self) -> &Rejects {
        &self.rejects
    }

    /// Takes the message in a file.
    ///
    /// # Errors
    /// It cannot be read, is too long, or gives nothing at all.
    pub(super) async fn take_file(
        &mut self,
        file: &Path,
        now: Timestamp,
    ) -> Result<Taken, PositionsRefused> {
        let bytes = read_bounded(file, MESSAGE_BYTES_MAX).await;
        let bytes = bytes.inspect_err(|_| self.rejects.count(RejectReason::Length))?;
        self.take(bytes, now).await
    }

    /// Takes one message.
    ///
    /// # Errors
    /// It gives nothing at all.
    async fn take(&mut self, bytes: Vec<u8>, now: Timestamp) -> Result<Taken, PositionsRefused> {
        let zone_minutes = self.setup.zone_minutes;
        // Thousands of positions take longer to read than a lane may wait.
        let read = tokio::task::spawn_blocking(move || {
            position_service::read(&bytes, zone_minutes).map_err(PositionsRefused::from)
        });
        let read = read.await.map_err(PositionsRefused::from).flatten();
        match read {
            Ok((message, refused)) => self.told(message, refused, now),
            Err(refusal) => {
                self.rejects.count(RejectReason::Framing);
                Err(refusal)
            }
        }
    }

    fn told(
        &mut self,
        message: Message,
        refused: Vec<Refused>,
        now: Timestamp,
    ) -> Result<Taken, PositionsRefused> {
        let Body::Positions { positions, .. } = message.body else {
            self.rejects.count(RejectReason::Unsupported);
            return Err(PositionsRefused::NoPositions);
        };
        self.messages += 1;
        let mut taken = Taken::default();
        for one in refused {
            self.rejects.count(RejectReason::Range);
            taken
                .left_out
                .push(format!("line {}: {}", one.line, one.error));
        }
        let mut named: BTreeMap<String, (Plate, Vec<Mark>)> = BTreeMap::new();
        for position in positions {
            // A ship, or a name that is no plate: well formed, and of no vehicle of a gate.
            let Some(plate) = position.carrier.plate() else {
                continue;
            };
            let device = position.device.clone();
            let entry = named
                .entry(device)
                .or_insert_with(|| (plate.clone(), Vec::new()));
            if entry.0 != plate {
                self.rejects.count(RejectReason::Inconsistent);
                let device = &position.device;
                let what = format!("tracker {device} is on {} and on {plate}", entry.0);
                taken.left_out.push(what);
                continue;
            }
            entry.1.push(mark(position));
        }
        for (device, (plate, marks)) in named {
            let unusable = self.follow(&device, plate, marks, now);
            for _ in 0..unusable {
                self.rejects.count(RejectReason::NotValid);
            }
            taken.journeys.extend(self.near(&device));
        }
        Ok(taken)
    }

    /// Puts marks to a vehicle's track; how many could not be used.
    fn follow(&mut self, device: &str, plate: Plate, marks: Vec<Mark>, now: Timestamp) -> u64 {
        // A tracker that is on another vehicle now has another journey.
        let is_known = self
            .followed
            .get(device)
            .is_some_and(|f| f.on.plate == plate);
        if !is_known {
            self.make_room(device);
        }
        let followed = self.followed.entry(device.to_owned()).or_insert_with(|| {
            let (track, container) = (Track::default(), None);
            let on = Terminal { plate, container };
            Followed {
                track,
                on,
                heard: 0,
            }
        });
        followed.heard = self.messages;
        followed.track.take(marks, self.setup.keep, now)
    }

    fn make_room(&mut self, device: &str) {
        self.followed.remove(device);
        if self.followed.len() < TRACKS_MAX {
            return;
        }
        let silent = self.followed.iter().min_by_key(|(_, f)| f.heard);
        if let Some(silent) = silent.map(|(device, _)| device.clone()) {
            self.followed.remove(&silent);
            self.rejects.count(RejectReason::Busy);
        }
    }

    /// The journey of a vehicle whose latest position is near.
    fn near(&self, device: &str) -> Option<JourneyReport> {
        let followed = self.followed.get(device)?;
        let journey = followed.track.journey(device, &followed.on);
        let near = self.setup.near;
        let last = journey.fixes.last()?;
        (last.point.metres_to(near.at) <= near.within_m).then_some(journey)
    }
}

fn mark(position: Position) -> Mark {
    Mark {
        is_tampered: position
            .alarm
            .is_some_and(|alarm| alarm.kind.is_tampering()),
        fix: position.fix,
        lock: None,
    }
}

#[cfg(test)]
mod tests;
