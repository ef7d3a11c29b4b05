//! A tracker's intake under test, and the lane behind it. Knows no protocol.

use std::sync::Arc;
use std::time::Duration;

use device_codecs::RejectReason;
use domain::device::{DeviceKind, DeviceState};
use domain::id::{DeviceId, LaneId};
use domain::reading::{JourneyReport, Observation};
use domain::time::TimeSource;
use passage::port::Input;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::Intake;
use crate::clock::Clock;
use crate::config::{Connection, DeviceSetup, Speech};
use crate::health::Health;
use crate::lane_task::{LaneMessage, inbox};
use crate::stop::{self, Stopper};

/// Longest wait for something that is due at once.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// An intake that runs.
pub(super) struct Bench {
    lane: mpsc::Receiver<LaneMessage>,
    /// Asks for fresh readings.
    pub(super) capture: watch::Sender<u64>,
    pub(super) clock: Clock,
    pub(super) health: Health,
    pub(super) device: DeviceId,
    stopper: Stopper,
    task: tokio::task::JoinHandle<()>,
}

impl Bench {
    /// Starts the intake of a tracker and waits until it is live.
    pub(super) async fn start(speech: Speech, connection: Connection) -> Self {
        let device = DeviceId::parse("E1-trackers").expect("valid");
        let (lane, receiver) = inbox(LaneId::parse("E1").expect("valid"));
        let (capture, captured) = watch::channel(0);
        let (stopper, stop) = stop::channel();
        let (clock, health) = (Clock::new(TimeSource::Ntp), Health::default());
        let intake = Intake {
            setup: Arc::new(DeviceSetup {
                id: device.clone(),
                kind: DeviceKind::Tracker,
                speech,
                connection,
                silence: None,
                verified_until: None,
            }),
            lane,
            capture: captured,
            clock: clock.clone(),
            health: health.clone(),
            stop,
            eyes: Err("none here".into()),
        };
        let mut bench = Self {
            lane: receiver,
            capture,
            clock,
            health,
            device,
            stopper,
            task: tokio::spawn(intake.run()),
        };
        let first = bench.input().await;
        assert!(matches!(first, Input::Device(status) if status.state == DeviceState::Live));
        bench
    }

    async fn input(&mut self) -> Input {
        let message = timeout(SOON, self.lane.recv()).await.expect("in time");
        let Some(LaneMessage::Input(input)) = message else {
            panic!("no input");
        };
        input
    }

    /// What the lane is told next.
    pub(super) async fn observation(&mut self) -> Observation {
        let input = self.input().await;
        let Input::Reading(reading) = input else {
            panic!("{input:?}");
        };
        reading.observation
    }

    /// The same, a journey.
    pub(super) async fn journey(&mut self) -> JourneyReport {
        let observation = self.observation().await;
        let Observation::Journey(journey) = observation else {
            panic!("{observation:?}");
        };
        journey
    }

    /// Waits until the device has refused something for this reason.
    pub(super) async fn rejected(&self, reason: RejectReason) {
        let seen = async {
            while self.health.devices()[&self.device].rejects.of(reason) == 0 {
                tokio::task::yield_now().await;
            }
        };
        timeout(SOON, seen).await.expect("counted in time");
    }

    /// Ends the intake.
    pub(super) async fn end(self) {
        self.stopper.stop();
        timeout(SOON, self.task)
            .await
            .expect("in time")
            .expect("ends");
    }
}
