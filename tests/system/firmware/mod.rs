//! The firmware's image on an emulated board, driven through its pins and its line.

mod conformance;
mod edges;
mod line;
mod noise;
mod pins;
mod safe_states;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use gate_protocol::{Inputs, Outputs};
use sim::live::emulator::{EmulatedGate, Emulator, Line, Noise, Options};
use sim::live::pty;
use tempfile::TempDir;
use tokio::sync::MutexGuard;

use line::Master;

static IMAGE: OnceLock<PathBuf> = OnceLock::new();

/// The image for the emulated board, built once for all tests of this run.
fn image() -> &'static Path {
    IMAGE.get_or_init(|| {
        let folder = super::programs::root().join("firmware");
        let status = Command::new(folder.join("build"))
            .arg("lm3s6965")
            .status()
            .expect("firmware/build starts");
        assert!(status.success(), "the firmware does not build");
        folder.join("target/images/lm3s6965.elf")
    })
}

/// A board on the bench: no site, no gateway, a master of our own on its line.
struct Bench {
    emulator: Arc<Emulator>,
    line: Line,
    path: PathBuf,
    _folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Bench {
    async fn start(options: &Options, noise: Option<Noise>) -> anyhow::Result<Self> {
        let turn = super::stage::turn_async().await;
        let folder = tempfile::tempdir()?;
        let inputs = EmulatedGate::at_rest();
        let (emulator, board) = Emulator::start(image(), folder.path(), options, inputs).await?;
        let (end, path) = pty::pair()?;
        Ok(Self {
            emulator,
            line: Line::join(board, end, noise),
            path,
            _folder: folder,
            _turn: turn,
        })
    }

    /// A fresh master on the line.
    fn master(&self) -> anyhow::Result<Master> {
        Master::open(&self.path)
    }

    /// Waits until the output pins satisfy `wanted`.
    async fn outputs_until(
        &self,
        within: Duration,
        wanted: impl Fn(Outputs) -> bool,
    ) -> anyhow::Result<Outputs> {
        outputs_until(&self.emulator, within, wanted).await
    }

    async fn set(&self, inputs: Inputs) -> anyhow::Result<()> {
        self.emulator.set(inputs).await
    }
}

/// Looks at the pins until they satisfy `wanted`.
async fn outputs_until(
    emulator: &Emulator,
    within: Duration,
    wanted: impl Fn(Outputs) -> bool,
) -> anyhow::Result<Outputs> {
    let deadline = tokio::time::Instant::now() + within;
    loop {
        let outputs = emulator.outputs().await?;
        if wanted(outputs) {
            return Ok(outputs);
        }
        let late = tokio::time::Instant::now() > deadline;
        anyhow::ensure!(!late, "after {within:?} the pins drive {outputs:?}");
        // Pins tell nobody that they change: look again soon.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits for a number of resets of the board.
async fn resets_until(emulator: &Emulator, count: u32, within: Duration) -> anyhow::Result<()> {
    let mut resets = emulator.resets();
    let reached = resets.wait_for(|resets| *resets >= count);
    tokio::time::timeout(within, reached)
        .await
        .context("the board was not reset")??;
    Ok(())
}
