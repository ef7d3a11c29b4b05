//! What every answer of the page is made from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use askama::Template as _;
use axum::http::StatusCode;
use domain::actuation::LaneNotice;
use domain::gate_pass::Direction;
use domain::id::{LaneId, UserId};
use domain::ledger_row::LedgerRevision;
use domain::policy::Policy;
use domain::time::Timestamp;
use http_door::{Limit, Problem, limit};
use tokio::sync::{Semaphore, watch};
use wording::Language;

use super::claims::Claims;
use super::course::{Case, Entry, Follower, Known};
use super::devices::{FrameRates, HealthFragment, HealthView, Look, disk_room};
use super::evidence::TracePoint;
use super::live::Frame;
use super::people::People;
use super::stream::PAGES_MAX;
use super::{DashboardError, acts};
use crate::clock::Clock;
use crate::config::DashboardConfig;
use crate::health::Health;
use crate::lane_task::LaneInbox;
use crate::lane_task::tap::LaneTap;
use crate::packer::Packer;
use crate::recorder::Recorder;
use crate::stop::Stop;

/// Packs and proofs that are made at one time.
const PACKING_MAX: usize = 2;
/// Between two looks for sessions that have ended.
const SWEEP: Duration = Duration::from_secs(60);

/// One lane, as the page reaches it.
pub struct LaneDesk {
    /// Way.
    pub direction: Direction,
    /// The way into it.
    pub inbox: LaneInbox,
    /// What goes through it.
    pub tap: LaneTap,
    /// What its driver is shown.
    pub notice: watch::Receiver<Option<LaneNotice>>,
}

/// What the daemon hands to its page.
pub struct DashboardSetup {
    /// Configuration.
    pub config: DashboardConfig,
    /// State directory of the gate.
    pub directory: PathBuf,
    /// Lanes.
    pub lanes: BTreeMap<LaneId, LaneDesk>,
    /// Recorder.
    pub recorder: Recorder,
    /// What evidence packs are made with.
    pub packer: Packer,
    /// Health.
    pub health: Health,
    /// Clock.
    pub clock: Clock,
    /// Policy in force.
    pub policy: watch::Receiver<Arc<Policy>>,
    /// Ledger.
    pub revision: watch::Receiver<Option<LedgerRevision>>,
    /// A link to the region is configured.
    pub has_region: bool,
    /// End of the daemon.
    pub stop: Stop,
}

/// What answers are made from.
pub(super) struct Desk {
    pub(super) lanes: BTreeMap<LaneId, LaneDesk>,
    pub(super) known: Known,
    pub(super) claims: Claims,
    pub(super) recorder: Recorder,
    pub(super) packer: Packer,
    pub(super) packing: Semaphore,
    pub(super) health: Health,
    pub(super) clock: Clock,
    pub(super) durable: watch::Receiver<u64>,
    pub(super) frames: watch::Receiver<Arc<Frame>>,
    pub(super) language: Language,
    pub(super) requests: Limit,
    pub(super) places: Arc<Semaphore>,
    pub(super) stop: Stop,
    people: Mutex<People>,
    rates: Mutex<FrameRates>,
    directory: PathBuf,
    pub(super) policy: watch::Receiver<Arc<Policy>>,
    revision: watch::Receiver<Option<LedgerRevision>>,
    has_region: bool,
}

impl Desk {
    pub(super) fn open(
        setup: DashboardSetup,
        frames: watch::Receiver<Arc<Frame>>,
    ) -> Result<(Self, Follower), DashboardError> {
        let people = People::open(&setup.directory, setup.clock.now())?;
        let known = Known::default();
        let durable = setup.recorder.durable();
        let follower = Follower {
            reader: setup.recorder.journal().reader(),
            durable: durable.clone(),
            known: known.clone(),
            stop: setup.stop.clone(),
        };
        let desk = Self {
            lanes: setup.lanes,
            known,
            claims: Claims::default(),
            recorder: setup.recorder,
            packer: setup.packer,
            packing: Semaphore::new(PACKING_MAX),
            health: setup.health,
            clock: setup.clock,
            durable,
            frames,
            language: setup.config.language,
            requests: Limit::new(limit::REQUESTS),
            places: Arc::new(Semaphore::new(PAGES_MAX)),
            stop: setup.stop,
            people: Mutex::new(people),
            rates: Mutex::default(),
            directory: setup.directory,
            policy: setup.policy,
            revision: setup.revision,
            has_region: setup.has_region,
        };
        Ok((desk, follower))
    }

