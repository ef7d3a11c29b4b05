//! Chromium under chromedriver, as the machines of several clerks: one driver, and for every
//! session a Chromium of its own with a fresh profile. Knows no page and nothing of the dashboard.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::page::Page;

/// The driver says where it listens within this, and a Chromium opens within this.
const START_WITHIN: Duration = Duration::from_secs(60);
/// A load, and a script in the page, may take this long.
const PAGE_WITHIN: Duration = Duration::from_secs(30);
/// What the driver says once it listens; the port and a full stop follow.
const LISTENS: &str = "started successfully on port ";

/// How Chromium is started; its profile comes on top.
const ARGUMENTS: &[&str] = &[
    "--headless=new",
    // It shows our own pages alone, and as root it would not start with one.
    "--no-sandbox",
    // It ends with its driver, even when that is killed and can tell it nothing.
    "--remote-debugging-pipe",
    "--window-size=1366,900",
    "--hide-scrollbars",
    "--disable-gpu",
    "--disable-quic",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    // Nobody asks questions, and nothing is loaded but what a page asks for.
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    // A gate may be offline for days: a page that wants anything from elsewhere fails here.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]",
];

/// A running driver with its sessions. Everything ends when it is dropped, and when the thread
/// that started it ends, however that happens.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    folder: TempDir,
}

impl Browser {
    /// Starts the driver on a free port.
    ///
    /// # Errors
    /// It is not there or does not say in time that it listens; the message shows what it said.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("driver.log");
        // A signal for the death of its parent: of an interrupted run nothing stays.
        let mut driver = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "chromedriver", "--port=0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            // What Chromium leaves beside its profile is removed with it.
            .env("TMPDIR", folder.path())
            .process_group(0)
            .spawn()
            .context("cannot start setpriv")?;
        let stdout = driver.stdout.take().context("its output is piped")?;
        let (listens, port) = oneshot::channel();
        // From here on, dropping it kills the driver.
        let mut browser = Self {
            driver,
            port: 0,
            folder,
        };
        std::thread::spawn(move || read_to_end(stdout, listens));
        browser.port = timeout(START_WITHIN, port)
            .await
            .with_context(|| format!("chromedriver listens nowhere after {START_WITHIN:?}"))?
            .with_context(|| {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                format!("chromedriver ended; `tools/setup test` installs it: {said}")
            })?;
        Ok(browser)
    }

    /// Opens a Chromium of `name`'s own, with empty storage and one window of 1366 by 900 points.
    /// It takes every certificate, for the gate makes its own.
    ///
    /// # Errors
    /// There is a session of this name already, or Chromium does not start.
    pub(crate) async fn session(&self, name: &str) -> anyhow::Result<Page> {
        self.session_in(name, "en").await
    }

    /// As [`Self::session`], with `languages` as its user prefers them: `zh-CN,zh`.
    ///
    /// # Errors
    /// As [`Self::session`].
    pub(crate) async fn session_in(&self, name: &str, languages: &str) -> anyhow::Result<Page> {
        let profile = self.folder.path().join(name);
        std::fs::create_dir(&profile).with_context(|| format!("{name} has a session"))?;
        let mut arguments: Vec<String> = ARGUMENTS.iter().map(|&text| text.to_owned()).collect();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let limit_ms = u64::try_from(PAGE_WITHIN.as_millis())?;
        let wanted = json!({
            "acceptInsecureCerts": true,
            "timeouts": { "pageLoad": limit_ms, "script": limit_ms },
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": { "intl.accept_languages": languages },
            },
        });
        let Value::Object(wanted) = wanted else {
            anyhow::bail!("capabilities are an object");
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted);
        let address = format!("http://127.0.0.1:{}", self.port);
        let client = timeout(START_WITHIN, builder.connect(&address))
            .await
            .with_context(|| format!("no Chromium for {name} after {START_WITHIN:?}"))?
            .with_context(|| format!("no Chromium for {name}"))?;
        Ok(Page::new(name, client))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver and every Chromium that it started stand in one process group. It may have
        // ended by itself; whichever it was, it is waited for, so that no zombie stays.
        let _ = kill_process_group(Pid::from_child(&self.driver), Signal::KILL);
        let _ = self.driver.wait();
    }
}

/// Reads what the driver says until it ends, for a full pipe would halt it, and passes on the port.
fn read_to_end(stdout: ChildStdout, listens: oneshot::Sender<u16>) {
    let mut listens = Some(listens);
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if let Some(port) = port_in(&line)
            && let Some(listens) = listens.take()
        {
            // Nobody waits any longer when the time was up.
            let _ = listens.send(port);
        }
    }
}

/// The port in the line that says that the driver listens.
fn port_in(line: &str) -> Option<u16> {
    let (_, port) = line.split_once(LISTENS)?;
    port.trim_end_matches('.').parse().ok()
}
