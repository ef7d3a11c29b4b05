//! A camera that gives pictures: asked over HTTP when a vehicle comes, or dropping them into a
//! folder. What they show is read elsewhere; here they are only fetched.

use std::sync::Arc;
use std::time::Duration;

use domain::device::{DeviceKind, DeviceState};
use domain::time::{Now, Timestamp};

use super::Intake;
use super::snapshot::Snapshot;
use crate::config::{SnapshotSetup, View};
use crate::eyes::{Eyes, Sought, Source, Taken, Tally};

/// A camera that nothing is asked of is tried this often, so that a dead one is known.
const TRY_EVERY: Duration = Duration::from_secs(10);
/// Longest wait for the picture before to be read.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// One camera and where its pictures go.
pub(super) struct Camera {
    intake: Intake,
    eyes: Eyes,
    view: View,
    tally: Arc<Tally>,
}

impl Camera {
    /// Largest picture taken.
    pub(super) const BYTES_MAX: u64 = 32 << 20;

    pub(super) fn new(intake: &Intake, eyes: Eyes, view: View) -> Self {
        Self {
            intake: intake.clone(),
            eyes,
            view,
            tally: Arc::new(Tally::default()),
        }
    }

    /// The lane's present request for readings.
    pub(super) fn capture(&self) -> u64 {
        *self.intake.capture.borrow()
    }

    /// Hands a picture over; whether it is kept as evidence.
    pub(super) async fn took(&self, bytes: Vec<u8>, at: Now, capture: u64) -> bool {
        let taken = Taken {
            source: self.source(),
            view: self.view,
            sought: match (self.intake.setup.kind, self.view) {
                (DeviceKind::PlateCamera, _) => Sought::Plates,
                // No plate hangs at the side of a vehicle.
                (_, View::Side) => Sought::Numbers,
                (_, View::Front | View::Rear) => Sought::All,
            },
            bytes,
            at,
            capture,
            captures: self.intake.capture.clone(),
            kept: None,
        };
        self.eyes.look(taken).await
    }

    fn source(&self) -> Source {
        Source {
            device: self.intake.setup.id.clone(),
            lane: self.intake.lane.clone(),
            tally: Arc::clone(&self.tally),
        }
    }

    /// Asks a camera for pictures at every request of the lane, until the daemon ends.
    pub(super) async fn run(self, setup: &SnapshotSetup) {
        let snapshot = Snapshot::new(setup);
        let mut requests = self.intake.capture.clone();
        requests.mark_unchanged();
        let mut stop = self.intake.stop.clone();
        let mut known = Known::default();
        // A lane that is gone for good asks for nothing any more.
        while requests.has_changed().is_ok() {
            tokio::select! {
                () = self.burst(setup, &snapshot, &mut requests, &mut known) => {}
                () = stop.requested() => return,
            }
        }
    }

    /// Waits for a request, or for the time to try the camera; then takes pictures.
    async fn burst(
        &self,
        setup: &SnapshotSetup,
        snapshot: &Snapshot,
        requests: &mut tokio::sync::watch::Receiver<u64>,
        known: &mut Known,
    ) {
        let wait = if known.state.is_none() {
            Duration::ZERO
        } else {
            TRY_EVERY
        };
        let is_asked = tokio::time::timeout(wait, requests.changed()).await.is_ok();
        if !is_asked {
            let outcome = snapshot.fetch().await.map(|_| ());
            return self.tell(outcome, known).await;
        }
        let capture = *requests.borrow_and_update();
        self.tally.begin();
        for _ in 0..setup.frames {
            if requests.has_changed().unwrap_or(true) || self.tally.is_enough() {
                return;
            }
            let outcome = match snapshot.fetch().await {
                Ok(bytes) => {
                    let at = self.intake.clock.now();
                    known.last = Some(at.utc.at);
                    self.tell(Ok(()), known).await;
                    self.took(bytes, at, capture).await;
                    Ok(())
                }
                Err(error) => Err(error),
            };
            self.tell(outcome, known).await;
            tokio::time::sleep(setup.gap).await;
            // One picture of a camera at a time: a slow reader gets fewer pictures, not a queue.
            let _ = tokio::time::timeout(READ_TIMEOUT, self.tally.all_read()).await;
        }
    }

    /// Tells the lane when the camera comes back or is lost.
    async fn tell(&self, outcome: Result<(), super::snapshot::SnapshotError>, known: &mut Known) {
        let (state, cause) = match outcome {
            Ok(()) => (DeviceState::Live, String::new()),
            Err(error) => (DeviceState::Lost, error.in_full()),
        };
        if known.state.as_ref() != Some(&(state, cause.clone())) {
            let rejected = self.tally.rejected();
            self.intake
                .changed(state, &cause, known.last, rejected)
                .await;
            known.state = Some((state, cause));
        }
    }
}

#[derive(Default)]
struct Known {
    state: Option<(DeviceState, String)>,
    last: Option<Timestamp>,
}
