//! The receiving end of a region on this machine: `kakou-region` once or several times over one
//! PostgreSQL, through which they share the gates. Each can be killed and started again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use domain::id::{GateAddress, RegionId};
use rustix::process::Signal;
use wire::signature::SigningKeyPair;

use super::certificates::Certificates;
use super::child::Running;
use super::keys;

/// What collectors are made from.
pub struct Plan<'a> {
    /// Folder for keys, configurations and logs; it is made.
    pub folder: &'a Path,
    /// Where `kakou-region` is.
    pub programs: &'a Path,
    /// The region.
    pub region: RegionId,
    /// `host:port` of every node of the broker.
    pub brokers: Vec<String>,
    /// Who vouches for collectors and brokers.
    pub certificates: &'a Certificates,
    /// The PostgreSQL server that they share.
    pub store: String,
    /// Enrolled gates and the files of their public keys.
    pub gates: Vec<(GateAddress, PathBuf)>,
}

/// The collectors.
pub struct Collectors {
    folder: PathBuf,
    program: PathBuf,
    running: Vec<Option<Running>>,
}

/// Writes the region's key pair into `folder`; gates need its public half first of all.
///
/// # Errors
/// The folder cannot be written.
pub fn region_keys(folder: &Path, seed: [u8; 32]) -> anyhow::Result<SigningKeyPair> {
    std::fs::create_dir_all(folder)?;
    keys::write_pair(folder, "region", seed)
}

impl Collectors {
    /// Writes the configurations of `count` collectors. The region's keys are in the folder
    /// already ([`region_keys`]).
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn make(plan: &Plan<'_>, count: usize) -> anyhow::Result<Self> {
        for index in 0..count {
            let name = name(index);
            plan.certificates.client(&name)?;
            std::fs::write(
                plan.folder.join(format!("{name}.toml")),
                document(plan, &name)?,
            )?;
        }
        Ok(Self {
            folder: plan.folder.to_owned(),
            program: plan.programs.join("kakou-region"),
            running: (0..count).map(|_| None).collect(),
        })
    }

    /// Starts a collector; it says "region running" once it knows its gates and its store.
    ///
    /// # Errors
    /// It does not within a minute; the message shows its log.
    pub async fn start(&mut self, index: usize) -> anyhow::Result<()> {
        let name = name(index);
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.folder)
            .args(["run", "--config", &format!("{name}.toml")]);
        let log = self.folder.join(format!("{name}.log"));
        if log.exists() {
            // The log of the run before would answer for this one, and may be asked for.
            std::fs::rename(&log, self.folder.join(format!("{name}.before.log")))?;
        }
        let mut running = Running::start(&name, command, &log)?;
        running
            .wait_for("region running", Duration::from_secs(60))
            .await?;
        self.running[index] = Some(running);
        Ok(())
    }

    /// Kills a collector at once.
    ///
    /// # Errors
    /// It cannot be killed.
    pub async fn kill(&mut self, index: usize) -> anyhow::Result<()> {
        match self.running[index].take() {
            Some(running) => running.kill().await,
            None => Ok(()),
        }
    }

    /// Lets a collector hang, or go on.
    ///
    /// # Errors
    /// It does not run.
    pub fn signal(&self, index: usize, signal: Signal) -> anyhow::Result<()> {
        let running = self.running[index].as_ref();
        running
            .context("the collector does not run")?
            .signal(signal)
    }

    /// Ends every collector cleanly.
    ///
    /// # Errors
    /// One does not end in time.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        for running in &mut self.running {
            if let Some(running) = running.take() {
                running.stop(Duration::from_secs(20)).await?;
            }
        }
        Ok(())
    }

    /// Process ids of those that run.
    #[must_use]
    pub fn ids(&self) -> Vec<u32> {
        self.running
            .iter()
            .filter_map(|running| running.as_ref()?.id())
            .collect()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.running.len()
    }
}

fn name(index: usize) -> String {
    format!("collector-{}", index + 1)
}

fn document(plan: &Plan<'_>, name: &str) -> anyhow::Result<String> {
    let mut text = format!(
        "region = \"{}\"\nbrokers = {:?}\nca_file = {:?}\ncertificate_file = {:?}\n\
         key_file = {:?}\nsigning_key_file = \"region.key\"\n",
        plan.region,
        plan.brokers,
        plan.certificates.ca(),
        plan.certificates.certificate(name),
        plan.certificates.key(name)
    );
    writeln!(text, "store = {:?}\ncollector = {name:?}", plan.store)?;
    for (gate, key) in &plan.gates {
        write!(
            text,
            "\n[[gate]]\npremises = \"{}\"\ngate = \"{}\"\npublic_key_file = {key:?}\n",
            gate.premises, gate.gate
        )?;
    }
    Ok(text)
}
