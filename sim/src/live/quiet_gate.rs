//! A gate without traffic: the real daemon with one lane whose devices do not answer, and acts of a
//! supervisor that make records on demand. For tests of what lies behind the journal.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use domain::id::GateAddress;
use serde_json::Value;

use super::certificates::Certificates;
use super::child::Running;
use super::documents::policy_document;
use crate::world::{World, WorldConfig};

/// A gate in a folder of its own.
pub struct QuietGate {
    /// Its address.
    pub address: GateAddress,
    /// Its folder; the journal is in `state/journal`.
    pub folder: PathBuf,
    programs: PathBuf,
    running: Option<Running>,
}

impl QuietGate {
    /// Writes keys, certificate and configuration into `folder`; the region's public key is
    /// `region_key`, the broker's nodes are `brokers`.
    ///
    /// # Errors
    /// A file cannot be written or `kakou` does not start.
    pub fn make(
        folder: &Path,
        programs: &Path,
        address: GateAddress,
        brokers: &[String],
        certificates: &Certificates,
        region_key: &Path,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let name = format!("gate-{}", address.gate);
        certificates.client(&name)?;
        let mut text = format!(
            "[gate]\nregion = \"{}\"\npremises = \"{}\"\ngate = \"{}\"\ndirectory = \"state\"\n\
             signing_key_file = \"gate.key\"\nregion_key_file = {region_key:?}\n\
             policy_file = \"policy.toml\"\njournal_max_mib = 1024\n",
            address.region, address.premises, address.gate
        );
        write!(
            text,
            "\n[uplink]\nbrokers = {brokers:?}\nca_file = {:?}\ncertificate_file = {:?}\n\
             key_file = {:?}\nkeep_alive_s = 5\nsubscribe_qos = 0\n\n[clock]\nsource = \"ntp\"\n\n\
             [[lane]]\nid = \"L1\"\ndirection = \"entry\"\nmode = \"live\"\n\n\
             [[lane.device]]\nid = \"L1-gate\"\nkind = \"gate_controller\"\n\
             tcp = \"127.0.0.1:9\"\nunit = 1\n",
            certificates.ca(),
            certificates.certificate(&name),
            certificates.key(&name)
        )?;
        std::fs::write(folder.join("gateway.toml"), text)?;
        let world = World::generate(WorldConfig::new(1, 1));
        std::fs::write(folder.join("policy.toml"), policy_document(&world))?;
        let gate = Self {
            address,
            folder: folder.to_owned(),
            programs: programs.to_owned(),
            running: None,
        };
        gate.call(&["keygen", "--out", "gate"])?;
        Ok(gate)
    }

    /// The file of its public key, for the region.
    #[must_use]
    pub fn public_key(&self) -> PathBuf {
        self.folder.join("gate.pub")
    }

    /// Starts the daemon and waits until it takes acts.
    ///
    /// # Errors
    /// It does not.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new(self.programs.join("kakou"));
        command
            .current_dir(&self.folder)
            .args(["run", "--config", "gateway.toml"]);
        let log = self.folder.join("gateway.log");
        // The log of the run before would answer for this one.
        let _ = std::fs::remove_file(&log);
        let mut running = Running::start("kakou", command, &log)?;
        running
            .wait_for("gate running", Duration::from_secs(20))
            .await?;
        self.running = Some(running);
        Ok(())
    }

    /// Kills the daemon.
    ///
    /// # Errors
    /// It cannot be killed.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        match self.running.take() {
            Some(running) => running.kill().await,
            None => Ok(()),
        }
    }

    /// Ends the daemon cleanly.
    ///
    /// # Errors
    /// It does not end in time.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(running) = self.running.take() {
            running.stop(Duration::from_secs(10)).await?;
        }
        Ok(())
    }

    /// What the gate shows of its link to the region.
    ///
    /// # Errors
    /// It does not answer.
    pub fn uplink(&self) -> anyhow::Result<Value> {
        let status = self.call(&["status", "--config", "gateway.toml", "--json"])?;
        let status: Value = serde_json::from_str(&status)?;
        Ok(status["uplink"].clone())
    }

    /// Has a supervisor make `count` records: declarations whose time is over, refused and written
    /// down.
    ///
    /// # Errors
    /// The gate does not answer or takes none.
    pub fn record(&self, count: u64) -> anyhow::Result<()> {
        record(&self.folder, count)
    }

    fn call(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(self.programs.join("kakou"))
            .current_dir(&self.folder)
            .args(arguments)
            .output()
            .with_context(|| format!("cannot start {}", self.programs.join("kakou").display()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(
            output.status.success(),
            "kakou {}:\n{text}{errors}",
            arguments.join(" ")
        );
        Ok(text)
    }
}

/// As [`QuietGate::record`], of the gate in `folder`, some 1.7 kB a record.
///
/// # Errors
/// The gate does not answer or takes none.
pub fn record(folder: &Path, count: u64) -> anyhow::Result<()> {
    let request = serde_json::json!({
        "verb": "declare_degraded", "lane": "L1", "user": "supervisor-02",
        "mode": "seal_reader_down", "at": "2026-01-01T00:00:00Z",
        "until": "2026-01-01T00:00:01Z", "text": "封".repeat(500),
    });
    let mut writer = UnixStream::connect(folder.join("state/control.sock"))?;
    writer.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(writer.try_clone()?);
    for _ in 0..count {
        writeln!(writer, "{request}")?;
        let mut answer = String::new();
        reader.read_line(&mut answer)?;
        anyhow::ensure!(answer.contains("\"ok\""), "{answer}");
    }
    Ok(())
}
