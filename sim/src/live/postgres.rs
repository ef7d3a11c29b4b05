//! A throw-away PostgreSQL on this machine: its own folder, loopback only, every commit synced.
//! What it acknowledged survives a kill, as on a server of a region.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::broker::free_port;
use super::child::Running;

/// Where Debian puts each major version's programs.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Recovery from a kill has to be over within this.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The database user.
const USER: &str = "kakou";

/// A server of this run. The folder goes when this is dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    running: Option<Running>,
}

impl Postgres {
    /// Makes a fresh database in a folder of its own and starts the server on a free port.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let programs = programs()?;
        // A folder of its own, not one in the run's: the server must not run as root, so another
        // user has to reach it, and the path of its socket may not be long.
        let folder = tempfile::Builder::new().prefix("kakou-pg-").tempdir()?;
        if let Some((user, group)) = other_user()? {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let mut server = Self {
            programs,
            folder,
            port: free_port()?,
            running: None,
        };
        let mut initdb = server.command("initdb")?;
        initdb
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "-U",
                USER,
                "-D",
            ])
            .arg(server.data());
        let made = initdb.output().context("cannot start initdb")?;
        anyhow::ensure!(
            made.status.success(),
            "initdb: {}{}",
            String::from_utf8_lossy(&made.stdout),
            String::from_utf8_lossy(&made.stderr)
        );
        server.resume().await?;
        Ok(server)
    }

    /// The connection's URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts the server again on its port and waits until it has recovered.
    ///
    /// # Errors
    /// It does not within a minute.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let log = self.folder.path().join("postgres.log");
            // The log of the run before would answer for this one.
            let _ = std::fs::remove_file(&log);
            let mut command = self.command("postgres")?;
            command.arg("-D").arg(self.data());
            for setting in [
                format!("port={}", self.port),
                "listen_addresses=127.0.0.1".to_owned(),
                format!("unix_socket_directories={}", self.folder.path().display()),
                "fsync=on".to_owned(),
                "synchronous_commit=on".to_owned(),
            ] {
                command.arg("-c").arg(setting);
            }
            let mut running = Running::start("postgres", command, &log)?;
            let left = deadline.saturating_duration_since(Instant::now());
            match running.wait_for("ready to accept connections", left).await {
                Ok(()) => {
                    self.running = Some(running);
                    return Ok(());
                }
                // Processes of a killed server hold its memory until they notice.
                Err(error) if Instant::now() >= deadline => return Err(error),
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Kills the server with all its processes at once, as a power cut would.
    ///
    /// # Errors
    /// It cannot be killed.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let Some(running) = self.running.take() else {
            return Ok(());
        };
        let children = running.id().map(children).unwrap_or_default();
        running.kill().await?;
        for child in children {
            // It may have seen its parent go.
            let _ = kill_process(child, Signal::KILL);
        }
        Ok(())
    }

    /// Lets the server hang, its connections open, or go on. Its workers go with it.
    ///
    /// # Errors
    /// It does not run.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let running = self.running.as_ref().context("PostgreSQL does not run")?;
        running.signal(signal)?;
        for child in running.id().map(children).unwrap_or_default() {
            // One connection more or less.
            let _ = kill_process(child, signal);
        }
        Ok(())
    }

    /// What `psql` answers to a statement: values alone, columns apart by `|`.
    ///
    /// # Errors
    /// It cannot be started or the server refuses; the message has its words.
    pub fn ask(&self, sql: &str) -> anyhow::Result<String> {
        let output = self
            .command("psql")?
            .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.url())
            .args(["-c", sql])
            .output()
            .context("cannot start psql")?;
        anyhow::ensure!(
            output.status.success(),
            "psql: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The server's folder, which it can write.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the server cleanly.
    ///
    /// # Errors
    /// It does not end in time.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(running) = self.running.take() {
            // INT does not wait for clients.
            running
                .stop_by(Signal::INT, Duration::from_secs(30))
                .await?;
        }
        Ok(())
    }

    /// Process ids of the server and its workers now.
    #[must_use]
    pub fn ids(&self) -> Vec<u32> {
        let Some(id) = self.running.as_ref().and_then(Running::id) else {
            return Vec::new();
        };
        let workers = children(id)
            .into_iter()
            .map(|pid| pid.as_raw_nonzero().get().cast_unsigned());
        std::iter::once(id).chain(workers).collect()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of PostgreSQL, as a user that may run it.
    fn command(&self, program: &str) -> anyhow::Result<Command> {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path());
        if let Some((user, group)) = other_user()? {
            command.uid(user).gid(group);
        }
        Ok(command)
    }
}

/// The newest installed version's programs.
fn programs() -> anyhow::Result<PathBuf> {
    let missing = "PostgreSQL is not installed; `make setup` installs it";
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(VERSIONS)
        .context(missing)?
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_string_lossy().parse().ok()?;
            let programs = entry.path().join("bin");
            programs
                .join("postgres")
                .exists()
                .then_some((version, programs))
        })
        .collect();
    found.sort();
    Ok(found.pop().context(missing)?.1)
}

/// PostgreSQL refuses to run as root: then the package's user and group, else nobody else.
fn other_user() -> anyhow::Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let entry = users.lines().find(|line| line.starts_with("postgres:"));
    let fields: Vec<&str> = entry
        .context("there is no user postgres, whom PostgreSQL's package makes")?
        .split(':')
        .collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse().ok());
    number(2)
        .zip(number(3))
        .map(Some)
        .context("the entry of postgres in /etc/passwd is no entry")
}

/// Direct children of a process.
fn children(id: u32) -> Vec<Pid> {
    let file = Path::new("/proc").join(format!("{id}/task/{id}/children"));
    std::fs::read_to_string(file)
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|child| Pid::from_raw(child.parse().ok()?))
        .collect()
}
