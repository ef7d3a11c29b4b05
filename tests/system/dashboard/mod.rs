//! The gate's own page in a real Chromium, before real daemons and simulated trucks: how a test
//! comes to a signed-in page. What is seen there is each test's own.

mod away;
mod clearing;
mod race;
mod walk;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use sim::live::broker::free_port;
use sim::live::people::{self, Login};
use sim::live::show::{Show, gate_page};

use super::browser::driver::Browser;
use super::browser::page::{Page, SOON};
use super::stage::{self, Stage};

/// A truck is held within this time; of the first ones, some have something wrong.
const HELD_WITHIN: Duration = Duration::from_secs(150);
/// The release of a case, where it may be done.
const RELEASE: &str = "#acts button[data-act=release]:not([disabled])";

/// A gate's page, who works there, and their browsers.
struct Gate {
    page: String,
    logins: Vec<Login>,
    browser: Browser,
}

impl Gate {
    /// Starts a site whose reviews are left to whoever sits at the page. The page keeps its port
    /// when the gate is started again.
    async fn open() -> anyhow::Result<(Stage, Self)> {
        let mut stage = stage::start_by(11, 60, keep_port).await?;
        stage.show.review_wait_ms = 3_600_000;
        let gateway = stage.gateway.as_mut().context("a gateway")?;
        let gate = Self {
            page: gate_page(gateway).await?,
            logins: people::hire(&stage.site)?,
            browser: Browser::start().await?,
        };
        Ok((stage, gate))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.page)
    }

    /// A browser in which `name` has signed in and sees the lanes live.
    async fn sign_in(&self, name: &str) -> anyhow::Result<Page> {
        let mut found = self.logins.iter().filter(|login| login.name == name);
        let login = found.next().with_context(|| format!("who is {name}?"))?;
        let page = self.browser.session(name).await?;
        page.open(&self.url("sign-in")).await?;
        page.type_into("[name=name]", login.name).await?;
        page.type_into("[name=password]", &login.password).await?;
        page.click("form button.primary").await?;
        page.wait_for_text("#badge", "LIVE", SOON).await?;
        Ok(page)
    }
}

/// Gives the page a port that is the same at every start.
fn keep_port(command: Command, folder: &Path) -> anyhow::Result<Command> {
    let file = folder.join("gateway.toml");
    let text = std::fs::read_to_string(&file)?;
    let any = "[dashboard]\nlisten = \"127.0.0.1:0\"";
    anyhow::ensure!(text.contains(any), "{text}");
    let kept = any.replace(":0", &format!(":{}", free_port()?));
    std::fs::write(&file, text.replace(any, &kept))?;
    Ok(command)
}

/// Lets trucks come while `act` is done at the pages.
async fn while_trucks_come<T>(
    show: &mut Show,
    act: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut act = std::pin::pin!(act);
    loop {
        tokio::select! {
            done = &mut act => return done,
            stepped = show.step(true) => stepped?,
        }
    }
}

/// Ends the daemons; the trucks that still stand there go with the simulator.
async fn stop(mut stage: Stage) -> anyhow::Result<()> {
    for daemon in [stage.gateway.take(), stage.region.take()]
        .into_iter()
        .flatten()
    {
        daemon.stop(Duration::from_secs(15)).await?;
    }
    Ok(())
}
