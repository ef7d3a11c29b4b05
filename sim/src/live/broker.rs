//! Debian's mosquitto on this machine, with mutual TLS.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use super::certificates::Certificates;
use super::child::Running;

/// Where Debian keeps the broker: not always on a plain user's path.
const PROGRAMS: [&str; 3] = [
    "/usr/sbin/mosquitto",
    "/usr/bin/mosquitto",
    "/usr/local/sbin/mosquitto",
];

/// A broker of this run.
pub struct Broker {
    folder: PathBuf,
    port: u16,
    running: Option<Running>,
}

impl Broker {
    /// Writes the configuration and starts the broker on a free port.
    ///
    /// # Errors
    /// mosquitto is not installed or does not start.
    pub async fn start(folder: &Path, certificates: &Certificates) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let port = free_port()?;
        let tls = certificates.folder().display();
        let user = if rustix::process::geteuid().is_root() {
            "user root\n"
        } else {
            ""
        };
        let text = format!(
            "listener {port} 127.0.0.1\ncafile {tls}/ca.pem\ncertfile {tls}/broker.pem\n\
             keyfile {tls}/broker.key\nrequire_certificate true\nuse_identity_as_username true\n\
             tls_version tlsv1.3\nset_tcp_nodelay true\nmax_queued_messages 10000\n\
             max_inflight_messages 256\npersistence true\npersistence_location {}/\n\
             log_dest stderr\nlog_type error\nlog_type warning\nlog_type information\n{user}",
            folder.display()
        );
        std::fs::write(folder.join("mosquitto.conf"), text)?;
        let mut broker = Self {
            folder: folder.to_owned(),
            port,
            running: None,
        };
        broker.resume().await?;
        Ok(broker)
    }

    /// Starts the broker again on its port.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let program = PROGRAMS
            .iter()
            .find(|path| Path::new(path).exists())
            .context("mosquitto is not installed; `make setup` installs it")?;
        let mut command = Command::new(program);
        command.arg("-c").arg(self.folder.join("mosquitto.conf"));
        let log = self.folder.join("mosquitto.log");
        // The log of the run before would answer for this one.
        let _ = std::fs::remove_file(&log);
        let mut running = Running::start("mosquitto", command, &log)?;
        running.wait_for("running", Duration::from_secs(10)).await?;
        self.running = Some(running);
        Ok(())
    }

    /// Kills the broker; with `forget`, everything it kept is deleted.
    ///
    /// # Errors
    /// It cannot be killed or its data cannot be deleted.
    pub async fn kill(&mut self, forget: bool) -> anyhow::Result<()> {
        if let Some(running) = self.running.take() {
            running.kill().await?;
        }
        let data = self.folder.join("mosquitto.db");
        if forget && data.exists() {
            std::fs::remove_file(data)?;
        }
        Ok(())
    }

    /// Process id, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.running.as_ref()?.id()
    }

    /// Port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A port that was free a moment ago.
///
/// # Errors
/// None is free.
pub fn free_port() -> anyhow::Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}
