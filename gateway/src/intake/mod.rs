//! Device lines → inputs of a lane: open, read, reconnect, decode. A dead device is a fact that
//! the rules see; a bad frame is a counted value; neither ends a task.

#[cfg(test)]
mod bench;
mod camera;
pub mod connection;
mod dialogue;
mod folder;
mod line;
mod positions;
mod scanner;
mod snapshot;
mod terminals;
mod track;

use std::sync::Arc;

use domain::device::{DeviceKind, DeviceState, DeviceStatus};
use domain::reading::{Observation, Reading};
use domain::time::{Now, Timestamp};
use passage::port::Input;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::{Connection, DeviceSetup, SnapshotSetup, Speech};
use crate::eyes::Eyes;
use crate::health::Health;
use crate::lane_task::LaneInbox;
use crate::stop::Stop;

/// What every intake needs.
#[derive(Clone)]
pub struct Intake {
    /// The device.
    pub setup: Arc<DeviceSetup>,
    /// Where readings go.
    pub lane: LaneInbox,
    /// Changes with every request for fresh readings.
    pub capture: watch::Receiver<u64>,
    /// Clock.
    pub clock: Clock,
    /// Where counts and states are shown.
    pub health: Health,
    /// End of the daemon.
    pub stop: Stop,
    /// What reads pictures, or why nothing does.
    pub eyes: Result<Eyes, Arc<str>>,
}

impl Intake {
    /// Runs the intake of a device until the daemon ends.
    pub async fn run(self) {
        match &self.setup.connection {
            Connection::Folder(path) => {
                if let Speech::Pictures { view } = self.setup.speech {
                    let Some(eyes) = self.sight().await else {
                        return;
                    };
                    let camera = camera::Camera::new(&self, eyes, view);
                    let drop = folder::Drop::Pictures(camera);
                    return folder::run(&self, path.clone(), drop).await;
                }
                if self.setup.speech == Speech::ScanImages {
                    let Some(eyes) = self.sight().await else {
                        return;
                    };
                    let scans = folder::Drop::Scans(scanner::Scanner::new(&self, eyes));
                    return folder::run(&self, path.clone(), scans).await;
                }
                if let Speech::PositionService(setup) = self.setup.speech {
                    let drop = folder::Drop::Positions(positions::Positions::new(setup));
                    return folder::run(&self, path.clone(), drop).await;
                }
                folder::run(&self, path.clone(), folder::Drop::Reports).await;
            }
            Connection::Snapshot(setup) => {
                let Speech::Pictures { view } = self.setup.speech else {
                    return;
                };
                let Some(eyes) = self.sight().await else {
                    return;
                };
                camera::Camera::new(&self, eyes, view).run(setup).await;
            }
            Connection::Tcp(_) | Connection::Serial { .. } => line::run(&self).await,
            Connection::Listen(setup) => {
                if let Speech::Terminals(protocol) = self.setup.speech {
                    terminals::run(&self, setup, protocol).await;
                }
            }
        }
    }

    /// What reads this camera's pictures; without it the camera is a lost device.
    async fn sight(&self) -> Option<Eyes> {
        match &self.eyes {
            Ok(eyes) => Some(eyes.clone()),
            Err(blind) => {
                let cause = format!("{blind}; `kakou doctor` says what to install");
                self.changed(DeviceState::Lost, &cause, None, 0).await;
                None
            }
        }
    }

    async fn send(&self, input: Input) {
        // The lane's inbox is bounded: a flood of one device waits here, on its own line.
        self.lane.send(input).await;
    }

    async fn observed(&self, observation: Observation, now: Now) {
        let reading = Reading {
            device: self.setup.id.clone(),
            received: now,
            observation,
        };
        self.send(Input::Reading(Box::new(reading))).await;
    }

    async fn changed(
        &self,
        state: DeviceState,
        cause: &str,
        last: Option<Timestamp>,
        rejected: u64,
    ) {
        let cause: String = cause.chars().take(200).collect();
        match state {
            DeviceState::Live => {
                tracing::info!(device = %self.setup.id, "device live");
            }
            DeviceState::Silent | DeviceState::Lost | DeviceState::Void => {
                tracing::warn!(device = %self.setup.id, ?state, cause, "device not usable");
            }
        }
        let status = DeviceStatus {
            device: self.setup.id.clone(),
            kind: self.setup.kind,
            state,
            cause,
            last_frame: last,
            rejected_frames: rejected,
            verified_until: self.setup.verified_until,
        };
        self.health.device(&status);
        self.send(Input::Device(status)).await;
    }
}

/// Asks a camera for one picture.
///
/// # Errors
/// In words, why there is none.
pub(crate) async fn probe_camera(setup: &SnapshotSetup) -> Result<Vec<u8>, String> {
    let camera = snapshot::Snapshot::new(setup);
    camera.fetch().await.map_err(|error| error.in_full())
}

/// Whether a device of this kind is read by its own task (the gate controller is not: its line
/// also carries commands).
#[must_use]
pub fn has_intake(kind: DeviceKind) -> bool {
    kind != DeviceKind::GateController
}
