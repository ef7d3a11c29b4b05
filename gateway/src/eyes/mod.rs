//! Pictures of a lane's cameras and scanners → readings of the lane, on threads of their own.
//!
//! A lane never waits here: a picture for which the queue has no room, and one that is read when
//! its vehicle has been decided or has gone, count as missing, and that is recorded. Knows no
//! rule and no passage; a picture belongs to the request for readings under which it was taken.

pub mod album;
pub mod describe;
mod reading;
pub mod scan;
mod tally;
mod worker;

use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use domain::event::{Event, EventBody, LaneFault};
use domain::id::DeviceId;
use domain::time::Now;
use tokio::sync::watch;
use vision::scan::Examiner;
use vision::{EngineChoice, Models, Reader, Runtime};

use self::album::{Album, Kept};
use self::scan::Scanned;
pub use self::tally::Tally;
use crate::clock::Clock;
use crate::config::{View, VisionConfig};
use crate::health::Health;
use crate::lane_task::LaneInbox;
use crate::recorder::Recorder;

/// Why no picture can be read.
#[derive(Debug, thiserror::Error)]
pub enum BlindError {
    /// No engine runs networks.
    #[error("no engine to read pictures with")]
    Engine(#[source] vision::RuntimeError),
    /// The networks are missing or changed.
    #[error("the networks that read pictures cannot be used")]
    Models(#[source] vision::ModelError),
    /// The engine refuses a network.
    #[error("the engine refuses a network")]
    Network(#[source] vision::InferenceError),
    /// Pictures cannot be kept.
    #[error("no folder to keep pictures in")]
    Album(#[source] album::AlbumError),
    /// No thread can be started.
    #[error("no thread to read pictures on")]
    Thread(#[source] std::io::Error),
}

/// Where a picture comes from and where its readings go.
#[derive(Clone)]
pub struct Source {
    /// Camera or scanner.
    pub device: DeviceId,
    /// Its lane.
    pub lane: LaneInbox,
    /// What has come of its pictures.
    pub tally: Arc<Tally>,
}

/// A picture as a camera gave it.
pub struct Taken {
    /// Camera and lane.
    pub source: Source,
    /// Where the camera looks.
    pub view: View,
    /// What is searched for in it.
    pub sought: Sought,
    /// The file.
    pub bytes: Vec<u8>,
    /// When its last byte came.
    pub at: Now,
    /// The request for readings under which it was taken.
    pub capture: u64,
    /// The lane's present request.
    pub captures: watch::Receiver<u64>,
    /// Where the file is kept; filled in by [`Eyes::look`].
    pub kept: Option<Kept>,
}

/// What is searched for in a picture: less is sooner read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// Plates.
    Plates,
    /// Container numbers.
    Numbers,
    /// Both.
    All,
}

/// What waits for a thread.
enum Work {
    Picture(Taken),
    Scan(Scanned),
}

/// What the threads share.
struct Shared {
    clock: Clock,
    health: Health,
    recorder: Recorder,
    album: Mutex<Album>,
    late_after: Duration,
    engine: &'static str,
}

/// The way to the threads. Cloning shares it.
#[derive(Clone)]
pub struct Eyes {
    queue: SyncSender<Work>,
    shared: Arc<Shared>,
}

impl Eyes {
    /// Loads the networks and starts the threads, which end when the last [`Eyes`] is
    /// dropped, and are to be joined then: the engine must not go before them.
    ///
    /// # Errors
    /// Engine, networks or folder are not usable: the cameras are blind, the gate runs on.
    pub fn open(
        config: &VisionConfig,
        pictures: PathBuf,
        clock: Clock,
        health: Health,
        recorder: Recorder,
    ) -> Result<(Self, Vec<JoinHandle<()>>), BlindError> {
        let choice = EngineChoice::named(config.library.as_deref());
        let runtime = Runtime::start(&choice).map_err(BlindError::Engine)?;
        if let Some(why) = runtime.passed_over() {
            tracing::warn!(
                why,
                engine = runtime.engine().name(),
                "another engine is used"
            );
        }
        let folder = match &config.models {
            Some(folder) => folder.clone(),
            None => Models::default_folder().map_err(BlindError::Models)?,
        };
        let models = Models::read(&folder).map_err(BlindError::Models)?;
        if let Some(why) = models.scan_left_out() {
            tracing::warn!(why, "scans are measured, hidden objects are not looked for");
        }
        let album = Album::open(pictures, config.pictures_bytes_max).map_err(BlindError::Album)?;
        let shared = Arc::new(Shared {
            clock,
            health,
            recorder,
            album: Mutex::new(album),
            late_after: config.late_after,
            engine: runtime.engine().name(),
        });
        let (queue, taken) = sync_channel(config.queue);
        let taken = Arc::new(Mutex::new(taken));
        let mut threads = Vec::new();
        for number in 0..config.threads {
            let reader = Reader::new(&models, runtime).map_err(BlindError::Network)?;
            let examiner = Examiner::load(&models, runtime).map_err(BlindError::Network)?;
            let (shared, taken) = (Arc::clone(&shared), Arc::clone(&taken));
            let thread = std::thread::Builder::new()
                .name(format!("eyes-{number}"))
                .spawn(move || worker::run(&shared, reader, examiner, &taken))
                .map_err(BlindError::Thread)?;
            threads.push(thread);
        }
        let engine = shared.engine;
        tracing::info!(engine, threads = config.threads, "cameras are read");
        Ok((Self { queue, shared }, threads))
    }

    /// Keeps a picture and hands it over without waiting for a place in the queue; one that finds
    /// none is recorded as unread. Returns whether the file is kept.
    pub async fn look(&self, mut taken: Taken) -> bool {
        let shared = Arc::clone(&self.shared);
        let kept = tokio::task::spawn_blocking(move || {
            taken.kept = shared.keep(&taken.source, &taken.bytes, taken.at);
            taken
        });
        let Ok(taken) = kept.await else { return false };
        let is_kept = taken.kept.is_some();
        let repeated = |kept: &Kept| taken.source.tally.is_repeated(kept.sha256);
        if taken.kept.as_ref().is_some_and(repeated) {
            self.shared
                .unread(&taken.source, "the same picture as before");
            return is_kept;
        }
        let source = taken.source.clone();
        source.tally.waits();
        if self.queue.try_send(Work::Picture(taken)).is_err() {
            source.tally.done();
            self.shared.unread(&source, "as many pictures wait as may");
        }
        is_kept
    }

    /// Keeps a scan and hands it over, if there is room: a scan has time, and none is passed over.
    pub async fn examine(&self, mut scanned: Scanned) -> Handed {
        let shared = Arc::clone(&self.shared);
        let kept = tokio::task::spawn_blocking(move || {
            scanned.kept = shared.keep(&scanned.source, &scanned.high, scanned.at);
            let low = scanned.low.as_ref();
            let low_is_kept =
                low.is_none_or(|low| shared.keep(&scanned.source, low, scanned.at).is_some());
            (scanned, low_is_kept)
        });
        let Ok((scanned, low_is_kept)) = kept.await else {
            return Handed::NoRoom;
        };
        let is_kept = scanned.kept.is_some() && low_is_kept;
        match self.queue.try_send(Work::Scan(scanned)) {
            Ok(()) if is_kept => Handed::Kept,
            Ok(()) => Handed::NotKept,
            Err(_) => Handed::NoRoom,
        }
    }
}

/// What became of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// It waits for a thread, and its files are kept.
    Kept,
    /// It waits for a thread; its files could not be kept.
    NotKept,
    /// As many wait as may, or nothing reads any more: hand it over again.
    NoRoom,
}

impl Shared {
    fn keep(&self, source: &Source, bytes: &[u8], at: Now) -> Option<Kept> {
        let mut album = self.album.lock().unwrap_or_else(PoisonError::into_inner);
        match album.keep(bytes, at.utc.at) {
            Ok(kept) => Some(kept),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(device = %source.device, %error, cause, "a picture is not kept");
                None
            }
        }
    }

    /// Counts a picture as missing and shows it, and records that: one record a second and
    /// device, with how many it stands for, so that a broken camera does not fill the journal.
    fn unread(&self, source: &Source, why: &str) {
        let now = self.clock.now();
        let told = source.tally.reject(now.mono);
        let rejected = source.tally.rejected();
        self.health.frames(&source.device, 0, rejected, now.utc.at);
        tracing::warn!(device = %source.device, why, "a picture counts as missing");
        let Some(before) = told else { return };
        let others = if before == 0 {
            String::new()
        } else {
            format!(" ({before} more before it)")
        };
        let event = Event {
            at: now.utc,
            lane: Some(source.lane.lane().clone()),
            passage: None,
            body: EventBody::FaultFound {
                fault: LaneFault::PictureUnread,
                text: format!("{}: {why}{others}", source.device),
            },
        };
        // A journal that takes nothing is shown, and holds every lane, on its own account.
        self.recorder.record(&event, |_| {});
    }
}
