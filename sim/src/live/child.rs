//! A process that this program started and ends, with its output kept in a file.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

/// A running process; it is killed when dropped.
pub struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts `command`, its output going to `log`.
    ///
    /// # Errors
    /// The program cannot be started; the message names it.
    pub fn start(name: &str, mut command: Command, log: &Path) -> anyhow::Result<Self> {
        let out = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out);
        let program = command.get_program().to_string_lossy().into_owned();
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        let child = command.spawn().with_context(|| {
            format!("cannot start {name} ({program}); `make setup` installs what is missing")
        })?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        })
    }

    /// Process id, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until the log holds `text`.
    ///
    /// # Errors
    /// The process ended, or the text did not come in time; the message shows the log's tail.
    pub async fn wait_for(&mut self, text: &str, within: Duration) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + within;
        loop {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            if log.contains(text) {
                return Ok(());
            }
            if let Some(status) = self.ended()? {
                anyhow::bail!("{} ended with {status}:\n{}", self.name, tail(&log));
            }
            anyhow::ensure!(
                tokio::time::Instant::now() < deadline,
                "{} did not say {text:?} within {} s:\n{}",
                self.name,
                within.as_secs(),
                tail(&log)
            );
            // A file announces nothing: look again soon.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The system does not say.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks the process to end with SIGTERM and waits for it.
    ///
    /// # Errors
    /// It did not end in time and was killed.
    pub async fn stop(self, within: Duration) -> anyhow::Result<ExitStatus> {
        self.stop_by(Signal::TERM, within).await
    }

    /// As [`Self::stop`], with the signal that this program takes for it.
    ///
    /// # Errors
    /// It did not end in time and was killed.
    pub async fn stop_by(mut self, signal: Signal, within: Duration) -> anyhow::Result<ExitStatus> {
        // It may have ended by itself in this moment.
        let _ = self.signal(signal);
        match tokio::time::timeout(within, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => {
                self.child.kill().await?;
                anyhow::bail!("{} did not end within {} s", self.name, within.as_secs())
            }
        }
    }

    /// Sends a signal: `STOP` and `CONT` make it hang for a while, as a dead link or disk does.
    ///
    /// # Errors
    /// It has ended.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()));
        let pid = pid.with_context(|| format!("{} has ended", self.name))?;
        kill_process(pid, signal).with_context(|| format!("cannot signal {}", self.name))
    }

    /// Kills the process at once, as a power cut would.
    ///
    /// # Errors
    /// It cannot be killed.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.child
            .kill()
            .await
            .with_context(|| format!("cannot kill {}", self.name))
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