    /// Accounts and sessions; never held across a wait.
    pub(super) fn people(&self) -> MutexGuard<'_, People> {
        // Every change is in the file before it is true in memory: a panic leaves what was.
        self.people
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Who works on a case now.
    pub(super) fn holder(&self, case: &Case) -> Option<UserId> {
        let now = self.clock.now().utc.at;
        self.claims.holder(&case.passage, case.taken.as_ref(), now)
    }

    /// The gate's health at this moment.
    pub(super) fn health_view(&self) -> HealthView {
        let journal = self.recorder.journal().status();
        let disk = disk_room(&self.directory);
        let degraded: Vec<_> = {
            let course = self.known.now();
            let modes = course.degraded.iter();
            modes
                .map(|((lane, _), declared)| (lane.clone(), declared.clone()))
                .collect()
        };
        let policy = Arc::clone(&self.policy.borrow());
        let ledger = *self.revision.borrow();
        let look = Look {
            health: &self.health,
            journal: &journal,
            disk: &disk,
            ledger,
            policy: &policy,
            degraded: &degraded,
            has_region: self.has_region,
            now: self.clock.now(),
        };
        let mut rates = self
            .rates
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        HealthView::new(&look, &mut rates)
    }

    /// The same as a part of a page.
    pub(super) fn health_html(
        &self,
        view: &HealthView,
        language: Language,
    ) -> Result<String, Problem> {
        HealthFragment::new(view, language)
            .render()
            .map_err(|error| {
                tracing::error!(%error, "health not rendered");
                let way = "the page cannot be shown; /api/v1/health answers the same";
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, way)
            })
    }

    /// Every lane with the mode that its task has declared.
    pub(super) fn modes(&self) -> Vec<(LaneId, Option<domain::operator::LaneMode>)> {
        let lanes = self.lanes.iter();
        lanes
            .map(|(id, lane)| (id.clone(), lane.tap.look().view.map(|view| view.mode)))
            .collect()
    }
}

/// The weight curve of a passage, as far as the lane still remembers it.
pub(super) fn trace_of(desk: &Desk, entry: &Entry) -> Vec<TracePoint> {
    let Some(lane) = desk.lanes.get(&entry.lane) else {
        return Vec::new();
    };
    let until: Option<Timestamp> = entry.ended_at;
    let seen = lane.tap.look();
    let points = seen
        .weights
        .iter()
        .filter(|point| point.at >= entry.opened_at && until.is_none_or(|until| point.at <= until));
    points
        .map(|point| {
            let since = point.at.since(entry.opened_at).as_millis();
            TracePoint {
                since_open_ms: u32::try_from(since).unwrap_or(u32::MAX),
                grams: point.grams,
            }
        })
        .collect()
}

/// Records sessions that have ended by themselves, until the gate stops.
pub(super) async fn sweep(desk: Arc<Desk>) {
    let mut tick = tokio::time::interval(SWEEP);
    let mut stop = desk.stop.clone();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.requested() => {
                desk.people().keep_sessions(desk.clock.now());
                return;
            }
        }
        let records = {
            let mut people = desk.people();
            let people = &mut *people;
            let now = desk.clock.now();
            let ended = people.sessions.sweep(&people.accounts, now.mono);
            people.keep_sessions(now);
            ended
        };
        for record in records {
            if let Err(error) = acts::record_account(&desk, record, None).await {
                tracing::error!(%error, "the end of a session was not recorded");
            }
        }
    }
}
