//! The life of one device line: open, talk, notice silence, reopen with back-off.

use std::error::Error as _;
use std::time::Duration;

use device_codecs::Rejects;
use domain::device::DeviceState;
use domain::time::{Now, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Intake;
use super::connection::{Backoff, ByteStream, open};
use super::dialogue::{self, Dialogue};

/// Longest time that a write of a few bytes may take before the line counts as lost.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

struct Progress {
    state: Option<DeviceState>,
    last_frame: Option<Timestamp>,
    last_frame_mono: domain::time::Instant,
    /// Rejected on connections that have ended.
    rejected_before: Rejects,
}

impl Progress {
    /// Everything rejected since the daemon started, with what this connection rejected.
    fn rejected(&self, dialogue: &dyn Dialogue) -> Rejects {
        let mut rejects = self.rejected_before.clone();
        rejects.add(dialogue.rejects());
        rejects
    }
}

/// Runs until the daemon ends.
pub(super) async fn run(intake: &Intake) {
    let mut backoff = Backoff::new();
    let mut stop = intake.stop.clone();
    let mut progress = Progress {
        state: None,
        last_frame: None,
        last_frame_mono: intake.clock.now().mono,
        rejected_before: Rejects::default(),
    };
    loop {
        let cause = match open(&intake.setup.connection).await {
            Ok(stream) => {
                let mut dialogue = dialogue::for_speech(&intake.setup, intake.clock.now());
                let before = progress.last_frame;
                let cause = tokio::select! {
                    cause = talk(intake, stream, dialogue.as_mut(), &mut progress) => cause,
                    () = stop.requested() => return,
                };
                progress.rejected_before.add(dialogue.rejects());
                if progress.last_frame != before {
                    backoff.reset();
                }
                cause
            }
            Err(error) => match error.source() {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        };
        if progress.state != Some(DeviceState::Lost) {
            let rejected = progress.rejected_before.total();
            intake
                .changed(DeviceState::Lost, &cause, progress.last_frame, rejected)
                .await;
            progress.state = Some(DeviceState::Lost);
        }
        tokio::select! {
            () = tokio::time::sleep(backoff.next_wait()) => {}
            () = stop.requested() => return,
        }
    }
}

/// Talks until the line fails; returns the cause.
async fn talk(
    intake: &Intake,
    mut stream: Box<dyn ByteStream>,
    dialogue: &mut dyn Dialogue,
    progress: &mut Progress,
) -> String {
    let mut buffer = [0_u8; 4096];
    let mut capture = intake.capture.clone();
    capture.mark_unchanged();
    progress.last_frame_mono = intake.clock.now().mono;
    loop {
        while let Some(bytes) = dialogue.to_send() {
            match tokio::time::timeout(WRITE_TIMEOUT, stream.write_all(&bytes)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return format!("write failed: {error}"),
                Err(_) => return "write did not end in time".to_owned(),
            }
        }
        let silent_at = intake
            .setup
            .silence
            .filter(|_| progress.state != Some(DeviceState::Silent))
            .map(|silence| progress.last_frame_mono + silence);
        let wake = [dialogue.poll_timeout(), silent_at]
            .into_iter()
            .flatten()
            .min();
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(0) => return "closed by the device".to_owned(),
                Ok(len) => {
                    let now = intake.clock.now();
                    heard(intake, dialogue, progress, &buffer[..len], now).await;
                    if let Some(fault) = dialogue.fault() {
                        return fault;
                    }
                }
                Err(error) => return format!("read failed: {error}"),
            },
            () = tokio::time::sleep_until(intake.clock.deadline(wake)) => {
                let now = intake.clock.now();
                if let Err(fault) = dialogue.timeout(now) {
                    return fault;
                }
                if silent_at.is_some_and(|at| at <= now.mono) {
                    let rejected = progress.rejected(dialogue).total();
                    let cause = if rejected > 0 {
                        format!("no valid frame in time, {rejected} rejected so far")
                    } else {
                        "no frame in time".to_owned()
                    };
                    intake.changed(DeviceState::Silent, &cause, progress.last_frame, rejected).await;
                    progress.state = Some(DeviceState::Silent);
                }
            }
            Ok(()) = capture.changed() => dialogue.capture(),
        }
    }
}

async fn heard(
    intake: &Intake,
    dialogue: &mut dyn Dialogue,
    progress: &mut Progress,
    bytes: &[u8],
    now: Now,
) {
    let mut observations = Vec::new();
    let alive = dialogue.received(bytes, now, &mut observations);
    let rejects = progress.rejected(dialogue);
    let rejected = rejects.total();
    intake.health.frames(
        &intake.setup.id,
        observations.len() as u64,
        rejected,
        now.utc.at,
    );
    intake.health.rejects(&intake.setup.id, rejects);
    if alive || !observations.is_empty() {
        progress.last_frame = Some(now.utc.at);
        progress.last_frame_mono = now.mono;
        if progress.state != Some(DeviceState::Live) {
            intake
                .changed(DeviceState::Live, "", progress.last_frame, rejected)
                .await;
            progress.state = Some(DeviceState::Live);
        }
    }
    for observation in observations {
        intake.observed(observation, now).await;
    }
}
