//! A site for the benches: its world, its files, and the daemons as they are released.
#![allow(dead_code, reason = "each bench uses a part of it")]

pub(crate) mod rows;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use domain::gate_pass::Direction;
use sim::live::Moment;
use sim::live::site::{Equipment, Site};
use sim::world::{World, WorldConfig, lanes};
use tempfile::TempDir;

static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();

/// The folder with `kakou` and `kakou-region`, built in the profile of the benches.
pub(crate) fn programs() -> &'static Path {
    PROGRAMS.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--release", "--workspace", "--locked"])
            .args(["--quiet", "--bins"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        // What the outer cargo says of this bench would make build scripts run again.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                cargo.env_remove(&name);
            }
        }
        let status = cargo.status().expect("cargo runs");
        assert!(status.success(), "the daemons do not build");
        let bench = std::env::current_exe().expect("a path");
        let deps = bench.parent().expect("deps");
        deps.parent().expect("the profile's folder").to_owned()
    })
}

/// A site with its broker running and nothing else.
pub(crate) struct Premises {
    pub(crate) folder: TempDir,
    pub(crate) world: World,
    pub(crate) site: Site,
    pub(crate) moment: Moment,
}

/// Makes a site with `lane_count` lanes, all for entry, and `trucks` with nothing wrong.
///
/// # Errors
/// As [`Site::make`].
pub(crate) async fn make(lane_count: usize, trucks: usize) -> anyhow::Result<Premises> {
    // On the disk of the checkout: a temporary folder may lie in memory.
    let folder = tempfile::tempdir_in(programs())?;
    let moment = Moment::start();
    let mut config = WorldConfig::new(11, trucks);
    config.lanes = lanes(lane_count);
    for lane in &mut config.lanes {
        lane.direction = Direction::Entry;
    }
    config.start = moment.utc();
    config.exception_permille = 0;
    config.peak_per_hour = 600;
    let world = World::generate(config);
    let site = Site::make(
        folder.path(),
        programs(),
        &world,
        moment,
        Equipment::default(),
    )
    .await?;
    Ok(Premises {
        folder,
        world,
        site,
        moment,
    })
}

/// One line of a process's status, in MiB.
pub(crate) fn memory_mib(process: u32, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1_024.0)
}
