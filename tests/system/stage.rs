//! A site with its daemons running and trucks to come.

use std::path::Path;
use std::process::Command;

use domain::event::{Event, EventBody, PassageEnd};
use domain::id::PassageId;
use sim::live::Moment;
use sim::live::child::Running;
use sim::live::show::{Show, journal};
use sim::live::site::{Equipment, Firmware, Site};
use sim::world::cause::ExceptionCause;
use sim::world::{World, WorldConfig};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

/// One site runs at a time: two cores shared by several would make each slower than its devices.
static TURN: Mutex<()> = Mutex::const_new(());

/// The turn of a test that runs something else against the clock.
pub(crate) async fn turn_async() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

/// The turn of a test that runs a site itself.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.blocking_lock()
}

/// Everything of one test.
pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) show: Show,
    pub(crate) moment: Moment,
    pub(crate) region: Option<Running>,
    pub(crate) gateway: Option<Running>,
    pub(crate) folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// Starts a site with `trucks` of `seed`, some with something wrong.
pub(crate) async fn start(seed: u64, trucks: usize) -> anyhow::Result<Stage> {
    start_by(seed, trucks, |command, _| Ok(command)).await
}

/// As [`start`], with as many `lanes` as told.
pub(crate) async fn start_with_lanes(
    seed: u64,
    trucks: usize,
    lanes: usize,
) -> anyhow::Result<Stage> {
    let mut config = WorldConfig::new(seed, trucks);
    config.lanes = sim::world::lanes(lanes);
    start_in(config, Equipment::default(), |command, _| Ok(command)).await
}

/// As [`start`], with other equipment in the lanes.
pub(crate) async fn start_with(
    seed: u64,
    trucks: usize,
    equipment: Equipment<'_>,
) -> anyhow::Result<Stage> {
    let config = WorldConfig::new(seed, trucks);
    start_in(config, equipment, |command, _| Ok(command)).await
}

/// As [`start`], with the gateway started by what `wrap` makes of its command, once its folder is
/// as the technician leaves it.
pub(crate) async fn start_by(
    seed: u64,
    trucks: usize,
    wrap: impl FnOnce(Command, &Path) -> anyhow::Result<Command>,
) -> anyhow::Result<Stage> {
    start_on(seed, trucks, None, wrap).await
}

/// As [`start_by`], with the first lane's controller on an emulated board.
pub(crate) async fn start_on(
    seed: u64,
    trucks: usize,
    firmware: Option<Firmware<'_>>,
    wrap: impl FnOnce(Command, &Path) -> anyhow::Result<Command>,
) -> anyhow::Result<Stage> {
    let equipment = Equipment {
        firmware,
        photographer: None,
    };
    start_in(WorldConfig::new(seed, trucks), equipment, wrap).await
}

async fn start_in(
    mut config: WorldConfig,
    equipment: Equipment<'_>,
    wrap: impl FnOnce(Command, &Path) -> anyhow::Result<Command>,
) -> anyhow::Result<Stage> {
    let programs = super::programs::folder();
    let turn = TURN.lock().await;
    let folder = tempfile::tempdir()?;
    let moment = Moment::start();
    config.start = moment.utc();
    config.exception_permille = 150;
    config.peak_per_hour = 600;
    config.causes = vec![
        ExceptionCause::PlateUnreadable,
        ExceptionCause::SealBroken,
        ExceptionCause::NoPass,
        ExceptionCause::DriverUnlisted,
        ExceptionCause::Overweight,
    ];
    let world = World::generate(config);
    let mut site = Site::make(folder.path(), programs, &world, moment, equipment).await?;
    site.import_ledger()?;
    let lanes = std::mem::take(&mut site.lanes);
    let region = Some(site.start_region()?);
    let mut wrapped = Ok(());
    let gateway = site.start_gateway_by(|command| match wrap(command, folder.path()) {
        Ok(command) => command,
        Err(error) => {
            wrapped = Err(error);
            Command::new("false")
        }
    })?;
    wrapped?;
    let show = Show::new(world, lanes, folder.path(), moment);
    show.wait_for_devices().await?;
    Ok(Stage {
        site,
        show,
        moment,
        region,
        gateway: Some(gateway),
        folder,
        _turn: turn,
    })
}

impl Stage {
    /// Lets things happen for `ms`.
    pub(crate) async fn run_for(&mut self, ms: u64) -> anyhow::Result<()> {
        let until = self.moment.ms() + ms;
        while self.moment.ms() < until {
            self.show.step(true).await?;
        }
        Ok(())
    }

    /// Lets the trucks that are there finish; no more come.
    pub(crate) async fn come_to_rest(&mut self, limit_ms: u64) -> anyhow::Result<()> {
        let until = self.moment.ms() + limit_ms;
        loop {
            self.show.step(false).await?;
            if !self.show.is_busy() {
                return Ok(());
            }
            anyhow::ensure!(self.moment.ms() < until, "the lanes do not come to rest");
        }
    }
}

/// What must hold of every journal: passages open once and end once, and no arm was commanded up
/// but after a decision, clearance or order of this very run of the daemon.
pub(crate) fn check_journal(folder: &Path) -> anyhow::Result<Vec<(u64, Event)>> {
    let events = journal(folder)?;
    let mut open: Vec<PassageId> = Vec::new();
    let mut ended: Vec<PassageId> = Vec::new();
    let mut allowed: Vec<PassageId> = Vec::new();
    for (i, (sequence, event)) in events.iter().enumerate() {
        anyhow::ensure!(
            *sequence == i as u64 + 1,
            "sequence {sequence} stands at place {i}"
        );
        let passage = event.passage.clone();
        if matches!(event.body, EventBody::GatewayStarted { .. }) {
            // What an earlier run allowed allows nothing now.
            allowed.clear();
        }
        let Some(passage) = passage else { continue };
        let allows = match &event.body {
            EventBody::PassageDecided(record) => record.withdrawal.is_some(),
            EventBody::HoldCleared { .. } => true,
            _ => false,
        };
        if allows {
            allowed.push(passage.clone());
        }
        match &event.body {
            EventBody::PassageOpened => {
                anyhow::ensure!(!open.contains(&passage), "{passage} opened twice");
                open.push(passage);
            }
            EventBody::RaiseCommanded { .. } => {
                anyhow::ensure!(
                    allowed.contains(&passage),
                    "{passage}: arm up at {sequence} without a record of this run"
                );
            }
            EventBody::PassageEnded { end, .. } => {
                anyhow::ensure!(!ended.contains(&passage), "{passage} ended twice");
                anyhow::ensure!(*end != PassageEnd::Observed, "no lane is in shadow mode");
                ended.push(passage);
            }
            _ => {}
        }
    }
    let unended: Vec<&PassageId> = open
        .iter()
        .filter(|passage| !ended.contains(passage))
        .collect();
    anyhow::ensure!(unended.is_empty(), "passages never ended: {unended:?}");
    Ok(events)
}
